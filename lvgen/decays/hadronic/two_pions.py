"""V -> pi+ pi-: the pion form factor with its tower of rho resonances.

The isoscalar part enters only as rho-omega mixing and follows c_rho, so a boson with B-type charges has no such decay:
the 1.5 % of omega -> pi+ pi- is missing there.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from lvgen.decays.hadronic.base import RHO, Complexes, Floats, HadronicChannel, above_threshold, single_form
from lvgen.decays.hadronic.propagators import dual_coefficients, fixed_width, gounaris_sakurai, tower_masses

MU = 0.13957039
_MASSES = (0.77337, 1.490, 1.870, 2.12, 2.321, 2.567)
_WIDTHS = (0.1471, 0.429, 0.357, 0.300, 0.444, 0.491)
#: relative weights of the five excited states that the fit leaves free; only their sum is that of the dual tower
_RELATIVE = np.array([1.0, 0.59 * np.exp(-2.2j), 0.048 * np.exp(-2.0j), 0.40 * np.exp(-2.9j), 0.43 * np.exp(1.19j)])
_BETA, _C0 = 2.148, 1.087633403691967
_OMEGA = (0.7824, 0.00833)
_DELTA = 0.00187 * np.exp(0.106j)
_N_TOWER = 2000


@functools.cache
def _tower() -> tuple[Floats, Floats, Complexes]:
    """Masses, widths (GeV) and coefficients C_n of the tower of rho resonances."""
    mass = tower_masses(_MASSES, _N_TOWER)
    width = _WIDTHS[0] * mass / mass[0]
    width[: len(_WIDTHS)] = _WIDTHS
    dual = dual_coefficients(_BETA, _N_TOWER)
    coefficient = dual.astype(complex)
    coefficient[0] = _C0
    low = slice(1, len(_WIDTHS))
    coefficient[low] = dual[low].sum() * _RELATIVE / _RELATIVE.sum()
    return mass, width, coefficient


def pion_form_factor(mass: Floats) -> Complexes:
    """Timelike electromagnetic form factor of the charged pion with rho-omega mixing, at c_rho = 1.

    mass : (n,) GeV, above 2 m_pi; returns (n,) complex
    source: arXiv:1002.0279 with the parameters of arXiv:2201.01788
    """
    s = np.asarray(mass, dtype=float) ** 2
    m, gamma, c = _tower()
    terms = c * gounaris_sakurai(s[:, None], m, gamma, MU)
    terms[:, 0] *= (1.0 + _DELTA * fixed_width(s, *_OMEGA)) / (1.0 + _DELTA)
    total: Complexes = terms.sum(axis=1)
    return total


def pair_width(mass: Floats, m: float) -> Floats:
    """Width into two spinless particles of mass m (GeV) with unit form factor: M/(48 pi) beta^3, mass above 2 m."""
    width: Floats = mass / (48.0 * math.pi) * (1.0 - (2.0 * m / mass) ** 2) ** 1.5
    return width


def _form(mass: Floats) -> Floats:
    return single_form(pair_width(mass, MU) * np.abs(pion_form_factor(mass)) ** 2, RHO)


CHANNELS = (
    HadronicChannel(
        name="pi+ pi-",
        group="pi+ pi-",
        products=(211, -211),
        threshold=2.0 * MU,
        coefficients=above_threshold(_form, 2.0 * MU),
        reference="arXiv:1002.0279; arXiv:2201.01788 appendix B",
    ),
)
