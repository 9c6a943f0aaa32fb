"""Bosons from decays of tabulated hadrons that may fly first, aimed at a window however far the decay point lies.

Hadron momentum p_P, cos(theta*) of the boson in the hadron's rest frame and the path l of the hadron fix the angle
alpha between hadron and boson, and a triangle: the origin, the decay point at distance l, and the place T where the
boson's ray meets a sphere of radius R about the origin.  The triangle turns as a rigid body, so by invariance of the
rotation group's measure

    d(Omega_P) d(phi*) = d(Omega_T) d(phi),

with phi its azimuth about the direction of T: that direction is drawn, and no Jacobian is left.  A ray that meets the
volume at another distance R' from the origin passes there at the angle |arcsin(l sin(alpha)/R') - arcsin(l
sin(alpha)/R)| from T, by which the window is widened; so no ray that meets the volume is left out.
"""

from __future__ import annotations

import math

from lvgen.kernels.geometry import DISC, RECTANGLE, SPHERE, aim_within
from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.lab import boosted, put
from lvgen.kernels.parent_decay import azimuth, hadron_direction, log10_theta, spectrum_density
from lvgen.kernels.spin import helicity_axis
from lvgen.kernels.vectors import perpendicular

#: soft bosons decay sooner: cos(theta*) is drawn as their momentum wants it down to this share of the largest, or so
_SOFT = 0.03
#: decay points farther out than this share of the distance to the volume are aimed from in every direction
_NEAR = 0.9
#: transverse momenta on whose scale hadrons and their bosons fall off about the beam: a + b m_P, a + b p* (GeV)
_PT_SOFT, _PT_HADRON, _PT_BOSON = 0.3, 0.4, 0.6
#: directions beyond this angle (rad) to the beam axis are as well drawn over the whole sphere
_WIDE = 1.2


@helper
def _widened(kind, par, near, far, l_sin, work):
    """Window for T on the sphere about the origin between the nearest and the farthest point of the volume.

    near, far : their distances from the origin, m; l_sin : l sin(alpha); work : out, (4,)
    returns (kind, radius of the sphere)
    """
    radius = 2.0 * near * far / (near + far)
    for k in range(4):
        work[k] = par[k]
    here = math.asin(l_sin / radius)
    eta = max(math.asin(l_sin / near) - here, here - math.asin(l_sin / far))
    reach = par[2] if kind == DISC else math.hypot(abs(par[0]) + par[2], abs(par[1]) + par[3])
    edge = math.atan(reach)
    if edge + eta > _WIDE:
        return SPHERE, radius
    more = math.tan(edge + eta) - math.tan(edge)
    work[2] += more
    if kind == RECTANGLE:
        work[3] += more
    return kind, radius


@helper
def _emission(e_star, star, u):
    """cos(theta*) for u in [0, 1], and 1 / (2 its density)."""
    if star <= 1e-9 * e_star:
        return 2.0 * u - 1.0, 1.0
    b = e_star * (1.0 + _SOFT) / star
    span = math.log((b + 1.0) / (b - 1.0))
    c = min(1.0, max(-1.0, (b - 1.0) * math.exp(span * u) - b))
    return c, 0.5 * (b + c) * span


@helper
def _anywhere(p, pt0, u, v):
    """A direction of the whole sphere, and the solid angle per unit (u, v): evenly in the logarithm of the angle to the
    beam beyond the one at which bosons of momentum p have a transverse momentum pt0.
    """
    # in w = sin^2(theta/2), of which the solid angle is 4 pi dw
    w0 = min(1.0, 0.25 * (pt0 / p) ** 2) if p > 0.0 else 1.0
    span = math.log1p(1.0 / w0)
    w = min(1.0, w0 * math.expm1(span * u))
    sin = 2.0 * math.sqrt(w * (1.0 - w))
    phi = 2.0 * math.pi * v
    return sin * math.cos(phi), sin * math.sin(phi), 1.0 - 2.0 * w, 4.0 * math.pi * (w0 + w) * span


