"""e+ e- -> gamma V in closed form.

With x = m_V^2/s, c = cos(theta*), alpha_V = (gV^2 + gA^2)/(4 pi) and massless electrons

    dsigma/dc = (2 pi alpha alpha_V / s) / (1 - x) [2 (1 + x^2)/(1 - c^2) - (1 - x)^2],

without a cut on the angle and with massive electrons (4 pi alpha alpha_V / s) / (1 - x) (1 + x^2) [ln(s/m_e^2) - 1]
(Fayet, Phys. Rev. D 75 (2007) 115017; arXiv:0903.3941).  Born level with alpha(0).
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from pydantic import Field

from lvgen.collisions import CollisionOptions, PairProcess, vector_couplings
from lvgen.models.base import Model
from lvgen.particles import mass as particle_mass
from lvgen.production import Rate
from lvgen.units import ALPHA

GEV2_PB = 3.893793721e8


def angular_integral(x: float, cos: float) -> float:
    """Integral from 0 to cos of 2 (1 + x^2)/(1 - c^2) - (1 - x)^2; 0 <= cos < 1."""
    return (1.0 + x * x) * math.log((1.0 + cos) / (1.0 - cos)) - (1.0 - x) ** 2 * cos


def differential(root_s: float, mass: float, g2: float, cos: float) -> float:
    """dsigma/dcos(theta*) in pb for g2 = gV^2 + gA^2; massless electrons."""
    x = (mass / root_s) ** 2
    shape = 2.0 * (1.0 + x * x) / ((1.0 - cos) * (1.0 + cos)) - (1.0 - x) ** 2
    return GEV2_PB * 0.5 * ALPHA * g2 / root_s**2 / (1.0 - x) * shape


def cross_section(root_s: float, mass: float, g2: float, cos_min: float, cos_max: float) -> float:
    """Cross-section in pb between two cosines (both inside -1, 1) of the photon in the centre of mass."""
    x = (mass / root_s) ** 2
    if x >= 1.0:
        return 0.0
    parts = [math.copysign(angular_integral(x, abs(c)), c) for c in (cos_min, cos_max)]
    return GEV2_PB * 0.5 * ALPHA * g2 / root_s**2 / (1.0 - x) * (parts[1] - parts[0])


def total_cross_section(root_s: float, mass: float, g2: float) -> float:
    """Cross-section in pb without a cut on the angle, massive electrons (up to m_e^2/s; V heavier than electrons)."""
    x = (mass / root_s) ** 2
    if x >= 1.0:
        return 0.0
    logarithm = math.log((root_s / particle_mass("e-")) ** 2) - 1.0
    return GEV2_PB * ALPHA * g2 / root_s**2 / (1.0 - x) * (1.0 + x * x) * logarithm


class PhotonOptions(CollisionOptions):
    """abs_cos_max : largest |cos| of the photon's angle in the centre of mass; left out: no cut."""

    abs_cos_max: float | None = Field(default=None, gt=0.0, lt=1.0)


class PhotonVector(PairProcess):
    """e+ e- -> gamma V."""

    name = "ee_to_gamma_v"
    title = "e+ e- -> gamma V at tree level"
    references: ClassVar[tuple[str, ...]] = ("arXiv:0903.3941", "arXiv:hep-ph/0702176")
    fermion = "e"
    RateOptions = PhotonOptions

    def reactions(self) -> tuple[str, ...]:
        """The one reaction."""
        return ("e+ e- -> gamma V",)

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Cross-section in pb, exact to rounding; 0 above threshold; soft photons make it grow without limit below."""
        gv, ga, _, _ = vector_couplings(model, "e", coupling, mass)
        g2 = gv**2 + ga**2
        cut = options.abs_cos_max
        if cut is None:
            return Rate(total_cross_section(options.energy(), mass, g2), 0.0, None, "pb")
        return Rate(cross_section(options.energy(), mass, g2, -cut, cut), 0.0, None, "pb")


process = PhotonVector()
