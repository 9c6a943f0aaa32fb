"""Proton bremsstrahlung against explicit numbers, FORESEE's tables, an independent quadrature and its own sampling."""

from __future__ import annotations

import cmath
import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

import lvgen
from lvgen.errors import UserError
from lvgen.kernels import bremsstrahlung as kernels
from lvgen.kernels.geometry import DISC, SPHERE
from lvgen.models.registry import make_model
from lvgen.nucleon import isoscalar, isovector, pole_at, proton_form_factors, tabulated
from lvgen.particles import mass as particle_mass
from lvgen.plan import Plan
from lvgen.production import Setup, Window, get_process, parse_options
from lvgen.runcard import load_card
from lvgen.spectra.table import SpectrumTable
from lvgen.units import ALPHA, E_CHARGE

M_P = 0.938272
P_LHC = 6800.0
S_LHC = 13600.0**2
REFERENCE = Path(__file__).parent / "reference" / "bremsstrahlung.csv"
ROWS = list(csv.DictReader(line for line in REFERENCE.read_text("utf-8").splitlines() if line[0] != "#"))


def rows(kind: str) -> list[Any]:
    """Rows of one kind as test parameters."""
    found = [row for row in ROWS if row["kind"] == kind]
    assert found
    return [pytest.param(row, id=f"{row['form']}-{row['cutoff']}-{row['mass']}-{row['where']}") for row in found]


def form_row(form: str, cutoff: float = 1e9, pt_max: float = math.inf) -> np.ndarray:
    """A form without cuts in z, normalised to 1 mb, with the cross-section that FORESEE takes."""
    wide = form == "weizsaecker_williams"
    kind = kernels.WEIZSAECKER_WILLIAMS if wide else kernels.QUASI_REAL
    sigma = kernels.INELASTIC if wide else kernels.NON_SINGLE_DIFFRACTIVE
    return np.array([kind, cutoff, 0.0, 1.0, pt_max, sigma, 1.0, 0.0])


def w_values(z: Any, k2: Any, form: str, cutoff: float, ff: Any, mass: float) -> np.ndarray:
    """w and longitudinal share at points."""
    z, k2 = np.broadcast_arrays(np.asarray(z, float), np.asarray(k2, float))
    out = np.empty((z.size, 2))
    kernels.splitting_values(
        np.ascontiguousarray(z.ravel()), np.ascontiguousarray(k2.ravel()), form_row(form, cutoff),
        np.ascontiguousarray(ff, float), M_P, mass, out,
    )  # fmt: skip
    return out.reshape(*z.shape, 2)


def source(kind: str = "collider") -> SpectrumTable:
    """An empty table of hadrons for a beam."""
    collider = kind == "collider"
    return SpectrumTable(
        "none", "LHC-13.6TeV" if collider else "SPS-400GeV", np.zeros(2), np.zeros(2), {}, {},
        80.4e9 if collider else 32.96e9, P_LHC if collider else 400.0, {"beams": "p p"},
    )  # fmt: skip


def channel(mass: float, window: Window, kind: str = "collider", model: str = "dark_photon", **options: Any) -> Any:
    """The one channel of the process."""
    process = get_process("proton_bremsstrahlung")
    made = process.channels(Setup(make_model(model), source(kind), window, parse_options(process, options)), mass)
    assert len(made) == 1
    return made[0]


def disc(radius: float) -> Window:
    """A window round the beam axis."""
    return Window(DISC, np.array([0.0, 0.0, radius, 0.0]))


@pytest.mark.parametrize("row", rows("splitting"))
def test_splitting_functions(row: dict[str, str]) -> None:
    f2 = float(row["f2"])
    ff = E_CHARGE**2 * np.array([1.0, f2, f2 * f2])
    w = w_values(float(row["z"]), float(row["pt"]) ** 2, row["form"], 1e9, ff, float(row["mass"]))[0]
    assert w == pytest.approx(float(row["value"]), rel=1e-5)


