"""The current of a vector boson to four pions, and its integrals over four-body phase space.

The current is that of arXiv:0804.0359 with the fit of arXiv:1911.11147, without the factors that depend on the boson's
mass alone: parts a1, omega, f0, rho (in this order) of B(q1, q2 | q3, q4), symmetric in 1, 2, antisymmetric in 3, 4.
All vectors are spatial, in the boson's rest frame: the current has no other component there.
"""

from __future__ import annotations

import math

import numpy as np

from lvgen.kernels.jit import helper, kernel

MU = 0.13957061
PI_ZERO = 0.1349770
OMEGA_MASS = 0.78265
OMEGA_WIDTH = 0.00849
_RHO = (0.7755, 0.1494)
_RHO_1 = (1.459, 0.4)
_RHO_2 = (1.72, 0.25)
_F0 = (1.35, 0.2)
_A1 = (1.23, 0.2)
#: 42.3 GeV^-5 and g(rho pi pi) = 5.997
_OMEGA_NORM = 2.0 * 42.3 * 5.997
_RHO_NORM = 5.997**3 * 0.1212


@helper
def _beta_squared(s):
    return max(1.0 - 4.0 * MU * MU / s, 0.0)


@helper
def _p_wave(s, m, gamma):
    ratio = _beta_squared(s) / _beta_squared(m * m)
    return m * m / complex(m * m - s, -gamma * s / m * ratio * math.sqrt(ratio))


@helper
def _s_wave(s, m, gamma):
    return m * m / complex(m * m - s, -gamma * m * math.sqrt(_beta_squared(s) / _beta_squared(m * m)))


@helper
def _a1_running(x):
    """Shape of the a1 width into three pions."""
    delta = x - 9.0 * MU * MU
    if delta <= 0.0:
        return 0.0
    if x < 0.838968432668:
        return 4.1 * delta**3 * (1.0 - 3.3 * delta + 5.8 * delta * delta)
    return 1.623 * x + 10.38 - 9.32 / x + 0.65 / (x * x)


@helper
def _a1(x):
    m, gamma = _A1
    return m * m / complex(m * m - x, -gamma * m * _a1_running(x) / _a1_running(m * m))


@helper
def _propagators(q, mass, pairs, triples):
    """Propagators of every pair (0 B, 1 T, 2 D, 3 rho, 4 f0) and of the a1 (0) and omega (1) against each pion."""
    for i in range(4):
        m2 = q[i, 0] ** 2 - q[i, 1] ** 2 - q[i, 2] ** 2 - q[i, 3] ** 2
        x = mass * mass - 2.0 * mass * q[i, 0] + m2
        triples[0, i] = _a1(x)
        triples[1, i] = OMEGA_MASS**2 / complex(OMEGA_MASS**2 - x, -OMEGA_MASS * OMEGA_WIDTH)
        for j in range(i):
            s = (q[i, 0] + q[j, 0]) ** 2
            for k in range(1, 4):
                s -= (q[i, k] + q[j, k]) ** 2
            rho, rho_1, rho_2 = _p_wave(s, *_RHO), _p_wave(s, *_RHO_1), _p_wave(s, *_RHO_2)
            pairs[0, i, j] = (rho - 0.145 * rho_1) / (1.0 - 0.145)
            pairs[1, i, j] = (rho + 0.08 * rho_1 - 0.0075 * rho_2) / (1.0 + 0.08 - 0.0075)
            pairs[2, i, j] = rho / _RHO[0] ** 2 - rho_1 / _RHO_1[0] ** 2
            pairs[3, i, j] = rho
            pairs[4, i, j] = _s_wave(s, *_F0)
            for k in range(5):
                pairs[k, j, i] = pairs[k, i, j]


@helper
def _dot(q, i, j):
    return q[i, 0] * q[j, 0] - q[i, 1] * q[j, 1] - q[i, 2] * q[j, 2] - q[i, 3] * q[j, 3]


