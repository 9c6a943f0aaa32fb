"""Rates of weak decays with a boson from their legs: quadrature or adapted sampling of ``kernels.weak_decays``."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.flavour.constants import FERMI, mass_of, total_width
from lvgen.kernels.weak_decays import lepton_decay, leptonic_decay, longitudinal_share
from lvgen.sampling.maps import integrate, trained

Floats = NDArray[np.float64]

_NODES = (128, 160)
_DIMENSIONS, _TRAIN_ROUNDS, _TRAIN_POINTS = 7, 6, 8192
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class LeptonicDecay:
    """P+ -> l+ nu X relative to P+ -> l+ nu.

    couplings : gV, gA of the lepton field, g of the left-handed neutrino, charge of P+; gS, gP, 0, 0 of a scalar
    """

    parent: str
    lepton: str
    mass: float
    couplings: tuple[float, float, float, float]
    scalar: bool = False

    @functools.lru_cache(maxsize=256)  # noqa: B019 - of the values, which are few numbers
    def ratio(self, missing_mass: tuple[float, float] | None = None) -> tuple[float, float | None]:
        """Width over that of P+ -> l+ nu at tree level, and the share of helicity 0 in the rest frame of P (None for a
        scalar); (0, None) where closed. By Gauss-Legendre quadrature, good to 1e-6.

        missing_mass : range (GeV) of the mass of nu X that counts, None for all (then good to 1e-4)
        """
        m_p, m_l = mass_of(self.parent), mass_of(self.lepton)
        if self.mass + m_l >= m_p or not any(self.couplings):
            return 0.0, None
        y, weight = _grid(*_NODES)
        if missing_mass is not None:
            y, weight = self._within(y, weight, missing_mass)
        momenta, width, rho = self.draw(y)
        total, tree = float(weight @ width), self.tree_width
        if self.scalar or total == 0.0:
            return total / tree, None
        share = np.empty(len(y))
        longitudinal_share(np.ascontiguousarray(momenta[:, 2]), rho, share)
        return total / tree, float(weight @ (width * share)) / total

    @property
    def tree_width(self) -> float:
        """Width of P+ -> l+ nu at tree level over (G_F V_CKM f_P)^2, GeV^3."""
        m_p, m_l = mass_of(self.parent), mass_of(self.lepton)
        return m_p * m_l**2 * (1.0 - (m_l / m_p) ** 2) ** 2 / (8.0 * math.pi)

    def draw(self, y: Floats) -> tuple[Floats, Floats, Floats]:
        """Momenta (n, 3, 4) of l, nu and X, widths (n,) per unit of y in the units of ``tree_width``, spins (n, 9).

        y : (n, 4), see ``kernels.weak_decays.leptonic_decay``
        """
        n = len(y)
        momenta, width, divergence, rho = np.zeros((n, 3, 4)), np.empty(n), np.empty(n), np.zeros((n, 9))
        leptonic_decay(
            y, mass_of(self.parent), mass_of(self.lepton), self.mass, np.array(self.couplings, float), self.scalar,
            momenta, width, divergence, rho,
        )  # fmt: skip
        return momenta, width, rho

    def _within(self, y: Floats, weight: Floats, window: tuple[float, float]) -> tuple[Floats, Floats]:
        """Nodes squeezed into the angles at which the mass of nu X, in which the lepton's energy and thereby the cosine
        is linear, lies in a window."""
        m_p, m_l = mass_of(self.parent), mass_of(self.lepton)
        ends = []
        for end in (0.0, 1.0):
            at_end = y.copy()
            at_end[:, 1] = end
            ends.append(m_p**2 + m_l**2 - 2.0 * m_p * self.draw(at_end)[0][:, 0, 0])
        step = ends[1] - ends[0]
        edges = [np.clip((m**2 - ends[0]) / np.where(step == 0.0, 1.0, step), 0.0, 1.0) for m in window]
        low, high = np.minimum(*edges), np.maximum(*edges)
        squeezed = y.copy()
        squeezed[:, 1] = low + (high - low) * y[:, 1]
        return np.ascontiguousarray(squeezed), weight * (high - low)


@functools.cache
def _grid(first: int, second: int) -> tuple[Floats, Floats]:
    """Nodes (n, 4) and weights of the two variables that matter."""
    (x, u), (z, v) = (np.polynomial.legendre.leggauss(k) for k in (first, second))
    # nodes crowd at both ends of the angle, where a light boson is collinear with the neutrino
    angle = 0.25 * math.pi * (z + 1.0)
    a, b = np.meshgrid(0.5 * (x + 1.0), np.sin(angle) ** 2, indexing="ij")
    y = np.stack([a.ravel(), b.ravel(), np.full(a.size, 0.5), np.zeros(a.size)], axis=1)
    return np.ascontiguousarray(y), 0.5 * np.outer(u, 0.25 * math.pi * v * np.sin(2.0 * angle)).ravel()


@dataclass(frozen=True)
class LeptonDecay:
    """l1 -> nu1 l2 nubar2 V; couplings : gV, gA of l2, gV, gA of l1, g of the left-handed nu2 and nu1."""

    parent: str
    lepton: str
    mass: float
    couplings: tuple[float, float, float, float, float, float]

    def branching_ratio(self) -> tuple[float, float, float]:
        """Branching ratio, its numerical error, the share of helicity 0 in the rest frame of l1; zeros if closed."""
        if self.mass + mass_of(self.lepton) >= mass_of(self.parent) or not any(self.couplings):
            return 0.0, 0.0, 0.0
        cube = trained(lambda y: self._widths(y)[0], _DIMENSIONS, _TRAIN_ROUNDS, _TRAIN_POINTS)
        values, errors = integrate(self._widths, cube, _TOLERANCE)
        scale = FERMI**2 / total_width(self.parent)
        return float(scale * values[0]), float(scale * errors[0]), float(values[1] / values[0])

    def draw(self, y: Floats) -> tuple[Floats, Floats, Floats]:
        """Momenta (n, 4, 4) of nu1, l2, nubar2 and V in the rest frame, widths (n,) over G_F^2 per unit of y in GeV^5,
        spins (n, 9) of V; l1 is unpolarised.

        y : (n, 7), see ``kernels.weak_decays.lepton_decay``
        """
        n = len(y)
        momenta, width, divergence, rho = np.zeros((n, 4, 4)), np.empty(n), np.empty(n), np.zeros((n, 9))
        lepton_decay(
            np.ascontiguousarray(y), mass_of(self.parent), mass_of(self.lepton), self.mass,
            np.array(self.couplings, float), momenta, width, divergence, rho,
        )  # fmt: skip
        return momenta, width, rho

    def _widths(self, y: Floats) -> Floats:
        """Widths over G_F^2 and their longitudinal parts (2, n) at points (n, 7) of the cube."""
        momenta, width, rho = self.draw(y)
        share = np.empty(len(y))
        longitudinal_share(np.ascontiguousarray(momenta[:, 3]), rho, share)
        return np.array([width, width * share])