def spinor_amplitudes(z: float, kt: float, mass: float, f1: float, f2: float, p: float = 1e6) -> np.ndarray:
    """|ubar(p - k) Gamma . eps* u(p)|^2 summed over proton spins, for the two transverse polarisations and the
    longitudinal one without its part along k, by explicit Dirac matrices; on-shell protons, q = p' - p in Gamma."""
    sigma = [np.array(s, complex) for s in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]])]
    zero, one = np.zeros((2, 2), complex), np.eye(2, dtype=complex)
    gamma = [np.block([[one, zero], [zero, -one]])] + [np.block([[zero, s], [-s, zero]]) for s in sigma]
    metric = np.array([1.0, -1.0, -1.0, -1.0])

    def spinor(v: np.ndarray, chi: np.ndarray) -> np.ndarray:
        lower = sum(v[i + 1] * sigma[i] for i in range(3)) @ chi / (v[0] + M_P)
        return math.sqrt(v[0] + M_P) * np.concatenate([chi, lower])

    k = np.array([math.hypot(math.hypot(kt, z * p), mass), kt, 0.0, z * p])
    before = np.array([math.hypot(p, M_P), 0.0, 0.0, p])
    after = np.array([0.0, -kt, 0.0, (1 - z) * p])
    after[0] = math.sqrt(M_P**2 + (after[1:] ** 2).sum())
    size = math.hypot(kt, z * p)
    n = k[1:] / size
    # (|k|, E n)/m - k/m = (-m, m n)/(E + |k|)
    long = np.array([-1.0, *n]) * mass / (k[0] + size)
    flat = [np.array([0.0, n[2], 0.0, -n[0]]), np.array([0.0, 0.0, 1.0, 0.0])]
    squared = []
    for eps in (*flat, long):
        slash = sum(metric[i] * eps[i] * gamma[i] for i in range(4))
        # Gordon: (F1 + F2) gamma - F2 (p + p')/(2 m)
        vertex = (f1 + f2) * slash - f2 * float((metric * eps * (before + after)).sum()) / (2 * M_P) * np.eye(4)
        total = 0.0
        for a in np.eye(2, dtype=complex):
            for b in np.eye(2, dtype=complex):
                total += abs(spinor(after, b).conj() @ gamma[0] @ vertex @ spinor(before, a)) ** 2
        squared.append(total)
    return np.array(squared)


@pytest.mark.parametrize(("z", "kt", "mass"), [(0.3, 0.2, 0.14), (0.5, 0.4, 1.0), (0.8, 0.1, 0.5), (0.1, 0.7, 1.5)])
@pytest.mark.parametrize("f2", [0.0, 1.7928, -3.0])
def test_quasi_real_form_and_polarisation_by_dirac_matrices(z: float, kt: float, mass: float, f2: float) -> None:
    """w = <|M|^2> (s'/s) (z/H)^2 / (16 pi^2 z): phase space of k, propagator -z/H, flux of the proton that is left."""
    squared = spinor_amplitudes(z, kt, mass, 1.0, f2)
    ff = E_CHARGE**2 * np.array([1.0, f2, f2 * f2])
    w, share = w_values(z, kt**2, "quasi_real", 1e9, ff, mass)
    assert share == pytest.approx(squared[2] / squared.sum(), rel=1e-4)
    h = kt**2 + z**2 * M_P**2 + (1 - z) * mass**2
    assert w == pytest.approx(E_CHARGE**2 * 0.5 * squared.sum() * z * (1 - z) / (16 * math.pi**2 * h**2), rel=1e-4)


@pytest.mark.parametrize("row", rows("form_factor"))
def test_six_poles(row: dict[str, str]) -> None:
    q2 = float(row["mass"]) ** 2
    assert abs(isoscalar(q2) + isovector(q2)) ** 2 == pytest.approx(float(row["value"]), rel=1e-5)


def test_form_factors_follow_the_charges() -> None:
    """B: 2 F_iso without rho and F2; any EM-like couplings: the table times (g/e)^2."""
    for model, mass in (("B-L", 0.3), ("B-L", 0.9)):
        ff = proton_form_factors(make_model(model), mass)
        assert ff == pytest.approx([4 * abs(isoscalar(mass**2)) ** 2, 0.0, 0.0], rel=1e-9)
    assert proton_form_factors(make_model("dark_photon"), 0.5) == pytest.approx(E_CHARGE**2 * tabulated(0.5), rel=1e-9)
    ratio = {0.1: 1.04, 0.5: 1.29, 0.74: 3.2, 0.776: 3.7, 1.0: 2.4}
    for mass, expected in ratio.items():
        em = abs(isoscalar(mass**2) + isovector(mass**2)) ** 2
        assert 4 * abs(isoscalar(mass**2)) ** 2 / em == pytest.approx(expected, rel=0.02)
    poles = proton_form_factors(make_model("dark_photon"), 1e-3, "poles") / E_CHARGE**2
    # charge 1 and, with the Pauli part of the neutron left out, 1.853 for 1.793; widths do not vanish at 0
    assert poles == pytest.approx([1.0, 1.853, 1.853**2], rel=0.03)
    protophobic = make_model("protophobic").couplings()
    assert abs(2 * protophobic.gv("u") + protophobic.gv("d")) < 0.1 * abs(protophobic.gv("d"))
    # what is left comes from widths that do not vanish below threshold
    assert proton_form_factors(make_model("protophobic"), 0.02)[0] < 0.02


