"""V -> p pbar and V -> n nbar: Sachs form factors as sums over omega and rho states."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np

from lvgen.decays.hadronic.base import Complexes, Floats, HadronicChannel, above_threshold, quadratic_form
from lvgen.decays.hadronic.propagators import fixed_width

_M_PROTON, _M_NEUTRON = 0.9382720813, 0.9395654133
#: mu_p - mu_n - 1 and 1 - mu_p - mu_n
_A_ISOVECTOR, _B_ISOSCALAR = 3.706, 0.12
_OMEGA_STATES = np.array([(0.78265, 0.00849), (1.425, 0.215), (1.670, 0.315), (2.0707, 1.03535), (2.34795, 1.173975)])
_RHO_STATES = np.array([(0.77549, 0.14910), (1.465, 0.400), (1.720, 0.250), (2.12, 0.3), (2.32647, 0.4473)])
_FREE_F1 = (
    (1.0, -0.467 - 0.385j, -0.177 + 0.149j, 0.301 + 0.264j),
    (1.0, 0.0521 - 3.04j, -0.00308 + 2.38j, -0.348 - 0.104j),
)
_FREE_F2 = ((1.0, -7.88 + 5.67j, 10.2 - 1.94j), (1.0, -0.832 + 0.308j, 0.405 - 0.25j))


def _fall_faster(states: Floats, free: tuple[complex, ...]) -> tuple[complex, ...]:
    """The fourth coefficient, which makes the Pauli form factor fall one power of s faster (arXiv:1407.7995)."""
    m2 = states[:, 0] ** 2
    moment = states[:, 0] * states[:, 1]
    total = sum(c * m2[i] * (m2[i] - m2[4] + 1j * (moment[4] - moment[i])) for i, c in enumerate(free))
    return (*free, complex(total / (m2[3] * (m2[4] - m2[3] + 1j * (moment[3] - moment[4])))))


def _normalised(states: Floats, four: tuple[complex, ...]) -> Complexes:
    """All five coefficients over their sum; the last one makes the sum of C_i m_i^2 vanish."""
    m2 = states[:, 0] ** 2
    five = np.array([*four, -sum(c * m2[i] for i, c in enumerate(four)) / m2[4]])
    result: Complexes = five / five.sum()
    return result


@functools.cache
def _coefficients() -> tuple[Complexes, Complexes, Complexes, Complexes]:
    """Weights (5,) of F1 on omega and rho states, then of F2."""
    states = (_OMEGA_STATES, _RHO_STATES)
    first = [_normalised(state, free) for state, free in zip(states, _FREE_F1, strict=True)]
    second = [_normalised(state, _fall_faster(state, free)) for state, free in zip(states, _FREE_F2, strict=True)]
    return first[0], first[1], second[0], second[1]


def sachs_form_factors(mass: Floats, proton: bool) -> tuple[Complexes, Complexes]:
    """G_M and G_E, each (n, 3) complex at c = 1 (no phi part).

    mass : (n,) GeV, above threshold
    source: arXiv:1407.7995 (form), arXiv:1911.11147 (fit): G_M = F1 + F2, G_E = F1 + tau F2, tau = M^2 / 4 m^2
    """
    s = np.asarray(mass, dtype=float) ** 2
    omega = fixed_width(s[:, None], *_OMEGA_STATES.T)
    rho = fixed_width(s[:, None], *_RHO_STATES.T)
    c1, c2, c3, c4 = _coefficients()
    sign = 0.5 if proton else -0.5
    dirac = np.stack([sign * (rho @ c2), 0.5 * (omega @ c1), np.zeros_like(s)], axis=1)
    pauli = np.stack([sign * _A_ISOVECTOR * (rho @ c4), -0.5 * _B_ISOSCALAR * (omega @ c3), np.zeros_like(s)], axis=1)
    tau = s[:, None] / (4.0 * (_M_PROTON if proton else _M_NEUTRON) ** 2)
    return dirac + pauli, dirac + tau * pauli


def _form(proton: bool) -> Callable[[Floats], Floats]:
    """M/(12 pi) sqrt(1 - 1/tau) [|G_M|^2 + |G_E|^2 / (2 tau)]."""

    def form(mass: Floats) -> Floats:
        magnetic, electric = sachs_form_factors(mass, proton)
        tau = (mass / (2.0 * (_M_PROTON if proton else _M_NEUTRON))) ** 2
        factor = mass / (12.0 * math.pi) * np.sqrt(1.0 - 1.0 / tau)
        return quadratic_form(magnetic, factor) + quadratic_form(electric, factor / (2.0 * tau))

    return form


def _channel(name: str, pdg: int, proton: bool) -> HadronicChannel:
    threshold = 2.0 * (_M_PROTON if proton else _M_NEUTRON)
    return HadronicChannel(
        name=name,
        group=name,
        products=(pdg, -pdg),
        threshold=threshold,
        coefficients=above_threshold(_form(proton), threshold),
        reference="arXiv:1407.7995; arXiv:1911.11147",
    )


CHANNELS = (_channel("p pbar", 2212, proton=True), _channel("n nbar", 2112, proton=False))
