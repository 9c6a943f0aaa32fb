"""e+ e- -> f fbar X and gamma V: amplitudes by a second method, identities, and cross-sections computed elsewhere."""

from __future__ import annotations

import cmath
import csv
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from lvgen.processes import ee_to_gamma_v
from scipy.special import spence

import lvgen
from lvgen.collisions import PairReaction
from lvgen.kernels.ee_pair import pair_matrix_elements
from lvgen.kernels.pair_space import draw_pair
from lvgen.particles import mass as particle_mass
from lvgen.units import ALPHA

E4 = (4.0 * math.pi * ALPHA) ** 2
M_MU = particle_mass("mu-")
METRIC = np.diag([1.0, -1.0, -1.0, -1.0])


def _rows() -> list[dict[str, str]]:
    with (Path(__file__).parent / "reference" / "ee_collisions.csv").open() as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


ROWS = _rows()


def _energy(text: str) -> float:
    return math.sqrt(10.0) if text.startswith("sqrt") else float(text)


def _parameters(row: dict[str, str]) -> tuple[float, float]:
    """sqrt(s) and the boson's mass."""
    given = dict(part.strip().split("=", 1) for part in row["parameters"].split(";") if "=" in part)
    mass = given["m_X"] if "m_X" in given else given["m_V"]
    return _energy(given["sqrt_s"].removesuffix(" GeV")), float(mass.removesuffix(" GeV"))


#: words of the reference -> (couplings, scalar)
COUPLINGS = {
    "vector gV=1 gA=0 on muons": ((1, 0, 0, 0), False),
    "axial gV=0 gA=1 on muons": ((0, 1, 0, 0), False),
    "scalar gS=1 on muons": ((1, 0, 0, 0), True),
    "pseudoscalar gP=1 on muons": ((0, 1, 0, 0), True),
    "vector gV=1 on electrons, 0 on muons": ((0, 0, 1, 0), False),
    "vector gV=1 on e and mu": ((1, 0, 1, 0), False),
    "axial gA=1 on e and mu (same sign)": ((0, 1, 0, 1), False),
    "axial gA(e)=1 gA(mu)=-1": ((0, -1, 0, 1), False),
}
TOTALS = [r for r in ROWS if r["quantity"] == "sigma" and r["model"] in COUPLINGS]


@pytest.mark.parametrize("row", TOTALS, ids=lambda r: f"{r['model']} {r['parameters'][:34]}")
def test_total_cross_sections_against_independent_integration(row: dict[str, str]) -> None:
    root_s, mass = _parameters(row)
    couplings, scalar = COUPLINGS[row["model"]]
    rate = PairReaction("mu", mass, root_s, couplings, scalar).cross_section()
    tolerance = float(row["rel_tolerance"]) + 3.0 * rate.error / rate.value
    assert rate.error < 2e-3 * rate.value
    assert rate.value == pytest.approx(float(row["value"]), rel=tolerance)


@pytest.mark.parametrize("row", [r for r in ROWS if r["quantity"] == "sigma_fid"], ids=lambda r: r["parameters"][:30])
def test_cross_sections_with_cuts(row: dict[str, str]) -> None:
    root_s, mass = _parameters(row)
    couplings, scalar = COUPLINGS[row["model"]]
    reaction = PairReaction("mu", mass, root_s, couplings, scalar)
    rng, cube = np.random.default_rng(5), reaction.adapted()
    y, jacobian = cube.place(rng.random((150_000, 6)))
    momenta, weight, _ = reaction.draw(y)
    pair = momenta[:, 2:4]
    size = np.linalg.norm(pair[:, :, 1:], axis=2)
    with np.errstate(invalid="ignore"):
        seen = ((np.abs(pair[:, :, 3]) < 0.8 * size) & (size > 1.0)).all(axis=1)
    value = weight * jacobian * seen
    error = value.std() / math.sqrt(len(value))
    assert value.mean() == pytest.approx(float(row["value"]), abs=4.0 * error + 0.002 * float(row["value"]))