@pytest.mark.parametrize("kind", ["table", "poles"])
def test_a_loop_above_its_threshold_counts_with_its_modulus(kind: str) -> None:
    """L_mu - L_tau at 0.6 GeV: muons in the loop are on shell, and 40 % of the rate is their absorptive part.

    The loop by quadrature with s + i 0 (production document's integral of x(1-x) ln), not by the closed form.
    """
    mass, leptons = 0.6, [particle_mass(name) for name in ("mu-", "tau-")]

    def loop(x: float) -> complex:
        slope = x * (1 - x)
        mu, tau = (complex(m**2 - slope * mass**2, -1e-15) for m in leptons)
        return slope * (cmath.log(tau) - cmath.log(mu))

    mixing = complex(*(quad(lambda x, p=part: getattr(loop(x), p), 0, 1, limit=400)[0] for part in ("real", "imag")))
    epsilon = mixing / (2 * math.pi**2) * E_CHARGE
    found = proton_form_factors(make_model("L_mu-L_tau"), mass, kind)[0]
    assert found == pytest.approx(
        abs(epsilon) ** 2 * proton_form_factors(make_model("dark_photon"), mass, kind)[0], rel=1e-4
    )
    assert abs(epsilon.imag) > 0.5 * abs(epsilon.real)


def test_the_table_is_for_electric_charges() -> None:
    with pytest.raises(UserError, match="poles"):
        proton_form_factors(make_model("B-L"), 0.3, "table")
    assert tabulated(0.0) == pytest.approx([1.0, 1.792847, 1.792847**2], rel=1e-4)
    with pytest.raises(UserError, match=r"1\.975"):
        tabulated(1.98)


def integrand(ln_p: Any, theta: Any, form: str, cutoff: float, pt_max: float, ff: Any, mass: float) -> Any:
    """pb per d ln p d ln theta of the LHC beam."""
    ln_p, theta = np.broadcast_arrays(np.asarray(ln_p, float), np.asarray(theta, float))
    p = np.exp(ln_p)
    z, pt = p * np.cos(theta) / P_LHC, p * np.sin(theta)
    inside = (z < 1.0) & (pt < pt_max)
    w = np.where(inside, w_values(np.where(inside, z, 0.5), pt**2, form, cutoff, ff, mass)[..., 0], 0.0)
    left = S_LHC * np.where(inside, 1.0 - z, 0.5)
    wide = form == "weizsaecker_williams"
    sigma = 25.727 + 0.1389 * np.log(left) ** 2 if wide else 1.76 + 19.8 * left**0.057
    return sigma * 1e9 * w * 2.0 * p**3 * np.sin(theta) * theta / P_LHC


def foresee_factors(mass: float, form: str) -> np.ndarray:
    """Form factors times charge squared for alpha = 1/137."""
    if form == "weizsaecker_williams":
        return 4 * math.pi / 137.0 * abs(isoscalar(mass**2) + isovector(mass**2)) ** 2 * np.array([1.0, 0.0, 0.0])
    return 4 * math.pi / 137.0 * tabulated(mass)


@pytest.mark.parametrize("row", rows("foresee"))
def test_foresee_bins(row: dict[str, str]) -> None:
    """Centres of bins of 0.05 in log10 p and log10 theta, as FORESEE's tables are made."""
    where, *cut = row["where"].split()
    theta = 10.0 ** np.arange(-7.475, math.log10(float(where) * 1e-3), 0.05)
    p = 10.0 ** np.arange(2.025, 3.9, 0.05)
    pt_max = 1.0 if cut else math.inf
    mass, cutoff = float(row["mass"]), float(row["cutoff"] or 1.0)
    values = integrand(np.log(p)[:, None], theta, row["form"], cutoff, pt_max, foresee_factors(mass, row["form"]), mass)
    assert values.sum() * (0.05 * math.log(10)) ** 2 == pytest.approx(float(row["value"]), rel=1e-4)


