"""Bosons of hadrons that fly: against a Monte Carlo that aims at nothing, and against what must be conserved."""

from __future__ import annotations

import csv
import functools
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.detection.apparatus import Apparatus
from lvgen.detection.registry import load_detector
from lvgen.flavour.constants import mass_of
from lvgen.flavour.inner import LeptonicDecay
from lvgen.flavour.rest import MesonToLepton, TwoBody
from lvgen.kernels.geometry import DISC, SPHERE, segments_of_rays
from lvgen.kernels.spin import helicity_spin
from lvgen.kernels.weak_decays import meson_vector
from lvgen.models.registry import make_model
from lvgen.parents import AimedChannel, KaonBeamChannel, Strength
from lvgen.particles import PDG_ID
from lvgen.production import ProductionChannel, Setup, Window, get_process, parse_options
from lvgen.spectra.density import SUB, HadronDensity, hadron_density
from lvgen.spectra.registry import load_source, source_hadrons
from lvgen.spectra.source import Source
from lvgen.spectra.table import SpectrumTable

EVERYWHERE = Window(SPHERE, np.zeros(4))
ONE = Strength(0.0, 0.0, 1.0)


@functools.cache
def hadrons(source: str) -> tuple[Source, SpectrumTable]:
    at = load_source(source)
    return at, source_hadrons("SIBYLL-2.3d", at, False)


def apparatus(**volume: Any) -> Apparatus:
    return Apparatus(load_detector("FASER2", {"volume": volume, "selection": "none", "planes": []}))


