"""Vacuum polarisation of a photon: 1/(1 - Delta alpha(q^2)), real part, for timelike q^2.

Leptons at one loop; hadrons by the smooth form A + B ln(1 + C q^2) of H. Burkhardt and B. Pietrzyk, Phys. Lett. B 513
(2001) 46, table 3, which is that of spacelike momenta: it runs through the middle of the resonances.
"""

from __future__ import annotations

import math

from lvgen.kernels.jit import helper, kernel
from lvgen.particles import mass
from lvgen.units import ALPHA

_ELECTRON, _MUON, _TAU = mass("e-"), mass("mu-"), mass("tau-")


@helper
def _lepton(q2, m):
    """Delta alpha of one lepton over alpha / (3 pi); q2 > 0, GeV^2."""
    ratio = 4.0 * m * m / q2
    if ratio > 1e3:
        return -q2 / (5.0 * m * m)
    if ratio > 1.0:
        b = math.sqrt(ratio - 1.0)
        return -8.0 / 3.0 - b * b + b * (3.0 + b * b) * math.atan(1.0 / b)
    beta = math.sqrt(1.0 - ratio)
    # (1 + beta)/(1 - beta) without cancellation
    return -8.0 / 3.0 + beta * beta + beta * (3.0 - beta * beta) * math.log((1.0 + beta) / math.sqrt(ratio + 1e-300))


@helper
def _hadrons(q2):
    """Delta alpha of the hadrons; q2 > 0, GeV^2, below the Z."""
    if q2 <= 0.49:
        return 0.0023092 * math.log1p(3.9925370 * q2)
    if q2 <= 4.0:
        return 0.0022333 * math.log1p(4.2191779 * q2)
    if q2 <= 16.0:
        return 0.0024402 * math.log1p(3.2496684 * q2)
    if q2 <= 100.0:
        return 0.0027340 * math.log1p(2.0995092 * q2)
    return 0.0010485 + 0.0029431 * math.log1p(q2)


@helper
def vacuum_factor(q2):
    """What the photon's propagator is multiplied by at q2 > 0, GeV^2."""
    leptons = _lepton(q2, _ELECTRON) + _lepton(q2, _MUON) + _lepton(q2, _TAU)
    return 1.0 / (1.0 - ALPHA / (3.0 * math.pi) * leptons - _hadrons(q2))


@kernel("void(float64[::1], float64[::1])", ahead=False)
def vacuum_factors(q2, out):
    """``vacuum_factor`` of many q2 (n,), GeV^2; out (n,)."""
    for i in range(q2.shape[0]):
        out[i] = vacuum_factor(q2[i])
