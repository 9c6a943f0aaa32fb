"""One production channel carried through flight, decay and acceptance.

The only place where a channel meets a detector; everything here is at one mass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.modes import Mode
from lvgen.decays.products import Products
from lvgen.detection.apparatus import MAX_SLOTS, Apparatus, Flight
from lvgen.errors import UserError
from lvgen.kernels.flight import target_density
from lvgen.kernels.spin import SPIN_FLOATS, helicity_spin
from lvgen.production import Draws, ProductionChannel
from lvgen.sampling.ceilings import EvenedCube
from lvgen.sampling.lifetime import LifetimeSample
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

    a, x  : (n,) weight and proper path of the decay point, m
    draws, flight : production and decay points
    mode  : (n,) index into the modes; products : for each mode those of its points (in order), or None where the
            detector does not look at products
    """

    a: Floats
    x: Floats
    draws: Draws
    flight: Flight
    mode: NDArray[np.intp]
    products: list[Products] | None


@dataclass
class Proposal:
    """Decays in flight whose products are not made yet: the weight of ``Sample`` but for modes and acceptance.

    u : (n, d + 1) where the points lie in the cube; a, x, draws, flight : as in ``Sample``
    """

    u: Floats
    a: Floats
    x: Floats
    draws: Draws
    flight: Flight


@dataclass
class Decayed:
    """Some points of a proposal with their products.

    rows : (m,) of the proposal, by mode; mode : (m,) index into the modes; accepted : (m,) acceptance times efficiency
    products : for each mode those of its rows
    """

    rows: NDArray[np.intp]
    mode: NDArray[np.intp]
    accepted: Floats
    products: list[Products]


