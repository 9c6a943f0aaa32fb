"""Unweighted decays of a polarised boson to four pions by the current of ``kernels.four_pions``.

First the shape of the decay, by the spin-summed weight -J . J*: proposals are chains boson -> a (b (c d)), with c d on
the rho and b c d on the a1 or the omega, and pairs boson -> (a b) (c d) of two rhos, over the assignments of the pions
that occur, taken together as one mixture density; then the orientation, by the share of the boson's spin in that
weight. Units GeV.
"""

from __future__ import annotations

import math

import numpy as np

from lvgen.kernels.four_pions import OMEGA_MASS, OMEGA_WIDTH, four_pion_parts
from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.lab import random_direction
from lvgen.kernels.phase_space import boosted, rotation, to_lab
from lvgen.kernels.randoms import next_uniform
from lvgen.kernels.vectors import two_body_momentum

_RHO = (0.7755, 0.1494)
#: the a1 of the current with a rho, as wide as what is seen of it
_A1 = (1.23, 0.4)
#: kinds of proposals
ON_A1, ON_OMEGA, RHO_PAIR = 0, 1, 2


@helper
def _map_range(low, high, m, gamma):
    """Ends of asinh((s - m^2)/(m gamma)) for s between low and high."""
    scale = m * gamma
    return math.asinh((low - m * m) / scale), math.asinh((high - m * m) / scale)


@helper
def _mapped(x, low, high, m, gamma):
    """Squared mass at x of (0, 1), dense about a resonance."""
    t_low, t_high = _map_range(low, high, m, gamma)
    return m * m + m * gamma * math.sinh(t_low + (t_high - t_low) * x)


@helper
def _density(s, low, high, m, gamma):
    """Density in s of ``_mapped`` for x with density 8/pi sqrt(x (1 - x)), which follows phase space at the ends."""
    if s <= low or s >= high:
        return 0.0
    t_low, t_high = _map_range(low, high, m, gamma)
    scale = m * gamma
    x = (math.asinh((s - m * m) / scale) - t_low) / (t_high - t_low)
    if x <= 0.0 or x >= 1.0:
        return 0.0
    return 8.0 / math.pi * math.sqrt(x * (1.0 - x)) / ((t_high - t_low) * math.hypot(s - m * m, scale))


@helper
def _half_disc(state):
    """(new state, x) with density 8/pi sqrt(x (1 - x))."""
    state, u = next_uniform(state)
    state, v = next_uniform(state)
    return state, 0.5 * (1.0 + math.sqrt(u) * math.cos(2.0 * math.pi * v))


@helper
def _outer(kind):
    if kind == ON_OMEGA:
        return OMEGA_MASS, OMEGA_WIDTH
    if kind == ON_A1:
        return _A1
    return _RHO


@helper
def _limits(mass, m, kind, a, b, c, d):
    """Least and largest squared mass of b c d (of a b for two rhos), and least one of c d."""
    low2 = (m[c] + m[d]) ** 2
    if kind == RHO_PAIR:
        return (m[a] + m[b]) ** 2, (mass - m[c] - m[d]) ** 2, low2
    return (m[b] + m[c] + m[d]) ** 2, (mass - m[a]) ** 2, low2


@helper
def _highest(mass, m, kind, b, w):
    """Largest squared mass of c d where the outer system has mass w."""
    return (mass - w) ** 2 if kind == RHO_PAIR else (w - m[b]) ** 2


@helper
def _split(state, inside, m1, m2, system):
    """(new state, E, x, y, z) of a particle of mass m1 from inside -> m1 m2, flying with ``system`` (E, x, y, z)."""
    p = two_body_momentum(inside, m1, m2)
    state, x, y, z = random_direction(state)
    e, x, y, z = boosted(m1, p * x, p * y, p * z, inside, system[1], system[2], system[3], system[0])
    return state, e, x, y, z


@helper
def _rest(mass, system, x, y, z):
    """(E, x, y, z) of what is left of ``system``, with this mass, without a particle of momentum (x, y, z)."""
    x, y, z = system[1] - x, system[2] - y, system[3] - z
    return math.sqrt(mass * mass + x * x + y * y + z * z), x, y, z


@helper
def _chain(mass, m, a, b, c, d, w3, w2, state, q):
    """Momenta of mass -> a (b (c d)) with masses w3 of b c d and w2 of c d; the new state."""
    system = (mass, 0.0, 0.0, 0.0)
    inside = mass
    for pion, rest in ((a, w3), (b, w2), (c, m[d])):
        state, e, x, y, z = _split(state, inside, m[pion], rest, system)
        q[pion, 0], q[pion, 1], q[pion, 2], q[pion, 3] = e, x, y, z
        system = _rest(rest, system, x, y, z)
        inside = rest
    q[d, 0], q[d, 1], q[d, 2], q[d, 3] = system
    return state


