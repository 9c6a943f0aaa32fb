"""Partial widths into neutrinos and dark matter; all at ``coupling = 1``."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.leptonic import fermion_width
from lvgen.models.dark_matter import DarkMatter

Floats = NDArray[np.float64]


def neutrino_width(mass: Floats, gv: float, ga: float = 0.0) -> Floats:
    """V -> nu nubar of one massless left-handed flavour: half a Dirac fermion of charge gV - gA.

    mass : (n,) GeV; returns (n,) GeV (arXiv:2201.01788 eq. 3.1 with C = 1/2)

    Only the left-handed part of fbar gamma (gV + gA gamma5) f exists, so a charge q may be written gV = q or
    gV = -gA = q/2.
    """
    width: Floats = mass / (24.0 * math.pi) * (gv - ga) ** 2
    return width


def dark_matter_width(mass: Floats, chi: DarkMatter) -> Floats:
    """V -> chi chibar (chi_1 chi_2 of an inelastic pair).

    mass : (n,) GeV; returns (n,) GeV, 0 where closed

    m = chi.mass_ratio M is the mass of chi, of the lighter one of a pair.  Complex scalar: M/(48 pi) beta^3, Majorana:
    twice that; Dirac: M/(12 pi) beta (1 + 2 m^2/M^2); inelastic pair of Majorana fermions with a vector coupling:
    M/(12 pi) sqrt{[1 - (m1+m2)^2/M^2][1 - D^2/M^2]} {1 + 2 m1 m2/M^2 - D^2/(2 M^2) [1 + (m1+m2)^2/M^2]}, D = m2 - m1.
    """
    m = chi.mass_ratio * mass
    g2 = chi.coupling**2
    if chi.species == "dirac":
        return fermion_width(np.ones_like(mass), chi.mass_ratio, chi.coupling) * mass
    if chi.species == "inelastic":
        return g2 * _inelastic(mass, m, chi.splitting * m)
    beta2 = np.clip(1.0 - 4.0 * (m / mass) ** 2, 0.0, None)
    factor = 2.0 if chi.species == "majorana" else 1.0
    width: Floats = factor * g2 * mass / (48.0 * math.pi) * beta2**1.5
    return width


def _inelastic(mass: Floats, m1: Floats, delta: Floats) -> Floats:
    s = mass**2
    both = (2.0 * m1 + delta) ** 2 / s
    d2 = delta**2 / s
    momentum = np.sqrt(np.clip((1.0 - both) * (1.0 - d2), 0.0, None)) * (both < 1.0)
    width: Floats = mass / (12.0 * math.pi) * momentum * (1.0 + 2.0 * m1 * (m1 + delta) / s - 0.5 * d2 * (1.0 + both))
    return width