@helper
def _add_a1(i1, i2, i3, i4, q, mass, pairs, triples, part):
    """Part 0: a1 pi with a1 -> rho pi."""
    for k, m, sign in ((i3, i4, -1.0), (i4, i3, 1.0)):
        m2_k = _dot(q, k, k)
        x = mass * mass - 2.0 * mass * q[k, 0] + m2_k
        for i, j in ((i1, i2), (i2, i1)):
            factor = sign * triples[0, k] * pairs[0, i, m]
            delta = (_dot(q, j, i) - _dot(q, j, m)) / x
            for a in range(3):
                part[0, a] += factor * (q[i, a + 1] - q[m, a + 1] + delta * q[k, a + 1])


@helper
def _add_omega(i1, i2, i3, i4, q, mass, pairs, triples, part, row):
    """Part ``row``: omega with the spectator i1; the full part 1 has the same with i1 and i2 exchanged."""
    factor = triples[1, i1] * (pairs[3, i2, i3] + pairs[3, i2, i4] + pairs[3, i3, i4]) * (-_OMEGA_NORM * mass)
    d2, d3, d4 = _dot(q, i1, i2), _dot(q, i1, i3), _dot(q, i1, i4)
    e2, e3, e4 = q[i2, 0], q[i3, 0], q[i4, 0]
    c2, c3, c4 = d4 * e3 - d3 * e4, d2 * e4 - d4 * e2, d3 * e2 - d2 * e3
    for a in range(3):
        part[row, a] += factor * (c2 * q[i2, a + 1] + c3 * q[i3, a + 1] + c4 * q[i4, a + 1])


@helper
def _add_f0(i1, i2, i3, i4, q, pairs, part):
    """Part 2: f0 rho."""
    factor = -pairs[4, i1, i2] * pairs[1, i3, i4]
    for a in range(3):
        part[2, a] += factor * (q[i3, a + 1] - q[i4, a + 1])


@helper
def _add_rho(i1, i2, i3, i4, q, mass, pairs, part):
    """Part 3: rho+ rho-, without the propagator D(Q^2)."""
    for k, m, sign in ((i3, i4, 1.0), (i4, i3, -1.0)):
        # the pairs are (i1, k) and (i2, m)
        d1, d2 = pairs[2, i1, k], pairs[2, i2, m]
        energy = mass * (q[i2, 0] - q[m, 0])
        other = mass * (q[i1, 0] - q[k, 0])
        c1 = energy + 2.0 * (_dot(q, k, i2) - _dot(q, k, m))
        ck = energy + 2.0 * (_dot(q, i1, i2) - _dot(q, i1, m))
        cm = other + 2.0 * (_dot(q, i2, i1) - _dot(q, i2, k))
        c2 = other + 2.0 * (_dot(q, m, i1) - _dot(q, m, k))
        for a in range(1, 4):
            x = d1 * d2 * (c1 * q[i1, a] - ck * q[k, a] + cm * q[m, a] - c2 * q[i2, a])
            x += 2.0 * d1 * (q[i1, a] - q[k, a]) + 2.0 * d2 * (q[m, a] - q[i2, a])
            part[3, a - 1] += -_RHO_NORM * sign * x


@helper
def _smooth_current(i1, i2, i3, i4, q, mass, pairs, triples, part):
    _add_a1(i1, i2, i3, i4, q, mass, pairs, triples, part)
    _add_f0(i1, i2, i3, i4, q, pairs, part)
    _add_rho(i1, i2, i3, i4, q, mass, pairs, part)


@helper
def four_pion_parts(charged, q, mass, pairs, triples, part):
    """Parts (5, 3) of the current: a1, omega with spectator 0, f0, rho, omega with spectator 1.

    q : (4, 4) momenta E, x, y, z in the boson's rest frame; charged: pi+ pi+ pi- pi-, else pi0 pi0 pi+ pi-
    pairs : (5, 4, 4), triples : (2, 4), complex workspace. In the charged mode the omega parts cancel and stay 0.
    """
    _propagators(q, mass, pairs, triples)
    part[:] = 0.0
    if charged:
        _smooth_current(1, 3, 0, 2, q, mass, pairs, triples, part)
        _smooth_current(0, 3, 1, 2, q, mass, pairs, triples, part)
        _smooth_current(1, 2, 0, 3, q, mass, pairs, triples, part)
        _smooth_current(0, 2, 1, 3, q, mass, pairs, triples, part)
    else:
        _smooth_current(0, 1, 2, 3, q, mass, pairs, triples, part)
        _add_omega(0, 1, 2, 3, q, mass, pairs, triples, part, 1)
        _add_omega(1, 0, 2, 3, q, mass, pairs, triples, part, 4)


