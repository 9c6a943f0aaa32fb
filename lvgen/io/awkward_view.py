"""Event records as awkward arrays with ``vector`` behaviours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvgen.io.record import EventRecord


def to_awkward(record: EventRecord) -> Any:
    """See ``EventRecord.to_awkward``; the behaviours travel with the array and nothing global is changed."""
    import awkward as ak
    from vector.backends.awkward import behavior

    fields = {name: ak.contents.NumpyArray(values) for name, values in record.columns.items()}
    flat = {name: ak.contents.NumpyArray(values) for name, values in record.particles.items()}
    offsets = ak.index.Index64(record.offsets)
    for name, content in flat.items():
        fields[f"particle_{name}"] = ak.contents.ListOffsetArray(offsets, content)
    fields["llp"] = _named("Momentum4D", {c: fields[f"llp_{c}"] for c in ("pdg", "px", "py", "pz", "e")})
    for point in ("vertex", "origin"):
        fields[point] = _named("Vector4D", {c: fields[f"{point}_{c}"] for c in "xyzt"})
    production = _named("Vector4D", {c: flat.pop(c) for c in "xyzt"})
    particle = _named("Momentum4D", flat | {"production": production})
    fields["particle"] = ak.contents.ListOffsetArray(offsets, particle)
    return ak.Array(_record(fields, len(record)), behavior=behavior)


def jagged(record: EventRecord) -> Any:
    """The particle list alone as a jagged awkward array of plain records, for writers."""
    import awkward as ak

    flat = {name: ak.contents.NumpyArray(values) for name, values in record.particles.items()}
    content = _record(flat, int(record.counts.sum()))
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(record.offsets), content))


def counts_and_flat(lists: Any) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Lengths and flattened entries of a jagged array of numbers."""
    import awkward as ak

    return np.asarray(ak.num(lists, axis=1), dtype=np.int64), ak.to_numpy(ak.flatten(lists, axis=1))


def _named(name: str, fields: dict[str, Any]) -> Any:
    import awkward as ak

    return ak.contents.RecordArray(list(fields.values()), list(fields), parameters={"__record__": name})


def _record(fields: dict[str, Any], length: int) -> Any:
    import awkward as ak

    return ak.contents.RecordArray(list(fields.values()), list(fields), length=length)
