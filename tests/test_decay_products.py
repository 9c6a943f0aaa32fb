"""Decay products in runs: every channel through flight, cascade and event files, from 3 gamma to quarks."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import lvgen
from lvgen.decays.inelastic import chi2_decay
from lvgen.decays.modes import DecaySettings, open_modes
from lvgen.errors import UserError
from lvgen.io.formats import read_events, write_events
from lvgen.io.record import EventRecord
from lvgen.models.registry import make_model
from lvgen.particles import CHI_1, CHI_2, charge, ctau
from lvgen.particles import mass as particle_mass

#: bosons of any mass along the beam line, with the spin that a test wants
SOURCE = """
import numpy as np
from lvgen.production import Draws, Options, Process, ProductionChannel

class Channel(ProductionChannel):
    name = "p p -> V X"
    dimensions = 3
    {extra}
    def __init__(self, mass):
        self.mass = mass
    def draw(self, y):
        n = len(y)
        p = 50.0 * 20.0 ** y[:, 0]
        tx, ty = 1e-3 * (y[:, 1] - 0.5), 1e-3 * (y[:, 2] - 0.5)
        pz = p / np.sqrt(1 + tx**2 + ty**2)
        boson = np.stack([np.hypot(p, self.mass), tx * pz, ty * pz, pz], axis=1)
        return Draws(boson, np.zeros((n, 4)), np.full(n, 1e12), np.zeros((n, 4)), np.full(n, -1), {spin})
    def coefficient(self, coupling):
        return coupling**2

class Source(Process):
    name = "beam_line"
    title = "bosons along the beam line"
    def mass_range(self, model, options):
        return 0.0, 100.0
    def channels(self, setup, mass):
        return [Channel(mass)]

process = Source()
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("source") / "beam_line.py"
    path.write_text(SOURCE.format(extra="", spin="None"))
    return str(path)


def run(source: str, mass: str, coupling: float, number: int = 1500, seed: int = 3, **sections: Any) -> Any:
    card: dict[str, Any] = {
        "model": {"name": "dark_photon", "mass": mass, "coupling": coupling},
        "production": {"processes": [source]},
        "detector": {"name": "FASER2", "selection": "none"},
        "events": {"number": number},
    }
    for name, entries in sections.items():
        card[name] = card.get(name, {}) | entries
    return lvgen.run(card, seed=seed, workers=1)


def channel_of(record: EventRecord) -> np.ndarray[Any, Any]:
    names = record.metadata["channels"]
    return np.array([names[str(c)] for c in record.columns["channel"]])


def row_of(record: EventRecord) -> np.ndarray[Any, Any]:
    return np.repeat(np.arange(len(record)), record.counts)


def assert_balanced(record: EventRecord) -> None:
    """What is final has the boson's four-momentum and no charge."""
    final, row = record.particles["status"] == 1, row_of(record)
    for c in ("px", "py", "pz", "e"):
        total = np.bincount(row[final], record.particles[c][final], len(record))
        assert np.abs(total - record.columns[f"llp_{c}"]).max() < 1e-11 * record.columns["llp_e"].max()
    charges = np.array([charge(int(pdg)) for pdg in record.particles["pdg"]])
    assert not np.bincount(row[final], charges[final], len(record)).any()


@pytest.fixture(scope="module")
def hadrons(source: str) -> EventRecord:
    record = run(source, "1.6 GeV", 3e-8, 4000).record
    assert record is not None
    return record


def test_every_channel_has_its_share(hadrons: EventRecord) -> None:
    """Without a selection events follow the branching ratios (expected counts pooled where they are small)."""
    table = lvgen.model("dark_photon").decay_table(1.6)
    names, counts = np.unique(channel_of(hadrons), return_counts=True)
    assert set(names) >= {"e+ e-", "pi+ pi- pi+ pi-", "pi+ pi- pi0 pi0", "K+ K- pi0", "K0bar K+ pi-", "pi+ pi- pi0"}
    found = dict(zip(names.tolist(), counts.tolist(), strict=True))
    expected = {name: len(hadrons) * float(table.branching_ratio(name)) for name in table.channels}
    large = [name for name in expected if expected[name] > 15]
    chi2 = sum((found.get(name, 0) - expected[name]) ** 2 / expected[name] for name in large)
    assert stats.chi2.sf(chi2, len(large) - 1) > 1e-3
    rest = sum(expected.values()) - sum(expected[name] for name in large)
    assert sum(found.get(name, 0) for name in expected if name not in large) == pytest.approx(rest, abs=5 * rest**0.5)


def test_balance_and_final_particles(hadrons: EventRecord) -> None:
    assert_balanced(hadrons)
    final = set(np.abs(hadrons.particles["pdg"][hadrons.particles["status"] == 1]).tolist())
    assert final == {11, 13, 22, 130, 211, 321}
    decayed = set(np.abs(hadrons.particles["pdg"][hadrons.particles["status"] == 2]).tolist())
    assert decayed >= {111, 221, 223, 310, 333}


