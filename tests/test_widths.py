"""Widths of every model against another program, measured resonances, symmetries and limits."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

import lvgen
from lvgen.decays.invisible import dark_matter_width
from lvgen.decays.leptonic import fermion_width, three_photon_width
from lvgen.decays.modes import INVISIBLE, DecaySettings, open_modes
from lvgen.models.dark_matter import DarkMatter
from lvgen.models.registry import model_names
from lvgen.particles import mass
from lvgen.units import ALPHA, E_CHARGE, GEV2_TO_PB, HBARC

REFERENCE = Path(__file__).parent / "reference" / "widths_deliver.csv"
GAUGED = [name for name in model_names() if name not in ("custom", "dark_photon", "muonic_U1d_phi")]


def rows(model):
    with REFERENCE.open() as file:
        found = csv.DictReader(line for line in file if not line.startswith("#"))
        return [row for row in found if row["model"] == model]


@pytest.mark.parametrize("model", ["dark_photon", "B", "B-L"])
def test_against_deliver(model):
    """Every channel above 0.3 % of the total, and the totals, at 45 masses."""
    given = rows(model)
    masses = sorted({float(row["mass_GeV"]) for row in given})
    table = lvgen.model(model, compatible="deliver").decay_table(masses)
    assert len(masses) == 45
    wrong = []
    for row in given:
        values = table.total if row["channel"] == "total" else table.width(row["channel"])
        value, expected = values[masses.index(float(row["mass_GeV"]))], float(row["width_GeV"])
        if abs(value / expected - 1) > float(row["rel_tolerance"]):
            wrong.append((row["channel"], row["mass_GeV"], value, expected))
    assert not wrong


@pytest.mark.parametrize("model", ["dark_photon", "B", "B-L"])
def test_what_is_right_differs_little_from_deliver(model):
    masses = np.array([0.3, 0.5, 0.7, 0.7825, 0.9, 1.0195, 1.2, 1.5, 1.65, 1.9])
    ours = lvgen.model(model).decay_table(masses)
    theirs = lvgen.model(model, compatible="deliver").decay_table(masses)
    assert np.any(ours.width("pi0 gamma") / theirs.width("pi0 gamma") > 1.01)
    assert np.allclose(ours.total[2:], theirs.total[2:], rtol=1e-2)


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


@pytest.mark.parametrize(("channel", "m"), [("pi+ pi-", 0.13957039), ("K+ K-", 0.493677), ("K0 K0bar", 0.497611)])
def test_pseudoscalars_open_with_beta_cubed(channel, m):
    betas = np.array([5e-3, 1e-2])
    table = lvgen.model("dark_photon").decay_table([*(2 * m / np.sqrt(1 - betas**2)), 2 * m * (1 - 1e-6)])
    width = table.width(channel)
    assert width[1] / width[0] == pytest.approx(8.0, rel=3e-2)
    assert width[2] == 0.0


def test_left_handed_neutrinos_have_half_a_width():
    table = lvgen.model("B-L").decay_table(0.9)
    assert table.width("nu nubar") == pytest.approx(1.5 * float(fermion_width(np.array([0.9]), 0.0, 1.0)[0]))
    assert table.width("nu nubar") == pytest.approx(3 * table.width("nu_mu nubar_mu"))
    assert {"nu_e nubar_e", "nu_mu nubar_mu", "nu_tau nubar_tau"} < set(table.channels)


@pytest.mark.parametrize("flavour", ["e", "mu", "tau"])
def test_lepton_flavours(flavour):
    """A charge of three under one lepton number gives nine times the width of a charge of one, and nothing else."""
    m = 2.9 if flavour != "tau" else 2.99
    three = lvgen.model(f"B-3L_{flavour}", kinetic_mixing=0).decay_table(m)
    one = lvgen.model("B-L").decay_table(m)
    nu = f"nu_{flavour} nubar_{flavour}"
    assert three.width("nu nubar") == three.width(nu) == pytest.approx(9 * one.width(nu))
    assert three.width("hadrons") == one.width("hadrons")


def test_taus_open():
    table = lvgen.model("L_mu-L_tau", kinetic_mixing=0).decay_table([3.55, 9.0])
    assert table.width("tau+ tau-")[0] == 0.0
    m, m_tau = 9.0, mass("tau-")
    expected = m / (12 * math.pi) * (1 + 2 * (m_tau / m) ** 2) * math.sqrt(1 - 4 * (m_tau / m) ** 2)
    assert table.width("tau+ tau-")[1] == pytest.approx(expected)


@pytest.mark.parametrize("model", ["dark_photon", *GAUGED])
def test_channels_make_up_the_total(model):
    masses = np.append(np.geomspace(1e-4, 2.99, 60), [0.78265, 1.01946])
    table = lvgen.model(model).decay_table(masses)
    shares = sum(table.branching_ratio(name) for name in table.channels)
    assert np.allclose(shares, np.where(table.total > 0, 1.0, 0.0))
    assert all(np.all(table.width(name) >= 0) for name in table.channels)
    for name, members in table.sums.items():
        assert np.allclose(table.width(name), sum(table.width(m) for m in members))
        assert np.allclose(table.branching_ratio(name), sum(table.branching_ratio(m) for m in members))
    hadrons, quarks = table.branching_ratio("hadrons"), table.branching_ratio("quarks")
    assert not np.any(hadrons[masses > table.transition])
    assert not np.any(quarks[masses <= table.transition])


@pytest.mark.parametrize(("model", "expected"), [("dark_photon", 1.700), ("B", 1.736), ("B-L", 1.736)])
def test_where_quarks_take_over(model, expected):
    assert lvgen.model(model, compatible="deliver").decay_table(1.0).transition == pytest.approx(expected, abs=2e-3)


def test_quarks_take_over_in_every_model_with_quarks():
    """Also where the two curves never cross, as for the protophobic boson."""
    for name in model_names():
        table = lvgen.model(name).decay_table(1.0)
        has_quarks = any(table.model.couplings().gv(q) for q in "udscbt")
        assert 1.5 <= table.transition < 2.0 if has_quarks else table.transition == np.inf


def test_isospin():
    """B-type bosons are isoscalar: no two pions, no four; their K K pi and omega pi0 come from omega and phi alone."""
    table = lvgen.model("B-L").decay_table([0.775, 1.3, 1.6])
    for name in ("pi+ pi-", "4pi", "6pi", "omega pi0", "phi pi0", "eta pi+ pi-", "eta' pi+ pi-"):
        assert not np.any(table.width(name))
    for name in ("omega pi pi", "phi pi pi"):
        charged, neutral = table.width(name.replace("pi pi", "pi+ pi-")), table.width(name.replace("pi pi", "pi0 pi0"))
        assert charged[2] == pytest.approx(2 * neutral[2], rel=0.08)
    # an isovector boson without strangeness: neither omega nor phi
    vector = lvgen.model("custom", gV_u=0.5, gV_d=-0.5).decay_table([0.775, 1.3, 1.6])
    for name in ("omega pi pi", "phi pi pi", "eta omega", "eta phi"):
        assert not np.any(vector.width(name))
    assert np.all(vector.width("pi+ pi-") > 0)
    # charged and neutral kaons from an s quark alone differ by their masses only
    strange = lvgen.model("custom", gV_s=1.0).decay_table(1.3)
    assert strange.width("K+ K-") == pytest.approx(float(strange.width("K0 K0bar")), rel=0.1)


#: resonance, final state, B(V -> e+ e-) and B(V -> final state) of the Review of Particle Physics 2022, and by how much
#: the peak of the cross-section may differ (other resonances underneath, vacuum polarisation)
PEAKS = (
    ("omega", "pi+ pi- pi0", 7.38e-5, 0.892, 0.08),
    ("omega", "pi0 gamma", 7.38e-5, 0.0835, 0.25),
    ("phi", "K+ K-", 2.979e-4, 0.491, 0.09),
    ("phi", "K0 K0bar", 2.979e-4, 0.339, 0.09),
    ("phi", "pi+ pi- pi0", 2.979e-4, 0.154, 0.12),
    ("phi", "eta gamma", 2.979e-4, 0.01301, 0.09),
)


@pytest.mark.parametrize(("resonance", "channel", "ee", "final", "tolerance"), PEAKS, ids=lambda x: str(x))
def test_measured_resonances(resonance, channel, ee, final, tolerance):
    """sigma(e+ e- -> V -> f) at the peak is 12 pi B_ee B_f / m^2, and 16 pi^2 alpha^2 Gamma_f / (e^2 s^(3/2))."""
    grid = np.linspace(mass(resonance) - 3e-3, mass(resonance) + 3e-3, 121)
    width = lvgen.model("dark_photon").decay_table(grid).width(channel)
    ours = np.max(16 * math.pi**2 * ALPHA**2 * width / E_CHARGE**2 / grid**3) * GEV2_TO_PB
    assert ours == pytest.approx(12 * math.pi * ee * final / mass(resonance) ** 2 * GEV2_TO_PB, rel=tolerance)


def test_quarks_have_the_measured_r_in_the_continuum():
    """R is 2.2 to 2.3 between 2 and 3 GeV (BES, hep-ex/0102003; KEDR, arXiv:1610.02827), 2 for free quarks."""
    masses = np.array([2.2, 2.6, 2.99])
    table = lvgen.model("dark_photon").decay_table(masses)
    ratio = 12 * math.pi * table.width("quarks") / E_CHARGE**2 / masses
    assert ratio == pytest.approx(2.2, rel=0.06)
    assert table.width("quarks") + table.width("e+ e-") + table.width("mu+ mu-") == pytest.approx(table.total)


@pytest.mark.parametrize(("species", "power"), [("complex_scalar", 3), ("majorana", 3), ("dirac", 1)])
def test_threshold_powers_of_dark_matter(species, power):
    betas = np.array([1e-3, 2e-3])
    width = [dark_matter_width(np.ones(1), DarkMatter(species, 0.5 * math.sqrt(1 - b**2), 1.0, 0.0))[0] for b in betas]
    assert width[1] / width[0] == pytest.approx(2.0**power, rel=1e-4)


def test_dark_matter_in_the_massless_limit():
    """Dirac : Majorana : complex scalar is 4 : 2 : 1; an inelastic pair without splitting is a Dirac fermion."""
    widths = {
        species: dark_matter_width(np.array([0.3]), DarkMatter(species, 1e-5, 0.7, 0.0))[0]
        for species in ("dirac", "majorana", "complex_scalar", "inelastic")
    }
    assert widths["dirac"] == pytest.approx(0.49 * 0.3 / (12 * math.pi))
    assert widths["majorana"] == pytest.approx(widths["dirac"] / 2)
    assert widths["complex_scalar"] == pytest.approx(widths["dirac"] / 4)
    assert widths["inelastic"] == pytest.approx(widths["dirac"])
    heavy = [dark_matter_width(np.array([0.3]), DarkMatter(s, 0.3, 0.7, 0.0))[0] for s in ("dirac", "inelastic")]
    assert heavy[0] == pytest.approx(heavy[1])


def test_inelastic_dark_matter_against_the_squared_matrix_element():
    """Gamma = k/(8 pi M^2) <|M|^2>, <|M|^2> = (4 g^2/3) [E1 E2 + 2 m1 m2 + ... ] summed with (-g + QQ/M^2)."""
    m, ratio, splitting = 1.0, 0.3, 0.4
    m1, m2 = ratio, ratio * (1 + splitting)
    e1, e2 = (m**2 + m1**2 - m2**2) / 2, (m**2 + m2**2 - m1**2) / 2
    k = math.sqrt(e1**2 - m1**2)
    p12 = e1 * e2 + k**2
    # trace of vector currents contracted with -g_ab + Q_a Q_b / M^2, over 3 polarisations
    squared = 4 * (2 * p12 - 4 * p12 - 4 * m1 * m2) * -1 + 4 * (2 * e1 * e2 * m**2 - m**2 * (p12 + m1 * m2)) / m**2
    expected = k / (8 * math.pi * m**2) * squared / 3
    value = dark_matter_width(np.ones(1), DarkMatter("inelastic", ratio, 1.0, splitting))[0]
    assert value == pytest.approx(expected, rel=1e-10)
    closed = dark_matter_width(np.ones(1), DarkMatter("inelastic", 0.45, 1.0, 0.4))
    assert closed[0] == 0.0


def test_dark_matter_in_a_table():
    with_chi = lvgen.model("B-L", dark_matter="majorana", dark_matter_coupling=2.0).decay_table([0.1, 0.5])
    without = lvgen.model("B-L").decay_table([0.1, 0.5])
    assert with_chi.width("chi chibar") == pytest.approx(4 * with_chi.mass * (1 - 4 / 9) ** 1.5 / (24 * math.pi))
    assert with_chi.total == pytest.approx(without.total + with_chi.width("chi chibar"))
    assert "chi chibar" not in without.channels


def test_three_photons_below_two_electrons():
    m_e = mass("e-")
    table = lvgen.model("dark_photon").decay_table([m_e, 1.99 * m_e, 2.01 * m_e])
    assert table.channels == ["e+ e-", "3 gamma"]
    assert np.array_equal(table.branching_ratio("3 gamma"), [1.0, 1.0, 0.0])
    # light boson: 17 alpha^3 alpha' M^9 / (2^7 3^6 5^3 pi^3 m_e^8), Pospelov, Ritz and Voloshin, arXiv:0807.3279
    light = three_photon_width(np.array([1e-2 * m_e]), E_CHARGE)[0]
    expected = 17 * ALPHA**4 * 1e-2**8 * 1e-2 * m_e / (2**7 * 3**6 * 5**3 * math.pi**3)
    assert light == pytest.approx(expected, rel=1e-3)


def test_axial_quarks_are_an_estimate_at_quark_level():
    table = lvgen.model("custom", gA_u=1.0, gA_s=1.0).decay_table([0.3, 0.9, 2.5])
    assert table.channels == ["quarks"]
    assert table.width("quarks")[0] == 0.0
    assert 0.8 < table.width("quarks")[2] / (6 * 2.5 / (12 * math.pi)) < 1.2
    mixed = lvgen.model("custom", gA_u=1.0, gV_u=1.0).decay_table(0.9)
    vector = lvgen.model("custom", gV_u=1.0).decay_table(0.9)
    assert mixed.total == pytest.approx(vector.total + table.width("quarks")[1])


def test_shapes_and_closed_masses():
    model = lvgen.model("B_3-L_2", kinetic_mixing=0.1)
    table = model.decay_table([[0.0005, 0.05], [0.3, 0.5]])
    assert np.shape(table.total) == (2, 2)
    dark = lvgen.model("custom", gV_mu=1.0).decay_table([0.05, 0.5])
    assert dark.ctau[0] == np.inf
    assert dark.branching_ratio("mu+ mu-")[0] == 0.0
    assert np.ndim(model.decay_table(0.1).total) == 0
    assert np.ndim(model.decay_table(0.1).width("nu nubar")) == 0


def test_refusals():
    model = lvgen.model("dark_photon")
    with pytest.raises(KeyError, match=r"did you mean 'e\+ e-'"):
        model.decay_table(0.1).width("e+e-")
    with pytest.raises(KeyError, match="did you mean 'hadrons'"):
        model.decay_table(0.1).branching_ratio("hadron")
    with pytest.raises(ValueError, match="above 3 GeV"):
        model.decay_table(3.5)
    for bad in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="positive and finite"):
            model.decay_table(bad)
    with pytest.raises(ValueError, match="unknown model 'dark_foton'"):
        lvgen.model("dark_foton")
    with pytest.raises(ValueError, match="parameter of model dark_photon"):
        lvgen.model("dark_photon", lam=0.3)
    with pytest.raises(ValueError, match=r"model.compatible: unknown program .* did you mean 'deliver'"):
        lvgen.model("dark_photon", compatible="delivr")


def test_modes_are_all_that_is_visible():
    """Every visible channel of a table is simulated, so branching ratios of modes and of what is invisible make one."""
    for name, masses in (("dark_photon", (1e-3, 0.05, 0.5, 0.8, 1.2, 1.65, 2.5)), ("B-L", (0.05, 1.02, 1.65, 2.9))):
        for m in masses:
            table = lvgen.model(name).decay_table(m)
            visible = open_modes(table, None)
            assert not {mode.name for mode in visible} & INVISIBLE
            hidden = sum(float(table.branching_ratio(channel)) for channel in INVISIBLE)
            assert sum(mode.branching_ratio for mode in visible) + hidden == pytest.approx(1.0, abs=1e-9)
            every = open_modes(table, None, invisible=True)
            assert sum(mode.branching_ratio for mode in every) == pytest.approx(1.0, abs=1e-9)


def test_modes_by_name_and_by_sum():
    table = lvgen.model("dark_photon").decay_table(1.6)
    names = {mode.name for mode in open_modes(table, ("4pi", "e+ e-"))}
    assert names == {"e+ e-", "pi+ pi- pi+ pi-", "pi+ pi- pi0 pi0"}
    hadrons = sum(mode.branching_ratio for mode in open_modes(table, ("hadrons",)))
    assert hadrons == pytest.approx(float(table.branching_ratio("hadrons")))
    above = lvgen.model("dark_photon").decay_table(2.5)
    assert [mode.name for mode in open_modes(above, ("hadrons",))] == ["quarks"]
    neutrinos = open_modes(lvgen.model("B-L").decay_table(0.5), ("nu nubar",))
    assert [mode.name for mode in neutrinos] == ["nu_e nubar_e", "nu_mu nubar_mu", "nu_tau nubar_tau"]
    with pytest.raises(KeyError, match=r"KKpipi|KKpi"):
        open_modes(table, ("KKpipii",))


def test_three_photons_are_seen_below_two_electron_masses():
    (mode,) = open_modes(lvgen.model("dark_photon").decay_table(8e-4), None)
    assert (mode.name, mode.branching_ratio) == ("3 gamma", 1.0)


def test_omega_pi_stands_for_one_decay_of_the_omega():
    """Its other decays are in the four pions; what a card leaves does not change that."""
    table = lvgen.model("dark_photon").decay_table(1.2)
    modes = {m.name: m for m in open_modes(table, None, DecaySettings(left=frozenset({"omega", "pi0"})))}
    assert modes["omega pi0"].cascade.final((223, 111)) == {111, 22}
    assert modes["omega pi+ pi-"].cascade.final((223, 211, -211)) == {223, 211, -211}
