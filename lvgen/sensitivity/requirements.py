"""From what a search counts at each mass to the signal events that exclude, at every point of a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lvgen.detection.channels import covers
from lvgen.detection.counting import Count, Requirement
from lvgen.detection.search import Exposed, Search
from lvgen.errors import UserError
from lvgen.sensitivity.counts import together
from lvgen.sensitivity.statistics import SIGMAS, Limit, Method

Floats = NDArray[np.float64]

#: shares of the signal are rounded to this part where regions are combined, so that limits are found once for many
_SHARE_STEP = 0.01


@dataclass(frozen=True)
class Limits:
    """Along a coupling axis: events that exclude (g,), inf where nothing does, and those expected (5, g) or None."""

    required: Floats
    expected: Floats | None


def expected_of(limits: Sequence[Limits]) -> Floats | None:
    """What is expected at several masses, (5, M, g); None where the method gives nothing at any of them."""
    known = next((found.expected for found in limits if found.expected is not None), None)
    if known is None:
        return None
    nothing = np.full(known.shape, math.inf)
    return np.stack([nothing if found.expected is None else found.expected for found in limits], axis=1)


class Requirements:
    """Search and statistical method of a run.

    method : of the card; search : of the detector; run : what the search is told
    background_uncertainty : of the card, in place of what the search says
    """

    def __init__(
        self, method: Method, search: Search, run: Exposed, background_uncertainty: float | None = None
    ) -> None:
        self.method = method
        self.search = search
        self.run = run
        self._uncertainty = background_uncertainty
        self._known: dict[float, Requirement] = {}
        self._limits: dict[tuple[tuple[Count, ...], tuple[float, ...]], Limit] = {}

    def at(self, mass: float) -> Requirement:
        """What the search counts at a mass (GeV), found once."""
        if mass not in self._known:
            found = self.search.requirement(mass, self.run)
            if self._uncertainty is not None:
                counts = tuple(replace(c, uncertainty=self._uncertainty) for c in found.counts)
                found = replace(found, counts=counts)
            if not math.isnan(found.n_required) and self.method.name != "poisson":
                raise UserError(
                    f"a published limit needs no method; {self.method.name!r} cannot be applied to it",
                    key="sensitivity.method",
                )
            self._known[mass] = found
        return self._known[mass]

    def describe(self) -> str:
        """The method in a few words, for figures and the plan; of a published limit that it is one."""
        if self.search.states_limits:
            return f"published limit, {100 * self.method.confidence:g}% CL"
        return self.method.describe()

    def assumptions(self) -> list[str]:
        """What is left out, in plain sentences."""
        told = self.search.assumptions()
        uncertain = self._uncertainty or any(count.uncertainty for count in self.run.counts)
        if uncertain and self.method.name == "poisson":
            told.append("the method 'poisson' takes the background as known; its uncertainty is left out")
        return told

    def estimate(self, mass: float) -> float:
        """About how many events exclude at a mass, however regions share them; inf where nothing does."""
        found = self.at(mass)
        seen = [count for count in found.counts if count.share > 0.0]
        if len(seen) > 1:
            share = sum(count.share for count in seen) / len(seen)
            found = replace(found, counts=(replace(together(seen), share=share),))
        return self._limit(found, [1.0] * len(found.counts)).required

    def keeps_apart(self, mass: float) -> bool:
        """Whether the signal in each region is needed at a mass."""
        counts = self.at(mass).counts
        uneven = len({count.share for count in counts}) > 1
        return len(counts) > 1 and (self.method.combines or uneven)

    def regions(self, mass: float, modes: Sequence[str]) -> NDArray[np.intp] | None:
        """Region of each decay mode; None where regions need not be kept apart."""
        return np.array([self._region(mass, mode) for mode in modes], np.intp) if self.keeps_apart(mass) else None

    def _region(self, mass: float, mode: str) -> int:
        counts = self.at(mass).counts
        for i, count in enumerate(counts):
            if count.channels is None or any(covers(name, mode) for name in count.channels):
                return i
        return len(counts) - 1

    def along(self, mass: float, couplings: int, regions: Sequence[Floats] | None) -> Limits:
        """Along the coupling axis; regions : signal (g,) in each region, None where they are not kept apart."""
        found = self.at(mass)
        if regions is None or not len(regions):
            even = [1.0] + [0.0] * (len(found.counts) - 1)
            limit = self._limit(found, even)
            return self._spread([limit] * couplings)
        signal = np.zeros((len(found.counts), couplings))
        signal[: len(regions)] = regions
        total = signal.sum(axis=0)
        shares = np.divide(signal, total, out=np.zeros_like(signal), where=total > 0.0)
        shares = _SHARE_STEP * np.round(shares / _SHARE_STEP)
        return self._spread([self._limit(found, [float(s) for s in column]) for column in shares.T])

    def _spread(self, limits: list[Limit]) -> Limits:
        required = np.array([limit.required for limit in limits])
        bands = max((len(limit.expected) for limit in limits), default=0)
        if not bands:
            return Limits(required, None)
        nothing = (math.inf,) * len(SIGMAS)
        return Limits(required, np.array([limit.expected or nothing for limit in limits]).T)

    def _limit(self, found: Requirement, shares: Sequence[float]) -> Limit:
        if found.closed:
            return Limit(math.inf)
        if not math.isnan(found.n_required):
            return Limit(found.n_required)
        counts = tuple(replace(c, share=c.share * s) for c, s in zip(found.counts, shares, strict=True))
        if not sum(count.share for count in counts) > 0.0:
            return Limit(math.inf)
        key = counts, ()
        if key not in self._limits:
            self._limits[key] = self.method.limit(counts)
        return self._limits[key]
