"""Evened weights: integrals are kept, rejection keeps more, and ceilings hold the share that they should."""

from __future__ import annotations

import numpy as np
import pytest

from lvgen.kernels.evened import bin_ceilings
from lvgen.sampling.ceilings import EvenedCube, largest

SHARE = 1e-3


def peaked(u: np.ndarray) -> np.ndarray:
    """Integral 0.5 (1 - exp(-20)) / 20 / (1 - exp(-20)) * 20 = 0.5: an exponential times a ramp."""
    return 20.0 * np.exp(-20.0 * u[:, 0]) / (1.0 - np.exp(-20.0)) * u[:, 1]


def test_the_largest_weight_leaves_the_share_above_it() -> None:
    weight = np.random.default_rng(1).exponential(size=100_000)
    top = largest(weight, SHARE)
    # of exp(-w) the share above L is exp(-L)
    assert top == pytest.approx(-np.log(SHARE), rel=0.05)
    assert np.clip(weight - top, 0.0, None).sum() <= SHARE * weight.sum()
    assert largest(np.zeros(5), SHARE) == 0.0


def test_ceilings_of_bins_are_those_of_their_points() -> None:
    """With densities that differ from point to point, against sums that are sorted and accumulated bin by bin."""
    rng, ceiling = np.random.default_rng(3), np.empty(4)
    rows, times = rng.integers(0, 3, (2, 5000)), rng.uniform(0.5, 2.0, 5000)  # the last bin stays empty
    weight = rng.exponential(size=5000) * (1 + rows[1]) * (rng.random(5000) > 0.1)
    ratio = weight / times
    bin_ceilings(rows, 1, ratio, times, np.argsort(-ratio), SHARE, ceiling)
    for b in range(3):
        own = np.argsort(-ratio[rows[1] == b])
        w, t, r = (values[rows[1] == b][own] for values in (weight, times, ratio))
        within = np.cumsum(w) - r * np.cumsum(t) <= SHARE * w.sum()
        assert ceiling[b] == r[within][-1] > 0.0
    assert ceiling[3] == 0.0


def test_evened_weights_keep_their_integral_and_reject_less() -> None:
    cube, rng = EvenedCube(3), np.random.default_rng(2)
    plain = rng.random((40_000, 3))
    first, even = cube.place(plain)
    assert np.allclose(first, plain, atol=1e-15)
    assert np.allclose(even, 1.0)
    before = peaked(first)
    cube.learn(first, before, SHARE)
    placed, jacobian = cube.place(rng.random((200_000, 3)))
    after = peaked(placed) * jacobian
    assert placed.min() >= 0.0
    assert placed.max() < 1.0
    assert after.mean() == pytest.approx(0.5, abs=4 * after.std() / np.sqrt(len(after)))
    # an even third coordinate stays nearly so
    assert np.histogram(placed[:, 2], 10, (0, 1))[0].min() > 0.6 * len(placed) / 10
    efficiency = [w.mean() / largest(w, SHARE) for w in (before, after)]
    # a step of 1/25 in u leaves a factor 1.5 of the exponential, the ramp about 1.1
    assert efficiency[0] < 0.06
    assert efficiency[1] > 0.4
