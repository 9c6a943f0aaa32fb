"""Mutated cards, detector files, hadron spectra and flux tables: no traceback, no file left, no write elsewhere.

    python benchmarks/fuzz.py [--number 10000] [--seed 1] [--runs 0.03] [--first 0]

Each case takes a good input, spoils it (bytes flipped, lines lost, doubled or swapped, values replaced by nasty ones,
keys misspelt, tables cut off), and gives it to ``lvgen check``, or in a share of the cases to ``lvgen run`` with a
small grid, in this process.  It fails where

- the exit code is neither 0 nor 2, or 2 comes without exactly one line of error,
- "Traceback" or "internal error" is said,
- anything is written outside the result directory (an audit hook sees every file that is opened to write, made, renamed
  or removed), or ``check`` writes anything at all,
- files are left: after a refusal none, after a run those that ``run.json`` names,
- it takes longer than a minute of the processor.

Failures are printed with what reproduces them; the exit code is their number.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import gzip
import io
import json
import os
import random
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lvgen.cli.main import main
from lvgen.detection.registry import detector_names
from lvgen.runcard import card_names

ROOT = Path(__file__).parents[1]
SECONDS = 60
SMALL = ("model.coupling.points=3", "events.number=5", "run.precision=0.5", "run.seed=1")
NASTY = (
    "0", "-1", "1e400", "-1e-400", "nan", "inf", "-inf", '""', '"\\u0000"', "[]", "{}", "true", "false", '"50 MeV"',
    '"-3 m"', '"1e300 GeV"', '"5 parsec"', '"1/0 m"', '"__import__(\'os\')"', '"../../etc/passwd"', '"/dev/zero"',
    '"/dev/stdin"', "1e-300", "9223372036854775808", "10000000000", "1979-05-27", '"{pdg}"', '"{mass}"', '"~"',
    '["a", 1]', '"' + "x" * 5000 + '"', "'é\u202e'", "0x7fffffff", "[[[[]]]]", '"10 MeV**9999999"', '"1e3 ab^-1"',
    '"e+ e-"', '["e+ e-", "e+ e-"]', '"FASER2"', '"dark_photon"', '["meson_decay", "meson_decay"]', '"None"', "-0.0",
    "4.9e-324", "1_000_000", '{ min = 1, max = 0 }', '{ min = 0, max = 1, points = 3 }',
    '{ min = "1 MeV", max = "5 GeV", points = 4, scale = "linear" }', '"%s%n"', '"\\n\\n"',
)  # fmt: skip
CARD = """
[model]
name = "dark_photon"
mass = "50 MeV"
coupling = { min = 1e-7, max = 1e-4, points = 5 }
[production]
processes = ["PROCESS"]
[detector]
name = "DETECTOR"
[events]
number = 10
coupling = 1e-5
formats = ["parquet"]
[sensitivity]
[run]
seed = 1
precision = 0.3
"""


def spoilt_text(text: str, rng: random.Random) -> str:
    """One to four mutations of a text of lines."""
    lines = text.split("\n")
    for _ in range(rng.randint(1, 4)):
        rng.choice(_TEXT)(lines, rng)
    return "\n".join(lines)


def _lose(lines: list[str], rng: random.Random) -> None:
    if len(lines) > 1:
        del lines[rng.randrange(len(lines))]


def _double(lines: list[str], rng: random.Random) -> None:
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))


def _swap(lines: list[str], rng: random.Random) -> None:
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]


def _value(lines: list[str], rng: random.Random) -> None:
    keyed = [i for i, line in enumerate(lines) if "=" in line]
    if keyed:
        i = rng.choice(keyed)
        lines[i] = f"{lines[i].split('=')[0]}= {rng.choice(NASTY)}"


def _field(lines: list[str], rng: random.Random) -> None:
    i = rng.randrange(len(lines))
    fields = lines[i].split(" ")
    fields[rng.randrange(len(fields))] = rng.choice(NASTY)
    lines[i] = " ".join(fields)


def _number(lines: list[str], rng: random.Random) -> None:
    i = rng.randrange(len(lines))
    lines[i] = "".join(rng.choice("0123456789e-.") if c.isdigit() and rng.random() < 0.3 else c for c in lines[i])


def _character(lines: list[str], rng: random.Random) -> None:
    i = rng.randrange(len(lines))
    at = rng.randrange(len(lines[i]) + 1)
    odd = rng.choice(["\x00", "é", "'", '"', "=", "[", "]", "{", "\t", "\u202e", "#", ".", "\\", " ", "\r"])
    lines[i] = lines[i][:at] + odd + lines[i][at + rng.randint(0, 1) :]


def _cut(lines: list[str], rng: random.Random) -> None:
    del lines[rng.randrange(1, len(lines) + 1) :]


def _header(lines: list[str], rng: random.Random) -> None:
    headers = [i for i, line in enumerate(lines) if line.startswith("[")]
    if headers:
        i = rng.choice(headers)
        lines[i] = rng.choice(
            ["[[" + lines[i].strip("[]") + "]]", "[run]", "[x.y]", "[detector.volume]", "[]", lines[i][:-1]]
        )


_TEXT: tuple[Callable[[list[str], random.Random], None], ...] = (
    _lose, _double, _swap, _value, _value, _value, _field, _number, _number, _character, _cut, _header,
)  # fmt: skip


def spoilt_bytes(content: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut off, doubled or filled."""
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 10])):
        how, at = rng.randrange(4), rng.randrange(max(1, len(data)))
        if how == 0 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            del data[at:]
        elif how == 2:
            data[at:at] = data[at : at + rng.randint(1, 200)]
        else:
            data[at : at + 20] = b"\x00" * 20
    return bytes(data)


