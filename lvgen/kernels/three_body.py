"""Three-body decays: a point of the Dalitz plot, then the orientation of its plane, then the laboratory.

With J the amplitude's vector in the boson's rest frame (amplitude e . J), summed over what is not seen,
W_ij = sum Re(J_i J_j*) lies in the axes of the decay plane.  A boson of any spin decays at a point of the plot with
density tr W, and there with an orientation of density T_ij W_ij; Im(J x J*) sums to 0 in every decay here.

Points are drawn on charts: chart t has the squared mass s of pair t on a map s = m^2 + scale sinh(x), which is dense
about a resonance, and the cosine c of the helicity angle of the pair.  ``plot_nodes`` evaluates the density on a grid
of every chart, from which a bound in each cell is made; the draw chooses a cell by its bound and accepts or rejects.
Several charts share the density in the ratio of their resonances' Lorentzians.

Particles 0, 1, 2; pairs 0: (0, 2), 1: (1, 2), 2: (0, 1).
"""

from __future__ import annotations

import math

import numpy as np

from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.lab import boosted, flight, put, random_direction
from lvgen.kernels.randoms import next_uniform
from lvgen.kernels.spin import along
from lvgen.kernels.vectors import perpendicular, two_body_momentum

#: kinds of decay: constant matrix element; J = F p1 x p2 with F a sum of ``terms``; a vector meson (particle 0) and
#: two mesons with the point-like current (g - q q/q^2) eps; three photons through the Euler-Heisenberg interaction
FLAT, CURRENT, POINT_VECTOR, PHOTONS = 0, 1, 2, 3
#: columns of a row of ``terms``, of a row of ``charts``
TERM_FLOATS, CHART_FLOATS = 7, 6
_TRIALS = 100_000


@helper
def _roles(pair):
    """Particles (a, b) of a pair and the third one."""
    if pair == 0:
        return 0, 2, 1
    if pair == 1:
        return 1, 2, 0
    return 0, 1, 2


@helper
def _invariants(mass, m, pair, s, c):
    """Squared masses of the pairs 0, 1, 2, and half the range of the other two, at s of one pair and cosine c in it."""
    a, b, third = _roles(pair)
    w = math.sqrt(s)
    k = two_body_momentum(w, m[a], m[b])
    p = two_body_momentum(mass, w, m[third]) * mass / w
    e_third = math.sqrt(m[third] ** 2 + p * p)
    middle_a = m[a] ** 2 + m[third] ** 2 + 2.0 * math.sqrt(m[a] ** 2 + k * k) * e_third
    middle_b = m[b] ** 2 + m[third] ** 2 + 2.0 * math.sqrt(m[b] ** 2 + k * k) * e_third
    half = 2.0 * k * p
    if pair == 0:
        return s, middle_b - half * c, middle_a + half * c, half
    if pair == 1:
        return middle_b - half * c, s, middle_a + half * c, half
    return middle_a + half * c, middle_b - half * c, s, half


@helper
def squared_current(terms, s0, s1, s2):
    """|F|^2 of F = sum_t c_t m^2/(m^2 - s - i s g beta^3) over rows (pair, Re c, Im c, m^2, g, (m_a + m_b)^2,
    (m_a - m_b)^2) with s of the row's pair: P waves, g = width/(m beta^3(m^2))."""
    real, imaginary = 0.0, 0.0
    for t in range(terms.shape[0]):
        pair = int(terms[t, 0])
        s = s0 if pair == 0 else (s1 if pair == 1 else s2)
        beta2 = (1.0 - terms[t, 5] / s) * (1.0 - terms[t, 6] / s) if s > terms[t, 5] else 0.0
        x = terms[t, 3] - s
        y = s * terms[t, 4] * beta2 * math.sqrt(beta2)
        scale = terms[t, 3] / (x * x + y * y)
        real += scale * (terms[t, 1] * x - terms[t, 2] * y)
        imaginary += scale * (terms[t, 1] * y + terms[t, 2] * x)
    return real * real + imaginary * imaginary


