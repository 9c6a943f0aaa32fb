"""A result directory under fire: killed, interrupted, damaged, contested, full; resumed to the same bytes."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.errors import UserError
from lvgen.io.rundir import RUN_FILE, STATE, RunDirectory, open_directory

SMALL: dict[str, Any] = {
    "title": "small",
    "model": {
        "name": "dark_photon",
        "mass": {"min": "20 MeV", "max": "0.2 GeV", "points": 4},
        "coupling": {"min": 1e-8, "max": 1e-3, "points": 11},
    },
    "production": {"processes": ["meson_decay"]},
    "detector": {"name": "FASER2"},
    "events": {"number": 40, "mass": "50 MeV", "coupling": 3e-5},
    "sensitivity": {},
    "run": {"precision": 0.1},
}
EVENTS_ONLY: dict[str, Any] = {key: value for key, value in SMALL.items() if key != "sensitivity"}
MAP_ONLY: dict[str, Any] = {key: value for key, value in SMALL.items() if key != "events"}
FILES = {
    "contour.csv", "events.hepmc3", "events.parquet", "events.root", "run.json", "sensitivity.pdf", "sensitivity.png",
    "signal_map.parquet", "signal_map.root",
}  # fmt: skip
#: ROOT files and run.json hold dates, times or identifiers
EXACT = sorted(name for name in FILES if not name.endswith((".root", ".json")))


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def _digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in EXACT}


def _toml(card: dict[str, Any], path: Path) -> Path:
    from lvgen import toml

    path.write_text(toml.write(card))
    return path


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of ``SMALL`` with seed 1; not to be changed."""
    folder = tmp_path_factory.mktemp("uninterrupted") / "result"
    lvgen.run(SMALL, seed=1, directory=folder, workers=2)
    return folder


@pytest.fixture
def result(uninterrupted: Path, tmp_path: Path) -> Path:
    """A copy of a complete result directory."""
    return Path(shutil.copytree(uninterrupted, tmp_path / "result"))


class _Told:
    """Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.stages: list[str] = []

    def start(self, label: str, total: int) -> None:  # noqa: ARG002 - the interface
        self.stages.append(label)

    def advance(self, n: int = 1) -> None: ...

    def finish(self) -> None: ...

    def message(self, text: str) -> None:
        self.messages.append(text)


def _work_at(folder: Path, fingerprint: str = "f", seed: int | None = 1, **options: Any) -> RunDirectory:
    """Claim a directory as a run would, and leave it unfinished."""
    files = options.pop("files", ["a.txt"])
    with open_directory(folder, fingerprint, seed, lambda: 99, files, overwrite=options.pop("overwrite", False)) as at:
        at.save_piece("mass_000000", {"points": np.array(3)})
        return at


# --- killed and interrupted ---------------------------------------------------------------------------------------

#: forks one child for each attempt, so that imports and compilation are paid for once; a child that hangs says where
HARNESS = """
import faulthandler, json, os, random, signal, sys, time
from pathlib import Path
import hist, matplotlib.figure, matplotlib.backends.backend_agg, matplotlib.backends.backend_pdf, mplhep
import pyarrow.parquet, pyhepmc, uproot
import lvgen.cli.main, lvgen.conductor, lvgen.io.sensitivity_figure, lvgen.io.formats, lvgen.kernels.jit

lvgen.kernels.jit.compile_all()
lvgen.io.formats.known_formats()
card, base, whole = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
shown = {entry.name for entry in whole.iterdir()}
rng = random.Random(3)

def killed_at(n):
    count, replace = [], Path.replace
    def counted(*args):
        count.append(1)
        if len(count) == n:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(*args)
    Path.replace = counted

def attempt(folder, at_write=None, after=None, number=signal.SIGKILL):
    child = os.fork()
    if child == 0:
        faulthandler.dump_traceback_later(60, exit=True)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        killed_at(at_write)
        os._exit(lvgen.cli.main.main(["run", card, "-o", str(folder), "--seed", "1", "-q", "--workers", "2"]))
    if after is not None:
        time.sleep(after)
        os.kill(child, number)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def is_whole(folder, name):
    content = (folder / name).read_bytes()
    if name.endswith(".root"):  # the header holds where the file ends
        return int.from_bytes(content[12:16], "big") == len(content)
    return isinstance(json.loads(content), dict) if name == "run.json" else content == (whole / name).read_bytes()