def quadrature(form: str, cutoff: float, ff: Any, mass: float, theta_max: float, n: int = 160) -> float:
    """Gauss-Legendre in (ln p, ln theta) above 100 GeV, pb."""
    x, w = np.polynomial.legendre.leggauss(n)
    lo, hi = math.log(100.0), math.log(P_LHC)
    t_lo, t_hi = math.log(1e-8), math.log(theta_max)
    ln_p, ln_t = lo + (hi - lo) * (x + 1) / 2, t_lo + (t_hi - t_lo) * (x + 1) / 2
    values = integrand(ln_p[:, None], np.exp(ln_t), form, cutoff, math.inf, ff, mass)
    return float(w @ values @ w) * (hi - lo) * (t_hi - t_lo) / 4


@pytest.mark.parametrize("row", [*rows("constant"), *rows("continuous")])
def test_continuous_integrals(row: dict[str, str]) -> None:
    mass, theta = float(row["mass"]), float(row["where"]) * 1e-3
    f2 = float(row["f2"] or 0.0)
    constant = 4 * math.pi * ALPHA * np.array([1.0, f2, f2 * f2])
    ff = constant if row["kind"] == "constant" else foresee_factors(mass, "quasi_real")
    value = quadrature("quasi_real", float(row["cutoff"]), ff, mass, theta)
    assert value == pytest.approx(float(row["value"]), rel=float(row["tolerance"]))


@pytest.mark.parametrize(("mass", "radius", "cutoff"), [(0.01, 1e-3, 1.5), (0.49, 2e-4, 1.0), (1.0, 1e-3, 2.0)])
def test_sampling_agrees_with_the_quadrature(mass: float, radius: float, cutoff: float) -> None:
    """Cross-section within a cone above 100 GeV, from bosons drawn in a wider window."""
    made = channel(mass, disc(1.5 * radius), cutoff=f"{cutoff} GeV")
    ff = 4 * math.pi * ALPHA * tabulated(mass)
    expected = quadrature("quasi_real", cutoff, ff, mass, radius) / 80.4e9
    found, error = sampled(made, lambda b: (np.hypot(b[:, 1], b[:, 2]) < radius * b[:, 3]) & (b[:, 3] > 100.0))
    assert abs(found - expected) < 4 * error
    assert error < 0.02 * expected


def sampled(made: Any, keep: Any, n: int = 100_000) -> tuple[float, float]:
    """Bosons per interaction that are kept, and the error."""
    draws = made.draw(np.random.default_rng(3).random((n, made.dimensions)))
    weight = draws.weight * keep(draws.boson)
    return float(weight.mean()), float(weight.std() / math.sqrt(n))


def whole(form: str, cutoff: float, ff: Any, mass: float, z: tuple[float, float], pt_max: float, sigma: Any) -> float:
    """Integral over z and p_T of one beam by Gauss-Legendre, in units of ``sigma``."""
    x, w = np.polynomial.legendre.leggauss(200)
    zs = z[0] + (z[1] - z[0]) * (x + 1) / 2
    lo, hi = math.log(1e-6), math.log(pt_max)
    pt = np.exp(lo + (hi - lo) * (x + 1) / 2)
    values = w_values(zs[:, None], pt**2, form, cutoff, ff, mass)[..., 0] * 2 * pt**2
    return float((w * sigma(zs)) @ values @ w) * (z[1] - z[0]) * (hi - lo) / 4


