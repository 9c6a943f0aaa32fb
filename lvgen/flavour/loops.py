"""One- and two-loop couplings of down-type quarks to the boson: d_i -> d_j V through W loops.

Effective vertices E0 dbar_j gamma^mu P_L d_i V_mu and E2 (q^2 g^{mu nu} - q^mu q^nu). The loop functions are
those of Inami and Lim, Prog. Theor. Phys. 65 (1981) 297.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from lvgen.flavour.constants import CKM, COS_W, DOWN, FERMI, LOOP_MASSES, SIN_W, W_MASS, E

#: near y = 1 the closed forms, 0/0 there, lose digits; a polynomial through Chebyshev nodes of a wider interval, none
#: of which is that near, is good to 1e-9
_NEAR_ONE, _HALF_WIDTH = 0.035, 0.4
_ANGLES = math.pi * (np.arange(16) + 0.5) / 16
_NODES = 1.0 + _HALF_WIDTH * np.cos(_ANGLES)
_WEIGHTS = np.sin(_ANGLES) * (-1.0) ** np.arange(16)


def _regular(function: Callable[[float], float], y: float) -> float:
    """A loop function of a closed form that is regular at y = 1 and cannot be evaluated near it."""
    if abs(y - 1.0) > _NEAR_ONE:
        return float(function(y))
    values = np.array([function(node) for node in _NODES.tolist()])
    share = _WEIGHTS / (y - _NODES)
    return float(share @ values / share.sum())


def c0(y: float) -> float:
    """The Z penguin C_0(y), y = m^2/M_W^2 >= 0."""
    if y == 0.0:
        return 0.0
    return _regular(lambda x: x / 8.0 * ((x - 6.0) / (x - 1.0) + (3.0 * x + 2.0) / (x - 1.0) ** 2 * math.log(x)), y)


def d0(y: float) -> float:
    """The photon penguin D_0(y), y > 0; logarithmic for light quarks."""

    def closed(x: float) -> float:
        log = math.log(x)
        first = (25.0 * x**2 - 19.0 * x**3) / (36.0 * (x - 1.0) ** 3)
        return -4.0 / 9.0 * log + first + x**2 * (5.0 * x**2 - 2.0 * x - 6.0) / (18.0 * (x - 1.0) ** 4) * log

    return _regular(closed, y)


def d0_prime(y: float) -> float:
    """The magnetic photon penguin D_0'(y), y >= 0."""
    if y == 0.0:
        return 0.0

    def closed(x: float) -> float:
        rational = -(8.0 * x**3 + 5.0 * x**2 - 7.0 * x) / (12.0 * (1.0 - x) ** 3)
        return rational + x**2 * (2.0 - 3.0 * x) / (2.0 * (1.0 - x) ** 4) * math.log(x)

    return _regular(closed, y)


def z_charge_radius(y: float) -> float:
    """The q^2 part of the Z penguin, y > 0: eq. B.9 of arXiv:2210.15662, which is a difference of these.

    Logarithmic for light quarks; only differences between quarks mean anything.
    """
    s2, c2 = SIN_W**2, COS_W**2

    def closed(x: float) -> float:
        rational = 10.0 - 5.0 * x - 11.0 * x**2 + c2 * (29.0 * x**2 - 73.0 * x - 58.0)
        rational -= s2 * (58.0 + 23.0 * x + 9.0 * x**2)
        log = s2 * (3.0 * x**4 - 36.0 * x**3 + 36.0 * x**2 - 64.0 * x + 16.0)
        log -= 3.0 * (4.0 - 12.0 * x + c2 * x**4 - 8.0 * c2 * x**3 + 3.0 * (8.0 * c2 + 3.0) * x**2)
        return x * rational / (x - 1.0) ** 3 - 2.0 * log * math.log(x) / (x - 1.0) ** 4

    return _regular(closed, y)


def z_dipole(y: float) -> float:
    """The magnetic Z penguin, y >= 0: eqs. B.11 and B.12 of arXiv:2210.15662, differences of these."""
    if y == 0.0:
        return 0.0
    s2, c2 = SIN_W**2, COS_W**2

    def closed(x: float) -> float:
        rational = 10.0 - 17.0 * x + x**2 + 2.0 * s2 * (2.0 + 5.0 * x - x**2)
        rational += 2.0 * c2 * (7.0 * x**2 + 10.0 * x - 5.0)
        log = x * (2.0 * s2 - 2.0 * c2 - 1.0) + x**2 * (6.0 * c2 - 1.0) + 1.0
        return 6.0 * x * log * math.log(x) / (x - 1.0) ** 4 - x * rational / (x - 1.0) ** 3

    return _regular(closed, y)


