"""Event files by the suffix of their name: writing, reading, converting."""

from __future__ import annotations

import functools
import importlib
import os
import pkgutil
from pathlib import Path

from lvgen.errors import UserError, unknown
from lvgen.io import event_formats
from lvgen.io.atomic import atomic_path
from lvgen.io.event_formats import EventFormat
from lvgen.io.record import EventRecord, Events


@functools.cache
def known_formats() -> dict[str, EventFormat]:
    """All event formats by name, sorted; raises ValueError where two share a name or a suffix."""
    found: dict[str, EventFormat] = {}
    for module in pkgutil.iter_modules(event_formats.__path__):
        if module.name.startswith("_"):
            continue
        event_format: EventFormat = importlib.import_module(f"{event_formats.__name__}.{module.name}").FORMAT
        taken = {suffix for other in found.values() for suffix in other.suffixes}
        if event_format.name in found or taken.intersection(event_format.suffixes):
            raise ValueError(f"event format {event_format.name!r} takes a name or suffix that another one has")
        found[event_format.name] = event_format
    return dict(sorted(found.items()))


def format_names() -> list[str]:
    """Names of the event formats, as cards use them.

    >>> format_names()
    ['hepmc3', 'parquet', 'root']
    """
    return list(known_formats())


def format_suffixes() -> list[str]:
    """All endings of file names that are known."""
    return sorted(suffix for event_format in known_formats().values() for suffix in event_format.suffixes)


def format_for(path: str | os.PathLike[str]) -> EventFormat:
    """The format of a file by the ending of its name, case ignored; raises UserError that lists the known ones.

    >>> format_for("events.hepmc3.gz").name
    'hepmc3'
    """
    name = Path(path).name.lower()
    for event_format in known_formats().values():
        if name.endswith(event_format.suffixes):
            return event_format
    known = ", ".join(format_suffixes())
    raise UserError(f"no event format goes by that ending; known: {known}", file=str(path))


def event_file_name(name: str, stem: str = "events") -> str:
    """Name of the event file for a format, or for an ending without its dot; raises UserError for unknown ones.

    >>> event_file_name("root"), event_file_name("hepmc3.gz")
    ('events.root', 'events.hepmc3.gz')
    """
    if name in known_formats():
        return stem + known_formats()[name].suffixes[0]
    if f".{name.lower()}" in format_suffixes():
        return f"{stem}.{name.lower()}"
    raise unknown("event format", name, [*format_names(), *(suffix[1:] for suffix in format_suffixes())])


def write_events(events: Events, path: str | os.PathLike[str]) -> None:
    """Write events, a record or what comes in pieces, in the format of the name's ending.

    The file is whole or absent; raises UserError.
    """
    event_format = format_for(path)
    try:
        with atomic_path(path) as temporary:
            event_format.write(events, temporary)
    except UserError as error:
        raise error.at(file=str(path)) from error


def read_events(path: str | os.PathLike[str]) -> EventRecord:
    """Read events that lvgen wrote; raises UserError for a file that is missing, foreign, truncated or damaged."""
    event_format = format_for(path)
    file = Path(path)
    if not file.is_file():
        raise UserError("is a directory" if file.is_dir() else "there is no such file", file=str(path))
    try:
        return event_format.read(file)
    except UserError as error:
        raise error.at(file=str(path)) from error
    except Exception as error:  # the libraries raise many types on a damaged file
        cause = (" ".join(str(error).split()) or type(error).__name__)[:300]
        raise UserError(f"cannot be read as a {event_format.name} event file: {cause}", file=str(path)) from error


def convert(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> int:
    """Read events from one file and write them to another; the endings of the names say which formats.

    returns int, how many events
    raises UserError as ``read_events`` and ``write_events`` do, and where both are the same file
    """
    format_for(target)
    record = read_events(source)
    if Path(target).exists() and Path(source).samefile(target):
        raise UserError("is both the file to read and the file to write", file=str(target))
    write_events(record, target)
    return len(record)
