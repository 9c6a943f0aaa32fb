"""What kind of particle a detector takes a decay product for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.products import Products
from lvgen.kernels.acceptance import ELECTRON, HADRON, MUON, NEUTRAL, PHOTON, classify
from lvgen.particles import charge

Bytes = NDArray[np.int8]

_INVISIBLE = frozenset({12, 14, 16, 18})
#: ids above the quarks' and below the hadrons' that stand for new particles (PDG: 32 to 60)
_NEW = range(32, 100)


def kind_of(pdg: int) -> int:
    """The kernel's kind of a particle; 0 for neutrinos, for what is new, and for ids that nobody knows.

    Charged particles that are neither electrons nor muons count as hadrons, a tau that is left undecayed among them.
    """
    from particle import InvalidParticle, ParticleNotFound

    size = abs(pdg)
    if pdg == 0 or size in _INVISIBLE or size in _NEW:
        return 0
    if size in (11, 13):
        return ELECTRON if size == 11 else MUON
    if pdg == 22:
        return PHOTON
    try:
        return HADRON if charge(pdg) else NEUTRAL
    except (InvalidParticle, ParticleNotFound):
        return 0


class KindTable:
    """Kinds and charges of the particles met so far."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}
        for pdg in (11, -11, 13, -13, 22, 211, -211, 111, 321, -321, 130, 310):
            self._learn(pdg)

    def _learn(self, pdg: int) -> None:
        kind = kind_of(pdg)
        self._known[pdg] = kind, charge(pdg) if kind else 0
        ids = sorted(self._known)
        kinds, charges = zip(*(self._known[i] for i in ids), strict=True)
        # in one go: another thread may be reading
        self._arrays = np.array(ids, np.int32), np.array(kinds, np.int8), np.array(charges, np.int8)

    def sort(self, products: Products) -> tuple[Bytes, Bytes]:
        """Kind and charge (n, k) of every final product; 0 for the others."""
        pdg = np.ascontiguousarray(products.pdg, np.int32)
        status = np.ascontiguousarray(products.status, np.int32)
        kind, charges = np.empty(pdg.shape, np.int8), np.empty(pdg.shape, np.int8)
        while new := classify(*self._arrays, pdg, status, kind, charges):
            self._learn(int(new))
        return kind, charges
