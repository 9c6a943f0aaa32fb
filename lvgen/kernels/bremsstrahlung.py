"""Bosons radiated by a beam proton: splitting functions, and their draw into a detector's window.

With z = p_z/P of the boson, k2 = p_T^2 and H = k2 + z^2 m_p^2 + (1 - z) m_V^2, one beam makes

    d sigma / (dz dk2) = sigma(s (1 - z)) w(z, k2),      dz dk2 = p^3 d(ln p) d(Omega) / (pi P).

A form is eight numbers: kind, off-shell cutoff (GeV), lowest and highest z, highest p_T (GeV), kind of cross-section,
what multiplies it (1/mb), spare.  Form factors are three: |F1|^2, Re(F1 F2*), |F2|^2, couplings included.
A beam is six: P, E, s, m_p, m_V, and 1 where there are two equal beams and both directions count.
"""

from __future__ import annotations

import math

from lvgen.kernels.geometry import aim_direction
from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.spin import axis_spin

QUASI_REAL, WEIZSAECKER_WILLIAMS = 0, 1
NON_SINGLE_DIFFRACTIVE, INELASTIC, TOTAL = 0, 1, 2
FORM_FLOATS, BEAM_FLOATS = 8, 6


@helper
def cross_section(kind, s):
    """p p cross-section in mb at s in GeV^2.

    ``NON_SINGLE_DIFFRACTIVE``: 1.76 + 19.8 s^0.057, as in arXiv:2108.05900 and arXiv:2409.09123; ``INELASTIC``:
    25.727 + 0.1389 ln^2 s, fitted to 2e-5 to what stands behind FORESEE's Weizsaecker-Williams tables; ``TOTAL``: the
    fit of the Review of Particle Physics 2016 (section 51), 1 % from measurements at 400 GeV and 4 % at the LHC.
    """
    if kind == NON_SINGLE_DIFFRACTIVE:
        return 1.76 + 19.8 * s**0.057
    if kind == INELASTIC:
        return 25.727 + 0.1389 * math.log(s) ** 2
    s_m = (2.0 * 0.938272 + 2.1206) ** 2
    return 34.41 + 0.2720 * math.log(s / s_m) ** 2 + 13.07 * (s_m / s) ** 0.4473 - 7.394 * (s_m / s) ** 0.5486


@helper
def quasi_real(z, k2, m_p, m_v, f11, f12, f22):
    """Transverse and longitudinal part of w, GeV^-2, without off-shell factor (arXiv:2409.09123).

    The longitudinal polarisation is the one without its part along the momentum; its terms are those with m_V^2, a
    sum of two squares: (sqrt(2/z) x F1 - sqrt(z^3/8) F2)^2 without and k2 (2 - z)^2/(8 z m_p^2) F2^2 with spin flip.
    """
    x, mp2, mv2 = 1.0 - z, m_p * m_p, m_v * m_v
    h = k2 + z * z * mp2 + x * mv2
    norm = 1.0 / (8.0 * math.pi * math.pi * h * h)
    transverse = (
        f11 * ((1.0 + x * x) / z * k2 + z**3 * mp2)
        + f12 * (2.0 * z * k2 + 2.0 * z**3 * mp2)
        + f22 * (1.5 * z * k2 + z**3 * mp2 + k2 * k2 / (2.0 * z * mp2))
    )
    longitudinal = mv2 * (
        f11 * 2.0 * x * x / z - f12 * z * x + f22 * (z**3 / 8.0 + k2 * (2.0 - z) ** 2 / (8.0 * z * mp2))
    )
    return norm * transverse, norm * longitudinal


@helper
def weizsaecker_williams(z, k2, m_p, m_v, f11):
    """w of the generalised Weizsaecker-Williams approximation, GeV^-2 (arXiv:1311.3870).

    The third term has z + (1 - z)^2, as in the paper; codes with 1 + (1 - z)^2 there are 3 to 5 % higher at 400 GeV.
    """
    x, mp2, mv2 = 1.0 - z, m_p * m_p, m_v * m_v
    h = k2 + z * z * mp2 + x * mv2
    bracket = (
        (1.0 + x * x) / z
        - 2.0 * z * x * ((2.0 * mp2 + mv2) / h - 2.0 * z * z * mp2 * mp2 / (h * h))
        + 2.0 * z * x * (z + x * x) * mp2 * mv2 / (h * h)
        + 2.0 * z * x * x * mv2 * mv2 / (h * h)
    )
    return f11 * max(0.0, bracket) / (8.0 * math.pi * math.pi * h)


