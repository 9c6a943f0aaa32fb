"""A report of several results as one HTML file: figures, tables, and where every number comes from."""

from __future__ import annotations

import base64
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lvgen.errors import MissingExtraError
from lvgen.io.atomic import write_text
from lvgen.io.interactive import figure_html
from lvgen.io.limits import Limit

if TYPE_CHECKING:
    from lvgen.sensitivity.contour import ContourRow
    from lvgen.sensitivity.map import SignalMap

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1080px; margin: 2em auto; padding: 0 1em; color: #1b1b1b; }
h1 { font-size: 1.6em; } h2 { font-size: 1.2em; margin-top: 2em; }
table { border-collapse: collapse; width: 100%; font-size: 0.9em; }
th, td { padding: 0.3em 0.6em; text-align: left; border-bottom: 1px solid #ddd; vertical-align: top; }
th { border-bottom: 2px solid #888; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; } pre { background: #f6f6f6; padding: 1em; overflow-x: auto; font-size: 0.8em; }
.note { color: #555; font-size: 0.9em; }
"""
_MASSES = 10


@dataclass(frozen=True)
class Reported:
    """One result of a report; info : the content of its run.json."""

    label: str
    note: str
    map: SignalMap
    contour: Sequence[ContourRow]
    info: dict[str, Any]


def write_report(
    entries: Sequence[Reported],
    path: str | os.PathLike[str],
    figure: str | os.PathLike[str],
    title: str,
    limits: Sequence[Limit] = (),
) -> None:
    """Write the report, which needs no other file and no network.

    figure : PNG to show, kept inside the report; raises UserError where the report cannot be written
    """
    picture = base64.b64encode(Path(figure).read_bytes()).decode()
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="note">Made by lvgen {escape(str(entries[0].info.get("version", "")))}. '
        "Contours stand where the expected signal is what excludes; under the cursor of the second figure are mass, "
        "coupling, expected events and lifetime.</p>",
        f'<img alt="Contours" src="data:image/png;base64,{picture}">',
        _interactive(entries, limits),
        "<h2>Detectors</h2>",
        _detectors(entries),
        "<h2>Excluded couplings</h2>",
        _edges(entries),
        "<h2>Provenance</h2>",
        *(_provenance(entry) for entry in entries),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    body = "\n".join(parts)
    write_text(path, f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}\n</body></html>\n')


def _interactive(entries: Sequence[Reported], limits: Sequence[Limit]) -> str:
    try:
        return figure_html([(e.label, e.map, e.contour) for e in entries], "", limits)
    except MissingExtraError as error:
        return f'<p class="note">{escape(str(error))}</p>'


def _detectors(entries: Sequence[Reported]) -> str:
    head = [
        "", "Exposure", "Source", "Processes", "N required", "Lowest coupling", "Highest mass [GeV]", "Largest signal",
    ]  # fmt: skip
    rows = []
    for entry in entries:
        excluded = [row for row in entry.contour if row.excludes]
        deepest = min(excluded, key=lambda row: row.coupling_lower, default=None)
        best = np.unravel_index(int(np.argmax(entry.map.total)), entry.map.total.shape)
        place = f"at {entry.map.mass[best[0]]:.3g} GeV, {entry.map.coupling[best[1]]:.2g}"
        rows.append([
            entry.label,
            entry.map.exposure_text,
            str(entry.info.get("spectrum", {}).get("source", "")),
            ", ".join(entry.map.processes) + (f" ({entry.note})" if entry.note else ""),
            _number(entry.contour[0].n_required if entry.contour else math.nan),
            f"{deepest.coupling_lower:.3g} at {deepest.mass:.3g} GeV" if deepest else "nothing excluded",
            _number(max((row.mass for row in excluded), default=math.nan)),
            f"{entry.map.total[best]:.3g} ± {entry.map.error['total'][best]:.1g} {place}",
        ])  # fmt: skip
    return _table(head, rows, {4, 6})


def _edges(entries: Sequence[Reported]) -> str:
    """Lower and upper edges at a few masses of the first map; the widest interval where there are several."""
    masses = entries[0].map.mass
    chosen = masses[np.unique(np.linspace(0, len(masses) - 1, _MASSES).round().astype(int))]
    head = ["Mass [GeV]", *(entry.label for entry in entries)]
    rows = [[f"{mass:.4g}", *(_interval(entry, float(mass)) for entry in entries)] for mass in chosen]
    return _table(head, rows, {0})


def _interval(entry: Reported, mass: float) -> str:
    here = [row for row in entry.contour if row.excludes and math.isclose(row.mass, mass, rel_tol=1e-9)]
    if not here:
        known = bool(np.isclose(entry.map.mass, mass, rtol=1e-9).any())
        return "nothing" if known else "not computed"
    row = max(here, key=lambda r: r.coupling_upper / r.coupling_lower)
    marks = ["" if edge == "closed" else "*" for edge in (row.edge_lower, row.edge_upper)]
    return f"{row.coupling_lower:.3g}{marks[0]} to {row.coupling_upper:.3g}{marks[1]}"


def _provenance(entry: Reported) -> str:
    info = entry.info
    versions = ", ".join(f"{name} {value}" for name, value in sorted(info.get("versions", {}).items()))
    said = "".join(f"<li>{escape(str(line))}</li>" for line in info.get("approximations", []))
    return (
        f"<details><summary>{escape(entry.label)}: seed {info.get('seed')}, card {str(info.get('card_sha256'))[:12]}"
        f"</summary><p>{escape(versions)}; {escape(str(info.get('machine', '')))}. "
        f"Repeat with <code>lvgen rerun {escape(entry.label)}/run.json</code>.</p>"
        f"<p>Left out or simplified:</p><ul>{said}</ul><pre>{escape(str(info.get('card', '')))}</pre></details>"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: set[int]) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f'<{tag} class="n">{escape(text)}</{tag}>' if k in numbers else f"<{tag}>{escape(text)}</{tag}>"
            for k, text in enumerate(row)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    note = '<p class="note">* where the scanned couplings end</p>' if "*" in body else ""
    return f"<table><thead><tr>{cells(head, 'th')}</tr></thead><tbody>{body}</tbody></table>{note}"


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4g}"
