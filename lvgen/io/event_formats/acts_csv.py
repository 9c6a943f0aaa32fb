"""CSV files as Acts' examples read particles, two for each event, in one zip archive.

``event000000000-particles.csv`` has the final particles, ``event000000000-vertices.csv`` the points where they begin
(Acts, Examples/Io/Csv: CsvParticleReader, CsvVertexWriter, CsvOutputData).  GeV and mm.  The times are c t in mm: Acts'
reader and writer multiply them by mm, although a comment beside the columns says ns.  The five columns of a particle's
id are numbered as Acts' HepMC3 converter does: primary vertex 1, decay vertices from 1 as secondary ones, particles
from 1 through the event.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lvgen.io.event_formats import EventFormat
from lvgen.io.record import FINAL, EventRecord, Events

PARTICLES = (
    "particle_id_pv", "particle_id_sv", "particle_id_part", "particle_id_gen", "particle_id_subpart", "particle_type",
    "process", "vx", "vy", "vz", "vt", "px", "py", "pz", "m", "q",
)  # fmt: skip
VERTICES = ("x", "y", "z", "T")
_ROW = "%d,%d,%d,0,0,%d,0," + ",".join(["%.12g"] * 9)
_POINT = ",".join(["%.12g"] * 4)
#: a fixed time, so that equal events give equal bytes
_TIME = (1980, 1, 1, 0, 0, 0)


def write(events: Events, path: Path) -> None:
    """Write events; the same events give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for record in events.pieces():
            for number, particles, vertices in _texts(record):
                for stem, text in (("particles", particles), ("vertices", vertices)):
                    entry = zipfile.ZipInfo(f"event{number:09d}-{stem}.csv", _TIME)
                    entry.compress_type = zipfile.ZIP_STORED
                    entry.external_attr = 0o644 << 16
                    archive.writestr(entry, text)


def _texts(record: EventRecord) -> Iterator[tuple[int, str, str]]:
    """Event number and the two texts of each event."""
    from lvgen import particles
    from lvgen.io.family import family_of

    family = family_of(record)
    starts = np.repeat(family.offsets[:-1], family.counts)
    event = np.repeat(np.arange(len(record)), family.counts)
    # what a parent hadron gives where it is made belongs to the primary vertex
    is_parent = np.zeros(len(event), dtype=bool)
    at_once = np.all([record.columns[f"parent_{c}"] == record.columns[f"origin_{c}"] for c in "xyz"], axis=0)
    is_parent[family.offsets[:-1][(record.columns["parent_pdg"] != 0) & at_once]] = True
    opens = (family.first > 0) & ~is_parent
    secondary = _counted(opens, starts)
    above = starts + family.mother - 1
    vertex = np.where((family.mother > 0) & ~is_parent[np.maximum(above, 0)], secondary[np.maximum(above, 0)], 0)
    final = family.status == FINAL
    charges = {code: _charge(particles, code, record) for code in np.unique(family.pdg).tolist()}
    charge = np.array([charges[code] for code in family.pdg.tolist()])
    columns = [np.ones_like(vertex), vertex, _counted(final, starts), family.pdg]
    numbers = np.column_stack([family.point, family.momentum[:, :3], family.mass, charge])
    rows = np.flatnonzero(final)
    lines = [_ROW % (*ids, *values) for ids, values in _zipped(columns, numbers, rows)]
    points = dict(zip(zip(event[rows].tolist(), vertex[rows].tolist(), strict=True), rows.tolist(), strict=True))
    bounds = np.searchsorted(event[rows], np.arange(len(record) + 1))
    header, vertex_header = ",".join(PARTICLES), ",".join(VERTICES)
    by_event: list[list[str]] = [[] for _ in range(len(record))]
    for (number, _), row in sorted(points.items()):
        by_event[number].append(_POINT % tuple(family.point[row].tolist()))
    for k, number in enumerate(record.columns["event"].tolist()):
        text = "\n".join([header, *lines[bounds[k] : bounds[k + 1]], ""])
        yield number, text, "\n".join([vertex_header, *by_event[k], ""])


def _counted(chosen: Any, starts: Any) -> Any:
    """Running number, from 1, of the chosen rows within their event."""
    total = np.cumsum(chosen)
    return total - (total[starts] - chosen[starts])


def _zipped(columns: list[Any], numbers: Any, rows: Any) -> Iterator[tuple[Any, Any]]:
    ids = zip(*(values[rows].tolist() for values in columns), strict=True)
    return zip(ids, numbers[rows].tolist(), strict=True)


def _charge(particles: Any, pdg: int, record: EventRecord) -> int:
    """Charge of a particle; that of the boson is never looked up, since tables infer it wrongly."""
    return 0 if pdg in record.columns["llp_pdg"] else int(particles.charge(pdg))


FORMAT = EventFormat(
    "acts_csv",
    (".acts.zip",),
    write,
    None,
    "CSV files of Acts, two for each event, in a zip archive",
    sidecar=True,
    lost="weights, the chain above the final particles, process and channel",
)
