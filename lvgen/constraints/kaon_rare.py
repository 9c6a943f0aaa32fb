"""K -> pi with a boson that goes unseen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import Constraint, Prediction, below
from lvgen.constraints.point import OutsideValidityError, Point, boost_from, changes_flavour
from lvgen.flavour.constants import mass_of
from lvgen.models.base import Model

Floats = NDArray[np.float64]

#: masses (GeV) between which NA62 has limits on K+ -> pi+ X, and the weakest limit in each range
_RANGES = ((0.0, 0.110, 6e-11), (0.160, 0.260, 1e-11))


class KToPiX(Constraint):
    """NA62's search for a peak beside K+ -> pi+ nu nubar; between the ranges K+ -> pi+ pi0 hides it."""

    name = "K_pi_X"
    title = "K+ -> pi+ X, X invisible (NA62); no limit in the gap of K+ -> pi+ pi0"
    measurement = "BR < 6e-11 up to 110 MeV, < 1e-11 from 160 to 260 MeV (90 %)"
    confidence = 0.90
    references = ("arXiv:2103.15389", "arXiv:2401.02483")
    reread = True
    validity = (
        "the weakest limit of each range that is quoted; nothing from 110 to 160 MeV; invisible is nu nubar, dark "
        "matter, or a flight of 100 m with a kaon of 75 GeV"
    )

    def applies(self, model: Model) -> bool:
        """A flavour-changing coupling that is known."""
        return changes_flavour(model)

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Two-body decay."""
        limit = next((limit for low, high, limit in _RANGES if low <= point.mass <= high), None)
        if limit is None:
            raise OutsideValidityError("no limit between 110 and 160 MeV, the gap of K+ -> pi+ pi0, and above 260 MeV")
        made = point.rate("k_to_pi", "K+ -> pi+ V")(coupling)
        boost = boost_from("K+", mass_of("pi+"), point.mass, 75.0)
        return below(made * point.invisible(coupling, boost, 100.0), limit, ratio=made)


class KLToPiInvisible(Constraint):
    """KOTO's limit on K_L -> pi0 nu nubar."""

    name = "KL_pi_nunu"
    title = "K_L -> pi0 and invisible, by the limit on nu nubar (KOTO)"
    measurement = "BR < 4.9e-9 (90 %), Standard Model 3.4e-11"
    confidence = 0.90
    references = ("arXiv:2012.07571",)
    reread = True
    sm = 3.4e-11
    validity = (
        "direct CP violation at short distance; the efficiency for three bodies is taken for two; invisible is nu "
        "nubar, dark matter, or a flight of 5 m with a kaon of 1.5 GeV"
    )

    def applies(self, model: Model) -> bool:
        """A flavour-changing coupling that is known."""
        return changes_flavour(model)

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Two-body decay."""
        if point.mass >= mass_of("K0") - mass_of("pi0"):
            raise OutsideValidityError("closed at this mass")
        made = point.rate("k_to_pi", "K_L -> pi0 V")(coupling)
        boost = boost_from("K0", mass_of("pi0"), point.mass, 1.5)
        return below(made * point.invisible(coupling, boost, 5.0), 4.9e-9, ratio=made)


CONSTRAINTS = (KToPiX(), KLToPiInvisible())
