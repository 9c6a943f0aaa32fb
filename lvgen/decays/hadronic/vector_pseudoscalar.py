"""V -> omega pi0, phi pi0, eta omega, eta phi: a narrow vector meson and a pseudoscalar.

Of omega pi0 only omega -> pi0 gamma is counted, the rest being part of the measured four pions. The six pions of
eta omega are in the fit of six pions too: this overlap is small and stays.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic.base import OMEGA, PHI, RHO, Complexes, Floats, HadronicChannel, above_threshold, single_form
from lvgen.decays.hadronic.propagators import fixed_width, momentum, propagator, running_width

_M_OMEGA, _M_PHI, _M_ETA, _M_PI0 = 0.78265, 1.019461, 0.547862, 0.1349766
#: omega -> pi0 gamma; the rest of omega pi0 is part of the measured four pions and counted there
OMEGA_TO_PI0_GAMMA = 0.0828
#: f_rho (arXiv:1610.00235)
_F_RHO = 5.06325


@dataclass(frozen=True)
class State:
    """A resonance: amplitude, phase (deg), mass and width (GeV)."""

    a: float
    phase: float
    m: float
    gamma: float

    @property
    def weight(self) -> complex:
        """a e^(i phase)."""
        return cmath.rect(self.a, math.radians(self.phase))


@dataclass(frozen=True)
class PairFit:
    """The resonances of one channel, lightest first; ``coupling``: of omega rho pi in 1/GeV for omega pi0, else 1."""

    states: tuple[State, ...]
    coupling: float = 1.0


OMEGA_PI0 = PairFit(
    (State(1.0, 0.0, 0.77526, 0.1491), State(0.175, 124.0, 1.510, 0.44), State(0.014, -63.0, 1.720, 0.25)), 15.9
)
PHI_PI0 = PairFit(
    (
        State(0.177522453644825, 0.0, 0.77526, 0.1491),
        State(0.023840592398187477, 123.82008351626034, 1.593, 0.203),
    )
)
ETA_OMEGA = PairFit((State(0.0862, 0.0, 1.43, 0.215), State(-0.0648, 0.0, 1.67, 0.113)))
ETA_PHI = PairFit((State(0.175, 0.0, 1.67, 0.122), State(0.00409, math.degrees(2.19), 2.14, 0.0435)))


def omega_pi0_form_factor(mass: Floats, fit: PairFit = OMEGA_PI0) -> Complexes:
    """Form factor of V -> omega pi0 at c_rho = 1, (n,) in 1/GeV; mass (n,) GeV (arXiv:1610.00235)."""
    s = np.asarray(mass, dtype=float) ** 2
    rho, *excited = fit.states
    k = momentum(s, _M_OMEGA**2, _M_PI0**2)
    ground = running_width(s, rho.m, rho.gamma, _M_PI0, _M_PI0) + fit.coupling**2 * k**3 / (12.0 * math.pi)
    total = rho.weight * propagator(s, rho.m, ground)
    for state in excited:
        total = total + state.weight * propagator(s, state.m, state.gamma)
    result: Complexes = fit.coupling / _F_RHO * total
    return result


def phi_pi0_form_factor(mass: Floats, fit: PairFit = PHI_PI0) -> Complexes:
    """Form factor of V -> phi pi0 at c_rho = 1, (n,) in 1/GeV; mass (n,) GeV (arXiv:1911.11147, refitted)."""
    s = np.asarray(mass, dtype=float) ** 2
    rho, state = fit.states
    m1, g1, four_pion_share = state.m, state.gamma, 0.33
    four_pions = (m1**2 / s) * np.clip((s - 16.0 * _M_PI0**2) / (m1**2 - 16.0 * _M_PI0**2), 0.0, None) ** 1.5
    excited = g1 * (1.0 - four_pion_share + four_pion_share * four_pions)
    result: Complexes = rho.weight * propagator(s, rho.m, rho.gamma) + state.weight * propagator(s, m1, excited)
    return result


def eta_omega_form_factor(mass: Floats, fit: PairFit = ETA_OMEGA) -> Complexes:
    """Form factor of V -> eta omega at c_omega = 1, (n,) in 1/GeV; mass (n,) GeV (arXiv:1911.11147)."""
    return _fixed_widths(mass, fit)


def eta_phi_form_factor(mass: Floats, fit: PairFit = ETA_PHI) -> Complexes:
    """Form factor of V -> eta phi at c_phi = 1, (n,) in 1/GeV; mass (n,) GeV (arXiv:1911.11147)."""
    return _fixed_widths(mass, fit)


def _fixed_widths(mass: Floats, fit: PairFit) -> Complexes:
    s = np.asarray(mass, dtype=float) ** 2
    total: Complexes = np.sum([x.weight * fixed_width(s, x.m, x.gamma) for x in fit.states], axis=0)
    return total


def _channel(
    name: str,
    products: tuple[int, int],
    masses: tuple[float, float],
    part: int,
    form_factor: Callable[[Floats], Complexes],
    reference: str,
    share: float = 1.0,
) -> HadronicChannel:
    """share K^3 / (12 pi) |F|^2 with K the momentum of the pair."""
    threshold = sum(masses)

    def form(mass: Floats) -> Floats:
        k = momentum(mass**2, masses[0] ** 2, masses[1] ** 2)
        return single_form(share * k**3 / (12.0 * math.pi) * np.abs(form_factor(mass)) ** 2, part)

    return HadronicChannel(
        name=name,
        group=name,
        products=products,
        threshold=threshold,
        coefficients=above_threshold(form, threshold),
        reference=reference,
    )


CHANNELS = (
    _channel(
        "omega pi0", (223, 111), (_M_OMEGA, _M_PI0), RHO, omega_pi0_form_factor, "arXiv:1610.00235", OMEGA_TO_PI0_GAMMA
    ),
    _channel("phi pi0", (333, 111), (_M_PHI, _M_PI0), RHO, phi_pi0_form_factor, "arXiv:1911.11147"),
    _channel("eta omega", (221, 223), (_M_ETA, _M_OMEGA), OMEGA, eta_omega_form_factor, "arXiv:1911.11147"),
    _channel("eta phi", (221, 333), (_M_ETA, _M_PHI), PHI, eta_phi_form_factor, "arXiv:1911.11147"),
)
