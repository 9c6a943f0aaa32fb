"""Unweighted events: kinematics, vertices, angles and weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import lvgen
from lvgen.errors import UserError
from lvgen.generation.events import decay_chances, evenly
from lvgen.particles import mass as particle_mass
from lvgen.plan import Plan
from lvgen.runcard import load_card
from lvgen.work.tasks import Tasks


def card(mass, coupling, number=6000, **detector):
    return {
        "model": {"name": "dark_photon", "mass": mass, "coupling": coupling},
        "production": {"processes": ["meson_decay"]},
        "detector": {"name": "FASER2", "channels": ["e+ e-", "mu+ mu-", "pi+ pi-"]} | detector,
        "events": {"number": number},
        "sensitivity": {},
        "run": {"precision": 0.005},
    }


@pytest.fixture(scope="module", params=[("50 MeV", 3e-5), ("130 MeV", 1e-5), ("450 MeV", 1e-6)], ids=lambda p: p[0])
def result(request):
    return lvgen.run(card(*request.param), seed=17)


def momenta(record, prefix="llp_"):
    return np.stack([record.columns[prefix + k] for k in ("e", "px", "py", "pz")], axis=1)


def particles(record):
    """(n, 3, 4) companion (a photon or a meson) and two products; every event has these three."""
    assert (record.counts == 3).all()
    return np.stack([record.particles[k] for k in ("e", "px", "py", "pz")], axis=1).reshape(-1, 3, 4)


def companion_mass(record):
    """(n,) mass of what is made with the boson, GeV."""
    pdg = record.particles["pdg"].reshape(-1, 3)[:, 0]
    known, index = np.unique(pdg, return_inverse=True)
    return np.array([particle_mass(int(k)) for k in known])[index]


def dot(a, b):
    return a[:, 0] * b[:, 0] - np.sum(a[:, 1:] * b[:, 1:], axis=1)


def test_momentum_balance_and_masses(result):
    boson, (companion, one, two) = momenta(result.record), np.moveaxis(particles(result.record), 1, 0)
    assert np.abs((one + two - boson) / boson[:, :1]).max() < 1e-9
    mass = result.record.metadata["mass_gev"]
    assert np.abs(dot(boson, boson) - mass**2).max() < 1e-12 * boson[:, 0].max() ** 2
    squared = companion_mass(result.record) ** 2
    assert np.abs(dot(companion, companion) - squared).max() < 1e-12 * boson[:, 0].max() ** 2
    parent = boson + companion
    for pdg in np.unique(result.record.columns["parent_pdg"]):
        own = result.record.columns["parent_pdg"] == pdg
        invariant = np.sqrt(dot(parent[own], parent[own]))
        assert np.abs(invariant - particle_mass(int(pdg))).max() < 1e-5


def test_leptons_follow_the_spin_of_a_transverse_boson(result):
    """cos(theta*) to the direction opposite to the companion in the boson's frame, from invariants alone."""
    record = result.record
    boson, (companion, one, _) = momenta(record), np.moveaxis(particles(record), 1, 0)
    pdg = record.particles["pdg"].reshape(-1, 3)[:, 1]
    mass = record.metadata["mass_gev"]
    seen = 0
    for code in np.unique(np.abs(pdg)):
        own = np.abs(pdg) == code
        m = particle_mass(int(code))
        k = np.sqrt(mass**2 / 4 - m**2)
        energy = dot(boson, companion)[own] / mass
        momentum = np.sqrt(energy**2 - companion_mass(record)[own] ** 2)
        # the companion flies opposite to the helicity axis
        cos = (dot(one, companion)[own] - mass / 2 * energy) / (k * momentum)
        r = 4 * m**2 / mass**2
        a, b = (1 + r, 1 - r) if code < 20 else (1.0, -1.0)
        assert (
            stats.kstest(cos, lambda c, a=a, b=b: (a * c + b * c**3 / 3 + a + b / 3) / (2 * (a + b / 3))).pvalue > 1e-3
        )
        mean = (a / 3 + b / 5) / (a + b / 3)
        assert np.mean(cos**2) == pytest.approx(mean, abs=4 * np.std(cos**2) / np.sqrt(own.sum()))
        seen += 1
    assert seen == len(record.metadata["channels"])


