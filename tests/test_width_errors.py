"""Errors of hadronic widths and what they do to lifetimes, branching ratios, yields and contours."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import lvgen
from lvgen.decays.coefficients import channel_names, channel_widths
from lvgen.decays.hadronic._fit_errors import ETA_GAMMA, OMEGA_PIONS, PI0_GAMMA, VARIATIONS
from lvgen.decays.hadronic._variation import draws
from lvgen.decays.hadronic.registry import channels
from lvgen.decays.uncertainty import quark_factors, read_errors, shipped_errors, transition_replicas, width_replicas
from lvgen.errors import UserError
from lvgen.generation.width_bands import ModeSamples
from lvgen.generation.width_bands import width_replicas as yield_replicas
from lvgen.plan import Plan
from lvgen.runcard import load_card
from lvgen.sensitivity.contour import find_contour

B_LIKE = np.array([0.0, 2.0, -1.0])


def relative(table):
    return table.ctau_error / table.ctau


def test_lifetime_of_b_as_in_the_text():
    """arXiv:2201.01788, figure 4: none below pi0 gamma, large up to 0.6 GeV, below 10 % from there on."""
    table = lvgen.model("B").decay_table([0.05, 0.13, 0.2, 0.3, 0.4, 0.5])
    errors = relative(table)
    assert (errors[:2] == 0.0).all()
    assert (errors[2:5] > 0.2).all()
    assert 0.1 < errors[5] < 0.4
    data = np.concatenate([np.linspace(0.6, 1.65, 106), [0.7783, 0.787, 1.0174, 1.0216]])
    assert relative(lvgen.model("B").decay_table(data)).max() < 0.10
    assert relative(lvgen.model("dark_photon").decay_table(data)).max() < 0.05
    # leptons and neutrinos dominate B-L off the resonances, and have no error here
    assert np.median(relative(lvgen.model("B-L").decay_table(data))) < 0.005


def test_replicas_average_to_the_central_value():
    masses = np.array([0.4, 0.65, 0.775, 0.7827, 0.95, 1.0195, 1.3, 1.5, 2.2])
    for model in ("dark_photon", "protophobic"):
        table = lvgen.model(model).decay_table(masses)
        shift = np.abs(table.total_replicas.mean(axis=0) - table.total)
        assert (shift < 0.3 * table.total_error + 1e-12 * table.total).all()
    assert table.total_replicas.shape == (shipped_errors().replicas, len(masses))


def test_quantities_belong_together():
    """In each replica branching ratios sum to 1 and the lifetime is that of the total; errors are the spread."""
    table = lvgen.model("dark_photon").decay_table([[0.5, 0.9], [1.66, 1.8]])
    total = sum(table.branching_ratio_replicas(name) for name in table.channels)
    missing = table.branching_ratio_replicas("quarks") if "quarks" not in table.channels else 0.0
    assert total + missing == pytest.approx(1.0)
    assert table.total_replicas * table.ctau_replicas == pytest.approx(table.total[0, 0] * table.ctau[0, 0])
    assert np.shape(table.error("pi+ pi-")) == (2, 2)
    deviation = table.replicas("4pi") - table.width("4pi")
    assert table.error("4pi") == pytest.approx(np.sqrt((deviation**2).mean(axis=0)))
    sum_of_two = table.replicas("pi+ pi- pi+ pi-") + table.replicas("pi+ pi- pi0 pi0")
    assert table.replicas("4pi") == pytest.approx(sum_of_two)
    assert (table.error("e+ e-") == 0.0).all()
    assert table.branching_ratio_error("e+ e-")[0, 1] > 0.0
    with pytest.raises(KeyError, match="did you mean"):
        table.error("pi+pi-")
    scalar = lvgen.model("B").decay_table(0.9)
    assert np.ndim(scalar.ctau_error) == np.ndim(scalar.error("hadrons")) == 0


def test_linear_propagation_of_a_single_parameter():
    """a^2 of omega pi pi: 2 x 3.3 % from the amplitude alone; the others by finite differences, added in quadrature."""
    mass, sigmas = np.array([1.3, 1.55]), OMEGA_PIONS.sigmas
    zero = np.zeros(len(sigmas))
    central = OMEGA_PIONS.forms(zero)["omega pi+ pi-"](mass)[:, 1, 1]
    slopes = []
    for k, sigma in enumerate(sigmas):
        step = zero.copy()
        step[k] = 1e-3 * sigma
        high, low = (OMEGA_PIONS.forms(sign * step)["omega pi+ pi-"](mass)[:, 1, 1] for sign in (1, -1))
        slopes.append((high - low) / (2e-3 * central))
    assert slopes[0] == pytest.approx(2 * 0.09 / 2.73, rel=1e-4)
    expected = np.sqrt(np.sum(np.square(slopes), axis=0))
    found = width_replicas("omega pi+ pi-", mass, B_LIKE)
    spread = np.sqrt(((found / channel_widths(mass, B_LIKE)["omega pi+ pi-"] - 1) ** 2).mean(axis=0))
    assert spread == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("variation", [PI0_GAMMA, ETA_GAMMA], ids=lambda v: v.fit)
def test_table_is_what_the_forms_give(variation):
    """Interpolated shifts of the shipped table against the forms of the varied fits, on and beside narrow peaks."""
    table = shipped_errors()
    z = draws(variation.fit, len(variation.parameters), table.replicas, table.metadata["seed"])
    mass = np.array([0.57, 0.7, 0.7791, 0.7827, 0.80, 1.0174, 1.0195, 1.03, 1.4])
    for c in (B_LIKE, np.ones(3), np.array([1.0, -1.0, 2.0])):
        found = width_replicas(variation.fit, mass, c)
        forms = [variation.forms(x)[variation.fit](mass) for x in z * variation.sigmas]
        exact = np.array([np.einsum("a,nab,b->n", c, form, c) for form in forms])
        central = channel_widths(mass, c)[variation.fit]
        spread = np.sqrt(((exact - central) ** 2).mean(axis=0))
        assert (np.abs(found - exact).max(axis=0) < 0.12 * spread).all()


def test_fits_cover_every_channel_once_and_say_why():
    names = [name for v in VARIATIONS for name in v.forms(np.zeros(len(v.parameters)))]
    assert sorted(names) == sorted(channel_names())
    for variation in VARIATIONS:
        assert (variation.sigmas > 0).all()
        assert all(p.basis for p in variation.parameters)
    light = {c.name: c for c in channels() if c.group not in ("4pi", "KKpi", "pi+ pi- pi0")}
    mass = np.array([1.9, 1.95])
    for variation in VARIATIONS:
        for name, form in variation.forms(np.zeros(len(variation.parameters))).items():
            if name in light:
                assert form(mass) == pytest.approx(light[name].coefficients(mass), rel=1e-12)


def test_draws_are_orthonormal_seeded_and_their_own():
    z = draws("a fit", 9, 24, 1)
    assert z.mean(axis=0) == pytest.approx(0.0, abs=1e-14)
    assert z.T @ z / 24 == pytest.approx(np.eye(9), abs=1e-13)
    assert np.array_equal(z, draws("a fit", 9, 24, 1))
    assert not np.allclose(z, draws("another", 9, 24, 1))
    with pytest.raises(ValueError, match="too few"):
        draws("a fit", 24, 24, 1)


def test_quark_region():
    """alpha_s moves R by delta/alpha_s d(alpha_s), the measurement of R by 4 %; transitions lie evenly about theirs."""
    factors = quark_factors(np.array([1.8, 2.5, 5.0]), 0.0)
    assert np.sqrt(((factors - 1) ** 2).mean(axis=0)) == pytest.approx([0.041] * 3, abs=0.003)
    places = transition_replicas(1.7)
    assert np.sort(places) == pytest.approx(1.7 + 0.05 * (2 * (np.arange(24) + 0.5) / 24 - 1))
    table = lvgen.model("B").decay_table([1.60, 1.74, 1.85])
    errors = relative(table)
    assert errors[1] > errors[2] > 0.03
    axial = lvgen.model("custom", gA_u=1.0).decay_table([1.2, 2.0])
    assert axial.total_error / axial.total == pytest.approx(0.3, rel=0.02)


def test_hadrons_of_a_sample_stay_where_the_transition_moves():
    """Beside the transition a replica may count quarks where the sample has exclusive channels, or the reverse."""
    table = lvgen.model("B").decay_table([1.2, 1.72, 1.76, 2.1])
    names = [name for name in table.channels if name not in ("e+ e-", "mu+ mu-")]
    simulated = sum(table.simulated_ratio_replicas(name) for name in names)
    counted = sum(table.branching_ratio_replicas(name) for name in {*names, "quarks"})
    assert simulated == pytest.approx(counted, rel=1e-12)
    quarks = table.branching_ratio_replicas("quarks")
    assert 0 < np.count_nonzero(quarks[:, 1]) < 24
    assert (table.simulated_ratio_replicas("quarks")[:, 1] == 0.0).all()
    assert (table.simulated_ratio_replicas("quarks")[:, 2] > 0.9).all()
    for name in ("pi+ pi- pi0", "e+ e-"):
        far = [0, 3]
        assert table.simulated_ratio_replicas(name)[:, far] == pytest.approx(
            table.branching_ratio_replicas(name)[:, far], rel=1e-12
        )


def test_only_widths_tables_are_read(tmp_path):
    with pytest.raises(UserError, match="no such table"):
        read_errors(tmp_path / "none.parquet")
    (tmp_path / "bad.parquet").write_text("x")
    with pytest.raises(UserError, match="is not a table of width errors"):
        read_errors(tmp_path / "bad.parquet")


# ---------------------------------------- from widths to yields and contours


def card(**sensitivity):
    return {
        "model": {"name": "dark_photon", "mass": {"min": "0.4 GeV", "max": "0.45 GeV", "points": 2},
                  "coupling": {"min": 1e-7, "max": 1e-4, "points": 31}},
        "production": {"processes": ["meson_decay"]},
        "detector": {"name": "FASER2"},
        "sensitivity": sensitivity,
    }  # fmt: skip


def test_reweighting_is_what_each_replica_would_have_given():
    """Sums over the very points with ctau_k and BR_k/BR of each point's mode."""
    plan = Plan(load_card(card(width_uncertainty=True)))
    (chain, *_), _ = plan.chains(0.45)
    part = chain.sample(np.random.default_rng(5), 4000)
    table = plan.decay_table(0.45)
    replicas = yield_replicas(table, [mode.name for mode in chain.modes])
    # errors ten times as large, so that there is something to see
    wide = dataclasses.replace(replicas, ctau=replicas.ctau**10, ratios=replicas.ratios**10)
    ctau = np.geomspace(1.0, 1e4, 7)
    samples = ModeSamples()
    samples.add(part)
    found = samples.deviations(ctau, wide)

    def total(at, factors):
        return np.array([np.mean(part.a * factors[part.mode] * np.exp(-part.x / c) / c) for c in at])

    base = total(ctau, np.ones(len(chain.modes)))
    for k in range(len(wide.ctau)):
        expected = total(ctau * wide.ctau[k], wide.ratios[:, k]) - base
        assert found[k] == pytest.approx(expected, abs=3e-3 * base.max() * abs(wide.ctau[k] - 1) + 1e-3 * base.max())
    assert np.abs(found).max() > 0.02 * base.max()