class Sources:
    """Good inputs."""

    def __init__(self) -> None:
        self.cards = [(ROOT / "cards" / f"{name}.toml").read_text("utf-8") for name in card_names()]
        self.detectors = [(ROOT / "detectors" / f"{name}.toml").read_text("utf-8") for name in detector_names()]
        shipped = sorted((ROOT / "lvgen" / "data" / "spectra" / "LHC-13.6TeV").glob("*.parquet"))
        self.spectrum = min(shipped, key=lambda path: path.stat().st_size).read_bytes()
        rows = [
            f"{t:.2f} {p:.2f} {10 ** (8 + t - 0.3 * p):.4e}"
            for t in (-4.0, -3.8, -3.6, -3.4)
            for p in (1.0, 1.2, 1.4, 1.6, 1.8)
        ]
        self.foresee = "# log10(theta) log10(p) pb\n" + "\n".join(rows)
        with gzip.open(ROOT / "tests" / "reference" / "surrogate_flux.csv.gz", "rt") as file:
            lines = file.read().split("\n")
        self.flux = "\n".join(lines[:1500])


KINDS = ("card", "detector", "text spectrum", "parquet spectrum", "flux table")


def make_case(rng: random.Random, sources: Sources, place: Path, kind: str, *, spoil: bool = True) -> None:
    """Write the files of one case into ``place``; ``card.toml`` is one of them."""
    text_of = spoilt_text if spoil else lambda text, _: text
    bytes_of = spoilt_bytes if spoil else lambda content, _: content
    card = CARD.replace("PROCESS", "meson_decay").replace("DETECTOR", "FASER2")
    if kind == "card":
        card = text_of(rng.choice(sources.cards), rng)
    elif kind == "detector":
        card = card.replace("FASER2", "mine.toml")
        text = text_of(rng.choice(sources.detectors), rng)
        (place / "mine.toml").write_text(text, "utf-8", newline="")
    elif kind == "text spectrum":
        card = card.replace("[detector]", 'spectrum = "mine_{pdg}.txt"\n[detector]')
        (place / "mine_111.txt").write_text(text_of(sources.foresee, rng), "utf-8", newline="")
    elif kind == "parquet spectrum":
        card = card.replace("[detector]", 'spectrum = "mine.parquet"\n[detector]')
        (place / "mine.parquet").write_bytes(bytes_of(sources.spectrum, rng))
    else:
        card = card.replace("meson_decay", "flux_table").replace("FASER2", "SHiP")
        card = card.replace(
            "[detector]", '[production.flux_table]\nfile = "flux.csv"\nunit = "per_interaction"\n[detector]'
        )
        (place / "flux.csv").write_text(text_of(sources.flux, rng), "utf-8", newline="")
    if kind != "card" and rng.random() < 0.1:
        card = text_of(card, rng)
    (place / "card.toml").write_bytes(card.encode("utf-8", "surrogatepass"))


