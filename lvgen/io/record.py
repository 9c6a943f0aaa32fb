"""The event record: one row per event and a jagged list of particles, in plain arrays.

Every event file and ``result.events`` hold these columns.  GeV; mm and mm/c for positions and times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

_FOUR_MOMENTUM = ("px", "py", "pz", "e")
_POSITION = ("x", "y", "z", "t")

#: per-event columns in their order in files, with their types
EVENT_COLUMNS: dict[str, DTypeLike] = {
    "event": np.int64,
    "weight": np.float64,
    "process": np.int32,
    "channel": np.int32,
    "llp_pdg": np.int32,
    **{f"llp_{c}": np.float64 for c in _FOUR_MOMENTUM},
    **{f"vertex_{c}": np.float64 for c in _POSITION},
    **{f"origin_{c}": np.float64 for c in _POSITION},
    "parent_pdg": np.int32,
    **{f"parent_{c}": np.float64 for c in _POSITION},
}
#: columns that files of earlier versions lack, and those whose values then stand for them: a parent that was made
#: where it decayed
LATER_COLUMNS = {f"parent_{c}": f"origin_{c}" for c in _POSITION}

#: columns of the particle list, with their types; files call them ``particle_pdg`` and so on
PARTICLE_COLUMNS: dict[str, DTypeLike] = {
    "pdg": np.int32,
    **dict.fromkeys(_FOUR_MOMENTUM, np.float64),
    "mother": np.int32,
    "status": np.int32,
    **dict.fromkeys(_POSITION, np.float64),
}

#: values of ``mother``: made with the boson, decay product of the boson; k > 0 is the k-th particle of the list
WITH_BOSON, FROM_BOSON = -1, 0
#: values of ``status``
FINAL, DECAYED = 1, 2
#: rounding allowed between a particle's production point and the vertex it belongs to, mm and relative
_POINT_ABSOLUTE, _POINT_RELATIVE = 1e-6, 1e-9


#: events that writers take at once
PIECE_EVENTS = 65_536


class Events(Protocol):
    """What is written to event files: records one after the other, and the metadata of all."""

    metadata: dict[str, Any]

    def __len__(self) -> int: ...

    def pieces(self) -> Iterator[EventRecord]:
        """Records of ``PIECE_EVENTS`` events, the last of fewer; at least one, and each time the same."""
        ...


@dataclass(eq=False)
class EventRecord:
    """Events in columns.

    columns : per-event arrays of shape (n,), keys of ``EVENT_COLUMNS``; ``LATER_COLUMNS`` may be left out
    counts : (n,) number of particles of each event
    particles : flat arrays of shape (sum of counts,), keys of ``PARTICLE_COLUMNS``
    metadata : JSON-able facts about the run, among them the names of process and channel numbers
    raises ValueError where columns are missing, of unequal length or not finite, or where the list of an event is
    not a tree: each mother stands before its daughters, has status 2, and its daughters begin at one point
    Where no particle of an event comes from the boson, the boson leaves undecayed, and ``vertex_*`` says where it is
    last known.
    """

    columns: dict[str, NDArray[Any]]
    counts: NDArray[Any]
    particles: dict[str, NDArray[Any]]
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stand_in = {name: self.columns[other] for name, other in LATER_COLUMNS.items() if other in self.columns}
        self.columns = _typed({**stand_in, **self.columns}, EVENT_COLUMNS, "event")
        self.particles = _typed(self.particles, PARTICLE_COLUMNS, "particle")
        self.counts = _as_type(self.counts, np.int64, "counts")
        if not isinstance(self.metadata, dict):
            raise ValueError(f"metadata are a {type(self.metadata).__name__}, not a dict")
        self.validate()

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """(n + 1,) where the particles of each event begin in the flat arrays."""
        return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(self.counts, dtype=np.int64)])

    def validate(self) -> None:
        """Check lengths, finiteness and the tree of particles; raises ValueError."""
        n = len(self.counts)
        _check_lengths(self.columns, n, "event")
        if n and self.counts.min() < 0:
            raise ValueError("negative number of particles in an event")
        _check_lengths(self.particles, int(self.counts.sum()), "particle")
        for name, values in [*self.columns.items(), *(("particle_" + k, v) for k, v in self.particles.items())]:
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                raise ValueError(f"column {name} is not finite in event {self._event_of(name, ~np.isfinite(values))}")
        self._check_tree()

    def to_awkward(self) -> Any:
        """The events as an awkward array with ``vector`` behaviours; buffers are shared, not copied.

        Fields are the columns of the files (``weight``, ``particle_px``, ...) and, as views of the same numbers,
        ``llp`` (Momentum4D), ``vertex`` and ``origin`` (Vector4D), and ``particle``, a jagged Momentum4D that also has
        ``pdg``, ``mother``, ``status`` and its production point ``production`` (Vector4D).
        """
        from lvgen.io.awkward_view import to_awkward

        return to_awkward(self)

    def slice(self, start: int, stop: int) -> EventRecord:
        """Events ``start`` up to, not including, ``stop``; event numbers and metadata stay as they are."""
        first, last, _ = slice(start, stop).indices(len(self))
        last = max(first, last)
        offsets = self.offsets
        # events were checked one by one, so those of a part need no second look
        part = object.__new__(EventRecord)
        part.columns = {name: values[first:last] for name, values in self.columns.items()}
        part.counts = self.counts[first:last]
        part.particles = {name: values[offsets[first] : offsets[last]] for name, values in self.particles.items()}
        part.metadata = dict(self.metadata)
        return part

    def pieces(self) -> Iterator[EventRecord]:
        """The record in pieces of ``PIECE_EVENTS`` events, the last of fewer; itself where it is no longer."""
        if len(self) <= PIECE_EVENTS:
            yield self
            return
        for start in range(0, len(self), PIECE_EVENTS):
            yield self.slice(start, start + PIECE_EVENTS)

    @property
    def decays(self) -> NDArray[np.bool_]:
        """(n,) whether the boson of each event decays; else it leaves undecayed."""
        found = np.zeros(len(self.counts), dtype=bool)
        found[np.repeat(np.arange(len(self.counts)), self.counts)[self.particles["mother"] == FROM_BOSON]] = True
        return found

    def _event_of(self, column: str, bad: NDArray[np.bool_]) -> int:
        """Position of the first event that a mask of a column marks."""
        index = int(np.flatnonzero(bad)[0])
        if not column.startswith("particle_"):
            return index
        return int(np.searchsorted(self.offsets, index, side="right")) - 1

    def _check_tree(self) -> None:
        mother, status = self.particles["mother"], self.particles["status"]
        start = np.repeat(self.offsets[:-1], self.counts)
        place = np.arange(len(mother)) - start
        self._refuse(~np.isin(status, (FINAL, DECAYED)), "a status other than 1 and 2")
        self._refuse((mother < WITH_BOSON) | (mother > place), "a mother that does not stand before its daughter")
        daughter = mother > 0
        above = (start + mother - 1)[daughter]
        has_daughters = np.zeros(len(mother), dtype=bool)
        has_daughters[above] = True
        self._refuse(has_daughters != (status == DECAYED), "a particle with status 2 and no daughters, or the reverse")
        first = np.full(len(mother), len(mother))
        np.minimum.at(first, above, np.flatnonzero(daughter))
        for c in _POSITION:
            point = np.where(
                mother == FROM_BOSON,
                np.repeat(self.columns[f"vertex_{c}"], self.counts),
                np.repeat(self.columns[f"origin_{c}"], self.counts),
            )
            point[daughter] = self.particles[c][first[above]]
            apart = np.abs(self.particles[c] - point) > _POINT_ABSOLUTE + _POINT_RELATIVE * np.abs(point)
            self._refuse(apart, f"a particle whose {c} is not that of the vertex it comes from")

    def _refuse(self, bad: NDArray[np.bool_], what: str) -> None:
        if bad.any():
            raise ValueError(f"event {self._event_of('particle_', bad)} has {what}")


def gathered(events: Events) -> EventRecord:
    """All events in one record, for formats that cannot be written piece by piece."""
    return events if isinstance(events, EventRecord) else concatenate(list(events.pieces()), events.metadata)


def known_columns(names: Iterable[str]) -> list[str]:
    """The columns of ``EVENT_COLUMNS`` to be read from a file that has these ones."""
    there = set(names)
    return [name for name in EVENT_COLUMNS if name in there or name not in LATER_COLUMNS]


def concatenate(records: Sequence[EventRecord], metadata: Mapping[str, Any] | None = None) -> EventRecord:
    """One record after the other, with events numbered anew from 0.

    metadata : of the result; left out, that of the first record as it is (sums of weights are the caller's affair)
    raises ValueError for an empty sequence
    """
    if not records:
        raise ValueError("no records to concatenate")
    columns = {name: np.concatenate([r.columns[name] for r in records]) for name in EVENT_COLUMNS}
    columns["event"] = np.arange(len(columns["event"]), dtype=np.int64)
    particles = {name: np.concatenate([r.particles[name] for r in records]) for name in PARTICLE_COLUMNS}
    counts = np.concatenate([r.counts for r in records])
    return EventRecord(columns, counts, particles, dict(records[0].metadata if metadata is None else metadata))


def _typed(given: Mapping[str, Any], wanted: Mapping[str, DTypeLike], kind: str) -> dict[str, NDArray[Any]]:
    missing, extra = _names(wanted.keys() - given.keys()), _names(given.keys() - wanted.keys())
    if missing or extra:
        said = [f"missing {missing}"] * bool(missing) + [f"unknown {extra}"] * bool(extra)
        raise ValueError(f"{kind} columns: {'; '.join(said)}")
    return {name: _as_type(given[name], dtype, name) for name, dtype in wanted.items()}


def _as_type(values: Any, dtype: DTypeLike, name: str) -> NDArray[Any]:
    array = np.asarray(values)
    wanted = np.dtype(dtype)
    if array.ndim != 1:
        raise ValueError(f"column {name} has {array.ndim} dimensions, not 1")
    if len(array) and not np.can_cast(array.dtype, wanted, "same_kind"):
        raise ValueError(f"column {name} is {array.dtype}, not {wanted}")
    if len(array) and wanted.kind == "i" and array.dtype.itemsize > wanted.itemsize:
        limits = np.iinfo(wanted)
        if array.min() < limits.min or array.max() > limits.max:
            raise ValueError(f"column {name} does not fit in {wanted}")
    return np.ascontiguousarray(array, dtype=wanted)


def _check_lengths(columns: Mapping[str, NDArray[Any]], n: int, kind: str) -> None:
    for name, values in columns.items():
        if len(values) != n:
            raise ValueError(f"{kind} column {name} has {len(values)} entries, not {n}")


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
