"""The fit of b -> s l l against the text's chi^2, the Standard Model's own penguins, and its structure."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lvgen.cli.main import main
from lvgen.fits import b_sll
from lvgen.flavour.constants import LOOP_MASSES, SIN2_W, W_MASS, Z_MASS
from lvgen.flavour.loops import c0, d0
from lvgen.flavour.neutral_current import left_handed_coupling
from lvgen.models.registry import make_model

UNIT = {"epsilon": 1.0, "epsilon_Z": 1.0}


def test_chi2_of_the_standard_model() -> None:
    """93.56 and 84.30 are printed; the error of the observable that the printed table lacks is a neighbour's."""
    assert len(b_sll.observables()) == 27
    assert b_sll.chi2(b_sll.CASES["A"], None, {}) == pytest.approx(93.56, rel=0.015)
    assert b_sll.chi2(b_sll.CASES["C"], None, {}) == pytest.approx(84.30, rel=0.015)


def penguins(function: Any) -> float:
    """Top over up quark, which is what V_tb V_ts* multiplies up to the small up part."""
    top, up = ((m / W_MASS) ** 2 for m in (LOOP_MASSES[2], LOOP_MASSES[0]))
    return float(function(top) - function(up))


def test_the_true_z_gives_the_standard_models_c10() -> None:
    """A boson of the Z's mass and couplings: C10 = -C_0/s_W^2, up to the W's mass from G_F and alpha (2 %)."""
    half = b_sll.lepton_couplings("mu", {"epsilon": 0.0, "epsilon_Z": 1.0}, True)
    c10 = b_sll.wilson(Z_MASS, half[1], {"epsilon": 0.0, "epsilon_Z": 1.0}, np.array([1e-6]))[0]
    assert c10.real == pytest.approx(-penguins(c0) / SIN2_W, rel=0.1)
    assert c10.real < 0
    c9 = b_sll.wilson(Z_MASS, half[0], {"epsilon": 0.0, "epsilon_Z": 1.0}, np.array([1e-6]))[0]
    assert c9.real / c10.real == pytest.approx(-1 + 4 * SIN2_W, rel=1e-9)


def test_the_true_photon_gives_the_standard_models_c9() -> None:
    """A massless boson with the photon's couplings: C9 = -D_0 of the top quark minus that of charm."""
    gv, ga = b_sll.lepton_couplings("mu", {"epsilon": 1.0, "epsilon_Z": 0.0}, True)
    assert ga == 0.0
    c9 = b_sll.wilson(0.0, gv, {"epsilon": 1.0, "epsilon_Z": 0.0}, np.array([2.0]))[0]
    charm, up = ((m / W_MASS) ** 2 for m in (LOOP_MASSES[1], LOOP_MASSES[0]))
    # V_cb V_cs* = -V_tb V_ts* up to the up quark's 2 %
    expected = -penguins(d0) + d0(charm) - d0(up)
    assert c9.real == pytest.approx(expected, rel=0.1)


def test_decays_take_the_same_penguins() -> None:
    """B -> K V of a boson with both mixings: up to the overall sign, and the Z penguin's small part in q^2."""
    point, mass = {"epsilon": 1e-2, "epsilon_Z": 1e-5}, 2.0
    model = make_model("dark_Z", epsilon_Z=point["epsilon_Z"])
    found = left_handed_coupling(model, point["epsilon"], mass, "b", "s")
    assert -found == pytest.approx(b_sll.quark_coupling(point, mass**2), rel=1e-3)


def test_best_points() -> None:
    """Case A is within 1.5 of the printed chi^2; C finds the printed minimum, at 3 times the printed coupling."""
    a, c = b_sll.CASES["A"], b_sll.CASES["C"]
    assert b_sll.chi2(a, 0.01007, {"epsilon": 1.6e-5, "epsilon_Z": 0.002}) == pytest.approx(85.8, abs=1.5)
    found = b_sll.fit(c, start_points=10)
    assert found.chi2 == pytest.approx(56.9, abs=3.0)
    assert found.pull == pytest.approx(5.23, abs=0.3)
    assert 0.03 < -found.best["g_D_mu"] < 0.15
    assert b_sll.chi2(c, 0.0302, {"g_D_mu": 0.033}) > found.chi2_sm


def test_light_bosons_are_alike() -> None:
    """Far below q^2 the exchange knows no mass."""
    values = [b_sll.chi2(b_sll.CASES["C"], m, {"g_D_mu": -0.1}) for m in (0.002, 0.005)]
    assert values[0] == pytest.approx(values[1], rel=1e-4)


def test_a_boson_in_the_electron_bin_is_excluded() -> None:
    """Above 30 MeV it is on shell in B0 -> K*0 e+ e-: the text's sharp drop of epsilon_Z."""
    point = {"epsilon": 1e-5, "epsilon_Z": 2e-4}
    a = b_sll.CASES["A"]
    assert b_sll.chi2(a, 0.029, point) < 94
    assert b_sll.chi2(a, 0.031, point) > 1e3


def test_command(tmp_path: Path, capsys: Any) -> None:
    table, figure = tmp_path / "c.csv", tmp_path / "c.png"
    assert main(["fit", "b_sll", "--case", "C", "--csv", str(table), "--plot", str(figure), "--points", "8"]) == 0
    assert "chi2 83.58" in capsys.readouterr().out
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert len(rows) == 21
    assert all(math.isfinite(float(row["best"])) for row in rows)
    assert figure.stat().st_size > 10_000
    assert main(["fit", "b_sll", "--case", "D"]) == 2
