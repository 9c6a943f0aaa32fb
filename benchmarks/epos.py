"""EPOS-LHC at 13.6 TeV: forward pions and etas counted here, against FORESEE's tables of the same generator.

    pip install -e ".[spectra]"
    python benchmarks/epos.py [COLLISIONS]          # 30,000 take twenty minutes of one core

No table of EPOS-LHC ships, because chromo downloads the generator's data when it first runs.  This tells whether the
difference between our SIBYLL table and FORESEE's EPOS-LHC one is made by the generators or by how hadrons are counted:
collisions of EPOS-LHC go through the same tally as those of the tables that ship.
"""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path

from nitrogen import number_inside

import lvgen
from lvgen.particles import pdg_id
from lvgen.spectra import generators
from lvgen.spectra.beams import BEAMS
from lvgen.spectra.build import build_counts

#: here and not in the package; child processes import this module anew and so know it too
generators.CHROMO["EPOS-LHC"] = "EposLHC"

_THETA, _P = 2e-4, 100.0
#: hadron -> cross-section in pb of one hemisphere below 0.2 mrad and above 100 GeV in FORESEE's tables of EPOS-LHC
FORESEE = {"pi0": 9.61e9, "eta": 1.78e9}
#: FORESEE's tables are binned and have errors of their own, which they do not state
_TOLERANCE = 0.05


def main(collisions: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        built = build_counts("EPOS-LHC", BEAMS["LHC-13.6TeV"], collisions, 14, Path(folder) / "partial")
    sigma = built["account"]["sigma_inel_mb"] * 1e9
    shipped = lvgen.spectrum("SIBYLL-2.3d", "LHC-13.6TeV")
    print(f"{built['account']['generator_reports']}, {collisions} collisions, {sigma * 1e-9:.2f} mb")
    agree = True
    for name, expected in FORESEE.items():
        counts = built["counts"][list(built["species"]).index(pdg_id(name))]
        number = number_inside(counts, built["p_edges"], built["theta_edges"], _P, _THETA)
        value = 0.5 * sigma * number / collisions
        error = value / math.sqrt(number)
        content = shipped.content[pdg_id(name)]
        sibyll = shipped.sigma_inel_pb * number_inside(content, shipped.p_edges, shipped.theta_edges, _P, _THETA)
        agree &= abs(value - expected) < 3.0 * error + _TOLERANCE * expected
        print(f"{name:4s} EPOS-LHC here {value:.4g} pb, error {error:.1g}; FORESEE's {expected:.4g}, "
              f"{value / expected - 1:+.1%}; our SIBYLL table {sibyll:.4g}, {sibyll / expected - 1:+.1%}")  # fmt: skip
    return 0 if agree else 1


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000))
