"""Rates of weak decays against numbers computed elsewhere, Ward identities, limits of loop functions."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lvgen
from lvgen.errors import UserError
from lvgen.flavour import kaon, loops
from lvgen.flavour.constants import CKM, FERMI, mass_of, total_width
from lvgen.flavour.inner import LeptonDecay, LeptonicDecay
from lvgen.flavour.transitions import B_TO_K, B_TO_KSTAR, B_TO_PI, B_TO_RHO, BS_TO_PHI, Transition
from lvgen.kernels.weak_decays import lepton_decay, leptonic_decay
from lvgen.models.registry import make_model
from lvgen.units import E_CHARGE


def _rows() -> list[dict[str, str]]:
    with (Path(__file__).parent / "reference" / "flavour_rates.csv").open() as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def _call(row: dict[str, str]) -> tuple[dict[str, float], float]:
    """Arguments of ``branching_ratio`` for a row."""
    given = dict(part.split("=", 1) for part in row["parameters"].split(";"))
    lepton = "mu" if "mu" in row["process"] else "e"
    mass = float(given["mass_GeV"])
    call: dict = {"model": row["model"], "mass": mass}
    legs = "lepton" if given.get("legs") == "lepton only" or given.get("legs") == "muon only" else "all"
    if "nu V" in row["process"] and not row["process"].startswith("Z"):
        call["legs"] = legs
    if row["model"] == "custom":
        scale = 1e-3
        call["coupling"] = scale
        names = {"gV": f"gV_{lepton}", "gA": f"gA_{lepton}", "g_phi": f"gS_{lepton}"}
        call |= {names[key]: float(given[key]) / scale for key in names if key in given}
    elif row["model"] == "muonic_U1d":
        call |= {"coupling": float(given["kappa"]), "lam": float(given["lam_over_e"]) * E_CHARGE}
        call["m_phi"] = float(given["m_phi_GeV"])
    elif row["model"] == "dark_Z":
        call |= {"coupling": float(given["epsilon"]), "epsilon_Z": float(given["epsilon_Z"])}
    else:
        text = given.get("epsilon") or given["g"]
        call["coupling"] = 1e-3 * mass if "mass" in text else float(text)
    return call, mass


RATES = [r for r in _rows() if r["model"] != "SM" and not r["quantity"].startswith("mean")]


@pytest.mark.parametrize(
    "row", RATES, ids=lambda r: f"{r['process']} {r['model']} {r['quantity']} {r['parameters'][:30]}"
)
def test_rates_against_independent_numbers(row: dict[str, str]) -> None:
    call, _ = _call(row)
    rate = lvgen.branching_ratio(row["process"], **call)
    value = rate.longitudinal_fraction if row["quantity"].startswith("f_long") else rate.value
    assert value is not None
    tolerance = float(row["rel_tolerance"]) + (3.0 * rate.error / rate.value if rate.value else 0.0)
    assert value == pytest.approx(float(row["value"]), rel=tolerance)


def test_every_reaction_of_the_reference_is_known() -> None:
    assert len(RATES) > 120
    assert {r["process"] for r in RATES} == {
        "K+ -> pi+ V", "K+ -> mu+ nu V", "K+ -> e+ nu V", "K+ -> mu+ nu phi", "pi+ -> mu+ nu V", "B+ -> K+ V",
        "B0 -> K*0 V", "K_L -> pi0 V", "Z -> gamma X", "tau -> nu mu nu V",
    }  # fmt: skip


def test_the_same_form_factor_gives_the_measured_dilepton_rates() -> None:
    """K+ -> pi+ e+ e- 3.00(9)e-7 and pi+ mu+ mu- 9.15(8)e-8 (PDG): within 4 %, the size of radiative corrections."""
    for lepton, measured in (("e", 3.00e-7), ("mu", 9.15e-8)):
        assert kaon.dilepton_width(mass_of(lepton)) / total_width("K+") == pytest.approx(measured, rel=0.04)


def _divergence(decay: str, couplings: tuple[float, ...], mass: float) -> np.ndarray:
    n = 300
    rng = np.random.default_rng(4)
    if decay == "meson":
        momenta, width, divergence, rho = np.zeros((n, 3, 4)), np.empty(n), np.empty(n), np.zeros((n, 9))
        y = rng.random((n, 4))
        leptonic_decay(
            y, mass_of("K+"), mass_of("mu"), mass, np.array(couplings), False, momenta, width, divergence, rho
        )
    else:
        momenta, width, divergence, rho = np.zeros((n, 4, 4)), np.empty(n), np.empty(n), np.zeros((n, 9))
        y = rng.random((n, 7))
        lepton_decay(y, mass_of("tau"), mass_of("mu"), mass, np.array(couplings), momenta, width, divergence, rho)
    return divergence[width > 0]


@pytest.mark.parametrize(
    ("decay", "couplings"),
    [
        ("meson", (-1.0, 0.0, 0.0, 1.0)), ("meson", (1.0, 0.0, 1.0, 0.0)), ("meson", (0.7, 0.0, 1.0, 0.3)),
        ("lepton", (1.0, 0.0, 1.0, 0.0, 0.0, 0.0)), ("lepton", (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)),
        ("lepton", (0.0, 0.0, 1.0, 0.0, 0.0, 1.0)), ("lepton", (1.0, 0.0, -1.0, 0.0, 1.0, -1.0)),
    ],
)  # fmt: skip
def test_conserved_currents_obey_the_ward_identity(decay: str, couplings: tuple[float, ...]) -> None:
    """Electric charge, lepton numbers and their sums: v . M vanishes, 1e-20 of |M|^2."""
    assert _divergence(decay, couplings, 0.1).max() < 1e-20


def test_one_leg_alone_breaks_it() -> None:
    assert _divergence("meson", (-1.0, 0.0, 0.0, 0.0), 0.1).max() > 1e-4
    assert _divergence("lepton", (1.0, 0.0, 0.0, 0.0, 0.0, 0.0), 0.1).max() > 1e-4


def test_squared_amplitude_of_the_muon_leg_in_closed_form() -> None:
    """arXiv:1609.00860 with the general couplings of the dark-Z text (corrected), at random points to 1e-10."""
    n, m, m_v, m_p = 200, mass_of("mu"), 0.12, mass_of("K+")
    for gv, ga in ((1.0, 0.0), (0.0, 1.0), (0.4, 0.7), (0.5, -0.5)):
        momenta, width, divergence, rho = np.zeros((n, 3, 4)), np.empty(n), np.empty(n), np.zeros((n, 9))
        y = np.random.default_rng(1).random((n, 4))
        y[:, 0] = 0.05 + 0.9 * y[:, 0]
        leptonic_decay(y, m_p, m, m_v, np.array([gv, ga, 0.0, 0.0]), False, momenta, width, divergence, rho)
        p, q, v = (momenta[:, k] for k in range(3))
        big_q2 = m_p**2 - 2.0 * m_p * q[:, 0]
        qp = 0.5 * (m_p**2 + m_v**2 - m**2 - 2.0 * m_p * v[:, 0])
        qv = 0.5 * (m_p**2 + m**2 - m_v**2 - 2.0 * m_p * p[:, 0])
        pv = 0.5 * (big_q2 - m**2 - m_v**2)
        big_qp, big_qv = 0.5 * (big_q2 + m**2 - m_v**2), 0.5 * (big_q2 + m_v**2 - m**2)
        tp = (m_p**2 - big_q2) * big_qp - big_q2 * qp
        tv = (m_p**2 - big_q2) * big_qv - big_q2 * qv
        gl, gr = gv - ga, gv + ga
        terms = (
            gl**2 * 4.0 * big_q2**2 * (qp + 2.0 * qv * pv / m_v**2),
            -12.0 * gl * gr * m**2 * big_q2 * (m_p**2 - big_q2),
            gr**2 * 4.0 * m**2 * (tp + 2.0 * tv * pv / m_v**2),
        )
        squared = sum(terms) / (big_q2 - m**2) ** 2
        scale = sum(np.abs(t) for t in terms) / (big_q2 - m**2) ** 2
        # the kernel's width holds phase space too; divide it out
        low = (m + m_v) ** 2 - m**2
        span = math.log((m_p**2 - m**2) / low)
        star = np.sqrt((big_q2 - (m + m_v) ** 2) * (big_q2 - (m - m_v) ** 2)) / (2.0 * np.sqrt(big_q2))
        flat = q[:, 0] / (4.0 * math.pi * m_p) * star / (4.0 * math.pi * np.sqrt(big_q2))
        phase = (big_q2 - m**2) * span * 2.0 * y[:, 0] / (2.0 * math.pi) * flat / (2.0 * m_p)
        assert np.abs(width / phase - squared).max() < 1e-10 * scale.max()
        np.testing.assert_allclose(width / phase, squared, rtol=1e-8)


def test_light_boson_from_one_leg_is_a_goldstone_boson() -> None:
    """The rate of a broken current grows as 1/M^2 for light bosons, that of a conserved one does not."""
    broken, conserved = (
        [LeptonicDecay("K+", "mu", m, c).ratio()[0] for m in (1e-3, 2e-3)]
        for c in ((1.0, 0.0, 0.0, 0.0), (-1.0, 0.0, 0.0, 1.0))
    )
    assert broken[0] / broken[1] == pytest.approx(4.0, rel=1e-3)
    assert conserved[0] / conserved[1] < 1.4


def test_lepton_decay_without_leg_is_closed() -> None:
    assert LeptonDecay("tau", "mu", 1.7, (1.0, 0, 0, 0, 0, 0)).branching_ratio()[0] == 0.0
    assert LeptonDecay("tau", "mu", 0.1, (0.0, 0, 0, 0, 0, 0)).branching_ratio()[0] == 0.0


# --- loops -----------------------------------------------------------------------------------------------------------


def test_ckm_matrix_is_unitary() -> None:
    np.testing.assert_allclose(CKM @ CKM.conj().T, np.eye(3), atol=1e-14)


@pytest.mark.parametrize(
    ("source", "target", "function", "expected"),
    [
        ("b", "s", loops.z_monopole, 1.138687e-4 - 2.117978e-6j),
        ("s", "d", loops.z_monopole, 6.336044e-7 + 3.941611e-7j),
        ("b", "d", loops.z_monopole, -2.194034e-5 - 9.171441e-6j),
        ("b", "s", loops.photon_monopole, 1.014176e-8 - 4.418819e-10j),
        ("s", "d", loops.photon_monopole, 7.321489e-8 + 3.470755e-11j),
        ("b", "d", loops.photon_monopole, -1.433336e-9 - 1.913472e-9j),
    ],
)
def test_penguins_against_the_literal_expressions_of_a_paper(
    source: str, target: str, function: Callable[[str, str], complex], expected: complex
) -> None:
    """Appendix B of the dark-Z paper, evaluated as printed."""
    assert function(source, target) == pytest.approx(expected, rel=1e-5)


def test_loop_functions_are_smooth_at_equal_masses_and_vanish_with_the_mass() -> None:
    for function in (loops.c0, loops.d0, loops.anomalous):
        inside = [function(1.0 + d) for d in np.linspace(-3e-3, 3e-3, 25)]
        assert np.abs(np.diff(inside, 2)).max() < 2e-6
    assert loops.c0(1.0) == pytest.approx(3.0 / 16.0, rel=1e-8)
    assert loops.anomalous(1.0) == pytest.approx(0.5, rel=1e-8)
    # leading terms for light quarks: C0 -> y (2 ln y + 6)/8, D0 -> -(4/9) ln y, F -> x
    y = 1e-9
    assert loops.c0(y) == pytest.approx(y / 8.0 * (2.0 * math.log(y) + 6.0), rel=1e-6)
    assert loops.d0(y) == pytest.approx(-4.0 / 9.0 * math.log(y), rel=1e-6)
    assert loops.anomalous(y) == pytest.approx(y, rel=1e-6)


def test_form_factors_at_zero() -> None:
    """f_+(0), V(0), A1(0), A2(0) as hep-ph/0406232 and hep-ph/0412079 print them."""
    assert B_TO_K(0.0) == pytest.approx(0.331, abs=0.005)
    assert B_TO_PI(0.0) == pytest.approx(0.258, abs=0.001)
    for found, printed in (
        (B_TO_KSTAR, (0.292, 0.259, 0.411)),
        (B_TO_RHO, (0.242, 0.221, 0.323)),
        (BS_TO_PHI, (0.311, 0.234, 0.434)),
    ):
        np.testing.assert_allclose([found.a1(0.0), found.a2(0.0), found.v(0.0)], printed, atol=0.004)


def test_helicity_amplitudes_against_a_tensor_contraction() -> None:
    """B -> K* V with explicit polarisation vectors of both vectors."""
    t = Transition("B0", "K*0", "b", "s", B_TO_KSTAR)
    m_b, m_k, m = mass_of("B0"), mass_of("K*0"), 1.0
    f, q2, total = B_TO_KSTAR, 1.0, m_b + m_k
    e_k = (m_b**2 + m_k**2 - q2) / (2.0 * m_b)
    p = math.sqrt(e_k**2 - m_k**2)
    e_v = m_b - e_k
    # K* along -z, V along +z; same helicity for both
    long_k, long_v = np.array([p, 0, 0, -e_k]) / m_k, np.array([p, 0, 0, e_v]) / m
    plus = np.array([0, 1, 1j, 0]) / math.sqrt(2.0)
    metric = np.diag([1.0, -1.0, -1.0, -1.0])
    p_b, p_k = np.array([m_b, 0, 0, 0]), np.array([e_k, 0, 0, -p])
    eps = np.zeros((4, 4, 4, 4))
    for perm in np.ndindex(4, 4, 4, 4):
        if len(set(perm)) == 4:
            eps[perm] = np.linalg.det(np.eye(4)[list(perm)])

    def amplitude(pol_k: np.ndarray, pol_v: np.ndarray) -> complex:
        low = [metric @ x for x in (np.conj(pol_v), np.conj(pol_k), p_b, p_k)]
        v_part = 2.0 * f.v(q2) / total * np.einsum("abcd,a,b,c,d", eps, *low)
        dot = lambda a, b: a @ metric @ b  # noqa: E731
        a1 = total * f.a1(q2) * dot(np.conj(pol_k), np.conj(pol_v))
        a2 = f.a2(q2) / total * dot(np.conj(pol_k), p_b) * dot(np.conj(pol_v), p_b + p_k)
        return 0.5 * (v_part - 1j * (a1 - a2))

    found = sorted(abs(h) for h in t.helicity_amplitudes(m))
    # opposite directions: equal helicity means conjugate polarisation vectors
    expected = sorted(abs(amplitude(k, v)) for k, v in ((long_k, long_v), (plus.conj(), plus), (plus, plus.conj())))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_anomaly_coefficients() -> None:
    expected = {
        "B": 1.5,
        "B-L": 0.0,
        "B-3L_mu": 0.0,
        "B_3-L_2": 0.0,
        "L_mu-L_tau": 0.0,
        "dark_photon": 0.0,
        "protophobic": -1.5,
    }
    assert {name: make_model(name).anomaly() for name in expected} == pytest.approx(expected)


def test_refusals() -> None:
    with pytest.raises(UserError, match="no estimate"):
        lvgen.branching_ratio("B+ -> K+ V", model="B-L", mass=0.1, coupling=1e-3)
    with pytest.raises(UserError, match="no anomaly"):
        lvgen.branching_ratio("Z -> gamma V", model="dark_photon", mass=0.1, coupling=1e-3)
    assert FERMI > 0.0


def test_printed_z_width_is_four_times_larger() -> None:
    call = {"model": "B", "mass": 0.1, "coupling": 1e-4}
    ours, printed = (float(lvgen.branching_ratio("Z -> gamma X", **call, **k)) for k in ({}, {"compatible": "dror"}))
    assert printed / ours == pytest.approx(4.0)
