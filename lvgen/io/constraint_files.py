"""Bounds and verdicts as CSV, and the figure of excluded couplings."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lvgen.constraints.base import Verdict
from lvgen.constraints.scan import CLOSED, EXCLUDED, FAVOURED, GRID, Bound
from lvgen.errors import UserError
from lvgen.io.atomic import write_text
from lvgen.io.canvas import COLOURS, LINES, log_axis, page, paper_style, readable, save
from lvgen.io.labels import with_gev

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: what a figure calls constraints whose names are no plain words
_LABELS = {
    "K_mu_X": r"$K\to\mu\nu X$", "K_mu_3nu": r"$K\to\mu\nu\,$inv.", "K_mu_X_1973": r"$K\to\mu X$ (1973)",
    "K_mu_ee": r"$K\to\mu\nu ee$", "K_mu_ee_1sigma": r"$K\to\mu\nu ee$ (1$\sigma$)", "K_mu_mumu": r"$K\to\mu\nu\mu\mu$",
    "K_mu_mumu_always": r"$K\to\mu\nu\mu\mu$",
    "pi_mu_X": r"$\pi\to\mu\nu X$", "tau_mu_ee": r"$\tau\to\nu\mu\nu ee$", "B_K_nunu": r"$B\to K\,$inv.",
    "B_Kstar_nunu": r"$B\to K^*\,$inv.", "B_K_ll": r"$B\to K^{(*)}\ell\ell$", "K_pi_X": r"$K\to\pi X$",
    "KL_pi_nunu": r"$K_L\to\pi^0\,$inv.", "Bs_mixing": r"$\Delta M_{B_s}$", "K_mixing": r"$\Delta M_K$",
    "Bs_mumu": r"$B_s\to\mu\mu$", "W_width": r"$\Gamma_W$", "weak_charge_p": r"$Q_W(p)$",
    "weak_charge_Cs": r"$Q_W(\mathrm{Cs})$", "muon_g-2": r"$(g-2)_\mu$", "muon_g-2_2021": r"$(g-2)_\mu$ (2021)",
    "muon_g-2_2016": r"$(g-2)_\mu$ (2016)", "electron_g-2": r"$(g-2)_e$", "alpha_shift": r"$(g-2)_e$, $\alpha$",
    "proton_radius": r"$r_p$", "proton_radius_2016": r"$r_p$ (2016)", "trident_CCFR": "CCFR tridents",
    "COHERENT": "COHERENT", "Z_gamma_invisible": r"$Z\to\gamma\,$inv.",
}  # fmt: skip
_COLUMNS = tuple(field.name for field in fields(Bound))
_VERDICT_COLUMNS = tuple(field.name for field in fields(Verdict))


def write_bounds(rows: Sequence[Bound], path: str | os.PathLike[str]) -> None:
    """Write bounds as CSV; couplings are empty where nothing is excluded. Masses in GeV."""
    _write(_COLUMNS, [asdict(row) for row in rows], path)


def write_verdicts(rows: Sequence[Verdict], path: str | os.PathLike[str]) -> None:
    """Write verdicts as CSV; ``excluded`` is true, false or empty where a constraint says nothing."""
    _write(_VERDICT_COLUMNS, [asdict(row) for row in rows], path)


def read_bounds(path: str | os.PathLike[str]) -> list[Bound]:
    """Bounds of a CSV file that ``write_bounds`` made; raises UserError where it is none."""
    try:
        with open(path, encoding="utf-8", newline="") as stream:  # noqa: PTH123 - a path of any kind
            table = list(csv.DictReader(stream, strict=True))
        return [Bound(**{name: _read(name, row[name]) for name in _COLUMNS}) for row in table]
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise UserError(f"cannot be read as bounds: {error}", file=os.fspath(path)) from error


def _read(name: str, text: str) -> Any:
    if name in ("mass", "confidence"):
        return float(text)
    if name in ("coupling_lower", "coupling_upper"):
        return float(text) if text else None
    return text


def _write(columns: Sequence[str], rows: Sequence[dict[str, Any]], path: str | os.PathLike[str]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_shown(row[name]) for name in columns] for row in rows)
    write_text(path, text.getvalue())


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(float(value)) if isinstance(value, float) else str(value)


def bounds_figure(
    rows: Sequence[Bound],
    *paths: str | os.PathLike[str],
    mass_label: str,
    symbol: str,
    title: str = "",
    square: bool = False,
) -> None:
    """Draw excluded couplings over the mass, a line and a faint area for each constraint; favoured ones are hatched.

    symbol : of the coupling, in dollars; square : draw its square
    raises UserError where nothing is excluded or favoured, at fewer than two masses, or where a file cannot be written
    """
    if len({row.mass for row in rows}) < 2 or all(row.coupling_lower is None for row in rows):
        raise UserError("a figure needs two masses or more, and something that is excluded")
    with paper_style():
        figure, axes = page((7.6, 5.2))
        draw_bounds(axes, rows, mass_label=mass_label, symbol=symbol, square=square)
        if title:
            axes.set_title(readable(title), loc="left")
        for path in paths:
            save(figure, path)


def draw_bounds(axes: Axes, rows: Sequence[Bound], *, mass_label: str, symbol: str, square: bool = False) -> None:
    """The same on axes of one's own, inside ``paper_style``; rows that exclude or favour something at two masses."""
    masses = sorted({row.mass for row in rows})
    drawn = [row for row in rows if row.coupling_lower is not None]
    power = 2 if square else 1
    names = list(dict.fromkeys((row.constraint, row.kind) for row in drawn))
    handles = []
    for k, (name, kind) in enumerate(names):
        mine = [row for row in drawn if (row.constraint, row.kind) == (name, kind)]
        look = {"color": COLOURS[k % len(COLOURS)], "linestyle": LINES[k // len(COLOURS) % len(LINES)]}
        _draw(axes, mine, masses, power, kind, **look)
        handles.append(_handle(name, kind, look))
    bottom = min(drawn, key=lambda row: _edge(row.coupling_lower))
    low, high = _edge(bottom.coupling_lower), max(_edge(row.coupling_upper) for row in drawn)
    if bottom.edge_lower != GRID:
        low = 10.0 ** math.floor(math.log10(low) - 0.2)
    log_axis(axes, "x", masses[0], masses[-1])
    log_axis(axes, "y", low**power, high**power)
    axes.set_xlabel(with_gev(mass_label))
    label = f"{symbol[:-1]}^2$" if square and symbol.endswith("$") else symbol
    axes.set_ylabel(readable(label), rotation=0, y=1.0, horizontalalignment="right", verticalalignment="top")
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.015), borderaxespad=0.0, handlelength=1.6)


