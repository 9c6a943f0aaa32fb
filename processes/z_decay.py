"""Z -> gamma V through the anomaly of the boson's current.

Gamma = A^2 g^2 g'^2 g_X^2 m_Z^3 (1 - m_X^2/m_Z^2)^3 / (1536 pi^5 m_X^2), from A g g'/(8 pi^2 f) phi Z Fdual with
Fdual = (1/2) epsilon F (arXiv:1705.06726; the width printed in a talk by its authors has 384 pi^5).
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from lvgen.errors import UserError
from lvgen.flavour.constants import ALPHA_Z, SIN2_W, Z_MASS, Z_WIDTH
from lvgen.models.base import Model
from lvgen.production import Options, Rate, RateProcess

#: BR(Z -> gamma X) of arXiv:2401.02483 at 1 TeV for m_X/g_X
_EQUATION_5 = 4e-10


class ZOptions(Options):
    """compatible : "dror" for the width as printed, four times larger."""

    compatible: Literal["dror"] | None = None


class ZDecay(RateProcess):
    """Z -> gamma V."""

    name = "z_decay"
    title = "Z -> gamma V through the anomaly of the boson's current"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1705.06726", "arXiv:1707.01503")
    RateOptions = ZOptions

    def reactions(self) -> tuple[str, ...]:
        """The one reaction."""
        return ("Z -> gamma V",)

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Branching ratio; V longitudinal up to (m_V/m_Z)^2; for bosons much lighter than what cancels the anomaly."""
        anomaly, disputed = model.anomaly_at(coupling), model.disputed_anomaly(coupling)
        if not anomaly and disputed:
            return Rate(_disputed(model, mass, disputed), 0.0, None)
        if not anomaly:
            raise UserError(
                f"the current of {model.name} has no anomaly, so Z -> gamma V is not enhanced", key="reaction"
            )
        return Rate(_ratio(mass, anomaly, 384.0 if options.compatible == "dror" else 1536.0), 0.0, None)


def _ratio(mass: float, anomaly: float, power: float = 1536.0) -> float:
    """Branching ratio for an anomaly coefficient times g_X; 0 where closed."""
    if mass >= Z_MASS:
        return 0.0
    e2 = 4.0 * math.pi * ALPHA_Z
    gauge = e2 / SIN2_W * e2 / (1.0 - SIN2_W)
    phase = (1.0 - (mass / Z_MASS) ** 2) ** 3
    return anomaly**2 * gauge * Z_MASS**3 * phase / (power * math.pi**5 * mass**2) / Z_WIDTH


def _disputed(model: Model, mass: float, disputed: float) -> float:
    """That of arXiv:2401.02483 for a conserved current: its eq. 5, or the rate above with a top quark that decouples.

    disputed : anomaly coefficient of the third generation times g_X, 1/2 for baryon number; that of the top alone is
        two thirds of it
    """
    if model.parameters["normalisation"] == "two_loop":
        return _ratio(mass, 2.0 / 3.0 * disputed)
    phase = max(0.0, 1.0 - (mass / Z_MASS) ** 2) ** 3
    return _EQUATION_5 * phase * (1e3 * 2.0 * disputed / mass) ** 2


process = ZDecay()
