"""From excluded intervals of the coupling at each mass to closed outlines, islands and holes included.

Between neighbouring masses intervals that overlap belong together, and so do the gaps between them; an interval or gap
without a partner closes on the way to the next mass, at the point at which log N, interpolated, passes the number of
events required.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lvgen.sensitivity.contour import ContourRow
    from lvgen.sensitivity.map import SignalMap

Floats = NDArray[np.float64]
#: (mass index, interval index, 0 for its lower and 1 for its upper edge)
Node = tuple[int, int, int]
_CAP_POINTS = 24


@dataclass(frozen=True)
class Interval:
    """An excluded interval of the coupling; an open edge is where the scan ends, not the exclusion."""

    edges: tuple[float, float]
    errors: tuple[float, float]
    is_open: tuple[bool, bool]


@dataclass
class Outline:
    """What a figure draws; all arrays have shape (k, 2): mass, coupling.

    loops : closed; outer ones anticlockwise, holes clockwise (for increasing axes)
    strokes : the parts of the loops that are true edges
    bands : closed; edges widened by their errors
    bars : (mass, lower, upper) of the intervals of a map with a single mass or a single coupling
    """

    loops: list[Floats] = field(default_factory=list)
    strokes: list[Floats] = field(default_factory=list)
    bands: list[Floats] = field(default_factory=list)
    bars: list[tuple[float, float, float]] = field(default_factory=list)


def intervals_by_mass(contour: Sequence[ContourRow], masses: Floats) -> list[list[Interval]]:
    """Excluded intervals of each mass of the grid, by increasing coupling."""
    result: list[list[Interval]] = [[] for _ in masses]
    for row in contour:
        if math.isnan(row.coupling_lower) or math.isnan(row.coupling_upper):
            continue
        errors = (_or_zero(row.coupling_lower_error), _or_zero(row.coupling_upper_error))
        is_open = (row.edge_lower != "closed", row.edge_upper != "closed")
        nearest = int(np.argmin(np.abs(masses - row.mass)))
        result[nearest].append(Interval((row.coupling_lower, row.coupling_upper), errors, is_open))
    for column in result:
        column.sort(key=lambda interval: interval.edges)
    return result


def trace(signal_map: SignalMap, contour: Sequence[ContourRow]) -> Outline:
    """The outline of a contour; the map serves to find where islands and holes end between two masses."""
    masses = np.asarray(signal_map.mass, dtype=np.float64)
    columns = intervals_by_mass(contour, masses)
    outline = Outline()
    if len(masses) == 1 or len(signal_map.coupling) == 1:
        outline.bars = [(float(m), *v.edges) for m, column in zip(masses, columns, strict=True) for v in column]
        return outline
    broken = [any(low < b and a < high for low, high in signal_map.gaps) for a, b in itertools.pairwise(masses)]
    tracer = _Tracer(columns, masses, _Closing(signal_map, contour), broken)
    for nodes in tracer.loops():
        points, drawn = tracer.polyline(nodes)
        outline.loops.append(points)
        outline.strokes.extend(_runs(points, drawn))
    outline.bands = list(tracer.bands())
    return outline


class _Closing:
    """Where an interval or gap at one mass closes on the way to a neighbouring mass."""

    def __init__(self, signal_map: SignalMap, contour: Sequence[ContourRow]) -> None:
        one = contour[0].n_required if contour else math.nan
        #: signal over what excludes
        self._n = signal_map.n_signal["total"] / (one if signal_map.required is None else signal_map.required)
        self._coupling = np.asarray(signal_map.coupling, dtype=np.float64)
        self.to_x, self.from_x = _scale(signal_map.mass_scale)
        self.to_y, self.from_y = _scale(signal_map.coupling_scale)
        self._x = self.to_x(np.asarray(signal_map.mass, dtype=np.float64))

    def cap(
        self, here: int, there: int, low: float, high: float, errors: tuple[float, float] = (0.0, 0.0), *, gap: bool
    ) -> Floats:
        """Points (k, 2) from (mass, low) round the tip to (mass, high), the two ends included.

        errors : the ends are moved outwards by them, the tip stays
        """
        fraction, centre = self._tip(here, there, low, high, gap)
        reach = fraction * (self._x[there] - self._x[here])
        s = np.linspace(1.0, -1.0, _CAP_POINTS)
        ends = max(low - errors[0], 1e-3 * low), high + errors[1]
        below, above, middle = (float(self.to_y(value)) for value in (*ends, centre))
        y = middle - np.where(s > 0, s * max(middle - below, 0.0), s * max(above - middle, 0.0))
        return np.stack([self.from_x(self._x[here] + reach * (1.0 - s**2)), self.from_y(y)], axis=1)

    def _tip(self, here: int, there: int, low: float, high: float, gap: bool) -> tuple[float, float]:
        """Fraction of the way at which it closes, and the coupling at which it does."""
        middle = float(self.from_y(0.5 * (self.to_y(low) + self.to_y(high))))
        inside = np.flatnonzero((self._coupling >= low) & (self._coupling <= high))
        if len(inside) == 0:
            return 0.0, middle
        sign = -1.0 if gap else 1.0
        best = inside[np.argmax(sign * self._n[here, inside])]
        n_here, n_there = self._n[here, best], float(np.max(sign * self._n[there, inside]) * sign)
        if not (n_here > 0 and n_there > 0 and sign * (n_here - 1.0) > 0 > sign * (n_there - n_here)):
            return 0.0, middle
        fraction = math.log(n_here) / math.log(n_here / n_there)
        return min(max(fraction, 0.0), 1.0), float(self._coupling[best])


class _Tracer:
    """Follows edges: lower ones towards higher masses, upper ones back, so that the inside is on the left.

    broken : for each mass but the last, whether nothing is known on the way to the next
    """

    def __init__(
        self, columns: list[list[Interval]], masses: Floats, closing: _Closing, broken: Sequence[bool]
    ) -> None:
        self._columns, self._masses, self._closing = columns, masses, closing
        self._next: dict[Node, tuple[Node, Floats | None]] = {}
        self._cap_bands: list[Floats] = []
        for i, is_broken in enumerate(broken):
            if not is_broken:
                self._link(i)
        last = len(columns) - 1
        self._end(0, 1)
        self._end(last, 0)
        for i in (i for i, is_broken in enumerate(broken) if is_broken):
            self._end(i, 0)
            self._end(i + 1, 1)

    def _end(self, i: int, side: int) -> None:
        """Let the edges of one side of column i turn to the other side: nothing comes beyond."""
        for k in range(len(self._columns[i])):
            self._next[i, k, side] = ((i, k, 1 - side), None)

    def loops(self) -> Iterator[list[Node]]:
        """Yield the nodes of each closed loop once."""
        left = set(self._next)
        while left:
            start = node = min(left)
            loop = []
            while node in left:
                left.remove(node)
                loop.append(node)
                node = self._next[node][0]
            assert node == start, "an outline does not close"  # noqa: S101
            yield loop

    def polyline(self, nodes: list[Node]) -> tuple[Floats, NDArray[np.bool_]]:
        """Points of a loop, the first again at the end, and for each step from point to point whether it is an edge."""
        points: list[Floats] = []
        drawn: list[bool] = []
        for node in nodes:
            following, cap = self._next[node]
            steps = 1 if cap is None else len(cap) + 1
            points.append(np.array([self._point(node)]))
            if cap is not None:
                points.append(cap)
            drawn.extend([self._is_edge(node, following, cap)] * steps)
        points.append(np.array([self._point(nodes[0])]))
        return np.concatenate(points), np.array(drawn)

    def bands(self) -> Iterator[Floats]:
        """Yield a closed band for each edge that runs from one mass to the next, and for each cap."""
        yield from self._cap_bands
        for (i, k, side), ((j, m, other), cap) in self._next.items():
            if cap is not None or i == j or not self._is_edge((i, k, side), (j, m, other), None):
                continue
            ends = [(self._masses[c], self._columns[c][n]) for c, n in ((i, k), (j, m))]
            low = [(mass, max(v.edges[side] - v.errors[side], 1e-3 * v.edges[side])) for mass, v in ends]
            high = [(mass, v.edges[side] + v.errors[side]) for mass, v in ends]
            yield np.array([*low, *reversed(high)])

    def _point(self, node: Node) -> tuple[float, float]:
        i, k, side = node
        return float(self._masses[i]), self._columns[i][k].edges[side]

    def _is_edge(self, node: Node, following: Node, cap: Floats | None) -> bool:
        """Whether a step is an edge of the exclusion, and not where the scan ends."""
        if cap is not None:
            return True
        if node[0] == following[0]:
            return False
        return not all(self._columns[i][k].is_open[side] for i, k, side in (node, following))

    def _link(self, i: int) -> None:
        here, there = self._columns[i], self._columns[i + 1]
        for mine, theirs in _components(here, there):
            if not theirs:
                self._close(i, i + 1, (mine[0], 0), (mine[0], 1), gap=False)
            elif not mine:
                self._close(i + 1, i, (theirs[0], 1), (theirs[0], 0), gap=False)
            else:
                self._next[i, mine[0], 0] = ((i + 1, theirs[0], 0), None)
                self._next[i + 1, theirs[-1], 1] = ((i, mine[-1], 1), None)
                self._link_gaps(i, mine, theirs)

    def _link_gaps(self, i: int, mine: list[int], theirs: list[int]) -> None:
        """Gaps between intervals that belong together on both sides: a gap goes on, or it closes."""
        unmatched = list(range(len(theirs) - 1))
        for a in range(len(mine) - 1):
            gap = self._gap(i, mine, a)
            partner = next((b for b in unmatched if _overlap(gap, self._gap(i + 1, theirs, b))), None)
            if partner is None:
                self._close(i, i + 1, (mine[a + 1], 0), (mine[a], 1), gap=True)
                continue
            unmatched.remove(partner)
            self._next[i, mine[a + 1], 0] = ((i + 1, theirs[partner + 1], 0), None)
            self._next[i + 1, theirs[partner], 1] = ((i, mine[a], 1), None)
        for b in unmatched:
            self._close(i + 1, i, (theirs[b], 1), (theirs[b + 1], 0), gap=True)

    def _gap(self, i: int, members: list[int], a: int) -> tuple[float, float]:
        return self._columns[i][members[a]].edges[1], self._columns[i][members[a + 1]].edges[0]

    def _close(self, here: int, there: int, start: tuple[int, int], end: tuple[int, int], *, gap: bool) -> None:
        """Link two edges at one mass by a cap towards another mass."""
        low, high = sorted((self._columns[here][k].edges[side], k, side) for k, side in (start, end))
        error_low, error_high = (self._columns[here][k].errors[side] for _, k, side in (low, high))
        draw = functools.partial(self._closing.cap, here, there, low[0], high[0], gap=gap)
        cap = draw()[1:-1]
        self._next[here, *start] = ((here, *end), cap if start == low[1:] else cap[::-1])
        self._cap_bands.append(np.concatenate([draw((error_low, error_high)), draw((-error_low, -error_high))[::-1]]))


def _components(here: list[Interval], there: list[Interval]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the groups of intervals of two neighbouring masses that overlap, directly or through others."""
    tagged = sorted([(v.edges, 0, k) for k, v in enumerate(here)] + [(v.edges, 1, k) for k, v in enumerate(there)])
    groups: list[tuple[list[int], list[int]]] = []
    end = -math.inf
    for (low, high), column, k in tagged:
        if low > end:
            groups.append(([], []))
        groups[-1][column].append(k)
        end = max(end, high)
    yield from groups


def _overlap(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _runs(points: Floats, drawn: NDArray[np.bool_]) -> Iterator[Floats]:
    """Yield the stretches of a closed polyline whose steps are drawn, joined over the start where both are."""
    if drawn.all():
        yield points
        return
    first = int(np.argmin(drawn))
    ring = np.concatenate([points[first + 1 : -1], points[: first + 1]])
    steps = np.concatenate([drawn[first + 1 :], drawn[:first]])
    start = None
    for k, step in enumerate([*steps.tolist(), False]):
        if step and start is None:
            start = k
        elif not step and start is not None:
            yield ring[start : k + 1]
            start = None


def _scale(name: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    return (np.log, np.exp) if name == "log" else (np.asarray, np.asarray)


def _or_zero(value: float) -> float:
    return value if math.isfinite(value) else 0.0
