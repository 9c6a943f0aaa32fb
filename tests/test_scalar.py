"""Decays of a scalar: widths against integrals and limits, isotropy, lifetimes of the muonic dark Higgs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import dblquad

import lvgen
from lvgen.decays.modes import open_modes
from lvgen.decays.primary.registry import primary_decay
from lvgen.decays.scalar import pseudoscalar_loop, scalar_loop, triangle_f, vector_pair_width
from lvgen.errors import UserError
from lvgen.models.registry import make_model
from lvgen.particles import mass
from lvgen.units import ALPHA, E_CHARGE, HBARC


@pytest.mark.parametrize("tau", [1e-4, 0.3, 0.9])
def test_loops_below_threshold_against_feynman_parameters(tau):
    """A_S = 4 int (1 - 4xy)/(1 - 4xy tau), A_P = 4 int 1/(1 - 4xy tau) over x + y < 1."""

    def integral(numerator):
        value, _ = dblquad(lambda y, x: 4.0 * numerator(x * y) / (1.0 - 4.0 * x * y * tau), 0, 1, 0, lambda x: 1.0 - x)
        return value

    assert scalar_loop(np.array([tau]))[0] == pytest.approx(integral(lambda xy: 1.0 - 4.0 * xy), rel=1e-6)
    assert pseudoscalar_loop(np.array([tau]))[0] == pytest.approx(integral(lambda _: 1.0), rel=1e-6)


def test_loops_above_threshold_have_the_imaginary_part_of_the_cut():
    """Im f = pi artanh(beta): phi -> f fbar -> gamma gamma by unitarity; real parts from a dispersion relation."""
    tau = np.array([1.7])
    beta = math.sqrt(1.0 - 1.0 / 1.7)
    assert triangle_f(tau)[0].imag == pytest.approx(math.pi * math.atanh(beta), rel=1e-12)
    # f(tau) = (tau/pi) P int dt Im f(t)/(t (t - tau)); with t = 1/(1 - b^2) the pole is at b = beta
    b, w = np.polynomial.legendre.leggauss(600)
    b, w = 0.5 * (b + 1.0), 0.5 * w
    t = 1.0 / (1.0 - b**2)
    weight = 2.0 * b * t * np.arctanh(b) * 1.7
    pole = 2.0 * beta * 1.7 * math.atanh(beta) * 1.7
    slope = 2.0 * beta * 1.7**2
    regular = weight / (t - 1.7) - pole / (slope * (b - beta))
    value = float(w @ regular) + pole / slope * math.log((1.0 - beta) / beta)
    assert triangle_f(tau)[0].real == pytest.approx(value, rel=2e-3)


def test_heavy_loops_and_the_series_join():
    assert scalar_loop(np.array([1e-9]))[0] == pytest.approx(4 / 3, rel=1e-8)
    assert pseudoscalar_loop(np.array([1e-9]))[0] == pytest.approx(2.0, rel=1e-8)
    below, above = scalar_loop(np.array([0.999999e-3, 1.000001e-3]))
    assert below == pytest.approx(above, rel=1e-8)


def test_widths_of_a_light_scalar_by_its_effective_photon_coupling():
    """A heavy muon's loop is phi F F alpha gS/(6 pi m) (times 1.5 for F Fdual): width g^2 M^3/(64 pi), g = 4 c."""
    m, m_mu = 1e-3, mass("mu-")
    scalar = lvgen.model("custom", gS_mu=0.4).decay_table(m)
    pseudo = lvgen.model("custom", gP_mu=0.4).decay_table(m)
    coupling = 4.0 * ALPHA * 0.4 / (6.0 * math.pi * m_mu)
    assert scalar.width("gamma gamma") == pytest.approx(coupling**2 * m**3 / (64.0 * math.pi), rel=1e-4)
    assert pseudo.width("gamma gamma") == pytest.approx((1.5 * coupling) ** 2 * m**3 / (64.0 * math.pi), rel=1e-4)
    assert scalar.channels == pseudo.channels == ["gamma gamma"]


def test_the_dark_higgs_of_the_muonic_model():
    """gS = 2 lam m_mu/m_V; muons above threshold, photons below, vectors by the Goldstone modes far above."""
    lam, m_v, m_mu = 0.8 * E_CHARGE, 0.12, mass("mu-")
    model = make_model("muonic_U1d_phi", lam=lam, m_V=m_v)
    g = make_model("muonic_U1d", lam=lam, m_phi=0.2).couplings(m_v).gs("mu")
    assert model.couplings().gs("mu") == pytest.approx(g, rel=1e-12)
    table = lvgen.model("muonic_U1d_phi", lam=lam, m_V=m_v).decay_table(np.array([0.2, 0.23, 3.0]))
    assert table.branching_ratio("gamma gamma")[0] == 1.0
    beta = math.sqrt(1.0 - (2.0 * m_mu / 0.23) ** 2)
    assert table.width("mu+ mu-")[1] == pytest.approx(g**2 * 0.23 / (8 * math.pi) * beta**3, rel=1e-12)
    assert table.ctau[1] == pytest.approx(HBARC / table.total[1], rel=1e-12)
    # m_phi >> m_V: phi -> two Goldstone bosons, quartic coupling with m_phi^2/(2 v) (v = m_V/2 lam)
    goldstone = 3.0**3 / (32.0 * math.pi * (m_v / (2.0 * lam)) ** 2)
    assert table.width("V V")[2] == pytest.approx(goldstone, rel=0.01)
    assert vector_pair_width(np.array([0.2399]), m_v, 1.0)[0] == 0.0


def test_a_scalar_decays_evenly_whatever_spin_is_said():
    table = lvgen.model("muonic_U1d_phi").decay_table(0.3)
    assert primary_decay(table, "mu+ mu-").angular == (1.0, 0.0, 0.0)
    assert [m.name for m in open_modes(table, None)] == ["mu+ mu-", "gamma gamma"]
    assert {m.name for m in open_modes(table, None, invisible=True)} == {"mu+ mu-", "gamma gamma", "V V"}


def test_pseudoscalar_threshold_and_what_is_refused():
    table = lvgen.model("custom", gP_e=1.0).decay_table(0.01)
    beta = math.sqrt(1.0 - (2.0 * mass("e-") / 0.01) ** 2)
    assert table.width("e+ e-") == pytest.approx(0.01 / (8 * math.pi) * beta, rel=1e-12)
    with pytest.raises(UserError, match="hadrons"):
        lvgen.model("custom", gS_u=1.0).decay_table(0.5)
    with pytest.raises(UserError, match="m_V"):
        make_model("muonic_U1d_phi", m_V=0.0)
    assert make_model("custom", gV_mu=1.0, gS_mu=1.0).spin == 1