class Watch:
    """What this process writes, by an audit hook that cannot be taken out again."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.active = False
        self._place = Path()
        sys.addaudithook(self._see)

    def start(self, place: Path) -> None:
        """Look on from here; relative names are those below ``place``."""
        self.written.clear()
        self._place, self.active = place, True

    def _see(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.active:
            return
        if event == "open" and isinstance(args[0], (str, bytes)) and isinstance(args[2], int):
            if args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self.written.append(str(self._place / os.fsdecode(args[0])))
        elif event in ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate"):
            folder = args[-1] if event != "os.truncate" and isinstance(args[-1], int) and args[-1] >= 0 else None
            base = self._place if folder is None else Path(f"/proc/self/fd/{folder}").resolve()
            self.written += [str(base / os.fsdecode(a)) for a in args[:2] if isinstance(a, (str, bytes))]

    def outside(self, allowed: Path) -> list[str]:
        """What was written anywhere but below ``allowed``, caches of libraries apart."""
        fine = (str(allowed), "/dev/null", *_CACHES)
        return [path for path in self.written if not path.startswith(fine)]


#: where numba and matplotlib keep what they compile and find, whoever uses them
_CACHES = tuple(
    str(path.resolve())
    for path in (ROOT / "lvgen", ROOT / "processes", Path.home() / ".cache", Path.home() / ".config" / "matplotlib")
)


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError(f"longer than {SECONDS} s of the processor")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def faults(place: Path, watch: Watch, *, run: bool, grid: bool = False) -> tuple[int, list[str]]:
    """Exit code of a case and what is wrong with how it went; grid : the card has several masses, of which two do."""
    before = {path.name for path in place.iterdir()}
    out = place / "out"
    few = (*SMALL, "model.mass.points=2") if grid else SMALL
    sets = [text for setting in few for text in ("--set", setting)]
    command = ["run", "card.toml", "-o", "out", "--workers", "1", "-q", *sets] if run else ["check", "card.toml"]
    told, said = io.StringIO(), io.StringIO()
    here = Path.cwd()
    os.chdir(place)
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(said), _limited():
            watch.start(place)
            code = main(command)
    except BaseException:
        return -1, [f"raised {traceback.format_exc(limit=-3)}"]
    finally:
        watch.active = False
        os.chdir(here)
    errors = [line for line in said.getvalue().splitlines() if line.startswith("lvgen: error:")]
    bad = [] if code in (0, 2) else [f"exit code {code}: {said.getvalue()[-300:]}"]
    if "Traceback" in said.getvalue() or "internal error" in said.getvalue():
        bad.append(said.getvalue()[-500:])
    if code == 2 and len(errors) != 1:
        bad.append(f"{len(errors)} lines of error: {said.getvalue()[-300:]!r}")
    if elsewhere := watch.outside(out if run else place / "nothing"):
        bad.append(f"written: {elsewhere[:3]}")
    left = {path.name for path in place.iterdir()} - before
    if code == 0 and run:
        named = {"run.json", *json.loads((out / "run.json").read_text())["files"]}
        if {path.name for path in out.iterdir()} != named or left != {"out"}:
            bad.append(f"left: {sorted(path.name for path in out.iterdir())}")
    elif left:
        bad.append(f"left: {sorted(left)}")
    return code, bad


def fuzz(number: int, seed: int, share: float, first: int = 0) -> int:
    """So many cases; returns how many failed, and prints each."""
    sources, watch = Sources(), Watch()
    codes: collections.Counter[tuple[str, str, int]] = collections.Counter()
    failed = 0
    for case in range(first, first + number):
        rng = random.Random(f"{seed}-{case}")  # noqa: S311 - mutations, not secrets
        with tempfile.TemporaryDirectory() as made:
            place = Path(made).resolve()
            kind = rng.choice(["card", *KINDS])
            make_case(rng, sources, place, kind)
            run = rng.random() < share
            code, bad = faults(place, watch, run=run, grid=kind == "card")
        codes[kind, "run" if run else "check", code] += 1
        if bad:
            failed += 1
            print(f"case {case} ({kind}, {'run' if run else 'check'}, seed {seed}):", *bad, sep="\n  ", flush=True)
    for (kind, command, code), n in sorted(codes.items()):
        print(f"{kind:17s} {command:6s} exit {code}: {n}")
    print(f"{number} cases, {failed} failures")
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--number", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=float, default=0.03)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    sys.exit(min(100, fuzz(asked.number, asked.seed, asked.runs, asked.first)))
