"""e+ e- -> f fbar X: amplitudes by helicity spinors, and phase space that follows their peaks.

Tree level, one photon, X emitted from the final fermions or (a vector) from the electrons; no Z.  Momenta are
(E, px, py, pz) in GeV in any frame: e-, e+, f, fbar, X.  ``couplings`` are gV_f, gA_f, gV_e, gA_e of
L = V_a fbar gamma^a (gV + gA gamma5) f, or gS_f, gP_f, 0, 0 of phi fbar (gS + i gP gamma5) f.
"""

from __future__ import annotations

import numpy as np

from lvgen.kernels.dirac import (
    antiparticle_spinor,
    bar,
    boson_components,
    collect_spin,
    combine,
    current,
    dot,
    particle_spinor,
    row_slash_plus,
    scalar_product,
    slash_plus,
)
from lvgen.kernels.jit import helper, kernel


@helper
def _pair_amplitude(row, column, j, p1, p2, k, m, left, right, d1, d2):
    """Contravariant amplitude of a vector emitted from the final pair on which the current j of the electrons acts."""
    first = current(row, slash_plus(combine(p1, k, 1.0, 1.0), m, slash_plus(j, 0.0, column)), left, right)
    second = current(row_slash_plus(row_slash_plus(row, j, 0.0), combine(p2, k, -1.0, -1.0), m), column, left, right)
    x, y = 1.0 / d1, 1.0 / d2
    return (
        x * first[0] + y * second[0],
        x * first[1] + y * second[1],
        x * first[2] + y * second[2],
        x * first[3] + y * second[3],
    )


@helper
def electron_amplitude(row, column, j, pa, pb, k, m, left, right, d3, d4):
    """Contravariant amplitude of a vector emitted from the electron line on which the current j of the pair acts."""
    first = current(row_slash_plus(row_slash_plus(row, j, 0.0), combine(pa, k, 1.0, -1.0), m), column, left, right)
    second = current(row, slash_plus(combine(pb, k, -1.0, 1.0), m, slash_plus(j, 0.0, column)), left, right)
    x, y = 1.0 / d3, 1.0 / d4
    return (
        x * first[0] + y * second[0],
        x * first[1] + y * second[1],
        x * first[2] + y * second[2],
        x * first[3] + y * second[3],
    )


@helper
def pair_vector(pa, pb, p1, p2, k, m_e, m_f, m_x, couplings, e4, d, f_s, f_r, rho):
    """Spin-averaged |M|^2 (GeV^-2) of e- e+ -> f fbar V, and the same with k for the polarisation (GeV^0).

    The second vanishes for vector couplings (Ward identity).

    e4 : (4 pi alpha)^2; d : (p1+k)^2 - m_f^2, (p2+k)^2 - m_f^2, (pa-k)^2 - m_e^2, (pb-k)^2 - m_e^2
    f_s, f_r : factors on the propagators 1/s and 1/(p1+p2)^2, for vacuum polarisation
    rho : out, (9,) T and S as in ``kernels.spin``, not normalised (trace = the result)
    """
    s, r2 = (2.0 * m_e * m_e + 2.0 * dot(pa, pb)) / f_s, (2.0 * m_f * m_f + 2.0 * dot(p1, p2)) / f_r
    left_f, right_f = couplings[0] - couplings[1], couplings[0] + couplings[1]
    left_e, right_e = couplings[2] - couplings[3], couplings[2] + couplings[3]
    # real vector couplings: opposite helicities give the complex conjugate, the same T and the opposite S
    mirror = couplings[1] == 0.0 and couplings[3] == 0.0
    on_f = couplings[0] != 0.0 or couplings[1] != 0.0
    on_e = couplings[2] != 0.0 or couplings[3] != 0.0
    divergence = 0.0
    for i in range(9):
        rho[i] = 0.0
    for ha in (-1, 1):
        for hb in (-1, 1):
            if (m_e == 0.0 and ha == hb) or (mirror and ha > 0):
                continue
            u_a = particle_spinor(pa[0], pa[1], pa[2], pa[3], m_e, ha)
            v_b = bar(antiparticle_spinor(pb[0], pb[1], pb[2], pb[3], m_e, hb))
            j_e = current(v_b, u_a, 1.0, 1.0)
            for h1 in (-1, 1):
                u_1 = bar(particle_spinor(p1[0], p1[1], p1[2], p1[3], m_f, h1))
                for h2 in (-1, 1):
                    v_2 = antiparticle_spinor(p2[0], p2[1], p2[2], p2[3], m_f, h2)
                    x = y = z = w = 0.0j
                    if on_f:
                        a = _pair_amplitude(u_1, v_2, j_e, p1, p2, k, m_f, left_f, right_f, d[0], d[1])
                        ax, ay, az = boson_components(a, k, m_x)
                        x, y, z, w = ax / s, ay / s, az / s, dot(a, k) / s
                    if on_e:
                        j_f = current(u_1, v_2, 1.0, 1.0)
                        a = electron_amplitude(v_b, u_a, j_f, pa, pb, k, m_e, left_e, right_e, d[2], d[3])
                        ax, ay, az = boson_components(a, k, m_x)
                        x, y, z, w = x + ax / r2, y + ay / r2, z + az / r2, w + dot(a, k) / r2
                    divergence += w.real * w.real + w.imag * w.imag
                    collect_spin(x, y, z, rho)
    scale = 0.5 * e4 if mirror else 0.25 * e4
    for i in range(9):
        rho[i] *= scale if i < 6 or not mirror else 0.0
    return rho[0] + rho[1] + rho[2], scale * divergence


