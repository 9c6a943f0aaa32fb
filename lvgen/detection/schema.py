"""What a detector file says: decay volume, planes, cuts, efficiency and exposure, checked and in lvgen's units.

Lengths are in metres, energies in GeV, in a right-handed frame with z downstream and its origin at the target or
collision point.  A further shape of volume is one further class in the union ``Volume``.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from lvgen import units
from lvgen.errors import UserError, unknown
from lvgen.validation import Table, as_text, choice, integer, number, quantity, shown, text, texts

MAX_LENGTH = 1e6
MAX_LUMINOSITY = 1e15
MAX_POT = 1e30
MAX_ENERGY = 1e6
MAX_OFFSET = 1e4
_POT = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)\s*POT\s*", re.ASCII)

Position = Annotated[float, quantity("length", least=0.0, most=MAX_LENGTH)]
Length = Annotated[float, quantity("length", above=0.0, most=MAX_LENGTH)]
Cut = Annotated[float, quantity("energy", least=0.0, most=MAX_ENERGY)]


def _centre(value: object) -> tuple[float, float]:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise UserError(f'{shown(value)} where two lengths are due, such as ["0 m", "0 m"]')
    x, y = (units.parse(item, "length") for item in value)
    if math.hypot(x, y) > MAX_OFFSET:
        raise UserError(f"{shown(value)} is further from the axis than {units.pretty(MAX_OFFSET, 'length')}")
    return x, y


Centre = Annotated[tuple[float, float], BeforeValidator(_centre)]


class Exposure(Table):
    """How much beam the experiment sees: an integrated luminosity in 1/pb, or a number of protons on target.

    value : in ``unit``; text : as written, for labels
    """

    value: float
    unit: Literal["pb^-1", "POT"]
    text: str


def _exposure(value: object) -> Exposure:
    if isinstance(value, Exposure):
        return value
    if isinstance(value, str) and len(value) <= 64 and (match := _POT.fullmatch(value)):
        return _bounded_exposure(float(match[1]), "POT", value, MAX_POT, f"{MAX_POT:g} POT")
    largest = units.pretty(MAX_LUMINOSITY, "luminosity")
    return _bounded_exposure(units.parse(value, "luminosity"), "pb^-1", value, MAX_LUMINOSITY, largest)


def _bounded_exposure(value: float, unit: Literal["pb^-1", "POT"], text: object, most: float, largest: str) -> Exposure:
    if not value > 0:
        raise UserError(f"{shown(text)} must be positive")
    if value > most:
        raise UserError(f"{shown(text)} is beyond the largest value taken here, {largest}")
    return Exposure(value=value, unit=unit, text=" ".join(str(text).split()))


class _Volume(Table):
    """What all decay volumes have: they begin at ``front`` and end ``length`` further downstream."""

    front: Position = Field(examples=['"480 m"'])
    length: Length = Field(examples=['"5 m"'])
    center: Centre = (0.0, 0.0)

    @property
    def back(self) -> float:
        """z of the far end, m."""
        return self.front + self.length


class Cylinder(_Volume):
    """A cylinder along z; ``radius`` in m."""

    shape: Literal["cylinder"]
    radius: Length = Field(examples=['"1 m"'])

    @property
    def half_size(self) -> tuple[float, float]:
        """Half the full extent in x and y, m."""
        return self.radius, self.radius


class Box(_Volume):
    """A box along z; ``width`` (x) and ``height`` (y) are full widths in m."""

    shape: Literal["box"]
    width: Length = Field(examples=['"3 m"'])
    height: Length = Field(examples=['"1 m"'])

    @property
    def half_size(self) -> tuple[float, float]:
        """Half the full extent in x and y, m."""
        return 0.5 * self.width, 0.5 * self.height


Volume = Annotated[Cylinder | Box, Field(discriminator="shape")]


class _Plane(Table):
    """What all planes have; ``hole`` is the radius of a hole round the centre, 0 for none.

    A product crosses the plane if its straight line meets z within the outline and outside the hole.
    """

    name: Annotated[str, text(most=60)] = Field(examples=['"first"'])
    z: Position = Field(examples=['"485 m"'])
    center: Centre = (0.0, 0.0)
    hole: Annotated[float, quantity("length", least=0.0, most=MAX_LENGTH)] = 0.0
    crossed_by: Annotated[Literal["charged", "all"], choice("kind of product", ("charged", "all"))] = "charged"


class Disc(_Plane):
    """A disc of ``radius`` in m."""

    shape: Literal["disc"]
    radius: Length = Field(examples=['"1 m"'])

    @model_validator(mode="after")
    def _hole_fits(self) -> Disc:
        if self.hole >= self.radius:
            raise UserError("the hole is as large as the disc", key="hole")
        return self

    @property
    def half_size(self) -> tuple[float, float]:
        """Half the full extent in x and y, m."""
        return self.radius, self.radius


class Rectangle(_Plane):
    """A rectangle; ``width`` (x) and ``height`` (y) are full widths in m."""

    shape: Literal["rectangle"]
    width: Length = Field(examples=['"3 m"'])
    height: Length = Field(examples=['"1 m"'])

    @model_validator(mode="after")
    def _hole_fits(self) -> Rectangle:
        if 2 * self.hole >= math.hypot(self.width, self.height):
            raise UserError("the hole is as large as the rectangle", key="hole")
        return self

    @property
    def half_size(self) -> tuple[float, float]:
        """Half the full extent in x and y, m."""
        return 0.5 * self.width, 0.5 * self.height


Plane = Annotated[Disc | Rectangle, Field(discriminator="shape")]


class Separation(Table):
    """Charged products must be ``distance`` (m) apart from each other at the named plane."""

    plane: Annotated[str, text(most=60)] = Field(examples=['"first"'])
    distance: Length = Field(examples=['"0.3 mm"'])


class Cuts(Table):
    """Minimum momentum of every charged product and minimum visible energy of the boson, GeV; 0 for none."""

    min_momentum: Cut = 0.0
    min_energy: Cut = 0.0
    separation: Separation | None = None


def _planes(value: object) -> object:
    if not isinstance(value, (list, tuple)):
        raise UserError(f"{shown(value)} where a list of planes is due ([[planes]])")
    if len(value) > 100:
        raise UserError(f"{len(value)} planes; at most 100 fit here")
    return tuple(value)


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

    exposure : see ``Exposure``; efficiency : in (0, 1], flat; background : expected events, >= 0
    observed : events seen, None for a projection (none seen beyond the background)
    planes : every product that ``crossed_by`` names must cross each of them
    channels : names of the decay channels that count, None for every visible one
    selection : "none" leaves only the geometry of the decay volume (every channel, efficiency 1)
    source : name of the hadron source or beam, such as "LHC-13.6TeV"
    sources : dotted key -> where the number is from
    """

    name: Annotated[str, text(most=80)] = Field(examples=['"FASER2"'])
    title: Annotated[str, text()] = ""
    references: Annotated[tuple[str, ...], texts()] = ()
    source: Annotated[str, text(most=80)] = Field(examples=['"LHC-13.6TeV"'])
    frame: Annotated[str, text()] = "origin at the collision point or target, z downstream, right-handed"
    exposure: Annotated[Exposure, BeforeValidator(_exposure)] = Field(examples=['"3 ab^-1"'])
    efficiency: Annotated[float, number(above=0.0, most=1.0)] = 1.0
    background: Annotated[float, number(least=0.0, most=1e9)] = 0.0
    observed: Annotated[int, integer(least=0, most=10**9)] | None = None
    selection: Annotated[Literal["products", "none"], choice("selection", ("products", "none"))] = "products"
    channels: Annotated[tuple[str, ...], texts()] | None = None
    volume: Volume = Field(examples=['{ shape = "cylinder", front = "480 m", length = "5 m", radius = "1 m" }'])
    planes: Annotated[tuple[Plane, ...], BeforeValidator(_planes)] = ()
    cuts: Cuts = Cuts()
    sources: Annotated[dict[str, str], BeforeValidator(_sources)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Detector:
        names = [plane.name for plane in self.planes]
        for plane in self.planes:
            key = f"planes.{plane.name}"
            if names.count(plane.name) > 1:
                raise UserError(f"two planes are called {plane.name!r}", key=key)
            if plane.z < self.volume.front:
                front = units.pretty(self.volume.front, "length")
                raise UserError(f"the plane is upstream of the front of the volume, {front}", key=f"{key}.z")
        separation = self.cuts.separation
        if separation is not None and separation.plane not in names:
            raise unknown("plane", separation.plane, names, key="cuts.separation.plane")
        return self

    @property
    def selects(self) -> bool:
        """Whether the products are looked at."""
        return self.selection == "products"

    @property
    def active_planes(self) -> tuple[Plane, ...]:
        """The planes that products must cross; none with ``selection = "none"``."""
        return self.planes if self.selects else ()

    @property
    def active_cuts(self) -> Cuts:
        """The cuts on products; none with ``selection = "none"``."""
        return self.cuts if self.selects else Cuts()

    @property
    def active_efficiency(self) -> float:
        """The efficiency; 1 with ``selection = "none"``."""
        return self.efficiency if self.selects else 1.0

    @property
    def active_channels(self) -> tuple[str, ...] | None:
        """Names of the channels that count; None for every visible one (for every one with ``selection = "none"``)."""
        return self.channels if self.selects else None

    @property
    def plane_names(self) -> tuple[str, ...]:
        """Names of the planes, in their order."""
        return tuple(plane.name for plane in self.planes)