@kernel(
    "void(float64[:,::1], float64, float64, float64[::1], float64[::1], float64[::1], float64[:,::1], float64[::1], "
    "int64, float64[::1], float64, float64, float64[:,::1], float64[:,::1], float64[:,::1], float64[::1], "
    "float64[::1], int64[::1])"
)
def draw_aimed(
    y,
    m_p,
    m_v,
    e_star,
    p_p,
    path,
    density,
    table,
    aim_kind,
    aim,
    near,
    far,
    boson,
    parent,
    origin,
    cos_star,
    weight,
    cell,
):
    """Draw bosons from P -> V ... with P from a table and a decay point on its way.

    y        : (n, 4) in [0, 1]: cos(theta*), two for the direction of T, azimuth of P
    m_p, m_v : GeV; e_star : (n,) energy of V in the rest frame of P, GeV
    p_p, path : (n,) momentum of P, GeV, and how far it flies, m
    density, table : see ``parent_decay.draw_two_body``
    aim_kind, aim : window as seen from the origin, see ``geometry.aim_within``
    near, far : distances from the origin between which the volume lies, m (unused for ``SPHERE``)
    boson, parent : out, (n, 4) GeV; origin : out, (n, 4) decay point of P, x, y, z, c t, m
    cos_star : out, (n,) cos(theta*), density proportional to 1/(E* (1 + _SOFT) + p* cos(theta*))
    weight   : out, (n,) bosons per interaction, per unit of log10 p_P and of y
    cell     : out, (n,) flat index of the table's cell, -1 where the weight is 0
    """
    work = aim.copy()
    pt0 = _PT_SOFT + _PT_HADRON * m_p
    for i in range(y.shape[0]):
        weight[i], cell[i] = 0.0, -1
        p, e_p = p_p[i], math.hypot(p_p[i], m_p)
        star = math.sqrt(max(0.0, (e_star[i] - m_v) * (e_star[i] + m_v)))
        c, emission = _emission(e_star[i], star, y[i, 0])
        cos_star[i] = c
        across = star * math.sqrt(max(0.0, (1.0 - c) * (1.0 + c)))
        along = (e_p * star * c + p * e_star[i]) / m_p
        p_v = math.hypot(along, across)
        cos, sin = (along / p_v, across / p_v) if p_v > 0.0 else (1.0, 0.0)
        kind, radius = aim_kind, 0.0
        if kind != SPHERE and path[i] < _NEAR * near:
            kind, radius = _widened(aim_kind, aim, near, far, path[i] * sin, work)
        else:
            kind = SPHERE
        pt = _PT_SOFT + _PT_BOSON * star
        if kind == SPHERE:
            tx, ty, tz, solid = _anywhere(p_v, pt, y[i, 1], y[i, 2])
            # no place to aim at: T is the direction of the boson itself
            radius_cos, zeta_cos, zeta_sin, delta_cos, delta_sin = 0.0, 1.0, 0.0, cos, sin
        else:
            tx, ty, tz, solid = aim_within(kind, work, p_v, pt, y[i, 1], y[i, 2])
            l_sin = path[i] * sin
            rest = math.sqrt(radius * radius - l_sin * l_sin)
            radius_cos = rest - path[i] * cos
            zeta_sin, zeta_cos = l_sin / radius, rest / radius
            delta_sin, delta_cos = radius_cos * sin / radius, (path[i] + radius_cos * cos) / radius
        cos_phi, sin_phi, spread = azimuth(tx, ty, delta_cos, delta_sin, p, pt0, y[i, 3])
        hx, hy, hz = hadron_direction(tx, ty, tz, delta_cos, delta_sin, cos_phi, sin_phi)
        ex, ey, ez = hadron_direction(tx, ty, tz, 0.0, 1.0, cos_phi, sin_phi)
        nx, ny, nz = (zeta_cos * tx - zeta_sin * ex, zeta_cos * ty - zeta_sin * ey, zeta_cos * tz - zeta_sin * ez)
        boson[i, 0] = (e_p * e_star[i] + p * star * c) / m_p
        boson[i, 1], boson[i, 2], boson[i, 3] = p_v * nx, p_v * ny, p_v * nz
        parent[i, 0], parent[i, 1], parent[i, 2], parent[i, 3] = e_p, p * hx, p * hy, p * hz
        origin[i, 0], origin[i, 1], origin[i, 2] = path[i] * hx, path[i] * hy, path[i] * hz
        origin[i, 3] = path[i] * e_p / p
        rho, where = spectrum_density(density, table, math.log10(p), log10_theta(hx, hy, hz))
        if where < 0:
            continue
        weight[i] = rho * solid * spread * emission
        cell[i] = where


