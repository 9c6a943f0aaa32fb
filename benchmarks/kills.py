"""Runs killed at random moments, again and again until they end: nothing lost, nothing doubled.

    python benchmarks/kills.py [--kills 50] [--seed 1] [--blocks]

One card (a map of 24 masses and 60,000 events) is run without interruption first.  Then the same command is begun in a
process of its own and killed (SIGKILL) after a random time, until the wanted number of kills is reached; where it ends
before that, the folder is emptied and it starts again.  After each kill

- every file under a final name is the whole file of the undisturbed run;
- every finished piece that was there before is still there, unchanged, and is not made again;
- every piece holds what the undisturbed run computes for it.

At the end the run is let go, and its files are compared byte for byte; event numbers count from 0 without gap.  With
``--blocks`` the same is done to one of two blocks and to their merge.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from lvgen.cli.main import main
from lvgen.io.formats import read_events
from lvgen.kernels.jit import compile_all

CARD = """
[model]
name = "dark_photon"
mass = { min = "20 MeV", max = "0.4 GeV", points = 24 }
coupling = { min = 1e-8, max = 1e-3, points = 41 }
[production]
processes = ["meson_decay"]
[detector]
name = "FASER2"
[events]
number = 60000
mass = "50 MeV"
coupling = 3e-5
[sensitivity]
[run]
seed = 7
precision = 0.02
"""
EXACT = (".parquet", ".hepmc3", ".csv", ".png", ".pdf")


class Killer:
    """Kills what it starts, and keeps the account."""

    def __init__(self, seed: int, whole: Path) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - moments, not secrets
        self.whole = whole
        self.kills = self.ends = 0
        self.pieces_lost = self.pieces_doubled = self.files_damaged = 0
        self.longest = 1.0

    def attempt(self, arguments: list[str], folder: Path, after: float | None) -> int:
        """Start a command in a child, kill it after so many seconds, and look at what it left."""
        before = pieces(folder)
        child = os.fork()
        if child == 0:
            os._exit(main(arguments))
        if after is not None:
            time.sleep(after)
            os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == -signal.SIGKILL:
            self.kills += 1
            now = pieces(folder)
            if not (folder / "run.json").exists():
                self.pieces_lost += len(before.keys() - now.keys())
                self.pieces_doubled += sum(now[name] != when for name, when in before.items() if name in now)
            self.look_at(folder)
        else:
            assert code == 0, code
            self.ends += 1
        return code

    def look_at(self, folder: Path) -> None:
        """Files under final names are whole."""
        for path in folder.glob("*"):
            if path.is_file() and path.name.endswith(EXACT) and not path.name.startswith("."):
                same = path.read_bytes() == (self.whole / path.name).read_bytes()
                self.files_damaged += not same

    def until_dead(self, arguments: list[str], folder: Path, kills: int) -> None:
        """So many kills, and then an end in peace."""
        goal = self.kills + kills
        while self.kills < goal:
            began = time.monotonic()
            if self.attempt(arguments, folder, self.rng.uniform(0.05, self.longest)) == 0:
                self.longest = max(0.3, 0.9 * self.longest)
                print(f"  ended by itself after {time.monotonic() - began:.1f} s; begun anew", flush=True)
                empty(folder)
        assert self.attempt(arguments, folder, None) == 0


def pieces(folder: Path) -> dict[str, int]:
    """Finished pieces and when they were written."""
    return {path.name: path.stat().st_mtime_ns for path in (folder / ".lvgen").glob("[!.]*.npz")}


def empty(folder: Path) -> None:
    """Take away the results, so that all is made anew."""
    for path in folder.iterdir():
        path.unlink()


def same_results(folder: Path, whole: Path) -> None:
    """Equal files, and events numbered without gap."""
    names = {path.name for path in whole.iterdir()}
    assert {path.name for path in folder.iterdir()} == names
    for name in names:
        if name.endswith(EXACT):
            assert (folder / name).read_bytes() == (whole / name).read_bytes(), name
    mine, other = (read_events(at / "events.root") for at in (folder, whole))
    assert np.array_equal(mine.columns["event"], np.arange(60000))
    assert all(np.array_equal(mine.columns[name], other.columns[name]) for name in other.columns)
    assert all(np.array_equal(mine.particles[name], other.particles[name]) for name in other.particles)


def account(what: str, killer: Killer) -> None:
    """One line of figures; fails where anything was lost."""
    print(
        f"{what}: {killer.kills} kills, {killer.ends} ends; pieces lost {killer.pieces_lost}, made twice "
        f"{killer.pieces_doubled}, damaged files under final names {killer.files_damaged}; results equal",
        flush=True,
    )
    assert killer.pieces_lost == killer.pieces_doubled == killer.files_damaged == 0


def run_all(kills: int, seed: int, base: Path, *, blocks: bool) -> None:
    """Everything in one folder."""
    card = base / "card.toml"
    card.write_text(CARD)
    quiet = ["-q", "--workers", "2"]
    whole = base / "whole"
    began = time.monotonic()
    child = os.fork()  # the parent starts no threads, which would not survive in its children
    if child == 0:
        os._exit(main(["run", str(card), "-o", str(whole), *quiet]))
    assert os.waitpid(child, 0)[1] == 0
    print(f"undisturbed: {time.monotonic() - began:.1f} s", flush=True)
    killer = Killer(seed, whole)
    killer.longest = 0.6 * (time.monotonic() - began)
    killer.until_dead(["run", str(card), "-o", str(base / "run"), *quiet], base / "run", kills)
    same_results(base / "run", whole)
    account("run", killer)
    if not blocks:
        return
    killer = Killer(seed + 1, whole)
    for number in (1, 2):
        folder = base / f"block{number}"
        killer.longest = 1.0
        killer.until_dead(["run", str(card), "--block", f"{number}/2", "-o", str(folder), *quiet], folder, kills // 4)
    killer.until_dead(
        ["merge", str(base / "block1"), str(base / "block2"), "-o", str(base / "merged"), *quiet],
        base / "merged",
        kills // 4,
    )
    same_results(base / "merged", whole)
    account("two blocks and their merge", killer)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blocks", action="store_true")
    asked = parser.parse_args()
    import hist  # noqa: F401 - heavy ones are loaded before the children are made
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_pdf  # noqa: F401
    import mplhep  # noqa: F401
    import pyhepmc  # noqa: F401
    import uproot  # noqa: F401

    compile_all()
    with tempfile.TemporaryDirectory() as made:
        run_all(asked.kills, asked.seed, Path(made), blocks=asked.blocks)
    sys.exit(0)
