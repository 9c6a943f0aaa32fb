"""Spinors, four-vectors and polarisations for amplitudes, as tuples of numbers, in the chiral basis.

gamma^mu = ((0, sigma^mu), (sigmabar^mu, 0)), gamma5 = diag(-1, 1): the first two components are left-handed.  A column
is (L0, L1, R0, R1); a row, such as ubar = u^dagger gamma^0, is (a0, a1, b0, b1) with a acting on left-handed ones.
"""

from __future__ import annotations

import math

from lvgen.kernels.jit import helper


@helper
def _helicity_state(px, py, pz, p, h):
    """Two-component eigenstate of sigma.p with eigenvalue h |p|; along z for a particle at rest."""
    if p <= 0.0:
        return (1.0 + 0.0j, 0.0j) if h > 0 else (0.0j, 1.0 + 0.0j)
    plus = p + pz
    if plus < 1e-12 * p:
        # against the z axis: the limit in the x-z plane, corrected to first order
        plus = 0.5 * (px * px + py * py) / p
        if plus <= 1e-300:
            return (0.0j, 1.0 + 0.0j) if h > 0 else (-1.0 + 0.0j, 0.0j)
    norm = 1.0 / math.sqrt(2.0 * p * plus)
    if h > 0:
        return complex(plus * norm, 0.0), complex(px * norm, py * norm)
    return complex(-px * norm, py * norm), complex(plus * norm, 0.0)


@helper
def particle_spinor(e, px, py, pz, m, h):
    """u(p) of helicity h = +1 or -1; momenta and mass in GeV."""
    p = math.sqrt(px * px + py * py + pz * pz)
    x0, x1 = _helicity_state(px, py, pz, p, h)
    large = math.sqrt(e + p)
    small = m / large
    if h > 0:
        return small * x0, small * x1, large * x0, large * x1
    return large * x0, large * x1, small * x0, small * x1


@helper
def antiparticle_spinor(e, px, py, pz, m, h):
    """v(p) of helicity h = +1 or -1; momenta and mass in GeV."""
    p = math.sqrt(px * px + py * py + pz * pz)
    x0, x1 = _helicity_state(px, py, pz, p, -h)
    large = math.sqrt(e + p)
    small = m / large
    if h > 0:
        return -large * x0, -large * x1, small * x0, small * x1
    return small * x0, small * x1, -large * x0, -large * x1


@helper
def bar(w):
    """The row w^dagger gamma^0."""
    return w[2].conjugate(), w[3].conjugate(), w[0].conjugate(), w[1].conjugate()


@helper
def slash_plus(k, m, w):
    """(k-slash + m) w of a column w; k : (E, x, y, z), real or complex."""
    c = k[1] - 1j * k[2]
    d = k[1] + 1j * k[2]
    minus, plus = k[0] - k[3], k[0] + k[3]
    return (
        minus * w[2] - c * w[3] + m * w[0],
        -d * w[2] + plus * w[3] + m * w[1],
        plus * w[0] + c * w[1] + m * w[2],
        d * w[0] + minus * w[1] + m * w[3],
    )


@helper
def row_slash_plus(r, k, m):
    """r (k-slash + m) of a row r."""
    c = k[1] - 1j * k[2]
    d = k[1] + 1j * k[2]
    minus, plus = k[0] - k[3], k[0] + k[3]
    return (
        r[2] * plus + r[3] * d + m * r[0],
        r[2] * c + r[3] * minus + m * r[1],
        r[0] * minus - r[1] * d + m * r[2],
        -r[0] * c + r[1] * plus + m * r[3],
    )


@helper
def current(r, w, left, right):
    """r gamma^mu (left P_L + right P_R) w, contravariant (E, x, y, z)."""
    a = left * r[2]
    b = left * r[3]
    c = right * r[0]
    d = right * r[1]
    l00, l11, l01, l10 = a * w[0], b * w[1], a * w[1], b * w[0]
    r00, r11, r01, r10 = c * w[2], d * w[3], c * w[3], d * w[2]
    return (
        l00 + l11 + r00 + r11,
        r01 + r10 - l01 - l10,
        1j * (r10 - r01 - l10 + l01),
        r00 - r11 - l00 + l11,
    )


@helper
def scalar_product(r, w, left, right):
    """r (left P_L + right P_R) w."""
    return left * (r[0] * w[0] + r[1] * w[1]) + right * (r[2] * w[2] + r[3] * w[3])


@helper
def combine(a, b, x, y):
    """x a + y b of four-vectors (E, x, y, z)."""
    return x * a[0] + y * b[0], x * a[1] + y * b[1], x * a[2] + y * b[2], x * a[3] + y * b[3]


@helper
def dot(a, b):
    """Scalar product of four-vectors, metric (+, -, -, -)."""
    return a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3]


@helper
def boson_components(a, k, m):
    """Amplitudes for the three real polarisations of a vector of momentum k and mass m: the boosted axes of its rest
    frame, contracted with a contravariant amplitude."""
    ka = k[1] * a[1] + k[2] * a[2] + k[3] * a[3]
    f = a[0] / m - ka / (m * (k[0] + m))
    return k[1] * f - a[1], k[2] * f - a[2], k[3] * f - a[3]


@helper
def collect_spin(x, y, z, rho):
    """Add |M><M| of one helicity configuration to a spin density (``kernels.spin``, not normalised)."""
    rho[0] += x.real * x.real + x.imag * x.imag
    rho[1] += y.real * y.real + y.imag * y.imag
    rho[2] += z.real * z.real + z.imag * z.imag
    rho[3] += x.real * y.real + x.imag * y.imag
    rho[4] += x.real * z.real + x.imag * z.imag
    rho[5] += y.real * z.real + y.imag * z.imag
    # S_k = -eps_kij Im(M_i M_j*)
    rho[6] -= 2.0 * (y.imag * z.real - y.real * z.imag)
    rho[7] -= 2.0 * (z.imag * x.real - z.real * x.imag)
    rho[8] -= 2.0 * (x.imag * y.real - x.real * y.imag)
