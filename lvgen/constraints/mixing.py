"""Mass differences of neutral mesons: exchange of the boson between two flavour-changing currents."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import Constraint, Prediction, between
from lvgen.constraints.point import OutsideValidityError, Point, changes_flavour
from lvgen.flavour.constants import CKM, DOWN, FERMI, LOOP_MASSES, W_MASS, mass_of
from lvgen.models.base import Model

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

#: GeV s
_HBAR = 6.582119569e-25
#: f sqrt(B) of B_s, f and B of K (arXiv:2111.09849), eta_B (hep-ph/9512380), m_b and m_s, GeV
_BS_DECAY, _ETA_B, _M_B = 0.2561, 0.551, 4.18
_K_DECAY, _K_BAG, _M_S = 0.1557, 0.717, 0.0934


def box(x: float) -> float:
    """Inami and Lim's S_0(x), x = m^2/M_W^2; x for small ones."""
    return (4.0 * x - 11.0 * x**2 + x**3) / (4.0 * (1.0 - x) ** 2) - 3.0 * x**3 * math.log(x) / (2.0 * (1.0 - x) ** 3)


def exchange(current: Complexes, mass: float, meson: float, quark: float, decay2: float) -> Complexes:
    """2 M_12 in GeV from a left-handed current g, (g,): f^2 B m g^2 (1 - 5 m_q^2/(8 M^2)) / (3 (m^2 - M^2)).

    mass : M; meson : m; quark : of the heavier quark; decay2 : f^2 B in GeV^2.  arXiv:1705.08423; the longitudinal part
    of the propagator makes the second term, which dominates for light bosons
    """
    factor = decay2 * meson / (3.0 * (meson**2 - mass**2)) * (1.0 - 0.625 * (quark / mass) ** 2)
    return factor * current**2


def standard_bs() -> complex:
    """2 M_12 of B_s in the Standard Model, GeV; its modulus is 17.1/ps (arXiv:1511.09466)."""
    ckm = CKM[2, DOWN["s"]].conjugate() * CKM[2, DOWN["b"]]
    scale = FERMI**2 * mass_of("B_s") * W_MASS**2 / (6.0 * math.pi**2) * _ETA_B * _BS_DECAY**2
    return complex(scale * box((LOOP_MASSES[2] / W_MASS) ** 2) * ckm**2)


def relative_bs(point: Point, coupling: Floats) -> Complexes:
    """Delta_mix = M_12 of the boson over that of the Standard Model, (g,)."""
    new = exchange(point.monopole("b", "s", coupling), point.mass, mass_of("B_s"), _M_B, _BS_DECAY**2)
    return new / standard_bs()


def kaon_shift(point: Point, coupling: Floats) -> Floats:
    """Delta M_K from the boson, GeV, (g,)."""
    shift = exchange(point.monopole("s", "d", coupling), point.mass, mass_of("K0"), _M_S, _K_DECAY**2 * _K_BAG)
    return shift.real


def _off_shell(point: Point, meson: str) -> None:
    if abs(point.mass - mass_of(meson)) < 0.2 * mass_of(meson):
        raise OutsideValidityError(f"the propagator at the mass of {meson} is not resolved")


class BsMixing(Constraint):
    """Delta M_s."""

    name = "Bs_mixing"
    title = "mass difference of B_s mesons"
    measurement = "17.765(6)/ps, Standard Model 18.4 +0.7 -1.2 /ps"
    confidence = 0.95
    references = ("arXiv:1909.11087", "Particle Data Group 2022", "arXiv:1705.08423")
    reread = True
    unit = "relative to the Standard Model"
    validity = "the current at q^2 = 0; no charged scalars beside those of the Standard Model, which change it at O(1)"

    # 17.765 lies between 18.4 (1 + Delta) less and plus two of its own relative errors
    low, high = 17.765 / (18.4 + 2.0 * 0.7) - 1.0, 17.765 / (18.4 - 2.0 * 1.2) - 1.0

    def applies(self, model: Model) -> bool:
        """A flavour-changing coupling that is known."""
        return changes_flavour(model, 0.0)

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """|1 + Delta_mix| - 1."""
        _off_shell(point, "B_s")
        change = np.abs(1.0 + relative_bs(point, coupling)) - 1.0
        return between(change, self.low, self.high)


class KaonMixing(Constraint):
    """Delta M_K."""

    name = "K_mixing"
    title = "mass difference of neutral kaons"
    measurement = "3.484e-15 GeV; the boson adds no more than that"
    confidence = 0.95
    references = ("Particle Data Group 2022", "arXiv:1705.08423")
    reread = True
    unit = "GeV"
    validity = (
        "the current at q^2 = 0, short distance; the Standard Model's long-distance part is as large as the whole, so "
        "the limit is the measured value, without statistical meaning"
    )

    def applies(self, model: Model) -> bool:
        """A flavour-changing coupling that is known."""
        return changes_flavour(model, 0.0)

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """The real part of 2 M_12."""
        _off_shell(point, "K0")
        return between(kaon_shift(point, coupling), -3.484e-15, 3.484e-15)


CONSTRAINTS = (BsMixing(), KaonMixing())
