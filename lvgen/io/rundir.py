"""A result directory over its life: claimed by one card and seed, filled, interrupted, resumed, completed, replaced."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lvgen.errors import UserError
from lvgen.io.atomic import atomic_path, make_directory, os_errors_named, remove_temporaries
from lvgen.io.jsontext import read_json, write_json

RUN_FILE = "run.json"
STATE = ".lvgen"
_CLAIM = "claim.json"
_LOCK = "lock"


class RunDirectory:
    """One result directory; opened with ``open_directory``.

    seed : of the run; complete : whether ``run.json`` stands and all its files are there
    """

    def __init__(self, path: Path, seed: int, *, complete: bool) -> None:
        self.path = path
        self.seed = seed
        self.complete = complete

    @property
    def state(self) -> Path:
        """Where finished pieces are kept until the run is complete."""
        return self.path / STATE

    def load_piece(self, name: str) -> dict[str, Any] | None:
        """Arrays of a finished piece, or None; a piece that cannot be read counts as missing."""
        try:
            with np.load(self.state / f"{name}.npz", allow_pickle=False) as data:
                return {key: data[key] for key in data.files}
        except (OSError, ValueError, EOFError, KeyError):
            return None
        except Exception as error:
            # a damaged archive: zipfile and zlib have their own exceptions
            if type(error).__module__ in ("zipfile", "zlib"):
                return None
            raise

    def save_piece(self, name: str, arrays: dict[str, Any]) -> None:
        """Keep a finished piece, whole or not at all."""
        with atomic_path(self.state / f"{name}.npz") as temporary:
            np.savez(temporary, **arrays)

    def complete_with(self, run: dict[str, Any]) -> None:
        """Write ``run.json`` as the last file and forget the pieces."""
        write_json(self.path / RUN_FILE, run)
        self.complete = True
        shutil.rmtree(self.state, ignore_errors=True)


@contextlib.contextmanager
def open_directory(
    path: Path, fingerprint: str, seed: int | None, draw_seed: Callable[[], int], files: list[str], *, overwrite: bool
) -> Iterator[RunDirectory]:
    """Claim a directory for a run.

    fingerprint : of the card without its seed; seed : wanted, None for any; files : that the run will write
    overwrite : replace another run's files (only files that lvgen wrote)
    raises UserError if another card or seed holds the directory, if a file of the user's is in the way, if another
    run is at work there, or if it cannot be written
    """
    existed = path.exists()
    make_directory(path)
    run, claim = _read(path / RUN_FILE), _read(path / STATE / _CLAIM)
    holder = claim or run
    if holder is not None and not _same(holder, fingerprint, seed):
        if not overwrite:
            raise UserError(_taken(holder, fingerprint), file=str(path))
        _remove_own(path, run, claim)
        run = claim = None
    if run is not None and claim is None and all((path / name).is_file() for name in run.get("files", [])):
        yield RunDirectory(path, int(run["seed"]), complete=True)
        return
    known = {*(run or {}).get("files", []), *(claim or {}).get("files", [])}
    _refuse_foreign(path, files, known)
    make_directory(path / STATE)
    with _locked(path), _tidied(path, existed):
        remove_temporaries(path)
        remove_temporaries(path / STATE)
        holder = claim or run
        own_seed = int(holder["seed"]) if holder else (draw_seed() if seed is None else seed)
        write_json(path / STATE / _CLAIM, {"fingerprint": fingerprint, "seed": own_seed, "files": files})
        yield RunDirectory(path, own_seed, complete=False)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One run at a time in a directory; the lock goes with the process, however it ends."""
    with os_errors_named(path), (path / STATE / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError("another run is at work in this directory", file=str(path)) from None
        except OSError:
            pass  # a file system without locks
        yield


@contextlib.contextmanager
def _tidied(path: Path, existed: bool) -> Iterator[None]:
    """Leave no empty directory behind where a run failed before it had anything."""
    try:
        yield
    except UserError:
        pieces = list((path / STATE).glob("*.npz"))
        if not pieces:
            shutil.rmtree(path / STATE, ignore_errors=True)
            if not existed:
                with contextlib.suppress(OSError):
                    path.rmdir()
        raise


def _read(file: Path) -> dict[str, Any] | None:
    try:
        content = read_json(file)
    except UserError:
        return None
    if not isinstance(content, dict) or not isinstance(content.get("fingerprint"), str):
        return None
    return content if isinstance(content.get("seed"), int) else None


def _same(holder: dict[str, Any], fingerprint: str, seed: int | None) -> bool:
    return holder["fingerprint"] == fingerprint and seed in (None, holder["seed"])


def _taken(holder: dict[str, Any], fingerprint: str) -> str:
    what = f"the same card with seed {holder['seed']}" if holder["fingerprint"] == fingerprint else "another card"
    return f"holds results of {what}; choose another directory with -o, or replace them with --overwrite"


def _remove_own(path: Path, run: dict[str, Any] | None, claim: dict[str, Any] | None) -> None:
    """Remove the files that an earlier run recorded as its own; never anything outside the directory."""
    with os_errors_named(path):
        for name in {*(run or {}).get("files", []), *(claim or {}).get("files", []), RUN_FILE}:
            target = path / Path(str(name)).name
            target.unlink(missing_ok=True)
        if (path / STATE).is_dir():
            shutil.rmtree(path / STATE)


def _refuse_foreign(path: Path, files: list[str], known: set[str]) -> None:
    for name in files:
        if (path / name).exists() and name not in known:
            raise UserError("is in the way and was not written by lvgen; move it or choose another directory",
                            file=os.fspath(path / name))  # fmt: skip
