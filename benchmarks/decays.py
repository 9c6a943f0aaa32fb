"""Primary decays per second and core, and milliseconds of what each prepares at a new mass.

    python benchmarks/decays.py

Bosons of mixed spin and momentum, one core; the best of several repetitions, since machines are shared.
"""

from __future__ import annotations

import time

import numpy as np

import lvgen
from lvgen.decays.primary.base import PrimaryDecay
from lvgen.decays.primary.registry import primary_decay

DECAYS = 200_000
REPEATS = 5
#: model, mass in GeV, channel
CASES = (
    ("dark_photon", 0.05, "e+ e-"),
    ("dark_photon", 0.8, "pi+ pi-"),
    ("dark_photon", 1.0, "pi0 gamma"),
    ("dark_photon", 1e-3, "3 gamma"),
    ("dark_photon", 0.78, "pi+ pi- pi0"),
    ("B-L", 1.65, "pi+ pi- pi0"),
    ("dark_photon", 3.0, "pi+ pi- pi0"),
    ("dark_photon", 1.6, "K0bar K+ pi-"),
    ("dark_photon", 3.0, "K0bar K+ pi-"),
    ("dark_photon", 1.5, "eta pi+ pi-"),
    ("B-L", 1.65, "omega pi+ pi-"),
    ("dark_photon", 1.8, "K0bar K+ pi- pi0"),
    ("dark_photon", 1.2, "pi+ pi- pi+ pi-"),
    ("dark_photon", 1.6, "pi+ pi- pi+ pi-"),
    ("dark_photon", 1.2, "pi+ pi- pi0 pi0"),
    ("dark_photon", 1.6, "pi+ pi- pi0 pi0"),
    ("dark_photon", 1.6, "pi+ pi- pi+ pi- pi0 pi0"),
    ("dark_photon", 1.8, "quarks"),
    ("dark_photon", 3.0, "quarks"),
)
#: fewer decays where each takes long
SLOW = {"pi+ pi- pi+ pi-": 20_000, "pi+ pi- pi0 pi0": 20_000}
SPIN = np.array([0.6, 0.3, 0.1, 0.2, -0.1, 0.05, 0.3, 0.1, 0.2])


def bosons(mass: float, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Keys, momenta, spins and weights."""
    rng = np.random.default_rng(1)
    p = rng.normal(size=(n, 3)) * mass * np.array([1.0, 1.0, 100.0])
    momenta = np.concatenate([np.sqrt(mass**2 + (p**2).sum(axis=1))[:, None], p], axis=1)
    return rng.integers(0, 2**64, n, dtype=np.uint64), momenta, np.tile(SPIN, (n, 1)), np.ones(n)


def fresh(model: str, mass: float, channel: str) -> PrimaryDecay:
    """A decay that has prepared nothing yet."""
    return primary_decay(lvgen.model(model).decay_table(mass), channel)


def main() -> None:
    """One line for each case."""
    print(f"{'model':12s} {'GeV':>6s} {'channel':24s} {'set-up, ms':>10s} {'decays per s':>13s}")
    for model, mass, channel in CASES:
        n = SLOW.get(channel, DECAYS)
        few, many = bosons(mass, 1), bosons(mass, n)
        fresh(model, mass, channel).generate(*few)
        prepared, best = np.inf, 0.0
        for _ in range(REPEATS):
            decay = fresh(model, mass, channel)
            start = time.perf_counter()
            decay.generate(*few)
            prepared = min(prepared, time.perf_counter() - start)
            start = time.perf_counter()
            decay.generate(*many)
            best = max(best, n / (time.perf_counter() - start))
        print(f"{model:12s} {mass:6g} {channel:24s} {1e3 * prepared:10.2f} {best:13.3g}")


if __name__ == "__main__":
    main()
