"""Flat CSV, gzipped where the name ends in ``.gz``: one row for each particle, the columns of its event repeated.

An event without particles has one row whose particle columns are empty.  The run's metadata stand in FILE.json.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lvgen.errors import UserError
from lvgen.io.event_formats import EventFormat
from lvgen.io.record import EVENT_COLUMNS, LATER_COLUMNS, PARTICLE_COLUMNS, EventRecord, Events, known_columns
from lvgen.io.textstream import opened_to_read, opened_to_write

_PARTICLE = "particle_"


def write(events: Events, path: Path) -> None:
    """Write events with all their digits; the same events give the same bytes."""
    import pyarrow.csv as pc

    with opened_to_write(path) as file:
        for k, record in enumerate(events.pieces()):
            pc.write_csv(_table(record), file, pc.WriteOptions(include_header=k == 0, quoting_style="none"))


def read(path: Path) -> EventRecord:
    """Read a record that lvgen wrote, without metadata; raises UserError where columns are missing."""
    import pyarrow as pa
    import pyarrow.csv as pc

    types = {name: pa.from_numpy_dtype(np.dtype(dtype)) for name, dtype in _types().items()}
    with opened_to_read(path) as file:
        table = pc.read_csv(file, convert_options=pc.ConvertOptions(column_types=types))
    missing = [name for name in types if name not in table.column_names and name not in LATER_COLUMNS]
    if missing:
        raise UserError(f"is not an lvgen event file: columns {', '.join(missing)} missing")
    number = table["event"].to_numpy()
    first = np.flatnonzero(np.concatenate([[True], number[1:] != number[:-1]])) if len(number) else np.zeros(0, int)
    listed = table[f"{_PARTICLE}pdg"].is_valid().to_numpy()
    particles = table.filter(pa.array(listed))
    return EventRecord(
        {name: table[name].to_numpy()[first] for name in known_columns(table.column_names)},
        np.add.reduceat(listed.astype(np.int64), first) if len(first) else np.zeros(0, np.int64),
        {name: particles[_PARTICLE + name].to_numpy() for name in PARTICLE_COLUMNS},
        {},
    )


def _types() -> dict[str, Any]:
    return EVENT_COLUMNS | {_PARTICLE + name: dtype for name, dtype in PARTICLE_COLUMNS.items()}


def _table(record: EventRecord) -> Any:
    import pyarrow as pa

    rows = np.maximum(record.counts, 1)
    columns = {name: np.repeat(values, rows) for name, values in record.columns.items()}
    absent = np.repeat(record.counts == 0, rows)
    source = np.cumsum(~absent) - 1
    for name, values in record.particles.items():
        filled = values[np.maximum(source, 0)] if len(values) else np.zeros(len(source), values.dtype)
        columns[_PARTICLE + name] = pa.array(filled, mask=absent)
    return pa.table(columns)


FORMAT = EventFormat("csv", (".csv", ".csv.gz"), write, read, "CSV, one row for each particle", sidecar=True)
