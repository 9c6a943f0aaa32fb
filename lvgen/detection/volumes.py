"""Decay volumes.  A further shape is one further class in the union ``Volume``; lengths in metres, widths are full."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from lvgen import units
from lvgen.detection.fields import Centre, Distance, Length, Place, Position
from lvgen.errors import UserError
from lvgen.validation import Table

Pair = tuple[float, float]


class _Volume(Table):
    """What all decay volumes have: they begin at ``front`` and end ``length`` further downstream, round ``center``;
    ``hole`` is the radius of a round hole along the middle, 0 for none, and ``flight`` how far bosons must have flown
    from where they are made."""

    front: Position = Field(examples=['"480 m"'])
    length: Length = Field(examples=['"5 m"'])
    center: Centre = (0.0, 0.0)
    hole: Distance = 0.0
    flight: Distance = 0.0

    @property
    def back(self) -> float:
        """z of the far end, m."""
        return self.front + self.length

    @property
    def front_half_size(self) -> Pair:
        """Half the extent in x and y at the front, m."""
        raise NotImplementedError

    @property
    def back_half_size(self) -> Pair:
        """Half the extent in x and y at the back, m."""
        return self.front_half_size

    @property
    def half_size(self) -> Pair:
        """Half the largest extent in x and y, m."""
        (a0, b0), (a1, b1) = self.front_half_size, self.back_half_size
        return max(a0, a1), max(b0, b1)

    @property
    def is_round(self) -> bool:
        """Whether sections are ellipses (else rectangles)."""
        return False

    @model_validator(mode="after")
    def _hole_fits(self) -> _Volume:
        reach = min(self.half_size) if self.is_round else math.hypot(*self.half_size)
        if self.hole > 0 and self.hole >= reach:
            raise UserError("the hole is as large as the volume", key="hole")
        return self


class Cylinder(_Volume):
    """A cylinder along z of ``radius``."""

    shape: Literal["cylinder"]
    radius: Length = Field(examples=['"1 m"'])

    @property
    def front_half_size(self) -> Pair:
        """Half the extent in x and y, m."""
        return self.radius, self.radius

    @property
    def is_round(self) -> bool:
        """Sections are circles."""
        return True


class Barrel(Cylinder):
    """A cylinder of ``radius`` round the collision point, without what lies within ``hole`` of the beam line; ``front``
    may lie behind the collision point, at negative z."""

    shape: Literal["barrel"]  # type: ignore[assignment]
    front: Place = Field(examples=['"-1 m"'])


class Box(_Volume):
    """A box along z, ``width`` in x and ``height`` in y."""

    shape: Literal["box"]
    width: Length = Field(examples=['"3 m"'])
    height: Length = Field(examples=['"1 m"'])

    @property
    def front_half_size(self) -> Pair:
        """Half the extent in x and y, m."""
        return 0.5 * self.width, 0.5 * self.height


class Frustum(_Volume):
    """Rectangular sections that go linearly from ``width``, ``height`` to ``back_width``, ``back_height``."""

    shape: Literal["frustum"]
    width: Length = Field(examples=['"1 m"'])
    height: Length = Field(examples=['"2.7 m"'])
    back_width: Length = Field(examples=['"4 m"'])
    back_height: Length = Field(examples=['"6.2 m"'])

    @property
    def front_half_size(self) -> Pair:
        """Half the extent in x and y at the front, m."""
        return 0.5 * self.width, 0.5 * self.height

    @property
    def back_half_size(self) -> Pair:
        """Half the extent in x and y at the back, m."""
        return 0.5 * self.back_width, 0.5 * self.back_height


class Pyramid(_Volume):
    """A frustum whose four sides meet in one point above ``center``: at z = ``apex``, or at the front if left out.

    ``back_width`` and ``back_height`` are those of the back.
    """

    shape: Literal["pyramid"]
    back_width: Length = Field(examples=['"4 m"'])
    back_height: Length = Field(examples=['"6.2 m"'])
    apex: Position | None = None

    @model_validator(mode="after")
    def _apex_before(self) -> Pyramid:
        if self.apex is not None and self.apex > self.front:
            front = units.pretty(self.front, "length")
            raise UserError(f"the sides must meet at the front of the volume, {front}, or upstream of it", key="apex")
        return self

    @property
    def front_half_size(self) -> Pair:
        """Half the extent in x and y at the front, m."""
        apex = self.front if self.apex is None else self.apex
        share = (self.front - apex) / (self.back - apex)
        return share * 0.5 * self.back_width, share * 0.5 * self.back_height

    @property
    def back_half_size(self) -> Pair:
        """Half the extent in x and y at the back, m."""
        return 0.5 * self.back_width, 0.5 * self.back_height


class Ellipse(_Volume):
    """Elliptic sections with full axes ``width`` and ``height``: a cylinder, or with ``back_width`` and ``back_height``
    in the same proportion a piece of a cone."""

    shape: Literal["ellipse"]
    width: Length = Field(examples=['"5 m"'])
    height: Length = Field(examples=['"10 m"'])
    back_width: Length | None = None
    back_height: Length | None = None

    @model_validator(mode="after")
    def _one_cone(self) -> Ellipse:
        if (self.back_width is None) != (self.back_height is None):
            missing = "back_width" if self.back_width is None else "back_height"
            raise UserError("both axes of the back are due, or none", key=missing)
        (a0, b0), (a1, b1) = self.front_half_size, self.back_half_size
        if not math.isclose(a0 * b1, a1 * b0, rel_tol=1e-9):
            due = units.pretty(2.0 * b0 * a1 / a0, "length")
            raise UserError(f"the axes of a cone keep their proportion: {due} would fit", key="back_height")
        return self

    @property
    def front_half_size(self) -> Pair:
        """Half the extent in x and y at the front, m."""
        return 0.5 * self.width, 0.5 * self.height

    @property
    def back_half_size(self) -> Pair:
        """Half the extent in x and y at the back, m."""
        if self.back_width is None or self.back_height is None:
            return self.front_half_size
        return 0.5 * self.back_width, 0.5 * self.back_height

    @property
    def is_round(self) -> bool:
        """Sections are ellipses."""
        return True


Volume = Annotated[Cylinder | Barrel | Box | Frustum | Pyramid | Ellipse, Field(discriminator="shape")]
