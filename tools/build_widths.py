"""Rebuild the table of hadronic widths that ships: every channel's form on a mass grid fine enough for cubic splines.

    python tools/build_widths.py [NAME ...] [--workers N] [-o FILE]

With names only these channels are rebuilt and the rest of the file is kept. The file is written again after every
channel, so that an interrupted build is completed by ``--resume``. The same code gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import lvgen
from lvgen.decays.coefficients import COLUMNS, FORMAT_VERSION, KEY, MASS_MAX, Curve, Floats, packed
from lvgen.decays.hadronic.base import HadronicChannel
from lvgen.decays.hadronic.registry import channels

TARGET = Path(__file__).resolve().parents[1] / "lvgen" / "data" / "widths" / "hadronic.parquet"
#: largest deviation between nodes, in units of sqrt(A_aa A_bb)
TOLERANCE = 2e-5
#: the same for groups that take half a second per mass and have one part, so that nothing cancels
TOLERANCE_OF = {"4pi": 1e-4}
#: intervals are not halved below this, GeV
SMALLEST_STEP = 2e-5
#: the first node, as a fraction of the opening mass above it
START = 5e-5
#: mass and width of the narrow resonances, GeV: the first grid must not step over them
NARROW = ((0.7826, 0.0085), (1.0195, 0.0042))
DIGITS = 10

Task = tuple[str, bool]
Form = Callable[[Floats], Floats]


def opening_mass(form: Form, threshold: float) -> float:
    """Mass (GeV) above which the form does not vanish: the threshold, or where a fit or a program begins later."""

    def opened(mass: float) -> bool:
        return bool(np.trace(form(np.array([mass]))[0]) > 0)

    if opened(threshold * (1.0 + START)) and not opened(threshold):
        return threshold
    low, high = 0.9 * threshold, MASS_MAX
    while high - low > 1e-13:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (low, middle) if opened(middle) else (middle, high)
    return float(f"{low:.12g}")


def rise_power(form: Form, opening: float) -> float:
    """Power of (1 - opening^2 / M^2) with which the form sets in, to the nearest half."""
    t = np.array([1e-3, 2e-3])
    trace = np.trace(form(opening / np.sqrt(1.0 - t)), axis1=1, axis2=2)
    if not np.all(np.isfinite(trace) & (trace > 0)):
        raise ValueError(f"no width just above {opening:g} GeV: {trace}")
    return max(0.0, round(2.0 * float(np.log2(trace[1] / trace[0]))) / 2.0)


def first_grid(opening: float) -> Floats:
    """Nodes to begin with: dense at the opening and across the narrow resonances."""
    start = opening * (1.0 + START)
    nodes = [start + (MASS_MAX - start) * np.linspace(0.0, 1.0, 25) ** 2]
    for mass, width in NARROW:
        nodes.append(mass + width * np.linspace(-5.0, 5.0, 21))
    grid = np.unique(np.concatenate(nodes))
    return grid[(grid >= start) & (grid <= MASS_MAX)]


def deviation(curve: Curve, mass: Floats, exact: Floats) -> Floats:
    """Largest deviation of the six entries (n,) in units of sqrt(A_aa A_bb)."""
    first, second = np.array(list(COLUMNS.values())).T
    root = np.sqrt(exact[:, [list(COLUMNS).index(name) for name in ("rho_rho", "omega_omega", "phi_phi")]])
    scale = root[:, first] * root[:, second]
    off = np.abs(curve.contract(np.eye(6), mass) - exact)
    ratio = np.divide(off, scale, out=np.zeros_like(off), where=scale > 0)
    worst: Floats = ratio.max(axis=1)
    return worst


def tabulate(form: Form, threshold: float, tolerance: float = TOLERANCE) -> tuple[Floats, Floats, float, float, float]:
    """Nodes (k,), values (k, 6), opening, power and the largest deviation left between nodes."""
    opening = opening_mass(form, threshold)
    power = rise_power(form, opening)
    mass = first_grid(opening)
    values = packed(form(mass))
    while True:
        curve = Curve(mass, values, opening, power)
        middle = 0.5 * (mass[1:] + mass[:-1])
        exact = packed(form(middle))
        off = deviation(curve, middle, exact)
        split = (off > tolerance) & (np.diff(mass) > 2.0 * SMALLEST_STEP)
        if not split.any():
            return mass, values, opening, power, float(off.max())
        order = np.argsort(np.concatenate([mass, middle[split]]))
        mass = np.concatenate([mass, middle[split]])[order]
        values = np.concatenate([values, exact[split]])[order]


def only_cut(channel: HadronicChannel) -> float | None:
    """Mass (GeV) up to which the compatible variant vanishes, if that is all that sets it apart; else None."""
    if channel.compatible is None:
        return None
    opening = opening_mass(channel.compatible, channel.threshold)
    probes = np.linspace(opening * 1.01, MASS_MAX, 5)
    same = opening > channel.threshold and np.array_equal(channel.compatible(probes), channel.coefficients(probes))
    return opening if same else None


def build(task: Task) -> dict[str, Any]:
    """One channel in one variant, with what the table says of it."""
    name, compatible = task
    began = time.perf_counter()
    channel = next(c for c in channels() if c.name == name)
    entry: dict[str, Any] = {
        "name": name,
        "group": channel.group,
        "compatible": compatible,
        "products": list(channel.products),
        "threshold_gev": channel.threshold,
        "reference": channel.reference,
    }
    form = channel.compatible if compatible else channel.coefficients
    if form is None:
        raise ValueError(f"{name} has no compatible variant")
    cut = only_cut(channel) if compatible else None
    if cut is not None:
        mass, values = np.empty(0), np.empty((0, len(COLUMNS)))
        entry["cut_gev"] = cut
    else:
        tolerance = TOLERANCE_OF.get(channel.group, TOLERANCE)
        mass, values, opening, power, off = tabulate(form, channel.threshold, tolerance)
        entry |= {
            "opening_gev": opening,
            "power": power,
            "tolerance": tolerance,
            "largest_deviation": float(f"{off:.3g}"),
        }
    rounded = [[float(f"{v:.{DIGITS - 1}e}") for v in row] for row in values]
    return {
        "mass": mass,
        "values": np.array(rounded).reshape(values.shape),
        "seconds": time.perf_counter() - began,
        "entry": entry | {"nodes": len(mass)},
    }


def tasks() -> list[Task]:
    """Every channel, and every compatible variant, in the order of the table."""
    return [(c.name, flag) for c in channels() for flag in (False, True) if not flag or c.compatible is not None]


def stored(path: Path) -> dict[Task, dict[str, Any]]:
    """What a file holds already."""
    if not path.exists():
        return {}
    table = pq.read_table(path)
    mass = table["mass_gev"].to_numpy()
    values = np.stack([table[name].to_numpy() for name in COLUMNS], axis=1)
    parts: dict[Task, dict[str, Any]] = {}
    start = 0
    for entry in json.loads(table.schema.metadata[KEY])["channels"]:
        rows = slice(start, start + entry["nodes"])
        start = rows.stop
        parts[entry["name"], entry["compatible"]] = {"mass": mass[rows], "values": values[rows], "entry": entry}
    return parts


def write(parts: dict[Task, dict[str, Any]], path: Path) -> None:
    """Write all parts in the order of ``tasks``; the same parts give the same bytes."""
    ordered = [parts[task] for task in tasks() if task in parts]
    account = {
        "format_version": FORMAT_VERSION,
        "generator": "tools/build_widths.py",
        "lvgen_version": lvgen.__version__,
        "mass_max_gev": MASS_MAX,
        "smallest_step_gev": SMALLEST_STEP,
        "unit": "GeV at coupling 1; width = sum_ab c_a c_b A_ab, a b = rho, omega, phi",
        "channels": [part["entry"] for part in ordered],
    }
    columns: dict[str, Any] = {
        "channel": pa.array(np.repeat(np.arange(len(ordered), dtype=np.int16), [len(p["mass"]) for p in ordered])),
        "mass_gev": np.concatenate([part["mass"] for part in ordered]),
    }
    values = np.concatenate([part["values"] for part in ordered])
    columns |= {name: np.ascontiguousarray(values[:, k]) for k, name in enumerate(COLUMNS)}
    table = pa.table(columns).replace_schema_metadata({KEY: json.dumps(account, sort_keys=True).encode()})
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    pq.write_table(table, partial, compression="zstd", compression_level=19)
    partial.replace(path)


def summary(entry: dict[str, Any]) -> str:
    """What became of a channel, for the progress line."""
    if "cut_gev" in entry:
        return f"as the other, cut at {entry['cut_gev']:.6g} GeV"
    return f"{entry['nodes']:5d} nodes, power {entry['power']:.1f}, off by {entry['largest_deviation']:.1e}"


def built(todo: list[Task], workers: int) -> Iterator[dict[str, Any]]:
    """The parts in the order of the tasks, whatever the number of workers."""
    if workers == 1:
        yield from map(build, todo)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(build, todo)


def run(names: Iterable[str], workers: int, resume: bool, path: Path) -> int:
    """Build what is asked for, saving after every channel."""
    known = tasks()
    wanted = set(names) or {name for name, _ in known}
    missing = wanted - {name for name, _ in known}
    if missing:
        print(f"unknown channels: {', '.join(sorted(missing))}", file=sys.stderr)
        return 2
    keep = resume or wanted != {name for name, _ in known}
    parts = stored(path) if keep else {}
    todo = [task for task in known if task[0] in wanted and not (resume and task in parts)]
    for count, (task, part) in enumerate(zip(todo, built(todo, workers), strict=True), 1):
        parts[task] = part
        write(parts, path)
        label = f"{count:3d}/{len(todo)} {task[0]:24s} {'deliver' if task[1] else '':8s}"
        print(f"{label} {summary(part['entry'])}, {part['seconds']:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help="channels; left out: all")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="build only what the file lacks")
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    given = parser.parse_args()
    raise SystemExit(run(given.names, given.workers, given.resume, given.output))
