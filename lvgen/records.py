"""Generated events as the record that is written and handed out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lvgen
from lvgen.generation.chain import Chain
from lvgen.generation.events import Accepted, Generated
from lvgen.io.record import EVENT_COLUMNS, FINAL, FROM_BOSON, PARTICLE_COLUMNS, WITH_BOSON, EventRecord
from lvgen.particles import LLP_PDG
from lvgen.particles import mass as particle_mass
from lvgen.plan import Plan
from lvgen.units import HBARC

Floats = NDArray[np.float64]
_MM = 1000.0
_MOMENTUM = ("e", "px", "py", "pz")
_POINT = ("x", "y", "z", "t")


def event_record(plan: Plan, chains: list[Chain], names: list[str], made: Generated, seed: int) -> EventRecord:
    """Record of generated events with the metadata of the run.

    chains, names : the production channels and the process of each, as events were made from
    """
    processes = list(dict.fromkeys(names))
    channels = [mode.name for mode in chains[0].modes]
    parts = [_part(part, chains[part.chain], processes.index(names[part.chain])) for part in made.parts]
    columns = {key: np.concatenate([p[0][key] for p in parts]) for key in parts[0][0]}
    counts = np.concatenate([p[1] for p in parts])
    particles = {key: np.concatenate([p[2][key] for p in parts]) for key in parts[0][2]}
    order = np.argsort(np.concatenate([part.place for part in made.parts]), kind="stable")
    columns = {key: values[order] for key, values in columns.items()}
    columns["event"] = np.arange(made.number)
    columns["weight"] = made.weights()
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    counts = counts[order]
    rows = np.repeat(starts[order] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(counts.sum())
    particles = {key: values[rows] for key, values in particles.items()}
    metadata = _metadata(plan, chains, processes, channels, made, columns["weight"], seed)
    return EventRecord({key: columns[key] for key in EVENT_COLUMNS}, counts, particles, metadata)


def _part(part: Accepted, chain: Chain, process: int) -> tuple[dict[str, Any], NDArray[np.int64], dict[str, Any]]:
    """Columns, counts and flat particles of the events of one chain and mode."""
    n = len(part.place)
    columns: dict[str, Any] = {
        "process": np.full(n, process),
        "channel": np.full(n, part.mode),
        "llp_pdg": np.full(n, LLP_PDG),
        "parent_pdg": np.full(n, chain.channel.parent_pdg),
    }
    columns |= {f"llp_{c}": part.boson[:, i] for i, c in enumerate(_MOMENTUM)}
    columns |= {f"origin_{c}": _MM * part.origin[:, i] for i, c in enumerate(_POINT)}
    columns |= {f"vertex_{c}": _MM * part.vertex[:, i] for i, c in enumerate(_POINT)}
    counts, listed = _listed(part, chain.channel.companions)
    particles = {name: listed[name] for name in ("pdg", "mother", "status")}
    particles |= {c: listed["momentum"][:, i] for i, c in enumerate(_MOMENTUM)}
    particles |= {c: _MM * listed["point"][:, i] for i, c in enumerate(_POINT)}
    return columns, counts, {key: particles[key] for key in PARTICLE_COLUMNS}


def _listed(part: Accepted, companions: tuple[int, ...]) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """Particles of each event: what is made with the boson, then its decay products, mothers before daughters."""
    n, c = len(part.place), len(companions)
    counts, products = part.products.flat()
    mother = products["mother"]
    products["mother"] = np.where(mother > 0, mother + c, FROM_BOSON)
    made_with = {
        "pdg": np.tile(np.array(companions, np.int32), n),
        "mother": np.full(n * c, WITH_BOSON),
        "status": np.full(n * c, FINAL),
        "momentum": part.companions.reshape(-1, 4),
        "point": np.repeat(part.origin, c, axis=0),
    }
    event = np.concatenate([np.repeat(np.arange(n), c), np.repeat(np.arange(n), counts)])
    order = np.argsort(event, kind="stable")
    return counts + c, {name: np.concatenate([made_with[name], products[name]])[order] for name in made_with}


def _metadata(
    plan: Plan,
    chains: list[Chain],
    processes: list[str],
    channels: list[str],
    made: Generated,
    weight: Floats,
    seed: int,
) -> dict[str, Any]:
    events = plan.card.events
    assert events is not None  # noqa: S101 - events are made for cards that ask for them
    card = plan.card.with_seed(seed)
    ctau = float(plan.ctau(events.mass, np.array([events.coupling]))[0])
    cross_section, cross_section_error = production_cross_section(plan, chains, events.coupling, seed)
    modes = chains[0].modes
    return {
        "tool": "lvgen",
        "version": lvgen.__version__,
        "description": f"{plan.model.title}, {plan.detector.name}",
        "seed": seed,
        "seed_scheme": "numpy.random.SeedSequence(seed, spawn_key), one key for each block of draws",
        "card": card.canonical_toml(),
        "card_sha256": card.sha256(),
        "model": plan.model.name,
        "parameters": dict(plan.model.parameters),
        "mass_gev": events.mass,
        "coupling": events.coupling,
        "coupling_name": plan.model.coupling_name,
        "ctau_m": ctau,
        "width_gev": HBARC / ctau,
        "llp_pdg": LLP_PDG,
        "llp_name": plan.model.boson,
        "exposure": plan.detector.exposure.value,
        "exposure_unit": plan.detector.exposure.unit,
        "source": plan.source.name,
        "spectrum": plan.spectrum.name,
        "detector": plan.detector.name,
        "selection": plan.detector.selection,
        "beams": _beams(plan),
        "sum_weights": float(weight.sum()),
        "sum_weights_error": made.error,
        "sum_weights_squared": float((weight**2).sum()),
        "n_events": made.number,
        "n_generated": made.trials,
        "overflow_events": made.overflow,
        "frame": plan.detector.event_frame,
        "origin": "the boson's production point; light mesons are taken to decay where they are made",
        "transform": "none",
        "time_zero": "the collision",
        "cross_section_pb": cross_section,
        "cross_section_error_pb": cross_section_error,
        "cross_section_scope": "bosons made within the window of directions in which the detector lies",
        "processes": {str(i): name for i, name in enumerate(processes)},
        "channels": {str(i): name for i, name in enumerate(channels)},
        "branching_ratios": {mode.name: mode.branching_ratio for mode in modes},
        "hadronisation": plan.decay_settings.hadronisation,
        "left_undecayed": sorted(plan.decay_settings.left),
        "references": sorted({*plan.model.references, *(r for p in plan.processes for r in p.process.references)}),
        "weight_names": ["Default"],
    }


def production_cross_section(plan: Plan, chains: list[Chain], coupling: float, seed: int) -> tuple[float, float]:
    """Cross-section in pb, and its error, for bosons towards the detector's window of directions."""
    from lvgen.generation.events import EVENT_STREAM
    from lvgen.generation.yields import stream

    total, variance = 0.0, 0.0
    for k, chain in enumerate(chains):
        y = stream(seed, EVENT_STREAM, k, 3).random((20_000, chain.channel.dimensions))
        weight = chain.channel.draw(y).weight * float(chain.channel.coefficient(np.array([coupling]))[0])
        total += float(weight.mean())
        variance += float(weight.var()) / len(weight)
    return total * plan.spectrum.sigma_inel_pb, math.sqrt(variance) * plan.spectrum.sigma_inel_pb


def _beams(plan: Plan) -> list[dict[str, float]]:
    """The projectile and what it meets: the other beam, or a proton of the target at rest."""
    p = plan.source.beam_momentum
    m = particle_mass("p")
    forward = {"pdg": 2212, "px": 0.0, "py": 0.0, "pz": p, "e": math.hypot(p, m)}
    if plan.source.kind == "collider":
        return [forward, forward | {"pz": -p}]
    return [forward, {"pdg": 2212, "px": 0.0, "py": 0.0, "pz": 0.0, "e": m}]
