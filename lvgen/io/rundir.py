"""A result directory over its life: claimed by one card and seed, filled, interrupted, resumed, completed, replaced."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import lvgen
from lvgen.errors import UserError
from lvgen.io.atomic import make_directory, os_errors_named, remove_temporaries
from lvgen.io.jsontext import read_json, write_json
from lvgen.io.pieces import Arrays, Folder, remove_pieces

RUN_FILE = "run.json"
STATE = ".lvgen"
_CLAIM = "claim.json"
LOCK = "lock"
PROGRESS = "progress.json"
_LOOK_SECONDS = 0.1
#: after it a fingerprint says which block of a run a directory holds
BLOCK_MARK = "#"


class RunDirectory:
    """One result directory; opened with ``open_directory``.

    fingerprint, seed : of the run; complete : whether ``run.json`` stands and all its files are there
    """

    def __init__(self, path: Path, fingerprint: str, seed: int, *, complete: bool) -> None:
        self.path = path
        self.fingerprint = fingerprint
        self.seed = seed
        self.complete = complete
        self.pieces = Folder(path / STATE)

    @property
    def state(self) -> Path:
        """Where finished pieces are kept until the run is complete."""
        return self.path / STATE

    def load_piece(self, name: str, members: Collection[str] | None = None) -> Arrays | None:
        """See ``lvgen.io.pieces.Pieces``; a piece that is not here is looked up in ``pieces.beside``."""
        return self.pieces.load_piece(name, members)

    def save_piece(self, name: str, arrays: Arrays) -> None:
        """See ``lvgen.io.pieces.Pieces``."""
        self.pieces.save_piece(name, arrays)

    def tell(self, work: dict[str, Any]) -> None:
        """Write down what there is to do, for ``lvgen status``."""
        write_json(self.state / PROGRESS, work)

    def complete_with(self, run: dict[str, Any]) -> None:
        """Write ``run.json`` as the last file and forget the pieces."""
        write_json(self.path / RUN_FILE, run | {"fingerprint": self.fingerprint, "seed": self.seed})
        self.complete = True
        shutil.rmtree(self.state, ignore_errors=True)


@contextlib.contextmanager
def open_directory(
    path: Path, fingerprint: str, seed: int | None, draw_seed: Callable[[], int], files: list[str], *, overwrite: bool
) -> Iterator[RunDirectory]:
    """Claim a directory for a run.

    fingerprint : of the card without its seed, and of the files that it names; seed : wanted, None for any
    files : that the run will write; overwrite : replace another run's files (only files that lvgen wrote)
    raises UserError if another card or seed holds the directory, if a file of the user's is in the way, if another
    run is at work there, or if it cannot be written
    """
    with _directory(path):
        # looked at before the lock too: a refusal leaves no trace, and a complete result needs no right to write
        standing = look(path)
        standing.check(fingerprint, seed, files, overwrite=overwrite)
        if standing.answers(fingerprint, seed):
            _forget_leftovers(path)
            yield RunDirectory(path, fingerprint, standing.seed, complete=True)
            return
        with _locked(path), _tidied(path, files):
            yield _claimed(path, fingerprint, seed, draw_seed, files, overwrite=overwrite)


def _claimed(
    path: Path, fingerprint: str, seed: int | None, draw_seed: Callable[[], int], files: list[str], *, overwrite: bool
) -> RunDirectory:
    """The locked directory, claimed; another run may have ended since it was looked at."""
    standing = look(path)
    standing.check(fingerprint, seed, files, overwrite=overwrite)
    if standing.answers(fingerprint, seed):
        shutil.rmtree(path / STATE, ignore_errors=True)
        return RunDirectory(path, fingerprint, standing.seed, complete=True)
    if standing.holder is not None and not standing.is_of(fingerprint, seed):
        _remove_own(path, standing.known)
        standing = look(path)
    remove_temporaries(path)
    _keep_pieces_of(path, standing.claim)
    own_seed = standing.seed if standing.holder is not None else draw_seed() if seed is None else seed
    claim = {"fingerprint": fingerprint, "seed": own_seed, "files": files, "version": lvgen.__version__}
    write_json(path / STATE / _CLAIM, claim)
    return RunDirectory(path, fingerprint, own_seed, complete=False)


@dataclass(frozen=True)
class _Standing:
    """What is in a directory: ``run.json`` of a run that ended, the claim of one that did not, or neither."""

    path: Path
    run: dict[str, Any] | None
    claim: dict[str, Any] | None

    @property
    def holder(self) -> dict[str, Any] | None:
        """The run to which the directory belongs."""
        return self.claim or self.run

    @property
    def seed(self) -> int:
        """Seed of the holder."""
        return int((self.holder or {})["seed"])

    @property
    def known(self) -> set[str]:
        """Names of the files that lvgen wrote or was about to write."""
        own = {RUN_FILE} if self.run else set()
        return own.union(*(held["files"] for held in (self.run, self.claim) if held))

    def is_of(self, fingerprint: str, seed: int | None) -> bool:
        """Whether the directory belongs to this card and seed."""
        return self.holder is not None and _same(self.holder, fingerprint, seed)

    def answers(self, fingerprint: str, seed: int | None) -> bool:
        """Whether all results of this card and seed are there."""
        if self.run is None or not self.is_of(fingerprint, seed) or not _same(self.run, fingerprint, self.seed):
            return False
        return self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether all files of the run that ended are there."""
        return self.run is not None and all((self.path / name).is_file() for name in self.run["files"])

    def check(self, fingerprint: str, seed: int | None, files: list[str], *, overwrite: bool) -> None:
        """Refuse another run's directory, unless it is to be replaced, and files that are not lvgen's."""
        if self.holder is not None and not overwrite and not self.is_of(fingerprint, seed):
            raise UserError(_taken(self.holder, fingerprint), file=str(self.path))
        for name in [*files, RUN_FILE]:
            if name not in self.known and os.path.lexists(self.path / name):
                raise UserError(
                    "is in the way and was not written by lvgen; move it or choose another directory with -o",
                    file=os.fspath(self.path / name),
                )


