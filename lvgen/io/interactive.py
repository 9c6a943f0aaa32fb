"""Figures to look into, as one HTML file: contours, and mass, coupling, yield and lifetime under the cursor."""

from __future__ import annotations

import html
import os
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import MissingExtraError
from lvgen.io.atomic import write_text
from lvgen.io.canvas import COLOURS
from lvgen.io.labels import mass_label
from lvgen.io.limits import Limit
from lvgen.io.map_axes import shown_ranges
from lvgen.io.outline import trace

if TYPE_CHECKING:
    from lvgen.sensitivity.contour import ContourRow
    from lvgen.sensitivity.map import SignalMap

Floats = NDArray[np.float64]
Entry = tuple[str, "SignalMap", Sequence["ContourRow"]]

#: a map with more points than this is thinned for the cursor, the contours are not
_MOST_POINTS = 6_000
#: letters of a title that stand side by side above such a figure
_WIDE = 90
_NO_MATH = {ord("$"): None, ord("{"): None, ord("}"): None, ord("\\"): None, ord("_"): None}


def interactive_figure(
    entries: Sequence[Entry], path: str | os.PathLike[str], title: str = "", limits: Sequence[Limit] = ()
) -> None:
    """Write one HTML file that needs no other file and no network.

    entries : (label, map, contour); limits : published ones, in grey
    raises MissingExtraError where plotly is not installed and UserError where the file cannot be written
    """
    write_text(path, _page(figure_html(entries, title, limits), title))


def figure_html(entries: Sequence[Entry], title: str = "", limits: Sequence[Limit] = ()) -> str:
    """The figure with its program as a piece of HTML."""
    figure = _figure(entries, title, limits)
    # a name of its own, since a drawn one would make equal results differ
    text: str = figure.to_html(full_html=False, include_plotlyjs=True, div_id="lvgen-figure")
    return text


def _page(body: str, title: str) -> str:
    name = html.escape(title or "lvgen")
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title></head>'
    return f"{head}<body>{body}</body></html>\n"


def _figure(entries: Sequence[Entry], title: str, limits: Sequence[Limit]) -> Any:
    graph = _plotly()
    figure = graph.Figure()
    ceiling = max(float(signal.coupling[-1]) for _, signal, _ in entries)
    for limit in limits:
        figure.add_trace(_published(graph, limit, ceiling))
    for k, (label, signal, contour) in enumerate(entries):
        figure.add_trace(_points(graph, label, signal, k))
        figure.add_trace(_outline(graph, label, signal, contour, k))
    first = entries[0][1]
    same = len({signal.coupling_name for _, signal, _ in entries}) == 1
    figure.update_layout(
        title={"text": "<br>".join(map(html.escape, textwrap.wrap(title, _WIDE)))}, template="simple_white",
        width=1000, height=720, hovermode="closest", legend={"groupclick": "togglegroup"},
    )  # fmt: skip
    names = {mass_label(signal.model) for _, signal, _ in entries}
    masses, couplings = shown_ranges(entries)
    scales = [all(getattr(s, f"{which}_scale") == "log" for _, s, _ in entries) for which in ("mass", "coupling")]
    figure.update_xaxes(title="mass [GeV]" if len(names) > 1 else _plain(names.pop()), **_axis(masses, scales[0]))
    figure.update_yaxes(title=first.coupling_name if same else "coupling", **_axis(couplings, scales[1]))
    return figure


def _plotly() -> Any:
    try:
        import plotly.graph_objects
    except ImportError:
        raise MissingExtraError("plotly", "html", "an interactive figure") from None
    return plotly.graph_objects


def _axis(ends: tuple[float, float], log: bool) -> dict[str, Any]:
    """Scale, range and ticks of an axis."""
    low, high = np.log10(ends) if log else ends
    margin = 0.01 * (high - low)
    ticks = {"exponentformat": "power", "dtick": 1 if high - low > 3 else "D2"} if log else {}
    look = {"mirror": True, "showline": True, "ticks": "inside", "minor": {"ticks": "inside"}}
    return {"type": "log" if log else "linear", "range": [low - margin, high + margin], **look, **ticks}


def _points(graph: Any, label: str, signal: SignalMap, k: int) -> Any:
    """Grid points, invisible: they are there for the cursor."""
    mass, coupling = np.meshgrid(signal.mass, signal.coupling, indexing="ij")
    n, error = signal.total, signal.error["total"]
    step = -(-n.size // _MOST_POINTS)
    values = [v.ravel()[::step] for v in (mass, coupling, n, error, signal.ctau)]
    hover = (
        f"{html.escape(label)}<br>mass %{{x:.4g}} GeV<br>{html.escape(signal.coupling_name)} %{{y:.3e}}<br>"
        "events %{customdata[0]:.3e} ± %{customdata[1]:.1e}<br>c tau %{customdata[2]:.3e} m<extra></extra>"
    )
    return graph.Scatter(
        x=values[0], y=values[1], customdata=np.stack(values[2:], axis=1), mode="markers",
        marker={"size": 9, "color": COLOURS[k % len(COLOURS)], "opacity": 0.0}, hovertemplate=hover,
        name=f"{label}: map", legendgroup=label, showlegend=False,
    )  # fmt: skip


def _outline(graph: Any, label: str, signal: SignalMap, contour: Sequence[ContourRow], k: int) -> Any:
    outline = trace(signal, contour)
    x, y = _joined([*outline.strokes, *(np.array([[m, a], [m, b]]) for m, a, b in outline.bars)])
    empty = "" if len(x) else " (nothing excluded)"
    return graph.Scatter(
        x=x, y=y, mode="lines", line={"color": COLOURS[k % len(COLOURS)], "width": 2}, hoverinfo="skip",
        name=label + empty, legendgroup=label,
    )  # fmt: skip


def _published(graph: Any, limit: Limit, ceiling: float) -> Any:
    x, y = _joined(limit.polygons(ceiling))
    hover = f"{html.escape(limit.label)}<br>mass %{{x:.4g}} GeV<br>coupling %{{y:.3e}}<extra></extra>"
    return graph.Scatter(
        x=x, y=y, mode="lines", fill="toself", fillcolor="rgba(160,160,160,0.25)",
        line={"color": "rgb(120,120,120)", "width": 1}, name=limit.label, hovertemplate=hover,
    )  # fmt: skip


def _joined(lines: Sequence[Floats]) -> tuple[list[float | None], list[float | None]]:
    """Lines one after the other, with gaps between them."""
    x: list[float | None] = []
    y: list[float | None] = []
    for line in lines:
        x += [*(float(v) for v in line[:, 0]), None]
        y += [*(float(v) for v in line[:, 1]), None]
    return x, y


def _plain(text: str) -> str:
    """TeX as plain letters: the page carries no typesetting program.

    >>> _plain("$m_{A'}$ [GeV]")
    "m(A') [GeV]"
    """
    head, sep, tail = text.partition("$ ")
    name = head.translate(_NO_MATH)
    return f"{name[0]}({name[1:]}){' ' + tail if sep else ''}" if name.startswith("m") and len(name) > 1 else name
