"""Expected signal over (mass, coupling) with its errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: fields of a map that do not depend on mass
_COMMON = frozenset(
    {"coupling", "processes", "mass_scale", "coupling_scale", "coupling_name", "coupling_label", "model", "detector",
     "exposure_text", "method", "other_spectra", "gaps"}
)  # fmt: skip


@dataclass(frozen=True)
class SignalMap:
    """Expected events on the grid of a run.

    mass, coupling : (M,) GeV and (G,), increasing
    processes : production processes, "total" not among them
    n_signal, error, error_spectrum : for every process and "total", (M, G); Monte Carlo error, and the error from the
        statistics of the source's table (nan where it has none)
    ctau : (M, G) m; precision_met : (M, G) whether the Monte Carlo error of the total meets the card's precision
    labels : texts for figures and files
    error_width : as ``error``, from the errors of the boson's widths; None where they were not asked for
    width_replicas : (K, M, G) the total in each replica of the widths, while a run lasts: not kept in files
    low, high : lowest and highest of ``n_signal`` and its variations (other spectra, other forms of a process); None
        where there are none
    varied : the total (M, G) in each variation, while a run lasts: not kept in files
    other_spectra : which of the variations are other spectra; the rest are other forms of a process
    required : (M, G) signal events that exclude (inf: nothing does there); None in maps of older versions
    expected : (5, M, G) those expected at -2 to 2 standard deviations of the background, while a run lasts; None where
        the method gives none
    method : statistical method in words; gaps : ranges of mass (GeV) without any limit
    """

    mass: Floats
    coupling: Floats
    processes: tuple[str, ...]
    n_signal: dict[str, Floats]
    error: dict[str, Floats]
    error_spectrum: dict[str, Floats]
    ctau: Floats
    precision_met: NDArray[np.bool_]
    mass_scale: str
    coupling_scale: str
    coupling_name: str
    coupling_label: str
    model: str
    detector: str
    exposure_text: str
    error_width: dict[str, Floats] | None = None
    width_replicas: Floats | None = None
    low: dict[str, Floats] | None = None
    high: dict[str, Floats] | None = None
    varied: dict[str, Floats] = field(default_factory=dict)
    other_spectra: tuple[str, ...] = ()
    required: Floats | None = None
    expected: Floats | None = None
    method: str = ""
    gaps: tuple[tuple[float, float], ...] = ()

    @property
    def total(self) -> Floats:
        """Expected events of all processes, (M, G)."""
        return self.n_signal["total"]


def precision_met(n: Floats, error: Floats, spectrum: Floats, precision: float) -> NDArray[np.bool_]:
    """Where the relative Monte Carlo error is within ``precision``, or beyond the maximum within the table's own error.

    n, error, spectrum : (g,) along one coupling axis.  A point without any signal has nothing to meet.
    """
    beyond = np.arange(len(n)) > int(np.argmax(n))
    allowed = precision * n
    allowed[beyond] = np.fmax(allowed, spectrum)[beyond]
    met: NDArray[np.bool_] = (n == 0.0) | (error <= allowed)
    return met


def joined(maps: Sequence[SignalMap]) -> SignalMap:
    """One map of several over neighbouring masses."""
    if len(maps) == 1:
        return maps[0]

    def along_mass(name: str) -> Any:
        values = [getattr(part, name) for part in maps]
        if all(value is None for value in values):
            return None
        if name == "expected":  # the method gives nothing at any mass of some parts
            lines = next(len(value) for value in values if value is not None)
            values = [
                np.full((lines, *part.total.shape), np.inf) if value is None else value
                for part, value in zip(maps, values, strict=True)
            ]
        if isinstance(values[0], dict):
            return {key: np.concatenate([value[key] for value in values]) for key in values[0]}
        return np.concatenate(values, axis=1 if name in ("width_replicas", "expected") else 0)

    names = [f.name for f in fields(SignalMap) if f.name not in _COMMON]
    return replace(maps[0], **{name: along_mass(name) for name in names})
