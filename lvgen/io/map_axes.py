"""Axes over mass and coupling: their ranges and labels, and outlines on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lvgen.io.canvas import COLOURS, LINES, log_axis, readable
from lvgen.io.labels import mass_label, with_gev
from lvgen.io.outline import Outline, trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lvgen.sensitivity.contour import ContourRow
    from lvgen.sensitivity.map import SignalMap

MASS_LABEL = "$m_V$"


@dataclass(frozen=True)
class Window:
    """Ranges of the axes."""

    mass: tuple[float, float]
    coupling: tuple[float, float]


def shown_ranges(
    entries: Sequence[tuple[str, SignalMap, Sequence[ContourRow]]],
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Masses (GeV) and couplings that an overlay of (label, map, contour) shows."""
    window = window_of([(signal_map, trace(signal_map, contour)) for _, signal_map, contour in entries])
    return window.mass, window.coupling


def window_of(entries: Sequence[tuple[SignalMap, Outline]]) -> Window:
    """All masses of the maps; couplings from the decade below the outlines to the decade above, within the maps."""
    masses = [float(m) for signal_map, _ in entries for m in (signal_map.mass[0], signal_map.mass[-1])]
    grid = [float(g) for signal_map, _ in entries for g in (signal_map.coupling[0], signal_map.coupling[-1])]
    reached = [
        float(y) for _, outline in entries for loop in outline.loops for y in (loop[:, 1].min(), loop[:, 1].max())
    ]
    reached += [edge for _, outline in entries for bar in outline.bars for edge in bar[1:]]
    low, high = min(grid), max(grid)
    if reached and all(signal_map.coupling_scale == "log" for signal_map, _ in entries):
        low = max(low, 10.0 ** math.floor(math.log10(min(reached) / 1.5)))
        high = min(high, 10.0 ** math.ceil(math.log10(max(reached) * 1.5)))
    return Window(around(min(masses), max(masses)), around(low, high))


def frame(axes: Axes, maps: Sequence[SignalMap], window: Window) -> None:
    """Scales, ranges and labels of the axes, taken from the maps."""
    for which, limits in (("x", window.mass), ("y", window.coupling)):
        scale = "mass_scale" if which == "x" else "coupling_scale"
        if all(getattr(signal_map, scale) == "log" for signal_map in maps):
            log_axis(axes, which, *limits)
        else:
            (axes.set_xlim if which == "x" else axes.set_ylim)(*limits)
    mass_labels = {mass_label(signal_map.model) for signal_map in maps}
    axes.set_xlabel(mass_labels.pop() if len(mass_labels) == 1 else with_gev(MASS_LABEL))
    coupling_labels = {signal_map.coupling_label for signal_map in maps}
    if len(coupling_labels) == 1:
        # upright, since a lone Greek letter on its side is hard to recognise
        axes.set_ylabel(
            readable(coupling_labels.pop()), rotation=0, y=1.0, horizontalalignment="right", verticalalignment="top"
        )
    else:
        axes.set_ylabel("Coupling")


def around(low: float, high: float) -> tuple[float, float]:
    """A range, widened to twice and half where it is one value."""
    return (low, high) if high > low else (low / 2, high * 2)


def fill(axes: Axes, outline: Outline, **look: Any) -> None:
    """Fill the loops as one shape: holes run the other way round and stay empty."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    if outline.loops:
        paths = [Path(loop, closed=True) for loop in outline.loops]
        axes.add_patch(PathPatch(Path.make_compound_path(*paths), **look))


def strokes(axes: Axes, outline: Outline, **look: Any) -> None:
    """Draw the edges, and bars where a contour has one mass alone."""
    for stroke in outline.strokes:
        axes.plot(stroke[:, 0], stroke[:, 1], solid_joinstyle="round", **look)
    for mass, lower, upper in outline.bars:
        axes.plot([mass, mass], [lower, upper], marker="_", markersize=14, **look)


def look_of(k: int) -> dict[str, Any]:
    """Colour and line style of the k-th line of a figure."""
    return {"color": COLOURS[k % len(COLOURS)], "linestyle": LINES[k // len(COLOURS) % len(LINES)]}
