"""HepMC3 ASCII, gzipped where the name ends in ``.gz``.

Each event is the whole chain: beam (status 4) -> production vertex -> [parent hadron (2) -> its decay vertex ->] boson
(2) -> decay vertex -> products (1, or 2 with a vertex of their own).  The production vertex stands where the boson is
made, since a record holds no other point upstream of the decay.  Vertices have status 1 where the boson or its parent
is made, 2 where the boson decays, 3 where one of its products or of its companions does.  All of the run's metadata
stand in the run info under ``lvgen.``, as text or, where they are no text, as JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lvgen.errors import UserError
from lvgen.io.event_formats import EventFormat
from lvgen.io.hepmc_check import count_events
from lvgen.io.jsontext import dumps
from lvgen.io.record import EventRecord, Events
from lvgen.io.textstream import opened_to_read

PREFIX = "lvgen."
VERTEX_STATUS = {
    "1": "production of the boson, or of the hadron that decays into it",
    "2": "decay of the boson",
    "3": "decay of a product, or of a particle made with the boson",
}


def write(events: Events, path: Path) -> None:
    """Write events; the same events give the same bytes, gzipped or not.

    raises UserError where the metadata name no beam particle: HepMC3 cannot read a vertex without incoming particle
    """
    from lvgen.io.hepmc_stream import write_listing

    write_listing(events, path, "WriterAscii", run_info(events.metadata))


def read(path: Path) -> EventRecord:
    """Read a record that lvgen wrote; raises UserError for other HepMC3 files and for truncated or damaged ones."""
    from lvgen.io.hepmc_reading import RecordBuilder

    return read_with(path, RecordBuilder())


def read_with(path: Path, builder: Any) -> EventRecord:
    """As ``read``, with another ``RecordBuilder``."""
    from lvgen.io.hepmc_stream import read_listing

    with opened_to_read(path) as file:
        expected = count_events(file)
    metadata: dict[str, Any] = {}
    with opened_to_read(path) as file:
        for event in read_listing(file, "ReaderAscii"):
            if not metadata:
                metadata.update(_metadata(event.run_info))
            if event.particles:
                builder.add(event)
    if builder.n_events != expected:
        raise UserError(f"is damaged: only {builder.n_events} of {expected} events can be read")
    record: EventRecord = builder.record(metadata)
    return record


def run_info(metadata: dict[str, Any]) -> Any:
    """GenRunInfo with tool, names of the weights, and all metadata under ``lvgen.``."""
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


FORMAT = EventFormat(
    "hepmc3",
    (".hepmc3", ".hepmc", ".hepmc3.gz", ".hepmc.gz"),
    write,
    read,
    "HepMC3 ASCII with the whole chain",
)
