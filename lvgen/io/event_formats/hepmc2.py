"""HepMC2 ASCII (``IO_GenEvent``), gzipped where the name ends in ``.gz``: the same chain as in HepMC3.

HepMC2 has no room for the run's metadata, which stand in FILE.json, nor for attributes of events: the signal process of
an event is 1000 times the number of its process plus that of its channel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lvgen.errors import UserError
from lvgen.io.event_formats import EventFormat
from lvgen.io.hepmc2_check import count_events
from lvgen.io.record import EventRecord, Events
from lvgen.io.textstream import opened_to_read

#: a process number times this, plus a channel number
PROCESS_STEP = 1000


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

    with opened_to_read(path) as file:
        expected = count_events(file)
    builder = Builder()
    with opened_to_read(path) as file:
        for event in read_listing(file, "ReaderAsciiHepMC2"):
            if event.particles:
                builder.add(event)
    if builder.n_events != expected:
        raise UserError(f"is damaged: only {builder.n_events} of {expected} events can be read")
    return builder.record({})


FORMAT = EventFormat(
    "hepmc2",
    (".hepmc2", ".hepmc2.gz"),
    write,
    read,
    "HepMC2 ASCII with the whole chain",
    sidecar=True,
)
