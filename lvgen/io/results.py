"""Files of a result directory that hold the signal map and the contour: writers, and readers that give them back."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.io.atomic import atomic_path, write_text
from lvgen.io.jsontext import dumps
from lvgen.io.labels import mass_label

if TYPE_CHECKING:
    from lvgen.sensitivity.contour import ContourRow
    from lvgen.sensitivity.map import SignalMap

RUN_FILE = "run.json"
SIGNAL_MAP_FILE = "signal_map.parquet"
SIGNAL_MAP_ROOT_FILE = "signal_map.root"
CONTOUR_FILE = "contour.csv"

#: name of the sum over processes
TOTAL = "total"
#: columns of contour.csv with their types, in order
CONTOUR_COLUMNS: dict[str, type] = {
    "mass": float,
    "coupling_lower": float,
    "coupling_lower_error": float,
    "coupling_upper": float,
    "coupling_upper_error": float,
    "n_required": float,
    "confidence": float,
    "edge_lower": str,
    "edge_upper": str,
    "limited_by_lower": str,
    "limited_by_upper": str,
}
#: columns after these, where the errors of the widths were asked for
WIDTH_COLUMNS: tuple[str, ...] = (
    "coupling_lower_width_low",
    "coupling_lower_width_high",
    "coupling_upper_width_low",
    "coupling_upper_width_high",
)
#: columns after these, where there are variations
BAND_COLUMNS: tuple[str, ...] = (
    "coupling_lower_band_low",
    "coupling_lower_band_high",
    "coupling_upper_band_low",
    "coupling_upper_band_high",
)
#: columns after these, where the method gives expected limits
EXPECTED_COLUMNS: tuple[str, ...] = tuple(
    f"coupling_{side}_{name}"
    for side in ("lower", "upper")
    for name in ("expected_m2", "expected_m1", "expected", "expected_p1", "expected_p2")
)
#: columns after these: the band of other spectra and that of other forms alone, and the errors from the source's table
SPECTRA_COLUMNS, FORMS_COLUMNS = (
    tuple(f"coupling_{side}_{group}_{end}" for side in ("lower", "upper") for end in ("low", "high"))
    for group in ("spectra", "forms")
)
TABLE_COLUMNS: tuple[str, ...] = ("coupling_lower_table_error", "coupling_upper_table_error")
_FURTHER = (WIDTH_COLUMNS, BAND_COLUMNS, SPECTRA_COLUMNS, FORMS_COLUMNS, TABLE_COLUMNS, EXPECTED_COLUMNS)
_MAP_TEXTS = ("mass_scale", "coupling_scale", "coupling_name", "coupling_label", "model", "detector", "exposure_text")
_METADATA_KEY = b"metadata"
#: half-width, as a factor or in relative terms, of the one bin of an axis with a single point
_LONE_BIN = 0.05


def write_signal_map(signal_map: SignalMap | Iterable[SignalMap], path: str | os.PathLike[str]) -> None:
    """Write the map as Parquet, one row per (mass, coupling, process), "total" last; equal maps give equal bytes.

    signal_map : one map, or several over neighbouring masses, each of which becomes a row group
    """
    import pyarrow.parquet as pq

    pieces = iter(signal_map) if isinstance(signal_map, Iterable) else iter((signal_map,))
    table = _map_table(next(pieces))
    with (
        atomic_path(path) as temporary,
        pq.ParquetWriter(temporary, table.schema, compression="zstd", write_page_checksum=True) as writer,
    ):
        writer.write_table(table)
        for piece in pieces:
            writer.write_table(_map_table(piece))


def write_signal_map_root(signal_map: SignalMap, path: str | os.PathLike[str]) -> None:
    """Write the total as two TH2D, ``n_signal`` (with its errors) and ``n_signal_error``; bins surround grid points."""
    import hist
    import uproot

    total = hist.Hist(*_grid_axes(signal_map), storage=hist.storage.Weight())
    view = total.view()
    view.value, view.variance = signal_map.total, signal_map.error[TOTAL] ** 2
    error = hist.Hist(*total.axes, data=np.sqrt(total.variances()), storage=hist.storage.Double())
    total.name, error.name = "n_signal", "n_signal_error"
    with atomic_path(path) as temporary, uproot.recreate(temporary) as file:
        file["n_signal"], file["n_signal_error"] = total, error


def signal_map_hist(signal_map: SignalMap) -> Any:
    """The map as ``hist.Hist`` with axes process ("total" is the last category), mass (GeV) and coupling.

    Storage is Weight with the squared error as variance.  Bin edges lie half-way between grid points (geometrically on
    a log scale); the points themselves are ``axis.metadata["points"]``.  Summing over the process axis counts twice.
    """
    import hist

    names = [*signal_map.processes, TOTAL]
    histogram = hist.Hist(
        hist.axis.StrCategory(names, name="process", label="Process"),
        *_grid_axes(signal_map),
        storage=hist.storage.Weight(),
    )
    view = histogram.view()
    view.value = np.stack([signal_map.n_signal[name] for name in names])
    view.variance = np.stack([signal_map.error[name] for name in names]) ** 2
    return histogram


def bin_edges(points: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    """(n + 1,) edges half-way between (n,) increasing points, geometrically for scale "log"; outer bins symmetric.

    >>> bin_edges(np.array([1.0, 100.0]), "log").round(6).tolist()
    [0.1, 10.0, 1000.0]
    """
    points = np.asarray(points, dtype=np.float64)
    log = scale == "log"
    if len(points) == 1:
        spread = np.array([1 - _LONE_BIN, 1 + _LONE_BIN])
        return np.asarray(points * (np.array([1 / spread[1], spread[1]]) if log else spread))
    values = np.log(points) if log else points
    inner = 0.5 * (values[1:] + values[:-1])
    edges = np.concatenate([[2 * values[0] - inner[0]], inner, [2 * values[-1] - inner[-1]]])
    return np.exp(edges) if log else edges


def write_contour(rows: Iterable[ContourRow], path: str | os.PathLike[str]) -> None:
    """Write the contour as CSV; numbers to full precision, empty where nothing is excluded.

    The columns of the widths' errors, of the band and of expected limits are there if a row has them.
    """
    rows = list(rows)
    columns = dict(CONTOUR_COLUMNS)
    for further in _FURTHER:
        if any(not math.isnan(getattr(row, name)) for row in rows for name in further):
            columns |= dict.fromkeys(further, float)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(_csv_field(getattr(row, name), kind) for name, kind in columns.items())
    write_text(path, text.getvalue())


def read_contour(path: str | os.PathLike[str]) -> list[ContourRow]:
    """Rows of ``contour.csv``; ``path`` is the file or its directory; raises UserError where that is impossible."""
    from lvgen.sensitivity.contour import ContourRow

    return [ContourRow(**fields) for fields in read_contour_fields(path)]


def read_contour_fields(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Rows of ``contour.csv`` as dicts with nan for empty numbers; unknown columns are passed over."""
    file = _file(path, CONTOUR_FILE)
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, strict=True))
        further = [name for names in _FURTHER for name in names if rows and name in rows[0]]
        columns = CONTOUR_COLUMNS | dict.fromkeys(further, float)
        return [{name: _csv_value(row[name], kind) for name, kind in columns.items()} for row in rows]
    except OSError as error:
        raise _unreadable(file, error) from error
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise UserError("is not a contour that lvgen wrote", file=str(file)) from error


