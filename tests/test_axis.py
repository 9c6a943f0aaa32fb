"""Runs in which rates do not go with the square of what is on the coupling axis, against runs at single couplings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.decays.along import decays_along
from lvgen.decays.modes import DecaySettings
from lvgen.decays.primary.registry import primary_decay
from lvgen.decays.table import DecayTable
from lvgen.errors import UserError
from lvgen.kernels.bremsstrahlung import emission_density
from lvgen.models.base import Couplings, Model
from lvgen.models.points import at_point, is_proportional, relative_rate, scanned, structures
from lvgen.models.registry import make_model, model_names
from lvgen.plan import Plan
from lvgen.runcard import load_card

AXIS = np.array([1e-6, 3e-5, 2e-4, 1e-3, 0.02])


def _card(model: dict[str, Any], **sections: Any) -> dict[str, Any]:
    card: dict[str, Any] = {
        "model": {"name": "dark_Z", "mass": "0.3 GeV"} | model,
        "production": {"processes": ["meson_decay", "proton_bremsstrahlung"]},
        "detector": {"name": "FASER2"},
        "sensitivity": {},
        "run": {"seed": 7, "precision": 0.02},
    }
    return card | sections


def _models() -> dict[str, Model]:
    mixed = {"epsilon_Z": 3e-4, "g_D_mu": 1e-4, "g_D_e": -2e-5, "g_DA_mu": 5e-5}
    return {
        "epsilon": make_model("dark_Z", **mixed),
        "epsilon_Z": scanned(make_model("dark_Z", g_D_mu=1e-4), "epsilon_Z", 2e-4),
        "lam": scanned(make_model("muonic_U1d"), "lam", 1e-3),
        "gA_mu": scanned(make_model("custom", gV_mu=0.3, gV_u=0.1, gV_d=-0.2, gA_u=0.05), "gA_mu", 1e-3),
    }


# --- quadratic forms ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", _models())
@pytest.mark.parametrize("mass", [0.25, 0.77, 1.45])
def test_widths_are_quadratic_forms_along_the_axis(name: str, mass: float) -> None:
    """Every width from three tables, against the table at each value."""
    model = _models()[name]
    assert not is_proportional(model)
    terms = structures(model)
    assert len(terms) == 3
    parts = [DecayTable(term.model, mass) for term in terms]
    direct = [DecayTable(at_point(model, float(g)), mass) for g in AXIS]
    checked = 0
    for channel in parts[0].names:
        expected = np.array([float(table.width(channel)) for table in direct])
        found = sum(term.weight(AXIS) * float(part.width(channel)) for term, part in zip(terms, parts, strict=True))
        assert np.allclose(found, expected, rtol=1e-9, atol=1e-12 * float(direct[-1].total))
        checked += bool(expected.any())
    assert checked > 0


@pytest.mark.parametrize("name", model_names())
def test_models_with_one_coupling_are_proportional(name: str) -> None:
    model = make_model(name, **({"gV_mu": 1.0} if name == "custom" else {}))
    assert is_proportional(model)
    assert len(structures(model)) == 1
    point = at_point(model, 2e-3)
    assert point.couplings(0.2) == at_point(point, 1.0).couplings(0.2)
    assert point.couplings(0.2).gv("mu") == pytest.approx(2e-3 * model.couplings(0.2).gv("mu"))
    assert DecayTable(point, 0.2).total == pytest.approx(4e-6 * DecayTable(model, 0.2).total, rel=1e-12)
    assert relative_rate(model, AXIS, lambda _: 1.0) == pytest.approx(AXIS**2)


def test_points_keep_what_loops_and_dark_matter_make_of_a_model() -> None:
    model = make_model("L_mu-L_tau", dark_matter="dirac", dark_matter_coupling=3.0)
    point = at_point(model, 1e-2)
    for channel in ("e+ e-", "chi chibar", "nu nubar"):
        ours, theirs = (float(DecayTable(m, 0.4).width(channel)) for m in (point, model))
        assert ours == pytest.approx(1e-4 * theirs, rel=1e-12)
    assert at_point(make_model("B"), 0.1).anomaly() == pytest.approx(0.15)


def test_couplings_that_are_not_linear_are_refused() -> None:
    class Bent(Model):
        name = "bent"
        title = "for this test"

        def couplings_at(self, coupling: float, mass: float | None = None) -> Couplings:  # noqa: ARG002
            return Couplings({"e": coupling**2 + 0.1})

    with pytest.raises(UserError, match="not linear"):
        structures(Bent())


# --- products -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mass", [0.3, 1.2])
def test_the_mix_of_vector_and_axial_decays_follows_the_axis(mass: float) -> None:
    """Densities of e+ e- and mu+ mu- put together from the sampled modes, against those of each coupling."""
    model = _models()["epsilon"]
    found = decays_along(model, mass, AXIS, None, DecaySettings(), invisible=True)
    for channel in ("e+ e-", "mu+ mu-"):
        rows = [k for k, mode in enumerate(found.modes) if mode.name == channel]
        assert len(rows) == 3
        shapes = np.array([_normalised(found.modes[k].primary.angular) for k in rows])
        shares = found.factors[rows] * np.array([[found.modes[k].branching_ratio] for k in rows])
        for i, g in enumerate(AXIS):
            table = DecayTable(at_point(model, float(g)), mass)
            expected = _normalised(primary_decay(table, channel).angular) * float(table.branching_ratio(channel))
            assert shares[:, i] @ shapes == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert found.counted == pytest.approx(1.0, rel=1e-9)
    single = [mode.name for mode in found.modes].count
    assert single("pi+ pi-") == single("nu_mu nubar_mu") == 1


def _normalised(angular: tuple[float, float, float]) -> np.ndarray:
    """(a, b, c) with the mean over directions at 1 for a boson without alignment: a + b/3."""
    shape = np.array(angular)
    return shape / (shape[0] + shape[1] / 3.0)


def test_bremsstrahlung_follows_both_form_factors() -> None:
    """Densities at a few bosons from the terms, against the density at each coupling."""
    plan = Plan(load_card(_card({"epsilon_Z": 3e-7, "coupling": {"min": 1e-9, "max": 1e-5, "points": 5}})))
    chains, names = plan.chains(0.3)
    made = [c.channel for c, name in zip(chains, names, strict=True) if name == "proton_bremsstrahlung"]
    assert len(made) == 3
    axis = plan.card.model.couplings
    draws = made[0].draw(np.random.default_rng(2).random((40, 3)))
    rows, share = [], np.empty(40)
    for channel in made:
        density = np.empty(40)
        emission_density(draws.boson, channel._form, channel._factors, channel._beam, density, share)
        rows.append(density)
    found = sum(np.outer(channel.coefficient(axis), row) for channel, row in zip(made, rows, strict=True))
    for i, g in enumerate(axis):
        single = Plan(load_card(_card({"epsilon_Z": 3e-7, "coupling": float(g)})))
        (alone,) = [c.channel for c in single.chains(0.3, float(g))[0] if c.channel.name == "p p -> V X"]
        density = np.empty(40)
        emission_density(draws.boson, alone._form, alone._factors, alone._beam, density, share)
        assert found[i] == pytest.approx(density, rel=1e-9)


# --- runs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "axis"),
    [
        ({"epsilon_Z": 2e-7}, {"min": 3e-8, "max": 3e-6, "points": 3}),
        ({"scan": "epsilon_Z", "epsilon": 1e-6}, {"min": 1e-7, "max": 3e-6, "points": 3}),
    ],
)
def test_an_axis_equals_runs_at_its_couplings(model: dict[str, Any], axis: dict[str, Any]) -> None:
    """Signal, error and lifetime where epsilon and epsilon_Z are of one size; 4 standard deviations."""
    whole = lvgen.run(_card(model | {"coupling": axis}))
    for i, g in enumerate(whole.map.coupling):
        single = lvgen.run(_card(model | {"coupling": float(g)}, run={"seed": 8, "precision": 0.02}))
        n, error = whole.map.total[0, i], whole.map.error["total"][0, i]
        alone, alone_error = single.map.total[0, 0], single.map.error["total"][0, 0]
        assert n > 0.1
        assert abs(n - alone) < 4.0 * np.hypot(error, alone_error)
        assert error < 0.05 * n
        assert whole.map.ctau[0, i] == pytest.approx(single.map.ctau[0, 0], rel=1e-9)


def test_without_epsilon_z_it_is_the_dark_photon_bit_for_bit() -> None:
    axis = {"min": 1e-7, "max": 1e-5, "points": 3}
    dark_z, photon, scan = (
        lvgen.run(_card(model | {"coupling": axis}))
        for model in ({}, {"name": "dark_photon"}, {"scan": "epsilon_Z", "epsilon": 0.0})
    )
    assert (dark_z.map.total == photon.map.total).all()
    assert (dark_z.map.ctau == photon.map.ctau).all()
    # epsilon_Z alone goes with its own square, and is another boson
    assert scan.map.ctau[0, 0] == pytest.approx(1e4 * scan.map.ctau[0, 2], rel=1e-9)
    assert scan.info["model"]["scan"] == scan.map.coupling_name == "epsilon_Z"


def test_events_at_one_coupling_stand_for_the_same_signal() -> None:
    model = {"epsilon_Z": 2e-7, "coupling": 3e-7}
    made = lvgen.run(_card(model, events={"number": 400, "formats": ["parquet"]}))
    n, error = made.map.total[0, 0], made.map.error["total"][0, 0]
    events = made.info["yields"]["events"]
    assert abs(events["expected"] - n) < 4.0 * np.hypot(error, events["error"])


def test_what_is_refused_says_which_key() -> None:
    for model, sections, key in (
        ({"epsilon_Z": 1e-4, "coupling": 1e-4}, {"sensitivity": {"width_uncertainty": True}}, "width_uncertainty"),
        ({"scan": "charges", "coupling": 1e-4}, {}, "scan"),
        ({"scan": "epsilon_Z", "epsilon_Z": 1e-4, "coupling": 1e-4}, {}, "epsilon_Z"),
        ({"epsilon": 1e-4, "coupling": 1e-4}, {}, "epsilon"),
        ({"g_D_e": "gone", "coupling": 1e-4}, {}, "g_D_e"),
    ):
        with pytest.raises(UserError) as caught:
            Plan(load_card(_card(model, **sections)))
        assert key in (caught.value.key or "")


def test_a_process_that_knows_one_coupling_only_is_refused(tmp_path: Path) -> None:
    """A user's own one, whose coefficient is the coupling squared; with one coupling it is taken."""
    own = tmp_path / "plain.py"
    own.write_text(
        "from lvgen.production import Process\n"
        "class Plain(Process):\n"
        "    name, title = 'plain', 'for this test'\n"
        "    def mass_range(self, model, options):\n"
        "        return 0.0, 1.0\n"
        "    def channels(self, setup, mass):\n"
        "        return []\n"
        "process = Plain()\n"
    )
    production = {"processes": [str(own), "meson_decay"]}
    Plan(load_card(_card({"coupling": 1e-4}, production=production)))
    with pytest.raises(UserError, match="plain takes rates to go with the coupling squared"):
        Plan(load_card(_card({"coupling": 1e-4, "epsilon_Z": 1e-4}, production=production)))


def test_a_scan_reads_back_as_it_was_written() -> None:
    card = load_card(_card({"scan": "epsilon_Z", "epsilon": 1e-5, "coupling": 1e-4, "g_D_e": "cancel"}))
    assert load_card(card.as_table()).sha256() == card.sha256()
    couplings = at_point(Plan(card).model, 1e-4).couplings()
    assert couplings.gv("e") == 0.0
    assert couplings.ga("e") > 0.0
