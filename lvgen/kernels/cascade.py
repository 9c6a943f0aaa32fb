"""Decays of decay products, slot by slot, until only particles without a decay are left.

Every unstable particle of a row is decayed in turn and its daughters are put behind the last one, so mothers stand
before their daughters.  Particles with a lifetime fly first.  Directions are isotropic in the mother's rest frame: no
spin is handed down.
"""

from __future__ import annotations

import math

import numpy as np

from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.randoms import next_uniform
from lvgen.kernels.vectors import perpendicular, two_body_momentum

#: shapes of decays: a change of name only, two bodies, and three bodies (see ``decays.secondary.Branch``)
RELABEL, TWO_BODY, FLAT, RHO_BANDS, RHO_PAIR, PAIR = 0, 1, 2, 3, 4, 5
#: values of ``status``
FINAL, DECAYED = 1, 2
#: what tells the stream of a cascade from that of the primary decay with the same key
_OWN_STREAM = np.uint64(0xA24BAED4963EE407)
_TRIES = 1000
_M_RHO, _GAMMA_RHO = 0.77526, 0.1474


@helper
def _rho(s, m1, m2):
    """Real and imaginary part of the rho's propagator m^2/(m^2 - s - i sqrt(s) Gamma(s)), P-wave width in m1 m2."""
    m = math.sqrt(s)
    k, k0 = two_body_momentum(m, m1, m2), two_body_momentum(_M_RHO, m1, m2)
    width = _GAMMA_RHO * (_M_RHO / m) * (k / k0) ** 3 * _M_RHO
    a = _M_RHO * _M_RHO - s
    size = _M_RHO * _M_RHO / (a * a + width * width)
    return a * size, width * size


@helper
def three_body_weight(kind, mass, m1, m2, m3, m12, cos):
    """Density over (m12, cos): k12 k3 times the squared matrix element; cos between 1 and 3 in the frame of 1 and 2.

    With the Gram determinant M^2 |p1 x p2|^2 = M^2 k12^2 k3^2 sin^2 the density of vector decays is
    k12^3 k3^3 sin^2 |F|^2.
    """
    k12 = two_body_momentum(m12, m1, m2)
    k3 = two_body_momentum(mass, m12, m3)
    if kind == FLAT:
        return k12 * k3
    s12 = m12 * m12
    re, im = _rho(s12, m1, m2)
    if kind == RHO_BANDS:
        e1, e2 = math.sqrt(m1 * m1 + k12 * k12), math.sqrt(m2 * m2 + k12 * k12)
        k3p = k3 * mass / m12
        e3 = math.sqrt(m3 * m3 + k3p * k3p)
        s13 = m1 * m1 + m3 * m3 + 2.0 * (e1 * e3 - k12 * k3p * cos)
        s23 = m2 * m2 + m3 * m3 + 2.0 * (e2 * e3 + k12 * k3p * cos)
        re13, im13 = _rho(s13, m1, m3)
        re23, im23 = _rho(s23, m2, m3)
        re, im = re + re13 + re23, im + im13 + im23
    return (k12 * k3) ** 3 * (1.0 - cos * cos) * (re * re + im * im)


@helper
def _scale(kind, mass, m1, m2, m3):
    """What the density's maximum goes with where the mother is off its nominal mass."""
    size = two_body_momentum(mass - m3, m1, m2) * two_body_momentum(mass, m1 + m2, m3)
    return size if kind == FLAT else size**3


@kernel("float64(int64, float64, float64, float64, float64, int64)")
def three_body_bound(kind, mass, m1, m2, m3, steps):
    """Largest density of ``three_body_weight`` on a grid of steps x steps, over the scale that goes with the mass."""
    most = 0.0
    for i in range(1, steps):
        m12 = m1 + m2 + (mass - m1 - m2 - m3) * i / steps
        for j in range(steps + 1):
            most = max(most, three_body_weight(kind, mass, m1, m2, m3, m12, 2.0 * j / steps - 1.0))
    return most / _scale(kind, mass, m1, m2, m3)


@helper
def _three_body_point(state, kind, mass, m1, m2, m3, bound):
    """(state, m12, cos) by rejection under ``bound`` times the scale."""
    top = bound * _scale(kind, mass, m1, m2, m3)
    m12, cos = m1 + m2, 0.0
    for _ in range(_TRIES):
        state, u = next_uniform(state)
        state, v = next_uniform(state)
        state, w = next_uniform(state)
        m12 = m1 + m2 + (mass - m1 - m2 - m3) * u
        cos = 2.0 * v - 1.0
        if w * top <= three_body_weight(kind, mass, m1, m2, m3, m12, cos):
            break
    return state, m12, cos


