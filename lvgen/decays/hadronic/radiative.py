"""V -> pi0 gamma and V -> eta gamma: sums of vector-meson resonances.

The fit of pi0 gamma has no data below 0.6 GeV: the width there is an extrapolation, uncertain by tens of per cent.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic.base import (
    OMEGA,
    PHI,
    RHO,
    Complexes,
    Floats,
    HadronicChannel,
    above_threshold,
    quadratic_form,
)
from lvgen.decays.hadronic.propagators import propagator, running_width

_MU = 0.13957061
M_ETA = 0.547862
#: PDG; importing the particle table for one number would cost more than the widths
M_PI0 = 0.1349768


@dataclass(frozen=True)
class Resonance:
    """Mass and width (GeV), amplitude (1/GeV), phase (deg), the part it follows, and whether its width runs."""

    mass: float
    width: float
    amplitude: float
    phase: float
    part: int
    runs: bool = False

    def value(self, s: Floats) -> Complexes:
        """Contribution to the form factor at c = 1, (n,) in 1/GeV."""
        width = running_width(s, self.mass, self.width, _MU, _MU) if self.runs else self.width
        turned: Complexes = self.amplitude * np.exp(1j * math.radians(self.phase)) * propagator(s, self.mass, width)
        return turned


PI0_STATES = (
    Resonance(0.77526, 0.1491, 0.0426, -12.7, RHO, runs=True),
    Resonance(0.78284, 0.00868, 0.0434, 0.0, OMEGA),
    Resonance(1.01952, 0.00421, 0.00303, 158.0, PHI),
    Resonance(1.45, 0.40, 0.00523, 180.0, OMEGA),
)
ETA_STATES = (
    Resonance(0.77526, 0.1491, 0.0861, 0.0, RHO, runs=True),
    Resonance(0.78284, 0.00868, 0.00824, 11.3, OMEGA),
    Resonance(1.01952, 0.00421, 0.0158, 170.0, PHI),
    Resonance(1.465, 0.40, 0.0147, 61.0, RHO),
)


def _form_factor(mass: Floats, resonances: tuple[Resonance, ...]) -> Complexes:
    parts = np.zeros((mass.size, 3), dtype=complex)
    for resonance in resonances:
        parts[:, resonance.part] += resonance.value(mass**2)
    return parts


def pi0_gamma_form_factor(mass: Floats, states: tuple[Resonance, ...] = PI0_STATES) -> Complexes:
    """Parts of the form factor of V -> pi0 gamma at c = 1, (n, 3) in 1/GeV; mass (n,) GeV (arXiv:1601.08061)."""
    return _form_factor(np.asarray(mass, dtype=float), states)


def eta_gamma_form_factor(mass: Floats, states: tuple[Resonance, ...] = ETA_STATES) -> Complexes:
    """Parts of the form factor of V -> eta gamma at c = 1, (n, 3) in 1/GeV; mass (n,) GeV (hep-ex/0605109)."""
    return _form_factor(np.asarray(mass, dtype=float), states)


def _form(form_factor: Callable[[Floats], Complexes], m: float) -> Callable[[Floats], Floats]:
    """K^3 / (12 pi) F_a F_b* with K = (M^2 - m^2) / 2M."""

    def form(mass: Floats) -> Floats:
        k = (mass**2 - m**2) / (2.0 * mass)
        return quadratic_form(form_factor(mass), k**3 / (12.0 * math.pi))

    return above_threshold(form, m)


CHANNELS = (
    HadronicChannel(
        name="pi0 gamma",
        group="pi0 gamma",
        products=(111, 22),
        threshold=M_PI0,
        coefficients=_form(pi0_gamma_form_factor, M_PI0),
        # the reference program has the charged pion's mass here, which closes 0.1350 to 0.1396 GeV
        compatible=_form(pi0_gamma_form_factor, _MU),
        reference="arXiv:1601.08061; arXiv:2201.01788 appendix B",
    ),
    HadronicChannel(
        name="eta gamma",
        group="eta gamma",
        products=(221, 22),
        threshold=M_ETA,
        coefficients=_form(eta_gamma_form_factor, M_ETA),
        reference="hep-ex/0605109; arXiv:2201.01788 appendix B",
    ),
)
