"""Finished pieces of work, named arrays each: kept in memory, in a folder, or bundled into one file."""

from __future__ import annotations

import contextlib
import io
import os
import zipfile
import zlib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np

from lvgen.errors import UserError
from lvgen.io.atomic import atomic_path, os_errors_named

Arrays = dict[str, Any]
_SUFFIX = ".npz"


class Pieces(Protocol):
    """Where pieces are kept."""

    def load_piece(self, name: str, members: Collection[str] | None = None) -> Arrays | None:
        """Arrays of a finished piece (``members``: only these), or None; one that cannot be read counts as missing."""

    def save_piece(self, name: str, arrays: Arrays) -> None:
        """Keep a finished piece, whole or not at all."""


class PiecesInMemory:
    """Pieces of a run that writes nothing."""

    def __init__(self) -> None:
        self._kept: dict[str, Arrays] = {}

    def load_piece(self, name: str, members: Collection[str] | None = None) -> Arrays | None:
        """See ``Pieces``."""
        kept = self._kept.get(name)
        return kept if kept is None or members is None else {key: kept[key] for key in members}

    def save_piece(self, name: str, arrays: Arrays) -> None:
        """See ``Pieces``."""
        self._kept[name] = arrays


class Folder:
    """Pieces as files of a folder; ``beside`` : bundles in which those that the folder lacks are looked up."""

    def __init__(self, path: Path, beside: Sequence[Bundle] = ()) -> None:
        self.path = path
        self.beside = list(beside)

    def load_piece(self, name: str, members: Collection[str] | None = None) -> Arrays | None:
        """See ``Pieces``."""
        with contextlib.suppress(OSError), (self.path / f"{name}{_SUFFIX}").open("rb") as file:
            own = _arrays(file, members)
            if own is not None:
                return own
        return next((found for bundle in self.beside if (found := bundle.load_piece(name, members)) is not None), None)

    def save_piece(self, name: str, arrays: Arrays) -> None:
        """See ``Pieces``; not forced to the disk, since a damaged piece is noticed and made anew."""
        with atomic_path(self.path / f"{name}{_SUFFIX}", flush=False) as temporary:
            np.savez(temporary, **arrays)

    def names(self) -> list[str]:
        """Names of the pieces in the folder itself, sorted."""
        try:
            return sorted(entry.name[: -len(_SUFFIX)] for entry in os.scandir(self.path) if _is_piece(entry.name))
        except FileNotFoundError:
            return []


class Bundle:
    """Pieces in one file, written with ``write_bundle``; raises UserError for anything else."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = zipfile.ZipFile(path)
            self._names = set(self._file.namelist())
        except (OSError, zipfile.BadZipFile) as error:
            raise UserError("cannot be read as pieces of a run that lvgen wrote", file=str(path)) from error

    def load_piece(self, name: str, members: Collection[str] | None = None) -> Arrays | None:
        """See ``Pieces``."""
        if f"{name}{_SUFFIX}" not in self._names:
            return None
        try:
            content = self._file.read(f"{name}{_SUFFIX}")
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError):  # damaged
            return None
        return _arrays(io.BytesIO(content), members)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def write_bundle(path: Path, folder: Folder, names: Iterable[str]) -> None:
    """Copy pieces of a folder into one file, which is whole or absent; raises UserError."""
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as bundle:
        for name in names:
            bundle.write(folder.path / f"{name}{_SUFFIX}", f"{name}{_SUFFIX}")


def remove_pieces(folder: Path) -> None:
    """Remove all pieces of a folder; raises UserError."""
    with os_errors_named(folder):
        for piece in folder.glob(f"*{_SUFFIX}"):
            piece.unlink(missing_ok=True)


def _is_piece(name: str) -> bool:
    return name.endswith(_SUFFIX) and not name.startswith(".")


def _arrays(file: BinaryIO, members: Collection[str] | None) -> Arrays | None:
    try:
        with np.load(file, allow_pickle=False) as data:
            return {key: data[key] for key in (data.files if members is None else members)}
    except Exception:  # numpy, zipfile and zlib raise many types on a damaged archive; it is made anew in any case
        return None
