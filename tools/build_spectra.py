"""Rebuild the hadron tables that ship, with the generators, seeds and sizes that they were made with.

    pip install -e ".[spectra]" pythia8mc
    python tools/build_spectra.py [NAME ...] [--source SOURCE] [--workers N]

Up to 40 minutes on one core for each table; an interrupted build goes on where it stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lvgen.cli.main import main

#: source, generator -> collisions, seed
TABLES: dict[tuple[str, str], tuple[int, int]] = {
    ("LHC-13.6TeV", "SIBYLL-2.3d"): (6_000_000, 20261),
    ("LHC-13.6TeV", "PYTHIA-6"): (3_000_000, 20262),
    ("LHC-13.6TeV", "PYTHIA-8"): (300_000, 20266),
    ("LHC-13.6TeV", "PYTHIA-8-charm"): (400_000, 20264),
    ("LHC-13.6TeV", "PYTHIA-8-beauty"): (150_000, 20265),
    ("LHC-14TeV", "SIBYLL-2.3d"): (2_000_000, 14001),
    ("SPS-400GeV", "SIBYLL-2.3d"): (6_000_000, 40001),
    ("SPS-400GeV", "PYTHIA-6"): (3_000_000, 40002),
    ("SPS-400GeV", "PYTHIA-8"): (400_000, 40003),
    ("SPS-400GeV", "PYTHIA-8-charm"): (400_000, 40004),
    ("SPS-400GeV", "PYTHIA-8-beauty"): (150_000, 40005),
    ("SPS-400GeV-Mo", "UrQMD-3.4"): (40_000, 40011),
    ("SPS-400GeV-Cu", "UrQMD-3.4"): (20_000, 40012),
}
FOLDER = Path(__file__).resolve().parents[1] / "lvgen" / "data" / "spectra"


def build(names: list[str], only: str | None, workers: int) -> int:
    """Build the named tables, or all; returns the first exit code that is not 0."""
    for (source, generator), (collisions, seed) in TABLES.items():
        if (names and generator not in names) or (only and source != only):
            continue
        target = FOLDER / source / f"{generator}.parquet"
        options = ["--source", source, "--collisions", str(collisions), "--seed", str(seed)]
        code = main(
            ["spectrum", "build", generator, *options, "--workers", str(workers), "--overwrite", "-o", str(target)]
        )
        if code:
            return code
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help="generators; left out: all")
    parser.add_argument("--source", help="tables of one source only")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    raise SystemExit(build(given.names, given.source, given.workers))
