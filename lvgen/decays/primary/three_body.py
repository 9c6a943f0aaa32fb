"""Three-body decays on their Dalitz plots (``kernels.three_body``).

Particles have the masses of the event record (PDG), also in the currents; the fits took masses that differ from them by
up to 4 % for the pion of pi+ pi- pi0 (0.140 GeV) and by per mille elsewhere, and keep theirs in the running widths.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from lvgen.decays.hadronic import eta_pions, kaons_pion, three_pions
from lvgen.decays.hadronic.base import PHI, RHO
from lvgen.decays.primary._grids import Cells, cells_from_nodes
from lvgen.decays.primary._neutral_kaons import with_weak_kaons
from lvgen.decays.primary.base import Floats, Ints, Keys, PrimaryDecay, filled
from lvgen.decays.table import DecayTable
from lvgen.kernels.three_body import (
    CHART_FLOATS,
    CURRENT,
    FLAT,
    PHOTONS,
    POINT_VECTOR,
    TERM_FLOATS,
    decay_three_body,
    plot_nodes,
)
from lvgen.particles import mass as particle_mass

#: pairs of the products: 0 and 2, 1 and 2, 0 and 1
PAIR_02, PAIR_12, PAIR_01 = 0, 1, 2
_PARTICLES = {PAIR_02: (0, 2, 1), PAIR_12: (1, 2, 0), PAIR_01: (0, 1, 2)}
_ROWS, _COLUMNS = 40, 12
#: of the strongest band: a weaker one gets this share of the points at least
_LEAST = 0.01

#: (pair, complex coefficient, (m, width), (m_a, m_b)) of a P-wave resonance, GeV
Term = tuple[int, complex, tuple[float, float], tuple[float, float]]
#: (pair, (m, scale), weight): a chart dense about a resonance
Chart = tuple[int, tuple[float, float], float]


class ThreeBodyDecay(PrimaryDecay):
    """A boson of ``mass`` (GeV) to particles ``pdg``: kind, current and charts as the kernel takes them."""

    def __init__(
        self, mass: float, pdg: Sequence[int], kind: int, charts: Sequence[Chart], terms: Sequence[Term] = ()
    ) -> None:
        self.mass, self.pdg, self.kind = mass, tuple(pdg), kind
        self.masses = np.array([particle_mass(i) for i in pdg])
        self._charts, self._terms = charts, terms
        self.account = np.zeros(2)

    @property
    def is_open(self) -> bool:
        """See ``PrimaryDecay``; a model whose current vanishes leaves it closed."""
        current = self.kind != CURRENT or any(term[1] for term in self._terms)
        return current and self.mass > float(self.masses.sum())

    @property
    def overweight(self) -> float:
        """Share of the weight tried so far that was above the bounds, and so is missing from what was generated."""
        return float(self.account[0] / self.account[1]) if self.account[1] else 0.0

    @cached_property
    def terms(self) -> Floats:
        """Rows of ``kernels.three_body.squared_current``."""
        rows = [_term_row(*term) for term in self._terms if term[1]]
        return np.array(rows).reshape(-1, TERM_FLOATS)

    @cached_property
    def charts(self) -> Floats:
        """Rows of charts as the kernel takes them."""
        top = max(weight for _, _, weight in self._charts)
        rows = [self._chart_row(pair, state, max(weight, _LEAST * top)) for pair, state, weight in self._charts]
        return np.array(rows).reshape(-1, CHART_FLOATS)

    def _chart_row(self, pair: int, state: tuple[float, float], weight: float) -> list[float]:
        a, b, third = (self.masses[i] for i in _PARTICLES[pair])
        m2, scale = state[0] ** 2, state[0] * state[1]
        low, high = (math.asinh((s - m2) / scale) for s in ((a + b) ** 2, (self.mass - third) ** 2))
        return [pair, m2, scale, low, high - low, weight]

    @cached_property
    def cells(self) -> Cells:
        """Bounds on the Dalitz plot."""
        nodes = np.zeros((len(self.charts), 2 * _ROWS + 1, 2 * _COLUMNS + 1))
        plot_nodes(self.kind, self.mass, self.masses, self.terms, self.charts, nodes)
        return cells_from_nodes(nodes)

    def generate(self, keys: Keys, boson: Floats, spin: Floats, weight: Floats) -> tuple[Ints, Floats]:
        """See ``PrimaryDecay``."""
        momenta = np.zeros((len(boson), 3, 4))
        if not self.is_open:
            return np.zeros((len(boson), 3), np.int32), momenta
        account = np.zeros(2)
        decay_three_body(
            self.kind, self.mass, self.masses, self.terms, self.charts, self.cells.bounds, self.cells.cumulative,
            keys, boson, spin, weight, momenta, account,
        )  # fmt: skip
        self.account += account
        return with_weak_kaons(keys, filled(self.pdg, weight)), momenta


def _term_row(pair: int, c: complex, state: tuple[float, float], pair_masses: tuple[float, float]) -> list[float]:
    (m, width), (m_a, m_b) = state, pair_masses
    plus, minus = (m_a + m_b) ** 2, (m_a - m_b) ** 2
    beta2 = (1.0 - plus / m**2) * (1.0 - minus / m**2)
    return [pair, c.real, c.imag, m**2, width / (m * beta2**1.5), plus, minus]


def _flat_chart(mass: float, pair: int) -> Chart:
    """A chart without a resonance: even in the squared mass."""
    return (pair, (mass, 1e3 * mass), 1.0)


def _three_pions(table: DecayTable) -> ThreeBodyDecay:
    """rho bands in all pairs with every part of hep-ph/0512180."""
    mass = float(table.mass)
    terms = [
        (pair, c, state, (three_pions.PION, three_pions.PION))
        for pair, c, state in three_pions.bands(mass, table.meson_couplings)
    ]
    charts = [(pair, three_pions.RHO_BAND, 1.0) for pair in (PAIR_02, PAIR_12, PAIR_01)]
    return ThreeBodyDecay(mass, (211, -211, 111), CURRENT, charts, terms)


def _kaons_pion(table: DecayTable, mode: kaons_pion.KaonsPionMode) -> ThreeBodyDecay:
    """K*(892) bands in both pairs; a neutral K* with A0 + A1, a charged one with A0 - A1 (compatible tables too)."""
    mass, c = float(table.mass), table.meson_couplings
    isoscalar, isovector = (complex(a[0]) for a in kaons_pion.isospin_amplitudes(np.array([mass])))
    m1, m2, m3 = mode.masses
    bands = [
        (pair, c[PHI] * isoscalar + sign * c[RHO] * isovector, masses)
        for pair, sign, masses in ((PAIR_02, mode.sign_13, (m1, m3)), (PAIR_12, mode.sign_23, (m2, m3)))
    ]
    terms = [(pair, a, kaons_pion.K_STAR, masses) for pair, a, masses in bands]
    charts = [(pair, kaons_pion.K_STAR, abs(a) ** 2) for pair, a, _ in bands]
    return ThreeBodyDecay(mass, mode.products, CURRENT, charts, terms)


def _eta_pions(table: DecayTable, pdg: int) -> ThreeBodyDecay:
    """A rho in the pion pair."""
    state, mu = eta_pions.RHO_BAND, eta_pions.MU
    terms = [(PAIR_12, 1.0 + 0.0j, state, (mu, mu))]
    return ThreeBodyDecay(float(table.mass), (pdg, 211, -211), CURRENT, [(PAIR_12, state, 1.0)], terms)


def _vector_pions(table: DecayTable, pdg: tuple[int, int, int]) -> ThreeBodyDecay:
    """An omega or phi and two pions with a point-like coupling; the vector meson's spin is summed."""
    mass = float(table.mass)
    return ThreeBodyDecay(mass, pdg, POINT_VECTOR, [_flat_chart(mass, PAIR_12)])


