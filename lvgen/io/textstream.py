"""Text files of events, gzipped where the name ends in ``.gz``; the same text gives the same bytes."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from lvgen.errors import UserError


@contextlib.contextmanager
def opened_to_write(path: Path) -> Iterator[BinaryIO]:
    """An open binary file, which compresses where the path ends in ``.gz``."""
    with path.open("wb") as raw:
        if path.suffix.lower() != ".gz":
            yield raw
            return
        # neither name nor time in the header, so that equal events give equal bytes
        with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as zipped:
            yield cast(BinaryIO, zipped)


@contextlib.contextmanager
def opened_to_read(path: Path) -> Iterator[BinaryIO]:
    """An open binary file, unpacked where it is gzipped, whatever its name; UserError where the stream is cut short."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not zipped:
            yield raw
            return
        try:
            with gzip.GzipFile(fileobj=raw, mode="rb") as file:
                yield cast(BinaryIO, file)
        except (EOFError, gzip.BadGzipFile) as error:
            raise UserError("is truncated or damaged: its gzip stream does not end as it should") from error
