"""From a card to its results: the one place that knows every stage."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lvgen.account import run_info, run_summary, scan_account
from lvgen.constraint_runs import ConstraintRun, account_alone
from lvgen.constraint_runs import summary as constraint_lines
from lvgen.constraints.base import Verdict
from lvgen.constraints.scan import Bound
from lvgen.io.formats import event_file_name, event_file_names, read_events, readable_file, write_events
from lvgen.io.jsontext import read_json
from lvgen.io.pieces import Bundle, Pieces, PiecesInMemory
from lvgen.io.record import EventRecord
from lvgen.io.results import read_contour, read_signal_map
from lvgen.io.rundir import RUN_FILE, RunDirectory, open_directory
from lvgen.kernels.jit import seconds_spent
from lvgen.outputs import MapSurvey, write_scan, write_sensitivity
from lvgen.plan import Plan
from lvgen.plan_lines import plan_lines
from lvgen.progress import NoProgress, Progress
from lvgen.records import EventPieces
from lvgen.runcard import RunCard, load_card
from lvgen.sensitivity.contour import ContourRow
from lvgen.sensitivity.map import SignalMap
from lvgen.work.ahead import EventsAhead
from lvgen.work.event_blocks import make_events
from lvgen.work.identity import fingerprint, fingerprint_of_constraints
from lvgen.work.mass_points import MapPieces, signal_map
from lvgen.work.tasks import Tasks
from lvgen.work.workshop import Hands, Workshop, work_of

SENSITIVITY_FILES = ("signal_map.parquet", "signal_map.root", "contour.csv", "sensitivity.png", "sensitivity.pdf")
SCAN_FILES = ("scan_grid.csv", "scan_grid.png")


@dataclass
class RunResult:
    """What a run gives.

    made : the events where they are in memory, else None; made_map : the same of the map
    contour : [] without [sensitivity]
    directory : where the files are, None where nothing was written; info : the content of run.json
    events_file, map_file : from which events and map are read when they are asked for, None where they are in memory
    bounds, verdicts : of the constraints at low energies; empty without [constraints]
    """

    made: EventRecord | None
    made_map: SignalMap | None
    contour: list[ContourRow]
    directory: Path | None
    info: dict[str, Any] = field(default_factory=dict)
    events_file: Path | None = None
    map_file: Path | None = None
    bounds: list[Bound] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    @cached_property
    def record(self) -> EventRecord | None:
        """The events; None without [events]. Raises UserError where their file cannot be read any more."""
        return self.made if self.events_file is None else read_events(self.events_file)

    @cached_property
    def map(self) -> SignalMap | None:
        """The map; None without [sensitivity]. Raises UserError where its file cannot be read any more."""
        return self.made_map if self.map_file is None else read_signal_map(self.map_file)

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
        return [*constraint_lines(self.info), *run_summary(self.info, self.contour, self.directory)]


def run(
    card: str | Path | Mapping[str, Any] | RunCard,
    seed: int | None = None,
    directory: str | Path | None = None,
    workers: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    scheduler: str | None = None,
    beside: Sequence[Bundle] = (),
) -> RunResult:
    """Run a card.

    card : name of a built-in card, path, or dict of the same keys
    seed : in place of the card's; drawn and stored where neither is given
    directory : for the files; without it nothing is written.  One that holds the same card and seed is resumed, or
        read where it is complete
    workers : threads; numbers do not depend on it; default: every core
    overwrite : replace the files of another card or seed
    scheduler : address of a Dask scheduler whose workers do the work
    beside : finished pieces of this card and seed, to be used before anything is computed
    raises UserError for whatever the user can mend
    """
    checked = load_card(card)
    wanted = checked.run.seed if seed is None else checked.with_seed(seed).run.seed
    told = progress or NoProgress()
    if checked.only_constraints:
        return _constrain_alone(checked, wanted or 0, directory, told, overwrite=overwrite)
    plan, hands = Plan(checked), Hands(workers, scheduler)
    if directory is None:
        return _work(plan, secrets.randbits(32) if wanted is None else wanted, hands, told, None)
    files = result_files(checked)
    with open_directory(
        Path(directory), fingerprint(plan), wanted, lambda: secrets.randbits(32), files, overwrite=overwrite
    ) as place:
        if place.complete:
            told.message(f"{place.path}: complete already, with this card and seed")
            return _read_back(checked, place.path)
        place.pieces.beside = list(beside)
        return _work(plan, place.seed, hands, told, place)


def plan_text(card: RunCard) -> list[str]:
    """What a run of the card would do, in plain lines; raises UserError where it is impossible."""
    further = ConstraintRun(card).lines() if card.constraints else []
    if card.only_constraints:
        return [f"card       {card.file}" + (f": {card.title}" if card.title else ""), *further]
    return [*plan_lines(Plan(card)), *further]


def result_files(card: RunCard) -> list[str]:
    """Names of the files that a run of the card writes, ``run.json`` apart."""
    asked = card.events
    events = event_file_names(asked.formats, sidecar=asked.placement.sidecar) if asked else []
    constraints = ConstraintRun(card).files if card.constraints else []
    scan = SCAN_FILES if card.sensitivity is not None and card.sensitivity.is_adaptive else ()
    return [*events, *(SENSITIVITY_FILES if card.sensitivity else ()), *scan, *constraints]


def _constrain_alone(
    card: RunCard, seed: int, directory: str | Path | None, told: Progress, *, overwrite: bool
) -> RunResult:
    """A card that asks for constraints alone; the seed changes nothing and is 0 where none is given."""
    constraining = ConstraintRun(card)

    def work(path: Path | None) -> RunResult:
        bounds, verdicts = constraining.bounds(told), constraining.verdicts()
        info = account_alone(constraining, seed, bounds, verdicts)
        return RunResult(None, None, [], path, info, bounds=bounds, verdicts=verdicts)

    if directory is None:
        return work(None)
    with open_directory(
        Path(directory), fingerprint_of_constraints(card), seed, lambda: seed, constraining.files, overwrite=overwrite
    ) as place:
        if place.complete:
            told.message(f"{place.path}: complete already, with this card and seed")
        result = work(place.path)
        if not place.complete:
            constraining.write(result.bounds, result.verdicts, place.path)
            place.complete_with(result.info)
        return result


def _work(plan: Plan, seed: int, hands: Hands, told: Progress, place: RunDirectory | None) -> RunResult:
    if plan.card.run.seed is None:
        told.message(f"seed {seed}")
    timings: dict[str, float] = {}
    compiling = seconds_spent()
    result = RunResult(None, None, [], place.path if place else None)
    pieces: EventPieces | None = None
    found: MapPieces | None = None
    survey: MapSurvey | None = None
    yields: dict[str, Any] = {}
    tasks = Tasks(plan, seed)
    kept: Pieces = PiecesInMemory() if place is None else place
    with hands.workshop(tasks, kept) as workshop:
        if plan.card.events is not None:  # before the map, since it refuses what has no signal
            with _timed(timings, "events_s"):
                _ = tasks.source
        if place is not None:
            place.tell(work_of(tasks, workshop.pool.workers))
        if plan.card.sensitivity is not None:
            with _timed(timings, "signal_map_s"):
                found = signal_map(tasks, workshop, told)
                survey = MapSurvey(found.pieces(), found.contour)
            result.contour = survey.contour
            yields["map_points_drawn"] = found.points
            if plan.is_adaptive:
                yields["scan"] = scan_account(found.scan())
        if plan.card.events is not None:
            with _timed(timings, "events_s"):
                pieces, yields["events"] = make_events(tasks, workshop, told)
                if place is None:
                    result.made = pieces.record()
        if plan.card.constraints is not None:
            with _timed(timings, "constraints_s"):
                _constrain(plan.card, result, told)
        with _timed(timings, "write_s"):
            if place is not None:
                _write(plan, result, pieces, found, survey, place, workshop)
        if found is not None and (place is None or found.is_small):
            result.made_map, result.map_file = found.whole(), None
    timings["compile_s"] = seconds_spent() - compiling
    spent = timings | {"workers": workshop.pool.workers}
    variations = found.variations if found is not None else []
    result.info = run_info(plan, seed, survey, variations, yields, spent, result_files(plan.card))
    if plan.card.constraints is not None:
        result.info["constraints"] = ConstraintRun(plan.card).account(result.bounds, result.verdicts)
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


def _write(
    plan: Plan,
    result: RunResult,
    events: EventPieces | None,
    found: MapPieces | None,
    survey: MapSurvey | None,
    place: RunDirectory,
    workshop: Workshop,
) -> None:
    """Write what a run gives, event files of several formats side by side."""
    if events is not None and plan.card.events is not None:
        ready = EventsAhead(events.ready())
        paths = [place.path / event_file_name(name) for name in plan.card.events.formats]
        for _ in workshop.pool.map(lambda path: write_events(ready, path), paths):
            pass
        result.events_file = _events_file(plan.card, place.path)
    if found is not None and survey is not None:
        write_sensitivity(found.pieces(), survey, place.path, plan)
        if plan.is_adaptive:
            write_scan(found.scan(), survey, place.path, plan)
        result.map_file = place.path
    if plan.card.constraints is not None:
        ConstraintRun(plan.card).write(result.bounds, result.verdicts, place.path)


def _constrain(card: RunCard, result: RunResult, told: Progress) -> None:
    """Bounds or verdicts of a card with further sections."""
    constraining = ConstraintRun(card)
    result.bounds, result.verdicts = constraining.bounds(told), constraining.verdicts()


def _read_back(card: RunCard, path: Path) -> RunResult:
    """The results that stand in a complete directory."""
    events_file = _events_file(card, path)
    contour = read_contour(path) if card.sensitivity else []
    info = read_json(path / RUN_FILE)
    result = RunResult(None, None, contour, path, info, events_file, path if card.sensitivity else None)
    if card.constraints:
        _constrain(card, result, NoProgress())
    return result


def _events_file(card: RunCard, path: Path) -> Path | None:
    """The event file of a result that is read when the events are asked for; the first where none can be read."""
    if card.events is None:
        return None
    return path / (readable_file(card.events.formats) or event_file_name(card.events.formats[0]))
