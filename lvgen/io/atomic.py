"""Files that are whole or absent: written under a temporary name beside the target, renamed at the end."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from lvgen.errors import UserError

#: how the names of temporary files begin; what a killed run leaves behind can be recognised by it
TEMPORARY_PREFIX = ".lvgen-tmp-"


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str], *, flush: bool = True) -> Iterator[Path]:
    """A temporary path that becomes ``path`` when the block ends without an exception.

    path : the final name; its directory must exist, and the temporary file has the same suffixes
    flush : force the bytes to the disk before the file gets its name
    yields Path of the file to write, in the same directory
    raises UserError, naming ``path`` and the cause, for any OSError of the block (full or read-only disk, no
    permission); whatever is raised, the temporary file is removed and a former file under ``path`` stays as it was

    A device or pipe (/dev/stdout) is handed through, since a rename would replace it.
    """
    target = Path(path)
    with os_errors_named(target):
        final = Path(os.path.realpath(target))
        _refuse_impossible(final, target)
        if final.exists() and not final.is_file():
            yield final
            return
        temporary = final.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(4)}-{final.name[-100:]}")
        try:
            yield temporary
            if flush:
                _flush(temporary)
            temporary.replace(final)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` (UTF-8, newlines as they are) atomically; raises UserError as ``atomic_path`` does."""
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.write(text)


def make_directory(path: str | os.PathLike[str]) -> Path:
    """Create a directory with its parents where it does not exist; raises UserError where that is impossible."""
    directory = Path(path)
    with os_errors_named(directory):
        directory.mkdir(parents=True, exist_ok=True)
    return directory


def remove_temporaries(directory: str | os.PathLike[str]) -> int:
    """Remove what killed writers left in ``directory``; returns how many files.

    Only for a directory in which no other process writes now.
    """
    removed = 0
    with os_errors_named(Path(directory)):
        for leftover in Path(directory).glob(f"{TEMPORARY_PREFIX}*"):
            leftover.unlink(missing_ok=True)
            removed += 1
    return removed


@contextlib.contextmanager
def os_errors_named(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a UserError that names ``path`` and the cause on one line."""
    try:
        yield
    except OSError as error:
        cause = os.strerror(error.errno) if error.errno else " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"cannot be written: {cause}", file=str(path)) from error


def _refuse_impossible(final: Path, target: Path) -> None:
    if final.is_dir():
        raise UserError("cannot be written: it is a directory", file=str(target))
    if not final.parent.is_dir():
        raise UserError(f"cannot be written: there is no directory {str(target.parent)!r}", file=str(target))


def _flush(path: Path) -> None:
    """Force the bytes to the disk: quotas and network disks may report that they are full only now."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
