"""Statistical methods against tables, other programs and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import gamma, norm, poisson

from lvgen.detection.counting import Count
from lvgen.errors import UserError
from lvgen.sensitivity import regions
from lvgen.sensitivity.discovery import asymptotic_events, events_to_discover
from lvgen.sensitivity.feldman_cousins import expected_upper_limits, interval, upper_limit
from lvgen.sensitivity.modified import cls_limits, outcome_at
from lvgen.sensitivity.statistics import METHODS, SIGMAS, events_required

#: physics/9711021 table IV (90 % CL): observed events -> (lower, upper) for each known background
FC_BACKGROUNDS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0)
FC_TABLE = """
0 0.00,2.44 0.00,1.94 0.00,1.61 0.00,1.33 0.00,1.26 0.00,1.18 0.00,1.08 0.00,1.06 0.00,1.01 0.00,0.98
1 0.11,4.36 0.00,3.86 0.00,3.36 0.00,2.91 0.00,2.53 0.00,2.19 0.00,1.88 0.00,1.59 0.00,1.39 0.00,1.22
2 0.53,5.91 0.03,5.41 0.00,4.91 0.00,4.41 0.00,3.91 0.00,3.45 0.00,3.04 0.00,2.67 0.00,2.33 0.00,1.73
3 1.10,7.42 0.60,6.92 0.10,6.42 0.00,5.92 0.00,5.42 0.00,4.92 0.00,4.42 0.00,3.95 0.00,3.53 0.00,2.78
4 1.47,8.60 1.17,8.10 0.74,7.60 0.24,7.10 0.00,6.60 0.00,6.10 0.00,5.60 0.00,5.10 0.00,4.60 0.00,3.60
5 1.84,9.99 1.53,9.49 1.25,8.99 0.93,8.49 0.43,7.99 0.00,7.49 0.00,6.99 0.00,6.49 0.00,5.99 0.00,4.99
6 2.21,11.47 1.90,10.97 1.61,10.47 1.33,9.97 1.08,9.47 0.65,8.97 0.15,8.47 0.00,7.97 0.00,7.47 0.00,6.47
7 3.56,12.53 3.06,12.03 2.56,11.53 2.09,11.03 1.59,10.53 1.18,10.03 0.89,9.53 0.39,9.03 0.00,8.53 0.00,7.53
8 3.96,13.99 3.46,13.49 2.96,12.99 2.51,12.49 2.14,11.99 1.81,11.49 1.51,10.99 1.06,10.49 0.66,9.99 0.00,8.99
9 4.36,15.30 3.86,14.80 3.36,14.30 2.91,13.80 2.53,13.30 2.19,12.80 1.88,12.30 1.59,11.80 1.33,11.30 0.43,10.30
10 5.50,16.50 5.00,16.00 4.50,15.50 4.00,15.00 3.50,14.50 3.04,14.00 2.63,13.50 2.27,13.00 1.94,12.50 1.19,11.50
"""
FC = {
    int(line.split()[0]): [tuple(float(x) for x in entry.split(",")) for entry in line.split()[1:]]
    for line in FC_TABLE.strip().splitlines()
}


# --- Feldman-Cousins ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seen", range(2, 11))
def test_feldman_cousins_table(seen: int) -> None:
    """Ends to the table's last digit."""
    for background, (low, high) in list(zip(FC_BACKGROUNDS, FC[seen], strict=True))[::2]:
        assert interval(seen, background, 0.90) == pytest.approx((low, high), abs=0.011)


@pytest.mark.parametrize(("seen", "at"), [(0, 0), (0, 4), (0, 6), (0, 9), (1, 0), (1, 5), (1, 9)])
def test_feldman_cousins_upper_limits_do_not_rise_with_background(seen: int, at: int) -> None:
    """For few events the limit jumps up with the background; the paper and we take what does not, on grids of which
    the paper's is unknown: 0.03."""
    assert upper_limit(seen, FC_BACKGROUNDS[at], 0.90) == pytest.approx(FC[seen][at][1], abs=0.03)


def test_feldman_cousins_covers() -> None:
    """At least the confidence level at any signal."""
    for signal in (0.0, 0.7, 2.0, 5.5):
        n = np.arange(40)
        inside = [
            low <= signal + 1e-2 and signal <= high + 1e-2 for low, high in (interval(k, 3.0, 0.9) for k in n[:25])
        ]
        assert poisson.pmf(n[:25], signal + 3.0)[inside].sum() > 0.9 - 2e-3