def _edge(coupling: float | None) -> float:
    assert coupling is not None  # noqa: S101 - of rows that have couplings
    return coupling


def _draw(axes: Axes, rows: Sequence[Bound], masses: Sequence[float], power: int, kind: str, **look: Any) -> None:
    """Areas between neighbouring masses whose intervals overlap, and their edges."""
    from matplotlib.collections import PolyCollection

    areas = []
    for left, right in _neighbours(rows, masses):
        a, b = (_edge(row.coupling_lower) ** power for row in (left, right))
        c, d = (_edge(row.coupling_upper) ** power for row in (right, left))
        areas.append([(left.mass, a), (right.mass, b), (right.mass, c), (left.mass, d)])
        if GRID not in (left.edge_lower, right.edge_lower):
            axes.plot([left.mass, right.mass], [a, b], **look)
        if GRID not in (left.edge_upper, right.edge_upper):
            width = 1.6 if CLOSED in (left.edge_upper, right.edge_upper) else 0.6
            axes.plot([left.mass, right.mass], [d, c], linewidth=width, **look)
    filled = PolyCollection(
        areas, facecolors=look["color"] if kind == EXCLUDED else "none", edgecolors=look["color"],
        alpha=0.12 if kind == EXCLUDED else 0.6, linewidths=0.0, hatch="////" if kind == FAVOURED else None, zorder=1,
    )  # fmt: skip
    axes.add_collection(filled, autolim=False)


def _neighbours(rows: Sequence[Bound], masses: Sequence[float]) -> Iterator[tuple[Bound, Bound]]:
    """Pairs of intervals at neighbouring masses that belong together.

    Those in the same place of the row do, where all such pairs overlap: a narrow gap between two intervals may move by
    more than its width, and so push the highest one off the axis. Otherwise all that overlap do.
    """
    at: dict[float, list[Bound]] = {
        mass: sorted((row for row in rows if row.mass == mass), key=lambda row: _edge(row.coupling_lower))
        for mass in masses
    }
    for m, n in pairwise(masses):
        in_order = list(zip(at[m], at[n], strict=False))
        if all(_overlap(*pair) for pair in in_order) and _only_left_the_axis(at[m], at[n]):
            yield from in_order
        else:
            yield from ((left, right) for left in at[m] for right in at[n] if _overlap(left, right))


def _only_left_the_axis(left: Sequence[Bound], right: Sequence[Bound]) -> bool:
    """Whether the two have as many, or one has one more at the axis' end, narrower than what edges move by."""
    shorter, longer = sorted((left, right), key=len)
    if len(shorter) == len(longer) or not shorter:
        return len(shorter) == len(longer)
    last = longer[-1]
    moved = abs(math.log(_edge(left[0].coupling_lower) / _edge(right[0].coupling_lower)))
    width = math.log(_edge(last.coupling_upper) / _edge(last.coupling_lower))
    return len(longer) == len(shorter) + 1 and last.edge_upper == GRID and width < moved


def _overlap(left: Bound, right: Bound) -> bool:
    low = max(_edge(left.coupling_lower), _edge(right.coupling_lower))
    return low < min(_edge(left.coupling_upper), _edge(right.coupling_upper))


def _handle(name: str, kind: str, look: dict[str, Any]) -> Any:
    """An entry of the legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    text = _LABELS.get(name, readable(name.replace("_", " ")))
    if kind == FAVOURED:
        return Patch(facecolor="none", edgecolor=look["color"], hatch="////", label=f"{text}, favoured")
    return Line2D([], [], label=text, **look)
