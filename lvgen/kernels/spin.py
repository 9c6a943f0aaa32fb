"""The spin density of a boson, as decays see it.

A spin is nine numbers: T_xx, T_yy, T_zz, T_xy, T_xz, T_yz, S_x, S_y, S_z.  With polarisation vectors e in the boson's
rest frame (boosted along its flight, axes not rotated) the density matrix is

    rho_ij = <e_i e_j*> = T_ij - (i/2) eps_ijk S_k,     tr T = 1,

T real and symmetric, S the mean spin.  A decay with amplitude e . J has the weight
T_ij Re(J_i J_j*) + S . Im(J x J*)/2.
"""

from __future__ import annotations

import math

from lvgen.kernels.jit import helper, kernel

SPIN_FLOATS = 9


@helper
def helicity_axis(boson, parent, i, nx, ny, nz):
    """Helicity axis of boson i in its own rest frame (axes not rotated); the lab direction n where there is no parent.

    The component across the flight is taken from the lab momenta, where it is exact; the one along it from
    p_par* = (m_V^2 p_par^2 - p_V^2 (p_perp^2 + m_P^2)) / (m_V (E_V p_par + p_V E_P)), which does not cancel.
    """
    e_v = boson[i, 0]
    p_v = math.sqrt(boson[i, 1] ** 2 + boson[i, 2] ** 2 + boson[i, 3] ** 2)
    qx, qy, qz = parent[i, 1], parent[i, 2], parent[i, 3]
    p_par = qx * nx + qy * ny + qz * nz
    tx, ty, tz = qx - p_par * nx, qy - p_par * ny, qz - p_par * nz
    t2 = tx * tx + ty * ty + tz * tz
    m2_v = (e_v - p_v) * (e_v + p_v)
    e_p = parent[i, 0]
    m2_p = e_p * e_p - p_par * p_par - t2
    denominator = e_v * p_par + p_v * e_p
    if denominator > 0.0:
        along = (m2_v * p_par * p_par - p_v * p_v * (t2 + m2_p)) / (math.sqrt(m2_v) * denominator)
    else:
        along = (e_v * p_par - p_v * e_p) / math.sqrt(m2_v)
    size = math.sqrt(along * along + t2)
    if size < 1e-12:
        return nx, ny, nz
    return -(along * nx + tx) / size, -(along * ny + ty) / size, -(along * nz + tz) / size


@helper
def axis_spin(f, s, ax, ay, az, spin, i):
    """Write the spin of a boson with share f of helicity 0 and mean helicity s along a unit axis to row i of spin."""
    t = 0.5 * (1.0 - f)
    d = f - t
    spin[i, 0], spin[i, 1], spin[i, 2] = t + d * ax * ax, t + d * ay * ay, t + d * az * az
    spin[i, 3], spin[i, 4], spin[i, 5] = d * ax * ay, d * ax * az, d * ay * az
    spin[i, 6], spin[i, 7], spin[i, 8] = s * ax, s * ay, s * az


@kernel("void(float64[:,::1], float64[:,::1], float64, float64, float64[::1], float64[:,::1])")
def helicity_spin(boson, parent, longitudinal, mean_helicity, weight, spin):
    """Spins of bosons whose helicity states in the parent's rest frame do not interfere.

    boson, parent : (n, 4) as (E, px, py, pz), GeV; a parent with energy 0 means none: the axis is the lab direction
    longitudinal  : share of helicity 0; mean_helicity : share of +1 minus that of -1
    weight : (n,) points of weight 0 are passed over; spin : out, (n, 9)
    """
    for i in range(boson.shape[0]):
        if weight[i] == 0.0:
            continue
        px, py, pz = boson[i, 1], boson[i, 2], boson[i, 3]
        p = math.sqrt(px * px + py * py + pz * pz)
        nx, ny, nz = (px / p, py / p, pz / p) if p > 0.0 else (0.0, 0.0, 1.0)
        ax, ay, az = nx, ny, nz
        if parent[i, 0] > 0.0 and p > 0.0:
            ax, ay, az = helicity_axis(boson, parent, i, nx, ny, nz)
        axis_spin(longitudinal, mean_helicity, ax, ay, az, spin, i)


@helper
def along(spin, i, kx, ky, kz):
    """k T k for a vector k."""
    return (
        spin[i, 0] * kx * kx + spin[i, 1] * ky * ky + spin[i, 2] * kz * kz
        + 2.0 * (spin[i, 3] * kx * ky + spin[i, 4] * kx * kz + spin[i, 5] * ky * kz)
    )  # fmt: skip


@helper
def mean_spin_along(spin, i, kx, ky, kz):
    """S . k for a vector k."""
    return spin[i, 6] * kx + spin[i, 7] * ky + spin[i, 8] * kz