def test_feldman_cousins_expects_the_limit_of_the_median_outcome() -> None:
    assert expected_upper_limits(4.0, 0.90, (0.0,))[0] == upper_limit(4, 4.0, 0.90)
    limit = METHODS["feldman_cousins"](0.90).limit([Count(3.0, observed=3, share=0.5)])
    assert limit.required == pytest.approx(2 * 4.42, abs=0.02)
    assert list(limit.expected) == sorted(limit.expected)
    with pytest.raises(UserError, match="known background"):
        METHODS["feldman_cousins"](0.90).limit([Count(3.0, uncertainty=0.1)])
    with pytest.raises(UserError, match="'cls' takes any"):
        upper_limit(3, 1e4, 0.90)


# --- CLs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("confidence", [0.90, 0.95, 0.99])
def test_without_background_every_limit_is_closed(confidence: float) -> None:
    """N = - ln(1 - CL) where nothing is expected or seen; also for regions together, whatever their shares."""
    closed = -math.log(1.0 - confidence)
    observed, expected = cls_limits(Count(observed=0), confidence, SIGMAS)
    assert (observed, *expected) == pytest.approx([closed] * 6, rel=1e-9)
    together = regions.combined_limits([Count(share=0.3), Count(share=0.7)], confidence, (0.0,))
    assert together[1][0] == pytest.approx(closed, rel=2e-3)


@pytest.mark.parametrize(("background", "seen"), [(0.5, 0), (2.0, 4), (7.3, 5), (100.0, 112)])
def test_cls_of_a_known_background_is_the_poisson_ratio(background: float, seen: int) -> None:
    (found, _) = cls_limits(Count(background, observed=seen), 0.95, (0.0,))
    assert found is not None
    ratio = poisson.cdf(seen, found + background) / poisson.cdf(seen, background)
    assert ratio == pytest.approx(0.05, rel=1e-6)
    assert found == pytest.approx(events_required(0.95, background, seen), rel=1e-6)


def test_cls_of_an_uncertain_background_against_toys() -> None:
    """Toys of the averaged ensemble itself: the quadrature gives what they give."""
    count = Count(5.0, 0.4, observed=4)
    found, expected = cls_limits(count, 0.95, (0.0,))
    rng = np.random.default_rng(7)
    shape = 1 / count.uncertainty**2
    background = gamma.rvs(shape, scale=count.background / shape, size=400_000, random_state=rng)
    alone = rng.poisson(background)
    both = rng.poisson(background + found)
    assert np.mean(both <= 4) / np.mean(alone <= 4) == pytest.approx(0.05, rel=0.03)
    assert expected[0] == pytest.approx(cls_limits(Count(5.0, 0.4, int(np.median(alone))), 0.95, (0.0,))[0], rel=1e-9)


#: 4000 toys of pyhf 0.7.6 at our limit (benchmarks/pyhf_toys.py): CLs and its statistical error
PYHF_TOYS = [
    ([Count(4.0, 0.0, 5)], 5.7185, 0.1055, 0.0056),
    ([Count(1.0, 0.0, 1, 0.6), Count(4.0, 0.0, 5, 0.4)], 4.5527, 0.1083, 0.0063),
]


@pytest.mark.parametrize(("counts", "signal", "toys", "error"), PYHF_TOYS)
def test_cls_against_pyhf_toys(counts: list[Count], signal: float, toys: float, error: float) -> None:
    """Known backgrounds: at our limit the toys give what was asked for, 0.10."""
    assert METHODS["cls"](0.90).limit(counts).required == pytest.approx(signal, rel=2e-3)
    assert toys == pytest.approx(0.10, abs=2.0 * error)


def test_averaged_backgrounds_are_on_the_safe_side_of_pyhf() -> None:
    """At 20 % uncertainty pyhf's toys give CLs = 0.073 +- 0.005 where ours is 0.10: toys of the auxiliary count tell
    outcomes with equal counts apart, an average over the background does not."""
    limit = METHODS["cls"](0.90).limit([Count(4.0, 0.2, 5)]).required
    assert limit == pytest.approx(5.8918, rel=1e-3)
    assert limit > METHODS["cls"](0.90).limit([Count(4.0, 0.0, 5)]).required


def test_cls_against_pyhf_asymptotically() -> None:
    count = Count(400.0, 0.05)
    _, exact = cls_limits(count, 0.95, SIGMAS)
    _, found = regions.asymptotic_limits([count], None, 0.95, SIGMAS)
    assert found == pytest.approx(exact, rel=0.05)


