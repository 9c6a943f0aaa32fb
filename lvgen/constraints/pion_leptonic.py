"""pi+ -> mu+ nu and a boson that goes unseen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import Constraint, Prediction, below
from lvgen.constraints.point import OutsideValidityError, Point, boost_from
from lvgen.flavour.constants import mass_of

Floats = NDArray[np.float64]


class PiToMuX(Constraint):
    """PIENU, pions at rest."""

    name = "pi_mu_X"
    title = "pi+ -> mu+ nu and invisible, relative to pi+ -> mu+ nu (PIENU)"
    measurement = "ratio < 8.6e-6 (90 %), of pi+ -> mu+ nu nu nubar"
    confidence = 0.90
    references = ("arXiv:2006.00389", "arXiv:2101.07381")
    reread = True
    validity = (
        "the limit on pi+ -> mu+ nu nu nubar stands for those over the mass in figures of arXiv:2101.07381, which were "
        "not read; below 33.9 MeV; invisible is nu nubar, dark matter, or a flight of 1 m from a pion at rest"
    )

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """The vector alone."""
        if point.mass >= mass_of("pi+") - mass_of("mu"):
            raise OutsideValidityError("closed above 33.9 MeV")
        made = point.rate("leptonic_meson", "pi+ -> mu+ nu V")(coupling)
        boost = boost_from("pi+", mass_of("mu"), point.mass, three_body=True)
        return below(made / 0.999877 * point.invisible(coupling, boost, 1.0), 8.6e-6, ratio=made)


CONSTRAINTS = (PiToMuX(),)
