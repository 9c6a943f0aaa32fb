"""Flat n-body phase space, unweighted, for massive particles.

A decay M -> 1 ... n is a chain of two-body decays through the masses M_k of the first k particles.  With
T_k = M_k - (m_1 + ... + m_k) and the steps t_k = T_{k+1} - T_k >= 0, which add up to T_n, the density is

    dPhi_n ~ Prod_k p_k dt_k,   p_k = sqrt(t_k) sqrt(t_k + 2 m_{k+1}) F_k,
    F_k = sqrt((M_{k+1} + M_k)^2 - m_{k+1}^2) / (2 M_{k+1}) <= sqrt(1 - m_{k+1} / M_{k+1}),     M_1 = m_1.

sqrt(t + 2 m) lies below its tangent at the mean step, a + b t, so the proposal is a sum of Dirichlet densities with
powers 1/2 and 3/2, which is drawn exactly; what is left is accepted or rejected against a bound that always holds.
(Factorisation: F. James, CERN 68-15; the proposal is ours.)
"""

from __future__ import annotations

import math

import numpy as np

from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.lab import random_direction
from lvgen.kernels.randoms import next_uniform
from lvgen.kernels.vectors import perpendicular, two_body_momentum

#: particles in one decay, at most
MAX_BODIES = 24
#: Gamma(5/2) / Gamma(3/2)
_RATIO = 1.5


@helper
def prepare(mass, m, n, work):
    """Fill ``work`` (n, n + 4) for ``draw`` and return the logarithm of the proposal's integral over the steps.

    m : masses of the n particles, GeV, in a sum below ``mass``.  Columns of row k (the step that adds particle k):
    0 slope over height of the tangent, 1 its height, 2 largest F, then elementary symmetric sums of the slopes.
    """
    total = mass
    for i in range(n):
        total -= m[i]
    mean = total / (n - 1)
    largest = total + m[0]
    work[0, 3] = 1.0
    for r in range(1, n):
        work[0, 3 + r] = 0.0
    logarithm = 0.0
    for k in range(1, n):
        a = 2.0 * m[k]
        largest += m[k]
        height = 0.5 * (mean + 2.0 * a) / math.sqrt(mean + a)
        slope = 1.0 / (mean + 2.0 * a)
        work[k, 0], work[k, 1], work[k, 2] = slope, height, math.sqrt(1.0 - m[k] / largest)
        logarithm += math.log(height * work[k, 2])
        x = slope * _RATIO * total
        work[k, 3] = 1.0
        for r in range(1, n):
            work[k, 3 + r] = work[k - 1, 3 + r] + x * work[k - 1, 2 + r]
    # weights of the terms with r steps of power 3/2: symmetric sum / Gamma(3 (n - 1)/2 + r), relative to r = 0
    power = 1.5 * (n - 1)
    term, norm = 1.0, 0.0
    for r in range(n):
        work[0, 3 + r] = work[n - 1, 3 + r] * term
        norm += work[0, 3 + r]
        term /= power + r
    for r in range(n):
        work[0, 3 + r] /= norm
    return (
        logarithm
        + math.log(norm)
        + (n - 1) * math.log(0.5 * math.sqrt(math.pi))
        - math.lgamma(power)
        + (power - 1.0) * math.log(total)
    )


@helper
def _symmetric(work, k, r):
    """Elementary symmetric sum of order r of the first k steps; row 0 holds the terms' weights instead."""
    if k == 0:
        return 1.0 if r == 0 else 0.0
    return work[k, 3 + r]


@helper
def _propose(mass, m, n, work, state, step):
    """Steps from the proposal to step[1 ... n - 1]; the new state."""
    total = mass - m[0]
    for i in range(1, n):
        total -= m[i]
    state, u = next_uniform(state)
    high = 0
    while high < n - 1 and u >= work[0, 3 + high]:
        u -= work[0, 3 + high]
        high += 1
    norm = 0.0
    for k in range(n - 1, 0, -1):
        # is step k among the ones of power 3/2?
        take = False
        if high > 0:
            x = work[k, 0] * _RATIO * total
            with_k = x * _symmetric(work, k - 1, high - 1)
            state, u = next_uniform(state)
            take = u * (with_k + _symmetric(work, k - 1, high)) < with_k
        # Gamma(3/2) is half a squared normal number plus an exponential one; Gamma(5/2) has one more of the latter
        state, u = next_uniform(state)
        state, v = next_uniform(state)
        state, w = next_uniform(state)
        c = math.cos(2.0 * math.pi * v)
        g = -math.log(1.0 - u) * c * c
        if take:
            high -= 1
            state, u = next_uniform(state)
            g -= math.log((1.0 - w) * (1.0 - u))
        else:
            g -= math.log(1.0 - w)
        step[k] = g
        norm += g
    for k in range(1, n):
        step[k] *= total / norm
    return state


@helper
def _ratio(m, n, work, step, chain):
    """True density over the proposal's bound for the steps, in (0, 1]; fills chain with the masses M_k."""
    product = 1.0
    chain[0] = m[0]
    for k in range(1, n):
        a = 2.0 * m[k]
        chain[k] = chain[k - 1] + m[k] + step[k]
        tangent = work[k, 1] * (1.0 + work[k, 0] * step[k])
        both = chain[k] + chain[k - 1]
        f = 0.5 * math.sqrt((both - m[k]) * (both + m[k])) / chain[k]
        product *= math.sqrt(step[k] + a) / tangent * f / work[k, 2]
    return product


