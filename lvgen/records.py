"""Generated events as the records that are written and handed out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lvgen
from lvgen.generation.chain import Chain
from lvgen.generation.events import Accepted, EventSource, Generated
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
from lvgen.particles import LLP_PDG
from lvgen.plan import Plan
from lvgen.spectra.behind import table_account, tables_behind
from lvgen.spectra.table import SpectrumTable
from lvgen.units import HBARC

Floats = NDArray[np.float64]
#: arrays of events: ``weight``, ``counts`` and the ``_STACKS``, in which columns of one type lie one under the other
Arrays = dict[str, Any]
#: array -> names of its rows, by what they belong to
_OF_EVENTS = {
    "event_floats": [k for k, t in EVENT_COLUMNS.items() if t is np.float64 and k != "weight"],
    "event_codes": [k for k, t in EVENT_COLUMNS.items() if t is np.int32],
}
_OF_PARTICLES = {
    "particle_floats": [k for k, t in PARTICLE_COLUMNS.items() if t is np.float64],
    "particle_codes": [k for k, t in PARTICLE_COLUMNS.items() if t is np.int32],
}
_STACKS = _OF_EVENTS | _OF_PARTICLES
_TYPES = {name: np.float64 if name.endswith("floats") else np.int32 for name in _STACKS}
#: points that tell a production cross-section, and those of channels with less than this share of it
_MANY_POINTS, _FEW_POINTS, _MINOR_SHARE = 20_000, 2_000, 1e-3
_MM = 1000.0
_MOMENTUM = ("e", "px", "py", "pz")
_POINT = ("x", "y", "z", "t")


def block_arrays(source: EventSource, names: Sequence[str], number: int) -> Arrays:
    """One block of events in columns, in the events' order, with the sums and sums of squares of all its weights.

    names : the process of each chain of the source; weights are relative ones (``Accepted.relative``)
    """
    parts, sums, squares = source.block(number)
    processes = list(dict.fromkeys(names))
    counts = np.zeros(sum(len(part.place) for part in parts), np.int64)
    events, columns = _empty(_OF_EVENTS, len(counts))
    columns["weight"] = np.empty(len(counts))
    for part in parts:
        chain = source.chains[part.chain]
        counts[part.place] = len(chain.channel.companions) + part.products.counts
        for name, values in _columns(part, chain, processes.index(names[part.chain])).items():
            columns[name][part.place] = values
    starts = np.cumsum(counts) - counts
    listed, particles = _empty(_OF_PARTICLES, int(counts.sum()))
    for part in parts:
        _list_particles(part, source.chains[part.chain].channel.companions, starts[part.place], particles)
    return {"weight": columns["weight"], "counts": counts, **events, **listed, "sums": sums, "squares": squares}


def _empty(stacks: dict[str, list[str]], n: int) -> tuple[Arrays, dict[str, NDArray[Any]]]:
    """Arrays for n entries, and their rows by name."""
    arrays = {stack: np.empty((len(names), n), _TYPES[stack]) for stack, names in stacks.items()}
    return arrays, _rows(arrays, stacks)


def _rows(arrays: Arrays, stacks: dict[str, list[str]]) -> dict[str, NDArray[Any]]:
    return {name: arrays[stack][i] for stack, names in stacks.items() for i, name in enumerate(names)}


class EventPieces:
    """Events on their way from blocks to files, in pieces of ``PIECE_EVENTS``; memory does not grow with their number.

    number, blocks : of the events, and of the blocks that give them; unit : weight of an event per relative weight
    read : gives the arrays of a block
    """

    def __init__(
        self,
        number: int,
        blocks: int,
        unit: float,
        read: Callable[[int], Arrays],
        metadata: dict[str, Any],
        placement: Placement | None = None,
    ) -> None:
        self.metadata = metadata
        self._number, self._blocks, self._unit, self._read = number, blocks, unit, read
        self._placement = placement or Placement()

    def __len__(self) -> int:
        return self._number

    def ready(self) -> Events:
        """The events as the card's target wants them: what is written and handed out."""
        return placed(self, self._placement)

    def pieces(self) -> Iterator[EventRecord]:
        """Records of ``PIECE_EVENTS`` events each, the last of fewer, all with the metadata of the run."""
        waiting: list[Arrays] = []
        begun = 0
        for block in range(self._blocks):
            arrays = self._read(block)
            if len(arrays["weight"]):
                waiting.append({name: arrays[name] for name in ("weight", "counts", *_STACKS)})
            while (there := sum(len(part["counts"]) for part in waiting)) >= PIECE_EVENTS:
                piece, rest = _split(_joined(waiting), min(PIECE_EVENTS, self._number - begun))
                waiting = [rest] if there > PIECE_EVENTS else []
                yield self._record(piece, begun)
                begun += len(piece["counts"])
                if begun >= self._number:
                    return
        if begun < self._number:
            yield self._record(_split(_joined(waiting), self._number - begun)[0], begun)

    def record(self) -> EventRecord:
        """All events in memory, as the card's target wants them."""
        return gathered(self.ready())

    def _record(self, arrays: Arrays, begun: int) -> EventRecord:
        size = len(arrays["counts"])
        columns = _rows(arrays, _OF_EVENTS)
        columns["event"] = np.arange(begun, begun + size)
        columns["weight"] = arrays["weight"] * self._unit
        return EventRecord(columns, arrays["counts"], _rows(arrays, _OF_PARTICLES), self.metadata)


