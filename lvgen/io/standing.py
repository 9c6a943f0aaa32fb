"""How far a result directory is, seen from outside: what ``lvgen status`` tells."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lvgen.errors import UserError
from lvgen.io.jsontext import read_json
from lvgen.io.pieces import Folder
from lvgen.io.rundir import LOCK, PROGRESS, RUN_FILE, STATE, look

#: pieces whose times are read, evenly spread; more tell no more
_TIMED = 200


@dataclass(frozen=True)
class Stage:
    """Tasks of one kind: how many there are and are finished, and the mean time of one in s (nan without any)."""

    kind: str
    total: int
    done: int
    seconds: float


@dataclass(frozen=True)
class Standing:
    """A result directory.

    complete : whether all results are there; at_work : whether a run works there now (on this machine, or where the
        file system hands on locks)
    workers : tasks at a time; stages : empty where a run has not got as far as to know them; block : "3/8" or empty
    run : the content of ``run.json`` of a complete one
    """

    path: Path
    complete: bool
    at_work: bool
    workers: int
    stages: tuple[Stage, ...]
    block: str
    run: dict[str, Any]

    @property
    def seconds_left(self) -> float:
        """Time for the rest at this number of workers, s; nan where a kind of task has not been seen yet."""
        rest = ((max(0, stage.total - stage.done), stage.seconds) for stage in self.stages)
        return float(sum(number * seconds for number, seconds in rest if number)) / self.workers


def standing(path: Path) -> Standing:
    """How far a directory is; nothing in it is changed.  Raises UserError where it holds no run."""
    if not path.is_dir():
        raise UserError("there is no such folder", file=str(path))
    found = look(path)
    if found.claim is None and found.run is not None and found.is_whole:
        block = found.run.get("block")
        text = "/".join(map(str, block)) if isinstance(block, list) else ""
        return Standing(path, True, False, 1, (), text, found.run)
    if found.holder is None:
        raise UserError(f"holds no run: neither {RUN_FILE} nor an unfinished one", file=str(path))
    work = _work(path)
    folder = Folder(path / STATE)
    names = folder.names()
    stages = tuple(
        _stage(folder, kind, total, [name for name in names if name.startswith(f"{kind}_")])
        for kind, total in work.items()
        if kind not in ("workers", "block") and isinstance(total, int)
    )
    workers = work.get("workers")
    return Standing(
        path, False, _is_held(path), workers if isinstance(workers, int) and workers > 0 else 1, stages,
        str(work.get("block", "")), {},
    )  # fmt: skip


def _work(path: Path) -> dict[str, Any]:
    try:
        work = read_json(path / STATE / PROGRESS)
    except UserError:  # not got as far, or ended just now
        return {}
    return work if isinstance(work, dict) else {}


def _stage(folder: Folder, kind: str, total: int, names: list[str]) -> Stage:
    chosen = names[:: max(1, len(names) // _TIMED)]
    found = [piece["seconds"] for name in chosen if (piece := folder.load_piece(name, ("seconds",))) is not None]
    return Stage(kind, total, len(names), float(np.mean(found)) if found else float("nan"))


def _is_held(path: Path) -> bool:
    """Whether a living run has the directory."""
    try:
        with (path / STATE / LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
