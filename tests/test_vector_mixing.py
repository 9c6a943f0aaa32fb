"""Bosons by mixing with vector mesons: strengths, kinematics against brute force, double counting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from lvgen.processes.vector_mixing import COUPLING, masses_of, mixing_squared

import lvgen
from lvgen.errors import UserError
from lvgen.kernels.geometry import DISC, RECTANGLE
from lvgen.models.registry import make_model
from lvgen.particles import mass as particle_mass
from lvgen.particles import pdg_id
from lvgen.particles import width as particle_width
from lvgen.plan import Plan
from lvgen.production import Setup, Window, get_process, parse_options
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


BOTH = ["proton_bremsstrahlung", "vector_mixing"]


def both(model: str, bremsstrahlung: dict, mixing: dict | None = None, processes: list[str] | None = None) -> Plan:
    table = (
        card(proton_bremsstrahlung=bremsstrahlung)
        if processes == ["proton_bremsstrahlung"]
        else card(proton_bremsstrahlung=bremsstrahlung, vector_mixing=mixing or {})
    )
    table["model"]["name"] = model
    if processes:
        table["production"]["processes"] = processes
    return Plan(load_card(table))


def made_through(plan: Plan) -> set[str]:
    """Mesons that mixing makes V through."""
    own = next((p for p in plan.processes if p.name == "vector_mixing"), None)
    return set(own.options.allowed(plan.model, None)) if own else set()


@pytest.mark.parametrize(
    ("model", "bremsstrahlung", "left"),
    [
        # the tabulated form factor has all three, the poles have no phi, and those of B no rho
        ("dark_photon", {}, set()),
        ("dark_photon", {"form": "weizsaecker_williams"}, {"phi"}),
        ("dark_photon", {"form_factors": "poles"}, {"phi"}),
        ("B", {}, {"phi"}),
        ("B-L", {}, {"phi"}),
        ("dark_photon", {"poles": "vetoed"}, {"rho0", "omega", "phi"}),
        ("dark_photon", {"poles": ["rho0", "omega"]}, {"rho0", "omega"}),
        ("B", {"poles": "vetoed"}, {"rho0", "omega", "phi"}),  # a loop couples B to the rho, a little
    ],
)
def test_mixing_makes_what_bremsstrahlung_does_not(model: str, bremsstrahlung: dict, left: set[str]) -> None:
    """Meson by meson, whether the card names the processes or not; what is done is told."""
    plan = both(model, bremsstrahlung)
    assert made_through(plan) == left
    told = " ".join(plan.double_counting)
    if not left:
        assert "vector_mixing is left out, since the form factor in proton_bremsstrahlung makes V" in told
        with pytest.raises(UserError, match=r'vector_mixing has nothing to make.*poles = "vetoed"'):
            both(model, bremsstrahlung, processes=BOTH)
        return
    assert made_through(both(model, bremsstrahlung, processes=BOTH)) == left
    assert ("closed within a width" in told) == ("poles" in bremsstrahlung)
    if left == {"phi"}:
        assert "vector_mixing makes V through phi alone" in told


def test_a_meson_is_not_asked_for_twice() -> None:
    assert made_through(both("B", {}, {"mesons": ["phi"]})) == {"phi"}
    with pytest.raises(UserError, match=r"same omega; leave them out") as refused:
        both("B", {}, {"mesons": ["omega", "phi"]})
    assert refused.value.key == "production.vector_mixing.mesons"
    with pytest.raises(UserError, match="options of a process that is left out"):
        both("dark_photon", {}, {"kinematics": "rapidity"})
    with pytest.raises(UserError, match="rho0"):
        both("dark_photon", {"poles": ["rho"]})


def test_what_is_closed_and_not_replaced_is_told() -> None:
    told = both("dark_photon", {"poles": "vetoed"}, {"mesons": ["phi"]}).double_counting
    assert any("closed within a width of phi where" in note and "replaces it;" in note for note in told)
    assert any("closed within a width of rho0 and omega, and nothing replaces it" in note for note in told)
    assert not any("eta' -> gamma rho0" in note for note in told)
    alone = both("dark_photon", {"poles": "vetoed"}, processes=["proton_bremsstrahlung"]).double_counting
    assert alone == ["proton_bremsstrahlung is closed within a width of rho0, omega, phi, and nothing replaces it"]


def test_bremsstrahlung_is_closed_at_poles_that_it_has() -> None:
    """Within a width of the omega alone for B, which does not couple to the rho."""
    for model, masses in (("dark_photon", (0.7, 0.78, 1.019)), ("B", (0.78,))):
        plan = both(model, {"poles": "vetoed"})
        for mass in (0.5, 0.7, 0.78, 0.9, 1.019, 1.1):
            chains, _ = plan.chains(mass)
            radiated = [chain for chain in chains if "p p" in chain.channel.name]
            assert bool(radiated) == (mass not in masses and not (model == "dark_photon" and mass == 0.9)), mass


def test_phi_of_b_at_its_pole() -> None:
    """Bremsstrahlung of B has no phi, so mixing makes nearly all there is; for B-L the same."""
    for model in ("B", "B-L"):
        table = card()
        table["model"] |= {"name": model, "mass": "1.0195 GeV", "coupling": {"min": 1e-9, "max": 1e-8, "points": 2}}
        table["detector"]["name"] = "SHiP"
        found = lvgen.run(table, workers=1).map
        assert found.n_signal["vector_mixing"][0, 0] > 50 * found.n_signal["proton_bremsstrahlung"][0, 0] > 0