def brute_force(
    table: HadronDensity, grid: SpectrumTable, source: Source, pdg: int, mass: float, recoil: float, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Momenta (n, 4), decay points (n, 4) and weights of P -> V X, hadron by hadron and isotropic."""
    rng = np.random.default_rng(5)
    fine_p = np.linspace(grid.p_edges[0], grid.p_edges[-1], SUB * (len(grid.p_edges) - 1) + 1)
    fine_t = np.concatenate([np.linspace(a, b, SUB + 1)[:-1] for a, b in itertools.pairwise(grid.theta_edges)])
    fine_t = np.append(fine_t, grid.theta_edges[-1])
    half = np.sin(0.5 * 10.0**fine_t) ** 2
    content = table.density * np.diff(fine_p)[:, None] * (4.0 * np.pi * np.diff(half))[None, :]
    share = content.ravel() / content.sum()
    cell = rng.choice(len(share), n, p=share)
    i, j = np.divmod(cell, content.shape[1])
    p = 10.0 ** (fine_p[i] + (fine_p[i + 1] - fine_p[i]) * rng.random(n))
    theta = 2.0 * np.arcsin(np.sqrt(half[j] + (half[j + 1] - half[j]) * rng.random(n)))
    phi = 2.0 * np.pi * rng.random(n)
    axis = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1)
    m = mass_of_pdg(pdg)
    parent = np.column_stack([np.hypot(p, m), axis * p[:, None]])
    points, fraction = source.decay_points(pdg, parent, rng.random(n))
    e_star = (m * m + mass * mass - recoil * recoil) / (2.0 * m)
    star = isotropic(rng, n) * math.sqrt(e_star**2 - mass**2)
    along = np.sum(star * parent[:, 1:], axis=1)
    factor = (e_star + along / (parent[:, 0] + m)) / m
    boson = np.column_stack([(parent[:, 0] * e_star + along) / m, star + factor[:, None] * parent[:, 1:]])
    return boson, points, fraction * content.sum() / n


def isotropic(rng: np.random.Generator, n: int) -> np.ndarray:
    v = rng.normal(size=(n, 3))
    return v / np.linalg.norm(v, axis=1)[:, None]


def mass_of_pdg(pdg: int) -> float:
    from lvgen.particles import mass

    return mass(pdg)


def chords(where: Apparatus, origin: np.ndarray, boson: np.ndarray) -> np.ndarray:
    out = np.empty((len(boson), 4))
    segments_of_rays(where.shape, where.parameters, np.ascontiguousarray(origin[:, :3]), boson, out)
    return (out[:, 1] - out[:, 0]) + (out[:, 3] - out[:, 2])


def estimates(weight: np.ndarray, values: list[np.ndarray]) -> list[tuple[float, float]]:
    """Sums over points and their errors."""
    n = len(weight)
    return [(float((weight * v).sum()), float(np.sqrt(n) * (weight * v).std())) for v in values]


@pytest.mark.parametrize(
    ("source", "parent", "product", "volume"),
    [
        # parents that fly up to 140 m before a volume that begins at 200 m; soft ones far off the axis
        ("LHC-13.6TeV", "K_L", "pi0", {"shape": "cylinder", "front": "200 m", "length": "100 m", "radius": "8 m"}),
        ("LHC-13.6TeV", "K+", "pi+", {"shape": "box", "front": "30 m", "length": "10 m", "width": "4 m",
                                      "height": "2 m", "center": ["5 m", "0 m"]}),
        # absorption in the target
        ("SPS-400GeV-Mo", "K_S", "pi0", {"shape": "cylinder", "front": "2 m", "length": "3 m", "radius": "1 m"}),
        # nothing stops them, and many decay inside or behind the volume
        ("SPS-400GeV", "K_S", "pi0", {"shape": "cylinder", "front": "5 m", "length": "5 m", "radius": "2 m"}),
    ],
)  # fmt: skip
def test_aimed_bosons_against_a_monte_carlo_that_aims_at_nothing(
    source: str, parent: str, product: str, volume: dict[str, Any]
) -> None:
    """Bosons that meet the volume, and those weighted with chord/momentum (their decays there when they live long), in
    parts of the volume's cross-section and by the sine of the angle at which they come; within 4.5 standard deviations.
    """
    at, table = hadrons(source)
    pdg, mass = PDG_ID[parent], 0.15
    density = hadron_density(table, pdg)
    where = apparatus(**volume)
    boson, origin, unit = brute_force(density, table, at, pdg, mass, mass_of(product), 250_000)

    def quantities(boson: np.ndarray, origin: np.ndarray) -> list[np.ndarray]:
        chord = chords(where, origin, boson)
        p = np.linalg.norm(boson[:, 1:], axis=1)
        far = np.linalg.norm(origin[:, :3], axis=1) > 0.3 * where.parameters[0]
        steep = np.hypot(boson[:, 1], boson[:, 2]) / p > 0.05
        hit = (chord > 0.0).astype(float)
        return [hit, chord / p, hit * far, hit * steep, chord * (boson[:, 1] > 0.0)]

    brute = estimates(np.broadcast_to(unit, len(boson)), quantities(boson, origin))
    decay = TwoBody(pdg, mass, (PDG_ID[product],))
    channel = AimedChannel("test", decay, ONE, density, Setup(make_model("dark_photon"), table, where.window, None, at))
    draws = channel.draw(np.random.default_rng(2).random((200_000, channel.dimensions)))
    aimed = estimates(draws.weight / len(draws), quantities(draws.boson, draws.origin))
    for (a, da), (b, db) in zip(aimed, brute, strict=True):
        assert abs(a - b) < 4.5 * math.hypot(da, db) + 1e-12 * b
    if brute[0][0] < 0.05 * at.decay_fraction(pdg, np.array([1.0]))[0]:  # few meet it, and aiming is worth it
        assert aimed[1][1] / aimed[1][0] < 0.5 * brute[1][1] / brute[1][0]


def drawn(process: str, model: str, source: str, mass: float, n: int = 30_000, **options: Any) -> dict[str, Any]:
    """Channels of a process in every direction, and their draws, by reaction."""
    at, table = hadrons(source)
    made_by = get_process(process)
    setup = Setup(make_model(model), table, EVERYWHERE, parse_options(made_by, options), at)
    channels = made_by.channels(setup, mass)
    rng = np.random.default_rng(3)
    return {c.name: (c, c.draw(rng.random((n, c.dimensions)))) for c in channels}


REACTIONS = [
    ("k_to_pi", "dark_photon", "LHC-13.6TeV", 0.1, None),
    ("b_to_k", "B", "SPS-400GeV-Mo", 1.0, ["B+ -> K+ V", "B0 -> K*0 V", "B_s -> phi V"]),
    ("leptonic_meson", "dark_photon", "SPS-400GeV-Mo", 0.05, ["pi+ -> e+ nu V", "K+ -> mu+ nu V"]),
    ("leptonic_meson", "L_mu-L_tau", "LHC-13.6TeV", 0.2, ["K+ -> mu+ nu V", "D_s+ -> tau+ nu V"]),
    ("leptonic_meson", "muonic_U1d_phi", "SPS-400GeV-Mo", 0.25, ["K+ -> mu+ nu phi"]),
]


@pytest.mark.parametrize(("process", "model", "source", "mass", "reactions"), REACTIONS)
def test_what_is_drawn_sums_to_hadrons_times_the_rate(
    process: str, model: str, source: str, mass: float, reactions: list[str] | None
) -> None:
    """Hadrons of the table that decay before they are stopped, times the branching ratio of ``lvgen rate``."""
    at, table = hadrons(source)
    g = 1e-4
    for name, (channel, draws) in drawn(process, model, source, mass, reactions=reactions).items():
        fine = np.linspace(table.p_edges[0], table.p_edges[-1], 20 * (len(table.p_edges) - 1) + 1)
        fraction = at.decay_fraction(channel.parent_pdg, 10.0 ** (0.5 * (fine[1:] + fine[:-1])))
        share = fraction.reshape(-1, 20).mean(axis=1)
        parents = float((table.content[channel.parent_pdg].sum(axis=1) * share).sum())
        reaction = reaction_of(name, get_process(process).reactions())
        rate = lvgen.branching_ratio(reaction, model=model, mass=mass, coupling=g)
        weight = draws.weight * channel.coefficient(np.array([g]))[0]
        error = weight.std() / math.sqrt(len(weight))
        assert abs(weight.mean() - parents * rate.value) < 4.5 * error + 2e-3 * parents * rate.value, name


def reaction_of(name: str, known: tuple[str, ...]) -> str:
    """The reaction of which a channel may be the charge conjugate."""
    swapped = {"K-": "K+", "pi-": "pi+", "D-": "D+", "D_s-": "D_s+", "e-": "e+", "mu-": "mu+", "tau-": "tau+"}
    swapped |= {
        "B-": "B+",
        "B0bar": "B0",
        "K0bar": "K0",
        "K*-": "K*+",
        "K*0bar": "K*0",
        "B_sbar": "B_s",
        "rho-": "rho+",
    }
    (found,) = {name, " ".join(swapped.get(word, word) for word in name.split())} & set(known)
    return found


@pytest.mark.parametrize(("process", "model", "source", "mass", "reactions"), REACTIONS)
def test_momentum_is_conserved_and_every_particle_is_on_its_shell(
    process: str, model: str, source: str, mass: float, reactions: list[str] | None
) -> None:
    for name, (channel, draws) in drawn(process, model, source, mass, 2000, reactions=reactions).items():
        rows = draws.weight > 0.0
        companions = channel.companion_momenta(draws)[rows]
        total = draws.boson[rows] + companions.sum(axis=1)
        scale = draws.parent[rows, :1]
        assert np.abs((total - draws.parent[rows]) / scale).max() < 1e-11, name
        for k, pdg in enumerate(channel.companions):
            p = companions[:, k]
            off = p[:, 0] ** 2 - np.sum(p[:, 1:] ** 2, axis=1) - mass_of_pdg(pdg) ** 2
            assert np.abs(off / p[:, 0] ** 2).max() < 1e-9, name
        off = draws.boson[rows, 0] ** 2 - np.sum(draws.boson[rows, 1:] ** 2, axis=1) - mass**2
        assert np.abs(off / draws.boson[rows, 0] ** 2).max() < 1e-12, name
        # the decay point lies on the parent's way
        place, p = draws.origin[rows], draws.parent[rows]
        assert np.abs(place[:, :3] * p[:, :1] - place[:, 3:] * p[:, 1:]).max() < 1e-9 * np.abs(place * p[:, :1]).max()


def rest_frame(boson: np.ndarray, parent: np.ndarray) -> np.ndarray:
    m = np.sqrt(parent[:, 0] ** 2 - np.sum(parent[:, 1:] ** 2, axis=1))
    along = np.sum(boson[:, 1:] * parent[:, 1:], axis=1)
    energy = (parent[:, 0] * boson[:, 0] - along) / m
    factor = (along / (parent[:, 0] + m) - boson[:, 0]) / m
    return np.column_stack([energy, boson[:, 1:] + factor[:, None] * parent[:, 1:]])


@pytest.mark.parametrize("couplings", [(1.0, 0.0, 0.0, 0.0), (0.3, 0.8, 0.0, 0.0), (-1.0, 0.0, 0.0, 1.0)])
def test_energies_of_leptonic_decays_against_quadrature_over_the_dalitz_plot(couplings: tuple[float, ...]) -> None:
    """K+ -> mu+ nu V: dGamma = |M|^2 dE_V dE_nu / (64 pi^3 m_K) integrated with the amplitude at rest; 12 bins of E_V,
    chi^2 of 12 degrees of freedom below 33 (1e-3)."""
    m_k, m_l, m_v = mass_of("K+"), mass_of("mu"), 0.12
    decay = LeptonicDecay("K+", "mu", m_v, couplings)
    ratio = decay.ratio()[0]
    channel = kaon_beam(MesonToLepton(decay, 321, m_v, (-13, 14), 1.0 / ratio))
    draws = channel.draw(np.random.default_rng(8).random((200_000, channel.dimensions)))
    energy = rest_frame(draws.boson, draws.parent)[:, 0]
    edges = np.linspace(m_v, (m_k**2 + m_v**2 - m_l**2) / (2.0 * m_k), 13)
    found = np.histogram(energy, edges, weights=draws.weight)[0]
    squares = np.histogram(energy, edges, weights=draws.weight**2)[0]
    expected = np.array([dalitz(a, b, m_k, m_l, m_v, couplings) for a, b in itertools.pairwise(edges)])
    expected *= 1.0 / (decay.tree_width * ratio)
    assert expected.sum() == pytest.approx(1.0, rel=2e-4)
    chi2 = ((found / len(draws) - expected) ** 2 / (squares / len(draws) ** 2)).sum()
    assert chi2 < 33.0


def dalitz(low: float, high: float, m_p: float, m_l: float, m_v: float, couplings: tuple[float, ...]) -> float:
    """Width between two energies of V by Gauss-Legendre in E_V and E_nu, the amplitude taken with explicit momenta."""
    x, w = np.polynomial.legendre.leggauss(28)
    total, rho = 0.0, np.zeros(9)
    for xi, wi in zip(x, w, strict=True):
        # the square root at threshold is smooth in t
        t = 0.5 * (xi + 1.0)
        e_v = low + (high - low) * t * t
        p = math.sqrt(max(0.0, e_v**2 - m_v**2))
        s = m_p**2 + m_v**2 - 2.0 * m_p * e_v - m_l**2
        e_min, e_max = s / (2.0 * (m_p - e_v + p)), s / (2.0 * (m_p - e_v - p))
        for yj, vj in zip(x, w, strict=True):
            # E_nu in the logarithm, as it peaks
            e_nu = e_min * (e_max / e_min) ** (0.5 * (yj + 1.0))
            e_l = m_p - e_v - e_nu
            p_l = math.sqrt(e_l**2 - m_l**2)
            c = (p_l**2 - p**2 - e_nu**2) / (2.0 * p * e_nu) if p > 0.0 else 0.0
            sin = math.sqrt(max(0.0, 1.0 - c * c))
            v, q = (e_v, 0.0, 0.0, p), (e_nu, e_nu * sin, 0.0, e_nu * c)
            l = (e_l, -q[1], 0.0, -p - q[3])  # noqa: E741
            squared, _ = meson_vector.py_func((m_p, 0.0, 0.0, 0.0), l, q, v, m_l, m_v, couplings, rho)
            jacobian = 2.0 * t * (high - low) * 0.5 * wi * e_nu * math.log(e_max / e_min) * 0.5 * vj
            total += squared * jacobian / (64.0 * math.pi**3 * m_p)
    return total


def kaon_beam(decay: Any) -> ProductionChannel:
    return KaonBeamChannel("test", decay, ONE, load_source("NA62-K"))


@pytest.mark.parametrize(
    ("process", "model", "source", "mass", "reaction"),
    [
        ("leptonic_meson", "dark_photon", "SPS-400GeV-Mo", 0.1, "K+ -> mu+ nu V"),
        ("leptonic_meson", "L_mu-L_tau", "SPS-400GeV-Mo", 0.1, "D_s+ -> mu+ nu V"),
        ("b_to_k", "B", "SPS-400GeV-Mo", 1.5, "B0 -> K*0 V"),
        ("k_to_pi", "dark_photon", "LHC-13.6TeV", 0.2, "K+ -> pi+ V"),
    ],
)
def test_share_of_helicity_0_is_that_of_the_rate(
    process: str, model: str, source: str, mass: float, reaction: str
) -> None:
    """From the spins in the laboratory, taken along the helicity axis; within 4.5 standard deviations or 1e-9."""
    channel, draws = drawn(process, model, source, mass, reactions=[reaction])[reaction]
    rate = lvgen.branching_ratio(reaction, model=model, mass=mass, coupling=1e-3)
    spin = draws.spin
    if spin is None:
        spin = np.zeros((len(draws), 9))
        helicity_spin(
            draws.boson, draws.parent, channel.longitudinal_fraction, channel.mean_helicity, draws.weight, spin
        )
    # the parent's direction in the boson's rest frame, axes of the laboratory
    axis = rest_frame(draws.parent, draws.boson)[:, 1:]
    axis /= np.linalg.norm(axis, axis=1)[:, None]
    t = np.array([[0, 3, 4], [3, 1, 5], [4, 5, 2]])
    share = np.einsum("ni,nij,nj->n", axis, spin[:, t], axis)
    assert np.allclose(spin[:, :3].sum(axis=1)[draws.weight > 0.0], 1.0, atol=1e-9)
    mean = np.average(share, weights=draws.weight)
    error = math.sqrt(float(np.sum(draws.weight**2 * (share - mean) ** 2))) / draws.weight.sum()
    assert rate.longitudinal_fraction is not None
    assert abs(mean - rate.longitudinal_fraction) < 4.5 * error + 1e-6


def test_bosons_of_kaons_against_another_program() -> None:
    """FORESEE's own Monte Carlo with its own table of SIBYLL; see the file for what differs."""
    with (Path(__file__).parent / "reference" / "foresee_decays.csv").open() as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    at, table = hadrons("LHC-13.6TeV")
    window = Window(DISC, np.array([0.0, 0.0, math.tan(1e-3), 0.0]))
    setup = Setup(make_model("dark_photon"), table, window, None, at)
    channel = AimedChannel("test", TwoBody(321, 0.1, (211,)), ONE, hadron_density(table, 321), setup)
    draws = channel.draw(np.random.default_rng(1).random((200_000, channel.dimensions)))
    edges = [float(rows[0]["p_low_GeV"]), *(float(row["p_high_GeV"]) for row in rows)]
    weight = draws.weight * table.sigma_inel_pb / len(draws)
    found = np.histogram(np.linalg.norm(draws.boson[:, 1:], axis=1), edges, weights=weight)[0]
    np.testing.assert_allclose(found, [float(row["sigma_pb"]) for row in rows], rtol=0.04)


@pytest.mark.parametrize("conjugate", [False, True])
def test_spin_is_carried_to_the_laboratory_with_its_direction(conjugate: bool) -> None:
    """k T k and S . k, k the lepton in the boson's rest frame, are the same from the parent's frame and from the lab.

    Point by point; the charge conjugate decay is the mirror image, in which S . k changes its sign.
    """
    m_v = 0.12
    leptonic = LeptonicDecay("K+", "mu", m_v, (0.3, 0.8, 0.2, 0.4))
    decay = MesonToLepton(leptonic, 321, m_v, (-13, 14), 1.0)
    channel = kaon_beam(decay.conjugate() if conjugate else decay)
    y = np.random.default_rng(6).random((2000, channel.dimensions))
    draws, rest = channel.draw(y), decay.draw(y[:, 4:6])
    assert rest.momenta is not None
    assert rest.spin is not None
    assert draws.companions is not None
    assert draws.spin is not None
    found = spin_along(rest_frame(draws.companions[:, 0], draws.boson), draws.spin)
    expected = spin_along(rest_frame(rest.momenta[:, 0], rest.momenta[:, 2]), rest.spin)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(found[1], -expected[1] if conjugate else expected[1], rtol=1e-6, atol=1e-9)
    assert np.abs(expected[1]).max() > 0.01


def spin_along(momentum: np.ndarray, spin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """k T k and S . k."""
    k, t = momentum[:, 1:], np.array([[0, 3, 4], [3, 1, 5], [4, 5, 2]])
    return np.einsum("ni,nij,nj->n", k, spin[:, t], k), np.einsum("ni,ni->n", k, spin[:, 6:])
