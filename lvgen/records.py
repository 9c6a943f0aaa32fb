"""Generated events as the records that are written and handed out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lvgen
from lvgen.errors import UserError
from lvgen.generation.chain import Chain
from lvgen.generation.events import Accepted, Generated
from lvgen.io.placement import Placement, placed
from lvgen.io.record import (
    EVENT_COLUMNS,
    FINAL,
    FROM_BOSON,
    PARTICLE_COLUMNS,
    PIECE_EVENTS,
    WITH_BOSON,
    EventRecord,
    Events,
    gathered,
)
from lvgen.io.rundir import RunDirectory
from lvgen.particles import LLP_PDG
from lvgen.particles import mass as particle_mass
from lvgen.plan import Plan
from lvgen.units import HBARC

Floats = NDArray[np.float64]
#: arrays of events: those of ``EVENT_COLUMNS``, ``counts`` and those of ``PARTICLE_COLUMNS`` with a prefix
_Arrays = dict[str, Any]
_PARTICLE = "particle_"
#: so many stay in memory where others are put away
_PIECES_IN_MEMORY = 2
_MM = 1000.0
_MOMENTUM = ("e", "px", "py", "pz")
_POINT = ("x", "y", "z", "t")


class EventPieces:
    """Events on their way from generation to files, in pieces of ``PIECE_EVENTS``.

    chains, names : the production channels and the process of each, as events are made from
    place : where all but the first pieces are put away, so that memory does not grow with their number; None for no
        such place
    """

    def __init__(self, chains: list[Chain], names: list[str], place: RunDirectory | None) -> None:
        self.metadata: dict[str, Any] = {}
        self._chains, self._names, self._place = chains, names, place
        self._processes = list(dict.fromkeys(names))
        self._waiting: list[_Arrays] = []
        self._kept: list[_Arrays | None] = []
        self._number = 0
        self._unit = 1.0
        self._placement = Placement()

    def __len__(self) -> int:
        return self._number

    def add(self, parts: list[Accepted]) -> None:
        """Take the parts of the next block."""
        tables = [
            _part(part, self._chains[part.chain], self._processes.index(self._names[part.chain])) for part in parts
        ]
        order = np.argsort(np.concatenate([part.place for part in parts]), kind="stable")
        self._waiting.append(_reordered(_joined(tables), order))
        if sum(len(block["counts"]) for block in self._waiting) >= PIECE_EVENTS:
            self._put_away(PIECE_EVENTS)

    def finish(self, plan: Plan, made: Generated, seed: int) -> None:
        """No block comes any more; what the events stand for is known."""
        while self._waiting:
            self._put_away(PIECE_EVENTS)
        self._unit = made.unit
        channels = [mode.name for mode in self._chains[0].modes]
        self.metadata = _metadata(plan, self._chains, self._processes, channels, made, seed)
        assert plan.card.events is not None  # noqa: S101 - events are made for cards that ask for them
        self._placement = plan.card.events.placement

    def ready(self) -> Events:
        """The events as the card's target wants them: what is written and handed out."""
        return placed(self, self._placement)

    def pieces(self) -> Iterator[EventRecord]:
        """Records of ``PIECE_EVENTS`` events each, the last of fewer, all with the metadata of the run."""
        for k, kept in enumerate(self._kept):
            arrays = kept if kept is not None else self._taken_out(k)
            columns = {name: arrays[name] for name in EVENT_COLUMNS}
            columns["weight"] = columns["weight"] * self._unit
            particles = {name: arrays[_PARTICLE + name] for name in PARTICLE_COLUMNS}
            yield EventRecord(columns, arrays["counts"], particles, self.metadata)

    def record(self) -> EventRecord:
        """All events in memory, as the card's target wants them."""
        return gathered(self.ready())

    def _put_away(self, number: int) -> None:
        joined = _joined(self._waiting)
        piece, rest = _split(joined, number)
        self._waiting = [rest] if len(rest["counts"]) else []
        size = len(piece["counts"])
        piece["event"] = np.arange(self._number, self._number + size)
        if self._place is not None and len(self._kept) >= _PIECES_IN_MEMORY:
            self._place.save_piece(_piece_name(len(self._kept)), piece)
            self._kept.append(None)
        else:
            self._kept.append(piece)
        self._number += size

    def _taken_out(self, k: int) -> _Arrays:
        assert self._place is not None  # noqa: S101 - pieces are put away only where there is a place
        arrays = self._place.load_piece(_piece_name(k))
        if arrays is None:
            raise UserError("cannot be read back", file=str(self._place.state / f"{_piece_name(k)}.npz"))
        return arrays


def _piece_name(k: int) -> str:
    return f"events-{k}"


def _joined(tables: Sequence[_Arrays]) -> _Arrays:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def _reordered(arrays: _Arrays, order: NDArray[np.intp]) -> _Arrays:
    """Events in another order, each with its particles."""
    counts = arrays["counts"]
    starts = np.cumsum(counts) - counts
    taken = counts[order]
    rows = np.repeat(starts[order] - (np.cumsum(taken) - taken), taken) + np.arange(taken.sum())
    return {name: values[rows if name.startswith(_PARTICLE) else order] for name, values in arrays.items()}


def _split(arrays: _Arrays, number: int) -> tuple[_Arrays, _Arrays]:
    """The first ``number`` events, and the rest."""
    listed = int(arrays["counts"][:number].sum())
    cut = {name: listed if name.startswith(_PARTICLE) else number for name in arrays}
    return {n: v[: cut[n]] for n, v in arrays.items()}, {n: v[cut[n] :].copy() for n, v in arrays.items()}


def _part(part: Accepted, chain: Chain, process: int) -> _Arrays:
    """Columns, counts and flat particles of the events of one chain and mode; weights are relative ones."""
    n = len(part.place)
    columns: dict[str, Any] = {
        "weight": part.relative,
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
    return columns | {"counts": counts} | {_PARTICLE + key: particles[key] for key in PARTICLE_COLUMNS}


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
        "sum_weights": made.expected,
        "sum_weights_error": made.error,
        "sum_weights_squared": made.unit**2 * made.relative_squared,
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
