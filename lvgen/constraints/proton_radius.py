"""The proton's charge radius from electronic and muonic hydrogen (arXiv:1609.00860 eqs. 5 to 7)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import TWO_SIDED, Constraint, Prediction, allowed, between
from lvgen.constraints.point import Point
from lvgen.flavour.constants import mass_of
from lvgen.models.base import Couplings
from lvgen.particles import mass
from lvgen.units import ALPHA, E_CHARGE

Floats = NDArray[np.float64]

#: GeV^-2 in fm^2
GEV2_FM2 = 0.1973269804**2


def radius_difference(point: Point, coupling: Floats) -> Floats:
    """r^2 from electrons minus r^2 from muons over the axis, fm^2, (g,).

    Each lepton sees -6 (-g_l g_p/e^2)/M^2 f(a_l M), f(z) = (z/(1+z))^4, with a_l = 1/(alpha m_red) and the vector
    coupling g_p = 2 g_u + g_d of the proton.
    """

    def seen(lepton: str) -> Floats:
        def charge(c: Couplings) -> float:
            return c.gv(lepton)

        m_l, m_p = mass_of(lepton), mass("p")
        z = point.mass * (m_l + m_p) / (ALPHA * m_l * m_p)
        proton = point.coupling(lambda c: 2.0 * c.gv("u") + c.gv("d"), coupling)
        strength: Floats = -point.coupling(charge, coupling) * proton / E_CHARGE**2
        return -6.0 * strength / point.mass**2 * (z / (1.0 + z)) ** 4

    return (seen("e") - seen("mu")) * GEV2_FM2


class ProtonRadius(Constraint):
    """Electronic minus muonic hydrogen."""

    confidence = 0.95
    unit = "fm^2"
    validity = "first order in the boson's Yukawa potential, 1S states; axial couplings are left out"

    def __init__(self, name: str, difference: float, sigma: float, text: str, reference: str, optional: bool) -> None:
        self.name, self.references, self.optional = name, (reference,), optional
        self.low, self.high = allowed(difference, sigma, TWO_SIDED[0.95])
        self.title = f"proton radius squared, electronic minus muonic hydrogen: {text}"
        self.measurement = f"{text}; allowed {self.low:.3g} to {self.high:.3g} fm^2"
        self.reread = optional
        if difference > 2.0 * sigma:
            self.favoured = (difference - 2.0 * sigma, difference + 2.0 * sigma)

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """The difference of the two radii."""
        return between(radius_difference(point, coupling), self.low, self.high)


CONSTRAINTS = (
    ProtonRadius(
        "proton_radius", -0.013, 0.017, "-0.013(17) fm^2, r = 0.833(10) and 0.84087(39) fm", "Science 365 (2019) 1007",
        False,
    ),
    ProtonRadius("proton_radius_2016", 0.060, 0.012, "0.060(12) fm^2 (2016)", "arXiv:1609.00860 eq. 5", True),
)  # fmt: skip
