"""Where the expected signal excludes: intervals of the coupling at each mass, with errors and what limits them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.sensitivity.map import SignalMap

Floats = NDArray[np.float64]
_NAN = float("nan")
#: names of expectations at -2 to 2 standard deviations, in columns
EXPECTED = ("expected_m2", "expected_m1", "expected", "expected_p1", "expected_p2")


@dataclass(frozen=True)
class ContourRow:
    """One excluded interval at one mass (GeV); couplings are nan where nothing is excluded.

    edge_lower, edge_upper : "closed", or "grid" where the coupling axis cuts the interval
    limited_by_lower, limited_by_upper : "production" (few bosons), "long lifetime" (few bosons, and they decay beyond
        the volume), "short lifetime" (they decay before the volume), "coupling axis"
    coupling_lower_width_low, ... : one standard deviation below and above an edge, from the errors of the boson's
        widths; nan where they were not asked for, or where no replica of the widths has the interval
    coupling_lower_band_low, ... : lowest and highest place of an edge among the central one and the variations; nan
        where there are none
    coupling_lower_spectra_low, coupling_lower_forms_low, ... : the same of other spectra and of other forms alone
    coupling_lower_table_error, coupling_upper_table_error : from the statistics of the source's table; nan without
    coupling_lower_expected_m2, ... : where an edge is expected at -2, -1, 0, 1, 2 standard deviations of the
        background's fluctuation (with more background, higher lower edges and lower upper ones); nan where the method
        gives none or nothing is expected to be excluded
    """

    mass: float
    coupling_lower: float
    coupling_lower_error: float
    coupling_upper: float
    coupling_upper_error: float
    n_required: float
    confidence: float
    edge_lower: str
    edge_upper: str
    limited_by_lower: str
    limited_by_upper: str
    coupling_lower_width_low: float = _NAN
    coupling_lower_width_high: float = _NAN
    coupling_upper_width_low: float = _NAN
    coupling_upper_width_high: float = _NAN
    coupling_lower_band_low: float = _NAN
    coupling_lower_band_high: float = _NAN
    coupling_upper_band_low: float = _NAN
    coupling_upper_band_high: float = _NAN
    coupling_lower_spectra_low: float = _NAN
    coupling_lower_spectra_high: float = _NAN
    coupling_upper_spectra_low: float = _NAN
    coupling_upper_spectra_high: float = _NAN
    coupling_lower_forms_low: float = _NAN
    coupling_lower_forms_high: float = _NAN
    coupling_upper_forms_low: float = _NAN
    coupling_upper_forms_high: float = _NAN
    coupling_lower_table_error: float = _NAN
    coupling_upper_table_error: float = _NAN
    coupling_lower_expected_m2: float = _NAN
    coupling_lower_expected_m1: float = _NAN
    coupling_lower_expected: float = _NAN
    coupling_lower_expected_p1: float = _NAN
    coupling_lower_expected_p2: float = _NAN
    coupling_upper_expected_m2: float = _NAN
    coupling_upper_expected_m1: float = _NAN
    coupling_upper_expected: float = _NAN
    coupling_upper_expected_p1: float = _NAN
    coupling_upper_expected_p2: float = _NAN

    @property
    def excludes(self) -> bool:
        """Whether anything is excluded."""
        return not math.isnan(self.coupling_lower)


def find_contour(signal: SignalMap, n_required: float | Floats, confidence: float) -> list[ContourRow]:
    """Excluded intervals, ordered by mass and then coupling; one row without couplings where there is none.

    Edges come from interpolation of ln(N / N required) in ln(coupling); their errors from the map's Monte Carlo errors
    divided by the slope.

    n_required : one number, or one for each point (M, G), inf where nothing excludes
    """
    rows: list[ContourRow] = []
    needed = np.broadcast_to(np.asarray(n_required, dtype=float), signal.total.shape)
    for i, mass in enumerate(signal.mass):
        weight = 1.0 / needed[i]
        n, error, ctau = signal.total[i] * weight, signal.error["total"][i] * weight, signal.ctau[i]
        found = _intervals(n >= 1.0)
        for first, last in found:
            low = _edge(signal.coupling, n, error, ctau, first - 1, first)
            high = _edge(signal.coupling, n, error, ctau, last + 1, last)
            row = ContourRow(
                float(mass), low.coupling, low.error, high.coupling, high.error,
                _at_edge(needed[i], first, low), confidence, low.kind, high.kind, low.limit, high.limit,
                *_width_bands(signal, i, (first, last), (low, high), weight),
            )  # fmt: skip
            further: dict[str, Any] = variation_band(signal, i, (first, last), (low.coupling, high.coupling), weight)
            further |= _table_errors(signal, i, (first, last), weight) | _expected(signal, i, (first, last))
            rows.append(replace(row, **further))
        if not found:
            least = float(needed[i].min())
            best = float(needed[i, int(np.argmax(n))]) if n.any() else least
            shown = best if math.isfinite(best) else _NAN
            rows.append(ContourRow(float(mass), _NAN, _NAN, _NAN, _NAN, shown, confidence, "", "", "", ""))
    return rows


def _at_edge(needed: Floats, first: int, edge: _Edge) -> float:
    """Events required at the lower edge of an interval."""
    if edge.kind != "closed" or not math.isfinite(needed[first - 1]):
        return float(needed[first])
    return float(needed[first - 1] ** (1.0 - edge.share) * needed[first] ** edge.share)


@dataclass(frozen=True)
class _Edge:
    coupling: float
    error: float
    kind: str
    limit: str
    share: float = 1.0


def _intervals(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of every run of True."""
    padded = np.concatenate(([False], inside, [False]))
    change = np.flatnonzero(padded[1:] != padded[:-1])
    return [(int(a), int(b) - 1) for a, b in zip(change[::2], change[1::2], strict=True)]