def look(path: Path) -> _Standing:
    """What is in a directory."""
    return _Standing(path, _read(path / RUN_FILE), _read(path / STATE / _CLAIM))


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One run at a time in a directory; the lock goes with the process, however it ends."""
    with os_errors_named(path):
        file = _lock_file(path)
        while not _took(file, path):  # the run that held it has just ended and removed it
            file = _lock_file(path)
    with file:
        yield


def _lock_file(path: Path) -> TextIO:
    while True:
        (path / STATE).mkdir(exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # removed in between
            return (path / STATE / LOCK).open("w")


def _took(file: TextIO, path: Path) -> bool:
    """Lock the file; False where the locked file is not the one that stands there now."""
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # it may be ``lvgen status`` that looks, which takes no time
            time.sleep(_LOOK_SECONDS)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = os.path.samestat(os.fstat(file.fileno()), (path / STATE / LOCK).stat())
    except FileNotFoundError:
        held = False
    except BlockingIOError:
        file.close()
        raise UserError("another run is at work in this directory", file=str(path)) from None
    except OSError:
        return True  # a file system without locks
    if not held:
        file.close()
    return held


def _forget_leftovers(path: Path) -> None:
    """Remove what a run that was killed at its very end left behind, where that is possible."""
    if (path / STATE).exists():
        with contextlib.suppress(UserError), _locked(path):
            shutil.rmtree(path / STATE, ignore_errors=True)


@contextlib.contextmanager
def _tidied(path: Path, files: list[str]) -> Iterator[None]:
    """Forget the claim of a run that failed before it had anything."""
    try:
        yield
    except Exception:
        if not any((path / STATE).glob("*.npz")) and not any((path / name).exists() for name in files):
            shutil.rmtree(path / STATE, ignore_errors=True)
        raise


@contextlib.contextmanager
def _directory(path: Path) -> Iterator[None]:
    """Make the directory; where the block fails, empty directories that came with it go again."""
    with os_errors_named(path):
        existed = path.exists()
    make_directory(path)
    try:
        yield
    except Exception:
        with contextlib.suppress(OSError):
            (path / STATE).rmdir()
        with contextlib.suppress(OSError):
            if not existed:
                path.rmdir()
        raise


def _read(file: Path) -> dict[str, Any] | None:
    """What a run said about itself; None where there is no such file or anything else in it."""
    try:
        content = read_json(file)
    except (UserError, RecursionError):
        return None
    if not isinstance(content, dict) or not isinstance(content.get("fingerprint"), str):
        return None
    files, seed = content.get("files"), content.get("seed")
    if not isinstance(files, list) or not all(isinstance(name, str) and Path(name).name == name for name in files):
        return None
    return content if isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0 else None


def _same(holder: dict[str, Any], fingerprint: str, seed: int | None) -> bool:
    return holder["fingerprint"] == fingerprint and seed in (None, holder["seed"])


def _taken(holder: dict[str, Any], fingerprint: str) -> str:
    run, _, block = holder["fingerprint"].partition(BLOCK_MARK)
    asked, _, asked_block = fingerprint.partition(BLOCK_MARK)
    if run == asked and block != asked_block:
        what = f"block {block} of this card" if block else "this card in one piece"
    elif holder["fingerprint"] == fingerprint:
        what = f"the same card with seed {holder['seed']}"
    elif holder["fingerprint"].split("-")[0] == fingerprint.split("-")[0]:
        what = "the same card, of another version of lvgen or with other content of the files that it names"
    else:
        what = "another card"
    return f"holds results of {what}; choose another directory with -o, or replace them with --overwrite"


def _remove_own(path: Path, known: set[str]) -> None:
    """Remove the files that an earlier run recorded as its own; the records go last, so that it can be repeated."""
    with os_errors_named(path):
        for name in [*sorted(known - {RUN_FILE}), RUN_FILE]:
            (path / name).unlink(missing_ok=True)
        (path / STATE / _CLAIM).unlink(missing_ok=True)


def _keep_pieces_of(path: Path, claim: dict[str, Any] | None) -> None:
    """Remove pieces that nobody claims, or that another version of lvgen made."""
    remove_temporaries(path / STATE)
    if claim is None or claim.get("version") != lvgen.__version__:
        remove_pieces(path / STATE)
