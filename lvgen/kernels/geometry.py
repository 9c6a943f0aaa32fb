"""Rays through volumes, and the window of directions in which a volume is seen.

A volume is a shape number and ``VOLUME_FLOATS`` floats; lengths in metres, z along the beam: z0, z1, cx, cy, a0, b0,
a1, b1, hole, flight, where a and b are half the extent in x and y at the front (0) and at the back (1), and ``hole`` is
the radius of a round hole along (cx, cy) (0: none); rays count from ``flight`` on, measured from where they begin.

- ``CYLINDER``: radius a0
- ``BOX``: a0, b0
- ``FRUSTUM``: rectangular, with plane sides from a0, b0 to a1, b1 (a pyramid begins or ends with 0)
- ``ELLIPSE``: elliptic, with semi-axes from a0, b0 to a1, b1 in one proportion: a cylinder or a piece of a cone

Without a hole all of them are convex, so a ray meets a volume in at most two segments of path length.
"""

from __future__ import annotations

import math

import numpy as np

from lvgen.kernels.jit import helper, kernel

VOLUME_FLOATS = 10

CYLINDER = 0
BOX = 1
FRUSTUM = 2
ELLIPSE = 3

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
def _below(value, slope, t1, t2):
    """Clip [t1, t2] to value + slope t <= 0; empty where t1 > t2."""
    if slope == 0.0:
        if value > 0.0:
            return 1.0, 0.0
        return t1, t2
    if slope > 0.0:
        return t1, min(t2, -value / slope)
    return max(t1, -value / slope), t2


@helper
def _between_planes(par, a, b, o, n, z, nz, t1, t2):
    """Clip [t1, t2] to |o + t n| <= half, which goes from a at the front to b at the back; z from the front."""
    k = (b - a) / (par[1] - par[0])
    half, slope = a + k * z, k * nz
    t1, t2 = _below(o - half, n - slope, t1, t2)
    return _below(-o - half, -n - slope, t1, t2)


@helper
def _cone(par, x, y, z, nx, ny, nz, t1, t2):
    """Clip [t1, t2], which lies between front and back, to the inside of an elliptic cone or cylinder.

    With axes in units of the larger face, (x/a)^2 + (y/b)^2 <= s^2, s = s0 + k z.
    """
    a, b = max(par[4], par[6]), max(par[5], par[7])
    x, y, nx, ny = x / a, y / b, nx / a, ny / b
    s0 = par[4] / a
    k = (par[6] / a - s0) / (par[1] - par[0])
    s, ns = s0 + k * z, k * nz
    qa = nx * nx + ny * ny - ns * ns
    qb = x * nx + y * ny - s * ns
    qc = x * x + y * y - s * s
    if qa == 0.0:
        return _below(qc, 2.0 * qb, t1, t2)
    disc = qb * qb - qa * qc
    if disc <= 0.0:
        # never inside, or through the apex and always inside
        if qa > 0.0:
            return 1.0, 0.0
        return t1, t2
    q = -(qb + math.copysign(math.sqrt(disc), qb))
    low, high = q / qa, qc / q
    if low > high:
        low, high = high, low
    if qa > 0.0:
        return max(t1, low), min(t2, high)
    # a ray within the cone's opening crosses each nappe once; s >= 0 on ours
    if ns > 0.0:
        return max(t1, high), t2
    return t1, min(t2, low)


@helper
def ray_segments(shape, par, ox, oy, oz, nx, ny, nz):
    """Path lengths (a1, a2, b1, b2) of the segments inside the volume, downstream of the origin of the ray.

    The second segment is (0, 0) where there is one only; both are where the ray misses.
    """
    t1, t2 = _slab(oz, nz, par[0], par[1], par[9], np.inf)
    x, y, z = ox - par[2], oy - par[3], oz - par[0]
    if shape == BOX:
        t1, t2 = _slab(x, nx, -par[4], par[4], t1, t2)
        t1, t2 = _slab(y, ny, -par[5], par[5], t1, t2)
    elif shape == FRUSTUM:
        t1, t2 = _between_planes(par, par[4], par[6], x, nx, z, nz, t1, t2)
        t1, t2 = _between_planes(par, par[5], par[7], y, ny, z, nz, t1, t2)
    elif shape == ELLIPSE:
        if t1 < t2:
            t1, t2 = _cone(par, x, y, z, nx, ny, nz, t1, t2)
    else:
        low, high = _circle(x, y, nx, ny, par[4])
        t1, t2 = max(t1, low), min(t2, high)
    if t1 >= t2:
        return 0.0, 0.0, 0.0, 0.0
    if par[8] > 0.0:
        low, high = _circle(x, y, nx, ny, par[8])
        if low < high and low < t2 and high > t1:
            return _cut(t1, t2, low, high)
    return t1, t2, 0.0, 0.0


