"""Hadronic widths from the shipped table: a model costs milliseconds, whatever its charges.

``lvgen/data/widths/hadronic.parquet`` holds the form A_ab of every channel (``lvgen.decays.hadronic.base``) on a mass
grid of the channel's own, fine enough for cubic splines of A / (1 - opening^2 / M^2)^power to be good to
2e-5 of sqrt(A_aa A_bb) (1e-4 for four pions); ``tools/build_widths.py`` makes it. Units GeV.
"""

from __future__ import annotations

import copy
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lvgen.errors import UserError, unknown
from lvgen.models.base import Couplings

Floats = NDArray[np.float64]

#: the table ends here, GeV; far above it the sum of exclusive channels stands for nothing
MASS_MAX = 3.0
#: columns of the table and the entries of the form that they hold
COLUMNS: dict[str, tuple[int, int]] = {
    "rho_rho": (0, 0),
    "rho_omega": (0, 1),
    "rho_phi": (0, 2),
    "omega_omega": (1, 1),
    "omega_phi": (1, 2),
    "phi_phi": (2, 2),
}
FORMAT_VERSION = 1
KEY = b"lvgen.hadronic_widths"
_FILE = ("data", "widths", "hadronic.parquet")


def meson_couplings(couplings: Couplings) -> Floats:
    """c_rho, c_omega, c_phi of a model at ``coupling = 1`` (arXiv:2201.01788 eq. 4.5).

    >>> from lvgen.models.base import Couplings
    >>> meson_couplings(Couplings({"u": 1 / 3, "d": 1 / 3, "s": 1 / 3}))
    array([ 0.,  2., -1.])
    """
    up, down, strange = (couplings.gv(quark) for quark in ("u", "d", "s"))
    return np.array([up - down, 3.0 * (up + down), -3.0 * strange]) + 0.0


def packed(form: Floats) -> Floats:
    """The six independent entries (..., 6) of symmetric forms (..., 3, 3), in the order of ``COLUMNS``."""
    rows, columns = np.array(list(COLUMNS.values())).T
    return np.asarray(form, dtype=float)[..., rows, columns]


class Curve:
    """One channel's form over mass: a cubic spline between nodes, with the rise from threshold taken out."""

    def __init__(self, mass: Floats, values: Floats, opening: float, power: float) -> None:
        """mass : (k,) GeV, increasing; values : (k, 6) GeV; opening : GeV, nothing at and below; power of the rise."""
        from scipy.interpolate import CubicSpline

        self.opening, self.power = opening, power
        self.mass = mass
        self.start = opening
        self._piece = CubicSpline(mass, values / self._rise(mass)[:, None]).c

    def cut(self, start: float) -> Curve:
        """The same curve, 0 up to ``start`` (GeV)."""
        other = copy.copy(self)
        other.start = start
        return other

    def _rise(self, mass: Floats) -> Floats:
        rise: Floats = (1.0 - (self.opening / mass) ** 2) ** self.power
        return rise

    def contract(self, weights: Floats, mass: Floats) -> Floats:
        """sum_k weights_k values_k at masses (n,) GeV; weights (6,) or (6, m), result (n,) or (n, m)."""
        result = np.zeros((*mass.shape, *np.shape(weights)[1:]))
        inside = (mass > self.start) & (mass <= self.mass[-1])
        if not inside.any():
            return result
        m = mass[inside]
        cell = np.clip(np.searchsorted(self.mass, m, side="right") - 1, 0, len(self.mass) - 2)
        piece = np.take(self._piece @ weights, cell, axis=1)
        shape = (-1, *(1,) * (result.ndim - 1))
        step = (m - self.mass[cell]).reshape(shape)
        value = ((piece[0] * step + piece[1]) * step + piece[2]) * step + piece[3]
        result[inside] = value * self._rise(m).reshape(shape)
        return result