def test_massless_final_fermions_in_closed_form() -> None:
    """Emission from the pair for m -> 0; a muon of 1 MeV is close enough (2e-5)."""
    root_s, mass, m_f = 10.58, 0.5, 1e-3
    rho = (mass / root_s) ** 2
    log = math.log(rho)
    li2 = [float(spence(1.0 - x)) for x in (1.0 / (1.0 + rho), rho / (1.0 + rho))]
    bracket = (
        (1 + rho) ** 2 * (3 * log + log**2) + 5 * (1 - rho**2) - 2 * rho * log
        - 2 * (1 + rho) ** 2 * (log * math.log(1 + rho) + li2[0] - li2[1])
    )  # fmt: skip
    sigma_0 = 4.0 * math.pi * ALPHA**2 / (3.0 * root_s**2) * 3.893793721e8
    expected = sigma_0 / (8.0 * math.pi**2) * bracket
    assert expected == pytest.approx(204.6027, rel=1e-6)
    rng, n, means = np.random.default_rng(2), 100_000, []
    for _ in range(4):
        momenta, weight, rho_out = np.empty((n, 5, 4)), np.empty(n), np.empty((n, 9))
        y = rng.random((n, 6))
        draw_pair(
            y,
            1.0,
            np.tile([root_s, 1.0, 0.0], (n, 1)),
            0.0,
            m_f,
            mass,
            np.array([1.0, 0, 0, 0]),
            E4,
            False,
            False,
            momenta,
            weight,
            rho_out,
        )
        means.append(weight)
    weights = np.concatenate(means)
    assert weights.mean() == pytest.approx(expected, abs=4.0 * weights.std() / math.sqrt(len(weights)))


# --- the squared amplitude by a second method: traces of explicit Dirac matrices -------------------------------------


def _gammas() -> tuple[np.ndarray, np.ndarray]:
    """Dirac representation, which the kernel does not use."""
    sigma = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    one, zero = np.eye(2), np.zeros((2, 2))
    gamma = [np.block([[one, zero], [zero, -one]])]
    gamma += [np.block([[zero, s], [-s, zero]]) for s in sigma]
    gammas = np.array(gamma, dtype=complex)
    return gammas, 1j * gammas[0] @ gammas[1] @ gammas[2] @ gammas[3]


GAMMA, GAMMA5 = _gammas()


def _slash(p: np.ndarray) -> np.ndarray:
    return np.einsum("m,mij->ij", METRIC @ p, GAMMA)


def _conjugate(matrix: np.ndarray) -> np.ndarray:
    return GAMMA[0] @ matrix.conj().T @ GAMMA[0]


def _by_traces(
    point: np.ndarray, m_e: float, m_f: float, m_x: float, couplings: tuple[float, ...]
) -> tuple[float, float]:
    """Spin-averaged |M|^2 summed over polarisations, and the sum of the moduli of its terms."""
    pa, pb, p1, p2, k = point
    dot = lambda a, b: float(a @ METRIC @ b)  # noqa: E731
    s, r2 = 2 * m_e**2 + 2 * dot(pa, pb), 2 * m_f**2 + 2 * dot(p1, p2)
    one = np.eye(4)
    vertex_f = [g @ (couplings[0] * one + couplings[1] * GAMMA5) for g in GAMMA]
    vertex_e = [g @ (couplings[2] * one + couplings[3] * GAMMA5) for g in GAMMA]
    d = [m_x**2 + 2 * dot(p1, k), m_x**2 + 2 * dot(p2, k), m_x**2 - 2 * dot(pa, k), m_x**2 - 2 * dot(pb, k)]
    lower = [METRIC[m, m] * GAMMA[m] for m in range(4)]
    terms: list[list[tuple[np.ndarray, np.ndarray]]] = []
    for a in range(4):
        pairs = []
        for m in range(4):
            on_pair = vertex_f[a] @ (_slash(p1 + k) + m_f * one) @ GAMMA[m] / d[0]
            on_pair = on_pair + GAMMA[m] @ (_slash(-p2 - k) + m_f * one) @ vertex_f[a] / d[1]
            on_e = GAMMA[m] @ (_slash(pa - k) + m_e * one) @ vertex_e[a] / d[2]
            on_e = on_e + vertex_e[a] @ (_slash(k - pb) + m_e * one) @ GAMMA[m] / d[3]
            pairs += [(lower[m] / s, on_pair), (on_e / r2, lower[m])]
        terms.append(pairs)
    sums = {0: _slash(pa) + m_e * one, 1: _slash(pb) - m_e * one, 2: _slash(p1) + m_f * one, 3: _slash(p2) - m_f * one}
    polarisation = -METRIC + np.outer(METRIC @ k, METRIC @ k) / m_x**2
    total, moduli = 0.0, 0.0
    for a, b in itertools.product(range(4), repeat=2):
        if polarisation[a, b] == 0.0:
            continue
        for (x, y), (u, v) in itertools.product(terms[a], terms[b]):
            electrons = np.trace(x @ sums[0] @ _conjugate(u) @ sums[1])
            pair = np.trace(y @ sums[3] @ _conjugate(v) @ sums[2])
            value = 0.25 * E4 * polarisation[a, b] * electrons * pair
            total += value.real
            moduli += abs(value)
    return total, moduli


