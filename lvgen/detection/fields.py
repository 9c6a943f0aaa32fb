"""Fields that the tables of a detector file share: positions, lengths, cuts, and where a centre lies."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BeforeValidator

from lvgen import units
from lvgen.errors import UserError
from lvgen.validation import quantity, shown

MAX_LENGTH = 1e6
MAX_ENERGY = 1e6
MAX_OFFSET = 1e4

Position = Annotated[float, quantity("length", least=0.0, most=MAX_LENGTH)]
Place = Annotated[float, quantity("length", least=-MAX_LENGTH, most=MAX_LENGTH)]
Length = Annotated[float, quantity("length", above=0.0, most=MAX_LENGTH)]
Distance = Annotated[float, quantity("length", least=0.0, most=MAX_LENGTH)]
Cut = Annotated[float, quantity("energy", least=0.0, most=MAX_ENERGY)]
Kick = Annotated[float, quantity("energy", least=-MAX_ENERGY, most=MAX_ENERGY)]


def _polar(value: object) -> tuple[float, float]:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise UserError(f'{shown(value)} where two angles are due, such as ["17 deg", "150 deg"]')
    low, high = (item if isinstance(item, float) else units.parse(item, "angle") for item in value)
    if not 0.0 <= low < high <= math.pi + 1e-9:
        raise UserError(f"{shown(value)}: the angles must rise, and lie between 0 and 180 deg")
    return low, high


#: polar angles from the z axis in the laboratory between which particles are seen, rad
Polar = Annotated[tuple[float, float], BeforeValidator(_polar)]


def _centre(value: object) -> tuple[float, float]:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise UserError(f'{shown(value)} where two lengths are due, such as ["0 m", "0 m"]')
    x, y = (units.parse(item, "length") for item in value)
    if math.hypot(x, y) > MAX_OFFSET:
        raise UserError(f"{shown(value)} is further from the axis than {units.pretty(MAX_OFFSET, 'length')}")
    return x, y


Centre = Annotated[tuple[float, float], BeforeValidator(_centre)]