@helper
def _two_pairs(mass, m, a, b, c, d, w_ab, w_cd, state, q):
    """Momenta of mass -> (a b) (c d) with masses w_ab and w_cd; the new state."""
    whole = (mass, 0.0, 0.0, 0.0)
    state, e, x, y, z = _split(state, mass, w_ab, w_cd, whole)
    for first, second, w, system in ((a, b, w_ab, (e, x, y, z)), (c, d, w_cd, _rest(w_cd, whole, x, y, z))):
        state, e, x, y, z = _split(state, w, m[first], m[second], system)
        q[first, 0], q[first, 1], q[first, 2], q[first, 3] = e, x, y, z
        q[second, 0], q[second, 1], q[second, 2], q[second, 3] = _rest(m[second], system, x, y, z)
    return state


@helper
def _propose(mass, m, chains, share, state, q):
    """Momenta (4, 4) in the boson's rest frame from the mixture; the new state.

    chains : (k, 5) kind and pions a, b, c, d of each proposal; share : (k,)
    """
    state, u = next_uniform(state)
    i = 0
    while i < share.size - 1 and u >= share[i]:
        u -= share[i]
        i += 1
    kind, a, b, c, d = chains[i, 0], chains[i, 1], chains[i, 2], chains[i, 3], chains[i, 4]
    low3, high3, low2 = _limits(mass, m, kind, a, b, c, d)
    outer_m, outer_w = _outer(kind)
    state, x = _half_disc(state)
    w3 = math.sqrt(_mapped(x, low3, high3, outer_m, outer_w))
    state, x = _half_disc(state)
    w2 = math.sqrt(_mapped(x, low2, _highest(mass, m, kind, b, w3), _RHO[0], _RHO[1]))
    if kind == RHO_PAIR:
        return _two_pairs(mass, m, a, b, c, d, w3, w2, state, q)
    return _chain(mass, m, a, b, c, d, w3, w2, state, q)


@helper
def _squared_mass(q, i, j):
    s = (q[i, 0] + q[j, 0]) ** 2
    for k in range(1, 4):
        s -= (q[i, k] + q[j, k]) ** 2
    return s


@helper
def _one_density(mass, m, kind, a, b, c, d, q):
    """Density of one proposal at q over that of flat phase space, up to a constant."""
    low3, high3, low2 = _limits(mass, m, kind, a, b, c, d)
    s2 = _squared_mass(q, c, d)
    s3 = mass * mass - 2.0 * mass * q[a, 0] + m[a] * m[a]
    if kind == RHO_PAIR:
        s3 = _squared_mass(q, a, b)
    outer_m, outer_w = _outer(kind)
    density = _density(s3, low3, high3, outer_m, outer_w)
    if density == 0.0 or s2 <= low2:
        return 0.0
    w3, w2 = math.sqrt(s3), math.sqrt(s2)
    density *= _density(s2, low2, _highest(mass, m, kind, b, w3), _RHO[0], _RHO[1])
    momenta = two_body_momentum(w2, m[c], m[d])
    if kind == RHO_PAIR:
        momenta *= two_body_momentum(mass, w3, w2) * two_body_momentum(w3, m[a], m[b])
    else:
        momenta *= two_body_momentum(mass, w3, m[a]) * two_body_momentum(w3, w2, m[b])
    return density * mass * w3 * w2 / momenta if momenta > 0.0 else 0.0


@helper
def _mixture(mass, m, chains, share, q):
    """Density of the mixture at q over that of flat phase space, up to a constant."""
    total = 0.0
    for i in range(share.size):
        total += share[i] * _one_density(
            mass, m, chains[i, 0], chains[i, 1], chains[i, 2], chains[i, 3], chains[i, 4], q
        )
    return total


@helper
def _current(charged, q, mass, factors, pairs, triples, part, j):
    """The current (3,) at q; returns |j|^2. ``factors`` : (4,) of a1, omega, f0, rho at this mass."""
    four_pion_parts(charged, q, mass, pairs, triples, part)
    square = 0.0
    for k in range(3):
        j[k] = (
            factors[0] * part[0, k] + factors[1] * (part[1, k] + part[4, k])
            + factors[2] * part[2, k] + factors[3] * part[3, k]
        )  # fmt: skip
        square += j[k].real ** 2 + j[k].imag ** 2
    return square


@helper
def spin_weight(spin, i, x, y, z):
    """T_jk Re(J_j J_k*) + S . Im(J x J*)/2 of the complex vector J = (x, y, z) and spin i; |J|^2 at most."""
    weight = spin[i, 0] * abs(x) ** 2 + spin[i, 1] * abs(y) ** 2 + spin[i, 2] * abs(z) ** 2
    weight += 2.0 * (
        spin[i, 3] * (x * y.conjugate()).real + spin[i, 4] * (x * z.conjugate()).real
        + spin[i, 5] * (y * z.conjugate()).real
    )  # fmt: skip
    weight += spin[i, 6] * (y * z.conjugate()).imag + spin[i, 7] * (z * x.conjugate()).imag
    return weight + spin[i, 8] * (x * y.conjugate()).imag


