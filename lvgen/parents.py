"""Production channels: bosons from decays of hadrons and leptons that may fly before they decay.

``lvgen.flavour.rest`` has the decays at rest; here they meet parents that come from the source's tables and are aimed
at the detector's window, or from a beam.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.flavour.rest import RestDecay, RestDraws
from lvgen.kernels.flying_parents import carry, draw_aimed, draw_free
from lvgen.kernels.parent_decay import recoil
from lvgen.models.base import Model
from lvgen.particles import mass as particle_mass
from lvgen.production import Draws, ProductionChannel, Setup
from lvgen.sampling.maps import trained
from lvgen.spectra.density import HadronDensity, hadron_density
from lvgen.spectra.source import Source

Floats = NDArray[np.float64]

#: variables of the parent and of the direction of the boson: momentum, path, cos(theta*), direction (two), azimuth
_AIMED = 6
#: points with which a channel learns where its bosons are, before the detector has its say
_TRAIN_ROUNDS, _TRAIN_POINTS = 6, 4096
#: cells with a single hadron are spikes
_TRAIN_POWER = 0.35
_LN10 = float(np.log(10.0))


#: a branching ratio, or one term of it, at couplings (g,)
Along = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Strength:
    """Branching ratio a + b g + c g^2 of a decay against the coupling g: couplings are linear in it.

    Above 1 it means nothing, since the boson is then no small correction.
    """

    a: float
    b: float
    c: float

    @classmethod
    def of(cls, ratio: Callable[[float], float]) -> Strength:
        """From the branching ratio at three couplings."""
        zero, plus, minus = (ratio(g) for g in (0.0, 1.0, -1.0))
        return cls(zero, 0.5 * (plus - minus), 0.5 * (plus + minus) - zero)

    @property
    def vanishes(self) -> bool:
        """Whether it is 0 at every coupling."""
        return not (self.a or self.b or self.c)

    def __call__(self, coupling: Floats) -> Floats:
        """At couplings (g,)."""
        g = np.asarray(coupling, float)
        ratio: Floats = np.maximum(self.a + g * (self.b + g * self.c), 0.0)
        return ratio


def scaled(weight: Along, factor: float) -> Along:
    """A term times a number."""
    return lambda coupling: factor * weight(coupling)


def sum_of(parts: Sequence[Along]) -> Along:
    """The sum of terms."""
    return lambda coupling: sum((part(coupling) for part in parts), np.zeros(np.shape(coupling)))


class RestChannel(ProductionChannel):
    """A decay at rest carried to the laboratory.

    decay : at rest; strength : what multiplies its weights along the coupling axis, so that they sum to the branching
        ratio
    total : the branching ratio along the axis where it is not ``strength``; above 1 it counts as 0
    """

    def __init__(self, name: str, decay: RestDecay, strength: Along, total: Along | None = None) -> None:
        self.name = name
        self.parent_pdg, self.companions = decay.parent_pdg, decay.companions
        self.longitudinal_fraction, self.mean_helicity = decay.longitudinal_fraction, decay.mean_helicity
        self._decay, self._strength, self._total = decay, strength, total or strength
        self._masses = np.array([particle_mass(pdg) for pdg in decay.companions])
        self._turns = len(decay.companions) > 1

    def coefficient(self, coupling: Floats) -> Floats:
        """Branching ratio; 0 where that of the whole decay is above 1."""
        coupling = np.asarray(coupling, float)
        return np.where(self._total(coupling) <= 1.0, self._strength(coupling), 0.0)

    def companion_momenta(self, draws: Draws) -> Floats:
        """Those of the draws; of a two-body decay what the boson leaves."""
        if draws.companions is not None:
            return draws.companions
        out = np.empty((len(draws), 4))
        recoil(draws.boson, draws.parent, float(self._masses[0]), out)
        return out[:, None, :]

    def _carry(self, draws: Draws, rest: RestDraws, cos_star: Floats, turn: Floats) -> None:
        """Companions and spins of decays with more than two products, put into the draws."""
        if rest.momenta is None or rest.spin is None:
            return
        n = len(draws)
        draws.companions, draws.spin = np.zeros((n, len(self.companions), 4)), np.zeros((n, 9))
        carry(
            np.ascontiguousarray(cos_star), np.ascontiguousarray(turn), np.ascontiguousarray(rest.momenta),
            self._decay.parent_mass, self._masses, 1 if self.parent_pdg > 0 else -1, rest.spin,
            draws.boson, draws.parent, draws.companions, draws.spin,
        )  # fmt: skip


class AimedChannel(RestChannel):
    """Parents from the source's table; every boson starts where its parent decays and flies towards the window."""

    def __init__(
        self,
        name: str,
        decay: RestDecay,
        strength: Along,
        hadrons: HadronDensity,
        setup: Setup,
        total: Along | None = None,
    ) -> None:
        super().__init__(name, decay, strength, total)
        self.replicas = hadrons.replicas
        self._hadrons, self._window, self._source = hadrons, setup.window, setup.source
        low = float(10.0 ** hadrons.table[0])
        high = float(10.0 ** (hadrons.table[0] + hadrons.density.shape[0] / hadrons.table[1]))
        self._low, self._log_range = low, float(np.log(min(high, setup.spectrum.beam_momentum) / low))
        self.dimensions = _AIMED + decay.dimensions + self._turns
        # variables in which nothing is peaked learn nothing
        self._cube = trained(self._wanted, self.dimensions, _TRAIN_ROUNDS, _TRAIN_POINTS, _TRAIN_POWER)

    def draw(self, y: Floats) -> Draws:
        """Dimensions: momentum, path and cos(theta*), direction (two), azimuth, of the decay, turn."""
        points, jacobian = self._cube.place(np.ascontiguousarray(y))
        draws = self._drawn(points, complete=True)
        draws.weight *= jacobian
        return draws

    def _wanted(self, y: Floats) -> Floats:
        """What the channel learns before the detector has its say: between all bosons and those that live long.

        Of the latter slow ones decay sooner.
        """
        draws = self._drawn(y)
        momentum = np.sqrt(np.sum(draws.boson[:, 1:] ** 2, axis=1))
        wanted: Floats = draws.weight / np.sqrt(np.maximum(momentum, self._low))
        return wanted

    def _drawn(self, y: Floats, complete: bool = False) -> Draws:
        n = len(y)
        rest = self._decay.draw(y[:, _AIMED : _AIMED + self._decay.dimensions])
        momentum = self._low * np.exp(self._log_range * y[:, 0])
        path, share = self._flown(momentum, y[:, 1])
        draws = Draws(np.empty((n, 4)), np.empty((n, 4)), np.empty(n), np.empty((n, 4)), np.empty(n, np.int64))
        cos_star = np.empty(n)
        draw_aimed(
            np.ascontiguousarray(y[:, 2:_AIMED]), self._decay.parent_mass, self._decay.boson_mass, rest.energy,
            momentum, path, self._hadrons.density, self._hadrons.table, self._window.kind, self._window.parameters,
            self._window.near, self._window.far, draws.boson, draws.parent, draws.origin,
            cos_star, draws.weight, draws.cell,
        )  # fmt: skip
        draws.weight *= rest.weight * share * (self._log_range / _LN10)
        draws.cell[draws.weight == 0.0] = -1
        draws.made_at = np.zeros((n, 4))
        if complete:
            self._carry(draws, rest, cos_star, y[:, -1])
        return draws

    def _flown(self, momentum: Floats, u: Floats) -> tuple[Floats, Floats]:
        """Path of each parent, m, and the share that decays at all."""
        source = self._source
        if source is None:
            return np.zeros(len(u)), np.ones(len(u))
        distance = source.decay_distance(self.parent_pdg, momentum, u)
        return distance, source.decay_fraction(self.parent_pdg, momentum)


