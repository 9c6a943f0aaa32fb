"""Event records to HepMC3 graphs and back; what the graph looks like is said in ``event_formats.hepmc3``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.io.record import DECAYED, EVENT_COLUMNS, FROM_BOSON, PARTICLE_COLUMNS, WITH_BOSON, EventRecord

_BEAM = 4
_PRODUCTION, _DECAY, _FURTHER_DECAY = 1, 2, 3
#: z in mm that stands for a vertex at exactly (0, 0, 0, 0), which HepMC3 would take for one without position
GUARD = 1e-9
#: columns of the points of an event
_PLACES = [f"{kind}_{c}" for kind in ("vertex", "origin", "parent") for c in "xyzt"]
#: squared-mass rounding of a four-momentum of double precision, relative to E^2
_ROUNDING = 1e-12


class EventBuilder:
    """Makes the GenEvents of a record.

    record : its metadata must name at least one beam particle, else UserError
    run_info : GenRunInfo that every event carries
    """

    def __init__(self, record: EventRecord, run_info: Any) -> None:
        self.run_info = run_info
        self._record = record
        self._beams = _beam_particles(record.metadata)
        self._cross_section = _cross_section(record.metadata)
        self._offsets = record.offsets

    def events(self, start: int, stop: int) -> Iterator[Any]:
        """Yield the GenEvents of rows ``start`` to ``stop``; one object is reused, so write it before going on."""
        import pyhepmc

        event = pyhepmc.GenEvent(self.run_info, pyhepmc.Units.GEV, pyhepmc.Units.MM)
        for row in self._rows(start, min(stop, len(self._record))):
            event.clear()
            event.run_info = self.run_info
            self._fill(event, *row)
            yield event

    def _rows(self, start: int, stop: int) -> Iterator[tuple[Any, ...]]:
        """Python numbers of one event after the other: attribute by attribute of pyhepmc, arrays would be slower."""
        columns = {name: values[start:stop] for name, values in self._record.columns.items()}
        low, high = self._offsets[start], self._offsets[stop]
        particles = {name: values[low:high] for name, values in self._record.particles.items()}
        heads = zip(*(columns[name].tolist() for name in ("event", "weight", "process", "channel")), strict=True)
        llp = self._llp_rows(columns)
        parents = _parent_rows(columns, particles, self._record.counts[start:stop])
        points = zip(*(_points(columns, kind) for kind in ("parent_", "origin_", "vertex_")), strict=True)
        masses = table_masses(particles["pdg"], _momenta(particles))
        momenta, own_points = _momenta(particles).tolist(), _points(particles, "")
        rows = list(
            zip(
                momenta,
                *(particles[name].tolist() for name in ("pdg", "status", "mother")),
                masses.tolist(),
                own_points,
                strict=True,
            )
        )
        bounds = (self._offsets[start : stop + 1] - low).tolist()
        for i, (head, boson, parent, point) in enumerate(zip(heads, llp, parents, points, strict=True)):
            yield head, boson, parent, point, rows[bounds[i] : bounds[i + 1]]

    def _llp_rows(self, columns: dict[str, NDArray[Any]]) -> Iterator[tuple[Any, ...]]:
        momenta = _momenta(columns, "llp_")
        mass = self._record.metadata.get("mass_gev")
        masses = np.full(len(momenta), mass) if mass is not None else kinematic_masses(momenta)
        return zip(momenta.tolist(), columns["llp_pdg"].tolist(), masses.tolist(), strict=True)

    def _fill(self, event: Any, head: Any, boson_row: Any, parent_row: Any, points: Any, rows: list[Any]) -> None:
        import pyhepmc

        event.event_number, weight, process, channel = head
        event.weights = [weight]
        self._attach_cross_section(event)
        event.attributes["lvgen.process"] = process
        event.attributes["lvgen.channel"] = channel

        made, origin, decay = points
        vertices = [_vertex(made, _PRODUCTION)]
        for momentum, pdg, mass in self._beams:
            beam = _particle(momentum, pdg, _BEAM, mass)
            event.add_particle(beam)
            vertices[0].add_particle_in(beam)
        if parent_row[1]:
            parent = _particle(parent_row[0], parent_row[1], DECAYED, parent_row[2])
            event.add_particle(parent)
            vertices[0].add_particle_out(parent)
            vertices.append(_vertex(origin, _PRODUCTION))
            vertices[1].add_particle_in(parent)
        boson = _particle(boson_row[0], boson_row[1], DECAYED, boson_row[2])
        event.add_particle(boson)
        birth = vertices[-1]
        birth.add_particle_out(boson)

        # vertices by the value of ``mother``; particles keep the order of the record, so that it can be read back
        by_mother = {WITH_BOSON: birth}
        listed: list[pyhepmc.GenParticle] = []
        for momentum, pdg, status, mother, mass, point in rows:
            particle = _particle(momentum, pdg, status, mass)
            event.add_particle(particle)
            listed.append(particle)
            vertex = by_mother.get(mother)
            if vertex is None:
                first_decay = mother == FROM_BOSON
                vertex = _vertex(decay if first_decay else point, _DECAY if first_decay else _FURTHER_DECAY)
                vertex.add_particle_in(boson if first_decay else listed[mother - 1])
                by_mother[mother] = vertex
                vertices.append(vertex)
            vertex.add_particle_out(particle)
        for vertex in vertices:
            event.add_vertex(vertex)

    def _attach_cross_section(self, event: Any) -> None:
        import pyhepmc

        if self._cross_section is not None:
            event.cross_section = cross_section = pyhepmc.GenCrossSection()
            cross_section.set_cross_section(*self._cross_section)


class RecordBuilder:
    """Collects GenEvents that ``EventBuilder`` made into a record; raises UserError for graphs of another form."""

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
        except (KeyError, ValueError, IndexError):
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

    def _add(self, data: Any) -> None:
        particles, vertices = data.particles.tolist(), data.vertices.tolist()
        born, incoming = _links(data)
        decay = _only(v for v, vertex in enumerate(vertices) if vertex[0] == _DECAY)
        boson = _only(incoming[decay])
        birth = born[boson]
        parents = [p for p in incoming[birth] if particles[p][1] != _BEAM]
        parent = _only(parents) if parents else None
        attributes = dict(zip(data.attribute_name, data.attribute_string, strict=True))
        pid, _, _, _, px, py, pz, e = particles[boson]
        head = (data.event_number, data.weights.tolist()[0], int(attributes["lvgen.process"]))
        parent_pdg = 0 if parent is None else particles[parent][0]
        self._heads.append((*head, int(attributes["lvgen.channel"]), pid, px, py, pz, e, parent_pdg))
        made = birth if parent is None else born[parent]
        self._points.append([c for vertex in (decay, birth, made) for c in _unguarded(vertices[vertex])])
        place: dict[int, int] = {}
        for i, (pid, status, _, _, px, py, pz, e) in enumerate(particles):
            if status == _BEAM or i in (boson, parent):
                continue
            vertex = born[i]
            mother = {birth: WITH_BOSON, decay: FROM_BOSON}.get(vertex)
            if mother is None:
                mother = place[_only(incoming[vertex])]
            place[i] = len(place) + 1
            self._particles.append((pid, px, py, pz, e, mother, status, *_unguarded(vertices[vertex])))
        self._counts.append(len(place))


def kinematic_masses(momenta: NDArray[np.float64]) -> NDArray[np.float64]:
    """sqrt(E^2 - p^2), 0 where that is negative; ``momenta`` of shape (n, 4), (px, py, pz, E), GeV."""
    p = np.sqrt(np.sum(momenta[:, :3] ** 2, axis=1))
    energy = momenta[:, 3]
    result: NDArray[np.float64] = np.sqrt(np.maximum((energy - p) * (energy + p), 0.0))
    return result


def table_masses(pdg: NDArray[Any], momenta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Masses in GeV: the table's where the four-momentum has it within rounding, else the four-momentum's.

    pdg : (n,); momenta : (n, 4), (px, py, pz, E), GeV
    E^2 - p^2 alone would give a TeV electron's mass to a few per cent only.
    """
    from lvgen import particles

    masses = kinematic_masses(momenta)
    for code in np.unique(pdg).tolist():
        try:
            nominal = particles.mass(code)
        except Exception:  # noqa: S112 (codes outside the table, or without a mass there, keep the kinematic one)
            continue
        same = (pdg == code) & (np.abs(masses**2 - nominal**2) <= _ROUNDING * momenta[:, 3] ** 2)
        masses[same] = nominal
    return masses


