"""How many signal events exclude a point: counting statistics without background subtraction."""

from __future__ import annotations

from scipy.optimize import brentq
from scipy.stats import poisson

from lvgen.errors import UserError


def events_required(confidence: float, background: float = 0.0, observed: int | None = None) -> float:
    """Upper limit on the expected signal s from a count.

    It solves P(n <= observed | s + b) = (1 - confidence) P(n <= observed | b).

    confidence : in (0, 1); background : expected events; observed : events seen, None for the background rounded to a
        whole
    number (a projection).  Without background and events it is -ln(1 - confidence): 2.303 at 90 %, 2.996 at 95 %.  With
    background it is the CLs limit, which never falls below that (Zech 1989; PDG review of statistics, section 40.4.2).

    >>> round(events_required(0.90), 3), round(events_required(0.95), 3)
    (2.303, 2.996)
    """
    if not 0.0 < confidence < 1.0:
        raise UserError(f"{confidence!r} is no confidence level; between 0 and 1 is due", key="sensitivity.confidence")
    seen = round(background) if observed is None else observed
    goal = (1.0 - confidence) * poisson.cdf(seen, background)
    if not goal > 1e-250:
        raise UserError(
            f"{seen} observed events are impossible with a background of {background:g}", key="detector.observed"
        )
    high = 10.0 + 2.0 * (seen + background)
    while poisson.cdf(seen, high + background) > goal:
        high *= 2.0
    return float(brentq(lambda s: poisson.cdf(seen, s + background) - goal, 0.0, high, xtol=1e-12))
