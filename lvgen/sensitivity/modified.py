"""CLs limits of one counting region, exact: sums over Poisson outcomes, no asymptotic formula.

CLs(s) = P(n <= seen | s + b) / P(n <= seen | b) (Read, J. Phys. G 28 (2002) 2693; Junk, hep-ex/9902006).  For one
region every test statistic orders outcomes by the count, so this is what toys of any of them converge to.  An
uncertain background is averaged over (Cousins and Highland, Nucl. Instrum. Meth. A 320 (1992) 331).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.stats import nbinom, norm, poisson

from lvgen.detection.counting import Count
from lvgen.errors import UserError
from lvgen.sensitivity.counts import background_nodes, check_confidence

#: background events above which quantiles are those of a normal distribution: those of a Poisson one end in nan
_GAUSSIAN = 1e8


def cls_limits(count: Count, confidence: float, sigmas: Sequence[float]) -> tuple[float | None, tuple[float, ...]]:
    """Upper limits on the signal (the whole of it, of which ``count.share`` is seen).

    confidence : in (0, 1); sigmas : of the background's fluctuations at which limits are expected
    returns the observed limit, None where nothing was observed, and those expected
    raises UserError for an observed count that the background rules out

    >>> from lvgen.detection.counting import Count
    >>> observed, (median,) = cls_limits(Count(), 0.90, (0.0,))
    >>> observed, round(median, 4)
    (None, 2.3026)
    """
    check_confidence(confidence)
    counts = [outcome_at(count, float(norm.cdf(sigma))) for sigma in sigmas]
    limits = {n: _limit(n, count, confidence) for n in dict.fromkeys(counts)}
    seen = None if count.observed is None else _limit(count.observed, count, confidence) / count.share
    return seen, tuple(limits[n] / count.share for n in counts)


def outcome_at(count: Count, probability: float) -> int:
    """Smallest count that the background alone does not exceed with this probability."""
    if count.background > _GAUSSIAN:
        spread = math.sqrt(count.background + (count.uncertainty * count.background) ** 2)
        return round(count.background + spread * float(norm.ppf(probability)))
    if count.uncertainty == 0.0 or count.background == 0.0:
        return int(poisson.ppf(probability, count.background))
    spread = count.uncertainty**2
    return int(nbinom.ppf(probability, 1.0 / spread, 1.0 / (1.0 + count.background * spread)))


def _limit(seen: int, count: Count, confidence: float) -> float:
    background, weight = background_nodes(count)
    goal = (1.0 - confidence) * float(weight @ poisson.cdf(seen, background))
    if not goal > 1e-250:
        raise UserError(
            f"{seen} observed events are impossible with a background of {count.background:g}", key="detector.observed"
        )

    def excess(signal: float) -> float:
        return float(weight @ poisson.cdf(seen, signal + background)) - goal

    high = 10.0 + 2.0 * seen + 5.0 * float(np.sqrt(seen))
    while excess(high) > 0.0:
        high *= 2.0
    return float(brentq(excess, 0.0, high, xtol=1e-10))
