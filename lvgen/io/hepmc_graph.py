"""Event records to HepMC3 graphs and back; what the graph looks like is said in ``event_formats.hepmc3``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.io.hepmc_arrays import GraphArrays
from lvgen.io.record import DECAYED, FINAL, FROM_BOSON, WITH_BOSON, EventRecord


@dataclass(frozen=True)
class StatusCodes:
    """Status of vertices (where the beam particles meet, where a parent hadron decays, where the boson does, where
    others do) and of the beam particles in their order."""

    production: int = 1
    parent_decay: int = 1
    decay: int = 2
    further_decay: int = 3
    beams: tuple[int, ...] = (4, 4)


#: attribute of an event whose boson leaves undecayed: where it is last known, mm
EXIT = "lvgen.exit"
#: z in mm that stands for a vertex at exactly (0, 0, 0, 0), which HepMC3 would take for one without position
GUARD = 1e-9
#: squared-mass rounding of a four-momentum of double precision, relative to E^2
_ROUNDING = 1e-12


class EventBuilder:
    """Makes the GenEvents of a record.

    record : its metadata must name at least one beam particle, else UserError
    run_info : GenRunInfo that every event carries
    Dialects of HepMC set ``codes``, ``describe``, and ``describes_each`` where that looks at more than the numbers of
    process and channel.
    """

    codes = StatusCodes()
    describes_each = False

    def __init__(self, record: EventRecord, run_info: Any) -> None:
        self.run_info = run_info
        self._record = record
        self._beams = beam_particles(record.metadata)
        self._cross_section = _cross_section(record.metadata)
        self._offsets = record.offsets
        self._forms: dict[Any, Any] = {}

    def events(self, start: int, stop: int) -> Iterator[Any]:
        """Yield the GenEvents of rows ``start`` to ``stop``; one object is reused, so write it before going on."""
        import pyhepmc

        event = pyhepmc.GenEvent(self.run_info, pyhepmc.Units.GEV, pyhepmc.Units.MM)
        piece = self._record.slice(start, stop)
        points = zip(*(_points(piece.columns, kind).tolist() for kind in ("parent_", "vertex_")), strict=True)
        heads = zip(*(piece.columns[name].tolist() for name in ("event", "weight")), strict=True)
        decays = piece.decays.tolist()
        rows = zip(self._arrays(piece).events(), heads, points, strict=True)
        for i, ((form, particles, vertices), (number, weight), (made, decay)) in enumerate(rows):
            if form not in self._forms:
                self._forms[form] = self._form(event, start + i)
            data = self._forms[form]
            status = data.vertices["status"].copy()
            data.particles[:], data.vertices[:], data.weights[:] = particles, vertices, weight
            data.vertices["status"] = status
            data.event_number = number
            event.read_data(data)
            event.run_info = self.run_info
            if self.describes_each:
                self.describe(event, form[0], form[1], made)
            if not decays[i]:
                event.attributes[EXIT] = " ".join(map(repr, decay))
            yield event

    def _form(self, event: Any, row: int) -> Any:
        """The data of one event, made particle by particle, into which others of the same form are filled."""
        import pyhepmc

        event.clear()
        event.run_info = self.run_info
        self._fill(event, *next(self._rows(row, row + 1)))
        data = pyhepmc.GenEventData()
        event.write_data(data)
        return data

    def _arrays(self, piece: EventRecord) -> GraphArrays:
        import pyhepmc

        columns, particles = piece.columns, piece.particles
        parents, _, parent_masses = _parents(columns, particles, piece.counts)
        listed = _momenta(particles)
        statuses = [self.codes.beams[min(i, len(self.codes.beams) - 1)] for i in range(len(self._beams))]
        empty = pyhepmc.GenEventData()
        return GraphArrays(
            piece,
            self._beams,
            statuses,
            (parents, parent_masses),
            self._bosons(columns),
            table_masses(particles["pdg"], listed),
            _points(columns, "parent_"),
            _points(columns, "origin_"),
            _points(columns, "vertex_"),
            _points(particles, ""),
            empty.particles.dtype,
            empty.vertices.dtype,
        )

    def _rows(self, start: int, stop: int) -> Iterator[tuple[Any, ...]]:
        """Python numbers of one event after the other: attribute by attribute of pyhepmc, arrays would be slower."""
        columns = {name: values[start:stop] for name, values in self._record.columns.items()}
        low, high = self._offsets[start], self._offsets[stop]
        particles = {name: values[low:high] for name, values in self._record.particles.items()}
        heads = zip(*(columns[name].tolist() for name in ("event", "weight", "process", "channel")), strict=True)
        momenta, masses = self._bosons(columns)
        llp = zip(momenta.tolist(), columns["llp_pdg"].tolist(), masses.tolist(), strict=True)
        found = _parents(columns, particles, self._record.counts[start:stop])
        parents = zip(*(values.tolist() for values in found), strict=True)
        points = zip(*(_points(columns, kind).tolist() for kind in ("parent_", "origin_", "vertex_")), strict=True)
        masses = table_masses(particles["pdg"], _momenta(particles))
        own_points = _points(particles, "").tolist()
        rows = list(
            zip(
                _momenta(particles).tolist(),
                *(particles[name].tolist() for name in ("pdg", "status", "mother")),
                masses.tolist(),
                own_points,
                strict=True,
            )
        )
        bounds = (self._offsets[start : stop + 1] - low).tolist()
        for i, (head, boson, parent, point) in enumerate(zip(heads, llp, parents, points, strict=True)):
            yield head, boson, parent, point, rows[bounds[i] : bounds[i + 1]]

    def describe(self, event: Any, process: int, channel: int, collision: list[float]) -> None:  # noqa: ARG002
        """Give an event its attributes; ``collision`` is where the beams meet, mm."""
        event.attributes["lvgen.process"] = process
        event.attributes["lvgen.channel"] = channel

    def _bosons(self, columns: dict[str, NDArray[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Momenta (n, 4) and masses (n,)."""
        momenta = _momenta(columns, "llp_")
        mass = self._record.metadata.get("mass_gev")
        return momenta, np.full(len(momenta), float(mass)) if mass is not None else kinematic_masses(momenta)

    def _fill(self, event: Any, head: Any, boson_row: Any, parent_row: Any, points: Any, rows: list[Any]) -> None:
        import pyhepmc

        event.event_number, weight, process, channel = head
        event.weights = [weight]
        self._attach_cross_section(event)
        made, origin, decay = points
        self.describe(event, process, channel, made)
        vertices = [_vertex(made, self.codes.production)]
        for i, (momentum, pdg, mass) in enumerate(self._beams):
            beam = _particle(momentum, pdg, self.codes.beams[min(i, len(self.codes.beams) - 1)], mass)
            event.add_particle(beam)
            vertices[0].add_particle_in(beam)
        if parent_row[1]:
            parent = _particle(parent_row[0], parent_row[1], DECAYED, parent_row[2])
            event.add_particle(parent)
            vertices[0].add_particle_out(parent)
            vertices.append(_vertex(origin, self.codes.parent_decay))
            vertices[1].add_particle_in(parent)
        decays = any(row[3] == FROM_BOSON for row in rows)
        boson = _particle(boson_row[0], boson_row[1], DECAYED if decays else FINAL, boson_row[2])
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
                if mother == FROM_BOSON:
                    vertex = _vertex(decay, self.codes.decay)
                    vertex.add_particle_in(boson)
                else:
                    vertex = _vertex(point, self.codes.further_decay)
                    vertex.add_particle_in(listed[mother - 1])
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