class Chain:
    """A production channel in front of a detector.

    channel, apparatus : what is combined; mass : GeV; modes : decay channels that count (empty: geometry only)
    scales : proper decay lengths (m) from which decay points are drawn besides evenly along the ray
    """

    def __init__(self, channel: ProductionChannel, apparatus: Apparatus, mass: float, modes: list[Mode]) -> None:
        self.channel = channel
        self.apparatus = apparatus
        self.mass = mass
        self.modes = modes
        self.cube = AdaptedCube(channel.dimensions)
        self.scales = np.zeros(0)

    @property
    def least_points(self) -> int:
        """Fewest points that can be drawn at once, so that every mode gets some."""
        return 2 * _MIN_MODE_POINTS * max(1, len(self.modes))

    def train(self, rng: np.random.Generator, n: int, ctaus: Floats) -> None:
        """Adapt the map to the decay probability summed over lifetimes ctaus (m), each divided by its own yield."""
        y, spans, weight = self._production(rng, n)
        norms = span_yields(spans, weight, ctaus)
        usable = norms > 0.0
        target = np.empty(n)
        target_density(spans, ctaus[usable], norms[usable], target)
        self.cube.learn(y, weight * target)
        width = float(np.average(spans[:, 1] - spans[:, 0], weights=weight * target)) if usable.any() else 0.0
        self.scales = np.ascontiguousarray(ctaus[ctaus < _LONG_PATH * width])

    def pilot(self, rng: np.random.Generator, n: int, sample: LifetimeSample) -> None:
        """Add points without products to a sample in lifetime, to find out which lifetimes matter."""
        a, draws, flight = self._flown(rng.random((n, self.channel.dimensions + 1)))
        sample.add(flight.x, a, draws.cell, np.zeros((0, 0)))

    def _drawn(self, y: Floats) -> Draws:
        """Bosons of the channel, refused where their weights are none: a user's own process may be wrong."""
        draws = self.channel.draw(y)
        if not (draws.weight.min(initial=0.0) >= 0.0 and np.isfinite(draws.weight.sum())):
            raise UserError(
                f"{self.channel.name} gave a weight that is negative or not finite", key="production.processes"
            )
        return draws

    def _production(self, rng: np.random.Generator, n: int) -> tuple[Floats, Floats, Floats]:
        uniform = rng.random((n, self.channel.dimensions))
        y, jacobian = self.cube.place(uniform)
        draws = self._drawn(y)
        flight = self.apparatus.fly(self.mass, self.scales, np.full(n, 0.5), draws.origin, draws.boson)
        return uniform, flight.spans, draws.weight * jacobian

    def sample(self, rng: np.random.Generator, n: int) -> Sample:
        """Draw n points through the adapted map."""
        a, draws, flight = self._flown(rng.random((n, self.channel.dimensions + 1)))
        if not self.apparatus.selects:
            return Sample(a, flight.x, draws, flight, np.zeros(n, np.intp), None)
        mode, products = self._decay(a, rng.integers(0, _KEYS, n, np.uint64), draws, flight)
        return Sample(a, flight.x, draws, flight, mode, products)

    def propose(self, rng: np.random.Generator, n: int, evened: EvenedCube) -> Proposal:
        """Draw n points, evened out first and then placed by the adapted map; all modes together."""
        u, jacobian = evened.place(rng.random((n, self.channel.dimensions + 1)))
        a, draws, flight = self._flown(u)
        return Proposal(u, a * jacobian * self._ratio, flight.x, draws, flight)

    def _flown(self, u: Floats) -> tuple[Floats, Draws, Flight]:
        """Weights, production and decay points for points (n, d + 1) of the cube."""
        y, jacobian = self.cube.place(np.ascontiguousarray(u[:, :-1]))
        draws = self._drawn(y)
        flight = self.apparatus.fly(self.mass, self.scales, np.ascontiguousarray(u[:, -1]), draws.origin, draws.boson)
        return draws.weight * jacobian * flight.factor, draws, flight

    @property
    def _ratio(self) -> float:
        """Branching ratio of all modes together."""
        return sum(mode.branching_ratio for mode in self.modes)

    def decayed(self, rng: np.random.Generator, proposal: Proposal, rows: NDArray[np.intp]) -> Decayed:
        """Decay the given rows of a proposal, modes drawn by their branching ratios, and look at the products."""
        steps = np.cumsum([mode.branching_ratio for mode in self.modes]) / self._ratio
        mode = np.minimum(np.searchsorted(steps, rng.random(len(rows)), side="right"), len(self.modes) - 1)
        order = np.argsort(mode, kind="stable")
        rows, mode = rows[order], mode[order]
        bounds = np.searchsorted(mode, np.arange(len(self.modes) + 1))
        keys = rng.integers(0, _KEYS, len(rows), np.uint64)
        draws, accepted = proposal.draws, np.ones(len(rows))
        boson, vertex = draws.boson[rows], proposal.flight.vertex[rows]
        spin = self._spins(boson, draws.parent[rows], None if draws.spin is None else draws.spin[rows], accepted)
        products = []
        for k, item in enumerate(self.modes):
            part = slice(bounds[k], bounds[k + 1])
            out = item.decay(keys[part], boson[part], spin[part], vertex[part], accepted[part])
            products.append(out)
            if self.apparatus.selects:
                self.apparatus.accept(out.for_acceptance(MAX_SLOTS), accepted[part], item.name)
        return Decayed(rows, mode, accepted, products)

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
        n = len(a)
        bounds = np.cumsum([0, *share_points(n, [m.branching_ratio for m in self.modes])])
        mode = np.repeat(np.arange(len(self.modes)), np.diff(bounds))
        products = []
        spin = self._spins(draws.boson, draws.parent, draws.spin, a)
        for k, item in enumerate(self.modes):
            part = slice(bounds[k], bounds[k + 1])
            out = item.decay(keys[part], draws.boson[part], spin[part], flight.vertex[part], a[part])
            products.append(out)
            a[part] *= item.branching_ratio * n / max(1, bounds[k + 1] - bounds[k])
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


def span_yields(spans: Floats, weight: Floats, ctaus: Floats) -> Floats:
    """Mean decay probability in the volume times weight at each lifetime: spans (n, 2) m, weight (n,), ctaus (g,) m."""
    out = np.zeros(len(ctaus))
    one = np.ones(1)
    probability = np.empty(len(weight))
    for k, ctau in enumerate(ctaus):
        target_density(spans, np.array([ctau]), one, probability)
        out[k] = float(np.mean(weight * probability))
    return out
