"""What a detector file says: decay volume, planes, cuts, efficiency and exposure, checked and in lvgen's units.

Lengths are in metres, energies in GeV, in a right-handed frame with z downstream and z = 0 at the target or collision
point.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from lvgen import units
from lvgen.detection.backgrounds import Acceptance
from lvgen.detection.channels import check_channel, covers
from lvgen.detection.counting import Count
from lvgen.detection.cuts import AnyEfficiency, Companions, Cuts, Efficiency, Pointing, Selection, Separation, Vertex
from lvgen.detection.fields import Centre
from lvgen.detection.planes import Disc, EllipsePlane, Magnet, Octagon, Plane, Rectangle
from lvgen.detection.search import Counting, Search
from lvgen.detection.searches import search_from
from lvgen.detection.volumes import Barrel, Box, Cylinder, Ellipse, Frustum, Pyramid, Volume
from lvgen.errors import UserError, unknown
from lvgen.validation import Table, as_number, as_text, as_texts, choice, integer, shown, text, texts

__all__ = [
    "Barrel", "Box", "Companions", "Cuts", "Cylinder", "Detector", "Disc", "Efficiency", "Ellipse", "EllipsePlane",
    "Exposure", "Frustum", "Magnet", "Octagon", "Plane", "Pointing", "Pyramid", "Rectangle", "Selection", "Separation",
    "Vertex", "Volume",
]  # fmt: skip

MAX_LUMINOSITY = 1e15
MAX_POT = 1e30
MAX_EVENTS = 1e9
_COUNT = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)\s*(POT|decays)\s*", re.ASCII)


ExposureUnit = Literal["pb^-1", "POT", "decays"]


class Exposure(Table):
    """How much beam the experiment sees: an integrated luminosity in 1/pb, a number of protons on target, or of kaons
    that decay.

    value : in ``unit``; text : as written, for labels
    """

    value: float
    unit: ExposureUnit
    text: str


def _exposure(value: object) -> Exposure:
    if isinstance(value, Exposure):
        return value
    if isinstance(value, str) and len(value) <= 64 and (match := _COUNT.fullmatch(value)):
        unit: ExposureUnit = "POT" if match[2] == "POT" else "decays"
        return _bounded_exposure(float(match[1]), unit, value, MAX_POT, f"{MAX_POT:g} {unit}")
    largest = units.pretty(MAX_LUMINOSITY, "luminosity")
    try:
        luminosity = units.parse(value, "luminosity")
    except UserError as error:
        raise UserError(f'{error.what}, or a number of protons, "6e20 POT"') from None
    return _bounded_exposure(luminosity, "pb^-1", value, MAX_LUMINOSITY, largest)


def _bounded_exposure(value: float, unit: ExposureUnit, text: object, most: float, largest: str) -> Exposure:
    if not value > 0:
        raise UserError(f"{shown(text)} must be positive")
    if value > most:
        raise UserError(f"{shown(text)} is beyond the largest value taken here, {largest}")
    return Exposure(value=value, unit=unit, text=" ".join(str(text).split()))


def _list_of(what: str, header: str) -> BeforeValidator:
    """A list of at most 100 tables, as a tuple."""

    def check(value: object) -> object:
        if not isinstance(value, (list, tuple)):
            raise UserError(f"{shown(value)} where a list of {what} is due ({header})")
        if len(value) > 100:
            raise UserError(f"{len(value)} {what}; at most 100 fit here")
        return tuple(value)

    return BeforeValidator(check)


def _per_channel(value: object, check: Any) -> Any:
    """One number, or a table channel -> number."""
    if not isinstance(value, Mapping):
        return check(value)
    result = {}
    for name, item in value.items():
        try:
            result[check_channel(as_text(name))] = check(item)
        except UserError as error:
            raise error.at(key=str(name)) from None
    return result


def _background(value: object) -> Any:
    return _per_channel(value, lambda item: as_number(item, least=0.0, most=MAX_EVENTS))


_whole = integer(least=0, most=10**9)


def _observed(value: object) -> Any:
    return None if value is None else _per_channel(value, _whole.func)


def _uncertainty(value: object) -> Any:
    return _per_channel(value, lambda item: as_number(item, least=0.0, most=10.0))


def _channels(value: object) -> tuple[str, ...]:
    return tuple(check_channel(name) for name in as_texts(value))


def _sources(value: object) -> object:
    if not isinstance(value, dict):
        raise UserError(f"{shown(value)} where a table of texts is due")
    for key, citation in value.items():
        try:
            as_text(citation)
        except UserError as error:
            raise error.at(key=str(key)) from None
    return value


class Detector(Table):
    """A detector as a run uses it.

    exposure : see ``Exposure``; efficiency : in (0, 1], flat, or against energy
    background : expected events, >= 0, in all or by channel; observed : events seen, in all or by channel; None for a
        projection (none seen beyond the background); background_uncertainty : relative, in all or by channel
    search : how masses become counts, see ``search``
    decays : "inside": the boson decays in the volume into something that is counted; "escaping": it leaves the volume
        undecayed or decays into what nobody sees, and what was made with it is seen
    companions : cuts on what is made with the boson; left out: nobody looks at it
    planes : what products must cross; magnet : a dipole between them; cuts : on the products
    selections : planes, cuts and efficiency of some channels, where they are not as for all
    channels : names of the decay channels that count, None for every visible one
    selection : "none" leaves only the geometry of the decay volume (every channel, efficiency 1)
    source : name of the hadron source or beam, such as "LHC-13.6TeV"
    production_point : where in x and y bosons are made, in the frame of this file
    sources : dotted key -> where the number is from
    """

    name: Annotated[str, text(most=80)] = Field(examples=['"FASER2"'])
    title: Annotated[str, text()] = ""
    references: Annotated[tuple[str, ...], texts()] = ()
    source: Annotated[str, text(most=1000)] = Field(examples=['"LHC-13.6TeV"'])
    frame: Annotated[str, text()] = "origin at the collision point or target, z downstream, right-handed"
    production_point: Centre = (0.0, 0.0)
    exposure: Annotated[Exposure, BeforeValidator(_exposure)] = Field(examples=['"3 ab^-1"'])
    efficiency: AnyEfficiency = 1.0
    background: Annotated[float | dict[str, float], BeforeValidator(_background)] = 0.0
    background_uncertainty: Annotated[float | dict[str, float], BeforeValidator(_uncertainty)] = 0.0
    observed: Annotated[int | dict[str, int] | None, BeforeValidator(_observed)] = None
    search: Annotated[SerializeAsAny[Search], BeforeValidator(search_from)] = Field(
        default_factory=lambda: Counting(kind="counting")
    )
    selection: Annotated[Literal["products", "none"], choice("selection", ("products", "none"))] = "products"
    decays: Annotated[Literal["inside", "escaping"], choice("way to count", ("inside", "escaping"))] = "inside"
    channels: Annotated[tuple[str, ...], BeforeValidator(_channels)] | None = None
    volume: Volume = Field(examples=['{ shape = "cylinder", front = "480 m", length = "5 m", radius = "1 m" }'])
    planes: Annotated[tuple[Plane, ...], _list_of("planes", "[[planes]]")] = ()
    magnet: Magnet | None = None
    cuts: Cuts = Cuts()
    companions: Companions | None = None
    selections: Annotated[tuple[Selection, ...], _list_of("selections", "[[selections]]")] = ()
    sources: Annotated[dict[str, str], BeforeValidator(_sources)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _planes_are_consistent(self) -> Detector:
        names = self.plane_names
        for plane in self.planes:
            key = f"planes.{plane.name}"
            if names.count(plane.name) > 1:
                raise UserError(f"two planes are called {plane.name!r}", key=key)
            if plane.z < self.volume.front:
                front = units.pretty(self.volume.front, "length")
                raise UserError(f"the plane is upstream of the front of the volume, {front}", key=f"{key}.z")
        if self.magnet is not None and self.magnet.z < self.volume.front:
            front = units.pretty(self.volume.front, "length")
            raise UserError(f"the magnet is upstream of the front of the volume, {front}", key="magnet.z")
        separation = self.cuts.separation
        if separation is not None and separation.plane not in names:
            raise unknown("plane", separation.plane, names, key="cuts.separation.plane")
        return self

    @model_validator(mode="after")
    def _selections_are_consistent(self) -> Detector:
        names = [selection.name for selection in self.selections]
        for selection in self.selections:
            key = f"selections.{selection.name}"
            if names.count(selection.name) > 1:
                raise UserError(f"two selections are called {selection.name!r}", key=key)
            for plane in selection.planes or ():
                if plane not in self.plane_names:
                    raise unknown("plane", plane, self.plane_names, key=f"{key}.planes")
            for channel in selection.channels:
                try:
                    check_channel(channel)
                except UserError as error:
                    raise error.at(key=f"{key}.channels") from None
            separation = selection.separation
            if separation is not None and separation.plane not in self.plane_names:
                raise unknown("plane", separation.plane, self.plane_names, key=f"{key}.separation.plane")
        return self

    @model_validator(mode="after")
    def _escaping_is_consistent(self) -> Detector:
        if self.escaping and self.channels is not None:
            raise UserError('with decays = "escaping" every decay counts that is not seen', key="channels")
        return self

    @property
    def escaping(self) -> bool:
        """Whether bosons count that are not seen to decay."""
        return self.decays == "escaping"

    @property
    def selects(self) -> bool:
        """Whether the products are looked at."""
        return self.selection == "products" and not self.escaping

    @property
    def active_companions(self) -> Companions | None:
        """The cuts on what is made with the boson; None with ``selection = "none"``."""
        return self.companions if self.selection == "products" else None

    @property
    def active_planes(self) -> tuple[Plane, ...]:
        """The planes that products must cross; none with ``selection = "none"``."""
        return self.planes if self.selects else ()

    @property
    def active_cuts(self) -> Cuts:
        """The cuts on products of all channels; none with ``selection = "none"``."""
        return self.cuts if self.selects else Cuts()

    @property
    def active_channels(self) -> tuple[str, ...] | None:
        """Names of the channels that count; None for every visible one (for every one with ``selection = "none"``)."""
        return self.channels if self.selects else None

    @property
    def plane_names(self) -> tuple[str, ...]:
        """Names of the planes, in their order."""
        return tuple(plane.name for plane in self.planes)

    def selection_of(self, channel: str) -> Selection | None:
        """The first selection whose names cover a decay channel; None where there is none."""
        return next((s for s in self.selections if any(covers(name, channel) for name in s.channels)), None)

    def _counts(self, name: str) -> bool:
        """Whether a channel or sum of a table of backgrounds or of observed events counts."""
        channels = self.active_channels
        return channels is None or any(covers(counted, name) for counted in channels)

    @property
    def expected_background(self) -> float:
        """Expected background events in the channels that count."""
        if not isinstance(self.background, dict):
            return self.background
        return sum((number for name, number in self.background.items() if self._counts(name)), 0.0)

    @property
    def events_observed(self) -> int | None:
        """Events seen in the channels that count; None where none of them has been looked at."""
        if not isinstance(self.observed, dict):
            return self.observed
        numbers = [number for name, number in self.observed.items() if self._counts(name)]
        return sum(numbers) if numbers else None

    def background_acceptance(self, boost: tuple[float, float]) -> Acceptance:
        """What the detector asks of backgrounds; boost : gamma and gamma beta of the centre of mass."""
        beside = self.active_companions or Companions()
        return Acceptance(
            boost, beside.polar_tracks or self.active_cuts.polar_tracks or (0.0, math.pi),
            beside.polar_photons or (0.0, math.pi), beside.min_photon_energy_cms, self.active_cuts.min_momentum,
        )  # fmt: skip

    def counts(self) -> tuple[Count, ...]:
        """The regions of a counting experiment: one for each channel of a table of backgrounds (or of observed events),
        and one for what is left of the signal, without background; a single one where nothing is told by channel."""
        tables = [t for t in (self.background, self.observed) if isinstance(t, dict)]
        names = list(dict.fromkeys(name for table in tables for name in table if self._counts(name)))
        by_channel = all(isinstance(t, dict) for t in (self.background, self.observed) if t)
        if not names or not by_channel:
            uncertainty = self.background_uncertainty
            flat = max(uncertainty.values(), default=0.0) if isinstance(uncertainty, dict) else uncertainty
            return (Count(self.expected_background, flat, self.events_observed),)
        rest = Count(observed=None if self.events_observed is None else 0, name="other channels")
        return (*(self._region(name) for name in names), rest)

    def _region(self, name: str) -> Count:
        def of(value: Any, missing: Any) -> Any:
            return value.get(name, missing) if isinstance(value, dict) else value

        seen = of(self.observed, None) if isinstance(self.observed, dict) else None
        return Count(
            of(self.background, 0.0) if isinstance(self.background, dict) else 0.0,
            of(self.background_uncertainty, 0.0), seen, 1.0, name, (name,),
        )  # fmt: skip

    @property
    def event_frame(self) -> str:
        """Whose axes the positions in events are: the frame, moved to the production point."""
        if self.production_point == (0.0, 0.0):
            return self.frame
        x, y = (units.pretty(value, "length") for value in self.production_point)
        return f"{self.frame}; moved to the production point at x = {x}, y = {y}"
