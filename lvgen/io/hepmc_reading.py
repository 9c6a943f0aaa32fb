"""HepMC graphs that ``hepmc_graph`` made, back to event records."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.io.hepmc_graph import EXIT, GUARD, StatusCodes
from lvgen.io.record import EVENT_COLUMNS, FINAL, FROM_BOSON, PARTICLE_COLUMNS, WITH_BOSON, EventRecord

#: columns of the points of an event
_PLACES = [f"{kind}_{c}" for kind in ("vertex", "origin", "parent") for c in "xyzt"]


class RecordBuilder:
    """Collects GenEvents that ``EventBuilder`` made into a record; raises UserError for graphs of another form.

    Dialects of HepMC set ``codes`` and ``numbers``.
    """

    codes = StatusCodes()

    def __init__(self) -> None:
        self._heads: list[tuple[Any, ...]] = []
        self._points: list[list[float]] = []
        self._counts: list[int] = []
        self._particles: list[tuple[Any, ...]] = []

    @property
    def n_events(self) -> int:
        """Number of events collected."""
        return len(self._heads)

    def add(self, event: Any) -> None:
        """Add one event; raises UserError where it is not a chain with one boson."""
        import pyhepmc

        data = pyhepmc.GenEventData()
        event.write_data(data)
        try:
            self._add(data)
        except (KeyError, ValueError, IndexError, StopIteration):
            raise UserError(f"event {data.event_number} is not a chain that lvgen wrote") from None

    def record(self, metadata: dict[str, Any]) -> EventRecord:
        """The record of all events collected."""
        n = len(self._heads)
        head_names = [name for name in EVENT_COLUMNS if name not in _PLACES]
        heads = list(zip(*self._heads, strict=True)) if n else [()] * len(head_names)
        columns: dict[str, NDArray[Any]] = {
            name: np.array(values, dtype=EVENT_COLUMNS[name]) for name, values in zip(head_names, heads, strict=True)
        }
        points = np.array(self._points, dtype=np.float64).reshape(n, len(_PLACES))
        columns.update(zip(_PLACES, points.T, strict=True))
        rows = list(zip(*self._particles, strict=True)) if self._particles else [()] * len(PARTICLE_COLUMNS)
        particles = {
            name: np.array(values, dtype=dtype)
            for (name, dtype), values in zip(PARTICLE_COLUMNS.items(), rows, strict=True)
        }
        return EventRecord(columns, np.array(self._counts, dtype=np.int64), particles, metadata)

    def numbers(self, attributes: dict[str, str]) -> tuple[int, int]:
        """Numbers of process and channel, from an event's attributes."""
        return int(attributes["lvgen.process"]), int(attributes["lvgen.channel"])

    def _add(self, data: Any) -> None:
        particles, vertices = data.particles.tolist(), data.vertices.tolist()
        born, incoming = _links(data)
        beams = set(self.codes.beams)
        attributes = dict(zip(data.attribute_name, data.attribute_string, strict=True))
        decay, boson = self._decay_and_boson(particles, vertices, incoming)
        birth = born[boson]
        parents = [p for p in incoming[birth] if particles[p][1] not in beams]
        parent = _only(parents) if parents else None
        pid, _, _, _, px, py, pz, e = particles[boson]
        head = (data.event_number, data.weights.tolist()[0], *self.numbers(attributes))
        parent_pdg = 0 if parent is None else particles[parent][0]
        self._heads.append((*head, pid, px, py, pz, e, parent_pdg))
        end = _unguarded(vertices[decay]) if decay is not None else _exit(attributes)
        made = birth if parent is None else born[parent]
        self._points.append([*end, *_unguarded(vertices[birth]), *_unguarded(vertices[made])])
        place: dict[int, int] = {}
        for i, (pid, status, _, _, px, py, pz, e) in enumerate(particles):
            if status in beams or i in (boson, parent):
                continue
            vertex = born[i]
            mother = WITH_BOSON if vertex == birth else FROM_BOSON if vertex == decay else None
            if mother is None:
                mother = place[_only(incoming[vertex])]
            place[i] = len(place) + 1
            self._particles.append((pid, px, py, pz, e, mother, status, *_unguarded(vertices[vertex])))
        self._counts.append(len(place))

    def _decay_and_boson(
        self, particles: list[Any], vertices: list[Any], incoming: dict[int, list[int]]
    ) -> tuple[int | None, int]:
        """The boson's decay vertex, None where it leaves undecayed, and the boson, both counted from 0."""
        decays = [v for v, vertex in enumerate(vertices) if vertex[0] == self.codes.decay]
        if decays:
            decay = _only(decays)
            return decay, _only(incoming[decay])
        # a boson that does not decay is final, so what stands before it among the beams' products is its parent
        first = next(i for i, particle in enumerate(particles) if particle[1] not in self.codes.beams)
        return None, first if particles[first][1] == FINAL else first + 1


def _links(data: Any) -> tuple[dict[int, int], dict[int, list[int]]]:
    """Production vertex of each particle, and incoming particles of each vertex, all counted from 0."""
    born: dict[int, int] = {}
    incoming: dict[int, list[int]] = {}
    for first, second in zip(data.links1.tolist(), data.links2.tolist(), strict=True):
        if first > 0:
            incoming.setdefault(-second - 1, []).append(first - 1)
        else:
            born[second - 1] = -first - 1
    return born, incoming


def _only(items: Any) -> int:
    (item,) = items
    return int(item)


def _unguarded(vertex: tuple[Any, ...]) -> tuple[float, ...]:
    point = vertex[1:]
    return (0.0, 0.0, 0.0, 0.0) if point == (0.0, 0.0, GUARD, 0.0) else point


def _exit(attributes: dict[str, str]) -> list[float]:
    """Where a boson that does not decay is last known; the origin where the format does not keep it."""
    found = [float(number) for number in attributes.get(EXIT, "0 0 0 0").split()]
    if len(found) != 4:
        raise ValueError(found)
    return found
