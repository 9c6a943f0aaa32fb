"""Milliseconds of a whole decay table: 2,000 masses, all channels, of a model that was never asked for before.

    python benchmarks/widths.py

The program of arXiv:2201.01788 took 54 to 79 s for as many masses on a two-core machine.  Every repetition has charges
of its own, so nothing of one model helps the next; reading the shipped table (once for each process) is timed apart.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lvgen
from lvgen.models.registry import model_names

MASSES = 2_000
REPEATS = 25
REFERENCE_SECONDS = (54.0, 79.0)


def milliseconds(name: str, masses: NDArray[np.float64], parameters: dict[str, Any] | None = None) -> float:
    """Wall time from the model's name to total, lifetime and every branching ratio."""
    start = time.perf_counter()
    table = lvgen.model(name, **(parameters or {})).decay_table(masses)
    for channel in (*table.channels, *table.sums):
        table.branching_ratio(channel)
    assert np.isfinite(table.total).all()
    assert np.all(table.ctau > 0)
    return 1e3 * (time.perf_counter() - start)


def main() -> None:
    """Cold start, charges of random models, and the models by name."""
    masses = np.linspace(1.1e-3, 2.0, MASSES)
    print(f"{MASSES} masses up to {masses[-1]:g} GeV")
    print(f"{'first table of the process':32s} {milliseconds('B-L', masses):8.1f} ms")
    rng = np.random.default_rng(1)
    fermions = ("e", "mu", "tau", "nu_e", "nu_mu", "nu_tau", "u", "d", "s", "c", "b", "t")
    times = []
    for _ in range(REPEATS):
        charges = {f"gV_{f}": float(q) for f, q in zip(fermions, rng.uniform(-1, 1, len(fermions)), strict=True)}
        times.append(milliseconds("custom", masses, charges))
    median = statistics.median(times)
    print(f"{'charges never seen before, warm':32s} {median:8.1f} ms (slowest of {REPEATS}: {max(times):.1f} ms)")
    low, high = (1e3 * seconds / median for seconds in REFERENCE_SECONDS)
    print(f"{'reference program over ours':32s} {low:8.0f} to {high:.0f}")
    for name in model_names():
        print(f"{name:32s} {statistics.median(milliseconds(name, masses) for _ in range(5)):8.1f} ms")


if __name__ == "__main__":
    main()
