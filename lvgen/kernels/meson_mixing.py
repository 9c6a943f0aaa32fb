"""Bosons that take the place of a tabulated vector meson, drawn from the detector's end.

The direction of the boson is drawn in the detector's window and its momentum on a logarithmic axis.  The meson has the
same momentum vector, or the same rapidity and transverse momentum; then d3p/E is kept and not d3p.
"""

from __future__ import annotations

import math

from lvgen.kernels.geometry import aim_direction
from lvgen.kernels.jit import kernel
from lvgen.kernels.parent_decay import LN10, log10_theta, spectrum_density


@kernel(
    "void(float64[:,::1], float64, float64, boolean, float64[:,::1], float64[::1], float64, float64, int64, "
    "float64[::1], float64[:,::1], float64[::1], int64[::1])"
)
def draw_in_place(y, m_v, m_m, rapidity, density, table, p_low, p_beam, aim_kind, aim, boson, weight, cell):
    """Draw bosons with the kinematics of a meson from a table.

    y        : (n, 3) in [0, 1]: ln p_V from p_low to p_beam, two for the direction of V
    m_v, m_m : masses of boson and meson, GeV
    rapidity : keep rapidity and transverse momentum; else the three-momentum
    density, table, aim_kind, aim : see ``parent_decay.draw_two_body``
    p_low, p_beam : lowest momentum of V and highest one of V and meson, GeV
    boson    : out, (n, 4) as (E, px, py, pz), GeV
    weight   : out, (n,) bosons per interaction and unit of y (one boson for each meson)
    cell     : out, (n,) flat index of the table's cell, -1 where the weight is 0
    """
    log_low = math.log(p_low)
    log_range = math.log(p_beam) - log_low
    for i in range(y.shape[0]):
        weight[i] = 0.0
        cell[i] = -1
        p = math.exp(log_low + y[i, 0] * log_range)
        e = math.sqrt(p * p + m_v * m_v)
        nx, ny, nz, solid = aim_direction(aim_kind, aim, p, y[i, 1], y[i, 2])
        px, py, pz = p * nx, p * ny, p * nz
        boson[i, 0], boson[i, 1], boson[i, 2], boson[i, 3] = e, px, py, pz
        p_m, ratio = p, 1.0
        if rapidity:
            pt2 = px * px + py * py
            pz *= math.sqrt((pt2 + m_m * m_m) / (pt2 + m_v * m_v))
            p_m = math.sqrt(pt2 + pz * pz)
            # d3N/d3p_V = d3N/d3p_M E_M/E_V, and both are tabulated per ln p
            ratio = math.sqrt(p_m * p_m + m_m * m_m) / e * (p / p_m) ** 3
        if p_m > p_beam:
            continue
        rho, where = spectrum_density(density, table, math.log10(p_m), log10_theta(px, py, pz))
        if where >= 0:
            weight[i] = rho * ratio * solid * log_range / LN10
            cell[i] = where
