"""Decays to three and four mesons and to three photons against weighted phase space made here.

The points of comparison are drawn flat in phase space with numpy and weighted with the squared matrix element, built
from four-vectors and from the amplitudes of the widths; distributions are compared by chi-squared.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

import lvgen
from lvgen.decays.hadronic import eta_pions, kaons_pion, three_pions
from lvgen.decays.hadronic._phase_space import DalitzPlot
from lvgen.decays.hadronic.propagators import momentum, p_wave
from lvgen.decays.leptonic import three_photon_width
from lvgen.decays.primary import kaons_pions
from lvgen.decays.primary.registry import primary_decay
from lvgen.decays.primary.three_body import flat_decay
from lvgen.particles import mass
from lvgen.units import E_CHARGE

#: T and S
LONGITUDINAL = np.array([0, 0, 1, 0, 0, 0, 0, 0, 0.0])
CIRCULAR = np.array([0.5, 0.5, 0, 0, 0, 0, 0, 0, 1.0])
TILTED = np.array([0.6, 0.3, 0.1, 0.2, -0.1, 0.05, 0.3, 0.1, 0.2])
SPINS = (LONGITUDINAL, CIRCULAR, TILTED)
DRAWN, WEIGHTED = 40_000, 150_000


def bosons(n, m, seed=1):
    rng = np.random.default_rng(seed)
    p = rng.normal(size=(n, 3)) * m
    keys = rng.integers(0, 2**64, n, dtype=np.uint64)
    return keys, np.concatenate([np.sqrt(m**2 + (p**2).sum(axis=1))[:, None], p], axis=1)


def to_rest(boson, momenta, m):
    """Boost (n, k, 4) into the rest frame of bosons (n, 4), axes not rotated."""
    p = boson[:, None, 1:]
    dot = (p * momenta[..., 1:]).sum(axis=-1)
    e = boson[:, None, 0]
    energy = (e * momenta[..., 0] - dot) / m
    return np.concatenate(
        [energy[..., None], momenta[..., 1:] + ((dot / (e + m) - momenta[..., 0]) / m)[..., None] * p], -1
    )


def drawn(decay, spin, n=DRAWN):
    """Momenta in the rest frame of the boson."""
    keys, boson = bosons(n, decay.mass)
    _, momenta = decay.generate(keys, boson, np.tile(spin, (n, 1)), np.ones(n))
    assert np.abs(momenta.sum(axis=1) - boson).max() < 1e-14 * boson[:, 0].max()
    m2 = momenta[..., 0] ** 2 - (momenta[..., 1:] ** 2).sum(axis=-1)
    assert np.abs(m2 - np.square(decay.masses)).max() < 1e-14 * boson[:, 0].max() ** 2
    return to_rest(boson, momenta, decay.mass)


def turned(rng, vectors):
    """Each row's vectors (n, k, 3) by a random rotation."""
    q = rng.normal(size=(len(vectors), 4))
    w, x, y, z = (q / np.linalg.norm(q, axis=1)[:, None]).T
    matrix = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    return np.einsum("abn,nkb->nka", matrix, vectors)


