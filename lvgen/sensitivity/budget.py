"""What limits each edge of a contour: how far every known cause moves it, in relative terms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lvgen.sensitivity.contour import ContourRow

#: cause -> how it is called
CAUSES: dict[str, str] = {
    "monte_carlo": "Monte Carlo",
    "table": "statistics of the hadron table",
    "spectra": "other spectra",
    "forms": "other forms",
    "widths": "widths of the boson",
    "background": "fluctuation of the background",
}
_BANDS = {
    "spectra": ("spectra_low", "spectra_high"),
    "forms": ("forms_low", "forms_high"),
    "widths": ("width_low", "width_high"),
    "background": ("expected_m1", "expected_p1"),
}
_ERRORS = {"monte_carlo": "error", "table": "table_error"}


@dataclass(frozen=True)
class EdgeBudget:
    """One edge: mass (GeV), "lower" or "upper", its coupling, and for each cause that is known the relative shift.

    Bands count half of their width in ln(coupling): what is one standard deviation for widths and background is half
    of the whole range for other spectra and forms.
    """

    mass: float
    edge: str
    coupling: float
    shifts: dict[str, float]

    @property
    def largest(self) -> str:
        """The cause that moves it most; empty where none is known."""
        return max(self.shifts, key=lambda cause: self.shifts[cause], default="")


def budget(contour: Iterable[ContourRow]) -> list[EdgeBudget]:
    """Every closed edge of a contour, by mass, coupling and side; edges that the coupling axis cuts are left out."""
    return [
        _edge(row, side)
        for row in contour
        if row.excludes
        for side in ("lower", "upper")
        if getattr(row, f"edge_{side}") == "closed"
    ]


def _edge(row: ContourRow, side: str) -> EdgeBudget:
    coupling = float(getattr(row, f"coupling_{side}"))
    shifts = {}
    for cause in CAUSES:
        if cause in _ERRORS:
            value = float(getattr(row, f"coupling_{side}_{_ERRORS[cause]}")) / coupling
        else:
            low, high = (float(getattr(row, f"coupling_{side}_{end}")) for end in _BANDS[cause])
            value = 0.5 * abs(math.log(high / low))
        if math.isfinite(value):
            shifts[cause] = value
    return EdgeBudget(row.mass, side, coupling, shifts)


def causes_of(edges: Sequence[EdgeBudget]) -> list[str]:
    """The causes that are known at an edge at least."""
    return [cause for cause in CAUSES if any(cause in edge.shifts for edge in edges)]