def beam_particles(metadata: dict[str, Any]) -> list[tuple[list[float], int, float]]:
    beams = metadata.get("beams") or []
    if not beams:
        raise UserError("cannot be written: the events' metadata name no beam particle ('beams')")
    try:
        pdg = np.array([int(beam["pdg"]) for beam in beams])
        momenta = np.array([[float(beam[c]) for c in ("px", "py", "pz", "e")] for beam in beams])
    except (KeyError, TypeError, ValueError):
        raise UserError("cannot be written: 'beams' of the metadata need pdg, px, py, pz and e") from None
    return list(zip(momenta.tolist(), pdg.tolist(), table_masses(pdg, momenta).tolist(), strict=True))


def _cross_section(metadata: dict[str, Any]) -> tuple[float, float, int, int] | None:
    """Production cross-section in pb, its error, events in the file and trials; None where it is not known."""
    value, error = metadata.get("cross_section_pb"), metadata.get("cross_section_error_pb")
    if value is None:
        return None
    events, trials = (int(metadata.get(key) or -1) for key in ("n_events", "n_generated"))
    return float(value), float(error or 0.0), events, trials


def _parents(
    columns: dict[str, NDArray[Any]], particles: dict[str, NDArray[Any]], counts: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[np.float64]]:
    """Momentum, PDG id and mass of the parent hadron: the boson and all that was made with it."""
    companion = particles["mother"] == WITH_BOSON
    row = np.repeat(np.arange(len(counts)), counts)[companion]
    momenta = _momenta(columns, "llp_")
    np.add.at(momenta, row, _momenta(particles)[companion])
    pdg = columns["parent_pdg"]
    masses = np.zeros(len(counts))
    masses[pdg != 0] = table_masses(pdg[pdg != 0], momenta[pdg != 0])
    return momenta, pdg, masses


def _momenta(columns: dict[str, NDArray[Any]], prefix: str = "") -> NDArray[np.float64]:
    return np.stack([columns[f"{prefix}{c}"] for c in ("px", "py", "pz", "e")], axis=1)


def _points(columns: dict[str, NDArray[Any]], prefix: str) -> NDArray[np.float64]:
    """(n, 4) positions; one at exactly the origin is guarded."""
    points = np.stack([columns[f"{prefix}{c}"] for c in "xyzt"], axis=1)
    points[~points.any(axis=1), 2] = GUARD
    return points


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
