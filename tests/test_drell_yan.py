"""Drell-Yan with made-up parton densities: the cross-section, the sampling, the spin, and the refusals."""

from __future__ import annotations

import math
import sys
import types
from typing import Any

import numpy as np
import pytest

from lvgen.errors import UserError
from lvgen.kernels.geometry import DISC, SPHERE
from lvgen.kernels.rapidity import collins_soper_axes
from lvgen.models.registry import make_model
from lvgen.nucleon import quark_share
from lvgen.partons import rapidity_density
from lvgen.production import Setup, Window, get_process, parse_options
from lvgen.spectra.registry import load_source, load_spectrum
from lvgen.units import GEV2_TO_PB

#: one flavour of charge 2/3 with q = x^-1.2 (1 - x)^4, qbar = 0.2 x^-1.2 (1 - x)^7 at 13.6 TeV and 5 GeV, pb; from an
#: independent numerical integral, tolerance 1e-4
TOY_SIGMA = 7.0057e7


class Toy:
    """Densities without scale."""

    def __init__(self, flavours: tuple[int, ...] = (2,)) -> None:
        self.flavours = flavours

    def xfxQ(self, pid: int, x: float, q: float) -> float:  # noqa: ARG002
        """x f(x)."""
        if abs(pid) not in self.flavours:
            return 0.0
        return float(x**-0.2 * (1 - x) ** 4 if pid > 0 else 0.2 * x**-0.2 * (1 - x) ** 7)


def module(**extra: Any) -> Any:
    """A stand-in for LHAPDF's Python module."""
    made: Any = types.ModuleType("lhapdf")
    made.setVerbosity = lambda _: None
    made.availablePDFSets = lambda: ["toy"]
    made.mkPDF = lambda *_: Toy()
    vars(made).update(extra)
    return made


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lhapdf", module())
    sys.modules[get_process("drell_yan").__module__]._installed.cache_clear()


def channel(mass: float, window: Window, source: str = "LHC-13.6TeV", **options: Any) -> Any:
    """The one channel of the process with the toy densities."""
    process = get_process("drell_yan")
    at = load_source(source)
    spectrum = load_spectrum("SIBYLL-2.3d", at)
    setup = Setup(make_model("dark_photon"), spectrum, window, parse_options(process, {"pdf": "toy", **options}), at)
    (made,) = process.channels(setup, mass)
    return made


def test_toy_cross_section() -> None:
    y = np.linspace(-math.log(2720.0), math.log(2720.0), 4001)
    density = rapidity_density(Toy(), make_model("dark_photon").couplings(5.0), 5.0, 13600.0**2, y)
    assert np.trapezoid(density, y) == pytest.approx(TOY_SIGMA, rel=1e-4)
    assert density == pytest.approx(density[::-1])


def test_sampling_finds_the_whole_cross_section() -> None:
    """Over the sphere, and its share within a cone against an integral over rapidity and transverse momentum."""
    sigma = load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV").sigma_inel_pb
    assert channel(5.0, Window(SPHERE, np.zeros(4))).per_interaction * sigma == pytest.approx(TOY_SIGMA, rel=1e-3)
    made = channel(5.0, Window(DISC, np.array([0.0, 0.0, 2e-3, 0.0])), pt_width="0.7 GeV")
    draws = made.draw(np.random.default_rng(1).random((200_000, 3)))
    inside = draws.weight * (np.hypot(draws.boson[:, 1], draws.boson[:, 2]) < 1e-3 * draws.boson[:, 3]) * sigma
    y = np.linspace(0.0, math.log(2720.0), 600)
    pt = np.linspace(0.0, 5.0, 1001)[1:]
    density = rapidity_density(Toy(), make_model("dark_photon").couplings(5.0), 5.0, 13600.0**2, y)
    pz = np.sqrt(25.0 + pt**2) * np.sinh(y)[:, None]
    share = np.trapezoid(np.where(pt < 1e-3 * pz, pt / 0.49 * np.exp(-(pt**2) / 0.98), 0.0), pt, axis=1)
    expected = np.trapezoid(density * share, y)
    assert inside.mean() == pytest.approx(expected, abs=4 * inside.std() / math.sqrt(200_000) + 0.004 * expected)
    assert inside.std() / math.sqrt(200_000) < 0.01 * expected


def test_targets_have_neutrons_and_hard_collisions_go_with_their_number() -> None:
    """With u = d alike the neutrons change charges only: 4/9 to the mean over nucleons of what the target holds."""
    couplings = make_model("dark_photon").couplings(3.0)
    s, y = 752.0, np.zeros(1)
    up = rapidity_density(Toy((2,)), couplings, 3.0, s, y)[0]
    assert rapidity_density(Toy((2,)), couplings, 3.0, s, y, neutrons=0.5)[0] == pytest.approx(0.5 * up)
    both = rapidity_density(Toy((1, 2)), couplings, 3.0, s, y)[0]
    assert both == pytest.approx(up * 1.25)
    assert rapidity_density(Toy((1, 2)), couplings, 3.0, s, y, neutrons=0.5)[0] == pytest.approx(both)
    window = Window(DISC, np.array([0.0, 0.0, 0.3, 0.0]))
    proton, nucleus = channel(3.0, window, "SPS-400GeV"), channel(3.0, window, "SPS-400GeV-Mo")
    target = load_source("SPS-400GeV-Mo").target
    assert target is not None
    neutrons = (target.A - target.Z) / target.A
    expected = (1 - neutrons) * target.A * target.sigma_inel_nucleon / target.sigma_nucleus
    assert nucleus.per_interaction / proton.per_interaction == pytest.approx(expected)
    draws = proton.draw(np.random.default_rng(1).random((100_000, 3)))
    assert draws.weight.mean() == pytest.approx(proton.per_interaction, rel=0.15)
    assert draws.boson[draws.weight > 0, 3].min() > 1.0


