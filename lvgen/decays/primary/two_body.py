"""Two-body decays: the density of the first particle's direction k is a + b k T k + c S . k (``kernels.spin``).

Of V -> f fbar with L = V_a fbar gamma^a (gV + gA gamma5) f, from the trace of the squared amplitude:
|gV|^2 (1 - beta^2 kTk) + gA^2 beta^2 (1 - kTk) + 2 Re(gV) gA beta S . k with k the direction of the fermion.
Products that decay on (tau, vector mesons) do so without memory of the boson's spin.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic.nucleons import sachs_form_factors
from lvgen.decays.primary.base import Floats, Ints, Keys, PrimaryDecay, filled
from lvgen.decays.table import TWO_PHOTONS, VECTOR_PAIR, DecayTable
from lvgen.kernels.two_body import decay_pair
from lvgen.particles import CHI_1, CHI_2, CHI_SCALAR, LLP_PDG
from lvgen.particles import mass as particle_mass

Angular = tuple[float, float, float]

#: of a boson without spin
ISOTROPIC: Angular = (1.0, 0.0, 0.0)
#: two spinless particles: kTk; a pseudoscalar and a photon or vector meson (its spin summed): 1 - kTk
SCALARS: Angular = (0.0, 1.0, 0.0)
WITH_VECTOR: Angular = (1.0, -1.0, 0.0)
#: axial coupling of a Majorana fermion: the same, whatever its mass
MAJORANA: Angular = (1.0, -1.0, 0.0)
#: a left-handed neutrino, gA = -gV
NEUTRINOS: Angular = (1.0, -1.0, -1.0)


@dataclass(frozen=True)
class TwoBodyDecay(PrimaryDecay):
    """A boson of ``mass`` (GeV) to particles ``pdg`` of ``masses`` (GeV), density ``angular`` = (a, b, c)."""

    mass: float
    pdg: tuple[int, int]
    masses: tuple[float, float]
    angular: Angular

    @property
    def is_open(self) -> bool:
        """See ``PrimaryDecay``."""
        return self.mass > sum(self.masses)

    def alike(self, other: PrimaryDecay) -> bool:
        """See ``PrimaryDecay``: the densities are proportional."""
        if not isinstance(other, TwoBodyDecay):
            return False
        size = float(np.linalg.norm(self.angular) * np.linalg.norm(other.angular))
        return bool(np.linalg.norm(np.cross(self.angular, other.angular)) <= 1e-12 * size)

    def generate(self, keys: Keys, boson: Floats, spin: Floats, weight: Floats) -> tuple[Ints, Floats]:
        """See ``PrimaryDecay``."""
        momenta = np.zeros((len(boson), 2, 4))
        if not self.is_open:
            return np.zeros((len(boson), 2), np.int32), momenta
        decay_pair(self.mass, np.array(self.masses), np.array(self.angular), keys, boson, spin, weight, momenta)
        return filled(self.pdg, weight), momenta


def fermion_density(beta: float, gv: complex, ga: float) -> Angular:
    """(a, b, c) of a fermion of velocity ``beta`` with vector and axial couplings (see above; right-handed gA = +gV).

    gv may be complex (a loop-induced mixing above a threshold): its real part interferes with gA
    """
    vector, axial = abs(gv) ** 2, (ga * beta) ** 2
    return vector + axial, -(vector * beta**2 + axial), 2.0 * gv.real * ga * beta


def inelastic_density(mass: float, m1: float, m2: float) -> Angular:
    """(a, b, c) of chi_1 chi_2 with a vector coupling: E1 E2 + k^2 + m1 m2 - 2 k^2 kTk over M^2/2."""
    e1 = 0.5 * (mass**2 + m1**2 - m2**2) / mass
    e2 = mass - e1
    k2 = e1**2 - m1**2
    scale = 2.0 / mass**2
    return scale * (e1 * e2 + k2 + m1 * m2), -2.0 * scale * k2, 0.0


def nucleon_density(magnetic: complex, electric: complex, tau: float) -> Angular:
    """(a, b, c) from the Sachs form factors: |G_M|^2 (1 - kTk) + |G_E|^2 kTk/tau, tau = M^2/4m^2 (arXiv:1407.7995)."""
    transverse = abs(magnetic) ** 2
    return transverse, abs(electric) ** 2 / tau - transverse, 0.0


def _beta(mass: float, m: float) -> float:
    return float(np.sqrt(max(0.0, 1.0 - (2.0 * m / mass) ** 2)))


def _fermions(table: DecayTable, fermion: str, pdg: int) -> TwoBodyDecay:
    mass, m = float(table.mass), particle_mass(pdg)
    if table.model.spin == 0:
        return TwoBodyDecay(mass, (pdg, -pdg), (m, m), ISOTROPIC)
    return TwoBodyDecay(mass, (pdg, -pdg), (m, m), fermion_density(_beta(mass, m), *table.coupling(fermion)))


def _neutrinos(table: DecayTable, pdg: int) -> TwoBodyDecay:
    return TwoBodyDecay(float(table.mass), (pdg, -pdg), (0.0, 0.0), NEUTRINOS)


def _mesons(table: DecayTable, pdg: tuple[int, int], angular: Angular) -> TwoBodyDecay:
    return TwoBodyDecay(float(table.mass), pdg, (particle_mass(pdg[0]), particle_mass(pdg[1])), angular)


def _two_photons(table: DecayTable) -> TwoBodyDecay:
    return TwoBodyDecay(float(table.mass), (22, 22), (0.0, 0.0), ISOTROPIC)


def _two_vectors(table: DecayTable) -> TwoBodyDecay:
    pair = table.model.vector_pair()
    if pair is None:
        raise ValueError(f"model {table.model.name} has no vector of its own")
    return TwoBodyDecay(float(table.mass), (LLP_PDG, LLP_PDG), (pair[0], pair[0]), ISOTROPIC)


def _nucleons(table: DecayTable, pdg: int) -> TwoBodyDecay:
    mass, m = float(table.mass), particle_mass(pdg)
    forms = sachs_form_factors(np.array([mass]), proton=pdg == 2212)
    magnetic, electric = (complex(form[0] @ table.meson_couplings) for form in forms)
    return TwoBodyDecay(mass, (pdg, -pdg), (m, m), nucleon_density(magnetic, electric, (mass / (2.0 * m)) ** 2))


def _dark_matter(table: DecayTable) -> TwoBodyDecay:
    """Complex scalars as scalars, Dirac and inelastic pairs with a vector, Majorana with an axial coupling."""
    mass, chi = float(table.mass), table.model.dark_matter
    if chi is None:
        raise ValueError(f"model {table.model.name} has no dark matter")
    m = chi.mass_ratio * mass
    if chi.species == "complex_scalar":
        return TwoBodyDecay(mass, (CHI_SCALAR, -CHI_SCALAR), (m, m), SCALARS)
    if chi.species == "majorana":
        return TwoBodyDecay(mass, (CHI_1, CHI_1), (m, m), MAJORANA)
    if chi.species == "dirac":
        return TwoBodyDecay(mass, (CHI_1, -CHI_1), (m, m), fermion_density(_beta(mass, m), 1.0, 0.0))
    m2 = (1.0 + chi.splitting) * m
    return TwoBodyDecay(mass, (CHI_1, CHI_2), (m, m2), inelastic_density(mass, m, m2))


DECAYS: dict[str, Callable[[DecayTable], PrimaryDecay]] = {
    "e+ e-": functools.partial(_fermions, fermion="e", pdg=11),
    "mu+ mu-": functools.partial(_fermions, fermion="mu", pdg=13),
    "tau+ tau-": functools.partial(_fermions, fermion="tau", pdg=15),
    "nu_e nubar_e": functools.partial(_neutrinos, pdg=12),
    "nu_mu nubar_mu": functools.partial(_neutrinos, pdg=14),
    "nu_tau nubar_tau": functools.partial(_neutrinos, pdg=16),
    "chi chibar": _dark_matter,
    TWO_PHOTONS: _two_photons,
    VECTOR_PAIR: _two_vectors,
    "pi+ pi-": functools.partial(_mesons, pdg=(211, -211), angular=SCALARS),
    "K+ K-": functools.partial(_mesons, pdg=(321, -321), angular=SCALARS),
    # a C-odd pair of neutral kaons is K_S K_L
    "K0 K0bar": functools.partial(_mesons, pdg=(310, 130), angular=SCALARS),
    "pi0 gamma": functools.partial(_mesons, pdg=(111, 22), angular=WITH_VECTOR),
    "eta gamma": functools.partial(_mesons, pdg=(221, 22), angular=WITH_VECTOR),
    "omega pi0": functools.partial(_mesons, pdg=(223, 111), angular=WITH_VECTOR),
    "phi pi0": functools.partial(_mesons, pdg=(333, 111), angular=WITH_VECTOR),
    "eta omega": functools.partial(_mesons, pdg=(221, 223), angular=WITH_VECTOR),
    "eta phi": functools.partial(_mesons, pdg=(221, 333), angular=WITH_VECTOR),
    "p pbar": functools.partial(_nucleons, pdg=2212),
    "n nbar": functools.partial(_nucleons, pdg=2112),
}
