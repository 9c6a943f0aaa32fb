"""Flat n-body phase space and the decays into many pions.

Against closed forms, quadrature and a second, weighted sampler in plain numpy, with the current squared as a weight.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, kstest

from lvgen.decays.hadronic.four_pions import part_factors
from lvgen.decays.mediator import mediator
from lvgen.decays.primary.four_pions import FourPionDecay
from lvgen.decays.primary.registry import primary_decay
from lvgen.kernels.four_pion_decay import four_pion_currents
from lvgen.kernels.phase_space import MAX_BODIES, decay_n_body, phase_space_shares

CHANNELS = ("pi+ pi- pi+ pi-", "pi+ pi- pi0 pi0")
UNPOLARISED = np.array([1 / 3, 1 / 3, 1 / 3, 0, 0, 0, 0, 0, 0.0])
LONGITUDINAL = np.array([0, 0, 1.0, 0, 0, 0, 0, 0, 0])
CIRCULAR = np.array([0.5, 0.5, 0, 0, 0, 0, 0, 0, 1.0])


def momentum(m, a, b):
    return np.sqrt(np.clip((m**2 - (a + b) ** 2) * (m**2 - (a - b) ** 2), 0.0, None)) / (2.0 * m)


def genbod(rng, mass, masses, n):
    """Momenta (n, k, 4) in the rest frame and weights (n,): F. James, CERN 68-15, uniform and sorted masses."""
    masses = np.asarray(masses, float)
    k = len(masses)
    free = mass - masses.sum()
    u = np.sort(rng.random((n, k - 2)), axis=1)
    inside = np.column_stack([np.full(n, masses[0]), masses.cumsum()[1:-1] + free * u, np.full(n, mass)])
    weight = np.ones(n)
    system = np.zeros((n, 4))
    system[:, 0] = mass
    q = np.empty((n, k, 4))
    for i in range(k - 1, 0, -1):
        p = momentum(inside[:, i], inside[:, i - 1], masses[i])
        weight *= p
        direction = rng.normal(size=(n, 3))
        direction *= (p / np.linalg.norm(direction, axis=1))[:, None]
        for sign, m, out in ((1.0, masses[i], i), (-1.0, inside[:, i - 1], None)):
            star = sign * direction
            energy = np.sqrt(m**2 + p**2)
            along = np.sum(star * system[:, 1:], axis=1)
            w = inside[:, i]
            shift = (energy + along / (system[:, 0] + w)) / w
            moved = star + shift[:, None] * system[:, 1:]
            four = np.column_stack([np.sqrt(m**2 + np.sum(moved**2, axis=1)), moved])
            if out is None:
                rest = four
            else:
                q[:, out] = four
        system = rest
    q[:, 0] = system
    return q, weight


def chi2(sample, values, weights, bins):
    """chi^2 per bin of an unweighted sample against a weighted one, both with their errors."""
    ends = (min(sample.min(), values.min()), max(sample.max(), values.max()))
    a, edges = np.histogram(sample, bins, ends)
    b, _ = np.histogram(values, edges, weights=weights)
    b2, _ = np.histogram(values, edges, weights=weights**2)
    fa, fb = a / len(sample), b / weights.sum()
    error = a / len(sample) ** 2 + b2 / weights.sum() ** 2
    use = (a > 20) & (b**2 > 15 * b2)  # enough points, or enough weight that is not one point's
    return float(np.sum((fa - fb)[use] ** 2 / error[use]) / use.sum())


def keys_of(seed, n):
    return np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)


def decays(mass, masses, n, seed=1, lab=None):
    boson = np.tile([mass, 0.0, 0.0, 0.0], (n, 1)) if lab is None else lab
    products = np.zeros((n, len(masses), 4))
    decay_n_body(mass, np.asarray(masses, float), keys_of(seed, n), boson, np.ones(n), products)
    return products


def volume(mass, masses, n=20_000):
    """Volume with its error, and the largest share of a proposal that was accepted."""
    shares = np.empty(n)
    factor = math.exp(phase_space_shares(mass, np.asarray(masses, float), keys_of(7, n), shares))
    return factor * shares.mean(), factor * shares.std() / math.sqrt(n), shares.max()


@pytest.mark.parametrize("n", range(2, 13))
def test_volume_of_massless_particles(n):
    mass = 2.0
    exact = (math.pi / 2) ** (n - 1) * mass ** (2 * n - 4) / (math.factorial(n - 1) * math.factorial(n - 2))
    value, error, largest = volume(mass, [0.0] * n)
    assert abs(value - exact) < 4 * error + 1e-12 * exact
    assert largest <= 1.0


@pytest.mark.parametrize("masses", [(0.14, 0.5), (0.14, 0.14, 0.14), (0.49, 0.14, 0.55), (1.87, 0.0, 0.14)])
@pytest.mark.parametrize("excess", [1.02, 1.5, 6.0])
def test_volume_of_two_and_three_massive_particles(masses, excess):
    mass = excess * sum(masses)

    def two(m, a, b):
        return math.pi * momentum(m, a, b) / m

    if len(masses) == 2:
        exact = two(mass, *masses)
    else:
        a, b, c = masses
        exact = quad(lambda w: 2 * w * two(w, a, b) * two(mass, w, c), a + b, mass - c, epsabs=0, epsrel=1e-8)[0]
    value, error, largest = volume(mass, masses)
    assert abs(value - exact) < 4 * error + 1e-9 * exact
    assert largest <= 1.0


@pytest.mark.parametrize("n", [3, 5, 8, 12])
def test_invariant_mass_of_all_massless_particles_but_one(n):
    """s'/s has the density x^(n-3) (1 - x): volumes of n - 1 particles times the momentum of the last."""
    q = decays(1.0, [0.0] * n, 20_000)
    for left_out in (0, n // 2, n - 1):
        assert kstest(1.0 - 2.0 * q[:, left_out, 0], beta(n - 2, 2).cdf).pvalue > 1e-3


@pytest.mark.parametrize(("mass", "masses"), [(1.5, [0.14] * 6), (2.2, [0.494, 0.494, 0.14, 0.135, 0.548])])
def test_energies_and_pair_masses_against_a_second_sampler(mass, masses):
    q = decays(mass, masses, 40_000)
    reference, weight = genbod(np.random.default_rng(3), mass, masses, 60_000)
    for i in (0, 2, len(masses) - 1):
        assert chi2(q[:, i, 0], reference[:, i, 0], weight, 25) < 1.7
    for i, j in ((0, 1), (1, 3), (2, 4)):
        pair, expected = (x[:, i] + x[:, j] for x in (q, reference))
        square = [x[:, 0] ** 2 - np.sum(x[:, 1:] ** 2, axis=1) for x in (pair, expected)]
        assert chi2(*square, weight, 25) < 1.7


def test_directions_are_isotropic():
    q = decays(1.2, [0.14, 0.14, 0.5, 0.14], 20_000)
    for i in range(4):
        for axis in range(1, 4):
            cosine = q[:, i, axis] / np.linalg.norm(q[:, i, 1:], axis=1)
            assert kstest(cosine, "uniform", (-1.0, 2.0)).pvalue > 1e-3


def test_fast_bosons_keep_momentum_and_masses():
    mass, masses, n = 1.7, [0.13957, 0.13957, 0.13498, 0.4937, 0.4937], 2000
    rng = np.random.default_rng(2)
    p = rng.normal(size=(n, 3)) * 10.0 ** rng.uniform(-2, 3, n)[:, None]
    boson = np.column_stack([np.sqrt(mass**2 + np.sum(p**2, axis=1)), p])
    q = decays(mass, masses, n, lab=boson)
    assert np.abs((q.sum(axis=1) - boson) / boson[:, :1]).max() < 1e-14 * 50
    on_shell = np.sqrt(np.array(masses) ** 2 + np.sum(q[..., 1:] ** 2, axis=-1))
    assert np.abs(q[..., 0] / on_shell - 1.0).max() < 1e-14


def test_largest_number_of_bodies_and_rows_that_are_left_out():
    masses = np.full(MAX_BODIES, 0.14)
    boson = np.tile([5.0, 0.0, 0.0, 0.0], (4, 1))
    products = np.zeros((4, MAX_BODIES, 4))
    decay_n_body(5.0, masses, keys_of(1, 4), boson, np.array([1.0, 0.0, 1.0, 1.0]), products)
    assert not products[1].any()
    assert np.allclose(products[[0, 2, 3]].sum(axis=1), boson[0], atol=1e-13)


def test_a_row_depends_on_its_key_alone():
    masses = np.full(5, 0.14)
    keys, boson = keys_of(3, 50), np.tile([1.4, 0.0, 0.0, 0.0], (50, 1))
    all_at_once, one_by_one = np.zeros((50, 5, 4)), np.zeros((50, 5, 4))
    decay_n_body(1.4, masses, keys, boson, np.ones(50), all_at_once)
    for i in reversed(range(50)):
        decay_n_body(1.4, masses, keys[i : i + 1], boson[:1], np.ones(1), one_by_one[i : i + 1])
    assert np.array_equal(all_at_once, one_by_one)


def decay_of(mass, channel):
    return primary_decay(mediator("dark_photon").decay_table(mass), channel)


def generated(decay, n, spin, p=(0.0, 0.0, 0.0), seed=1):
    keys = np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)
    boson = np.tile([np.sqrt(decay.mass**2 + np.dot(p, p)), *p], (n, 1))
    return decay.generate(keys, boson, np.tile(spin, (n, 1)), np.ones(n))