@helper
def _photon_density(mass, s0, s1, s2):
    """tr W of three photons.

    V at rest is an electric field along e, photon i has E_i and B_i = k_i x E_i, so that (E^2 - B^2)^2 + 7 (E . B)^2
    gives J = sum_i [4 E_i (E_j . E_k - B_j . B_k) + 7 B_i (E_j . B_k + B_j . E_k)].  For circular polarisations this is
    22 E_i (E_j . E_k) where i has the helicity opposite to j and k, and -6 sum_i E_i (E_j . E_k) where all are equal.
    Squared, with E_j . E_k = -s_jk/4 for equal helicities: 60.5 sum_i (s_jk E_i)^2 + 2.25 (A^2 + B^2) with
    A = sum_i s_jk p_i and B = sum_i s_jk E_i.
    """
    x0, x1, x2 = (
        0.5 * s1 * (mass * mass - s1) / mass, 0.5 * s0 * (mass * mass - s0) / mass, 0.5 * s2 * (mass * mass - s2) / mass
    )  # fmt: skip
    b2 = (x0 + x1 + x2) ** 2
    return 60.5 * (x0 * x0 + x1 * x1 + x2 * x2) + 2.25 * (2.0 * b2 - 3.0 * s0 * s1 * s2)


@helper
def _density(kind, mass, m, terms, s0, s1, s2, s, half, c):
    """tr W times the Dalitz measure per unit of s and c, any norm."""
    if kind == CURRENT:
        return half * half * half * s * (1.0 - c * c) * squared_current(terms, s0, s1, s2)
    if kind == POINT_VECTOR:
        p = two_body_momentum(mass, math.sqrt(s1), m[0])
        return half * (3.0 + (p / m[0]) ** 2)
    if kind == PHOTONS:
        return half * _photon_density(mass, s0, s1, s2)
    return half


@helper
def _lorentzian(chart, s0, s1, s2):
    """Resonance of a chart (pair, m^2, scale, x at the lowest s, range of x, weight)."""
    pair = int(chart[0])
    s = s0 if pair == 0 else (s1 if pair == 1 else s2)
    return chart[5] / ((s - chart[1]) ** 2 + chart[2] ** 2)


@helper
def _chart_density(kind, mass, m, terms, charts, t, s, slope, c):
    """Density of chart t per unit of its two coordinates, at s with slope ds/dx."""
    s0, s1, s2, half = _invariants(mass, m, int(charts[t, 0]), s, c)
    density = slope * _density(kind, mass, m, terms, s0, s1, s2, s, half, c)
    if charts.shape[0] > 1:
        total = 0.0
        for j in range(charts.shape[0]):
            total += _lorentzian(charts[j], s0, s1, s2)
        density *= _lorentzian(charts[t], s0, s1, s2) / total
    return density


@helper
def _squared_mass(chart, low, high, x):
    """s and ds/dx at x in [0, 1] of a chart, s kept between its limits."""
    y = chart[3] + chart[4] * x
    s = chart[1] + chart[2] * math.sinh(y)
    return min(max(s, low), high), chart[2] * math.cosh(y) * chart[4]


@kernel("void(int64, float64, float64[::1], float64[:,::1], float64[:,::1], float64[:,:,::1])")
def plot_nodes(kind, mass, masses, terms, charts, nodes):
    """Density on a grid of every chart.

    kind : see above; mass : of the boson, masses : (3,) of the products, GeV, open
    terms  : (k, 7) of the current, see ``squared_current``; charts : (c, 6), see ``_lorentzian``
    nodes  : out, (c, rows, columns): rows even in x over [0, 1], columns in c over [-1, 1]
    """
    rows, columns = nodes.shape[1] - 1, nodes.shape[2] - 1
    for t in range(charts.shape[0]):
        a, b, third = _roles(int(charts[t, 0]))
        low, high = (masses[a] + masses[b]) ** 2, (mass - masses[third]) ** 2
        for i in range(rows + 1):
            s, slope = _squared_mass(charts[t], low, high, i / rows)
            for j in range(columns + 1):
                if s <= 0.0:
                    nodes[t, i, j] = 0.0
                    continue
                c = 2.0 * j / columns - 1.0
                nodes[t, i, j] = _chart_density(kind, mass, masses, terms, charts, t, s, slope, c)


