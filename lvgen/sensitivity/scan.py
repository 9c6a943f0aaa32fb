"""Where a scan looks next: masses where the contour bends or changes its form, couplings beside its edges.

Masses are named by their place among the halvings of the intervals of the card's grid, whatever led there.  So a
mass has the same name, random stream and result in every scan of a grid, and what is refined depends on results only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.sensitivity.contour import ContourRow

Floats = NDArray[np.float64]

#: masses are told apart down to this share of the precision of the contour, which is where jumps and tips end up
_MASS_SHARE = 0.1
_MOST_HALVINGS = 12
#: largest step in ln(coupling) beside edges, in square roots of the precision (linear interpolation errs by its square)
_COUPLING_STEP = 0.5
#: at a mass whose largest signal is within this factor of what excludes, the couplings round it are refined too
_TIP = 3.0
#: error of an edge, in standard deviations, that is no reason to refine
_NOISE = 2.0

#: mesons so narrow that a grid of masses steps over them
NARROW = ("omega", "phi")
#: why a mass is there
START, RESONANCE, FORM, BEND = "start", "resonance", "form", "bend"


@dataclass(frozen=True)
class ScanPoint:
    """A mass of an adaptive scan: in which round (from 1) and why it was looked at, and at which couplings."""

    mass: float
    round: int
    why: str
    coupling: Floats


@dataclass(frozen=True)
class MassAxis:
    """Masses by number: those of the card's grid and all that halvings put between them.

    masses : (M,) GeV, increasing; scale : "log" or "linear"; halvings : of each interval (0: a fixed grid)
    """

    masses: Floats
    scale: str
    halvings: int = 0

    @property
    def start(self) -> range:
        """Numbers of the card's masses."""
        return range(0, ((len(self.masses) - 1) << self.halvings) + 1, 1 << self.halvings)

    def mass(self, number: int) -> float:
        """Mass in GeV; those of the card are exact."""
        k, part = divmod(number, 1 << self.halvings)
        if part == 0:
            return float(self.masses[k])
        share = part / (1 << self.halvings)
        low, high = float(self.masses[k]), float(self.masses[k + 1])
        value = low * (high / low) ** share if self.scale == "log" else low + share * (high - low)
        return float(f"{value:.14g}")

    def nearest(self, mass: float) -> int | None:
        """Number of the mass nearest to one in GeV, None beyond the grid."""
        if not self.masses[0] <= mass <= self.masses[-1] or len(self.masses) == 1:
            return None
        k = min(int(np.searchsorted(self.masses, mass, side="right")) - 1, len(self.masses) - 2)
        low, high = float(self.masses[k]), float(self.masses[k + 1])
        along = math.log(mass / low) / math.log(high / low) if self.scale == "log" else (mass - low) / (high - low)
        return (k << self.halvings) + round(along * (1 << self.halvings))


def adaptive_axis(masses: Floats, scale: str, precision: float) -> MassAxis:
    """The axis of an adaptive scan: halvings down to a tenth of the contour's precision (relative, in coupling)."""
    if len(masses) == 1:
        return MassAxis(masses, scale)
    step = float(np.log(masses[1:] / masses[:-1]).max())
    halvings = math.ceil(math.log2(max(2.0, step / (_MASS_SHARE * precision))))
    return MassAxis(masses, scale, min(_MOST_HALVINGS, halvings))


def first_masses(axis: MassAxis, resonances: Iterable[tuple[float, float]]) -> dict[int, str]:
    """Numbers with which a scan begins, and why: the card's masses, and narrow features that they could miss.

    resonances : mass and width, GeV
    """
    numbers = dict.fromkeys(axis.start, START)
    for mass, width in resonances:
        for at in (mass - width, mass, mass + width):
            number = axis.nearest(at)
            if number is not None:
                numbers.setdefault(number, RESONANCE)
    return dict(sorted(numbers.items()))


