"""Bands: other spectra and other forms of a process, reweighted from one sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lvgen
from lvgen.generation.variations import SpectrumBand, combined, envelope, filled
from lvgen.io.results import read_contour, read_signal_map
from lvgen.spectra.density import hadron_density
from lvgen.spectra.registry import load_spectrum

LHC = "LHC-13.6TeV"
GRID = {"mass": {"min": "20 MeV", "max": "0.4 GeV", "points": 4}, "coupling": {"min": 1e-7, "max": 1e-3, "points": 41}}


def card(spectrum, **more):
    return {
        "model": {"name": "dark_photon"} | GRID,
        "production": {"processes": ["meson_decay"], "spectrum": spectrum},
        "detector": {"name": "FASER2"},
        "sensitivity": {},
        "run": {"seed": 5},
    } | more


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    return lvgen.run(card(["SIBYLL-2.3d", "PYTHIA-6"]), directory=tmp_path_factory.mktemp("band") / "run")


@pytest.mark.parametrize(("name", "of_band"), [("SIBYLL-2.3d", None), ("PYTHIA-6", "PYTHIA-6")])
def test_a_reweighted_sample_gives_what_a_sample_of_that_spectrum_gives(both, name, of_band):
    """Central and other spectrum of one sample against runs of each alone, wherever an event or more is expected."""
    alone = lvgen.run(card(name))
    expected, error = alone.map.total, np.hypot(alone.map.error["total"], alone.map.error_spectrum["total"])
    found = both.map.total if of_band is None else both.map.varied[of_band]
    matters = expected > 1.0
    assert matters.sum() > 40
    # the reweighted sample has the precision of the card too, at the maximum at least; tails of the other table less
    found, expected, error = found[matters], expected[matters], error[matters]
    pull = (found - expected) / np.hypot(error, 0.02 * expected)
    assert np.abs(pull).max() < 4.0
    assert np.median(np.abs(found / expected - 1.0)) < 0.015


def test_band_surrounds_the_central_value(both):
    found = both.map
    for name in ("meson_decay", "total"):
        assert (found.low[name] <= found.n_signal[name]).all()
        assert (found.high[name] >= found.n_signal[name]).all()
    np.testing.assert_array_equal(found.high["total"], np.maximum(found.total, found.varied["PYTHIA-6"]))


def test_band_of_the_contour_holds_the_edges_of_every_spectrum(both):
    rows = [row for row in both.contour if row.excludes]
    assert rows
    for row in rows:
        assert row.coupling_lower_band_low <= row.coupling_lower <= row.coupling_lower_band_high
        assert row.coupling_upper_band_low <= row.coupling_upper <= row.coupling_upper_band_high
    assert any(row.coupling_upper_band_high > 1.01 * row.coupling_upper for row in rows)


def test_bands_are_in_the_files(both):
    assert read_contour(both.directory) == both.contour or all(
        a == b or (np.isnan(a.coupling_lower) and np.isnan(b.coupling_lower))
        for a, b in zip(read_contour(both.directory), both.contour, strict=True)
    )
    header = (both.directory / "contour.csv").read_text().splitlines()[0].split(",")
    assert header[:2] == ["mass", "coupling_lower"]
    bands = [f"coupling_{edge}_band_{end}" for edge in ("lower", "upper") for end in ("low", "high")]
    assert [name for name in header[11:] if "_band_" in name] == bands
    back = read_signal_map(both.directory)
    np.testing.assert_array_equal(back.low["total"], both.map.low["total"])
    np.testing.assert_array_equal(back.high["meson_decay"], both.map.high["meson_decay"])
    assert both.info["variations"] == ["PYTHIA-6"]
    (other,) = both.info["spectrum"]["others"]
    assert other["name"] == "PYTHIA-6"
    assert other["share_of_hadrons_out_of_reach"] == {}


def test_events_are_those_of_the_first_spectrum():
    asked = {"model": {"name": "dark_photon", "mass": "50 MeV", "coupling": 1e-5}, "events": {"number": 200}}
    kept = {key: value for key, value in card("SIBYLL-2.3d").items() if key not in ("model", "sensitivity")}
    several = kept | {"production": {"processes": ["meson_decay"], "spectrum": ["SIBYLL-2.3d", "PYTHIA-6"]}}
    one, two = lvgen.run(kept | asked), lvgen.run(several | asked)
    for name in one.record.columns:
        np.testing.assert_array_equal(one.record.columns[name], two.record.columns[name])


def test_one_spectrum_has_no_band():
    found = lvgen.run(card("SIBYLL-2.3d", model={"name": "dark_photon", "mass": "50 MeV", "coupling": 1e-5}))
    assert found.map.low is None
    assert found.map.varied == {}
    assert np.isnan(found.contour[0].coupling_lower_band_low)


def test_filled_cells_only_where_the_first_table_is_empty():
    sibyll, pythia = load_spectrum("SIBYLL-2.3d", LHC), load_spectrum("PYTHIA-6", LHC)
    without_eta = replace(sibyll, content={k: v for k, v in sibyll.content.items() if k != 221})
    drawn = filled([without_eta, pythia], [1.0, 0.98])
    first = hadron_density(sibyll, 111)
    here = hadron_density(drawn, 111)
    solid = here.density > 0
    assert (solid[first.density > 0]).all()
    assert solid.sum() > (first.density > 0).sum()
    # cells that the first table fills keep their content
    full = sibyll.content[111] > 0
    ratio = drawn.content[111].sum(axis=1) / sibyll.content[111].sum(axis=1)
    assert ratio[full.any(axis=1)].min() > 1.0 - 1e-9
    assert ratio[(sibyll.counts[111].sum(axis=1) > 1e4)].max() < 1.001
    assert drawn.content[221].sum() == pytest.approx(0.2 * 0.98 * pythia.content[221].sum())
    band = SpectrumBand([without_eta, pythia], per_collision=True)
    assert band.unreached() == {"PYTHIA-6": {}}


def test_a_process_brings_variations_of_its_own(tmp_path):
    """A form twice as large, and another spectrum: each changes one thing, the band is their envelope."""
    module = tmp_path / "doubled.py"
    module.write_text(
        "import numpy as np\n"
        "from lvgen.processes.meson_decay import MesonDecay\n"
        "class Doubled(MesonDecay):\n"
        "    name = 'doubled'\n"
        "    def channels(self, setup, mass):\n"
        "        made = super().channels(setup, mass)\n"
        "        for channel in made:\n"
        "            channel.variation_names = ('twice',)\n"
        "            channel.variation_factors = lambda draws: np.full((len(draws), 1), 2.0)\n"
        "        return made\n"
        "process = Doubled()\n"
    )
    asked = card(["SIBYLL-2.3d", "PYTHIA-6"])
    asked["production"] |= {"processes": ["meson_decay", str(module)]}
    found = lvgen.run(asked).map
    assert list(found.varied) == ["PYTHIA-6", "twice"]
    np.testing.assert_allclose(
        found.varied["twice"], found.n_signal["meson_decay"] + 2.0 * found.n_signal["doubled"], rtol=1e-3
    )
    assert (found.high["doubled"] >= 2.0 * found.n_signal["doubled"] * (1 - 1e-3)).all()
    assert (found.low["doubled"] <= found.n_signal["doubled"]).all()


def test_envelope_and_combination():
    central = [np.array([1.0, 2.0]), np.array([10.0, 20.0])]
    varied = [{"a": np.array([3.0, 1.0])}, {"a": np.array([9.0, 21.0]), "b": np.array([0.0, 0.0])}]
    total = combined(central, varied)
    np.testing.assert_array_equal(total["a"], [12.0, 22.0])
    np.testing.assert_array_equal(total["b"], [1.0, 2.0])
    low, high = envelope(central[0] + central[1], total)
    np.testing.assert_array_equal(low, [1.0, 2.0])
    np.testing.assert_array_equal(high, [12.0, 22.0])
