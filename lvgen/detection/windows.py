"""Searches for a peak: a window of the resolution about each mass, over what is expected or among the events seen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import BeforeValidator, Field
from scipy.special import erf

from lvgen import units
from lvgen.detection.backgrounds import background_names, differential
from lvgen.detection.channels import check_channel
from lvgen.detection.counting import Count, Requirement
from lvgen.detection.curves import Curve, as_curve, curve_from_text, spans
from lvgen.detection.search import Exposed, Search
from lvgen.errors import UserError, unknown
from lvgen.validation import as_quantity, as_text, as_texts, number, quantity, shown


def as_resolution(value: object) -> Curve:
    """One width ("5 MeV"), or widths against mass as CSV text."""
    if isinstance(value, Curve):
        return value
    if isinstance(value, str) and "\n" in value:
        return curve_from_text(value, above=0.0)
    return Curve.constant(as_quantity(value, "energy", above=0.0))


class _Window(Search):
    """A window of +- ``half_width`` standard deviations of the resolution about each mass.

    resolution : one standard deviation, flat or against mass; vetoes : masses that nobody looks at, such as those of
    the phi, J/psi, psi(2S) and Upsilon; efficiency : of the background beside the acceptance
    """

    resolution: Annotated[Curve, BeforeValidator(as_resolution)] = Field(examples=['"5 MeV"'])
    half_width: Annotated[float, number(above=0.0, most=10.0)] = 2.0
    vetoes: Annotated[tuple[tuple[float, float], ...], BeforeValidator(spans)] = ()

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """The vetoes."""
        return self.vetoes

    def why_closed(self, mass: float) -> str:
        """The veto."""
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


def as_backgrounds(value: object) -> tuple[str, ...]:
    """Names of known backgrounds, from one or several."""
    names = () if value in ([], ()) else as_texts(value)
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
            found[check_channel(as_text(channel))] = as_backgrounds(names)
        except UserError as error:
            raise error.at(key=str(channel)) from None
    return found


class Bump(_Window):
    """A peak over backgrounds at tree level, in a window about each mass.

    backgrounds : decay channel -> processes that look like it; channels without any are not counted
    efficiency : of a background inside the acceptance
    """

    title = "bump over backgrounds at tree level"
    costly = True
    source_kinds = ("lepton_collider",)
    backgrounds: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_by_channel)] = Field(
        examples=['{ "mu+ mu-" = "e+ e- -> gamma mu+ mu-" }']
    )
    efficiency: Annotated[float, number(above=0.0, most=1.0)] = 1.0
    background_uncertainty: Annotated[float, number(least=0.0, most=10.0)] = 0.0

    def assumptions(self) -> list[str]:
        """Of the backgrounds."""
        return [
            "backgrounds at tree level with alpha(0); no two-photon collisions, no exchange of identical leptons and "
            "no other pairings of four muons; those with four leptons without cuts on them"
        ]

    def requirement(self, mass: float, run: Exposed) -> Requirement:
        """A region for each channel."""
        if why := self.why_closed(mass):
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


class Recoil(_Window):
    """A peak in the mass that recoils against what is made with the boson, over a measured or simulated background.

    spectrum : background events per GeV against mass, as CSV text, in ``exposure``; its gaps are closed
    """

    title = "peak in the recoil mass"
    source_kinds = ("lepton_collider",)
    spectrum: Annotated[Curve, BeforeValidator(as_curve)]
    exposure: Annotated[float, quantity("luminosity", above=0.0)] = Field(examples=['"276 pb^-1"'])
    background_uncertainty: Annotated[float, number(least=0.0, most=10.0)] = 0.0

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """The vetoes, and where the spectrum says nothing."""
        return (*self.vetoes, *self.spectrum.gaps)

    def why_closed(self, mass: float) -> str:
        """The veto, or that the spectrum says nothing."""
        return super().why_closed(mass) or self.spectrum.why_outside(mass)

    def requirement(self, mass: float, run: Exposed) -> Requirement:
        """One region."""
        if why := self.why_closed(mass):
            return Requirement(closed=why)
        expected = self.spectrum.at(mass) * self.width(mass) * run.exposure / self.exposure
        return Requirement((Count(expected, self.background_uncertainty, None, self.share),))


def _masses(value: object) -> dict[str, tuple[float, ...]]:
    """Decay channel -> masses in GeV."""
    if not isinstance(value, Mapping) or not value:
        raise UserError(f"{shown(value)} where a table decay channel -> masses is due")
    found = {}
    for channel, masses in value.items():
        if not isinstance(masses, list | tuple):
            raise UserError(f'{shown(masses)} where a list of masses is due, such as ["0.41 GeV"]', key=str(channel))
        name = check_channel(as_text(channel))
        found[name] = tuple(as_quantity(m, "energy", above=0.0) for m in masses)
    return found


class Seen(_Window):
    """The detector's background and observed events, where an event whose mass is told counts near that mass only.

    masses : decay channel -> masses of events that are among the observed ones of that channel; where the detector has
        one number for all channels, its events count everywhere
    """

    title = "counting, events at their masses"
    half_width: Annotated[float, number(above=0.0, most=10.0)] = 3.0
    masses: Annotated[dict[str, tuple[float, ...]], BeforeValidator(_masses)] = Field(
        examples=['{ "mu+ mu-" = ["0.41 GeV"] }']
    )

    @property
    def features(self) -> tuple[tuple[str, float, float], ...]:
        """The events, with the window about each."""
        return tuple((name, m, 0.5 * self.width(m)) for name, masses in self.masses.items() for m in masses)

    def requirement(self, mass: float, run: Exposed) -> Requirement:
        """The detector's regions, with the events that lie in the window and those of unknown mass."""
        if why := self.why_closed(mass):
            return Requirement(closed=why)
        return Requirement(tuple(self._near(count, mass) for count in run.counts))

    def _near(self, count: Count, mass: float) -> Count:
        share = count.share * self.share
        if count.observed is None or count.channels is None:
            return replace(count, share=share)
        half, told = 0.5 * self.width(mass), [m for name in count.channels for m in self.masses.get(name, ())]
        if len(told) > count.observed:
            raise UserError(
                f"{len(told)} masses of events in {count.name}, where {count.observed} were observed",
                key="detector.search.masses",
            )
        elsewhere = sum(abs(m - mass) > half for m in told)
        return replace(count, observed=count.observed - elsewhere, share=share)

    def assumptions(self) -> list[str]:
        """Of the background."""
        return ["the whole background counts in the window about each mass, since its masses are not told"]
