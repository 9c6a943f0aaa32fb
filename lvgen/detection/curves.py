"""Numbers against mass, as text in a detector file: pieces with gaps between them that are never bridged."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen import units
from lvgen.errors import UserError
from lvgen.validation import shown

Floats = NDArray[np.float64]

_MAX_TEXT = 200_000
_UNITS = {"mass_GeV": 1.0, "mass_MeV": 1e-3}


@dataclass(frozen=True)
class Curve:
    """Pieces of (mass in GeV, value), masses increasing through all of them; one point without a mass: a constant."""

    pieces: tuple[tuple[tuple[float, float], ...], ...]

    @staticmethod
    def constant(value: float) -> Curve:
        """The same value everywhere."""
        return Curve((((0.0, value), (math.inf, value)),))

    def why_outside(self, mass: float) -> str:
        """Why there is no value at a mass (GeV); empty where there is one."""
        if any(piece[0][0] <= mass <= piece[-1][0] for piece in self.pieces):
            return ""
        below = [piece[-1][0] for piece in self.pieces if piece[-1][0] < mass]
        above = [piece[0][0] for piece in self.pieces if piece[0][0] > mass]
        if below and above:
            return f"no value between {units.pretty(max(below), 'energy')} and {units.pretty(min(above), 'energy')}"
        side, edge = ("below", min(above)) if above else ("above", max(below))
        return f"no value {side} {units.pretty(edge, 'energy')}"

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Ranges of mass without a value: before, between and after the pieces."""
        starts = [0.0, *(piece[-1][0] for piece in self.pieces)]
        ends = [*(piece[0][0] for piece in self.pieces), math.inf]
        return tuple((low, high) for low, high in zip(starts, ends, strict=True) if low < high)

    def at(self, mass: float) -> float:
        """Value at a mass (GeV): between two points of a piece ln(value) is linear in the mass; beyond the pieces that
        of the nearest point, which is for widths: a limit is asked for by ``why_outside`` first."""
        piece = min(self.pieces, key=lambda p: max(p[0][0] - mass, mass - p[-1][0], 0.0))
        if math.isinf(piece[-1][0]):
            return piece[0][1]
        masses, values = (np.array(column) for column in zip(*piece, strict=True))
        return float(np.exp(np.interp(mass, masses, np.log(values))))


def curve_from_text(value: object, *, above: float | None = None) -> Curve:
    """CSV text as a curve.

    The first line is the header, ``mass_GeV`` or ``mass_MeV`` and a name; lines after # are passed over; a blank line
    between two points is a gap.
    raises UserError for anything else, for masses that do not rise, and values that are not above ``above``
    """
    if not isinstance(value, str):
        raise UserError(f"{shown(value)} where CSV text is due, its first line mass_GeV,<name>")
    if len(value) > _MAX_TEXT:
        raise UserError(f"a text of {len(value)} characters; at most {_MAX_TEXT} fit here")
    lines = [line.split("#")[0].strip() for line in value.strip().splitlines()] or [""]
    header = [name.strip() for name in lines[0].split(",")]
    if len(header) != 2 or header[0] not in _UNITS:
        raise UserError(f"{shown(lines[0])} where the header mass_GeV,<name> (or mass_MeV,<name>) is due")
    pieces: list[list[tuple[float, float]]] = [[]]
    for line in lines[1:]:
        if line:
            pieces[-1].append(_point(line, _UNITS[header[0]], above))
        elif pieces[-1]:
            pieces.append([])
    kept = tuple(tuple(piece) for piece in pieces if piece)
    masses = [mass for piece in kept for mass, _ in piece]
    if not masses:
        raise UserError("no point of it is there")
    if any(b <= a for a, b in itertools.pairwise(masses)):
        raise UserError("the masses must rise from line to line")
    return Curve(kept)


def _point(line: str, unit: float, above: float | None) -> tuple[float, float]:
    try:
        mass, value = (float(part) for part in line.split(","))
    except ValueError:
        raise UserError(f"{shown(line)} where a mass and a value are due, with a comma between them") from None
    if not (0.0 <= mass < math.inf and math.isfinite(value)):
        raise UserError(f"{shown(line)}: finite numbers and a mass that is not negative are due")
    if above is not None and not value > above:
        raise UserError(f"{shown(line)}: the value must be above {above:g}")
    return mass * unit, value


def spans(value: object) -> tuple[tuple[float, float], ...]:
    """A list of [lowest, highest] masses with units, as pairs in GeV; raises UserError."""
    if not isinstance(value, (list, tuple)):
        raise UserError(f'{shown(value)} where a list of ranges is due, such as [["1.0 GeV", "1.05 GeV"]]')
    found = []
    for item in value:
        if not isinstance(item, (list, tuple)) or len(item) != 2:
            raise UserError(f'{shown(item)} where a range is due, such as ["1.0 GeV", "1.05 GeV"]')
        low, high = (end if isinstance(end, float) else units.parse(end, "energy") for end in item)
        if not 0.0 <= low < high:
            raise UserError(f"{shown(item)}: the first mass must be below the second")
        found.append((low, high))
    return tuple(found)


def as_curve(value: object) -> Curve:
    """A curve of positive values, which may be CSV text."""
    return value if isinstance(value, Curve) else curve_from_text(value, above=0.0)
