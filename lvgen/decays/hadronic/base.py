"""The interface of a hadronic channel: a quadratic form in the rho-, omega- and phi-like couplings.

c_rho = q_u - q_d, c_omega = 3 (q_u + q_d), c_phi = -3 q_s, with q the vector couplings of the light quarks at
``coupling = 1`` (arXiv:2201.01788 eq. 4.5); a photon with unit charge has (1, 1, 1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

#: positions of the three parts in a 3x3 form
RHO, OMEGA, PHI = 0, 1, 2


@dataclass(frozen=True)
class HadronicChannel:
    """One exclusive hadronic final state.

    name         : final state, "pi+ pi-", "pi+ pi- pi+ pi-", "omega pi0", ...
    group        : the sum it belongs to ("4pi", "KKpi", ...); equal to ``name`` where it stands alone
    products     : PDG ids
    threshold    : GeV, in the masses that the channel's own fit used
    coefficients : mass (n,) GeV -> (n, 3, 3) real symmetric A, in the order rho, omega, phi;
                   width = sum_ab c_a c_b A_ab in GeV at coupling 1; 0 at and below threshold
    compatible   : the same as the reference program has it, where that differs; else None
    reference    : arXiv id and equation
    """

    name: str
    group: str
    products: tuple[int, ...]
    threshold: float
    coefficients: Callable[[Floats], Floats]
    compatible: Callable[[Floats], Floats] | None = None
    reference: str = ""


def quadratic_form(amplitudes: Complexes, factor: Floats) -> Floats:
    """A_ab = factor Re(F_a F_b*) of a channel whose amplitude is sum_a c_a F_a.

    amplitudes : (n, 3) complex, at c = 1; factor : (n,) GeV times what cancels the amplitudes' unit
    returns (n, 3, 3) real symmetric, GeV
    """
    form: Floats = np.einsum("na,nb->nab", amplitudes, amplitudes.conj()).real * factor[:, None, None]
    return form


def single_form(width: Floats, part: int) -> Floats:
    """The form of a channel that only one of the three parts (RHO, OMEGA, PHI) reaches.

    width : (n,) GeV at c = 1; returns (n, 3, 3) GeV
    """
    form = np.zeros((*np.shape(width), 3, 3))
    form[..., part, part] = width
    return form


def above_threshold(function: Callable[[Floats], Floats], threshold: float) -> Callable[[Floats], Floats]:
    """``function`` (mass (n,) GeV -> (n, 3, 3)) evaluated above ``threshold`` (GeV) only, 0 elsewhere."""

    def form(mass: Floats) -> Floats:
        mass = np.asarray(mass, dtype=float)
        result = np.zeros((*mass.shape, 3, 3))
        opened = mass > threshold
        if opened.any():
            result[opened] = function(mass[opened])
        return result

    return form
