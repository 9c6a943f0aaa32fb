"""Cost of runs against masses, couplings, events, blocks and tasks of a cluster; memory of large ones.

    python benchmarks/scaling.py measure [FILE]                  # to benchmarks/scaling.json if left out
    python benchmarks/scaling.py draw [FILE] [FIGURE]            # docs/figures/scaling.png
    python benchmarks/scaling.py map MASSES COUPLINGS            # peak memory of one map, yields apart
    python benchmarks/scaling.py events NUMBER [FORMAT ...]      # the same of events, with memory on the way

Times are those of the processor, all threads together, since machines are shared; each point is a process of its own,
so that the fixed cost of a start (imports, spectra, adaptation) is in it.  Kernels are compiled before.  ``map`` takes
an analytic function for the yields of a mass, which costs nothing: all the rest, from the pieces to the figure, is
that of a run of two processes.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import lvgen
from lvgen.generation.yields import PointYield
from lvgen.work import tasks

HERE = Path(__file__).parent
FILE, FIGURE = HERE / "scaling.json", HERE.parent / "docs" / "figures" / "scaling.png"
MASSES = (4, 16, 64, 256)
COUPLINGS = (11, 101, 1001)
EVENTS = (1_000, 10_000, 100_000, 300_000)
BLOCKS = (1, 2, 4)


def card(masses: int, couplings: int, events: int, formats: list[str]) -> dict[str, Any]:
    """A map, or events where ``masses`` is 0."""
    run: dict[str, Any] = {
        "model": {"name": "dark_photon", "mass": "50 MeV", "coupling": 3e-5},
        "production": {"processes": ["meson_decay"]},
        "detector": {"name": "FASER2"},
        "run": {"seed": 1, "precision": 0.05},
    }
    if masses:
        run["model"]["mass"] = {"min": "10 MeV", "max": "500 MeV", "points": masses}
        run["model"]["coupling"] = {"min": 1e-9, "max": 1e-3, "points": couplings}
        return run | {"sensitivity": {}}
    return run | {"events": {"number": events, "formats": formats}}


def analytic(plan: Any, seed: int, index: int) -> PointYield:  # noqa: ARG001 - in place of another function
    """Yields that look like those of a run, of two processes."""
    x = np.log(plan.card.model.couplings / 1e-6)
    n = 1e4 * np.exp(-0.5 * x**2) * np.exp(-index / 2000)
    parts = {"meson_decay": 0.7 * n, "proton_bremsstrahlung": 0.3 * n, "total": n}
    few = {name: 0.02 * values for name, values in parts.items()}
    return PointYield(parts, few, {name: 0.01 * values for name, values in parts.items()}, 1000)


def rss() -> float:
    """Resident memory now, MB."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def one(run: dict[str, Any], *, told: bool = False) -> dict[str, float]:
    """Run a card in this process; its processor time and peak memory."""
    if told:
        began = time.monotonic()

        def tell() -> None:
            while True:
                print(f"{time.monotonic() - began:6.0f} s {rss():6.0f} MB", flush=True)
                time.sleep(20)

        threading.Thread(target=tell, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        wall = time.perf_counter()
        result = lvgen.run(run, directory=Path(folder) / "run", workers=2)
        wall = time.perf_counter() - wall
        size = sum(path.stat().st_size for path in (Path(folder) / "run").iterdir())
    usage = resource.getrusage(resource.RUSAGE_SELF)
    timings = {key: float(value) for key, value in result.info["timings"].items()}
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "mb": usage.ru_maxrss / 1024, "size": size, **timings}


def alone(run: dict[str, Any]) -> dict[str, float]:
    """``one`` in a process of its own."""
    code = f"import json, scaling; print(json.dumps(scaling.one({run!r})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


_BLOCK = """
import json, pathlib
from lvgen import shards, runcard
place = pathlib.Path({folder!r})
card = runcard.load_card(json.loads((place / "card.json").read_text()))
shards.run_block(card, shards.Block({number}, {of}), place / "{number}")
"""


