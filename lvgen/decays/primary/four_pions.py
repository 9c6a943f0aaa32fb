"""Four pions by the current of arXiv:0804.0359 (``kernels.four_pion_decay``), from threshold on.

Pions have the masses of the event record (PDG) in the kinematics and the fit's in the propagators; they differ by less
than 1e-6. Only the rho-like coupling reaches the channel, so that the distributions are the same for all models.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.hadronic.four_pions import CHARGED, MIXED, FourPionMode, part_factors
from lvgen.decays.primary.base import Floats, Ints, Keys, PrimaryDecay, filled
from lvgen.decays.table import DecayTable
from lvgen.kernels.four_pion_decay import ON_A1, ON_OMEGA, RHO_PAIR, decay_four_pions, four_pion_weights
from lvgen.particles import mass as particle_mass

#: PDG ids in the order of the kernel's current
_ORDER = {CHARGED.name: (211, 211, -211, -211), MIXED.name: (111, 111, 211, -211)}
#: points of the two rounds that share out the proposals, and of the one that finds the bound
_ROUNDS, _PILOT = (700, 900), 3000
#: least share of a proposal, and what the bound exceeds the largest weight of the pilot sample by
_LEAST, _MARGIN = 0.005, 1.35


class FourPionDecay(PrimaryDecay):
    """One of the two modes at a boson's ``mass`` (GeV); preparing the first decay takes some 15 ms.

    ``above_bound`` counts decays whose weight exceeded the bound of the pilot sample (kept with weight 1, so too rare
    by their excess; below 1e-3 of the weight in all).
    """

    def __init__(self, mass: float, mode: FourPionMode) -> None:
        self.mass, self.mode = mass, mode
        self.pdg = _ORDER[mode.name]
        self.masses = np.array([particle_mass(pdg) for pdg in self.pdg])
        self.above_bound = 0

    @property
    def is_open(self) -> bool:
        """See ``PrimaryDecay``."""
        return self.mass > float(self.masses.sum())

    def alike(self, other: PrimaryDecay) -> bool:
        """See ``PrimaryDecay``: no couplings enter."""
        return isinstance(other, FourPionDecay)

    def generate(self, keys: Keys, boson: Floats, spin: Floats, weight: Floats) -> tuple[Ints, Floats]:
        """See ``PrimaryDecay``."""
        momenta = np.zeros((len(boson), 4, 4))
        if not self.is_open:
            return np.zeros((len(boson), 4), np.int32), momenta
        share, bound = self._prepared
        self.above_bound += decay_four_pions(
            self.mass, self.mode.charged, self.masses, self._factors, self._chains, share, bound, keys, boson, spin,
            weight, momenta,
        )  # fmt: skip
        return filled(self.pdg, weight), momenta

    @cached_property
    def _factors(self) -> NDArray[np.complex128]:
        """Factors of the parts at this mass over the largest, which keeps weights near 1."""
        factors = part_factors(np.array([self.mass]))[0]
        return np.ascontiguousarray(factors / np.abs(factors).max())

    @cached_property
    def _chains(self) -> NDArray[np.int64]:
        """Kind and pions a, b, c, d of each proposal: rhos in all pairs that have one, omegas against neutral pions."""
        chains: list[tuple[int, int, int, int, int]] = []
        for i, j in product((0, 1), (2, 3)):
            k, m = (n for n in range(4) if n not in (i, j))
            chains += [(ON_A1, k, m, i, j), (ON_A1, m, k, i, j), (RHO_PAIR, i, j, k, m)]
        if not self.mode.charged:
            chains += [(ON_A1, 0, 1, 2, 3), (ON_A1, 1, 0, 2, 3), (RHO_PAIR, 0, 1, 2, 3), (RHO_PAIR, 2, 3, 0, 1)]
            for a, b in ((0, 1), (1, 0)):
                chains += [(ON_OMEGA, a, 2, b, 3), (ON_OMEGA, a, 3, b, 2), (ON_OMEGA, a, b, 2, 3)]
        return np.array(chains, dtype=np.int64)

    @cached_property
    def _prepared(self) -> tuple[Floats, float]:
        """Shares of the proposals (k,), those that make the weights even, and the bound on the weight.

        Shares follow alpha_i -> alpha_i sqrt(<w^2 g_i/g>) (Kleiss and Pittau, hep-ph/9405257). The keys are fixed, so
        that a decay depends on nothing but mass and mode.
        """
        keys: Keys = np.random.SeedSequence(4).generate_state(sum(_ROUNDS) + _PILOT, np.uint64).astype(np.uint64)
        share = np.full(len(self._chains), 1.0 / len(self._chains))
        start = 0
        for points in _ROUNDS:
            weights, densities = self._weights(keys[start : start + points], share)
            share = share * np.sqrt((densities * weights[:, None] ** 2).mean(axis=0))
            share = np.maximum(share / share.sum(), _LEAST)
            share /= share.sum()
            start += points
        weights, _ = self._weights(keys[start:], share)
        return share, _MARGIN * float(weights.max())

    def _weights(self, keys: Keys, share: Floats) -> tuple[Floats, Floats]:
        """Weights (n,) of proposals with the given shares, and the relative densities (n, k) of each."""
        weights, densities = np.empty(len(keys)), np.empty((len(keys), len(share)))
        four_pion_weights(
            self.mass, self.mode.charged, self.masses, self._factors, self._chains, share, keys, weights, densities
        )
        return weights, densities


def _factory(mode: FourPionMode) -> Callable[[DecayTable], PrimaryDecay]:
    return lambda table: FourPionDecay(float(table.mass), mode)


DECAYS = {mode.name: _factory(mode) for mode in (CHARGED, MIXED)}
