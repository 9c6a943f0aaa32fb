"""Figures of results: sensitivity contours, overlays of several, branching ratios."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lvgen.io.canvas import COLOURS, LINES, log_axis, page, paper_style, readable, save
from lvgen.io.curve_labels import label_curves
from lvgen.io.detector_drawing import detector_figure
from lvgen.io.labels import channel_label, mass_label, power_of_ten, unit_text, with_gev
from lvgen.io.legends import place_legend
from lvgen.io.limits import Limit
from lvgen.io.outline import Outline, trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lvgen.sensitivity.contour import ContourRow
    from lvgen.sensitivity.map import SignalMap

__all__ = ["detector_figure", "draw_overlay", "overlay_figure", "sensitivity_figure", "shown_ranges", "widths_figure"]

_EDGE, _INSIDE, _BAND, _FAINT = "#1f5fa8", "#dbe8f6", "#7fa8d6", "0.45"
_PUBLISHED, _PUBLISHED_TEXT = "0.55", "0.3"
_POINTS = "#a03020"
_LEGEND_ROWS = 14
#: decades of N between the contour and a line of equal numbers
_APART = 0.15
_PAGE = (6.4, 5.0)
_MASS_LABEL = "$m_V$"


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
    _Band("spectra_low", "spectra_high", "#a8d5ba", "Other spectra", 2.05),
    _Band("forms_low", "forms_high", "#d9c3e6", "Other forms", 2.1),
    _Band("width_low", "width_high", "#f2c48d", "Uncertainty of the widths", 2.2),
)


@dataclass(frozen=True)
class _Window:
    """Ranges of the axes."""

    mass: tuple[float, float]
    coupling: tuple[float, float]


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
        _frame(axes, [signal_map], _window([(signal_map, outline)]))
        exponents = _event_lines(axes, signal_map, contour)
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
    _frame(axes, maps, _window(list(zip(maps, outlines, strict=True))))
    for k, outline in enumerate(outlines):
        _fill(axes, outline, color=_look(k)["color"], alpha=0.12, linewidth=0)
        _strokes(axes, outline, zorder=3, **_look(k))
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
        handles.append(Line2D([], [], label=readable(label + empty), **_look(k)))
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


def widths_figure(
    mass: NDArray[np.float64],
    channels: Mapping[str, NDArray[np.float64]],
    path: str | os.PathLike[str],
    *,
    label: str = "Branching ratio",
    mass_label: str = _MASS_LABEL,
    title: str = "",
    errors: Mapping[str, NDArray[np.float64]] | None = None,
) -> None:
    """Draw branching ratios (or widths in GeV) of decay channels over the mass.

    mass : (n,) GeV, increasing; channels : name -> (n,), values that are not positive are left out
    errors : name -> (n,), drawn as bands
    label, mass_label : of the vertical and the horizontal axis
    raises UserError where the file cannot be written
    """
    with paper_style():
        figure, axes = page((6.8, 5.0))
        values = {name: np.where(np.asarray(v) > 0, v, np.nan) for name, v in channels.items()}
        shown = {name: v for name, v in values.items() if np.isfinite(v).any()}
        marker = "o" if len(mass) == 1 else None
        for k, name in enumerate(shown):
            look = _look(k)
            axes.plot(mass, shown[name], label=readable(channel_label(name)), marker=marker, markersize=5, **look)
            if errors is not None and name in errors:
                low = np.maximum(shown[name] - errors[name], 1e-2 * shown[name])
                axes.fill_between(mass, low, shown[name] + errors[name], color=look["color"], alpha=0.25, linewidth=0)
        log_axis(axes, "x", *_around(float(mass[0]), float(mass[-1])))
        log_axis(axes, "y", *_value_range(list(shown.values())))
        axes.set_xlabel(with_gev(mass_label))
        axes.set_ylabel(label)
        if title:
            axes.set_title(readable(title), loc="left")
        columns = math.ceil(max(len(shown), 1) / _LEGEND_ROWS)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.015), ncols=columns, borderaxespad=0.0)
        save(figure, path)


def _look(k: int) -> dict[str, Any]:
    """Colour and line style of the k-th line of a figure."""
    return {"color": COLOURS[k % len(COLOURS)], "linestyle": LINES[k // len(COLOURS) % len(LINES)]}


def _value_range(values: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    """From at most five decades below the largest value to a little above it."""
    if not values:
        return 1e-4, 1.0
    top = max(float(np.nanmax(v)) for v in values)
    bottom = max(min(float(np.nanmin(v)) for v in values), 1e-5 * top)
    return 10.0 ** math.floor(math.log10(bottom)), top * 1.6


def _around(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low / 2, high * 2)


def shown_ranges(
    entries: Sequence[tuple[str, SignalMap, Sequence[ContourRow]]],
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Masses (GeV) and couplings that an overlay of (label, map, contour) shows."""
    window = _window([(signal_map, trace(signal_map, contour)) for _, signal_map, contour in entries])
    return window.mass, window.coupling


