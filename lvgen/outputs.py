"""The files of a sensitivity, and what is said about a map and drawn of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.io.atomic import atomic_path
from lvgen.io.results import write_contour, write_signal_map, write_signal_map_root
from lvgen.io.sensitivity_figure import sensitivity_figure
from lvgen.plan import Plan
from lvgen.sensitivity.contour import ContourRow
from lvgen.sensitivity.map import SignalMap, joined
from lvgen.sensitivity.scan import ScanPoint

#: most masses and couplings that are drawn
_DRAWN = 1000
Floats = NDArray[np.float64]


class MapSurvey:
    """What is said about a map and drawn of it, collected from pieces over neighbouring masses.

    contour : its rows, which are found with more couplings than the map has
    """

    def __init__(self, pieces: Iterable[SignalMap], contour: list[ContourRow]) -> None:
        self.contour = contour
        self._missing, self._missing_near = 0, 0
        self._best: tuple[float, dict[str, Any], dict[str, Any]] | None = None
        totals = []
        for piece in pieces:
            self._count(piece, needed_events(piece))
            totals.append(_total_alone(piece))
        self.total: SignalMap = joined(totals)

    def _count(self, piece: SignalMap, n_required: Floats) -> None:
        total = piece.total
        self._missing += int(np.count_nonzero(~piece.precision_met))
        self._missing_near += int(np.count_nonzero(~piece.precision_met & (total >= 0.1 * n_required)))
        best = np.unravel_index(int(np.argmax(total)), total.shape)
        if self._best is not None and float(total[best]) <= self._best[0]:
            return
        largest = {
            "mass_gev": float(piece.mass[best[0]]),
            "coupling": float(piece.coupling[best[1]]),
            "n_signal": float(total[best]),
            "n_signal_error": float(piece.error["total"][best]),
        }
        processes = {
            name: {"n_signal": float(piece.n_signal[name][best]), "n_signal_error": float(piece.error[name][best])}
            for name in piece.processes
        }
        self._best = (float(total[best]), largest, processes)

    def account(self) -> dict[str, Any]:
        """For ``run.json``."""
        assert self._best is not None  # noqa: S101 - a map has at least one mass
        return {
            "points": int(self.total.total.size),
            "points_missing_precision": self._missing,
            "points_missing_precision_near_or_inside_contour": self._missing_near,
            "largest": self._best[1],
            "processes_at_largest": self._best[2],
        }


def needed_events(piece: SignalMap) -> Floats:
    """Events that exclude at each point of a map that a run has made."""
    assert piece.required is not None  # noqa: S101 - runs fill it in
    return piece.required


def _total_alone(piece: SignalMap) -> SignalMap:
    """The sum over processes and its Monte Carlo error, and nothing else that is large."""
    total, error = {"total": piece.total}, {"total": piece.error["total"]}
    return replace(
        piece, n_signal=total, error=error, error_spectrum={}, error_width=None, width_replicas=None, low=None,
        high=None, varied={}, ctau=piece.ctau[:, :1], precision_met=piece.precision_met[:, :1], expected=None,
    )  # fmt: skip


def _thinned(found: SignalMap, contour: list[ContourRow]) -> tuple[SignalMap, list[ContourRow]]:
    """Every n-th mass and coupling, and the contour there, so that a figure has at most ``_DRAWN`` of each."""
    rows = slice(None, None, -(-len(found.mass) // _DRAWN))
    columns = slice(None, None, -(-len(found.coupling) // _DRAWN))
    masses = set(found.mass[rows].tolist())
    thin = replace(
        found, mass=found.mass[rows], coupling=found.coupling[columns],
        n_signal={"total": found.total[rows, columns]}, error={"total": found.error["total"][rows, columns]},
        required=needed_events(found)[rows, columns], expected=None,
    )  # fmt: skip
    return thin, [row for row in contour if row.mass in masses]


def write_sensitivity(pieces: Iterable[SignalMap], survey: MapSurvey, directory: Path, plan: Plan) -> None:
    """Map, contour and figure of a run."""
    write_signal_map(pieces, directory / "signal_map.parquet")
    write_signal_map_root(survey.total, directory / "signal_map.root")
    write_contour(survey.contour, directory / "contour.csv")
    sources = [table.name for table in plan.spectra] if plan.uses_hadrons else [plan.source.name]
    labels = {chosen.name: chosen.process.label for chosen in plan.processes}
    processes = [labels.get(name) or name for name in survey.total.processes]
    text = (f"{_listed(processes)}; {_listed(sources)}", *_disputed(plan))
    sensitivity_figure(
        *_thinned(survey.total, survey.contour),
        directory / "sensitivity.png",
        directory / "sensitivity.pdf",
        title=plan.card.title or "",
        text=text,
    )


def _listed(names: Sequence[str]) -> str:
    """Names after each other, which a figure breaks between them rather than inside; formulas stay as they are."""
    return ", ".join(n if "$" in n else n.replace("_", " ").replace(" ", "\N{NO-BREAK SPACE}") for n in names)


def _disputed(plan: Plan) -> tuple[str, ...]:
    """What a figure must say of its rates."""
    return tuple(caution for caution in plan.model.cautions() if caution.startswith("disputed"))


def write_scan(scan: Sequence[ScanPoint], survey: MapSurvey, directory: Path, plan: Plan) -> None:
    """The grid of an adaptive scan as ``scan_grid.csv`` and drawn over its contour."""
    lines = ["mass,coupling,round,reason"]
    lines += [f"{p.mass!r},{g!r},{p.round},{p.why}" for p in scan for g in p.coupling.tolist()]
    with atomic_path(directory / "scan_grid.csv") as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    masses = np.repeat([p.mass for p in scan], [len(p.coupling) for p in scan])
    points = (masses, np.concatenate([p.coupling for p in scan]))
    total, contour = _thinned(survey.total, survey.contour)
    text = (f"Dots: {len(scan)} masses, {len(masses)} points of the scan",)
    sensitivity_figure(
        total, contour, directory / "scan_grid.png", title=plan.card.title or "", text=text, points=points
    )
