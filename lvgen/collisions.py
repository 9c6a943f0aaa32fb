"""e+ e- -> f fbar X for a pair of charged leptons: cross-sections from the sampler of ``kernels.pair_space``.

Born level with alpha(0): one photon, emission from both lines where both couple, no Z exchange, no initial-state
radiation of photons, no vacuum polarisation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lvgen.errors import UserError
from lvgen.kernels.pair_space import PAIR_DIMENSIONS, draw_pair
from lvgen.models.base import Model
from lvgen.particles import mass as particle_mass
from lvgen.production import Options, Rate, RateProcess
from lvgen.sampling.maps import AdaptedCube, integrate, trained
from lvgen.units import ALPHA

Floats = NDArray[np.float64]

#: below this mass of X (GeV) the electron's mass matters for emission from the electrons (0.1 per cent there)
_ELECTRON_MASS_BELOW = 0.05
_TRAIN_ROUNDS, _TRAIN_POINTS = 4, 4096
#: relative error to which cross-sections are integrated
_TOLERANCE = 5e-4


class CollisionOptions(Options):
    """Options of all e+ e- reactions; sqrt_s : GeV."""

    sqrt_s: float | None = Field(default=None, gt=0.0, le=1e4)

    def energy(self) -> float:
        """sqrt(s) in GeV; UserError where it was not given."""
        if self.sqrt_s is None:
            raise UserError("an e+ e- reaction needs the energy in the centre of mass, in GeV", key="sqrt_s")
        return self.sqrt_s


@dataclass(frozen=True)
class PairReaction:
    """One reaction at one mass.

    fermion : "mu" or "tau"; m_x : GeV; root_s : GeV
    couplings : (4,) gV_f, gA_f, gV_e, gA_e of a vector; gS_f, gP_f, 0, 0 of a scalar
    """

    fermion: str
    m_x: float
    root_s: float
    couplings: tuple[float, float, float, float]
    scalar: bool = False

    @property
    def m_f(self) -> float:
        """Mass of the final leptons, GeV."""
        return particle_mass(f"{self.fermion}-")

    @property
    def is_open(self) -> bool:
        """Whether there is energy and a coupling for it."""
        return self.root_s > 2.0 * self.m_f + self.m_x and any(self.couplings)

    @property
    def share(self) -> float:
        """Part of the points from the map along the final pair."""
        on_pair, on_electrons = any(self.couplings[:2]), any(self.couplings[2:])
        return 1.0 if not on_electrons else (0.5 if on_pair else 0.0)

    @property
    def m_e(self) -> float:
        """Electron mass that is kept, GeV."""
        return particle_mass("e-") if any(self.couplings[2:]) and self.m_x < _ELECTRON_MASS_BELOW else 0.0

    def draw(self, y: Floats, gamma: float = 1.0, gamma_beta: float = 0.0) -> tuple[Floats, Floats, Floats]:
        """Points of the cube to momenta (n, 5, 4), weights in pb (n,) and spins (n, 9); see ``kernels.pair_space``."""
        n = len(y)
        momenta, weight, rho = np.zeros((n, 5, 4)), np.empty(n), np.empty((n, 9))
        draw_pair(
            np.ascontiguousarray(y), self.share, self.root_s, gamma, gamma_beta, self.m_e, self.m_f, self.m_x,
            np.array(self.couplings, dtype=float), (4.0 * math.pi * ALPHA) ** 2, self.scalar, momenta, weight, rho,
        )  # fmt: skip
        return momenta, weight, rho

    def adapted(self) -> AdaptedCube:
        """A map of the cube that has learned the cross-section."""
        return trained(lambda y: self.draw(y)[1], PAIR_DIMENSIONS, _TRAIN_ROUNDS, _TRAIN_POINTS)

    def cross_section(self) -> Rate:
        """Total cross-section in pb with its numerical error; 0 where closed."""
        if not self.is_open:
            return Rate(0.0, 0.0, None, "pb")
        values, errors = integrate(lambda y: self.draw(y)[1][None, :], self.adapted(), _TOLERANCE)
        return Rate(float(values[0]), float(errors[0]), None, "pb")


def vector_couplings(model: Model, fermion: str, coupling: float, mass: float) -> tuple[float, float, float, float]:
    """gV_f, gA_f, gV_e, gA_e; mass in GeV.

    A kinetic mixing that loops induce counts only for a fermion that does not couple by itself: elsewhere it is one of
    the corrections of higher order that are left out.
    """
    tree, full = model.tree_at(coupling, mass), model.couplings_at(coupling, mass)
    chosen = [tree if tree.gv(f) or tree.ga(f) else full for f in (fermion, "e")]
    return chosen[0].gv(fermion), chosen[0].ga(fermion), chosen[1].gv("e"), chosen[1].ga("e")


class PairProcess(RateProcess):
    """e+ e- -> f fbar V for one kind of lepton."""

    fermion: ClassVar[str]
    RateOptions = CollisionOptions

    def reactions(self) -> tuple[str, ...]:
        """The one reaction."""
        return (f"e+ e- -> {self.fermion}+ {self.fermion}- V",)

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Cross-section in pb; 0 below threshold."""
        couplings = vector_couplings(model, self.fermion, coupling, mass)
        return PairReaction(self.fermion, mass, options.energy(), couplings).cross_section()
