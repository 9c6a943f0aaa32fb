"""What a run says about itself: ``run.json``, the files of a sensitivity, and the lines at its end."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lvgen
from lvgen.io.atomic import atomic_path
from lvgen.io.results import write_contour, write_signal_map, write_signal_map_root
from lvgen.io.sensitivity_figure import sensitivity_figure
from lvgen.particles import name_of
from lvgen.plan import Plan
from lvgen.sensitivity.contour import ContourRow, find_contour
from lvgen.sensitivity.map import SignalMap, joined
from lvgen.sensitivity.scan import ScanPoint
from lvgen.spectra.table import SpectrumTable

#: most masses and couplings that are drawn
_DRAWN = 1000
Floats = NDArray[np.float64]

_PACKAGES = (
    "numpy",
    "numba",
    "vegas",
    "scipy",
    "particle",
    "awkward",
    "uproot",
    "pyarrow",
    "pyhepmc",
    "pyhf",
    "pylhe",
    "pint",
    "pydantic",
)


class MapSurvey:
    """What is said about a map and drawn of it, collected from pieces over neighbouring masses.

    contour : its rows; given where they are known already
    """

    def __init__(self, plan: Plan, pieces: Iterable[SignalMap], contour: list[ContourRow] | None = None) -> None:
        sensitivity = plan.card.sensitivity
        assert sensitivity is not None  # noqa: S101 - maps are made for cards with [sensitivity]
        self.contour: list[ContourRow] = contour or []
        self._missing, self._missing_near = 0, 0
        self._best: tuple[float, dict[str, Any], dict[str, Any]] | None = None
        totals = []
        for piece in pieces:
            if contour is None:
                self.contour += find_contour(piece, _needed(piece), sensitivity.confidence)
            self._count(piece, _needed(piece))
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


def _needed(piece: SignalMap) -> Floats:
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
        required=_needed(found)[rows, columns], expected=None,
    )  # fmt: skip
    return thin, [row for row in contour if row.mass in masses]


def write_sensitivity(pieces: Iterable[SignalMap], survey: MapSurvey, directory: Path, plan: Plan) -> None:
    """Map, contour and figure of a run."""
    write_signal_map(pieces, directory / "signal_map.parquet")
    write_signal_map_root(survey.total, directory / "signal_map.root")
    write_contour(survey.contour, directory / "contour.csv")
    made_from = ", ".join(table.name for table in plan.spectra) if plan.source.has_hadrons else plan.source.name
    labels = {chosen.name: chosen.process.label for chosen in plan.processes}
    made_by = ", ".join(labels.get(name) or name.replace("_", " ") for name in survey.total.processes)
    text = (f"{made_by}; {made_from.replace('_', ' ')}", *_disputed(plan))
    sensitivity_figure(
        *_thinned(survey.total, survey.contour),
        directory / "sensitivity.png",
        directory / "sensitivity.pdf",
        title=plan.card.title or "",
        text=text,
    )


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


def scan_account(scan: Sequence[ScanPoint]) -> dict[str, Any]:
    """For ``run.json``: how many masses each reason added, and points of mass and coupling in all."""
    reasons = [p.why for p in scan]
    return {
        "masses": len(scan),
        "points": sum(len(p.coupling) for p in scan),
        "rounds": max(p.round for p in scan),
        "masses_by_reason": {why: reasons.count(why) for why in dict.fromkeys(reasons)},
    }


def run_info(
    plan: Plan,
    seed: int,
    survey: MapSurvey | None,
    variations: list[str],
    yields: dict[str, Any],
    timings: dict[str, float],
    files: list[str],
) -> dict[str, Any]:
    """Content of ``run.json``: enough to repeat the run."""
    card = plan.card.with_seed(seed)
    info: dict[str, Any] = {
        "tool": "lvgen",
        "version": lvgen.__version__,
        "title": card.title,
        "card": card.canonical_toml(),
        "card_sha256": card.sha256(),
        "fingerprint": plan.card.with_seed(None).sha256(),
        "seed": seed,
        "files": files,
        "model": {"name": plan.model.name, "parameters": plan.model.parameters | card.model.parameters}
        | ({"scan": card.model.scan} if card.model.scan else {}),
        "spectrum": {
            "name": plan.spectrum.name,
            "source": plan.source.name,
            "made_at": plan.spectrum.source,
            "sigma_inel_pb": plan.spectrum.sigma_inel_pb,
            "made_by": {
                key: plan.spectrum.metadata.get(key)
                for key in ("generator_reports", "chromo", "seed", "n_collisions", "layout", "pattern")
                if key in plan.spectrum.metadata
            },
        },
        "interactions": plan.interactions,
        "yields": dict(yields),
        "versions": library_versions(),
        "machine": platform.machine(),
        "timings": timings,
        "double_counting": plan.double_counting,
        "cautions": list(plan.model.cautions()),
        "approximations": approximations(plan),
        "outside_validity": plan.beyond_validity,
    }
    if plan.card.events is not None:
        info["boson"] = plan.boson_facts()
    if len(plan.spectra) > 1:
        info["spectrum"]["others"] = [_other(plan, table) for table in plan.spectra[1:]]
    if survey is not None:
        info["variations"] = variations
        info["statistics"] = _statistics(plan, survey)
        info["n_required"] = info["statistics"]["n_required"]
        info["map"] = survey.account()
        intervals = sum(row.excludes for row in survey.contour)
        info["contour"] = {"intervals": intervals, "masses": len(survey.total.mass)}
    return info


def library_versions() -> dict[str, str]:
    """Versions on which numbers depend."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _PACKAGES}


