"""Amplitudes of weak decays that emit a boson from charged legs, by helicity spinors.

P+ -> l+ nu V and l1 -> nu1 l2 nubar2 V (arXiv:1609.00860).  Four-vectors are tuples
(E, x, y, z) in GeV in any frame; amplitudes come without G_F, CKM element and decay constant.
"""

from __future__ import annotations

import math

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
from lvgen.kernels.vectors import perpendicular


@helper
def _left_row(r):
    """r (1 - gamma5)."""
    return 2.0 * r[0], 2.0 * r[1], 0.0j, 0.0j


@helper
def _left(w):
    """(1 - gamma5) w."""
    return 2.0 * w[0], 2.0 * w[1], 0.0j, 0.0j


@helper
def meson_vector(k, p, q, v, m_l, m_v, couplings, rho):
    """Sum of |M|^2 over spins of P(k) -> l+(p) nu(q) V(v), over G_F^2 |V_CKM|^2 f_P^2; and the divergence |v . M|^2.

    couplings : gV, gA of the lepton field, g_nu of the left-handed neutrino, g_P of P+; rho : out, (9,) spin density
    """
    for i in range(9):
        rho[i] = 0.0
    left, right = couplings[0] - couplings[1], couplings[0] + couplings[1]
    big_q = combine(p, v, 1.0, 1.0)
    d_l = m_v * m_v + 2.0 * dot(p, v)
    d_n = m_v * m_v + 2.0 * dot(q, v)
    d_p = m_v * m_v - 2.0 * dot(k, v)
    row = bar(particle_spinor(q[0], q[1], q[2], q[3], 0.0, -1))
    inner = row_slash_plus(_left_row(row_slash_plus(row, k, 0.0)), combine(big_q, big_q, -1.0, 0.0), m_l)
    divergence = 0.0
    for h in (-1, 1):
        col = antiparticle_spinor(p[0], p[1], p[2], p[3], m_l, h)
        a = current(inner, col, left, right)
        a = a[0] / d_l, a[1] / d_l, a[2] / d_l, a[3] / d_l
        if couplings[2] != 0.0:
            g = couplings[2] / d_n
            b = current(row, slash_plus(combine(q, v, 1.0, 1.0), 0.0, slash_plus(k, 0.0, _left(col))), g, g)
            a = a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]
        if couplings[3] != 0.0:
            rest = _left(col)
            f = couplings[3] / d_p * scalar_product(row, slash_plus(combine(k, v, 1.0, -1.0), 0.0, rest), 1.0, 1.0)
            c = current(row, rest, couplings[3], couplings[3])
            a = (
                a[0] + f * (2.0 * k[0] - v[0]) - c[0], a[1] + f * (2.0 * k[1] - v[1]) - c[1],
                a[2] + f * (2.0 * k[2] - v[2]) - c[2], a[3] + f * (2.0 * k[3] - v[3]) - c[3],
            )  # fmt: skip
        x, y, z = boson_components(a, v, m_v)
        collect_spin(x, y, z, rho)
        w = dot(a, v)
        divergence += w.real * w.real + w.imag * w.imag
    for i in range(9):
        rho[i] *= 0.5
    return rho[0] + rho[1] + rho[2], 0.5 * divergence


@helper
def meson_scalar(k, p, q, v, m_l, m_phi, couplings):
    """The same for P -> l+ nu phi emitted from the lepton; couplings : gS, gP of phi lbar (gS + i gP gamma5) l."""
    big_q = combine(p, v, -1.0, -1.0)
    d_l = m_phi * m_phi + 2.0 * dot(p, v)
    row = bar(particle_spinor(q[0], q[1], q[2], q[3], 0.0, -1))
    inner = row_slash_plus(_left_row(row_slash_plus(row, k, 0.0)), big_q, m_l)
    total = 0.0
    for h in (-1, 1):
        col = antiparticle_spinor(p[0], p[1], p[2], p[3], m_l, h)
        a = scalar_product(inner, col, complex(couplings[0], -couplings[1]), complex(couplings[0], couplings[1])) / d_l
        total += a.real * a.real + a.imag * a.imag
    return 0.5 * total