def _joined(tables: Sequence[Arrays]) -> Arrays:
    return {name: np.concatenate([table[name] for table in tables], axis=-1) for name in tables[0]}


def _split(arrays: Arrays, number: int) -> tuple[Arrays, Arrays]:
    """The first ``number`` events, and the rest."""
    listed = int(arrays["counts"][:number].sum())
    cut = {name: listed if name in _OF_PARTICLES else number for name in arrays}
    first = {name: values[..., : cut[name]] for name, values in arrays.items()}
    return first, {name: values[..., cut[name] :].copy() for name, values in arrays.items()}


def _columns(part: Accepted, chain: Chain, process: int) -> dict[str, Any]:
    """Columns of the events of one chain and mode, or one value for all of them; weights are relative ones."""
    columns: dict[str, Any] = {
        "weight": part.relative,
        "process": process,
        "channel": part.mode,
        "llp_pdg": LLP_PDG,
        "parent_pdg": chain.channel.parent_pdg,
    }
    columns |= {f"llp_{c}": part.boson[:, i] for i, c in enumerate(_MOMENTUM)}
    columns |= {f"origin_{c}": _MM * part.origin[:, i] for i, c in enumerate(_POINT)}
    columns |= {f"parent_{c}": _MM * part.made_at[:, i] for i, c in enumerate(_POINT)}
    return columns | {f"vertex_{c}": _MM * part.vertex[:, i] for i, c in enumerate(_POINT)}


def _list_particles(
    part: Accepted, companions: tuple[int, ...], starts: NDArray[np.int64], particles: dict[str, NDArray[Any]]
) -> None:
    """Put the particles of each event where its list starts: what is made with the boson, then its decay products,
    mothers before daughters."""
    c, products = len(companions), part.products
    for k, pdg in enumerate(companions):
        made_with = {"pdg": pdg, "mother": WITH_BOSON, "status": FINAL}
        _put(particles, starts + k, made_with, part.companions[:, k], part.origin)
    used = products.pdg != 0
    rows = (starts[:, None] + np.arange(c, c + used.shape[1]))[used]
    mother = products.mother[used]
    decayed = {
        "pdg": products.pdg[used],
        "mother": np.where(mother > 0, mother + c, FROM_BOSON),
        "status": products.status[used],
    }
    _put(particles, rows, decayed, products.momentum[used], products.point[used])


def _put(
    particles: dict[str, NDArray[Any]], rows: NDArray[np.int64], kinds: dict[str, Any], momentum: Floats, point: Floats
) -> None:
    for name, values in kinds.items():
        particles[name][rows] = values
    for i, name in enumerate(_MOMENTUM):
        particles[name][rows] = momentum[:, i]
    for i, name in enumerate(_POINT):
        particles[name][rows] = _MM * point[:, i]


def event_metadata(
    plan: Plan,
    chains: list[Chain],
    processes: list[str],
    channels: list[str],
    made: Generated,
    seed: int,
) -> dict[str, Any]:
    """What event files say about the run.

    chains, processes, channels : of the events; made : what they stand for
    """
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
        "tables": [table_account(table) for table in _tables(plan, chains)],
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
        "origin": "the boson's production point"
        + ("; light mesons are taken to decay where they are made" if plan.uses_light_mesons else ""),
        "transform": "none",
        "time_zero": "the collision",
        # decays of a beam have no cross-section
        "cross_section_pb": None if plan.source.kind == "kaon_beam" else cross_section,
        "cross_section_error_pb": None if plan.source.kind == "kaon_beam" else cross_section_error,
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

    streams = [stream(seed, EVENT_STREAM, k, 3) for k in range(len(chains))]

    def weights(k: int, n: int) -> Floats:
        chain = chains[k]
        found: Floats = chain.channel.draw(streams[k].random((n, chain.channel.dimensions))).weight
        return found * plan.coefficient(chain, coupling)

    found = [weights(k, _FEW_POINTS) for k in range(len(chains))]
    least = _MINOR_SHARE * sum(float(weight.mean()) for weight in found)
    for k, few in enumerate(found):
        if few.mean() > least:
            found[k] = np.concatenate([few, weights(k, _MANY_POINTS - _FEW_POINTS)])
    total = sum(float(weight.mean()) for weight in found)
    variance = sum(float(weight.var()) / len(weight) for weight in found)
    return total * plan.spectrum.sigma_inel_pb, math.sqrt(variance) * plan.spectrum.sigma_inel_pb


def _tables(plan: Plan, chains: Sequence[Chain]) -> list[SpectrumTable]:
    """The tables from which the hadrons behind events come; events are those of the central spectrum."""
    return tables_behind(plan.spectra[:1], {chain.channel.table_pdg or chain.channel.parent_pdg for chain in chains})


def _beams(plan: Plan) -> list[dict[str, float]]:
    """What collides, along z."""
    return [{"pdg": pdg, "px": 0.0, "py": 0.0, "pz": pz, "e": e} for pdg, pz, e in plan.source.beam_particles()]
