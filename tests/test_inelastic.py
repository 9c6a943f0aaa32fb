"""chi_2 -> chi_1 a b: width against limits and an independent integration, and the sampler against both."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kstest

import lvgen
from lvgen.decays.inelastic import CHI_1, ChiDecay, chi2_decay
from lvgen.particles import mass as particle_mass
from lvgen.units import HBARC


def model(**parameters):
    parameters = {"dark_matter": "inelastic", "dark_matter_mass_ratio": 1 / 3, "dark_matter_coupling": 0.5} | parameters
    return lvgen.model("custom", **parameters).model


def test_small_splitting_and_massless_leptons():
    """Gamma = g_chi^2 g_l^2 D^5/(60 pi^3 M^4): 4 eps^2 alpha alpha_D D^5/(15 pi M^4) of arXiv:1703.06881."""
    found = chi2_decay(model(gV_nu_mu=2.0, dark_matter_splitting=1e-3), 1.0)
    gap = 1e-3 / 3
    expected = 0.5**2 * 0.5 * 2.0**2 * gap**5 / (60 * math.pi**3)  # half: left-handed
    assert found.width == pytest.approx(expected, rel=2e-3)
    assert found.branching_ratios == {"nu_mu nubar_mu": 1.0}
    assert found.ctau == pytest.approx(HBARC / expected, rel=2e-3)


def squared(p1, p2, ka, kb, m1, m2, m, gv, ga, boson):
    """Spin-summed |J_chi . D . J_l|^2 by explicit traces of gamma matrices; momenta (4,) E, x, y, z."""
    one = np.eye(2)
    sigma = [np.array(s) for s in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]])]
    gamma = [np.kron(sigma[2], one), *(np.kron(1j * sigma[1], s) for s in sigma)]
    gamma5 = 1j * gamma[0] @ gamma[1] @ gamma[2] @ gamma[3]
    metric = np.diag([1.0, -1.0, -1.0, -1.0])
    slash = lambda p: sum(metric[i, i] * p[i] * gamma[i] for i in range(4))  # noqa: E731
    unit = np.eye(4)
    q = p2 - p1
    chi = np.array([[np.trace((slash(p1) + m1 * unit) @ gamma[a] @ (slash(p2) + m2 * unit) @ gamma[b])
                     for b in range(4)] for a in range(4)])  # fmt: skip
    vertex = [g @ (gv * unit + ga * gamma5) for g in gamma]
    bar = [gamma[0] @ v.conj().T @ gamma[0] for v in vertex]
    leptons = np.array([[np.trace((slash(ka) + m * unit) @ vertex[a] @ (slash(kb) - m * unit) @ bar[b])
                         for b in range(4)] for a in range(4)])  # fmt: skip
    propagator = (-metric + np.outer(metric @ q, metric @ q) / boson**2) / (q @ metric @ q - boson**2)
    return float(np.einsum("ab,ac,bd,cd->", chi, propagator, propagator, leptons).real)


@pytest.mark.parametrize(("gv", "ga"), [(1.0, 0.0), (0.0, 1.0), (0.7, -1.2)])
def test_against_traces_of_the_full_matrix_element(gv, ga):
    """Width and lepton angles from flat three-body phase space with the amplitude by matrices, muons near threshold."""
    boson, ratio, splitting = 1.0, 0.2, 2.0
    decay = chi2_decay(model(gV_mu=gv, gA_mu=ga, dark_matter_mass_ratio=ratio, dark_matter_splitting=splitting), boson)
    m1, m2, m = decay.m1, decay.m2, particle_mass("mu-")
    assert set(decay.branching_ratios) == {"mu+ mu-"}
    # Dalitz plane: mass of the pair and polar angle in it, on a Gauss-Legendre grid
    x, w = np.polynomial.legendre.leggauss(10)
    total, cos2 = 0.0, 0.0
    for u, wu in zip(0.5 * (x + 1), 0.5 * w, strict=True):
        q = 2 * m + (m2 - m1 - 2 * m) * math.sin(0.5 * math.pi * u) ** 2
        dq = 0.5 * math.pi * (m2 - m1 - 2 * m) * math.sin(math.pi * u) * wu
        k = math.sqrt((m2**2 - (m1 + q) ** 2) * (m2**2 - (m1 - q) ** 2)) / (2 * m2)
        k_l = math.sqrt(q**2 / 4 - m**2)
        e_q, e_1 = math.hypot(k, q), math.hypot(k, m1)
        p1, p2 = np.array([e_1, 0, 0, -k]), np.array([m2, 0, 0, 0])
        for c, wc in zip(x, w, strict=True):
            sides = [np.array([(e_q * q / 2 + s * k * k_l * c) / q, s * k_l * math.sqrt(1 - c * c), 0,
                               (k * q / 2 + s * e_q * k_l * c) / q]) for s in (1, -1)]  # fmt: skip
            amplitude = 0.5 * 0.5**2 * squared(p1, p2, *sides, m1, m2, m, gv, ga, boson)
            piece = amplitude * k * k_l * dq * wc / ((2 * math.pi) ** 5 * 16 * m2**2) * 8 * math.pi**2
            total += piece
            cos2 += piece * c * c
    assert decay.width == pytest.approx(total, rel=1e-4)
    cosine, _ = sampled(decay, 40_000)
    assert np.mean(cosine**2) == pytest.approx(cos2 / total, abs=5e-3)


def sampled(decay: ChiDecay, n: int, momentum=(3.0, -1.0, 7.0)):
    """Cosine of the first lepton about the pair's flight in the pair's frame, and the pair's mass."""
    keys = np.random.default_rng(1).integers(0, 2**64, n, dtype=np.uint64)
    p = np.array(momentum)
    chi2 = np.tile([math.sqrt(decay.m2**2 + p @ p), *p], (n, 1))
    pdg, out = decay.generate(keys, chi2, np.ones(n))
    assert (pdg[:, 0] == CHI_1).all()
    assert out.sum(axis=1) == pytest.approx(chi2, rel=1e-12)
    pair = out[:, 1] + out[:, 2]
    dot = lambda a, b: a[:, 0] * b[:, 0] - (a[:, 1:] * b[:, 1:]).sum(axis=1)  # noqa: E731
    q = np.sqrt(dot(pair, pair))
    # cos theta in the pair's frame from invariants: chi_2 there moves against the flight
    e_chi, e_l = dot(pair, chi2) / q, dot(pair, out[:, 1]) / q
    k_chi, k_l = np.sqrt(e_chi**2 - decay.m2**2), np.sqrt(e_l**2 - dot(out[:, 1], out[:, 1]))
    return (dot(out[:, 1], chi2) - e_l * e_chi) / (k_l * k_chi), q


