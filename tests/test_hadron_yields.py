"""Shipped hadron tables against generator runs made elsewhere, another program's tables, and measured spectra."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import numpy as np
import pytest

import lvgen
from lvgen.particles import mass, pdg_id
from lvgen.spectra.table import SpectrumTable


def _rows() -> list[dict[str, str]]:
    with (Path(__file__).parent / "reference" / "hadron_spectra.csv").open() as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


ROWS = _rows()
SIBYLL, FORESEE = ([r for r in ROWS if name in r["model"]] for name in ("SIBYLL 2.3d", "FORESEE"))
NAMES = {"K0L": "K_L", "rho0": "rho0"}


def forward(table: SpectrumTable, pdg: int, theta: float, p_min: float) -> float:
    """Hadrons for each collision and hemisphere below an angle (rad) and above a momentum (GeV); cells that the limits
    cut count by their share in log p and in solid angle."""
    content = table.content[pdg]
    p, t = 10.0**table.p_edges, 10.0**table.theta_edges
    above = np.clip(np.log(p[1:] / p_min) / np.log(p[1:] / p[:-1]), 0.0, 1.0)
    inside = np.clip(
        (np.cos(np.minimum(t[:-1], theta)) - math.cos(theta)) / (np.cos(t[:-1]) - np.cos(np.minimum(t[1:], math.pi))),
        0.0, 1.0,
    )  # fmt: skip
    inside[t[:-1] >= theta] = 0.0
    return float(above @ content @ inside)


@pytest.mark.parametrize("row", SIBYLL, ids=lambda r: r["parameters"][:90])
def test_sibyll_tables_against_runs_of_the_generator_elsewhere(row: dict[str, str]) -> None:
    what = row["parameters"]
    name, theta, p_min = re.search(r"; ([^;]+); theta<([0-9.]+) mrad p>([0-9.]+) GeV", what).groups()  # type: ignore[union-attr]
    source = "LHC-13.6TeV" if "13.6" in what else "SPS-400GeV"
    table = lvgen.spectrum("SIBYLL-2.3d", source)
    found = forward(table, pdg_id(NAMES.get(name, name)), float(theta) * 1e-3, float(p_min))
    # cells cut by the limits add up to 2 % where the spectrum is steep
    assert found == pytest.approx(float(row["value"]), rel=float(row["rel_tolerance"]) + 0.02)


@pytest.mark.parametrize("row", FORESEE, ids=lambda r: r["model"] + r["parameters"])
def test_forward_cross_sections_against_another_program(row: dict[str, str]) -> None:
    """FORESEE's SIBYLL tables within the version's difference.

    Its EPOS-LHC ones beside our SIBYLL, since no EPOS-LHC table ships: pi0 within the 30 % of the reference, eta within
    55 %, since SIBYLL makes 46 % more.  That is the generators' difference and not that of two ways to count: 30,000
    collisions of EPOS-LHC itself, counted by lvgen, are 2.9(1.0) % (pi0) and 1.9(2.6) % (eta) above these rows; see
    ``benchmarks/epos.py``.
    """
    pdg, theta = re.search(r"pid ([0-9]+); theta<([0-9.]+) mrad", row["parameters"]).groups()  # type: ignore[union-attr]
    table = lvgen.spectrum("SIBYLL-2.3d", "LHC-13.6TeV")
    found = table.sigma_inel_pb * forward(table, int(pdg), float(theta) * 1e-3, 100.0)
    spread = 0.55 if "EPOS" in row["model"] and pdg == "221" else float(row["rel_tolerance"])
    assert found == pytest.approx(float(row["value"]), rel=spread)


# --- measured spectra: the parametrisation of Bonesini, Marchionni, Pietropaolo and Tabarelli de Fatis ---------------

_BE, _SIGMA_P_BE = 9.012, 41.2 * 9.012**0.711
_FITS = {
    211: (62.3, 1.57, 3.45, 0.517, 6.10, 0.153, 0.478), -211: (62.3, 1.57, 3.45, 0.517, 6.10, 0.153, 0.478),
    321: (7.74, 0.0, 2.45, 0.444, 5.04, 0.121, 0.242), -321: (7.74, 0.0, 2.45, 0.444, 5.04, 0.121, 0.242),
}  # fmt: skip


def bmpt(pdg: int, p: float, theta: float, beam: float = 400.0) -> float:
    """E d3sigma/dp3 in mb/GeV^2 of p Be (hep-ph/0101163 eqs. 7 to 11), p in GeV, theta in rad."""
    m_p, m_h = mass("p"), mass(pdg)
    e_beam = math.hypot(beam, m_p)
    s = 2.0 * m_p * (m_p + e_beam)
    gamma, beta_gamma = (e_beam + m_p) / math.sqrt(s), beam / math.sqrt(s)
    e, pz, pt = math.hypot(p, m_h), p * math.cos(theta), p * math.sin(theta)
    e_star = gamma * e - beta_gamma * pz
    x = e_star / ((s - 1.88**2 + m_h**2) / (2.0 * math.sqrt(s)))
    a, b, alpha, beta, slope, g, d = _FITS[pdg]
    a1, b1 = slope / x**g, slope**2 / (2.0 * x**d)
    value = a * (1.0 - x) ** alpha * (1.0 + b * x) * x**-beta * (1.0 + a1 * pt + b1 * pt**2) * math.exp(-a1 * pt)
    if pdg == -211:
        value /= 1.05 * (1.0 + x) ** 2.65
    if pdg == -321:
        value /= 1.15 * (1.0 - x) ** -3.17
    return value


@pytest.mark.parametrize("row", [r for r in ROWS if "BMPT" in r["model"]], ids=lambda r: r["parameters"])
def test_the_parametrisation_is_the_published_one(row: dict[str, str]) -> None:
    name, p, theta = re.search(r"(\S+); p=([0-9.]+) GeV; theta=([0-9.]+)", row["parameters"]).groups()  # type: ignore[union-attr]
    assert bmpt(pdg_id(name), float(p), float(theta)) == pytest.approx(float(row["value"]), rel=2e-4)


@pytest.mark.parametrize("pdg", [211, -211, 321, -321])
@pytest.mark.parametrize("name", ["SIBYLL-2.3d", "PYTHIA-6", "PYTHIA-8"])
def test_pions_and_kaons_at_400_gev_against_measured_spectra(name: str, pdg: int) -> None:
    """20 to 100 GeV within 10 mrad, p p tables against p Be for each interaction: pions within 35 %, kaons 45 %, the
    size of nuclear effects and of the generators' spread."""
    table = lvgen.spectrum(name, "SPS-400GeV")
    x, w = np.polynomial.legendre.leggauss(24)
    log_p = math.log(20.0) + 0.5 * (x + 1.0) * math.log(5.0)
    angles = 0.5 * (x + 1.0) * 0.01
    total = 0.0
    for lp, wp in zip(log_p, w, strict=True):
        p = math.exp(lp)
        for theta, wt in zip(angles, w, strict=True):
            # d3p/E = p^2 dp dOmega / E
            density = bmpt(pdg, p, theta) * p**3 / math.hypot(p, mass(pdg)) * 2.0 * math.pi * math.sin(theta)
            total += density * wp * 0.5 * math.log(5.0) * wt * 0.005
    expected = total / _SIGMA_P_BE
    found = forward(table, pdg, 0.01, 20.0) - forward(table, pdg, 0.01, 100.0)
    assert found == pytest.approx(expected, rel=0.35 if abs(pdg) == 211 else 0.45)
