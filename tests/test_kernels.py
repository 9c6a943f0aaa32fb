"""Kernels against explicit formulas and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lvgen.kernels.flight import draw_vertices, target_density
from lvgen.kernels.geometry import CYLINDER, DISC, RECTANGLE, SPHERE, aim_direction, ray_segments
from lvgen.kernels.spin import helicity_spin
from lvgen.kernels.two_body import decay_pair
from lvgen.kernels.vectors import even_quadratic, perpendicular, two_body_momentum

METRIC = np.array([1.0, -1.0, -1.0, -1.0])


def boost_to_rest(frame, vector):
    """Explicit Lorentz boost of vector (4,) into the rest frame of frame (4,)."""
    mass = np.sqrt(np.sum(METRIC * frame * frame))
    gamma, b = frame[0] / mass, frame[1:] / frame[0]
    along = b @ vector[1:]
    energy = gamma * (vector[0] - along)
    space = vector[1:] + ((gamma - 1) * along / (b @ b) - gamma * vector[0]) * b
    return np.concatenate([[energy], space])


@pytest.mark.parametrize(("a", "b"), [(1, 1), (1, 0), (1, -1), (0, 1), (1.3, 0.7), (1, -0.5), (1, 1e-14)])
def test_angle_density_is_inverted(a, b):
    u = (np.arange(20_000) + 0.5) / 20_000
    x = np.sort([even_quadratic(float(a), float(b), v) for v in u])
    cumulative = (a * x + b * x**3 / 3 + a + b / 3) / (2 * (a + b / 3))
    assert np.abs(cumulative - u).max() < 2e-4


def test_perpendicular_frame_is_orthonormal_and_right_handed():
    for n in np.random.default_rng(1).normal(size=(50, 3)):
        n /= np.linalg.norm(n)
        frame = np.array([*perpendicular(*n)]).reshape(2, 3)
        matrix = np.vstack([n, frame])
        assert np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-14)
        assert np.linalg.det(matrix) == pytest.approx(1.0)


def test_two_body_momentum_against_energies():
    k = two_body_momentum(0.5, 0.1, 0.2)
    assert np.hypot(k, 0.1) + np.hypot(k, 0.2) == pytest.approx(0.5)
    assert two_body_momentum(0.3, 0.1, 0.2) == 0.0


@pytest.fixture(scope="module")
def decayed():
    """Bosons of 50 MeV from pi0 of 1 TeV in random directions, decayed with density 1 + cos^2."""
    rng = np.random.default_rng(2)
    n, m_p, m_v = 20_000, 0.1349768, 0.05
    e_star = (m_p**2 + m_v**2) / (2 * m_p)
    p_star = np.sqrt(e_star**2 - m_v**2)
    direction = rng.normal(size=(n, 3))
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    parent_p = rng.uniform(0.05, 1000.0, n)
    parent = np.column_stack([np.hypot(parent_p, m_p), parent_p[:, None] * direction])
    star = rng.normal(size=(n, 3))
    star *= (p_star / np.linalg.norm(star, axis=1))[:, None]
    gamma, beta = parent[:, 0] / m_p, parent_p / parent[:, 0]
    along = np.sum(star * direction, axis=1)
    energy = gamma * (e_star + beta * along)
    momentum = star + ((gamma - 1) * along + gamma * beta * e_star)[:, None] * direction
    boson = np.ascontiguousarray(np.column_stack([energy, momentum]))
    parent = np.ascontiguousarray(parent)
    products, spin, keys = np.empty((n, 2, 4)), np.empty((n, 9)), rng.integers(0, 2**64, n, np.uint64)
    helicity_spin(boson, parent, 0.0, 0.0, np.ones(n), spin)
    # 1 - kTk of a transverse boson is 1 + cos^2 of the angle to the helicity axis
    masses, angular = np.array([0.00051, 0.00051]), np.array([1.0, -1.0, 0.0])
    decay_pair(m_v, masses, angular, keys, boson, spin, np.ones(n), products)
    return boson, parent, products, m_v


def test_two_body_decay_conserves_momentum_and_masses(decayed):
    boson, _, products, _ = decayed
    assert np.abs((products.sum(axis=1) - boson) / boson[:, :1]).max() < 1e-12
    mass2 = np.sum(METRIC * products**2, axis=2)
    assert np.abs(mass2 - 0.00051**2).max() < 1e-13 * boson[:, 0].max() ** 2


def test_two_body_decay_follows_the_helicity_axis(decayed):
    """The polar angle counts, by explicit boosts, from the direction opposite to the parent in the boson's frame."""
    boson, parent, products, _ = decayed
    cosines = []
    for i in range(4000):
        axis = -boost_to_rest(boson[i], parent[i])[1:]
        lepton = boost_to_rest(boson[i], products[i, 0])[1:]
        cosines.append(axis @ lepton / np.linalg.norm(axis) / np.linalg.norm(lepton))
    x = np.array(cosines)
    assert stats.kstest(x, lambda c: (c + c**3 / 3 + 4 / 3) / (8 / 3)).pvalue > 1e-3
    # about the lab direction the distribution is another one: the axis matters
    lab = [
        boost_to_rest(boson[i], products[i, 0])[1:] @ boson[i, 1:] / 0.024995 / np.linalg.norm(boson[i, 1:])
        for i in range(4000)
    ]
    assert stats.kstest(np.array(lab), lambda c: (c + c**3 / 3 + 4 / 3) / (8 / 3)).pvalue < 0.5


