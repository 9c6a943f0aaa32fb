"""Two-body primary decays against explicit spinors, known widths and the densities they should have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import lvgen
from lvgen.decays.coefficients import channel_names, interference
from lvgen.decays.invisible import dark_matter_width
from lvgen.decays.leptonic import fermion_width
from lvgen.decays.primary import two_body
from lvgen.decays.primary.registry import FORCED, factories, is_open, primary_decay
from lvgen.models.dark_matter import DarkMatter
from lvgen.particles import charge, mass, name_of

METRIC = np.array([1.0, -1.0, -1.0, -1.0])
#: written by other modules of the package
MULTI_BODY = {name for name in channel_names() if name.count("pi") in (4, 6) and "K" not in name}

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
ZERO, ONE = np.zeros((2, 2)), np.eye(2)
GAMMA = np.array([np.block([[ONE, ZERO], [ZERO, -ONE]]), *(np.block([[ZERO, s], [-s, ZERO]]) for s in PAULI)])
GAMMA5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]


def spinors(k, m):
    """u and v spinors (2, 4) of momentum k in the Dirac representation, any basis of spins."""
    e = np.sqrt(m**2 + k @ k)
    spin = np.einsum("i,iab->ab", k, PAULI)
    norm = np.sqrt(e + m)
    u = np.concatenate([norm * ONE, spin / norm], axis=0).T
    v = np.concatenate([spin / norm, norm * ONE], axis=0).T
    return u, v


def squared_amplitude(e, k, m1, m2, gv, ga):
    """Sum over spins of |ubar e-slash (gV + gA gamma5) v|^2 for a fermion of momentum k, an antifermion of -k."""
    slash = -np.einsum("i,iab->ab", e, GAMMA[1:])
    vertex = GAMMA[0] @ slash @ (gv * np.eye(4) + ga * GAMMA5)
    return float(np.sum(np.abs(spinors(k, m1)[0].conj() @ vertex @ spinors(-k, m2)[1].T) ** 2))


def random_vector(rng):
    e = rng.normal(size=3) + 1j * rng.normal(size=3)
    return e / np.linalg.norm(e)


def spin_of(rho):
    """T and S (9,) of a density matrix rho_ij = <e_i e_j*>."""
    t, s = rho.real, -np.einsum("ijk,ij->k", LEVI_CIVITA, rho.imag)
    return np.array([t[0, 0], t[1, 1], t[2, 2], t[0, 1], t[0, 2], t[1, 2], *s])


LEVI_CIVITA = np.zeros((3, 3, 3))
for _i, _j, _k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    LEVI_CIVITA[_i, _j, _k], LEVI_CIVITA[_j, _i, _k] = 1.0, -1.0


def tensor(spin):
    xx, yy, zz, xy, xz, yz = spin[:6]
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def density(angular, spin, k):
    a, b, c = angular
    return a + b * np.einsum("...i,ij,...j", k, tensor(spin), k) + c * (k @ spin[6:])


CIRCULAR = spin_of(np.outer([1, 1j, 0], [1, -1j, 0]) / 2)
LONGITUDINAL = spin_of(np.diag([0, 0, 1.0 + 0j]))
TRANSVERSE = spin_of(np.diag([0.5, 0.5, 0.0 + 0j]))
UNPOLARISED = spin_of(np.eye(3) / 3 + 0j)


def mixed_spin():
    rng = np.random.default_rng(5)
    e = [random_vector(rng) for _ in range(2)]
    return spin_of(0.7 * np.outer(e[0], e[0].conj()) + 0.3 * np.outer(e[1], e[1].conj()))


SPINS = {"circular": CIRCULAR, "longitudinal": LONGITUDINAL, "transverse": TRANSVERSE, "mixed": mixed_spin()}


def bosons(n, m, seed=1):
    """Keys and momenta of bosons of mass m, at rest to highly boosted."""
    rng = np.random.default_rng(seed)
    p = rng.normal(size=(n, 3)) * rng.choice([0.0, 0.1, 10.0, 1000.0], size=(n, 1)) * m
    keys = rng.integers(0, 2**64, n, dtype=np.uint64)
    return keys, np.concatenate([np.sqrt(m**2 + (p**2).sum(axis=1))[:, None], p], axis=1)


def to_rest(boson, momentum, m):
    """Boost (n, 4) into the rest frame of bosons (n, 4), axes not rotated."""
    p = boson[:, 1:]
    dot = (p * momentum[:, 1:]).sum(axis=1)
    shift = (dot / (boson[:, 0] + m) - momentum[:, 0]) / m
    return momentum[:, 1:] + shift[:, None] * p


def generated(decay, spin, n=20_000, m=None, seed=1):
    keys, boson = bosons(n, decay.mass if m is None else m, seed)
    pdg, momenta = decay.generate(keys, boson, np.tile(spin, (n, 1)), np.ones(n))
    return boson, pdg, momenta


def test_circular_is_the_positive_helicity():
    assert np.allclose(CIRCULAR, [0.5, 0.5, 0, 0, 0, 0, 0, 0, 1])


@pytest.mark.parametrize(("gv", "ga"), [(1.0, 0.0), (0.0, 1.0), (0.6, 0.8), (1.0, -1.0), (0.3 - 0.7j, 0.5)])
def test_fermion_density_against_spinors(gv, ga):
    rng = np.random.default_rng(3)
    m, e = 0.3, 0.5
    k = np.sqrt(e**2 - m**2)
    for _ in range(20):
        vector, n = random_vector(rng), rng.normal(size=3)
        n /= np.linalg.norm(n)
        angular = two_body.fermion_density(k / e, complex(gv), ga)
        ours = density(angular, spin_of(np.outer(vector, vector.conj())), n)
        # the trace has 8 E^2 in front
        assert 8 * e**2 * ours == pytest.approx(squared_amplitude(vector, k * n, m, m, gv, ga), rel=1e-10)


def test_unequal_masses_against_spinors():
    rng = np.random.default_rng(4)
    m, m1, m2 = 1.0, 0.2, 0.5
    e1 = 0.5 * (m**2 + m1**2 - m2**2) / m
    k = np.sqrt(e1**2 - m1**2)
    angular = two_body.inelastic_density(m, m1, m2)
    for _ in range(10):
        vector, n = random_vector(rng), rng.normal(size=3)
        n /= np.linalg.norm(n)
        ours = density(angular, spin_of(np.outer(vector, vector.conj())), n)
        assert 2 * m**2 * ours == pytest.approx(squared_amplitude(vector, k * n, m1, m2, 1.0, 0.0), rel=1e-10)


def test_massless_right_handed_coupling_is_a_neutrino_mirrored():
    right = np.array(two_body.fermion_density(1.0, 1.0 + 0j, 1.0))
    assert np.allclose(right / right[0], [1, -1, 1])
    left = np.array(two_body.fermion_density(1.0, 0.5 + 0j, -0.5))
    assert np.allclose(left / left[0], two_body.NEUTRINOS)


def mean(angular):
    """Average over directions: what the rate is proportional to."""
    return angular[0] + angular[1] / 3


def test_average_densities_are_the_widths():
    m, m_f = 1.3, 0.4
    beta = np.sqrt(1 - (2 * m_f / m) ** 2)
    for gv, ga in ((1.0, 0.0), (0.0, 1.0), (0.4, -0.7)):
        ours = m / (8 * np.pi) * beta * mean(two_body.fermion_density(beta, complex(gv), ga))
        assert ours == pytest.approx(float(fermion_width(np.array([m]), m_f, gv, ga)[0]))
    chi = DarkMatter("inelastic", 0.2, 1.0, 0.4)
    m1, m2 = 0.2 * m, 0.28 * m
    k = lvgen.kernels.vectors.two_body_momentum(m, m1, m2)
    ours = k / (4 * np.pi) * mean(two_body.inelastic_density(m, m1, m2))
    assert ours == pytest.approx(float(dark_matter_width(np.array([m]), chi)[0]))


@pytest.mark.parametrize("name", ["p pbar", "n nbar"])
def test_average_nucleon_density_is_the_width(name):
    table = lvgen.model("dark_photon").decay_table(2.3)
    decay = primary_decay(table, name)
    c = table.meson_couplings
    width = c @ interference(name, np.array([2.3]))[0] @ c
    beta = np.sqrt(1 - (2 * decay.masses[0] / 2.3) ** 2)
    assert 2.3 / (8 * np.pi) * beta * mean(decay.angular) == pytest.approx(width, rel=1e-4)


DIRECTIONS = {
    "vector electrons": (two_body.fermion_density(1.0, 1.0 + 0j, 0.0), (11, -11)),
    "slow axial muons": (two_body.fermion_density(0.6, 0.0 + 0j, 1.0), (13, -13)),
    "right-handed": (two_body.fermion_density(0.95, 1.0 + 0j, 1.0), (11, -11)),
    "mostly left-handed": (two_body.fermion_density(0.8, 1.0 + 0j, -0.6), (11, -11)),
    "scalars": (two_body.SCALARS, (211, -211)),
    "with a vector": (two_body.WITH_VECTOR, (111, 22)),
    "neutrinos": (two_body.NEUTRINOS, (12, -12)),
    "nucleons": (two_body.nucleon_density(0.3 + 1j, 2.0 - 1j, 1.2), (2212, -2212)),
}


@pytest.mark.parametrize("spin", SPINS)
@pytest.mark.parametrize("case", DIRECTIONS)
def test_directions(case, spin):
    """Chi-squared on the sphere, cells of even size; expectation from 5 x 5 points in each."""
    angular, pdg = DIRECTIONS[case]
    decay = two_body.TwoBodyDecay(0.7, pdg, (mass(pdg[0]) * 0.3, mass(pdg[1]) * 0.3), angular)
    boson, _, momenta = generated(decay, SPINS[spin])
    k = to_rest(boson, momenta[:, 0], 0.7)
    k /= np.linalg.norm(k, axis=1)[:, None]
    rows, columns, fine = 10, 12, 5
    counts = np.histogram2d(
        k[:, 2], np.arctan2(k[:, 1], k[:, 0]), bins=(rows, columns), range=((-1, 1), (-np.pi, np.pi))
    )[0]
    z, phi = np.meshgrid(
        -1 + 2 * (np.arange(rows * fine) + 0.5) / rows / fine,
        -np.pi + 2 * np.pi * (np.arange(columns * fine) + 0.5) / columns / fine,
        indexing="ij",
    )
    across = np.sqrt(1 - z**2)
    weight = density(angular, SPINS[spin], np.stack([across * np.cos(phi), across * np.sin(phi), z], axis=-1))
    assert weight.min() > -1e-12
    expected = weight.reshape(rows, fine, columns, fine).sum(axis=(1, 3))
    expected *= counts.sum() / expected.sum()
    used = expected > 5
    chi2 = ((counts - expected)[used] ** 2 / expected[used]).sum()
    assert stats.chi2.sf(chi2, used.sum() - 1) > 1e-3


@pytest.mark.parametrize(
    ("model", "m", "channel", "ids"),
    [
        ("dark_photon", 0.05, "e+ e-", (11, -11)),
        ("dark_photon", 1.1, "K0 K0bar", (310, 130)),
        ("dark_photon", 1.1, "pi0 gamma", (111, 22)),
        ("dark_photon", 1.1, "omega pi0", (223, 111)),
        ("B-L", 0.3, "nu_mu nubar_mu", (14, -14)),
    ],
)
def test_products_are_on_shell_and_add_up(model, m, channel, ids):
    decay = primary_decay(lvgen.model(model).decay_table(m), channel)
    boson, pdg, momenta = generated(decay, UNPOLARISED, n=2000)
    assert (pdg == np.array(ids)).all()
    assert np.abs(momenta.sum(axis=1) - boson).max() < 4e-16 * boson[:, 0].max()
    masses = np.array([mass(i) for i in ids])
    p2 = (momenta[..., 1:] ** 2).sum(axis=-1)
    assert np.abs(momenta[..., 0] ** 2 - p2 - masses**2).max() < 1e-15 * boson[:, 0].max() ** 2
    for j in range(2):
        k = np.linalg.norm(to_rest(boson, momenta[:, j], m)[boson[:, 0] < 50 * m], axis=1)
        assert k == pytest.approx(lvgen.kernels.vectors.two_body_momentum(m, *masses), rel=1e-9)


@pytest.mark.parametrize(
    ("species", "ids", "angular"),
    [
        ("complex_scalar", (51, -51), two_body.SCALARS),
        ("majorana", (52, 52), two_body.MAJORANA),
        ("dirac", (52, -52), None),
        ("inelastic", (52, 57), None),
    ],
)
def test_dark_matter(species, ids, angular):
    model = lvgen.model("dark_photon", dark_matter=species, dark_matter_splitting=0.2)
    decay = primary_decay(model.decay_table(0.3), "chi chibar")
    assert decay.pdg == ids
    assert decay.masses == pytest.approx((0.1, 0.12 if species == "inelastic" else 0.1))
    assert angular is None or decay.angular == angular
    boson, _, momenta = generated(decay, UNPOLARISED, n=100)
    assert np.allclose(momenta.sum(axis=1), boson)
    assert all(charge(i) == 0 and name_of(i).startswith("chi") for i in ids)


def test_couplings_are_those_at_the_mass():
    """Of L_mu - L_tau, electrons couple through a mixing that is complex above 2 m_mu; gA does not exist there."""
    table = lvgen.model("L_mu-L_tau").decay_table(0.5)
    gv, ga = table.coupling("e")
    assert gv.imag != 0
    assert ga == 0
    custom = lvgen.model("custom", gV_e=0.2, gA_e=0.1).decay_table(0.5)
    assert primary_decay(custom, "e+ e-").angular == pytest.approx((0.05, -0.05, 0.04), rel=1e-5)


def test_every_channel_has_a_decay():
    table = lvgen.model("dark_photon").decay_table(1.5)
    single = {*table._widths}
    assert single - MULTI_BODY - {"quarks"} <= set(factories())
    assert set(FORCED) <= single


def test_unknown_channels_and_many_masses_are_refused():
    table = lvgen.model("dark_photon").decay_table(0.5)
    with pytest.raises(KeyError, match=r"did you mean 'pi\+ pi-'"):
        primary_decay(table, "pi+pi-")
    with pytest.raises(ValueError, match="one scalar mass"):
        primary_decay(lvgen.model("dark_photon").decay_table([0.5, 0.6]), "e+ e-")
    with pytest.raises(ValueError, match="no dark matter"):
        primary_decay(table, "chi chibar")


@pytest.mark.parametrize(
    "channel", sorted(set(factories()) - MULTI_BODY - {"quarks", "chi chibar", "gamma gamma", "V V"})
)
def test_closed_decays_say_so_and_generate_nothing(channel):
    table = lvgen.model("dark_photon").decay_table(1e-7)
    if not channel.startswith("nu_") and channel != "3 gamma":
        assert not is_open(table, channel)
        _, pdg, momenta = generated(primary_decay(table, channel), UNPOLARISED, n=3, m=1e-7)
        assert not pdg.any()
        assert not momenta.any()


@pytest.mark.parametrize("channel", ["e+ e-", "pi+ pi- pi0", "K0bar K+ pi-", "K0bar K+ pi- pi0"])
def test_rows_depend_on_their_own_key_only(channel):
    decay = primary_decay(lvgen.model("dark_photon").decay_table(1.8), channel)
    keys, boson = bosons(60, 1.8)
    spin = np.tile(SPINS["mixed"], (60, 1))
    weight = np.ones(60)
    weight[::7] = 0.0
    pdg, momenta = decay.generate(keys, boson, spin, weight)
    assert not pdg[::7].any()
    rows = np.random.default_rng(1).permutation(60)[:25]
    again = primary_decay(lvgen.model("dark_photon").decay_table(1.8), channel)
    part, part_momenta = again.generate(keys[rows], boson[rows], spin[rows], weight[rows])
    assert (part == pdg[rows]).all()
    assert (part_momenta == momenta[rows]).all()
