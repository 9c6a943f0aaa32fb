"""Wall time of lvgen against FORESEE for one sensitivity map, both measured in one invocation on one machine.

The map: dark photon from pi0 and eta at FASER2 (480 m, 5 m long, 1 m radius, 3 ab^-1), sqrt(s) = 13.6 TeV, SIBYLL,
46 masses from 10 MeV to 0.5 GeV times 121 couplings from 1e-9 to 1e-3.

    python benchmarks/foresee_speed.py --foresee ~/FORESEE --python ~/foresee-env/bin/python --workers 2

FORESEE (github.com/KlingFelix/FORESEE, arXiv:2105.07077) is neither shipped nor installed here: --foresee names a
checkout of its repository, --python the interpreter of an environment in which it runs (numpy < 2, scikit-hep 4.0,
numba, scipy, matplotlib, particle). It runs in a subprocess that writes only to a temporary directory; the clock there
runs around `get_llp_spectrum` and `get_events` alone, after imports and one warm-up point that compiles its kernels.

What each side does: FORESEE runs in one process with the sampling of its dark photon notebook (100 decays per parent
bin, one point per boson bin), counts every decay behind the front face and gives no errors; those printed here are the
scatter of its repeats. lvgen uses --workers workers, decays the boson, applies the detector's selection to the
products and computes its errors.

This file holds both halves: started with --measure-foresee it is the half that runs in FORESEE's environment, so it
imports nothing but the standard library and numpy at the top.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MASSES = np.geomspace(0.01, 0.5, 46)  # GeV
COUPLINGS = np.geomspace(1e-9, 1e-3, 121)
PRECISIONS = (0.05, 0.02)
N_REQUIRED = 2.3  # 90 % CL, no background: where the edges of the contour are

# PDG id, mass in GeV, BR(P -> gamma gamma) as FORESEE's dark photon notebook has it (two digits)
PARENTS = (("111", 0.1349768, 0.99), ("221", 0.547862, 0.39))
ENERGY = "13.6"  # TeV; FORESEE takes it as text
GENERATOR = "SIBYLL"
DECAYS_PER_PARENT_BIN = 100  # `nsample` of the notebook

CARD: dict[str, Any] = {
    "model": {
        "name": "dark_photon",
        "mass": {"min": "10 MeV", "max": "500 MeV", "points": len(MASSES)},
        "coupling": {"min": 1e-9, "max": 1e-3, "points": len(COUPLINGS)},
    },
    "production": {
        "processes": ["meson_decay"],
        "meson_decay": {"parents": ["pi0", "eta"], "form_factor": "none"},
    },
    "detector": {"name": "FASER2"},
    "sensitivity": {},
}


@dataclass(frozen=True)
class Timing:
    """Repeated wall times of one job, in seconds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:8.3f} s  [{min(self.seconds):.3f}, {max(self.seconds):.3f}] in {len(self.seconds)} runs"


def main() -> None:
    arguments = parse_arguments()
    if arguments.measure_foresee:
        measure_foresee(arguments.foresee, arguments.foresee_repeats, arguments.measure_foresee)
        return

    workers: int = arguments.workers
    print(
        f"{len(MASSES)} masses x {len(COUPLINGS)} couplings, pi0 and eta, FASER2 at 480 m; {workers} workers for lvgen"
    )
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.2f} before the start\n")
    print("medians [fastest, slowest]; errors on N: rms over the masses")

    foresee, yields = run_foresee(arguments.foresee, arguments.python, arguments.foresee_repeats)
    scatter = yields.std(axis=0, ddof=1) if len(yields) > 1 else np.full(yields.shape[1:], np.nan)
    report("FORESEE", foresee, summarise_errors(yields.mean(axis=0), scatter))
    if arguments.foresee_only:
        return

    for precision in PRECISIONS:
        ours, n_signal, error = time_lvgen(precision, workers, arguments.repeats)
        report(f"lvgen, precision {precision:g}", ours, summarise_errors(n_signal, error))
        print(f"{'':22} {describe_ratio(foresee, ours)}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="time lvgen against FORESEE on the same sensitivity map")
    parser.add_argument("--foresee", type=Path, required=True, help="a checkout of the FORESEE repository")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="interpreter in which FORESEE runs")
    parser.add_argument("--workers", type=int, default=2, help="workers for lvgen (FORESEE has one process)")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs of lvgen, after one that is not timed")
    parser.add_argument(
        "--foresee-repeats", type=int, default=3, help="timed runs of FORESEE; their scatter is its error"
    )
    parser.add_argument("--foresee-only", action="store_true", help="leave lvgen out")
    parser.add_argument("--measure-foresee", type=Path, metavar="JSON", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not (arguments.foresee / "src" / "foresee.py").is_file():
        parser.error(f"--foresee {arguments.foresee}: holds no src/foresee.py")
    if min(arguments.workers, arguments.repeats, arguments.foresee_repeats) < 1:
        parser.error("--workers, --repeats and --foresee-repeats: must be at least 1")
    return arguments


def report(name: str, timing: Timing, errors: str) -> None:
    print(f"{name:22} {timing}\n{'':22} errors on N: {errors}")


def describe_ratio(slow: Timing, fast: Timing) -> str:
    low, high = min(slow.seconds) / max(fast.seconds), max(slow.seconds) / min(fast.seconds)
    return f"FORESEE / lvgen = {slow.median / fast.median:.1f}  [{low:.1f}, {high:.1f}]"


def summarise_errors(n_signal: NDArray[np.float64], error: NDArray[np.float64]) -> str:
    """Relative errors where they matter; masses at which nothing reaches N_REQUIRED are left out.

    n_signal, error : arrays (masses, couplings), expected signal events and their absolute errors
    """
    columns: dict[str, list[float]] = {"lower edge": [], "maximum": [], "upper edge": []}
    for n, e in zip(n_signal, error, strict=False):
        inside = np.flatnonzero(n >= N_REQUIRED)
        if len(inside):
            for name, index in zip(columns, (inside[0], int(np.argmax(n)), inside[-1]), strict=False):
                columns[name].append(float(e[index] / n[index]))
    return ", ".join(f"{100 * float(np.sqrt(np.mean(np.square(v)))):.1f} % {name}" for name, v in columns.items() if v)


def time_calls(job: Callable[[], object], repeats: int) -> Timing:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - start)
    return Timing(tuple(seconds))


