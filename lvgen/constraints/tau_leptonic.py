"""tau -> nu mu nu and a boson that decays into an electron pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import Constraint, Prediction, below
from lvgen.constraints.point import OutsideValidityError, Point
from lvgen.flavour.constants import mass_of

Floats = NDArray[np.float64]


class TauToMuPair(Constraint):
    """CLEO's limit on the four-lepton decay."""

    name = "tau_mu_ee"
    title = "tau -> nu mu nu e+ e-"
    measurement = "BR < 3.6e-5 (90 %)"
    confidence = 0.90
    references = ("arXiv:1609.00860 eq. 16", "Phys. Rev. Lett. 76 (1996) 2637")
    reread = True
    validity = "V -> e+ e- within 1 cm of a tau of 5 GeV; the rate is integrated to 0.1 %"

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Through V -> e+ e-."""
        if point.mass + mass_of("mu") >= mass_of("tau"):
            raise OutsideValidityError("closed at this mass")
        made = point.rate("tau_decay", "tau -> nu mu nu V")(coupling)
        boost = 5.0 / mass_of("tau") * 0.25 * mass_of("tau") / point.mass
        return below(made * point.seen("e+ e-", coupling, max(boost, 1.0), 0.01), 3.6e-5, ratio=made)


CONSTRAINTS = (TauToMuPair(),)
