"""Bosons by mixing with vector mesons: strengths, kinematics against brute force, double counting."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from lvgen.processes.vector_mixing import COUPLING, masses_of, mixing_squared

import lvgen
from lvgen import chosen
from lvgen.errors import UserError
from lvgen.kernels.geometry import DISC, RECTANGLE
from lvgen.models.registry import make_model
from lvgen.particles import mass as particle_mass
from lvgen.particles import pdg_id
from lvgen.particles import width as particle_width
from lvgen.plan import Plan
from lvgen.production import Process, Setup, Window, get_process, parse_options
from lvgen.runcard import load_card
from lvgen.spectra.density import hadron_density
from lvgen.spectra.registry import load_spectrum
from lvgen.spectra.table import SpectrumTable
from lvgen.units import E_CHARGE

ALPHA = E_CHARGE**2 / (4 * math.pi)
MIXING = get_process("vector_mixing")
HERE = Window(DISC, np.array([0.0, 0.0, 0.01, 0.0]))


def channels(model, mass, window=HERE, table=None, **options):
    table = table or load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV")
    return {c.name: c for c in MIXING.channels(Setup(model, table, window, parse_options(MIXING, options)), mass)}


@pytest.mark.parametrize(("meson", "kev"), [("rho0", 7.04), ("omega", 0.60), ("phi", 1.25)])
def test_couplings_give_the_measured_leptonic_widths(meson, kev):
    """Gamma(M -> e+ e-) = 4 pi alpha^2 m_M / (3 g_M^2) through one photon; PDG, to 10 % as expected of the model."""
    width = 4 * math.pi * ALPHA**2 * particle_mass(meson) / (3 * COUPLING[meson] ** 2)
    assert width * 1e6 == pytest.approx(kev, rel=0.1)


def test_strength_of_the_mixing():
    """|theta|^2 on the pole, at its half width and in the static limit."""
    m, gamma = particle_mass("omega"), particle_width("omega")
    peak = mixing_squared("omega", E_CHARGE, m)
    assert peak == pytest.approx((E_CHARGE / 17 * m / gamma) ** 2, rel=1e-9)
    assert mixing_squared("omega", E_CHARGE, m + gamma / 2) == pytest.approx(peak / 2, rel=0.02)
    assert mixing_squared("omega", E_CHARGE, 1e-6) == pytest.approx((E_CHARGE / 17) ** 2, rel=1e-3)


@pytest.mark.parametrize(
    ("model", "factors"),
    [("dark_photon", (1, 1, 1)), ("B", (0, 2, 1)), ("B-L", (0, 2, 1)), ("protophobic", (1, 1, 2))],
)
def test_strength_follows_the_charges(model, factors):
    """Amplitudes relative to e epsilon: for B 0 (rho), 2 (omega) and 1 (phi)."""
    mixing = {"kinetic_mixing": 0.0} if model != "dark_photon" else {}
    scale = 1.0 if model == "dark_photon" else 1 / E_CHARGE
    own = channels(make_model(model, **mixing), 0.8)
    photon = channels(make_model("dark_photon"), 0.8)
    y = np.random.default_rng(1).random((2000, 3))
    for meson, factor in zip(COUPLING, factors, strict=True):
        name = f"{meson} mixing"
        if factor == 0:
            assert name not in own
        else:
            ratio = own[name].draw(y).weight.sum() / photon[name].draw(y).weight.sum()
            assert ratio == pytest.approx((factor * scale) ** 2, rel=1e-9)


def test_masses_at_which_it_is_used():
    assert masses_of("rho0") == pytest.approx((0.7 * 0.77526, 1.3 * 0.77526))
    photon, options = make_model("dark_photon"), parse_options(MIXING, {})
    assert MIXING.mass_range(photon, options) == pytest.approx((0.7 * 0.77526, 1.3 * 1.019461), rel=1e-4)
    assert MIXING.mass_range(make_model("B", kinetic_mixing=0.0), options)[0] == pytest.approx(0.7 * 0.78266)
    assert set(channels(photon, 0.6)) == {"rho0 mixing", "omega mixing"}
    assert set(channels(photon, 1.1)) == {"phi mixing"}
    assert channels(photon, 0.5) == {}
    assert set(channels(photon, 0.8, mesons=["phi"])) == {"phi mixing"}
    with pytest.raises(UserError, match="does not couple to the currents"):
        MIXING.mass_range(make_model("custom", gV_mu=1.0), options)
    with pytest.raises(UserError, match=r"unknown meson 'rho'.*did you mean 'rho0'"):
        MIXING.mass_range(photon, parse_options(MIXING, {"mesons": ["rho"]}))


def fixed_target():
    """A made-up table of a fixed target with soft mesons at large angles."""
    p_edges = np.linspace(-1.0, math.log10(400.0), 61)
    t_edges = np.append(np.arange(-5.0, 0.45, 0.1), math.log10(math.pi))
    p, theta = (10 ** (0.5 * (edges[1:] + edges[:-1])) for edges in (p_edges, t_edges))
    density = p[:, None] ** 2 * np.exp(-p[:, None] * np.sin(theta) / 0.18) * (1 - p[:, None] / 400) ** 3
    content = density * -2 * np.pi * np.diff(np.cos(10**t_edges))
    return SpectrumTable(
        name="made-up", source="SPS-400GeV", p_edges=p_edges, theta_edges=t_edges,
        content={pdg_id(name): content for name in COUPLING}, counts={}, sigma_inel_pb=1.0, beam_momentum=400.0,
    )  # fmt: skip


def mesons(table, name, n):
    """Mesons drawn from the table: momenta (n, 3) and the number that each stands for."""
    rng = np.random.default_rng(7)
    hadrons = hadron_density(table, pdg_id(name))
    n_p, n_t = hadrons.density.shape
    p_edges = np.linspace(table.p_edges[0], table.p_edges[-1], n_p + 1)
    t_edges = np.interp(np.arange(n_t + 1) / 4, np.arange(n_t // 4 + 1), table.theta_edges)
    s2 = np.sin(0.5 * 10**t_edges) ** 2
    content = hadrons.density * np.diff(p_edges)[:, None] * 4 * np.pi * np.diff(s2)
    i, j = np.divmod(rng.choice(content.size, n, p=content.ravel() / content.sum()), n_t)
    p = 10 ** (p_edges[i] + rng.random(n) * (p_edges[1] - p_edges[0]))
    theta, phi = 2 * np.arcsin(np.sqrt(s2[j] + rng.random(n) * (s2[j + 1] - s2[j]))), 2 * np.pi * rng.random(n)
    unit = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1)
    return p[:, None] * unit, content.sum() / n


@pytest.mark.parametrize("kinematics", ["momentum", "rapidity"])
@pytest.mark.parametrize(
    ("meson", "mass", "kind", "par", "beam"),
    [
        ("rho0", 0.6, DISC, [0.0, 0.0, 0.01, 0.0], "LHC"),
        ("omega", 0.9, DISC, [0.0, 0.0, 0.1, 0.0], "SPS"),
        ("phi", 0.75, RECTANGLE, [0.02, 0.0, 0.05, 0.1], "SPS"),
    ],
)
def test_bosons_against_brute_force(kinematics, meson, mass, kind, par, beam):
    table = load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV") if beam == "LHC" else fixed_target()
    made = channels(make_model("dark_photon"), mass, Window(kind, np.array(par)), table, kinematics=kinematics)
    draws = made[f"{meson} mixing"].draw(np.random.default_rng(3).random((150_000, 3)))
    momentum, unit = mesons(table, meson, 400_000)
    unit *= mixing_squared(meson, E_CHARGE, mass)
    m = particle_mass(meson)
    if kinematics == "rapidity":
        pt2 = momentum[:, 0] ** 2 + momentum[:, 1] ** 2
        rapidity = np.arcsinh(momentum[:, 2] / np.sqrt(pt2 + m**2))
        momentum[:, 2] = np.sqrt(pt2 + mass**2) * np.sinh(rapidity)
    tx, ty = momentum[:, 0] / momentum[:, 2], momentum[:, 1] / momentum[:, 2]
    inside = np.hypot(tx, ty) < par[2] if kind == DISC else np.maximum(abs(tx - par[0]) / par[2], abs(ty) / par[3]) < 1
    inside &= momentum[:, 2] > 0
    p, mine = np.linalg.norm(momentum, axis=1), np.linalg.norm(draws.boson[:, 1:], axis=1)
    edges = np.append(np.quantile(p[inside & (p > 0.05)], np.linspace(0, 0.999, 7)), 1e5)
    edges[0] = 0.05
    expected = np.histogram(p[inside], edges)[0]
    got = np.histogram(mine, edges, weights=draws.weight)[0] / len(draws)
    error = np.sqrt(np.histogram(mine, edges, weights=draws.weight**2)[0]) / len(draws)
    assert np.abs((got - expected * unit) / np.hypot(error, unit * np.sqrt(expected + 1))).max() < 4.5
    assert got.sum() == pytest.approx(expected.sum() * unit, rel=0.02)
    used = draws.weight > 0
    assert np.allclose(draws.boson[used, 0] ** 2, mass**2 + mine[used] ** 2)
    assert not draws.parent.any()


def test_kinematics_agree_on_the_pole():
    """At m_V = m_M both choices are the same, and a boson is as likely anywhere as the meson."""
    y = np.random.default_rng(5).random((5000, 3))
    model, m = make_model("dark_photon"), particle_mass("phi")
    one, two = (channels(model, m, kinematics=k)["phi mixing"].draw(y) for k in ("momentum", "rapidity"))
    np.testing.assert_allclose(one.weight, two.weight, rtol=1e-9)
    np.testing.assert_array_equal(one.cell, two.cell)


# --- double counting --------------------------------------------------------------------------------------------------


def card(**production):
    return {
        "model": {"name": "dark_photon", "mass": "580 MeV", "coupling": {"min": 1e-7, "max": 1e-5, "points": 5}},
        "production": production,
        "detector": {"name": "FASER2", "selection": "none"},
        "sensitivity": {},
        "run": {"seed": 1, "precision": 0.1},
    }


def test_a_run_through_mixing():
    result = lvgen.run(card(processes=["meson_decay", "vector_mixing"]) | {"events": {"number": 50, "coupling": 1e-6}})
    assert result.map.n_signal["vector_mixing"].max() > 0
    assert any("eta' -> gamma rho0" in note for note in result.info["double_counting"])
    made = result.info["yields"]["events"]["channels"]
    assert {"rho0 mixing", "omega mixing"} <= set(made)
    rows = result.record.columns["process"] == next(
        int(k) for k, v in result.record.metadata["processes"].items() if v == "vector_mixing"
    )
    assert rows.any()
    assert (result.record.columns["parent_pdg"][rows] == 0).all()


def test_bremsstrahlung_beside_mixing():
    """Both together are refused unless bremsstrahlung gives up the poles; the choice is reported."""
    mine = parse_options(MIXING, {})
    for kept in (SimpleNamespace(), SimpleNamespace(poles="kept")):
        with pytest.raises(UserError, match='poles = "vetoed"'):
            MIXING.double_counting({"vector_mixing": mine, "proton_bremsstrahlung": kept})
    notes = MIXING.double_counting({"vector_mixing": mine, "proton_bremsstrahlung": SimpleNamespace(poles="vetoed")})
    assert len(notes) == 1
    assert "closed within a width" in notes[0]


class Strong(Process):
    """Stands for bremsstrahlung: open for every model."""

    name = "proton_bremsstrahlung"
    title = "stand-in"

    def mass_range(self, model, options):  # noqa: ARG002 - the interface of processes
        return 0.0, 2.0

    def channels(self, setup, mass):  # noqa: ARG002 - the interface of processes
        return []


def test_mixing_yields_where_bremsstrahlung_applies(monkeypatch):
    """Left to itself a run takes one of the two; options of the one that is left out are an error."""
    names = ["meson_decay", "proton_bremsstrahlung", "vector_mixing"]
    monkeypatch.setattr(chosen, "process_names", lambda: names)
    monkeypatch.setattr(chosen, "get_process", lambda name: Strong() if name == Strong.name else get_process(name))
    made = Plan(load_card(card()))
    assert [p.name for p in made.processes] == names[:2]
    assert made.double_counting[0] == "vector_mixing is left out, since proton_bremsstrahlung makes the same bosons"
    with pytest.raises(UserError, match=r"production.vector_mixing: options of a process that is left out"):
        Plan(load_card(card(vector_mixing={"kinematics": "rapidity"})))
    monkeypatch.setattr(chosen, "process_names", lambda: ["meson_decay", "vector_mixing"])
    alone = Plan(load_card(card(vector_mixing={"kinematics": "rapidity"})))
    assert [p.name for p in alone.processes] == ["meson_decay", "vector_mixing"]
