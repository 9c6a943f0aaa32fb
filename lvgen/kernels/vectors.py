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
def even_quadratic(a, b, u):
    """x in [-1, 1] with density proportional to a + b x^2 (a >= 0, a + b >= 0), from u uniform in [0, 1].

    The density is a sum of a flat part and of x^2 (b > 0) or of 1 - x^2 (b < 0); u chooses the part, and what is left
    of it the place.
    """
    if b >= 0.0:
        flat = a / (a + b / 3.0)
        if u < flat:
            return 2.0 * u / flat - 1.0
        t = 2.0 * (u - flat) / (1.0 - flat) - 1.0
        return math.copysign(abs(t) ** (1.0 / 3.0), t)
    flat = (a + b) / (a + b / 3.0)
    if u < flat:
        return 2.0 * u / flat - 1.0
    v = (u - flat) / (1.0 - flat)
    # the middle root of x^3 - 3 x + 2 (2 v - 1) = 0
    return 2.0 * math.cos((math.acos(min(1.0, max(-1.0, 1.0 - 2.0 * v))) - 2.0 * math.pi) / 3.0)
