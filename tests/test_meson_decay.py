"""Bosons from meson decays: rates against tabulated numbers, kinematics against brute force."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from lvgen.processes.meson_decay import MESONS, charge_scale
from scipy import stats

import lvgen
from lvgen.errors import UserError
from lvgen.kernels.geometry import DISC, RECTANGLE
from lvgen.models.registry import make_model
from lvgen.particles import mass as particle_mass
from lvgen.production import Setup, Window, get_process, parse_options
from lvgen.spectra.density import hadron_density
from lvgen.spectra.registry import load_spectrum

REFERENCE = Path(__file__).parent / "reference" / "meson_decay.csv"
KIND = {"BR_pointlike": "none", "BR_series_FF": "series", "BR_VMD_FF": "pole"}
NAME = {111: "pi0", 221: "eta", 331: "eta'"}


def rows():
    with REFERENCE.open() as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@pytest.mark.parametrize("row", rows(), ids=lambda r: f"{r['process']} {r['parameters']} {r['quantity']}")
def test_branching_ratios(row):
    given = dict(item.split("=") for item in row["parameters"].split(";"))
    rate = lvgen.branching_ratio(
        row["process"], model="dark_photon", mass=float(given["mass_GeV"]), coupling=float(given["epsilon"]),
        form_factor=KIND[row["quantity"]],
    )  # fmt: skip
    assert rate.value == pytest.approx(float(row["value"]), rel=float(row["rel_tolerance"]))
    assert rate.longitudinal_fraction == 0.0
    assert float(rate) == rate.value


def test_rate_scales_and_closes():
    def rate(mass, coupling):
        return float(lvgen.branching_ratio("pi0 -> gamma X", model="dark_photon", mass=mass, coupling=coupling))

    assert rate(0.05, 2e-3) == pytest.approx(4 * rate(0.05, 1e-3))
    assert rate(0.2, 1e-3) == 0.0
    assert rate(0.05, 0.0) == 0.0
    near, nearer = (rate(particle_mass("pi0") * (1 - x), 1.0) for x in (2e-3, 1e-3))
    assert near / nearer == pytest.approx(8.0, rel=0.02)


def test_refusals():
    with pytest.raises(UserError, match="did you mean 'pi0 -> gamma V'"):
        lvgen.branching_ratio("pi0 -> gama V", model="dark_photon", mass=0.05, coupling=1e-3)
    with pytest.raises(UserError, match=r"unknown reaction.*known"):
        lvgen.cross_section("e+ e- -> mu+ mu- V", model="dark_photon", mass=0.5, coupling=1e-3, sqrt_s=10.58)
    with pytest.raises(UserError, match="no series is published"):
        lvgen.branching_ratio("eta' -> gamma V", model="dark_photon", mass=0.5, coupling=1e-3, form_factor="series")
    process = get_process("meson_decay")
    with pytest.raises(UserError, match="form_factor"):
        parse_options(process, {"form_factor": "dipole"})
    with pytest.raises(UserError, match="unknown parent 'pi1'"):
        parse_options(process, {"parents": ["pi1"]}).mesons()


def test_couplings_beyond_charge_are_refused():
    class Skewed(type(make_model("dark_photon"))):
        def couplings(self, mass=None):  # noqa: ARG002 - the interface of models
            from lvgen.models.base import Couplings

            return Couplings({"u": 1.0, "d": 0.3, "s": 0.3})

    assert charge_scale(make_model("dark_photon")) == pytest.approx(1.0)
    with pytest.raises(UserError, match="electric charge"):
        charge_scale(Skewed())


def channel(meson, mass, window):
    process = get_process("meson_decay")
    options = parse_options(process, {"parents": [meson], "form_factor": "none"})
    setup = Setup(make_model("dark_photon"), load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV"), window, options)
    return process.channels(setup, mass)[0]


@pytest.fixture(scope="module")
def brute():
    """Hadrons drawn from the table itself, decayed isotropically: function of meson and mass to boson momenta."""
    table = load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV")
    rng = np.random.default_rng(11)

    def draw(meson, mass, n=1_500_000):
        pdg = MESONS[meson].pdg
        m_p = particle_mass(pdg)
        hadrons = hadron_density(table, pdg)
        n_p, n_t = hadrons.density.shape
        p_edges = np.linspace(table.p_edges[0], table.p_edges[-1], n_p + 1)
        t_edges = np.interp(np.arange(n_t + 1) / 4, np.arange(n_t // 4 + 1), table.theta_edges)
        s2 = np.sin(0.5 * 10**t_edges) ** 2
        content = hadrons.density * np.diff(p_edges)[:, None] * 4 * np.pi * np.diff(s2)
        cell = rng.choice(content.size, n, p=content.ravel() / content.sum())
        i, j = np.divmod(cell, n_t)
        p = 10 ** (p_edges[i] + rng.random(n) * (p_edges[1] - p_edges[0]))
        theta = 2 * np.arcsin(np.sqrt(s2[j] + rng.random(n) * (s2[j + 1] - s2[j])))
        e_star = (m_p**2 + mass**2) / (2 * m_p)
        p_star = np.sqrt(e_star**2 - mass**2)
        cos, phi, azimuth = 2 * rng.random(n) - 1, 2 * np.pi * rng.random(n), 2 * np.pi * rng.random(n)
        across = p_star * np.sqrt(1 - cos**2)
        along = (p * e_star + np.hypot(p, m_p) * p_star * cos) / m_p
        x = along * np.sin(theta) + across * np.cos(phi) * np.cos(theta)
        y = across * np.sin(phi)
        z = along * np.cos(theta) - across * np.cos(phi) * np.sin(theta)
        momentum = np.column_stack([x * np.cos(azimuth) - y * np.sin(azimuth),
                                    x * np.sin(azimuth) + y * np.cos(azimuth), z])  # fmt: skip
        return momentum, p, content.sum() * MESONS[meson].branching_ratio(mass, "none") / n

    return draw


@pytest.mark.parametrize(
    ("meson", "mass", "kind", "par"),
    [
        ("pi0", 0.05, DISC, [0.0, 0.0, 1 / 480, 0.0]),
        ("pi0", 0.01, DISC, [0.0, 0.0, 0.02, 0.0]),
        ("pi0", 0.13, DISC, [0.0, 0.0, 0.005, 0.0]),
        ("eta", 0.3, DISC, [0.0, 0.0, 0.01, 0.0]),
        ("eta'", 0.9, DISC, [0.0, 0.0, 0.02, 0.0]),
        ("eta", 0.01, RECTANGLE, [0.02, -0.01, 0.008, 0.01]),
    ],
)
def test_bosons_against_brute_force(brute, meson, mass, kind, par):
    """Number and momentum spectrum of bosons in the window, drawn from the detector's end and from the hadron's."""
    made = channel(meson, mass, Window(kind, np.array(par)))
    draws = made.draw(np.random.default_rng(12).random((400_000, 5)))
    momentum, _, unit = brute(meson, mass)
    tx, ty = momentum[:, 0] / momentum[:, 2], momentum[:, 1] / momentum[:, 2]
    inside = (
        np.hypot(tx, ty) < par[2] if kind == DISC else (np.abs(tx - par[0]) < par[2]) & (np.abs(ty - par[1]) < par[3])
    )
    inside &= momentum[:, 2] > 0
    p = np.linalg.norm(momentum, axis=1)
    mine = np.linalg.norm(draws.boson[:, 1:], axis=1)
    edges = np.append(np.quantile(p[inside & (p > 0.05)], np.linspace(0, 1, 9))[:-1], 1e5)
    edges[0] = 0.05
    expected = np.histogram(p[inside], edges)[0]
    got = np.histogram(mine, edges, weights=draws.weight)[0] / len(draws)
    square = np.histogram(mine, edges, weights=draws.weight**2)[0] / len(draws) ** 2
    pull = (got - expected * unit) / np.sqrt(square + expected * unit**2)
    assert expected.min() > 300
    assert np.sum(pull**2) < stats.chi2.ppf(0.9999, len(pull))
    assert got.sum() == pytest.approx(expected.sum() * unit, rel=0.02)


def test_slow_bosons_against_brute_force(brute):
    """The whole sphere, where two hadron momenta can give the same slow boson."""
    from lvgen.kernels.geometry import SPHERE

    made = channel("eta", 0.2, Window(SPHERE, np.zeros(4)))
    draws = made.draw(np.random.default_rng(13).random((2_000_000, 5)))
    momentum, _, unit = brute("eta", 0.2)
    p = np.linalg.norm(momentum, axis=1)
    mine = np.linalg.norm(draws.boson[:, 1:], axis=1)
    for low, high in ((0.05, 0.15), (0.15, 0.3), (0.3, 0.6), (0.6, 1.5)):
        own = (mine > low) & (mine < high)
        got = draws.weight[own].sum() / len(draws)
        error = np.sqrt((draws.weight[own] ** 2).sum()) / len(draws)
        expected = np.count_nonzero((p > low) & (p < high)) * unit
        assert got == pytest.approx(expected, abs=5 * np.hypot(error, np.sqrt(expected * unit)))
        assert error < 0.05 * got


def test_kinematics_close():
    made = channel("eta", 0.1, Window(DISC, np.array([0.0, 0.0, 1 / 480, 0.0])))
    draws = made.draw(np.random.default_rng(14).random((20_000, 5)))
    photon = made.companion_momenta(draws)[:, 0]
    used = draws.weight > 0
    total = draws.boson + photon
    assert np.abs((total - draws.parent)[used] / draws.parent[used, :1]).max() < 1e-9
    mass2 = draws.parent[:, 0] ** 2 - np.sum(draws.parent[:, 1:] ** 2, axis=1)
    assert np.allclose(mass2[used], particle_mass("eta") ** 2, atol=1e-9 * draws.parent[used, 0].max() ** 2)
    assert np.linalg.norm(draws.parent[used, 1:], axis=1).max() <= load_spectrum(
        "SIBYLL-2.3d", "LHC-13.6TeV"
    ).beam_momentum * (1 + 1e-12)
    assert (draws.cell[used] >= 0).all()
