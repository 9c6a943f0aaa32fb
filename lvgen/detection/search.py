"""How a search turns a mass into what it counts: the ``[search]`` table of a detector, one class for each kind.

A kind is a subclass of ``Search`` with its name in ``kind``; nothing else has to know it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, PrivateAttr
from scipy.optimize import brentq
from scipy.special import erf, gammaincc

from lvgen import units
from lvgen.detection.backgrounds import Acceptance, background_names, differential
from lvgen.detection.channels import check_channel
from lvgen.detection.counting import Count, Requirement
from lvgen.detection.curves import Curve, curve_from_text, spans
from lvgen.errors import UserError, unknown
from lvgen.validation import Table, as_quantity, as_text, choice, number, quantity, shown, text, validated

Mass = Annotated[float, quantity("energy", above=0.0, most=1e4)]


@dataclass(frozen=True)
class Exposed:
    """What a search is told about the run.

    counts : the detector's regions; exposure : in pb^-1 or protons; interactions : in it
    root_s : GeV; acceptance : what the detector sees of a background; confidence : of the card
    reference : expected events of a reference point, as the run would count them
    """

    counts: tuple[Count, ...]
    exposure: float
    interactions: float
    root_s: float
    acceptance: Acceptance
    confidence: float
    reference: Callable[[Reference], float]


class Search(Table):
    """Base of all kinds; ``source`` says where the numbers are from."""

    kind: str
    title: ClassVar[str]
    #: whether it gives the number of events that excludes itself, and no method is asked
    states_limits: ClassVar[bool] = False
    source: Annotated[str, text()] = ""
    _raw: dict[str, Any] = PrivateAttr(default_factory=dict)

    def requirement(self, mass: float, run: Exposed) -> Requirement:
        """What is needed at one mass (GeV)."""
        raise NotImplementedError

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Ranges of mass (GeV) without any limit, over which nothing is interpolated."""
        return ()

    def describe(self) -> str:
        """In a few words."""
        return self.title

    def assumptions(self) -> list[str]:
        """What it leaves out, in plain sentences for ``run.json``."""
        return []

    def as_table(self) -> dict[str, Any]:
        """The entries as they were written."""
        return dict(self._raw)


class Counting(Search):
    """The detector's background and observed events, the same at every mass."""

    title = "counting"

    def requirement(self, mass: float, run: Exposed) -> Requirement:  # noqa: ARG002 - the same at every mass
        """The detector's regions."""
        return Requirement(run.counts)


def _resolution(value: object) -> Curve:
    """One width ("5 MeV"), or widths against mass as CSV text."""
    if isinstance(value, Curve):
        return value
    if isinstance(value, str) and "\n" in value:
        return curve_from_text(value, above=0.0)
    return Curve.constant(as_quantity(value, "energy", above=0.0))


def _vetoes(value: object) -> tuple[tuple[float, float], ...]:
    return spans(value)


class _Window(Search):
    """A window of +- ``half_width`` standard deviations of the resolution about each mass.

    resolution : one standard deviation, flat or against mass; vetoes : masses that nobody looks at, such as those of
    the phi, J/psi, psi(2S) and Upsilon; efficiency : of the background beside the acceptance
    background_uncertainty : relative
    """

    resolution: Annotated[Curve, BeforeValidator(_resolution)] = Field(examples=['"5 MeV"'])
    half_width: Annotated[float, number(above=0.0, most=10.0)] = 2.0
    vetoes: Annotated[tuple[tuple[float, float], ...], BeforeValidator(_vetoes)] = ()
    background_uncertainty: Annotated[float, number(least=0.0, most=10.0)] = 0.0

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """The vetoes."""
        return self.vetoes

    def vetoed(self, mass: float) -> str:
        """Why nobody looks at this mass; empty where somebody does."""
        for low, high in self.vetoes:
            if low <= mass <= high:
                return f"vetoed from {units.pretty(low, 'energy')} to {units.pretty(high, 'energy')}"
        return ""

    def width(self, mass: float) -> float:
        """Full width of the window, GeV."""
        return 2.0 * self.half_width * self.resolution.at(mass)

    @property
    def share(self) -> float:
        """Part of a normal distribution inside the window."""
        return float(erf(self.half_width / math.sqrt(2.0)))


def _processes(value: object) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(as_text(item) for item in value)  # type: ignore[attr-defined]
    for name in names:
        if name not in background_names():
            raise unknown("background", name, background_names())
    return names


def _by_channel(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping) or not value:
        raise UserError(f"{shown(value)} where a table decay channel -> backgrounds is due")
    found = {}
    for channel, names in value.items():
        try:
            found[check_channel(as_text(channel))] = _processes(names)
        except UserError as error:
            raise error.at(key=str(channel)) from None
    return found


class Bump(_Window):
    """A peak over backgrounds at tree level, in a window about each mass.

    backgrounds : decay channel -> processes that look like it; channels without any are not counted
    efficiency : of a background inside the acceptance
    """

    title = "bump over backgrounds at tree level"
    backgrounds: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_by_channel)] = Field(
        examples=['{ "mu+ mu-" = "e+ e- -> gamma mu+ mu-" }']
    )
    efficiency: Annotated[float, number(above=0.0, most=1.0)] = 1.0

    def assumptions(self) -> list[str]:
        """Of the backgrounds."""
        return [
            "backgrounds at tree level with alpha(0); no two-photon collisions, no exchange of identical leptons and "
            "no other pairings of four muons; those with four leptons without cuts on them"
        ]

    def requirement(self, mass: float, run: Exposed) -> Requirement:
        """A region for each channel."""
        if why := self.vetoed(mass):
            return Requirement(closed=why)
        scale = run.exposure * self.efficiency * self.width(mass)
        counts = [
            Count(
                scale * sum(differential(name, mass, run.root_s, run.acceptance) for name in names),
                self.background_uncertainty, None, self.share, channel, (channel,),
            )
            for channel, names in self.backgrounds.items()
        ]  # fmt: skip
        return Requirement((*counts, Count(share=0.0, name="other channels")))


