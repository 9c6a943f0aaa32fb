"""How many signal events exclude, or discover: the statistical methods of a card, by name.

Each takes counts in one or several regions and gives the total number of signal events at which a point is just
excluded (discovered), observed or, without an observed count, the median expected one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from scipy.optimize import brentq
from scipy.stats import poisson

from lvgen.detection.counting import Count
from lvgen.errors import UserError
from lvgen.sensitivity.counts import check_confidence, known, together
from lvgen.sensitivity.discovery import events_to_discover
from lvgen.sensitivity.feldman_cousins import expected_upper_limits, upper_limit
from lvgen.sensitivity.modified import cls_limits
from lvgen.sensitivity.regions import combined_limits

#: quantiles of the background-only expectation, in standard deviations
SIGMAS = (-2.0, -1.0, 0.0, 1.0, 2.0)


@dataclass(frozen=True)
class Limit:
    """Signal events that exclude or discover.

    required : the observed number, or the median expected one where nothing was observed; inf where nothing excludes
    expected : those expected at -2, -1, 0, 1, 2 standard deviations of the background's fluctuation; empty where the
        method gives none
    """

    required: float
    expected: tuple[float, ...] = field(default=())


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
    check_confidence(confidence)
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


class Method(ABC):
    """A statistical method; ``combines``: regions count apart, by their shares of the signal; else they are summed."""

    name: ClassVar[str]
    title: ClassVar[str]
    combines: ClassVar[bool] = False
    #: whether an uncertain background is taken as such
    takes_uncertainty: ClassVar[bool] = False

    def __init__(self, confidence: float, significance: float = 5.0) -> None:
        self.confidence = confidence
        self.significance = significance

    @abstractmethod
    def limit(self, counts: Sequence[Count]) -> Limit:
        """Of one or several regions; shares of the signal need not sum to 1."""

    def describe(self) -> str:
        """The method in a few words, for figures."""
        return f"{self.title}, {100 * self.confidence:g}% CL"


class PlainPoisson(Method):
    """The default: one count, a known background; a projection observes the background rounded to a whole number."""

    name = "poisson"
    title = "Poisson"

    def limit(self, counts: Sequence[Count]) -> Limit:
        """See ``events_required``."""
        count = together(counts)
        return Limit(events_required(self.confidence, count.background, count.observed) / count.share)


class ModifiedFrequentist(Method):
    """CLs, with uncertain backgrounds and several regions; see ``modified`` and ``regions``."""

    name = "cls"
    title = "CLs"
    combines = True
    takes_uncertainty = True

    def limit(self, counts: Sequence[Count]) -> Limit:
        """Regions without signal say nothing and are left out."""
        sensitive = [count for count in counts if count.share > 0.0]
        if len(sensitive) == 1:
            observed, expected = cls_limits(sensitive[0], self.confidence, SIGMAS)
        else:
            observed, expected = combined_limits(sensitive, self.confidence, SIGMAS)
        return Limit(expected[2] if observed is None else observed, expected)


class FeldmanCousins(Method):
    """Upper end of the unified interval, for one count and a known background; see ``feldman_cousins``."""

    name = "feldman_cousins"
    title = "Feldman-Cousins"

    def limit(self, counts: Sequence[Count]) -> Limit:
        """Upper limits; a lower end above zero excludes nothing here."""
        count = known(together(counts), self.name)
        expected = expected_upper_limits(count.background, self.confidence, SIGMAS)
        seen = expected[2] if count.observed is None else upper_limit(count.observed, count.background, self.confidence)
        return Limit(seen / count.share, tuple(value / count.share for value in expected))


class Discovery(Method):
    """Signal whose median outcome rejects the background alone; see ``discovery``."""

    name = "discovery"
    title = "Discovery"
    takes_uncertainty = True

    def limit(self, counts: Sequence[Count]) -> Limit:
        """Nothing that was observed enters."""
        count = together(counts)
        wanted = events_to_discover(count.background, count.uncertainty, self.significance)
        return Limit(wanted / count.share)

    def describe(self) -> str:
        """The method in a few words, for figures."""
        return f"{self.title} reach, {self.significance:g}σ"


METHODS: dict[str, type[Method]] = {
    kind.name: kind for kind in (PlainPoisson, ModifiedFrequentist, FeldmanCousins, Discovery)
}
