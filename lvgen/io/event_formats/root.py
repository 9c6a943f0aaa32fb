"""ROOT: a TTree ``events`` with one jagged block ``particle``, and the metadata as JSON text in ``metadata``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from lvgen.errors import UserError
from lvgen.io.awkward_view import counts_and_flat, jagged
from lvgen.io.event_formats import EventFormat
from lvgen.io.jsontext import dumps
from lvgen.io.record import EVENT_COLUMNS, PARTICLE_COLUMNS, EventRecord, Events, known_columns

TREE, METADATA = "events", "metadata"
#: of zstd, which takes a quarter of the time that zlib takes for files as small
_LEVEL = 1
#: events per basket; large jagged baskets were seen to be unreadable in ROOT (scikit-hep/uproot5#1490)
_CHUNK = 5000


def write(events: Events, path: Path) -> None:
    """Write events with zstd, which ROOT reads from 6.20 on; the bytes differ between runs (ROOT stores times)."""
    import uproot

    types: dict[str, Any] = {name: np.dtype(dtype) for name, dtype in EVENT_COLUMNS.items()}
    tree = None
    with uproot.recreate(path, compression=uproot.ZSTD(_LEVEL)) as file:
        for record in events.pieces():
            particles = jagged(record)
            if tree is None:
                # assignment to file["events"] would write an RNTuple, which older programs cannot read
                branches = {**types, "particle": particles.type.content}
                tree = file.mktree(TREE, branches, title="lvgen events (GeV, mm, mm/c)")
            for start in range(0, len(record), _CHUNK):
                rows = slice(start, start + _CHUNK)
                chunk = {name: values[rows] for name, values in record.columns.items()}
                tree.extend({**chunk, "particle": particles[rows]})
        file[METADATA] = dumps(events.metadata)


def read(path: Path) -> EventRecord:
    """Read a record; raises UserError where the tree, a branch or the metadata is missing."""
    import uproot

    with uproot.open(path) as file:
        if path.stat().st_size < file.file.fEND:
            raise UserError("is truncated")
        tree = _tree(file)
        columns = {name: tree[name].array(library="np") for name in known_columns(tree.keys())}
        counts = np.zeros(0, dtype=np.int64)
        particles = {}
        for name in PARTICLE_COLUMNS:
            counts, particles[name] = counts_and_flat(tree[f"particle_{name}"].array())
        return EventRecord(columns, counts, particles, json.loads(str(file[METADATA])))


def _tree(file: Any) -> Any:
    kinds = file.classnames(cycle=False)
    if kinds.get(TREE) != "TTree" or METADATA not in kinds:
        raise UserError(f"is not an lvgen event file: no TTree {TREE!r} with {METADATA!r} beside it")
    tree = file[TREE]
    wanted = [*known_columns(tree.keys()), *(f"particle_{name}" for name in PARTICLE_COLUMNS)]
    missing = [name for name in wanted if name not in tree]
    if missing:
        raise UserError(f"is not an lvgen event file: branches {', '.join(missing)} missing")
    return tree


FORMAT = EventFormat("root", (".root",), write, read, "ROOT TTree 'events'")
