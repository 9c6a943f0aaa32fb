"""Two-body decays of a polarised boson, boosted to the laboratory without loss of precision.

``decay_pair`` takes any spin density.  For ``decay_two_body`` the density of the polar angle about the boson's helicity
axis is a + b cos^2(theta); that axis is its direction of flight in the rest frame of its parent, and seen from the
boson's rest frame the direction opposite to the parent.
"""

from __future__ import annotations

import math

from lvgen.kernels.jit import kernel
from lvgen.kernels.lab import boosted, flight, put, random_direction
from lvgen.kernels.randoms import next_uniform
from lvgen.kernels.spin import along, helicity_axis, mean_spin_along
from lvgen.kernels.vectors import even_quadratic, perpendicular, two_body_momentum


@kernel(
    "void(float64, float64[::1], float64[::1], float64[:,::1], float64[:,::1], float64[:,::1], float64[::1], "
    "float64[:,:,::1])"
)
def decay_two_body(mass, masses, angular, u, boson, parent, weight, products):
    """Decay bosons into two particles.

    mass     : of the boson, GeV; masses : (2,) of the products, GeV
    angular  : (a, b), density of the polar angle about the helicity axis proportional to a + b cos^2
    u        : (n, 2) uniform in [0, 1]
    boson, parent : (n, 4) as (E, px, py, pz), GeV; a parent with energy 0 means none: the axis is the lab direction
    weight   : (n,) points of weight 0 are passed over
    products : out, (n, 2, 4), GeV; their sum is the boson's momentum to rounding
    """
    k = two_body_momentum(mass, masses[0], masses[1])
    e1 = math.sqrt(k * k + masses[0] * masses[0])
    for i in range(boson.shape[0]):
        if weight[i] == 0.0:
            continue
        e, px, py, pz = boson[i, 0], boson[i, 1], boson[i, 2], boson[i, 3]
        p = math.sqrt(px * px + py * py + pz * pz)
        nx, ny, nz = (px / p, py / p, pz / p) if p > 0.0 else (0.0, 0.0, 1.0)
        ax, ay, az = nx, ny, nz
        if parent[i, 0] > 0.0 and p > 0.0:
            ax, ay, az = helicity_axis(boson, parent, i, nx, ny, nz)
        cos = even_quadratic(angular[0], angular[1], u[i, 0])
        sin = math.sqrt(max(0.0, 1.0 - cos * cos))
        phi = 2.0 * math.pi * u[i, 1]
        bx, by, bz, cx, cy, cz = perpendicular(ax, ay, az)
        sc, ss = sin * math.cos(phi), sin * math.sin(phi)
        kx = k * (cos * ax + sc * bx + ss * cx)
        ky = k * (cos * ay + sc * by + ss * cy)
        kz = k * (cos * az + sc * bz + ss * cz)
        along = kx * nx + ky * ny + kz * nz
        # boost along n: only the component along n changes
        shift = (p * e1 + (e - mass) * along) / mass
        qx, qy, qz = kx + shift * nx, ky + shift * ny, kz + shift * nz
        products[i, 0, 0] = math.sqrt(masses[0] * masses[0] + qx * qx + qy * qy + qz * qz)
        products[i, 0, 1], products[i, 0, 2], products[i, 0, 3] = qx, qy, qz
        qx, qy, qz = px - qx, py - qy, pz - qz
        products[i, 1, 0] = math.sqrt(masses[1] * masses[1] + qx * qx + qy * qy + qz * qz)
        products[i, 1, 1], products[i, 1, 2], products[i, 1, 3] = qx, qy, qz


#: a weight can be as low as 1/3 of its bound on average; so many misses in a row mean a spin that is none
_TRIALS = 1000


@kernel(
    "void(float64, float64[::1], float64[::1], uint64[::1], float64[:,::1], float64[:,::1], float64[::1], "
    "float64[:,:,::1])"
)
def decay_pair(mass, masses, angular, keys, boson, spin, weight, products):
    """Decay bosons of any spin density into two particles.

    mass     : of the boson, GeV; masses : (2,) of the products, GeV
    angular  : (a, b, c): density of the direction k of the first particle in the boson's rest frame proportional to
        a + b k T k + c S . k, not negative for any spin
    keys     : (n,) streams; boson : (n, 4) E, px, py, pz, GeV; spin : (n, 9) T and S, see ``spin``
    weight   : (n,) points of weight 0 are passed over
    products : out, (n, 2, 4), GeV; their sum is the boson's momentum to rounding
    """
    k = two_body_momentum(mass, masses[0], masses[1])
    e1 = math.sqrt(k * k + masses[0] * masses[0])
    a, b, c = angular[0], angular[1], angular[2]
    for i in range(boson.shape[0]):
        if weight[i] == 0.0:
            continue
        size = math.sqrt(spin[i, 6] ** 2 + spin[i, 7] ** 2 + spin[i, 8] ** 2)
        # T has eigenvalues between 0 and 1
        bound = a + max(b, 0.0) + abs(c) * size
        state = keys[i]
        for _ in range(_TRIALS):
            state, x, y, z = random_direction(state)
            state, u = next_uniform(state)
            if u * bound <= a + b * along(spin, i, x, y, z) + c * mean_spin_along(spin, i, x, y, z):
                break
        p, nx, ny, nz = flight(boson, i)
        qx, qy, qz = boosted(e1, k * x, k * y, k * z, mass, boson[i, 0], p, nx, ny, nz)
        put(products, i, 0, masses[0], qx, qy, qz)
        put(products, i, 1, masses[1], boson[i, 1] - qx, boson[i, 2] - qy, boson[i, 3] - qz)
