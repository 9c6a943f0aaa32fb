"""Bosons from a tabulated flux, drawn into a detector's window.

A flux is d2N/(d ln p d Omega) of bosons, given on cells (even in the logarithms of momentum and angle; the density per
log10 p and sr of sub-cells, as hadron tables have it) or at nodes (d2N/(d theta d energy), bilinear between nodes, 0
beyond them).
"""

from __future__ import annotations

import math

from lvgen.kernels.geometry import aim_direction
from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.parent_decay import LN10, spectrum_density

CELLS, ENERGY_NODES, MOMENTUM_NODES = 0, 1, 2


@helper
def _bracket(nodes, x):
    """Index i of the interval nodes[i] <= x <= nodes[i + 1], -1 outside, and the share of the way."""
    last = nodes.shape[0] - 1
    if not (nodes[0] <= x <= nodes[last]):
        return -1, 0.0
    low, high = 0, last
    while high - low > 1:
        middle = (low + high) // 2
        if nodes[middle] <= x:
            low = middle
        else:
            high = middle
    return low, (x - nodes[low]) / (nodes[high] - nodes[low])


@helper
def _bilinear(theta_nodes, energy_nodes, values, theta, energy):
    i, u = _bracket(theta_nodes, theta)
    j, v = _bracket(energy_nodes, energy)
    if i < 0 or j < 0:
        return 0.0
    low = (1.0 - v) * values[i, j] + v * values[i, j + 1]
    high = (1.0 - v) * values[i + 1, j] + v * values[i + 1, j + 1]
    return (1.0 - u) * low + u * high


@helper
def flux_density(kind, first, second, values, mass, p, sin, cos):
    """d2N/(d ln p d Omega) at a momentum (GeV) and polar angle.

    CELLS : first are the grid constants of ``parent_decay.draw_two_body``, values (n_p, n_theta); second unused
    nodes : first are angles, second energies or momenta, values (n_theta, n_energy)
    """
    theta = math.atan2(sin, cos)
    if kind == CELLS:
        log_t = -math.inf if theta == 0.0 else math.log10(theta)
        rho, _ = spectrum_density(values, first, math.log10(p), log_t)
        return rho / LN10
    if sin <= 0.0:
        return 0.0
    solid = 2.0 * math.pi * sin
    if kind == ENERGY_NODES:
        e = math.sqrt(p * p + mass * mass)
        return _bilinear(first, second, values, theta, e) * p * p / (e * solid)
    return _bilinear(first, second, values, theta, p) * p / solid


@kernel(
    "void(float64[:,::1], float64, int64, float64[::1], float64[::1], float64[:,::1], float64, float64[::1], "
    "float64[::1], float64[:,::1], float64, float64, float64, int64, float64[::1], float64[:,::1], float64[::1])"
)
def draw_flux(
    y, mass, kind, first1, second1, values1, share1, first2, second2, values2, share2, p_low, p_high,
    aim_kind, aim, boson, weight,
):  # fmt: skip
    """Draw bosons of the sum of two tables of one kind, each times its share.

    y : (n, 3) in [0, 1]: ln p between p_low and p_high (GeV), two for the direction; mass : GeV
    first*, second*, values* : see ``flux_density``; aim_kind, aim : window
    boson : out, (n, 4) GeV; weight : out, (n,) table's unit per unit of y
    """
    low, width = math.log(p_low), math.log(p_high / p_low)
    for i in range(y.shape[0]):
        p = math.exp(low + y[i, 0] * width)
        nx, ny, nz, solid = aim_direction(aim_kind, aim, p, y[i, 1], y[i, 2])
        boson[i, 0] = math.sqrt(p * p + mass * mass)
        boson[i, 1], boson[i, 2], boson[i, 3] = p * nx, p * ny, p * nz
        sin = math.sqrt(nx * nx + ny * ny)
        rho = share1 * flux_density(kind, first1, second1, values1, mass, p, sin, nz)
        if share2 > 0.0:
            rho += share2 * flux_density(kind, first2, second2, values2, mass, p, sin, nz)
        weight[i] = rho * width * solid