def block_info(plan: Plan, seed: int, of_run: str, block: tuple[int, int], files: list[str]) -> dict[str, Any]:
    """Content of ``run.json`` of one block of a run.

    of_run : fingerprint of the run; block : its number and how many there are
    """
    card = plan.card.with_seed(seed)
    return {
        "tool": "lvgen",
        "version": lvgen.__version__,
        "title": card.title,
        "card": card.canonical_toml(),
        "of_run": of_run,
        "block": list(block),
        "files": files,
        "versions": library_versions(),
        "machine": platform.machine(),
    }


def _statistics(plan: Plan, survey: MapSurvey) -> dict[str, Any]:
    """Method and search, and at each mass the background and the fewest events that exclude (None: nothing does)."""
    asked, needed = plan.requirements, _needed(survey.total)
    at = [asked.at(float(mass)) for mass in survey.total.mass]
    least = [float(row.min()) if math.isfinite(row.min()) else None for row in needed]
    known = {value for value in least if value is not None}
    return {
        "method": asked.method.name,
        "confidence": asked.method.confidence,
        "significance": asked.method.significance if asked.method.name == "discovery" else None,
        "search": asked.search.as_table() or {"kind": "counting"},
        "n_required": known.pop() if len(known) == 1 and None not in least else None,
        "n_required_by_mass": least,
        "background_by_mass": [found.background for found in at],
        "closed": {
            f"{mass:g}": found.closed for mass, found in zip(survey.total.mass, at, strict=True) if found.closed
        },
    }


def _other(plan: Plan, table: SpectrumTable) -> dict[str, Any]:
    """Another spectrum of the band, and the hadrons in it that a sample of the first cannot reach."""
    lost = plan.band.unreached()[table.name]
    return {
        "name": table.name,
        "made_at": table.source,
        "sigma_inel_pb": table.sigma_inel_pb,
        "share_of_hadrons_out_of_reach": {name_of(pdg): share for pdg, share in lost.items()},
    }


