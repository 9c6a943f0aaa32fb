"""Unweighted events at one mass and coupling, from as many draws as it takes and no draw used twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.products import Products
from lvgen.errors import UserError
from lvgen.generation.chain import Chain, Decayed, Proposal
from lvgen.generation.yields import CouplingAxis, adapt, stream
from lvgen.sampling.ceilings import EvenedCube, largest

Floats = NDArray[np.float64]

#: points that tell the largest weights of a chain, of one that makes hardly any signal, and those that decay
_PILOT_POINTS, _MINOR_POINTS, _PILOT_DECAYS = 20_000, 2_000, 4_000
_BLOCK_POINTS = 40_000
_MAX_BLOCKS = 20_000
#: fewest events a block that a large number of them is worth
_LEAST_EVENTS = 100
#: decays of each chain in a block, however little of the signal it makes, so that its share is known
_LEAST_DECAYS = 100
#: share of the signal that may lie above the largest weight; such events keep a weight above the others'
_OVERFLOW_SHARE = 2e-4
#: by which relative weights may exceed 1 where all are equal
_ROUNDING = 1e-9
#: key of the random streams of events, apart from those of the masses of a map
EVENT_STREAM = 2**31


@dataclass
class Accepted:
    """Unweighted events of one chain and one decay mode; all arrays have n rows.

    chain, mode : indices; place : position among the events of the block
    relative : 1, or more for an event whose weight overflowed
    boson, parent : (n, 4) GeV; made_at, origin, vertex : (n, 4) m, where the parent is made, the boson is, and decays
    companions : (n, c, 4) GeV; products : of the decay
    """

    chain: int
    mode: int
    place: NDArray[np.int64]
    relative: Floats
    boson: Floats
    parent: Floats
    made_at: Floats
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
        matters = adapt(chains, [np.array([s]) for s in scale], axis, seed, EVENT_STREAM)
        pilots = [self._pilot(k, _PILOT_POINTS if major else _MINOR_POINTS) for k, major in enumerate(matters)]
        self._evened = [pilot.evened for pilot in pilots]
        self._accepted = [pilot.accepted for pilot in pilots]
        top = np.array([pilot.top for pilot in pilots])
        if not any(pilot.signal for pilot in pilots):  # also where points come but none of their decays is accepted
            raise UserError("no signal is expected at this mass and coupling", key="events")
        least = np.array([chain.least_points for chain in chains])
        self.points = np.where(top > 0, np.maximum(least, np.rint(_BLOCK_POINTS * top / top.sum())), 0).astype(int)
        used = self.points > 0
        self._ceiling = float(np.max(top[used] / self.points[used]))
        #: events that a block gives, as the pilot sample has it
        self.events_in_block = sum(pilot.signal for pilot in pilots) / self._ceiling

    def blocks_for(self, number: int) -> int:
        """About how many blocks it takes for so many events."""
        return max(1, math.ceil(number / self.events_in_block))

    def _pilot(self, k: int, n: int) -> _Pilot:
        """Even out the weights of a chain, and see how large they still are."""
        chain = self.chains[k]
        evened = EvenedCube(chain.channel.dimensions + 1)
        first = chain.propose(stream(self._seed, EVENT_STREAM, k, 1, 0, 0), n, evened)
        evened.learn(first.u, self.weights(k, first.a, first.x), _OVERFLOW_SHARE)
        rng = stream(self._seed, EVENT_STREAM, k, 1, 0, 1)
        proposal = chain.propose(rng, n, evened)
        weight = self.weights(k, proposal.a, proposal.x)
        total = float(weight.sum())
        if total <= 0.0:
            return _Pilot(evened, 0.0, 0.0, 0.0)
        rows = rng.choice(n, _PILOT_DECAYS, p=weight / total)
        accepted = float(chain.decayed(rng, proposal, rows, self._ctau).accepted.mean())
        # the largest weights may all be accepted, so the share is that of what is accepted
        return _Pilot(evened, accepted, largest(weight, _OVERFLOW_SHARE * accepted), accepted * total / n)

    def weights(self, k: int, a: Floats, x: Floats) -> Floats:
        """Expected events that points of chain k stand for: their weights and proper paths, as in ``Sample``."""
        happens = np.exp(-x / self._ctau) / (1.0 if self.chains[k].survival else self._ctau)
        weights: Floats = self._scale[k] * a * happens
        return weights

    def block(self, number: int) -> Block:
        """Events of one block; places count within the block."""
        parts: list[Accepted] = []
        sums, squares = np.zeros(len(self.chains)), np.zeros(len(self.chains))
        rng = stream(self._seed, EVENT_STREAM, len(self.chains), 2, number)
        have = 0
        for k, n in enumerate(self.points.tolist()):
            if n == 0:
                continue
            own = stream(self._seed, EVENT_STREAM, k, 1, number + 1)
            proposal = self.chains[k].propose(own, n, self._evened[k])
            weight = self.weights(k, proposal.a, proposal.x)
            ratio = weight / (n * self._ceiling)
            # products are made only where the event may be kept, or where too few would tell the acceptance
            chance = decay_chances(ratio)
            decayed = self.chains[k].decayed(own, proposal, evenly(chance, own.random()), self._ctau)
            rows = decayed.rows
            stands_for = weight[rows] / chance[rows]
            sums[k] = (decayed.accepted * stands_for).sum()
            # rows taken evenly stand for the sum of weights itself, so that of the decays only their acceptance varies:
            # the variance is that of this, which is no estimate of the signal, since it can be negative
            value = self._accepted[k] * weight
            value[rows] += (decayed.accepted - self._accepted[k]) * stands_for
            squares[k] = (value**2).sum()
            final = ratio[rows] * decayed.accepted
            kept = np.flatnonzero(own.random(len(rows)) * chance[rows] < final)
            parts += _parts(k, self.chains[k], proposal, decayed, kept, final, have)
            have += len(kept)
        # an order without memory of the chains, so that cutting the last block short favours none
        order = rng.permutation(have)
        for part in parts:
            part.place = order[part.place]
        return parts, sums, squares


@dataclass(frozen=True)
class _Pilot:
    """What a first look at a chain gives.

    evened : its map; accepted : mean acceptance; top : largest weight before acceptance; signal : mean weight after it
    """

    evened: EvenedCube
    accepted: float
    top: float
    signal: float


def decay_chances(ratio: Floats) -> Floats:
    """How likely each of (n,) points is decayed: never less than it may be kept, ``_LEAST_DECAYS`` in all.

    More where more may be kept, fewer where there are fewer points.
    ratio : the chance to be kept if all decays were accepted, above 1 where the weight overflows
    """
    chance: Floats = np.minimum(1.0, ratio)
    total = float(chance.sum())
    if 0.0 < total < _LEAST_DECAYS:
        chance = np.minimum(1.0, chance * (_LEAST_DECAYS / total))
    return chance


def evenly(chance: Floats, u: float) -> NDArray[np.intp]:
    """Rows by their chances (n,), so many as these sum to, give or take one: systematic sampling (Madow 1949).

    u : uniform in [0, 1).  Sums over the rows of value/chance are without bias and, where value/chance is the same for
    all, without scatter but for that one; rows in independent draws would vary in number like a Poisson count.
    """
    sums = np.floor(np.append(0.0, np.cumsum(chance)) + u)
    return np.flatnonzero(np.diff(sums) > 0.0)


def _parts(
    k: int,
    chain: Chain,
    proposal: Proposal,
    decayed: Decayed,
    kept: NDArray[np.intp],
    final: Floats,
    start: int,
) -> Iterator[Accepted]:
    draws, place = proposal.draws, start + np.arange(len(kept))
    made_at = draws.origin if draws.made_at is None else draws.made_at
    companions = chain.channel.companion_momenta(draws)
    bounds = np.searchsorted(decayed.mode, np.arange(len(chain.modes) + 1))
    for mode, products in enumerate(decayed.products):
        own = decayed.mode[kept] == mode
        at = kept[own]
        if len(at):
            rows = decayed.rows[at]
            yield Accepted(
                k, mode, place[own], np.maximum(1.0, final[at]), draws.boson[rows], draws.parent[rows],
                made_at[rows], draws.origin[rows], decayed.vertex[at], companions[rows],
                products.take(at - bounds[mode]).trimmed(),
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
        overflow += int(np.count_nonzero(taken > 1.0 + _ROUNDING))
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