def _three_photons(table: DecayTable) -> ThreeBodyDecay:
    """Leading order in M/m_e (Euler-Heisenberg); corrections of relative order (M/m_e)^2 to the shape are left out."""
    mass = float(table.mass)
    return ThreeBodyDecay(mass, (22, 22, 22), PHOTONS, [_flat_chart(mass, PAIR_01)])


def flat_decay(mass: float, pdg: Sequence[int]) -> ThreeBodyDecay:
    """Constant matrix element; mass in GeV."""
    return ThreeBodyDecay(mass, pdg, FLAT, [_flat_chart(mass, PAIR_01)])


DECAYS: dict[str, Callable[[DecayTable], PrimaryDecay]] = {
    "3 gamma": _three_photons,
    "pi+ pi- pi0": _three_pions,
    **{mode.name: functools.partial(_kaons_pion, mode=mode) for mode in kaons_pion.MODES},
    "eta pi+ pi-": functools.partial(_eta_pions, pdg=221),
    "eta' pi+ pi-": functools.partial(_eta_pions, pdg=331),
    "omega pi+ pi-": functools.partial(_vector_pions, pdg=(223, 211, -211)),
    "omega pi0 pi0": functools.partial(_vector_pions, pdg=(223, 111, 111)),
    "phi pi+ pi-": functools.partial(_vector_pions, pdg=(333, 211, -211)),
    "phi pi0 pi0": functools.partial(_vector_pions, pdg=(333, 111, 111)),
}
