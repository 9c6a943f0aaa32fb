"""Bosons from e+ e- collisions: frames of the colliding electrons, channels that draw, and what their processes share.

Tree level, one photon, no Z exchange. Initial-state radiation and vacuum polarisation are options; without them it is
the Born level with alpha(0).
"""

from __future__ import annotations

import functools
import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lvgen.errors import UserError
from lvgen.kernels.pair_space import PAIR_DIMENSIONS, draw_pair
from lvgen.models.base import Model
from lvgen.models.points import is_proportional, structures
from lvgen.particles import mass as particle_mass
from lvgen.production import Draws, Options, Process, ProductionChannel, Rate, Setup
from lvgen.sampling.maps import AdaptedCube, integrate, trained
from lvgen.spectra.source import Source
from lvgen.units import ALPHA

Floats = NDArray[np.float64]
Boost = tuple[float, float]

#: below this mass of X (GeV) the electron's mass matters for emission from the electrons (0.1 per cent there)
_ELECTRON_MASS_BELOW = 0.05
_TRAIN_ROUNDS, _TRAIN_POINTS = 4, 4096
#: relative error to which cross-sections are integrated
_TOLERANCE = 5e-4
#: dimensions of the unit cube for what both beams radiate
RADIATION_DIMENSIONS = 2
#: GeV, at which it is seen whether a model couples at all
_SOME_MASS = 0.5
AT_REST = (1.0, 0.0)


class Corrections(Options):
    """isr : collinear photons from the initial electrons; vacuum_polarisation : alpha(q^2) of the virtual photons."""

    isr: bool = Field(default=False, description="radiation from the initial electrons")
    vacuum_polarisation: bool = Field(default=False, description="running alpha of the virtual photon")


class CollisionOptions(Corrections):
    """Options of the rates of e+ e- reactions; sqrt_s : GeV."""

    sqrt_s: float | None = Field(default=None, gt=0.0, le=1e4)

    def energy(self) -> float:
        """sqrt(s) in GeV; UserError where it was not given."""
        if self.sqrt_s is None:
            raise UserError("an e+ e- reaction needs the energy in the centre of mass, in GeV", key="sqrt_s")
        return self.sqrt_s


def beam_frames(root_s: float, boost: Boost, u: Floats | None, n: int) -> tuple[Floats, Floats]:
    """Frames (n, 3) of n collisions, as ``kernels.pair_space.draw_pair`` takes them, and their weights (n,).

    root_s : GeV; boost : gamma and gamma beta along z of the beams' centre of mass
    u : (n, 2) in (0, 1), what each beam radiates; None for no radiation
    Each electron keeps a share x of its momentum, distributed as the structure function at order alpha with soft
    photons exponentiated: exp(b (3/4 - gamma_E)/2)/Gamma(1 + b/2) b/2 (1-x)^(b/2-1) - b (1+x)/4 with
    b = 2 alpha/pi (ln(s/m_e^2) - 1) (E. Kuraev, V. Fadin, Sov. J. Nucl. Phys. 41 (1985) 466; arXiv:0912.0749).
    """
    frames, weight = np.empty((n, 3)), np.ones(n)
    if u is None:
        frames[:] = (root_s, *boost)
        return frames, weight
    b = 2.0 * ALPHA / math.pi * (2.0 * math.log(root_s / particle_mass("e-")) - 1.0)
    soft = math.exp(0.5 * b * (0.75 - np.euler_gamma)) / math.gamma(1.0 + 0.5 * b)
    lost = u ** (2.0 / b)
    kept = 1.0 - lost
    weight = np.prod(soft - 0.5 * (1.0 + kept) * lost ** (1.0 - 0.5 * b), axis=1)
    kept = np.maximum(kept, 1e-12)
    frames[:, 0] = root_s * np.sqrt(kept[:, 0] * kept[:, 1])
    rapidity = math.asinh(boost[1]) + 0.5 * np.log(kept[:, 0] / kept[:, 1])
    frames[:, 1], frames[:, 2] = np.cosh(rapidity), np.sinh(rapidity)
    return frames, weight


class Reaction(Protocol):
    """One e+ e- reaction at one mass, energy and set of couplings.

    name : of the reaction; companions : PDG ids of what is made with the boson; dimensions : of the unit cube
    """

    @property
    def name(self) -> str: ...

    @property
    def companions(self) -> tuple[int, ...]: ...

    @property
    def dimensions(self) -> int: ...

    @property
    def is_open(self) -> bool: ...

    def draw(self, y: Floats, gamma: float = 1.0, gamma_beta: float = 0.0) -> tuple[Floats, Floats, Floats]:
        """Points of the cube (n, dimensions) to momenta (n, k, 4) of e-, e+, companions and boson in GeV, weights in
        pb (n,) and spins (n, 9)."""
        ...

    def parts(self) -> list[Reaction]:
        """Reactions that add up to this one, each for a map of its own."""
        ...


