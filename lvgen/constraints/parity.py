"""Parity violation between electrons and nuclei: the weak charges of the proton and of caesium.

A boson with an axial coupling to electrons and a vector coupling to quarks shifts the effective couplings g_AV of
(G_F/sqrt2) g_AV (ebar gamma gamma5 e)(qbar gamma q) by -sqrt2 gA_e gV_q/(G_F M^2) f(M).  For a dark Z that is the
linear part of rho_d and kappa_d in arXiv:2104.03280.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import TWO_SIDED, Constraint, Prediction, allowed, between
from lvgen.constraints.point import Point
from lvgen.flavour.constants import FERMI
from lvgen.models.base import Couplings, Model
from lvgen.units import ALPHA

Floats = NDArray[np.float64]

#: effective couplings of the Standard Model with radiative corrections, and corrections of the nucleus (PDG)
G_PROTON, G_NEUTRON = -0.0357, 0.4950
_BOX_PROTON, _BOX_NEUTRON = 0.00005, 0.00006
_RADIATIVE = 1.0 - ALPHA / (2.0 * math.pi)
CAESIUM = (55, 78)


def weak_charge(shift_proton: Floats, shift_neutron: Floats, nucleus: tuple[int, int]) -> Floats:
    """Weak charge of a nucleus (Z, N) for shifted effective couplings; -73.2 for caesium without (arXiv:2104.03280)."""
    z, n = nucleus
    boxes = (_BOX_PROTON, _BOX_NEUTRON) if n else (0.0, 0.0)
    charge: Floats = z * (G_PROTON + shift_proton + boxes[0]) + n * (G_NEUTRON + shift_neutron + boxes[1])
    return -2.0 * charge * _RADIATIVE


def coupling_shift(axial_electron: Floats, vector: Floats, mass: float, momentum: float) -> Floats:
    """Shift of g_AV by one exchange; mass of the boson and momentum transfer in GeV."""
    shift: Floats = -math.sqrt(2.0) * axial_electron * vector / (FERMI * (mass**2 + momentum**2))
    return shift


class WeakCharge(Constraint):
    """A weak charge."""

    confidence = 0.95
    unit = "Q_W"
    reread = True

    def __init__(
        self, name: str, title: str, nucleus: tuple[int, int], measured: tuple[float, float], momentum: float, how: str
    ) -> None:
        self.name, self.title, self.nucleus, self.momentum = name, title, nucleus, momentum
        self.sm = float(weak_charge(np.zeros(1), np.zeros(1), nucleus)[0])
        value, error = measured
        self.low, self.high = allowed(value - self.sm, error, TWO_SIDED[0.95])
        self.measurement = f"Q_W = {value}({error}), Standard Model {self.sm:.4g}"
        self.references = ("arXiv:2104.03280", "arXiv:1905.08283" if nucleus[1] == 0 else "Science 275 (1997) 1759")
        self.validity = f"one exchange, leading order in the couplings; {how}"

    def applies(self, model: Model) -> bool:
        """Axial coupling to electrons."""
        return model.couplings_at(1.0, 0.1).ga("e") != 0.0

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """The shift of the weak charge."""

        def axial(c: Couplings) -> float:
            return c.ga("e")

        electron = point.coupling(axial, coupling)
        u, d = (point.coupling(read, coupling) for read in (lambda c: c.gv("u"), lambda c: c.gv("d")))
        proton, neutron = (
            coupling_shift(electron, vector, point.mass, self.momentum) for vector in (2.0 * u + d, u + 2.0 * d)
        )
        z, n = self.nucleus
        return between(-2.0 * (z * proton + n * neutron) * _RADIATIVE, self.low, self.high)


CONSTRAINTS = (
    WeakCharge(
        "weak_charge_p", "weak charge of the proton (Qweak)", (1, 0), (0.0719, 0.0045), 0.0249**0.5,
        "M^2 + Q^2 with Q^2 = 0.0249 GeV^2, a value not read again",
    ),
    WeakCharge(
        "weak_charge_Cs", "weak charge of caesium", CAESIUM, (-72.82, 0.42), 2.4e-3,
        "the range of the force by M^2/(M^2 + (2.4 MeV)^2), one half at 2.4 MeV as in atomic calculations",
    ),
)  # fmt: skip
