"""Charges of every model, kinetic mixing, and what users may write wrongly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

import lvgen
from lvgen.cli.describe import model as described
from lvgen.models.base import FERMIONS
from lvgen.models.charges import charges_of
from lvgen.models.mixing import NAIVE_LOOP, loop_mixing, vacuum_polarisation
from lvgen.models.registry import make_model, model_names
from lvgen.particles import mass
from lvgen.units import E_CHARGE

E = E_CHARGE
#: model -> charges of (e, mu, tau), (nu_e, nu_mu, nu_tau), (u, d, s, c, b, t), typed in by hand
CHARGES = {
    "dark_photon": ((-E,) * 3, (0,) * 3, (2 * E / 3, -E / 3, -E / 3, 2 * E / 3, -E / 3, 2 * E / 3)),
    "B": ((0,) * 3, (0,) * 3, (1 / 3,) * 6),
    "B-L": ((-1,) * 3, (-1,) * 3, (1 / 3,) * 6),
    "B-3L_e": ((-3, 0, 0), (-3, 0, 0), (1 / 3,) * 6),
    "B-3L_mu": ((0, -3, 0), (0, -3, 0), (1 / 3,) * 6),
    "B-3L_tau": ((0, 0, -3), (0, 0, -3), (1 / 3,) * 6),
    "B-L_e-2L_tau": ((-1, 0, -2), (-1, 0, -2), (1 / 3,) * 6),
    "B-L_mu-2L_tau": ((0, -1, -2), (0, -1, -2), (1 / 3,) * 6),
    "B_3-L_2": ((0, -1, 0), (0, -1, 0), (0, 0, 0, 0, 1 / 3, 1 / 3)),
    "L_mu-L_tau": ((0, 1, -1), (0, 1, -1), (0,) * 6),
    "protophobic": ((-1,) * 3, (0,) * 3, (1 / 3, -2 / 3, -2 / 3, 1 / 3, -2 / 3, 1 / 3)),
    "custom": ((0,) * 3, (0,) * 3, (0,) * 6),
}


def test_every_model_is_in_the_list():
    assert {*CHARGES, "dark_Z", "muonic_U1d", "muonic_U1d_phi"} == set(model_names())


@pytest.mark.parametrize("name", CHARGES)
def test_charges(name):
    unmixed = {"kinetic_mixing": 0} if name != "dark_photon" else {}
    couplings = make_model(name, **unmixed).couplings()
    expected = [q for family in CHARGES[name] for q in family]
    fermions = ("e", "mu", "tau", "nu_e", "nu_mu", "nu_tau", "u", "d", "s", "c", "b", "t")
    assert [couplings.gv(f) for f in fermions] == pytest.approx(expected, abs=1e-15)
    assert not any(couplings.ga(f) for f in fermions)


@pytest.mark.parametrize("name", ["B-L", "B-3L_e", "B-3L_mu", "B-3L_tau", "B-L_e-2L_tau", "B-L_mu-2L_tau", "B_3-L_2"])
def test_charges_have_no_anomaly(name):
    """Baryon and lepton charges sum to zero: three colours, two members of each doublet."""
    couplings = make_model(name, kinetic_mixing=0).couplings()
    quarks = sum(couplings.gv(q) for q in ("u", "d", "s", "c", "b", "t"))
    leptons = sum(couplings.gv(f) for f in ("e", "mu", "tau", "nu_e", "nu_mu", "nu_tau"))
    assert 3 * quarks + leptons == pytest.approx(0.0, abs=1e-12)


def test_protons_are_neutral_to_the_protophobic_boson():
    couplings = make_model("protophobic").couplings()
    assert 2 * couplings.gv("u") + couplings.gv("d") == pytest.approx(0.0, abs=1e-15)


def test_mixing_of_baryon_number():
    """e^2/(4 pi)^2 for unit charges, on every charged fermion."""
    k = E**2 / (4 * math.pi) ** 2
    assert k == pytest.approx(5.807e-4, rel=1e-4)
    couplings = make_model("B").couplings()
    assert [couplings.gv(f) for f in ("e", "mu", "tau")] == pytest.approx([-k] * 3)
    assert [couplings.gv(f) for f in ("u", "d")] == pytest.approx([1 / 3 + 2 * k / 3, 1 / 3 - k / 3])
    assert [couplings.gv(f) for f in ("nu_e", "nu_mu", "nu_tau")] == [0.0] * 3
    assert make_model("B", kinetic_mixing=2e-3).couplings().gv("e") == pytest.approx(-2e-3 * E)
    assert make_model("B", kinetic_mixing=0).couplings().gv("e") == 0.0


@pytest.mark.parametrize("z", [0.0, 1e-6, 0.1, 0.299, 0.301, 1.0, 3.9, 4.1, 20.0, 1e4])
def test_vacuum_polarisation_against_quadrature(z):
    def argument(x):
        return 1.0 - x * (1.0 - x) * z

    root = math.sqrt(max(0.0, 0.25 - 1.0 / z)) if z > 0 else 0.0
    points = [0.5 - root, 0.5 + root] if root else None
    real = quad(lambda x: x * (1 - x) * math.log(abs(argument(x)) or 1e-300), 0, 1, points=points, limit=400)[0]
    edges = (0.5 - root, 0.5 + root)
    imaginary = -math.pi * (edges[1] ** 2 / 2 - edges[1] ** 3 / 3 - edges[0] ** 2 / 2 + edges[0] ** 3 / 3)
    value = vacuum_polarisation(np.array([z]))[0]
    assert value.real == pytest.approx(real, rel=1e-6, abs=1e-12)
    assert value.imag == pytest.approx(imaginary, abs=1e-12)


def test_mixing_of_muon_minus_tau_number():
    charges = charges_of({"L_mu": 1, "L_tau": -1})
    at_rest = E / (6 * math.pi**2) * math.log(mass("tau-") / mass("mu-"))
    assert loop_mixing(charges, np.zeros(1))[0] == pytest.approx(at_rest)
    assert 1 / at_rest == pytest.approx(69.3, abs=0.3)
    # at the muons' threshold int x (1-x) ln (1-2x)^2 = -4/9; the tau's loop hardly moves
    shift = loop_mixing(charges, np.array([2 * mass("mu-")]))[0] - at_rest
    assert shift == pytest.approx(E / (2 * math.pi**2) * 4 / 9, rel=2e-3)
    model = make_model("L_mu-L_tau")
    assert model.couplings().gv("e") == pytest.approx(-E * at_rest)
    assert model.couplings(0.2).gv("e") / model.couplings().gv("e") == pytest.approx(1.26, abs=0.01)
    # the other charges go through unknown physics at high scales: the customary size, whatever the mass
    assert np.allclose(loop_mixing(charges_of({"B": 1, "L_mu": -3}), np.array([0.0, 1.0])), NAIVE_LOOP)


def test_electrons_of_muon_minus_tau_number():
    """Below two muons the visible decay is that of a dark photon of epsilon(M), beside two neutrinos."""
    table = lvgen.model("L_mu-L_tau").decay_table([1e-2, 0.2])
    mixing = loop_mixing(charges_of({"L_mu": 1, "L_tau": -1}), np.array([1e-2, 0.2]))
    photon = lvgen.model("dark_photon").decay_table([1e-2, 0.2])
    assert table.width("e+ e-") == pytest.approx(np.abs(mixing) ** 2 * photon.width("e+ e-"))
    assert table.width("nu nubar") == pytest.approx(2 * table.mass / (24 * math.pi))
    assert table.width("nu_e nubar_e") == pytest.approx(0.0)
    closed = lvgen.model("L_mu-L_tau", kinetic_mixing=0).decay_table([1e-2, 0.2])
    assert closed.channels == ["nu_mu nubar_mu", "nu_tau nubar_tau"]


def test_custom_charges_and_couplings_add():
    custom = lvgen.model("custom", charges={"B": 1, "L_mu": -3, "tau": 0.5}, gV_e=0.1, gA_e=0.2, kinetic_mixing=1e-3)
    couplings = custom.couplings()
    assert couplings.gv("u") == pytest.approx(1 / 3 + 2e-3 * E / 3)
    assert couplings.gv("mu") == pytest.approx(-3 - 1e-3 * E)
    assert couplings.gv("nu_mu") == -3.0
    assert couplings.gv("tau") == pytest.approx(0.5 - 1e-3 * E)
    assert couplings.gv("e") == pytest.approx(0.1 - 1e-3 * E)
    assert couplings.ga("e") == 0.2
    same = lvgen.model("custom", charges={"B": 1, "L": -1}).decay_table(0.5)
    assert same.total == pytest.approx(float(lvgen.model("B-L").decay_table(0.5).total), rel=1e-12)


def test_purely_left_handed_neutrinos_may_be_written_both_ways():
    one = lvgen.model("custom", gV_nu_e=1.0).decay_table(0.1)
    other = lvgen.model("custom", gV_nu_e=0.5, gA_nu_e=-0.5).decay_table(0.1)
    right = lvgen.model("custom", gV_nu_e=0.5, gA_nu_e=0.5).decay_table(0.1)
    assert one.total == other.total == pytest.approx(0.1 / (24 * math.pi))
    assert right.total == 0.0


@pytest.mark.parametrize(
    ("name", "parameters", "key", "part"),
    [
        ("B", {"kinetic_mixing": "lop"}, "model.kinetic_mixing", '"loop"'),
        ("B", {"kinetic_mixing": True}, "model.kinetic_mixing", "number"),
        ("B", {"kinetic_mixing": math.nan}, "model.kinetic_mixing", "between"),
        ("dark_photon", {"kinetic_mixing": 0}, "model.kinetic_mixing", "parameter of model dark_photon"),
        ("custom", {"charges": {"L_muon": 1}}, "model.charges.L_muon", "did you mean 'L_mu'"),
        ("custom", {"charges": {"B": "one"}}, "model.charges.B", "number"),
        ("custom", {"charges": 3}, "model.charges", "table"),
        ("custom", {"gV_muon": 1}, "model.gV_muon", "did you mean 'gV_mu'"),
        ("custom", {"gV_mu": "a"}, "model.gV_mu", "number"),
        ("B-L", {"dark_matter": "wimp"}, "model.dark_matter", "dirac"),
        ("B-L", {"dark_matter": "dirac", "dark_matter_mass_ratio": 0}, "model.dark_matter_mass_ratio", "positive"),
        ("B-L", {"dark_matter": "inelastic", "dark_matter_splitting": -1}, "model.dark_matter_splitting", "negative"),
    ],
)
def test_refusals_name_the_key(name, parameters, key, part):
    with pytest.raises(ValueError, match=r".") as refused:
        make_model(name, **parameters)
    assert refused.value.key == key
    assert part in str(refused.value)


def test_mass_ranges():
    make_model("B-L").check_table(3.0)
    with pytest.raises(ValueError, match="above 3 GeV"):
        make_model("B-L").check_table(3.01)
    for leptonic in (make_model("L_mu-L_tau"), make_model("custom", gV_mu=1)):
        leptonic.check_table(10.0)
    with pytest.raises(ValueError, match="above 3 GeV"):
        make_model("custom", gV_mu=1, gA_s=1).check_table(4.0)


def test_what_show_says_about_a_model():
    text = "\n".join(described("B-L"))
    for part in ("e -1, mu -1, tau -1", "nu_e -1, nu_mu -1, nu_tau -1", "u 1/3, c 1/3, t 1/3", "kinetic_mixing"):
        assert part in text
    assert "u 2/3 e" in "\n".join(described("dark_photon"))
    assert "epsilon = 0.0144" in "\n".join(described("L_mu-L_tau"))
    assert "gV_e ... gV_t" in "\n".join(described("custom"))
    for name in model_names():
        assert described(name)


def test_loops_do_not_touch_neutral_fermions():
    for name in CHARGES:
        model = make_model(name)
        tree = model.tree_couplings()
        for fermion in FERMIONS:
            if fermion.startswith("nu"):
                assert model.couplings().gv(fermion) == tree.gv(fermion)


def test_dark_z_couples_through_epsilon_z_as_the_z_does():
    """Left (g/c_W) epsilon_Z (T3 - Q s_W^2), right -(g/c_W) epsilon_Z Q s_W^2; neutrinos are left-handed."""
    s2 = 0.23129
    unit = E_CHARGE / math.sqrt(s2 * (1.0 - s2)) * 1e-3
    c = make_model("dark_Z", epsilon_Z=1e-3).couplings_at(0.0)
    for fermion, t3, charge in (("e", -0.5, -1.0), ("u", 0.5, 2 / 3), ("b", -0.5, -1 / 3), ("nu_mu", 0.5, 0.0)):
        assert c.gv(fermion) - c.ga(fermion) == pytest.approx(unit * (t3 - charge * s2), rel=1e-12)
        assert c.gv(fermion) + c.ga(fermion) == pytest.approx(-unit * charge * s2, rel=1e-12, abs=1e-18)
    mixed = make_model("dark_Z", g_D_mu=0.1).couplings_at(1e-3)
    assert mixed.gv("mu") == pytest.approx(-E_CHARGE * 1e-3 + 0.1)
    assert mixed.gv("e") == pytest.approx(-E_CHARGE * 1e-3)


def test_muonic_model_couples_to_right_handed_muons():
    """arXiv:1609.00860: left e kappa, right e kappa + 2 lam kappa, phi with 2 lam kappa m_mu/M_V."""
    c = make_model("muonic_U1d", lam=0.3).couplings_at(1e-3, 0.2)
    assert c.gv("mu") - c.ga("mu") == pytest.approx(E_CHARGE * 1e-3)
    assert c.gv("mu") + c.ga("mu") == pytest.approx((E_CHARGE + 0.6) * 1e-3)
    assert c.gs("mu") == pytest.approx(0.6e-3 * 0.1056583755 / 0.2)
    assert c.gv("e") == pytest.approx(E_CHARGE * 1e-3)
    assert c.gv("u") == pytest.approx(-2 / 3 * E_CHARGE * 1e-3)


def test_muonic_model_without_lam_is_a_dark_photon():
    """Kinetic mixing alone is left, of either sign; lam adds to muons only."""
    photon = lvgen.model("dark_photon").decay_table(0.25)
    bare, full = (lvgen.model("muonic_U1d", lam=lam).decay_table(0.25) for lam in (0.0, 0.3))
    assert bare.total == pytest.approx(photon.total, rel=1e-12)
    assert full.width("e+ e-") == pytest.approx(photon.width("e+ e-"), rel=1e-12)
    # arXiv:1609.00860: vector (e + lam), axial lam
    r = (mass("mu-") / 0.25) ** 2
    beta = math.sqrt(1 - 4 * r)
    expected = 0.25 / (12 * math.pi) * beta * ((E + 0.3) ** 2 * (1 + 2 * r) + 0.3**2 * beta**2)
    assert full.width("mu+ mu-") == pytest.approx(expected, rel=1e-9)
