"""What a run says about itself: ``run.json``, and the lines at its end."""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import lvgen
from lvgen.approximations import approximations
from lvgen.outputs import MapSurvey, needed_events
from lvgen.particles import name_of
from lvgen.plan import Plan
from lvgen.sensitivity.contour import ContourRow
from lvgen.sensitivity.scan import ScanPoint
from lvgen.spectra.behind import table_account, tables_behind
from lvgen.spectra.table import SpectrumTable

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
            "tables": [table_account(table) for table in tables_behind(plan.spectra, plan.hadrons)],
        },
        "interactions": plan.interactions,
        "yields": dict(yields),
        "versions": library_versions(),
        "machine": platform.machine(),
        "timings": timings,
        "double_counting": plan.double_counting,
        "left_out": plan.left_out,
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
    asked, needed = plan.requirements, needed_events(survey.total)
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
