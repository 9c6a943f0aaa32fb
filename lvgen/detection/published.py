"""Searches known by what was published: a limit against mass, or one point that the background is to explain."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BeforeValidator
from scipy.optimize import brentq
from scipy.special import gammaincc

from lvgen.detection.backgrounds import differential
from lvgen.detection.counting import Count, Requirement
from lvgen.detection.curves import Curve, as_curve, spans
from lvgen.detection.search import Exposed, Reference, Search
from lvgen.detection.windows import as_backgrounds, as_resolution
from lvgen.errors import UserError
from lvgen.validation import choice, number


class Scaled(Search):
    """Background normalised to one published point, then scaled with the exposure.

    At the reference point the run's own signal is as large as what was excluded; the background that makes it so is
    taken to grow with the exposure (limits on the signal with its square root) and, with ``backgrounds``, with their
    spectrum at tree level in a window of the resolution; without them it is the same at all masses.
    vetoes, resolution : as for a bump
    """

    title = "scaled from a published point"
    costly = True
    reference: Reference
    backgrounds: Annotated[tuple[str, ...], BeforeValidator(as_backgrounds)] = ()
    resolution: Annotated[Curve, BeforeValidator(as_resolution)] | None = None
    vetoes: Annotated[tuple[tuple[float, float], ...], BeforeValidator(spans)] = ()
    background_uncertainty: Annotated[float, number(least=0.0, most=10.0)] = 0.0

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """The vetoes."""
        return self.vetoes

    def why_closed(self, mass: float) -> str:
        """The veto."""
        return next((f"vetoed from {a:g} to {b:g} GeV" for a, b in self.vetoes if a <= mass <= b), "")

    def requirement(self, mass: float, run: Exposed) -> Requirement:
        """One region, whose background is what explains the reference."""
        if why := self.why_closed(mass):
            return Requirement(closed=why)
        seen = run.reference(self.reference)
        if not seen > 0.0:
            raise UserError("the run sees no signal at the reference point", key="detector.search.reference")
        background, share = explaining(seen, self.reference.confidence)
        shape = self._spectrum(mass, run) / self._spectrum(self.reference.mass, run)
        background *= shape * run.exposure / self.reference.exposure
        return Requirement((Count(background, self.background_uncertainty, None, share),))

    def assumptions(self) -> list[str]:
        """Of the background."""
        shape = "as at tree level" if self.backgrounds else "the same at all masses"
        return [f"the background explains one published limit ({self.reference.source}) and is {shape} elsewhere"]

    def _spectrum(self, mass: float, run: Exposed) -> float:
        """Background at a mass in any unit."""
        if not self.backgrounds:
            return 1.0
        width = 1.0 if self.resolution is None else self.resolution.at(mass)
        found = width * sum(differential(name, mass, run.root_s, run.acceptance) for name in self.backgrounds)
        if not found > 0.0:
            raise UserError(f"the backgrounds vanish at {mass:g} GeV", key="detector.search.backgrounds")
        return found

    def describe(self) -> str:
        """With the point."""
        r = self.reference
        return f"{self.title}: {r.model}, {r.mass:g} GeV, {r.coupling:g} ({r.source})"


def explaining(signal: float, confidence: float) -> tuple[float, float]:
    """Background whose median CLs limit is ``signal`` events, and the events counted for each signal event.

    The second is above 1 only where the signal is below the limit without any background.  Outcomes are taken as
    continuous, with the median of a Poisson distribution at its mean less 1/3.

    >>> background, share = explaining(197.7, 0.95)
    >>> round(background / 1e4, 2), share
    (1.0, 1.0)
    """
    least = -math.log(1.0 - confidence)
    if signal <= least:
        return 0.0, least / signal

    def excess(background: float) -> float:
        n = max(0.0, background - 1.0 / 3.0)
        alone = gammaincc(n + 1.0, background)
        return float(gammaincc(n + 1.0, background + signal) / alone) - (1.0 - confidence)

    high = signal**2 + 10.0
    return float(brentq(excess, 0.0, high)), 1.0


_QUANTITIES = ("branching_ratio", "cross_section", "events")


class Published(Search):
    """A published upper limit against mass.

    quantity : "branching_ratio" (of the beam's particle), "cross_section" (pb) or "events"
    limit : CSV text, mass and limit; a blank line is a gap, which is closed like what lies beyond the ends
    confidence : of the limit; the card's must be the same
    """

    title = "published limit against mass"
    states_limits = True
    quantity: Annotated[str, choice("quantity", _QUANTITIES)]
    limit: Annotated[Curve, BeforeValidator(as_curve)]
    confidence: Annotated[float, number(above=0.5, below=1.0)] = 0.9

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Where nothing is published."""
        return self.limit.gaps

    def why_closed(self, mass: float) -> str:
        """That nothing is published."""
        return self.limit.why_outside(mass)

    def requirement(self, mass: float, run: Exposed) -> Requirement:
        """The number of events that the limit stands for in this run."""
        if abs(run.confidence - self.confidence) > 1e-9:
            raise UserError(
                f"the published limit holds at {self.confidence:g}; so must the contour", key="sensitivity.confidence"
            )
        if why := self.why_closed(mass):
            return Requirement(closed=why)
        value = self.limit.at(mass)
        return Requirement(n_required=value if self.quantity == "events" else value * run.interactions)

    def assumptions(self) -> list[str]:
        """Of the acceptance."""
        return ["the published limit contains acceptance and efficiency; those of the run come on top where it has any"]

    def describe(self) -> str:
        """With its source."""
        return f"published limit on the {self.quantity.replace('_', ' ')} ({self.source or 'no source given'})"
