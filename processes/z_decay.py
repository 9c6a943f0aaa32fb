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
        anomaly = model.anomaly()
        if not anomaly:
            raise UserError(
                f"the current of {model.name} has no anomaly, so Z -> gamma V is not enhanced", key="reaction"
            )
        if mass >= Z_MASS:
            return Rate(0.0, 0.0, None)
        e2 = 4.0 * math.pi * ALPHA_Z
        gauge = e2 / SIN2_W * e2 / (1.0 - SIN2_W)
        power = 384.0 if options.compatible == "dror" else 1536.0
        phase = (1.0 - (mass / Z_MASS) ** 2) ** 3
        width = anomaly**2 * gauge * coupling**2 * Z_MASS**3 * phase / (power * math.pi**5 * mass**2)
        return Rate(width / Z_WIDTH, 0.0, None)


process = ZDecay()
