"""A Dask cluster of separate processes does the work; one is killed in mid-run, another joins; the numbers stay."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.errors import UserError
from lvgen.io.formats import read_events
from lvgen.plan import Plan
from lvgen.runcard import load_card
from lvgen.work.cluster import Cluster
from lvgen.work.tasks import Tasks

comm = pytest.importorskip("distributed.comm.core")

CARD: dict[str, Any] = {
    "model": {
        "name": "dark_photon",
        "mass": {"min": "20 MeV", "max": "0.4 GeV", "points": 24},
        "coupling": {"min": 1e-8, "max": 1e-3, "points": 21},
    },
    "production": {"processes": ["meson_decay"]},
    "detector": {"name": "FASER2"},
    "events": {"number": 20000, "mass": "50 MeV", "coupling": 3e-5, "formats": ["parquet"]},
    "sensitivity": {},
    "run": {"seed": 5, "precision": 0.02},
}
EXACT = ("contour.csv", "events.parquet", "sensitivity.pdf", "signal_map.parquet")


def _started(module: str, *options: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"NUMBA_NUM_THREADS": "1", "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical"}
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{module}", *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True,
    )  # fmt: skip


def _ended(process: subprocess.Popen[bytes]) -> None:
    """A worker and whatever it has started, killed without a word."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Cluster:
    """A scheduler and workers, each a process."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self.folder = folder
        options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file))
        self.processes = [_started("dask_scheduler", *options)]
        deadline = time.monotonic() + 20
        while not self.file.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        import json

        self.address = str(json.loads(self.file.read_text())["address"])

    def join(self) -> subprocess.Popen[bytes]:
        """One more worker."""
        worker = _started(
            "dask_worker", self.address, "--nthreads", "1", "--nworkers", "1", "--no-nanny", "--no-dashboard",
            "--local-directory", str(self.folder),
        )  # fmt: skip
        self.processes.append(worker)
        return worker


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Cluster]:
    """One for all tests here, since processes are slow to start; the last test ends it."""
    made = _Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    for process in reversed(made.processes):
        _ended(process)


class _Events:
    """Progress that does something after so many steps."""

    def __init__(self, actions: dict[int, Any]) -> None:
        self.actions, self.steps = actions, 0
        self.stages: list[str] = []

    def start(self, label: str, total: int) -> None:  # noqa: ARG002 - the interface
        self.stages.append(label)

    def advance(self, n: int = 1) -> None:  # noqa: ARG002
        self.steps += 1
        if action := self.actions.pop(self.steps, None):
            action()

    def finish(self) -> None: ...

    def message(self, text: str) -> None: ...


def test_a_worker_is_killed_and_another_joins(cluster: _Cluster, tmp_path: Path) -> None:
    alone = lvgen.run(CARD, directory=tmp_path / "alone", workers=1)
    first, _ = cluster.join(), cluster.join()
    told = _Events({4: lambda: _ended(first), 8: cluster.join})
    lvgen.run(CARD, directory=tmp_path / "together", scheduler=cluster.address, progress=told)
    assert first.returncode == -signal.SIGKILL
    assert told.actions == {}
    assert told.stages == ["signal map", "events"]
    assert told.steps > 24
    for name in EXACT:
        assert (tmp_path / "together" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    weights = read_events(tmp_path / "together" / "events.parquet").columns["weight"]
    assert alone.record is not None
    np.testing.assert_array_equal(weights, alone.record.columns["weight"])


def test_the_scheduler_goes_and_what_is_finished_stays(
    cluster: _Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lvgen.work.cluster._CONNECT_SECONDS", 2)
    if len(cluster.processes) == 1:
        cluster.join()
    with pytest.raises(UserError, match=r"is gone .* the same command goes on from there"):
        lvgen.run(
            CARD, directory=tmp_path / "run", scheduler=cluster.address,
            progress=_Events({3: lambda: _ended(cluster.processes[0])}),
        )  # fmt: skip
    kept = list((tmp_path / "run" / ".lvgen").glob("mass_*.npz"))
    assert len(kept) >= 3
    before = {piece.name: piece.stat().st_mtime_ns for piece in kept}
    with pytest.raises(UserError, match="no Dask scheduler answers at"):
        lvgen.run(CARD, directory=tmp_path / "run", scheduler=cluster.address)
    assert {piece.name: piece.stat().st_mtime_ns for piece in kept} == before


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (comm.CommClosedError("amid the answer"), "finished", UserError),
        (OSError("no route"), "pending", UserError),
        (FileNotFoundError("of the task"), "error", FileNotFoundError),
    ],
)
def test_who_fails(monkeypatch: pytest.MonkeyPatch, error: OSError, status: str, told: type[Exception]) -> None:
    """The client may not know yet that its scheduler is gone; only the status of a task tells that it failed itself."""

    def result() -> None:
        raise error

    future = SimpleNamespace(result=result, status=status)
    client = SimpleNamespace(submit=lambda *_, **__: future, nthreads=lambda: {"one": 1}, status="running")
    monkeypatch.setattr("distributed.Client", lambda *_, **__: client)
    card = load_card({key: value for key, value in CARD.items() if key != "events"})
    with pytest.raises(told, match="is gone" if told is UserError else "of the task"):
        Cluster("tcp://nowhere", Tasks(Plan(card), 1)).perform("mass", 0)