@helper
def pick(cumulative, u):
    """Index of the cell in which u falls, by bisection; cumulative from 0 to 1."""
    low, high = 0, cumulative.shape[0] - 1
    while high - low > 1:
        middle = (low + high) // 2
        if cumulative[middle] <= u:
            low = middle
        else:
            high = middle
    return low


@helper
def _draw_point(kind, mass, m, terms, charts, bounds, cumulative, state, account):
    """(new state, chart, s, c): a point of the Dalitz plot."""
    rows, columns = bounds.shape[1], bounds.shape[2]
    t, s, c = 0, 0.0, 0.0
    for _ in range(_TRIALS):
        state, u = next_uniform(state)
        cell = pick(cumulative, u)
        t = cell // (rows * columns)
        i, j = (cell // columns) % rows, cell % columns
        a, b, third = _roles(int(charts[t, 0]))
        state, u = next_uniform(state)
        s, slope = _squared_mass(charts[t], (m[a] + m[b]) ** 2, (mass - m[third]) ** 2, (i + u) / rows)
        state, u = next_uniform(state)
        c = 2.0 * (j + u) / columns - 1.0
        if s <= 0.0:
            continue
        ratio = _chart_density(kind, mass, m, terms, charts, t, s, slope, c) / bounds[t, i, j]
        account[0] += max(0.0, ratio - 1.0)
        account[1] += ratio
        state, u = next_uniform(state)
        if u < ratio:
            break
    return state, t, s, c


@helper
def _place(mass, m, pair, s, c, plane):
    """Momenta (3, 2) in the decay plane, the pair flying along the first axis."""
    a, b, third = _roles(pair)
    w = math.sqrt(s)
    k, p = two_body_momentum(w, m[a], m[b]), two_body_momentum(mass, w, m[third])
    energy = math.sqrt(s + p * p)
    e_a, e_b = math.sqrt(m[a] ** 2 + k * k), math.sqrt(m[b] ** 2 + k * k)
    across = k * math.sqrt(max(0.0, 1.0 - c * c))
    plane[a, 0], plane[a, 1] = (energy * k * c + p * e_a) / w, across
    plane[b, 0], plane[b, 1] = (p * e_b - energy * k * c) / w, -across
    plane[third, 0], plane[third, 1] = -p, 0.0


@helper
def _photon_tensor(plane, s0, s1, s2):
    """W of three photons: (xx, yy, zz, xy), z the normal; see ``_photon_density``.

    60.5 sum_i s_jk^2 (E_i^2 - p_i p_i)/2 + 2.25 [(n x A)(n x A) + B^2 n n]
    """
    xx, yy, zz, xy = 0.0, 0.0, 0.0, 0.0
    ax, ay, b = 0.0, 0.0, 0.0
    for i in range(3):
        opposite = s1 if i == 0 else (s0 if i == 1 else s2)
        px, py = plane[i, 0], plane[i, 1]
        e2 = px * px + py * py
        scale = 30.25 * opposite * opposite
        xx, yy = xx + scale * (e2 - px * px), yy + scale * (e2 - py * py)
        zz, xy = zz + scale * e2, xy - scale * px * py
        ax, ay, b = ax + opposite * px, ay + opposite * py, b + opposite * math.sqrt(e2)
    return xx + 2.25 * ay * ay, yy + 2.25 * ax * ax, zz + 2.25 * b * b, xy - 2.25 * ax * ay


@helper
def _tensor(kind, m, plane, s0, s1, s2):
    """W at a point of the plot in the axes of the plane, (xx, yy, zz, xy), and a bound of T_ij W_ij."""
    if kind == CURRENT:
        return 0.0, 0.0, 1.0, 0.0, 1.0
    if kind == POINT_VECTOR:
        x, y = plane[0, 0] / m[0], plane[0, 1] / m[0]
        return 1.0 + x * x, 1.0 + y * y, 1.0, x * y, 1.0 + x * x + y * y
    if kind == PHOTONS:
        xx, yy, zz, xy = _photon_tensor(plane, s0, s1, s2)
        return xx, yy, zz, xy, xx + yy + zz
    return 1.0, 1.0, 1.0, 0.0, 1.0


@helper
def random_axes(state):
    """(new state, x axis, y axis, normal): a right-handed frame of random orientation, ten numbers."""
    state, nx, ny, nz = random_direction(state)
    state, u = next_uniform(state)
    ax, ay, az, bx, by, bz = perpendicular(nx, ny, nz)
    c, s = math.cos(2.0 * math.pi * u), math.sin(2.0 * math.pi * u)
    return (state, c * ax + s * bx, c * ay + s * by, c * az + s * bz,
            c * bx - s * ax, c * by - s * ay, c * bz - s * az, nx, ny, nz)  # fmt: skip


@helper
def _mixed(spin, i, ax, ay, az, bx, by, bz):
    """a T b for two vectors."""
    return (
        spin[i, 0] * ax * bx + spin[i, 1] * ay * by + spin[i, 2] * az * bz
        + spin[i, 3] * (ax * by + ay * bx) + spin[i, 4] * (ax * bz + az * bx) + spin[i, 5] * (ay * bz + az * by)
    )  # fmt: skip


@helper
def _orient(spin, i, xx, yy, zz, xy, bound, state):
    """Axes of the plane with density T_ij W_ij: (new state, x axis, y axis)."""
    ax, ay, az, bx, by, bz = 1.0, 0.0, 0.0, 0.0, 1.0, 0.0
    for _ in range(_TRIALS):
        state, ax, ay, az, bx, by, bz, nx, ny, nz = random_axes(state)
        w = zz * along(spin, i, nx, ny, nz)
        if xx != 0.0 or yy != 0.0:
            w += xx * along(spin, i, ax, ay, az) + yy * along(spin, i, bx, by, bz)
            w += 2.0 * xy * _mixed(spin, i, ax, ay, az, bx, by, bz)
        state, u = next_uniform(state)
        if u * bound <= w:
            break
    return state, ax, ay, az, bx, by, bz


@kernel(
    "void(int64, float64, float64[::1], float64[:,::1], float64[:,::1], float64[:,:,::1], float64[::1], uint64[::1], "
    "float64[:,::1], float64[:,::1], float64[::1], float64[:,:,::1], float64[::1])"
)
def decay_three_body(
    kind, mass, masses, terms, charts, bounds, cumulative, keys, boson, spin, weight, products, account
):
    """Decay bosons of any spin density into three particles.

    kind, mass, masses, terms, charts : see ``plot_nodes``
    bounds     : (c, rows, columns) bound of the density in each cell; cumulative : (c rows columns + 1) from 0 to 1
    keys       : (n,) streams; boson : (n, 4) E, px, py, pz, GeV; spin : (n, 9) T and S, see ``spin``
    weight     : (n,) points of weight 0 are passed over
    products   : out, (n, 3, 4), GeV; their sum is the boson's momentum to rounding
    account    : (2,) added to: what of density/bound was above 1, and all of density/bound, over the points tried
    """
    plane = np.empty((3, 2))
    for i in range(boson.shape[0]):
        if weight[i] == 0.0:
            continue
        state, t, s, c = _draw_point(kind, mass, masses, terms, charts, bounds, cumulative, keys[i], account)
        pair = int(charts[t, 0])
        _place(mass, masses, pair, s, c, plane)
        s0, s1, s2, _ = _invariants(mass, masses, pair, s, c)
        xx, yy, zz, xy, bound = _tensor(kind, masses, plane, s0, s1, s2)
        state, ax, ay, az, bx, by, bz = _orient(spin, i, xx, yy, zz, xy, bound, state)
        p, nx, ny, nz = flight(boson, i)
        lx, ly, lz = boson[i, 1], boson[i, 2], boson[i, 3]
        for j in range(2):
            x, y = plane[j, 0], plane[j, 1]
            e = math.sqrt(masses[j] ** 2 + x * x + y * y)
            qx, qy, qz = boosted(e, x * ax + y * bx, x * ay + y * by, x * az + y * bz, mass, boson[i, 0], p, nx, ny, nz)
            put(products, i, j, masses[j], qx, qy, qz)
            lx, ly, lz = lx - qx, ly - qy, lz - qz
        put(products, i, 2, masses[2], lx, ly, lz)
