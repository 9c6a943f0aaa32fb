"""HepMC2 ASCII (``IO_GenEvent``), gzipped where the name ends in ``.gz``: the same chain as in HepMC3.

HepMC2 has no room for the run's metadata, which stand in FILE.json, nor for attributes of events: the signal process of
an event is 1000 times the number of its process plus that of its channel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lvgen.errors import UserError
from lvgen.io.event_formats import EventFormat
from lvgen.io.record import EventRecord, Events
from lvgen.io.textstream import opened_to_read

#: a process number times this, plus a channel number
PROCESS_STEP = 1000
_START = b"HepMC::IO_GenEvent-START_EVENT_LISTING"
_END = b"HepMC::IO_GenEvent-END_EVENT_LISTING"


def write(events: Events, path: Path) -> None:
    """Write events; raises UserError where the metadata name no beam particle."""
    import pyhepmc

    from lvgen.io.hepmc_graph import EventBuilder
    from lvgen.io.hepmc_stream import write_listing

    class Builder(EventBuilder):
        def describe(self, event: Any, process: int, channel: int, collision: list[float]) -> None:  # noqa: ARG002
            event.attributes["signal_process_id"] = PROCESS_STEP * process + channel

    info = pyhepmc.GenRunInfo()
    info.weight_names = [str(name) for name in events.metadata.get("weight_names") or ["Default"]]
    write_listing(events, path, "WriterAsciiHepMC2", info, Builder)


def read(path: Path) -> EventRecord:
    """Read a record that lvgen wrote, without metadata; particles come vertex by vertex.

    raises UserError for other files and for truncated ones
    """
    from lvgen.io.hepmc_reading import RecordBuilder
    from lvgen.io.hepmc_stream import read_listing

    class Builder(RecordBuilder):
        def numbers(self, attributes: dict[str, str]) -> tuple[int, int]:
            return divmod(int(attributes["signal_process_id"]), PROCESS_STEP)

    expected = _count(path)
    builder = Builder()
    with opened_to_read(path) as file:
        for event in read_listing(file, "ReaderAsciiHepMC2"):
            if event.particles:
                builder.add(event)
    if builder.n_events != expected:
        raise UserError(f"is damaged: only {builder.n_events} of {expected} events can be read")
    return builder.record({})


def _count(path: Path) -> int:
    """Number of events of a whole listing, of which every event has the lines that it announces.

    The library that parses it may crash on a damaged one.
    """
    listing = _Listing()
    with opened_to_read(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                listing.add(line.split())
            except (ValueError, IndexError):
                if listing.begun:
                    raise UserError(f"is damaged: line {number} cannot be part of a HepMC2 listing") from None
                break
            if not listing.begun and number > 3:
                break
    if not listing.begun:
        raise UserError("is not a HepMC2 ASCII file")
    if not listing.ended:
        raise UserError("is truncated: it has no end of the event listing")
    return listing.n_events


class _Listing:
    """State of a listing that is read line by line; ``add`` raises ValueError or IndexError for an impossible line."""

    def __init__(self) -> None:
        self.begun = self.ended = False
        self.n_events = 0
        self._vertices = self._particles = 0

    def add(self, words: list[bytes]) -> None:
        if not self.begun:
            self.begun = words == [_START]
        elif words == [_END]:
            self._complete()
            self.ended = True
        elif words and not self.ended:
            self._in_event(words)

    def _in_event(self, words: list[bytes]) -> None:
        kind, numbers = words[0], words[1:]
        if kind == b"E":
            self._complete()
            self.n_events += 1
            list(map(float, numbers))
            self._vertices = int(numbers[7])
        elif kind == b"V":
            self._complete(vertices=None)
            list(map(float, numbers))
            self._vertices -= 1
            self._particles = int(numbers[6]) + int(numbers[7])
        elif kind == b"P":
            list(map(float, numbers))
            self._particles -= 1
            if len(numbers) < 11 or self._particles < 0:
                raise ValueError(words)
        elif kind not in (b"N", b"U", b"C", b"H", b"F"):
            raise ValueError(words)

    def _complete(self, vertices: int | None = 0) -> None:
        if self._particles or (vertices is not None and self._vertices != vertices) or self._vertices < 0:
            raise ValueError


FORMAT = EventFormat(
    "hepmc2",
    (".hepmc2", ".hepmc2.gz"),
    write,
    read,
    "HepMC2 ASCII with the whole chain",
    sidecar=True,
)
