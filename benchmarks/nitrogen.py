"""SIBYLL 2.3d on nitrogen: a small table, built here with chromo, against numbers of a separate script.

    pip install -e ".[spectra]"
    python benchmarks/nitrogen.py [COLLISIONS]

400 GeV protons on N-14 at rest; hadrons per collision in windows of angle and momentum, all that appear (status 1 and
2).  The numbers are of 100,000 collisions of the same generator, filled without lvgen; agreement within three standard
deviations of both is due.  Hadrons of one collision are taken as independent, which makes errors a little too small.
"""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lvgen.particles import pdg_id
from lvgen.spectra.beams import Beam
from lvgen.spectra.build import build_counts

Floats = NDArray[np.float64]

#: hadron, angle below (rad), momentum above (GeV), hadrons per collision, relative statistical error
KNOWN = (
    ("pi0", 0.010, 20.0, 0.53092, 4.3e-3),
    ("pi0", 0.050, 100.0, 0.08706, 1.1e-2),
    ("eta", 0.050, 20.0, 0.27402, 6.0e-3),
    ("eta'", 0.010, 20.0, 0.09542, 1.0e-2),
    ("eta'", 0.050, 100.0, 0.01679, 2.4e-2),
    ("omega", 0.050, 20.0, 0.1945, 7.2e-3),
    ("rho0", 0.010, 20.0, 0.12591, 8.9e-3),
    ("rho0", 0.050, 100.0, 0.02253, 2.1e-2),
    ("K+", 0.050, 20.0, 0.11914, 9.2e-3),
    ("K_L", 0.010, 20.0, 0.04714, 1.5e-2),
    ("phi", 0.050, 20.0, 0.01657, 2.5e-2),
)
NITROGEN = Beam("SPS-400GeV-N", "fixed_target", 400.0, "N", (14, 7))


def main(collisions: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        built = build_counts("SIBYLL-2.3d", NITROGEN, collisions, 14, Path(folder) / "partial")
    worst = 0.0
    for name, theta, p, expected, relative in KNOWN:
        counts = built["counts"][list(built["species"]).index(pdg_id(name))]
        found = number_inside(counts, built["p_edges"], built["theta_edges"], p, theta)
        value = found / collisions
        error = math.hypot(value / math.sqrt(found), relative * expected)
        worst = max(worst, abs(value - expected) / error)
        print(f"{name:5s} below {theta * 1e3:g} mrad above {p:g} GeV: {value:.5f}, known {expected:.5f}, "
              f"{(value - expected) / error:+.1f} standard deviations")  # fmt: skip
    return 0 if worst < 3.0 else 1


def number_inside(counts: Floats, p_edges: Floats, theta_edges: Floats, p: float, theta: float) -> float:
    """Hadrons above a momentum (GeV) and below an angle (rad) in cells of a table, whose edges are logarithms."""
    return float(_shares(10**p_edges, p, math.inf) @ counts @ _shares(10**theta_edges, 0.0, theta))


def _shares(edges: Floats, low: float, high: float) -> Floats:
    """Share of each cell between two values, even in the logarithm."""
    logs, ends = np.log(edges), np.log([max(low, 1e-30), high])
    shares: Floats = np.clip((np.minimum(logs[1:], ends[1]) - np.maximum(logs[:-1], ends[0])) / np.diff(logs), 0.0, 1.0)
    return shares


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 400_000))
