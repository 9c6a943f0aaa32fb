"""Published limits in text files, read where they lie: the user's CSV, DarkCast's and FORESEE's layouts.

Rows of numbers separated by commas or blanks, mass in GeV first: two columns are a lower edge (or the points of a
closed line, where the masses go back), three columns a lower and an upper edge.  A first line may name the columns.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.io.atomic import write_text
from lvgen.io.results import CONTOUR_COLUMNS, read_contour_fields

Floats = NDArray[np.float64]

#: from this coupling on DarkCast says that nothing is excluded at a mass
_NOTHING = 9.9e4
_LARGEST_FILE = 20_000_000
_NAMES = (("mass", "coupling"), ("mass", "lower"), ("mass", "coupling_lower"))
_NAMES_TWO = (("mass", "lower", "upper"), ("mass", "coupling_lower", "coupling_upper"))


@dataclass(frozen=True)
class Limit:
    """A published limit.

    label : for figures; mass : (n,) GeV; lower : (n,) smallest excluded coupling; upper : (n,) largest, inf where the
    limit has no upper edge; closed : whether the points are those of a closed line, ``upper`` being of no meaning then
    """

    label: str
    mass: Floats
    lower: Floats
    upper: Floats
    closed: bool = False

    @property
    def two_sided(self) -> bool:
        """Whether there is an upper edge."""
        return bool(np.isfinite(self.upper).any())

    def polygons(self, ceiling: float) -> list[Floats]:
        """Excluded regions as closed lines (k, 2) of mass and coupling; one without upper edge ends at ``ceiling``."""
        if self.closed:
            return [np.stack([self.mass, self.lower], axis=1)]
        pieces = []
        good = np.isfinite(self.lower) & (self.lower < np.minimum(self.upper, ceiling))
        for run in _runs(good):
            top = np.minimum(self.upper[run], ceiling)
            there = np.stack([self.mass[run], self.lower[run]], axis=1)
            back = np.stack([self.mass[run], top], axis=1)[::-1]
            pieces.append(np.concatenate([there, back]))
        return pieces

    def at(self, mass: float) -> tuple[float, float]:
        """Edges at one mass (GeV), interpolated in logarithms; nan outside of the points, or where they are closed."""
        if self.closed or not self.mass[0] <= mass <= self.mass[-1]:
            return math.nan, math.nan
        x = np.log(self.mass)
        lower = float(np.exp(np.interp(math.log(mass), x, np.log(self.lower))))
        upper = float(np.exp(np.interp(math.log(mass), x, np.log(self.upper)))) if self.two_sided else math.inf
        return lower, upper


def read_limit(path: str | os.PathLike[str], label: str = "") -> Limit:
    """A limit from a text file, or from the ``contour.csv`` of a result or its folder.

    label : left out, the file's name
    raises UserError for a file that cannot be read or is none of the layouts
    """
    file = Path(path)
    if file.is_dir() or _is_contour(file):
        return _of_contour(file, label or (file.name if file.is_dir() else file.absolute().parent.name))
    rows = _rows(file)
    points = np.array(rows, dtype=float)
    name = label or file.stem.replace("_", " ")
    if (np.diff(points[:, 0]) < 0.0).any():
        if points.shape[1] != 2:
            raise UserError("masses must not fall, unless two columns are the points of a closed line", file=str(file))
        return Limit(name, points[:, 0], points[:, 1], np.full(len(points), math.inf), closed=True)
    lower = np.where(points[:, 1] < _NOTHING, points[:, 1], math.nan)
    upper = points[:, 2] if points.shape[1] == 3 else np.full(len(points), math.inf)
    return Limit(name, points[:, 0], lower, upper)


def write_limit(limit: Limit, path: str | os.PathLike[str]) -> None:
    """Write the columns mass, lower and, where there is one, upper, without the masses at which nothing is excluded.

    raises UserError where the file cannot be written
    """
    names = ("mass", "lower", "upper") if limit.two_sided else ("mass", "lower")
    excluded = np.flatnonzero(np.isfinite(limit.lower))
    rows = [",".join(repr(float(getattr(limit, name)[i])) for name in names) for i in excluded]
    write_text(path, "\n".join([",".join(names), *rows]) + "\n")


def _rows(file: Path) -> list[list[float]]:
    rows: list[list[float]] = []
    for number, line in enumerate(_lines(file), start=1):
        words = line.split("#", 1)[0].replace(",", " ").split()
        if not words:
            continue
        try:
            values = [float(word) for word in words]
        except ValueError:
            if rows or not _is_header(words):
                raise _bad(file, number, "numbers are due") from None
            continue
        if len(values) not in (2, 3) or (rows and len(values) != len(rows[0])):
            raise _bad(file, number, "two or three numbers are due on every line: mass, lower edge, upper edge")
        if not all(math.isfinite(v) and v > 0.0 for v in values):
            raise _bad(file, number, "masses (GeV) and couplings must be positive")
        rows.append(values)
    if len(rows) < 2:
        raise UserError("holds no limit: at least two lines of mass (GeV) and coupling are due", file=str(file))
    return rows


def _lines(file: Path) -> list[str]:
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise UserError("is too large for a limit", file=str(file))
        return file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        cause = os.strerror(error.errno) if error.errno else str(error)
        raise UserError(f"cannot be read: {cause}", file=str(file)) from error
    except UnicodeDecodeError as error:
        raise UserError("is not text", file=str(file)) from error


def _is_header(words: list[str]) -> bool:
    """Whether a line names the columns: in the order in which they are read."""
    return tuple(word.lower() for word in words) in (*_NAMES, *_NAMES_TWO)


def _bad(file: Path, number: int, what: str) -> UserError:
    return UserError(f"line {number}: {what}", file=str(file))


def _is_contour(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.readline().startswith(",".join(list(CONTOUR_COLUMNS)[:3]))
    except (OSError, UnicodeDecodeError):
        return False


def _of_contour(path: Path, label: str) -> Limit:
    """Of several intervals at one mass the widest counts."""
    widest: dict[float, tuple[float, float]] = {}
    for row in read_contour_fields(path):
        lower, upper = row["coupling_lower"], row["coupling_upper"]
        known = widest.get(row["mass"])
        if known is None or math.isnan(known[0]) or math.log(upper / lower) > math.log(known[1] / known[0]):
            widest[row["mass"]] = (lower, upper)
    values = np.array([[mass, *edges] for mass, edges in widest.items()])
    if len(values) < 2:
        raise UserError("holds fewer than two masses", file=str(path))
    return Limit(label, values[:, 0], values[:, 1], values[:, 2])


def _runs(good: NDArray[np.bool_]) -> list[slice]:
    """Stretches of at least two points in a row."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(int)))
    return [slice(a, b) for a, b in edges.reshape(-1, 2) if b - a >= 2]
