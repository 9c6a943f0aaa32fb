"""Runs in which decays of K, B, D_s and tau make the boson: sums, gaps of limits, vertices in events, validity."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.approximations import approximations
from lvgen.errors import UserError
from lvgen.flavour.constants import mass_of
from lvgen.flavour.kaon import dilepton_width
from lvgen.flavour.rest import TwoBody
from lvgen.flavour.taus import BRANCHING_RATIO, tau_density
from lvgen.parents import KaonBeamChannel, Strength, UpsilonChannel
from lvgen.particles import mass as mass_of_pdg
from lvgen.plan import Plan
from lvgen.runcard import load_card
from lvgen.spectra.registry import load_source, source_hadrons

ONE = Strength(0.0, 0.0, 1.0)
KAONS = 6e12


def kaon_card(**changes: Any) -> dict[str, Any]:
    mass = {"min": "90 MeV", "max": "180 MeV", "points": 10, "scale": "linear"}
    return {
        "model": {"name": "dark_photon", "mass": mass, "coupling": {"min": 1e-5, "max": 1e-2, "points": 31}}
        | {"dark_matter": "dirac", "dark_matter_mass_ratio": 0.3, "dark_matter_coupling": 1000.0},
        "production": {"processes": ["k_to_pi"]},
        "detector": {"name": "NA62-kaon"},
        "sensitivity": {"confidence": 0.9},
        "run": {"seed": 1},
    } | changes


@pytest.fixture(scope="module")
def kaons() -> Any:
    return lvgen.run(kaon_card())


def test_invisible_bosons_of_a_beam_of_kaons_count_as_the_limit_counts_them(kaons: Any) -> None:
    """All of them decay into dark matter, so N = N_K BR; the edge is where BR is the published limit."""
    for row in kaons.contour:
        if not row.excludes:
            continue
        rate = lvgen.branching_ratio("K+ -> pi+ V", model="dark_photon", mass=row.mass, coupling=row.coupling_lower)
        assert rate.value * KAONS == pytest.approx(row.n_required, rel=0.01)


def test_the_gap_of_two_pions_is_never_bridged(kaons: Any) -> None:
    excluded = [row.mass for row in kaons.contour if row.excludes]
    assert excluded == pytest.approx([0.09, 0.1, 0.11, 0.16, 0.17, 0.18])


def test_events_of_a_beam_of_kaons_have_the_decay_of_the_kaon() -> None:
    """V of B decays in flight: the kaon begins at 105 m, decays before 170 m, V after at least 5 m of its own."""
    card = kaon_card(
        model={"name": "B", "mass": "50 MeV", "coupling": 1e-3},
        detector={"name": "NA62-kaon-displaced"},
        events={"number": 500},
    )
    del card["sensitivity"]
    record = lvgen.run(card).record
    assert record is not None
    c = record.columns
    np.testing.assert_allclose(c["parent_z"], 105e3)
    assert c["origin_z"].min() >= 105e3
    assert c["origin_z"].max() <= 170e3
    assert (c["vertex_z"] - c["origin_z"]).min() > 4.9e3
    pions = (record.particles["pdg"] == 211) & (record.particles["mother"] == -1)
    assert np.count_nonzero(pions) == len(record)
    np.testing.assert_array_equal(record.particles["z"][pions], c["origin_z"])
    # the spread of the beam is 1 %
    momentum = c["llp_pz"] + record.particles["pz"][pions]
    assert momentum.mean() == pytest.approx(75.0, rel=3e-3)
    assert momentum.std() == pytest.approx(0.75, rel=0.15)


def test_kaons_decay_exponentially_along_the_beam() -> None:
    """Over 65 m with a decay length of 564 m: mean of the position."""
    channel = KaonBeamChannel("test", TwoBody(321, 0.1, (211,)), ONE, load_source("NA62-K"))
    z = channel.draw(np.random.default_rng(4).random((100_000, channel.dimensions))).origin[:, 2] - 105.0
    length = 75.0 / mass_of("K+") * 3.711
    mean = length - 65.0 / math.expm1(65.0 / length)
    assert mean < 32.5 - 0.5
    assert abs(z.mean() - mean) < 4.5 * 65.0 / math.sqrt(12.0 * len(z))


def test_exposures_fit_their_source() -> None:
    with pytest.raises(UserError, match="decays such as"):
        Plan(load_card(kaon_card(detector={"name": "NA62-kaon", "exposure": "1e18 POT"})))
    with pytest.raises(UserError, match="protons such as"):
        Plan(load_card(kaon_card(detector={"name": "SHiP", "exposure": "6e12 decays"})))


def test_b_mesons_of_the_upsilon() -> None:
    """sin^2 in the centre of mass, momentum sqrt(s/4 - m_B^2), boosted; the weights sum to the cross-section."""
    source = load_source("SuperKEKB")
    channel = UpsilonChannel("test", TwoBody(521, 1.0, (321,)), ONE, source, 570.0)
    draws = channel.draw(np.random.default_rng(1).random((100_000, channel.dimensions)))
    assert draws.weight.mean() == pytest.approx(570.0)
    gamma, gamma_beta = source.boost
    e, z = draws.parent[:, 0], draws.parent[:, 3]
    star_z, star_e = gamma * z - gamma_beta * e, gamma * e - gamma_beta * z
    np.testing.assert_allclose(star_e, 0.5 * source.energy, rtol=1e-12)
    p = math.sqrt(0.25 * source.energy**2 - mass_of("B+") ** 2)
    assert 0.3 < p < 0.36
    # <cos^2> of 3/4 (1 - c^2) is 1/5, <cos^4> 3/35
    for power, expected in ((1, 0.0), (2, 0.2), (4, 3.0 / 35.0)):
        assert np.mean((star_z / p) ** power) == pytest.approx(expected, abs=5e-3)


def test_bosons_of_b_mesons_at_belle_2_sum_to_luminosity_times_cross_section() -> None:
    """Every boson decays in a volume without walls: N = L sigma(Upsilon) (shares B+ B-, B0 B0bar) 2 BR."""
    coupling = 1e-2
    card = {
        "model": {"name": "B", "mass": "2 GeV", "coupling": coupling},
        "production": {"processes": ["b_to_k"], "b_to_k": {"reactions": ["B+ -> K+ V", "B0 -> K*0 V"]}},
        "detector": {"name": "BelleII", "selection": "none", "exposure": "1 ab^-1"}
        | {"volume": {"front": "-50 m", "length": "100 m", "radius": "50 m"}},
        "sensitivity": {},
        "run": {"seed": 1, "precision": 0.01},
    }
    rates = {
        r: float(lvgen.branching_ratio(r, model="B", mass=2.0, coupling=coupling))
        for r in ("B+ -> K+ V", "B0 -> K*0 V")
    }
    expected = 1e6 * 1110.0 * 2.0 * (0.514 * rates["B+ -> K+ V"] + 0.486 * rates["B0 -> K*0 V"])
    found = lvgen.run(card).map
    assert found is not None
    assert found.total[0, 0] == pytest.approx(expected, rel=0.02)


def test_branching_ratios_above_one_count_as_zero_and_are_told() -> None:
    card = {
        "model": {"name": "B", "mass": "10 MeV", "coupling": {"min": 1e-4, "max": 1e-1, "points": 4}},
        "production": {"processes": ["b_to_k"], "b_to_k": {"reactions": ["B+ -> K+ V"]}},
        "detector": {"name": "BelleII", "selection": "none"} | {"volume": {"radius": "1 m"}},
        "sensitivity": {},
        "run": {"seed": 1},
    }
    result = lvgen.run(card)
    ratios = [
        float(lvgen.branching_ratio("B+ -> K+ V", model="B", mass=0.01, coupling=g)) for g in (1e-4, 1e-3, 1e-2, 1e-1)
    ]
    assert ratios[3] > 1.0 > ratios[2]
    assert result.map is not None
    assert (result.map.total[0] > 0.0).tolist() == [True, True, True, False]
    (line,) = result.info["outside_validity"]
    assert line.startswith("the branching ratio of B+ -> K+ V")
    assert line.endswith("count as zero")
    del card["sensitivity"]
    with pytest.raises(UserError, match="above 1") as caught:
        lvgen.run(card | {"events": {"number": 10, "coupling": 1e-1}})
    assert caught.value.key == "events.coupling"


def test_taus_of_a_table_against_decays_of_single_d_s() -> None:
    """Moments of tau momentum and angle of 800 000 isotropic decays drawn one by one; sums to one per cent."""
    at = load_source("SPS-400GeV-Mo")
    table = source_hadrons("SIBYLL-2.3d", at, False)
    density = tau_density(table, -15)
    content = table.content[431]
    rng = np.random.default_rng(2)
    cell = rng.choice(content.size, 800_000, p=content.ravel() / content.sum())
    i, j = np.unravel_index(cell, content.shape)
    p = 10.0 ** (table.p_edges[i] + np.diff(table.p_edges)[i] * rng.random(len(cell)))
    half = np.sin(0.5 * 10.0**table.theta_edges) ** 2
    theta = 2.0 * np.arcsin(np.sqrt(half[j] + np.diff(half)[j] * rng.random(len(cell))))
    m_d, m = mass_of_pdg(431), mass_of_pdg(15)
    star = (m_d**2 - m**2) / (2.0 * m_d)
    k = rng.normal(size=(len(cell), 3))
    k *= star / np.linalg.norm(k, axis=1)[:, None]
    axis = np.stack([np.sin(theta), np.zeros_like(theta), np.cos(theta)], axis=1)
    along = np.sum(k * axis, axis=1)
    energy, e_d = math.hypot(star, m), np.hypot(p, m_d)
    tau = k + axis * ((e_d / m_d - 1.0) * along + p / m_d * energy)[:, None]
    size = np.linalg.norm(tau, axis=1)
    edges = 10.0 ** np.array([-1.0, 0.7, 1.0, 1.3, 1.6, 2.6])
    expected = np.histogram(size, edges)[0] / len(cell) * content.sum() * BRANCHING_RATIO
    fine = 10.0 ** (density.table[0] + (np.arange(density.density.shape[0]) + 0.5) / density.table[1])
    angles = np.concatenate([np.linspace(a, b, 5)[:-1] for a, b in itertools.pairwise(table.theta_edges)])
    solid = 4.0 * np.pi * np.diff(np.sin(0.5 * 10.0 ** np.append(angles, table.theta_edges[-1])) ** 2)
    spectrum = density.density @ solid / density.table[1]
    found = np.histogram(fine, edges, weights=spectrum)[0]
    np.testing.assert_allclose(found, expected, rtol=0.03)
    assert density.replicas.shape[1] == 32


def test_k_short_to_pi_by_the_measured_dilepton_rates() -> None:
    """K_S -> pi0 e+ e- (5.8 +2.9 -2.4)e-9 and pi0 mu+ mu- (2.9 +1.5 -1.2)e-9 (hep-ex/0309075, hep-ex/0409011)."""
    width = 6.582119569e-25 / 8.954e-11
    for lepton, measured, error in (("e", 5.8e-9, 2.9e-9), ("mu", 2.9e-9, 1.5e-9)):
        assert abs(dilepton_width(mass_of(lepton), neutral=True) / width - measured) < error


@pytest.mark.parametrize(
    ("model", "detector", "expected"),
    [
        ("dark_photon", "FASER2", {"meson_decay", "proton_bremsstrahlung"}),
        ("B", "FASER2", {"meson_decay", "proton_bremsstrahlung", "vector_mixing", "k_to_pi", "b_to_k"}),
        ("L_mu-L_tau", "SHiP", {"meson_decay", "proton_bremsstrahlung", "leptonic_meson", "tau_decay"}),
        ("muonic_U1d", "SHiP", {"meson_decay", "proton_bremsstrahlung", "leptonic_meson", "tau_decay"}),
        ("dark_photon", "NA62-kaon", {"k_to_pi", "leptonic_meson"}),
    ],
)
def test_what_is_taken_where_a_card_names_no_processes(model: str, detector: str, expected: set[str]) -> None:
    """Those that matter; what else there is where nothing else applies."""
    card = {
        "model": {"name": model, "mass": "50 MeV", "coupling": 1e-4},
        "detector": {"name": detector},
        "sensitivity": {},
    }
    plan = Plan(load_card(card))
    assert {chosen.name for chosen in plan.processes} == expected
    assert any("k_to_pi makes few" in note for note in plan.left_out) == (
        "b_to_k" not in expected and detector != "NA62-kaon"
    )


@pytest.mark.parametrize(("name", "stated"), [("belle2_b_to_k_v", True), ("ship_b_to_k_dark_z", False)])
def test_what_is_left_out_is_that_of_the_source(name: str, stated: bool) -> None:
    told = approximations(Plan(load_card(name)))
    assert any("Upsilon(4S)" in line for line in told) == stated


def test_a_refused_current_names_the_key_of_the_card() -> None:
    with pytest.raises(UserError, match="no anomaly") as caught:
        Plan(load_card("b_minus_l_smith_tait", ['model.triangle="none"']))
    assert caught.value.key == "production.processes"
