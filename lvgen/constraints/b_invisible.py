"""B -> K and K* with a boson that goes unseen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import Constraint, Prediction, below
from lvgen.constraints.point import OutsideValidityError, Point, boost_from, changes_flavour
from lvgen.flavour.constants import mass_of
from lvgen.models.base import Model

Floats = NDArray[np.float64]

#: m, from the collision point through the calorimeters of Belle and Belle II
_SIZE = 3.0


class BToKInvisible(Constraint):
    """A limit on B -> K(*) nu nubar, which the boson's two-body decay adds to."""

    confidence = 0.90
    reread = True
    validity = (
        "the efficiency for three bodies is taken for two; the Standard Model's share is counted; invisible is nu "
        "nubar, dark matter, or a flight of 3 m; form factors 15 to 25 %"
    )

    def __init__(self, name: str, parent: str, daughter: str, limit: float, sm: float, references: tuple[str, ...]):
        self.name, self.parent, self.daughter = name, parent, daughter
        self.limit, self.sm, self.references = limit, sm, references
        self.title = f"{parent} -> {daughter} and invisible, by the limit on nu nubar"
        self.measurement = f"BR < {limit:.2g} (90 %), Standard Model {sm:.2g}"

    def applies(self, model: Model) -> bool:
        """A flavour-changing coupling that is known."""
        return changes_flavour(model)

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """What the boson adds; together with the Standard Model it must stay below the limit."""
        if point.mass >= mass_of(self.parent) - mass_of(self.daughter):
            raise OutsideValidityError("closed at this mass")
        made = point.rate("b_to_k", f"{self.parent} -> {self.daughter} V")(coupling)
        boost = boost_from(self.parent, mass_of(self.daughter), point.mass)
        sm = self.sm or 0.0
        return below(made * point.invisible(coupling, boost, _SIZE), self.limit - sm, ratio=made)


CONSTRAINTS = (
    BToKInvisible("B_K_nunu", "B+", "K+", 4.1e-5, 4.4e-6, ("arXiv:2105.05754", "arXiv:2111.04327")),
    BToKInvisible("B_Kstar_nunu", "B0", "K*0", 1.8e-5, 1.16e-5, ("arXiv:1702.03224", "arXiv:2111.04327")),
)
