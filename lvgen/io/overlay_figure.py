"""Contours of several results over each other, with published limits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lvgen.io.canvas import page, paper_style, readable, save
from lvgen.io.curve_labels import label_curves
from lvgen.io.legends import place_legend
from lvgen.io.limits import Limit
from lvgen.io.map_axes import fill, frame, look_of, strokes, window_of
from lvgen.io.outline import trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lvgen.sensitivity.contour import ContourRow
    from lvgen.sensitivity.map import SignalMap

_PUBLISHED, _PUBLISHED_TEXT = "0.55", "0.3"
_PAGE = (6.4, 5.0)


def overlay_figure(
    entries: Sequence[tuple[str, SignalMap, Sequence[ContourRow]]],
    path: str | os.PathLike[str],
    title: str = "",
    limits: Sequence[Limit] = (),
) -> None:
    """Draw the contours of several results over each other; ``entries`` are (label, map, contour).

    limits : published ones, drawn in grey with their names beside them
    raises UserError where the file cannot be written
    """
    with paper_style():
        figure, axes = page((8.0, 6.0) if limits else _PAGE)
        draw_overlay(axes, entries, title)
        if names := _draw_limits(axes, limits):
            axes.get_legend().remove()
            _overlay_legend(axes, entries, names)
        save(figure, path)


def draw_overlay(
    axes: Axes, entries: Sequence[tuple[str, SignalMap, Sequence[ContourRow]]], title: str = "", *, legend: bool = True
) -> None:
    """The contours of several results, as (label, map, contour), on axes of one's own, inside ``paper_style``."""
    outlines = [trace(signal_map, contour) for _, signal_map, contour in entries]
    maps = [signal_map for _, signal_map, _ in entries]
    frame(axes, maps, window_of(list(zip(maps, outlines, strict=True))))
    for k, outline in enumerate(outlines):
        fill(axes, outline, color=look_of(k)["color"], alpha=0.12, linewidth=0)
        strokes(axes, outline, zorder=3, **look_of(k))
    if title:
        axes.set_title(readable(title), loc="left")
    if legend:
        _overlay_legend(axes, entries)


def _overlay_legend(
    axes: Axes, entries: Sequence[tuple[str, SignalMap, Sequence[ContourRow]]], further: Sequence[str] = ()
) -> None:
    """The results by colour; further : names of published limits for which there was no room in the figure."""
    from matplotlib.lines import Line2D

    handles = []
    for k, (label, _, contour) in enumerate(entries):
        empty = "" if any(row.excludes for row in contour) else " (nothing excluded)"
        handles.append(Line2D([], [], label=readable(label + empty), **look_of(k)))
    handles += [Line2D([], [], color=_PUBLISHED, linewidth=0.8, label=readable(name)) for name in further]
    place_legend(axes, handles)


def _draw_limits(axes: Axes, limits: Sequence[Limit]) -> list[str]:
    """Published limits in grey with their names; returns the names that found no room."""
    from matplotlib.collections import PolyCollection

    ceiling = axes.get_ylim()[1]
    curves = []
    for limit in limits:
        polygons = limit.polygons(ceiling)
        axes.add_collection(PolyCollection(polygons, facecolors="0.5", alpha=0.13, zorder=0.8), autolim=False)
        edges: dict[str, Any] = {"facecolors": "none", "edgecolors": _PUBLISHED, "linewidths": 0.8, "zorder": 0.9}
        axes.add_collection(PolyCollection(polygons, **edges), autolim=False)
        if polygons:
            curves.append((readable(limit.label), _PUBLISHED_TEXT, max(polygons, key=len)))
    return label_curves(axes, curves)