@helper
def boosted_from(p_star, mass, frame):
    """Momentum (E, x, y, z) of a particle of given mass: p_star (x, y, z) in the rest frame of ``frame``."""
    m = math.sqrt(max(0.0, dot(frame, frame)))
    e = math.sqrt(mass * mass + p_star[0] ** 2 + p_star[1] ** 2 + p_star[2] ** 2)
    along = p_star[0] * frame[1] + p_star[1] * frame[2] + p_star[2] * frame[3]
    f = (e + along / (frame[0] + m)) / m
    return (
        (frame[0] * e + along) / m, p_star[0] + f * frame[1], p_star[1] + f * frame[2], p_star[2] + f * frame[3],
    )  # fmt: skip


@helper
def two_body(s, m1, m2):
    """Momentum of a pair of squared mass s in its rest frame; 0 below threshold."""
    low, high = (m1 + m2) ** 2, (m1 - m2) ** 2
    if s <= low:
        return 0.0
    return math.sqrt((s - low) * (s - high)) / (2.0 * math.sqrt(s))


@kernel(
    "void(float64[:,::1], float64, float64, float64, float64[::1], boolean, float64[:,:,::1], float64[::1], "
    "float64[::1], float64[:,::1])"
)
def leptonic_decay(y, m_p, m_l, m_x, couplings, scalar, momenta, weight, divergence, rho):
    """P+ -> l+ nu X in the rest frame of P.

    y : (n, 4) in [0, 1]: mass of the pair (l X), angle of l in it, direction of the neutrino (two)
    m_p, m_l, m_x : GeV; couplings : see ``meson_vector`` and ``meson_scalar`` (then gS, gP, 0, 0)
    momenta : out, (n, 3, 4) l, nu, X; weight : out, (n,) width per unit of y over (G_F V_CKM f_P)^2, GeV^3
    divergence : out, (n,) |v . M|^2 over |M|^2; rho : out, (n, 9) spin of a vector, normalised
    """
    low = (m_l + m_x) ** 2 - m_l * m_l
    span = math.log((m_p * m_p - m_l * m_l) / low)
    k = (m_p, 0.0, 0.0, 0.0)
    for i in range(y.shape[0]):
        weight[i] = 0.0
        # quadratic in the logarithm, so that the threshold's square root is smooth
        t = y[i, 0]
        q2 = m_l * m_l + low * math.exp(span * t * t)
        root = math.sqrt(q2)
        p_star = two_body(q2, m_l, m_x)
        e_nu = (m_p * m_p - q2) / (2.0 * m_p)
        if not (p_star > 0.0 and e_nu > 0.0):
            continue
        cos_n, phi_n = 2.0 * y[i, 2] - 1.0, 2.0 * math.pi * y[i, 3]
        sin_n = math.sqrt(max(0.0, 1.0 - cos_n * cos_n))
        nx, ny, nz = sin_n * math.cos(phi_n), sin_n * math.sin(phi_n), cos_n
        q = (e_nu, e_nu * nx, e_nu * ny, e_nu * nz)
        pair = (m_p - e_nu, -q[1], -q[2], -q[3])
        c = 2.0 * y[i, 1] - 1.0
        s = math.sqrt(max(0.0, 1.0 - c * c))
        bx, by, bz, _, _, _ = perpendicular(nx, ny, nz)
        star = (p_star * (c * nx + s * bx), p_star * (c * ny + s * by), p_star * (c * nz + s * bz))
        p = boosted_from(star, m_l, pair)
        v = (pair[0] - p[0], pair[1] - p[1], pair[2] - p[2], pair[3] - p[3])
        if scalar:
            squared = meson_scalar(k, p, q, v, m_l, m_x, couplings)
            divergence[i] = 0.0
        else:
            squared, div = meson_vector(k, p, q, v, m_l, m_x, couplings, rho[i])
            divergence[i] = div / squared if squared > 0.0 else 0.0
            for j in range(9):
                rho[i, j] /= squared
        for j in range(4):
            momenta[i, 0, j], momenta[i, 1, j], momenta[i, 2, j] = p[j], q[j], v[j]
        jacobian = (q2 - m_l * m_l) * span * 2.0 * t
        flat = e_nu / (4.0 * math.pi * m_p) * p_star / (4.0 * math.pi * root)
        weight[i] = jacobian / (2.0 * math.pi) * flat * squared / (2.0 * m_p)


