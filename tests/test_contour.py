"""Contours and counting statistics."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import lvgen
from lvgen.errors import UserError
from lvgen.sensitivity.contour import find_contour
from lvgen.sensitivity.map import SignalMap
from lvgen.sensitivity.statistics import events_required


def make_map(n, relative=0.01, ctau_power=-2.0):
    n = np.atleast_2d(np.asarray(n, float))
    g = np.geomspace(1e-8, 1e-3, n.shape[1])
    return SignalMap(
        mass=np.arange(1.0, n.shape[0] + 1), coupling=g, processes=("meson_decay",),
        n_signal={"total": n, "meson_decay": n}, error={"total": relative * n, "meson_decay": relative * n},
        error_spectrum={"total": 0 * n, "meson_decay": 0 * n}, ctau=np.tile(g**ctau_power, (n.shape[0], 1)),
        precision_met=n > -1, mass_scale="linear", coupling_scale="log", coupling_name="epsilon", coupling_label="e",
        model="dark_photon", detector="FASER2", exposure_text="3 ab^-1",
    )  # fmt: skip


G = np.geomspace(1e-8, 1e-3, 101)


def test_edges_of_a_known_signal():
    """N = A g^4 exp(-(g/g0)^2) has its edges where that equals the required number."""
    n = 1e28 * G**4 * np.exp(-((G / 3e-5) ** 2))
    row = find_contour(make_map(n), 2.3, 0.9)[0]
    assert row.coupling_lower == pytest.approx((2.3 / 1e28) ** 0.25, rel=1e-4)
    exact = row.coupling_upper
    assert 1e28 * exact**4 * np.exp(-((exact / 3e-5) ** 2)) == pytest.approx(2.3, rel=0.1)
    assert row.coupling_lower_error == pytest.approx(row.coupling_lower * 0.01 / 4, rel=1e-3)
    assert (row.edge_lower, row.edge_upper) == ("closed", "closed")
    assert (row.limited_by_lower, row.limited_by_upper) == ("long lifetime", "short lifetime")


def test_islands_and_empty_masses():
    bump = 100 * np.exp(-(np.log(G / 1e-6) ** 2)) + 50 * np.exp(-4 * np.log(G / 1e-4) ** 2)
    rows = find_contour(make_map([bump, 0 * G, bump]), 2.3, 0.9)
    assert [row.mass for row in rows] == [1.0, 1.0, 2.0, 3.0, 3.0]
    assert rows[0].coupling_upper < rows[1].coupling_lower
    assert not rows[2].excludes
    assert rows[2].edge_lower == rows[2].limited_by_upper == ""


def test_grid_edges():
    rows = find_contour(make_map(1e3 * np.ones(101)), 2.3, 0.9)
    assert (rows[0].edge_lower, rows[0].edge_upper) == ("grid", "grid")
    assert (rows[0].coupling_lower, rows[0].coupling_upper) == (pytest.approx(1e-8), pytest.approx(1e-3))
    assert rows[0].limited_by_lower == "coupling axis"
    one = find_contour(make_map([[5.0]]), 2.3, 0.9)[0]
    assert one.excludes
    assert (one.edge_lower, one.edge_upper) == ("grid", "grid")


def test_prompt_signal_is_limited_by_production():
    row = find_contour(make_map(1e12 * G**2, ctau_power=0.0), 2.3, 0.9)[0]
    assert row.limited_by_lower == "production"


def test_edges_next_to_an_empty_point():
    n = np.zeros(101)
    n[50] = 100.0
    row = find_contour(make_map(n), 2.3, 0.9)[0]
    assert G[49] < row.coupling_lower < G[50] < row.coupling_upper < G[51]


def test_contour_errors_cover_shifted_maps():
    """Shifting the whole map by its error moves the edges by the quoted errors."""
    n = 1e28 * G**4 * np.exp(-((G / 3e-5) ** 2))
    row, up = find_contour(make_map(n, 0.02), 2.3, 0.9)[0], find_contour(make_map(1.02 * n), 2.3, 0.9)[0]
    assert row.coupling_lower - up.coupling_lower == pytest.approx(row.coupling_lower_error, rel=0.05)
    assert up.coupling_upper - row.coupling_upper == pytest.approx(row.coupling_upper_error, rel=0.05)


def test_events_required():
    assert events_required(0.90) == pytest.approx(2.302585, abs=1e-6)
    assert events_required(0.95) == pytest.approx(2.995732, abs=1e-6)
    # PDG review, table of Poisson upper limits at 90 %: n = 0, 1, 2, 3, 10 without background
    for n, limit in ((1, 3.89), (2, 5.32), (3, 6.68), (10, 15.41)):
        assert events_required(0.90, 0.0, n) == pytest.approx(limit, abs=0.006)
    # background-free observation: the background cancels
    assert events_required(0.90, 3.0, 0) == pytest.approx(2.302585, abs=1e-6)
    s = events_required(0.95, 2.0, 4)
    assert stats.poisson.cdf(4, s + 2) / stats.poisson.cdf(4, 2) == pytest.approx(0.05)
    assert events_required(0.90, 0.1) == pytest.approx(2.302585, abs=1e-6)
    with pytest.raises(UserError):
        events_required(1.5)


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_edges_do_not_depend_on_the_grid(scale):
    """With few couplings N steps over the edges, and the signal beside them is that at which it excludes."""

    def run(lowest, highest, points, scale="log"):
        coupling = {"min": float(lowest), "max": float(highest), "points": points, "scale": scale}
        return lvgen.run(
            {
                "model": {"name": "dark_photon", "mass": "50 MeV", "coupling": coupling},
                "production": {"processes": ["meson_decay"]}, "detector": {"name": "FASER2", "selection": "none"},
                "sensitivity": {}, "run": {"seed": 3, "precision": 0.01},
            }
        )  # fmt: skip

    coarse = run(1e-8, 1e-3, 6 if scale == "log" else 9, scale)
    assert coarse.map.total.shape[1] == len(coarse.map.coupling) < 10
    row = coarse.contour[0]
    for edge, sense in ((row.coupling_lower, 1.0), (row.coupling_upper, -1.0)):
        beside = run(0.97 * edge, 1.03 * edge, 61).map
        crossing = np.interp(0.0, sense * np.log(beside.total[0] / row.n_required), np.log(beside.coupling / edge))
        # 1 % of N is 0.3 % of the lower edge, less of the upper
        assert crossing == pytest.approx(0.0, abs=0.006)
