"""Where a decay product crosses a plane: a straight line, broken once where a dipole magnet kicks charged particles."""

from __future__ import annotations

import math

from lvgen.kernels.jit import helper, kernel

#: a magnet: z of its centre (m), kick in x and in y of a charge of +1 (GeV)
MAGNET_FLOATS = 3


@helper
def position_at(z, magnet, charge, x0, y0, z0, px, py, pz):
    """(reached, x, y) of a particle from (x0, y0, z0), in m, with momentum (px, py, pz), in GeV, in the plane at z.

    The magnet acts in the plane of its centre: it adds charge times its kick to the transverse momentum and leaves
    |p| as it is.  Not reached: planes upstream, and those behind a magnet that turns the particle back.
    """
    if pz <= 0.0 or z < z0:
        return False, 0.0, 0.0
    bent = charge != 0.0 and z0 < magnet[0] < z and (magnet[1] != 0.0 or magnet[2] != 0.0)
    if not bent:
        t = (z - z0) / pz
        return True, x0 + t * px, y0 + t * py
    t = (magnet[0] - z0) / pz
    x0, y0 = x0 + t * px, y0 + t * py
    p2 = px * px + py * py + pz * pz
    px, py = px + charge * magnet[1], py + charge * magnet[2]
    pz2 = p2 - px * px - py * py
    if pz2 <= 0.0:
        return False, 0.0, 0.0
    t = (z - magnet[0]) / math.sqrt(pz2)
    return True, x0 + t * px, y0 + t * py


@kernel("void(float64, float64[::1], float64[::1], float64[:,::1], float64[:,::1], float64[:,::1])")
def positions(z, magnet, charge, point, momentum, out):
    """Crossing points of many particles with the plane at z.

    magnet : (3,), see ``MAGNET_FLOATS``; charge : (n,); point : (n, 3) m; momentum : (n, 3) GeV
    out : (n, 3) 1 or 0 for whether the plane is reached, x, y in m
    """
    for i in range(point.shape[0]):
        reached, x, y = position_at(
            z, magnet, charge[i], point[i, 0], point[i, 1], point[i, 2],
            momentum[i, 0], momentum[i, 1], momentum[i, 2],
        )  # fmt: skip
        out[i, 0], out[i, 1], out[i, 2] = 1.0 if reached else 0.0, x, y