@helper
def lepton_vector(k, p1, v, p3, p4, m, m_l, m_v, couplings, rho):
    """Sum of |M|^2 over spins of l1(k) -> nu1(p4) l2(p1) nubar2(p3) V(v), over G_F^2; and the divergence |v . M|^2.

    couplings : gV, gA of l2, gV, gA of l1, g of the left-handed nu2 and nu1; rho : out, (9,) spin density of V
    """
    for i in range(9):
        rho[i] = 0.0
    two = combine(p1, v, 1.0, 1.0)
    d_2 = m_v * m_v + 2.0 * dot(p1, v)
    d_1 = m_v * m_v - 2.0 * dot(k, v)
    d_n2 = m_v * m_v + 2.0 * dot(p3, v)
    d_n1 = m_v * m_v + 2.0 * dot(p4, v)
    row_n1 = bar(particle_spinor(p4[0], p4[1], p4[2], p4[3], 0.0, -1))
    col_n2 = antiparticle_spinor(p3[0], p3[1], p3[2], p3[3], 0.0, 1)
    divergence = 0.0
    for h1 in (-1, 1):
        col_1 = particle_spinor(k[0], k[1], k[2], k[3], m, h1)
        j = current(row_n1, _left(col_1), 1.0, 1.0)
        after = slash_plus(two, m_l, slash_plus(j, 0.0, _left(col_n2)))
        for h2 in (-1, 1):
            row_2 = bar(particle_spinor(p1[0], p1[1], p1[2], p1[3], m_l, h2))
            a = current(row_2, after, (couplings[0] - couplings[1]) / d_2, (couplings[0] + couplings[1]) / d_2)
            pair = current(row_2, _left(col_n2), 1.0, 1.0)
            before = row_slash_plus(_left_row(row_slash_plus(row_n1, pair, 0.0)), combine(k, v, 1.0, -1.0), m)
            b = current(before, col_1, (couplings[2] - couplings[3]) / d_1, (couplings[2] + couplings[3]) / d_1)
            g = -couplings[4] / d_n2
            c = current(
                row_slash_plus(_left_row(row_slash_plus(row_2, j, 0.0)), combine(p3, v, 1.0, 1.0), 0.0),
                col_n2,
                g,
                g,
            )
            g = couplings[5] / d_n1
            d = current(row_n1, slash_plus(combine(p4, v, 1.0, 1.0), 0.0, slash_plus(pair, 0.0, _left(col_1))), g, g)
            a = (
                a[0] + b[0] + c[0] + d[0], a[1] + b[1] + c[1] + d[1],
                a[2] + b[2] + c[2] + d[2], a[3] + b[3] + c[3] + d[3],
            )  # fmt: skip
            x, y, z = boson_components(a, v, m_v)
            collect_spin(x, y, z, rho)
            w = dot(a, v)
            divergence += w.real * w.real + w.imag * w.imag
    for i in range(9):
        rho[i] *= 0.5
    return rho[0] + rho[1] + rho[2], 0.5 * divergence


