"""Parquet: per-event columns and list columns ``particle_*``, the metadata as JSON in the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lvgen.errors import UserError
from lvgen.io.event_formats import EventFormat
from lvgen.io.jsontext import dumps
from lvgen.io.record import EVENT_COLUMNS, PARTICLE_COLUMNS, EventRecord, Events, known_columns

#: columns of few different values; for others a dictionary is tried in vain, which takes longer than all the rest
_REPEATED = (
    "weight", "process", "channel", "llp_pdg", "parent_pdg",
    *(f"particle_{name}.list.element" for name in ("pdg", "mother", "status")),
)  # fmt: skip
#: of zstd; higher ones make files smaller by less than a tenth, and double the time
_LEVEL = 1
#: key of the schema's metadata under which the run's metadata stands as JSON
METADATA_KEY = b"metadata"


def write(events: Events, path: Path) -> None:
    """Write events, a row group for each piece; the same events give the same bytes with the same pyarrow."""
    import pyarrow.parquet as pq

    pieces = iter(events.pieces())
    table = _table(next(pieces))
    with pq.ParquetWriter(
        path, table.schema, compression="zstd", compression_level=_LEVEL, use_dictionary=list(_REPEATED),
        write_page_checksum=True,
    ) as writer:  # fmt: skip
        writer.write_table(table)
        for piece in pieces:
            writer.write_table(_table(piece))


def read(path: Path) -> EventRecord:
    """Read a record, verifying the checksums of the pages; raises UserError where columns are missing."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, page_checksum_verification=True)
    _check(table)
    lists = {name: table[f"particle_{name}"].combine_chunks() for name in PARTICLE_COLUMNS}
    return EventRecord(
        {name: table[name].to_numpy() for name in known_columns(table.column_names)},
        lists["pdg"].value_lengths().to_numpy(zero_copy_only=False),
        {name: values.flatten().to_numpy(zero_copy_only=False) for name, values in lists.items()},
        json.loads(table.schema.metadata[METADATA_KEY]),
    )


def _table(record: EventRecord) -> Any:
    import numpy as np
    import pyarrow as pa

    # nothing is ever absent, and readers give plain types instead of optional ones when told so
    fields = [pa.field(name, pa.from_numpy_dtype(np.dtype(t)), nullable=False) for name, t in EVENT_COLUMNS.items()]
    arrays = [pa.array(values) for values in record.columns.values()]
    offsets = pa.array(record.offsets, type=pa.int32())
    for name, values in record.particles.items():
        item = pa.field("item", pa.from_numpy_dtype(values.dtype), nullable=False)
        fields.append(pa.field(f"particle_{name}", pa.list_(item), nullable=False))
        arrays.append(pa.ListArray.from_arrays(offsets, pa.array(values), type=pa.list_(item)))
    schema = pa.schema(fields, metadata={METADATA_KEY: dumps(record.metadata).encode()})
    return pa.Table.from_arrays(arrays, schema=schema)


def _check(table: Any) -> None:
    wanted = [*known_columns(table.column_names), *(f"particle_{name}" for name in PARTICLE_COLUMNS)]
    missing = [name for name in wanted if name not in table.column_names]
    if missing or METADATA_KEY not in (table.schema.metadata or {}):
        lacking = f"columns {', '.join(missing)}" if missing else "the run's metadata"
        raise UserError(f"is not an lvgen event file: {lacking} missing")


FORMAT = EventFormat("parquet", (".parquet",), write, read, "Apache Parquet, one row per event, particles in lists")
