"""The map of expected signal: one task for each mass, kept as it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lvgen.generation.yields import PointYield, mass_yield
from lvgen.io.rundir import RunDirectory
from lvgen.plan import Plan
from lvgen.progress import Progress
from lvgen.sensitivity.map import SignalMap, precision_met
from lvgen.work.pool import Pool

#: what a mass point holds by process (``varied``: by variation)
_YIELDS = ("n", "error", "spectrum", "width", "low", "high", "varied")


def signal_map(plan: Plan, seed: int, pool: Pool, told: Progress, place: RunDirectory | None) -> tuple[int, SignalMap]:
    """Points drawn in all, and the map of a run."""
    masses, couplings = plan.card.model.masses, plan.card.model.couplings
    if closed := plan.closed_masses():
        told.message(f"warning: no signal at {len(closed)} of {len(masses)} masses: {plan.why_closed(closed[0])}")
    told.start("signal map", len(masses))

    def one(index: int) -> PointYield:
        kept = place.load_piece(_piece(index)) if place else None
        if kept is not None:
            return _unpacked(kept)
        found = mass_point(plan, seed, index)
        if place is not None:
            place.save_piece(_piece(index), _packed(found))
        return found

    points = []
    for found in pool.map(one, range(len(masses)), ahead=max(64, 4 * pool.workers)):
        points.append(found)
        told.advance(1)
    told.finish()
    names = [chosen.name for chosen in plan.processes]
    return sum(p.points for p in points), _assemble(plan, masses, couplings, names, points)


def _piece(index: int) -> str:
    return f"mass_{index:06d}"


def mass_point(plan: Plan, seed: int, index: int) -> PointYield:
    """Signal at one mass of the card's grid; a pure function of card, seed and index."""
    mass = float(plan.card.model.masses[index])
    chains, groups = plan.chains(mass, band=True)
    if not chains:
        return PointYield({}, {}, {}, 0)
    axis = plan.axis(mass, chains)
    return mass_yield(chains, groups, axis, plan.interactions, plan.card.run.precision, seed, index)


def _packed(found: PointYield) -> dict[str, Any]:
    arrays: dict[str, Any] = {"points": np.array(found.points)}
    if found.width:
        arrays["replicas"] = found.replicas
    for kind in _YIELDS:
        arrays |= {f"{kind}/{name}": values for name, values in getattr(found, kind).items()}
    return arrays


def _unpacked(arrays: Mapping[str, Any]) -> PointYield:
    parts: dict[str, dict[str, Any]] = {kind: {} for kind in _YIELDS}
    for key, values in arrays.items():
        if "/" in key:
            kind, name = key.split("/", 1)
            parts[kind][name] = values
    replicas = arrays.get("replicas", np.zeros((0, 0)))
    return PointYield(points=int(arrays["points"]), replicas=replicas, **parts)


def _assemble(plan: Plan, masses: Any, couplings: Any, names: list[str], points: list[PointYield]) -> SignalMap:
    nothing = np.zeros(len(couplings))

    def grid(kind: str, name: str) -> Any:
        return np.array([getattr(p, kind).get(name, nothing) for p in points])

    keys = [*names, "total"]
    widths = next((len(p.replicas) for p in points if p.width), 0)
    replicas = [p.replicas if p.width else np.zeros((widths, len(couplings))) for p in points]
    varied = list(dict.fromkeys(name for p in points for name in p.varied))

    def moved(kind: str, key: str) -> Any:
        """As ``grid``, with the central value where no variation concerns a mass."""
        return np.array([getattr(p, kind).get(key, p.n.get(key, p.n.get("total", nothing))) for p in points])

    n, error, spectrum = ({key: grid(kind, key) for key in keys} for kind in ("n", "error", "spectrum"))
    met = [
        precision_met(n["total"][i], error["total"][i], spectrum["total"][i], plan.card.run.precision)
        for i in range(len(masses))
    ]
    return SignalMap(
        mass=np.array(masses),
        coupling=np.array(couplings),
        processes=tuple(names),
        n_signal=n,
        error=error,
        error_spectrum=spectrum,
        ctau=np.array([plan.ctau(float(m), couplings) for m in masses]),
        precision_met=np.array(met),
        mass_scale=plan.card.model.mass_scale,
        coupling_scale=plan.card.model.coupling_scale,
        coupling_name=plan.model.coupling_name,
        coupling_label=plan.model.coupling_label,
        model=plan.model.name,
        detector=plan.detector.name,
        exposure_text=plan.detector.exposure.text,
        error_width={key: grid("width", key) for key in keys} if widths else None,
        width_replicas=np.stack(replicas, axis=1) if widths else None,
        low={key: moved("low", key) for key in keys} if varied else None,
        high={key: moved("high", key) for key in keys} if varied else None,
        varied={name: moved("varied", name) for name in varied},
    )
