"""Bosons of hadrons that fly: against a Monte Carlo in numpy that aims at nothing, and against what must be conserved."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from lvgen.detection.apparatus import Apparatus
from lvgen.detection.registry import load_detector
from lvgen.flavour.constants import mass_of
from lvgen.flavour.rest import TwoBody
from lvgen.kernels.geometry import SPHERE, segments_of_rays
from lvgen.kernels.spin import helicity_spin
from lvgen.models.registry import make_model
from lvgen.parents import AimedChannel, Strength
from lvgen.particles import PDG_ID
from lvgen.production import Draws, ProductionChannel, Setup, Window, get_process, parse_options
from lvgen.sampling.maps import AdaptedCube
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
    fine_t = np.concatenate([np.linspace(a, b, SUB + 1)[:-1] for a, b in zip(grid.theta_edges, grid.theta_edges[1:])])
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
    boson, origin, unit = brute_force(density, table, at, pdg, mass, mass_of(product), 400_000)

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
    draws = channel.draw(np.random.default_rng(2).random((300_000, channel.dimensions)))
    aimed = estimates(draws.weight / len(draws), quantities(draws.boson, draws.origin))
    for (a, da), (b, db) in zip(aimed, brute, strict=True):
        assert abs(a - b) < 4.5 * math.hypot(da, db) + 1e-12 * b
    if brute[0][0] < 0.05 * at.decay_fraction(pdg, np.array([1.0]))[0]:  # few meet it, and aiming is worth it
        assert aimed[1][1] / aimed[1][0] < 0.5 * brute[1][1] / brute[1][0]
