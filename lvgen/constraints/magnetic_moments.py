"""Anomalous magnetic moments of muon and electron at one loop (arXiv:1609.00860 section II; Jackiw, Weinberg 1972)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import TWO_SIDED, Constraint, Prediction, allowed, between
from lvgen.constraints.point import Point
from lvgen.flavour.constants import mass_of
from lvgen.units import ALPHA

Floats = NDArray[np.float64]

# x = 1/(1 + e^-t): both ends of the integrals over x are resolved at any mass, and the sum over t converges as fast as
# a trapezium rule can
_T = np.arange(-60.0, 60.0, 0.1)
_X, _REST = 1.0 / (1.0 + np.exp(-_T)), 1.0 / (1.0 + np.exp(_T))
_WEIGHT = 0.1 * _X * _REST


def _integral(numerator: Floats, r: float) -> float:
    """int_0^1 dx numerator / (x^2 + (1 - x) r)."""
    return float(np.sum(_WEIGHT * numerator / (_X * _X + _REST * r)))


def vector_loop(r: float) -> float:
    """I_V, for gV = 1; r = (M/m_l)^2 > 0: 1/(8 pi^2) for r -> 0, 1/(12 pi^2 r) for r -> infinity."""
    return _integral(_X * _X * _REST, r) / (4.0 * math.pi**2)


def axial_loop(r: float) -> float:
    """I_A, for gA = 1; -5/(12 pi^2 r) for r -> infinity, and -2 x^3/r of the longitudinal boson for small ones."""
    return _integral(_X * _REST * (_X - 4.0) - 2.0 * _X**3 / r, r) / (4.0 * math.pi**2)


def scalar_loop(r: float) -> float:
    """I_S, for gS = 1, r = (m_phi/m_l)^2 >= 0; 3/(16 pi^2) at r = 0."""
    return _integral(_X * _X * (1.0 + _REST), r) / (8.0 * math.pi**2)


def pseudoscalar_loop(r: float) -> float:
    """I_P, for gP = 1; -1/(16 pi^2) at r = 0."""
    return -_integral(_X**3, r) / (8.0 * math.pi**2)


def moment(point: Point, lepton: str, coupling: Floats) -> Floats:
    """Contribution to a = (g - 2)/2 of a lepton over the axis, (g,): vector, axial and, where there is one, scalar."""
    m = mass_of(lepton)
    r = (point.mass / m) ** 2
    gv, ga = (point.coupling(read, coupling) for read in (lambda c: c.gv(lepton), lambda c: c.ga(lepton)))
    total: Floats = gv**2 * vector_loop(r) + ga**2 * axial_loop(r)
    if point.scalar_mass is not None:
        r = (point.scalar_mass / m) ** 2
        gs, gp = (point.coupling(read, coupling) for read in (lambda c: c.gs(lepton), lambda c: c.gp(lepton)))
        total = total + gs**2 * scalar_loop(r) + gp**2 * pseudoscalar_loop(r)
    return total


class MagneticMoment(Constraint):
    """A measured minus an expected magnetic moment."""

    confidence = 0.95
    unit = "a"
    validity = "one loop; what cancels the anomaly of a model's current is left out"

    def __init__(self, name: str, lepton: str, low: float, high: float, text: str, reference: str) -> None:
        self.name, self.lepton, self.low, self.high, self.references = name, lepton, low, high, (reference,)
        self.title = f"magnetic moment of the {'muon' if lepton == 'mu' else 'electron'}: {text}"
        self.measurement = f"{text}; allowed {low:.3g} to {high:.3g}"

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """The loop."""
        return between(moment(point, self.lepton, coupling), self.low, self.high)


class ElectronMoment(MagneticMoment):
    """The electron's, with either of two measurements of alpha."""

    validity = "one loop; the two measurements of alpha disagree, and what either allows is allowed"

    def __init__(self) -> None:
        text = "difference 0.34(16)e-12 with alpha of Rb, -1.02(26)e-12 of Cs"
        deviations = TWO_SIDED[0.95]
        low, high = -1.02e-12 - deviations * 0.26e-12, 0.34e-12 + deviations * 0.16e-12
        super().__init__("electron_g-2", "e", low, high, text, "arXiv:2209.13084")


class AlphaShift(Constraint):
    """What a_e would shift in the fine-structure constant taken from it (arXiv:0811.1030, arXiv:1609.00860 eq. 18)."""

    name = "alpha_shift"
    title = "shift of the fine-structure constant through the electron's magnetic moment"
    measurement = "|shift| < 1.5e-8"
    confidence = 0.95
    references = ("arXiv:0811.1030", "arXiv:1609.00860 eq. 18")
    validity = "one loop; (2 pi/alpha) a_e, a factor that eq. 18 of arXiv:1609.00860 lacks"
    unit = "relative shift"
    reread = True
    optional = True

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """(2 pi/alpha) a_e."""
        return between(2.0 * math.pi / ALPHA * moment(point, "e", coupling), -1.5e-8, 1.5e-8)


def _muon(
    name: str, difference: float, sigma: float, text: str, reference: str, *, optional: bool = False
) -> MagneticMoment:
    low, high = allowed(difference, sigma, TWO_SIDED[0.95])
    band = (difference - 2.0 * sigma, difference + 2.0 * sigma)
    made = MagneticMoment(name, "mu", low, high, text, reference)
    made.optional, made.reread = optional, True
    made.favoured = band if band[0] > 0.0 else None
    return made


CONSTRAINTS = (
    _muon("muon_g-2", 38e-11, 63e-11, "difference 38(63)e-11 (2025)", "arXiv:2505.21476"),
    _muon("muon_g-2_2021", 251e-11, 59e-11, "difference 251(59)e-11 (2021)", "arXiv:2104.03281", optional=True),
    _muon("muon_g-2_2016", 288e-11, 80e-11, "difference 288(80)e-11 (2016)", "arXiv:1609.00860", optional=True),
    ElectronMoment(),
    AlphaShift(),
)