@dataclass(frozen=True)
class CoefficientTable:
    """All channels: their curves, the reference program's variants where they differ, and the sums they belong to."""

    curves: dict[str, Curve]
    compatible: dict[str, Curve]
    groups: dict[str, tuple[str, ...]]
    metadata: dict[str, Any]

    def curve(self, name: str, compatible: bool) -> Curve:
        """The curve of one exclusive channel."""
        return self.compatible.get(name, self.curves[name]) if compatible else self.curves[name]


def read_table(path: Path) -> CoefficientTable:
    """Read a table; UserError if the file is missing or is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        account = json.loads((table.schema.metadata or {})[KEY])
    except FileNotFoundError:
        raise UserError("no such table of widths", file=str(path)) from None
    except (OSError, pa.ArrowException, KeyError, ValueError):
        raise UserError("is not a table of hadronic widths of lvgen", file=str(path)) from None
    if account["format_version"] != FORMAT_VERSION:
        raise UserError(f"has format {account['format_version']}, this lvgen reads {FORMAT_VERSION}", file=str(path))
    mass = table["mass_gev"].to_numpy()
    values = np.stack([table[name].to_numpy() for name in COLUMNS], axis=1)
    curves: dict[str, Curve] = {}
    compatible: dict[str, Curve] = {}
    groups: dict[str, tuple[str, ...]] = {}
    start = 0
    for entry in account["channels"]:
        rows = slice(start, start + entry["nodes"])
        start = rows.stop
        chosen = compatible if entry["compatible"] else curves
        if "cut_gev" in entry:
            chosen[entry["name"]] = curves[entry["name"]].cut(entry["cut_gev"])
        else:
            chosen[entry["name"]] = Curve(mass[rows], values[rows], entry["opening_gev"], entry["power"])
        if not entry["compatible"]:
            groups[entry["group"]] = (*groups.get(entry["group"], ()), entry["name"])
    return CoefficientTable(curves, compatible, groups, account)


@functools.cache
def shipped_table() -> CoefficientTable:
    """The table that ships, read once."""
    from importlib.resources import as_file, files

    with as_file(files("lvgen").joinpath(*_FILE)) as path:
        return read_table(path)


def channel_names() -> tuple[str, ...]:
    """Exclusive hadronic channels of the shipped table."""
    return tuple(shipped_table().curves)


def channel_groups() -> dict[str, tuple[str, ...]]:
    """Every group and its exclusive channels; a channel that stands alone is a group of one."""
    return dict(shipped_table().groups)


def interference(name: str, mass: ArrayLike, compatible: bool = False) -> Floats:
    """A_ab of a channel, or the sum over a group: width = sum_ab c_a c_b A_ab at ``coupling = 1``.

    mass : (n,) GeV; compatible : the variant of the program of arXiv:2201.01788 where that differs
    returns (n, 3, 3) GeV, symmetric, in the order rho, omega, phi; 0 below threshold and above ``MASS_MAX``
    raises KeyError with the nearest names for an unknown one
    """
    table = shipped_table()
    members = (name,) if name in table.curves else table.groups.get(name)
    if members is None:
        raise unknown("channel", name, [*table.curves, *table.groups])
    mass = np.asarray(mass, dtype=float)
    result = np.zeros((*mass.shape, 3, 3))
    for member in members:
        six = table.curve(member, compatible).contract(np.eye(6), mass)
        for k, (a, b) in enumerate(COLUMNS.values()):
            result[..., a, b] += six[..., k]
            if a != b:
                result[..., b, a] += six[..., k]
    return result


def channel_widths(mass: ArrayLike, c: ArrayLike, compatible: bool = False) -> dict[str, Floats]:
    """Width of every exclusive hadronic channel at ``coupling = 1``; the quick way to a whole table.

    mass : (n,) GeV; c : (3,) c_rho, c_omega, c_phi, see ``meson_couplings``; returns name -> (n,) GeV, never negative
    """
    table = shipped_table()
    mass = np.asarray(mass, dtype=float)
    c = np.asarray(c, dtype=float)
    weights = np.array([c[a] * c[b] * (1.0 if a == b else 2.0) for a, b in COLUMNS.values()])
    return {name: np.clip(table.curve(name, compatible).contract(weights, mass), 0.0, None) for name in table.curves}
