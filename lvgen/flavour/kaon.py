"""K+ -> pi+ gamma*: the form factor W(z) that also governs K+ -> pi+ V through kinetic mixing.

D'Ambrosio, Ecker, Isidori and Portoles, hep-ph/9808289, with the parameters of NA62, arXiv:2209.05076.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable

from lvgen.flavour.constants import FERMI, mass_of
from lvgen.flavour.transitions import triangle
from lvgen.units import ALPHA

_A, _B = -0.575, -0.722
_ALPHA_PLUS, _BETA_PLUS = -20.84e-8, -2.88e-8
_RHO = 0.775
_A_SHORT = 1.2


def _loop(y: float) -> complex:
    """G of the pion loop."""
    if y < 4.0:
        return complex(math.sqrt(4.0 / y - 1.0) * math.asin(0.5 * math.sqrt(y)))
    s = math.sqrt(1.0 - 4.0 / y)
    return -0.5 * s * (cmath.log((1.0 - s) / (1.0 + s)) + 1j * math.pi)


def form_factor(z: float) -> complex:
    """W(z), z = q^2/m_K^2 > 0; dimensionless (hep-ph/9808289 eqs. 2 and 13)."""
    m_k, r = mass_of("K+"), mass_of("pi+") / mass_of("K+")
    z0, pole = 1.0 / 3.0 + r * r, (_RHO / m_k) ** 2
    chi = 4.0 / 9.0 - 4.0 * r * r / (3.0 * z) - (1.0 - 4.0 * r * r / z) / 3.0 * _loop(z / r**2)
    pions = (_ALPHA_PLUS + _BETA_PLUS * (z - z0) / r**2) / r**2 * (1.0 + z / pole) * chi
    return FERMI * m_k**2 * (_A + _B * z) + pions


def neutral_form_factor(z: float) -> complex:  # noqa: ARG001 - constant: what depends on z is small
    """W(z) of K_S -> pi0 gamma*: G_F m_K^2 a_S, |a_S| = 1.2 +- 0.2 (NA48/1, hep-ex/0309075 and hep-ex/0409011)."""
    return complex(FERMI * mass_of("K0") ** 2 * _A_SHORT)


def mixing_width(mass: float) -> float:
    """Width of K+ -> pi+ V in GeV for epsilon = 1; V is longitudinal; 0 where closed."""
    return _mixing_width(mass, "K+", "pi+", form_factor)


def neutral_mixing_width(mass: float) -> float:
    """Width of K_S -> pi0 V in GeV for epsilon = 1, good to 30 %; V is longitudinal; 0 where closed."""
    return _mixing_width(mass, "K0", "pi0", neutral_form_factor)


def _mixing_width(mass: float, kaon: str, pion: str, form: Callable[[float], complex]) -> float:
    m_k, r = mass_of(kaon), mass_of(pion) / mass_of(kaon)
    if mass >= m_k * (1.0 - r):
        return 0.0
    z = (mass / m_k) ** 2
    phase: float = triangle(1.0, r * r, z) ** 1.5
    return ALPHA * abs(form(z)) ** 2 * mass**2 / (2.0**10 * math.pi**4 * m_k) * phase


def dilepton_width(m_l: float, nodes: int = 400, neutral: bool = False) -> float:
    """Width of K+ -> pi+ l+ l- in GeV (a check of W: measured BR 3.00e-7 for electrons, 9.15e-8 for muons).

    neutral : of K_S -> pi0 l+ l- (measured 5.8e-9 and 2.9e-9, good to 50 %)
    """
    import numpy as np

    kaon, pion, form = ("K0", "pi0", neutral_form_factor) if neutral else ("K+", "pi+", form_factor)
    m_k, r = mass_of(kaon), mass_of(pion) / mass_of(kaon)
    low, high = 4.0 * (m_l / m_k) ** 2, (1.0 - r) ** 2
    x, w = np.polynomial.legendre.leggauss(nodes)
    # z = low (high/low)^t, and t from a square: threshold and the photon's pole are smooth
    t = 0.5 * (x + 1.0)
    z = low * (high / low) ** (t * t)
    jacobian = z * math.log(high / low) * 2.0 * t * 0.5
    total = 0.0
    for zi, ji, wi in zip(z, jacobian, w, strict=True):
        rl = m_l**2 / (m_k**2 * zi)
        phase = triangle(1.0, r * r, zi) ** 1.5 * math.sqrt(max(0.0, 1.0 - 4.0 * rl)) * (1.0 + 2.0 * rl)
        total += wi * ji * phase * abs(form(float(zi))) ** 2
    return float(ALPHA**2 * m_k / (12.0 * math.pi * (4.0 * math.pi) ** 4) * total)
