"""Partial widths of a scalar or pseudoscalar phi, L = phi fbar (gS + i gP gamma5) f; all at ``coupling = 1``."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lvgen.units import ALPHA

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

#: below this tau = M^2/4m^2 the loop of a scalar is taken from its series, where the closed form loses digits
_SERIES_BELOW = 1e-3


def scalar_fermion_width(mass: Floats, m_f: float, gs: float, gp: float = 0.0) -> Floats:
    """phi -> f fbar: M/(8 pi) beta (gS^2 beta^2 + gP^2), beta^2 = 1 - 4 m_f^2/M^2 (hep-ph/0503172 eq. 2.11).

    mass : (n,) GeV; m_f : GeV; returns (n,) GeV, 0 below threshold
    """
    beta2 = np.clip(1.0 - (2.0 * m_f / mass) ** 2, 0.0, None)
    width: Floats = mass / (8.0 * math.pi) * np.sqrt(beta2) * (gs**2 * beta2 + gp**2)
    return width


def triangle_f(tau: Floats) -> Complexes:
    """f(tau) of the triangle with one mass, tau = M^2/(4 m^2) > 0 (hep-ph/0503172 eq. 2.47)."""
    tau = np.asarray(tau, dtype=float)
    below = np.arcsin(np.sqrt(np.minimum(tau, 1.0))) ** 2
    root = np.sqrt(1.0 - 1.0 / np.maximum(tau, 1.0))
    with np.errstate(divide="ignore"):
        above = -0.25 * (np.log((1.0 + root) / np.where(root < 1.0, 1.0 - root, 1.0)) - 1j * math.pi) ** 2
    value: Complexes = np.where(tau <= 1.0, below, above)
    return value


def scalar_loop(tau: Floats) -> Complexes:
    """A(tau) = 2 [tau + (tau - 1) f(tau)]/tau^2 of a scalar, 4/3 for a heavy fermion (hep-ph/0503172 eq. 2.46)."""
    tau = np.asarray(tau, dtype=float)
    kept = np.maximum(tau, _SERIES_BELOW)
    closed = 2.0 * (kept + (kept - 1.0) * triangle_f(kept)) / kept**2
    series = 4.0 / 3.0 * (1.0 + 7.0 / 30.0 * tau + 2.0 / 21.0 * tau**2)
    value: Complexes = np.where(tau < _SERIES_BELOW, series, closed)
    return value


def pseudoscalar_loop(tau: Floats) -> Complexes:
    """A(tau) = 2 f(tau)/tau of a pseudoscalar, 2 for a heavy fermion (hep-ph/0503173 eq. 2.25)."""
    value: Complexes = 2.0 * triangle_f(tau) / np.asarray(tau, dtype=float)
    return value


def two_photon_width(mass: Floats, fermions: Sequence[tuple[float, float, float]]) -> Floats:
    """phi -> gamma gamma through loops of fermions of unit charge.

    mass : (n,) GeV; fermions : (m, gS, gP) of each, m in GeV; returns (n,) GeV
    alpha^2 M^3/(256 pi^3) (|sum gS A_S/m|^2 + |sum gP A_P/m|^2) (hep-ph/0503172 eq. 2.45 with g = m/v)
    """
    scalar, pseudo = np.zeros(mass.shape, complex), np.zeros(mass.shape, complex)
    for m, gs, gp in fermions:
        tau = (mass / (2.0 * m)) ** 2
        scalar += gs / m * scalar_loop(tau)
        pseudo += gp / m * pseudoscalar_loop(tau)
    width: Floats = ALPHA**2 * mass**3 / (256.0 * math.pi**3) * (np.abs(scalar) ** 2 + np.abs(pseudo) ** 2)
    return width


def vector_pair_width(mass: Floats, m_v: float, gauge: float) -> Floats:
    """phi -> V V of the field whose vacuum value makes the mass of V, m_V = gauge * v.

    mass : (n,) GeV; m_v : GeV; returns (n,) GeV, 0 below threshold
    gauge^2 M^3/(32 pi m_V^2) sqrt(1 - 4x) (1 - 4x + 12x^2), x = m_V^2/M^2 (hep-ph/0503172 eq. 2.27, identical bosons)
    """
    x = (m_v / mass) ** 2
    opening = np.clip(1.0 - 4.0 * x, 0.0, None)
    shape = np.sqrt(opening) * (1.0 - 4.0 * x + 12.0 * x**2)
    width: Floats = gauge**2 * mass**3 / (32.0 * math.pi * m_v**2) * shape
    return width
