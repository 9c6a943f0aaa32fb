"""What a page of the gallery is made of."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lvgen.conductor import run
from lvgen.io.canvas import save
from lvgen.io.results import read_contour, read_signal_map
from lvgen.runcard import load_card

Floats = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference"

Verdict = Literal["reproduced", "in part", "refuted", "not drawn"]


@dataclass(frozen=True)
class Merit:
    """How close a figure comes to published or independent points: median and largest |log10(ours/theirs)|."""

    what: str
    median: float
    largest: float
    points: int


def merit(what: str, ours: Sequence[float] | Floats, theirs: Sequence[float] | Floats) -> Merit:
    """Of two lists of positive numbers."""
    distance = np.abs(np.log10(np.asarray(ours, dtype=float) / np.asarray(theirs, dtype=float)))
    return Merit(what, float(np.median(distance)), float(distance.max()), len(distance))


@dataclass(frozen=True)
class Item:
    """A figure or table of a text.

    name : as in the text; title : what it shows; verdict and reason : what became of it; draw : makes the figure and
    says how close it is, None where nothing is drawn
    """

    name: str
    title: str
    verdict: Verdict
    reason: str
    draw: Callable[[Build], list[Merit]] | None = None

    @property
    def slug(self) -> str:
        """For names of files."""
        return self.name.lower().replace(" ", "-")


@dataclass(frozen=True)
class Text:
    """One of the texts: slug : for names of files; title, reference : as cited; items : all its figures and tables."""

    slug: str
    title: str
    reference: str
    items: tuple[Item, ...]


@dataclass
class Build:
    """Where a gallery is made: pages in ``output``, runs in ``work``; quick : small statistics, for tests."""

    output: Path
    work: Path
    quick: bool = False
    current: str = ""
    figures: list[str] = field(default_factory=list)

    def save(self, figure: Figure, suffix: str = "") -> None:
        """Write a figure of the current item."""
        name = f"{self.current}{suffix}.png"
        save(figure, self.output / name)
        self.figures.append(name)

    def points(self, many: int, few: int) -> int:
        """A number of points: few in a quick build."""
        return few if self.quick else many

    def entry(self, label: str, card: str, name: str, *settings: str) -> tuple[str, Any, Any]:
        """(label, map, contour) of a run of a card without its events; a finished run is read."""
        directory = self.work / f"{card}-{name}"
        hurried = ("model.mass.points=5", "model.coupling.points=25", "run.precision=0.3") if self.quick else ()
        table = load_card(card, ('sensitivity.scan="fixed"', *settings, *hurried)).as_table()
        table.pop("events", None)
        run(table, directory=directory, overwrite=True)
        return label, read_signal_map(directory), read_contour(directory)


def rows(name: str) -> Iterator[dict[str, str]]:
    """Rows of a file of ``tests/reference``."""
    with (REFERENCE / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


def worst(merits: Sequence[Merit]) -> str:
    """The range of figures of merit in a few words; empty where there is none."""
    if not merits:
        return ""
    n = sum(m.points for m in merits)
    median = max(m.median for m in merits)
    largest = max(m.largest for m in merits)
    return f"{_percent(median)} median, {_percent(largest)} at most ({n} points)"


def _percent(distance: float) -> str:
    """A distance of logarithms as a per cent, or as a factor where it is large."""
    ratio = 10.0**distance
    if not math.isfinite(ratio):
        return "nothing in common"
    return f"{100.0 * (ratio - 1.0):.2g} %" if ratio < 1.5 else f"factor {ratio:.2g}"
