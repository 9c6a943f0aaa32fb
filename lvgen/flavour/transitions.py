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
    """A1, A2 and V of a transition to a vector meson."""

    a1: Vector
    a2: Vector
    v: Vector


B_TO_K = Vector(((0.1616, 29.3, 1), (0.1730, 29.3, 2)))
B_TO_PI = Vector(((0.744, 5.32**2, 1), (-0.486, 40.73, 1)))
K_TO_PI = Vector(((0.9698, 0.878**2, 1),))
B_TO_KSTAR = ToVector(
    Vector(((0.290, 40.38, 1),)),
    Vector(((-0.084, 52.0, 1), (0.342, 52.0, 2))),
    Vector(((0.923, 5.32**2, 1), (-0.511, 49.40, 1))),
)
B_TO_RHO = ToVector(
    Vector(((0.240, 37.51, 1),)),
    Vector(((0.009, 40.82, 1), (0.212, 40.82, 2))),
    Vector(((1.045, 5.32**2, 1), (-0.721, 38.34, 1))),
)
BS_TO_PHI = ToVector(
    Vector(((0.308, 36.54, 1),)),
    Vector(((-0.054, 48.94, 1), (0.288, 48.94, 2))),
    Vector(((1.484, 5.32**2, 1), (-1.049, 39.52, 1))),
)


@dataclass(frozen=True)
class Transition:
    """parent -> daughter V through source -> target quarks; ``factor`` on the rate (1/2 for a neutral rho or pi).

    part : of the coupling that counts: "imaginary" for a K_L (CP violating), "real" for a K_S
    """

    parent: str
    daughter: str
    source: str
    target: str
    form_factor: Vector | ToVector
    factor: float = 1.0
    part: Literal["all", "real", "imaginary"] = "all"

    @property
    def reaction(self) -> str:
        """As users write it."""
        return f"{self.parent} -> {self.daughter} V"

    def width(self, coupling: complex, mass: float) -> tuple[float, float]:
        """Width in GeV for a coupling of the left-handed current, and the share of helicity 0; (0, 1) if closed."""
        g2 = {"all": abs(coupling), "real": coupling.real, "imaginary": coupling.imag}[self.part] ** 2
        m1, m2 = mass_of(self.parent), mass_of(self.daughter)
        if mass >= m1 - m2:
            return 0.0, 1.0
        lam = triangle(m1**2, m2**2, mass**2)
        if isinstance(self.form_factor, Vector):
            width = lam**1.5 * self.form_factor(mass**2) ** 2 / (64.0 * math.pi * m1**3 * mass**2)
            return self.factor * g2 * width, 1.0
        amplitudes = self.helicity_amplitudes(mass)
        total = sum(h * h for h in amplitudes)
        return self.factor * g2 * math.sqrt(lam) / (16.0 * math.pi * m1**3) * total, amplitudes[0] ** 2 / total

    def helicity_amplitudes(self, mass: float) -> tuple[float, float, float]:
        """H_0, H_+, H_- for coupling 1, GeV."""
        assert isinstance(self.form_factor, ToVector)  # noqa: S101 - pseudoscalar daughters have no such amplitudes
        f, m1, m2, q2 = self.form_factor, mass_of(self.parent), mass_of(self.daughter), mass**2
        lam, total = triangle(m1**2, m2**2, q2), m1 + m2
        inner = (m1**2 - m2**2 - q2) * total * f.a1(q2) - lam * f.a2(q2) / total
        plus, minus = (0.5 * (total * f.a1(q2) + s * math.sqrt(lam) * f.v(q2) / total) for s in (-1.0, 1.0))
        return -0.5 * inner / (2.0 * m2 * mass), plus, minus


def triangle(a: float, b: float, c: float) -> float:
    """lambda(a, b, c), not below 0."""
    return max(0.0, a * a + b * b + c * c - 2.0 * (a * b + b * c + c * a))