@kernel("void(float64[:,::1], float64, float64, float64[::1], float64[:,::1], float64[:,::1])")
def draw_free(y, m_p, m_v, e_star, parent, boson):
    """Bosons of P -> V ... in every direction of the rest frame of P: those of a beam, which nothing aims.

    y : (n, 2) in [0, 1], cos(theta*) and azimuth; e_star : (n,) GeV; parent : (n, 4) GeV; boson : out, (n, 4) GeV
    """
    for i in range(y.shape[0]):
        star = math.sqrt(max(0.0, (e_star[i] - m_v) * (e_star[i] + m_v)))
        c, phi = 2.0 * y[i, 0] - 1.0, 2.0 * math.pi * y[i, 1]
        s = star * math.sqrt(max(0.0, (1.0 - c) * (1.0 + c)))
        px, py, pz = parent[i, 1], parent[i, 2], parent[i, 3]
        p = math.sqrt(px * px + py * py + pz * pz)
        hx, hy, hz = (px / p, py / p, pz / p) if p > 0.0 else (0.0, 0.0, 1.0)
        ax, ay, az, bx, by, bz = perpendicular(hx, hy, hz)
        ca, sa = s * math.cos(phi), s * math.sin(phi)
        along = (parent[i, 0] * star * c + p * e_star[i]) / m_p
        boson[i, 0] = (parent[i, 0] * e_star[i] + p * star * c) / m_p
        boson[i, 1] = along * hx + ca * ax + sa * bx
        boson[i, 2] = along * hy + ca * ay + sa * by
        boson[i, 3] = along * hz + ca * az + sa * bz


@helper
def _turned(x, y, z, frame_from, frame_to):
    """A vector with components in one triad given those of another; both as nine numbers, row by row."""
    a = x * frame_from[0] + y * frame_from[1] + z * frame_from[2]
    b = x * frame_from[3] + y * frame_from[4] + z * frame_from[5]
    c = x * frame_from[6] + y * frame_from[7] + z * frame_from[8]
    return (
        a * frame_to[0] + b * frame_to[3] + c * frame_to[6],
        a * frame_to[1] + b * frame_to[4] + c * frame_to[7],
        a * frame_to[2] + b * frame_to[5] + c * frame_to[8],
    )


@helper
def _minimal(x, y, z, v, a):
    """A vector turned by the smallest rotation that takes the unit vector v to a."""
    kx, ky, kz = v[1] * a[2] - v[2] * a[1], v[2] * a[0] - v[0] * a[2], v[0] * a[1] - v[1] * a[0]
    cos = v[0] * a[0] + v[1] * a[1] + v[2] * a[2]
    f = (kx * x + ky * y + kz * z) / max(1e-300, 1.0 + cos)
    return (
        x * cos + ky * z - kz * y + f * kx, y * cos + kz * x - kx * z + f * ky, z * cos + kx * y - ky * x + f * kz,
    )  # fmt: skip


