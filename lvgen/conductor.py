"""From a card to its results: the one place that knows every stage."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lvgen.io.formats import event_file_name, read_events, write_events
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
from lvgen.sensitivity.map import SignalMap
from lvgen.spectra.registry import is_shipped, spectrum_names
from lvgen.work.event_blocks import event_source, make_events
from lvgen.work.mass_points import signal_map
from lvgen.work.pool import Pool

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
    events = [event_file_name(name) for name in card.events.formats] if card.events else []
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
    pool = Pool(workers)
    with pool:
        prepared = None
        if plan.card.events is not None:  # before the map, since it refuses what has no signal
            with _timed(timings, "events_s"):
                prepared = event_source(plan, seed)
        if plan.card.sensitivity is not None:
            with _timed(timings, "signal_map_s"):
                points, result.map = signal_map(plan, seed, pool, told, place)
            result.contour = find_contour(result.map, plan.n_required, plan.card.sensitivity.confidence)
            yields["map_points_drawn"] = points
        if prepared is not None:
            with _timed(timings, "events_s"):
                pieces, yields["events"] = make_events(plan, seed, *prepared, pool, told, place)
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


def _write(plan: Plan, result: RunResult, events: EventPieces | None, place: RunDirectory, pool: Pool) -> None:
    """Write what a run gives, event files of several formats side by side."""
    if events is not None and plan.card.events is not None:
        paths = [place.path / event_file_name(name) for name in plan.card.events.formats]
        for _ in pool.map(lambda path: write_events(events, path), paths):
            pass
        result.events_file = paths[0]
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

    record = read_events(path / event_file_name(card.events.formats[0])) if card.events else None
    found = read_signal_map(path) if card.sensitivity else None
    contour = read_contour(path) if card.sensitivity else []
    return RunResult(record, found, contour, path, read_json(path / "run.json"))