@helper
def _pair_point(state, mass, m, m3):
    """(state, m12, cos) of a lepton pair from a virtual photon; leptons of mass m.

    d ln q^2 (1 + 2 m^2/q^2) beta (k3/k3_max)^3, and 1 + cos^2 + (4 m^2/q^2) sin^2
    """
    low, high = math.log(4.0 * m * m), math.log((mass - m3) ** 2)
    most = two_body_momentum(mass, 2.0 * m, m3)
    m12, r, cos = 2.0 * m, 1.0, 0.0
    for _ in range(_TRIES):
        state, u = next_uniform(state)
        state, w = next_uniform(state)
        q2 = math.exp(low + (high - low) * u)
        m12, r = math.sqrt(q2), 4.0 * m * m / q2
        k = two_body_momentum(mass, m12, m3) / most
        if w <= (1.0 + 0.5 * r) * math.sqrt(max(0.0, 1.0 - r)) * k * k * k:
            break
    for _ in range(_TRIES):
        state, u = next_uniform(state)
        state, w = next_uniform(state)
        cos = 2.0 * u - 1.0
        if 2.0 * w <= 1.0 + cos * cos + r * (1.0 - cos * cos):
            break
    return state, m12, cos


@helper
def _direction(state):
    state, u = next_uniform(state)
    state, v = next_uniform(state)
    z = 2.0 * u - 1.0
    s, phi = math.sqrt(max(0.0, 1.0 - z * z)), 2.0 * math.pi * v
    return state, s * math.cos(phi), s * math.sin(phi), z


@helper
def _boosted(momentum, i, j, mass, energy, kx, ky, kz):
    """Momentum in the laboratory of a particle with (energy, k) in the rest frame of slot j."""
    e = momentum[i, j, 0]
    px, py, pz = momentum[i, j, 1], momentum[i, j, 2], momentum[i, j, 3]
    along = (px * kx + py * ky + pz * kz) / (e + mass)
    f = (energy + along) / mass
    return kx + f * px, ky + f * py, kz + f * pz


@helper
def _put(momentum, i, slot, m, qx, qy, qz):
    momentum[i, slot, 0] = math.sqrt(m * m + qx * qx + qy * qy + qz * qz)
    momentum[i, slot, 1], momentum[i, slot, 2], momentum[i, slot, 3] = qx, qy, qz


@helper
def _rest(momentum, i, j, first, last, m):
    """The last daughter takes what the others leave of the mother's momentum."""
    qx, qy, qz = momentum[i, j, 1], momentum[i, j, 2], momentum[i, j, 3]
    for slot in range(first, last):
        qx, qy, qz = qx - momentum[i, slot, 1], qy - momentum[i, slot, 2], qz - momentum[i, slot, 3]
    _put(momentum, i, last, m, qx, qy, qz)


@helper
def _two(state, momentum, i, j, first, mass, m1, m2):
    """Isotropic two-body decay of slot j into slots first and first + 1."""
    k = two_body_momentum(mass, m1, m2)
    state, nx, ny, nz = _direction(state)
    qx, qy, qz = _boosted(momentum, i, j, mass, math.sqrt(m1 * m1 + k * k), k * nx, k * ny, k * nz)
    _put(momentum, i, first, m1, qx, qy, qz)
    _rest(momentum, i, j, first, first + 1, m2)
    return state


@helper
def _three(state, momentum, i, j, first, mass, m1, m2, m3, m12, cos):
    """Three-body decay of slot j with given m12 and cos, turned at random."""
    k12, k3 = two_body_momentum(m12, m1, m2), two_body_momentum(mass, m12, m3)
    state, nx, ny, nz = _direction(state)
    state, u = next_uniform(state)
    ax, ay, az, bx, by, bz = perpendicular(nx, ny, nz)
    sin = math.sqrt(max(0.0, 1.0 - cos * cos))
    ca, sa = sin * math.cos(2.0 * math.pi * u), sin * math.sin(2.0 * math.pi * u)
    tx, ty, tz = cos * nx + ca * ax + sa * bx, cos * ny + ca * ay + sa * by, cos * nz + ca * az + sa * bz
    # 3 flies along n, the pair against it; 1 in the pair's frame at cos to n
    e12 = math.sqrt(m12 * m12 + k3 * k3)
    e1 = math.sqrt(m1 * m1 + k12 * k12)
    along = k12 * cos
    shift = (-k3 * e1 + (e12 - m12) * along) / m12
    vx, vy, vz = k12 * tx + shift * nx, k12 * ty + shift * ny, k12 * tz + shift * nz
    e1 = math.sqrt(m1 * m1 + vx * vx + vy * vy + vz * vz)
    qx, qy, qz = _boosted(momentum, i, j, mass, e1, vx, vy, vz)
    _put(momentum, i, first, m1, qx, qy, qz)
    e3 = math.sqrt(m3 * m3 + k3 * k3)
    qx, qy, qz = _boosted(momentum, i, j, mass, e3, k3 * nx, k3 * ny, k3 * nz)
    _put(momentum, i, first + 2, m3, qx, qy, qz)
    qx = momentum[i, j, 1] - momentum[i, first, 1] - momentum[i, first + 2, 1]
    qy = momentum[i, j, 2] - momentum[i, first, 2] - momentum[i, first + 2, 2]
    qz = momentum[i, j, 3] - momentum[i, first, 3] - momentum[i, first + 2, 3]
    _put(momentum, i, first + 1, m2, qx, qy, qz)
    return state


