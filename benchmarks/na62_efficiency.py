"""The one number of ``detectors/NA62-dump.toml`` that is calibrated: what is lost behind the bare geometry.

    python benchmarks/na62_efficiency.py

For each efficiency the ratios of our edges to the published ones (tests/reference/published_edges.csv), and the root
mean square of their logarithms for the search for e+ e-, lower and upper edges at six masses.  The detector has the
efficiency where that is least, to 0.05.  The search for mu+ mu- is printed beside it and decides nothing.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

import lvgen
from lvgen.runcard import load_card

PUBLISHED = Path(__file__).parents[1] / "tests" / "reference" / "published_edges.csv"
EFFICIENCIES = (1.0, 0.5, 0.3, 0.25, 0.2, 0.15, 0.1)


def published() -> list[tuple[str, float, float, float]]:
    """(card, mass in GeV, lower edge, upper edge) of the searches of NA62."""
    with PUBLISHED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return [
        (row["card"], *(float(row[key]) for key in ("mass_GeV", "lower", "upper")))
        for row in rows
        if row["card"].startswith("na62")
    ]


def edges(card: str, mass: float, efficiency: float) -> tuple[float, float]:
    """Our edges in epsilon."""
    settings = (
        f'model.mass="{mass} GeV"', "model.coupling.points=60", "run.precision=0.05",
        f"detector.efficiency={efficiency}",
    )  # fmt: skip
    table = load_card(card, settings).as_table()
    table.pop("events")
    found = lvgen.run(table, workers=1).contour
    return found[0].coupling_lower, found[-1].coupling_upper


def main() -> None:
    rows = published()
    print("search, mass [GeV]    " + "".join(f"{e:>14g}" for e in EFFICIENCIES))
    squares = np.zeros((2, len(EFFICIENCIES)))
    for card, mass, lower, upper in rows:
        found = np.array([edges(card, mass, e) for e in EFFICIENCIES]) / (lower, upper)
        squares[card.endswith("mumu")] += np.sum(np.log(found) ** 2, axis=1)
        print(f"{card:14s} {mass:5g}  " + "".join(f"   {low:5.2f}, {high:4.2f}" for low, high in found))
    electrons = 2 * sum(card.endswith("ee") for card, *_ in rows)
    for name, total, n in zip(("e+ e-", "mu+ mu-"), squares, (electrons, 2 * len(rows) - electrons), strict=True):
        print(f"rms of ln, {name:10s} " + "".join(f"{value:>14.3f}" for value in np.sqrt(total / n)))


if __name__ == "__main__":
    main()