@helper
def pair_scalar(pa, pb, p1, p2, k, m_e, m_f, couplings, e4, d, f_s):
    """Spin-averaged |M|^2 (GeV^-2) of e- e+ -> f fbar phi, emitted from the final fermions."""
    s = (2.0 * m_e * m_e + 2.0 * dot(pa, pb)) / f_s
    left, right = complex(couplings[0], -couplings[1]), complex(couplings[0], couplings[1])
    total = 0.0
    mirror = couplings[0] == 0.0 or couplings[1] == 0.0
    for ha in (-1, 1):
        for hb in (-1, 1):
            if (m_e == 0.0 and ha == hb) or (mirror and ha > 0):
                continue
            u_a = particle_spinor(pa[0], pa[1], pa[2], pa[3], m_e, ha)
            v_b = bar(antiparticle_spinor(pb[0], pb[1], pb[2], pb[3], m_e, hb))
            j = current(v_b, u_a, 1.0, 1.0)
            for h1 in (-1, 1):
                u_1 = bar(particle_spinor(p1[0], p1[1], p1[2], p1[3], m_f, h1))
                for h2 in (-1, 1):
                    v_2 = antiparticle_spinor(p2[0], p2[1], p2[2], p2[3], m_f, h2)
                    first = slash_plus(combine(p1, k, 1.0, 1.0), m_f, slash_plus(j, 0.0, v_2))
                    second = row_slash_plus(row_slash_plus(u_1, j, 0.0), combine(p2, k, -1.0, -1.0), m_f)
                    a = scalar_product(u_1, first, left, right) / d[0] + scalar_product(second, v_2, left, right) / d[1]
                    a /= s
                    total += a.real * a.real + a.imag * a.imag
    return (0.5 if mirror else 0.25) * e4 * total


@helper
def _four(p, i):
    return p[i, 0], p[i, 1], p[i, 2], p[i, 3]


@kernel(
    "void(float64[:,:,::1], float64, float64, float64, float64[::1], float64, boolean, float64[::1], float64[::1], "
    "float64[:,::1])",
    ahead=False,
)
def pair_matrix_elements(momenta, m_e, m_f, m_x, couplings, e4, scalar, squared, divergence, rho):
    """Spin-averaged |M|^2 at given points.

    momenta : (n, 5, 4) e-, e+, f, fbar, X in GeV; couplings : (4,), see the module; e4 : (4 pi alpha)^2
    scalar : X is a scalar; squared : out, (n,) GeV^-2
    divergence : out, (n,) |k . M|^2 of a vector, 0 for a scalar; rho : out, (n, 9) its spin density, not normalised
    """
    d = np.empty(4)
    for i in range(momenta.shape[0]):
        p = momenta[i]
        pa, pb, p1, p2, k = _four(p, 0), _four(p, 1), _four(p, 2), _four(p, 3), _four(p, 4)
        d[0] = m_x * m_x + 2.0 * dot(p1, k)
        d[1] = m_x * m_x + 2.0 * dot(p2, k)
        d[2] = m_x * m_x - 2.0 * dot(pa, k)
        d[3] = m_x * m_x - 2.0 * dot(pb, k)
        if scalar:
            squared[i] = pair_scalar(pa, pb, p1, p2, k, m_e, m_f, couplings, e4, d, 1.0)
            divergence[i] = 0.0
        else:
            squared[i], divergence[i] = pair_vector(
                pa, pb, p1, p2, k, m_e, m_f, m_x, couplings, e4, d, 1.0, 1.0, rho[i]
            )
