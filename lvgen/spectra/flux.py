"""A user's own flux of bosons, read from text files of other programs.

Three layouts, told apart by their looks unless the card says which; "#" begins a comment, commas and blanks separate,
a name that ends in ``.gz`` is unpacked:

- "foresee": log10(theta/rad), log10(p/GeV), content of the bin, on an even grid of bin centres; one file per mass
- "eventcalc": mass, theta/rad, E/GeV, d2N/(d theta d E); absent rows are 0
- "csv": a line of column names before the numbers: mass; theta or log10_theta; E, p or log10_p; and weight (content
  of a bin) or f (density per unit of the two columns).  Units may follow a name, as in theta_rad or E_GeV.

One file holds all its masses, or a path with ``{mass}`` names one file for each (the mass in GeV).
"""

from __future__ import annotations

import functools
import gzip
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.kernels import flux as kernels
from lvgen.spectra.density import SUB, subdivide

Floats = NDArray[np.float64]

PLACEHOLDER = "{mass}"
LAYOUTS = ("foresee", "eventcalc", "csv")
#: bytes of text and rows of one file; more is a mistake
MAX_BYTES, MAX_ROWS = 200_000_000, 3_000_000
_MAX_FILES = 10_000
_NAMES = {
    "mass": "mass", "m": "mass", "theta": "theta", "log10_theta": "log10_theta", "e": "energy", "energy": "energy",
    "p": "momentum", "momentum": "momentum", "log10_p": "log10_p", "log10_momentum": "log10_p",
    "weight": "weight", "pb": "weight", "content": "weight", "f": "density", "density": "density",
}  # fmt: skip
_HEADERLESS = {
    "foresee": ("log10_theta", "log10_p", "weight"),
    "eventcalc": ("mass", "theta", "energy", "density"),
}


@dataclass(frozen=True, eq=False)
class FluxTable:
    """A flux at one mass, as ``kernels.flux`` takes it.

    kind : ``kernels.flux.CELLS``, ``ENERGY_NODES`` or ``MOMENTUM_NODES``; first, second, values : see there
    total : integral over the table, in its own unit; low, high : range of p, or of E for ``ENERGY_NODES``, GeV
    """

    kind: int
    first: Floats
    second: Floats
    values: Floats
    total: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Columns:
    """Rows of a file: name of each column (of ``mass``, ``theta``, ...) and its values (n,)."""

    names: tuple[str, ...]
    rows: Floats

    def of(self, name: str) -> Floats:
        """One column."""
        return self.rows[:, self.names.index(name)]


def files_of(pattern: str) -> dict[float, Path]:
    """Mass in GeV -> file for a path with ``{mass}``, increasing; UserError where none is there or two are alike."""
    path = Path(pattern)
    if pattern.count(PLACEHOLDER) != 1 or PLACEHOLDER not in path.name:
        raise UserError(f"{PLACEHOLDER} must stand once, in the name of the file", file=pattern)
    before, after = path.name.split(PLACEHOLDER)
    name = re.compile(re.escape(before) + r"([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)" + re.escape(after))
    if not path.parent.is_dir():
        raise UserError("there is no such folder; paths count from the current one", file=str(path.parent))
    found: dict[float, Path] = {}
    for item in sorted(path.parent.iterdir()):
        if match := name.fullmatch(item.name):
            mass = float(match[1])
            if not mass > 0.0:
                raise UserError("masses must be positive", file=str(item))
            if mass in found:
                raise UserError(f"{found[mass].name} and {item.name} are for the same mass", file=pattern)
            found[mass] = item
    if not 0 < len(found) <= _MAX_FILES:
        raise UserError(f"{len(found)} files fit this pattern ({PLACEHOLDER} stands for the mass in GeV)", file=pattern)
    return dict(sorted(found.items()))