def account(how, folder, code):
    found = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    others = found - shown - {".lvgen"}
    assert all(is_whole(folder, name) for name in found & shown), (how, found)
    assert all(name.startswith(".lvgen-tmp-") for name in others) if how != "SIGINT" else not others, (how, others)
    print(how, code, len(found & shown), flush=True)

for how in ("SIGKILL", "SIGINT"):
    folder = base / how
    for _ in range(10):
        code = attempt(folder, after=rng.uniform(0.0, 0.8), number=getattr(signal, how))
        account(how, folder, code)
        if code == 0:
            for name in shown:
                (folder / name).unlink()
    account(how, folder, attempt(folder))
folder, code, n = base / "writes", -signal.SIGKILL, 0
while code == -signal.SIGKILL:
    n += 1
    code = attempt(folder, at_write=n)
    account("writes", folder, code)
"""
#: keeps imported libraries from starting threads: a fork beside them can hang, and lvgen itself never forks
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}


@pytest.fixture(scope="module")
def under_fire(tmp_path_factory: pytest.TempPathFactory, uninterrupted: Path) -> tuple[Path, dict[str, list[int]], str]:
    """Where ``SMALL`` was run again and again, stopped each time and then not; the exit codes; what was said."""
    folder = tmp_path_factory.mktemp("under_fire")
    card = _toml(SMALL, folder / "card.toml")
    done = subprocess.run(
        [sys.executable, "-c", HARNESS, str(card), str(folder), str(uninterrupted)],
        cwd=folder, env=dict(os.environ) | ONE_THREAD, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    codes: dict[str, list[int]] = {"SIGKILL": [], "SIGINT": [], "writes": []}
    for line in done.stdout.splitlines():
        how, code, _ = line.split()
        codes[how].append(int(code))
    return folder, codes, done.stderr


def _assert_same_result(folder: Path, uninterrupted: Path) -> None:
    from lvgen.io.formats import read_events

    assert _names(folder) == FILES
    assert _digests(folder) == _digests(uninterrupted)
    mine, other = (read_events(at / "events.root") for at in (folder, uninterrupted))
    for columns, others in ((mine.columns, other.columns), (mine.particles, other.particles)):
        assert all(np.array_equal(columns[name], others[name]) for name in others)


def test_killed_at_ten_random_moments(under_fire: tuple[Path, dict[str, list[int]], str], uninterrupted: Path) -> None:
    folder, codes, _ = under_fire
    assert codes["SIGKILL"][-1] == 0
    assert codes["SIGKILL"].count(-signal.SIGKILL) >= 5
    _assert_same_result(folder / "SIGKILL", uninterrupted)


def test_killed_before_every_renaming(under_fire: tuple[Path, dict[str, list[int]], str], uninterrupted: Path) -> None:
    # a claim, the pieces of the map, and the files: the next attempt gets as far as there is one less to write
    folder, codes, _ = under_fire
    assert codes["writes"][-1] == 0
    assert len(codes["writes"]) > len(FILES)
    _assert_same_result(folder / "writes", uninterrupted)


def test_interrupted_at_ten_random_moments(
    under_fire: tuple[Path, dict[str, list[int]], str], uninterrupted: Path
) -> None:
    folder, codes, said = under_fire
    assert codes["SIGINT"][-1] == 0
    assert set(codes["SIGINT"]) == {0, 130}
    assert codes["SIGINT"].count(130) >= 5
    _assert_same_result(folder / "SIGINT", uninterrupted)
    assert said == "lvgen: interrupted; the same command resumes\n" * codes["SIGINT"].count(130)


# --- who holds a directory ----------------------------------------------------------------------------------------


def test_a_complete_directory_answers_at_once(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lvgen.conductor._work", lambda *_: pytest.fail("computed again"))
    before = {name: (result / name).stat().st_mtime_ns for name in FILES}
    told = _Told()
    again = lvgen.run(SMALL, seed=1, directory=result, progress=told)
    assert told.messages == [f"{result}: complete already, with this card and seed"]
    assert {name: (result / name).stat().st_mtime_ns for name in FILES} == before
    assert _names(result) == FILES
    assert len(again.events) == 40
    assert again.signal_map is not None
    assert [row.mass for row in again.contour] == [pytest.approx(m) for m in np.geomspace(0.02, 0.2, 4)]
    assert again.info["seed"] == 1


def test_a_complete_directory_without_a_wanted_seed_keeps_its_own(result: Path) -> None:
    assert lvgen.run(SMALL, directory=result).info["seed"] == 1


@pytest.mark.parametrize(
    ("card", "seed", "what"),
    [
        (SMALL, 2, "holds results of the same card with seed 1; "),
        (SMALL | {"title": "other"}, 1, "holds results of another card; "),
    ],
)
def test_another_card_or_seed_is_refused(result: Path, card: dict[str, Any], seed: int, what: str) -> None:
    before = _digests(result)
    with pytest.raises(UserError) as caught:
        lvgen.run(card, seed=seed, directory=result)
    assert str(caught.value).startswith(f"{result}: {what}")
    assert "--overwrite" in str(caught.value)
    assert _names(result) == FILES
    assert _digests(result) == before


def test_overwrite_replaces_what_lvgen_wrote_and_nothing_else(result: Path) -> None:
    own = {"notes.txt": "mine", "events.lhe": "mine too", "run.json.bak": "{}"}
    for name, content in own.items():
        (result / name).write_text(content)
    (result / "plots").mkdir()
    before = _digests(result)
    card = EVENTS_ONLY | {"events": SMALL["events"] | {"formats": ["parquet"]}}
    lvgen.run(card, seed=2, directory=result, overwrite=True)
    assert _names(result) == {*own, "plots", "events.parquet", "run.json"}
    assert {name: (result / name).read_text() for name in own} == own
    assert hashlib.sha256((result / "events.parquet").read_bytes()).hexdigest() != before["events.parquet"]


def test_overwrite_of_the_same_run_returns_it(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lvgen.conductor._work", lambda *_: pytest.fail("computed again"))
    assert lvgen.run(SMALL, seed=1, directory=result, overwrite=True).info["seed"] == 1


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["events.root", "contour.csv", "run.json"])
def test_a_file_of_the_users_own_is_never_replaced(tmp_path: Path, name: str, overwrite: bool) -> None:
    (tmp_path / name).write_text('{"mine": 1}')
    with pytest.raises(UserError) as caught:
        lvgen.run(SMALL, seed=1, directory=tmp_path, overwrite=overwrite)
    assert str(caught.value).startswith(f"{tmp_path / name}: is in the way and was not written by lvgen")
    assert _names(tmp_path) == {name}
    assert (tmp_path / name).read_text() == '{"mine": 1}'


def test_a_file_of_the_users_own_stops_overwrite_before_anything_is_removed(result: Path) -> None:
    lvgen.run(EVENTS_ONLY | {"events": SMALL["events"] | {"formats": ["parquet"]}}, 1, result, overwrite=True)
    (result / "events.root").write_text("mine")
    with pytest.raises(UserError, match=r"events\.root: is in the way"):
        lvgen.run(SMALL, seed=1, directory=result, overwrite=True)
    assert _names(result) == {"events.parquet", "events.root", "run.json"}


def test_overwrite_that_is_killed_halfway_can_be_repeated(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # every order in which the old files can have gone must leave a directory that the same command takes over
    for gone in range(len(FILES)):
        folder = Path(shutil.copytree(result, result.with_name(f"copy{gone}")))
        left, unlink = [gone], Path.unlink

        def failing(self: Path, missing_ok: bool = False, left: list[int] = left, unlink: Any = unlink) -> None:
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            unlink(self, missing_ok)

        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", failing)
            with pytest.raises(KeyboardInterrupt):
                _work_at(folder, seed=5, overwrite=True, files=sorted(FILES - {"run.json"}))
        assert _work_at(folder, seed=5, overwrite=True, files=sorted(FILES - {"run.json"})).seed == 5


def test_an_unfinished_run_of_another_card_holds_the_directory(tmp_path: Path) -> None:
    _work_at(tmp_path, "card 1")
    with pytest.raises(UserError, match="holds results of another card"):
        _work_at(tmp_path, "card 2")
    with open_directory(tmp_path, "card 2", 1, lambda: 99, ["b.txt"], overwrite=True) as at:
        assert at.load_piece("mass_000000") is None


def test_a_drawn_seed_is_kept_for_the_resumption(tmp_path: Path) -> None:
    assert _work_at(tmp_path, seed=None).seed == 99
    with open_directory(tmp_path, "f", None, lambda: 100, ["a.txt"], overwrite=False) as at:
        assert at.seed == 99
        assert at.load_piece("mass_000000") is not None


def test_two_runs_at_once(tmp_path: Path) -> None:
    with open_directory(tmp_path / "a", "f", 1, lambda: 99, ["a.txt"], overwrite=False) as at:
        at.save_piece("mass_000000", {"points": np.array(3)})
        for fingerprint, overwrite in (("f", False), ("f", True), ("g", True)):
            with pytest.raises(UserError, match="another run is at work in this directory"):
                _work_at(tmp_path / "a", fingerprint, overwrite=overwrite)
        assert at.load_piece("mass_000000") is not None
        (at.path / "a.txt").write_text("made")
        at.complete_with({"fingerprint": "f", "seed": 1, "files": ["a.txt"]})
    assert _names(tmp_path / "a") == {"a.txt", "run.json"}


def test_a_run_that_waited_finds_the_other_one_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    lock = fcntl.flock

    def finish_first(file: Any, how: int) -> None:
        # between this run's look at the directory and its lock, another run comes to its end
        monkeypatch.setattr(fcntl, "flock", lock)
        with open_directory(tmp_path, "f", 1, lambda: 99, ["a.txt"], overwrite=False) as other:
            (other.path / "a.txt").write_text("made")
            other.complete_with({"fingerprint": "f", "seed": 1, "files": ["a.txt"]})
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", finish_first)
    with open_directory(tmp_path, "f", None, lambda: 99, ["a.txt"], overwrite=False) as late:
        assert late.complete
        assert late.seed == 1
    assert _names(tmp_path) == {"a.txt", "run.json"}


def test_a_run_of_another_process_is_not_disturbed(tmp_path: Path) -> None:
    card = _toml(SMALL | {"run": {"seed": 1}}, tmp_path / "card.toml")
    with open_directory(tmp_path / "result", "f", 1, lambda: 99, ["a.txt"], overwrite=False):
        command = [sys.executable, "-m", "lvgen.cli.main", "run", str(card), "-o", "result", "--overwrite"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2
        assert done.stderr == "lvgen: error: result: another run is at work in this directory\n"
        assert _names(tmp_path / "result") == {STATE}


def test_a_file_that_the_card_names_is_part_of_the_run(tmp_path: Path) -> None:
    shipped = Path(lvgen.__file__).parent / "data" / "spectra" / "LHC-13.6TeV" / "SIBYLL-2.3d.parquet"
    table = tmp_path / "table.parquet"
    shutil.copy(shipped, table)
    card = EVENTS_ONLY | {"production": {"spectrum": str(table)}}
    lvgen.run(card, seed=1, directory=tmp_path / "result")
    told = _Told()
    lvgen.run(card, seed=1, directory=tmp_path / "result", progress=told)
    assert "complete already" in told.messages[0]
    shutil.copy(shipped.with_name("PYTHIA-6.parquet"), table)
    with pytest.raises(UserError, match=r"of the same card, .* or with other content of the files that it names"):
        lvgen.run(card, seed=1, directory=tmp_path / "result")


# --- damage -------------------------------------------------------------------------------------------------------


def _damages(content: bytes) -> Iterator[bytes]:
    rng = random.Random(4)
    yield from (b"", b"PK", content[: len(content) // 2], content[:-1], b"\0" * len(content), b"garbage" * 50)
    for _ in range(100):
        flipped = bytearray(content)
        flipped[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        yield bytes(flipped)


def test_damaged_pieces_count_as_missing(tmp_path: Path) -> None:
    arrays = {"points": np.array(3), "n/total": np.linspace(0.0, 1.0, 50), "error/total": np.linspace(1.0, 2.0, 50)}
    with open_directory(tmp_path, "f", 1, lambda: 99, ["a.txt"], overwrite=False) as at:
        at.save_piece("mass_000000", arrays)
        piece = at.state / "mass_000000.npz"
        content = piece.read_bytes()
        missing = 0
        for damaged in _damages(content):
            piece.write_bytes(damaged)
            found = at.load_piece("mass_000000")
            missing += found is None
            if found is not None:
                assert {key: value.tolist() for key, value in found.items()} == {
                    key: value.tolist() for key, value in arrays.items()
                }
        assert missing > 50
        piece.unlink()
        piece.mkdir()
        assert at.load_piece("mass_000000") is None


def _stopped(folder: Path, monkeypatch: pytest.MonkeyPatch, card: dict[str, Any] = SMALL, seed: int | None = 1) -> None:
    """Run a card until all of its map is there, and be interrupted."""

    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("lvgen.conductor._write", interrupt)
        with pytest.raises(KeyboardInterrupt):
            lvgen.run(card, seed=seed, directory=folder, workers=2)


def test_damaged_pieces_are_computed_again(
    tmp_path: Path, uninterrupted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "result"
    _stopped(folder, monkeypatch)
    pieces = sorted((folder / STATE).glob("mass_*.npz"))
    assert len(pieces) == 4
    pieces[0].write_bytes(pieces[0].read_bytes()[:100])
    pieces[1].write_bytes(b"")
    pieces[2].unlink()
    computed: list[int] = []
    from lvgen.work import tasks

    whole = tasks.mass_point
    monkeypatch.setattr(tasks, "mass_point", lambda *args: (computed.append(args[2]), whole(*args))[1])
    lvgen.run(SMALL, seed=1, directory=folder, workers=2)
    assert sorted(computed) == [0, 1, 2]
    _assert_same_result(folder, uninterrupted)


@pytest.mark.parametrize("claim", [b"", b"{", b"[]", b"[" * 100_000, b'{"fingerprint": "f"}', b"\xff\xfe"])
def test_pieces_that_nobody_claims_are_not_used(tmp_path: Path, claim: bytes) -> None:
    at = _work_at(tmp_path)
    assert (at.state / "mass_000000.npz").exists()
    (at.state / "claim.json").write_bytes(claim)
    with open_directory(tmp_path, "other", 2, lambda: 99, ["a.txt"], overwrite=False) as taken:
        assert taken.load_piece("mass_000000") is None


def test_pieces_of_another_version_are_not_used(tmp_path: Path) -> None:
    at = _work_at(tmp_path)
    claim = at.state / "claim.json"
    claim.write_text(claim.read_text().replace(lvgen.__version__, "0.0.0-other"))
    with open_directory(tmp_path, "f", 1, lambda: 99, ["a.txt"], overwrite=False) as taken:
        assert taken.load_piece("mass_000000") is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe\x00", b"[1, 2]", b'{"fingerprint": 1, "seed": 1}', b'{"fingerprint": "f", "seed": "1"}',
     b'{"fingerprint": "f", "seed": 1, "files": 3}', b'{"fingerprint": "f", "seed": 1, "files": ["../mine.txt"]}'],
)  # fmt: skip
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_run_json_that_cannot_be_read_is_in_the_way(tmp_path: Path, content: bytes, overwrite: bool) -> None:
    folder = tmp_path / "result"
    folder.mkdir()
    (tmp_path / "mine.txt").write_text("mine")
    (folder / RUN_FILE).write_bytes(content)
    with pytest.raises(UserError, match=r"run\.json: is in the way and was not written by lvgen"):
        _work_at(folder, overwrite=overwrite)
    assert (folder / RUN_FILE).read_bytes() == content
    assert (tmp_path / "mine.txt").exists()
    assert _names(folder) == {RUN_FILE}


def test_a_result_with_a_missing_file_is_made_whole(result: Path, uninterrupted: Path) -> None:
    (result / "contour.csv").unlink()
    (result / "events.parquet").unlink()
    lvgen.run(SMALL, directory=result)
    _assert_same_result(result, uninterrupted)


def test_killed_between_run_json_and_the_last_tidying(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lvgen.conductor._work", lambda *_: pytest.fail("computed again"))
    run = json.loads((result / RUN_FILE).read_text())
    for claim in (None, {"fingerprint": run["fingerprint"], "seed": 1, "files": run["files"], "version": "0"}):
        (result / STATE).mkdir()
        (result / STATE / "mass_000001.npz").write_bytes(b"")
        if claim:
            (result / STATE / "claim.json").write_text(json.dumps(claim))
        lvgen.run(SMALL, seed=1, directory=result)
        assert _names(result) == FILES


def test_a_damaged_event_file_of_a_complete_result_is_named(result: Path) -> None:
    (result / "events.root").write_bytes((result / "events.root").read_bytes()[:2000])
    with pytest.raises(UserError, match=r"events\.root: is truncated"):
        _ = lvgen.run(SMALL, seed=1, directory=result).record


# --- no place to write --------------------------------------------------------------------------------------------


def test_the_directory_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    for path in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(UserError) as caught:
            lvgen.run(SMALL, seed=1, directory=path)
        assert str(caught.value).startswith(f"{path}: cannot be written: ")
        assert "\n" not in str(caught.value)
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_name_that_no_system_takes(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written: File name too long"):
        lvgen.run(EVENTS_ONLY, seed=1, directory=tmp_path / ("x" * 300))


@pytest.fixture
def limited() -> Iterator[Callable[[int], None]]:
    """``limited(n)``: no file can grow beyond n bytes, as on a disk that fills up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda n: resource.setrlimit(resource.RLIMIT_FSIZE, (n if n else soft, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [50, 1000, 8_000, 30_000, 50_000])
def test_a_full_disk(tmp_path: Path, uninterrupted: Path, limited: Callable[[int], None], size: int) -> None:
    folder = tmp_path / "result"
    limited(size)
    try:
        with pytest.raises(UserError) as caught:
            lvgen.run(SMALL, seed=1, directory=folder, workers=2)
    finally:
        limited(0)
    message = str(caught.value)
    assert message.startswith(f"{folder}")
    assert message.endswith(f"cannot be written: {os.strerror(errno.EFBIG)}")
    assert "\n" not in message
    if size < 8000:
        assert not folder.exists()
    else:
        left = _names(folder)
        assert left <= {*FILES, STATE}
        assert all((folder / name).read_bytes() == (uninterrupted / name).read_bytes() for name in left & set(EXACT))
        assert not list((folder / STATE).glob(".lvgen-tmp-*"))
    lvgen.run(SMALL, seed=1, directory=folder, workers=2)
    _assert_same_result(folder, uninterrupted)


def test_a_full_disk_after_the_first_event_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lvgen.io.event_formats import hepmc3

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    folder = tmp_path / "result"
    with monkeypatch.context() as patched:
        patched.setattr("lvgen.io.formats.known_formats", _formats_with(hepmc3.FORMAT, full))
        with pytest.raises(UserError) as caught:
            lvgen.run(EVENTS_ONLY, seed=1, directory=folder)
    assert str(caught.value) == f"{folder / 'events.hepmc3'}: cannot be written: {os.strerror(errno.ENOSPC)}"
    assert _names(folder) == {STATE, "events.root", "events.parquet"}
    lvgen.run(EVENTS_ONLY, seed=1, directory=folder)
    assert _names(folder) == {"events.root", "events.parquet", "events.hepmc3", RUN_FILE}


def _formats_with(event_format: Any, write: Callable[..., None]) -> Callable[[], dict[str, Any]]:
    import dataclasses

    from lvgen.io.formats import known_formats

    changed = known_formats() | {event_format.name: dataclasses.replace(event_format, write=write)}
    return lambda: changed


def test_a_failure_that_is_nobodys_fault_leaves_no_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr("lvgen.conductor.make_events", fail)
        with pytest.raises(RuntimeError):
            lvgen.run(EVENTS_ONLY, seed=1, directory=tmp_path / "result")
    assert not (tmp_path / "result").exists()
