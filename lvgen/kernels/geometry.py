"""Rays through volumes, and the window of directions in which a volume is seen.

A volume is a shape number and eight floats; lengths in metres, z along the beam.

- ``CYLINDER``: z0, z1, cx, cy, radius, hole radius (0: none)
- ``BOX``: z0, z1, cx, cy, half width, half height

A ray meets a volume in at most two segments of path length (a hole makes two).
"""

from __future__ import annotations

import math

import numpy as np

from lvgen.kernels.jit import helper, kernel

CYLINDER = 0
BOX = 1

DISC = 0
RECTANGLE = 1
SPHERE = 2


@helper
def _slab(o, n, low, high, t1, t2):
    """Clip [t1, t2] to low <= o + t n <= high; empty where t1 > t2."""
    if n == 0.0:
        if o < low or o > high:
            return 1.0, 0.0
        return t1, t2
    a, b = (low - o) / n, (high - o) / n
    if a > b:
        a, b = b, a
    return max(t1, a), min(t2, b)


@helper
def _circle(ox, oy, nx, ny, radius):
    """Path lengths between which a ray is inside an infinite cylinder round the z axis; (1, 0) if never."""
    a = nx * nx + ny * ny
    c = ox * ox + oy * oy - radius * radius
    if a < 1e-300:
        if c <= 0.0:
            return -np.inf, np.inf
        return 1.0, 0.0
    b = ox * nx + oy * ny
    disc = b * b - a * c
    if disc <= 0.0:
        return 1.0, 0.0
    root = math.sqrt(disc)
    # the form without cancellation for each of the two roots
    if b > 0.0:
        low = (-b - root) / a
        high = c / (-b - root)
    else:
        high = (-b + root) / a
        low = c / (-b + root) if (-b + root) != 0.0 else 0.0
    return low, high


@helper
def ray_segments(shape, par, ox, oy, oz, nx, ny, nz):
    """Path lengths (a1, a2, b1, b2) of the segments inside the volume, downstream of the origin of the ray.

    The second segment is (0, 0) where there is one only; both are where the ray misses.
    """
    t1, t2 = _slab(oz, nz, par[0], par[1], 0.0, np.inf)
    x, y = ox - par[2], oy - par[3]
    if shape == BOX:
        t1, t2 = _slab(x, nx, -par[4], par[4], t1, t2)
        t1, t2 = _slab(y, ny, -par[5], par[5], t1, t2)
        if t1 >= t2:
            return 0.0, 0.0, 0.0, 0.0
        return t1, t2, 0.0, 0.0
    low, high = _circle(x, y, nx, ny, par[4])
    t1, t2 = max(t1, low), min(t2, high)
    if t1 >= t2:
        return 0.0, 0.0, 0.0, 0.0
    if par[5] > 0.0:
        low, high = _circle(x, y, nx, ny, par[5])
        if low < high and low < t2 and high > t1:
            return _cut(t1, t2, low, high)
    return t1, t2, 0.0, 0.0


@helper
def _cut(t1, t2, low, high):
    """The segment [t1, t2] without [low, high]."""
    if low <= t1 and high >= t2:
        return 0.0, 0.0, 0.0, 0.0
    if low <= t1:
        return high, t2, 0.0, 0.0
    if high >= t2:
        return t1, low, 0.0, 0.0
    return t1, low, high, t2


#: transverse momentum (GeV) on whose scale bosons fall off around the beam; only the efficiency of sampling depends
#: on it
_PT_SCALE = 0.3


@helper
def aim_direction(kind, par, p, u, v):
    """Direction of a boson of momentum p drawn in a window, and the solid angle per unit (u, v) there.

    kind, par : ``DISC`` (0, 0, radius) round the beam axis or ``RECTANGLE`` (cx, cy, half width, half height), in
        tangents x/z and y/z as seen from the origin, or ``SPHERE`` (all directions); u, v : uniform in [0, 1]
    returns (nx, ny, nz, solid angle in sr).  In a disc the density goes with 1/(pt0^2 + p^2 r^2)^2, since hard
    bosons keep close to the axis; elsewhere it is even.
    """
    if kind == SPHERE:
        cos = 2.0 * u - 1.0
        sin = math.sqrt(max(0.0, 1.0 - cos * cos))
        phi = 2.0 * math.pi * v
        return sin * math.cos(phi), sin * math.sin(phi), cos, 4.0 * math.pi
    if kind == DISC:
        scale = _PT_SCALE * _PT_SCALE / (p * p)
        full = par[2] * par[2] / (par[2] * par[2] + scale)
        rest = 1.0 - u * full
        r = math.sqrt(scale * u * full / rest)
        phi = 2.0 * math.pi * v
        tx, ty = r * math.cos(phi), r * math.sin(phi)
        area = math.pi * scale * full / (rest * rest)
    else:
        tx = par[0] + par[2] * (2.0 * u - 1.0)
        ty = par[1] + par[3] * (2.0 * v - 1.0)
        area = 4.0 * par[2] * par[3]
    norm = 1.0 / math.sqrt(1.0 + tx * tx + ty * ty)
    return tx * norm, ty * norm, norm, area * norm * norm * norm


@kernel("void(int64, float64[::1], float64[:,::1], float64[:,::1], float64[:,::1])")
def segments_of_rays(shape, par, origin, momentum, out):
    """Segments of many rays: origin (n, 3) m, momentum (n, 4) as (E, px, py, pz), out (n, 4) m."""
    for i in range(momentum.shape[0]):
        px, py, pz = momentum[i, 1], momentum[i, 2], momentum[i, 3]
        p = math.sqrt(px * px + py * py + pz * pz)
        a1, a2, b1, b2 = ray_segments(shape, par, origin[i, 0], origin[i, 1], origin[i, 2], px / p, py / p, pz / p)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = a1, a2, b1, b2