def _edge(coupling: Floats, n: Floats, error: Floats, ctau: Floats, outside: int, inside: int) -> _Edge:
    """The crossing of n = 1 between a grid point outside and its neighbour inside; n : signal over what excludes."""
    if outside < 0 or outside >= len(coupling):
        return _Edge(float(coupling[inside]), 0.0, "grid", "coupling axis")
    ln_g = np.log(coupling[[outside, inside]])
    # a point without signal has no logarithm; the edge then lies next to it
    ln_n = np.log(np.maximum(n[[outside, inside]], 1e-300))
    share = float(-ln_n[0] / (ln_n[1] - ln_n[0]))
    at = math.exp(float(ln_g[0] + share * (ln_g[1] - ln_g[0])))
    slope = float((ln_n[1] - ln_n[0]) / (ln_g[1] - ln_g[0]))
    relative = np.divide(error, n, out=np.zeros_like(n), where=n > 0)[[outside, inside]]
    spread = float((1.0 - share) * relative[0] + share * relative[1])
    limit = _limit(ctau[[outside, inside]], ln_g, slope)
    return _Edge(at, at * spread / abs(slope), "closed", limit, share)


def _limit(ctau: Floats, ln_g: Floats, slope: float) -> str:
    """What an edge owes itself to, from how fast the signal changes against production, which goes with coupling^2."""
    if slope < 0.0:
        return "short lifetime"
    ln_ctau = np.log(np.maximum(ctau, 1e-300))
    lifetime_follows = abs(float((ln_ctau[1] - ln_ctau[0]) / (ln_g[1] - ln_g[0]))) > 0.1
    return "long lifetime" if lifetime_follows and slope > 2.5 else "production"


def _width_bands(
    signal: SignalMap, i: int, interval: tuple[int, int], edges: tuple[_Edge, _Edge], weight: Floats
) -> tuple[float, float, float, float]:
    """Low and high end of the band of the lower and of the upper edge: the spread of ln(edge) over width replicas.

    Of each replica the interval counts that shares most couplings with the central one.
    """
    if signal.width_replicas is None:
        return _NAN, _NAN, _NAN, _NAN
    zero, ctau = np.zeros(len(signal.coupling)), signal.ctau[i]
    found: tuple[list[float], list[float]] = ([], [])
    for n in signal.width_replicas[:, i] * weight:
        first, last = max(_intervals(n >= 1.0), key=lambda other: _overlap(other, interval), default=(0, -1))
        if _overlap((first, last), interval) <= 0:
            continue
        for logs, outside, inside in zip(found, (first - 1, last + 1), (first, last), strict=True):
            logs.append(math.log(_edge(signal.coupling, n, zero, ctau, outside, inside).coupling))
    ends: list[float] = []
    for edge, logs in zip(edges, found, strict=True):
        spread = math.sqrt(np.mean((np.array(logs) - math.log(edge.coupling)) ** 2)) if logs else _NAN
        spread = 0.0 if edge.kind == "grid" else spread
        ends += [edge.coupling * math.exp(-spread), edge.coupling * math.exp(spread)]
    return ends[0], ends[1], ends[2], ends[3]


