"""Event files by format or by the ending of their name: writing, reading, converting."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lvgen.errors import UserError, unknown
from lvgen.io import event_formats
from lvgen.io.atomic import atomic_path
from lvgen.io.event_formats import EventFormat
from lvgen.io.jsontext import read_json, write_json
from lvgen.io.record import EventRecord, Events

#: in the metadata: the reader of these events wants FILE.json beside HepMC3 too
SIDECAR_KEY = "sidecar"


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
    ['acts_csv', 'basf2_hepevt', 'csv', 'fairship', 'hepmc2', 'hepmc3', 'lhe', 'nuhepmc', 'parquet', 'root']
    """
    return list(known_formats())


def format_suffixes() -> list[str]:
    """All endings of file names that are known."""
    return sorted(suffix for event_format in known_formats().values() for suffix in event_format.suffixes)


def readable_formats() -> list[str]:
    """Names of the formats whose files can be made events again."""
    return [name for name, event_format in known_formats().items() if event_format.read is not None]


def format_for(path: str | os.PathLike[str]) -> EventFormat:
    """The format of a file by the longest known ending of its name, case ignored; UserError that lists the known ones.

    >>> format_for("events.hepmc3.gz").name, format_for("events.fairship.root").name
    ('hepmc3', 'fairship')
    """
    name = Path(path).name.lower()
    fitting = [
        (len(suffix), event_format.name)
        for event_format in known_formats().values()
        for suffix in event_format.suffixes
        if name.endswith(suffix)
    ]
    if fitting:
        return known_formats()[max(fitting)[1]]
    known = ", ".join(format_suffixes())
    raise UserError(f"no event format goes by that ending; known: {known}", file=str(path))


def format_named(name: str) -> EventFormat:
    """The format of that name; raises UserError with the nearest names."""
    if name not in known_formats():
        raise unknown("event format", name, format_names())
    return known_formats()[name]


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


def event_file_names(formats: Iterable[str], *, sidecar: bool = False) -> list[str]:
    """Names of all files that events in these formats, or endings, make.

    sidecar : whether HepMC3 gets one too, as ``has_sidecar`` says

    >>> event_file_names(["hepmc2", "root"])
    ['events.hepmc2', 'events.hepmc2.json', 'events.root']
    """
    files = []
    for file in map(event_file_name, formats):
        beside = has_sidecar(format_for(file), {SIDECAR_KEY: sidecar})
        files += [file, sidecar_path(file).name] if beside else [file]
    return files


def readable_file(formats: Iterable[str]) -> str | None:
    """Name of the first event file from which events can be read again; None where there is none."""
    files = [event_file_name(name) for name in formats]
    return next((file for file in files if format_for(file).read is not None), None)


def has_sidecar(event_format: EventFormat, metadata: Mapping[str, Any]) -> bool:
    """Whether FILE.json goes with a file: where the format cannot hold the metadata, or its reader asks for one."""
    return event_format.sidecar or (event_format.name == "hepmc3" and bool(metadata.get(SIDECAR_KEY)))


def sidecar_path(path: str | os.PathLike[str]) -> Path:
    """FILE.json beside FILE.

    >>> sidecar_path("a/events.hepmc2").name
    'events.hepmc2.json'
    """
    return Path(path).with_name(f"{Path(path).name}.json")


def write_events(events: Events, path: str | os.PathLike[str], event_format: EventFormat | None = None) -> None:
    """Write events, a record or what comes in pieces, in a format; left out, that of the name's ending.

    The file is whole or absent; where the format has no room for the metadata, FILE.json goes with it: the metadata,
    and ``num_events``, the number of events.
    raises UserError
    """
    chosen = event_format or format_for(path)
    try:
        with atomic_path(path) as temporary:
            chosen.write(events, temporary)
        if has_sidecar(chosen, events.metadata) and (not Path(path).exists() or Path(path).is_file()):
            write_json(sidecar_path(path), events.metadata | {"num_events": len(events)})
    except UserError as error:
        raise error.at(file=str(path)) from error


def read_events(path: str | os.PathLike[str], event_format: EventFormat | None = None) -> EventRecord:
    """Read events that lvgen wrote; raises UserError for a file that is missing, foreign, truncated or damaged."""
    chosen = event_format or format_for(path)
    file = Path(path)
    if not file.is_file():
        raise UserError("is a directory" if file.is_dir() else "there is no such file", file=str(path))
    if chosen.read is None:
        readable = ", ".join(readable_formats())
        raise UserError(
            f"{chosen.name} files do not keep enough to be read back ({chosen.lost}); these do: {readable}",
            file=str(path),
        )
    try:
        record = chosen.read(file)
        return _with_sidecar(record, file) if chosen.sidecar else record
    except UserError as error:
        raise error.at(file=str(path)) from error
    except Exception as error:  # the libraries raise many types on a damaged file
        cause = (" ".join(str(error).split()) or type(error).__name__)[:300]
        raise UserError(f"cannot be read as a {chosen.name} event file: {cause}", file=str(path)) from error


def _with_sidecar(record: EventRecord, path: Path) -> EventRecord:
    """The record with the metadata that stand beside the file; without them where there are none."""
    beside = sidecar_path(path)
    if not beside.is_file():
        return record
    metadata = read_json(beside)
    if not isinstance(metadata, dict) or metadata.pop("num_events", None) != len(record):
        raise UserError(f"{beside.name} is not that of this file: its num_events differs")
    return dataclasses.replace(record, metadata=metadata)


def convert(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    to: str | None = None,
    change: Callable[[EventRecord], Events] | None = None,
) -> int:
    """Read events from one file and write them to another.

    to : format of the target; left out, the ending of its name says which
    change : what is done to the events in between
    returns int, how many events were written
    raises UserError as ``read_events`` and ``write_events`` do, and where both are the same file
    """
    chosen = format_for(target) if to is None else format_named(to)
    record = read_events(source)
    if Path(target).exists() and Path(source).samefile(target):
        raise UserError("is both the file to read and the file to write", file=str(target))
    events = record if change is None else change(record)
    write_events(events, target, chosen)
    return len(events)
