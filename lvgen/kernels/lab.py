"""From a boson's rest frame to the laboratory, without loss of precision, for use inside kernels."""

from __future__ import annotations

import math

from lvgen.kernels.jit import helper
from lvgen.kernels.randoms import next_uniform


@helper
def flight(boson, i):
    """Momentum and direction of boson i: (p, nx, ny, nz); the z axis for one at rest."""
    px, py, pz = boson[i, 1], boson[i, 2], boson[i, 3]
    p = math.sqrt(px * px + py * py + pz * pz)
    if p > 0.0:
        return p, px / p, py / p, pz / p
    return 0.0, 0.0, 0.0, 1.0


@helper
def boosted(energy, kx, ky, kz, mass, e, p, nx, ny, nz):
    """Lab momentum of a particle with (energy, k) in the rest frame of a boson with mass, energy e and momentum p n.

    only the component along n changes; e - mass = p^2/(e + mass) is taken without cancellation
    """
    shift = p * (energy + p * (kx * nx + ky * ny + kz * nz) / (e + mass)) / mass
    return kx + shift * nx, ky + shift * ny, kz + shift * nz


@helper
def put(products, i, j, m, qx, qy, qz):
    """Write a particle of mass m and momentum q, on its mass shell."""
    products[i, j, 0] = math.sqrt(m * m + qx * qx + qy * qy + qz * qz)
    products[i, j, 1], products[i, j, 2], products[i, j, 3] = qx, qy, qz


@helper
def random_direction(state):
    """(new state, x, y, z): a unit vector, evenly distributed."""
    state, u = next_uniform(state)
    state, v = next_uniform(state)
    z = 2.0 * u - 1.0
    across = math.sqrt(max(0.0, (1.0 - z) * (1.0 + z)))
    phi = 2.0 * math.pi * v
    return state, across * math.cos(phi), across * math.sin(phi), z