@kernel(
    "void(float64[::1], float64[::1], float64[:,:,::1], float64, float64[::1], int64, float64[:,::1], "
    "float64[:,::1], float64[:,::1], float64[:,:,::1], float64[:,::1])"
)
def carry(cos_star, turn, rest, m_p, masses, sign, rest_spin, boson, parent, companions, spin):
    """Take a decay in the rest frame of P to the laboratory, companions and spin of V, V being given there.

    cos_star : (n,) of V in the rest frame of P to its flight; turn : (n,) in [0, 1], azimuth of the rest about V
    rest : (n, k + 1, 4) momenta of k companions and, last, V in a rest frame with axes of its own, GeV
    m_p : of P, GeV; masses : (k,) GeV
    sign : -1 for the charge conjugate decay, which is the mirror image with the same spin
    rest_spin : (n, 9) spin of V in those axes; boson, parent : (n, 4) GeV
    companions : out, (n, k, 4) GeV; spin : out, (n, 9)

    A boost that is not along V turns its spin (Wigner's rotation): from V's direction in the rest frame of P to the
    helicity axis, by the smallest rotation.
    """
    k = rest.shape[1] - 1
    for i in range(boson.shape[0]):
        px, py, pz = parent[i, 1], parent[i, 2], parent[i, 3]
        p = math.sqrt(px * px + py * py + pz * pz)
        hx, hy, hz = (px / p, py / p, pz / p) if p > 0.0 else (0.0, 0.0, 1.0)
        p_v = math.sqrt(boson[i, 1] ** 2 + boson[i, 2] ** 2 + boson[i, 3] ** 2)
        nx, ny, nz = boson[i, 1] / p_v, boson[i, 2] / p_v, boson[i, 3] / p_v
        # component of V's flight across that of P, which is the same in both frames
        cx, cy, cz = hy * nz - hz * ny, hz * nx - hx * nz, hx * ny - hy * nx
        ax, ay, az = cy * hz - cz * hy, cz * hx - cx * hz, cx * hy - cy * hx
        size = math.sqrt(ax * ax + ay * ay + az * az)
        if size > 0.0:
            ax, ay, az = ax / size, ay / size, az / size
        else:
            ax, ay, az, _, _, _ = perpendicular(hx, hy, hz)
        c = cos_star[i]
        s = math.sqrt(max(0.0, (1.0 - c) * (1.0 + c)))
        v = (c * hx + s * ax, c * hy + s * ay, c * hz + s * az)
        to = perpendicular(v[0], v[1], v[2])
        cos, sin = math.cos(2.0 * math.pi * turn[i]), math.sin(2.0 * math.pi * turn[i])
        frame_to = (
            v[0], v[1], v[2],
            cos * to[0] + sin * to[3], cos * to[1] + sin * to[4], cos * to[2] + sin * to[5],
            cos * to[3] - sin * to[0], cos * to[4] - sin * to[1], cos * to[5] - sin * to[2],
        )  # fmt: skip
        qx, qy, qz = rest[i, k, 1], rest[i, k, 2], rest[i, k, 3]
        q = math.sqrt(qx * qx + qy * qy + qz * qz)
        if q == 0.0:
            continue
        vx, vy, vz = sign * qx / q, sign * qy / q, sign * qz / q
        own = perpendicular(vx, vy, vz)
        frame_from = (vx, vy, vz, own[0], own[1], own[2], own[3], own[4], own[5])
        for j in range(k):
            sx, sy, sz = sign * rest[i, j, 1], sign * rest[i, j, 2], sign * rest[i, j, 3]
            sx, sy, sz = _turned(sx, sy, sz, frame_from, frame_to)
            e = math.sqrt(masses[j] * masses[j] + sx * sx + sy * sy + sz * sz)
            sx, sy, sz = boosted(e, sx, sy, sz, m_p, parent[i, 0], p, hx, hy, hz)
            put(companions, i, j, masses[j], sx, sy, sz)
        axis = helicity_axis(boson, parent, i, nx, ny, nz)
        x = _turned(1.0, 0.0, 0.0, frame_from, frame_to)
        y = _turned(0.0, 1.0, 0.0, frame_from, frame_to)
        z = _turned(0.0, 0.0, 1.0, frame_from, frame_to)
        x, y, z = (
            _minimal(x[0], x[1], x[2], v, axis), _minimal(y[0], y[1], y[2], v, axis),
            _minimal(z[0], z[1], z[2], v, axis),
        )  # fmt: skip
        t = rest_spin[i]
        # columns x, y, z of the whole rotation: T -> R T R^T, S -> R S
        for j in range(3):
            for m in range(j, 3):
                value = (
                    t[0] * x[j] * x[m] + t[1] * y[j] * y[m] + t[2] * z[j] * z[m]
                    + t[3] * (x[j] * y[m] + y[j] * x[m]) + t[4] * (x[j] * z[m] + z[j] * x[m])
                    + t[5] * (y[j] * z[m] + z[j] * y[m])
                )  # fmt: skip
                spin[i, j if j == m else j + m + 2] = value
            spin[i, 6 + j] = t[6] * x[j] + t[7] * y[j] + t[8] * z[j]
