"""Pions of eta mesons that a generator leaves undecayed: three-body phase space, PDG branching ratios."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lvgen.particles import mass

#: share of eta decays into 3 pi0, and into pi+ pi- pi0 (PDG 2024)
BR_3PI0, BR_CHARGED = 0.3257, 0.2302
_ETA = 221

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class EtaDecays:
    """Adds the pions of every final eta to a list of particles, the eta becoming status 2 (decayed).

    The Dalitz plots are nearly flat (PDG: slope alpha = -0.03 for 3 pi0); pi+ pi- gamma and the rest are left out.
    seed : of the generator's block
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(np.random.SeedSequence([seed, _ETA]))

    def __call__(self, pid: Ints, status: Ints, p4: Floats) -> tuple[Ints, Ints, Floats]:
        """pid, status : (n,); p4 : (4, n) E, px, py, pz in GeV; returns the longer arrays."""
        eta = np.flatnonzero((pid == _ETA) & (status == 1))
        kind = self._rng.random(len(eta))
        status = status.copy()
        status[eta] = 2
        parts = [(pid, status, p4)]
        for chosen, pions in (
            (kind < BR_3PI0, (111, 111, 111)),
            ((kind >= BR_3PI0) & (kind < BR_3PI0 + BR_CHARGED), (211, -211, 111)),
        ):
            made = three_body(self._rng, p4[:, eta[chosen]], tuple(mass(k) for k in pions))
            parts += [(np.full(len(k.T), pdg), np.ones(len(k.T), int), k) for pdg, k in zip(pions, made, strict=True)]
        pids, statuses, momenta = zip(*parts, strict=True)
        return np.concatenate(pids), np.concatenate(statuses), np.concatenate(momenta, axis=1)


def three_body(rng: np.random.Generator, parent: Floats, masses: tuple[float, ...]) -> list[Floats]:
    """Flat three-body decays of parents (4, n): three arrays (4, n), GeV."""
    total = np.sqrt(parent[0] ** 2 - (parent[1:] ** 2).sum(axis=0))
    low, high = masses[0] + masses[1], total - masses[2]
    pair = np.empty_like(total)
    left = np.arange(len(total))
    while len(left):  # density of the pair's mass is p* q, below the product of their largest values
        trial = low + (high[left] - low) * rng.random(len(left))
        weight = _momentum(total[left], trial, masses[2]) * _momentum(trial, masses[0], masses[1])
        most = _momentum(total[left], low, masses[2]) * _momentum(high[left], masses[0], masses[1])
        kept = rng.random(len(left)) * most < weight
        pair[left[kept]] = trial[kept]
        left = left[~kept]
    two, third = _two_body(rng, parent, total, pair, masses[2])
    first, second = _two_body(rng, two, pair, masses[0], masses[1])
    return [first, second, third]


def _momentum(m: Floats, a: Floats | float, b: Floats | float) -> Floats:
    out: Floats = np.sqrt(np.clip((m**2 - (a + b) ** 2) * (m**2 - (a - b) ** 2), 0.0, None)) / (2.0 * m)
    return out


def _two_body(
    rng: np.random.Generator, parent: Floats, m: Floats, a: Floats | float, b: float
) -> tuple[Floats, Floats]:
    p = _momentum(m, a, b)
    cos, phi = rng.uniform(-1.0, 1.0, len(m)), rng.uniform(0.0, 2.0 * np.pi, len(m))
    sin = np.sqrt(1.0 - cos**2)
    direction = np.array([sin * np.cos(phi), sin * np.sin(phi), cos])
    energy = np.sqrt(p**2 + np.asarray(a) ** 2)
    along = (parent[1:] * direction).sum(axis=0) * p
    boosted = (parent[0] * energy + along) / m
    first = np.vstack([boosted, p * direction + parent[1:] * (energy + boosted) / (parent[0] + m)])
    return first, parent - first
