"""Bosons from two-body decays of tabulated hadrons, drawn from the detector's end.

The direction of the boson is drawn in the detector's window and its momentum on a logarithmic axis; the hadron that
made it follows.  With c = cos(theta*) of the boson in the hadron's rest frame fixed, hadron and boson directions are
related by a rotation, so by invariance of the rotation group's measure

    d(Omega_P) d(phi*) = d(Omega_V) d(phi),    d(p_P) / d(p_V) = m_P p_V / (E_V (beta_P E* + c p*)),

with phi the azimuth of the hadron about the boson.  Every point so drawn hits the window.
"""

from __future__ import annotations

import math

from lvgen.kernels.geometry import aim_direction
from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.vectors import perpendicular

LN10 = math.log(10.0)
LOG10_PI = math.log10(math.pi)
#: transverse momentum (GeV) within which hadrons crowd about the beam; only the efficiency of sampling depends on it
_PT_SCALE = 0.3
#: directions of the boson and azimuths over which ``hadron_columns`` averages: a lattice in three dimensions
_LATTICE = 10


@helper
def log10_theta(x, y, z):
    """log10 of the polar angle of a direction; -inf on the axis."""
    s2 = x * x + y * y
    if s2 == 0.0:
        return -math.inf if z > 0.0 else LOG10_PI
    if z > 0.0 and s2 < 1e-4:
        # asin(s) = s (1 + s^2/6 + ...), good to 1e-9 here
        return 0.5 * math.log10(s2) + s2 / (6.0 * LN10)
    return math.log10(math.atan2(math.sqrt(s2), z))


