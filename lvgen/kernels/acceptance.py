"""Do the products of a decay cross the detector's planes, hard enough and far enough apart?

Straight lines from the decay point.  A plane is ten floats: z, shape (``geometry.DISC`` or ``RECTANGLE``), cx, cy, a, b
(radius, or half width and half height), hole radius, 1 if neutral products must cross it too, magnetic kick (0), spare.
"""

from __future__ import annotations

import math

from lvgen.kernels.geometry import DISC
from lvgen.kernels.jit import helper, kernel

PLANE_FLOATS = 10


@helper
def _crosses(planes, j, x, y):
    dx, dy = x - planes[j, 2], y - planes[j, 3]
    r2 = dx * dx + dy * dy
    if r2 < planes[j, 6] * planes[j, 6]:
        return False
    if planes[j, 1] == DISC:
        return r2 <= planes[j, 4] * planes[j, 4]
    return abs(dx) <= planes[j, 4] and abs(dy) <= planes[j, 5]


@helper
def _track_crosses(planes, x, y, z, px, py, pz, charged):
    """Whether one straight track from (x, y, z) meets every plane that it has to."""
    tx, ty = px / pz, py / pz
    for j in range(planes.shape[0]):
        if charged == 0 and planes[j, 7] == 0.0:
            continue
        dz = planes[j, 0] - z
        if pz <= 0.0 or dz < 0.0 or not _crosses(planes, j, x + dz * tx, y + dz * ty):
            return False
    return True


@helper
def _hard_enough(cuts, products, charged, i):
    if cuts[0] <= 0.0 and cuts[1] <= 0.0:
        return True
    energy = 0.0
    for k in range(products.shape[1]):
        energy += products[i, k, 0]
        if charged[k] != 0:
            p2 = products[i, k, 1] ** 2 + products[i, k, 2] ** 2 + products[i, k, 3] ** 2
            if p2 < cuts[0] * cuts[0]:
                return False
    return energy >= cuts[1]


@helper
def _separated(cuts, z, products, charged, i):
    """Every pair of charged products at least cuts[3] apart in the plane z = cuts[2]."""
    if cuts[3] <= 0.0:
        return True
    dz = cuts[2] - z
    for k in range(products.shape[1]):
        if charged[k] == 0:
            continue
        kx = products[i, k, 1] / products[i, k, 3]
        ky = products[i, k, 2] / products[i, k, 3]
        for m in range(k):
            if charged[m] == 0:
                continue
            dx = dz * (kx - products[i, m, 1] / products[i, m, 3])
            dy = dz * (ky - products[i, m, 2] / products[i, m, 3])
            if math.sqrt(dx * dx + dy * dy) < cuts[3]:
                return False
    return True


@kernel("void(float64[:,::1], float64[::1], float64[:,::1], float64[:,:,::1], int64[::1], float64[::1])")
def accept(planes, cuts, vertex, products, charged, weight):
    """Set the weight of decays that are not seen to 0.

    planes : (n_planes, 10); cuts : minimum momentum of each charged product, minimum energy of all, z of the plane of
    separation, minimum distance there; vertex : (n, 4) m; products : (n, k, 4) GeV; charged : (k,); weight : (n,)
    """
    for i in range(products.shape[0]):
        if weight[i] == 0.0:
            continue
        x, y, z = vertex[i, 0], vertex[i, 1], vertex[i, 2]
        seen = _hard_enough(cuts, products, charged, i)
        for k in range(products.shape[1]):
            if not seen:
                break
            seen = _track_crosses(planes, x, y, z, products[i, k, 1], products[i, k, 2], products[i, k, 3], charged[k])
        if not (seen and _separated(cuts, z, products, charged, i)):
            weight[i] = 0.0