@helper
def _momentum(s, a, b):
    """Momentum of a pair of squared mass s and masses a and b in its rest frame."""
    return 0.5 * math.sqrt(max((s - (a + b) ** 2) * (s - (a - b) ** 2), 0.0) / s)


@helper
def _sequential(mass, m, roles, s3, s2, c3, c2, phi, q):
    """Momenta of mass -> a (b (c d)) with squared masses s3 of bcd and s2 of cd; returns the product of the momenta.

    roles : rows a, b, c, d of q and m; c3 : cosine of b in the frame of bcd against its flight
    c2, phi : of c in the frame of cd
    """
    a, b, c, d = roles
    w3, w2 = math.sqrt(s3), math.sqrt(s2)
    k3 = _momentum(mass * mass, w3, m[a])
    k2 = _momentum(s3, w2, m[b])
    k1 = _momentum(s2, m[c], m[d])
    sin3, sin2 = math.sqrt(1.0 - c3 * c3), math.sqrt(1.0 - c2 * c2)
    e_pair = math.sqrt(s2 + k2 * k2)
    for i, sign in ((c, 1.0), (d, -1.0)):
        e = math.sqrt(m[i] ** 2 + k1 * k1)
        along, across = sign * k1 * c2, sign * k1 * sin2 * math.cos(phi)
        # along the flight of the pair in the frame of bcd, then turned to that frame's axes
        q[i, 0] = (e_pair * e + k2 * along) / w2
        along = (e_pair * along + k2 * e) / w2
        q[i, 1] = across * c3 + along * sin3
        q[i, 2] = sign * k1 * sin2 * math.sin(phi)
        q[i, 3] = along * c3 - across * sin3
    q[b, 0] = math.sqrt(m[b] ** 2 + k2 * k2)
    q[b, 1], q[b, 2], q[b, 3] = -k2 * sin3, 0.0, -k2 * c3
    e3 = math.sqrt(s3 + k3 * k3)
    for i in (b, c, d):
        e, z = q[i, 0], q[i, 3]
        q[i, 0] = (e3 * e + k3 * z) / w3
        q[i, 3] = (e3 * z + k3 * e) / w3
    q[a, 0] = math.sqrt(m[a] ** 2 + k3 * k3)
    q[a, 1], q[a, 2], q[a, 3] = 0.0, 0.0, -k3
    return k3 * k2 * k1


@helper
def _soft(u):
    """x = sin^2(pi u), which covers (0, 1) twice and is periodic, and dx/du over 2."""
    return math.sin(math.pi * u) ** 2, 0.5 * math.pi * abs(math.sin(2.0 * math.pi * u))


@helper
def _tent(u):
    """1 at both ends, 0 in the middle: makes what is not periodic continuous across the ends."""
    return abs(2.0 * u - 1.0)


@helper
def _resonance(x, slope, low, high, m, gamma):
    """Squared mass at x of (0, 1) between low and high, dense about a resonance, and ``slope`` times its derivative."""
    scale = m * gamma
    t_low, t_high = math.asinh((low - m * m) / scale), math.asinh((high - m * m) / scale)
    t = t_low + (t_high - t_low) * x
    return m * m + scale * math.sinh(t), slope * scale * math.cosh(t) * (t_high - t_low)


@helper
def _omega_cosine(mass, m, s3, s2, x):
    """Cosine of pion 1 in the frame of 123, dense about the omega against pion 1, and half its derivative in x."""
    k3, k2 = _momentum(mass * mass, math.sqrt(s3), m[0]), _momentum(s3, math.sqrt(s2), m[1])
    w3 = math.sqrt(s3)
    energy = math.sqrt(s3 + k3 * k3) * math.sqrt(m[1] ** 2 + k2 * k2) / w3
    centre, half = mass * mass + m[1] ** 2 - 2.0 * mass * energy, 2.0 * mass * k3 * k2 / w3
    if half < 1e-12:
        return 0.0, 0.0
    s, slope = _resonance(x, 1.0, centre - half, centre + half, OMEGA_MASS, OMEGA_WIDTH)
    return min(max((s - centre) / half, -1.0), 1.0), 0.5 * slope / half