def test_band_on_request_only_and_nothing_else_changes(tmp_path):
    with_band = lvgen.run(card(width_uncertainty=True), seed=2, directory=tmp_path / "band")
    without = lvgen.run(card(), seed=2, directory=tmp_path / "none")
    assert np.array_equal(with_band.map.total, without.map.total)
    assert without.map.error_width is None
    head = (tmp_path / "none" / "contour.csv").read_text().splitlines()
    wide = (tmp_path / "band" / "contour.csv").read_text().splitlines()
    columns = wide[0].split(",")
    new = [f"coupling_{edge}_width_{end}" for edge in ("lower", "upper") for end in ("low", "high")]
    assert [name for name in columns if name in new] == new
    kept = [k for k, name in enumerate(columns) if name not in new]
    assert [",".join(line.split(",")[k] for k in kept) for line in wide] == head
    for row in with_band.contour:
        assert row.coupling_lower_width_low < row.coupling_lower < row.coupling_lower_width_high
        assert row.coupling_upper_width_low < row.coupling_upper < row.coupling_upper_width_high
    # at the upper edge all hangs on the lifetime: d ln(g)/d ln(ctau) = (u - 1)/(2 u - 4) for u = x/ctau, more than 1/2
    table = lvgen.model("dark_photon").decay_table(with_band.map.mass)
    for row, error in zip(with_band.contour, relative(table), strict=True):
        half = 0.5 * math.log(row.coupling_upper_width_high / row.coupling_upper_width_low)
        assert 0.5 * error < half < 1.2 * error
    again = lvgen.run(card(width_uncertainty=True), directory=tmp_path / "band", seed=2)
    assert again.contour == with_band.contour
    assert np.array_equal(again.map.error_width["total"], with_band.map.error_width["total"])
    with pytest.raises(UserError, match="true or false is due"):
        load_card(card(width_uncertainty=1))


