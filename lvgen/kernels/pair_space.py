"""Three-body phase space of e+ e- -> f fbar X along the peaks of its amplitudes.

Two maps of the unit cube, mixed: one logarithmic in both (p_f + k)^2 - m_f^2, where emission from the final pair peaks;
one logarithmic in the pair's mass and in the angle of X to the beam, where emission from the electrons peaks.  The key
identity is (s1 - m^2) + (s2 - m^2) = 2 sqrt(s) E_X: soft and collinear are flat at once.
"""

from __future__ import annotations

import math

import numpy as np

from lvgen.kernels.ee_pair import pair_scalar, pair_vector
from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.vacuum import vacuum_factor
from lvgen.kernels.vectors import perpendicular

#: which map, two invariants, angle of X, angle of the pair about X, azimuth about the beam
PAIR_DIMENSIONS = 6
GEV2_PB = 3.893793721e8


@helper
def _span(a1, root_s, m, m_x):
    """Limits of (p2 + k)^2 - m^2 at given a1 = (p1 + k)^2 - m^2."""
    s1 = a1 + m * m
    root = math.sqrt(s1)
    e_k = (s1 + m_x * m_x - m * m) / (2.0 * root)
    e_2 = (root_s * root_s - s1 - m * m) / (2.0 * root)
    p_k = math.sqrt(max(0.0, e_k * e_k - m_x * m_x))
    p_2 = math.sqrt(max(0.0, e_2 * e_2 - m * m))
    # E E - p p without cancellation
    low = (e_k * e_k * m * m + m_x * m_x * p_2 * p_2) / (e_k * e_2 + p_k * p_2)
    return m_x * m_x + 2.0 * low, m_x * m_x + 2.0 * (e_k * e_2 + p_k * p_2)


@helper
def _pair_volume(a1, a2, root_s, m, m_x):
    """Phase space per unit cube of the map along the final pair; 0 outside its range."""
    low = m_x * m_x + 2.0 * m * m_x
    high = (root_s - m) ** 2 - m * m
    low2, high2 = _span(a1, root_s, m, m_x)
    if not (low2 < high2 and low < high):
        return 0.0
    return math.log(high / low) * a1 * math.log(high2 / low2) * a2 / (128.0 * math.pi**3 * root_s * root_s)


@helper
def beam_reach(root_s, e_k, p_k, m_e, m_x):
    """A - 1 and A of the angle map, with (p_a - k)^2 - m_e^2 = - sqrt(s) |k| beta (A - cos)."""
    beta = math.sqrt(1.0 - 4.0 * m_e * m_e / (root_s * root_s))
    rest = 4.0 * m_e * m_e / (root_s * root_s) / (1.0 + beta)
    excess = (root_s * p_k * rest + m_x * m_x * (root_s / (e_k + p_k) - 1.0)) / (root_s * p_k * beta)
    excess = max(1e-14, excess)
    return excess, 1.0 + excess


@helper
def _electron_volume(q2, minus, plus, excess, a, p_k, p_star, root_s, m, m_x):
    """Phase space per unit cube of the map along the electrons; minus, plus : A -+ cos."""
    low, high = 4.0 * m * m, (root_s - m_x) ** 2
    y0 = 0.5 * math.log((2.0 + excess) / excess)
    angle = 2.0 * y0 * minus * plus / a
    root = math.sqrt(q2)
    flat = p_k * p_star / (64.0 * math.pi**3 * root_s * root)
    return math.log(high / low) * q2 * angle * flat


@helper
def _place(k_x, k_y, k_z, c, s, phi):
    """Unit vector at angle (c, s) to the unit vector k."""
    bx, by, bz, cx, cy, cz = perpendicular(k_x, k_y, k_z)
    u, v = s * math.cos(phi), s * math.sin(phi)
    return c * k_x + u * bx + v * cx, c * k_y + u * by + v * cy, c * k_z + u * bz + v * cz


@helper
def along_beam(e, px, py, pz, gamma, gamma_beta):
    return gamma * e + gamma_beta * pz, px, py, gamma * pz + gamma_beta * e