# --- lvgen


def time_lvgen(precision: float, workers: int, repeats: int) -> tuple[Timing, NDArray[np.float64], NDArray[np.float64]]:
    """Times of warm runs without files, and N with its error from the warm-up run, which writes its map to read them.

    returns times; N and its error, arrays (masses, couplings)
    """
    import lvgen

    card = {**CARD, "run": {"precision": precision}}
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch) / "result"
        lvgen.run(card, seed=1, directory=directory, workers=workers)
        n_signal, error = read_map(directory / "signal_map.parquet")
    return time_calls(lambda: lvgen.run(card, seed=1, workers=workers), repeats), n_signal, error


def read_map(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """N and its error summed over processes, arrays (masses, couplings), both axes increasing."""
    import pyarrow.parquet as pq

    table = {name: np.asarray(column) for name, column in pq.read_table(path).to_pydict().items()}
    total = table["process"] == "total"
    order = np.lexsort((table["coupling"][total], table["mass"][total]))
    shape = (len(MASSES), len(COUPLINGS))
    return (
        table["n_signal"][total][order].reshape(shape),
        table["n_signal_error"][total][order].reshape(shape),
    )


# --- FORESEE


def run_foresee(checkout: Path, python: Path, repeats: int) -> tuple[Timing, NDArray[np.float64]]:
    """Start this file in FORESEE's environment.

    returns times, and N of every repeat, array (repeats, masses, couplings)
    raises  SystemExit if FORESEE fails; its own messages are on stderr by then
    """
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch) / "answer.json"
        command: list[str | Path] = [python.absolute(), "-B", Path(__file__).resolve(), "--foresee", checkout.resolve()]
        command += ["--foresee-repeats", str(repeats), "--measure-foresee", answer]
        outcome = subprocess.run(command, cwd=scratch, env={**os.environ, "MPLBACKEND": "Agg"}, check=False)
        if outcome.returncode:
            raise SystemExit(f"FORESEE in {checkout} did not run with {python}")
        result = json.loads(answer.read_text())
    return Timing(tuple(result["seconds"])), np.array(result["n_signal"])


def measure_foresee(checkout: Path, repeats: int, answer: Path) -> None:
    """The half that runs in FORESEE's environment, in a scratch directory; writes times and yields to `answer`."""
    # FORESEE joins model path and file names as text and writes below `model/`: an empty path keeps that in the scratch
    Path("model").mkdir()
    foresee = set_up_foresee(checkout)
    quiet = io.StringIO()  # FORESEE prints one line for each file
    n_signal: list[list[list[float]]] = []

    def scan() -> None:
        n_signal.append([foresee_yields(foresee, float(mass), COUPLINGS) for mass in MASSES])

    with contextlib.redirect_stdout(quiet):
        foresee_yields(foresee, 0.05, COUPLINGS[:1])  # compiles
        timing = time_calls(scan, repeats)
    answer.write_text(json.dumps({"seconds": timing.seconds, "n_signal": n_signal}))


def set_up_foresee(checkout: Path) -> Any:
    """A FORESEE object with the dark photon from pi0 and eta decays, and FASER2."""
    sys.path.insert(0, str(checkout))
    library = importlib.import_module("src.foresee")
    model = library.Model("DarkPhoton", path="")
    for pdg, mass, br in PARENTS:
        model.add_production_2bodydecay(
            pid0=pdg,
            pid1="22",
            br=f"{2 * br} * coupling**2 * (1 - (mass / {mass})**2)**3",
            generator=[GENERATOR],
            energy=ENERGY,
            nsample=DECAYS_PER_PARENT_BIN,
        )
    model.set_ctau_1d(str(checkout / "Models" / "DarkPhoton" / "model" / "ctau.txt"))
    foresee = library.Foresee(path=f"{checkout}/")
    foresee.set_model(model)
    foresee.set_detector(distance=480, length=5, selection="x.x**2 + x.y**2 < 1", luminosity=3000)
    return foresee


def foresee_yields(foresee: Any, mass: float, couplings: NDArray[np.float64]) -> list[float]:
    """Signal events at each coupling."""
    foresee.get_llp_spectrum(mass=mass, coupling=1)
    # a closed parent leaves no file, which get_events passes over; it changes the lists in `modes`: made anew each time
    modes = {pdg: [GENERATOR] for pdg, _, _ in PARENTS}
    n_signal = foresee.get_events(mass=mass, energy=ENERGY, couplings=couplings, modes=modes)[2]
    return [float(n) for n in n_signal[:, 0]]


if __name__ == "__main__":
    main()
