"""A result directory under fire: killed, interrupted, damaged, contested, full, read-only; resumed to the same bytes."""

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
import textwrap
import threading
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

#: forks one child for each attempt, so that imports and compilation are paid for once
HARNESS = """
    import json, os, random, signal, sys, time
    from pathlib import Path
    import hist, matplotlib.figure, matplotlib.backends.backend_agg, matplotlib.backends.backend_pdf, mplhep
    import pyarrow.parquet, pyhepmc, uproot
    import lvgen.cli.main, lvgen.conductor, lvgen.io.atomic as atomic, lvgen.io.figures, lvgen.io.formats
    lvgen.conductor.compile_all()
    lvgen.io.formats.known_formats()
    card, folder, how, attempts, within, whole = sys.argv[1], Path(sys.argv[2]), *sys.argv[3:6], Path(sys.argv[6])
    shown = {entry.name for entry in whole.iterdir()}
    rng = random.Random(3)

    def counted(do, count, stop_at):
        def call(*args):
            count.append(1)
            if len(count) == stop_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return do(*args)
        return call

    def attempt(stop_at=None, stop_after=None):
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            count = []
            atomic._flush = counted(atomic._flush, count, stop_at)
            Path.replace = counted(Path.replace, count, stop_at)
            os._exit(lvgen.cli.main.main(["run", card, "-o", str(folder), "--seed", "1", "-q", "--workers", "2"]))
        if stop_after is not None:
            time.sleep(stop_after)
            os.kill(child, getattr(signal, how))
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def is_whole(name):
        content = (folder / name).read_bytes()
        if name.endswith(".root"):  # the header holds where the file ends
            return int.from_bytes(content[12:16], "big") == len(content)
        return isinstance(json.loads(content), dict) if name == "run.json" else content == (whole / name).read_bytes()

    def account(code):
        found = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
        finals = found & shown
        assert all(is_whole(name) for name in finals), finals
        others = found - shown - {".lvgen"}
        assert not others if how == "SIGINT" else all(name.startswith(".lvgen-tmp-") for name in others), others
        print(code, ",".join(sorted(finals)), flush=True)

    for k in range(int(attempts)):
        code = attempt(stop_at=k + 1) if how == "writes" else attempt(stop_after=rng.uniform(0.0, float(within)))
        account(code)
        if code == 0 and how == "writes":
            break
        if code == 0:
            for name in shown:
                (folder / name).unlink()
    account(attempt())
"""


def _under_fire(
    tmp_path: Path, how: str, attempts: int, within: float = 1.0
) -> tuple[Path, list[tuple[int, set[str]]]]:
    """Run ``SMALL`` again and again in one directory, stopped each time; then to the end."""
    card, folder = _toml(SMALL, tmp_path / "card.toml"), tmp_path / "result"
    script = textwrap.dedent(HARNESS)
    done = subprocess.run(
        [sys.executable, "-c", script, str(card), str(folder), how, str(attempts), str(within), str(uninterrupted)],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    log = []
    for line in done.stdout.splitlines():
        code, _, names = line.partition(" ")
        log.append((int(code), set(filter(None, names.split(",")))))
    complaints = {line for line in done.stderr.splitlines() if line != "lvgen: interrupted; the same command resumes"}
    assert complaints == set()
    return folder, log


def _assert_same_result(folder: Path, uninterrupted: Path) -> None:
    from lvgen.io.formats import read_events

    assert _names(folder) == FILES
    assert _digests(folder) == _digests(uninterrupted)
    mine, other = (read_events(at / "events.root") for at in (folder, uninterrupted))
    for columns, others in ((mine.columns, other.columns), (mine.particles, other.particles)):
        assert all(np.array_equal(columns[name], others[name]) for name in others)


def test_killed_at_ten_random_moments(tmp_path: Path, uninterrupted: Path) -> None:
    folder, log = _under_fire(tmp_path, uninterrupted, "SIGKILL", 10)
    codes = [code for code, _ in log]
    assert codes.count(-signal.SIGKILL) >= 5
    assert codes[-1] == 0
    _assert_same_result(folder, uninterrupted)


def test_killed_before_and_after_every_file_is_renamed(tmp_path: Path, uninterrupted: Path) -> None:
    folder, log = _under_fire(tmp_path, uninterrupted, "writes", 60)
    assert len(log) > 20
    assert [code for code, _ in log[:-2]] == [-signal.SIGKILL] * (len(log) - 2)
    assert log[-1][0] == 0
    _assert_same_result(folder, uninterrupted)


def test_interrupted_at_ten_random_moments(tmp_path: Path, uninterrupted: Path) -> None:
    folder, log = _under_fire(tmp_path, uninterrupted, "SIGINT", 10)
    codes = [code for code, _ in log]
    assert set(codes) <= {0, 130}
    assert codes.count(130) >= 5
    _assert_same_result(folder, uninterrupted)