def test_kaons_decay_in_flight(hadrons: EventRecord) -> None:
    """Proper path of the K_S between the boson's decay point and the point at which its daughters begin."""
    particles, start = hadrons.particles, hadrons.offsets[:-1]
    row = row_of(hadrons)
    daughter = np.flatnonzero(particles["mother"] > 0)
    mother = start[row[daughter]] + particles["mother"][daughter] - 1
    first = daughter[np.unique(mother, return_index=True)[1]]
    mother = np.unique(mother)
    own = particles["pdg"][mother] == 310
    step = np.stack([particles[c][first[own]] - particles[c][mother[own]] for c in "xyz"], axis=1) / 1000
    p = np.linalg.norm([particles[f"p{c}"][mother[own]] for c in "xyz"], axis=0)
    proper = np.linalg.norm(step, axis=1) * particle_mass(310) / p
    assert own.sum() > 50
    assert stats.kstest(proper, "expon", args=(0, ctau(310))).pvalue > 1e-3


@pytest.mark.parametrize("ending", ["root", "parquet", "hepmc3"])
def test_files_give_back_the_tree(hadrons: EventRecord, tmp_path: Path, ending: str, assert_same_record: Any) -> None:
    part = hadrons.slice(0, 400)
    write_events(part, tmp_path / f"events.{ending}")
    assert_same_record(read_events(tmp_path / f"events.{ending}"), part)


def test_the_graph_has_a_vertex_for_every_decay(hadrons: EventRecord, tmp_path: Path) -> None:
    import pyhepmc

    part = hadrons.slice(0, 200)
    write_events(part, tmp_path / "events.hepmc3")
    with pyhepmc.open(str(tmp_path / "events.hepmc3")) as file:
        for i, event in enumerate(file):
            rows = slice(*part.offsets[i : i + 2])
            decays = np.count_nonzero(part.particles["status"][rows] == 2)
            assert sum(vertex.status == 3 for vertex in event.vertices) == decays
            for vertex in event.vertices:
                if vertex.status == 3:
                    (mother,) = vertex.particles_in
                    out = np.sum([p.momentum.pz for p in vertex.particles_out])
                    assert out == pytest.approx(mother.momentum.pz, rel=1e-9, abs=1e-9)


def test_what_the_card_leaves_is_final(source: str) -> None:
    record = run(source, "1.6 GeV", 3e-8, 600, decay={"stable": ["pi0", "K_S0", "omega"]}).record
    status = record.particles["status"][np.isin(record.particles["pdg"], (111, 310))]
    assert len(status) > 100
    assert (status == 1).all()
    assert record.metadata["left_undecayed"] == ["K_S", "omega", "pi0"]
    assert record.metadata["card"].count('stable = ["pi0", "K_S0", "omega"]') == 1
    # the channel that stands for omega -> pi0 gamma alone keeps to that
    omega = (record.particles["pdg"] == 223) & (channel_of(record)[row_of(record)] == "omega pi0")
    assert (record.particles["status"][omega] == 2).all()


@pytest.mark.parametrize(
    ("model", "mass", "coupling", "channels"),
    [
        ("dark_photon", "0.8 MeV", 1e-4, {"3 gamma"}),
        ("B-L", "2.6 GeV", 1e-8, {"quarks", "e+ e-", "nu_e nubar_e"}),
        ("protophobic", "1.02 GeV", 1e-7, {"K+ K-", "K0 K0bar", "pi+ pi- pi0", "eta gamma"}),
        ("L_mu-L_tau", "8 GeV", 1e-9, {"mu+ mu-", "tau+ tau-", "nu_mu nubar_mu", "quarks"}),
    ],
)
def test_models_from_photons_to_quarks(source: str, model: str, mass: str, coupling: float, channels: set[str]) -> None:
    """L_mu - L_tau has a kinetic mixing that depends on the mass, and masses up to 10 GeV."""
    made = run(source, mass, coupling, 400, model={"name": model})
    assert set(made.record.metadata["channels"].values()) >= channels
    assert sum(made.record.metadata["branching_ratios"].values()) == pytest.approx(1.0)
    assert_balanced(made.record)


def test_maps_and_events_agree_with_products(source: str) -> None:
    """Expected events from the map's sample and from the events' own, all channels at a mass, planes and cuts on."""
    made = run(source, "1.6 GeV", 3e-8, 1000, detector={"selection": "products"}, sensitivity={})
    expected, error = made.map.total[0, 0], made.map.error["total"][0, 0]
    total = made.record.columns["weight"].sum()
    assert total == pytest.approx(expected, abs=4 * np.hypot(error, made.record.metadata["sum_weights_error"]))


