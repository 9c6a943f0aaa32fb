"""Where the legend of a figure goes: a free place inside the frame, or below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lvgen.io.canvas import fit_titles, quiet_fonts, width_of
from lvgen.io.line_breaks import break_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

_PLACES: tuple[Any, ...] = (
    "upper right",
    "lower left",
    "upper left",
    "lower right",
    "center left",
    "center right",
    "lower center",
)
_GAP = 6.0


def place_legend(axes: Axes, handles: Sequence[Any], title: str = "") -> None:
    """Put a legend where it covers no line; where there is no such place, below the axes on a page that grows.

    Lines of text that are wider than the frame are broken.

    axes : complete, since titles and labels decide how large its frame is
    """
    figure: Figure = axes.figure  # type: ignore[assignment]
    with quiet_fonts():
        fit_titles(figure)
        figure.draw_without_rendering()
        lines = _lines(axes)
        title = _fitted(axes, handles, title)
        for place in _PLACES:
            legend = axes.legend(handles=handles, title=title, alignment="left", loc=place)
            legend.set_zorder(5)
            if not any(crosses(legend.get_window_extent().padded(_GAP), line) for line in lines):
                return
            legend.remove()
        width, height = figure.get_size_inches()
        for columns in (2, 1) if len(handles) > 2 else (1,):
            below = figure.legend(
                handles=handles, title=title, alignment="left", loc="outside lower center", ncols=columns
            )
            if columns == 1 or below.get_window_extent().width <= width * figure.dpi:
                break
            below.remove()
        figure.set_size_inches(width, height + below.get_window_extent().height / figure.dpi)


def _fitted(axes: Axes, handles: Sequence[Any], title: str) -> str:
    """Break labels, in place, and the title, which is returned, so that a legend is no wider than the frame."""
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties

    figure: Figure = axes.figure  # type: ignore[assignment]
    letters = FontProperties(size=rcParams["legend.fontsize"])
    em = letters.get_size_in_points() * figure.dpi / 72.0
    edges = 2.0 * (rcParams["legend.borderpad"] + rcParams["legend.borderaxespad"])
    symbol = rcParams["legend.handlelength"] + rcParams["legend.handletextpad"]
    room = axes.get_window_extent().width - edges * em
    for handle in handles:
        width = width_of(figure, letters)
        handle.set_label(break_lines(str(handle.get_label()), room - symbol * em, width))
    return break_lines(title, room, width_of(figure, FontProperties(size=rcParams["legend.title_fontsize"])))


def _lines(axes: Axes) -> list[Any]:
    """Lines and lines of equal height in the axes, as polylines on the page."""
    from matplotlib.contour import ContourSet

    lines = [line.get_transform().transform(line.get_xydata()) for line in axes.get_lines()]
    for heights in axes.collections:
        if isinstance(heights, ContourSet):
            for path in heights.get_paths():
                lines += [heights.get_transform().transform(piece) for piece in path.to_polygons(closed_only=False)]
    return lines


def crosses(box: Bbox, line: Any) -> bool:
    """Whether a polyline, (n, 2) in the coordinates of the box, passes through the box."""
    points = np.asarray(line, dtype=np.float64)
    points = points[np.isfinite(points).all(axis=1)]
    if len(points) < 2:
        return bool(len(points) and box.contains(*points[0]))
    # each segment is clipped by the four sides: the part between t0 and t1 is inside
    start, step = points[:-1], np.diff(points, axis=0)
    low, high = np.array([box.x0, box.y0]), np.array([box.x1, box.y1])
    with np.errstate(divide="ignore", invalid="ignore"):
        near, far = (low - start) / step, (high - start) / step
    parallel = step == 0
    between = (start >= low) & (start <= high)
    t0 = np.where(parallel, np.where(between, -np.inf, np.inf), np.minimum(near, far)).max(axis=1)
    t1 = np.where(parallel, np.where(between, np.inf, -np.inf), np.maximum(near, far)).min(axis=1)
    return bool(((t0 <= t1) & (t1 >= 0.0) & (t0 <= 1.0)).any())
