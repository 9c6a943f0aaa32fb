"""V -> K K pi pi through K*(892) K pi: isovector (rho-like) and isoscalar (phi-like) amplitudes.

Point-like K* K pi coupling, then K* -> K pi; arXiv:2201.01788 appendix B. The chains of one final state are added
without interference, as in the fit. The fit is to final states with a K_S; the equal ones with a K_L are included
here (the reference program leaves them out). K+ K- pi0 pi0 and K0 K0bar pi pi have not been fitted and are missing.
"""

from __future__ import annotations

import cmath
import functools
import math
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic._phase_space import vector_pair_integral
from lvgen.decays.hadronic.base import PHI, RHO, Floats, HadronicChannel, above_threshold, quadratic_form
from lvgen.decays.hadronic.propagators import fixed_width

_K_STAR = 0.89166
_K_PLUS = 0.493677
_K_ZERO = 0.497611
_PI_PLUS = 0.13957039
_PI_ZERO = 0.1349768


@dataclass(frozen=True)
class KaonsPionsFit:
    """The two excited states: complex weight, mass and width (GeV)."""

    isoscalar: tuple[complex, float, float]
    isovector: tuple[complex, float, float]


CHARGED_FIT = KaonsPionsFit(
    (-4.5159727286986975 + 0j, 1.650, 0.10306362864702914),
    (15.658829780911248 + 0j, 1.8424500809807751, 0.40316760691226605),
)
NEUTRAL_FIT = KaonsPionsFit(
    (cmath.rect(2.488597350435909, 1.0180585878258477), 1.7, 0.3),
    (13.505485155732044 + 0j, 1.8975485530633405, 0.5037543149729891),
)


@dataclass(frozen=True)
class Chain:
    """K* K pi with the K* decay that leads to the final state.

    factor : isospin weight of the width; sign : of the isovector amplitude, +1 for a neutral K*; masses in GeV
    """

    m_kaon: float
    m_pion: float
    factor: float
    sign: int
    fit: KaonsPionsFit

    @property
    def threshold(self) -> float:
        """GeV."""
        return _K_STAR + self.m_kaon + self.m_pion


#: K*0 K- pi+ and its conjugate, to K+ K- pi+ pi-
CHARGED_CHAIN = Chain(_K_PLUS, _PI_PLUS, 2.0 / 9.0, 1, CHARGED_FIT)
#: K*0 K-+ pi+- (K*0 -> K_S pi0), K*+- K_S pi-+ (K* -> K+- pi0) and K*+- K-+ pi0 (K* -> K_S pi+-), to K_S K+- pi-+ pi0
NEUTRAL_CHAINS = (
    Chain(_K_PLUS, _PI_PLUS, 1.0 / 18.0, 1, NEUTRAL_FIT),
    Chain(_K_ZERO, _PI_PLUS, 1.0 / 18.0, -1, NEUTRAL_FIT),
    Chain(_K_PLUS, _PI_ZERO, 1.0 / 18.0, -1, NEUTRAL_FIT),
)


def chain_coefficients(mass: Floats, chain: Chain) -> Floats:
    """A_ab of one chain (both charge states) at mass (n,) GeV above its threshold: (n, 3, 3) GeV."""
    s = mass**2
    amplitudes = np.zeros((mass.size, 3), dtype=complex)
    for part, sign, (weight, m, gamma) in ((RHO, chain.sign, chain.fit.isovector), (PHI, 1, chain.fit.isoscalar)):
        amplitudes[:, part] = sign * math.sqrt(chain.factor) * weight * fixed_width(s, m, gamma)
    return quadratic_form(amplitudes, vector_pair_integral(mass, _K_STAR, chain.m_kaon, chain.m_pion))


def neutral_coefficients(mass: Floats, share: float) -> Floats:
    """``share`` times the sum of the chains to K_S K+- pi-+ pi0 (both charge states); (n, 3, 3) GeV."""
    chains = [above_threshold(functools.partial(chain_coefficients, chain=c), c.threshold) for c in NEUTRAL_CHAINS]
    total: Floats = share * np.sum([function(mass) for function in chains], axis=0)
    return total


def _neutral_channel(name: str, products: tuple[int, int, int, int]) -> HadronicChannel:
    """One of two charge states, half of the sum each, and both K_S and K_L."""
    threshold = min(chain.threshold for chain in NEUTRAL_CHAINS)
    return HadronicChannel(
        name=name,
        group="KKpipi",
        products=products,
        threshold=threshold,
        coefficients=above_threshold(functools.partial(neutral_coefficients, share=1.0), threshold),
        compatible=above_threshold(functools.partial(neutral_coefficients, share=0.5), threshold),
        reference="arXiv:2201.01788 appendix B",
    )


CHANNELS = (
    HadronicChannel(
        name="K+ K- pi+ pi-",
        group="KKpipi",
        products=(321, -321, 211, -211),
        threshold=CHARGED_CHAIN.threshold,
        coefficients=above_threshold(
            functools.partial(chain_coefficients, chain=CHARGED_CHAIN), CHARGED_CHAIN.threshold
        ),
        reference="arXiv:2201.01788 appendix B",
    ),
    _neutral_channel("K0bar K+ pi- pi0", (-311, 321, -211, 111)),
    _neutral_channel("K0 K- pi+ pi0", (311, -321, 211, 111)),
)