def _points(n: int, m_e: float, m_x: float, seed: int, gamma_beta: float = 0.28) -> np.ndarray:
    reaction = PairReaction("mu", m_x, 10.58, (1.0, 0.0, 1.0, 0.0))
    momenta = np.empty((n, 5, 4))
    weight, rho = np.empty(n), np.empty((n, 9))
    y = np.random.default_rng(seed).random((n, 6))
    gamma = math.sqrt(1.0 + gamma_beta**2)
    draw_pair(
        y, 0.5, np.tile([10.58, gamma, gamma_beta], (n, 1)), m_e, reaction.m_f, m_x, np.array([1.0, 0, 1, 0]), E4,
        False, False, momenta, weight, rho,
    )  # fmt: skip
    return momenta[weight > 0.0]


def _squared(
    points: np.ndarray, m_e: float, m_x: float, couplings: tuple[float, ...], scalar: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, given = len(points), np.array(couplings, dtype=float)
    out, divergence, rho = np.empty(n), np.empty(n), np.empty((n, 9))
    pair_matrix_elements(np.ascontiguousarray(points), m_e, M_MU, m_x, given, E4, scalar, out, divergence, rho)
    return out, divergence, rho


@pytest.mark.parametrize("couplings", [(1, 0, 0, 0), (0.3, -0.7, 0, 0), (0, 0, 0.4, 0.9), (1.1, 0.6, -0.5, 0.8)])
@pytest.mark.parametrize("m_e", [0.0, 0.05])
def test_helicity_amplitudes_against_traces(couplings: tuple[float, ...], m_e: float) -> None:
    """At random points, 1e-10 of the sum of the moduli of the terms; an electron of 50 MeV to see its mass."""
    points = _points(3, m_e, 0.7, seed=3)
    found, _, _ = _squared(points, m_e, 0.7, couplings)
    for point, value in zip(points, found, strict=True):
        expected, moduli = _by_traces(point, m_e, M_MU, 0.7, couplings)
        assert abs(value - expected) < 1e-10 * moduli
        assert value == pytest.approx(expected, rel=1e-6)


def test_squared_amplitudes_at_a_published_point() -> None:
    beam = 5.29
    muon = np.array([0.0, 3.026896407, -1.548924053, -1.64107739])
    boson = np.array([0.0, 1.221650623, 0.0, -0.9162379676])
    muon[0] = math.sqrt(M_MU**2 + muon[1:] @ muon[1:])
    boson[0] = math.sqrt(0.25 + boson[1:] @ boson[1:])
    pa, pb = np.array([beam, 0, 0, beam]), np.array([beam, 0, 0, -beam])
    points = np.array([[pa, pb, muon, pa + pb - muon - boson, boson]])
    kinds = {
        "V on mu": ((1, 0, 0, 0), False), "A on mu": ((0, 1, 0, 0), False), "S on mu": ((1, 0, 0, 0), True),
        "P on mu": ((0, 1, 0, 0), True), "V on e": ((0, 0, 1, 0), False), "V on e and mu": ((1, 0, 1, 0), False),
        "A on e and mu": ((0, 1, 0, 1), False),
    }  # fmt: skip
    rows = {r["model"].split(",")[0]: r for r in ROWS if r["quantity"].startswith("spin-averaged")}
    assert set(rows) == set(kinds)
    for name, (couplings, scalar) in kinds.items():
        (value,), _, _ = _squared(points, 0.0, 0.5, couplings, scalar)
        assert value == pytest.approx(float(rows[name]["value"]), rel=1e-6)


@pytest.mark.parametrize("couplings", [(1, 0, 0, 0), (0, 0, 1, 0), (1, 0, -0.4, 0)])
def test_vector_currents_are_conserved(couplings: tuple[float, ...]) -> None:
    """Ward identity: replacing the polarisation by k gives nothing, 1e-20 in the squared amplitude."""
    points = _points(200, 0.0, 0.5, seed=7)
    squared, divergence, _ = _squared(points, 0.0, 0.5, couplings)
    assert (divergence < 1e-20 * squared * 0.25).all()


def test_axial_current_of_massive_muons_gives_the_pseudoscalar() -> None:
    """k . M of the axial coupling is 2 m_mu times the amplitude of gP = 1 (partial conservation)."""
    points = _points(200, 0.0, 0.5, seed=8)
    _, divergence, _ = _squared(points, 0.0, 0.5, (0, 1, 0, 0))
    pseudoscalar, _, _ = _squared(points, 0.0, 0.5, (0, 1, 0, 0), scalar=True)
    np.testing.assert_allclose(divergence, (2.0 * M_MU) ** 2 * pseudoscalar, rtol=1e-8)


def test_spin_density_is_a_density() -> None:
    """Trace 1, no negative eigenvalue; no mean spin from vector couplings of unpolarised beams at one photon."""
    points = _points(100, 0.0, 0.5, seed=9)
    squared, _, rho = _squared(points, 0.0, 0.5, (0.5, 0.8, 0.2, -0.4))
    rho = rho / squared[:, None]
    np.testing.assert_allclose(rho[:, :3].sum(axis=1), 1.0, rtol=1e-12)
    for row in rho:
        t = np.array([[row[0], row[3], row[4]], [row[3], row[1], row[5]], [row[4], row[5], row[2]]])
        spin = np.einsum("ijk,k->ij", _LEVI_CIVITA, row[6:])
        assert np.linalg.eigvalsh(t - 0.5j * spin).min() > -1e-12


_LEVI_CIVITA = np.array([[[(i - j) * (j - k) * (k - i) / 2 for k in range(3)] for j in range(3)] for i in range(3)])


def test_charge_conjugation_kills_interference_in_totals() -> None:
    """Vector couplings: emission from electrons and muons does not interfere in the total."""
    both, pair, electrons = (
        PairReaction("mu", 0.5, 10.58, c).cross_section() for c in ((1, 0, 1, 0), (1, 0, 0, 0), (0, 0, 1, 0))
    )
    error = math.hypot(both.error, pair.error, electrons.error)
    assert both.value == pytest.approx(pair.value + electrons.value, abs=4.0 * error)


@pytest.mark.parametrize("mass", [1e-3, 1e-2, 0.1, 1.0, 5.0, 10.0, 10.36])
def test_points_are_used_well_at_every_mass(mass: float) -> None:
    """Effective sample size at least 20 per cent of the points, from 1 MeV to threshold, for any couplings."""
    for couplings, scalar in (((1, 0, 1, 0), False), ((0, 1, 0, 0), False), ((1, 0, 0, 0), True)):
        reaction = PairReaction("mu", mass, 10.58, couplings, scalar)
        y, jacobian = reaction.adapted().place(np.random.default_rng(1).random((20_000, 6)))
        weight = reaction.draw(y)[1] * jacobian
        assert weight.sum() ** 2 / (weight**2).sum() > 0.2 * len(weight)


def test_momenta_balance_in_the_laboratory() -> None:
    points = _points(1000, 0.0, 0.02, seed=11)
    total = points[:, 0] + points[:, 1] - points[:, 2:].sum(axis=1)
    assert np.abs(total).max() < 1e-12 * 20
    squares = np.einsum("nim,mk,nik->ni", points, METRIC, points)
    np.testing.assert_allclose(squares[:, 2:], [[M_MU**2, M_MU**2, 0.02**2]] * len(points), atol=1e-12)


# --- e+ e- -> gamma V ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [r for r in ROWS if "gamma V" in r["process"]], ids=lambda r: r["parameters"][:60])
def test_photon_and_boson(row: dict[str, str]) -> None:
    root_s, mass = _parameters(row)
    g2 = 4.0 * math.pi * ALPHA
    if row["quantity"] == "dsigma/dcos":
        value = ee_to_gamma_v.differential(root_s, mass, g2, 0.0)
    elif "no cut" in row["parameters"]:
        value = ee_to_gamma_v.total_cross_section(root_s, mass, g2)
    elif "lab" in row["parameters"]:
        value = ee_to_gamma_v.cross_section(root_s, mass, g2, -0.945855, 0.959491)
    else:
        value = ee_to_gamma_v.cross_section(root_s, mass, g2, -0.9, 0.9)
    assert value == pytest.approx(float(row["value"]), rel=float(row["rel_tolerance"]))


def test_rates_by_name() -> None:
    rate = lvgen.cross_section(
        "e+ e- -> gamma V", model="dark_photon", mass=0.1, coupling=1.0, sqrt_s=10.58, abs_cos_max=0.9
    )
    assert float(rate) == pytest.approx(4759.81, rel=1e-4)
    assert rate.unit == "pb"
    muon = lvgen.cross_section(
        "e+ e- -> mu+ mu- X", model="L_mu-L_tau", mass=0.5, coupling=1e-3, sqrt_s=10.58, kinetic_mixing=0.0
    )
    assert float(muon) == pytest.approx(202.363e-6, rel=1e-3)
    scalar = lvgen.cross_section(
        "e+ e- -> mu+ mu- phi", model="custom", mass=0.5, coupling=1.0, sqrt_s=10.58, gS_mu=1.0
    )
    assert float(scalar) == pytest.approx(20.5661, rel=2e-3)
    closed = lvgen.cross_section("e+ e- -> tau+ tau- V", model="B-L", mass=8.0, coupling=1.0, sqrt_s=10.58)
    assert float(closed) == 0.0


def test_photons_beside_a_boson_that_mixes_through_loops() -> None:
    """L_mu - L_tau at 0.6 GeV: the electron's coupling has the modulus of the loop, which darkcast takes too."""
    given = {"mass": 0.6, "coupling": 1e-2, "sqrt_s": 10.58, "abs_cos_max": 0.9}
    loop = lvgen.cross_section("e+ e- -> gamma V", model="L_mu-L_tau", **given)
    photon = lvgen.cross_section("e+ e- -> gamma V", model="dark_photon", **given)
    # epsilon(q^2) of darkcast's models/Lmu-Ltau_boson.py, in closed form with complex roots
    m, mu, tau, charge = 0.6, 0.1056583755, 1.77693, math.sqrt(4 * math.pi / 137.035999)

    def part(lepton: float) -> complex:
        root = cmath.sqrt(4 * lepton**2 - m**2 + 0j)
        return 2 * (m**2 + 2 * lepton**2) * root * cmath.atan(m / root)

    logarithm = m**3 * math.log(mu**2 / tau**2)
    epsilon = abs(charge**2 / (12 * math.pi**2) * (4 * m * (mu**2 - tau**2) - part(mu) + part(tau) - logarithm) / m**3)
    assert loop.value / photon.value == pytest.approx((epsilon / charge) ** 2, rel=0.01)
