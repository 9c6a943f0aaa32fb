"""Two-body decays of a boson of any spin density, boosted to the laboratory without loss of precision."""

from __future__ import annotations

import math

from lvgen.kernels.jit import kernel
from lvgen.kernels.lab import boosted, flight, put, random_direction
from lvgen.kernels.randoms import next_uniform
from lvgen.kernels.spin import along, mean_spin_along
from lvgen.kernels.vectors import two_body_momentum

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
