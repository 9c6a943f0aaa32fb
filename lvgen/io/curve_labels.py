"""Names written on the curves of a figure, where they cover neither each other nor, if possible, another curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lvgen.io.canvas import quiet_fonts
from lvgen.io.legends import crosses

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

Floats = NDArray[np.float64]

_ALONG = 40
#: offsets of a text's centre from the curve, in units of its own height and width
_OFFSETS = ((0.0, -0.9), (0.0, 0.9), (0.7, 0.0), (-0.7, 0.0), (0.0, -1.8), (0.0, 1.8))
_GAP = 2.0


def label_curves(axes: Axes, curves: Sequence[tuple[str, str, Floats]], size: float = 8.5) -> list[str]:
    """Write the name of each curve beside it.

    axes : complete, with limits set; curves : (text, colour, points (n, 2) in data coordinates)
    returns the texts for which there was no place that is free of other texts: they belong into a legend
    """
    figure = axes.figure
    left: list[str] = []
    with quiet_fonts():
        figure.draw_without_rendering()  # type: ignore[union-attr]
        frame = axes.get_window_extent()
        lines = [axes.transData.transform(points[np.isfinite(points).all(axis=1)]) for _, _, points in curves]
        # what is already drawn is in the way too
        lines += [line.get_transform().transform(line.get_xydata()) for line in axes.get_lines()]
        taken: list[Bbox] = [text.get_window_extent() for text in axes.texts]
        if (legend := axes.get_legend()) is not None:
            taken.append(legend.get_window_extent())
        # short curves have the fewest places, so they choose first
        for k in sorted(range(len(curves)), key=lambda i: _extent(lines[i])):
            text, colour, _ = curves[k]
            place = _place(axes, text, lines, k, taken, frame, size)
            if place is None:
                left.append(text)
                continue
            x, y = axes.transData.inverted().transform(place[0])
            look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": size, "color": colour, "zorder": 6}
            axes.text(x, y, text, **look)
            taken.append(place[1])
    return left


def _place(
    axes: Axes, text: str, lines: list[Floats], own: int, taken: list[Bbox], frame: Bbox, size: float
) -> tuple[Floats, Bbox] | None:
    """Centre and box on the page of the best free place; None where every place is covered by a text."""
    probe = axes.text(0.5, 0.5, text, fontsize=size, ha="center", va="center", transform=None)
    extent = probe.get_window_extent()
    probe.remove()
    width, height = extent.width, extent.height
    best: tuple[float, Floats, Bbox] | None = None
    for point in _along(lines[own], frame):
        for across, up in _OFFSETS:
            centre = point + np.array([across * width, up * height])
            box = extent.from_bounds(centre[0] - width / 2, centre[1] - height / 2, width, height)
            wide = box.padded(_GAP)
            if not (frame.contains(wide.x0, wide.y0) and frame.contains(wide.x1, wide.y1)):
                continue
            if any(wide.overlaps(other) for other in taken):
                continue
            cost = sum(crosses(wide, line) for line in lines) + 0.1 * abs(up) + 0.2 * (across != 0.0)
            if best is None or cost < best[0]:
                best = (cost, centre, box)
            if cost < 0.2:
                return best[1], best[2]
    return None if best is None else (best[1], best[2])


def _along(line: Floats, frame: Bbox) -> Floats:
    """Points of a line inside the frame, evenly spaced along it, from its middle outwards."""
    if len(line) < 2:
        return line
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    where = np.linspace(0.0, length[-1], 4 * _ALONG)
    points = np.stack([np.interp(where, length, line[:, i]) for i in (0, 1)], axis=1)
    inside = points[(points > [frame.x0, frame.y0]).all(axis=1) & (points < [frame.x1, frame.y1]).all(axis=1)]
    if len(inside) == 0:
        return inside
    chosen = inside[np.linspace(0, len(inside) - 1, min(_ALONG, len(inside))).astype(int)]
    order = np.argsort(np.abs(np.arange(len(chosen)) - len(chosen) / 2), kind="stable")
    return np.asarray(chosen[order])


def _extent(line: Floats) -> float:
    return float(np.ptp(line, axis=0).sum()) if len(line) else 0.0
