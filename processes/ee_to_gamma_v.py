"""e+ e- -> gamma V: cross-sections in closed form, and events by the amplitude with massive electrons.

With x = m_V^2/s, c = cos(theta*), alpha_V = (gV^2 + gA^2)/(4 pi) and massless electrons

    dsigma/dc = (2 pi alpha alpha_V / s) / (1 - x) [2 (1 + x^2)/(1 - c^2) - (1 - x)^2],

without a cut on the angle and with massive electrons (4 pi alpha alpha_V / s) / (1 - x) (1 + x^2) [ln(s/m_e^2) - 1]
(Fayet, Phys. Rev. D 75 (2007) 115017; arXiv:0903.3941).  An axial current is not conserved: its longitudinal bosons add
the cross-section of a pseudoscalar with coupling 2 m_e gA/m_V (the current's divergence), of which

    dsigma/dc = (alpha gP^2/(2 s)) / (1 - x) (1 + x^2)/(1 - c^2),
    sigma = (alpha gP^2/(2 s)) / (1 - x) [(1 + x^2) ln(s/m_e^2) - 2 x] without a cut

(limits of soft and collinear photons as for a vector; the massive helicity amplitudes of ``kernels.ee_gamma`` agree to
1e-5).  No photon is virtual here, so that vacuum polarisation changes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from lvgen.collisions import (
    RADIATION_DIMENSIONS,
    CollisionProcess,
    Reaction,
    beam_frames,
    total,
    vector_couplings,
)
from lvgen.errors import UserError
from lvgen.kernels.ee_gamma import GAMMA_DIMENSIONS, draw_gamma
from lvgen.models.base import Model
from lvgen.particles import mass as particle_mass
from lvgen.production import Options, Rate
from lvgen.units import ALPHA, E_CHARGE
from lvgen.validation import quantity

GEV2_PB = 3.893793721e8
Floats = NDArray[np.float64]
Energy = Annotated[float, quantity("energy", above=0.0, most=1e4)]


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


def divergence_cross_section(root_s: float, mass: float, ga: float, cut: float | None) -> float:
    """What the divergence of the axial current adds to the cross-section in pb; cut : on |cos|, in (0, 1), or None.

    It goes as 1/mass^2 and matters up to some tens of electron masses.
    """
    x = (mass / root_s) ** 2
    if x >= 1.0:
        return 0.0
    gp = 2.0 * particle_mass("e-") * ga / mass
    if cut is None:
        angles = (1.0 + x * x) * math.log((root_s / particle_mass("e-")) ** 2) - 2.0 * x
    else:
        angles = (1.0 + x * x) * math.log((1.0 + cut) / (1.0 - cut))
    return GEV2_PB * 0.5 * ALPHA * gp**2 / root_s**2 / (1.0 - x) * angles


@dataclass(frozen=True)
class PhotonReaction:
    """e+ e- -> gamma V at one mass.

    m_x : GeV; root_s : GeV; gv, ga : couplings of the electron; cos_max : of the photon in the centre of mass
    isr : initial-state radiation besides the photon; least_energy : of the photon in the centre of mass of what
        collides, GeV
    """

    m_x: float
    root_s: float
    gv: float
    ga: float
    cos_max: float = 1.0
    isr: bool = False
    least_energy: float = 0.0

    name: ClassVar[str] = "e+ e- -> gamma V"
    companions: ClassVar[tuple[int, ...]] = (22,)

    @property
    def dimensions(self) -> int:
        """Of the unit cube."""
        return GAMMA_DIMENSIONS + RADIATION_DIMENSIONS * self.isr

    @property
    def is_open(self) -> bool:
        """Whether there is energy and a coupling for it."""
        photon = (self.root_s**2 - self.m_x**2) / (2.0 * self.root_s)
        return photon > self.least_energy and bool(self.gv or self.ga)

    def parts(self) -> list[Reaction]:
        """One map does."""
        return [self]

    def draw(self, y: Floats, gamma: float = 1.0, gamma_beta: float = 0.0) -> tuple[Floats, Floats, Floats]:
        """See ``Reaction.draw`` and ``kernels.ee_gamma``."""
        n = len(y)
        momenta, weight, rho = np.zeros((n, 4, 4)), np.empty(n), np.empty((n, 9))
        radiated = y[:, GAMMA_DIMENSIONS:] if self.isr else None
        frames, factor = beam_frames(self.root_s, (gamma, gamma_beta), radiated, n)
        draw_gamma(
            np.ascontiguousarray(y[:, :GAMMA_DIMENSIONS]), frames, particle_mass("e-"), self.m_x, self.gv, self.ga,
            4.0 * math.pi * ALPHA, self.cos_max, momenta, weight, rho,
        )  # fmt: skip
        root_s = frames[:, 0]
        hard = root_s**2 - self.m_x**2 > 2.0 * root_s * self.least_energy
        return momenta, weight * factor * hard, rho


class PhotonOptions(Options):
    """abs_cos_max, min_photon_energy : cuts on the photon in the centre of mass; left out: none."""

    isr: bool = Field(default=False, description="radiation from the initial electrons")
    abs_cos_max: float | None = Field(
        default=None, gt=0.0, lt=1.0, description="largest |cos| of the photon in the centre of mass; left out: no cut"
    )
    min_photon_energy: Energy | None = Field(
        default=None, description="of the photon in the centre of mass of what collides; isr needs it"
    )

    @model_validator(mode="after")
    def _converges(self) -> PhotonOptions:
        if self.isr and self.min_photon_energy is None:
            raise ValueError("isr needs min_photon_energy: electrons that radiate down to the boson's mass diverge")
        return self


class PhotonRateOptions(PhotonOptions):
    """The same with sqrt_s; energies in GeV."""

    min_photon_energy: float | None = Field(default=None, gt=0.0, le=1e4)
    sqrt_s: float | None = Field(default=None, gt=0.0, le=1e4)


class PhotonVector(CollisionProcess):
    """e+ e- -> gamma V."""

    name = "ee_to_gamma_v"
    title = "e+ e- -> gamma V at tree level"
    label = r"$e^+e^-\to\gamma V$"
    references: ClassVar[tuple[str, ...]] = ("arXiv:0903.3941", "arXiv:hep-ph/0702176")
    fermions = ("e",)
    virtual_photon = False
    Options = PhotonOptions
    RateOptions = PhotonRateOptions

    def reactions(self) -> tuple[str, ...]:
        """The one reaction."""
        return ("e+ e- -> gamma V",)

    def threshold(self, root_s: float) -> float:
        """Highest mass of V, GeV."""
        return root_s

    def made_with(self, model: Model, mass: float, root_s: float, options: Any) -> Reaction:
        """The reaction of a model at coupling 1."""
        return _reaction(model, 1.0, mass, root_s, options)

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Cross-section in pb; 0 above threshold; soft photons make it grow without limit below.

        Exact to rounding with a cut on the angle, by integration of the amplitude with ``isr``.
        """
        if options.sqrt_s is None:
            raise UserError("an e+ e- reaction needs the energy in the centre of mass, in GeV", key="sqrt_s")
        made = _reaction(model, coupling, mass, options.sqrt_s, options)
        if not made.is_open:
            return Rate(0.0, 0.0, None, "pb")
        if options.isr:
            return total(made)
        g2 = made.gv**2 + made.ga**2
        cut = options.abs_cos_max
        value = divergence_cross_section(options.sqrt_s, mass, made.ga, cut)
        if cut is None:
            value += total_cross_section(options.sqrt_s, mass, g2)
        else:
            value += cross_section(options.sqrt_s, mass, g2, -cut, cut)
        return Rate(value, 0.0, None, "pb")


def _reaction(model: Model, coupling: float, mass: float, root_s: float, options: Any) -> PhotonReaction:
    gv, ga, _, _ = vector_couplings(model, "e", coupling, mass)
    tree = model.tree_at(coupling, mass)
    if not (tree.gv("e") or tree.ga("e")):
        # the mixing that loops induce is complex above their thresholds, and its modulus counts
        absorptive = E_CHARGE * coupling * float(model.mixing_shift(np.array([mass]))[0].imag)
        gv = math.copysign(math.hypot(gv, absorptive), gv)
    cut = 1.0 if options.abs_cos_max is None else options.abs_cos_max
    return PhotonReaction(mass, root_s, gv, ga, cut, options.isr, options.min_photon_energy or 0.0)


process = PhotonVector()