def test_numbers_do_not_depend_on_workers(source: str) -> None:
    card = {
        "model": {"name": "dark_photon", "mass": "1.6 GeV", "coupling": 3e-8},
        "production": {"processes": [source]},
        "detector": {"name": "FASER2"},
        "events": {"number": 3000},
    }
    one, three = (lvgen.run(card, seed=8, workers=w).record for w in (1, 3))
    for name in one.particles:
        assert (one.particles[name] == three.particles[name]).all()
    assert (one.columns["weight"] == three.columns["weight"]).all()


@pytest.mark.parametrize("longitudinal", [True, False])
def test_a_process_may_give_the_spin_itself(tmp_path: Path, longitudinal: bool) -> None:
    """pi+ pi- of a boson polarised along z, or in the plane across it: cos^2 and sin^2."""
    diagonal = (0.0, 0.0, 1.0) if longitudinal else (0.5, 0.5, 0.0)
    path = tmp_path / "beam_line.py"
    path.write_text(SOURCE.format(extra="", spin=f"np.tile(np.array([*{diagonal}, *np.zeros(6)]), (n, 1))"))
    record = run(str(path), "0.5 GeV", 1e-7, 3000, detector={"selection": "products", "channels": ["pi+ pi-"]}).record
    e = record.particles["e"].reshape(-1, 2)
    boson = record.columns["llp_e"]
    p = np.sqrt(boson**2 - 0.25)
    velocity = np.sqrt(1 - (2 * particle_mass(211) / 0.5) ** 2)
    cos = (e[:, 0] - e[:, 1]) / (p * velocity)
    shape = (lambda c: (c**3 + 1) / 2) if longitudinal else (lambda c: (3 * c - c**3 + 2) / 4)
    assert stats.kstest(cos, shape).pvalue > 1e-3


def test_inelastic_dark_matter_decays_on() -> None:
    """chi_2 flies with the lifetime that belongs to the run's coupling and leaves chi_1 and a pair."""
    dark = {"dark_matter": "inelastic", "dark_matter_mass_ratio": 0.3, "dark_matter_splitting": 0.4}
    table = lvgen.model("dark_photon", **dark).decay_table(1.0)
    (mode,) = open_modes(table, ("chi chibar",), DecaySettings(coupling=1e-2))
    n, rng = 3000, np.random.default_rng(5)
    boson = np.tile([np.hypot(20.0, 1.0), 0.0, 0.0, 20.0], (n, 1))
    spin = np.tile([1 / 3, 1 / 3, 1 / 3, 0, 0, 0, 0, 0, 0], (n, 1))
    weight = np.where(np.arange(n) % 10 == 0, 0.0, 1.0)
    products = mode.decay(rng.integers(0, 2**64, n, np.uint64), boson, spin, np.ones((n, 4)), weight)
    some = products.take(np.flatnonzero(weight))
    assert not products.pdg[weight == 0.0].any()
    assert (some.pdg[:, :3] == [CHI_1, CHI_2, CHI_1]).all()
    assert (some.status[:, :3] == [1, 2, 1]).all()
    assert (some.mother[:, :3] == [0, 0, 2]).all()
    final = np.where((some.status == 1)[:, :, None], some.momentum, 0.0).sum(axis=1)
    assert np.abs(final - boson[0]).max() < 1e-11
    decay = chi2_decay(make_model("dark_photon", **dark), 1.0, 1e-2)
    step = np.linalg.norm(some.point[:, 2, :3] - some.point[:, 1, :3], axis=1)
    proper = step * decay.m2 / np.linalg.norm(some.momentum[:, 1, 1:], axis=1)
    assert stats.kstest(proper, "expon", args=(0, decay.ctau)).pvalue > 1e-3
    # without a coupling of the run there is no lifetime, and chi_2 stays
    (mode,) = open_modes(table, ("chi chibar",))
    assert not mode.own


@pytest.mark.parametrize(
    ("key", "what", "decay"),
    [
        ("decay.stable", "unknown particle 'omegga'; did you mean 'omega'", {"stable": ["omegga"]}),
        ("decay.stable", "where a list of texts is due", {"stable": 3}),
        ("decay.hadronisation", "did you mean 'pythia8'", {"hadronisation": "pythia6"}),
        ("decay.stabel", "did you mean 'stable'", {"stabel": ["pi0"]}),
    ],
)
def test_refusals(source: str, key: str, what: str, decay: dict[str, Any]) -> None:
    with pytest.raises(UserError) as caught:
        run(source, "1 GeV", 1e-7, decay=decay)
    assert caught.value.key == key
    assert what in str(caught.value)


@pytest.mark.skipif(importlib.util.find_spec("pythia8") is not None, reason="Pythia 8 is installed")
def test_pythia_is_asked_for_by_its_install_line(source: str) -> None:
    with pytest.raises(UserError, match=r'pip install "lvgen\[pythia8\]"') as caught:
        run(source, "2.5 GeV", 1e-8, decay={"hadronisation": "pythia8"})
    assert caught.value.key == "decay.hadronisation"
    # where no quarks come up it is not needed
    assert len(run(source, "0.5 GeV", 1e-7, 50, decay={"hadronisation": "pythia8"}).record) == 50