def approximations(plan: Plan) -> list[str]:
    """What this calculation leaves out or simplifies."""
    stated = [
        "tracks are straight lines with a kick where the detector has a magnet; no material, no beam crossing angle"
    ]
    if plan.source.has_hadrons:
        stated += [
            "light mesons decay at the collision point (their flight of at most 1.3 mm is neglected)",
            "bosons below 50 MeV of momentum are not drawn",
            "the spectrum's statistical error takes the counts of its cells as independent",
        ]
    if any(chosen.name == "meson_decay" for chosen in plan.processes):
        stated.append("three-body decays of mesons, such as eta' -> pi+ pi- V, are not among the sources")
    for chosen in plan.processes:
        stated += chosen.process.stated(chosen.options)
        stated += chosen.process.approximations_at.get(plan.source.kind, ())
    if plan.source.kind == "target":
        stated += _of_a_target(plan)
    elif plan.spectrum.source != plan.source.name:
        stated.append(f"hadrons of {plan.spectrum.source} stand for those of {plan.source.name}")
    if plan.card.sensitivity is not None:
        stated += plan.requirements.assumptions()
    if plan.detector.selects or plan.card.events is not None:
        stated += _about_products(plan)
    return stated


def _about_products(plan: Plan) -> list[str]:
    left = sorted(plan.decay_settings.left)
    stated = [
        "decay products: no photon radiation; unstable ones are decayed on without memory of their spin, flat for eta "
        "and eta'; a K_S flies and decays as in a vacuum",
        "tau leptons and charmed mesons are left undecayed, as are pi+-, K+-, K_L, muons and neutrons"
        + (f"; by the card also {', '.join(left)}" if left else ""),
    ]
    if plan.reaches_quarks:
        stated.append(f"hadrons above the transition are made by the model {plan.decay_settings.hadronisation!r}")
    return stated


def _of_a_target(plan: Plan) -> list[str]:
    stated = ["protons interact at the front of the target, where the origin is; its depth is left out"]
    if not plan.spectrum.on_nucleus and plan.source.target is not None and plan.source.target.A > 1.0:
        stated.append("hadrons of a collision with one nucleon stand for those of one with the nucleus")
    if plan.card.production.cascades:
        stated.append("secondary hadrons interact like protons of their momentum, by limiting fragmentation")
    else:
        stated.append("secondary interactions in the target are left out (1.3 to 3 times as many hadrons above 5 GeV)")
    return stated


def run_summary(info: dict[str, Any], contour: Sequence[ContourRow], directory: Path | None) -> list[str]:
    """The end of a run in plain lines."""
    lines = []
    if "map" in info:
        lines += _map_lines(info, contour)
    if events := info["yields"].get("events"):
        lines.append(
            f"events    {events['expected']:.5g} +- {events['error']:.2g} expected in the exposure; "
            f"{events['points_drawn']} points drawn, {events['overflow_events']} above the largest weight"
        )
    lines += [f"caution   {caution}" for caution in info.get("cautions", ())]
    lines.append(f"seed      {info['seed']}")
    if directory is not None:
        lines.append(f"files     {directory}: {', '.join([*info['files'], 'run.json'])}")
    return lines


def _required_text(info: dict[str, Any]) -> str:
    """The number of events that excludes, or its range."""
    if info["n_required"] is not None:
        return f"N = {info['n_required']:.4g}"
    known = [value for value in info["statistics"]["n_required_by_mass"] if value is not None]
    return f"N = {min(known):.4g} to {max(known):.4g}" if known else "a limit, since no mass is searched"


def _map_lines(info: dict[str, Any], contour: Sequence[ContourRow]) -> list[str]:
    found, largest = info["map"], info["map"]["largest"]
    rows = [row for row in contour if row.excludes]
    lines = [
        f"signal    at most {largest['n_signal']:.5g} +- {largest['n_signal_error']:.2g} events, at "
        f"{largest['mass_gev']:.4g} GeV and coupling {largest['coupling']:.3g}"
    ]
    if rows:
        low, high = min(r.coupling_lower for r in rows), max(r.coupling_upper for r in rows)
        lines.append(
            f"contour   {_required_text(info)}: couplings from {low:.3g} to {high:.3g}, masses from "
            f"{min(r.mass for r in rows):.4g} to {max(r.mass for r in rows):.4g} GeV"
        )
    else:
        lines.append(f"contour   nothing reaches {_required_text(info)}")
    missing = found["points_missing_precision_near_or_inside_contour"]
    lines.append(
        f"precision missed at {found['points_missing_precision']} of {found['points']} points, {missing} of them near "
        "or inside the contour"
    )
    return lines
