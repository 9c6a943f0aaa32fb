"""Partial widths into charged leptons, and into three photons where nothing else is open; all at ``coupling = 1``."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lvgen.particles import mass as particle_mass
from lvgen.units import E_CHARGE

Floats = NDArray[np.float64]


def fermion_width(mass: Floats, m_f: float, gv: float | Floats, ga: float | Floats = 0.0) -> Floats:
    """V -> f fbar.

    mass : (n,) GeV; m_f : GeV; gv, ga : moduli of the couplings of L = V_a fbar gamma^a (gV + gA gamma5) f, scalars or
    (n,)
    returns (n,) GeV, 0 below threshold:
    M/(12 pi) sqrt(1 - 4r) [gV^2 (1 + 2r) + gA^2 (1 - 4r)] with r = m_f^2/M^2 (arXiv:2201.01788 section 2, for gA = 0)
    """
    r = (m_f / mass) ** 2
    beta = np.sqrt(np.clip(1.0 - 4.0 * r, 0.0, None))
    width: Floats = mass / (12.0 * math.pi) * beta * (gv**2 * (1.0 + 2.0 * r) + ga**2 * beta**2)
    return width


def three_photon_width(mass: Floats, gv_e: float | Floats) -> Floats:
    """V -> 3 gamma through an electron loop, below 2 m_e only: an expansion in M/m_e (arXiv:1801.04847).

    mass : (n,) GeV; gv_e : vector coupling to electrons, scalar or (n,); returns (n,) GeV
    """
    m_e = particle_mass("e-")
    x = (mass / m_e) ** 2
    scale = E_CHARGE**6 * mass * x**4 / ((4.0 * math.pi) ** 4 * 2**7 * 3**6 * 5**2 * math.pi**3)
    width = gv_e**2 * scale * (17.0 / 5.0 + 67.0 / 42.0 * x + 128941.0 / 246960.0 * x**2)
    closed: Floats = np.where(mass < 2.0 * m_e, width, 0.0)
    return closed
