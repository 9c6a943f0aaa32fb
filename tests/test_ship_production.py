"""Dark photons per proton on SHiP's target beside EventCalc-SHiP, an independent program (20 MeV to 1.9 GeV)."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.generation.yields import mass_yield
from lvgen.kernels.geometry import SPHERE
from lvgen.models.registry import make_model
from lvgen.plan import Plan
from lvgen.production import Setup, Window, get_process, parse_options
from lvgen.runcard import load_card
from lvgen.sampling.maps import AdaptedCube
from lvgen.spectra.registry import load_source, source_hadrons

BATCHES, LEARNING = 8, 5

with (Path(__file__).parent / "reference" / "eventcalc_dark_photon.csv").open(encoding="utf-8") as file:
    REFERENCE = [
        tuple(float(value) for value in row.values())
        for row in csv.DictReader(line for line in file if not line.startswith("#"))
    ]


def bosons(process: str, mass: float, options: dict[str, Any], generator: str = "SIBYLL-2.3d") -> dict[str, float]:
    """Dark photons per proton at coupling 1, of any momentum and direction, by channel."""
    source = load_source("SPS-400GeV-Mo")
    made_by = get_process(process)
    checked = parse_options(made_by, options)
    spectrum = source_hadrons(generator, source, False)
    setup = Setup(make_model("dark_photon"), spectrum, Window(SPHERE, np.zeros(4)), checked, source)
    result = {}
    for channel in made_by.channels(setup, mass):
        cube, rng, means = AdaptedCube(channel.dimensions), np.random.default_rng(1), []
        for batch in range(BATCHES):
            uniform = rng.random((20_000, channel.dimensions))
            point, jacobian = cube.place(uniform)
            weight = channel.draw(point).weight * jacobian
            if batch < LEARNING:
                cube.learn(uniform, weight)
            else:
                means.append(weight.mean())
        result[channel.name] = float(np.mean(means) * channel.coefficient(np.ones(1))[0])
    return result


@pytest.mark.parametrize(("mass", "central"), [row[:2] for row in REFERENCE if row[0] < 0.5])
def test_mesons_with_the_same_ingredients(mass: float, central: float) -> None:
    """P -> gamma V of pi0, eta and eta' without form factors, and bremsstrahlung, which is small here: found within 6 %
    (hadrons of Pythia 8 there, of PYTHIA-6 here); 20 % is asked for."""
    same: dict[str, Any] = {"parents": ["pi0", "eta", "eta'"], "form_factor": "none"}
    found = sum(bosons("meson_decay", mass, same, "PYTHIA-6").values())
    found += sum(bosons("proton_bremsstrahlung", mass, {"cutoff": "1.0 GeV"}).values())
    assert found == pytest.approx(central, rel=0.1)


@pytest.mark.parametrize(("mass", "lower", "upper"), [(m, *band) for m, _, *band in REFERENCE if m > 0.5])
def test_within_its_band_above_the_mesons(mass: float, lower: float, upper: float) -> None:
    """Cutoff of 1.5 GeV."""
    found = sum(bosons("proton_bremsstrahlung", mass, {"cutoff": "1.5 GeV"}).values())
    if mass < 0.95:
        found += sum(bosons("meson_decay", mass, {}).values())
    assert lower < found < upper


@pytest.mark.parametrize(("mass", "lower", "upper"), [(m, *band) for m, _, *band in REFERENCE if 0.5 < m < 1.9])
def test_the_default_and_the_card_are_within_the_band(mass: float, lower: float, upper: float) -> None:
    """Cutoff of 1 GeV: alone, and with rho and omega replaced by mixing as in ship_dark_photon, which counts less there
    (3 % less than the lower end of the band at 0.77 GeV)."""
    mesons = sum(bosons("meson_decay", mass, {}).values()) if mass < 0.95 else 0.0
    assert lower < mesons + sum(bosons("proton_bremsstrahlung", mass, {}).values()) < upper
    shipped = load_card("ship_dark_photon").production
    found = sum(bosons("proton_bremsstrahlung", mass, shipped.options_of("proton_bremsstrahlung")).values())
    found += sum(bosons("vector_mixing", mass, {"mesons": ["rho0", "omega"]}).values())
    assert 0.96 * lower < mesons + found < upper


def card(coupling: dict[str, Any], mass: str = "300 MeV", **detector: Any) -> dict[str, Any]:
    return {
        "model": {"name": "dark_photon", "mass": mass, "coupling": coupling},
        "production": {
            "processes": ["meson_decay", "proton_bremsstrahlung", "vector_mixing"],
            "proton_bremsstrahlung": {"poles": "vetoed"},
        },
        "detector": {"name": "SHiP"} | detector,
        "sensitivity": {},
        "run": {"precision": 0.02},
    }


@pytest.mark.parametrize("mass", [0.1, 0.6, 0.9])
def test_production_goes_with_the_square_at_a_fixed_lifetime(mass: float) -> None:
    """The same lifetime at every coupling; for each process that is open, and with the number of protons."""
    totals = []
    for exposure in ("1e20 POT", "3e20 POT"):
        plan = Plan(load_card(card({"min": 1e-8, "max": 1e-6, "points": 5}, f"{mass} GeV", exposure=exposure)))
        chains, groups = plan.chains(mass)
        axis = replace(plan.axis(mass, chains), ctau=np.full(5, 0.3))
        found = mass_yield(chains, groups, axis, plan.interactions, 0.02, 1, 0)
        assert len(found.n) > 2
        for name, n in found.n.items():
            np.testing.assert_allclose(n, n[2] * (axis.coupling / axis.coupling[2]) ** 2, rtol=1e-9, err_msg=name)
        totals.append(found.n["total"][2])
    assert totals[1] == pytest.approx(3 * totals[0], rel=0.1)


def test_signal_goes_with_the_fourth_power_and_with_protons() -> None:
    """Decay lengths large against the distance: production and decay probability each go with the square."""
    found = lvgen.run(card({"min": 1e-10, "max": 1e-9, "points": 5}), seed=1).map
    slope = np.diff(np.log(found.total[0])) / np.diff(np.log(found.coupling))
    assert slope == pytest.approx([4.0] * 4, abs=0.01)
    more = lvgen.run(card({"min": 1e-10, "max": 1e-9, "points": 5}, exposure="1.2e21 POT"), seed=1).map
    np.testing.assert_allclose(more.total, 2.0 * found.total, rtol=0.08)


@pytest.mark.parametrize(
    "cuts", [{"cuts": {"min_momentum": "20 GeV"}}, {"volume": {"length": "30 m"}}, {"efficiency": 0.3}]
)
def test_tighter_cuts_do_not_enlarge_a_map(cuts: dict[str, Any]) -> None:
    """Two samples here; on one and the same sample it holds event by event (test_acceptance)."""
    axis = {"min": 1e-8, "max": 1e-5, "points": 7}
    base, tight = (lvgen.run(card(axis, **change), seed=1).map for change in ({}, cuts))
    error = np.hypot(base.error["total"], tight.error["total"])
    assert (tight.total <= base.total + 4.0 * error).all()
    assert (tight.total[0, :3] < 0.95 * base.total[0, :3]).all()
