"""V -> omega pi pi (omega-like part) and phi pi pi (phi-like part), charged and neutral pions.

Point-like coupling of the vector meson times propagators of excited states; arXiv:2201.01788 appendix B.
"""

from __future__ import annotations

import cmath
import functools
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic._phase_space import vector_pair_integral
from lvgen.decays.hadronic.base import OMEGA, PHI, Complexes, Floats, HadronicChannel, above_threshold, single_form
from lvgen.decays.hadronic.propagators import energy_width

_PI_PLUS = 0.13957018
_PI_ZERO = 0.1349770


@dataclass(frozen=True)
class VectorFit:
    """Fit of one vector meson: its name, PDG id, mass (GeV), part of V, and states (complex weight, m, gamma)."""

    name: str
    pdg: int
    m_vector: float
    part: int
    states: tuple[tuple[complex, float, float], ...]


OMEGA_PIONS = VectorFit("omega", 223, 0.78265, OMEGA, ((2.728870588760009 + 0j, 1.6608543573197, 0.3982595005228462),))
PHI_PIONS = VectorFit(
    "phi",
    333,
    1.019461,
    PHI,
    (
        (cmath.rect(1.4440212871376037, 2.62513009401222), 1.680206376111421, 0.22649014716417465),
        (0.6856322620088697 + 0j, 2.162094475680359, 0.20905046718427628),
    ),
)


def form_factor(mass: Floats, fit: VectorFit) -> Complexes:
    """Dimensionless amplitude (n,) at mass (n,) GeV."""
    total: Complexes = np.sum([a * energy_width(mass**2, m, gamma) for a, m, gamma in fit.states], axis=0)
    return total


def width(mass: Floats, fit: VectorFit, pion: float, low: float | None = None) -> Floats:
    """Width at c = 1, GeV; mass (n,) GeV, pion : mass of either pion (0.5 for identical ones is not included).

    low : lower limit of the squared pion-pair mass if it is not threshold, GeV^2
    """
    result: Floats = np.abs(form_factor(mass, fit)) ** 2 * vector_pair_integral(mass, fit.m_vector, pion, pion, low)
    return result


def _charged(mass: Floats, fit: VectorFit) -> Floats:
    return single_form(width(mass, fit, _PI_PLUS), fit.part)


def _neutral(mass: Floats, fit: VectorFit, low: float | None = None) -> Floats:
    return single_form(0.5 * width(mass, fit, _PI_ZERO, low), fit.part)


def _charged_channel(fit: VectorFit) -> HadronicChannel:
    threshold = fit.m_vector + 2.0 * _PI_PLUS
    return HadronicChannel(
        name=f"{fit.name} pi+ pi-",
        group=f"{fit.name} pi pi",
        products=(fit.pdg, 211, -211),
        threshold=threshold,
        coefficients=above_threshold(functools.partial(_charged, fit=fit), threshold),
        reference="arXiv:2201.01788 appendix B",
    )


def _neutral_channel(fit: VectorFit, charged_limit: bool) -> HadronicChannel:
    """charged_limit: the reference program has the charged pions' threshold here."""
    threshold = fit.m_vector + 2.0 * _PI_ZERO
    compatible = None
    if charged_limit:
        limited = functools.partial(_neutral, fit=fit, low=4.0 * _PI_PLUS**2)
        compatible = above_threshold(limited, fit.m_vector + 2.0 * _PI_PLUS)
    return HadronicChannel(
        name=f"{fit.name} pi0 pi0",
        group=f"{fit.name} pi pi",
        products=(fit.pdg, 111, 111),
        threshold=threshold,
        coefficients=above_threshold(functools.partial(_neutral, fit=fit), threshold),
        compatible=compatible,
        reference="arXiv:2201.01788 appendix B",
    )


CHANNELS = (
    _charged_channel(OMEGA_PIONS),
    _neutral_channel(OMEGA_PIONS, charged_limit=True),
    _charged_channel(PHI_PIONS),
    _neutral_channel(PHI_PIONS, charged_limit=False),
)
