"""Points per second and core: the whole chain against its bare production kernel, and time against couplings.

    python benchmarks/throughput.py

The bare kernel draws random numbers and bosons (``kernels.parent_decay.draw_two_body``); the chain adds the adapted
map, the flight, the decay, the acceptance and the sums over lifetimes and table replicas.  Both run in turns in one
process on one core, and the ratio of their medians is what counts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

import lvgen
from lvgen.generation.yields import adapt, draw, stream
from lvgen.kernels.jit import compile_all
from lvgen.plan import Plan
from lvgen.runcard import load_card
from lvgen.sampling.lifetime import LifetimeSample

POINTS = 1 << 17
BLOCK = 1 << 14
REPEATS = 15


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def chain_against_kernel() -> None:
    """Nanoseconds a point of both, and their ratio."""
    plan = Plan(load_card("faser2_dark_photon"))
    chains, _ = plan.chains(0.05)
    axis = plan.axis(0.05, chains)
    adapt(chains, [plan.interactions * c for c in axis.coefficients], axis, 1, 0)
    for chain in chains[:2]:
        sample = LifetimeSample(chain.channel.replicas.shape[1])
        rng = np.random.default_rng(1)

        def bare(chain=chain, rng=rng) -> None:  # type: ignore[no-untyped-def]
            for _ in range(POINTS // BLOCK):
                chain.channel.draw(rng.random((BLOCK, chain.channel.dimensions)))

        def whole(chain=chain, sample=sample) -> None:  # type: ignore[no-untyped-def]
            draw(chain, sample, POINTS, stream(1, 0))

        times = [(seconds(bare), seconds(whole)) for _ in range(REPEATS)][2:]
        kernel, full = (1e9 * statistics.median(column) / POINTS for column in zip(*times, strict=True))
        ratio = statistics.median(b / a for a, b in times)
        print(f"{chain.channel.name:17s} kernel {kernel:5.0f} ns, chain {full:5.0f} ns a point, ratio {ratio:.2f}")


def time_against_couplings() -> None:
    """Seconds of a map of 12 masses with 61 to 3901 couplings, one worker."""
    for points in (61, 121, 481, 961, 3901):
        card = {
            "model": {
                "name": "dark_photon",
                "mass": {"min": "10 MeV", "max": "500 MeV", "points": 12},
                "coupling": {"min": 1e-9, "max": 1e-3, "points": points},
            },
            "production": {"processes": ["meson_decay"]},
            "detector": {"name": "FASER2"},
            "sensitivity": {},
        }
        times = [seconds(lambda card=card: lvgen.run(card, seed=1, workers=1)) for _ in range(5)][1:]
        print(f"{points:5d} couplings: {statistics.median(times):.3f} s")


if __name__ == "__main__":
    compile_all()
    chain_against_kernel()
    time_against_couplings()
