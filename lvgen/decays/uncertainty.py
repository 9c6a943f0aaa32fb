"""Errors of hadronic widths: replicas of the fits' parameters, correlated over mass and between channels of one fit.

``lvgen/data/widths/hadronic_errors.parquet`` (made by ``tools/build_width_errors.py``) holds, for each channel and each
of K replicas, how the form A_ab of ``lvgen.decays.coefficients`` moves when the parameters of the channel's fit move as
independent Gaussians. Fits are independent of each other. Which parameters, by how much and why is in its metadata and
in ``lvgen.decays.hadronic._fit_errors``. What the fits' forms leave out is not in the errors: B-type widths between
resonances differ by tens of per cent from those of arXiv:1801.04847. Widths into leptons have no error here.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.coefficients import COLUMNS, shipped_table
from lvgen.decays.quarks import TRANSITION_RANGE, qcd_correction
from lvgen.errors import UserError

if TYPE_CHECKING:
    from lvgen.models.base import Couplings

Floats = NDArray[np.float64]

ERROR_FORMAT_VERSION = 1
ERROR_KEY = b"lvgen.hadronic_width_errors"
_FILE = ("data", "widths", "hadronic_errors.parquet")
#: relative standard deviation of the QCD scale Lambda: 0.0009 in alpha_s(M_Z), PDG review of quantum chromodynamics
_LAMBDA_ERROR = 0.045
#: relative error of the quark width: the accuracy to which R is measured above the transition, where it agrees with
#: the perturbative one (KEDR, arXiv:1610.02827: 3.9 % or better between 1.84 and 3.05 GeV)
_R_ERROR = 0.04
#: relative error of the quark-level estimate of axial couplings, assumed
_AXIAL_ERROR = 0.3
#: half-width of the range of the transition mass, GeV: where the two curves cross differs by as much between models
_TRANSITION_SHIFT = 0.05
QUARK_NUISANCES: tuple[str, ...] = ("Lambda", "R", "transition", "axial")


@dataclass(frozen=True)
class ErrorTable:
    """Shifts (A' - A)_ab / sqrt(A_aa A_bb) of every channel.

    shifts : channel -> (masses (m,) GeV, numbers (e,) of the entries in ``COLUMNS``, values (m, e, K))
    quark_draws : (K, 4) standard Gaussians of ``QUARK_NUISANCES``; metadata : seed, parameters and their errors
    """

    shifts: dict[str, tuple[Floats, NDArray[np.int64], Floats]]
    quark_draws: Floats
    metadata: dict[str, Any]

    @property
    def replicas(self) -> int:
        """K."""
        return len(self.quark_draws)


def read_errors(path: Path) -> ErrorTable:
    """Read a table; UserError if the file is missing or is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        account = json.loads((table.schema.metadata or {})[ERROR_KEY])
    except FileNotFoundError:
        raise UserError("no such table of width errors", file=str(path)) from None
    except (OSError, pa.ArrowException, KeyError, ValueError):
        raise UserError("is not a table of width errors of lvgen", file=str(path)) from None
    if account["format_version"] != ERROR_FORMAT_VERSION:
        known = ERROR_FORMAT_VERSION
        raise UserError(f"has format {account['format_version']}, this lvgen reads {known}", file=str(path))
    channel, entry, mass = (table[name].to_numpy() for name in ("channel", "entry", "mass_gev"))
    columns = [table[f"replica_{k:02d}"].to_numpy() for k in range(account["replicas"])]
    values = np.stack(columns, axis=1).astype(float)
    shifts = {}
    for number, name in enumerate(account["channels"]):
        rows = channel == number
        entries = np.unique(entry[rows]).astype(np.int64)
        block = values[rows].reshape(len(entries), -1, values.shape[1])
        shifts[name] = (mass[rows][: block.shape[1]].copy(), entries, np.swapaxes(block, 0, 1))
    return ErrorTable(shifts, np.array(account["quark_draws"]), account)


@functools.cache
def shipped_errors() -> ErrorTable:
    """The table that ships, read once."""
    from importlib.resources import as_file, files

    with as_file(files("lvgen").joinpath(*_FILE)) as path:
        return read_errors(path)


def width_replicas(name: str, mass: Floats, c: Floats, compatible: bool = False) -> Floats:
    """Replicas of the width of one exclusive channel at ``coupling = 1``: (K, n) GeV, never negative.

    mass : (n,) GeV; c : (3,) c_rho, c_omega, c_phi; compatible : of the variant of the program of arXiv:2201.01788
    raises KeyError for an unknown channel
    """
    table = shipped_errors()
    nodes, entries, values = table.shifts[name]
    weights = np.array([c[a] * c[b] * (1.0 if a == b else 2.0) for a, b in COLUMNS.values()])
    six = shipped_table().curve(name, compatible).contract(np.eye(6), mass)
    central = np.clip(six @ weights, 0.0, None)
    diagonal = [k for k, (a, b) in enumerate(COLUMNS.values()) if a == b]
    root = np.sqrt(np.clip(six[:, diagonal], 0.0, None))
    first, second = np.array(list(COLUMNS.values()))[entries].T
    scale = weights[entries] * root[:, first] * root[:, second]
    cell = np.clip(np.searchsorted(nodes, mass, side="right") - 1, 0, len(nodes) - 2)
    share = np.clip((mass - nodes[cell]) / (nodes[cell + 1] - nodes[cell]), 0.0, 1.0)[:, None]
    moved = np.einsum("ne,nek->kn", scale * (1.0 - share), values[cell])
    moved += np.einsum("ne,nek->kn", scale * share, values[cell + 1])
    result: Floats = np.clip(central + moved, 0.0, None)
    return result


def quark_factors(mass: Floats, eta: float) -> Floats:
    """Replicas of the quark width over its central value, (K, n): errors of alpha_s and of R itself; mass (n,) GeV.

    eta : weight of singlet diagrams, see ``quarks.qcd_correction``
    """
    scale, measured = shipped_errors().quark_draws[:, :2].T
    nominal = 1.0 + qcd_correction(mass, eta)
    # delta depends on M/Lambda alone, so a larger Lambda is a smaller mass; kept above 1 GeV where delta is switched on
    moved = np.array([1.0 + qcd_correction(_shifted(mass, _LAMBDA_ERROR * z), eta) for z in scale])
    factors: Floats = moved / nominal * (1.0 + _R_ERROR * measured[:, None])
    return factors


def _shifted(mass: Floats, relative: float) -> Floats:
    """Masses over 1 + relative, within the same number of flavours."""
    edges = np.array([1.0, 2.0 * 1.864, 9.46, np.inf])
    cell = np.searchsorted(edges, mass, side="right")
    low = np.where(cell > 0, edges[np.clip(cell - 1, 0, 3)], 0.0)
    high = edges[np.clip(cell, 0, 3)]
    moved: Floats = np.clip(mass / (1.0 + relative), np.nextafter(low, np.inf), np.nextafter(high, 0.0))
    return moved


def axial_factors() -> Floats:
    """Replicas (K, 1) of the quark-level estimate of axial couplings over its central value."""
    factors: Floats = np.clip(1.0 + _AXIAL_ERROR * shipped_errors().quark_draws[:, 3:], 0.0, None)
    return factors


def transition_replicas(central: float) -> Floats:
    """(K,) transition masses, GeV: evenly over +-0.05 GeV about the central one, in an order that follows the draws."""
    draws = shipped_errors().quark_draws[:, 2]
    order = np.argsort(np.argsort(draws))
    places: Floats = central + _TRANSITION_SHIFT * (2.0 * (order + 0.5) / len(draws) - 1.0)
    return places


def reaches_transition(mass: Floats) -> bool:
    """Whether a replica's transition can matter at one of the masses (n,), GeV."""
    return bool(mass.size) and float(mass.max()) > TRANSITION_RANGE[0] - _TRANSITION_SHIFT


def singlet_weight(couplings: Couplings) -> float:
    """eta = (sum q)^2 / (3 sum q^2) over u, d, s; 0 without vector couplings."""
    q = np.array([couplings.gv(quark) for quark in "uds"])
    return float(q.sum() ** 2 / (3.0 * (q**2).sum())) if q.any() else 0.0


def spread(replicas: Floats, central: Floats) -> Floats:
    """Root mean square deviation of replicas (K, n) from the central values (n,)."""
    result: Floats = np.sqrt(np.mean((replicas - central) ** 2, axis=0))
    return result


@dataclass(frozen=True)
class HadronicReplicas:
    """Replicas (K, n) GeV by channel: widths, what of them counts, and what would with the transition unmoved."""

    widths: dict[str, Floats]
    counted: dict[str, Floats]
    fixed: dict[str, Floats]


@dataclass(frozen=True)
class HadronicPart:
    """What a decay table knows of its hadronic widths: all that replicas need.

    mass : (n,) GeV; couplings : at ``coupling = 1``; c : (3,), see ``meson_couplings``; scale : factor on hadronic
    widths, scalar or (n,); exclusive : names; vector, axial : (n,) GeV, the two parts of the quark width
    transition : GeV, infinite where it cannot matter
    """

    mass: Floats
    couplings: Couplings
    c: Floats
    scale: Floats | float
    exclusive: tuple[str, ...]
    vector: Floats
    axial: Floats
    transition: float
    compatible: bool

    def replicas(self) -> HadronicReplicas:
        """Replicas of the widths of exclusive channels and "quarks", and of what of them is counted."""
        if np.isfinite(self.transition):
            below = self.mass <= transition_replicas(self.transition)[:, None]
        else:
            below = np.ones((shipped_errors().replicas, len(self.mass)), np.bool_)
        central = self.mass <= self.transition
        widths, counted, fixed = {}, {}, {}
        for name in self.exclusive:
            widths[name] = self.scale * width_replicas(name, self.mass, self.c, self.compatible)
            counted[name] = np.where(below, widths[name], 0.0)
            fixed[name] = np.where(central, widths[name], 0.0)
        vector = self.vector * quark_factors(self.mass, singlet_weight(self.couplings))
        axial = self.axial * axial_factors()
        widths["quarks"] = vector + axial
        counted["quarks"] = np.where(below, 0.0, vector) + axial
        fixed["quarks"] = np.where(central, 0.0, vector) + axial
        return HadronicReplicas(widths, counted, fixed)