@helper
def _share(pairs):
    """Four times the share of pair (0, 2) in the rho peaks of the four pairs that the symmetries of |J|^2 exchange."""
    p = abs(pairs[3, 0, 2]) ** 2
    return 4.0 * p / (p + abs(pairs[3, 0, 3]) ** 2 + abs(pairs[3, 1, 2]) ** 2 + abs(pairs[3, 1, 3]) ** 2)


@helper
def _add_omega_products(part, weight, w):
    """Entries with an omega; by symmetry twice those of the omega with spectator 0."""
    for a in range(3):
        omega = 2.0 * weight * part[1, a]
        w[1, 1] += (omega * (part[1, a] + part[4, a]).conjugate()).real
        for j in (0, 2, 3):
            w[1, j] += omega * part[j, a].conjugate()


@helper
def _add_smooth_products(part, weight, w):
    """Entries without an omega, one triangle."""
    for i, j in ((0, 0), (2, 0), (2, 2), (3, 0), (3, 2), (3, 3)):
        for a in range(3):
            w[i, j] += weight * part[i, a] * part[j, a].conjugate()


@kernel("void(float64[::1], boolean, boolean, float64[:,::1], complex128[:,:,::1])", ahead=False)
def four_pion_integrals(masses, charged, omega, lattice, integrals):
    """Integrals of B_i . B_j* over four-body phase space, without (2 pi)^-12 and the factor for identical pions.

    masses    : (n,) of the boson, GeV, above threshold
    omega     : only the entries with an omega, nodes dense about its peaks against pions 0 and 1; else all others,
                nodes dense about the rho in one pair and weighted with that pair's share
    lattice   : (k, 5) points in (0, 1), all of the same weight
    integrals : (n, 4, 4) output, one triangle, parts a1, omega, f0, rho; GeV^4 times the unit of B_i B_j
    """
    q = np.empty((4, 4))
    part = np.empty((5, 3), dtype=np.complex128)
    pairs = np.zeros((5, 4, 4), dtype=np.complex128)
    triples = np.empty((2, 4), dtype=np.complex128)
    m = np.full(4, MU)
    if not charged:
        m[0] = m[1] = PI_ZERO
    roles = (0, 1, 2, 3) if omega else (3, 1, 0, 2)
    resonance = (OMEGA_MASS, OMEGA_WIDTH) if omega else _A1
    low2 = (m[roles[2]] + m[roles[3]]) ** 2
    low3 = (m[roles[1]] + m[roles[2]] + m[roles[3]]) ** 2
    for n in range(masses.size):
        mass = masses[n]
        high3 = (mass - m[roles[0]]) ** 2
        integrals[n] = 0.0
        for k in range(lattice.shape[0]):
            x, slope = _soft(lattice[k, 0])
            s3, jacobian = _resonance(x, slope, low3, high3, *resonance)
            x, slope = _soft(lattice[k, 1])
            s2, jacobian = _resonance(x, slope * jacobian, low2, (math.sqrt(s3) - m[roles[1]]) ** 2, *_RHO)
            c3 = 2.0 * _tent(lattice[k, 2]) - 1.0
            if omega:
                c3, slope = _omega_cosine(mass, m, s3, s2, _tent(lattice[k, 2]))
                jacobian *= slope
            c2 = 2.0 * _tent(lattice[k, 3]) - 1.0
            momenta = _sequential(mass, m, roles, s3, s2, c3, c2, 2.0 * math.pi * lattice[k, 4], q)
            four_pion_parts(charged, q, mass, pairs, triples, part)
            # pi K/sqrt(s) of two-body phase space, three times
            weight = jacobian * momenta * math.pi**3 / (mass * math.sqrt(s3 * s2))
            if omega:
                _add_omega_products(part, weight, integrals[n])
            else:
                _add_smooth_products(part, weight * _share(pairs), integrals[n])
        integrals[n] /= lattice.shape[0]
