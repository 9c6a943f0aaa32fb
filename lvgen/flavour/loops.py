"""One- and two-loop couplings of down-type quarks to the boson: d_i -> d_j V through W loops.

Effective vertices E0 dbar_j gamma^mu P_L d_i V_mu and E2 (q^2 g^{mu nu} - q^mu q^nu). The loop functions are
those of Inami and Lim, Prog. Theor. Phys. 65 (1981) 297.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from lvgen.flavour.constants import CKM, COS_W, DOWN, FERMI, LOOP_MASSES, SIN_W, W_MASS, E

#: around y = 1 the closed forms lose digits: there the mean of two points is taken (error (step)^2 of the curvature)
_NEAR_ONE, _STEP = 2e-3, 4e-3


def _regular(function: Callable[[float], float], y: float) -> float:
    """A loop function near y = 1, where its closed form is 0/0, from a parabola through points beside it."""
    if abs(y - 1.0) > _NEAR_ONE:
        return float(function(y))
    h = _STEP
    left, right, far_left, far_right = (
        function(1.0 - h),
        function(1.0 + h),
        function(1.0 - 2 * h),
        function(1.0 + 2 * h),
    )
    t = (y - 1.0) / h
    # cubic through -2, -1, 1, 2
    weights = (
        -(t + 1) * (t - 1) * (t - 2) / 12.0, (t + 2) * (t - 1) * (t - 2) / 6.0,
        -(t + 2) * (t + 1) * (t - 2) / 6.0, (t + 2) * (t + 1) * (t - 1) / 12.0,
    )  # fmt: skip
    return float(sum(w * f for w, f in zip(weights, (far_left, left, right, far_right), strict=True)))


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


def anomalous_coupling(source: str, target: str, anomaly: float) -> complex:
    """Coupling of the left-handed flavour-changing current at g_X = 1 for an anomaly coefficient (arXiv:1705.06726).

    -3 A g^4/(16 pi^2)^2 sum_a V_{a source} V*_{a target} F(m_a^2/M_W^2), with the W's coupling from G_F
    """
    g2 = 8.0 * FERMI * W_MASS**2 / math.sqrt(2.0)
    total = sum(
        CKM[j, DOWN[source]] * CKM[j, DOWN[target]].conjugate() * anomalous((m / W_MASS) ** 2)
        for j, m in enumerate(LOOP_MASSES)
    )
    return complex(-3.0 * anomaly * g2**2 / (16.0 * math.pi**2) ** 2 * total)