# --- regions ------------------------------------------------------------------------------------------------------


def test_regions_with_the_same_purity_are_one() -> None:
    """Splitting a count in parts of equal signal to background changes nothing."""
    _, whole = cls_limits(Count(9.0), 0.95, (0.0,))
    _, split = regions.combined_limits([Count(3.0, share=1 / 3), Count(6.0, share=2 / 3)], 0.95, (0.0,))
    assert split[0] == pytest.approx(whole[0], rel=0.01)


def test_a_region_without_background_helps() -> None:
    clean, dirty = Count(0.05, share=0.5), Count(20.0, share=0.5)
    (limit,) = METHODS["cls"](0.90).limit([clean, dirty]).expected[2:3]
    assert limit < METHODS["cls"](0.90).limit([Count(0.05, share=0.5)]).required
    assert limit < 0.6 * METHODS["poisson"](0.90).limit([clean, dirty]).required


def test_enumerated_regions_against_pyhf_toys() -> None:
    """Two regions with known backgrounds: the share of toys that pyhf finds less signal-like."""
    counts = [Count(1.0, share=0.6, observed=1), Count(4.0, share=0.4, observed=5)]
    found, _ = regions.combined_limits(counts, 0.90, (0.0,))
    assert found is not None
    rng = np.random.default_rng(5)
    weights = [math.log1p(found * c.share / c.background) for c in counts]
    seen = sum(w * c.observed for w, c in zip(weights, counts, strict=True) if c.observed is not None)

    def below(signal: float) -> float:
        n = [rng.poisson(c.background + signal * c.share, 400_000) for c in counts]
        return float(np.mean(sum(w * k for w, k in zip(weights, n, strict=True)) <= seen + 1e-9))

    assert below(found) / below(0.0) == pytest.approx(0.10, rel=0.03)


def test_enumeration_goes_over_into_pyhf_and_that_into_the_gaussian_limit() -> None:
    few = [Count(60.0, 0.1, share=0.3), Count(40.0, 0.1, share=0.7)]
    assert regions.outcomes(few) <= regions.MAX_OUTCOMES
    _, enumerated = regions.combined_limits(few, 0.95, SIGMAS)
    _, profiled = regions.asymptotic_limits(few, None, 0.95, SIGMAS)
    assert enumerated[2] == pytest.approx(profiled[2], rel=0.05)
    many = [Count(1e5, 0.01, share=0.3), Count(3e4, 0.0, share=0.7)]
    _, profiled = regions.asymptotic_limits(many, None, 0.95, SIGMAS)
    assert regions.gaussian_limits(many, 0.95, SIGMAS) == pytest.approx(profiled, rel=0.01)


# --- discovery ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("significance", [3.0, 5.0])
@pytest.mark.parametrize(("background", "uncertainty"), [(100.0, 0.0), (1e4, 0.0), (100.0, 0.1), (1e4, 0.02)])
def test_discovery_against_the_asymptotic_formula(background: float, uncertainty: float, significance: float) -> None:
    found = events_to_discover(background, uncertainty, significance)
    assert found == pytest.approx(asymptotic_events(background, uncertainty, significance), rel=0.04)


def test_discovery_is_exact_for_few_events() -> None:
    """Smallest count with a tail below 5 sigma, reached in half of the experiments."""
    background = 0.6
    signal = events_to_discover(background, 0.0, 5.0)
    tail = norm.sf(5.0)
    n = next(k for k in range(50) if poisson.sf(k - 1, background) <= tail)
    assert poisson.sf(n - 1, signal + background) == pytest.approx(0.5, abs=1e-9)
    assert events_to_discover(0.0) == pytest.approx(2.674, abs=1e-3)
    with pytest.raises(UserError) as refused:
        events_to_discover(1.0, 0.0, 0.5)
    assert refused.value.key == "sensitivity.significance"


def test_outcomes_of_huge_backgrounds() -> None:
    """Quantiles pass smoothly from Poisson's to the normal ones, which alone exist far up."""
    below, above = (outcome_at(Count(background=b), 0.975) - b for b in (0.999e8, 1.001e8))
    assert above / below == pytest.approx(1.001, abs=2e-3)
    assert outcome_at(Count(background=1e12), 0.5) == 10**12
    limit, (median,) = cls_limits(Count(background=9e11), 0.90, (0.0,))
    assert limit is None
    assert median == pytest.approx(1.645 * 9e11**0.5, rel=0.01)
