"""Deterministic quadratures over the phase space of three-body hadronic channels.

Gauss-Legendre nodes on maps that absorb the square-root ends of phase space and stretch over resonances, so that the
results are smooth in the mass of the boson. Masses in GeV; the boson's is an array (n,), nodes follow on further axes.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from lvgen.decays.hadronic.base import Complexes, Floats
from lvgen.decays.hadronic.propagators import momentum

#: points of the Dalitz plot held at a time, so that long mass grids need little memory
_CHUNK = 400_000


@functools.cache
def unit_nodes(order: int) -> tuple[Floats, Floats]:
    """Nodes and weights (order,) of Gauss-Legendre quadrature on (0, 1)."""
    x, w = np.polynomial.legendre.leggauss(order)
    return 0.5 * (x + 1.0), 0.5 * w


@functools.cache
def soft_nodes(order: int) -> tuple[Floats, Floats]:
    """The same after x = sin^2(pi u/2), which turns square-root ends into smooth ones."""
    u, w = unit_nodes(order)
    return np.sin(0.5 * math.pi * u) ** 2, 0.5 * math.pi * np.sin(math.pi * u) * w


def resonance_map(
    low: ArrayLike, high: ArrayLike, m: float, gamma: float, nodes: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Nodes in s between low and high (any shape, GeV^2), dense about a resonance of mass m and width gamma.

    s = m^2 + m gamma sinh(t), with t at ``nodes`` of (0, 1) scaled to its range: resolves an amplitude and its square.
    returns s and weights ds, each low.shape + (order,)
    """
    x, w = nodes
    low, high = np.asarray(low, dtype=float)[..., None], np.asarray(high, dtype=float)[..., None]
    scale = m * gamma
    t_low, t_high = np.arcsinh((low - m * m) / scale), np.arcsinh((high - m * m) / scale)
    t = t_low + (t_high - t_low) * x
    return m * m + scale * np.sinh(t), scale * np.cosh(t) * (t_high - t_low) * w


class DalitzPlot:
    """A quadrature grid on the Dalitz plot of mass -> 1 2 3.

    mass   : (n,) GeV, above threshold
    masses : of the three products, GeV
    outer, inner : (m, gamma) of the resonances in s13 and s23 about which the nodes are dense
    order  : nodes on either axis
    Attributes, (n, order, order): s12, s13, s23 in GeV^2, ``weight`` = Gram determinant ds13 ds23 in GeV^10.
    """

    def __init__(
        self,
        mass: Floats,
        masses: tuple[float, float, float],
        outer: tuple[float, float],
        inner: tuple[float, float],
        order: int,
    ) -> None:
        m1, m2, m3 = masses
        s = mass[:, None] ** 2
        s13, w13 = resonance_map(np.full(mass.shape, (m1 + m3) ** 2), (mass - m2) ** 2, *outer, soft_nodes(order))
        # limits of s23 in the rest frame of 1 and 3
        e3 = (s13 + m3**2 - m1**2) / (2.0 * np.sqrt(s13))
        e2 = (s - s13 - m2**2) / (2.0 * np.sqrt(s13))
        p3, p2 = momentum(s13, m1**2, m3**2), np.sqrt(np.clip(e2**2 - m2**2, 0.0, None))
        centre, half = m2**2 + m3**2 + 2.0 * e2 * e3, 2.0 * p2 * p3
        s23, w23 = resonance_map(centre - half, centre + half, *inner, unit_nodes(order))
        self.s13 = np.broadcast_to(s13[..., None], s23.shape)
        self.s23 = s23
        self.s12 = s[..., None] + m1**2 + m2**2 + m3**2 - self.s13 - s23
        # the Gram determinant is quadratic in s23 and vanishes at its limits
        gram = 0.25 * s13[..., None] * np.clip(half[..., None] ** 2 - (s23 - centre[..., None]) ** 2, 0.0, None)
        self.weight = gram * w13[..., None] * w23

    def integrate(self, amplitudes: Complexes) -> Complexes:
        """Integrals (n, k, k) of Gram X_a X_b* over the plot, GeV^10 times the unit of X^2; X (k, n, order, order)."""
        result: Complexes = np.einsum(
            "anij,bnij,nij->nab", amplitudes, amplitudes.conj(), self.weight, optimize=["einsum_path", (0, 2), (0, 1)]
        )
        return result


def dalitz_form(factors: Complexes, integrals: Complexes, scale: Floats) -> Floats:
    """A_ab = scale Re(f_ai I_ij f_bj*) for amplitudes F_a = f_ai X_i with integrals I_ij of X_i X_j*.

    factors : (n, 3, k); integrals : (n, k, k); scale : (n,); returns (n, 3, 3), symmetric to the last digit
    """
    form = np.einsum("nai,nij,nbj->nab", factors, integrals, factors.conj()).real
    result: Floats = 0.5 * (form + np.swapaxes(form, 1, 2)) * scale[:, None, None]
    return result


def three_body_factor(mass: Floats) -> Floats:
    """1/[3 (2 pi)^3 32 M^3], GeV^-3: times the integral of Gram |F|^2 it is the width (arXiv:2201.01788 appendix B)."""
    factor: Floats = 1.0 / (3.0 * (2.0 * math.pi) ** 3 * 32.0 * mass**3)
    return factor


def vector_pair_integral(mass: Floats, m_vector: float, m_a: float, m_b: float, low: float | None = None) -> Floats:
    """Phase space of V -> (vector meson) a b with the point-like current (g - q q/q^2) eps, for |F| = 1.

    mass     : (n,) GeV, above threshold; masses of the vector meson, a and b in GeV
    low      : lower limit of q^2 = (p_a + p_b)^2 if it is not (m_a + m_b)^2, GeV^2
    returns (n,) GeV: 1/(64 pi^3 M^2) int dq^2 [K2 K3/sqrt(q^2)] (1 + K3^2/(3 m_V^2)) (arXiv:2201.01788 appendix B)
    """
    x, w = soft_nodes(32)
    q2_min = (m_a + m_b) ** 2 if low is None else low
    span = (mass[:, None] - m_vector) ** 2 - q2_min
    q2 = q2_min + span * x
    k2 = momentum(q2, m_a**2, m_b**2)
    k3 = momentum(mass[:, None] ** 2, q2, m_vector**2)
    integral = (span * w * k2 * k3 / np.sqrt(q2) * (1.0 + k3**2 / (3.0 * m_vector**2))).sum(axis=1)
    width: Floats = integral / (64.0 * math.pi**3 * mass**2)
    return width


def in_chunks(function: Callable[[Floats], Complexes], mass: Floats, points: int) -> Complexes:
    """``function`` over slices of mass (n,) such that n * points stays small; results joined on the first axis."""
    return np.concatenate([function(part) for part in _slices(mass, max(1, _CHUNK // points))])


def _slices(mass: Floats, size: int) -> Iterator[Floats]:
    for start in range(0, mass.size, size):
        yield mass[start : start + size]