@kernel(
    "void(float64[:,::1], float64, float64, float64, float64[::1], float64[:,:,::1], float64[::1], float64[::1], "
    "float64[:,::1])"
)
def lepton_decay(y, m, m_l, m_v, couplings, momenta, weight, divergence, rho):
    """l1 -> nu1 l2 nubar2 V in the rest frame of l1, which is unpolarised.

    y : (n, 7) in [0, 1]: mass of (l2 V nubar2), mass of (l2 V), two angles of nubar2 and two of l2, then the angle of
        nu1 to the z axis (its azimuth is left out)
    m, m_l, m_v : GeV; couplings : (6,), see ``lepton_vector``
    momenta : out, (n, 4, 4) nu1, l2, nubar2, V; weight : out, (n,) width per unit of y over G_F^2, GeV^5
    divergence : out, (n,) |v . M|^2 over |M|^2; rho : out, (n, 9) spin, normalised
    """
    k = (m, 0.0, 0.0, 0.0)
    low = (m_l + m_v) ** 2
    for i in range(y.shape[0]):
        weight[i] = 0.0
        m3 = low + (m * m - low) * y[i, 0]
        base = low - m_l * m_l
        span = math.log((m3 - m_l * m_l) / base) if m3 > low else 0.0
        t = y[i, 1]
        m2 = m_l * m_l + base * math.exp(span * t * t)
        e_4, p_3, p_2 = (m * m - m3) / (2.0 * m), two_body(m3, math.sqrt(m2), 0.0), two_body(m2, m_l, m_v)
        if not (span > 0.0 and e_4 > 0.0 and p_3 > 0.0 and p_2 > 0.0):
            continue
        c4 = 2.0 * y[i, 6] - 1.0
        s4 = math.sqrt(max(0.0, 1.0 - c4 * c4))
        p4 = (e_4, e_4 * s4, 0.0, e_4 * c4)
        three = (m - e_4, -p4[1], 0.0, -p4[3])
        p3 = boosted_from(_direction(p_3, y[i, 2], y[i, 3]), 0.0, three)
        pair = combine(three, p3, 1.0, -1.0)
        p1 = boosted_from(_direction(p_2, y[i, 4], y[i, 5]), m_l, pair)
        v = combine(pair, p1, 1.0, -1.0)
        squared, div = lepton_vector(k, p1, v, p3, p4, m, m_l, m_v, couplings, rho[i])
        divergence[i] = div / squared if squared > 0.0 else 0.0
        for j in range(9):
            rho[i, j] /= squared
        for j in range(4):
            momenta[i, 0, j], momenta[i, 1, j], momenta[i, 2, j], momenta[i, 3, j] = p4[j], p1[j], p3[j], v[j]
        jacobian = (m * m - low) * (m2 - m_l * m_l) * span * 2.0 * t / (4.0 * math.pi * math.pi)
        flat = e_4 / (4.0 * math.pi * m) * p_3 / (4.0 * math.pi * math.sqrt(m3)) * p_2 / (4.0 * math.pi * math.sqrt(m2))
        weight[i] = jacobian * flat * 0.5 * squared / (2.0 * m)


@helper
def _direction(p, u, v):
    c = 2.0 * u - 1.0
    s = math.sqrt(max(0.0, 1.0 - c * c))
    return p * s * math.cos(2.0 * math.pi * v), p * s * math.sin(2.0 * math.pi * v), p * c


@kernel("void(float64[:,::1], float64[:,::1], float64[::1])")
def longitudinal_share(boson, rho, out):
    """T along each boson's flight (n,): the share of helicity 0 in the frame of ``boson`` (n, 4); rho (n, 9)."""
    for i in range(boson.shape[0]):
        x, y, z = boson[i, 1], boson[i, 2], boson[i, 3]
        p2 = x * x + y * y + z * z
        out[i] = 0.0
        if p2 > 0.0:
            diagonal = rho[i, 0] * x * x + rho[i, 1] * y * y + rho[i, 2] * z * z
            out[i] = (diagonal + 2.0 * (rho[i, 3] * x * y + rho[i, 4] * x * z + rho[i, 5] * y * z)) / p2
