"""Detectors round the collision: all bosons of both beams, by sum rules that know nothing of directions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

import lvgen
from lvgen.generation.both_sides import BothSides, of_both_beams
from lvgen.kernels.geometry import DISC, SPHERE, aim_direction
from lvgen.kernels.jit import kernel
from lvgen.models.registry import make_model
from lvgen.nucleon import isoscalar
from lvgen.particles import pdg_id
from lvgen.production import Setup, Window, get_process, parse_options
from lvgen.spectra.registry import load_source, load_spectrum

SOURCE = "LHC-13.6TeV"
EVERYWHERE = Window(SPHERE, np.zeros(4))


def radiated(mass: float) -> float:
    """Cross-section (pb) of bosons of baryon number radiated by one beam, quasi-real with a cutoff of 1.5 GeV."""
    m_p, s = 0.938272, 13600.0**2
    f1 = abs(2.0 * isoscalar(mass**2)) ** 2
    x, w = np.polynomial.legendre.leggauss(200)
    ln_z, ln_pt = math.log(1e-5) * (1 - x)[:, None] / 2, math.log(1e-4) + math.log(1e6) * (x + 1) / 2
    z, k2 = np.exp(ln_z), np.exp(2.0 * ln_pt)
    h = k2 + z**2 * m_p**2 + (1 - z) * mass**2
    x11 = (1 + (1 - z) ** 2) / z * k2 + z**3 * m_p**2 + 2 * (1 - z) ** 2 * mass**2 / z
    off = (1.5**4 / (1.5**4 + (h / z) ** 2)) ** 2
    sigma = (1.76 + 19.8 * (s * (1 - z)) ** 0.057) * 1e9
    values = sigma * f1 * x11 * off / (8 * math.pi**2 * h**2) * z * 2.0 * k2
    return float(w @ values @ w) * -math.log(1e-5) * math.log(1e6) / 4


def made_by_both(process: str) -> tuple[dict[str, Any], float, float]:
    """Model and mass of a run, and its bosons (pb) at coupling 1."""
    table = load_spectrum("SIBYLL-2.3d", SOURCE)
    b = {"name": "B", "kinetic_mixing": 0}
    if process == "proton_bremsstrahlung":
        return b, 0.6, 2 * radiated(0.6)
    if process == "meson_decay":
        rate = 2 * 0.98823 * (1 - (0.1 / 0.1349768) ** 2) ** 3 / (1 - (0.1 / 0.7753) ** 2) ** 2
        return {"name": "dark_photon"}, 0.1, 2 * table.sigma_inel_pb * table.integral(pdg_id("pi0"))[0] * rate
    m, width = 1.019461, 0.004249
    theta2 = abs(1 / 12.88 * m**2 / complex(1.1**2 - m**2, m * width)) ** 2
    return b, 1.1, 2 * table.sigma_inel_pb * table.integral(pdg_id("phi"))[0] * theta2


@pytest.mark.parametrize("process", ["meson_decay", "vector_mixing", "proton_bremsstrahlung"])
def test_all_bosons_decay_in_a_barrel_that_holds_them(process: str) -> None:
    """One of short lifetime cannot leave: N is twice what one beam makes, the hardest bosons included."""
    model, mass, pb = made_by_both(process)
    ctau = float(lvgen.model(**model).decay_table(mass).ctau)
    coupling = math.sqrt(ctau / 1e-7)  # 0.1 um: at most 7 mm for 6.8 TeV
    options = {"meson_decay": {"parents": ["pi0"]}, "vector_mixing": {"mesons": ["phi"]}}.get(process, {})
    barrel = {"shape": "barrel", "front": "-10 m", "length": "20 m", "radius": "5 m"}
    found = lvgen.run(
        {
            "model": {**model, "mass": f"{mass} GeV", "coupling": coupling},
            "production": {"processes": [process], process: options},
            "detector": {"name": "FASER2", "selection": "none", "exposure": "1 fb^-1", "volume": barrel},
            "sensitivity": {}, "run": {"seed": 2, "precision": 0.01},
        }
    ).map.total[0, 0]  # fmt: skip
    assert found == pytest.approx(1e3 * pb * coupling**2, rel=0.025)


def test_turned_collisions() -> None:
    """Half of the points, with momentum conserved, spin along, and hadrons where the table has them."""
    process, at = get_process("meson_decay"), load_source(SOURCE)
    options = parse_options(process, {"parents": ["eta"]})
    spectrum = load_spectrum("SIBYLL-2.3d", at)
    (inner,) = process.channels(Setup(make_model("dark_photon"), spectrum, EVERYWHERE, options, at), 0.2)
    assert of_both_beams(inner, at, Window(DISC, np.array([0.0, 0.0, 1e-3, 0.0]))) is inner
    assert of_both_beams(inner, load_source("SPS-400GeV"), EVERYWHERE) is inner
    both = of_both_beams(inner, at, EVERYWHERE)
    assert isinstance(both, BothSides)
    y = np.random.default_rng(4).random((4000, both.dimensions))
    draws, one = both.draw(y), inner.draw(np.ascontiguousarray(y[:, :-1]))
    turned, lit = y[:, -1] >= 0.5, one.weight > 0.0
    assert draws.weight == pytest.approx(2.0 * one.weight)
    assert (draws.parent[turned & lit, 3] < 0.0).all()
    assert (draws.parent[~turned & lit, 3] > 0.0).all()
    assert both.table_hadrons(draws)[1][lit] == pytest.approx(one.parent[lit])
    photon = both.companion_momenta(draws)[lit, 0]
    assert photon + draws.boson[lit] == pytest.approx(draws.parent[lit], rel=1e-6, abs=1e-6)
    assert np.linalg.norm(photon[:, 1:], axis=1) == pytest.approx(photon[:, 0], rel=1e-4, abs=1e-5)


@kernel("void(float64, float64[:,::1], float64[:,::1])", ahead=False)
def directions(p, y, out):
    for i in range(y.shape[0]):
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = aim_direction(2, y[i], p, y[i, 0], y[i, 1])


@pytest.mark.parametrize("p", [0.05, 1.0, 6800.0])
def test_directions_over_the_sphere(p: float) -> None:
    """Unit vectors whose weights make solid angles, those of hard bosons close to the axis included."""
    y, out = stats.qmc.Sobol(2, seed=1).random(1 << 14), np.empty((1 << 14, 4))
    directions(p, np.ascontiguousarray(np.column_stack([y, y])), out)
    assert np.linalg.norm(out[:, :3], axis=1) == pytest.approx(1.0)
    polar = np.arctan2(np.hypot(out[:, 0], out[:, 1]), np.abs(out[:, 2]))
    for angle in (1e-4, 0.01, 0.5, math.pi / 2):
        if angle > 0.05 / p:
            for inside in ((out[:, 2] > 0) & (polar < angle), (out[:, 2] < 0) & (polar < angle)):
                solid = 4 * math.pi * math.sin(angle / 2) ** 2
                assert (out[:, 3] * inside).mean() == pytest.approx(solid, rel=0.02)
