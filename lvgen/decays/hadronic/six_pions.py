"""V -> six pions: a fit of measured cross-sections, for the rho-like part; no current is known.

Form hep-ex/0602006, parameters arXiv:2201.01788. The fit holds above 1.4 GeV; below, the width is taken as 0
(at c_rho = 1 the fit itself is below 1e-5 GeV there).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic.base import RHO, Complexes, Floats, HadronicChannel, above_threshold, single_form

THRESHOLD = 1.4


@dataclass(frozen=True)
class SixPionFit:
    """Resonance a, m, gamma (GeV), phase (rad) on a continuum c0 + c1 exp(-b/x) x^(d-2), x = sqrt(s) - m0."""

    a: float
    m: float
    phase: float
    gamma: float
    c0: float
    c1: float
    d: float
    b: float
    m0: float


CHARGED = SixPionFit(
    a=0.0036595657695477346,
    m=1.88,
    phase=math.radians(21.0),
    gamma=0.13,
    c0=0.015278568501613186,
    c1=-1.0819476867207243,
    d=0.8896494373262481,
    b=1.4,
    m0=1.26158551198849,
)
MIXED = SixPionFit(
    a=-0.0072157182261625066,
    m=1.86,
    phase=math.radians(-3.0),
    gamma=0.16,
    c0=-0.027580774291809617,
    c1=2.3792205359064202,
    d=0.8543454953801702,
    b=1.5431907628236239,
    m0=1.19907252783525,
)


def amplitude(mass: Floats, fit: SixPionFit) -> Complexes:
    """F (n,) in GeV^(1/2) at mass (n,) GeV; the propagator has the sign of the fit, opposite to the other channels'."""
    s = mass**2
    x = mass - fit.m0
    resonance = fit.a * fit.m**2 * np.exp(1j * fit.phase) / (s - fit.m**2 + 1j * mass * fit.gamma)
    result: Complexes = resonance + fit.c0 + fit.c1 * np.exp(-fit.b / x) / x ** (2.0 - fit.d)
    return result


def _form(mass: Floats, fit: SixPionFit) -> Floats:
    return single_form(np.abs(amplitude(mass, fit)) ** 2 / (4.0 * math.pi), RHO)


def _channel(name: str, products: tuple[int, ...], fit: SixPionFit) -> HadronicChannel:
    return HadronicChannel(
        name=name,
        group="6pi",
        products=products,
        threshold=THRESHOLD,
        coefficients=above_threshold(functools.partial(_form, fit=fit), THRESHOLD),
        reference="hep-ex/0602006; parameters arXiv:2201.01788",
    )


CHANNELS = (
    _channel("pi+ pi- pi+ pi- pi+ pi-", (211, -211, 211, -211, 211, -211), CHARGED),
    _channel("pi+ pi- pi+ pi- pi0 pi0", (211, -211, 211, -211, 111, 111), MIXED),
)