@helper
def _species(species, pdg):
    """Row of a PDG id in the sorted list, -1 where it is not there."""
    low, high = 0, species.shape[0]
    while low < high:
        middle = (low + high) // 2
        if species[middle] < pdg:
            low = middle + 1
        else:
            high = middle
    if low < species.shape[0] and species[low] == pdg:
        return low
    return -1


@helper
def _mass_of(momentum, i, j, nominal, broad):
    """Mass of slot j: nominal where the four-momentum has it to rounding, else that of the four-momentum."""
    e = momentum[i, j, 0]
    p2 = momentum[i, j, 1] ** 2 + momentum[i, j, 2] ** 2 + momentum[i, j, 3] ** 2
    p = math.sqrt(p2)
    m2 = (e - p) * (e + p)
    if broad == 0.0 and abs(m2 - nominal * nominal) <= 1e-12 * e * e:
        return nominal
    return math.sqrt(max(0.0, m2))


@helper
def _open_channel(state, mass, first, number, cumulative, least):
    """(state, row of a decay whose products fit into ``mass``), -1 where none does."""
    for _ in range(_TRIES):
        state, u = next_uniform(state)
        c = first
        while c < first + number - 1 and u >= cumulative[c]:
            c += 1
        if least[c] < mass:
            return state, c
    return state, -1


@helper
def _path(state, ctau):
    """(state, proper path in m): exponential where the particle has a lifetime."""
    if ctau <= 0.0:
        return state, 0.0
    state, u = next_uniform(state)
    return state, -ctau * math.log(1.0 - u)


@kernel("void(uint64[::1], float64, float64[::1])")
def proper_paths(keys, ctau, out):
    """Exponential proper paths (m) of mean ``ctau``, one for each stream: keys (n,), out (n,)."""
    for i in range(keys.shape[0]):
        _, out[i] = _path(keys[i], ctau)


@kernel(
    "int64(uint64[::1], float64[::1], int32[::1], float64[:,::1], int64[:,::1], float64[::1], int64[:,::1], "
    "int32[:,::1], float64[:,::1], int32[:,::1], float64[:,:,::1], int32[:,::1], int32[:,::1], float64[:,:,::1])"
)
def follow(
    keys, weight, species, properties, ranges, cumulative, shapes, daughters, masses,
    pdg, momentum, mother, status, point,
):  # fmt: skip
    """Decay everything that decays; returns the largest number of slots used.

    keys, weight : (n,) streams; rows of weight 0 are passed over
    species    : (m,) PDG ids that decay, increasing; properties : (m, 3) mass (GeV), proper decay length (m; 0: decays
                 where it is made), 1 where the mass is always that of the four-momentum
    ranges     : (m, 2) first decay and number of decays; cumulative : (c,) cumulative branching ratios of each species
    shapes     : (c, 2) shape and number of daughters; daughters : (c, 3) PDG ids; masses : (c, 5) masses of the
                 daughters, their sum, and the bound of ``three_body_bound``
    pdg, momentum, mother, status, point : in and out, see ``decays.products``; the primary products stand in the first
                 slots with status ``FINAL``
    """
    most = 0
    size = pdg.shape[1]
    for i in range(pdg.shape[0]):
        if weight[i] == 0.0:
            continue
        state = keys[i] ^ _OWN_STREAM
        used = 0
        while used < size and pdg[i, used] != 0:
            used += 1
        j = -1
        while j + 1 < used:
            j += 1
            row = _species(species, pdg[i, j])
            if row < 0:
                continue
            mass = _mass_of(momentum, i, j, properties[row, 0], properties[row, 2])
            state, c = _open_channel(state, mass, ranges[row, 0], ranges[row, 1], cumulative, masses[:, 3])
            if c < 0 or used + shapes[c, 1] > size:
                continue
            state, path = _path(state, properties[row, 1])
            kind, n = shapes[c, 0], shapes[c, 1]
            m1, m2, m3 = masses[c, 0], masses[c, 1], masses[c, 2]
            if kind == RELABEL:
                for a in range(4):
                    momentum[i, used, a] = momentum[i, j, a]
            elif kind == TWO_BODY:
                state = _two(state, momentum, i, j, used, mass, m1, m2)
            else:
                if kind == PAIR:
                    state, m12, cos = _pair_point(state, mass, m1, m3)
                else:
                    state, m12, cos = _three_body_point(state, kind, mass, m1, m2, m3, masses[c, 4])
                state = _three(state, momentum, i, j, used, mass, m1, m2, m3, m12, cos)
            status[i, j] = DECAYED
            for d in range(n):
                slot = used + d
                pdg[i, slot] = daughters[c, d]
                mother[i, slot] = j + 1
                status[i, slot] = FINAL
                for a in range(3):
                    point[i, slot, a] = point[i, j, a] + path * momentum[i, j, a + 1] / mass
                point[i, slot, 3] = point[i, j, 3] + path * momentum[i, j, 0] / mass
            used += n
        most = max(most, used)
    return most
