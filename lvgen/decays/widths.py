"""Partial widths of a vector boson, one function per kind of final state; all at ``coupling = 1``."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def fermion_width(mass: Floats, m_f: float, gv: float, ga: float = 0.0) -> Floats:
    """V -> f fbar.

    mass : (n,) GeV; m_f : GeV; gv, ga : couplings of L = V_a fbar gamma^a (gV + gA gamma5) f
    returns (n,) GeV, 0 below threshold:
    M/(12 pi) sqrt(1 - 4r) [gV^2 (1 + 2r) + gA^2 (1 - 4r)] with r = m_f^2/M^2 (arXiv:2201.01788 section 2, for gA = 0)
    """
    r = (m_f / mass) ** 2
    beta = np.sqrt(np.clip(1.0 - 4.0 * r, 0.0, None))
    width: Floats = mass / (12.0 * math.pi) * beta * (gv**2 * (1.0 + 2.0 * r) + ga**2 * beta**2)
    return width


# arXiv:1002.0279 (dual QCD, Gounaris-Sakurai towers) with the parameters used in arXiv:2201.01788
_MU = 0.13957039
_RESONANCES = ((0.77337, 0.1471), (1.490, 0.429), (1.870, 0.357), (2.12, 0.300), (2.321, 0.444), (2.567, 0.491))
_RELATIVE = (
    1.0 + 0j,
    0.59 * np.exp(-2.2j),
    0.048 * np.exp(-2.0j),
    0.40 * np.exp(-2.9j),
    0.43 * np.exp(1.19j),
)
_BETA = 2.148
_C0 = 1.087633403691967
_OMEGA = (0.7824, 0.00833)
_DELTA = 0.00187 * np.exp(0.106j)
_N_TOWER = 2000


@functools.cache
def _tower() -> tuple[Floats, Floats, NDArray[np.complex128]]:
    """Masses, widths and coefficients C_n of the tower of rho resonances."""
    n = np.arange(_N_TOWER)
    m0, g0 = _RESONANCES[0]
    mass = m0 * np.sqrt(1.0 + 2.0 * n)
    width = g0 * mass / m0
    mass[: len(_RESONANCES)] = [m for m, _ in _RESONANCES]
    width[: len(_RESONANCES)] = [g for _, g in _RESONANCES]
    dual = np.empty(_N_TOWER)
    dual[0] = 2.0 * math.gamma(_BETA - 0.5) / (math.sqrt(math.pi) * math.gamma(_BETA - 1.0))
    k = np.arange(1, _N_TOWER)
    dual[1:] = dual[0] * 0.5 / (0.5 + k) * np.cumprod((k + 1.0 - _BETA) / k)
    coefficient = dual.astype(complex)
    coefficient[0] = _C0
    low = slice(1, len(_RESONANCES))
    coefficient[low] = dual[low].sum() * np.array(_RELATIVE) / sum(_RELATIVE)
    return mass, width, coefficient


def gounaris_sakurai(s: Floats, m: Floats, gamma: Floats, mu: float) -> NDArray[np.complex128]:
    """Gounaris-Sakurai propagator, normalised to 1 at s = 0; s > 4 mu^2 in GeV^2, m and gamma in GeV (broadcast)."""

    def loop(x: Floats) -> tuple[Floats, Floats]:
        v = np.sqrt(1.0 - 4.0 * mu**2 / x)
        return v, np.log((1.0 + v) / (1.0 - v))

    v, log_s = loop(s)
    v_r, log_m = loop(m**2)
    h = gamma / (math.pi * m) * s * (v / v_r) ** 3 * log_s
    h_m = gamma / (math.pi * m) * m**2 * log_m
    slope = gamma / (math.pi * m * v_r**2) * (0.5 * (3.0 - v_r**2) * log_m + v_r)
    h_0 = -8.0 * mu**2 * gamma / (math.pi * m * v_r**3) - h_m + m**2 * slope
    running = gamma * m**2 / s * ((s - 4.0 * mu**2) / (m**2 - 4.0 * mu**2)) ** 1.5
    propagator: NDArray[np.complex128] = (m**2 + h_0) / (
        m**2 - s + h - h_m - (s - m**2) * slope - 1j * np.sqrt(s) * running
    )
    return propagator


def pion_form_factor(mass: Floats) -> NDArray[np.complex128]:
    """Timelike electromagnetic pion form factor with rho-omega mixing (arXiv:1002.0279; arXiv:2201.01788 appendix).

    mass : (n,) GeV, above 2 m_pi; returns (n,) complex, to be scaled by c_rho = q_u - q_d of the model
    """
    s = np.asarray(mass, dtype=float) ** 2
    m, gamma, c = _tower()
    terms = c * gounaris_sakurai(s[:, None], m, gamma, _MU)
    m_omega, g_omega = _OMEGA
    mixing = m_omega**2 / (m_omega**2 - s - 1j * m_omega * g_omega)
    terms[:, 0] *= (1.0 + _DELTA * mixing) / (1.0 + _DELTA)
    total: NDArray[np.complex128] = terms.sum(axis=1)
    return total


def two_pion_width(mass: Floats, c_rho: float) -> Floats:
    """V -> pi+ pi-: M/(48 pi) (1 - 4 m_pi^2/M^2)^(3/2) |c_rho F|^2.

    mass : (n,) GeV; returns (n,) GeV, 0 below threshold
    """
    mass = np.asarray(mass, dtype=float)
    width = np.zeros_like(mass)
    above = mass > 2.0 * _MU
    m = mass[above]
    if m.size:
        beta = np.sqrt(1.0 - (2.0 * _MU / m) ** 2)
        width[above] = m / (48.0 * math.pi) * beta**3 * np.abs(c_rho * pion_form_factor(m)) ** 2
    return width
