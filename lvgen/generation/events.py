"""Unweighted events at one mass and coupling, from as many draws as it takes and no draw used twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.products import Products
from lvgen.errors import UserError
from lvgen.generation.chain import Chain, Sample
from lvgen.generation.yields import CouplingAxis, adapt, stream

Floats = NDArray[np.float64]

_PILOT_POINTS = 20_000
_BLOCK_POINTS = 40_000
_MAX_BLOCKS = 20_000
#: fewest events a block that a large number of them is worth
_LEAST_EVENTS = 100
#: share of the signal that may lie above the largest weight; such events keep a weight above the others'
_OVERFLOW_SHARE = 2e-4
#: key of the random streams of events, apart from those of the masses of a map
EVENT_STREAM = 2**31


@dataclass
class Accepted:
    """Unweighted events of one chain and one decay mode; all arrays have n rows.

    chain, mode : indices; place : position among the events of the block
    relative : 1, or more for an event whose weight overflowed
    boson, parent : (n, 4) GeV; origin, vertex : (n, 4) m; companions : (n, c, 4) GeV; products : of the decay
    """

    chain: int
    mode: int
    place: NDArray[np.int64]
    relative: Floats
    boson: Floats
    parent: Floats
    origin: Floats
    vertex: Floats
    companions: Floats
    products: Products

    def take(self, rows: NDArray[np.intp]) -> Accepted:
        """The given rows, without slots that none of them uses."""
        arrays = {name: value[rows] for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return Accepted(chain=self.chain, mode=self.mode, **arrays, products=self.products.take(rows).trimmed())


@dataclass
class Generated:
    """What events stand for.

    expected, error : number of signal events and its Monte Carlo error; by_chain : the same for each chain
    trials : points drawn; overflow : events above the largest weight
    relative, relative_squared : sums over the events of ``Accepted.relative`` and of its square
    blocks : so many blocks were used
    """

    number: int
    expected: float
    error: float
    by_chain: list[tuple[float, float]]
    trials: int
    overflow: int
    relative: float
    relative_squared: float
    blocks: int

    @property
    def unit(self) -> float:
        """Weight of an event per unit of ``Accepted.relative``: all sum to ``expected``."""
        return self.expected / self.relative


#: parts of a block, sums and sums of squares of the weights by chain
Block = tuple[list[Accepted], Floats, Floats]
#: what is counted of a block: ``Accepted.relative`` of its events in their order, and the sums
Counted = tuple[Floats, Floats, Floats]


class EventSource:
    """Chains adapted to one lifetime, from which blocks of events are drawn; each is a pure function of its number.

    chains : production channels before the detector; scale : interactions times coefficient of each
    ctau : m; seed : of the run
    raises UserError where there is no signal at all
    """

    def __init__(self, chains: list[Chain], scale: list[float], ctau: float, seed: int) -> None:
        self.chains = chains
        self._scale = scale
        self._ctau = ctau
        self._seed = seed
        axis = CouplingAxis(np.ones(1), np.array([ctau]), [np.ones(1)] * len(chains), 1.0)
        adapt(chains, [np.array([s]) for s in scale], axis, seed, EVENT_STREAM)
        pilots = [self._weights(k, self._draw(k, _PILOT_POINTS, 0)) for k in range(len(chains))]
        largest = np.array([_largest(w) for w in pilots])
        if not largest.any():
            raise UserError("no signal is expected at this mass and coupling", key="events")
        least = np.array([chain.least_points for chain in chains])
        self.points = np.where(
            largest > 0, np.maximum(least, np.rint(_BLOCK_POINTS * largest / largest.sum())), 0
        ).astype(int)
        used = self.points > 0
        self._ceiling = float(np.max(largest[used] / self.points[used]))
        shares = [
            n * float(np.mean(np.minimum(1.0, w / (n * self._ceiling)))) if n else 0.0
            for w, n in zip(pilots, self.points.tolist(), strict=True)
        ]
        #: events that a block gives, as the pilot sample has it
        self.events_in_block = sum(shares)

    def blocks_for(self, number: int) -> int:
        """About how many blocks it takes for so many events."""
        return max(1, math.ceil(number / self.events_in_block))

    def _draw(self, k: int, n: int, block: int) -> Sample:
        return self.chains[k].sample(stream(self._seed, EVENT_STREAM, k, 1, block), n, keep_products=True)

    def _weights(self, k: int, sample: Sample) -> Floats:
        weights: Floats = self._scale[k] * sample.a * np.exp(-sample.x / self._ctau) / self._ctau
        return weights

    def block(self, number: int) -> Block:
        """Events of one block; places count within the block."""
        parts: list[Accepted] = []
        sums, squares = np.zeros(len(self.chains)), np.zeros(len(self.chains))
        rng = stream(self._seed, EVENT_STREAM, len(self.chains), 2, number)
        accepted = 0
        for k, n in enumerate(self.points.tolist()):
            if n == 0:
                continue
            sample = self._draw(k, n, number + 1)
            weight = self._weights(k, sample)
            sums[k], squares[k] = weight.sum(), (weight**2).sum()
            ratio = weight / (n * self._ceiling)
            kept = np.flatnonzero(rng.random(n) < ratio)
            parts += _parts(k, self.chains[k], sample, kept, ratio, accepted)
            accepted += len(kept)
        # an order without memory of the chains, so that cutting the last block short favours none
        order = rng.permutation(accepted)
        for part in parts:
            part.place = order[part.place]
        return parts, sums, squares


def _largest(weight: Floats) -> float:
    """Weight above which only a small share of the signal lies."""
    ordered = np.sort(weight)[::-1]
    total = float(ordered.sum())
    if total <= 0.0:
        return 0.0
    excess = np.cumsum(ordered) - np.arange(1, len(ordered) + 1) * ordered
    return float(ordered[np.searchsorted(excess, _OVERFLOW_SHARE * total, side="right") - 1])


def _parts(
    k: int, chain: Chain, sample: Sample, kept: NDArray[np.intp], ratio: Floats, start: int
) -> Iterator[Accepted]:
    companions = chain.channel.companion_momenta(sample.draws)
    bounds = np.searchsorted(sample.mode, np.arange(len(chain.modes) + 1))
    place = start + np.arange(len(kept))
    for mode, products in enumerate(sample.products or []):
        own = sample.mode[kept] == mode
        rows = kept[own]
        if len(rows):
            yield Accepted(
                k, mode, place[own], np.maximum(1.0, ratio[rows]), sample.draws.boson[rows], sample.draws.parent[rows],
                sample.draws.origin[rows], sample.flight.vertex[rows], companions[rows],
                products.take(rows - bounds[mode]).trimmed(),
            )  # fmt: skip


def collect(source: EventSource, number: int, blocks: Iterable[Counted], done: Callable[[int], None]) -> Generated:
    """Count events block by block, in the blocks' order, until there are enough; of the last the first ones count.

    done : told after each block how many events it gave
    raises UserError where the signal is so rare in the draws that it does not come together
    """
    sums, squares, used, have = np.zeros(len(source.chains)), np.zeros(len(source.chains)), 0, 0
    overflow, relative, relative_squared = 0, 0.0, 0.0
    for found, block_sums, block_squares in blocks:
        sums, squares, used = sums + block_sums, squares + block_squares, used + 1
        taken = found[: number - have]
        overflow += int(np.count_nonzero(taken > 1.0))
        relative += float(taken.sum())
        relative_squared += float((taken**2).sum())
        done(len(taken))
        have += len(taken)
        if have >= number:
            break
        if used >= max(_MAX_BLOCKS, number // _LEAST_EVENTS):
            raise UserError(f"only {have} events in {used} blocks of draws; ask for fewer events", key="events.number")
    n = np.maximum(1, source.points * used)
    mean = sums / n
    error = np.sqrt(np.clip(squares / n - mean**2, 0.0, None) / n)
    by_chain = list(zip(mean.tolist(), error.tolist(), strict=True))
    return Generated(
        number, float(mean.sum()), float(np.hypot.reduce(error)), by_chain, int(source.points.sum()) * used, overflow,
        relative, relative_squared, used,
    )  # fmt: skip
