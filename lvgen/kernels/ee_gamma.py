"""e+ e- -> gamma V with massive electrons: amplitude by helicity spinors, and an angle that follows its peaks."""

from __future__ import annotations

import math

from lvgen.kernels.dirac import antiparticle_spinor, bar, boson_components, collect_spin, particle_spinor
from lvgen.kernels.ee_pair import electron_amplitude
from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.pair_space import GEV2_PB, along_beam, beam_reach
from lvgen.kernels.vectors import perpendicular

#: angle of V, azimuth about the beam
GAMMA_DIMENSIONS = 2


@helper
def _gamma_vector(pa, pb, q, k, m_e, m_x, left, right, e2, d3, d4, rho):
    """Spin-averaged |M|^2 (GeV^0) of e- e+ -> gamma V.

    pa, pb, q, k : e-, e+, photon, V, GeV, in any frame; left, right : gV -+ gA; e2 : 4 pi alpha
    d3, d4 : (pa-k)^2 - m_e^2, (pb-k)^2 - m_e^2; rho : out, (9,) spin of V, not normalised (trace = the result)
    """
    for i in range(9):
        rho[i] = 0.0
    bx, by, bz, cx, cy, cz = perpendicular(q[1] / q[0], q[2] / q[0], q[3] / q[0])
    mirror = left == right  # see ``ee_pair.pair_vector``
    for ha in (-1, 1):
        if mirror and ha > 0:
            continue
        u_a = particle_spinor(pa[0], pa[1], pa[2], pa[3], m_e, ha)
        for hb in (-1, 1):
            v_b = bar(antiparticle_spinor(pb[0], pb[1], pb[2], pb[3], m_e, hb))
            for side in (0, 1):
                j = (0.0j, complex(bx), complex(by), complex(bz))
                if side == 1:
                    j = (0.0j, complex(cx), complex(cy), complex(cz))
                a = electron_amplitude(v_b, u_a, j, pa, pb, k, m_e, left, right, d3, d4)
                x, y, z = boson_components(a, k, m_x)
                collect_spin(x, y, z, rho)
    scale = 0.5 * e2 if mirror else 0.25 * e2
    for i in range(9):
        rho[i] *= scale if i < 6 or not mirror else 0.0
    return rho[0] + rho[1] + rho[2]


@kernel(
    "void(float64[:,::1], float64[:,::1], float64, float64, float64, float64, float64, float64, float64[:,:,::1], "
    "float64[::1], float64[:,::1])"
)
def draw_gamma(y, frame, m_e, m_x, gv, ga, e2, cos_max, momenta, weight, rho):
    """Draw e+ e- -> gamma V.

    y       : (n, 2) in [0, 1]; frame : (n, 3) sqrt(s) in GeV, gamma and gamma beta of the centre of mass along the e-
        beam (z)
    m_e, m_x : GeV; gv, ga : couplings of the electron; e2 : 4 pi alpha
    cos_max : largest |cos| of the angle to the beam in the centre of mass
    momenta : out, (n, 4, 4) e-, e+, photon, V in the laboratory, GeV
    weight  : out, (n,) cross-section in pb per unit of y; rho : out, (n, 9) spin of V, normalised
    """
    left, right = gv - ga, gv + ga
    for i in range(y.shape[0]):
        weight[i] = 0.0
        for j in range(9):
            rho[i, j] = 0.0
        root_s, gamma, gamma_beta = frame[i, 0], frame[i, 1], frame[i, 2]
        if not root_s > m_x:
            continue
        s = root_s * root_s
        e_k, p_k = (s + m_x * m_x) / (2.0 * root_s), (s - m_x * m_x) / (2.0 * root_s)
        beta_e = math.sqrt(1.0 - 4.0 * m_e * m_e / s)
        excess, a = beam_reach(root_s, e_k, p_k, m_e, m_x)
        reach = 0.5 * math.log((a + cos_max) / (excess + (1.0 - cos_max)))
        rapidity = reach * (2.0 * y[i, 0] - 1.0)
        minus, plus = 2.0 * a / (1.0 + math.exp(2.0 * rapidity)), 2.0 * a / (1.0 + math.exp(-2.0 * rapidity))
        cos = min(1.0, max(-1.0, 0.5 * (plus - minus)))
        sin = math.sqrt(max(0.0, (minus - excess) * (plus - excess)))
        azimuth = 2.0 * math.pi * y[i, 1]
        nx, ny = sin * math.cos(azimuth), sin * math.sin(azimuth)
        pa = along_beam(0.5 * root_s, 0.0, 0.0, 0.5 * root_s * beta_e, gamma, gamma_beta)
        pb = along_beam(0.5 * root_s, 0.0, 0.0, -0.5 * root_s * beta_e, gamma, gamma_beta)
        k = along_beam(e_k, p_k * nx, p_k * ny, p_k * cos, gamma, gamma_beta)
        q = along_beam(p_k, -p_k * nx, -p_k * ny, -p_k * cos, gamma, gamma_beta)
        d3, d4 = -root_s * p_k * beta_e * minus, -root_s * p_k * beta_e * plus
        squared = _gamma_vector(pa, pb, q, k, m_e, m_x, left, right, e2, d3, d4, rho[i])
        for j in range(9):
            rho[i, j] /= squared
        # dcos = 2 reach minus plus / a dy, two-body phase space |k| dcos / (8 pi sqrt(s)), flux 2 s beta
        density = 2.0 * reach * minus * plus / a * p_k / (8.0 * math.pi * root_s)
        weight[i] = 0.5 * GEV2_PB / (s * beta_e) * squared * density
        for j in range(4):
            momenta[i, 0, j], momenta[i, 1, j], momenta[i, 2, j], momenta[i, 3, j] = pa[j], pb[j], q[j], k[j]
