"""The channel "quarks": multiplicities against measurements, conserved numbers, thresholds, and Pythia 8."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lvgen.decays.mediator import mediator
from lvgen.decays.primary import hadronisation
from lvgen.decays.primary._multiplicity import (
    AXIAL,
    CHARM,
    ISOSCALAR,
    ISOVECTOR,
    STRANGENESS,
    VECTOR,
    log_volumes,
    mean_charged,
)
from lvgen.decays.primary.hadronisation import BuiltinHadronisation, flavour_contents
from lvgen.decays.primary.pythia8 import program
from lvgen.decays.primary.registry import primary_decay
from lvgen.errors import UserError
from lvgen.kernels.phase_space import decay_n_body, phase_space_shares
from lvgen.particles import charge
from lvgen.particles import mass as particle_mass
from lvgen.pythia import MODULES

REFERENCE = Path(__file__).parent / "reference" / "charged_multiplicity.csv"
#: charged particles from the decay of one: PDG fractions; D mesons by Mark III (Phys. Lett. B263 (1991) 135)
FROM_DECAYS = {310: 2 * 0.692, 221: 0.55, 421: 2.5, 411: 2.3}
HAS_PYTHIA = any(importlib.util.find_spec(name) for name in MODULES)


def photon_like(mass):
    """What a virtual photon makes: quarks by their squared charges, u and d as 9 : 1 of isospin 1 and 0."""
    contents = {(ISOVECTOR, VECTOR): 4.5, (ISOSCALAR, VECTOR): 0.5, (STRANGENESS, VECTOR): 1.0}
    return contents | ({(CHARM, VECTOR): 4.0} if mass > 3.73 else {})


def generated(decay, n, p=0.0, seed=1):
    keys = np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)
    boson = np.tile([np.hypot(decay.mass, p), 0.0, 0.0, p], (n, 1))
    spin = np.tile([1 / 3, 1 / 3, 1 / 3, 0, 0, 0, 0, 0, 0], (n, 1))
    pdg, q = decay.generate(keys, boson, spin, np.ones(n))
    return pdg, q, boson


def charges(pdg):
    table = {int(i): charge(int(i)) for i in np.unique(pdg) if i}
    return np.vectorize(lambda i: table.get(i, 0))(pdg)


def charged_after_decays(pdg):
    """Mean and dispersion of the number of charged particles, decays included by their means."""
    per_particle = np.abs(charges(pdg)).astype(float)
    for i, n in FROM_DECAYS.items():
        per_particle[np.abs(pdg) == i] = n
    counts = per_particle.sum(axis=1)
    # decays widen the distribution: K_S and eta go to two charged pions or none, D0 to 2 or 4, D+ to 1 or 3
    spread = {310: 4 * 0.692 * 0.308, 221: 4 * 0.275 * 0.725, 421: 4 * 0.25 * 0.75, 411: 4 * 0.65 * 0.35}
    wider = sum(variance * np.mean((np.abs(pdg) == i).sum(axis=1)) for i, variance in spread.items())
    return counts.mean(), np.sqrt(counts.var() + wider)


def reference():
    with REFERENCE.open() as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@pytest.mark.parametrize("row", reference(), ids=lambda row: f"{row['experiment']} {row['sqrt_s']}")
def test_charged_multiplicity_against_measurements(row):
    """Within two errors, and 6 % for the common errors that the tables leave out."""
    mass = float(row["sqrt_s"])
    pdg, _, _ = generated(BuiltinHadronisation(mass, photon_like(mass)), 4000)
    mean, dispersion = charged_after_decays(pdg)
    error = np.hypot(2 * float(row["mean_error"]), 0.06 * mean)
    assert abs(mean - float(row["mean"])) < error
    if row["dispersion"]:
        assert abs(dispersion - float(row["dispersion"])) < np.hypot(
            2 * float(row["dispersion_error"]), 0.06 * dispersion
        )


def test_distribution_of_the_multiplicity_at_ten_gev():
    """ARGUS at 10.47 GeV (Z. Phys. C54 (1992) 13, HEPData 10.17182/hepdata.14708 table 2), per cent of events."""
    measured = {2: 1.1, 4: 8.6, 6: 22.4, 8: 29.2, 10: 22.9, 12: 10.8, 14: 3.8}
    pdg, _, _ = generated(BuiltinHadronisation(10.47, photon_like(3.0)), 20_000)
    rng = np.random.default_rng(4)
    pions = 2 * rng.binomial((pdg == 310).sum(axis=1), 0.692) + 2 * rng.binomial((pdg == 221).sum(axis=1), 0.275)
    counts = np.abs(charges(pdg)).sum(axis=1) + pions
    for n, share in measured.items():
        assert 100 * np.mean(counts == n) == pytest.approx(share, abs=0.2 * share + 2.0)


def test_mean_joins_the_exclusive_channels():
    """At 1.6 and 2 GeV the formula is within 10 % of the sum of measured channels, each with its multiplicity."""
    from lvgen.decays.hadronic.registry import channels

    per = {22: 0, 111: 0, 130: 0, 2112: 0, 310: 1.384, 311: 0.692, 221: 0.55, 331: 1.7, 223: 1.8, 333: 1.34}
    for mass in (1.6, 2.0):
        table = mediator("dark_photon").decay_table(mass)
        widths = [float(table.width(c.name)) for c in channels()]
        counts = [sum(per.get(abs(i), 1) for i in c.products) for c in channels()]
        assert np.average(counts, weights=widths) == pytest.approx(mean_charged(mass), rel=0.10)


CONTENTS = [(content, current) for current in (VECTOR, AXIAL) for content in (ISOVECTOR, ISOSCALAR, STRANGENESS, CHARM)]


@pytest.mark.parametrize(("content", "current"), CONTENTS)
@pytest.mark.parametrize("mass", [0.45, 0.6, 0.9, 1.3, 1.7, 3.0, 4.5, 10.0])
def test_conserved_numbers(content, current, mass):
    """Every content at every mass has a final state, if only by light hadrons; charge, strangeness, charm, momentum."""
    if current == VECTOR and mass < 1.5:
        pytest.skip("vector couplings come in above the transition")
    decay = BuiltinHadronisation(mass, {(content, current): 1.0})
    assert decay.is_open
    pdg, q, boson = generated(decay, 1500, p=30.0)
    assert (charges(pdg).sum(axis=1) == 0).all()
    for plus in (411, 421):
        assert not ((pdg == plus).sum(axis=1) + (pdg == -plus).sum(axis=1) > 2).any()
    charm = np.isin(pdg, [411, 421]).sum(axis=1) - np.isin(pdg, [-411, -421]).sum(axis=1)
    assert not charm.any()
    kaons = np.isin(np.abs(pdg), [321, 310, 130]).sum(axis=1)
    assert np.isin(kaons, [0, 2]).all()
    # a charged pair conserves strangeness by itself; a charged kaon's neutral partner carries the rest
    assert not (np.abs((pdg == 321).sum(axis=1) - (pdg == -321).sum(axis=1)) > 1).any()
    if content == STRANGENESS and mass > 1.15:
        assert (kaons == 2).all()
    if content == CHARM and mass > 4.0:
        assert (np.isin(np.abs(pdg), [411, 421]).sum(axis=1) == 2).all()
    assert np.abs(q.sum(axis=1) - boson).max() < 1e-13 * 30.0
    m = np.array([particle_mass(int(i)) if i else 0.0 for i in pdg.ravel()]).reshape(pdg.shape)
    assert np.abs(q[..., 0] - np.sqrt(m**2 + np.sum(q[..., 1:] ** 2, axis=-1))).max() < 1e-12 * 30.0
    used = pdg != 0
    assert (used[:, :-1] >= used[:, 1:]).all()


@pytest.mark.parametrize("current", [VECTOR, AXIAL])
def test_g_and_c_parity(current):
    """Numbers of pions in states without kaons; what is its own antiparticle; no state of two light hadrons."""
    for content, even in ((ISOVECTOR, current == VECTOR), (ISOSCALAR, current == AXIAL)):
        pdg, _, _ = generated(BuiltinHadronisation(2.5, {(content, current): 1.0}), 4000)
        plain = ~np.isin(np.abs(pdg), [321, 310, 130]).any(axis=1)
        pions = np.isin(np.abs(pdg), [111, 211]).sum(axis=1)[plain]
        assert (pions % 2 == (0 if even else 1)).all()
        assert ((pdg != 0).sum(axis=1) >= 3).all()
        neutral = ~(charges(pdg) != 0).any(axis=1)
        short = (pdg == 310).sum(axis=1)[neutral]
        weak = np.isin(pdg, [310, 130]).sum(axis=1)[neutral]
        assert np.isin(short[weak == 2], [1] if current == VECTOR else [0, 2]).all()
        if current == VECTOR:
            assert (weak == 2).all()


def test_pions_share_charge_evenly_and_a_third_of_the_energy_is_neutral():
    pdg, q, _ = generated(BuiltinHadronisation(3.0, photon_like(3.0)), 10_000)
    neutral, charged = (pdg == 111).sum(), (np.abs(pdg) == 211).sum()
    assert 2 * neutral / charged == pytest.approx(1.0, abs=0.2)
    energy = q[..., 0]
    assert energy[np.isin(pdg, [111, 221, 130])].sum() / energy.sum() == pytest.approx(0.36, abs=0.06)
    assert (pdg == 310).sum() / np.isin(pdg, [310, 130]).sum() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("mass", "counts"), [(1.7, (4, 2, 0, 0, 0, 0, 0)), (5.0, (2, 1, 2, 0, 0, 0, 0)), (10.0, (8, 4, 0, 0, 0, 0, 0))]
)
def test_volumes_by_steepest_descent(mass, counts):
    """Against sampled volumes; a factor common to all states (1.6 for three particles, 1 for many) does not matter."""
    from lvgen.decays.primary._multiplicity import _Species

    masses = np.repeat([particle_mass(pdg) for pdg in _Species.ids], counts)
    keys, shares = np.random.default_rng(1).integers(0, 2**63, 5000).astype(np.uint64), np.empty(5000)
    sampled = phase_space_shares(mass, masses, keys, shares) + np.log(shares.mean())
    assert 0.9 < np.exp(log_volumes(mass, np.array([counts], float))[0] - sampled) < 1.5


def test_flavours_of_models():
    """u, d by isospin from the charges; axial couplings alone below the transition."""
    photon = flavour_contents(mediator("dark_photon").decay_table(2.0))
    total = sum(photon.values())
    assert photon[ISOVECTOR, VECTOR] / total == pytest.approx(4.5 / 6.0)
    assert photon[STRANGENESS, VECTOR] / total == pytest.approx(1.0 / 6.0)
    baryon = flavour_contents(mediator("B").decay_table(2.0))
    assert baryon[ISOSCALAR, VECTOR] / sum(baryon.values()) == pytest.approx(2.0 / 3.0, abs=0.01)
    axial = mediator("custom", gV_u=0.3, gA_u=0.5, gA_s=0.5)
    assert set(flavour_contents(axial.decay_table(1.0))) == {(ISOVECTOR, AXIAL), (ISOSCALAR, AXIAL)}
    assert (STRANGENESS, AXIAL) in flavour_contents(axial.decay_table(1.3))
    assert (ISOVECTOR, VECTOR) in flavour_contents(axial.decay_table(2.0))


def test_the_channel_of_a_table_and_closed_masses():
    axial = mediator("custom", gA_u=0.5)
    decay = primary_decay(axial.decay_table(0.45), "quarks")
    pdg, _, _ = generated(decay, 100)
    assert (np.sort(pdg, axis=1) == [-211, 111, 211]).all()
    closed = primary_decay(axial.decay_table(0.413), "quarks")
    assert not closed.is_open
    assert not generated(closed, 5)[0].any()


def test_a_decay_depends_on_its_key_alone():
    decay = BuiltinHadronisation(2.5, photon_like(2.5))
    keys = np.random.default_rng(3).integers(0, 2**63, 30).astype(np.uint64)
    boson, spin = np.tile([2.5, 0.0, 0.0, 0.0], (30, 1)), np.zeros((30, 9))
    weight = np.ones(30)
    weight[4] = 0.0
    pdg, q = decay.generate(keys, boson, spin, weight)
    assert not pdg[4].any()
    assert not q[4].any()
    again, p = BuiltinHadronisation(2.5, photon_like(2.5)).generate(keys[20:], boson[20:], spin[20:], weight[20:])
    assert np.array_equal(pdg[20:], again)
    assert np.array_equal(q[20:], p)


def test_unknown_and_missing_programs_are_refused():
    with pytest.raises(UserError, match=r"decay\.hadronisation.*'pythia8'"):
        hadronisation.hadronisation("pythia")
    assert hadronisation.hadronisation("builtin") is hadronisation.DECAYS["quarks"]
    if not HAS_PYTHIA:
        with pytest.raises(UserError, match=r'decay\.hadronisation.*pip install "lvgen\[pythia8\]"'):
            hadronisation.hadronisation("pythia8")(mediator("dark_photon").decay_table(2.0))


class Particle:
    """What ``lvgen`` asks of a particle of Pythia 8."""

    def __init__(self, pdg, momentum, m):
        self.values = pdg, momentum, m

    def id(self):
        return self.values[0]

    def px(self):
        return self.values[1][0]

    def py(self):
        return self.values[1][1]

    def pz(self):
        return self.values[1][2]

    def m(self):
        return self.values[2]

    def e(self):
        return float(np.sqrt(self.m() ** 2 + np.sum(np.square(self.values[1]))))

    def isFinal(self):
        return True

    def isParton(self):
        return False


class StandIn:
    """Stands in for Pythia 8: three pions along the quark, imprecise by 1e-6, and a failure one time in five."""

    def __init__(self, *_):
        self.rndm, self.event, self.seeds = self, self, []
        self.particles, self.axis, self.random = [], None, None

    def readString(self, text):
        return "=" in text

    def init(self, seed=None):
        if seed is not None:
            self.seeds.append(seed)
            self.random = np.random.default_rng(seed)
        return True

    def reset(self):
        self.particles = []

    def append(self, pdg, status, colour, anticolour, px, py, pz, e, m, _):
        assert (status, colour, anticolour) == ((23, 101, 0) if pdg > 0 else (23, 0, 101))
        assert e == pytest.approx(np.sqrt(m**2 + px**2 + py**2 + pz**2))
        if pdg > 0:
            self.axis, self.mass = np.array([px, py, pz]), 2 * e

    def forceTimeShower(self, first, last, scale):
        assert (first, last, scale) == (1, 2, 2.5)

    def __iter__(self):
        return iter(self.particles)

    def next(self):
        if self.random.random() < 0.2:
            return False
        masses = [particle_mass(pdg) for pdg in (211, -211, 111)]
        keys = self.random.integers(0, 2**63, 1).astype(np.uint64)
        q = np.zeros((1, 3, 4))
        decay_n_body(self.mass, np.array(masses), keys, np.array([[self.mass, 0, 0, 0.0]]), np.ones(1), q)
        # the first pion follows the quark
        old = q[0, 0, 1:] / np.linalg.norm(q[0, 0, 1:])
        axis = self.axis / np.linalg.norm(self.axis)
        mirror = (old - axis) / np.linalg.norm(old - axis)
        p = q[0, :, 1:] - 2 * np.outer(q[0, :, 1:] @ mirror, mirror)
        p *= 1 + 1e-6
        self.particles = [Particle(*values) for values in zip((211, -211, 111), p, masses, strict=True)]
        return True


@pytest.fixture
def stand_in(monkeypatch):
    monkeypatch.setitem(sys.modules, MODULES[0], SimpleNamespace(Pythia=StandIn))
    program.cache_clear()
    yield hadronisation.hadronisation("pythia8")
    program.cache_clear()


def test_strings_follow_keys_and_spin_and_balance(stand_in):
    decay = stand_in(mediator("dark_photon").decay_table(2.5))
    n, spin = 4000, np.array([0, 0, 1.0, 0, 0, 0, 0, 0, 0])
    keys = np.random.default_rng(2).integers(0, 2**64, n, dtype=np.uint64)
    p = 20.0
    boson = np.tile([np.hypot(2.5, p), 0.0, 0.0, p], (n, 1))
    weight = np.ones(n)
    weight[3] = 0.0
    pdg, q = decay.generate(keys, boson, np.tile(spin, (n, 1)), weight)
    assert not pdg[3].any()
    used = weight > 0
    assert (np.sort(pdg[used], axis=1) == [-211, 111, 211]).all()
    assert np.abs(q[used].sum(axis=1) - boson[0]).max() < 1e-12 * p
    m = np.array([[particle_mass(int(i)) for i in row] for row in pdg[used]])
    assert np.abs(q[used][..., 0] - np.sqrt(m**2 + np.sum(q[used][..., 1:] ** 2, axis=-1))).max() < 1e-12 * p
    # the quark of a longitudinal boson goes as 1 - beta^2 cos^2, and the first pion with it
    gamma, beta_gamma = np.hypot(2.5, p) / 2.5, p / 2.5
    pz = gamma * q[used, 0, 3] - beta_gamma * q[used, 0, 0]
    cosine = pz / np.sqrt(pz**2 + np.sum(q[used, 0, 1:3] ** 2, axis=1))
    shares = decay.shares
    beta2 = sum(w * (1 - (2 * {"s": 0.5}.get(name, 0.33) / 2.5) ** 2) for name, w in shares.items()) / sum(
        shares.values()
    )
    expected = (1 / 3 - beta2 / 5) / (1 - beta2 / 3)
    assert np.mean(cosine**2) == pytest.approx(expected, abs=4 * 0.3 / np.sqrt(n))
    assert decay.replaced == 0
    alone, last = stand_in(mediator("dark_photon").decay_table(2.5)).generate(
        keys[-1:], boson[:1], spin[None], np.ones(1)
    )
    assert np.array_equal(alone, pdg[-1:])
    assert np.array_equal(last, q[-1:])
    assert len(set(program().seeds)) > 0.99 * n


def test_strings_that_fail_go_to_the_built_in_model(stand_in, monkeypatch):
    monkeypatch.setattr(StandIn, "next", lambda self: self.seeds[-1] % 2 == 0)
    monkeypatch.setattr(StandIn, "__iter__", lambda _: iter(()))
    decay = stand_in(mediator("dark_photon").decay_table(2.5))
    pdg, q, boson = generated(decay, 50, p=5.0)
    assert decay.replaced == 50
    expected, momenta, _ = generated(BuiltinHadronisation(2.5, flavour_contents(decay._table)), 50, p=5.0)
    assert np.array_equal(pdg, expected)
    assert np.array_equal(q, momenta)
    assert np.abs(q.sum(axis=1) - boson).max() < 1e-12


@pytest.mark.skipif(not HAS_PYTHIA, reason="pythia8mc is not installed")
class TestPythia:
    def decay(self, mass=2.5):
        return hadronisation.hadronisation("pythia8")(mediator("dark_photon").decay_table(mass))

    def test_momentum_charge_and_multiplicity(self):
        decay = self.decay()
        pdg, q, boson = generated(decay, 400, p=20.0)
        assert (charges(pdg).sum(axis=1) == 0).all()
        assert np.abs(q.sum(axis=1) - boson).max() < 1e-9
        mean, _ = charged_after_decays(pdg)
        assert 2.0 < mean < 5.0
        assert decay.replaced < 100

    def test_a_decay_depends_on_its_key_alone(self):
        pdg, q, _ = generated(self.decay(), 40)
        keys = np.random.default_rng(1).integers(0, 2**63, 40).astype(np.uint64)
        boson, spin = np.array([[2.5, 0.0, 0.0, 0.0]]), np.array([[1 / 3, 1 / 3, 1 / 3, 0, 0, 0, 0, 0, 0]])
        for i in (39, 7):
            alone, p = self.decay().generate(keys[i : i + 1], boson, spin, np.ones(1))
            n = np.count_nonzero(alone)
            assert np.array_equal(pdg[i, :n], alone[0, :n])
            assert np.array_equal(q[i, :n], p[0, :n])
