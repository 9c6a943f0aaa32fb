"""Les Houches events, gzipped where the name ends in ``.gz``: the chain without any point in space or time.

Beams (status -1), intermediate particles (2) and final ones (1), 13 columns each.  The lifetime column is the proper
c tau in mm that a decayed particle lived.  XWGTUP is the number of events that the event stands for; XSECUP is the
production cross-section in pb where it is known, and IDWTUP is 3.  The run's metadata stand in the header as JSON.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lvgen.io.event_formats import EventFormat
from lvgen.io.jsontext import dumps
from lvgen.io.record import DECAYED, EventRecord, Events
from lvgen.io.textstream import opened_to_write

#: element of the header that holds the metadata as JSON
ELEMENT = "lvgen"
NOTES = (
    "Made by lvgen. Les Houches events hold mothers and proper lifetimes, but no vertices and no times. "
    "VTIMUP is the proper c tau in mm that the particle lived: a program that displaces by it must not draw "
    "a lifetime of its own as well. XWGTUP sums to the number of events expected in the exposure."
)
_INCOMING = -1
_SPIN = 9.0
_PROCESS = 1
_CHUNK = 2000
#: shorter than the library's columns, with more digits, and half as long to make
_NUMBERS = " ".join(f"{{{name}:.13g}}" for name in ("px", "py", "pz", "e", "m", "lifetime"))
_PARTICLE = "{id} {status} {mother1} {mother2} {color1} {color2} " + _NUMBERS + " {spin}"
_EVENT = "{nparticles} {pid} {weight:.16g} {scale} {aqed} {aqcd}"


def write(events: Events, path: Path) -> None:
    """Write events; raises UserError where the metadata name no beam particle."""
    import xml.etree.ElementTree as ET

    import pylhe

    from lvgen.io.hepmc_graph import beam_particles

    element = ET.Element(ELEMENT)
    element.text = dumps(events.metadata)
    header = pylhe.LHEHeader(pylhe.LHEHeader.fromstring("<header></header>").initrwgt, [element])
    beams = beam_particles(events.metadata)
    listing = pylhe.LHEFile(_init(events.metadata, beams), _events(events, beams), header, NOTES)
    style = pylhe.LHEXMLFormat(particle=_PARTICLE, eventinfo=_EVENT)
    with opened_to_write(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=True)
        listing.write(text, style)
        text.write("\n")
        text.flush()
        text.detach()


def _init(metadata: dict[str, Any], beams: list[Any]) -> Any:
    import pylhe

    ids = [pdg for _, pdg, _ in beams] + [0]
    energies = [momentum[3] for momentum, _, _ in beams] + [0.0]
    value, error = metadata.get("cross_section_pb") or 0.0, metadata.get("cross_section_error_pb") or 0.0
    info = pylhe.LHEInitInfo(ids[0], ids[1], energies[0], energies[1], 0, 0, 0, 0, 3, 1)
    tool = pylhe.LHEGenerator("lvgen", str(metadata.get("version", "")), str(metadata.get("description", "")))
    return pylhe.LHEInit(info, [pylhe.LHEProcInfo(float(value), float(error), 1.0, _PROCESS)], [tool])


def _events(events: Events, beams: list[Any]) -> Iterator[Any]:
    import pylhe

    incoming = [
        pylhe.LHEParticle(pdg, _INCOMING, 0, 0, 0, 0, px, py, pz, e, mass, 0.0, _SPIN)
        for (px, py, pz, e), pdg, mass in beams
    ]
    for piece in events.pieces():
        for start in range(0, len(piece), _CHUNK):
            yield from _of_records(piece.slice(start, start + _CHUNK), incoming)


def _of_records(record: EventRecord, incoming: list[Any]) -> Iterator[Any]:
    import pylhe

    from lvgen.io.family import family_of

    family = family_of(record)
    n = len(incoming)
    status = [2 if value == DECAYED else 1 for value in family.status.tolist()]
    # what has no mother of its own comes from the beams
    mothers = [(mother + n, mother + n) if mother else (1, n) for mother in family.mother.tolist()]
    rows = zip(
        family.pdg.tolist(), status, mothers, family.momentum.tolist(), family.mass.tolist(),
        family.lifetime.tolist(), strict=True,
    )  # fmt: skip
    particles = [
        pylhe.LHEParticle(pdg, code, first, second, 0, 0, px, py, pz, e, mass, lifetime, _SPIN)
        for pdg, code, (first, second), (px, py, pz, e), mass, lifetime in rows
    ]
    bounds = family.offsets.tolist()
    for weight, low, high in zip(record.columns["weight"].tolist(), bounds[:-1], bounds[1:], strict=True):
        listed = [*incoming, *particles[low:high]]
        info = pylhe.LHEEventInfo(len(listed), _PROCESS, weight, -1.0, -1.0, -1.0)
        yield pylhe.LHEEvent(info, listed)


FORMAT = EventFormat(
    "lhe",
    (".lhe", ".lhe.gz"),
    write,
    None,
    "Les Houches events: no vertices, no times",
    lost="vertices and times (proper lifetimes stay), event numbers, process and channel",
)
