"""V -> pi+ pi- pi+ pi- and pi+ pi- pi0 pi0: the current of arXiv:0804.0359 with the fit of arXiv:1911.11147.

a1 pi, omega pi, f0 rho and rho rho, from the rho-like part of V alone. The phase-space integrals are rank-1 lattices
in the five dimensions that remain, on maps that make the integrand periodic and, for the omega, follow its peak.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic.base import RHO, Complexes, Floats, HadronicChannel, above_threshold, single_form
from lvgen.decays.hadronic.propagators import p_wave

#: GeV, of charged (also in the propagators) and neutral pions; the kernel has the same
MU = 0.13957061
PI_ZERO = 0.1349770
#: number of points (prime) and generator of Korobov lattices in five dimensions, chosen by their P_2 figure of merit
LATTICES = {16381: 1296, 32749: 2877, 65521: 21793, 131071: 57409, 262139: 72822, 1048573: 11878}
_POINTS = 262139
_RHO_PAIR = ((0.7755, 0.1494), (1.459, 0.4))


@dataclass(frozen=True)
class FourPionFit:
    """Masses and widths (GeV) of the rho states; coupling and weights of the states for the parts a1, omega and f0.

    ``rho`` is the coupling of the part with two rho mesons.
    """

    states: tuple[tuple[float, float], ...] = (
        (0.7755, 0.1494),
        (1.437, 0.6784824438511003),
        (1.738, 0.8049287553822373),
        (2.12, 0.20919646790795576),
    )
    parts: tuple[tuple[float, tuple[float, ...]], ...] = (
        (-201.79098091602876, (1.0, -0.051871563361440096, -0.041610293030827125, -0.0018934309483457441)),
        (-1.5791482789120541, (1.0, -0.36687866443745953, 0.036253295280213906, -0.004717302695776386)),
        (124.10534971287902, (1.0, 73860.28659732222, -26182.725634782986, 333.6314358023821)),
    )
    rho: float = -2.3089567893904537


FIT = FourPionFit()


@dataclass(frozen=True)
class FourPionMode:
    """One final state: identical-particle factor, threshold and where the reference program opens it (GeV)."""

    name: str
    products: tuple[int, int, int, int]
    charged: bool
    symmetry: float
    threshold: float
    compatible_threshold: float


CHARGED = FourPionMode("pi+ pi- pi+ pi-", (211, -211, 211, -211), True, 0.25, 4.0 * MU, 0.6125)
MIXED = FourPionMode("pi+ pi- pi0 pi0", (211, -211, 111, 111), False, 0.5, 2.0 * (MU + PI_ZERO), 0.85)


@functools.cache
def korobov(points: int) -> Floats:
    """The lattice (points, 5) in (0, 1)."""
    powers = [pow(LATTICES[points], k, points) for k in range(5)]
    lattice: Floats = (np.outer(np.arange(points), powers) % points + 0.5) / points
    return lattice


def current_integrals(mass: Floats, mode: FourPionMode, points: int = _POINTS) -> Complexes:
    """W_ij (n, 4, 4) at mass (n,) GeV: integral of -B_i . B_j* over four-body phase space for the four parts.

    Parts a1, omega, f0, rho of arXiv:0804.0359 without the factors of ``part_factors``; phase space in the norm of the
    PDG, with the factor for identical pions. Hermitian; the omega's entries are 0 for four charged pions.
    """
    from lvgen.kernels.four_pions import four_pion_integrals

    mass = np.ascontiguousarray(mass, dtype=float)
    lattice = korobov(points)
    integrals = np.zeros((mass.size, 4, 4), dtype=complex)
    four_pion_integrals(mass, mode.charged, False, lattice, integrals)
    if not mode.charged:
        with_omega = np.zeros_like(integrals)
        four_pion_integrals(mass, mode.charged, True, lattice, with_omega)
        integrals += with_omega
    diagonal = np.einsum("nii->ni", integrals).copy()
    integrals += np.swapaxes(integrals, 1, 2).conj()
    np.einsum("nii->ni", integrals)[:] = diagonal.real
    integrals *= mode.symmetry / (2.0 * math.pi) ** 12
    return integrals


def part_factors(mass: Floats, fit: FourPionFit = FIT) -> Complexes:
    """Factors (n, 4) of the four parts that depend on the boson's mass (n,) GeV alone, at c_rho = 1."""
    s = mass**2
    towers = np.stack([p_wave(s, m, gamma, MU, MU) for m, gamma in fit.states], axis=1)
    factors = np.empty((mass.size, 4), dtype=complex)
    for i, (coupling, weights) in enumerate(fit.parts):
        factors[:, i] = coupling * (towers @ np.array(weights)) / sum(weights)
    rho, excited = (p_wave(s, m, gamma, MU, MU) / m**2 for m, gamma in _RHO_PAIR)
    factors[:, 3] = fit.rho * (rho - excited)
    return factors


def width(mass: Floats, mode: FourPionMode, points: int = _POINTS) -> Floats:
    """Width at c_rho = 1, GeV; mass (n,) GeV above threshold; (2 pi)^4/(6 M) f_i W_ij f_j*."""
    return combined(mass, current_integrals(mass, mode, points))


def combined(mass: Floats, integrals: Complexes, fit: FourPionFit = FIT) -> Floats:
    """Width (n,) GeV at c_rho = 1 of the integrals of ``current_integrals`` and a fit."""
    factors = part_factors(mass, fit)
    squared = np.einsum("ni,nij,nj->n", factors, integrals, factors.conj()).real
    result: Floats = (2.0 * math.pi) ** 4 / (6.0 * mass) * squared
    return result


def _form(mass: Floats, mode: FourPionMode) -> Floats:
    return single_form(width(mass, mode), RHO)


def _channel(mode: FourPionMode) -> HadronicChannel:
    form = functools.partial(_form, mode=mode)
    return HadronicChannel(
        name=mode.name,
        group="4pi",
        products=mode.products,
        threshold=mode.threshold,
        coefficients=above_threshold(form, mode.threshold),
        compatible=above_threshold(form, mode.compatible_threshold),
        reference="arXiv:0804.0359; fit arXiv:1911.11147",
    )


CHANNELS = tuple(_channel(mode) for mode in (CHARGED, MIXED))