def test_spin_is_transverse_to_the_line_of_the_beams() -> None:
    """Against boosts by matrices; without transverse momentum the axis is the beam."""
    rng = np.random.default_rng(4)
    m = 2.0
    p = np.concatenate([rng.normal(0.0, 3.0, (200, 3)), rng.normal([0.0, 0.0, 2000.0], 1.0, (50, 3)), [[0, 0, 50.0]]])
    boson = np.column_stack([np.sqrt(m * m + (p**2).sum(axis=1)), p])
    axes = np.empty((len(p), 3))
    collins_soper_axes(m, boson, axes)
    assert axes[-1] == pytest.approx([0.0, 0.0, 1.0])
    for (e, *k), axis in zip(boson, axes, strict=True):
        gamma, v = e / m, np.array(k) / e
        seen = []
        for side in (1.0, -1.0):
            beam = np.array([0.0, 0.0, side])
            along = v @ beam
            moved = beam + v * ((gamma - 1) * along / (v @ v) - gamma)
            seen.append(moved / np.linalg.norm(moved))
        expected = seen[0] - seen[1]
        assert axis == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    made = channel(3.0, Window(DISC, np.array([0.0, 0.0, 2e-3, 0.0])))
    draws = made.draw(rng.random((500, 3)))
    lit = draws.weight > 0.0
    collins_soper_axes(3.0, draws.boson, axes := np.empty((500, 3)))
    xx, yy, zz, xy, xz, yz = draws.spin.T[:6]
    x, y, z = axes.T
    along = xx * x * x + yy * y * y + zz * z * z + 2 * (xy * x * y + xz * x * z + yz * y * z)
    assert np.abs(along[lit]).max() < 1e-12
    assert (xx + yy + zz)[lit] == pytest.approx(1.0)


def test_library_and_set_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window(SPHERE, np.zeros(4))
    with pytest.raises(UserError, match="lhapdf install CT14lo") as caught:
        channel(3.0, window, pdf="CT14lo")
    assert caught.value.key == "production.drell_yan.pdf"

    def refuse(name: str, member: int) -> None:
        raise RuntimeError(f"no member {member} in {name}")

    monkeypatch.setitem(sys.modules, "lhapdf", module(mkPDF=refuse))
    with pytest.raises(UserError, match="member 7 of toy"):
        channel(3.0, window, member=7)
    monkeypatch.setitem(sys.modules, "lhapdf", None)
    with pytest.raises(UserError, match="conda install"):
        channel(3.0, window)


def test_it_starts_where_bremsstrahlung_may_end() -> None:
    process = get_process("drell_yan")
    assert process.mass_range(make_model("B-L"), parse_options(process, {"pdf": "toy"}))[0] == 1.5
    with pytest.raises(UserError, match="quarks do not couple"):
        process.mass_range(make_model("L_mu-L_tau", kinetic_mixing=0), parse_options(process, {"pdf": "toy"}))
    with pytest.raises(UserError, match="conda install"):
        process.mass_range(make_model("B-L"), parse_options(process, {}))
    other = get_process("proton_bremsstrahlung")
    smooth = {"drell_yan": parse_options(process, {"pdf": "toy", "switch": "smooth"})}
    assert process.double_counting(smooth) == []
    with pytest.raises(UserError, match="switch"):
        process.double_counting(smooth | {"proton_bremsstrahlung": parse_options(other, {})})
    both = smooth | {"proton_bremsstrahlung": parse_options(other, {"switch": "smooth"})}
    assert "fades" in process.double_counting(both)[0]
    window = Window(SPHERE, np.zeros(4))
    plain, fading = (channel(1.7, window, switch=switch) for switch in ("none", "smooth"))
    assert fading.per_interaction / plain.per_interaction == pytest.approx(quark_share(1.7))
    spectrum = load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV")
    weights = []
    for switch in ("none", "smooth"):
        options = parse_options(other, {"switch": switch})
        (made,) = other.channels(Setup(make_model("dark_photon"), spectrum, window, options), 1.7)
        weights.append(made.draw(np.random.default_rng(1).random((100, 3))).weight.sum())
    assert weights[1] / weights[0] == pytest.approx(1 - quark_share(1.7))


def test_units() -> None:
    """4 pi^2 alpha/(3 s) in pb for charge 1, one flavour and flat densities: the prefactor as it is written."""

    class Flat:
        def xfxQ(self, pid: int, x: float, q: float) -> float:  # noqa: ARG002
            return x if abs(pid) == 2 else 0.0

    got = rapidity_density(Flat(), make_model("dark_photon").couplings(2.0), 2.0, 100.0, np.zeros(1))[0]
    assert got == pytest.approx(4 * math.pi**2 / 137.035999 / 300.0 * 4 / 9 * 2 * GEV2_TO_PB)
