"""Loop functions against the printed formulas, numbers and limits; what the disputed triangle gives and says."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lvgen
from lvgen.cli.main import main
from lvgen.errors import UserError
from lvgen.flavour import loops
from lvgen.flavour.constants import CKM, FERMI, LOOP_MASSES, SIN_W, W_MASS, mass_of, total_width
from lvgen.flavour.transitions import B_TO_K_DIPOLE, B_TO_KSTAR, B_TO_PI_DIPOLE, B_TO_RHO, BS_TO_PHI
from lvgen.models.charges import DISPUTED
from lvgen.models.points import at_point
from lvgen.models.registry import make_model
from lvgen.units import ALPHA

S2 = SIN_W**2
C2 = 1.0 - S2


def _printed_b9(x1: float, xj: float) -> float:
    """Bracket over denominators of eq. B.9 of arXiv:2210.15662, literally; x = m/M_W."""

    def of_log(x: float) -> float:
        first = (3 * x**8 - 36 * x**6 + 36 * x**4 - 64 * x**2 + 16) * S2
        return first - 3 * (4 - 12 * x**2 + x**8 * C2 - 8 * x**6 * C2 + 3 * x**4 * (8 * C2 + 3))

    a, b = x1**2, xj**2
    rest = 10 - 5 * a - 11 * a**2 - 5 * b - 26 * a * b + 43 * a**2 * b - 11 * b**2 + 43 * a * b**2 - 38 * a**2 * b**2
    rest += C2 * (-58 - 73 * b + 29 * b**2 + a * (-145 * b**2 + 422 * b - 73) + a**2 * (14 * b**2 - 145 * b + 29))
    rest -= S2 * (58 + 23 * b + 9 * b**2 + (50 * b**2 + 31 * b + 9) * a**2 + (31 * b**2 - 234 * b + 23) * a)
    inner = 4 * (a - 1) ** 3 * math.log(xj) * of_log(xj) - (a - b) * (b - 1) * rest
    return (4 * math.log(x1) * of_log(x1) * (b - 1) ** 4 - (a - 1) * inner) / ((a - 1) ** 4 * (b - 1) ** 4)


def _printed_b12(x1: float, xj: float) -> float:
    """The same of eqs. B.11 and B.12."""

    def of_log(x: float) -> float:
        return x**2 * (-2 * C2 + 2 * S2 - 1) + x**4 * (6 * C2 - 1) + 1

    a, b = x1**2, xj**2
    rest = 10 - 17 * a + a**2 - 17 * b + 22 * a * b + 7 * a**2 * b + b**2 + 7 * a * b**2 - 14 * a**2 * b**2
    rest += 2 * S2 * (2 + 5 * b - b**2 + a**2 * (2 * b**2 + 5 * b - 1) + a * (5 * b**2 - 22 * b + 5))
    rest += 2 * C2 * (-5 + 10 * b + 7 * b**2 + (31 * b**2 - 26 * b + 7) * a**2 - 2 * (13 * b**2 + 4 * b - 5) * a)
    inner = 12 * (a - 1) ** 3 * b * math.log(xj) * of_log(xj) - (a - b) * (b - 1) * rest
    whole = -12 * a * math.log(x1) * of_log(x1) * (b - 1) ** 4 + (a - 1) * inner
    return whole / ((a - 1) ** 4 * (b - 1) ** 4)


PRINTED = {loops.z_charge_radius: _printed_b9, loops.z_dipole: _printed_b12}


@pytest.mark.parametrize("function", PRINTED, ids=lambda f: f.__name__)
def test_printed_brackets_are_differences_of_one_function(function: Callable[[float], float]) -> None:
    """Zero at equal masses and separable (GIM): f(y_j) - f(y_1), at masses far from M_W, where no digit is lost."""
    points = (0.05, 0.2, 0.45, 1.6, 2.1, 3.0)
    for x1, xj in itertools.permutations(points, 2):
        value = PRINTED[function](x1, xj)
        assert function(xj**2) - function(x1**2) == pytest.approx(value, rel=1e-8, abs=1e-9)
    assert PRINTED[function](0.3, 0.3) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    "function", [loops.c0, loops.d0, loops.d0_prime, loops.anomalous, *PRINTED], ids=lambda f: f.__name__
)
def test_loop_functions_are_smooth_at_one(function: Callable[[float], float]) -> None:
    """A polynomial through points far from y = 1, where the closed form is exact, gives every value near 1."""
    nodes = 1.0 + 0.5 * np.cos(math.pi * (np.arange(22) + 0.5) / 22)
    far = [node for node in nodes if abs(node - 1.0) > 0.035]
    assert len(far) == 22
    fit = np.polynomial.Chebyshev.fit(far, [function(node) for node in far], 21, domain=[0.5, 1.5])
    for y in (0.967, 0.99, 1.0 - 1e-9, 1.0, 1.0 + 1e-6, 1.02, 1.034):
        assert function(y) == pytest.approx(float(fit(y)), rel=1e-7)


def test_magnetic_z_penguins_against_independent_numbers() -> None:
    """M1^Z per epsilon_Z and quark mass, GeV^-2, computed elsewhere from the printed formulas at 40 digits."""
    for quarks, value in {
        ("b", "s"): 1.666503e-09 - 3.106183e-11j,
        ("s", "d"): 2.792448e-11 + 5.768568e-12j,
        ("b", "d"): -3.209708e-10 - 1.345064e-10j,
    }.items():
        assert loops.z_magnetic(*quarks) == pytest.approx(value, rel=1e-5)


def test_magnetic_photon_penguin_is_that_of_b_to_s_gamma() -> None:
    """C7(M_W) = -D0'(x_t)/2 = -0.19 (Buras, hep-ph/9806471); e m_b G_F V V*/(2 sqrt2 pi^2) C7 is the dipole's size."""
    x_t = (LOOP_MASSES[2] / W_MASS) ** 2
    assert loops.d0_prime(x_t) == pytest.approx(0.38, abs=0.01)
    top = CKM[2, 2] * CKM[2, 1].conjugate()
    # light quarks add D0' of charm, which is below 1e-3 of it
    effective = 4.0 * 1.1663788e-5 / math.sqrt(2.0) * loops.E / (16.0 * math.pi**2) * top * loops.d0_prime(x_t)
    ratio = loops.photon_magnetic("b", "s") / effective
    # the text takes e/s_W for the W's coupling, 4 % below that of G_F
    assert abs(ratio) == pytest.approx(loops.E**2 / (S2 * 8.0 * 1.1663788e-5 * W_MASS**2 / math.sqrt(2.0)), rel=5e-3)


@pytest.mark.parametrize(
    ("reaction", "daughter", "t1"), [("B0 -> K*0 V", "K*0", 0.332), ("B_s -> phi V", "phi", 0.349)]
)
def test_a_light_dark_photon_is_made_as_the_photon_is(reaction: str, daughter: str, t1: float) -> None:
    """M -> 0: epsilon^2 times Gamma(B -> K* gamma) = G_F^2 alpha m_b^2 m_B^3 (1 - r^2)^3 |V V C7 T1(0)|^2/(32 pi^4).

    C7 = -D0'(x_t)/2 is that of M_W; the W's coupling is e/s_W as in the text, not that of G_F.
    """
    parent = reaction.split()[0]
    rate = lvgen.branching_ratio(reaction, model="dark_photon", mass=1e-3, coupling=1e-3)
    m, r = mass_of(parent), mass_of(daughter) / mass_of(parent)
    c7 = 0.5 * loops.d0_prime((LOOP_MASSES[2] / W_MASS) ** 2) * abs(CKM[2, 2] * CKM[2, 1])
    c7 *= loops.E**2 / (S2 * loops._W_COUPLING2)
    width = FERMI**2 * ALPHA * 4.18**2 * m**3 * (1.0 - r * r) ** 3 * (c7 * t1) ** 2 / (32.0 * math.pi**4)
    assert rate.value == pytest.approx(1e-6 * width / total_width(parent), rel=0.015)
    assert rate.longitudinal_fraction < 1e-3


def test_form_factors_of_dipoles_meet_at_zero() -> None:
    """T1(0) = T2(0), by which the photon stays transverse; f_T(0) of hep-ph/0406232."""
    for form in (B_TO_KSTAR, B_TO_RHO, BS_TO_PHI):
        assert form.t1(0.0) == pytest.approx(form.t2(0.0), abs=0.002)
        assert form.t1(0.0) == pytest.approx(form.t3(0.0), abs=0.002)
    assert (B_TO_K_DIPOLE(0.0), B_TO_PI_DIPOLE(0.0)) == pytest.approx((0.358, 0.253), abs=0.002)


def test_the_part_that_goes_with_the_mass_is_small_for_a_dark_z() -> None:
    light, heavy = (
        lvgen.branching_ratio("B+ -> K+ V", model="dark_Z", mass=m, coupling=0.0, epsilon_Z=1e-5).value
        for m in (0.1, 3.0)
    )
    assert abs(loops.z_momentum("b", "s")) * 9.0 < 2e-3 * abs(loops.z_monopole("b", "s"))
    assert light > heavy


# --- anomalies ----------------------------------------------------------------------------------------------------


def test_anomaly_of_baryon_number_is_a_choice() -> None:
    assert make_model("B").anomaly() == 1.5
    assert make_model("B", anomaly=0.0).anomaly() == at_point(make_model("B", anomaly=0.0), 2.0).anomaly() == 0.0
    assert make_model("protophobic").anomaly() == pytest.approx(-1.5)
    for name in ("B-L", "B_3-L_2", "B-3L_e", "B-L_mu-2L_tau", "L_mu-L_tau", "dark_photon", "dark_Z"):
        assert make_model(name).anomaly() == make_model(name).disputed_anomaly(1.0) == 0.0
    with pytest.raises(UserError, match=r"1\.5 or 0\.0"):
        make_model("B", anomaly=1.0)
    with pytest.raises(UserError, match="no anomaly"):
        lvgen.branching_ratio("Z -> gamma X", model="B", mass=1.0, coupling=1e-4, anomaly=0.0)


def test_the_disputed_triangle_at_both_normalisations() -> None:
    """Bounds on g at 100 MeV from K -> pi X < 3e-11, B -> K X < 1.6e-5: 4e-5 and 2e-3 at the two-loop size.

    As printed, with x = m/M_W, they are 1.0e-8 and 5.0e-6 (7.9e-8 and 3.3e-6 if x were m^2/M_W^2).
    """
    bounds = {}
    for how in ("printed", "two_loop"):
        given = {"model": "B-L", "mass": 0.1, "coupling": 1.0, "triangle": "smith_tait", "normalisation": how}
        kaon, b = (lvgen.branching_ratio(reaction, **given).value for reaction in ("K+ -> pi+ V", "B+ -> K+ V"))
        bounds[how] = (math.sqrt(3e-11 / kaon), math.sqrt(1.6e-5 / b))
    assert bounds["two_loop"] == pytest.approx((4.1e-5, 1.74e-3), rel=0.01)
    assert bounds["printed"] == pytest.approx((1.02e-8, 5.03e-6), rel=0.01)
    # the prefactors alone: g^4/32 over 3 (1/2) g^4/(16 pi^2)^2
    ratio = (16.0 * math.pi**2) ** 2 / 48.0
    square = [loops.anomalous((m / W_MASS) ** 2) for m in LOOP_MASSES]
    total = sum(CKM[j, 1] * CKM[j, 0].conjugate() * f for j, f in enumerate(square))
    assert abs(ratio * loops.disputed_coupling("s", "d", 0.5, printed=False)) == pytest.approx(
        abs(loops._W_COUPLING2**2 / 32.0 * total), rel=1e-12
    )


def test_z_to_gamma_x_of_the_triangle() -> None:
    """Eq. 5 of arXiv:2401.02483 as printed at m_X/g = 1 TeV, and 3.9e-9 for a top quark that decouples (A = 1/3)."""
    given = {"model": "B-L", "mass": 1.0, "coupling": 1e-3, "triangle": "smith_tait"}
    assert lvgen.branching_ratio("Z -> gamma X", **given).value == pytest.approx(4e-10, rel=1e-3)
    two_loop = lvgen.branching_ratio("Z -> gamma X", **given, normalisation="two_loop").value
    anomalous = lvgen.branching_ratio("Z -> gamma X", model="B", mass=1.0, coupling=1e-3).value
    assert two_loop == pytest.approx(anomalous * (1 / 3 / 1.5) ** 2, rel=1e-12)
    assert two_loop == pytest.approx(3.9e-9, rel=0.01)


def test_disputed_results_say_so_wherever_they_print(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rate = lvgen.branching_ratio("B+ -> K+ V", model="B-L", mass=0.1, coupling=1e-4, triangle="smith_tait")
    assert rate.cautions == (f"{DISPUTED} (normalisation printed)",)
    given = ["--model", "B-L", "--mass", "100 MeV", "--coupling", "1e-4", "--param", 'triangle="smith_tait"']
    assert main(["rate", "B+ -> K+ V", *given]) == 0
    assert DISPUTED in capsys.readouterr().out
    card = {
        "model": {"name": "B-L", "mass": "50 MeV", "coupling": 1e-6, "triangle": "smith_tait"},
        "production": {"processes": ["meson_decay"]},
        "detector": {"name": "FASER2"},
        "sensitivity": {},
        "run": {"seed": 1, "precision": 0.1},
    }
    lvgen.run(card, directory=tmp_path / "out")
    assert DISPUTED in json.loads((tmp_path / "out" / "run.json").read_text())["cautions"][0]
    (caution,) = make_model("B_3-L_2").cautions()
    assert "tree level" in caution
    assert make_model("B-L").cautions() == ()


def test_conserved_currents_have_no_flavour_change_unless_asked_for() -> None:
    with pytest.raises(UserError, match="no estimate"):
        lvgen.branching_ratio("B+ -> K+ V", model="B-L", mass=0.1, coupling=1e-4)