def test_window_covers_its_solid_angle():
    u = (np.arange(400) + 0.5) / 400
    grid = [(a, b) for a in u for b in (u[:100] - u[0]) * 4 + 0.005]
    disc = np.mean([aim_direction(DISC, np.array([0, 0, 0.01, 0.0]), 50.0, a, b)[3] for a, b in grid])
    assert disc == pytest.approx(2 * np.pi * (1 - np.cos(np.arctan(0.01))), rel=1e-3)
    par = np.array([0.1, 0.0, 0.02, 0.01])
    rectangle = np.mean([aim_direction(RECTANGLE, par, 50.0, a, b)[3] for a, b in grid])
    assert rectangle == pytest.approx(4 * 0.02 * 0.01 / (1 + 0.01) ** 1.5, rel=2e-3)
    sphere = np.mean([aim_direction(SPHERE, par, 50.0, a, 0.3)[3] for a in u])
    assert sphere == pytest.approx(4 * np.pi, rel=2e-3)


@pytest.mark.parametrize("scales", [[], [0.3], [1e-3, 0.05, 2.0]])
@pytest.mark.parametrize("hole", [0.0, 0.3])
def test_decay_points_estimate_the_exponential(scales, hole):
    """The weights give the exact probability of decaying inside, whatever density the points were drawn from."""
    n, mass, ctau = 200_000, 0.1, 0.02
    rng = np.random.default_rng(4)
    par = np.array([1.0, 5.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, hole, 0.0])
    momentum = np.array([3.0 * 0.1, 0.0, 3.0])
    boson = np.tile([np.sqrt(momentum @ momentum + mass**2), *momentum], (n, 1))
    spans, x, factor, vertex = np.empty((n, 2)), np.empty(n), np.empty(n), np.empty((n, 4))
    draw_vertices(
        CYLINDER, par, mass, np.array(scales), rng.random(n), np.zeros((n, 4)), boson, spans, x, factor, vertex
    )
    estimate = factor * np.exp(-x / ctau) / ctau
    p = np.linalg.norm(momentum)
    d = ctau * p / mass
    t = np.array(ray_segments(CYLINDER, par, 0.0, 0.0, 0.0, *(momentum / p)))
    exact = sum(np.exp(-a / d) - np.exp(-b / d) for a, b in (t[:2], t[2:]) if b > a)
    assert estimate.mean() == pytest.approx(exact, abs=5 * estimate.std() / np.sqrt(n))
    assert np.allclose(vertex[:, 2], x * p / mass * momentum[2] / p)
    assert np.allclose(vertex[:, 3], np.linalg.norm(vertex[:, :3], axis=1) * boson[0, 0] / p)
    out = np.empty(n)
    target_density(spans, np.array([ctau]), np.ones(1), out)
    whole = np.exp(-t[0] / d) - np.exp(-max(t[1], t[3]) / d)
    assert out[0] == pytest.approx(whole)
