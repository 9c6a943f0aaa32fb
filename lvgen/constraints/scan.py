"""Verdicts at a coupling, and the couplings that constraints exclude, mass by mass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import TOO_LARGE, Constraint, Verdict
from lvgen.constraints.point import Axis, OutsideValidityError, Point
from lvgen.progress import NoProgress, Progress

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

EXCLUDED, FAVOURED = "excluded", "favoured"
#: how an interval ends: where the strength is 1, at the scanned range, or where the calculation stops to hold
CLOSED, GRID, VALIDITY = "closed", "grid", "validity"
_PER_DECADE, _HALVINGS = 200, 40


@dataclass(frozen=True)
class Bound:
    """An interval of couplings that a constraint excludes or favours at one mass (GeV), or none (couplings None).

    edge_lower, edge_upper : "closed", "grid" or "validity"; note : why there is none, or what to know
    """

    mass: float
    constraint: str
    kind: str
    coupling_lower: float | None
    coupling_upper: float | None
    edge_lower: str
    edge_upper: str
    confidence: float
    note: str


def verdicts_at(
    axis: Axis, masses: Sequence[float], couplings: Sequence[float], which: Sequence[Constraint]
) -> list[Verdict]:
    """One for each mass, coupling and constraint, in this order."""
    found = []
    for mass in masses:
        point = Point(axis, mass)
        found += [one.verdict(point, coupling) for coupling in couplings for one in which]
    return found


def bounds_of(
    axis: Axis,
    masses: Sequence[float],
    which: Sequence[Constraint],
    low: float,
    high: float,
    progress: Progress | None = None,
) -> list[Bound]:
    """Intervals between the couplings ``low`` and ``high``, ordered by mass, constraint and coupling.

    They are looked for at 200 couplings a decade: gaps narrower than 1 % can be missed. Edges are good to 1e-9.
    """
    grid = np.geomspace(low, high, max(2, round(_PER_DECADE * np.log10(high / low)) + 1))
    told, found = progress or NoProgress(), []
    told.start("constraints", len(masses))
    for mass in masses:
        point = Point(axis, mass)
        for one in which:
            found += list(_bounds(one, point, grid))
        told.advance()
    told.finish()
    return found


def _bounds(one: Constraint, point: Point, grid: Floats) -> Iterator[Bound]:
    nothing = Bound(point.mass, one.name, EXCLUDED, None, None, "", "", one.confidence, "")
    try:
        prediction = one.predict(point, grid)
    except OutsideValidityError as error:
        yield replace(nothing, note=str(error))
        return
    if not one.verdicts:
        yield replace(nothing, note=prediction.note or "an estimate without verdict")
        return

    def excess(g: Floats) -> tuple[Floats, Bools]:
        at = one.predict(point, g)
        return at.strength - 1.0, at.valid

    intervals = list(_intervals(excess, grid))
    if not intervals:
        outside = not prediction.valid.any()
        yield replace(nothing, note=TOO_LARGE if outside else "nothing in the scanned range")
    for low, high, edges in intervals:
        yield replace(
            nothing, coupling_lower=low, coupling_upper=high, edge_lower=edges[0], edge_upper=edges[1],
            note=_note(edges),
        )  # fmt: skip
    if one.favoured is not None:
        yield from _favoured(one, point, grid, nothing)


def _note(edges: tuple[str, str]) -> str:
    return f"above the upper edge {TOO_LARGE}" if edges[1] == VALIDITY else ""


def _favoured(one: Constraint, point: Point, grid: Floats, nothing: Bound) -> Iterator[Bound]:
    band = one.favoured
    assert band is not None  # noqa: S101 - asked for constraints with a band alone

    def inside(g: Floats) -> tuple[Floats, Bools]:
        at = one.predict(point, g)
        return np.minimum(at.value - band[0], band[1] - at.value) / (band[1] - band[0]), at.valid

    for low, high, edges in _intervals(inside, grid):
        yield replace(
            nothing, kind=FAVOURED, coupling_lower=low, coupling_upper=high, edge_lower=edges[0], edge_upper=edges[1]
        )


def _intervals(
    function: Callable[[Floats], tuple[Floats, Bools]], grid: Floats
) -> Iterator[tuple[float, float, tuple[str, str]]]:
    """(low, high, how each ends) where a function of the coupling is positive and valid."""
    value, valid = function(grid)
    inside = (value > 0.0) & valid
    starts = np.flatnonzero(inside & ~np.concatenate([[False], inside[:-1]]))
    ends = np.flatnonzero(inside & ~np.concatenate([inside[1:], [False]]))
    for start, end in zip(starts, ends, strict=True):
        low, how_low = _edge(function, grid, int(start), -1)
        high, how_high = _edge(function, grid, int(end), 1)
        yield low, high, (how_low, how_high)


def _edge(function: Callable[[Floats], tuple[Floats, Bools]], grid: Floats, last: int, step: int) -> tuple[float, str]:
    """Where an interval ends beyond ``grid[last]``, by halving in the logarithm."""
    beyond = last + step
    if not 0 <= beyond < len(grid):
        return float(grid[last]), GRID
    inside, outside = np.log(grid[last]), np.log(grid[beyond])
    kind = CLOSED
    for _ in range(_HALVINGS):
        middle = 0.5 * (inside + outside)
        value, valid = function(np.exp([middle]))
        if value[0] > 0.0 and valid[0]:
            inside = middle
        else:
            outside, kind = middle, CLOSED if valid[0] else VALIDITY
    return float(np.exp(inside)), kind