@helper
def boosted(m, x, y, z, mass, px, py, pz, energy):
    """Momentum (E, x, y, z) of a particle of mass m, momentum (x, y, z) in the frame of a system, in the laboratory.

    The system has this mass, momentum and energy; axes are not rotated. Nothing cancels.
    """
    e = math.sqrt(m * m + x * x + y * y + z * z)
    shift = (e + (x * px + y * py + z * pz) / (energy + mass)) / mass
    x, y, z = x + shift * px, y + shift * py, z + shift * pz
    return math.sqrt(m * m + x * x + y * y + z * z), x, y, z


@helper
def _unfold(m, n, chain, state, q):
    """Momenta (n, 4) in the rest frame of the decay from the masses M_k and random directions; the new state."""
    px, py, pz, energy = 0.0, 0.0, 0.0, chain[n - 1]
    for k in range(n - 1, 0, -1):
        p = two_body_momentum(chain[k], chain[k - 1], m[k])
        state, x, y, z = random_direction(state)
        e, x, y, z = boosted(m[k], p * x, p * y, p * z, chain[k], px, py, pz, energy)
        q[k, 0], q[k, 1], q[k, 2], q[k, 3] = e, x, y, z
        px, py, pz = px - x, py - y, pz - z
        energy = math.sqrt(chain[k - 1] ** 2 + px * px + py * py + pz * pz)
    q[0, 0], q[0, 1], q[0, 2], q[0, 3] = energy, px, py, pz
    return state


@helper
def draw(mass, m, n, work, state, q):
    """Unweighted momenta (n, 4) of flat phase space in the rest frame, after ``prepare``; the new state.

    work : (n, n + 4) as ``prepare`` left it, and two more rows of at least n numbers at its end
    """
    step, chain = work[n], work[n + 1]
    while True:
        state = _propose(mass, m, n, work, state, step)
        state, u = next_uniform(state)
        if u < _ratio(m, n, work, step, chain):
            return _unfold(m, n, chain, state, q)


@helper
def to_lab(m, n, q, mass, boson, i, products):
    """Momenta q of the rest frame of boson i to products[i]."""
    e, px, py, pz = boson[i, 0], boson[i, 1], boson[i, 2], boson[i, 3]
    for k in range(n):
        e_k, x, y, z = boosted(m[k], q[k, 1], q[k, 2], q[k, 3], mass, px, py, pz, e)
        products[i, k, 0], products[i, k, 1], products[i, k, 2], products[i, k, 3] = e_k, x, y, z


@kernel("void(float64, float64[::1], uint64[::1], float64[:,::1], float64[::1], float64[:,:,::1])")
def decay_n_body(mass, masses, keys, boson, weight, products):
    """Decay bosons flat in phase space, unweighted.

    mass : of the boson, GeV, above the sum of the products'; masses : (k,) of the products, GeV, k from 2 to MAX_BODIES
    keys : (n,) one random stream each; boson : (n, 4) as (E, px, py, pz), GeV
    weight : (n,) points of weight 0 are passed over; products : out, (n, k, 4), GeV, which sum to the boson
    """
    n = masses.size
    work = np.empty((n + 2, n + 4))
    q = np.empty((n, 4))
    prepare(mass, masses, n, work)
    for i in range(keys.size):
        if weight[i] != 0.0:
            draw(mass, masses, n, work, keys[i], q)
            to_lab(masses, n, q, mass, boson, i, products)


@kernel("float64(float64, float64[::1], uint64[::1], float64[::1])", ahead=False)
def phase_space_shares(mass, masses, keys, shares):
    """Accepted shares (n,) of the proposals of n keys; returns the logarithm of what their mean is multiplied with.

    exp(result) times the mean of shares is the volume of phase space, Integral Prod d^3p/(2E) delta^4, GeV^(2k-4).
    """
    n = masses.size
    work = np.empty((n + 2, n + 4))
    logarithm = prepare(mass, masses, n, work)
    for i in range(keys.size):
        _propose(mass, masses, n, work, keys[i], work[n])
        shares[i] = _ratio(masses, n, work, work[n], work[n + 1])
    return logarithm + (n - 1) * math.log(math.pi) + (n - 2) * math.log(2.0) - math.log(mass)


@helper
def rotation(state, r):
    """A random rotation, uniform over all, to r (3, 3); the new state."""
    state, nx, ny, nz = random_direction(state)
    state, u = next_uniform(state)
    ax, ay, az, bx, by, bz = perpendicular(nx, ny, nz)
    c, s = math.cos(2.0 * math.pi * u), math.sin(2.0 * math.pi * u)
    r[0, 2], r[1, 2], r[2, 2] = nx, ny, nz
    r[0, 0], r[1, 0], r[2, 0] = c * ax + s * bx, c * ay + s * by, c * az + s * bz
    r[0, 1], r[1, 1], r[2, 1] = c * bx - s * ax, c * by - s * ay, c * bz - s * az
    return state