@helper
def splitting(form, ff, z, k2, m_p, m_v):
    """w of a form with its off-shell factor, GeV^-2, and the share of longitudinal bosons; no cuts.

    The Weizsaecker-Williams form does not tell polarisations apart: the quasi-real share with F2 = 0 is assumed.
    """
    if form[0] == WEIZSAECKER_WILLIAMS:
        t, long = quasi_real(z, k2, m_p, m_v, 1.0, 0.0, 0.0)
        return weizsaecker_williams(z, k2, m_p, m_v, ff[0]), long / (t + long)
    t, long = quasi_real(z, k2, m_p, m_v, ff[0], ff[1], ff[2])
    total = t + long
    if total <= 0.0:
        return 0.0, 0.0
    h = (k2 + z * z * m_p * m_p + (1.0 - z) * m_v * m_v) / z
    cut = form[1] ** 4
    off = cut / (cut + h * h)
    return total * off * off, min(1.0, max(0.0, long / total))


@helper
def emission(form, ff, beam, p, pz, k2):
    """Bosons per interaction in dz dk2 (GeV^-2) at momentum p, with cuts, and the share of longitudinal ones."""
    z = (abs(pz) if beam[5] > 0.0 else pz) / beam[0]
    if z <= 0.0 or z < form[2] or z > form[3] or z >= 1.0 or k2 > form[4] * form[4]:
        return 0.0, 0.0
    m_p, m_v = beam[3], beam[4]
    left = beam[2] * (1.0 - z)
    if left <= 4.0 * m_p * m_p or math.sqrt(p * p + m_v * m_v) + m_p >= beam[1]:
        return 0.0, 0.0
    w, share = splitting(form, ff, z, k2, m_p, m_v)
    return w * form[6] * cross_section(int(form[5]), left), share


@kernel(
    "void(float64[:,::1], float64[::1], float64[::1], float64[::1], float64, float64, int64, float64[::1], "
    "float64[:,::1], float64[:,::1], float64[::1])"
)
def draw_bremsstrahlung(y, form, ff, beam, p_low, p_high, aim_kind, aim, boson, spin, weight):
    """Draw bosons radiated at the origin.

    y : (n, 3) in [0, 1]: ln p between p_low and p_high (GeV), two for the direction; aim_kind, aim : window
    form, ff, beam : see the module
    boson : out, (n, 4) GeV; spin : out, (n, 9), helicity states without interference, axis: the flight in the lab
    weight : out, (n,) bosons per interaction and unit of y
    """
    low, width = math.log(p_low), math.log(p_high / p_low)
    for i in range(y.shape[0]):
        p = math.exp(low + y[i, 0] * width)
        nx, ny, nz, solid = aim_direction(aim_kind, aim, p, y[i, 1], y[i, 2])
        boson[i, 0] = math.sqrt(p * p + beam[4] * beam[4])
        boson[i, 1], boson[i, 2], boson[i, 3] = p * nx, p * ny, p * nz
        rate, share = emission(form, ff, beam, p, p * nz, p * p * (nx * nx + ny * ny))
        weight[i] = rate * p * p * p * width * solid / (math.pi * beam[0])
        axis_spin(share, 0.0, nx, ny, nz, spin, i)


@kernel("void(float64[:,::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1])")
def emission_density(boson, form, ff, beam, density, longitudinal):
    """Bosons per interaction in dz dk2 (GeV^-2) at momenta (n, 4), and the share of longitudinal ones; (n,) each."""
    for i in range(boson.shape[0]):
        px, py, pz = boson[i, 1], boson[i, 2], boson[i, 3]
        k2 = px * px + py * py
        density[i], longitudinal[i] = emission(form, ff, beam, math.sqrt(k2 + pz * pz), pz, k2)


@kernel("void(float64[::1], float64[::1], float64[::1], float64[::1], float64, float64, float64[:,::1])", ahead=False)
def splitting_values(z, k2, form, ff, m_p, m_v, out):
    """``splitting`` at many points z, k2 (n,): out (n, 2), w in GeV^-2 and the longitudinal share; no cuts."""
    for i in range(z.shape[0]):
        out[i, 0], out[i, 1] = splitting(form, ff, z[i], k2[i], m_p, m_v)


@kernel("float64(int64, float64)")
def pp_cross_section(kind, s):
    """``cross_section`` for callers outside kernels: mb at s in GeV^2."""
    return cross_section(kind, s)
