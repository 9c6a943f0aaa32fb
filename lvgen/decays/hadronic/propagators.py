"""Resonance propagators and the towers of dual QCD.

All are 1 at s = 0, the one of fixed width but for terms of order gamma/m.

s in GeV^2, masses and widths in GeV, everything broadcasts. Forms and normalisations as used in arXiv:2201.01788
(appendix); towers from arXiv:1002.0279; Gounaris-Sakurai from Phys. Rev. Lett. 21 (1968) 244.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lvgen.decays.hadronic.base import Complexes, Floats


def momentum(s: ArrayLike, m1_squared: ArrayLike, m2_squared: ArrayLike) -> Floats:
    """Momentum of either particle of a pair with squared mass s in its rest frame, GeV; 0 below threshold.

    m1_squared, m2_squared : squared masses, GeV^2
    """
    s, a, b = (np.asarray(x, dtype=float) for x in (s, m1_squared, m2_squared))
    kallen = s**2 + a**2 + b**2 - 2.0 * (s * a + s * b + a * b)
    opened = s > (np.sqrt(a) + np.sqrt(b)) ** 2
    root = np.sqrt(np.where(opened, np.clip(kallen, 0.0, None), 0.0))
    result: Floats = 0.5 * root / np.sqrt(np.where(opened, s, 1.0))
    return result


def beta_squared(s: ArrayLike, m1: float, m2: float) -> Floats:
    """(1 - (m1 + m2)^2/s) (1 - (m1 - m2)^2/s) above threshold, else 0; s > 0."""
    s = np.asarray(s, dtype=float)
    beta: Floats = np.clip(1.0 - (m1 + m2) ** 2 / s, 0.0, None) * (1.0 - (m1 - m2) ** 2 / s)
    return beta


def running_width(s: ArrayLike, m: ArrayLike, gamma: ArrayLike, m1: float, m2: float) -> Floats:
    """P-wave width of a resonance that decays to m1 and m2: gamma sqrt(s)/m (beta^2(s)/beta^2(m^2))^(3/2), GeV.

    0 below threshold. For equal masses it is gamma m^2/s ((s - 4 mu^2)/(m^2 - 4 mu^2))^(3/2).
    """
    m = np.asarray(m, dtype=float)
    ratio = beta_squared(s, m1, m2) / beta_squared(m**2, m1, m2)
    width: Floats = np.asarray(gamma, dtype=float) * np.sqrt(s) / m * ratio * np.sqrt(ratio)
    return width


def propagator(s: ArrayLike, m: ArrayLike, width: ArrayLike) -> Complexes:
    """m^2 / (m^2 - s - i sqrt(s) width) with the width at s, GeV."""
    s, m = np.asarray(s, dtype=float), np.asarray(m, dtype=float)
    result: Complexes = m**2 / (m**2 - s - 1j * np.sqrt(s) * np.asarray(width, dtype=float))
    return result


def fixed_width(s: ArrayLike, m: ArrayLike, gamma: ArrayLike) -> Complexes:
    """BW_F = m^2 / (m^2 - s - i m gamma)."""
    s, m = np.asarray(s, dtype=float), np.asarray(m, dtype=float)
    result: Complexes = m**2 / (m**2 - s - 1j * m * np.asarray(gamma, dtype=float))
    return result


def energy_width(s: ArrayLike, m: ArrayLike, gamma: ArrayLike) -> Complexes:
    """BW_S = m^2 / (m^2 - s - i sqrt(s) gamma)."""
    return propagator(s, m, gamma)


def p_wave(s: ArrayLike, m: ArrayLike, gamma: ArrayLike, m1: float, m2: float) -> Complexes:
    """BW_P: width that runs as a P wave into m1 and m2."""
    return propagator(s, m, running_width(s, m, gamma, m1, m2))


def s_wave(s: ArrayLike, m: ArrayLike, gamma: ArrayLike, m1: float, m2: float) -> Complexes:
    """BW_0: width that runs as an S wave into m1 and m2, gamma m/sqrt(s) (beta^2(s)/beta^2(m^2))^(1/2)."""
    m = np.asarray(m, dtype=float)
    ratio = beta_squared(s, m1, m2) / beta_squared(m**2, m1, m2)
    return propagator(s, m, np.asarray(gamma, dtype=float) * m / np.sqrt(s) * np.sqrt(ratio))


def gounaris_sakurai(s: ArrayLike, m: ArrayLike, gamma: ArrayLike, mu: float) -> Complexes:
    """BW_GS for a resonance that decays to two particles of mass mu; s > 4 mu^2."""
    s, m, gamma = (np.asarray(x, dtype=float) for x in (s, m, gamma))
    v, log_s = _velocity_and_log(s, mu)
    v_r, log_m = _velocity_and_log(m**2, mu)
    h = gamma / (math.pi * m) * s * (v / v_r) ** 3 * log_s
    h_m = gamma / (math.pi * m) * m**2 * log_m
    slope = gamma / (math.pi * m * v_r**2) * (0.5 * (3.0 - v_r**2) * log_m + v_r)
    h_0 = -8.0 * mu**2 * gamma / (math.pi * m * v_r**3) - h_m + m**2 * slope
    running = running_width(s, m, gamma, mu, mu)
    denominator = m**2 - s + h - h_m - (s - m**2) * slope - 1j * np.sqrt(s) * running
    result: Complexes = (m**2 + h_0) / denominator
    return result


def _velocity_and_log(s: Floats, mu: float) -> tuple[Floats, Floats]:
    v = np.sqrt(1.0 - 4.0 * mu**2 / s)
    # 1 - v loses digits at large s: 1 - v^2 = 4 mu^2 / s exactly
    return v, np.log((1.0 + v) ** 2 * s / (4.0 * mu**2))


def dual_coefficients(beta: float, count: int) -> Floats:
    """Weights c_0 ... c_{count-1} of a tower of resonances (arXiv:1002.0279).

    c_0 = 2 G(beta - 1/2) / (sqrt(pi) G(beta - 1)), c_n = c_0 (1/2)/(1/2 + n) prod_{k=1..n} (k + 1 - beta)/k;
    they sum to 1 over an infinite tower. beta > 1; returns (count,)
    """
    c = np.empty(count)
    c[0] = 2.0 * math.gamma(beta - 0.5) / (math.sqrt(math.pi) * math.gamma(beta - 1.0))
    k = np.arange(1, count)
    c[1:] = c[0] * 0.5 / (0.5 + k) * np.cumprod((k + 1.0 - beta) / k)
    return c


def tower_masses(given: ArrayLike, count: int) -> Floats:
    """Masses (count,) GeV: the given ones first, then m_0 sqrt(1 + 2 n)."""
    given = np.asarray(given, dtype=float)
    masses: Floats = given[0] * np.sqrt(1.0 + 2.0 * np.arange(count))
    masses[: given.size] = given
    return masses
