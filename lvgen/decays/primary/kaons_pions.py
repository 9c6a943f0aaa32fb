"""K K pi pi through K*(892) K pi, the K* already decayed: chains of one final state do not interfere (as in the fit).

The point-like current of arXiv:2201.01788 appendix B times a P-wave Breit-Wigner of the K* and its decay amplitude, so
the pion and kaon of the K* remember the boson's spin.  The chains are chosen by their widths, for which the fit has the
K* on its mass shell.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lvgen.decays.hadronic.kaons_pions import CHARGED_CHAIN, NEUTRAL_CHAINS, Chain, chain_coefficients
from lvgen.decays.primary._grids import Cells, cells_from_nodes
from lvgen.decays.primary._neutral_kaons import with_weak_kaons
from lvgen.decays.primary.base import Floats, Ints, Keys, PrimaryDecay, filled
from lvgen.decays.table import DecayTable
from lvgen.kernels.choices import choose
from lvgen.kernels.kaons_pions import decay_resonance, resonance_nodes
from lvgen.particles import mass as particle_mass

#: (m, width) of K*(892)0 and K*(892)+-, GeV: PDG 2022
K_STAR_ZERO, K_STAR_PLUS = (0.89555, 0.0473), (0.89167, 0.0514)
_ROWS, _COLUMNS = 24, 12


@dataclass(frozen=True)
class KStarChain:
    """K* -> a c, with b and d beside it.

    slots : places of a, b, c, d among the channel's products; k_star : (m, width) in GeV; width : the fit's
    """

    slots: tuple[int, int, int, int]
    k_star: tuple[float, float]
    width: Chain


class KaonsPionsDecay(PrimaryDecay):
    """A boson of ``mass`` (GeV) to four mesons ``pdg`` by one of several chains with the given chances."""

    def __init__(self, mass: float, pdg: tuple[int, ...], chains: Sequence[KStarChain], chances: Floats) -> None:
        self.mass, self.pdg, self.chains = mass, pdg, tuple(chains)
        self.cumulative = np.cumsum(chances)
        self.masses = np.array([particle_mass(i) for i in pdg])
        self.account = np.zeros(2)

    @property
    def is_open(self) -> bool:
        """See ``PrimaryDecay``; a model without the channel leaves it closed."""
        return bool(self.mass > self.masses.sum() and self.cumulative[-1] > 0.0)

    @property
    def overweight(self) -> float:
        """See ``ThreeBodyDecay.overweight``."""
        return float(self.account[0] / self.account[1]) if self.account[1] else 0.0

    @cached_property
    def prepared(self) -> list[tuple[Floats, Floats, Cells]]:
        """Masses of a, b, c, d, map and cells of each chain."""
        return [self._prepare(chain) for chain in self.chains]

    def _prepare(self, chain: KStarChain) -> tuple[Floats, Floats, Cells]:
        masses = self.masses[list(chain.slots)]
        a, b, c, d = masses
        m, width = chain.k_star
        m2, scale = m**2, m * width
        beta2 = (1.0 - (a + c) ** 2 / m2) * (1.0 - (a - c) ** 2 / m2)
        low, high = (math.asinh((w**2 - m2) / scale) for w in (a + c, self.mass - b - d))
        chart = np.array([m2, scale, 8.0 * width / (m * beta2**1.5), low, high - low])
        nodes = np.zeros((1, 2 * _ROWS + 1, 2 * _COLUMNS + 1))
        resonance_nodes(self.mass, masses, chart, nodes)
        return masses, chart, cells_from_nodes(nodes)

    def generate(self, keys: Keys, boson: Floats, spin: Floats, weight: Floats) -> tuple[Ints, Floats]:
        """See ``PrimaryDecay``."""
        momenta = np.zeros((len(boson), 4, 4))
        if not self.is_open:
            return np.zeros((len(boson), 4), np.int32), momenta
        chosen = np.zeros(len(keys), np.int64)
        choose(keys, self.cumulative / self.cumulative[-1], chosen)
        account = np.zeros(2)
        for number, chain in enumerate(self.chains):
            masses, chart, cells = self.prepared[number]
            share = np.where(chosen == number, weight, 0.0)
            decay_resonance(
                self.mass, masses, chart, cells.bounds, cells.cumulative, np.array(chain.slots), keys, boson, spin,
                share, momenta, account,
            )  # fmt: skip
        self.account += account
        return with_weak_kaons(keys, filled(self.pdg, weight)), momenta


def _decay(table: DecayTable, pdg: tuple[int, ...], chains: Sequence[KStarChain]) -> KaonsPionsDecay:
    mass, c = float(table.mass), table.meson_couplings
    widths = [
        float(c @ chain_coefficients(np.array([mass]), chain.width)[0] @ c) if mass > chain.width.threshold else 0.0
        for chain in chains
    ]
    return KaonsPionsDecay(mass, pdg, chains, np.clip(widths, 0.0, None))


#: K+ K- pi+ pi-: K*0 -> K+ pi- with K- pi+, and the conjugate
_CHARGED = (
    KStarChain((0, 1, 3, 2), K_STAR_ZERO, CHARGED_CHAIN),
    KStarChain((1, 0, 2, 3), K_STAR_ZERO, CHARGED_CHAIN),
)
#: K0bar K+ pi- pi0: K*0bar -> K0bar pi0 with K+ pi-; K*+ -> K+ pi0 with K0bar pi-; K*- -> K0bar pi- with K+ pi0
_NEUTRAL = (
    KStarChain((0, 1, 3, 2), K_STAR_ZERO, NEUTRAL_CHAINS[0]),
    KStarChain((1, 0, 3, 2), K_STAR_PLUS, NEUTRAL_CHAINS[1]),
    KStarChain((0, 1, 2, 3), K_STAR_PLUS, NEUTRAL_CHAINS[2]),
)

DECAYS: dict[str, Callable[[DecayTable], PrimaryDecay]] = {
    "K+ K- pi+ pi-": functools.partial(_decay, pdg=(321, -321, 211, -211), chains=_CHARGED),
    "K0bar K+ pi- pi0": functools.partial(_decay, pdg=(-311, 321, -211, 111), chains=_NEUTRAL),
    "K0 K- pi+ pi0": functools.partial(_decay, pdg=(311, -321, 211, 111), chains=_NEUTRAL),
}
