"""Decays that make the boson, in the rest frame of what decays: what is needed to draw them in flight.

A decay has ``dimensions`` variables of its own.  Its orientation is not among them: nothing here is polarised, so the
boson goes evenly into all directions, and the rest of the decay turns evenly about it.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lvgen.flavour.constants import FERMI, total_width
from lvgen.flavour.inner import LeptonDecay, LeptonicDecay
from lvgen.particles import conjugate, mass, name_of

Floats = NDArray[np.float64]

_ROUGH_BITS = 12


@dataclass
class RestDraws:
    """Decays in the rest frame.

    energy : (n,) of the boson, GeV; weight : (n,) branching ratio per unit of the cube
    momenta : (n, k + 1, 4) of k companions and the boson, GeV, and spin : (n, 9), both in axes of their own; None for
        two-body decays, where they follow from the boson alone
    """

    energy: Floats
    weight: Floats
    momenta: Floats | None = None
    spin: Floats | None = None


class RestDecay(ABC):
    """A decay into a boson of ``boson_mass`` (GeV) and ``companions`` (PDG ids), of ``parent_pdg``.

    longitudinal_fraction, mean_helicity : of the boson in the parent's rest frame, for two-body decays
    """

    dimensions: int = 0
    parent_pdg: int
    boson_mass: float
    companions: tuple[int, ...]
    longitudinal_fraction: float = 0.0
    mean_helicity: float = 0.0

    @property
    def boson(self) -> str:
        """As reactions name it."""
        return "V"

    @property
    def parent_mass(self) -> float:
        """GeV."""
        return mass(self.parent_pdg)

    @property
    def reaction(self) -> str:
        """With the boson as V; neutrinos without their flavour."""
        products = ["nu" if abs(pdg) in (12, 14, 16) else name_of(pdg) for pdg in self.companions]
        return f"{name_of(self.parent_pdg)} -> {' '.join(products)} {self.boson}"

    @abstractmethod
    def conjugate(self) -> RestDecay:
        """The decay of the antiparticle: the mirror image, with the same spin of the boson."""

    @abstractmethod
    def draw(self, y: Floats) -> RestDraws:
        """Decays for points (n, dimensions) of the unit cube."""


@dataclass(frozen=True)
class TwoBody(RestDecay):
    """P -> X V, at a branching ratio of 1."""

    parent_pdg: int
    boson_mass: float
    companions: tuple[int, ...]
    longitudinal_fraction: float = 1.0
    mean_helicity: float = 0.0

    def conjugate(self) -> TwoBody:
        """The decay of the antiparticle."""
        products = tuple(conjugate(pdg) for pdg in self.companions)
        return replace(
            self, parent_pdg=conjugate(self.parent_pdg), companions=products, mean_helicity=-self.mean_helicity
        )

    def draw(self, y: Floats) -> RestDraws:
        """One energy for all."""
        m_p, m_x = self.parent_mass, mass(self.companions[0])
        energy = (m_p**2 + self.boson_mass**2 - m_x**2) / (2.0 * m_p)
        return RestDraws(np.full(len(y), energy), np.ones(len(y)))


@dataclass(frozen=True)
class MesonToLepton(RestDecay):
    """P+ -> l+ nu X by ``kernels.weak_decays.leptonic_decay``.

    standard : what P+ -> l+ nu counts for: its branching ratio, or its share of that of this decay
    """

    decay: LeptonicDecay
    parent_pdg: int
    boson_mass: float
    companions: tuple[int, ...]
    standard: float
    dimensions: int = 2

    @property
    def boson(self) -> str:
        """V, or phi for a scalar."""
        return "phi" if self.decay.scalar else "V"

    def conjugate(self) -> MesonToLepton:
        """The decay of the antiparticle."""
        products = tuple(conjugate(pdg) for pdg in self.companions)
        return replace(self, parent_pdg=conjugate(self.parent_pdg), companions=products)

    def draw(self, y: Floats) -> RestDraws:
        """y : (n, 2), mass of the pair (l X) and angle of l in it."""
        points = np.ascontiguousarray(np.column_stack([y, np.full((len(y), 1), 0.5), np.zeros((len(y), 1))]))
        momenta, width, rho = self.decay.draw(points)
        energy = np.where(width > 0.0, momenta[:, 2, 0], self.boson_mass)
        return RestDraws(energy, self.standard * width / self.decay.tree_width, momenta, rho)


@dataclass(frozen=True)
class LeptonToLepton(RestDecay):
    """l1 -> nu1 l2 nubar2 V by ``kernels.weak_decays.lepton_decay``."""

    decay: LeptonDecay
    parent_pdg: int
    boson_mass: float
    companions: tuple[int, ...]
    dimensions: int = 5

    def conjugate(self) -> LeptonToLepton:
        """The decay of the antiparticle."""
        products = tuple(conjugate(pdg) for pdg in self.companions)
        return replace(self, parent_pdg=conjugate(self.parent_pdg), companions=products)

    def draw(self, y: Floats) -> RestDraws:
        """y : (n, 5), masses of (l2 V nubar2) and (l2 V), angle of nubar2, two angles of l2."""
        n = len(y)
        points = np.zeros((n, 7))
        points[:, :3], points[:, 4:6], points[:, 6] = y[:, :3], y[:, 3:], 1.0
        momenta, width, rho = self.decay.draw(points)
        energy = np.where(width > 0.0, momenta[:, 3, 0], self.boson_mass)
        return RestDraws(energy, FERMI**2 / total_width(self.decay.parent) * width, momenta, rho)

    @functools.lru_cache(maxsize=256)  # noqa: B019 - of the values, which are few numbers
    def rough_ratio(self) -> float:
        """Branching ratio, good to some per cent; ``LeptonDecay.branching_ratio`` does better and takes a second."""
        from scipy.stats import qmc

        y = qmc.Sobol(self.dimensions, rng=np.random.default_rng(0)).random_base2(_ROUGH_BITS)
        return float(self.draw(y).weight.mean())
