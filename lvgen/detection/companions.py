"""Are the particles seen that are made with the boson?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lvgen.detection.cuts import Companions
from lvgen.detection.kinds import kind_of
from lvgen.kernels.acceptance import CHARGED, PHOTON

Floats = NDArray[np.float64]
Pair = tuple[float, float]


def companions_pass(cuts: Companions, pdg: tuple[int, ...], momentum: Floats, boost: Pair) -> Floats:
    """(n,) 1 where every visible particle passes the cuts, else 0.

    pdg : of c particles; momentum : (n, c, 4) E, px, py, pz, GeV, in the laboratory
    boost : gamma and gamma beta along z of the collisions' centre of mass
    """
    kinds = [kind_of(code) for code in pdg]
    passes = np.ones(len(momentum), np.bool_)
    across = np.zeros((len(momentum), 2))
    gamma, gamma_beta = boost
    for k, kind in enumerate(kinds):
        if kind == 0:
            continue
        p4 = momentum[:, k]
        energy_cms = gamma * p4[:, 0] - gamma_beta * p4[:, 3]
        across += p4[:, 1:3]
        if kind & CHARGED:
            passes &= (np.linalg.norm(p4[:, 1:], axis=1) >= cuts.min_momentum) & (energy_cms >= cuts.min_energy_cms)
            passes &= _between(cuts.polar_tracks, p4)
        elif kind == PHOTON:
            passes &= (p4[:, 0] >= cuts.min_photon_energy) & (energy_cms >= cuts.min_photon_energy_cms)
            passes &= _between(cuts.polar_photons, p4)
    passes &= np.hypot(across[:, 0], across[:, 1]) >= cuts.min_pt_cms
    return passes.astype(float)


def _between(polar: Pair | None, p4: Floats) -> NDArray[np.bool_]:
    if polar is None:
        return np.ones(len(p4), np.bool_)
    angle = np.arctan2(np.hypot(p4[:, 1], p4[:, 2]), p4[:, 3])
    inside: NDArray[np.bool_] = (angle >= polar[0]) & (angle <= polar[1])
    return inside
