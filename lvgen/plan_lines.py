"""A plan in plain lines, as ``lvgen check`` tells it."""

from __future__ import annotations

import math

import numpy as np

from lvgen import units
from lvgen.chosen import mass_span
from lvgen.detection.registry import background_of_another_exposure
from lvgen.detection.schema import Detector
from lvgen.plan import Plan
from lvgen.spectra.behind import table_line, tables_behind

#: most masses at which the plan says what excludes, where that takes time
_MASSES_SHOWN = 10


def plan_lines(plan: Plan) -> list[str]:
    """What a run will do, in plain lines."""
    card, detector = plan.card, plan.detector
    described = [
        f"card       {card.file}" + (f": {card.title}" if card.title else ""),
        f"model      {plan.model.name}: {plan.model.title}",
        f"production {', '.join(p.name for p in plan.processes)}; {_made_from(plan)}",
        *(f"table      {table_line(table)}" for table in tables_behind(plan.spectra, plan.hadrons)),
        *(f"together   {line}" for line in plan.double_counting),
        *(f"left out   {line}" for line in plan.left_out),
        f"detector   {detector.name}: {detector.title or detector.volume.shape}, {detector.exposure.text}, "
        f"selection {detector.selection}",
    ]
    if card.sensitivity is not None:
        masses, couplings = card.model.masses, card.model.couplings
        described += [
            f"map        {len(masses)} masses from {masses[0]:g} to {masses[-1]:g} GeV, {len(couplings)} couplings "
            f"from {couplings[0]:g} to {couplings[-1]:g}, precision {card.run.precision:g}",
            f"search     {detector.search.describe()}",
            f"contour    {plan.requirements.describe()}, N required {_required_text(plan)}",
        ]
        reasons = [detector.search.why_closed(float(m)) for m in masses]
        described += [
            f"no limit   at {reasons.count(why)} of {len(masses)} masses: {why}"
            for why in dict.fromkeys(reasons)
            if why
        ]
        described += [
            f"caution    no mass of the map is within {units.pretty(half, 'energy')} of {units.pretty(at, 'energy')}, "
            'where an event was observed: take more masses, or sensitivity.scan = "adaptive"'
            for at, half in plan.search_features
            if not plan.is_adaptive and masses[0] < at < masses[-1] and float(np.min(abs(masses - at))) > half
        ]
        if why := background_of_another_exposure(card.detector.name, detector):
            described.append(f"caution    {why}")
        if closed := plan.closed_masses():
            described.append(f"closed     {len(closed)} masses have no signal: {mass_span(closed)}")
        described += [f"beyond     {line}" for line in plan.beyond_validity]
    if card.events is not None:
        ctau = float(plan.ctau(card.events.mass, np.array([card.events.coupling]))[0])
        described.append(
            f"events     {card.events.number} at {card.events.mass:g} GeV, {plan.model.coupling_name} = "
            f"{card.events.coupling:g}, ctau {ctau:.4g} m, as {', '.join(card.events.formats)}"
        )
    described += [f"caution    {caution}" for caution in plan.model.cautions()]
    described.append(f"seed       {'drawn at the start' if card.run.seed is None else card.run.seed}")
    return described


def _made_from(plan: Plan) -> str:
    if not plan.source.has_hadrons:
        return plan.source.title or plan.source.name
    if not plan.uses_hadrons:
        return plan.source.name
    return f"hadrons from {', '.join(table.name for table in plan.spectra)}, {plan.source.name}"


def _required_text(plan: Plan) -> str:
    """How many events exclude, or from how many to how many, and the background."""
    searched = [m for m in map(float, plan.card.model.masses) if not plan.detector.search.why_closed(m)]
    shown = searched[:: -(-len(searched) // _MASSES_SHOWN) or 1] if plan.detector.search.costly else searched
    found = [(plan.n_required(m), plan.requirements.at(m).background) for m in shown]
    found = [pair for pair in found if math.isfinite(pair[0])]
    if not found:
        return "none: no mass is searched"
    numbers, backgrounds = (sorted(values) for values in zip(*found, strict=True))
    seen = f", observed {_observed_text(plan.detector)}" if plan.detector.search.kind == "counting" else ""
    text = f"{_range(numbers)} (background {_range(backgrounds)}{seen})"
    return (
        text if len(shown) == len(searched) or numbers[0] == numbers[-1] else f"{text}, at {len(shown)} of the masses"
    )


def _observed_text(detector: Detector) -> str:
    return "none beyond the background" if detector.events_observed is None else str(detector.events_observed)


def _range(ordered: list[float]) -> str:
    low, high = ordered[0], ordered[-1]
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