def variation_band(
    signal: SignalMap, i: int, interval: tuple[int, int], edges: tuple[float, float], weight: Floats
) -> dict[str, float]:
    """The band columns of one interval at mass i: where its edges lie in any variation, the central one included; for
    all together, for other spectra and for other forms.

    Of a variation the interval counts that shares most couplings with the central one; one that is gone closes at the
    coupling of the variation's largest signal between the central edges.
    """
    found = {name: _varied_edges(signal, i, interval, varied[i] * weight) for name, varied in signal.varied.items()}
    groups = {
        "band": found,
        "spectra": {name: pair for name, pair in found.items() if name in signal.other_spectra},
        "forms": {name: pair for name, pair in found.items() if name not in signal.other_spectra},
    }
    columns = {}
    for group, pairs in groups.items():
        for k, side in enumerate(("lower", "upper")) if pairs else ():
            ends = [edges[k], *(pair[k] for pair in pairs.values())]
            columns[f"coupling_{side}_{group}_low"] = min(ends)
            columns[f"coupling_{side}_{group}_high"] = max(ends)
    return columns


def _varied_edges(signal: SignalMap, i: int, interval: tuple[int, int], n: Floats) -> tuple[float, float]:
    """Lower and upper edge in one variation; n (G,) : its signal over what excludes."""
    zero, ctau = np.zeros(len(signal.coupling)), signal.ctau[i]
    first, last = interval
    here = max(_intervals(n >= 1.0), key=lambda other: _overlap(other, interval), default=(0, -1))
    if _overlap(here, interval) <= 0:
        tip = float(signal.coupling[first + int(np.argmax(n[first : last + 1]))])
        return tip, tip
    low = _edge(signal.coupling, n, zero, ctau, here[0] - 1, here[0])
    return low.coupling, _edge(signal.coupling, n, zero, ctau, here[1] + 1, here[1]).coupling


def _table_errors(signal: SignalMap, i: int, interval: tuple[int, int], weight: Floats) -> dict[str, float]:
    """Errors of the edges from the statistics of the source's table."""
    if "total" not in signal.error_spectrum:
        return {}
    error, ctau = signal.error_spectrum["total"][i] * weight, signal.ctau[i]
    if not np.isfinite(error).all():
        return {}
    n = signal.total[i] * weight
    sides = (("lower", interval[0] - 1, interval[0]), ("upper", interval[1] + 1, interval[1]))
    return {
        f"coupling_{side}_table_error": _edge(signal.coupling, n, error, ctau, outside, inside).error
        for side, outside, inside in sides
    }


def _expected(signal: SignalMap, i: int, interval: tuple[int, int]) -> dict[str, float]:
    """The columns of what is expected for one interval: of each expectation the interval that shares most with it."""
    if signal.expected is None:
        return {}
    zero, ctau, found = np.zeros(len(signal.coupling)), signal.ctau[i], {}
    for name, needed in zip(EXPECTED, signal.expected[:, i], strict=True):
        n = signal.total[i] / needed
        here = max(_intervals(n >= 1.0), key=lambda other: _overlap(other, interval), default=(0, -1))
        if _overlap(here, interval) <= 0:
            continue
        found[f"coupling_lower_{name}"] = _edge(signal.coupling, n, zero, ctau, here[0] - 1, here[0]).coupling
        found[f"coupling_upper_{name}"] = _edge(signal.coupling, n, zero, ctau, here[1] + 1, here[1]).coupling
    return found


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> int:
    """How many grid points two intervals share."""
    return min(a[1], b[1]) - max(a[0], b[0]) + 1
