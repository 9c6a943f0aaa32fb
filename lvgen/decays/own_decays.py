"""Decays of unstable particles that the model brings along: chi_2 of an inelastic pair of dark matter."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.products import DECAYED, FINAL, Products, joined
from lvgen.kernels.cascade import proper_paths

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Keys = NDArray[np.uint64]

#: what tells the streams of these decays from those of the primary decay with the same key, and of the cascade
_FLIGHT, _DECAY = np.uint64(0xD6E8FEB86659FD93), np.uint64(0x8EBC6AF09C88C6E3)


class OwnDecay(Protocol):
    """A decay with its lifetime: ``lvgen.decays.inelastic.ChiDecay`` is one."""

    @property
    def ctau(self) -> float:
        """Proper decay length, m."""
        ...

    def generate(self, keys: Keys, momenta: Floats, weight: Floats, /) -> tuple[Ints, Floats]:
        """PDG ids (n, d) and momenta (n, d, 4) of the daughters of particles with momenta (n, 4), GeV."""
        ...


def with_own_decay(products: Products, pdg: int, decay: OwnDecay, keys: Keys, weight: Floats) -> Products:
    """The same products with the particles ``pdg``, at most one in each row, decayed in flight.

    products : primary products of n bosons; keys : (n,) streams of the primary decay
    weight : (n,) rows of weight 0 are passed over
    """
    found = products.pdg == pdg
    rows = np.flatnonzero(found.any(axis=1) & (weight != 0.0))
    if not len(rows):
        return products
    slot = np.argmax(found[rows], axis=1)
    mother = np.ascontiguousarray(products.momentum[rows, slot])
    ids, momenta = decay.generate(keys[rows] ^ _DECAY, mother, np.ones(len(rows)))
    path = np.empty(len(rows))
    proper_paths(keys[rows] ^ _FLIGHT, decay.ctau, path)
    mass = np.sqrt(momenta.sum(axis=1) ** 2 @ np.array([1.0, -1.0, -1.0, -1.0]))
    step = (path / mass)[:, None] * mother[:, [1, 2, 3, 0]]
    widened = joined([products], products.pdg.shape[1] + ids.shape[1])
    widened.status[rows, slot] = DECAYED
    place = products.counts[rows][:, None] + np.arange(ids.shape[1])
    at = rows[:, None], place
    widened.pdg[at], widened.momentum[at] = ids, momenta
    widened.mother[at], widened.status[at] = slot[:, None] + 1, FINAL
    widened.point[at] = (products.point[rows, slot] + step)[:, None, :]
    return widened
