"""From a card to its results: the one place that knows every stage."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lvgen.errors import UserError
from lvgen.generation.events import EventSource, Generated, collect
from lvgen.generation.yields import PointYield, mass_yield
from lvgen.io.formats import event_file_name, event_file_names, read_events, readable_file, write_events
from lvgen.io.record import EventRecord
from lvgen.io.results import read_contour, read_signal_map
from lvgen.io.rundir import RunDirectory, open_directory
from lvgen.kernels.jit import seconds_spent
from lvgen.outputs import run_summary, write_sensitivity
from lvgen.plan import Plan
from lvgen.progress import NoProgress, Progress
from lvgen.records import EventPieces
from lvgen.runcard import RunCard, load_card
from lvgen.sensitivity.contour import ContourRow, find_contour
from lvgen.sensitivity.map import SignalMap, precision_met
from lvgen.spectra.registry import is_shipped, spectrum_names

_Item = TypeVar("_Item")
_Out = TypeVar("_Out")

#: what a mass point holds by process (``varied``: by variation)
_YIELDS = ("n", "error", "spectrum", "width", "low", "high", "varied")
SENSITIVITY_FILES = ("signal_map.parquet", "signal_map.root", "contour.csv", "sensitivity.png", "sensitivity.pdf")


@dataclass
class RunResult:
    """What a run gives.

    made : the events where they are in memory, else None; map, contour : None and [] without [sensitivity]
    directory : where the files are, None where nothing was written; info : the content of run.json
    events_file : from which events are read when they are asked for, None where they are in memory
    """

    made: EventRecord | None
    map: SignalMap | None
    contour: list[ContourRow]
    directory: Path | None
    info: dict[str, Any] = field(default_factory=dict)
    events_file: Path | None = None

    @cached_property
    def record(self) -> EventRecord | None:
        """The events; None without [events]. Raises UserError where their file cannot be read any more."""
        return self.made if self.events_file is None else read_events(self.events_file)

    @cached_property
    def events(self) -> Any:
        """Events as an awkward array with ``vector`` behaviours; None without [events]."""
        return None if self.record is None else self.record.to_awkward()

    @cached_property
    def signal_map(self) -> Any:
        """Expected events as ``hist.Hist`` over process, mass and coupling; None without [sensitivity]."""
        from lvgen.io.results import signal_map_hist

        return None if self.map is None else signal_map_hist(self.map)

    def summary(self) -> list[str]:
        """What came out, in plain lines."""
        return run_summary(self.info, self.contour, self.directory)


def run(
    card: str | Path | Mapping[str, Any] | RunCard,
    seed: int | None = None,
    directory: str | Path | None = None,
    workers: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> RunResult:
    """Run a card.

    card : name of a built-in card, path, or dict of the same keys
    seed : in place of the card's; drawn and stored where neither is given
    directory : for the files; without it nothing is written.  One that holds the same card and seed is resumed, or
        read where it is complete
    workers : threads; numbers do not depend on it; default: every core
    overwrite : replace the files of another card or seed
    raises UserError for whatever the user can mend
    """
    checked = load_card(card)
    wanted = checked.run.seed if seed is None else checked.with_seed(seed).run.seed
    told = progress or NoProgress()
    plan = Plan(checked)
    if directory is None:
        return _work(plan, secrets.randbits(32) if wanted is None else wanted, workers, told, None)
    files = result_files(checked)
    with open_directory(
        Path(directory), _fingerprint(plan), wanted, lambda: secrets.randbits(32), files, overwrite=overwrite
    ) as place:
        if place.complete:
            told.message(f"{place.path}: complete already, with this card and seed")
            return _read_back(checked, place.path)
        return _work(plan, place.seed, workers, told, place)


def plan_text(card: RunCard) -> list[str]:
    """What a run of the card would do, in plain lines; raises UserError where it is impossible."""
    return Plan(card).lines()


def result_files(card: RunCard) -> list[str]:
    """Names of the files that a run of the card writes, ``run.json`` apart."""
    asked = card.events
    events = event_file_names(asked.formats, sidecar=asked.placement.sidecar) if asked else []
    return [*events, *(SENSITIVITY_FILES if card.sensitivity else ())]


def _fingerprint(plan: Plan) -> str:
    """Of the card without its seed, and of the user's files that it names: with other content it is another run."""
    production = plan.card.production
    card = plan.card.with_seed(None).sha256()
    named = hashlib.sha256()
    own = [Path(name) for name in production.processes or () if name.endswith(".py")]
    own += [path for chosen in plan.processes for path in chosen.process.own_files(chosen.options)]
    for path in own:
        named.update(path.read_bytes())
    shipped = {name for name, _ in spectrum_names()}
    own_tables = [t for t, name in zip(plan.spectra, production.spectra, strict=True) if name not in shipped]
    for table in own_tables:
        for values in (table.p_edges, table.theta_edges, *table.content.values(), table.sigma_inel_pb):
            named.update(np.asarray(values, dtype=float).tobytes())
    if own_source := not is_shipped(plan.source):
        named.update(plan.source.model_dump_json().encode())
    return f"{card}-{named.hexdigest()}" if own or own_tables or own_source else card