def test_vertices_are_inside_and_exponential(result):
    record = result.record
    boson = momenta(record)
    point = np.stack([record.columns[f"vertex_{k}"] for k in "xyz"], axis=1) / 1000
    assert point[:, 2].min() >= 480.0
    assert point[:, 2].max() <= 485.0
    assert np.hypot(point[:, 0], point[:, 1]).max() <= 1.0
    p = np.linalg.norm(boson[:, 1:], axis=1)
    t = np.linalg.norm(point, axis=1)
    assert np.allclose(point / t[:, None], boson[:, 1:] / p[:, None], atol=1e-12)
    assert np.allclose(record.columns["vertex_t"], 1000 * t * boson[:, 0] / p)
    d = record.metadata["ctau_m"] * p / record.metadata["mass_gev"]
    slope = np.linalg.norm(boson[:, 1:3], axis=1) / p
    entry, leave = 480 * p / boson[:, 3], np.minimum(485 * p / boson[:, 3], 1.0 / slope)
    u = (1 - np.exp(-(t - entry) / d)) / (1 - np.exp(-(leave - entry) / d))
    # planes behind the volume prefer late decays by less than the test can see at this opening angle
    assert stats.kstest(u, "uniform").pvalue > 1e-3


def test_exponential_where_it_is_steep():
    """A short lifetime in a long volume that begins near the target: the density is far from flat."""
    detector = {"selection": "none", "volume": {"front": "20 m", "length": "100 m"}, "planes": []}
    record = lvgen.run(card("50 MeV", 1e-4, 5000, **detector), seed=3).record
    boson = momenta(record)
    p = np.linalg.norm(boson[:, 1:], axis=1)
    t = np.linalg.norm([record.columns[f"vertex_{k}"] for k in "xyz"], axis=0) / 1000
    d = record.metadata["ctau_m"] * p / 0.05
    slope = np.linalg.norm(boson[:, 1:3], axis=1) / p
    entry, leave = 20 * p / boson[:, 3], np.minimum(120 * p / boson[:, 3], 1.0 / slope)
    assert np.median(d) < 30
    u = (1 - np.exp(-(t - entry) / d)) / (1 - np.exp(-(leave - entry) / d))
    assert stats.kstest(u, "uniform").pvalue > 1e-3
    flat = (t - entry) / (leave - entry)
    assert stats.kstest(flat, "uniform").pvalue < 1e-10


def test_weights_sum_to_the_yield(result):
    record = result.record
    weight = record.columns["weight"]
    assert weight.sum() == pytest.approx(record.metadata["sum_weights"])
    expected = result.map.total[0, 0]
    error = np.hypot(result.map.error["total"][0, 0], record.metadata["sum_weights_error"])
    assert weight.sum() == pytest.approx(expected, abs=4 * error)
    assert error < 0.02 * expected
    # unweighted: all equal but for the few above the largest weight
    assert np.count_nonzero(weight > (1.0 + 1e-12) * weight.min()) == record.metadata["overflow_events"]
    assert record.metadata["overflow_events"] < 0.02 * len(weight)


def test_no_kinematics_twice_and_the_asked_number(result):
    record = result.record
    assert len(record) == 6000
    assert len(np.unique(record.columns["llp_px"])) == 6000
    assert record.columns["event"].tolist() == list(range(6000))


def test_parents_and_channels_have_their_shares(result):
    record = result.record
    made = result.info["yields"]["events"]["channels"]
    total = sum(item["expected"] for item in made.values())
    names = {111: "pi0", 221: "eta", 331: "eta'", 223: "omega", 333: "phi"}
    for pdg, name in names.items():
        share = sum(item["expected"] for decay, item in made.items() if decay.startswith(f"{name} ->")) / total
        count = np.count_nonzero(record.columns["parent_pdg"] == pdg)
        assert count == pytest.approx(
            6000 * share, abs=5 * np.sqrt(6000 * share * (1 - share) + 1) + 0.03 * 6000 * share
        )
    ratios = record.metadata["branching_ratios"]
    for number, name in record.metadata["channels"].items():
        count = np.count_nonzero(record.columns["channel"] == int(number))
        # the acceptance of FASER2 is all but the same for every channel
        assert count == pytest.approx(6000 * ratios[name], abs=6 * np.sqrt(6000 * ratios[name]) + 60)


