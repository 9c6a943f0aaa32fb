"""The figure of a run: its contour with bands and lines of equal numbers of events."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lvgen.io.canvas import page, paper_style, readable, save
from lvgen.io.event_lines import FAINT, draw_event_lines
from lvgen.io.labels import unit_text
from lvgen.io.legends import place_legend
from lvgen.io.map_axes import fill, frame, strokes, window_of
from lvgen.io.outline import Outline, trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lvgen.sensitivity.contour import ContourRow
    from lvgen.sensitivity.map import SignalMap

_EDGE, _INSIDE, _BAND = "#1f5fa8", "#dbe8f6", "#7fa8d6"
_POINTS = "#a03020"


@dataclass(frozen=True)
class _Band:
    """A band about the edges: columns of the contour between which it lies, and how it looks."""

    low: str
    high: str
    colour: str
    label: str
    height: float

    def ends(self, row: ContourRow) -> list[tuple[float, float]]:
        """Where the band begins and ends at the lower and at the upper edge."""
        names = [(f"coupling_{side}_{self.low}", f"coupling_{side}_{self.high}") for side in ("lower", "upper")]
        return [(getattr(row, low), getattr(row, high)) for low, high in names]

    def is_in(self, contour: Sequence[ContourRow]) -> bool:
        """Whether a row has it."""
        return any(not math.isnan(self.ends(row)[0][0]) for row in contour)

    def widened(self, row: ContourRow) -> ContourRow:
        """The row with edges in the middle of the band and half of its width for errors; a row without as it is."""
        (a, b), (c, d) = (sorted(pair) for pair in self.ends(row))
        if any(math.isnan(value) for value in (a, b, c, d)):
            return replace(row, coupling_lower_error=0.0, coupling_upper_error=0.0)
        return replace(
            row, coupling_lower=0.5 * (a + b), coupling_lower_error=0.5 * (b - a),
            coupling_upper=0.5 * (c + d), coupling_upper_error=0.5 * (d - c),
        )  # fmt: skip


#: the lowest first
_BANDS = (
    _Band("expected_m2", "expected_p2", "#fbe9a9", "Expected, ±2σ of the background", 1.7),
    _Band("expected_m1", "expected_p1", "#bfe3c0", "Expected, ±1σ of the background", 1.8),
    _Band("spectra_low", "spectra_high", "#cdb79e", "Other spectra", 2.05),
    _Band("forms_low", "forms_high", "#d9c3e6", "Other forms", 2.1),
    _Band("width_low", "width_high", "#f2c48d", "Uncertainty of the widths", 2.2),
)


def sensitivity_figure(
    signal_map: SignalMap,
    contour: Sequence[ContourRow],
    *paths: str | os.PathLike[str],
    title: str = "",
    text: Sequence[str] = (),
    points: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> None:
    """Draw a contour with its error band and lines of equal numbers of events over (mass, coupling).

    paths : files to write, each in the format of its ending
    title : above the frame; text : lines under the legend; points : masses (GeV) and couplings to mark
    raises UserError where a file cannot be written
    """
    with paper_style():
        figure, axes = page()
        outline = trace(signal_map, contour)
        frame(axes, [signal_map], window_of([(signal_map, outline)]))
        exponents = draw_event_lines(axes, signal_map, contour)
        _draw_bands(axes, signal_map, contour)
        _draw_outline(axes, outline)
        if points is not None:
            axes.plot(
                *points, linestyle="none", marker=".", markersize=2.0, markeredgewidth=0.0, color=_POINTS, zorder=1.5
            )
        if title:
            axes.set_title(readable(title), loc="left")
        _legend(axes, signal_map, contour, outline, exponents, text)
        for path in paths:
            save(figure, path)


def _draw_outline(axes: Axes, outline: Outline) -> None:
    from matplotlib.collections import PolyCollection

    fill(axes, outline, color=_INSIDE, linewidth=0, zorder=1)
    bands = PolyCollection(outline.bands, facecolors=_BAND, edgecolors=_BAND, linewidths=0.3, zorder=2.5)
    axes.add_collection(bands, autolim=False)
    strokes(axes, outline, color=_EDGE, zorder=3)


def _draw_bands(axes: Axes, signal_map: SignalMap, contour: Sequence[ContourRow]) -> None:
    """The edges widened by each cause that the contour tells apart."""
    from matplotlib.collections import PolyCollection

    for band in _BANDS:
        if band.is_in(contour):
            polygons = trace(signal_map, [band.widened(row) for row in contour]).bands
            look: dict[str, Any] = {"facecolors": band.colour, "edgecolors": band.colour, "linewidths": 0.3}
            axes.add_collection(PolyCollection(polygons, **look, zorder=band.height), autolim=False)


def _legend(
    axes: Axes,
    signal_map: SignalMap,
    contour: Sequence[ContourRow],
    outline: Outline,
    exponents: Sequence[int],
    text: Sequence[str],
) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    if outline.loops or outline.bars:
        level = _level_text(signal_map, contour)
        handles.append(Patch(facecolor=_INSIDE, edgecolor=_EDGE, linewidth=1.6, label=level))
        handles.append(Patch(facecolor=_BAND, label=_error_text(contour)))
        handles += [Patch(facecolor=band.colour, label=band.label) for band in _BANDS if band.is_in(contour)]
    if exponents:
        label = "Equal numbers of events"
        handles.append(Line2D([], [], color=FAINT, linewidth=0.8, linestyle="--", label=label))
    most = float(np.max(signal_map.n_signal["total"]))
    empty = [] if outline.loops or outline.bars else [f"Nothing is excluded: at most {most:.2g} events"]
    heading = ", ".join(part for part in (signal_map.detector, unit_text(signal_map.exposure_text)) if part)
    place_legend(axes, handles, title="\n".join(readable(line) for line in [heading, *empty, *text]))


def _level_text(signal_map: SignalMap, contour: Sequence[ContourRow]) -> str:
    """The number of events that excludes, or its range, and the method."""
    found = [row.n_required for row in contour if row.excludes]
    low, high = min(found), max(found)
    texts = [f"{float(f'{value:.3g}'):g}" for value in (low, high)]
    number = texts[0] if high < 1.01 * low else " to ".join(texts)
    method = signal_map.method or f"{100 * contour[0].confidence:g}% CL"
    return rf"$N$ ≥ {number}, {method}"


def _error_text(contour: Sequence[ContourRow]) -> str:
    """What the band shows, with its typical size, since it is often thinner than the line."""
    relative = [
        error / edge
        for row in contour
        for edge, error, kind in (
            (row.coupling_lower, row.coupling_lower_error, row.edge_lower),
            (row.coupling_upper, row.coupling_upper_error, row.edge_upper),
        )
        if kind == "closed" and math.isfinite(error) and edge > 0
    ]
    if not relative:
        return "Numerical error"
    return f"Numerical error (median {100 * float(np.median(relative)):.2g}%)"
