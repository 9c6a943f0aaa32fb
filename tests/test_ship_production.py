"""Dark photons per proton on SHiP's target beside EventCalc-SHiP, an independent program (20 MeV to 1.9 GeV)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lvgen.kernels.geometry import SPHERE
from lvgen.models.registry import make_model
from lvgen.plan import parse_options, source_hadrons
from lvgen.production import Setup, Window, get_process
from lvgen.sampling.maps import AdaptedCube
from lvgen.spectra.registry import load_source

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