def anomalous(x: float) -> float:
    """F(x) = x (1 + x (ln x - 1))/(1 - x)^2 of an anomalous current, x = m^2/M_W^2 (arXiv:1707.01503)."""
    return 0.0 if x == 0.0 else _regular(lambda t: t * (1.0 + t * (math.log(t) - 1.0)) / (1.0 - t) ** 2, x)


def _sum(function: Callable[[float], float], source: str, target: str, first: int = 0) -> complex:
    """Sum over up-type quarks of V*_{j target} V_{j source} [f(y_j) - f(y_first)]."""
    ys = [(m / W_MASS) ** 2 for m in LOOP_MASSES]
    reference = function(ys[first])
    total = 0.0 + 0.0j
    for j, y in enumerate(ys):
        total += CKM[j, DOWN[target]].conjugate() * CKM[j, DOWN[source]] * (function(y) - reference)
    return complex(total)


def z_monopole(source: str, target: str) -> complex:
    """E0 for each unit of epsilon_Z (dimensionless); no charged scalars besides those of the Standard Model."""
    return -(E**3) / (8.0 * math.pi**2 * COS_W * SIN_W**3) * _sum(c0, source, target)


def photon_monopole(source: str, target: str) -> complex:
    """E2 for each unit of epsilon, GeV^-2; the charm-up part of s -> d is long-distance, not given by this."""
    return E**3 / (32.0 * math.pi**2 * SIN_W**2 * W_MASS**2) * _sum(d0, source, target)


def z_momentum(source: str, target: str) -> complex:
    """E2 of the Z penguin for each unit of epsilon_Z, GeV^-2 (eq. B.9 of arXiv:2210.15662)."""
    scale = E**3 / (2304.0 * math.pi**2 * COS_W * W_MASS**2 * SIN_W**3)
    return scale * _sum(z_charge_radius, source, target)


def z_magnetic(source: str, target: str) -> complex:
    """M1/i of the Z penguin for each unit of epsilon_Z and GeV of quark mass, GeV^-2 (eq. B.12 of arXiv:2210.15662)."""
    scale = E**3 / (768.0 * math.pi**2 * COS_W * W_MASS**2 * SIN_W**3)
    return scale * _sum(z_dipole, source, target)


def photon_magnetic(source: str, target: str) -> complex:
    """M1/i of the photon penguin for each unit of epsilon and GeV of quark mass, GeV^-2 (eq. B.6 of the same text)."""
    return -(E**3) / (32.0 * math.pi**2 * SIN_W**2 * W_MASS**2) * _sum(d0_prime, source, target)


#: the W's coupling squared, from G_F
_W_COUPLING2 = 8.0 * FERMI * W_MASS**2 / math.sqrt(2.0)


def anomalous_coupling(source: str, target: str, anomaly: float) -> complex:
    """Coupling of the left-handed flavour-changing current at g_X = 1 for an anomaly coefficient (arXiv:1705.06726).

    -3 A g^4/(16 pi^2)^2 sum_a V_{a source} V*_{a target} F(m_a^2/M_W^2), with the W's coupling from G_F
    """
    total = _anomalous_sum(source, target, lambda m: (m / W_MASS) ** 2)
    return -3.0 * anomaly * _W_COUPLING2**2 / (16.0 * math.pi**2) ** 2 * total


def disputed_coupling(source: str, target: str, anomaly: float, printed: bool) -> complex:
    """The same from the triangle of a conserved current whose heaviest generation decouples (arXiv:2401.02483).

    Disputed: it violates the Ward identity of X, by which a current that all fermions carry as vectors, with
    sum X Q T3 N_c = 0, has no such coupling for any masses.
    anomaly : of the generation that decouples, 1/2 for baryon number
    printed : eqs. 6 and 7 as they stand (g^4/32, x = m/M_W, whatever the charges), else the two-loop size
        3 A g^4/(16 pi^2)^2 with x = m^2/M_W^2
    """
    if not printed:
        return anomalous_coupling(source, target, anomaly)
    total = _anomalous_sum(source, target, lambda m: m / W_MASS)
    return _W_COUPLING2**2 / 32.0 * 2.0 * anomaly * total


def _anomalous_sum(source: str, target: str, argument: Callable[[float], float]) -> complex:
    return complex(
        sum(
            CKM[j, DOWN[source]] * CKM[j, DOWN[target]].conjugate() * anomalous(argument(m))
            for j, m in enumerate(LOOP_MASSES)
        )
    )
