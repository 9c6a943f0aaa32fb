"""e+ e- collisions on one core: seconds for a cross-section to 0.1 per cent, and unweighted events a second.

    NUMBA_NUM_THREADS=1 python benchmarks/ee.py

Processor time, warm kernels; a cross-section includes the adaptation of its map. Events are drawn through the adapted
map and kept with probability weight over the largest weight (0.02 per cent of the cross-section lies above it);
momenta of everything and the spin of the boson are made for each.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from lvgen.processes.ee_to_gamma_v import PhotonReaction

from lvgen.collisions import PairReaction, adapted, total
from lvgen.generation.events import _largest
from lvgen.kernels.jit import compile_all
from lvgen.spectra.registry import load_source

ROOT_S = 10.58
BOOST = load_source("SuperKEKB").boost
BLOCK, BLOCKS = 1 << 14, 20
REACTIONS: dict[str, Any] = {
    "mu+ mu- V, V on muons": lambda m: PairReaction("mu", m, ROOT_S, (1.0, 0.0, 0.0, 0.0)),
    "mu+ mu- V, V on muons and electrons": lambda m: PairReaction("mu", m, ROOT_S, (1.0, 0.0, 1.0, 0.0)),
    "mu+ mu- V, with initial-state radiation": lambda m: PairReaction("mu", m, ROOT_S, (1.0, 0.0, 0.0, 0.0), isr=True),
    "mu+ mu- phi": lambda m: PairReaction("mu", m, ROOT_S, (1.0, 0.0, 0.0, 0.0), scalar=True),
    "gamma V": lambda m: PhotonReaction(m, ROOT_S, 1.0, 0.0),
}


def cross_section(reaction: Any) -> tuple[float, float]:
    """Seconds and relative error."""
    start = time.process_time()
    rate = total(reaction)
    return time.process_time() - start, rate.error / rate.value


def events(reaction: Any) -> tuple[float, float]:
    """Unweighted events a second, and their share of the points.

    Parts of a reaction get points in proportion to their largest weights, so that one ceiling serves all.
    """
    rng, parts = np.random.default_rng(1), reaction.parts()
    cubes = [adapted(part) for part in parts]

    def block(k: int, n: int) -> tuple[Any, Any]:
        y, jacobian = cubes[k].place(rng.random((n, reaction.dimensions)))
        momenta, weight, _ = parts[k].draw(y, *BOOST)
        return momenta, weight * jacobian

    ceilings = [_largest(np.concatenate([block(k, BLOCK)[1] for _ in range(4)])) for k in range(len(parts))]
    sizes = [round(BLOCK * c / sum(ceilings)) for c in ceilings]
    start, kept = time.process_time(), 0
    for _ in range(BLOCKS):
        for k, n in enumerate(sizes):
            momenta, weight = block(k, n)
            kept += len(momenta[rng.random(n) * ceilings[k] < weight])
    return kept / (time.process_time() - start), kept / (sum(sizes) * BLOCKS)


if __name__ == "__main__":
    compile_all()
    for name, made in REACTIONS.items():
        for mass in (0.01, 0.5, 3.0):
            total(made(mass))
            seconds, error = cross_section(made(mass))
            rate, share = events(made(mass))
            print(f"{name:41s} {mass:5g} GeV: {seconds:5.2f} s to {error:.1e}, {rate:8.2g} events/s, {share:.0%} kept")
