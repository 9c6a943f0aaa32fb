"""Faint lines of equal numbers of events in the figure of a run, with their numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lvgen.io.labels import power_of_ten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

    from lvgen.sensitivity.contour import ContourRow
    from lvgen.sensitivity.map import SignalMap

FAINT = "0.45"
#: decades of N between the contour and a line of equal numbers
_APART = 0.15
#: shares of the frame that a label of a line keeps between its middle and the edges
_CLEAR = 0.05
#: share of the frame under which, both ways, a loop is a speck that says nothing
_SPECK = 0.03
#: share of the frame's width in which places for such labels are sought
_STEP = 0.005


def draw_event_lines(axes: Axes, signal_map: SignalMap, contour: Sequence[ContourRow]) -> list[int]:
    """Faint lines where the number of events is a power of ten; returns the exponents drawn.

    One that would run along the contour is left out.
    """
    from matplotlib.path import Path

    n = np.asarray(signal_map.n_signal["total"], dtype=np.float64)
    if min(n.shape) < 2 or not (n > 0).any():
        return []
    largest = math.floor(math.log10(float(n.max()) / 1.5))
    lowest = 1 if largest >= 1 else largest - 2
    exponents = list(range(lowest, largest + 1, max(1, math.ceil((largest - lowest + 1) / 4))))
    if found := [math.log10(row.n_required) for row in contour if row.excludes and row.n_required > 0]:
        exponents = [k for k in exponents if abs(k - float(np.median(found))) > _APART]
    if not exponents:
        return []
    log_n = np.ma.log10(np.ma.masked_less_equal(n, 0.0))
    lines = axes.contour(
        signal_map.mass,
        signal_map.coupling,
        log_n.T,
        levels=exponents,
        colors=FAINT,
        linewidths=0.8,
        linestyles="dashed",
        zorder=2,
    )
    texts = {k: f"{10**k:g}" if k in (0, 1) else power_of_ten(1.0, k) for k in exponents}
    places = []
    kept = []
    for k, path in zip(exponents, lines.get_paths(), strict=True):
        path.should_simplify = False  # it would be by the scale of pixels, and couplings are far below one
        pieces = _without_specks(axes, path)
        kept.append(Path.make_compound_path(*map(Path, pieces)))
        if place := _label_place(axes, pieces, signal_map.mass, n[:, 0] >= 10.0**k):
            places.append(place)
    lines.set_paths(kept)
    axes.clabel(lines, fmt=texts, fontsize=9, inline_spacing=3, manual=places)
    return [k for k, path in zip(exponents, kept, strict=True) if len(path)]


def _without_specks(axes: Axes, path: Path) -> list[NDArray[np.float64]]:
    """The pieces of a line, (n, 2), that are not tiny on the page."""
    to_frame = axes.transData - axes.transAxes
    pieces = [np.asarray(piece, dtype=np.float64) for piece in path.to_polygons(closed_only=False)]
    return [piece for piece in pieces if np.ptp(to_frame.transform(piece), axis=0).max() > _SPECK]


def _label_place(
    axes: Axes, pieces: Sequence[NDArray[np.float64]], masses: NDArray[np.float64], hidden: NDArray[np.bool_]
) -> tuple[float, float] | None:
    """A point of the lower branch of a line of equal numbers, where lines are well apart.

    pieces : polylines, (n, 2); hidden : masses whose lower branch is below the map; None is returned where no point of
    the branch would keep a label clear of the frame
    """
    to_frame = axes.transData - axes.transAxes
    if not pieces:
        return None
    points = np.concatenate([_dense(to_frame.transform(piece)) for piece in pieces])
    column = np.round(points[:, 0] / _STEP)
    upwards = np.lexsort((points[:, 1], column))
    _, lowest = np.unique(column[upwards], return_index=True)
    branch = points[upwards[lowest]]
    columns = to_frame.transform(np.column_stack([masses, np.full(len(masses), axes.get_ylim()[0])]))[:, 0]
    branch = branch[np.interp(branch[:, 0], columns, hidden.astype(np.float64)) == 0.0]
    branch = branch[((branch > _CLEAR) & (branch < 1.0 - _CLEAR)).all(axis=1)]
    if len(branch) == 0:
        return None
    parts = np.split(branch, np.flatnonzero(np.diff(branch[:, 0]) > 2.0 * _STEP) + 1)
    longest = max(parts, key=len)
    mass, coupling = to_frame.inverted().transform(longest[len(longest) // 3])
    return float(mass), float(coupling)


def _dense(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """A polyline in shares of the frame, with points so close that each step of the frame's width has one."""
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(line[:, 0])) + 1e-9)])
    places = np.union1d(along, np.linspace(0.0, along[-1], 2 + int(2.0 * along[-1] / _STEP)))
    return np.column_stack([np.interp(places, along, line[:, k]) for k in (0, 1)])
