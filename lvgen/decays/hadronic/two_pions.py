"""V -> pi+ pi-: the pion form factor with its tower of rho resonances.

The isoscalar part enters only as rho-omega mixing and follows c_rho, so a boson with B-type charges has no such decay:
the 1.5 % of omega -> pi+ pi- is missing there.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic.base import RHO, Complexes, Floats, HadronicChannel, above_threshold, single_form
from lvgen.decays.hadronic.propagators import dual_coefficients, fixed_width, gounaris_sakurai, tower_masses

MU = 0.13957039
_N_TOWER = 2000


@dataclass(frozen=True)
class PionFit:
    """Masses and widths (GeV) of the first rho states, dual tower, and rho-omega mixing.

    relative : (modulus, phase) of the weights of the five excited states that the fit leaves free; only their sum is
        that of the dual tower
    """

    masses: tuple[float, ...] = (0.77337, 1.490, 1.870, 2.12, 2.321, 2.567)
    widths: tuple[float, ...] = (0.1471, 0.429, 0.357, 0.300, 0.444, 0.491)
    relative: tuple[tuple[float, float], ...] = ((1.0, 0.0), (0.59, -2.2), (0.048, -2.0), (0.40, -2.9), (0.43, 1.19))
    beta: float = 2.148
    c0: float = 1.087633403691967
    omega: tuple[float, float] = (0.7824, 0.00833)
    delta: tuple[float, float] = (0.00187, 0.106)


FIT = PionFit()


@functools.lru_cache(maxsize=4)
def _tower(fit: PionFit = FIT) -> tuple[Floats, Floats, Complexes]:
    """Masses, widths (GeV) and coefficients C_n of the tower of rho resonances."""
    mass = tower_masses(fit.masses, _N_TOWER)
    width = fit.widths[0] * mass / mass[0]
    width[: len(fit.widths)] = fit.widths
    dual = dual_coefficients(fit.beta, _N_TOWER)
    coefficient = dual.astype(complex)
    coefficient[0] = fit.c0
    low = slice(1, len(fit.widths))
    relative = np.array([a * np.exp(1j * phase) for a, phase in fit.relative])
    coefficient[low] = dual[low].sum() * relative / relative.sum()
    return mass, width, coefficient


def pion_form_factor(mass: Floats, fit: PionFit = FIT) -> Complexes:
    """Timelike electromagnetic form factor of the charged pion with rho-omega mixing, at c_rho = 1.

    mass : (n,) GeV, above 2 m_pi; returns (n,) complex
    source: arXiv:1002.0279 with the parameters of arXiv:2201.01788
    """
    s = np.asarray(mass, dtype=float) ** 2
    m, gamma, c = _tower(fit)
    delta = fit.delta[0] * np.exp(1j * fit.delta[1])
    terms = c * gounaris_sakurai(s[:, None], m, gamma, MU)
    terms[:, 0] *= (1.0 + delta * fixed_width(s, *fit.omega)) / (1.0 + delta)
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