def test_samples_follow_the_mass_and_angular_distributions():
    decay = chi2_decay(model(gV_e=1.0, dark_matter_splitting=0.6), 0.3)
    cosine, q = sampled(decay, 20_000)
    gap, total = decay.m2 - decay.m1, decay.m2 + decay.m1
    grid = np.linspace(2.1e-3, gap, 4001)  # electrons massless to 1e-4 there
    s = grid**2
    density = grid * np.sqrt((total**2 - s) * (gap**2 - s)) * (gap**2 - s) * (total**2 + 2 * s) / (s - 0.09) ** 2
    cumulative = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    heavy = q[q > grid[0]]
    assert kstest(heavy, lambda x: np.interp(x, grid, cumulative / cumulative[-1])).pvalue > 1e-3
    # 1 + c^2 with weight 2 q^2, 2 (1 - c^2) with weight S^2
    f = total**2 / (total**2 + 2 * q**2)
    expected = np.mean(f * 1 / 5 + (1 - f) * 2 / 5)
    assert np.mean(cosine**2) == pytest.approx(expected, abs=5e-3)
    assert np.mean(cosine) == pytest.approx(0.0, abs=0.02)


def test_each_point_depends_on_its_own_key():
    decay = chi2_decay(model(gV_e=1.0, gV_mu=1.0, dark_matter_splitting=1.5), 1.0)
    keys = np.arange(100, dtype=np.uint64) * np.uint64(7919)
    chi2 = np.tile([decay.m2, 0.0, 0.0, 0.0], (100, 1))
    weight = np.ones(100)
    weight[::3] = 0.0
    pdg, out = decay.generate(keys, chi2, weight)
    alone = decay.generate(keys[50:51], chi2[:1], np.ones(1))
    assert np.array_equal(out[50], alone[1][0])
    assert not pdg[::3].any()
    assert not out[::3].any()
    assert out[1::3].sum(axis=1) == pytest.approx(chi2[1::3], abs=1e-13)
    assert set(pdg[1::3, 1]) == {-11, -13}


def test_channels_and_scaling_of_a_dark_photon():
    made = lvgen.model("dark_photon", dark_matter="inelastic", dark_matter_splitting=1.5, dark_matter_mass_ratio=0.25)
    one, small = chi2_decay(made.model, 1.2), chi2_decay(made.model, 1.2, 1e-2)
    assert small.width == pytest.approx(1e-8 * one.width)
    assert small.branching_ratios == one.branching_ratios
    assert set(one.branching_ratios) == {"e+ e-", "mu+ mu-", "pi0 gamma", "hadrons"}
    assert sum(one.branching_ratios.values()) == pytest.approx(1.0)
    # two pions through the form factor: small, as phase space ends at 0.45 GeV
    assert 0.01 < one.branching_ratios["hadrons"] < 0.1


def test_refusals():
    with pytest.raises(ValueError, match="real boson"):
        chi2_decay(model(gV_e=1.0, dark_matter_splitting=4.0), 1.0)
    with pytest.raises(ValueError, match="no inelastic dark matter"):
        chi2_decay(lvgen.model("dark_photon").model, 1.0)
    closed = chi2_decay(model(gV_tau=1.0, dark_matter_splitting=0.1), 1.0)
    assert closed.ctau == math.inf
    with pytest.raises(ValueError, match="no open decay"):
        closed.generate(np.zeros(1, np.uint64), np.zeros((1, 4)), np.ones(1))