def _window(entries: Sequence[tuple[SignalMap, Outline]]) -> _Window:
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
    return _Window(_around(min(masses), max(masses)), _around(low, high))


def _frame(axes: Axes, maps: Sequence[SignalMap], window: _Window) -> None:
    """Scales, ranges and labels of the axes, taken from the maps."""
    for which, limits in (("x", window.mass), ("y", window.coupling)):
        scale = "mass_scale" if which == "x" else "coupling_scale"
        if all(getattr(signal_map, scale) == "log" for signal_map in maps):
            log_axis(axes, which, *limits)
        else:
            (axes.set_xlim if which == "x" else axes.set_ylim)(*limits)
    mass_labels = {mass_label(signal_map.model) for signal_map in maps}
    axes.set_xlabel(mass_labels.pop() if len(mass_labels) == 1 else with_gev(_MASS_LABEL))
    coupling_labels = {signal_map.coupling_label for signal_map in maps}
    if len(coupling_labels) == 1:
        # upright, since a lone Greek letter on its side is hard to recognise
        axes.set_ylabel(
            readable(coupling_labels.pop()), rotation=0, y=1.0, horizontalalignment="right", verticalalignment="top"
        )
    else:
        axes.set_ylabel("Coupling")


def _event_lines(axes: Axes, signal_map: SignalMap, contour: Sequence[ContourRow]) -> list[int]:
    """Faint lines where the number of events is a power of ten; returns the exponents drawn.

    One that would run along the contour is left out.
    """
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
        colors=_FAINT,
        linewidths=0.8,
        linestyles="dashed",
        zorder=2,
    )
    texts = {k: f"{10**k:g}" if k in (0, 1) else power_of_ten(1.0, k) for k in exponents}
    places = [place for k in exponents if (place := _label_place(signal_map, n, 10.0**k))]
    axes.clabel(lines, fmt=texts, fontsize=9, inline_spacing=3, manual=places)
    return exponents


def _label_place(signal_map: SignalMap, n: NDArray[np.float64], level: float) -> tuple[float, float] | None:
    """A point of the lower branch of a line of equal numbers, where lines are well apart; None if it has none."""
    above = n >= level
    branch = np.flatnonzero(above.any(axis=1) & ~above[:, 0])
    if len(branch) == 0:
        return None
    i = int(branch[len(branch) // 3])
    k = int(np.argmax(above[i]))
    low, high = n[i, k - 1], n[i, k]
    fraction = math.log(level / low) / math.log(high / low) if low > 0 else 1.0
    coupling = signal_map.coupling[k - 1] * (signal_map.coupling[k] / signal_map.coupling[k - 1]) ** fraction
    return float(signal_map.mass[i]), float(coupling)


def _draw_outline(axes: Axes, outline: Outline) -> None:
    from matplotlib.collections import PolyCollection

    _fill(axes, outline, color=_INSIDE, linewidth=0, zorder=1)
    bands = PolyCollection(outline.bands, facecolors=_BAND, edgecolors=_BAND, linewidths=0.3, zorder=2.5)
    axes.add_collection(bands, autolim=False)
    _strokes(axes, outline, color=_EDGE, zorder=3)


def _draw_bands(axes: Axes, signal_map: SignalMap, contour: Sequence[ContourRow]) -> None:
    """The edges widened by each cause that the contour tells apart."""
    from matplotlib.collections import PolyCollection

    for band in _BANDS:
        if band.is_in(contour):
            polygons = trace(signal_map, [band.widened(row) for row in contour]).bands
            look: dict[str, Any] = {"facecolors": band.colour, "edgecolors": band.colour, "linewidths": 0.3}
            axes.add_collection(PolyCollection(polygons, **look, zorder=band.height), autolim=False)


def _fill(axes: Axes, outline: Outline, **look: Any) -> None:
    """Fill the loops as one shape: holes run the other way round and stay empty."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    if outline.loops:
        paths = [Path(loop, closed=True) for loop in outline.loops]
        axes.add_patch(PathPatch(Path.make_compound_path(*paths), **look))


def _strokes(axes: Axes, outline: Outline, **look: Any) -> None:
    for stroke in outline.strokes:
        axes.plot(stroke[:, 0], stroke[:, 1], solid_joinstyle="round", **look)
    for mass, lower, upper in outline.bars:
        axes.plot([mass, mass], [lower, upper], marker="_", markersize=14, **look)


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
        handles.append(Line2D([], [], color=_FAINT, linewidth=0.8, linestyle="--", label=label))
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