def _curve(value: object) -> Curve:
    return value if isinstance(value, Curve) else curve_from_text(value, above=0.0)


class Recoil(_Window):
    """A peak in the mass that recoils against what is made with the boson, over a measured or simulated background.

    spectrum : background events per GeV against mass, as CSV text, in ``exposure``; its gaps are closed
    """

    title = "peak in the recoil mass"
    spectrum: Annotated[Curve, BeforeValidator(_curve)]
    exposure: Annotated[float, quantity("luminosity", above=0.0)] = Field(examples=['"276 pb^-1"'])

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """The vetoes, and where the spectrum says nothing."""
        return (*self.vetoes, *self.spectrum.gaps)

    def requirement(self, mass: float, run: Exposed) -> Requirement:
        """One region."""
        why = self.vetoed(mass) or self.spectrum.why_outside(mass)
        if why:
            return Requirement(closed=why)
        expected = self.spectrum.at(mass) * self.width(mass) * run.exposure / self.exposure
        return Requirement((Count(expected, self.background_uncertainty, None, self.share),))


class Reference(Table):
    """A published point: model, mass (GeV) and coupling at which a search of this exposure just excluded."""

    model: Annotated[str, text(most=200)] = Field(examples=['"dark_photon"'])
    parameters: dict[str, float | str] = Field(default_factory=dict)
    mass: Mass = Field(examples=['"1 GeV"'])
    coupling: Annotated[float, number(above=0.0, below=1e3)] = Field(examples=["2e-4"])
    exposure: Annotated[float, quantity("luminosity", above=0.0)] = Field(examples=['"50 ab^-1"'])
    confidence: Annotated[float, number(above=0.5, below=1.0)] = 0.9
    source: Annotated[str, text()] = Field(examples=['"arXiv:1808.10567 figure 201"'])

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from another."""
        return self.model, tuple(sorted(self.parameters.items())), self.mass, self.coupling, self.exposure


class Scaled(Search):
    """Background normalised to one published point, then scaled with the exposure.

    At the reference point the run's own signal is as large as what was excluded; the background that makes it so is
    taken to grow with the exposure (limits on the signal with its square root) and, with ``backgrounds``, with their
    spectrum at tree level in a window of the resolution; without them it is the same at all masses.
    vetoes, resolution : as for a bump
    """

    title = "scaled from a published point"
    reference: Reference
    backgrounds: Annotated[tuple[str, ...], BeforeValidator(_processes)] = ()
    resolution: Annotated[Curve, BeforeValidator(_resolution)] | None = None
    vetoes: Annotated[tuple[tuple[float, float], ...], BeforeValidator(_vetoes)] = ()
    background_uncertainty: Annotated[float, number(least=0.0, most=10.0)] = 0.0

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """The vetoes."""
        return self.vetoes

    def requirement(self, mass: float, run: Exposed) -> Requirement:
        """One region, whose background is what explains the reference."""
        for low, high in self.vetoes:
            if low <= mass <= high:
                return Requirement(closed=f"vetoed from {low:g} to {high:g} GeV")
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
    limit: Annotated[Curve, BeforeValidator(_curve)]
    confidence: Annotated[float, number(above=0.5, below=1.0)] = 0.9

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Where nothing is published."""
        return self.limit.gaps

    def requirement(self, mass: float, run: Exposed) -> Requirement:
        """The number of events that the limit stands for in this run."""
        if abs(run.confidence - self.confidence) > 1e-9:
            raise UserError(
                f"the published limit holds at {self.confidence:g}; so must the contour", key="sensitivity.confidence"
            )
        if why := self.limit.why_outside(mass):
            return Requirement(closed=why)
        value = self.limit.at(mass)
        return Requirement(n_required=value if self.quantity == "events" else value * run.interactions)

    def assumptions(self) -> list[str]:
        """Of the acceptance."""
        return ["the published limit contains acceptance and efficiency; those of the run come on top where it has any"]

    def describe(self) -> str:
        """With its source."""
        return f"published limit on the {self.quantity.replace('_', ' ')} ({self.source or 'no source given'})"


SEARCHES: dict[str, type[Search]] = {
    "counting": Counting, "bump": Bump, "recoil": Recoil, "scaled": Scaled, "table": Published
}  # fmt: skip


def search_from(value: object) -> Search:
    """A ``[search]`` table as its kind; raises UserError for an unknown kind or entry."""
    if isinstance(value, Search):
        return value
    if not isinstance(value, Mapping):
        raise UserError(f'{shown(value)} where a table is due, such as {{ kind = "counting" }}')
    kind = value.get("kind", "counting")
    if kind not in SEARCHES:
        raise unknown("kind of search", str(kind), SEARCHES, key="kind")
    found = validated(SEARCHES[kind], {"kind": kind} | dict(value))
    found._raw = {"kind": kind} | dict(value)
    return found
