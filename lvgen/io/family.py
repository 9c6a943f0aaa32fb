"""An event as one list, boson and parent hadron included, in which the daughters of a particle stand together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.io.hepmc_graph import kinematic_masses, table_masses
from lvgen.io.record import DECAYED, FINAL, FROM_BOSON, WITH_BOSON, EventRecord

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_MOMENTUM, _POINT = ("px", "py", "pz", "e"), ("x", "y", "z", "t")


@dataclass(frozen=True)
class Family:
    """All particles of all events, generation by generation; rows count from 1 within an event, 0 is nobody.

    counts : (n,) particles of each event; pdg, status, mother, first, last : (rows,) first and last are the daughters
    momentum : (rows, 4) px, py, pz, E in GeV; mass : (rows,) GeV; point : (rows, 4) where it is made, mm
    lifetime : (rows,) proper c tau in mm that a decayed particle lived, 0 for the others
    Each event begins with the parent hadron where there is one, else with the boson and what was made with it.
    """

    counts: Ints
    pdg: Ints
    status: Ints
    mother: Ints
    first: Ints
    last: Ints
    momentum: Floats
    mass: Floats
    point: Floats
    lifetime: Floats

    @property
    def offsets(self) -> Ints:
        """(n + 1,) where the rows of each event begin."""
        return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(self.counts)])


def family_of(record: EventRecord) -> Family:
    """The family lists of a record's events."""
    n, counts = len(record), record.counts
    has_parent = record.columns["parent_pdg"] != 0
    event = np.concatenate([np.flatnonzero(has_parent), np.arange(n), np.repeat(np.arange(n), counts)])
    pdg, status, momentum, mass, point = _rows(record, has_parent)
    mother = _mothers(record, has_parent)
    order = _breadth_first(event, mother)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    new_mother = np.where(mother >= 0, place[mother], -1)[order]
    totals = counts + 1 + has_parent
    starts = np.repeat(np.cumsum(totals) - totals, totals)
    first, last = _daughters(new_mother)
    lifetime = _lifetimes(momentum[order], mass[order], point[order][:, 3], first)
    own = np.where(first >= 0, first - starts + 1, 0), np.where(last >= 0, last - starts + 1, 0)
    above = np.where(new_mother >= 0, new_mother - starts + 1, 0)
    return Family(
        totals, pdg[order], status[order], above, *own, momentum[order], mass[order], point[order], lifetime
    )  # fmt: skip


def daughters_at_vertex(record: EventRecord, kept: NDArray[np.bool_]) -> Ints:
    """Rows of the particles that the boson's decay gives when short-lived ones among its products are resolved.

    kept : (particles,) which ones are taken as they are, whether or not they decay further on; final ones always are
    """
    mother, status = record.particles["mother"], record.particles["status"]
    above = np.where(mother > 0, np.repeat(record.offsets[:-1], record.counts) + mother - 1, -1)
    kept = kept | (status == FINAL)
    reached = mother == FROM_BOSON
    while True:
        further = reached | ((above >= 0) & reached[above] & ~kept[above])
        if (further == reached).all():
            return np.flatnonzero(reached & kept)
        reached = further


def _rows(record: EventRecord, has_parent: NDArray[np.bool_]) -> tuple[Ints, Ints, Floats, Floats, Floats]:
    """PDG id, status, momentum, mass and production point of parents, bosons and listed particles, in this order."""
    columns, particles = record.columns, record.particles
    boson = _stacked(columns, "llp_", _MOMENTUM)
    listed = _stacked(particles, "", _MOMENTUM)
    parent = boson.copy()
    event = np.repeat(np.arange(len(record)), record.counts)
    companion = particles["mother"] == WITH_BOSON
    np.add.at(parent, event[companion], listed[companion])
    parent, parent_pdg = parent[has_parent], columns["parent_pdg"][has_parent]
    origin, made = (_stacked(columns, prefix, _POINT) for prefix in ("origin_", "parent_"))
    known = record.metadata.get("mass_gev")
    boson_mass = kinematic_masses(boson) if known is None else np.full(len(boson), float(known))
    boson_status = np.where(record.decays, DECAYED, FINAL)
    return (
        np.concatenate([parent_pdg, columns["llp_pdg"], particles["pdg"]]).astype(np.int64),
        np.concatenate([np.full(len(parent), DECAYED), boson_status, particles["status"]]).astype(np.int64),
        np.concatenate([parent, boson, listed]),
        np.concatenate([table_masses(parent_pdg, parent), boson_mass, table_masses(particles["pdg"], listed)]),
        np.concatenate([made[has_parent], origin, _stacked(particles, "", _POINT)]),
    )


def _mothers(record: EventRecord, has_parent: NDArray[np.bool_]) -> Ints:
    """Row of each row's mother among parents, bosons and listed particles; -1 for nobody."""
    n, parents = len(record), int(has_parent.sum())
    parent_row = np.where(has_parent, np.cumsum(has_parent) - 1, -1)
    event = np.repeat(np.arange(n), record.counts)
    mother = record.particles["mother"].astype(np.int64)
    listed = parents + n + np.repeat(record.offsets[:-1], record.counts) + mother - 1
    listed = np.where(mother == FROM_BOSON, parents + event, listed)
    listed = np.where(mother == WITH_BOSON, parent_row[event], listed)
    return np.concatenate([np.full(parents, -1), parent_row, listed])


def _breadth_first(event: Ints, mother: Ints) -> Ints:
    """Rows in the order of the list: by event, then by generation, then by the mother's place."""
    key = event.copy()
    level = np.zeros(len(event), dtype=np.int64)
    rows = np.flatnonzero(mother < 0)
    depth = 0
    while len(rows):
        level[rows] = depth
        # the place within a generation orders the next one; rows of a stable sort keep the record's order
        rows = rows[np.argsort(key[rows], kind="stable")]
        place = np.full(len(event), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        key[rows] = place[rows]
        rows = np.flatnonzero((mother >= 0) & (place[mother] >= 0))
        key[rows] = place[mother[rows]]
        depth += 1
    return np.lexsort((key, level, event))


def _daughters(mother: Ints) -> tuple[Ints, Ints]:
    """First and last row whose mother is each row; -1 for none."""
    first = np.full(len(mother), len(mother), dtype=np.int64)
    last = np.full(len(mother), -1, dtype=np.int64)
    rows = np.flatnonzero(mother >= 0)
    np.minimum.at(first, mother[rows], rows)
    np.maximum.at(last, mother[rows], rows)
    return np.where(last >= 0, first, -1), last


def _lifetimes(momentum: Floats, mass: Floats, time: Floats, first: Ints) -> Floats:
    lived = np.where(first >= 0, time[first] - time, 0.0)
    result: Floats = lived * mass / momentum[:, 3]
    return result


def _stacked(columns: dict[str, NDArray[np.float64]], prefix: str, names: tuple[str, ...]) -> Floats:
    return np.stack([columns[prefix + name] for name in names], axis=1)
