"""V -> eta pi+ pi- and eta' pi+ pi-: excited rho mesons to eta(') rho, the rho to pi+ pi-.

Form arXiv:1306.1985 eq. 45, fit arXiv:1911.11147; only the rho-like part of V contributes.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic._phase_space import resonance_map, soft_nodes
from lvgen.decays.hadronic.base import RHO, Complexes, Floats, HadronicChannel, above_threshold, single_form
from lvgen.decays.hadronic.propagators import momentum, p_wave, propagator

MU = 0.13957018
_DECAY_CONSTANT = 0.0933
RHO_BAND = (0.77549, 0.1494)
_ORDER = 64


@dataclass(frozen=True)
class EtaFit:
    """Fit of one channel: mass of the eta(') in GeV, normalisation, and (m, gamma, a, phase) of the excited rhos."""

    m_eta: float
    norm: float
    excited: tuple[tuple[float, float, float, float], ...]

    @property
    def threshold(self) -> float:
        """GeV."""
        return self.m_eta + 2.0 * MU


ETA = EtaFit(0.547862, 1.0 / (4.0 * math.sqrt(3.0)), ((1.54, 0.356, 0.326, 3.14), (1.76, 0.113, 0.0115, 3.14)))
ETA_PRIME = EtaFit(0.95778, math.sqrt(2.0) / (4.0 * math.sqrt(3.0)), ((2.11, 0.176, 0.02, 3.14),))


def resonance_sum(mass: Floats, fit: EtaFit) -> Complexes:
    """Sum of alpha_i B_i(s) at mass (n,) GeV; (n,), 1 at s = 0. Widths of excited states grow as s."""
    s = mass**2
    weights = np.array([1.0, *(a * np.exp(1j * phase) for _, _, a, phase in fit.excited)])
    terms = [p_wave(s, *RHO_BAND, MU, MU)]
    terms += [propagator(s, m, gamma * s / m**2) for m, gamma, _, _ in fit.excited]
    total: Complexes = np.tensordot(weights / weights.sum(), np.stack(terms), axes=1)
    return total


def width(mass: Floats, fit: EtaFit) -> Floats:
    """Width at c_rho = 1, GeV; mass (n,) GeV above threshold.

    1/(36 (2 pi)^3) int dq^2 [K(M^2; m_eta^2, q^2) K(q^2; mu^2, mu^2)]^3/sqrt(q^2) |F|^2, q^2 of the pion pair.
    """
    low = np.full(mass.shape, 4.0 * MU**2)
    q2, weight = resonance_map(low, (mass - fit.m_eta) ** 2, *RHO_BAND, soft_nodes(_ORDER))
    momenta = momentum(mass[:, None] ** 2, fit.m_eta**2, q2) * momentum(q2, MU**2, MU**2)
    integral = (weight * momenta**3 / np.sqrt(q2) * np.abs(p_wave(q2, *RHO_BAND, MU, MU)) ** 2).sum(axis=1)
    coupling = fit.norm / (math.pi**2 * _DECAY_CONSTANT**3)
    result: Floats = integral * coupling**2 * np.abs(resonance_sum(mass, fit)) ** 2 / (36.0 * (2.0 * math.pi) ** 3)
    return result


def _form(mass: Floats, fit: EtaFit) -> Floats:
    return single_form(width(mass, fit), RHO)


def _channel(name: str, pdg: int, fit: EtaFit) -> HadronicChannel:
    return HadronicChannel(
        name=name,
        group=name,
        products=(pdg, 211, -211),
        threshold=fit.threshold,
        coefficients=above_threshold(functools.partial(_form, fit=fit), fit.threshold),
        reference="arXiv:1306.1985 eq. 45; fit arXiv:1911.11147",
    )


CHANNELS = (_channel("eta pi+ pi-", 221, ETA), _channel("eta' pi+ pi-", 331, ETA_PRIME))