def read_signal_map(path: str | os.PathLike[str]) -> SignalMap:
    """The map of ``signal_map.parquet``; ``path`` is the file or its directory; raises UserError."""
    from lvgen.sensitivity.map import SignalMap

    return SignalMap(**read_signal_map_fields(path))


def read_signal_map_fields(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The fields of a signal map from ``signal_map.parquet``, as ``SignalMap`` takes them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = _file(path, SIGNAL_MAP_FILE)
    try:
        table = pq.read_table(file, page_checksum_verification=True)
        return _map_fields(table, json.loads(table.schema.metadata[_METADATA_KEY]))
    except OSError as error:
        raise _unreadable(file, error) from error
    except (pa.ArrowException, KeyError, ValueError, TypeError) as error:
        raise UserError("is not a signal map that lvgen wrote", file=str(file)) from error


def _map_table(signal_map: SignalMap) -> Any:
    import pyarrow as pa

    names = [*signal_map.processes, TOTAL]
    shape = (len(signal_map.mass), len(signal_map.coupling), len(names))

    def by_process(values: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        return np.stack([values[name] for name in names], axis=-1).astype(np.float64).ravel()

    def everywhere(values: NDArray[Any]) -> NDArray[Any]:
        return np.broadcast_to(values, shape).ravel()

    columns: dict[str, Any] = {
        "mass": everywhere(signal_map.mass[:, None, None]),
        "coupling": everywhere(signal_map.coupling[None, :, None]),
        "process": pa.array(names * (shape[0] * shape[1]), type=pa.string()),
        "n_signal": by_process(signal_map.n_signal),
        "n_signal_error": by_process(signal_map.error),
        "n_signal_error_spectrum": by_process(signal_map.error_spectrum),
        "ctau_m": everywhere(signal_map.ctau[:, :, None]),
        "precision_met": everywhere(signal_map.precision_met[:, :, None]),
    }
    if signal_map.error_width is not None:
        columns["n_signal_error_width"] = by_process(signal_map.error_width)
    if signal_map.low is not None and signal_map.high is not None:
        columns |= {"n_signal_low": by_process(signal_map.low), "n_signal_high": by_process(signal_map.high)}
    if signal_map.required is not None:
        columns["n_required"] = everywhere(signal_map.required[:, :, None])
    texts = {name: getattr(signal_map, name) for name in _MAP_TEXTS}
    metadata = {
        _METADATA_KEY: dumps(
            {**texts, "method": signal_map.method, "gaps": _written(signal_map.gaps), "processes": signal_map.processes}
        ).encode()
    }
    return pa.table(columns).replace_schema_metadata(metadata)


def _written(gaps: Sequence[tuple[float, float]]) -> list[list[float | None]]:
    """Ranges for JSON, which has no infinity."""
    return [[end if math.isfinite(end) else None for end in gap] for gap in gaps]


def _map_fields(table: Any, metadata: dict[str, Any]) -> dict[str, Any]:
    processes = tuple(metadata["processes"])
    names = [*processes, TOTAL]
    columns = {name: table[name].to_numpy() for name in table.column_names if name != "process"}
    mass, coupling = np.unique(columns["mass"]), np.unique(columns["coupling"])
    shape = (len(mass), len(coupling), len(names))
    if table["process"].to_pylist() != names * (shape[0] * shape[1]):
        raise ValueError("rows are missing or in another order")

    def by_process(column: str) -> dict[str, NDArray[np.float64]]:
        values = columns[column].reshape(shape)
        return {name: values[:, :, i].copy() for i, name in enumerate(names)}

    return {
        "mass": mass,
        "coupling": coupling,
        "processes": processes,
        "n_signal": by_process("n_signal"),
        "error": by_process("n_signal_error"),
        "error_spectrum": by_process("n_signal_error_spectrum"),
        "ctau": columns["ctau_m"].reshape(shape)[:, :, 0].copy(),
        "precision_met": columns["precision_met"].reshape(shape)[:, :, 0].copy(),
        "error_width": by_process("n_signal_error_width") if "n_signal_error_width" in columns else None,
        "low": by_process("n_signal_low") if "n_signal_low" in columns else None,
        "high": by_process("n_signal_high") if "n_signal_high" in columns else None,
        "required": columns["n_required"].reshape(shape)[:, :, 0].copy() if "n_required" in columns else None,
        **{name: metadata[name] for name in _MAP_TEXTS},
        "method": metadata.get("method", ""),
        "gaps": tuple((low, math.inf if high is None else high) for low, high in metadata.get("gaps", ())),
    }


def _grid_axes(signal_map: SignalMap) -> tuple[Any, Any]:
    mass = _axis(signal_map.mass, signal_map.mass_scale, "mass", mass_label(signal_map.model))
    return mass, _axis(signal_map.coupling, signal_map.coupling_scale, "coupling", signal_map.coupling_label)


def _axis(points: NDArray[np.float64], scale: str, name: str, label: str) -> Any:
    import hist

    metadata: dict[str, Sequence[float]] = {"points": [float(point) for point in points]}
    return hist.axis.Variable(bin_edges(points, scale), name=name, label=label, metadata=metadata)


def _csv_field(value: Any, kind: type) -> str:
    if kind is str:
        return str(value)
    return repr(float(value)) if not math.isnan(value) else ""


def _csv_value(text: str, kind: type) -> Any:
    if kind is str:
        return str(text)
    return float(text) if text else math.nan


def _file(path: str | os.PathLike[str], name: str) -> Path:
    given = Path(path)
    if given.is_dir():
        if not (given / name).is_file():
            raise UserError(f"holds no {name}; it is no result directory of a sensitivity run", file=str(path))
        return given / name
    if not given.is_file():
        raise UserError("there is no such file or directory", file=str(path))
    return given


def _unreadable(file: Path, error: OSError) -> UserError:
    cause = os.strerror(error.errno) if error.errno else " ".join(str(error).split())
    return UserError(f"cannot be read: {cause}", file=str(file))
