"""B_s -> mu+ mu- through the axial coupling of the boson."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import Constraint, Prediction, between
from lvgen.constraints.point import Point, changes_flavour
from lvgen.flavour.constants import CKM, DOWN, FERMI
from lvgen.models.base import Model
from lvgen.units import ALPHA

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

#: axial Wilson coefficient of the Standard Model at m_b
C10 = -4.1
_SM, _SM_ERROR = 3.67e-9, 0.15e-9
_MEASURED, _ERROR_UP, _ERROR_DOWN = 3.09e-9, math.hypot(0.46e-9, 0.15e-9), math.hypot(0.43e-9, 0.11e-9)


def wilson_c10(current: Complexes, axial_muon: Floats, mass: float) -> Complexes:
    """C_10 from exchange of the boson between the b -> s current and muons' axial coupling, (g,).

    For a pseudoscalar and an axial current the transverse and longitudinal parts of the massive propagator add up
    to 1/M^2 at any q^2: g gA/(M^2 N), N = (4 G_F/sqrt2)(alpha/4 pi) V_tb V_ts^*.  (Without the longitudinal part it
    would be 1/(M^2 - q^2), smaller by M^2/m_B^2 for light bosons.)  The sign is that in which the Z's own penguin is
    negative, as it is in the Standard Model.
    """
    ckm = CKM[2, DOWN["s"]].conjugate() * CKM[2, DOWN["b"]]
    scale = 4.0 * FERMI / math.sqrt(2.0) * ALPHA / (4.0 * math.pi) * ckm
    value: Complexes = current * axial_muon / (mass**2 * scale)
    return value


class BsToMuMu(Constraint):
    """The branching ratio measured by LHCb."""

    name = "Bs_mumu"
    title = "B_s -> mu+ mu-, through an axial coupling to muons"
    measurement = "3.09 +0.48 -0.44 e-9, Standard Model 3.67(15)e-9"
    confidence = 0.95
    references = ("arXiv:2108.09283", "arXiv:2103.13370")
    reread = True
    sm = _SM
    validity = "the current at q^2 = 0, interference with C_10 = -4.1, tree-level exchange of a massive vector"

    low = _MEASURED - _SM - 2.0 * math.hypot(_ERROR_DOWN, _SM_ERROR)
    high = 2.0 * math.hypot(_ERROR_UP, _SM_ERROR)

    def applies(self, model: Model) -> bool:
        """A flavour-changing current and an axial coupling to muons."""
        return changes_flavour(model, 0.0) and model.couplings_at(1.0, 0.1).ga("mu") != 0.0

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """The change of the branching ratio."""
        axial = point.coupling(lambda c: c.ga("mu"), coupling)
        new = wilson_c10(point.monopole("b", "s", coupling), axial, point.mass)
        return between(_SM * (np.abs(1.0 + new / C10) ** 2 - 1.0), self.low, self.high)


CONSTRAINTS = (BsToMuMu(),)