def flat(m, masses, n=WEIGHTED, seed=7):
    """Flat three-body phase space (n', 3, 4) in the rest frame: even in two energies."""
    rng = np.random.default_rng(seed)
    m0, m1, m2 = masses
    e0 = rng.uniform(m0, 0.5 * (m**2 + m0**2 - (m1 + m2) ** 2) / m, 4 * n)
    e1 = rng.uniform(m1, 0.5 * (m**2 + m1**2 - (m0 + m2) ** 2) / m, 4 * n)
    e2 = m - e0 - e1
    p0, p1 = np.sqrt(e0**2 - m0**2), np.sqrt(e1**2 - m1**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        c = (e2**2 - m2**2 - p0**2 - p1**2) / (2 * p0 * p1)
    good = np.flatnonzero((e2 > m2) & (np.abs(c) < 1))[:n]
    e0, e1, e2, p0, p1, c = (x[good] for x in (e0, e1, e2, p0, p1, c))
    zero = np.zeros_like(c)
    a = np.stack([p0, zero, zero], axis=-1)
    b = np.stack([p1 * c, p1 * np.sqrt(1 - c**2), zero], axis=-1)
    space = turned(rng, np.stack([a, b, -a - b], axis=1))
    return np.concatenate([np.stack([e0, e1, e2], axis=-1)[..., None], space], axis=-1)


def product(p, q):
    return p[..., 0] * q[..., 0] - (p[..., 1:] * q[..., 1:]).sum(axis=-1)


def pair(p, i, j):
    q = p[:, i] + p[:, j]
    return product(q, q)


def spin_weight(spin, currents):
    """T_ij Re(J_i J_j*) + S . Im(J x J*)/2, summed over currents (c, n, 3)."""
    xx, yy, zz, xy, xz, yz = spin[:6]
    t = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    even = np.einsum("cni,ij,cnj->n", currents, t, currents.conj()).real
    return even + 0.5 * (np.cross(currents, currents.conj()).imag @ spin[6:]).sum(axis=0)


def variables(p):
    """Invariant masses squared, and angles that feel the spin."""
    normal = np.cross(p[:, 0, 1:], p[:, 1, 1:])
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    unit = p[..., 1:] / np.linalg.norm(p[..., 1:], axis=-1)[..., None]
    found = {f"s{i}{j}": pair(p, i, j) for i, j in itertools.combinations(range(p.shape[1]), 2)}
    found |= {"normal z": normal[:, 2] ** 2, "normal azimuth": np.arctan2(normal[:, 1], normal[:, 0])}
    found |= {"first z": unit[:, 0, 2], "last x": unit[:, -1, 0], "plane": unit[:, 0, 0] * unit[:, 1, 1]}
    return found


def agree(sample, points, weight, bins=30):
    """Chi-squared of histograms with the weighted ones; each variable alone, and two masses against each other."""
    ours, theirs = variables(sample), variables(points)
    weight = weight * (len(sample) / weight.sum())
    for name in ours:
        edges = np.quantile(ours[name], np.linspace(0, 1, bins + 1)[1:-1])
        compare(np.searchsorted(edges, ours[name]), np.searchsorted(edges, theirs[name]), weight, bins, name)
    cells = []
    for values in (ours, theirs):
        a, b = (np.searchsorted(np.quantile(ours[k], np.linspace(0, 1, 9)[1:-1]), values[k]) for k in ("s02", "s12"))
        cells.append(8 * a + b)
    compare(*cells, weight, 64, "Dalitz plot")


def compare(ours, theirs, weight, bins, name):
    counts = np.bincount(ours, minlength=bins)
    expected = np.bincount(theirs, weight, minlength=bins)
    variance = np.bincount(theirs, weight**2, minlength=bins) + expected
    used = expected > 20
    chi2 = ((counts - expected)[used] ** 2 / variance[used]).sum()
    assert stats.chi2.sf(chi2, used.sum() - 1) > 1e-4, f"{name}: {chi2} for {used.sum()} cells"


def normal_current(p, amplitude):
    """J = F p0 x p1: (1, n, 3)."""
    return (amplitude[:, None] * np.cross(p[:, 0, 1:], p[:, 1, 1:]))[None]


def three_pion_current(p, m, c):
    x = three_pions.dalitz_amplitudes(pair(p, 0, 2), pair(p, 1, 2), pair(p, 0, 1))
    return normal_current(p, np.einsum("a,ai,in->n", c, three_pions._factors(np.array([m]))[0], x))


def kaons_pion_current(p, m, c, mode):
    isoscalar, isovector = (complex(a[0]) for a in kaons_pion.isospin_amplitudes(np.array([m])))
    m1, m2, m3 = mode.masses
    f = (c[2] * isoscalar + mode.sign_13 * c[0] * isovector) * kaons_pion.k_star(pair(p, 0, 2), m1, m3)
    return normal_current(
        p, f + (c[2] * isoscalar + mode.sign_23 * c[0] * isovector) * kaons_pion.k_star(pair(p, 1, 2), m2, m3)
    )


def eta_current(p, m, c):  # noqa: ARG001
    return normal_current(p, p_wave(pair(p, 1, 2), *eta_pions.RHO_BAND, eta_pions.MU, eta_pions.MU))


def vector_current(p, m, c):  # noqa: ARG001
    """J = eps* for three real polarisations of particle 0."""
    rest = np.tile(np.eye(3)[:, None], (1, len(p), 1))
    m_v = math.sqrt(float(product(p[0, 0], p[0, 0])))
    along = np.einsum("cni,ni->cn", rest, p[:, 0, 1:])
    return rest + (along / (m_v * (p[:, 0, 0] + m_v)))[..., None] * p[None, :, 0, 1:]


CASES = {
    "pions at the omega": ("dark_photon", 0.7826, "pi+ pi- pi0", three_pion_current),
    "pions near threshold": ("dark_photon", 0.45, "pi+ pi- pi0", three_pion_current),
    "pions, rho bands": ("B-L", 1.65, "pi+ pi- pi0", three_pion_current),
    "charged kaons": ("dark_photon", 1.7, "K+ K- pi0", lambda *a: kaons_pion_current(*a, kaons_pion.CHARGED)),
    "mixed kaons": ("dark_photon", 1.6, "K0bar K+ pi-", lambda *a: kaons_pion_current(*a, kaons_pion.MIXED)),
    "mixed kaons, high": ("dark_photon", 2.4, "K0 K- pi+", lambda *a: kaons_pion_current(*a, kaons_pion.MIXED_BAR)),
    "eta": ("dark_photon", 1.5, "eta pi+ pi-", eta_current),
    "omega": ("B-L", 1.6, "omega pi0 pi0", vector_current),
    "phi": ("dark_photon", 2.2, "phi pi+ pi-", vector_current),
}


@pytest.mark.parametrize("case", CASES)
def test_dalitz_plots_and_orientations(case):
    model, m, channel, current = CASES[case]
    table = lvgen.model(model).decay_table(m)
    decay = primary_decay(table, channel)
    points = flat(m, decay.masses)
    currents = current(points, m, table.meson_couplings)
    spin = SPINS[list(CASES).index(case) % 3]
    agree(drawn(decay, spin), points, spin_weight(spin, currents))
    assert decay.overweight < 1e-4


def test_narrow_bands_against_the_quadrature_of_the_width():
    """K* bands at 3 GeV, 2 % of the plot each: the quadrature of the width gives the spectrum, in its own masses."""
    m, mode = 3.0, kaons_pion.MIXED
    table = lvgen.model("dark_photon").decay_table(m)
    decay = primary_decay(table, mode.name)
    decay.masses = np.array(mode.masses)
    plot = DalitzPlot(np.array([m]), mode.masses, kaons_pion.K_STAR, kaons_pion.K_STAR, 300)
    isoscalar, isovector = kaons_pion.isospin_amplitudes(np.array([m]))
    c = table.meson_couplings
    bands = [
        (c[2] * isoscalar + sign * c[0] * isovector) * kaons_pion.k_star(s, m_kaon, mode.masses[2])
        for s, sign, m_kaon in zip((plot.s13, plot.s23), (mode.sign_13, mode.sign_23), mode.masses, strict=False)
    ]
    share = (plot.weight * np.abs(bands[0] + bands[1]) ** 2)[0].sum(axis=1)
    cumulative = (np.cumsum(share) - 0.5 * share) / share.sum()
    p = drawn(decay, LONGITUDINAL)
    test = stats.kstest(pair(p, 0, 2), lambda s: np.interp(s, plot.s13[0, :, 0], cumulative))
    assert test.pvalue > 1e-3
    assert decay.overweight < 1e-3


def photon_currents(p):
    """J (8, n, 3) of three photons for linear polarisations, from the multilinear part of (E^2-B^2)^2 + 7 (E.B)^2."""
    k = p[..., 1:] / p[..., :1]
    helper = np.cross(k, np.array([0.3, -0.5, 0.8]))
    first = helper / np.linalg.norm(helper, axis=-1)[..., None]
    both = (first, np.cross(k, first))
    currents = []
    for choice in itertools.product(range(2), repeat=3):
        e = np.stack([both[a][:, i] * p[:, i, :1] for i, a in enumerate(choice)], axis=1)
        b = np.cross(k, e)
        j = np.zeros((len(p), 3))
        for i, a, c in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
            even = (e[:, a] * e[:, c] - b[:, a] * b[:, c]).sum(axis=1)
            odd = (e[:, a] * b[:, c] + b[:, a] * e[:, c]).sum(axis=1)
            j += 4 * even[:, None] * e[:, i] + 7 * odd[:, None] * b[:, i]
        currents.append(j)
    return np.array(currents)


def test_three_photons():
    m = 8e-4
    decay = primary_decay(lvgen.model("dark_photon").decay_table(m), "3 gamma")
    points = flat(m, (0.0, 0.0, 0.0))
    currents = photon_currents(points)
    agree(drawn(decay, TILTED), points, spin_weight(TILTED, currents))
    assert decay.overweight < 1e-4


def test_three_photon_matrix_element_has_the_known_width():
    """The leading term of arXiv:1801.04847, from L = (2 alpha^2/45 m_e^4) [(E^2 - B^2)^2 + 7 (E . B)^2]."""
    m, m_e, g = 1e-5, mass("e-"), E_CHARGE
    points = flat(m, (0.0, 0.0, 0.0))
    # a field of four: factors 2 of the two squares' multilinear parts, m of the electric field of V at rest
    alpha = E_CHARGE**2 / (4 * np.pi)
    strength = 2 * alpha**2 / (45 * m_e**4) * (g / E_CHARGE) * 2 * m
    squared = strength**2 * (photon_currents(points) ** 2).sum(axis=(0, 2)).mean() / 3
    volume = m**2 / (256 * np.pi**3)
    width = squared * volume / (2 * m) / 6
    assert width == pytest.approx(float(three_photon_width(np.array([m]), g)[0]), rel=0.01)


@pytest.mark.parametrize(("m", "masses"), [(0.547862, ("pi+", "pi-", "pi0")), (0.95778, ("eta", "pi+", "pi-"))])
def test_flat_decays_have_the_analytic_spectrum(m, masses):
    """ds K(M; s) K(s)/sqrt(s) of one pair, by Kolmogorov-Smirnov."""
    m0, m1, m2 = (mass(name) for name in masses)
    s = np.linspace((m1 + m2) ** 2, (m - m0) ** 2, 20_001)[1:-1]
    cumulative = np.cumsum(momentum(m**2, s, m0**2) * momentum(s, m1**2, m2**2) / np.sqrt(s))
    cdf = lambda x: np.interp(x, s, cumulative / cumulative[-1])  # noqa: E731
    p = drawn(flat_decay(m, [lvgen.particles.pdg_id(name) for name in masses]), TILTED, 20_000)
    assert stats.kstest(pair(p, 1, 2), cdf).pvalue > 1e-3
    assert stats.kstest(p[:, 0, 3] / np.linalg.norm(p[:, 0, 1:], axis=1), stats.uniform(-1, 2).cdf).pvalue > 1e-3


def flat_through_pairs(m, masses, n=2 * WEIGHTED, seed=9):
    """Weighted four-body phase space through pairs (0, 2) and (1, 3): momenta (n, 4, 4) and weights (n,)."""
    rng = np.random.default_rng(seed)
    w = rng.uniform(masses[0] + masses[2], m - masses[1] - masses[3], n)
    v = masses[1] + masses[3] + (m - w - masses[1] - masses[3]) * rng.uniform(size=n)
    k1, k2 = momentum(w**2, masses[0] ** 2, masses[2] ** 2), momentum(v**2, masses[1] ** 2, masses[3] ** 2)
    k3 = momentum(m**2, w**2, v**2)
    weight = k1 * k2 * k3 * (m - w - masses[1] - masses[3])
    p = np.zeros((n, 4, 4))
    for (i, j), k, size, sign in (((0, 2), k1, w, 1.0), ((1, 3), k2, v, -1.0)):
        d = rng.normal(size=(n, 3))
        d *= (k / np.linalg.norm(d, axis=1))[:, None]
        flight = np.zeros((n, 4))
        flight[:, 0], flight[:, 3] = np.sqrt(size**2 + k3**2), -sign * k3
        for which, turn in ((i, 1.0), (j, -1.0)):
            rest = np.concatenate([np.sqrt(masses[which] ** 2 + k**2)[:, None], turn * d], axis=1)
            p[:, which] = boosted(flight, rest, size)
    p[..., 1:] = turned(rng, p[..., 1:])
    return p, weight


def boosted(flight, rest, m):
    """``to_rest`` with the flight reversed, mass (n,)."""
    dot = (flight[:, 1:] * rest[:, 1:]).sum(axis=1)
    shift = (dot / (flight[:, 0] + m) - rest[:, 0]) / m
    energy = (flight[:, 0] * rest[:, 0] - dot) / m
    return np.concatenate([energy[:, None], rest[:, 1:] + shift[:, None] * flight[:, 1:]], axis=1)


@pytest.mark.parametrize(("m", "number"), [(1.6, 0), (2.1, 1), (2.1, 2)])
def test_k_star_chains(m, number):
    """One chain of K0bar K+ pi- pi0 with its current built from four-vectors."""
    table = lvgen.model("dark_photon").decay_table(m)
    whole = primary_decay(table, "K0bar K+ pi- pi0")
    chain = whole.chains[number]
    decay = kaons_pions.KaonsPionsDecay(m, whole.pdg, [chain], np.ones(1))
    order = list(chain.slots)
    masses = decay.masses[order]
    points, weight = flat_through_pairs(m, masses)
    a, c = points[:, 0], points[:, 2]
    star = a + c
    r = a - c - star * (product(a - c, star) / product(star, star))[:, None]
    amplitude = p_wave(product(star, star), *chain.k_star, masses[0], masses[2])
    currents = (amplitude[:, None] * r[:, 1:])[None]
    spin = SPINS[number]
    agree(drawn(decay, spin)[:, order], points, weight * spin_weight(spin, currents), bins=20)
    assert decay.overweight < 1e-4


def test_chains_come_with_their_widths():
    m = 1.9
    table = lvgen.model("dark_photon").decay_table(m)
    decay = primary_decay(table, "K0bar K+ pi- pi0")
    # widths of arXiv:2201.01788's program for the three chains (dark photon, 1.9 GeV)
    widths = np.array([1.00741e-04, 1.25353e-04, 1.30412e-04])
    assert np.diff(decay.cumulative, prepend=0.0) == pytest.approx(widths, rel=1e-4)
    p = drawn(decay, LONGITUDINAL)
    # a K* decays to K0bar pi0 in the first chain; the others leave few pairs near its mass
    near = np.abs(np.sqrt(pair(p, 0, 3)) - 0.8955) < 0.1
    assert near.mean() > 0.9 * widths[0] / widths.sum()


def test_neutral_kaons_are_half_short_and_half_long():
    table = lvgen.model("dark_photon").decay_table(1.7)
    keys, boson = bosons(20_000, 1.7)
    spin, weight = np.tile(CIRCULAR, (20_000, 1)), np.ones(20_000)
    for channel in ("K0bar K+ pi-", "K0 K- pi+ pi0"):
        pdg, _ = primary_decay(table, channel).generate(keys, boson, spin, weight)
        short = np.mean(pdg[:, 0] == 310)
        assert short == pytest.approx(0.5, abs=0.015)
        assert np.mean(pdg[:, 0] == 130) == pytest.approx(1 - short)
    pdg, _ = primary_decay(table, "K0 K0bar pi0").generate(keys, boson, spin, weight)
    assert (pdg == [310, 130, 111]).all()


@pytest.mark.parametrize("m", [1.25, 1.7, 3.0])
@pytest.mark.parametrize("channel", ["pi+ pi- pi0", "K+ K- pi0", "K0bar K+ pi-", "eta pi+ pi-", "K+ K- pi+ pi-"])
@pytest.mark.parametrize("model", ["dark_photon", "B-L", "protophobic"])
def test_bounds_hold(model, channel, m):
    decay = primary_decay(lvgen.model(model).decay_table(m), channel)
    if decay.is_open:
        drawn(decay, TILTED, 10_000)
        assert decay.overweight < 1e-3
