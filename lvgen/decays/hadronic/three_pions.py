"""V -> pi+ pi- pi0: the current of hep-ph/0512180 with rho, omega and phi parts.

Every pion has the fit's mass of 0.140 GeV.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic._phase_space import DalitzPlot, dalitz_form, in_chunks, three_body_factor
from lvgen.decays.hadronic.base import Complexes, Floats, HadronicChannel, above_threshold
from lvgen.decays.hadronic.propagators import fixed_width, p_wave

PION = 0.140
THRESHOLD = 3.0 * PION
_ORDER = 80
#: GeV: last mass of the reference program's table
_SPLINE_END = 1.1
RHO_BAND = (0.77609, 0.14446)
_RHO_1 = (1.465, 0.310)
_RHO_2 = (1.7, 0.235)
_MIXING_RHO_2 = (1.7, 0.26)
_MIXING_OMEGA = (0.78259, 0.00849)
#: GeV: (1.55/sqrt 2) times the couplings and the rho's pole that make the isospin-breaking rho part
_G_OMEGA = 1.55 / np.sqrt(2.0) * 12.924 * 0.266 * 0.77609**2 * 0.185


@dataclass(frozen=True)
class ThreePionFit:
    """Couplings in 1/GeV^3, masses and widths in GeV; ``mixing`` scales the isospin-breaking rho part."""

    a: float = 18.20
    b: float = -0.87
    c: float = -0.77
    d: float = -1.12
    e: float = -0.72
    f: float = -0.59
    omega: tuple[float, float] = (0.7824, 0.00869)
    omega_1: tuple[float, float] = (1.375, 0.250)
    omega_2: tuple[float, float] = (1.631, 0.245)
    phi: tuple[float, float] = (1.01924, 0.00414)
    mixing: float = 1.0


FIT = ThreePionFit()


def coefficients(mass: Floats) -> Floats:
    """A_ab of pi+ pi- pi0 at mass (n,) GeV: (n, 3, 3) GeV, by quadrature over the Dalitz plot at each mass.

    Width = 1/[3 (2 pi)^3 32 M^3] int ds+ ds- Gram |F|^2 with F of hep-ph/0512180 eqs. 2 to 8.
    """
    return combined(mass, dalitz_integrals(mass))


def dalitz_integrals(mass: Floats) -> Complexes:
    """Integrals (n, 4, 4) of Gram X_a X_b* over the Dalitz plot, X of ``dalitz_amplitudes``; mass (n,) GeV."""
    return in_chunks(_dalitz_integrals, mass, _ORDER**2)


def combined(mass: Floats, integrals: Complexes, fit: ThreePionFit = FIT) -> Floats:
    """The form (n, 3, 3) GeV of these integrals and a fit."""
    return dalitz_form(_factors(mass, fit), integrals, three_body_factor(mass))


def compatible(mass: Floats) -> Floats:
    """The same as the reference program has it: up to 1.1 GeV a cubic spline through values at whole MeV.

    The spline is not dense enough for the peaks: 0.7 % too low at 1.0195 GeV in the phi part, 0.03 % on the omega.
    """
    form = coefficients(mass)
    low = mass <= _SPLINE_END
    if low.any():
        form[low] = _spline()(mass[low]) * three_body_factor(mass[low])[:, None, None]
    return form


@functools.cache
def _spline() -> Callable[[Floats], Floats]:
    from scipy.interpolate import CubicSpline

    grid = np.arange(421, 1101) / 1000.0
    spline: Callable[[Floats], Floats] = CubicSpline(grid, coefficients(grid) / three_body_factor(grid)[:, None, None])
    return spline


def dalitz_amplitudes(s_plus: Floats, s_minus: Floats, s_zero: Floats) -> Complexes:
    """The four functions (H0, H1, H2, R) on the Dalitz plot that the amplitude is linear in; (4, ...) complex.

    s_plus, s_minus, s_zero : squared masses of pi+ pi0, pi- pi0 and pi+ pi-, GeV^2
    H_k sums one rho state over the three pairs; R is the rho in pi+ pi- that rho-omega mixing makes, GeV^-2.
    """
    pairs = (s_plus, s_minus, s_zero)
    rho_zero = _pair(s_zero, RHO_BAND)
    h0 = _pair(s_plus, RHO_BAND) + _pair(s_minus, RHO_BAND) + rho_zero
    h1, h2 = (sum(_pair(s, state) for s in pairs) for state in (_RHO_1, _RHO_2))
    mixing = rho_zero / RHO_BAND[0] ** 2 - 0.1 * _pair(s_zero, _MIXING_RHO_2) / _MIXING_RHO_2[0] ** 2
    return np.stack([h0, h1, h2, mixing])


def _pair(s: Floats, state: tuple[float, float]) -> Complexes:
    return p_wave(s, *state, PION, PION)


def _dalitz_integrals(mass: Floats) -> Complexes:
    plot = DalitzPlot(mass, (PION, PION, PION), RHO_BAND, RHO_BAND, _ORDER)
    return plot.integrate(dalitz_amplitudes(plot.s13, plot.s23, plot.s12))


def _factors(mass: Floats, fit: ThreePionFit = FIT) -> Complexes:
    """F_a = sum_i factors[:, a, i] X_i with X of ``dalitz_amplitudes``; (n, 3, 4), GeV^-3 (GeV^-1 for the last)."""
    s = mass**2
    f = np.zeros((mass.size, 3, 4), dtype=complex)
    omega, omega_1, omega_2 = (fixed_width(s, *state) for state in (fit.omega, fit.omega_1, fit.omega_2))
    phi = fixed_width(s, *fit.phi)
    f[:, 0, 3] = fit.mixing * _G_OMEGA * fixed_width(s, *_MIXING_OMEGA) / _MIXING_OMEGA[0] ** 2
    f[:, 1, 0] = fit.a * omega + fit.c * omega_1 + fit.d * omega_2
    f[:, 1, 2] = fit.f * omega_2
    f[:, 2, 0] = fit.b * phi
    f[:, 2, 1] = fit.e * phi
    return f


def bands(mass: float, c: Floats) -> list[tuple[int, complex, tuple[float, float]]]:
    """The amplitude as P-wave resonances in pairs: (pair, coefficient, (m, width) in GeV).

    mass : GeV; c : (3,) c_rho, c_omega, c_phi; pairs 0, 1, 2 are pi+ pi0, pi- pi0, pi+ pi-; what has no weight is left
    out
    """
    h0, h1, h2, mixing = (complex(x) for x in c @ _factors(np.array([mass]))[0])
    found = [(pair, h, state) for pair in range(3) for h, state in ((h0, RHO_BAND), (h1, _RHO_1), (h2, _RHO_2))]
    found.append((2, mixing / RHO_BAND[0] ** 2, RHO_BAND))
    found.append((2, -0.1 * mixing / _MIXING_RHO_2[0] ** 2, _MIXING_RHO_2))
    return [band for band in found if band[1]]


CHANNELS = (
    HadronicChannel(
        name="pi+ pi- pi0",
        group="pi+ pi- pi0",
        products=(211, -211, 111),
        threshold=THRESHOLD,
        coefficients=above_threshold(coefficients, THRESHOLD),
        compatible=above_threshold(compatible, THRESHOLD),
        reference="hep-ph/0512180 eqs. 2-8; arXiv:2201.01788 appendix B",
    ),
)
