"""Bosons of given rapidity and Gaussian transverse momentum, transverse along the Collins-Soper axis."""

from __future__ import annotations

import math

from lvgen.kernels.geometry import aim_direction
from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.spin import axis_spin


@helper
def _beam_seen(m, e, px, py, pz, side):
    """Unit vector of a light-like beam along side z in the rest frame of a boson (axes not rotated)."""
    dot = side * pz
    # (E - p.k)/m without cancellation for the beam that runs along
    energy = (m * m + px * px + py * py) / ((e + dot) * m) if dot > 0.0 else (e - dot) / m
    f = (dot / (e + m) - 1.0) / m
    x, y, z = px * f, py * f, side + pz * f
    if dot > 0.0:
        # of a unit vector only the small components are safe; the last follows
        x, y = x / energy, y / energy
        s2 = x * x + y * y
        z = math.copysign(math.sqrt(max(0.0, 1.0 - s2)), z)
        return x, y, z
    return x / energy, y / energy, z / energy


@helper
def collins_soper_axis(m, e, px, py, pz):
    """Unit vector in the boson's rest frame between one beam and the opposite of the other."""
    ax, ay, az = _beam_seen(m, e, px, py, pz, 1.0)
    bx, by, bz = _beam_seen(m, e, px, py, pz, -1.0)
    x, y, z = ax - bx, ay - by, az - bz
    size = math.sqrt(x * x + y * y + z * z)
    if size == 0.0:
        return 0.0, 0.0, 1.0
    return x / size, y / size, z / size


@kernel(
    "void(float64[:,::1], float64, float64[::1], float64, float64, float64, float64, float64, float64, int64, "
    "float64[::1], float64[:,::1], float64[:,::1], float64[::1])"
)
def draw_rapidity(
    y, mass, density, y_low, y_step, y_boost, pt_width, p_low, p_high, aim_kind, aim, boson, spin, weight
):
    """Draw bosons made at the origin.

    y : (n, 3) in [0, 1]: ln p between p_low and p_high (GeV), two for the direction; mass : GeV
    density : (k,) bosons per interaction and unit of rapidity in the centre of mass at y_low, y_low + y_step, ...
    y_boost : rapidity of the centre of mass in the laboratory
    pt_width : p_T has the density exp(-p_T^2/(2 width^2)), GeV; aim_kind, aim : window
    boson : out, (n, 4) GeV; spin : out, (n, 9); weight : out, (n,) bosons per interaction and unit of y
    """
    low, width = math.log(p_low), math.log(p_high / p_low)
    for i in range(y.shape[0]):
        p = math.exp(low + y[i, 0] * width)
        nx, ny, nz, solid = aim_direction(aim_kind, aim, p, y[i, 1], y[i, 2])
        e = math.sqrt(p * p + mass * mass)
        px, py, pz = p * nx, p * ny, p * nz
        boson[i, 0], boson[i, 1], boson[i, 2], boson[i, 3] = e, px, py, pz
        pt2 = px * px + py * py
        at = (math.asinh(pz / math.sqrt(mass * mass + pt2)) - y_boost - y_low) / y_step
        weight[i] = 0.0
        spin[i, :] = 0.0
        j = int(at)
        if at < 0.0 or j >= density.shape[0] - 1:
            continue
        rate = density[j] + (at - j) * (density[j + 1] - density[j])
        pt_density = math.exp(-0.5 * pt2 / (pt_width * pt_width)) / (2.0 * math.pi * pt_width * pt_width)
        # dy d^2p_T = p^3 d(ln p) d(Omega) / E
        weight[i] = rate * pt_density * p * p * p / e * solid * width
        ax, ay, az = collins_soper_axis(mass, e, px, py, pz)
        axis_spin(0.0, 0.0, ax, ay, az, spin, i)


@kernel("void(float64, float64[:,::1], float64[:,::1])", ahead=False)
def collins_soper_axes(mass, boson, out):
    """``collins_soper_axis`` of many bosons: (n, 4) GeV, out (n, 3)."""
    for i in range(boson.shape[0]):
        x, y, z = collins_soper_axis(mass, boson[i, 0], boson[i, 1], boson[i, 2], boson[i, 3])
        out[i, 0], out[i, 1], out[i, 2] = x, y, z