def _beam_particles(metadata: dict[str, Any]) -> list[tuple[list[float], int, float]]:
    beams = metadata.get("beams") or []
    if not beams:
        raise UserError("cannot be written as HepMC3: the events' metadata name no beam particle ('beams')")
    try:
        pdg = np.array([int(beam["pdg"]) for beam in beams])
        momenta = np.array([[float(beam[c]) for c in ("px", "py", "pz", "e")] for beam in beams])
    except (KeyError, TypeError, ValueError):
        raise UserError("cannot be written as HepMC3: 'beams' of the metadata need pdg, px, py, pz and e") from None
    return list(zip(momenta.tolist(), pdg.tolist(), table_masses(pdg, momenta).tolist(), strict=True))


def _cross_section(metadata: dict[str, Any]) -> tuple[float, float, int, int] | None:
    """Production cross-section in pb, its error, events in the file and trials; None where it is not known."""
    value, error = metadata.get("cross_section_pb"), metadata.get("cross_section_error_pb")
    if value is None:
        return None
    events, trials = (int(metadata.get(key) or -1) for key in ("n_events", "n_generated"))
    return float(value), float(error or 0.0), events, trials


def _parent_rows(
    columns: dict[str, NDArray[Any]], particles: dict[str, NDArray[Any]], counts: NDArray[Any]
) -> Iterator[tuple[Any, ...]]:
    """Momentum, PDG id and mass of the parent hadron: the boson and all that was made with it."""
    companion = particles["mother"] == WITH_BOSON
    row = np.repeat(np.arange(len(counts)), counts)[companion]
    momenta = _momenta(columns, "llp_")
    np.add.at(momenta, row, _momenta(particles)[companion])
    pdg = columns["parent_pdg"]
    masses = np.zeros(len(counts))
    masses[pdg != 0] = table_masses(pdg[pdg != 0], momenta[pdg != 0])
    return zip(momenta.tolist(), pdg.tolist(), masses.tolist(), strict=True)


def _momenta(columns: dict[str, NDArray[Any]], prefix: str = "") -> NDArray[np.float64]:
    return np.stack([columns[f"{prefix}{c}"] for c in ("px", "py", "pz", "e")], axis=1)


def _points(columns: dict[str, NDArray[Any]], prefix: str) -> list[list[float]]:
    points = np.stack([columns[f"{prefix}{c}"] for c in "xyzt"], axis=1)
    points[~points.any(axis=1), 2] = GUARD
    rows: list[list[float]] = points.tolist()
    return rows


def _unguarded(vertex: tuple[Any, ...]) -> tuple[float, ...]:
    point = vertex[1:]
    return (0.0, 0.0, 0.0, 0.0) if point == (0.0, 0.0, GUARD, 0.0) else point


def _particle(momentum: list[float], pdg: int, status: int, mass: float) -> Any:
    import pyhepmc

    particle = pyhepmc.GenParticle(momentum, pdg, status)
    particle.generated_mass = mass
    return particle


def _vertex(position: list[float], status: int) -> Any:
    import pyhepmc

    vertex = pyhepmc.GenVertex(position)
    vertex.status = status
    return vertex


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
