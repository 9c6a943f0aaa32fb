"""The quark picture: strong coupling, QCD corrections, and where it takes over from exclusive channels."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from lvgen.decays.coefficients import channel_widths, meson_couplings
from lvgen.decays.quarks import (
    alpha_s,
    axial_quark_width,
    open_flavours,
    qcd_correction,
    quark_width,
    transition_mass,
    vector_quark_width,
)
from lvgen.models.base import Couplings

REFERENCE = Path(__file__).parent / "reference" / "hadronic_two_body.csv"
CHARGE = 0.302822
ELECTRIC = {"u": 2 / 3, "d": -1 / 3, "s": -1 / 3, "c": 2 / 3, "b": -1 / 3, "t": 2 / 3}
DARK_PHOTON = Couplings({quark: CHARGE * charge for quark, charge in ELECTRIC.items()})
BARYONIC = Couplings(dict.fromkeys("udscbt", 1 / 3))
PROTOPHOBIC = Couplings({"u": 1 / 3, "c": 1 / 3, "d": -2 / 3, "s": -2 / 3, "b": -2 / 3})


def exclusive(mass: float, couplings: Couplings) -> float:
    widths = channel_widths(np.array([mass]), meson_couplings(couplings))
    return float(sum(values[0] for values in widths.values()))


def test_strong_coupling_of_the_reference_program() -> None:
    scale = np.array([1.0 + 1e-9, 1.26, 1.28, 1.5, 1.7, 1.95])
    got = alpha_s(scale, np.full(6, 3), compatible=True)
    assert got == pytest.approx([0.3745, 0.3173, 0.3426, 0.3125, 0.2928, 0.2743], abs=1e-4)


def test_strong_coupling_of_the_world_average() -> None:
    """PDG: alpha_s(m_Z) = 0.1180 +- 0.0009 and alpha_s(m_tau) = 0.314 +- 0.014 with three flavours."""
    assert alpha_s(np.array([91.19]), np.array([5]))[0] == pytest.approx(0.1180, abs=0.0012)
    assert alpha_s(np.array([1.777]), np.array([3]))[0] == pytest.approx(0.314, abs=0.014)
    step = alpha_s(np.array([3.73, 9.46]), np.array([3, 4])) / alpha_s(np.array([3.73, 9.46]), np.array([4, 5]))
    assert step == pytest.approx(1.0, abs=0.05)


def test_qcd_corrections() -> None:
    mass = np.array([1.5, 1.7])
    assert 1 + qcd_correction(mass, 0.0, compatible=True) == pytest.approx([1.0951, 1.0911], abs=1e-4)
    assert 1 + qcd_correction(mass, 1.0, compatible=True) == pytest.approx([1.0923, 1.0888], abs=1e-4)
    assert not qcd_correction(np.array([0.3, 1.0]), 0.0).any()
    assert qcd_correction(mass, 0.0) == pytest.approx(qcd_correction(mass, 0.0, compatible=True), abs=0.01)


def test_quark_width_of_the_reference_program() -> None:
    with REFERENCE.open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(x for x in file if not x.startswith("#")) if r["channel"] == "quarks"]
    assert len(rows) > 50
    for row in rows:
        couplings = {"dark_photon": DARK_PHOTON, "B": BARYONIC}[row["model"]]
        got = quark_width(np.array([float(row["mass_GeV"])]), couplings, compatible=True)[0]
        assert got == pytest.approx(float(row["width_GeV"]), rel=float(row["rel_tolerance"])), row


def test_flavours_open_one_by_one() -> None:
    assert open_flavours(np.array([1.0, 3.7, 3.73, 9.45, 9.46])).tolist() == [3, 3, 4, 4, 5]
    charm = Couplings({"c": 1.0})
    assert vector_quark_width(np.array([3.7]), charm)[0] == 0.0
    assert vector_quark_width(np.array([3.8]), charm)[0] > 0.0
    # far above every threshold, R -> 3 sum q^2 (1 + alpha_s/pi + ...)
    r = quark_width(np.array([90.0]), DARK_PHOTON)[0] * 12 * math.pi / 90.0 / CHARGE**2
    assert r == pytest.approx(11 / 3 * 1.039, rel=2e-3)


def test_transition_of_the_reference_program() -> None:
    assert transition_mass(DARK_PHOTON, compatible=True) == pytest.approx(1.700, abs=0.0035)
    assert transition_mass(BARYONIC, compatible=True) == pytest.approx(1.736, abs=0.0035)


@pytest.mark.parametrize("couplings", [DARK_PHOTON, BARYONIC])
def test_width_is_continuous_at_the_transition(couplings: Couplings) -> None:
    mass = transition_mass(couplings)
    assert 1.5 < mass < 2.0
    assert exclusive(mass, couplings) == pytest.approx(quark_width(np.array([mass]), couplings)[0], rel=1e-5)
    # and it is the last crossing: the quarks win from there to 2 GeV
    for above in np.linspace(mass + 0.002, 2.0, 20):
        assert exclusive(above, couplings) < quark_width(np.array([above]), couplings)[0]


def test_transition_without_a_crossing_is_the_closest_approach() -> None:
    mass = transition_mass(PROTOPHOBIC)
    grid = np.linspace(1.5, 2.0, 101)
    ratio = [exclusive(m, PROTOPHOBIC) / quark_width(np.array([m]), PROTOPHOBIC)[0] for m in grid]
    assert max(ratio) < 1.0
    assert mass == pytest.approx(grid[int(np.argmax(ratio))], abs=0.006)
    assert max(ratio) > 0.9


def test_transition_does_not_depend_on_the_size_of_the_couplings() -> None:
    small = Couplings({quark: 1e-9 * BARYONIC.gv(quark) for quark in "udscbt"})
    assert transition_mass(small) == pytest.approx(transition_mass(BARYONIC), abs=1e-9)


def test_leptonic_models_have_no_quark_width() -> None:
    leptonic = Couplings({"mu": 1.0, "tau": -1.0})
    mass = np.array([0.5, 1.7, 5.0, 10.0])
    assert not quark_width(mass, leptonic).any()
    assert transition_mass(leptonic) == 1.5
    assert np.isfinite(transition_mass(Couplings({"b": 1.0})))


def test_axial_estimate() -> None:
    axial = Couplings({}, {"u": 0.4, "d": -0.4, "s": -0.4})
    mass = np.array([0.41, 0.5, 1.9, 3.0])
    width = axial_quark_width(mass, axial)
    assert width[0] == 0.0
    assert np.all(np.diff(width) > 0)
    assert not vector_quark_width(mass, axial).any()
    assert quark_width(mass, axial) == pytest.approx(width)
    # chiral limit: axial and vector couplings give one width
    vector = Couplings({"u": 0.4, "d": -0.4})
    heavy = np.array([60.0])
    same = axial_quark_width(heavy, Couplings({}, {"u": 0.4, "d": -0.4}))
    assert same == pytest.approx(vector_quark_width(heavy, vector), rel=1e-3)
