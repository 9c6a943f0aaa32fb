"""Kinetic mixing with the photon that loops of charged fermions induce: e epsilon Q_f on top of a model's charges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.models.base import ELECTRIC_CHARGE, FERMIONS, finite_number
from lvgen.particles import mass as particle_mass
from lvgen.units import E_CHARGE

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

LOOP: Final = "loop"
#: customary size of a mixing that is not calculable, at coupling 1
NAIVE_LOOP = E_CHARGE / (4.0 * math.pi) ** 2
_CHARGED_LEPTONS = {"e": "e-", "mu": "mu-", "tau": "tau-"}
#: below this q^2/m^2 the closed form loses digits and the series is exact to rounding
_SERIES_BELOW = 0.3
_SERIES = [math.factorial(k + 1) ** 2 / (k * math.factorial(2 * k + 3)) for k in range(1, 14)]


def as_mixing(value: object, key: str = "model.kinetic_mixing") -> float | None:
    """None for "loop", else the mixing itself; UserError for anything else."""
    if value == LOOP and isinstance(value, str):
        return None
    if isinstance(value, str):
        raise UserError(f'{value!r} where "loop", 0 or another number (epsilon at coupling 1) is due', key=key)
    return finite_number(value, key)


def is_calculable(charges: Mapping[str, float]) -> bool:
    """Whether the loop is finite: leptonic charges with sum_f q_f Q_f = 0, such as those of L_mu-L_tau."""
    leptonic = all(charges.get(f, 0.0) == 0.0 for f in FERMIONS if abs(ELECTRIC_CHARGE[f]) not in (0.0, 1.0))
    return leptonic and math.isclose(sum(charges.get(f, 0.0) for f in _CHARGED_LEPTONS), 0.0, abs_tol=1e-12)


def loop_mixing(charges: Mapping[str, float], mass: Floats) -> Complexes:
    """epsilon at coupling 1 that loops induce at q^2 = M^2; the coupling to f is e epsilon Q_f.

    mass : (n,) GeV, 0 included; returns (n,) complex

    Where the sum over charges converges, epsilon = e/(2 pi^2) sum_l q_l Q_l int dx x (1-x) ln[m_l^2 - x (1-x) q^2],
    which for L_mu-L_tau is (e/(2 pi^2)) int dx x (1-x) ln[(m_tau^2 - x (1-x) q^2)/(m_mu^2 - x (1-x) q^2)]
    (arXiv:1803.05466), 1/69 at q^2 = 0.  Elsewhere the loop depends on physics at high scales, and the customary
    e/(4 pi)^2 is taken (arXiv:2201.01788, arXiv:2111.10343).
    """
    mass = np.asarray(mass, dtype=float)
    if not any(charges.values()):
        return np.zeros(mass.shape, complex)
    if not is_calculable(charges):
        return np.full(mass.shape, complex(NAIVE_LOOP))
    total = np.zeros(mass.shape, complex)
    for lepton, name in _CHARGED_LEPTONS.items():
        q = charges.get(lepton, 0.0) * ELECTRIC_CHARGE[lepton]
        if q:
            m = particle_mass(name)
            total += q * (math.log(m**2) / 6.0 + vacuum_polarisation((mass / m) ** 2))
    total *= E_CHARGE / (2.0 * math.pi**2)
    return total


def vacuum_polarisation(z: Floats) -> Complexes:
    """int_0^1 dx x (1-x) ln[1 - x (1-x) z - i 0] for z = q^2/m^2 >= 0, shape (n,), in closed form."""
    z = np.asarray(z, dtype=float)
    value = np.zeros(z.shape, complex)
    small = z < _SERIES_BELOW
    value[small] = -np.polynomial.polynomial.polyval(z[small], [0.0, *_SERIES])
    large = z[~small]
    b = np.sqrt(1.0 - 4.0 / large + 0j)
    # b ln[(b + 1)/(b - 1)], real below the threshold q^2 = 4 m^2
    below = large < 4.0
    c = np.abs(b)
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = 2.0 * c * np.arctan2(1.0, c)
        logarithm = c * (np.log((1.0 + c) / np.abs(1.0 - c)) - 1j * math.pi)
    branch = np.where(below, angle, logarithm)
    value[~small] = -5.0 / 18.0 - 2.0 / (3.0 * large) + (1.0 + 2.0 / large) * branch / 6.0
    return value