@dataclass(frozen=True)
class PairReaction:
    """e+ e- -> f fbar X at one mass.

    fermion : "mu" or "tau"; m_x : GeV; root_s : GeV
    couplings : (4,) gV_f, gA_f, gV_e, gA_e of a vector; gS_f, gP_f, 0, 0 of a scalar
    isr, screened : initial-state radiation and vacuum polarisation
    along : draw from one of the two maps alone, "pair" or "electrons", a part of the cross-section: both add up to it
    """

    fermion: str
    m_x: float
    root_s: float
    couplings: tuple[float, float, float, float]
    scalar: bool = False
    isr: bool = False
    screened: bool = False
    along: str = ""

    @property
    def name(self) -> str:
        """As ``lvgen rate`` calls it, and which part."""
        part = {"": "", "pair": " (along the pair)", "electrons": " (along the electrons)"}[self.along]
        return f"e+ e- -> {self.fermion}+ {self.fermion}- {'phi' if self.scalar else 'V'}{part}"

    @property
    def companions(self) -> tuple[int, ...]:
        """PDG ids of the leptons, the negative one first."""
        code = {"mu": 13, "tau": 15}[self.fermion]
        return code, -code

    @property
    def dimensions(self) -> int:
        """Of the unit cube."""
        return PAIR_DIMENSIONS + RADIATION_DIMENSIONS * self.isr

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
        """See ``Reaction.draw`` and ``kernels.pair_space``."""
        n = len(y)
        momenta, weight, rho = np.zeros((n, 5, 4)), np.empty(n), np.empty((n, 9))
        radiated = y[:, PAIR_DIMENSIONS:] if self.isr else None
        frames, factor = beam_frames(self.root_s, (gamma, gamma_beta), radiated, n)
        points = np.array(y[:, :PAIR_DIMENSIONS])
        if self.along:  # half of the interval that chooses the map
            points[:, 0] = 0.5 * points[:, 0] + 0.5 * (self.along == "electrons")
            factor = 0.5 * factor
        draw_pair(
            points, self.share, frames, self.m_e, self.m_f, self.m_x,
            np.array(self.couplings, dtype=float), (4.0 * math.pi * ALPHA) ** 2, self.scalar, self.screened,
            momenta, weight, rho,
        )  # fmt: skip
        return momenta, weight * factor, rho

    def parts(self) -> list[Reaction]:
        """Where both maps are needed, one part for each: a map of the cube learns one peak well, and not two."""
        return [replace(self, along=part) for part in ("pair", "electrons")] if 0.0 < self.share < 1.0 else [self]

    def adapted(self) -> AdaptedCube:
        """A map of the cube that has learned the cross-section."""
        return adapted(self)

    def cross_section(self) -> Rate:
        """Total cross-section in pb with its numerical error; 0 where closed."""
        return total(self)


def adapted(reaction: Reaction) -> AdaptedCube:
    """A map of the cube that has learned the cross-section of a reaction."""
    return trained(lambda y: reaction.draw(y)[1], reaction.dimensions, _TRAIN_ROUNDS, _TRAIN_POINTS)


def _weights(reaction: Reaction, y: Floats) -> Floats:
    return reaction.draw(y)[1][None, :]


def total(reaction: Reaction) -> Rate:
    """Cross-section of a reaction in pb with its numerical error; 0 where closed."""
    if not reaction.is_open:
        return Rate(0.0, 0.0, None, "pb")
    value, variance = 0.0, 0.0
    for part in reaction.parts():
        values, errors = integrate(functools.partial(_weights, part), adapted(part), _TOLERANCE)
        value, variance = value + float(values[0]), variance + float(errors[0]) ** 2
    return Rate(value, math.sqrt(variance), None, "pb")


def vector_couplings(model: Model, fermion: str, coupling: float, mass: float) -> tuple[float, float, float, float]:
    """gV_f, gA_f, gV_e, gA_e; mass in GeV.

    A kinetic mixing that loops induce counts only for a fermion that does not couple by itself: elsewhere it is one of
    the corrections of higher order that are left out.
    """
    tree, full = model.tree_at(coupling, mass), model.couplings_at(coupling, mass)
    chosen = [tree if tree.gv(f) or tree.ga(f) else full for f in (fermion, "e")]
    return chosen[0].gv(fermion), chosen[0].ga(fermion), chosen[1].gv("e"), chosen[1].ga("e")


