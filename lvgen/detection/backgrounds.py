"""Backgrounds of e+ e- -> X l+ l- with a peak in the pair's mass, at tree level: dsigma/dm in the acceptance.

e+ e- -> gamma mu+ mu- : all tree diagrams, massive muons (the amplitude of ``kernels.ee_pair`` with a photon).
e+ e- -> gamma e+ e-   : all tree diagrams, s and t channel, massless electrons (Berends, Kleiss et al., Phys. Lett. B
    103 (1981) 124; Nucl. Phys. B 206 (1982) 61); photons closer to a track than ``ISOLATION`` are not asked for.
e+ e- -> mu+ mu- l+ l- : a photon of mass m in place of the boson, (2 alpha/(3 pi m)) (1 + 2 m_l^2/m^2) beta times
    sigma(e+ e- -> mu+ mu- V) for V that couples like a photon of that mass.  Left out: two-photon collisions, exchange
    of identical leptons, and the other pairings of four muons.

No initial-state radiation besides, alpha(0), no detector effects.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.collisions import PairReaction
from lvgen.kernels.ee_pair import pair_matrix_elements
from lvgen.particles import mass as particle_mass
from lvgen.units import ALPHA, E_CHARGE, GEV2_TO_PB

Floats = NDArray[np.float64]
Pair = tuple[float, float]

#: least angle between the photon and a track in the centre of mass, rad
ISOLATION = 0.1
#: a photon's mass that regulates its polarisation sum, GeV
_PHOTON_MASS = 1e-3
_LOG2_POINTS = 13


@dataclass(frozen=True)
class Acceptance:
    """What is asked of the particles of a background.

    boost : gamma, gamma beta of the centre of mass; polar_tracks, polar_photons : angles in the laboratory, rad
    min_photon_energy : in the centre of mass, GeV; min_momentum : of tracks in the laboratory, GeV
    """

    boost: Pair = (1.0, 0.0)
    polar_tracks: Pair = (0.0, math.pi)
    polar_photons: Pair = (0.0, math.pi)
    min_photon_energy: float = 0.0
    min_momentum: float = 0.0

    def photon_cosines(self) -> Pair:
        """Range of cos(theta*) of photons in the acceptance, a little inside (-1, 1)."""
        beta = self.boost[1] / self.boost[0]
        high, low = ((math.cos(a) - beta) / (1.0 - beta * math.cos(a)) for a in self.polar_photons)
        return max(low, -1.0 + 1e-4), min(high, 1.0 - 1e-4)

    def tracks_seen(self, p: Floats) -> NDArray[np.bool_]:
        """Whether tracks (n, 4) E, px, py, pz in the centre of mass are inside."""
        gamma, gamma_beta = self.boost
        pz = gamma * p[:, 3] + gamma_beta * p[:, 0]
        across = np.hypot(p[:, 1], p[:, 2])
        angle = np.arctan2(across, pz)
        low, high = self.polar_tracks
        inside: NDArray[np.bool_] = (angle >= low) & (angle <= high) & (np.hypot(across, pz) >= self.min_momentum)
        return inside


def background_names() -> tuple[str, ...]:
    """Known backgrounds."""
    return tuple(_KNOWN)


@functools.lru_cache(maxsize=4096)
def differential(name: str, mass: float, root_s: float, acceptance: Acceptance) -> float:
    """dsigma/dm in pb/GeV at a pair's mass m (GeV); 0 where it is closed; to about 1 %.

    name : one of ``background_names()``; root_s : GeV
    """
    return _KNOWN[name](mass, root_s, acceptance)


def _radiative(flavour: str, mass: float, root_s: float, acceptance: Acceptance) -> float:
    """e+ e- -> gamma l+ l-."""
    s, m_l = root_s * root_s, particle_mass(f"{flavour}-")
    energy = 0.5 * (s - mass * mass) / root_s
    if mass <= 2.0 * m_l or energy <= max(acceptance.min_photon_energy, 0.0):
        return 0.0
    points, jacobian = _three_bodies(mass, m_l, root_s, acceptance.photon_cosines())
    seen = acceptance.tracks_seen(points[:, 2]) & acceptance.tracks_seen(points[:, 3]) & _isolated(points)
    if not seen.any():
        return 0.0
    chosen = np.ascontiguousarray(points[seen])
    squared = _muons(chosen, m_l) if flavour == "mu" else electrons_photon(chosen)
    beta = math.sqrt(1.0 - (2.0 * m_l / mass) ** 2)
    phase_space = mass / math.pi * energy / (4.0 * math.pi * root_s) * beta / (8.0 * math.pi)
    return float(GEV2_TO_PB / (2.0 * s) * phase_space * np.sum(squared * jacobian[seen]) / len(points))


@functools.lru_cache(maxsize=1)
def _cube() -> Floats:
    from scipy.stats import qmc

    return np.asarray(qmc.Sobol(3, scramble=True, rng=np.random.default_rng(1)).random_base2(_LOG2_POINTS))


def _three_bodies(mass: float, m_l: float, root_s: float, cosines: Pair) -> tuple[Floats, Floats]:
    """Momenta (n, 5, 4) e-, e+, l-, l+, gamma in the centre of mass, and the share (n,) of all directions that each
    stands for times n; denser where photons are collinear to a lepton."""
    y = _cube()
    low, high = (math.atanh(c) for c in cosines)
    cos = np.tanh(low + (high - low) * y[:, 0])
    beta = math.sqrt(1.0 - (2.0 * m_l / mass) ** 2)
    reach = math.atanh(min(beta, 1.0 - 1e-12))
    inner = np.tanh(reach * (2.0 * y[:, 1] - 1.0)) / beta
    jacobian = 0.5 * (high - low) * (1.0 - cos**2) * reach * (1.0 - (beta * inner) ** 2) / beta
    k = (root_s * root_s - mass * mass + _PHOTON_MASS**2) / (2.0 * root_s)
    p_k = math.sqrt(k * k - _PHOTON_MASS**2)
    sin = np.sqrt(1.0 - cos**2)
    axis = np.stack([sin, np.zeros_like(cos), cos], axis=1)
    side = np.stack([cos, np.zeros_like(cos), -sin], axis=1)
    phi, p_star = 2.0 * math.pi * y[:, 2], 0.5 * mass * beta
    across = p_star * np.sqrt(np.clip(1.0 - inner**2, 0.0, None))
    gamma, gamma_beta = (root_s - k) / mass, p_k / mass
    n = len(y)
    p = np.zeros((n, 5, 4))
    half = 0.5 * root_s
    p_e = math.sqrt(half**2)
    p[:, 0], p[:, 1] = (half, 0.0, 0.0, p_e), (half, 0.0, 0.0, -p_e)
    for i, sign in ((2, 1.0), (3, -1.0)):
        along = sign * p_star * inner
        p[:, i, 0] = gamma * 0.5 * mass - gamma_beta * along
        moved = gamma * along - gamma_beta * 0.5 * mass
        p[:, i, 1:] = moved[:, None] * axis + (sign * across * np.cos(phi))[:, None] * side
        p[:, i, 2] += sign * across * np.sin(phi)
    p[:, 4, 0], p[:, 4, 1:] = k, p_k * axis
    return p, jacobian


def _isolated(p: Floats) -> NDArray[np.bool_]:
    """Whether the photon is away from both tracks."""
    found = np.ones(len(p), np.bool_)
    for i in (2, 3):
        cos = np.sum(p[:, 4, 1:] * p[:, i, 1:], axis=1)
        cos /= np.linalg.norm(p[:, 4, 1:], axis=1) * np.linalg.norm(p[:, i, 1:], axis=1)
        found &= cos < math.cos(ISOLATION)
    return found


def _muons(p: Floats, m_l: float) -> Floats:
    """Spin-averaged |M|^2 of e+ e- -> gamma l+ l- without t channel, massless electrons; p (n, 5, 4)."""
    n = len(p)
    squared, divergence, rho = np.empty(n), np.empty(n), np.empty((n, 9))
    couplings = np.array([E_CHARGE, 0.0, E_CHARGE, 0.0])
    pair_matrix_elements(p, 0.0, m_l, _PHOTON_MASS, couplings, E_CHARGE**4, False, squared, divergence, rho)
    return squared


def electrons_photon(p: Floats, *, exchange: bool = True) -> Floats:
    """Spin-averaged |M|^2 of e+ e- -> gamma e+ e-, massless; p (n, 5, 4) e-, e+, e-, e+, gamma.

    exchange : with the t channel; without it the final leptons are of another kind
    """

    def dot(a: int, b: int) -> Floats:
        product: Floats = p[:, a, 0] * p[:, b, 0] - np.sum(p[:, a, 1:] * p[:, b, 1:], axis=1)
        return product

    s, s1 = 2.0 * dot(0, 1), 2.0 * dot(2, 3)
    t, t1, u, u1 = -2.0 * dot(0, 2), -2.0 * dot(1, 3), -2.0 * dot(0, 3), -2.0 * dot(1, 2)
    signs = (1.0, -1.0, -1.0, 1.0)
    weights = [sign / dot(i, 4) for i, sign in enumerate(signs)]
    eikonal = -sum(2.0 * weights[i] * weights[j] * dot(i, j) for i in range(4) for j in range(i))
    if exchange:
        top = s * s1 * (s**2 + s1**2) + t * t1 * (t**2 + t1**2) + u * u1 * (u**2 + u1**2)
        return E_CHARGE**6 * eikonal * top / (s * s1 * t * t1)
    return E_CHARGE**6 * eikonal * (t**2 + t1**2 + u**2 + u1**2) / (s * s1)


def _virtual(pair: str, mass: float, root_s: float) -> float:
    """e+ e- -> mu+ mu- gamma*(m) -> mu+ mu- l+ l-, without cuts."""
    m_l = particle_mass(f"{pair}-")
    if mass <= 2.0 * m_l:
        return 0.0
    reaction = PairReaction("mu", mass, root_s, (E_CHARGE, 0.0, E_CHARGE, 0.0))
    r = (m_l / mass) ** 2
    conversion = 2.0 * ALPHA / (3.0 * math.pi * mass) * (1.0 + 2.0 * r) * math.sqrt(1.0 - 4.0 * r)
    return conversion * reaction.cross_section().value


_KNOWN: dict[str, Callable[[float, float, Acceptance], float]] = {
    "e+ e- -> gamma mu+ mu-": lambda m, e, a: _radiative("mu", m, e, a),
    "e+ e- -> gamma e+ e-": lambda m, e, a: _radiative("e", m, e, a),
    "e+ e- -> mu+ mu- mu+ mu-": lambda m, e, _: _virtual("mu", m, e),
    "e+ e- -> mu+ mu- e+ e-": lambda m, e, _: _virtual("e", m, e),
}
