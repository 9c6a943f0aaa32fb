"""One sample for every lifetime: the binned sums against the plain ones."""

from __future__ import annotations

import numpy as np
import pytest

from lvgen.sampling.lifetime import LifetimeSample


def sums(x, a, ctau):
    f = a * np.exp(-x / ctau) / ctau
    return f.mean(), f.var() / (len(f) - 1)


@pytest.mark.parametrize("spread", [0.3, 2.0])
def test_curve_equals_the_plain_sums(spread):
    rng = np.random.default_rng(1)
    x = np.exp(rng.normal(np.log(3e-3), spread, 20_000))
    a = rng.exponential(1.0, 20_000) * (rng.random(20_000) < 0.7)
    sample = LifetimeSample(0)
    for part in np.split(np.arange(20_000), 4):
        sample.add(x[part], a[part], np.full(len(part), -1), np.zeros((0, 0)))
    ctaus = np.geomspace(1e-4, 1e6, 41)
    curve = sample.curve(ctaus)
    expected = np.array([sums(x, a, c) for c in ctaus])
    deep = np.array([np.average(x / c, weights=a * np.exp(-x / c) + 1e-300) for c in ctaus])
    assert np.abs(curve.mean / expected[:, 0] - 1)[deep < 5].max() < 1e-5
    assert np.abs(curve.mean / expected[:, 0] - 1)[deep < 40].max() < 1e-3
    assert np.abs(curve.variance / expected[:, 1] - 1)[deep < 5].max() < 1e-2


def test_replicas_follow_their_factors():
    rng = np.random.default_rng(2)
    x = np.exp(rng.normal(0.0, 1.0, 5000))
    cell = rng.integers(10, size=5000)
    factors = rng.uniform(0.5, 1.5, (10, 3))
    sample = LifetimeSample(3)
    sample.add(x, np.ones(5000), cell, factors)
    curve = sample.curve(np.array([0.5, 3.0]))
    for r in range(3):
        expected = [np.mean(factors[cell, r] * np.exp(-x / c) / c) for c in (0.5, 3.0)]
        assert curve.replicas[:, r] == pytest.approx(expected, rel=2e-3)


def test_many_lifetimes_are_interpolated_faithfully():
    """The spline through nodes against the sums themselves, over the whole range of a fine coupling axis."""
    rng = np.random.default_rng(3)
    x = np.exp(rng.normal(np.log(3e-3), 1.0, 20_000))
    a = rng.exponential(1.0, 20_000)
    sample = LifetimeSample(2)
    sample.add(x, a, rng.integers(5, size=20_000), rng.uniform(0.5, 1.5, (5, 2)))
    ctaus = np.geomspace(1e-7, 1e6, 3001)
    many = sample.curve(ctaus)
    parts = [sample.curve(part) for part in np.array_split(ctaus, 20)]
    for name in ("mean", "variance", "replicas"):
        direct = np.concatenate([getattr(part, name) for part in parts])
        found = getattr(many, name)
        peak = direct.max(axis=0)
        assert np.abs(found - direct).max() < 1e-3 * np.max(peak)
        use = direct > 1e-12 * peak
        assert np.abs(found[use] / direct[use] - 1).max() < 1e-3
    assert (many.mean[:10] >= 0).all()


def test_nothing_and_for_ever():
    sample = LifetimeSample(0)
    sample.add(np.ones(10), np.zeros(10), np.full(10, -1), np.zeros((0, 0)))
    assert sample.curve(np.array([1.0])).mean[0] == 0.0
    sample.add(np.ones(10), np.ones(10), np.full(10, -1), np.zeros((0, 0)))
    assert sample.curve(np.array([np.inf])).mean[0] == 0.0
    assert sample.curve(np.array([1e-4])).mean[0] == 0.0
