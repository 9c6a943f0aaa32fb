"""A boson to a vector resonance and two mesons b, d by the point-like current, the resonance to mesons a, c.

With r = p_a - p_c the amplitude is e . J with J the spatial part of r - P (P . r)/P^2 in the resonance's momentum P:
in the resonance's rest frame r* is twice the momentum k of a, boosted it keeps no time component there, so that
|J|^2 = 4 k^2 (1 + cos^2 K^2/s) with K the resonance's momentum, s its squared mass and cos that of the angle of a to
its flight.  J is real: directions have the density J T J.
"""

from __future__ import annotations

import math

from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.lab import boosted, flight, put, random_direction
from lvgen.kernels.randoms import next_uniform
from lvgen.kernels.spin import along
from lvgen.kernels.three_body import pick, random_axes
from lvgen.kernels.vectors import two_body_momentum

_TRIALS = 100_000


@helper
def _point(mass, m, chart, x, y):
    """Masses w of the resonance and v of the pair b, d at coordinates x, y in [0, 1], and the density there.

    |BW|^2 (running P-wave width) k^3/w K2 K3/v (1 + K3^2/(3 w^2)), times the slopes of the maps
    """
    at = chart[3] + chart[4] * x
    low, high = m[0] + m[2], mass - m[1] - m[3]
    s = min(max(chart[0] + chart[1] * math.sinh(at), low * low), high * high)
    w = math.sqrt(s)
    k = two_body_momentum(w, m[0], m[2])
    span = mass - w - m[1] - m[3]
    # even in the square root of the kinetic energy of b and d at most, where K2 rises
    v = m[1] + m[3] + span * y * y
    k2, k3 = two_body_momentum(v, m[1], m[3]), two_body_momentum(mass, w, v)
    width = chart[2] * s * (k / w) ** 3
    density = k**3 / w / ((chart[0] - s) ** 2 + width * width) * chart[1] * math.cosh(at)
    return w, v, density * k2 * k3 * (1.0 + k3 * k3 / (3.0 * s)) * span * y


@kernel("void(float64, float64[::1], float64[::1], float64[:,:,::1])")
def resonance_nodes(mass, masses, chart, nodes):
    """Density of the masses of the resonance and of the pair b, d on a grid.

    mass  : of the boson, masses : (4,) of a, b, c, d, GeV, open
    chart : (5,) m^2, scale of the map s = m^2 + scale sinh(x), 8 width/(m beta^3(m^2)), x at the lowest s, its range
    nodes : out, (1, rows, columns), even in both coordinates over [0, 1]
    """
    rows, columns = nodes.shape[1] - 1, nodes.shape[2] - 1
    for i in range(rows + 1):
        for j in range(columns + 1):
            nodes[0, i, j] = _point(mass, masses, chart, i / rows, j / columns)[2]


@helper
def _draw_masses(mass, m, chart, bounds, cumulative, state, account):
    """(new state, mass of the resonance, mass of the pair)."""
    rows, columns = bounds.shape[1], bounds.shape[2]
    w, v = 0.0, 0.0
    for _ in range(_TRIALS):
        state, u = next_uniform(state)
        cell = pick(cumulative, u)
        i, j = cell // columns, cell % columns
        state, u = next_uniform(state)
        x = (i + u) / rows
        state, u = next_uniform(state)
        w, v, density = _point(mass, m, chart, x, (j + u) / columns)
        ratio = density / bounds[0, i, j]
        account[0] += max(0.0, ratio - 1.0)
        account[1] += ratio
        state, u = next_uniform(state)
        if u < ratio:
            break
    return state, w, v


@helper
def _draw_angles(spin, i, ratio, state):
    """Flight of the resonance (x, y, z) and direction of a in its rest frame (u, v, w); ratio = K^2/s."""
    fx, fy, fz, ax, ay, az = 0.0, 0.0, 1.0, 0.0, 0.0, 1.0
    gamma = math.sqrt(1.0 + ratio)
    for _ in range(_TRIALS):
        state, ax, ay, az, _bx, _by, _bz, fx, fy, fz = random_axes(state)
        state, u = next_uniform(state)
        c = 2.0 * u - 1.0
        s = math.sqrt(max(0.0, 1.0 - c * c))
        # J over 2 k
        jx, jy, jz = gamma * c * fx + s * ax, gamma * c * fy + s * ay, gamma * c * fz + s * az
        ax, ay, az = c * fx + s * ax, c * fy + s * ay, c * fz + s * az
        state, u = next_uniform(state)
        if u * (1.0 + ratio) <= along(spin, i, jx, jy, jz):
            break
    return state, fx, fy, fz, ax, ay, az


@helper
def _split(m_first, m_second, w, x, y, z, p, fx, fy, fz):
    """Momentum of the first particle of a pair of mass w that flies with p f; it leaves along (x, y, z) in the pair."""
    k = two_body_momentum(w, m_first, m_second)
    e = math.sqrt(w * w + p * p)
    return boosted(math.sqrt(m_first * m_first + k * k), k * x, k * y, k * z, w, e, p, fx, fy, fz)


@kernel(
    "void(float64, float64[::1], float64[::1], float64[:,:,::1], float64[::1], int64[::1], uint64[::1], "
    "float64[:,::1], float64[:,::1], float64[::1], float64[:,:,::1], float64[::1])"
)
def decay_resonance(mass, masses, chart, bounds, cumulative, slots, keys, boson, spin, weight, products, account):
    """Decay bosons of any spin density through a resonance into four particles.

    mass, masses, chart, bounds, cumulative : see ``resonance_nodes`` and ``three_body.decay_three_body``
    slots    : (4,) where a, b, c, d go in the products
    keys, boson, spin, weight, account : see ``three_body.decay_three_body``
    products : out, (n, 4, 4), GeV; their sum is the boson's momentum to rounding
    """
    for i in range(boson.shape[0]):
        if weight[i] == 0.0:
            continue
        state, w, v = _draw_masses(mass, masses, chart, bounds, cumulative, keys[i], account)
        k3 = two_body_momentum(mass, w, v)
        state, fx, fy, fz, ax, ay, az = _draw_angles(spin, i, (k3 / w) ** 2, state)
        state, bx, by, bz = random_direction(state)
        qa = _split(masses[0], masses[2], w, ax, ay, az, k3, fx, fy, fz)
        qb = _split(masses[1], masses[3], v, bx, by, bz, k3, -fx, -fy, -fz)
        qc = (k3 * fx - qa[0], k3 * fy - qa[1], k3 * fz - qa[2])
        p, nx, ny, nz = flight(boson, i)
        lx, ly, lz = boson[i, 1], boson[i, 2], boson[i, 3]
        for j, q in enumerate((qa, qb, qc)):
            e = math.sqrt(masses[j] ** 2 + q[0] ** 2 + q[1] ** 2 + q[2] ** 2)
            px, py, pz = boosted(e, q[0], q[1], q[2], mass, boson[i, 0], p, nx, ny, nz)
            put(products, i, slots[j], masses[j], px, py, pz)
            lx, ly, lz = lx - px, ly - py, lz - pz
        put(products, i, slots[3], masses[3], lx, ly, lz)