def test_spectrum_of_events_is_that_of_the_weighted_sample(result):
    """Boson momenta of unweighted events against an independent weighted sample of the same channel mix."""
    other = lvgen.run(card(f"{result.record.metadata['mass_gev']} GeV", result.record.metadata["coupling"]), seed=99)
    a, b = momenta(result.record)[:, 0], momenta(other.record)[:, 0]
    assert stats.ks_2samp(a, b).pvalue > 1e-3


def test_awkward_view(result):
    events = result.events
    assert events.fields[0] == "event"
    assert events.llp.mass.to_numpy() == pytest.approx(result.record.metadata["mass_gev"], rel=1e-3)
    photon = (events.particle_pdg[:, 0] == 22).to_numpy()
    assert np.isin(result.record.columns["parent_pdg"][photon], (111, 221, 331)).all()


def test_a_signal_of_zero_is_refused():
    with pytest.raises(UserError, match="no signal is expected"):
        lvgen.run(card("50 MeV", 0.9), seed=1)


def test_rows_are_taken_evenly_with_their_chances():
    """Each row as often as its chance says, the number of rows all but fixed, and certain rows always."""
    rng = np.random.default_rng(5)
    chance = np.append(rng.random(40), [1.0, 1.0, 0.0])
    times, taken = np.zeros(len(chance)), []
    for u in rng.random(4000):
        rows = evenly(chance, u)
        times[rows] += 1
        taken.append(len(rows))
    assert np.abs(times / 4000 - chance).max() < 4.5 * np.sqrt(0.25 / 4000)
    assert times[-3:].tolist() == [4000, 4000, 0]
    assert {*taken} <= {math.floor(chance.sum()), math.ceil(chance.sum())}


@pytest.mark.parametrize("ratio", [[0.1, 0.2, 0.3], [3.0, 0.5] * 200, [1e-6] * 500], ids=["few", "many", "weak"])
def test_a_chain_that_makes_little_is_decayed_all_the_same(ratio):
    ratio = np.array(ratio)
    chance = decay_chances(ratio)
    assert np.all(chance >= np.minimum(1.0, ratio))
    assert np.all(chance <= 1.0)
    if ratio.sum() >= 100:
        assert chance.tolist() == np.minimum(1.0, ratio).tolist()
    else:  # a hundred of many, all of a handful
        assert chance.sum() == pytest.approx(min(100, len(ratio)))
    assert decay_chances(np.zeros(4)).tolist() == [0.0] * 4


def test_no_channel_expects_less_than_nothing():
    """SHiP at 300 MeV, where K* make 1e-4 of the bosons: every block of every chain, against the weighted map."""
    made = {
        "model": {"name": "dark_photon", "mass": "300 MeV", "coupling": 3e-7},
        "production": {"processes": ["meson_decay"]},
        "detector": {"name": "SHiP"},
        "events": {"number": 4000},
    }
    source, _ = Tasks(Plan(load_card(made)), 1).source
    found = [source.block(number)[1:] for number in range(12)]
    sums, squares = (np.array(part) / source.points for part in zip(*found, strict=True))
    assert sums.min() > 0.0
    error = np.sqrt((squares - sums**2) / source.points)
    # blocks are independent, so their scatter checks the errors that they state, here to 20 % each
    scatter = sums.std(axis=0, ddof=1) / np.sqrt((error**2).mean(axis=0))
    assert np.all((scatter > 0.4) & (scatter < 1.7))
    assert (error / sums).max() < 0.5
    # a second way: points that all decay, with a share of them for each mode
    for k, chain in enumerate(source.chains):
        if chain.channel.name in ("K*- -> K- V", "rho0 -> pi0 V", "eta -> gamma V"):
            sample = chain.sample(np.random.default_rng(3), 20_000)
            weight = source.weights(k, sample.a, sample.x)
            apart = sums[:, k].mean() - weight.mean()
            assert abs(apart) < 4.5 * np.hypot(sums[:, k].std() / np.sqrt(12), weight.std() / np.sqrt(20_000))