def _work(plan: Plan, seed: int, workers: int | None, told: Progress, place: RunDirectory | None) -> RunResult:
    if plan.card.run.seed is None:
        told.message(f"seed {seed}")
    timings: dict[str, float] = {}
    compiling = seconds_spent()
    result = RunResult(None, None, [], place.path if place else None)
    pieces: EventPieces | None = None
    yields: dict[str, Any] = {}
    pool = _Pool(workers)
    with pool:
        prepared = None
        if plan.card.events is not None:  # before the map, since it refuses what has no signal
            with _timed(timings, "events_s"):
                prepared = _event_source(plan, seed)
        if plan.card.sensitivity is not None:
            with _timed(timings, "signal_map_s"):
                points, result.map = _signal_map(plan, seed, pool, told, place)
            result.contour = find_contour(result.map, plan.n_required, plan.card.sensitivity.confidence)
            yields["map_points_drawn"] = points
        if prepared is not None:
            with _timed(timings, "events_s"):
                pieces, yields["events"] = _events(plan, seed, *prepared, pool, told, place)
                if place is None:
                    result.made = pieces.record()
        with _timed(timings, "write_s"):
            if place is not None:
                _write(plan, result, pieces, place, pool)
    timings["compile_s"] = seconds_spent() - compiling
    result.info = _run_info(plan, seed, result, yields, timings | {"workers": pool.workers})
    if place is not None:
        place.complete_with(result.info)
    return result


class _timed:  # noqa: N801 - reads as a statement
    """Seconds of a block, added to a dict."""

    def __init__(self, into: dict[str, float], name: str) -> None:
        self._into, self._name = into, name

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        spent = time.perf_counter() - self._start
        self._into[self._name] = round(self._into.get(self._name, 0.0) + spent, 4)


class _Pool:
    """Threads for pure tasks; results come in the tasks' order, so numbers do not depend on how many there are."""

    def __init__(self, workers: int | None) -> None:
        if workers is not None and workers < 1:
            raise UserError(f"{workers} workers; at least 1 is due", key="workers")
        self.workers = workers or _cores()
        self._executor = ThreadPoolExecutor(self.workers)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def map(
        self, function: Callable[[_Item], _Out], items: Iterable[_Item], ahead: int | None = None
    ) -> Iterator[_Out]:
        """Results in order, with at most ``ahead`` tasks (default: twice the workers) beyond the one waited for."""
        waiting: list[Future[_Out]] = []
        limit = 2 * self.workers if ahead is None else ahead
        try:
            for item in items:
                waiting.append(self._executor.submit(function, item))
                if len(waiting) > limit:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _signal_map(
    plan: Plan, seed: int, pool: _Pool, told: Progress, place: RunDirectory | None
) -> tuple[int, SignalMap]:
    masses, couplings = plan.card.model.masses, plan.card.model.couplings
    if closed := plan.closed_masses():
        told.message(f"warning: no signal at {len(closed)} of {len(masses)} masses: {plan.why_closed(closed[0])}")
    told.start("signal map", len(masses))

    def one(index: int) -> PointYield:
        kept = place.load_piece(_piece(index)) if place else None
        if kept is not None:
            return _unpacked(kept)
        found = _mass_point(plan, seed, index)
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


