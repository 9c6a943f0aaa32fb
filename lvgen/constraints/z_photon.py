"""Z -> gamma and a boson that goes unseen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import Constraint, Prediction, below
from lvgen.constraints.point import OutsideValidityError, Point
from lvgen.flavour.constants import Z_MASS
from lvgen.models.base import Model

Floats = NDArray[np.float64]


class ZToGammaInvisible(Constraint):
    """Single photons at LEP."""

    name = "Z_gamma_invisible"
    title = "Z -> gamma and invisible (L3)"
    measurement = "BR < 1e-6 (95 %)"
    confidence = 0.95
    references = ("Phys. Lett. B 412 (1997) 201", "arXiv:2401.02483")
    reread = True
    validity = (
        "photons above 15 GeV, so bosons below 70 GeV; nothing that cancels the anomaly is lighter than the Z; "
        "invisible is nu nubar, dark matter, or a flight of 2 m"
    )

    def applies(self, model: Model) -> bool:
        """An anomalous current."""
        return model.anomaly() != 0.0

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Two-body decay."""
        if point.mass > 70.0:
            raise OutsideValidityError("the photon is below the threshold of 15 GeV")
        made = point.rate("z_decay", "Z -> gamma V")(coupling)
        boost = (Z_MASS**2 - point.mass**2) / (2.0 * Z_MASS) / point.mass
        return below(made * point.invisible(coupling, boost, 2.0), 1e-6, ratio=made)


CONSTRAINTS = (ZToGammaInvisible(),)