def in_blocks(n: int) -> dict[str, float]:
    """Processor time of n blocks of a map, of the longest and of the merge."""
    run = card(64, 101, 0, [])
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "card.json").write_text(json.dumps(run))
        times = [_seconds(_BLOCK.format(folder=folder, number=number, of=n)) for number in range(1, n + 1)]
        merged = _seconds(f"""
import pathlib
from lvgen import shards
place = pathlib.Path({folder!r})
shards.merge([place / str(k) for k in range(1, {n} + 1)], place / "merged")
""")
    return {"sum": sum(times), "longest": max(times), "merge": merged}


def _seconds(code: str) -> float:
    """Processor time of a Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cluster_overhead(tasks: int = 400) -> dict[str, float]:
    """Wall time that a task costs on a cluster beyond its own, with one worker and tasks that do nothing."""
    from concurrent.futures import ThreadPoolExecutor

    from distributed import Client, LocalCluster

    cluster: Any = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client, ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda k: client.submit(abs, -k).result(), range(20)))
        began, busy = time.perf_counter(), time.process_time()
        list(pool.map(lambda k: client.submit(abs, -k).result(), range(1000, 1000 + tasks)))
        return {
            "wall": (time.perf_counter() - began) / tasks,
            "client": (time.process_time() - busy) / tasks,
        }


def measure(path: Path) -> None:
    """All points, to a JSON file; those that it has already are left as they are."""
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    points: dict[str, Callable[[], Any]] = {
        "masses": lambda: {n: alone(card(n, 101, 0, [])) for n in MASSES},
        "couplings": lambda: {n: alone(card(16, n, 0, [])) for n in COUPLINGS},
        "events": lambda: {n: alone(card(0, 0, n, ["parquet"])) for n in EVENTS},
        "blocks": lambda: {n: in_blocks(n) for n in BLOCKS},
        "start": lambda: _seconds("import lvgen.shards"),
        "cluster": cluster_overhead,
    }
    for name, take in points.items():
        if name not in found:
            found[name] = take()
            path.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


def draw(path: Path, figure_path: Path) -> None:
    """The figure of docs/scaling.md."""
    import matplotlib.pyplot as plt

    from lvgen.io.canvas import COLOURS, paper_style

    found = json.loads(path.read_text())
    with paper_style():
        figure, axes = plt.subplots(1, 4, figsize=(15.0, 3.8), layout="constrained", gridspec_kw={"wspace": 0.12})
        for k, (axis, what, label) in enumerate(
            zip(axes[:3], ("masses", "couplings", "events"), ("Masses", "Couplings", "Events"), strict=True)
        ):
            n = [int(key) for key in found[what]]
            axis.plot(n, [point["cpu"] for point in found[what].values()], "o-", color=COLOURS[0], label="processor")
            axis.set(xscale="log", yscale="log", xlabel=label, ylabel="Processor time [s]" if k == 0 else "")
            memory = axis.twinx()
            memory.plot(n, [p["mb"] for p in found[what].values()], "s--", color=COLOURS[1], label="memory")
            memory.set(ylim=(0, 1024), ylabel="Peak memory [MB]" if k == 2 else "")
            memory.tick_params(colors=COLOURS[1])
            axis.set_ylim(1.0, 300.0)
        n = [int(key) for key in found["blocks"]]
        for name, look in (("sum", "o-"), ("longest", "s--"), ("merge", "^:")):
            axes[3].plot(n, [p[name] for p in found["blocks"].values()], look, label=_SAID[name])
        axes[3].set(
            xscale="log", xlabel="Blocks", ylim=(0.0, None), ylabel="Processor time [s]", xticks=n, xticklabels=n
        )
        axes[3].minorticks_off()
        axes[3].legend()
        figure.savefig(figure_path, dpi=120)


_SAID = {"sum": "all blocks", "longest": "longest block", "merge": "merge"}

if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "measure":
        measure(Path(rest[0]) if rest else FILE)
    elif command == "draw":
        draw(Path(rest[0]) if rest else FILE, Path(rest[1]) if len(rest) > 1 else FIGURE)
    elif command == "map":
        tasks.mass_point = analytic  # type: ignore[assignment]
        large = card(int(rest[0]), int(rest[1]), 0, [])
        large["production"]["processes"].append("proton_bremsstrahlung")
        print(one(large, told=True))
    else:
        print(one(card(0, 0, int(rest[0]), rest[1:] or ["parquet"]), told=True))