def currents(decay, q):
    """The current (n, 3) of decays q (n, 4, 4) in the order of the decay's products."""
    factors = np.ascontiguousarray(part_factors(np.array([decay.mass]))[0])
    result = np.empty((len(q), 3), complex)
    four_pion_currents(decay.mass, decay.pdg[0] != 111, factors, np.ascontiguousarray(q), result)
    return result


def rho(spin):
    """Density matrix of a spin (see ``lvgen.kernels.spin``)."""
    xx, yy, zz, xy, xz, yz, *s = spin
    t = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]], complex)
    epsilon = np.zeros((3, 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        epsilon[i, j, k], epsilon[j, i, k] = 1.0, -1.0
    return t - 0.5j * np.einsum("ijk,k->ij", epsilon, s)


def mass_of(q, *members):
    total = q[:, list(members)].sum(axis=1)
    return np.sqrt(total[:, 0] ** 2 - np.sum(total[:, 1:] ** 2, axis=1))


@pytest.fixture(scope="module", params=[("pi+ pi- pi+ pi-", 1.5), ("pi+ pi- pi0 pi0", 0.9)], ids=str)
def sample(request):
    """A decay, a flat sample with its weights, and the currents there."""
    channel, mass = request.param
    decay = decay_of(mass, channel)
    q, weight = genbod(np.random.default_rng(11), mass, decay.masses, 40_000)
    return decay, q, weight, currents(decay, q)


def test_invariant_masses_against_the_current_squared(sample):
    decay, reference, weight, j = sample
    _, q = generated(decay, 15_000, UNPOLARISED)
    w = weight * np.sum(np.abs(j) ** 2, axis=1)
    for members in ((0, 1), (2, 3), (0, 2), (1, 3), (0, 2, 3), (1, 2, 3), (0, 1, 2)):
        assert chi2(mass_of(q, *members), mass_of(reference, *members), w, 24) < 1.8


@pytest.mark.parametrize("spin", [LONGITUDINAL, CIRCULAR], ids=["longitudinal", "circular"])
def test_angles_against_the_current_of_a_polarised_boson(sample, spin):
    decay, reference, weight, j = sample
    _, q = generated(decay, 15_000, spin, seed=3)
    w = weight * np.einsum("ij,ni,nj->n", rho(spin), j, j.conj()).real
    for i in (0, 2, 3):
        cosine, expected = (x[:, i, 3] / np.linalg.norm(x[:, i, 1:], axis=1) for x in (q, reference))
        assert chi2(cosine, expected, w, 20) < 1.8
    # odd under reflection: what a circular polarisation alone can produce
    odd, expected = (np.cross(x[:, 0, 1:], x[:, 2, 1:])[:, 2] for x in (q, reference))
    assert chi2(odd, expected, w, 20) < 1.8


def test_omega_peak_of_the_neutral_mode():
    """Share of decays with pi+ pi- pi0 within 30 MeV of the omega against a weighted flat sample.

    The omega is too narrow for a flat sample to resolve its shape, but not for its share of the |J|^2
    integral.
    """
    decay = decay_of(1.2, CHANNELS[1])
    _, q = generated(decay, 15_000, UNPOLARISED, seed=5)
    reference, weight = genbod(np.random.default_rng(12), 1.2, decay.masses, 60_000)
    w = weight * np.sum(np.abs(currents(decay, reference)) ** 2, axis=1)

    def inside(x):
        return (np.abs(mass_of(x, 0, 2, 3) - 0.78265) < 0.03) | (np.abs(mass_of(x, 1, 2, 3) - 0.78265) < 0.03)

    share, expected = inside(q).mean(), w[inside(reference)].sum() / w.sum()
    error = np.hypot(
        np.sqrt(share * (1 - share) / len(q)), np.sqrt(np.sum((w * (inside(reference) - expected)) ** 2)) / w.sum()
    )
    assert 0.3 < share < 1.0
    assert abs(share - expected) < 4 * error


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("mass", [0.5585, 0.7, 0.93, 1.05, 1.7, 3.0])
def test_weights_above_the_bound_are_rare_from_threshold_to_three_gev(channel, mass):
    decay = decay_of(mass, channel)
    assert isinstance(decay, FourPionDecay)
    share, bound = decay._prepared
    keys = np.random.default_rng(8).integers(0, 2**63, 15_000).astype(np.uint64)
    weights, _ = decay._weights(keys, share)
    assert np.clip(weights - bound, 0.0, None).sum() / weights.sum() < 1e-3
    assert weights.mean() / bound > 0.01


@pytest.mark.parametrize("channel", [*CHANNELS, "pi+ pi- pi+ pi- pi+ pi-", "pi+ pi- pi+ pi- pi0 pi0"])
def test_momentum_charge_and_masses(channel):
    decay = decay_of(1.6, channel)
    pdg, q = generated(decay, 300, CIRCULAR, p=(3.0, -5.0, 400.0))
    boson = np.array([np.sqrt(1.6**2 + 9 + 25 + 160_000), 3.0, -5.0, 400.0])
    assert np.abs(q.sum(axis=1) - boson).max() < 1e-12 * boson[0]
    assert sorted(pdg[0]) == sorted(decay.pdg)
    assert np.sign(pdg[pdg != 111]).sum() == 0
    m = np.where(pdg == 111, 0.1349768, 0.13957039)
    assert np.abs(q[..., 0] - np.sqrt(m**2 + np.sum(q[..., 1:] ** 2, axis=-1))).max() < 1e-12 * boson[0]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_decay_depends_on_its_key_alone(channel):
    whole, alone = decay_of(1.3, channel), decay_of(1.3, channel)
    _, q = generated(whole, 20, CIRCULAR)
    keys = np.random.default_rng(1).integers(0, 2**63, 20).astype(np.uint64)
    boson = np.array([[1.3, 0.0, 0.0, 0.0]])
    _, last = alone.generate(keys[19:], boson, CIRCULAR[None], np.ones(1))
    assert np.array_equal(q[19:], last)


def test_closed_decays_and_rows_without_weight():
    closed = decay_of(0.5, CHANNELS[0])
    assert not closed.is_open
    pdg, _ = generated(closed, 3, UNPOLARISED)
    assert not pdg.any()
    decay = decay_of(1.6, "pi+ pi- pi+ pi- pi+ pi-")
    keys, boson = np.arange(3, dtype=np.uint64), np.tile([1.6, 0.0, 0.0, 0.0], (3, 1))
    pdg, q = decay.generate(keys, boson, np.tile(UNPOLARISED, (3, 1)), np.array([1.0, 0.0, 1.0]))
    assert not pdg[1].any()
    assert not q[1].any()
    assert pdg[0].all()


def test_six_pions_know_nothing_of_the_spin():
    _, q = generated(decay_of(1.6, "pi+ pi- pi+ pi- pi+ pi-"), 10_000, LONGITUDINAL)
    cosine = q[:, 0, 3] / np.linalg.norm(q[:, 0, 1:], axis=1)
    assert kstest(cosine, "uniform", (-1.0, 2.0)).pvalue > 1e-3