def next_masses(found: Mapping[int, Sequence[ContourRow]], precision: float) -> dict[int, str]:
    """Numbers of the masses to look at next, and why; none where the contour is known.

    found : excluded intervals by number of the mass.  An interval between two masses is halved where they have
    different forms (numbers and kinds of edges), and where a straight line between their edges in ln(coupling) would
    miss the contour by more than ``precision``, as far as the next masses tell.
    """
    numbers = sorted(found)
    shapes = [_Shape.of(number, found[number]) for number in numbers]
    wanted = {}
    for k in range(len(numbers) - 1):
        low, high = numbers[k], numbers[k + 1]
        if high - low < 2:
            continue
        around = [shapes[j] if 0 <= j < len(shapes) else None for j in (k - 1, k, k + 1, k + 2)]
        if why := _why(around, precision):
            wanted[(low + high) // 2] = why
    return wanted


@dataclass(frozen=True)
class _Shape:
    """Edges of a mass: their kinds, ln(coupling) and relative errors, in order."""

    number: int
    kinds: tuple[str, ...]
    edges: tuple[float, ...]
    errors: tuple[float, ...]

    @classmethod
    def of(cls, number: int, rows: Sequence[ContourRow]) -> _Shape:
        kinds, edges, errors = [], [], []
        for row in rows:
            if row.excludes:
                kinds += [row.edge_lower, row.edge_upper]
                edges += [math.log(row.coupling_lower), math.log(row.coupling_upper)]
                errors += [row.coupling_lower_error / row.coupling_lower, row.coupling_upper_error / row.coupling_upper]
        return cls(number, tuple(kinds), tuple(edges), tuple(errors))


def _why(around: Sequence[_Shape | None], precision: float) -> str:
    """Why the interval between the second and the third is to be halved; empty where it is not."""
    before, low, high, after = around
    assert low is not None  # noqa: S101 - the interval's own ends
    assert high is not None  # noqa: S101
    if low.kinds != high.kinds:
        return FORM
    if not low.kinds:
        return ""
    others = [shape for shape in (before, after) if shape is not None and shape.kinds == low.kinds]
    if not others:
        return FORM
    width = high.number - low.number
    for k in range(len(low.kinds)):
        bends = []
        for other in others:
            bend, noise = _second_difference([(s.number, s.edges[k], s.errors[k]) for s in (low, high, other)])
            bends.append(math.copysign(max(0.0, abs(bend) - _NOISE * noise), bend))
        # a parabola is off its chord by a quarter of squared width times second difference; twice that for kinks
        if 0.5 * width**2 * max(map(abs, bends)) > precision:
            return BEND
        # a jump between the two bends the line one way on the left and the other way on the right
        if len(bends) == 2 and bends[0] * bends[1] < 0.0 and 2.0 * width**2 * min(map(abs, bends)) > precision:
            return BEND
    return ""


def _second_difference(points: Sequence[tuple[int, float, float]]) -> tuple[float, float]:
    """Divided difference of three values, and its error."""
    value, variance = 0.0, 0.0
    for i, (x, y, error) in enumerate(points):
        factor = 1.0 / math.prod(x - other for j, (other, _, _) in enumerate(points) if j != i)
        value += factor * y
        variance += (factor * error) ** 2
    return value, math.sqrt(variance)


def finer_couplings(coupling: Floats, precision: float) -> tuple[Floats, NDArray[np.intp]]:
    """The card's couplings (g,) with more between them, evenly in ln(coupling), (k,).

    returns them, and for each the number of the card's coupling at or below it
    """
    width = np.log(coupling[1:] / coupling[:-1]) / (_COUPLING_STEP * math.sqrt(precision))
    # one ulp more or less is no reason for another step
    steps = np.append(np.maximum(1, np.ceil(width - 1e-9)), 1).astype(np.intp)
    place = np.repeat(np.arange(len(coupling)), steps)
    share = (np.arange(len(place)) - (np.cumsum(steps) - steps)[place]) / steps[place]
    above = np.append(coupling[1:], coupling[-1])
    return coupling[place] * (above / coupling)[place] ** share, place


def beside_edges(n: Floats, required: Floats, place: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which of finer couplings (k,) count: the card's, and all between two of the card's where an edge or a tip lies.

    n, required : (k,) signal, and what excludes; place : see ``finer_couplings``
    """
    own = np.diff(place, prepend=-1) > 0
    kept = own.copy()
    inside = n >= required
    for at in np.flatnonzero(inside[1:] != inside[:-1]):
        kept |= place == place[at]
    ratio = np.divide(n, required, out=np.zeros_like(n), where=np.isfinite(required))
    top = int(np.argmax(ratio))
    if 1.0 / _TIP < ratio[top] < _TIP:
        kept |= (place >= place[top] - own[top]) & (place <= place[top])
    return kept