@helper
def _turn(state, spin, i, square, j, r, q):
    """Turn the decay q with current j to an orientation by the weight of spin i; the new state."""
    while True:
        state = rotation(state, r)
        x = r[0, 0] * j[0] + r[0, 1] * j[1] + r[0, 2] * j[2]
        y = r[1, 0] * j[0] + r[1, 1] * j[1] + r[1, 2] * j[2]
        z = r[2, 0] * j[0] + r[2, 1] * j[1] + r[2, 2] * j[2]
        state, u = next_uniform(state)
        if u * square < spin_weight(spin, i, x, y, z):
            break
    for p in range(q.shape[0]):
        x, y, z = q[p, 1], q[p, 2], q[p, 3]
        for k in range(3):
            q[p, k + 1] = r[k, 0] * x + r[k, 1] * y + r[k, 2] * z
    return state


@kernel(
    "void(float64, boolean, float64[::1], complex128[::1], int64[:,::1], float64[::1], uint64[::1], float64[::1], "
    "float64[:,::1])"
)
def four_pion_weights(mass, charged, m, factors, chains, share, keys, weights, densities):
    """Spin-summed weights (n,) of proposals, |J|^2 over the mixture density, one for each key (see the decay).

    densities : out, (n, k) of each proposal over that of the mixture
    """
    q, j = np.empty((4, 4)), np.empty(3, dtype=np.complex128)
    part = np.empty((5, 3), dtype=np.complex128)
    pairs, triples = np.zeros((5, 4, 4), dtype=np.complex128), np.empty((2, 4), dtype=np.complex128)
    for i in range(keys.size):
        _propose(mass, m, chains, share, keys[i], q)
        density = 0.0
        for k in range(share.size):
            one = _one_density(mass, m, chains[k, 0], chains[k, 1], chains[k, 2], chains[k, 3], chains[k, 4], q)
            densities[i, k] = one
            density += share[k] * one
        square = _current(charged, q, mass, factors, pairs, triples, part, j)
        weights[i] = 0.0
        if density > 0.0:
            weights[i] = square / density
            for k in range(share.size):
                densities[i, k] /= density


@kernel(
    "int64(float64, boolean, float64[::1], complex128[::1], int64[:,::1], float64[::1], float64, "
    "uint64[::1], float64[:,::1], float64[:,::1], float64[::1], float64[:,:,::1])"
)
def decay_four_pions(mass, charged, m, factors, chains, share, bound, keys, boson, spin, weight, products):
    """Decay bosons to pi+ pi+ pi- pi- (charged) or pi0 pi0 pi+ pi-, in this order, unweighted.

    mass : GeV, above threshold; m : (4,) masses of the pions; factors : (4,) complex factors of the parts at this mass
    chains, share : (k, 5), (k,) the mixture of proposals; bound : on |J|^2 over the mixture density
    keys : (n,); boson : (n, 4) GeV; spin : (n, 9); weight : (n,), rows of weight 0 are passed over
    products : out, (n, 4, 4) GeV; returns how many decays had a weight above the bound
    """
    q, j, r = np.empty((4, 4)), np.empty(3, dtype=np.complex128), np.empty((3, 3))
    part = np.empty((5, 3), dtype=np.complex128)
    pairs, triples = np.zeros((5, 4, 4), dtype=np.complex128), np.empty((2, 4), dtype=np.complex128)
    above = 0
    for i in range(keys.size):
        if weight[i] == 0.0:
            continue
        state = keys[i]
        while True:
            state = _propose(mass, m, chains, share, state, q)
            density = _mixture(mass, m, chains, share, q)
            square = _current(charged, q, mass, factors, pairs, triples, part, j)
            state, u = next_uniform(state)
            if density > 0.0 and u * bound * density < square:
                break
        if square > bound * density:
            above += 1
        _turn(state, spin, i, square, j, r, q)
        to_lab(m, 4, q, mass, boson, i, products)
    return above


@kernel("void(float64, boolean, complex128[::1], float64[:,:,::1], complex128[:,::1])", ahead=False)
def four_pion_currents(mass, charged, factors, momenta, currents):
    """The current (n, 3), out, of decays with momenta (n, 4, 4) in the boson's rest frame; see ``decay_four_pions``."""
    part = np.empty((5, 3), dtype=np.complex128)
    pairs, triples = np.zeros((5, 4, 4), dtype=np.complex128), np.empty((2, 4), dtype=np.complex128)
    for i in range(momenta.shape[0]):
        _current(charged, momenta[i], mass, factors, pairs, triples, part, currents[i])