class CollisionChannel(ProductionChannel):
    """A reaction before a detector: weights are cross-sections in pb at coupling 1.

    weight_of : factor for each value on the coupling axis, (g,) -> (g,)
    """

    def __init__(self, reaction: Reaction, mass: float, boost: Boost, weight_of: Callable[[Floats], Floats]) -> None:
        self.name, self.dimensions, self.companions = reaction.name, reaction.dimensions, reaction.companions
        self._reaction, self._mass, self._boost, self._weight_of = reaction, mass, boost, weight_of

    def draw(self, y: Floats) -> Draws:
        """Bosons for points y (n, dimensions) of the unit cube, with what is made with them and their spin."""
        n = len(y)
        momenta, weight, rho = self._reaction.draw(y, *self._boost)
        boson = np.ascontiguousarray(momenta[:, -1])
        boson[boson[:, 0] <= 0.0] = (math.hypot(self._mass, 1.0), 0.0, 0.0, 1.0)  # of no weight, and anywhere
        return Draws(
            boson, np.zeros((n, 4)), weight, np.zeros((n, 4)), np.full(n, -1), rho,
            np.ascontiguousarray(momenta[:, 2:-1]),
        )  # fmt: skip

    def coefficient(self, coupling: Floats) -> Floats:
        """Factor on the cross-section at coupling 1."""
        return self._weight_of(coupling)


_OptionsClass = type[Options]


class CollisionProcess(Process):
    """What all processes of e+ e- collisions share."""

    source_kinds: ClassVar[tuple[str, ...]] = ("lepton_collider",)
    several_couplings = True
    Options: ClassVar[_OptionsClass] = Corrections
    RateOptions: ClassVar[_OptionsClass | None] = CollisionOptions
    #: fermions on whose couplings the reaction depends
    fermions: ClassVar[tuple[str, ...]]
    virtual_photon: ClassVar[bool] = True

    @abstractmethod
    def made_with(self, model: Model, mass: float, root_s: float, options: Any) -> Reaction:
        """The reaction of a model at coupling 1; mass of the boson and sqrt(s) in GeV."""

    @abstractmethod
    def threshold(self, root_s: float) -> float:
        """Highest mass of the boson, GeV."""

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """Every mass: the collider's energy is not known here; UserError where nothing couples."""
        if not any(
            self.made_with(term.model, _SOME_MASS, 1e3, options).is_open for term in structures(model, self.fermions)
        ):
            raise UserError(
                f"{self.name}: {model.name} couples to none of {', '.join(self.fermions)}", key="production.processes"
            )
        return 0.0, math.inf

    def open_masses(self, model: Model, options: Any, source: Source) -> tuple[float, float]:
        """Up to the energy of the collider."""
        low, _ = super().open_masses(model, options, source)
        return low, self.threshold(source.energy)

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """One channel for each part of the reaction and each term of the quadratic form in the couplings."""
        source = setup.source
        assert source is not None  # noqa: S101 - runs give it
        found: list[ProductionChannel] = []
        for k, term in enumerate(structures(setup.model, self.fermions)):
            reaction = self.made_with(term.model, mass, source.energy, setup.options)
            for part in reaction.parts() if reaction.is_open else ():
                channel = CollisionChannel(part, mass, source.boost, term.weight)
                channel.name += "" if is_proportional(setup.model) else f" [{k}]"
                found.append(channel)
        return found

    def stated(self, options: Any) -> tuple[str, ...]:
        """What is left out, with these options."""
        screened = self.virtual_photon and options.vacuum_polarisation
        missing = ["without initial-state radiation"] * (not options.isr)
        missing += ["with alpha(0)"] * (self.virtual_photon and not screened)
        said = [", ".join(missing)] if options.isr or screened else ["Born level with alpha(0)"]
        if self.virtual_photon:
            said.append("one virtual photon, no Z exchange (below 1 % at 10.6 GeV)")
        if options.isr:
            said.append("photons from the initial electrons are collinear, and not in the events")
        if screened:
            said.append("vacuum polarisation without the hadronic resonances")
        return (*self.approximations, *(f"{self.name}: {line}" for line in said if line))


class PairProcess(CollisionProcess):
    """e+ e- -> f fbar V for one kind of lepton."""

    fermion: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.fermions = (cls.fermion, "e")

    def reactions(self) -> tuple[str, ...]:
        """The one reaction."""
        return (f"e+ e- -> {self.fermion}+ {self.fermion}- V",)

    def threshold(self, root_s: float) -> float:
        """Highest mass of V, GeV."""
        return root_s - 2.0 * particle_mass(f"{self.fermion}-")

    def made_with(self, model: Model, mass: float, root_s: float, options: Any) -> Reaction:
        """The reaction of a model at coupling 1."""
        return self._reaction(vector_couplings(model, self.fermion, 1.0, mass), mass, root_s, options)

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Cross-section in pb; 0 below threshold."""
        couplings = vector_couplings(model, self.fermion, coupling, mass)
        return total(self._reaction(couplings, mass, options.energy(), options))

    def _reaction(
        self, couplings: tuple[float, float, float, float], mass: float, root_s: float, options: Any
    ) -> PairReaction:
        return PairReaction(
            self.fermion, mass, root_s, couplings, isr=options.isr, screened=options.vacuum_polarisation
        )