def test_contour_band_is_the_spread_of_the_edges(make_scan):
    """Replicas that shift the whole map by ln(g) -> ln(g) + d_k move every closed edge by d_k."""
    signal, _ = make_scan(masses=4)
    step = math.log(signal.coupling[1] / signal.coupling[0])
    shifts = np.array([-2, -1, 0, 1, 2])
    moved = np.stack([np.roll(signal.total, k, axis=1) for k in shifts])
    rows = find_contour(dataclasses.replace(signal, width_replicas=moved), 2.3, 0.9)
    expected = math.exp(step * math.sqrt((shifts**2).mean()))
    closed = [row for row in rows if row.excludes and row.edge_lower == row.edge_upper == "closed"]
    assert closed
    for row in closed:
        assert row.coupling_lower_width_high / row.coupling_lower == pytest.approx(expected, rel=1e-9)
        assert row.coupling_upper / row.coupling_upper_width_low == pytest.approx(expected, rel=1e-9)


def test_lvgen_widths_shows_errors_and_the_heavier_state(tmp_path, capsys):
    from lvgen.cli.main import main

    arguments = ["widths", "B", "--mass", "0.3 GeV", "--mass", "0.9 GeV", "--csv", str(tmp_path / "b.csv")]
    arguments += ["--plot", str(tmp_path / "b.png")]
    assert main([*arguments, "--param", "dark_matter=inelastic", "--param", "dark_matter_splitting=0.5"]) == 0
    shown = capsys.readouterr().out
    assert "error of c tau" in shown
    assert "c tau goes with 1/coupling^4" in shown
    head, first, _ = (line.split(",") for line in (tmp_path / "b.csv").read_text().splitlines())
    values = dict(zip(head, map(float, first), strict=True))
    chosen = lvgen.model("B", dark_matter="inelastic", dark_matter_splitting=0.5).decay_table(0.3)
    assert values["ctau_error_m"] == pytest.approx(chosen.ctau_error, rel=1e-12)
    assert values["width_error_gev pi0 gamma"] == pytest.approx(chosen.error("pi0 gamma"), rel=1e-12)
    assert head.index("ctau_error_m") == 3 + sum(name.startswith("width_gev") for name in head)