@helper
def contains(shape, par, x, y, z, margin, front, back):
    """Whether a point is inside, ``margin`` (m) away from walls and hole in x and y, ``front`` and ``back`` in z."""
    if z < par[0] + front or z > par[1] - back:
        return False
    dx, dy = abs(x - par[2]), abs(y - par[3])
    r2 = dx * dx + dy * dy
    if par[8] > 0.0 and r2 < (par[8] + margin) ** 2:
        return False
    if shape == CYLINDER:
        return par[4] >= margin and r2 <= (par[4] - margin) ** 2
    share = (z - par[0]) / (par[1] - par[0])
    a, b = par[4] - margin, par[5] - margin
    if shape != BOX:
        a += share * (par[6] - par[4])
        b += share * (par[7] - par[5])
    if a <= 0.0 or b <= 0.0:
        return False
    if shape == ELLIPSE:
        return (dx / a) ** 2 + (dy / b) ** 2 <= 1.0
    return dx <= a and dy <= b


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


#: ``pt0`` of bosons from soft hadrons, GeV
_PT_SCALE = 0.3


@helper
def _towards_axis(centre, half, scale, u):
    """A tangent in centre +- half with density proportional to 1/(scale^2 + t^2), and its range per unit of u."""
    low = math.atan((centre - half) / scale)
    width = math.atan((centre + half) / scale) - low
    t = scale * math.tan(low + width * u)
    return t, width * (scale + t * t / scale)


@helper
def aim_direction(kind, par, p, u, v):
    """``aim_within`` for bosons of soft hadrons."""
    return aim_within(kind, par, p, _PT_SCALE, u, v)


@helper
def aim_within(kind, par, p, pt0, u, v):
    """Direction of a boson of momentum p drawn in a window, and the solid angle per unit (u, v) there.

    kind, par : ``DISC`` (0, 0, radius) round the beam axis or ``RECTANGLE`` (cx, cy, half width, half height), in
        tangents x/z and y/z as seen from the origin, or ``SPHERE`` (all directions); u, v : uniform in [0, 1]
    pt0 : transverse momentum (GeV) on whose scale bosons fall off; only the efficiency of sampling depends on it
    returns (nx, ny, nz, solid angle in sr).  Hard bosons keep close to the beam axis: in a disc the density goes with
    1/(pt0^2 + p^2 r^2)^2, in a rectangle with 1/(pt0^2 + p^2 x^2) times the same of y, over the sphere, about either
    end of the axis, with 1/(pt0^2 + 2 p^2 (1 - |cos|)).
    """
    if kind == SPHERE:
        side = 1.0 if u < 0.5 else -1.0
        scale = 0.5 * pt0 * pt0 / (p * p)
        log = math.log1p(1.0 / scale)
        # 1 - |cos|, since hard bosons are nearer to the axis than cosines can say
        gap = min(1.0, scale * math.expm1((2.0 * u if u < 0.5 else 2.0 * u - 1.0) * log))
        sin = math.sqrt(gap * (2.0 - gap))
        phi = 2.0 * math.pi * v
        return sin * math.cos(phi), sin * math.sin(phi), side * (1.0 - gap), 4.0 * math.pi * log * (scale + gap)
    if kind == DISC:
        scale = pt0 * pt0 / (p * p)
        full = par[2] * par[2] / (par[2] * par[2] + scale)
        rest = 1.0 - u * full
        r = math.sqrt(scale * u * full / rest)
        phi = 2.0 * math.pi * v
        tx, ty = r * math.cos(phi), r * math.sin(phi)
        area = math.pi * scale * full / (rest * rest)
    else:
        scale = pt0 / p
        tx, dx = _towards_axis(par[0], par[2], scale, u)
        ty, dy = _towards_axis(par[1], par[3], scale, v)
        area = dx * dy
    norm = 1.0 / math.sqrt(1.0 + tx * tx + ty * ty)
    return tx * norm, ty * norm, norm, area * norm * norm * norm


@kernel("void(int64, float64[::1], float64[:,::1], float64[:,::1], float64[:,::1])", ahead=False)
def segments_of_rays(shape, par, origin, momentum, out):
    """Segments of many rays: origin (n, 3) m, momentum (n, 4) as (E, px, py, pz), out (n, 4) m."""
    for i in range(momentum.shape[0]):
        px, py, pz = momentum[i, 1], momentum[i, 2], momentum[i, 3]
        p = math.sqrt(px * px + py * py + pz * pz)
        a1, a2, b1, b2 = ray_segments(shape, par, origin[i, 0], origin[i, 1], origin[i, 2], px / p, py / p, pz / p)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = a1, a2, b1, b2