@pytest.mark.parametrize("row", rows("sps"))
def test_fixed_target(row: dict[str, str]) -> None:
    """Against an independent quadrature, by ours, and by sampling through the process with its default cuts."""
    mass = float(row["mass"])
    wide = row["form"] == "weizsaecker_williams"
    options = {"form": row["form"]} | ({} if wide else {"cutoff": f"{row['cutoff']} GeV"})
    made = channel(mass, disc(0.1), "fixed", normalisation="total", **options)
    s = 2 * M_P * (M_P + math.hypot(400.0, M_P))
    if wide:
        ff = 4 * math.pi * ALPHA * abs(isoscalar(mass**2) + isovector(mass**2)) ** 2 * np.array([1.0, 0, 0])
        value = whole(row["form"], 1.0, ff, mass, (0.1, 0.9), 1.0, lambda z: total(s * (1 - z)) / total(s))
        expected = value
    else:
        ff = 4 * math.pi * ALPHA * tabulated(mass)
        value = whole(
            row["form"], float(row["cutoff"]), ff, mass, (0.1, 0.95), 40.0,
            lambda z: 1.76 + 19.8 * (s * (1 - z)) ** 0.057,
        )  # fmt: skip
        expected = value / total(s)
    assert value == pytest.approx(float(row["value"]), rel=float(row["tolerance"]))
    # nearly all within 0.1 rad
    found, error = sampled(made, lambda b: np.ones(len(b), bool))
    assert found < expected + 4 * error
    assert found > 0.97 * expected - 4 * error


def total(s: Any) -> Any:
    """p p total cross-section, mb."""
    return np.vectorize(lambda value: kernels.pp_cross_section(kernels.TOTAL, float(value)))(s)


@pytest.mark.parametrize("row", rows("eventcalc"))
def test_eventcalc_where_bremsstrahlung_dominates(row: dict[str, str]) -> None:
    made = channel(float(row["mass"]), disc(0.1), "fixed", normalisation="total")
    found, _ = sampled(made, lambda b: np.ones(len(b), bool))
    assert found == pytest.approx(float(row["value"]), rel=float(row["tolerance"]))


def test_measured_cross_sections() -> None:
    """Inelastic and total p p: 400 GeV (Review of Particle Physics), TOTEM at 13 TeV (arXiv:1712.06153)."""
    for kind, s, measured, tolerance in (
        (kernels.TOTAL, 752.0, 39.8, 0.01), (kernels.INELASTIC, 752.0, 32.8, 0.04),
        (kernels.TOTAL, 13000.0**2, 110.6, 0.06), (kernels.INELASTIC, 13000.0**2, 79.5, 0.06),
    ):  # fmt: skip
        assert kernels.pp_cross_section(kind, s) == pytest.approx(measured, rel=tolerance)


def test_both_beams_count_where_all_directions_do() -> None:
    """Round a collision both hemispheres are alike; towards a window, and at a fixed target, one beam counts."""
    up = np.array([[0.0, 0.1, 0.2, 900.0]])
    up[:, 0] = np.sqrt(0.25 + (up[:, 1:] ** 2).sum())
    down = up * [1.0, 1.0, 1.0, -1.0]
    for window, kind, mirrored in ((Window(SPHERE, np.zeros(4)), "collider", True), (disc(1e-3), "collider", False),
                                   (Window(SPHERE, np.zeros(4)), "fixed", False)):  # fmt: skip
        made = channel(0.5, window, kind)
        scale = 1.0 if kind == "collider" else 0.2
        rates = []
        for boson in (up * scale, down * scale):
            rate, share = np.empty(1), np.empty(1)
            kernels.emission_density(boson, made._form, made._factors, made._beam, rate, share)
            rates.append(rate[0])
        assert rates[0] > 0.0
        assert rates[1] == (rates[0] if mirrored else 0.0)


def test_spin_is_that_of_helicity_states_along_the_flight() -> None:
    made = channel(0.8, disc(1e-3))
    draws = made.draw(np.random.default_rng(2).random((1000, 3)))
    spin, n = draws.spin, draws.boson[:, 1:] / np.linalg.norm(draws.boson[:, 1:], axis=1)[:, None]
    assert spin[:, :3].sum(axis=1) == pytest.approx(1.0)
    tensor = np.empty((1000, 3, 3))
    for (i, j), column in zip([(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)], spin[:, :6].T, strict=True):
        tensor[:, i, j] = tensor[:, j, i] = column
    share = np.einsum("ni,nij,nj->n", n, tensor, n)
    own, expected = np.empty(1000), np.empty(1000)
    kernels.emission_density(draws.boson, made._form, made._factors, made._beam, own, expected)
    lit = draws.weight > 0.0
    assert lit.sum() > 900
    assert share[lit] == pytest.approx(expected[lit])
    assert share[lit].min() < 0.1
    assert share[lit].max() > 0.5


