"""V -> K K pi through K*(892) K: isovector (rho-like) and isoscalar (phi-like) amplitudes.

arXiv:1911.11147 with the K*(892) of arXiv:2201.01788 appendix B. Products 1 and 2 are the kaons, 3 the pion.
"""

from __future__ import annotations

import cmath
import functools
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic._phase_space import DalitzPlot, dalitz_form, in_chunks, three_body_factor
from lvgen.decays.hadronic.base import PHI, RHO, Complexes, Floats, HadronicChannel, above_threshold
from lvgen.decays.hadronic.propagators import fixed_width, p_wave

_K_PLUS = 0.493677
_K_ZERO = 0.497648
_PI_PLUS = 0.13957018
_PI_ZERO = 0.1349766
K_STAR = (0.8956, 0.047)
_G = 5.37392360229
_ORDER = 64
#: GeV: the reference program opens every mode here
_COMMON_THRESHOLD = 2.0 * _K_ZERO + _PI_PLUS
ISOSCALAR = ((0.233 + 0j, 1.6334, 0.218), (cmath.rect(0.0405, 5.19), 1.957, 0.267))
ISOVECTOR = (
    (-2.34 + 0j, 0.77526, 0.1491),
    (cmath.rect(0.594, 0.317), 1.470, 0.400),
    (cmath.rect(-0.0179, 2.57), 1.720, 0.250),
)


@dataclass(frozen=True)
class KaonsPionMode:
    """One final state: its masses (GeV) and the sign of the isovector amplitude in the K* -> 1 3 and K* -> 2 3 bands.

    A neutral K* comes with A0 + A1, a charged one with A0 - A1.
    """

    name: str
    products: tuple[int, int, int]
    masses: tuple[float, float, float]
    sign_13: int
    sign_23: int

    @property
    def threshold(self) -> float:
        """GeV."""
        return sum(self.masses)


NEUTRAL = KaonsPionMode("K0 K0bar pi0", (310, 130, 111), (_K_ZERO, _K_ZERO, _PI_ZERO), 1, 1)
CHARGED = KaonsPionMode("K+ K- pi0", (321, -321, 111), (_K_PLUS, _K_PLUS, _PI_ZERO), -1, -1)
MIXED = KaonsPionMode("K0bar K+ pi-", (-311, 321, -211), (_K_ZERO, _K_PLUS, _PI_PLUS), -1, 1)
MIXED_BAR = KaonsPionMode("K0 K- pi+", (311, -321, 211), (_K_ZERO, _K_PLUS, _PI_PLUS), -1, 1)
MODES = (NEUTRAL, CHARGED, MIXED, MIXED_BAR)


States = tuple[tuple[complex, float, float], ...]


def isospin_amplitudes(
    mass: Floats, isoscalar: States = ISOSCALAR, isovector: States = ISOVECTOR
) -> tuple[Complexes, Complexes]:
    """A0 (at c_phi = 1) and A1 (at c_rho = 1), each (n,), at mass (n,) GeV."""
    s = mass**2
    first, second = (
        np.sum([a * fixed_width(s, m, gamma) for a, m, gamma in states], axis=0) for states in (isoscalar, isovector)
    )
    return first, second


def k_star(s: Floats, m_kaon: float, m_pion: float) -> Complexes:
    """Propagator of the K*(892) in a kaon-pion pair of squared mass s (GeV^2), over its squared mass: GeV^-2."""
    return p_wave(s, *K_STAR, m_kaon, m_pion) / K_STAR[0] ** 2


def coefficients(mass: Floats, mode: KaonsPionMode, exchanged: bool = False) -> Floats:
    """A_ab of one mode at mass (n,) GeV above its threshold: (n, 3, 3) GeV.

    exchanged : the isovector signs of the two bands change places, as the reference program has them in the mixed mode
    """
    signs = (mode.sign_23, mode.sign_13) if exchanged else (mode.sign_13, mode.sign_23)
    return combined(mass, dalitz_integrals(mass, mode), isospin_amplitudes(mass), signs)


def dalitz_integrals(mass: Floats, mode: KaonsPionMode) -> Complexes:
    """Integrals (n, 2, 2) of Gram X_a X_b* over the Dalitz plot, X the K* in 1 3 and in 2 3; mass (n,) GeV."""
    return in_chunks(functools.partial(_dalitz_integrals, mode=mode), mass, _ORDER**2)


def combined(
    mass: Floats, integrals: Complexes, amplitudes: tuple[Complexes, Complexes], signs: tuple[int, int]
) -> Floats:
    """The form (n, 3, 3) of the integrals, the two isospin amplitudes and the isovector signs of the two bands."""
    isoscalar, isovector = amplitudes
    bands = np.zeros((mass.size, 3, 2), dtype=complex)
    bands[:, RHO] = isovector[:, None] * np.array(signs)
    bands[:, PHI] = isoscalar[:, None]
    return dalitz_form(bands, integrals, 4.0 * _G**2 / 6.0 * three_body_factor(mass))


def _dalitz_integrals(mass: Floats, mode: KaonsPionMode) -> Complexes:
    m1, m2, m3 = mode.masses
    plot = DalitzPlot(mass, mode.masses, K_STAR, K_STAR, _ORDER)
    return plot.integrate(np.stack([k_star(plot.s13, m1, m3), k_star(plot.s23, m2, m3)]))


def _channel(mode: KaonsPionMode) -> HadronicChannel:
    right = functools.partial(coefficients, mode=mode)
    reference = functools.partial(coefficients, mode=mode, exchanged=True)
    return HadronicChannel(
        name=mode.name,
        group="KKpi",
        products=mode.products,
        threshold=mode.threshold,
        coefficients=above_threshold(right, mode.threshold),
        compatible=above_threshold(reference, max(mode.threshold, _COMMON_THRESHOLD)),
        reference="arXiv:1911.11147; arXiv:2201.01788 appendix B",
    )


CHANNELS = tuple(_channel(mode) for mode in MODES)
