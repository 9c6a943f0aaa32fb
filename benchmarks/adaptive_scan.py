"""An adaptive scan against a fixed grid with ten times as many masses and couplings.

    python benchmarks/adaptive_scan.py [CARD MASSES COUPLINGS [PRECISION]]

Both at 2 % precision of the signal.  At each mass of the fixed grid its edges are compared with straight lines in
ln(mass) and ln(coupling) between the masses of the scan; an edge may be off by the precision and two standard
deviations of both.  Told too: points (mass and coupling), masses, seconds of the processor.
"""

from __future__ import annotations

import math
import sys
import time
from bisect import bisect_right

import lvgen
from lvgen.conductor import RunResult
from lvgen.runcard import load_card
from lvgen.sensitivity.contour import ContourRow

FINER = 10
EDGES = ("coupling_lower", "coupling_upper")


def run(card: str, masses: int, couplings: int, *settings: str) -> tuple[RunResult, float]:
    """A run without events, and its processor time."""
    sizes = (f"model.mass.points={masses}", f"model.coupling.points={couplings}", "run.precision=0.02")
    table = load_card(card, (*sizes, *settings)).as_table()
    table.pop("events", None)
    start = time.process_time()
    return lvgen.run(table, seed=1), time.process_time() - start


def by_mass(rows: list[ContourRow]) -> dict[float, list[ContourRow]]:
    """Excluded intervals of every mass."""
    found: dict[float, list[ContourRow]] = {}
    for row in rows:
        found.setdefault(row.mass, []).extend([row] if row.excludes else [])
    return found


def compare(scan: list[ContourRow], grid: list[ContourRow], precision: float) -> None:
    """Print how far the edges of the grid lie from those of the scan."""
    known = by_mass(scan)
    at = sorted(known)
    far, apart, forms = [], [], 0
    for mass, true in by_mass(grid).items():
        k = min(bisect_right(at, mass) - 1, len(at) - 2)
        low, high = known[at[k]], known[at[k + 1]]
        if not len(low) == len(high) == len(true):
            forms += 1
            print(f"  {mass:.5g} GeV: {len(true)} intervals, {len(low)} and {len(high)} at the scan's masses beside it")
            continue
        share = math.log(mass / at[k]) / math.log(at[k + 1] / at[k])
        for a, b, c in zip(low, high, true, strict=True):
            for name in EDGES:
                x, y, z = (math.log(getattr(row, name)) for row in (a, b, c))
                ex, ey, ez = (getattr(row, f"{name}_error") / getattr(row, name) for row in (a, b, c))
                off = abs((1 - share) * x + share * y - z)
                apart.append(off)
                if off > precision + 2 * math.hypot((1 - share) * ex, share * ey, ez):
                    far.append((mass, name, off))
    apart.sort()
    print(f"{len(apart)} edges: median {apart[len(apart) // 2]:.4f}, largest {apart[-1]:.4f} in ln(coupling)")
    print(f"{len(far)} beyond the precision, {forms} masses with another number of intervals")
    for mass, name, off in far:
        print(f"  {mass:.5g} GeV {name}: {off:.4f}")


def main(card: str, masses: int, couplings: int, precision: float) -> None:
    adaptive = ('sensitivity.scan="adaptive"', f"sensitivity.contour_precision={precision}")
    scan, scan_s = run(card, masses, couplings, *adaptive)
    told = scan.info["yields"]["scan"]
    grid, grid_s = run(card, FINER * (masses - 1) + 1, FINER * (couplings - 1) + 1, 'sensitivity.scan="fixed"')
    assert grid.map is not None
    n, m = grid.map.total.size, len(grid.map.mass)
    print(f"{card}: scan {told['masses']} masses ({told['masses_by_reason']}), {told['points']} points, {scan_s:.0f} s")
    print(f"grid {m} masses, {n} points, {grid_s:.0f} s: {n / told['points']:.1f} times as many points")
    compare(scan.contour, grid.contour, precision)


if __name__ == "__main__":
    given = sys.argv[1:] or ["faser2_b", "24", "40"]
    main(given[0], int(given[1]), int(given[2]), float(given[3]) if len(given) > 3 else 0.02)
