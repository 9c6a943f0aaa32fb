"""HepMC3 ASCII, gzipped where the name ends in ``.gz``.

Each event is the whole chain: beam (status 4) -> production vertex -> [parent hadron (2) -> its decay vertex ->] boson
(2) -> decay vertex -> products (1, or 2 with a vertex of their own).  The production vertex stands where the boson is
made, since a record holds no other point upstream of the decay.  Vertices have status 1 where the boson or its parent
is made, 2 where the boson decays, 3 where one of its products or of its companions does.  All of the run's metadata
stand in the run info under ``lvgen.``, as text or, where they are no text, as JSON.
"""

from __future__ import annotations

import contextlib
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from lvgen.errors import UserError
from lvgen.io.event_formats import EventFormat
from lvgen.io.hepmc_check import count_events
from lvgen.io.jsontext import dumps
from lvgen.io.record import EventRecord, Events

PREFIX = "lvgen."
VERTEX_STATUS = {
    "1": "production of the boson, or of the hadron that decays into it",
    "2": "decay of the boson",
    "3": "decay of a product, or of a particle made with the boson",
}
#: digits after the point: with 16 every double comes back as it was
PRECISION = 16
_CHUNK = 500


def write(events: Events, path: Path) -> None:
    """Write events; the same events give the same bytes, gzipped or not.

    raises UserError where the metadata name no beam particle: HepMC3 cannot read a vertex without incoming particle
    """
    import io

    from pyhepmc import io as hepmc_io

    from lvgen.io.hepmc_graph import EventBuilder

    run_info = _run_info(events.metadata)
    with _opened_to_write(path) as file:
        # text goes through memory, because the C++ streams do not report a full disk
        buffer = io.BytesIO()
        stream = hepmc_io.pyiostream(buffer)
        writer = hepmc_io.WriterAscii(stream, run_info)
        writer.precision = PRECISION
        for record in events.pieces():
            builder = EventBuilder(record, run_info)
            for start in range(0, len(record), _CHUNK):
                for event in builder.events(start, start + _CHUNK):
                    writer.write_event(event)
                _drain(stream, buffer, file)
        writer.close()
        _drain(stream, buffer, file)


def read(path: Path) -> EventRecord:
    """Read a record that lvgen wrote; raises UserError for other HepMC3 files and for truncated or damaged ones."""
    from lvgen.io.hepmc_graph import RecordBuilder

    with _opened_to_read(path) as file:
        expected = count_events(file)
    builder = RecordBuilder()
    metadata: dict[str, Any] = {}
    with _opened_to_read(path) as file:
        for event in _read_events(file, metadata):
            builder.add(event)
    if builder.n_events != expected:
        raise UserError(f"is damaged: only {builder.n_events} of {expected} events can be read")
    return builder.record(metadata)


def _run_info(metadata: dict[str, Any]) -> Any:
    import pyhepmc

    info = pyhepmc.GenRunInfo()
    tool = (metadata.get(key, default) for key, default in (("tool", "lvgen"), ("version", ""), ("description", "")))
    info.tools = [pyhepmc.GenRunInfo.ToolInfo(*map(str, tool))]
    info.weight_names = [str(name) for name in metadata.get("weight_names") or ["Default"]]
    for key, value in {**metadata, "vertex_status": VERTEX_STATUS}.items():
        info.attributes[PREFIX + key] = _encoded(value)
    return info


def _encoded(value: Any) -> str:
    """Text as it is, other values as JSON; text that would pass for JSON is quoted so that it comes back as text."""
    if isinstance(value, str) and _decoded(value) == value:
        return value
    return dumps(value)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _metadata(run_info: Any) -> dict[str, Any]:
    attributes = run_info.attributes if run_info is not None else {}
    found = {
        name.removeprefix(PREFIX): _decoded(str(attributes[name].astype(str)))
        for name in attributes
        if name.startswith(PREFIX)
    }
    if not found:
        raise UserError("is a HepMC3 file that lvgen did not write: no attribute of its run info begins with 'lvgen.'")
    found.pop("vertex_status", None)
    return found


def _read_events(file: BinaryIO, metadata: dict[str, Any]) -> Iterator[Any]:
    """Yield the events of an open file, and fill ``metadata`` from the run info of the first."""
    import pyhepmc
    from pyhepmc import io as hepmc_io

    with _hepmc_messages_off():
        reader = hepmc_io.ReaderAscii(hepmc_io.pyiostream(file))
        event = pyhepmc.GenEvent()
        while reader.read_event(event) and not reader.failed():
            if not metadata:
                metadata.update(_metadata(event.run_info))
            if not event.particles:
                break
            yield event
        if not metadata:
            metadata.update(_metadata(event.run_info))
        reader.close()


@contextlib.contextmanager
def _hepmc_messages_off() -> Iterator[None]:
    """The library prints to stderr what it cannot read; here the count of events tells."""
    from pyhepmc import Setup

    before = {name: getattr(Setup, name) for name in ("print_errors", "print_warnings", "debug_level")}
    Setup.print_errors = Setup.print_warnings = False
    Setup.debug_level = 0
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(Setup, name, value)


def _drain(stream: Any, buffer: Any, file: BinaryIO) -> None:
    stream.flush()
    file.write(buffer.getvalue())
    buffer.seek(0)
    buffer.truncate()


@contextlib.contextmanager
def _opened_to_write(path: Path) -> Iterator[BinaryIO]:
    with path.open("wb") as raw:
        if path.suffix.lower() != ".gz":
            yield raw
            return
        # neither name nor time in the header, so that equal events give equal bytes
        with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as zipped:
            yield cast(BinaryIO, zipped)


@contextlib.contextmanager
def _opened_to_read(path: Path) -> Iterator[BinaryIO]:
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


FORMAT = EventFormat(
    "hepmc3",
    (".hepmc3", ".hepmc", ".hepmc3.gz", ".hepmc.gz"),
    write,
    read,
    "HepMC3 ASCII with the whole chain",
)
