"""Event formats, one module each: a module here that has ``FORMAT`` is a format, and nothing else need be edited.

Modules whose names begin with an underscore are not looked at.  A format module is imported when formats are listed,
so it imports its library inside its functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lvgen.io.record import EventRecord, Events


@dataclass(frozen=True)
class EventFormat:
    """How events are written to and read from one kind of file.

    name : as cards name it; suffixes : lower-case endings of file names, the usual one first
    write : writes events, piece by piece, under a path (a temporary one that ends as the final one does); a record is
        such events too
    read : reads a record; raises UserError, or whatever its library raises, where the file is not such a file; None
        where files keep too little to make events of them again, which ``lost`` then says
    sidecar : whether the run's metadata stand beside the file, in FILE.json, because the format has no room for them
    """

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[Events, Path], None]
    read: Callable[[Path], EventRecord] | None
    description: str
    sidecar: bool = False
    lost: str = ""
