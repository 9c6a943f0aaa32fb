"""HepMC listings through the library's streams: events to text and back, a few hundred at a time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from lvgen.io.hepmc_graph import EventBuilder
from lvgen.io.record import EventRecord, Events
from lvgen.io.textstream import opened_to_write

#: digits after the point: with 16 every double comes back as it was
PRECISION = 16
_CHUNK = 500


def write_listing(
    events: Events,
    path: Path,
    writer_type: str,
    run_info: Any,
    builder_type: Callable[[EventRecord, Any], EventBuilder] = EventBuilder,
) -> None:
    """Write events as text with a writer of ``pyhepmc.io``; the same events give the same bytes, gzipped or not.

    run_info : GenRunInfo that all events carry; builder_type : makes the graphs
    raises UserError where the metadata name no beam particle: HepMC3 cannot read a vertex without incoming particle
    """
    import io

    from pyhepmc import io as hepmc_io

    with opened_to_write(path) as file, messages_off():
        # text goes through memory, because the C++ streams do not report a full disk
        buffer = io.BytesIO()
        stream = hepmc_io.pyiostream(buffer)
        writer = getattr(hepmc_io, writer_type)(stream, run_info)
        writer.precision = PRECISION
        for record in events.pieces():
            builder = builder_type(record, run_info)
            for start in range(0, len(record), _CHUNK):
                for event in builder.events(start, start + _CHUNK):
                    writer.write_event(event)
                _drain(stream, buffer, file)
        writer.close()
        _drain(stream, buffer, file)


def read_listing(file: BinaryIO, reader_type: str) -> Iterator[Any]:
    """Yield the GenEvents of an open file; one object is reused.  An empty listing gives one event without particles.

    The library says nothing about what it cannot read, so the caller counts.
    """
    import pyhepmc
    from pyhepmc import io as hepmc_io

    with messages_off():
        reader = getattr(hepmc_io, reader_type)(hepmc_io.pyiostream(file))
        event = pyhepmc.GenEvent()
        none = True
        while reader.read_event(event) and not reader.failed():
            none = False
            yield event
            if not event.particles:
                break
        if none:
            yield event
        reader.close()


_SILENCED = threading.RLock()
_SWITCHES = ("print_errors", "print_warnings", "debug_level")
_silent_users: list[dict[str, Any]] = []


@contextlib.contextmanager
def messages_off() -> Iterator[None]:
    """The library prints to stderr what it cannot read, and that HepMC2 is outdated; its switches are global.

    Files are written by several threads, so the switches are set back when the last of them is done.
    """
    from pyhepmc import Setup

    with _SILENCED:
        before = _silent_users[0] if _silent_users else {name: getattr(Setup, name) for name in _SWITCHES}
        _silent_users.append(before)
        Setup.print_errors = Setup.print_warnings = False
        Setup.debug_level = 0
    try:
        yield
    finally:
        with _SILENCED:
            _silent_users.pop()
            if not _silent_users:
                for name, value in before.items():
                    setattr(Setup, name, value)


def _drain(stream: Any, buffer: Any, file: BinaryIO) -> None:
    stream.flush()
    file.write(buffer.getvalue())
    buffer.seek(0)
    buffer.truncate()