def read_columns(path: Path, layout: str | None = None) -> Columns:
    """All rows of a file, read anew where it has changed.

    layout : one of ``LAYOUTS``, or None to go by its looks
    raises UserError, with the number of the line, for what cannot be read
    """
    try:
        stat = path.stat()
    except OSError:
        raise UserError("no such flux file", file=str(path)) from None
    return _read(path, layout, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=8)
def _read(path: Path, layout: str | None, _changed: int, _size: int) -> Columns:
    names: tuple[str, ...] | None = None if layout in (None, "csv") else _HEADERLESS[str(layout)]
    values: list[list[float]] = []
    for number, fields in _lines(path):
        if names is None:
            names = _header(fields, layout, path, number)
            if not _numeric(fields):
                continue
        if len(fields) != len(names):
            raise UserError(f"line {number}: {len(names)} numbers are due: {' '.join(names)}", file=str(path))
        try:
            values.append([float(field) for field in fields])
        except ValueError:
            raise UserError(f"line {number}: not a number in {' '.join(fields)[:60]!r}", file=str(path)) from None
        if len(values) > MAX_ROWS:
            raise UserError(f"has more than {MAX_ROWS} rows", file=str(path))
    if names is None or not values:
        raise UserError("holds no numbers", file=str(path))
    rows = np.array(values)
    bad = ~np.isfinite(rows).all(axis=1) | (rows[:, -1] < 0.0)
    if bad.any():
        raise UserError(
            f"row {int(np.argmax(bad)) + 1}: a negative flux or a number that is not finite", file=str(path)
        )
    if "mass" in names and not rows[:, names.index("mass")].min() > 0.0:
        raise UserError("masses must be positive", file=str(path))
    if rows[:, -1].max() <= 0.0:
        raise UserError("holds no flux: all rows are 0", file=str(path))
    return Columns(names, rows)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(number, fields) of each line that says something."""
    size = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                size += len(line)
                if size > MAX_BYTES:
                    raise UserError(f"is larger than {MAX_BYTES // 1_000_000} MB", file=str(path))
                text = line.split("#", 1)[0].strip().strip(",")
                if text:
                    yield number, re.split(r"\s*,\s*" if "," in text else r"\s+", text)
    except FileNotFoundError:
        raise UserError("no such file", file=str(path)) from None
    except (UnicodeDecodeError, OSError, EOFError):
        raise UserError("cannot be read as text", file=str(path)) from None


def _numeric(fields: list[str]) -> bool:
    try:
        [float(field) for field in fields]
    except ValueError:
        return False
    return True


def _header(fields: list[str], layout: str | None, path: Path, number: int) -> tuple[str, ...]:
    """Column names from the first line: named there, or by the number of columns."""
    if _numeric(fields):
        by_count = {len(names): names for names in _HEADERLESS.values()}
        if layout == "csv" or len(fields) not in by_count:
            raise UserError(f"line {number}: column names are due, such as theta_rad,E_GeV,f", file=str(path))
        return by_count[len(fields)]
    names = tuple(_column(field, path, number) for field in fields)
    if len(set(names)) != len(names):
        raise UserError(f"line {number}: two columns mean the same", file=str(path))
    rest = set(names) - {"mass"}
    for angle, size in (("log10_theta", {"log10_p"}), ("theta", {"energy", "momentum"})):
        if angle in rest and len(rest) == 3 and rest & size and rest & {"weight", "density"}:
            if angle == "theta" and "weight" in rest:
                break
            order = [n for n in names if n not in ("weight", "density")]
            if names[-1] not in ("weight", "density"):
                raise UserError(f"line {number}: the flux must be the last column", file=str(path))
            return (*order, names[-1])
    raise UserError(
        f"line {number}: columns {', '.join(names)} do not make a flux; give log10_theta, log10_p and weight or f, or "
        "theta, E or p, and f",
        file=str(path),
    )


def _column(field: str, path: Path, number: int) -> str:
    plain = re.sub(r"[()\[\]{}/\"'\s]", "_", field.strip().lower()).strip("_")
    plain = re.sub(r"_+", "_", re.sub(r"_(gev|rad|c)\b|_(gev|rad)(?=_|$)", "", plain)).strip("_")
    if plain not in _NAMES:
        known = "mass, theta, log10_theta, E, p, log10_p, weight, f"
        raise UserError(f"line {number}: unknown column {field[:40]!r}; known: {known}", file=str(path))
    return _NAMES[plain]


def flux_table(columns: Columns, path: Path) -> FluxTable:
    """The flux of rows that belong to one mass; UserError for a grid that is none."""
    if "log10_theta" in columns.names:
        return _cells(columns, path)
    return _nodes(columns, path)


def _dense(a: Floats, b: Floats, values: Floats, path: Path) -> tuple[Floats, Floats, Floats]:
    """Sorted axes and the matrix over them, absent rows 0."""
    first, i = np.unique(np.round(a, 9), return_inverse=True)
    second, j = np.unique(np.round(b, 9), return_inverse=True)
    if len(first) < 2 or len(second) < 2:
        raise UserError("needs at least two angles and two energies or momenta", file=str(path))
    if len(np.unique(i * len(second) + j)) != len(values):
        raise UserError("names an angle and momentum twice", file=str(path))
    dense = np.zeros((len(first), len(second)))
    dense[i, j] = values
    return first, second, dense


def _nodes(columns: Columns, path: Path) -> FluxTable:
    by_energy = "energy" in columns.names
    size = columns.of("energy" if by_energy else "momentum")
    theta, nodes, dense = _dense(columns.of("theta"), size, columns.of("density"), path)
    if theta[0] < 0.0 or theta[-1] > math.pi or nodes[0] < 0.0:
        raise UserError("angles must be between 0 and pi rad, energies not negative", file=str(path))
    total = float(np.trapezoid(np.trapezoid(dense, nodes, axis=1), theta))
    kind = kernels.ENERGY_NODES if by_energy else kernels.MOMENTUM_NODES
    return FluxTable(kind, theta, nodes, np.ascontiguousarray(dense), total, float(nodes[0]), float(nodes[-1]))


def _cells(columns: Columns, path: Path) -> FluxTable:
    momentum, theta, content = _dense(
        columns.of("log10_p"), columns.of("log10_theta"), columns.of(columns.names[-1]), path
    )
    p_edges, t_edges = _edges(momentum, path), _edges(theta, path)
    if columns.names[-1] == "density":
        content = content * (p_edges[1] - p_edges[0]) * (t_edges[1] - t_edges[0])
    top = math.log10(math.pi)
    if content[:, t_edges[:-1] >= top].any():
        raise UserError("holds bosons at angles beyond pi; the first column is log10(theta/rad)", file=str(path))
    inside = int(np.count_nonzero(t_edges[:-1] < top))
    content, t_edges = content[:, :inside], np.minimum(t_edges[: inside + 1], top)
    grid = np.array([
        p_edges[0], SUB / (p_edges[1] - p_edges[0]), t_edges[0], SUB / (t_edges[1] - t_edges[0]), SUB,
        t_edges[-2], SUB / (t_edges[-1] - t_edges[-2]),
    ])  # fmt: skip
    filled = np.flatnonzero(content.any(axis=1))
    low, high = 10.0 ** p_edges[filled[0]], 10.0 ** p_edges[filled[-1] + 1]
    values = np.ascontiguousarray(subdivide(content, p_edges, t_edges))
    return FluxTable(kernels.CELLS, grid, np.zeros(0), values, float(content.sum()), float(low), float(high))


def _edges(centres: Floats, path: Path) -> Floats:
    step = np.diff(centres)
    width = float(np.median(step))
    if not np.allclose(step, width, atol=0.02 * width):
        raise UserError("the bins are not evenly spaced in log10", file=str(path))
    edges: Floats = np.append(centres - 0.5 * width, centres[-1] + 0.5 * width)
    return edges


def _select(columns: Columns, mass: float) -> Columns:
    keep = columns.of("mass") == mass
    return Columns(columns.names, columns.rows[keep])


class FluxFile:
    """A flux on disk: its masses, and the flux at any mass between them.

    file : path, or pattern with ``{mass}``; layout : one of ``LAYOUTS`` or None; mass : GeV, of a file that does not
    say
    raises UserError for what is missing or cannot be read
    """

    def __init__(self, file: str, layout: str | None = None, mass: float | None = None) -> None:
        self._layout = layout
        self._files: dict[float, Path]
        self._column = False
        if PLACEHOLDER in file:
            self._files = files_of(file)
        else:
            path = Path(file)
            columns = read_columns(path, layout)
            self._column = "mass" in columns.names
            if self._column:
                self._files = dict.fromkeys(np.unique(columns.of("mass")).tolist(), path)
            elif mass is not None:
                self._files = {mass: path}
            else:
                raise UserError(
                    "does not say for which mass it is; give the option mass, or {mass} in its name", file=file
                )
        self.masses = np.array(list(self._files))

    @property
    def paths(self) -> list[Path]:
        """The files, each once."""
        return list(dict.fromkeys(self._files.values()))

    def _table(self, mass: float) -> FluxTable:
        path = self._files[mass]
        columns = read_columns(path, self._layout)
        return flux_table(_select(columns, mass) if self._column else columns, path)

    def at(self, mass: float) -> list[tuple[float, FluxTable]]:
        """One or two tables with the factors that make the flux at a mass in GeV when they are added.

        Between two masses the shapes are mixed linearly and totals follow a power law, both in ln m.
        """
        near = np.flatnonzero(np.isclose(self.masses, mass, rtol=1e-6, atol=0.0))
        if len(near):
            return [(1.0, self._table(float(self.masses[near[0]])))]
        k = int(np.searchsorted(self.masses, mass))
        if not 0 < k < len(self.masses):
            raise UserError(f"the flux does not hold {mass:g} GeV", key="model.mass")
        low, high = float(self.masses[k - 1]), float(self.masses[k])
        tables = self._table(low), self._table(high)
        if tables[0].kind != tables[1].kind:
            raise UserError("has another layout than its neighbour", file=str(self._files[high]))
        u = math.log(mass / low) / math.log(high / low)
        total = tables[0].total ** (1.0 - u) * tables[1].total ** u
        return [((1.0 - u) * total / tables[0].total, tables[0]), (u * total / tables[1].total, tables[1])]


def read_yields(file: str) -> tuple[Floats, Floats]:
    """Masses (GeV, increasing) and bosons of a file of two columns; UserError where it is none."""
    values = []
    for number, fields in _lines(Path(file)):
        if len(fields) != 2 or not _numeric(fields):
            if number == 1:
                continue
            raise UserError(f"line {number}: a mass in GeV and a number of bosons are due", file=file)
        values.append([float(field) for field in fields])
    rows = np.array(values).reshape(-1, 2)
    if not len(rows) or not np.isfinite(rows).all() or (rows <= 0.0).any() or (np.diff(rows[:, 0]) <= 0.0).any():
        raise UserError("masses must increase, masses and numbers be positive", file=file)
    return rows[:, 0], rows[:, 1]


def yield_at(yields: tuple[Floats, Floats], mass: float, file: str) -> float:
    """Bosons at a mass in GeV by a power law between neighbours; UserError outside."""
    m, n = yields
    if not m[0] * (1 - 1e-6) <= mass <= m[-1] * (1 + 1e-6):
        raise UserError(f"holds {m[0]:g} to {m[-1]:g} GeV, not {mass:g} GeV", file=file)
    return math.exp(float(np.interp(math.log(mass), np.log(m), np.log(n))))
