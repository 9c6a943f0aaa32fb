"""Planes that products must cross, and the magnet between them; lengths in metres, widths are full."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from lvgen.detection.fields import Centre, Distance, Kick, Length, Position
from lvgen.errors import UserError
from lvgen.kernels import acceptance as kernel
from lvgen.validation import Table, as_choice, as_texts, choice, text

#: kinds of products by name -> set of the kernel's kinds
KINDS: dict[str, int] = {
    "charged": kernel.CHARGED,
    "electrons": kernel.ELECTRON,
    "muons": kernel.MUON,
    "hadrons": kernel.HADRON,
    "photons": kernel.PHOTON,
    "em": kernel.ELECTRON | kernel.PHOTON,
    "neutral": kernel.PHOTON | kernel.NEUTRAL,
    "all": kernel.VISIBLE,
}


def kinds_of(names: tuple[str, ...]) -> int:
    """The kernel's set of kinds."""
    kinds = 0
    for name in names:
        kinds |= KINDS[name]
    return kinds


def _kinds(value: object) -> tuple[str, ...]:
    return tuple(as_choice(name, "kind of product", list(KINDS)) for name in as_texts(value))


Kinds = Annotated[tuple[str, ...], BeforeValidator(_kinds)]


class _Plane(Table):
    """What all planes have.

    ``hole`` is the radius of a hole round the centre, 0 for none, ``em_hole`` that for electrons and photons where it
    is larger.  A product crosses the plane if its line meets z within the outline and outside the hole.
    """

    name: Annotated[str, text(most=60)] = Field(examples=['"first"'])
    z: Position = Field(examples=['"485 m"'])
    center: Centre = (0.0, 0.0)
    hole: Distance = 0.0
    em_hole: Distance | None = None
    crossed_by: Kinds = ("charged",)

    @property
    def half_size(self) -> tuple[float, float]:
        """Half the full extent in x and y, m."""
        raise NotImplementedError

    @property
    def is_round(self) -> bool:
        """Whether the outline is an ellipse."""
        return False

    @property
    def reach(self) -> float:
        """Largest distance from the centre, m."""
        return math.hypot(*self.half_size)

    @property
    def corner(self) -> float:
        """Largest |x| + |y| from the centre, m."""
        return math.inf

    @property
    def hole_for_em(self) -> float:
        """Radius of the hole for electrons and photons, m."""
        return self.hole if self.em_hole is None else self.em_hole

    @model_validator(mode="after")
    def _holes_fit(self) -> _Plane:
        for key, radius in (("hole", self.hole), ("em_hole", self.hole_for_em)):
            if radius >= self.reach:
                raise UserError(f"the hole is as large as the {self.shape}", key=key)  # type: ignore[attr-defined]
        if self.hole_for_em < self.hole:
            raise UserError("the hole for electrons and photons is smaller than that for all", key="em_hole")
        return self


class Disc(_Plane):
    """A disc of ``radius``."""

    shape: Literal["disc"]
    radius: Length = Field(examples=['"1 m"'])

    @property
    def half_size(self) -> tuple[float, float]:
        """Half the full extent in x and y, m."""
        return self.radius, self.radius

    @property
    def is_round(self) -> bool:
        """The outline is a circle."""
        return True

    @property
    def reach(self) -> float:
        """The radius, m."""
        return self.radius


class Rectangle(_Plane):
    """A rectangle, ``width`` in x and ``height`` in y."""

    shape: Literal["rectangle"]
    width: Length = Field(examples=['"3 m"'])
    height: Length = Field(examples=['"1 m"'])

    @property
    def half_size(self) -> tuple[float, float]:
        """Half the full extent in x and y, m."""
        return 0.5 * self.width, 0.5 * self.height


class EllipsePlane(_Plane):
    """An ellipse with full axes ``width`` in x and ``height`` in y."""

    shape: Literal["ellipse"]
    width: Length = Field(examples=['"5 m"'])
    height: Length = Field(examples=['"10 m"'])

    @property
    def half_size(self) -> tuple[float, float]:
        """Half the full extent in x and y, m."""
        return 0.5 * self.width, 0.5 * self.height

    @property
    def is_round(self) -> bool:
        """The outline is an ellipse."""
        return True

    @property
    def reach(self) -> float:
        """Half the longer axis, m."""
        return max(self.half_size)


class Octagon(_Plane):
    """A rectangle, ``width`` in x and ``height`` in y, with its corners cut off where |x| + |y| > ``diagonal``."""

    shape: Literal["octagon"]
    width: Length = Field(examples=['"2.26 m"'])
    height: Length = Field(examples=['"2.26 m"'])
    diagonal: Length = Field(examples=['"1.598 m"'])

    @property
    def half_size(self) -> tuple[float, float]:
        """Half the full extent in x and y, m."""
        return 0.5 * self.width, 0.5 * self.height

    @property
    def corner(self) -> float:
        """Largest |x| + |y| from the centre, m."""
        return self.diagonal

    @property
    def reach(self) -> float:
        """Largest distance from the centre, m."""
        a, b = self.half_size
        return math.hypot(max(a, b), min(self.diagonal - max(a, b), min(a, b)))

    @model_validator(mode="after")
    def _corners_are_cut(self) -> Octagon:
        a, b = self.half_size
        if not max(a, b) <= self.diagonal <= a + b:
            raise UserError("must lie between half the longer side and half the sum of both", key="diagonal")
        return self


Plane = Annotated[Disc | Rectangle | EllipsePlane | Octagon, Field(discriminator="shape")]


class Magnet(Table):
    """A dipole: charged products get ``kick`` (GeV, times their charge) in the plane of its centre at ``z``.

    bends : "horizontal" (along x) or "vertical" (along y); the size of the momentum stays as it is
    """

    z: Position = Field(examples=['"173.93 m"'])
    kick: Kick = Field(examples=['"270 MeV"'])
    bends: Annotated[Literal["horizontal", "vertical"], choice("direction", ("horizontal", "vertical"))] = "horizontal"

    @property
    def kicks(self) -> tuple[float, float]:
        """Kick of a charge of +1 in x and in y, GeV."""
        return (self.kick, 0.0) if self.bends == "horizontal" else (0.0, self.kick)
