"""Masses and couplings of a run card: single values and grids."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from lvgen.errors import UserError
from lvgen.validation import Table, choice, integer, number, quantity

MAX_MASS = 1e4
MAX_COUPLING = 1e3
MAX_POINTS = 100_000

Scaling = Literal["log", "linear"]
Scale = Annotated[Scaling, choice("scale", ("log", "linear"))]
Mass = Annotated[float, quantity("energy", above=0.0, most=MAX_MASS)]
Coupling = Annotated[float, number(above=0.0, below=MAX_COUPLING)]
Points = Annotated[int, integer(least=1, most=MAX_POINTS)]


class _Grid(Table):
    """Values from ``min`` to ``max``, both included exactly; one point alone is ``min``."""

    min: float
    max: float
    points: Points = Field(examples=["46"])
    scale: Scale = "log"

    @model_validator(mode="after")
    def _rises(self) -> _Grid:
        if not self.min < self.max:
            raise UserError("min must be below max")
        if not np.all(np.diff(self.values) > 0):
            raise UserError(f"{self.points} different points do not fit between min and max", key="points")
        return self

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """(points,) increasing, read-only."""
        spaced = np.geomspace if self.scale == "log" else np.linspace
        # decimals without the noise of the last digits: decades are exact, and machines agree
        values = np.array([float(f"{x:.14g}") for x in spaced(self.min, self.max, self.points)])
        values[-1] = self.max
        values[0] = self.min
        values.setflags(write=False)
        return values


class MassGrid(_Grid):
    """Masses in GeV."""

    min: Mass = Field(examples=['"10 MeV"'])
    max: Mass = Field(examples=['"0.5 GeV"'])


class CouplingGrid(_Grid):
    """Couplings, without unit."""

    min: Coupling = Field(examples=["1e-9"])
    max: Coupling = Field(examples=["1e-3"])
