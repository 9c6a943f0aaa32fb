"""Form factors of meson transitions and the rates of P -> P' V and P -> V' V through a left-handed current.

B decays: light-cone sum rules of Ball and Zwicky, hep-ph/0406232 and hep-ph/0412079 (15 to 25 %); K -> pi: the
vector form factor of K_l3 with the K*(892)'s pole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from lvgen.flavour.constants import mass_of


@dataclass(frozen=True)
class Vector:
    """f_+(q^2) = sum of r_i / (1 - q^2/m_i^2)^n_i; rows are (r, m^2 in GeV^2, n)."""

    terms: tuple[tuple[float, float, int], ...]

    def __call__(self, q2: float) -> float:
        return sum(r / (1.0 - q2 / m2) ** n for r, m2, n in self.terms)


@dataclass(frozen=True)
class ToVector:
    """A1, A2 and V of a transition to a vector meson; T1, T2 and T2 + q^2 T3/(m_1^2 - m_2^2) of its dipole."""

    a1: Vector
    a2: Vector
    v: Vector
    t1: Vector
    t2: Vector
    t3: Vector


B_TO_K = Vector(((0.1616, 29.3, 1), (0.1730, 29.3, 2)))
B_TO_PI = Vector(((0.744, 5.32**2, 1), (-0.486, 40.73, 1)))
B_TO_K_DIPOLE = Vector(((0.1614, 29.3, 1), (0.1981, 29.3, 2)))
B_TO_PI_DIPOLE = Vector(((1.387, 5.32**2, 1), (-1.134, 32.22, 1)))
K_TO_PI = Vector(((0.9698, 0.878**2, 1),))
B_TO_KSTAR = ToVector(
    Vector(((0.290, 40.38, 1),)),
    Vector(((-0.084, 52.0, 1), (0.342, 52.0, 2))),
    Vector(((0.923, 5.32**2, 1), (-0.511, 49.40, 1))),
    Vector(((0.823, 5.32**2, 1), (-0.491, 46.31, 1))),
    Vector(((0.333, 41.41, 1),)),
    Vector(((-0.036, 48.10, 1), (0.368, 48.10, 2))),
)
B_TO_RHO = ToVector(
    Vector(((0.240, 37.51, 1),)),
    Vector(((0.009, 40.82, 1), (0.212, 40.82, 2))),
    Vector(((1.045, 5.32**2, 1), (-0.721, 38.34, 1))),
    Vector(((0.897, 5.32**2, 1), (-0.629, 38.04, 1))),
    Vector(((0.267, 38.59, 1),)),
    Vector(((0.022, 40.88, 1), (0.246, 40.88, 2))),
)
BS_TO_PHI = ToVector(
    Vector(((0.308, 36.54, 1),)),
    Vector(((-0.054, 48.94, 1), (0.288, 48.94, 2))),
    Vector(((1.484, 5.32**2, 1), (-1.049, 39.52, 1))),
    Vector(((1.303, 5.32**2, 1), (-0.954, 38.28, 1))),
    Vector(((0.349, 37.21, 1),)),
    Vector(((0.027, 45.56, 1), (0.321, 45.56, 2))),
)


@dataclass(frozen=True)
class Transition:
    """parent -> daughter V through source -> target quarks; ``factor`` on the rate (1/2 for a neutral rho or pi).

    part : of the coupling that counts: "imaginary" for a K_L (CP violating), "real" for a K_S
    dipole : f_T of the magnetic dipole of a transition to a pseudoscalar, None where it is left out
    """

    parent: str
    daughter: str
    source: str
    target: str
    form_factor: Vector | ToVector
    factor: float = 1.0
    part: Literal["all", "real", "imaginary"] = "all"
    dipole: Vector | None = None

    @property
    def reaction(self) -> str:
        """As users write it."""
        return f"{self.parent} -> {self.daughter} V"

    def width(self, coupling: complex, mass: float, dipole: complex = 0.0) -> tuple[float, float]:
        """Width in GeV, and the share of helicity 0; (0, 1) if closed.

        coupling : of the left-handed current; dipole : GeV^-1, see ``neutral_current.dipole_coupling``
        """
        m1, m2 = mass_of(self.parent), mass_of(self.daughter)
        if mass >= m1 - m2:
            return 0.0, 1.0
        lam = triangle(m1**2, m2**2, mass**2)
        if isinstance(self.form_factor, Vector):
            if self.dipole is not None:
                ratio = self.dipole(mass**2) / self.form_factor(mass**2)
                coupling = coupling + dipole * mass**2 / (m1 + m2) * ratio
            g2 = {"all": abs(coupling), "real": coupling.real, "imaginary": coupling.imag}[self.part] ** 2
            width = lam**1.5 * self.form_factor(mass**2) ** 2 / (64.0 * math.pi * m1**3 * mass**2)
            return self.factor * g2 * width, 1.0
        squares = [abs(h) ** 2 for h in self.helicity_amplitudes(mass, coupling, dipole)]
        total = sum(squares)
        share = squares[0] / total if total else 1.0
        return self.factor * math.sqrt(lam) / (16.0 * math.pi * m1**3) * total, share

    def helicity_amplitudes(
        self, mass: float, coupling: complex = 1.0, dipole: complex = 0.0
    ) -> tuple[complex, complex, complex]:
        """H_0, H_+, H_- in GeV, of the current and of the dipole (arguments as in ``width``).

        By the matrix elements of hep-ph/0412079 eqs. 2 and 3, that of the dipole is that of the current with
        (m_1 + m_2) A1 -> (m_1^2 - m_2^2) T2, A2/(m_1 + m_2) -> T2 + q^2 T3/(m_1^2 - m_2^2), V/(m_1 + m_2) -> T1
        """
        assert isinstance(self.form_factor, ToVector)  # noqa: S101 - pseudoscalar daughters have no such amplitudes
        f, m1, m2, q2 = self.form_factor, mass_of(self.parent), mass_of(self.daughter), mass**2
        lam, total = triangle(m1**2, m2**2, q2), m1 + m2
        first = coupling * total * f.a1(q2) + dipole * (m1**2 - m2**2) * f.t2(q2)
        # equal at q^2 = 0, so that a light boson is transverse; the fits differ there by 1e-3
        second = coupling * f.a2(q2) / total + dipole * f.t3(q2) * f.t2(0.0) / f.t3(0.0)
        third = math.sqrt(lam) * (coupling * f.v(q2) / total + dipole * f.t1(q2))
        inner = (m1**2 - m2**2 - q2) * first - lam * second
        return -0.5 * inner / (2.0 * m2 * mass), 0.5 * (first - third), 0.5 * (first + third)


def triangle(a: float, b: float, c: float) -> float:
    """lambda(a, b, c), not below 0."""
    return max(0.0, a * a + b * b + c * c - 2.0 * (a * b + b * c + c * a))
