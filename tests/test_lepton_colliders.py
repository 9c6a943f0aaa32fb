"""Limits at Belle II and BaBar beside what was published, at single masses."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.runcard import load_card
from lvgen.units import E_CHARGE

with (Path(__file__).parent / "reference" / "lepton_colliders.csv").open(encoding="utf-8") as file:
    ROWS = [
        (row["search"], row["model"], float(row["mass_GeV"]), float(row["coupling"]))
        for row in csv.DictReader(line for line in file if not line.startswith("#"))
    ]
VISIBLE = {mass: coupling for search, model, mass, coupling in ROWS if model == "dark_photon"}


def rows_of(search: str, *models: str) -> list[tuple[str, float, float]]:
    return [(model, mass, g) for name, model, mass, g in ROWS if name == search and (not models or model in models)]


def limit(card: str, model: str, mass: float, published: float, *settings: str) -> tuple[float, Any]:
    """Smallest excluded coupling, and the run."""
    coupling = f"{{ min = {published / 30}, max = {published * 30}, points = 24 }}"
    changed = (f'model.mass="{mass} GeV"', f'model.name="{model}"', f"model.coupling={coupling}", "run.precision=0.05")
    table = load_card(card, (*changed, *settings)).as_table()
    table.pop("events", None)
    result = lvgen.run(table, workers=1)
    return result.contour[0].coupling_lower, result


@pytest.mark.parametrize(("model", "mass", "published"), rows_of("gamma_visible")[::2])
def test_bump_over_radiative_pairs(model: str, mass: float, published: float) -> None:
    """Backgrounds at tree level, nothing adjusted: from 0.85 to 1.37 of the projections, 1.5 is asked for.

    Largest just above 2 m_mu, where the published search has a better resolution in its reduced mass."""
    found, _ = limit("belle2_gamma_v_visible", model, mass, published, "detector.search.vetoes=[]")
    assert 1 / 1.25 < found / published < 1.45


@pytest.mark.parametrize(("model", "charge"), [("B-L_e-2L_tau", 1.0), ("B-3L_e", 3.0)])
@pytest.mark.parametrize("mass", [0.05, 0.3, 1.3, 2.9])
def test_models_without_a_published_line(model: str, charge: float, mass: float) -> None:
    """Against the recast of arXiv:2201.01788: charge^2 g^2 BR(ee + mumu) is what eps^2 e^2 BR is for a dark photon."""

    def leptons(name: str) -> float:
        table = lvgen.model(name).decay_table(mass)
        return float(table.branching_ratio("e+ e-")) + float(table.branching_ratio("mu+ mu-"))

    recast = VISIBLE[mass] * E_CHARGE / charge * math.sqrt(leptons("dark_photon") / leptons(model))
    found, _ = limit("belle2_gamma_v_visible", model, mass, recast, "detector.search.vetoes=[]")
    assert 1 / 1.25 < found / recast < 1.45


@pytest.mark.parametrize(("model", "mass", "published"), rows_of("gamma_invisible"))
def test_photon_and_nothing_else(model: str, mass: float, published: float) -> None:
    """Background from one point (0.3 GeV), the same at all masses: it grows towards soft photons, which is not told."""
    found, _ = limit("belle2_gamma_v_invisible", model, mass, published)
    assert 1 / 1.1 < found / published < 1.1 if mass < 2.0 else 1 / 1.5 < found / published < 1.1


@pytest.mark.parametrize("mass", [0.01, 0.5, 2.1])
def test_photon_and_nothing_else_of_another_model(mass: float) -> None:
    """B - 3 L_e against the recast of the line of B - L: 9 times the rate, and its own share of neutrinos."""
    published = next(g for name, _, m, g in ROWS if name == "gamma_invisible" and m == mass)
    shares = [float(lvgen.model(name).decay_table(mass).branching_ratio("nu nubar")) for name in ("B-L", "B-3L_e")]
    recast = published / 3.0 * math.sqrt(shares[0] / shares[1])
    found, _ = limit("belle2_gamma_v_invisible", "B-3L_e", mass, recast)
    assert found / recast == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize(("model", "mass", "published"), rows_of("babar"))
def test_four_muons_at_babar(model: str, mass: float, published: float) -> None:
    """One point (1 GeV) fixes the background.  At the published couplings 50 to 64 events are expected at all masses,
    at Born level in the acceptance of BaBar with efficiency 1."""
    found, result = limit("babar_mumu_z_prime", model, mass, published, "detector.search.vetoes=[]")
    assert 1 / 1.15 < found / published < 1.15
    total = np.interp(math.log(published), np.log(result.map.coupling), np.log(result.map.total[0]))
    assert 48.0 < math.exp(total) < 66.0


@pytest.mark.parametrize(("model", "mass", "published"), rows_of("belle2_276"))
def test_first_invisible_search_of_belle_ii(model: str, mass: float, published: float) -> None:
    """One point (2 GeV) fixes the background; 27 to 60 events are expected at the published couplings.

    Below 1 GeV, where the published line is flat, the resolution of the recoil mass is lost on it, which is not told:
    at 10 MeV a fourth of the published coupling would be excluded."""
    found, result = limit("belle2_mumu_z_prime_invisible", model, mass, published, 'detector.exposure="276 pb^-1"')
    assert 1 / 2 < found / published < 1.3
    total = np.interp(math.log(published), np.log(result.map.coupling), np.log(result.map.total[0]))
    assert 25.0 < math.exp(total) < 65.0


def test_masses_that_are_vetoed_have_no_limit() -> None:
    _, result = limit("belle2_gamma_v_visible", "dark_photon", 1.02, 2e-4)
    (row,) = result.contour
    assert not row.excludes
    assert math.isnan(row.n_required)
    assert "vetoed" in result.info["statistics"]["closed"]["1.02"]
