"""Unweighted two-body events a second to Parquet and ROOT, against pyarrow and uproot writing the same arrays.

    python benchmarks/event_speed.py [NUMBER [PARQUET_NUMBER ...]]
    python benchmarks/event_speed.py formats [NUMBER]

A dark photon of 50 MeV in FASER2 decays to e+ e-.  Raw is ``pyarrow.parquet.write_table`` of a finished table, and
``uproot``'s ``mktree`` and ``extend`` of finished arrays, with what these libraries choose where nothing is said
(snappy; zlib); lvgen's own writers start from the record, check nothing twice, flush and rename.  One run without files
times generation.  Each in turn, medians of three; the processor's time is told too.  Further numbers: peak memory of
runs of so many events.
``formats``: events a second that each format's writer takes from a finished record.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lvgen
from lvgen.io.formats import event_file_name, format_names, write_events
from lvgen.io.record import EventRecord
from lvgen.kernels.jit import compile_all

REPEATS = 3


def card(number: int, formats: list[str]) -> dict[str, Any]:
    """The run card."""
    return {
        "model": {"name": "dark_photon", "mass": "50 MeV", "coupling": 3e-5},
        "production": {"processes": ["meson_decay"]},
        "detector": {"name": "FASER2"},
        "events": {"number": number, "formats": formats},
    }


def raw_parquet(record: EventRecord, path: Path) -> Callable[[], object]:
    """A call that writes the finished table."""
    import pyarrow.parquet as pq

    from lvgen.io.event_formats.parquet import _table

    table = _table(record)
    return lambda: pq.write_table(table, path)


def raw_root(record: EventRecord, path: Path) -> Callable[[], object]:
    """A call that writes the finished arrays."""
    import numpy as np
    import uproot

    from lvgen.io.awkward_view import jagged
    from lvgen.io.record import EVENT_COLUMNS

    particles = jagged(record)
    types: dict[str, Any] = {name: np.dtype(dtype) for name, dtype in EVENT_COLUMNS.items()}

    def write() -> None:
        with uproot.recreate(path) as file:
            tree = file.mktree("events", {**types, "particle": particles.type.content})
            tree.extend({**record.columns, "particle": particles})

    return write


def measure(number: int) -> None:
    """Events a second of every step."""
    record = lvgen.run(card(number, ["parquet"]), seed=1, workers=2).record
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        whole = iter(range(1000))

        def run(formats: list[str]) -> Callable[[], object]:
            return lambda: lvgen.run(card(number, formats), seed=1, directory=place / f"run{next(whole)}", workers=2)

        steps: dict[str, Callable[[], object]] = {
            "generation": lambda: lvgen.run(card(number, ["parquet"]), seed=1, workers=2),
            "pyarrow, raw": raw_parquet(record, place / "raw.parquet"),
            "write Parquet": lambda: write_events(record, place / "own.parquet"),
            "run to Parquet": run(["parquet"]),
            "uproot, raw": raw_root(record, place / "raw.root"),
            "write ROOT": lambda: write_events(record, place / "own.root"),
            "run to ROOT": run(["root"]),
            "run to both": run(["root", "parquet"]),
        }
        wall: dict[str, list[float]] = {name: [] for name in steps}
        busy: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(REPEATS):
            for name, step in steps.items():
                start, cpu = time.perf_counter(), time.process_time()
                step()
                wall[name].append(time.perf_counter() - start)
                busy[name].append(time.process_time() - cpu)
    rate = {name: number / statistics.median(times) for name, times in wall.items()}
    for name in steps:
        cpu = 1e6 * statistics.median(busy[name]) / number
        print(f"{name:15s} {rate[name]:10,.0f} events a second, processor {cpu:6.2f} us an event")
    print(f"Parquet: {rate['run to Parquet'] / rate['pyarrow, raw']:.2f} of raw")
    print(f"ROOT:    {rate['run to ROOT'] / rate['uproot, raw']:.2f} of raw")
    both = 1.0 / (1.0 / rate["uproot, raw"] + 1.0 / rate["pyarrow, raw"])
    print(f"both:    {rate['run to both'] / both:.2f} of raw, one after the other")
    for name, kind in (("Parquet", "pyarrow"), ("ROOT", "uproot")):
        print(f"{name}, writer alone: {rate[f'write {name}'] / rate[f'{kind}, raw']:.2f} of raw")


def writers(number: int) -> None:
    """Events a second of each format's writer, by the processor's time and by the clock; medians of three."""
    record = lvgen.run(card(number, ["parquet"]), seed=1, workers=2).record
    with tempfile.TemporaryDirectory() as folder:
        for name in format_names():
            path = Path(folder) / event_file_name(name)
            write_events(record.slice(0, 10), path)  # libraries are loaded
            times = []
            for _ in range(REPEATS):
                start, cpu = time.perf_counter(), time.process_time()
                write_events(record, path)
                times.append((time.process_time() - cpu, time.perf_counter() - start))
            busy, wall = (number / statistics.median(kind) for kind in zip(*times, strict=True))
            size = path.stat().st_size / number
            print(
                f"{name:13s} {busy:9,.0f} a second of the processor, {wall:9,.0f} of the clock, {size:5.0f} bytes each"
            )


def memory(number: int) -> None:
    """Peak memory of a run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        asked = f"import event_speed as e; e.alone({number}, {folder!r})"
        told = subprocess.run([sys.executable, "-c", asked], cwd=Path(__file__).parent, capture_output=True, text=True)
    print(f"{number:9d} events: {told.stdout.strip() or told.stderr.strip()} MB at most")


def alone(number: int, folder: str) -> None:
    """A run to all formats; tells its peak memory in MB."""
    lvgen.run(card(number, ["parquet", "root"]), seed=1, directory=Path(folder) / "run", workers=2)
    status = Path("/proc/self/status").read_text().splitlines()
    print(round(next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024))


if __name__ == "__main__":
    compile_all()
    if sys.argv[1:2] == ["formats"]:
        writers(int(sys.argv[2]) if len(sys.argv) > 2 else 20_000)
        sys.exit()
    numbers = [int(text) for text in sys.argv[1:]] or [200_000, 10_000, 100_000, 400_000]
    measure(numbers[0])
    for n in numbers[1:]:
        memory(n)
