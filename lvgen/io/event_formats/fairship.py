"""ROOT for FairShip's reader of EventCalc events: a TTree ``LLP_tree`` whose branches are read by their place.

All are double: px, py, pz, e, mass and pdg of the boson, decay_prob, vx, vy, vz, then six branches for each daughter,
and ``ndau``, the largest number of daughters, to which all events are filled up with pdg -999 (FairShip,
shipgen/EvtCalcGenerator.cxx).  GeV and metres; decay_prob is the event's weight.  One vertex holds all daughters:
short-lived ones are resolved into their products there, those with c tau above 1 mm are FairShip's to decay.  Bosons
that leave undecayed are left out.  The run's metadata stand as JSON text in ``metadata``, which FairShip does not read.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lvgen.io.event_formats import EventFormat
from lvgen.io.jsontext import dumps
from lvgen.io.record import EventRecord, Events

TREE, METADATA = "LLP_tree", "metadata"
#: pdg of a daughter that is not there
NOBODY = -999.0
#: particles that live longer are not resolved, m
LONG_LIVED = 1e-3
_MM = 1e-3
_BOSON = ("px_llp", "py_llp", "pz_llp", "e_llp", "mass_llp", "pdg_llp", "decay_prob", "vx", "vy", "vz")
_DAUGHTER = ("px_prod", "py_prod", "pz_prod", "e_prod", "mass_prod", "pdg_prod")
_CHUNK = 5000


def branch_names(daughters: int) -> list[str]:
    """Names of the branches in their order, with so many daughters.

    >>> branch_names(0)[-2:]
    ['vz', 'ndau']
    """
    return [*_BOSON, *(f"{name}{k}" for k in range(1, daughters + 1) for name in _DAUGHTER), "ndau"]


def write(events: Events, path: Path) -> None:
    """Write events with zlib; the pieces are gone through twice, first for the largest number of daughters."""
    import uproot

    daughters = max((int(_daughters(piece)[1].max(initial=0)) for piece in events.pieces()), default=0)
    names = branch_names(daughters)
    with uproot.recreate(path, compression=uproot.ZLIB(4)) as file:
        tree = file.mktree(TREE, dict.fromkeys(names, np.dtype(np.float64)))
        for record in events.pieces():
            table = _table(record, daughters)
            for start in range(0, len(table), _CHUNK):
                rows = table[start : start + _CHUNK]
                tree.extend({name: np.ascontiguousarray(rows[:, i]) for i, name in enumerate(names)})
        file[METADATA] = dumps(events.metadata)


def _daughters(record: EventRecord) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the particles that go into the tree, and how many each event has."""
    from lvgen.io.family import daughters_at_vertex

    pdg = record.particles["pdg"]
    long_lived = np.isin(pdg, [code for code in np.unique(pdg).tolist() if _ctau(code) > LONG_LIVED])
    rows = daughters_at_vertex(record, long_lived)
    event = np.searchsorted(record.offsets, rows, side="right") - 1
    return rows, np.bincount(event, minlength=len(record))


def _ctau(pdg: int) -> float:
    from lvgen import particles

    try:
        return particles.ctau(pdg)
    except Exception:  # the table of particles does not have it: resolved where it decays
        return 0.0


def _table(record: EventRecord, daughters: int) -> NDArray[np.float64]:
    """(events, branches) of the events in which the boson decays."""
    from lvgen.io.hepmc_graph import kinematic_masses, table_masses

    columns, particles = record.columns, record.particles
    boson = np.stack([columns[f"llp_{c}"] for c in ("px", "py", "pz", "e")], axis=1)
    known = record.metadata.get("mass_gev")
    mass = kinematic_masses(boson) if known is None else np.full(len(boson), float(known))
    rest = [columns["llp_pdg"], columns["weight"], *(_MM * columns[f"vertex_{c}"] for c in "xyz")]
    rows, counts = _daughters(record)
    momenta = np.stack([particles[c][rows] for c in ("px", "py", "pz", "e")], axis=1)
    pdg = particles["pdg"][rows]
    slots = np.zeros((len(record), daughters, 6))
    slots[:, :, 5] = NOBODY
    event = np.repeat(np.arange(len(record)), counts)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    slots[event, place] = np.column_stack([momenta, table_masses(pdg, momenta), pdg])
    filled = np.full(len(record), float(daughters))
    table = np.column_stack([boson, mass, *rest, slots.reshape(len(record), -1), filled])
    return table[record.decays]


FORMAT = EventFormat(
    "fairship",
    (".fairship.root",),
    write,
    None,
    "ROOT TTree 'LLP_tree' as FairShip reads it from EventCalc",
    lost="production points, times, what was made with the boson, process and channel",
)