def test_band_reweights_to_the_other_forms() -> None:
    """Factors at common bosons give what the other forms give when sampled themselves."""
    band = ["quasi_real:1.0 GeV", "quasi_real:2.0 GeV", "weizsaecker_williams"]
    made = channel(0.4, disc(1e-3), z_min=0.02, band=band)
    assert made.variation_names == tuple(f"proton_bremsstrahlung {text}" for text in band)
    y = np.random.default_rng(5).random((5000, 3))
    draws = made.draw(y)
    factors = made.variation_factors(draws)
    for k, options in enumerate(
        ({"cutoff": "1 GeV"}, {"cutoff": "2 GeV"}, {"form": "weizsaecker_williams"})
    ):  # the same points, so equality to rounding
        other = channel(0.4, disc(1e-3), z_min=0.02, **options).draw(y)
        assert factors[:, k] * draws.weight == pytest.approx(other.weight, rel=1e-9, abs=1e-30)


def test_band_from_card_to_map() -> None:
    """Lowest and highest form on the map, from the sample of the chosen one, against runs of each form."""
    forms = {
        "quasi_real:1.0 GeV": {"cutoff": "1 GeV"}, "quasi_real:2.0 GeV": {"cutoff": "2 GeV"},
    }  # fmt: skip
    card = {
        "model": {"name": "dark_photon", "mass": "300 MeV", "coupling": {"min": 1e-7, "max": 1e-5, "points": 9}},
        "detector": {"name": "FASER2", "selection": "none"}, "sensitivity": {}, "run": {"seed": 1, "precision": 0.02},
    }  # fmt: skip
    made = {"processes": ["proton_bremsstrahlung"]}
    banded = lvgen.run(card | {"production": made | {"proton_bremsstrahlung": {"band": list(forms)}}}).map
    low, high = (
        lvgen.run(card | {"production": made | {"proton_bremsstrahlung": form}}).map.total[0] for form in forms.values()
    )
    matters = banded.total[0] > 0.05 * banded.total[0].max()
    assert banded.low["total"][0][matters] == pytest.approx(low[matters], rel=0.05)
    assert banded.high["total"][0][matters] == pytest.approx(high[matters], rel=0.05)
    assert (high > 3 * low)[matters].all()


def test_poles_can_be_vetoed() -> None:
    assert [pole_at(m) for m in (0.3, 0.7, 0.78, 1.019, 1.05)] == ["", "rho0", "omega", "phi", ""]
    process = get_process("proton_bremsstrahlung")
    for mass, number in ((0.3, 1), (0.7, 0), (0.95, 1), (1.019, 0)):
        options = parse_options(process, {"poles": "vetoed"})
        setup = Setup(make_model("dark_photon"), source(), disc(1e-3), options)
        assert len(process.channels(setup, mass)) == number


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"form": "wrong"}, "form"),
        ({"cutoff": "3 m"}, "cutoff"),
        ({"cutoff": 1.5}, "cutoff"),
        ({"z_min": 0.5, "z_max": 0.2}, "z_min"),
        ({"form": "weizsaecker_williams", "cutoff": "1 GeV"}, "cutoff"),
        ({"band": ["quasi_reel"]}, "band"),
        ({"cut_off": "1 GeV"}, "did you mean 'cutoff'"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        parse_options(get_process("proton_bremsstrahlung"), options)


def test_models_without_quarks_are_refused() -> None:
    process = get_process("proton_bremsstrahlung")
    with pytest.raises(UserError, match="no vector coupling"):
        process.mass_range(make_model("L_mu-L_tau", kinetic_mixing=0), parse_options(process, {}))
    assert process.mass_range(make_model("B"), parse_options(process, {}))[1] == pytest.approx(1.975)


@pytest.mark.parametrize(("options", "key"), [({"z_min": 0.96}, "z_min"), ({"z_max": 0.1}, "z_max")])
def test_shares_that_leave_nothing_beside_those_left_out_are_refused(options, key):
    """On targets z runs from 0.1 to 0.95 where a card does not say."""
    card = {
        "model": {"name": "dark_photon", "mass": "100 MeV", "coupling": 1e-6},
        "production": {"processes": ["proton_bremsstrahlung"], "proton_bremsstrahlung": options},
        "detector": {"name": "SHiP"},
        "sensitivity": {},
    }
    with pytest.raises(UserError, match=rf"production.proton_bremsstrahlung.{key}: z_min = .* leave no bosons"):
        Plan(load_card(card))
