"""Unified intervals for a Poisson count with known background (Feldman and Cousins, physics/9711021).

Outcomes n enter the acceptance interval of a signal s in the order of P(n | s + b) / P(n | s_best + b), with
s_best = max(0, n - b), until their probability reaches the confidence level.  The upper limit of an outcome is the
largest s whose interval has it.  Since that is not monotone in b for discrete counts, it is made so over b as in the
paper: the limit at b is the largest at any background that is not smaller.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, poisson

from lvgen.errors import UserError
from lvgen.sensitivity.counts import check_confidence

Floats = NDArray[np.float64]

#: beyond this background the construction gains nothing and takes long
MAX_BACKGROUND = 300.0
_STEP = 0.05
_FINER = 25
#: backgrounds beyond the given one that are looked at for a larger limit, and again finer about the largest
_FURTHER, _STEPS = 1.0, 20


def acceptance(signal: Floats, background: float, confidence: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Smallest and largest accepted count, (k,) each, of signals (k,); signals and background in events."""
    mean = np.asarray(signal, dtype=float)[:, None] + background
    most = float(mean.max(initial=0.0))
    n = np.arange(int(most + 12.0 * math.sqrt(most + 1.0)) + 30)
    best = np.maximum(n.astype(float), background)
    # in logarithms: ln P(n | s + b) - ln P(n | best); a mean of 0 has n = 0 alone
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(n > 0, n * np.log(mean / best), 0.0) - mean + best
    order = np.argsort(-ratio, axis=1, kind="stable")
    total = np.cumsum(np.take_along_axis(poisson.pmf(n, mean), order, axis=1), axis=1)
    before = np.concatenate([np.zeros_like(mean), total[:, :-1]], axis=1)
    taken = before < confidence
    return np.where(taken, order, len(n)).min(axis=1), np.where(taken, order, -1).max(axis=1)


def interval(seen: int, background: float, confidence: float) -> tuple[float, float]:
    """Lower and upper end for an outcome at exactly this background.

    >>> [round(end, 2) for end in interval(4, 3.0, 0.90)], [round(end, 2) for end in interval(10, 0.0, 0.90)]
    ([0.0, 5.6], [5.5, 16.5])
    """
    check_confidence(confidence)
    if background > MAX_BACKGROUND:
        raise UserError(
            f"a background of {background:g} events is beyond the {MAX_BACKGROUND:g} that the method takes; "
            "'cls' takes any",
            key="sensitivity.method",
        )
    high = seen + 6.0 * math.sqrt(seen + 1.0) + 5.0
    signals = np.arange(0.0, high, _STEP)
    inside = _accepts(seen, signals, background, confidence)
    if not inside.any():
        return 0.0, 0.0
    first, last = int(np.argmax(inside)), len(inside) - 1 - int(np.argmax(inside[::-1]))
    lower = 0.0
    if first > 0:
        fine = np.linspace(signals[first - 1], signals[first], _FINER + 1)
        lower = float(fine[int(np.argmax(_accepts(seen, fine, background, confidence)))])
    fine = np.linspace(signals[last], signals[last] + _STEP, _FINER + 1)
    beyond = _accepts(seen, fine, background, confidence)
    return lower, float(fine[len(fine) - 1 - int(np.argmax(beyond[::-1]))])


def _accepts(seen: int, signals: Floats, background: float, confidence: float) -> NDArray[np.bool_]:
    low, high = acceptance(signals, background, confidence)
    found: NDArray[np.bool_] = (low <= seen) & (seen <= high)
    return found


@functools.lru_cache(maxsize=4096)
def upper_limit(seen: int, background: float, confidence: float) -> float:
    """Upper end of the interval, not increasing with the background.

    seen : events; background : expected events, up to ``MAX_BACKGROUND``; confidence : in (0, 1)
    raises UserError beyond these ranges
    """
    if background >= 20.0:  # hundreds of outcomes make the interval smooth
        return interval(seen, background, confidence)[1]
    coarse = np.linspace(0.0, _FURTHER, _STEPS, endpoint=False)
    first = [interval(seen, background + float(more), confidence)[1] for more in coarse]
    at = float(coarse[int(np.argmax(first))])
    fine = np.linspace(max(0.0, at - _FURTHER / _STEPS), at, _STEPS, endpoint=False)
    return max(*first, *(interval(seen, background + float(more), confidence)[1] for more in fine))


def expected_upper_limits(background: float, confidence: float, sigmas: Sequence[float]) -> tuple[float, ...]:
    """Upper limits of the outcomes at given standard deviations of the background's fluctuation, the median at 0."""
    seen = [int(poisson.ppf(float(norm.cdf(sigma)), background)) for sigma in sigmas]
    limits = {n: upper_limit(n, background, confidence) for n in dict.fromkeys(seen)}
    return tuple(limits[n] for n in seen)
