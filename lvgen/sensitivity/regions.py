"""CLs limits from several counting regions, each with its share of the signal and its own background.

Few events: every outcome is enumerated and ordered by the likelihood ratio of signal and background against background
(Junk, hep-ex/9902006), exactly; an uncertain background is averaged over.  Many events: the profile likelihood and its
asymptotic distribution in ``pyhf`` (arXiv:1007.1727), with one nuisance parameter for each uncertain background; where
all backgrounds are large and nothing was observed, the Gaussian limit of the same (eq. 89 there).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm, poisson

from lvgen.detection.counting import Count
from lvgen.errors import UserError
from lvgen.sensitivity.counts import background_nodes, check_confidence
from lvgen.sensitivity.modified import outcome_at

Floats = NDArray[np.float64]

#: backgrounds from which on counts are taken as normal
LARGE = 1e4
#: most outcomes that are enumerated
MAX_OUTCOMES = 200_000
#: what stands for no background at all in logarithms
_NOTHING = 1e-9


def combined_limits(
    counts: Sequence[Count], confidence: float, sigmas: Sequence[float]
) -> tuple[float | None, tuple[float, ...]]:
    """Upper limits on the whole signal, of which each region sees its share.

    returns the observed limit, None where nothing was observed, and those expected at ``sigmas`` standard deviations
    of the background's fluctuation
    raises UserError where some regions have an observed count and others none
    """
    check_confidence(confidence)
    observed = _observed(counts)
    if outcomes(counts) <= MAX_OUTCOMES:
        return _exact(counts, observed, confidence, sigmas)
    if observed is None and min(count.background for count in counts) >= LARGE:
        return None, gaussian_limits(counts, confidence, sigmas)
    return asymptotic_limits(counts, observed, confidence, sigmas)


def gaussian_limits(counts: Sequence[Count], confidence: float, sigmas: Sequence[float]) -> tuple[float, ...]:
    """Expected limits for backgrounds so large that counts are normal: s (Phi^-1(1 - (1 - CL) Phi(N)) + N), with s the
    error of the signal from all regions (arXiv:1007.1727 eq. 89); to about 1/sqrt(background)."""
    error = _signal_error(counts)
    return tuple(error * float(norm.ppf(1.0 - (1.0 - confidence) * norm.cdf(n)) + n) for n in sigmas)


def _signal_error(counts: Sequence[Count]) -> float:
    """Error of the whole signal where it is small against the backgrounds."""
    return 1.0 / math.sqrt(
        sum(c.share**2 / (1.0 + c.background * (1.0 + c.background * c.uncertainty**2)) for c in counts)
    )


def outcomes(counts: Sequence[Count]) -> float:
    """How many outcomes of the regions count."""
    return math.prod(float(_largest(count) + 1) for count in counts)


def _observed(counts: Sequence[Count]) -> list[int] | None:
    seen = [count.observed for count in counts if count.observed is not None]
    if seen and len(seen) < len(counts):
        raise UserError(
            "some channels have observed events and others none; give all, with 0 where nothing was seen",
            key="detector.observed",
        )
    return seen or None


def _largest(count: Count) -> int:
    """A count that neither the background nor a signal near its limit exceeds."""
    usual = max(outcome_at(count, 0.999), count.observed or 0)
    return int(usual + 12 + 5.0 * math.sqrt(usual))


def _exact(
    counts: Sequence[Count], observed: list[int] | None, confidence: float, sigmas: Sequence[float]
) -> tuple[float | None, tuple[float, ...]]:
    sizes = [_largest(count) + 1 for count in counts]
    grids = np.meshgrid(*(np.arange(size) for size in sizes), indexing="ij")
    nodes = [background_nodes(count) for count in counts]
    alone = _joint([_mixture(size, 0.0, *node) for size, node in zip(sizes, nodes, strict=True)])
    seen = None if observed is None else int(np.ravel_multi_index(observed, sizes))
    if seen is not None and not alone[seen] > 1e-250:
        raise UserError(f"{observed} observed events are impossible with these backgrounds", key="detector.observed")

    def ordered(signal: float) -> tuple[Floats, NDArray[np.intp], Floats, Floats]:
        parts = [signal * count.share for count in counts]
        steps = [math.log1p(s / max(c.background, _NOTHING)) for s, c in zip(parts, counts, strict=True)]
        ratio: Floats = np.sum([grid * step for grid, step in zip(grids, steps, strict=True)], axis=0).ravel()
        both = _joint([_mixture(n, s, *node) for n, s, node in zip(sizes, parts, nodes, strict=True)])
        order = np.argsort(ratio, kind="stable")
        b: Floats = np.cumsum(alone[order])
        sb: Floats = np.cumsum(both[order])
        return ratio, order, b, sb

    def at_outcome(signal: float) -> float:
        ratio, order, b, sb = ordered(signal)
        last = int(np.searchsorted(ratio[order], ratio[seen] + 1e-9, side="right")) - 1
        return float(sb[last] / b[last])

    def at_quantile(probability: float, signal: float) -> float:
        ratio, order, b, sb = ordered(signal)
        median = ratio[order][min(int(np.searchsorted(b, probability * b[-1])), len(b) - 1)]
        last = int(np.searchsorted(ratio[order], median + 1e-9, side="right")) - 1
        return float(sb[last] / b[last])

    goal = 1.0 - confidence
    found = None if seen is None else _solve(at_outcome, goal)
    quantiles = [float(norm.cdf(sigma)) for sigma in sigmas]
    return found, tuple(_solve(functools.partial(at_quantile, q), goal) for q in quantiles)


def _mixture(size: int, signal: float, background: Floats, weight: Floats) -> Floats:
    """Probabilities (size,) of counts, averaged over the background."""
    p: Floats = weight @ poisson.pmf(np.arange(size)[None, :], signal + background[:, None])
    return p


def _joint(probabilities: list[Floats]) -> Floats:
    total = np.ones(1)
    for p in probabilities:
        total = np.multiply.outer(total, p)
    return total.ravel()


def _solve(cls: Any, goal: float) -> float:
    high = 4.0
    while cls(high) > goal:
        high *= 2.0
    return float(brentq(lambda s: cls(s) - goal, 1e-9, high, xtol=1e-3 * high))


def asymptotic_limits(
    counts: Sequence[Count], observed: list[int] | None, confidence: float, sigmas: Sequence[float]
) -> tuple[float | None, tuple[float, ...]]:
    """As ``combined_limits``, by ``pyhf`` with asymptotic formulae; sigmas : as pyhf has them, -2 to 2."""
    from pyhf.infer.intervals.upper_limits import upper_limit

    if tuple(sigmas) != (-2.0, -1.0, 0.0, 1.0, 2.0):
        raise ValueError("pyhf gives -2, -1, 0, 1 and 2 standard deviations")
    # in units of a signal that its backgrounds would hide, so that the parameter is of order 1
    unit = _signal_error(counts)
    model = likelihood(counts, unit)
    data = [round(c.background) for c in counts] if observed is None else observed
    with np.errstate(divide="ignore", invalid="ignore"):  # at no signal at all
        found, expected = upper_limit([*data, *model.config.auxdata], model, level=1.0 - confidence, rtol=1e-3)
    return None if observed is None else float(found) * unit, tuple(float(value) * unit for value in expected)


def likelihood(counts: Sequence[Count], unit: float) -> Any:
    """The ``pyhf`` model of the regions with ``unit`` signal events in all at signal strength 1."""
    import pyhf

    background = [max(count.background, _NOTHING) for count in counts]
    channels = [
        {
            "name": f"region_{i}",
            "samples": [
                {
                    "name": "signal",
                    "data": [unit * count.share],
                    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                },
                {"name": "background", "data": [b], "modifiers": _uncertain(i, b, count.uncertainty)},
            ],
        }
        for i, (count, b) in enumerate(zip(counts, background, strict=True))
    ]
    bounds = [{"name": "mu", "bounds": [[0.0, 100.0]], "inits": [1.0]}]
    return pyhf.Model({"channels": channels, "parameters": bounds}, poi_name="mu", validate=False)


def _uncertain(i: int, background: float, uncertainty: float) -> list[dict[str, Any]]:
    if uncertainty == 0.0:
        return []
    return [{"name": f"background_{i}", "type": "shapesys", "data": [background * uncertainty]}]