@kernel(
    "void(float64[:,::1], float64, float64[:,::1], float64, float64, float64, float64[::1], float64, "
    "boolean, boolean, float64[:,:,::1], float64[::1], float64[:,::1])"
)
def draw_pair(y, share, frame, m_e, m_f, m_x, couplings, e4, scalar, screened, momenta, weight, rho):
    """Draw e+ e- -> f fbar X.

    y       : (n, 6) in [0, 1]; share : part of the points from the map along the final pair
    frame   : (n, 3) sqrt(s) in GeV, gamma and gamma beta of the centre of mass along the e- beam (z)
    m_e, m_f, m_x : GeV; couplings, e4, scalar : as in ``ee_pair``; screened : with vacuum polarisation
    momenta : out, (n, 5, 4) e-, e+, f, fbar, X in the laboratory, GeV
    weight  : out, (n,) cross-section in pb per unit of y; rho : out, (n, 9) spin of a vector, normalised
    """
    low1 = m_x * m_x + 2.0 * m_f * m_x
    low_q = 4.0 * m_f * m_f
    d = np.empty(4)
    for i in range(y.shape[0]):
        weight[i] = 0.0
        for j in range(9):
            rho[i, j] = 0.0
        root_s, gamma, gamma_beta = frame[i, 0], frame[i, 1], frame[i, 2]
        if not root_s > 2.0 * m_f + m_x:
            continue
        s = root_s * root_s
        beta_e = math.sqrt(1.0 - 4.0 * m_e * m_e / s)
        range1 = math.log(((root_s - m_f) ** 2 - m_f * m_f) / low1)
        range_q = math.log((root_s - m_x) ** 2 / low_q)
        on_pair = y[i, 0] < share
        azimuth, turn = 2.0 * math.pi * y[i, 5], 2.0 * math.pi * y[i, 4]
        a1 = a2 = q2 = 0.0
        if on_pair:
            a1 = low1 * math.exp(range1 * y[i, 1])
            low2, high2 = _span(a1, root_s, m_f, m_x)
            if not (0.0 < low2 < high2):
                continue
            a2 = low2 * (high2 / low2) ** y[i, 2]
            e_k = (a1 + a2) / (2.0 * root_s)
            q2 = s + m_x * m_x - 2.0 * root_s * e_k
        else:
            q2 = low_q * math.exp(range_q * y[i, 1])
            e_k = (s + m_x * m_x - q2) / (2.0 * root_s)
        root_q = math.sqrt(max(q2, low_q))
        p_k = math.sqrt(max(0.0, ((root_s - m_x) ** 2 - q2) * ((root_s + m_x) ** 2 - q2))) / (2.0 * root_s)
        p_star2 = 0.25 * q2 - m_f * m_f
        if not (p_k > 0.0 and p_star2 > 0.0):
            continue
        p_star = math.sqrt(p_star2)
        lever = 2.0 * p_star * p_k * root_s / root_q
        excess, a = beam_reach(root_s, e_k, p_k, m_e, m_x)
        if on_pair:
            c = 0.5 * (a2 - a1) / lever
            cos_k = 2.0 * y[i, 3] - 1.0
            minus, plus = excess + 2.0 * (1.0 - y[i, 3]), excess + 2.0 * y[i, 3]
        else:
            rapidity = 0.5 * math.log((2.0 + excess) / excess) * (2.0 * y[i, 2] - 1.0)
            minus, plus = 2.0 * a / (1.0 + math.exp(2.0 * rapidity)), 2.0 * a / (1.0 + math.exp(-2.0 * rapidity))
            cos_k = 0.5 * (plus - minus)
            c = 2.0 * y[i, 3] - 1.0
            a1, a2 = root_s * e_k - lever * c, root_s * e_k + lever * c
        c = min(1.0, max(-1.0, c))
        cos_k = min(1.0, max(-1.0, cos_k))
        density = 0.0
        if share > 0.0:
            volume = _pair_volume(a1, a2, root_s, m_f, m_x)
            density += share / volume if volume > 0.0 else 0.0
        if share < 1.0:
            density += (1.0 - share) / _electron_volume(q2, minus, plus, excess, a, p_k, p_star, root_s, m_f, m_x)
        if not density > 0.0:
            continue
        sin_k = math.sqrt(max(0.0, (minus - excess) * (plus - excess)))
        kx, ky, kz = sin_k * math.cos(azimuth), sin_k * math.sin(azimuth), cos_k
        ux, uy, uz = _place(kx, ky, kz, c, math.sqrt((1.0 - c) * (1.0 + c)), turn)
        # from the pair's rest frame, which recoils against X
        g, gb = (root_s - e_k) / root_q, p_k / root_q
        along = p_star * c
        shift = (g - 1.0) * along - gb * 0.5 * root_q
        e_1 = g * 0.5 * root_q - gb * along
        x1, y1, z1 = p_star * ux + shift * kx, p_star * uy + shift * ky, p_star * uz + shift * kz
        pa = along_beam(0.5 * root_s, 0.0, 0.0, 0.5 * root_s * beta_e, gamma, gamma_beta)
        pb = along_beam(0.5 * root_s, 0.0, 0.0, -0.5 * root_s * beta_e, gamma, gamma_beta)
        k = along_beam(e_k, p_k * kx, p_k * ky, p_k * kz, gamma, gamma_beta)
        p1 = along_beam(e_1, x1, y1, z1, gamma, gamma_beta)
        p2 = along_beam(root_s - e_k - e_1, -p_k * kx - x1, -p_k * ky - y1, -p_k * kz - z1, gamma, gamma_beta)
        d[0], d[1] = a1, a2
        d[2], d[3] = -root_s * p_k * beta_e * minus, -root_s * p_k * beta_e * plus
        f_s, f_r = 1.0, 1.0
        if screened:
            f_s, f_r = vacuum_factor(s), vacuum_factor(q2)
        if scalar:
            squared = pair_scalar(pa, pb, p1, p2, k, m_e, m_f, couplings, e4, d, f_s)
        else:
            squared, _ = pair_vector(pa, pb, p1, p2, k, m_e, m_f, m_x, couplings, e4, d, f_s, f_r, rho[i])
            for j in range(9):
                rho[i, j] /= squared
        for j in range(4):
            momenta[i, 0, j], momenta[i, 1, j], momenta[i, 2, j] = pa[j], pb[j], p1[j]
            momenta[i, 3, j], momenta[i, 4, j] = p2[j], k[j]
        weight[i] = 0.5 * GEV2_PB / (s * beta_e) * squared / density
