"""The signal that would be discovered, at a significance, in the median outcome."""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import gammaincinv
from scipy.stats import nbinom, norm, poisson

from lvgen.errors import UserError

#: fewest events that are called a discovery, however small the background
LEAST_EVENTS = 3


def events_to_discover(background: float, uncertainty: float = 0.0, significance: float = 5.0) -> float:
    """Signal events whose median outcome rejects the background alone.

    The smallest count n with P(N >= n | b) below the one-sided tail of ``significance`` standard deviations is looked
    for; an uncertain background is a gamma distribution, N then follows a negative binomial one (Cousins, Linnemann,
    Tucker, physics/0702156).  The signal is that for which N reaches n in half of the experiments, with the background
    as expected.  At least ``LEAST_EVENTS`` events are asked for, since without background one would do.

    background : expected events; uncertainty : relative; significance : standard deviations, in [1, 8]

    >>> round(events_to_discover(0.0), 3)
    2.674
    """
    if not 1.0 <= significance <= 8.0:
        raise UserError(f"{significance!r} standard deviations; between 1 and 8 is due", key="sensitivity.significance")
    n = max(LEAST_EVENTS, _critical(background, uncertainty, float(norm.sf(significance))))
    return max(float(gammaincinv(n, 0.5)) - background, 0.0)


def _critical(background: float, uncertainty: float, tail: float) -> int:
    """Smallest n with P(N >= n) <= tail."""
    if background == 0.0:
        return 1
    if uncertainty == 0.0:
        return int(poisson.isf(tail, background)) + 1
    spread = uncertainty**2
    return int(nbinom.isf(tail, 1.0 / spread, 1.0 / (1.0 + background * spread))) + 1


def asymptotic_significance(signal: float, background: float, uncertainty: float = 0.0) -> float:
    """Median significance of a signal for large counts (arXiv:1007.1727 eq. 97; with an uncertain background eq. 20 of
    G. Cowan, "Discovery sensitivity for a counting experiment with background uncertainty", 2012)."""
    total, s2 = signal + background, (uncertainty * background) ** 2
    if s2 == 0.0:
        return math.sqrt(max(0.0, 2.0 * (total * math.log1p(signal / background) - signal)))
    first = total * math.log(total * (background + s2) / (background**2 + total * s2))
    second = background**2 / s2 * math.log1p(s2 * signal / (background * (background + s2)))
    return math.sqrt(max(0.0, 2.0 * (first - second)))


def asymptotic_events(background: float, uncertainty: float, significance: float) -> float:
    """Signal at which ``asymptotic_significance`` is ``significance``; background > 0."""
    high = 10.0 * significance * (1.0 + math.sqrt(background) + uncertainty * background) + significance**2
    return float(brentq(lambda s: asymptotic_significance(s, background, uncertainty) - significance, 1e-9, high))