def aimed_channels(
    decay: RestDecay, strength: Along, setup: Setup, total: Along | None = None
) -> list[ProductionChannel]:
    """Channels of a decay and of that of the antiparticle, for those of the two that the source's table holds."""
    found: list[ProductionChannel] = []
    for one in (decay, decay.conjugate()):
        known = one.parent_pdg in setup.spectrum.content
        if known and one.parent_pdg not in [channel.parent_pdg for channel in found]:
            hadrons = hadron_density(setup.spectrum, one.parent_pdg)
            found.append(AimedChannel(one.reaction, one, strength, hadrons, setup, total))
    return found


class BeamChannel(RestChannel):
    """Parents of a beam, whose bosons go into every direction of their rest frames."""

    #: of the parent's own draw
    parent_dimensions: int

    def __init__(
        self, name: str, decay: RestDecay, strength: Along, source: Source, total: Along | None = None
    ) -> None:
        super().__init__(name, decay, strength, total)
        self._source = source
        self.dimensions = self.parent_dimensions + 2 + decay.dimensions + self._turns

    @abstractmethod
    def parents(self, y: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Momenta (n, 4) GeV, where they are made and where they decay (n, 4) m, and weights, for points (n, d)."""

    def draw(self, y: Floats) -> Draws:
        """Dimensions: of the parent, cos(theta*) and azimuth, of the decay, turn."""
        n, k = len(y), self.parent_dimensions
        rest = self._decay.draw(y[:, k + 2 : k + 2 + self._decay.dimensions])
        parent, made_at, origin, weight = self.parents(y[:, :k])
        boson = np.empty((n, 4))
        angles = np.ascontiguousarray(y[:, k : k + 2])
        draw_free(angles, self._decay.parent_mass, self._decay.boson_mass, rest.energy, parent, boson)
        draws = Draws(boson, parent, weight * rest.weight, origin, np.full(n, -1, np.int64))
        draws.made_at = made_at
        self._carry(draws, rest, 2.0 * angles[:, 0] - 1.0, y[:, -1])
        return draws


class KaonBeamChannel(BeamChannel):
    """K+ of a beam along z that decay between two places; weights are for each decay there."""

    parent_dimensions = 2

    def parents(self, y: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Normal in momentum, exponential in z; two variables."""
        from scipy.special import ndtri

        beam = self._source.kaons
        assert beam is not None  # noqa: S101 - the source's kind says that it has one
        momentum = self._source.energy * (1.0 + beam.spread * ndtri(np.clip(y[:, 0], 1e-12, 1.0 - 1e-12)))
        energy = np.hypot(momentum, self._decay.parent_mass)
        zero = np.zeros(len(y))
        begin, length = beam.decays_from, beam.decays_to - beam.decays_from
        z = begin + self._source.free_distance(self.parent_pdg, momentum, length, y[:, 1])
        parent = np.stack([energy, zero, zero, momentum], axis=1)
        made_at = np.stack([zero, zero, np.full(len(y), begin), zero], axis=1)
        origin = np.stack([zero, zero, z, (z - begin) * energy / momentum], axis=1)
        return parent, made_at, origin, np.ones(len(y))


class UpsilonChannel(BeamChannel):
    """B mesons of e+ e- -> Upsilon(4S) -> B Bbar; weights are pb.

    The Upsilon's spin is along the beams, so B mesons go with 1 - cos^2(theta) in the centre of mass.
    """

    parent_dimensions = 3

    def __init__(
        self, name: str, decay: RestDecay, strength: Along, source: Source, sigma: float, total: Along | None = None
    ) -> None:
        """sigma : pb, for B mesons of this charge and flavour."""
        super().__init__(name, decay, strength, source, total)
        self._sigma = sigma

    def parents(self, y: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Polar angle, azimuth, and the path of the B."""
        m, source = self._decay.parent_mass, self._source
        energy = 0.5 * source.energy
        p = float(np.sqrt(energy**2 - m**2))
        # the middle root of c^3 - 3 c + 2 (2 u - 1) = 0 has the density 3/4 (1 - c^2)
        c = 2.0 * np.cos((np.arccos(np.clip(1.0 - 2.0 * y[:, 0], -1.0, 1.0)) - 2.0 * np.pi) / 3.0)
        across, phi = p * np.sqrt(1.0 - c * c), 2.0 * np.pi * y[:, 1]
        gamma, gamma_beta = source.boost
        parent = np.stack(
            [
                gamma * energy + gamma_beta * p * c,
                across * np.cos(phi),
                across * np.sin(phi),
                gamma * p * c + gamma_beta * energy,
            ],
            axis=1,
        )
        origin, share = source.decay_points(self.parent_pdg, parent, y[:, 2])
        return parent, np.zeros_like(origin), origin, self._sigma * share


def lepton_legs_matter(model: Model) -> bool:
    """Whether emission from leptons of weak decays counts beside light mesons: not for conserved currents of quarks."""
    c = model.tree_at(1.0, 0.05)
    return any(c.ga(f) for f in ("e", "mu", "tau")) or not any(c.gv(q) for q in "uds")
