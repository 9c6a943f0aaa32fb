"""The width of the W boson: W -> l nu V, where the boson's current is not conserved."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import Constraint, Prediction, below
from lvgen.constraints.point import OutsideValidityError, Point
from lvgen.flavour.constants import FERMI, W_MASS
from lvgen.models.base import Couplings

Floats = NDArray[np.float64]

_LEPTONS = ("e", "mu", "tau")
#: GeV; above, terms of (M/M_W)^2 exceed 3 % (explicit spinors)
_HIGHEST = 5.0


def left_handed(c: Couplings, fermion: str) -> float:
    """gL = gV - gA."""
    return c.gv(fermion) - c.ga(fermion)


def leptonic_width(broken: Floats, mass: float) -> Floats:
    """W -> l nu V in GeV for a coupling ``broken`` that is not conserved, M << M_W: longitudinal bosons.

    (g)^2 G_F M_W^5/(512 sqrt2 pi^3 M^2), arXiv:2106.12582; with the lepton's leg alone g is gL of the lepton
    """
    width: Floats = broken**2 * FERMI * W_MASS**5 / (512.0 * math.sqrt(2.0) * math.pi**3 * mass**2)
    return width


class WWidth(Constraint):
    """The measured total width of the W."""

    name = "W_width"
    title = "width of the W boson, from W -> l nu V"
    measurement = "2.085(42) GeV; the boson adds less than two errors"
    confidence = 0.95
    references = ("Particle Data Group 2022", "arXiv:2106.12582")
    reread = True
    unit = "GeV"
    sm = 2.089
    validity = (
        "leading order in M/M_W, below 5 GeV; only the part of the current that is not conserved counts, gL of the "
        "lepton minus that of its neutrino plus the charge of the W (legs = lepton: gL of the lepton); every decay of V"
    )

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Sum over three leptons."""
        if point.mass > _HIGHEST:
            raise OutsideValidityError(f"the limit of a light boson does not hold above {_HIGHEST:g} GeV")

        def broken(lepton: str) -> Floats:
            def read(c: Couplings) -> float:
                if point.axis.legs == "lepton":
                    return left_handed(c, lepton)
                charge = left_handed(c, "u") - left_handed(c, "d")
                return left_handed(c, lepton) - left_handed(c, f"nu_{lepton}") + charge

            return point.coupling(read, coupling)

        total = sum((leptonic_width(broken(lepton), point.mass) for lepton in _LEPTONS), np.zeros_like(coupling))
        return below(total, 2.0 * 0.042, ratio=total / 2.085)


CONSTRAINTS = (WWidth(),)
