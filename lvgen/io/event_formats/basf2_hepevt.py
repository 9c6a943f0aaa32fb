"""HEPEVT text as basf2's ``HepevtInput`` reads it, gzipped where the name ends in ``.gz``.

A header ``event number-of-particles weight``, then 15 columns for each particle: status, PDG id, two mothers, first and
last daughter, px, py, pz, E, mass, x, y, z, t; GeV, mm, mm/c.  Rows count from 1, and the daughters of a particle stand
together (basf2, generators/hepevt/HepevtReader.cc).  The beams are left out: basf2 takes what has no daughters for
final, and gives a particle one mother only.
"""

from __future__ import annotations

from pathlib import Path

from lvgen.io.event_formats import EventFormat
from lvgen.io.record import EventRecord, Events
from lvgen.io.textstream import opened_to_write

_CHUNK = 2000
_LINE = "%d %d %d %d %d %d" + 9 * " %.16g"


def write(events: Events, path: Path) -> None:
    """Write events; the same events give the same bytes."""
    with opened_to_write(path) as file:
        for record in events.pieces():
            for start in range(0, len(record), _CHUNK):
                file.write(_text(record.slice(start, start + _CHUNK)).encode("ascii"))


def _text(record: EventRecord) -> str:
    from lvgen.io.family import family_of

    family = family_of(record)
    columns = [family.status, family.pdg, family.mother, family.mother, family.first, family.last]
    rows = zip(
        *(values.tolist() for values in columns),
        *family.momentum.T.tolist(),
        family.mass.tolist(),
        *family.point.T.tolist(),
        strict=True,
    )
    lines = [_LINE % row for row in rows]
    bounds = family.offsets.tolist()
    heads = zip(
        record.columns["event"].tolist(), family.counts.tolist(), record.columns["weight"].tolist(), strict=True
    )
    events = (
        [f"{number} {size} {weight:.16g}", *lines[low:high]]
        for (number, size, weight), low, high in zip(heads, bounds[:-1], bounds[1:], strict=True)
    )
    return "".join("\n".join(event) + "\n" for event in events)


FORMAT = EventFormat(
    "basf2_hepevt",
    (".hepevt", ".hepevt.gz"),
    write,
    None,
    "HEPEVT text in the dialect of basf2",
    sidecar=True,
    lost="process and channel of each event, the beams",
)
