"""Scalars in, scalars out: directions, frames and boosts, for use inside kernels."""

from __future__ import annotations

import math

from lvgen.kernels.jit import helper


@helper
def perpendicular(nx, ny, nz):
    """Two unit vectors that complete the unit vector n to a right-handed frame (Frisvad 2012, as revised in 2017).

    returns (ax, ay, az, bx, by, bz); no branch near the pole, exact to rounding
    """
    sign = math.copysign(1.0, nz)
    a = -1.0 / (sign + nz)
    b = nx * ny * a
    return 1.0 + sign * nx * nx * a, sign * b, -sign * nx, b, sign + ny * ny * a, -ny


@helper
def two_body_momentum(m, m1, m2):
    """Momentum of m -> m1 m2 in the rest frame of m; 0 where closed."""
    if m <= m1 + m2:
        return 0.0
    return math.sqrt((m - m1 - m2) * (m + m1 + m2) * (m - m1 + m2) * (m + m1 - m2)) / (2.0 * m)


@helper
def inverse_even_quadratic(a, b, u):
    """x in [-1, 1] with density proportional to a + b x^2 (a >= 0, a + b >= 0), from u uniform in [0, 1].

    Solves a x + b x^3 / 3 = (2u - 1)(a + b/3), whose only root in [-1, 1] has a closed form.
    """
    y = (2.0 * u - 1.0) * (a + b / 3.0)
    if abs(b) < 1e-12 * a:
        return y / a
    if a == 0.0:
        return math.copysign(abs(2.0 * u - 1.0) ** (1.0 / 3.0), y)
    p = 3.0 * a / b
    q = -3.0 * y / b
    if b > 0.0:
        r = math.sqrt(p / 3.0)
        x = -2.0 * r * math.sinh(math.asinh(1.5 * q / (p * r)) / 3.0)
    else:
        # three real roots; the middle one lies in [-1, 1]
        r = math.sqrt(-p / 3.0)
        arg = min(1.0, max(-1.0, 1.5 * q / (p * r)))
        x = 2.0 * r * math.cos((math.acos(arg) - 2.0 * math.pi) / 3.0)
    return min(1.0, max(-1.0, x))
