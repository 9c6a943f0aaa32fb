"""Tabulate how b -> s l l rates depend on C9 and C10, with flavio, for ``lvgen fit``.

    pip install "flavio>=2.6" && python tools/build_bsll_forms.py [-o lvgen/data/fits/b_sll_forms.csv]

Each bin in q^2 is integrated by Gauss-Legendre points in ln q^2.  At a point the rate over the Standard Model's is

    1 + r9 Re C9 + i9 Im C9 + r10 Re C10 + i10 Im C10 + s9 |C9|^2 + s10 |C10|^2,

with C9 and C10 the new physics at 4.8 GeV; terms C9 C10* are of the order of the lepton's mass and checked to be small.
Takes a minute.
"""

from __future__ import annotations

import argparse
import csv
import tomllib
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SCALE = 4.8
POINTS, WIDE_POINTS = 6, 24
COLUMNS = ("observable", "q2", "weight", "r9", "i9", "r10", "i10", "s9", "s10")


def rate(flavio: object, name: str, q2: float, lepton: str, c9: complex = 0.0, c10: complex = 0.0) -> float:
    """Differential rate at q2 with new physics."""
    new = flavio.WilsonCoefficients()
    new.set_initial({f"C9_bs{lepton}": c9, f"C10_bs{lepton}": c10}, scale=SCALE)
    return float(flavio.np_prediction(name, new, q2=q2))


def form(flavio: object, name: str, q2: float, lepton: str) -> tuple[float, list[float]]:
    """The Standard Model's rate at q2, and the six coefficients."""

    def at(c9: complex = 0.0, c10: complex = 0.0) -> float:
        return rate(flavio, name, q2, lepton, c9, c10) / standard

    standard = rate(flavio, name, q2, lepton)
    found = []
    squares = []
    for which in (0, 1):
        up, down = (at(*((z, 0.0) if which == 0 else (0.0, z))) for z in (1.0, -1.0))
        side = at(*((1j, 0.0) if which == 0 else (0.0, 1j)))
        squares.append(0.5 * (up + down) - 1.0)
        found += [0.5 * (up - down), side - 1.0 - squares[-1]]
    both = at(1.0, -1.0)
    expected = 1.0 + found[0] - found[2] + sum(squares)
    if abs(both / expected - 1.0) > 0.02:
        raise SystemExit(f"{name} at {q2}: terms C9 C10* are not small, {both} against {expected}")
    return standard, [*found, *squares]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "lvgen" / "data" / "fits" / "b_sll_forms.csv")
    given = parser.parse_args()
    import flavio

    observables = tomllib.loads((ROOT / "lvgen" / "data" / "fits" / "b_sll.toml").read_text())["observable"]
    with given.output.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# made by tools/build_bsll_forms.py with flavio {flavio.__version__} (arXiv:1810.08132)\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for k, item in enumerate(observables):
            low, high = item["bin"]
            x, w = np.polynomial.legendre.leggauss(POINTS if high / low < 30 else WIDE_POINTS)
            log = 0.5 * (np.log(high / low) * x + np.log(low * high))
            weights = 0.5 * np.log(high / low) * w * np.exp(log)
            rows = [form(flavio, item["flavio"], float(q2), item["lepton"] * 2) for q2 in np.exp(log)]
            shares = weights * np.array([standard for standard, _ in rows])
            for q2, share, (_, numbers) in zip(np.exp(log), shares / shares.sum(), rows, strict=True):
                table.writerow([k, *(f"{v:.8g}" for v in (q2, share, *numbers))])
            print(item["decay"], item["bin"], flush=True)


if __name__ == "__main__":
    main()
