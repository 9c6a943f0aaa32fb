"""One production channel carried through flight, decay and acceptance.

The only place where a channel meets a detector; everything here is at one mass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.modes import INVISIBLE, Mode
from lvgen.decays.products import Products
from lvgen.detection.apparatus import MAX_SLOTS, Apparatus, Flight
from lvgen.errors import UserError
from lvgen.kernels.flight import target_density
from lvgen.kernels.spin import SPIN_FLOATS, helicity_spin
from lvgen.production import Draws, ProductionChannel
from lvgen.sampling.ceilings import EvenedCube
from lvgen.sampling.lifetime import AT_ONCE, LifetimeSample
from lvgen.sampling.maps import AdaptedCube

Floats = NDArray[np.float64]

#: every open mode gets at least this many points of a sample, however small its branching ratio
_MIN_MODE_POINTS = 8
#: decay points are drawn exponentially too where the proper path inside the volume exceeds this many decay lengths
_LONG_PATH = 2.0
_KEYS = 2**64


@dataclass
class Sample:
    """A weighted sample at one mass: exposure * a exp(-x/ctau)/ctau is each point's expected signal at coupling 1.

    With bosons that escape it is exposure * a exp(-x/ctau), x being the path to where they are out of sight.

    a, x  : (n,) weight and proper path of the decay point, m
    draws, flight : production and decay points
    mode  : (n,) index into the modes, -1 where none was chosen
    products : for each mode those of its points (in order), or None where the detector does not look at them
    """

    a: Floats
    x: Floats
    draws: Draws
    flight: Flight
    mode: NDArray[np.intp]
    products: list[Products] | None


@dataclass
class Proposal:
    """Bosons in flight whose products are not made yet: the weight of ``Sample`` but for acceptance.

    u : (n, d + 1) where the points lie in the cube; a, x, draws, flight, mode : as in ``Sample``
    """

    u: Floats
    a: Floats
    x: Floats
    draws: Draws
    flight: Flight
    mode: NDArray[np.intp]


@dataclass
class Decayed:
    """Some points of a proposal with their products.

    rows : (m,) of the proposal, by mode; mode : (m,) index into the modes; accepted : (m,) acceptance times efficiency
    vertex : (m, 4) decay points, m; products : for each mode those of its rows
    """

    rows: NDArray[np.intp]
    mode: NDArray[np.intp]
    accepted: Floats
    vertex: Floats
    products: list[Products]


class Chain:
    """A production channel in front of a detector.

    channel, apparatus : what is combined; mass : GeV; modes : decay channels that count (empty: geometry only)
    scales : proper decay lengths (m) from which decay points are drawn besides evenly along the ray
    near : whether bosons are made inside the volume, so that the shortest lifetimes count
    """

    def __init__(self, channel: ProductionChannel, apparatus: Apparatus, mass: float, modes: list[Mode]) -> None:
        self.channel = channel
        self.apparatus = apparatus
        self.mass = mass
        self.modes = modes
        self.cube = AdaptedCube(channel.dimensions)
        self.scales = np.zeros(0)
        self.near = False

    @property
    def survival(self) -> bool:
        """Whether the yield goes with exp(-x/ctau): bosons count that escape."""
        return self.apparatus.escaping

    @property
    def pilot_lacks_modes(self) -> bool:
        """Whether decay modes count of which ``pilot`` knows nothing."""
        return self.apparatus.selects and not self.survival

    @property
    def least_points(self) -> int:
        """Fewest points that can be drawn at once, so that every mode gets some."""
        return 2 * _MIN_MODE_POINTS * max(1, len(self.modes))

    def prepare(self, rng: np.random.Generator, n: int, ctaus: Floats) -> None:
        """Before the pilot: see whether bosons are made inside the volume; if so, draw from all lifetimes ctaus (m)."""
        if self.survival:
            return
        _, spans, weight = self._production(rng, n)
        inside = (weight > 0.0) & (spans[:, 0] == 0.0) & (spans[:, 1] > 0.0)
        self.near = bool(inside.any())
        if self.near:
            self.scales = decades(ctaus, _LONG_PATH * float(spans[inside, 1].max()))

    def train(self, rng: np.random.Generator, n: int, ctaus: Floats) -> None:
        """Adapt the map to the decay probability summed over lifetimes ctaus (m), each divided by its own yield."""
        y, spans, weight = self._production(rng, n)
        if self.survival:
            self.cube.learn(y, weight * self._escape_target(spans, weight, ctaus))
            return
        norms = span_yields(spans, weight, ctaus)
        usable = norms > 0.0
        target = np.empty(n)
        target_density(spans, ctaus[usable], norms[usable], target)
        self.cube.learn(y, weight * target)
        width = float(np.average(spans[:, 1] - spans[:, 0], weights=weight * target)) if usable.any() else 0.0
        if self.near:
            self.scales = decades(ctaus, _LONG_PATH * width)
        else:
            self.scales = np.ascontiguousarray(ctaus[ctaus < _LONG_PATH * width])

    def _escape_target(self, spans: Floats, weight: Floats, ctaus: Floats) -> Floats:
        """Sum over lifetimes of the probability to escape, each divided by its mean."""
        unseen = self._unseen_share()
        target = np.zeros(len(spans))
        for ctau in ctaus:
            escapes = unseen + (1.0 - unseen) * np.exp(-spans[:, 1] / ctau)
            if (norm := float(np.mean(weight * escapes))) > 0.0:
                target += escapes / norm
        return target

    def _unseen_share(self) -> float:
        """Share of the decays in modes that nobody sees."""
        total = sum(mode.branching_ratio for mode in self.modes)
        unseen = sum(mode.branching_ratio for mode in self.modes if mode.name in INVISIBLE)
        return unseen / total if total > 0.0 else 0.0

    def pilot(self, rng: np.random.Generator, n: int, sample: LifetimeSample) -> None:
        """Add points without products to a sample in lifetime, to find out which lifetimes matter."""
        if self.survival:
            part = self.sample(rng, n)
            sample.add(part.x, part.a, part.draws.cell, np.zeros((0, 0)))
            return
        weight, draws, flight = self._flown(rng.random((n, self.channel.dimensions + 1)))
        sample.add(flight.x, weight * flight.factor, draws.cell, np.zeros((0, 0)))

    def _drawn(self, y: Floats) -> Draws:
        """Bosons of the channel, refused where their weights are none: a user's own process may be wrong."""
        draws = self.channel.draw(y)
        if not (draws.weight.min(initial=0.0) >= 0.0 and np.isfinite(draws.weight.sum())):
            raise UserError(
                f"{self.channel.name} gave a weight that is negative or not finite", key="production.processes"
            )
        return draws

    def _seen(self, y: Floats) -> tuple[Draws, Floats]:
        """Bosons of the channel, and their weights where what was made with them is seen."""
        draws = self._drawn(y)
        if self.apparatus.detector.active_companions is None:
            return draws, draws.weight
        seen = self.apparatus.companions_seen(self.channel.companions, self.channel.companion_momenta(draws))
        return draws, draws.weight * seen

    def _production(self, rng: np.random.Generator, n: int) -> tuple[Floats, Floats, Floats]:
        uniform = rng.random((n, self.channel.dimensions))
        y, jacobian = self.cube.place(uniform)
        draws, weight = self._seen(y)
        flight = self.apparatus.fly(self.mass, self.scales, np.full(n, 0.5), draws.origin, draws.boson)
        return uniform, flight.spans, weight * jacobian

    def sample(self, rng: np.random.Generator, n: int) -> Sample:
        """Draw n points through the adapted map."""
        weight, draws, flight = self._flown(rng.random((n, self.channel.dimensions + 1)))
        if self.survival:
            return self._escaped(weight, draws, flight)
        a = weight * flight.factor
        if not self.apparatus.selects:
            return Sample(a, flight.x, draws, flight, np.full(n, -1, np.intp), None)
        mode, products = self._decay(a, rng.integers(0, _KEYS, n, np.uint64), draws, flight)
        return Sample(a, flight.x, draws, flight, mode, products)

    def propose(self, rng: np.random.Generator, n: int, evened: EvenedCube) -> Proposal:
        """Draw n points, evened out first and then placed by the adapted map; modes by their branching ratios."""
        u, jacobian = evened.place(rng.random((n, self.channel.dimensions + 1)))
        weight, draws, flight = self._flown(u)
        a = weight * jacobian
        if not self.modes:
            mode = np.full(n, -1, np.intp)
        else:
            ratios = np.cumsum([mode.branching_ratio for mode in self.modes])
            mode = np.minimum(np.searchsorted(ratios, ratios[-1] * rng.random(n), side="right"), len(ratios) - 1)
            a *= ratios[-1]
        if self.survival:
            return Proposal(u, a, self._paths_out(mode, flight), draws, flight, mode)
        return Proposal(u, a * flight.factor, flight.x, draws, flight, mode)

    def decayed(self, rng: np.random.Generator, proposal: Proposal, rows: NDArray[np.intp], ctau: float) -> Decayed:
        """Decay the given rows of a proposal and look at the products.

        ctau : proper decay length (m) at which bosons that escape decay after all, for their products
        """
        rows = rows[np.argsort(proposal.mode[rows], kind="stable")]
        mode = proposal.mode[rows]
        bounds = np.searchsorted(mode, np.arange(len(self.modes) + 1))
        keys = rng.integers(0, _KEYS, len(rows), np.uint64)
        draws, accepted = proposal.draws, np.ones(len(rows))
        boson, vertex = draws.boson[rows], proposal.flight.vertex[rows]
        if self.survival:
            path = (proposal.x[rows] + rng.exponential(ctau, len(rows))) / self.mass
            vertex = draws.origin[rows] + path[:, None] * boson[:, [1, 2, 3, 0]]
        spin = self._spins(boson, draws.parent[rows], None if draws.spin is None else draws.spin[rows], accepted)
        products = []
        for k, item in enumerate(self.modes):
            part = slice(bounds[k], bounds[k + 1])
            out = item.decay(keys[part], boson[part], spin[part], vertex[part], accepted[part])
            products.append(out)
            if self.apparatus.selects:
                self.apparatus.accept(out.for_acceptance(MAX_SLOTS), accepted[part], item.name)
        return Decayed(rows, mode, accepted, vertex, products)

    def _flown(self, u: Floats) -> tuple[Floats, Draws, Flight]:
        """Weights of the bosons, production and decay points for points (n, d + 1) of the cube."""
        y, jacobian = self.cube.place(np.ascontiguousarray(u[:, :-1]))
        draws, weight = self._seen(y)
        flight = self.apparatus.fly(self.mass, self.scales, np.ascontiguousarray(u[:, -1]), draws.origin, draws.boson)
        return weight * jacobian, draws, flight

    def _escaped(self, a: Floats, draws: Draws, flight: Flight) -> Sample:
        """Points of bosons that are not seen to decay."""
        n = len(a)
        if not self.modes:  # a stable boson
            return Sample(a, np.full(n, AT_ONCE), draws, flight, np.full(n, -1, np.intp), None)
        bounds, mode = self._assigned(n)
        return Sample(a * self._mode_factors(bounds)[mode], self._paths_out(mode, flight), draws, flight, mode, None)

    def _paths_out(self, mode: NDArray[np.intp], flight: Flight) -> Floats:
        """Proper paths (m) after which bosons are out of sight; at once where their products are not seen."""
        unseen = np.array([*(item.name in INVISIBLE for item in self.modes), True])
        paths: Floats = np.where(unseen[mode], AT_ONCE, np.maximum(flight.spans[:, 1], AT_ONCE))
        return paths

    def _assigned(self, n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Bounds of the points of each mode, and the mode of each point."""
        bounds = np.cumsum([0, *share_points(n, [m.branching_ratio for m in self.modes])])
        return bounds, np.repeat(np.arange(len(self.modes)), np.diff(bounds))

    def _mode_factors(self, bounds: NDArray[np.intp]) -> Floats:
        """Branching ratio of each mode over its share of the points."""
        ratios = np.array([mode.branching_ratio for mode in self.modes])
        factors: Floats = ratios * bounds[-1] / np.maximum(1, np.diff(bounds))
        return factors

    def _spins(self, boson: Floats, parent: Floats, known: Floats | None, weight: Floats) -> Floats:
        """(n, 9) spins of the bosons; see ``kernels.spin``. ``known``: where the process gave them."""
        if known is not None:
            return np.ascontiguousarray(known)
        spin = np.empty((len(boson), SPIN_FLOATS))
        share, mean = self.channel.longitudinal_fraction, self.channel.mean_helicity
        helicity_spin(boson, parent, share, mean, weight, spin)
        return spin

    def _decay(
        self, a: Floats, keys: NDArray[np.uint64], draws: Draws, flight: Flight
    ) -> tuple[NDArray[np.intp], list[Products]]:
        """Give each mode its share of the points, decay, apply acceptance; multiplies into ``a`` in place."""
        bounds, mode = self._assigned(len(a))
        factors = self._mode_factors(bounds)
        products = []
        spin = self._spins(draws.boson, draws.parent, draws.spin, a)
        for k, item in enumerate(self.modes):
            part = slice(bounds[k], bounds[k + 1])
            out = item.decay(keys[part], draws.boson[part], spin[part], flight.vertex[part], a[part])
            products.append(out)
            a[part] *= factors[k]
            if self.apparatus.selects:
                self.apparatus.accept(out.for_acceptance(MAX_SLOTS), a[part], item.name)
        return mode, products


def share_points(n: int, ratios: list[float]) -> list[int]:
    """Divide n points over modes: a minimum for each, the rest in proportion to their branching ratios; sums to n."""
    if n < _MIN_MODE_POINTS * len(ratios):
        raise ValueError(f"{n} points are too few for {len(ratios)} modes")
    total, rest = sum(ratios), n - _MIN_MODE_POINTS * len(ratios)
    shares = [_MIN_MODE_POINTS + int(rest * r / total) for r in ratios]
    shares[int(np.argmax(shares))] += n - sum(shares)
    return shares


def decades(ctaus: Floats, most: float) -> Floats:
    """Lifetimes (m) a factor of 10 or less apart from the shortest to the longest, none above ``most``."""
    positive = ctaus[ctaus > 0.0]
    if not len(positive) or positive.min() >= most:
        return np.zeros(0)
    low, high = float(positive.min()), min(float(positive.max()), most)
    return np.geomspace(low, high, 1 + math.ceil(math.log10(high / low) - 1e-9))


def span_yields(spans: Floats, weight: Floats, ctaus: Floats) -> Floats:
    """Mean decay probability in the volume times weight at each lifetime: spans (n, 2) m, weight (n,), ctaus (g,) m."""
    out = np.zeros(len(ctaus))
    one = np.ones(1)
    probability = np.empty(len(weight))
    for k, ctau in enumerate(ctaus):
        target_density(spans, np.array([ctau]), one, probability)
        out[k] = float(np.mean(weight * probability))
    return out
