"""Widths of the dark photon against another program, printed values and limits."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import lvgen
from lvgen.decays.modes import open_modes
from lvgen.decays.widths import fermion_width, pion_form_factor, two_pion_width
from lvgen.particles import mass
from lvgen.units import ALPHA, HBARC

REFERENCE = Path(__file__).parent / "reference" / "dark_photon_widths.csv"


def rows():
    with REFERENCE.open() as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@pytest.mark.parametrize("row", rows(), ids=lambda r: f"{r['channel']} {r['mass_GeV']}")
def test_against_deliver(row):
    table = lvgen.model("dark_photon").decay_table(float(row["mass_GeV"]))
    value = table.total if row["channel"] == "total" else table.width(row["channel"])
    assert value == pytest.approx(float(row["width_GeV"]), rel=float(row["rel_tolerance"]))


def test_electron_width_in_the_massless_limit():
    table = lvgen.model("dark_photon").decay_table(0.05)
    assert table.width("e+ e-") == pytest.approx(ALPHA * 0.05 / 3, rel=1e-6)
    assert table.ctau == pytest.approx(HBARC / (ALPHA * 0.05 / 3), rel=1e-6)
    assert table.branching_ratio("e+ e-") == 1.0


@pytest.mark.parametrize(("gv", "ga", "power"), [(1.0, 0.0, 1), (0.0, 1.0, 3)])
def test_threshold_powers_of_fermions(gv, ga, power):
    """A vector coupling opens with beta, an axial one with beta^3."""
    m = 0.1
    betas = np.array([1e-3, 2e-3])
    width = fermion_width(2 * m / np.sqrt(1 - betas**2), m, gv, ga)
    assert width[1] / width[0] == pytest.approx(2.0**power, rel=1e-4)


def test_pions_open_with_beta_cubed():
    m = 0.13957039
    betas = np.array([1e-2, 2e-2])
    width = two_pion_width(2 * m / np.sqrt(1 - betas**2), 1.0)
    assert width[1] / width[0] == pytest.approx(8.0, rel=1e-2)
    assert two_pion_width(np.array([0.2]), 1.0)[0] == 0.0


def test_pion_form_factor_at_printed_points():
    """Values at c_rho = 1 of the amplitude of arXiv:1002.0279 as an independent program gives them."""
    expected = [1.845316 + 0.174170j, -0.591916 + 6.592437j, -0.962988 + 0.070350j]
    assert np.allclose(pion_form_factor(np.array([0.5, 0.775, 1.2])), expected, atol=2e-6)


def test_form_factor_is_one_for_a_charge_seen_from_far():
    """Towards threshold |F| approaches 1 + <r^2> s / 6 with the measured radius of 0.659 fm (PDG)."""
    m = 2 * 0.13957039 * 1.0001
    radius2 = (0.659 / 0.1973269804) ** 2
    assert abs(pion_form_factor(np.array([m]))[0]) == pytest.approx(1 + radius2 * m**2 / 6, rel=0.05)


def test_shapes_and_closed_masses():
    model = lvgen.model("dark_photon")
    table = model.decay_table([[0.0005, 0.05], [0.3, 0.5]])
    assert np.shape(table.total) == (2, 2)
    assert table.ctau[0, 0] == np.inf
    assert table.branching_ratio("e+ e-")[0, 0] == 0.0
    assert np.ndim(model.decay_table(0.1).total) == 0
    total = sum(table.branching_ratio(name) for name in table.channels)
    assert np.allclose(total, [[0, 1], [1, 1]])


def test_refusals():
    model = lvgen.model("dark_photon")
    with pytest.raises(KeyError, match=r"did you mean 'e\+ e-'"):
        model.decay_table(0.1).width("e+e-")
    with pytest.raises(ValueError, match=r"above 0\.6 GeV"):
        model.decay_table(0.7)
    for bad in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="positive and finite"):
            model.decay_table(bad)
    with pytest.raises(ValueError, match="unknown model 'dark_foton'"):
        lvgen.model("dark_foton")
    with pytest.raises(ValueError, match="parameter of model dark_photon"):
        lvgen.model("dark_photon", lam=0.3)


def test_angular_densities():
    """<cos^2> of helicity amplitudes: transverse 2/5, longitudinal 1/5 for light fermions, 1/5 and 3/5 for scalars."""

    def mean_square(mode, f):
        a, b = mode.angular(f)
        return (a / 3 + b / 5) / (a + b / 3)

    modes = {m.name: m for m in open_modes(lvgen.model("dark_photon").decay_table(0.5), None)}
    assert mean_square(modes["e+ e-"], 0.0) == pytest.approx(2 / 5, rel=1e-5)
    assert mean_square(modes["e+ e-"], 1.0) == pytest.approx(1 / 5, rel=1e-5)
    assert mean_square(modes["e+ e-"], 1 / 3) == pytest.approx(1 / 3, rel=1e-6)
    assert mean_square(modes["mu+ mu-"], 1 / 3) == pytest.approx(1 / 3, rel=1e-6)
    assert mean_square(modes["pi+ pi-"], 0.0) == pytest.approx(1 / 5)
    assert mean_square(modes["pi+ pi-"], 1.0) == pytest.approx(3 / 5)
    assert mean_square(modes["pi+ pi-"], 1 / 3) == pytest.approx(1 / 3)
    # near threshold fermions lose their polarisation: s-wave
    heavy = open_modes(lvgen.model("dark_photon").decay_table(2.00001 * mass("mu-")), ("mu+ mu-",))[0]
    assert mean_square(heavy, 0.0) == pytest.approx(1 / 3, rel=1e-3)