@helper
def spectrum_density(density, table, log_p, log_t):
    """Tabulated d2N/(dlog10 p dOmega) and the cell of the table that it comes from; (0, -1) outside.

    table : see ``draw_two_body``.  Below the smallest tabulated angle the innermost cell holds: dN/dOmega is flat
        there.
    """
    i = math.floor((log_p - table[0]) * table[1])
    if i < 0 or i >= density.shape[0]:
        return 0.0, -1
    sub = int(table[4])
    j = 0
    if log_t >= table[5]:
        j = density.shape[1] - sub + int((log_t - table[5]) * table[6])
    elif log_t > table[2]:
        j = int((log_t - table[2]) * table[3])
    if j >= density.shape[1]:
        return 0.0, -1
    return density[i, j], (i // sub) * (density.shape[1] // sub) + j // sub


@helper
def _parent_of(m_p, e_star, p_star, p_v, e_v, c, second, p_beam):
    """Hadron momentum that gives a boson of momentum p_v at cos(theta*) = c, and how the boson lies relative to it.

    second : take the second solution, which exists for bosons slower than the hadron's frame emits them
    returns (p_P, gamma, cosine and sine of the angle between the two, Jacobian d ln p_P / d ln p_V); p_P = 0 for none
    """
    gap = e_star * e_star - p_star * p_star * c * c
    root = e_v * e_v - gap
    if root <= 0.0 or (e_v < e_star and c >= 0.0):
        return 0.0, 1.0, 0.0, 0.0, 0.0
    root = -math.sqrt(root) if second else math.sqrt(root)
    if c > 0.0:
        gamma = (e_v * e_v + p_star * p_star * c * c) / (e_v * e_star + p_star * c * root)
    else:
        gamma = (e_v * e_star - p_star * c * root) / gap
    if gamma <= 1.0:
        return 0.0, 1.0, 0.0, 0.0, 0.0
    p_p = m_p * math.sqrt((gamma - 1.0) * (gamma + 1.0))
    beta = p_p / (m_p * gamma)
    slope = abs(beta * e_star + c * p_star)
    if p_p > p_beam or slope == 0.0:
        return 0.0, 1.0, 0.0, 0.0, 0.0
    along = gamma * (p_star * c + beta * e_star) / p_v
    across = p_star * math.sqrt(max(0.0, (1.0 - c) * (1.0 + c))) / p_v
    return p_p, gamma, along, across, m_p * p_v * p_v / (e_v * p_p * slope)


@helper
def hadron_direction(nx, ny, nz, along, across, cos, sin):
    """Direction at given components along and across n.

    cos, sin : of the azimuth, which is 0 towards the beam axis, where hadrons are most
    """
    sin_n = math.sqrt(nx * nx + ny * ny)
    if sin_n > 1e-14:
        ax, ay, az = -nx * nz / sin_n, -ny * nz / sin_n, sin_n
        bx, by, bz = ny / sin_n, -nx / sin_n, 0.0
    else:
        ax, ay, az, bx, by, bz = perpendicular(nx, ny, nz)
    ca, sa = cos * across, sin * across
    return along * nx + ca * ax + sa * bx, along * ny + ca * ay + sa * by, along * nz + ca * az + sa * bz


@helper
def azimuth(nx, ny, along, across, p_p, pt0, u):
    """Cosine and sine of the azimuth of the hadron about the boson for u in [0, 1], and 1 / (its density times 2 pi).

    Hadrons crowd about the beam axis within p_T of the order of pt0; the squared angle to it is
    a^2 + b^2 sin^2(phi/2), and phi is drawn from a density proportional to 1/(p_T0^2/p_P^2 + a^2 + b^2 sin^2(phi/2)).
    """
    sin_n = math.sqrt(nx * nx + ny * ny)
    b2 = 4.0 * across * sin_n
    # 2 (1 - cos(theta_n - alpha)), with sin(theta_n - alpha) where it is small
    gap = along * sin_n - across * math.sqrt(max(0.0, 1.0 - sin_n * sin_n))
    a2 = gap * gap + (pt0 / p_p) ** 2
    ratio = a2 / (a2 + b2)
    half = math.pi * (u - 0.5)
    tangent = math.sqrt(ratio) * math.tan(half)
    cos2 = 1.0 / (1.0 + tangent * tangent)
    sin2 = tangent * tangent * cos2
    return cos2 - sin2, 2.0 * tangent * cos2, (ratio * cos2 + sin2) / math.sqrt(ratio)


@helper
def _frame(kinematics, p_low, p_beam):
    """E*, p*, ln of the lowest p_V and the width of ln p_V, ln of the lowest z and the width of ln z."""
    m_p, m_v, m_x = kinematics[0], kinematics[1], kinematics[2]
    e_star = (m_p * m_p + m_v * m_v - m_x * m_x) / (2.0 * m_p)
    p_star = math.sqrt(max(0.0, e_star * e_star - m_v * m_v))
    e_beam = math.sqrt(p_beam * p_beam + m_p * m_p)
    log_low = math.log(p_low)
    log_range = math.log((p_star * e_beam + e_star * p_beam) / m_p) - log_low
    # E* - p* = m_V^2 / (E* + p*), without cancellation
    log_z = math.log(m_v * m_v / ((e_star + p_star) * m_p))
    return e_star, p_star, log_low, log_range, log_z, math.log((e_star + p_star) / m_p) - log_z


@helper
def _lattice(k):
    """Point k of a lattice in the unit cube (powers of the root of x^4 = x + 1)."""
    a = 0.8191725133961645
    u, v, w = 0.5 + k * a, 0.5 + k * a * a, 0.5 + k * a * a * a
    return u - math.floor(u), v - math.floor(v), w - math.floor(w)


@kernel(
    "void(float64[::1], float64[:,::1], float64[::1], float64, float64, int64, float64[::1], float64[:,::1], "
    "float64[:,::1])"
)
def hadron_columns(kinematics, density, table, p_low, p_beam, aim_kind, aim, nodes, out):
    """Which hadrons make a boson of given momentum: cumulative shares in z = (E* + p* c)/m_P = p_V/p_P, by row of p_V.

    nodes : work space (rows + 1, columns + 1); out : (rows, columns + 1), each row from 0 to 1.  Averaged over a few
    directions in the window; a twentieth of each row is spread evenly, so that no hadron that can contribute is left
    out.
    """
    rows, columns = out.shape[0], out.shape[1] - 1
    e_star, p_star, log_low, log_range, log_z, z_range = _frame(kinematics, p_low, p_beam)
    m_p, m_v = kinematics[0], kinematics[1]
    for i in range(rows + 1):
        p_v = math.exp(log_low + log_range * i / rows)
        e_v = math.sqrt(p_v * p_v + m_v * m_v)
        for j in range(columns + 1):
            z = math.exp(log_z + z_range * j / columns)
            c = min(1.0, max(-1.0, (m_p * z - e_star) / p_star))
            nodes[i, j] = 0.0
            p_p, _, along, across, jacobian = _parent_of(m_p, e_star, p_star, p_v, e_v, c, False, p_beam)
            if p_p > 0.0:
                log_p = math.log10(p_p)
                for k in range(_LATTICE):
                    u, v, w = _lattice(k)
                    nx, ny, nz, solid = aim_direction(aim_kind, aim, p_v, u, v)
                    cos, sin, spread = azimuth(nx, ny, along, across, p_p, _PT_SCALE, w)
                    hx, hy, hz = hadron_direction(nx, ny, nz, along, across, cos, sin)
                    rho, _ = spectrum_density(density, table, log_p, log10_theta(hx, hy, hz))
                    nodes[i, j] += z * jacobian * solid * spread * rho
    for i in range(rows):
        total = 0.0
        for j in range(columns):
            total += nodes[i, j] + nodes[i, j + 1] + nodes[i + 1, j] + nodes[i + 1, j + 1]
        out[i, 0] = 0.0
        for j in range(columns):
            here = nodes[i, j] + nodes[i, j + 1] + nodes[i + 1, j] + nodes[i + 1, j + 1]
            share = 1.0 / columns if total <= 0.0 else 0.95 * here / total + 0.05 / columns
            out[i, j + 1] = out[i, j] + share
        out[i, columns] = 1.0


@helper
def _pick(cumulative, i, u):
    """Column of row i in which u falls, by bisection."""
    low, high = 0, cumulative.shape[1] - 1
    while high - low > 1:
        middle = (low + high) // 2
        if cumulative[i, middle] <= u:
            low = middle
        else:
            high = middle
    return low


@kernel(
    "void(float64[:,::1], float64[::1], float64[:,::1], float64[::1], float64, float64, float64[:,::1], int64, "
    "float64[::1], float64[:,::1], float64[:,::1], float64[::1], int64[::1])"
)
def draw_two_body(y, kinematics, density, table, p_low, p_beam, columns, aim_kind, aim, boson, parent, weight, cell):
    """Draw bosons from P -> V X with P from a table.

    y          : (n, 5) in [0, 1]: ln p_V up to the largest there can be, z = p_V/p_P by ``columns``, azimuth of P
                 about V, two for the direction of V
    kinematics : m_P, m_V, m_X in GeV
    density    : (n_p, n_theta) hadrons per interaction, per log10 p and per sr, constant in each sub-cell
    table      : log10 p of the first edge, sub-cells per unit log10 p, log10 theta of the first edge, sub-cells per
                 unit log10 theta, sub-cells per cell and axis; then log10 theta at which the last cell begins and
                 sub-cells per unit log10 theta in it, since the last angle may end at pi/2 or pi
    p_low, p_beam : lowest p_V, highest p_P, GeV
    columns    : (rows, columns + 1) as made by ``hadron_columns``
    aim_kind, aim : window, see ``geometry.aim_direction``
    boson, parent : out, (n, 4) as (E, px, py, pz), GeV
    weight     : out, (n,) bosons per interaction and unit of y (branching ratio 1)
    cell       : out, (n,) flat index of the table's cell, -1 where the weight is 0
    """
    m_p, m_v = kinematics[0], kinematics[1]
    e_star, p_star, log_low, log_range, log_z, z_range = _frame(kinematics, p_low, p_beam)
    n_rows, n_columns = columns.shape[0], columns.shape[1] - 1
    step = z_range / n_columns
    for i in range(y.shape[0]):
        weight[i] = 0.0
        cell[i] = -1
        p_v = math.exp(log_low + y[i, 0] * log_range)
        e_v = math.sqrt(p_v * p_v + m_v * m_v)
        nx, ny, nz, solid = aim_direction(aim_kind, aim, p_v, y[i, 3], y[i, 4])
        boson[i, 0], boson[i, 1], boson[i, 2], boson[i, 3] = e_v, p_v * nx, p_v * ny, p_v * nz
        parent[i, :] = boson[i, :]
        row = min(n_rows - 1, int(y[i, 0] * n_rows))
        column = _pick(columns, row, y[i, 1])
        share = columns[row, column + 1] - columns[row, column]
        z = math.exp(log_z + step * (column + (y[i, 1] - columns[row, column]) / share))
        c = min(1.0, max(-1.0, (m_p * z - e_star) / p_star))
        u = y[i, 2]
        second = False
        branches = 1.0
        if e_v < e_star:
            # a slow boson comes from one of two hadron momenta; half of the azimuth goes to each
            branches = 2.0
            second = u >= 0.5
            u = 2.0 * u - second
        p_p, gamma, along, across, jacobian = _parent_of(m_p, e_star, p_star, p_v, e_v, c, second, p_beam)
        if p_p <= 0.0:
            continue
        cos, sin, spread = azimuth(nx, ny, along, across, p_p, _PT_SCALE, u)
        hx, hy, hz = hadron_direction(nx, ny, nz, along, across, cos, sin)
        rho, where = spectrum_density(density, table, math.log10(p_p), log10_theta(hx, hy, hz))
        parent[i, 0] = m_p * gamma
        parent[i, 1], parent[i, 2], parent[i, 3] = p_p * hx, p_p * hy, p_p * hz
        if where < 0:
            continue
        # dc / 2 = m_P z d(ln z) / (2 p*)
        emission = 0.5 * m_p * z * step / (p_star * share)
        weight[i] = branches * spread * rho * jacobian * solid * emission * log_range / LN10
        cell[i] = where


@kernel("void(float64[:,::1], float64[:,::1], float64, float64[:,::1])")
def recoil(boson, parent, m_x, out):
    """The companion X of P -> V X: momentum P - V, energy from its mass; all (n, 4), GeV."""
    for i in range(boson.shape[0]):
        total = m_x * m_x
        for k in range(1, 4):
            out[i, k] = parent[i, k] - boson[i, k]
            total += out[i, k] * out[i, k]
        out[i, 0] = math.sqrt(total)
