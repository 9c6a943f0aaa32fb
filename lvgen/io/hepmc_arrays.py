"""Particles and vertices of many HepMC graphs at once, in the order in which ``hepmc_graph`` adds them.

Graphs of one form differ in numbers only: the library makes one of them anew from two arrays, several times faster than
particle by particle.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.io.record import DECAYED, FINAL, FROM_BOSON, WITH_BOSON, EventRecord

Floats = NDArray[np.float64]
_MOMENTUM = ("px", "py", "pz", "e")


class GraphArrays:
    """Arrays of the events of a record.

    beams : momentum, PDG id and mass of each beam particle; statuses : of the beam particles
    parents, bosons : momenta (n, 4) and masses (n,); masses : of the listed particles
    made, origins, decays, points : (., 4) where parents are made and decay, where bosons do, and where listed
        particles begin, mm; without a parent, ``made`` is where the boson is made
    particle_type, vertex_type : of the library's arrays
    """

    def __init__(
        self,
        record: EventRecord,
        beams: list[Any],
        statuses: list[int],
        parents: tuple[Floats, Floats],
        bosons: tuple[Floats, Floats],
        masses: Floats,
        made: Floats,
        origins: Floats,
        decays: Floats,
        points: Floats,
        particle_type: Any,
        vertex_type: Any,
    ) -> None:
        self._record = record
        has_parent = record.columns["parent_pdg"] != 0
        sizes = len(beams) + has_parent + 1 + record.counts
        offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
        particles = np.zeros(offsets[-1], dtype=particle_type)
        particles["is_mass_set"] = True
        starts = offsets[:-1]
        for k, ((momentum, pdg, mass), status) in enumerate(zip(beams, statuses, strict=True)):
            _fill(particles, starts + k, pdg, status, mass, np.broadcast_to(np.array(momentum), (len(record), 4)))
        after = starts + len(beams)
        pdg = record.columns["parent_pdg"][has_parent]
        _fill(particles, after[has_parent], pdg, DECAYED, parents[1][has_parent], parents[0][has_parent])
        boson = after + has_parent
        end = np.where(record.decays, DECAYED, FINAL)
        _fill(particles, boson, record.columns["llp_pdg"], end, bosons[1], bosons[0])
        within = np.arange(len(masses)) - np.repeat(record.offsets[:-1], record.counts)
        listed = np.stack([record.particles[c] for c in _MOMENTUM], axis=1)
        rows = np.repeat(boson + 1, record.counts) + within
        _fill(particles, rows, record.particles["pdg"], record.particles["status"], masses, listed)
        self._particles, self._bounds = particles, offsets.tolist()
        self._vertices, self._vertex_bounds = _vertices(
            record, has_parent, (made, origins, decays, points), vertex_type
        )
        self._has_parent = has_parent.tolist()

    def events(self) -> Iterator[tuple[Any, NDArray[Any], NDArray[Any]]]:
        """Form of each event's graph, hashable, with its particles and its vertices."""
        record = self._record
        mother, status = record.particles["mother"], record.particles["status"]
        numbers = zip(record.columns["process"].tolist(), record.columns["channel"].tolist(), strict=True)
        offsets = record.offsets.tolist()
        for i, number in enumerate(numbers):
            rows = slice(offsets[i], offsets[i + 1])
            form = (*number, self._has_parent[i], mother[rows].tobytes(), status[rows].tobytes())
            particles = self._particles[self._bounds[i] : self._bounds[i + 1]]
            yield form, particles, self._vertices[self._vertex_bounds[i] : self._vertex_bounds[i + 1]]


def _fill(particles: NDArray[Any], rows: Any, pdg: Any, status: Any, mass: Any, momentum: Floats) -> None:
    particles["pid"][rows], particles["status"][rows], particles["mass"][rows] = pdg, status, mass
    for k, name in enumerate(_MOMENTUM):
        particles[name][rows] = momentum[:, k]


def _vertices(
    record: EventRecord, has_parent: NDArray[np.bool_], positions: tuple[Floats, Floats, Floats, Floats], dtype: Any
) -> tuple[NDArray[Any], list[int]]:
    """Positions of all vertices, and where those of each event begin; the status is that of the form."""
    made, origins, decays, points = positions
    n = len(record)
    event = np.repeat(np.arange(n), record.counts)
    mother = record.particles["mother"].astype(np.int64)
    width = int(record.counts.max(initial=0)) + 1
    own = np.flatnonzero(mother != WITH_BOSON)
    # the first daughter of each mother opens a vertex
    opening = own[np.sort(np.unique(event[own] * width + mother[own], return_index=True)[1])]
    number = np.bincount(event[opening], minlength=n)
    sizes = 1 + has_parent + number
    bounds = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
    place = np.zeros((bounds[-1], 4))
    place[bounds[:-1]] = made
    place[(bounds[:-1] + 1)[has_parent]] = origins[has_parent]
    within = np.arange(len(opening)) - np.repeat(np.cumsum(number) - number, number)
    rows = np.repeat(bounds[:-1] + 1 + has_parent, number) + within
    from_boson = mother[opening] == FROM_BOSON
    place[rows] = np.where(from_boson[:, None], decays[event[opening]], points[opening])
    vertices = np.zeros(len(place), dtype=dtype)
    for k, name in enumerate("xyzt"):
        vertices[name] = place[:, k]
    return vertices, bounds.tolist()
