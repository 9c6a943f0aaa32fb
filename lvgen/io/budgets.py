"""The budget of a contour's edges as a table and as a figure."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence

import numpy as np

from lvgen.io.atomic import write_text
from lvgen.io.canvas import COLOURS, log_axis, page, paper_style, readable, save
from lvgen.io.labels import mass_label
from lvgen.sensitivity.budget import CAUSES, EdgeBudget, causes_of


def write_budget(edges: Sequence[EdgeBudget], path: str | os.PathLike[str]) -> None:
    """CSV: mass (GeV), edge, coupling, a column of relative shifts for each cause (empty: unknown), the largest."""
    causes = causes_of(edges)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["mass", "edge", "coupling", *causes, "largest"])
    for edge in edges:
        values = [repr(edge.shifts[cause]) if cause in edge.shifts else "" for cause in causes]
        writer.writerow([repr(edge.mass), edge.edge, repr(edge.coupling), *values, edge.largest])
    write_text(path, text.getvalue())


def budget_lines(edges: Sequence[EdgeBudget]) -> list[str]:
    """A table in plain lines: for each side and cause the median and the largest shift, and how often it is first."""
    if not edges:
        return ["no edge is closed: there is nothing to tell"]
    lines = [f"{'edge':<7}{'cause':<32}{'median':>9}{'largest':>10}{'at GeV':>9}{'first at':>10}"]
    for side in ("lower", "upper"):
        own = [edge for edge in edges if edge.edge == side]
        for cause in causes_of(own):
            known = [edge for edge in own if cause in edge.shifts]
            worst = max(known, key=lambda edge: edge.shifts[cause])
            median = float(np.median([edge.shifts[cause] for edge in known]))
            first = sum(edge.largest == cause for edge in own)
            lines.append(
                f"{side:<7}{CAUSES[cause]:<32}{100 * median:>8.2f}%{100 * worst.shifts[cause]:>9.2f}%{worst.mass:>9.3g}"
                f"{f'{first} of {len(own)}':>10}"
            )
    return lines


def budget_figure(edges: Sequence[EdgeBudget], path: str | os.PathLike[str], title: str = "", model: str = "") -> None:
    """Relative shift of the edges over mass, a line for each cause; lower edges above, upper ones below.

    model : whose boson it is
    raises UserError where the file cannot be written
    """
    with paper_style():
        figure, first = page((6.8, 6.4))
        first.remove()
        panels = figure.subplots(2, 1, sharex=True)
        causes = causes_of(edges)
        shown = [value for edge in edges for value in edge.shifts.values() if value > 0.0]
        low, high = (min(shown), max(shown)) if shown else (1e-3, 1.0)
        masses = [edge.mass for edge in edges] or [1e-2, 1.0]
        for axes, side in zip(panels, ("lower", "upper"), strict=True):
            for k, cause in enumerate(causes):
                points = [(e.mass, e.shifts[cause]) for e in edges if e.edge == side and e.shifts.get(cause, 0.0) > 0.0]
                if points:
                    look = {"color": COLOURS[k % len(COLOURS)], "marker": "o", "markersize": 3.0, "linewidth": 1.2}
                    axes.plot(*zip(*points, strict=True), label=readable(CAUSES[cause]), **look)
            log_axis(axes, "y", max(0.7 * low, 1e-4), 1.5 * high)
            axes.set_ylabel(f"Shift of the {side} edge")
        log_axis(panels[1], "x", *_around(min(masses), max(masses)))
        panels[1].set_xlabel(mass_label(model))
        if title:
            panels[0].set_title(readable(title), loc="left")
        handles = {label: h for axes in panels for h, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2)
        save(figure, path)


def _around(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low / 2, high * 2)