def _mass_point(plan: Plan, seed: int, index: int) -> PointYield:
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


def _event_source(plan: Plan, seed: int) -> tuple[EventSource, list[str]]:
    """Where the events come from, and the process of each of its chains; raises UserError where there is no signal."""
    asked = plan.card.events
    assert asked is not None  # noqa: S101 - called for cards with [events] only
    chains, names = plan.chains(asked.mass, asked.coupling)
    coupling = np.array([asked.coupling])
    scale = [plan.interactions * float(chain.channel.coefficient(coupling)[0]) for chain in chains]
    return EventSource(chains, scale, float(plan.ctau(asked.mass, coupling)[0]), seed), names


def _events(
    plan: Plan,
    seed: int,
    source: EventSource,
    names: list[str],
    pool: _Pool,
    told: Progress,
    place: RunDirectory | None,
) -> tuple[EventPieces, dict[str, Any]]:
    asked = plan.card.events
    assert asked is not None  # noqa: S101 - called for cards with [events] only
    told.start("events", asked.number)
    blocks = pool.map(source.block, iter(range(2**31)), ahead=pool.workers)
    pieces = EventPieces(source.chains, names, place)
    made = collect(source, asked.number, blocks, told.advance, pieces.add)
    told.finish()
    pieces.finish(plan, made, seed)
    return pieces, _event_yields(source.chains, names, made)


def _event_yields(chains: list[Any], names: list[str], made: Generated) -> dict[str, Any]:
    by_process: dict[str, list[float]] = {}
    for name, (value, error) in zip(names, made.by_chain, strict=True):
        total = by_process.setdefault(name, [0.0, 0.0])
        total[0] += value
        total[1] = float(np.hypot(total[1], error))
    return {
        "expected": made.expected,
        "error": made.error,
        "processes": {name: {"expected": v, "error": e} for name, (v, e) in by_process.items()},
        "channels": {
            chain.channel.name: {"expected": v, "error": e} for chain, (v, e) in zip(chains, made.by_chain, strict=True)
        },
        "points_drawn": made.trials,
        "overflow_events": made.overflow,
    }


def _write(plan: Plan, result: RunResult, events: EventPieces | None, place: RunDirectory, pool: _Pool) -> None:
    """Write what a run gives, event files of several formats side by side."""
    if events is not None and plan.card.events is not None:
        ready = events.ready()
        paths = [place.path / event_file_name(name) for name in plan.card.events.formats]
        for _ in pool.map(lambda path: write_events(ready, path), paths):
            pass
        result.events_file = _events_file(plan.card, place.path)
    if result.map is not None:
        write_sensitivity(result.map, result.contour, place.path, plan)


def _run_info(
    plan: Plan, seed: int, result: RunResult, yields: dict[str, Any], timings: dict[str, float]
) -> dict[str, Any]:
    from lvgen.outputs import run_info

    return run_info(plan, seed, result.map, result.contour, yields, timings, result_files(plan.card))


def _read_back(card: RunCard, path: Path) -> RunResult:
    """The results that stand in a complete directory."""
    from lvgen.io.jsontext import read_json

    found = read_signal_map(path) if card.sensitivity else None
    contour = read_contour(path) if card.sensitivity else []
    file = _events_file(card, path)
    record = read_events(file) if card.events and file and readable_file(card.events.formats) else None
    info = read_json(path / "run.json")
    return RunResult(record, found, contour, path, info, file if record is None else None)


def _events_file(card: RunCard, path: Path) -> Path | None:
    """The event file of a result that is read when the events are asked for; the first where none can be read."""
    if card.events is None:
        return None
    return path / (readable_file(card.events.formats) or event_file_name(card.events.formats[0]))
