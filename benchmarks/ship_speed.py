"""Seconds of the card ``ship_dark_photon``: three processes, 40 masses, 80 couplings, 2 % precision, without events.

    python benchmarks/ship_speed.py [CARD]

Warm, two workers, median of three runs; the processor's time is told too, since machines are shared.
"""

from __future__ import annotations

import statistics
import sys
import time

import lvgen
from lvgen.kernels.jit import compile_all
from lvgen.runcard import read_card_table

REPEATS = 3


def without_events(card: str) -> dict[str, object]:
    """The card's keys, events left out."""
    keys, _, _ = read_card_table(card)
    keys.pop("events", None)
    return keys


def main() -> None:
    """Run the card and tell."""
    card = without_events(sys.argv[1] if len(sys.argv) > 1 else "ship_dark_photon")
    compile_all()
    wall, processor = [], []
    for _ in range(REPEATS):
        start, busy = time.perf_counter(), time.process_time()
        result = lvgen.run(card, seed=1, workers=2)
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - busy)
        print(f"  {wall[-1]:.1f} s, processor {processor[-1]:.1f} s")
    told = result.info["map"]
    print(f"{len(result.map.mass)} masses, {len(result.map.coupling)} couplings, {', '.join(result.map.processes)}")
    print(f"{statistics.median(wall):.1f} s, processor {statistics.median(processor):.1f} s")
    print(f"precision missed at {told['points_missing_precision_near_or_inside_contour']} points that matter")


if __name__ == "__main__":
    main()
