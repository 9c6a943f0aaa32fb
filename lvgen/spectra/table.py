"""Hadron spectra: how many hadrons of each species an inelastic collision makes, against momentum and angle.

A table holds d2N/(dlog10 p dlog10 theta) as counts per cell.  On disk it is a Parquet file that any reader
understands: one row per filled cell (``pdg, log10_p_low, log10_p_high, log10_theta_low, log10_theta_high, count``)
and the account of how it was made as JSON under the schema key ``lvgen.spectrum``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError, unknown
from lvgen.particles import name_of

FORMAT_VERSION = 1
_KEY = b"lvgen.spectrum"
#: entries of the account that only some generators give
_SOMETIMES = ("chromo", "settings", "class", "calibration", "sigma_of_generator_mb")
_COLUMNS = ("pdg", "log10_p_low", "log10_p_high", "log10_theta_low", "log10_theta_high", "count")


@dataclass(frozen=True, eq=False)
class SpectrumTable:
    """Hadrons per interaction in cells of log10(p/GeV) and log10(theta/rad).

    name, source : for example "SIBYLL-2.3d", "LHC-13.6TeV"
    p_edges, theta_edges : (n_p + 1,), (n_theta + 1,) increasing
    content : species -> (n_p, n_theta) float, hadrons per inelastic collision into one hemisphere (collider) or in all
              (fixed target)
    counts : species -> (n_p, n_theta) integers behind ``content``; empty where the table came without statistics
    sigma_inel_pb : inelastic cross-section to which one collision corresponds, pb
    beam_momentum : GeV, of the projectile that moves along +z
    metadata : generator, version, seed, collisions and the rest of the account
    joined_from : species -> the table from which they were put in (``joined``), where that is another one
    """

    name: str
    source: str
    p_edges: NDArray[np.float64]
    theta_edges: NDArray[np.float64]
    content: dict[int, NDArray[np.float64]]
    counts: dict[int, NDArray[np.int64]]
    sigma_inel_pb: float
    beam_momentum: float
    metadata: dict[str, Any] = field(default_factory=dict)
    joined_from: dict[int, SpectrumTable] = field(default_factory=dict)

    @property
    def species(self) -> list[int]:
        """PDG ids in the table."""
        return list(self.content)

    @property
    def minimum_bias(self) -> bool:
        """Whether a collision of the table is any inelastic one; else ``sigma_inel_pb`` is that of a class of them."""
        return "n_collisions" in self.metadata and "class" not in self.metadata

    @property
    def on_nucleus(self) -> bool:
        """Whether the collisions are with a whole nucleus."""
        return bool(self.metadata.get("nucleus"))

    def with_content(self, content: dict[int, NDArray[np.float64]]) -> SpectrumTable:
        """The table with other contents of its species; statistics stay relative to what they were."""
        return replace(self, content=content)

    def scaled(self, factors: Mapping[int, float], sigma_inel_pb: float | None = None) -> SpectrumTable:
        """The table with each species' content multiplied; statistics stay relative to what they were.

        factors : species -> factor, 1 where left out; sigma_inel_pb : in place of the table's own
        """
        if all(factor == 1.0 for factor in factors.values()) and sigma_inel_pb is None:
            return self
        content = {pdg: values * factors.get(pdg, 1.0) for pdg, values in self.content.items()}
        return replace(self, content=content, sigma_inel_pb=sigma_inel_pb or self.sigma_inel_pb)

    def same_grid(self, other: SpectrumTable) -> bool:
        """Whether both have the same cells."""
        return np.array_equal(self.p_edges, other.p_edges) and np.array_equal(self.theta_edges, other.theta_edges)

    def same_shares(self, other: SpectrumTable) -> bool:
        """Whether both have the same cells as shares of beam momenta that are less than a cell apart."""
        if self.p_edges.shape != other.p_edges.shape or not np.array_equal(self.theta_edges, other.theta_edges):
            return False
        shift = self.p_edges - other.p_edges
        return bool(np.ptp(shift) < 1e-9 and abs(shift[0]) < self.p_edges[1] - self.p_edges[0])

    def joined(self, other: SpectrumTable, scale: float, *, missing_only: bool = False) -> SpectrumTable:
        """The table with the species of another one put in.

        scale : collisions of the other table in one of this; missing_only : keep what this table has.  Where the grids
        differ the table stays as it is; at another beam energy near by, hadrons keep their share of the beam momentum.
        """
        if not self.same_shares(other):
            return self
        taken = [pdg for pdg in other.species if not (missing_only and pdg in self.content)]
        content = self.content | {pdg: other.content[pdg] * scale for pdg in taken}
        counts = self.counts | {pdg: other.counts[pdg] for pdg in taken}
        return replace(self, content=content, counts=counts, joined_from=self.joined_from | dict.fromkeys(taken, other))

    def require(self, pdg: int) -> NDArray[np.float64]:
        """Content of one species; UserError that names the recorded ones if it is absent."""
        if pdg not in self.content:
            raise unknown(f"hadron in spectrum {self.name}", name_of(pdg), [name_of(k) for k in self.content])
        return self.content[pdg]

    def integral(
        self, pdg: int, *, theta_max: float = np.inf, p_min: float = 0.0, p_max: float = np.inf
    ) -> tuple[float, float]:
        """Hadrons per interaction below an angle (rad) and between momenta (GeV), and the statistical error.

        Cells that are cut are taken in proportion to their width in log10; the error is sqrt(n) of the counts, nan
        where the table has none (hadrons of one event are correlated at the few-per-cent level of this error).
        """
        fp = _overlap(self.p_edges, p_min, p_max)
        ft = _overlap(self.theta_edges, 0.0, theta_max)
        value = float(fp @ self.require(pdg) @ ft)
        if pdg not in self.counts:
            return value, float("nan")
        n = float(fp @ self.counts[pdg] @ ft)
        return value, float(value / np.sqrt(n)) if n > 0 else 0.0

    @classmethod
    def from_build(cls, built: dict[str, Any], source: Any) -> SpectrumTable:
        """Table from ``build.build_counts`` for one of ``build.BEAMS``."""
        account = dict(built["account"])
        n, hemispheres = account["n"], source.hemispheres
        counts = {pdg: built["counts"][i] for i, pdg in enumerate(built["species"]) if built["counts"][i].any()}
        metadata = {
            "generator": account["generator"],
            "generator_reports": account["generator_reports"],
            "beams": f"p {source.target}",
            "kind": source.kind,
            "energy_gev": source.energy,
            "seed": account["seed"],
            "block": account["block"],
            "n_collisions": n,
            "hemispheres": hemispheres,
            "sigma_inel_mb": account["sigma_inel_mb"],
            "statuses": "1 and 2 (final and decayed)",
            "outside_of_table": built["outside"],
            "energy_final_gev": built["energy_final_gev"],
            "energy_decayed_gev": built["energy_decayed_gev"],
            "energy_all_final_gev": built["energy_all_final_gev"],
        }
        metadata |= {key: account[key] for key in _SOMETIMES if key in account}
        metadata |= {"nucleus": list(source.nucleus)} if source.nucleus else {}
        return cls(
            name=account["generator"],
            source=source.name,
            p_edges=built["p_edges"],
            theta_edges=built["theta_edges"],
            content={pdg: c / (n * hemispheres) for pdg, c in counts.items()},
            counts=counts,
            sigma_inel_pb=account["sigma_inel_mb"] * 1e9,
            beam_momentum=source.momentum,
            metadata=metadata,
        )

    def write(self, path: Path) -> None:
        """Write the counts as Parquet; the same table gives the same bytes.

        raises UserError for a table without counts
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self.counts:
            raise UserError("a table without counts cannot be written", file=str(path))
        rows: dict[str, list[NDArray[Any]]] = {name: [] for name in _COLUMNS}
        for pdg, counts in self.counts.items():
            i, j = np.nonzero(counts)
            rows["pdg"].append(np.full(len(i), pdg, np.int32))
            rows["log10_p_low"].append(self.p_edges[i])
            rows["log10_p_high"].append(self.p_edges[i + 1])
            rows["log10_theta_low"].append(self.theta_edges[j])
            rows["log10_theta_high"].append(self.theta_edges[j + 1])
            rows["count"].append(counts[i, j].astype(np.uint32))
        account = self.metadata | {
            "format_version": FORMAT_VERSION,
            "name": self.name,
            "source": self.source,
            "beam_momentum_gev": self.beam_momentum,
            "log10_p_edges": self.p_edges.tolist(),
            "log10_theta_edges": self.theta_edges.tolist(),
        }
        table = pa.table({name: np.concatenate(parts) for name, parts in rows.items()})
        table = table.replace_schema_metadata({_KEY: json.dumps(account, sort_keys=True).encode()})
        pq.write_table(table, path, compression="zstd", compression_level=19)

    @classmethod
    def read(cls, path: Path) -> SpectrumTable:
        """Read a table written by ``write``; UserError if the file is missing or is none."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(path)
            account = json.loads((table.schema.metadata or {})[_KEY])
        except FileNotFoundError:
            raise UserError("no such spectrum file", file=str(path)) from None
        except (OSError, pa.ArrowException, KeyError, ValueError):
            raise UserError(
                "is not a spectrum table of lvgen (Parquet with the key lvgen.spectrum)", file=str(path)
            ) from None
        if account.get("format_version") != FORMAT_VERSION:
            raise UserError(
                f"has format {account.get('format_version')}, this lvgen reads {FORMAT_VERSION}", file=str(path)
            )
        try:
            return cls._from_account(table, account)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise UserError(f"is a spectrum table with a faulty account ({error})", file=str(path)) from None

    @classmethod
    def _from_account(cls, table: Any, account: dict[str, Any]) -> SpectrumTable:
        p_edges = np.array(account.pop("log10_p_edges"), dtype=float)
        theta_edges = np.array(account.pop("log10_theta_edges"), dtype=float)
        norm, sigma_mb = account["n_collisions"] * account["hemispheres"], float(account["sigma_inel_mb"])
        if not (norm > 0 and sigma_mb > 0):
            raise ValueError("n_collisions, hemispheres and sigma_inel_mb must be positive")
        counts = _dense(table, p_edges, theta_edges)
        return cls(
            name=account["name"],
            source=account["source"],
            p_edges=p_edges,
            theta_edges=theta_edges,
            content={pdg: c / norm for pdg, c in counts.items()},
            counts=counts,
            sigma_inel_pb=sigma_mb * 1e9,
            beam_momentum=account["beam_momentum_gev"],
            metadata=account,
        )


def _dense(table: Any, p_edges: NDArray[np.float64], t_edges: NDArray[np.float64]) -> dict[int, NDArray[np.int64]]:
    column = {name: table[name].to_numpy() for name in _COLUMNS}
    i = np.searchsorted(p_edges, column["log10_p_low"] + 1e-9) - 1
    j = np.searchsorted(t_edges, column["log10_theta_low"] + 1e-9) - 1
    species, first = np.unique(column["pdg"], return_index=True)
    counts: dict[int, NDArray[np.int64]] = {}
    for pdg in species[np.argsort(first)]:
        rows = column["pdg"] == pdg
        dense = np.zeros((len(p_edges) - 1, len(t_edges) - 1), np.int64)
        dense[i[rows], j[rows]] = column["count"][rows]
        counts[int(pdg)] = dense
    return counts


def _overlap(log_edges: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Fraction of each cell that lies between two values, in log10."""
    with np.errstate(divide="ignore"):
        a, b = np.log10(low), np.log10(high)
    width = np.diff(log_edges)
    inside = np.minimum(log_edges[1:], b) - np.maximum(log_edges[:-1], a)
    return np.clip(inside / width, 0.0, 1.0)


def no_hadrons(source: str, beam_momentum: float) -> SpectrumTable:
    """The table of a source without hadrons: no species, and 1 pb, so that yields are cross-sections."""
    return SpectrumTable("none", source, np.zeros(1), np.zeros(1), {}, {}, 1.0, beam_momentum)
