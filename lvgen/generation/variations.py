"""What other hadron spectra and other forms of a process make of one sample: points are reweighted, never drawn anew.

A variation changes one thing for the whole run and leaves the rest at its central value.  Another spectrum gives each
point the ratio of densities at the hadron behind it; a process's own variations are its ``variation_factors``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lvgen.generation.split import AnySample
from lvgen.kernels.spectrum_lookup import look_up
from lvgen.production import Draws, ProductionChannel
from lvgen.spectra.density import HadronDensity, flatten_core, hadron_density
from lvgen.spectra.table import SpectrumTable

Floats = NDArray[np.float64]

#: share of another spectrum's hadrons that is drawn where the central one has none: enough that its tail is found,
#: too little to cost the central one precision
_FILL = 0.2


class SpectrumBand:
    """The spectra of a run, the central one first, and the table from which points are drawn.

    names : of the others; drawing : the central table, with a share of the others where it is empty
    per_collision : whether each table counts for its own inelastic cross-section (a collider's luminosity) or for one
    interaction (protons on a target)
    """

    def __init__(self, spectra: Sequence[SpectrumTable], *, per_collision: bool) -> None:
        self._tables = list(spectra)
        self.names = tuple(table.name for table in spectra[1:])
        first = spectra[0].sigma_inel_pb if spectra else 1.0
        self._scale = [table.sigma_inel_pb / first if per_collision else 1.0 for table in spectra]

    @functools.cached_property
    def drawing(self) -> SpectrumTable:
        """What points are drawn from; the central table itself where it is the only one."""
        return self._tables[0] if not self.names else filled(self._tables, self._scale)

    def factors(self, channel: ProductionChannel, draws: Draws) -> Floats:
        """Factor (n, 1 + others) that makes of each point one of each spectrum; 1 where no hadron is behind it."""
        out = np.ones((len(draws), max(1, len(self._tables))))
        rows = np.flatnonzero(draws.cell >= 0)
        pdg, hadrons = channel.table_hadrons(draws)
        if not self.names or not len(rows) or pdg not in self.drawing.content:
            return out
        log_p, log_t = _place(hadrons[rows])
        drawn = _density(hadron_density(self.drawing, pdg), log_p, log_t)
        for k, (table, scale) in enumerate(zip(self._tables, self._scale, strict=True)):
            there = np.zeros(len(rows))
            if pdg in table.content:
                there = _density(hadron_density(table, pdg), log_p, log_t)
            out[rows, k] = scale * np.divide(there, drawn, out=np.zeros(len(rows)), where=drawn > 0.0)
        return out

    def unreached(self) -> dict[str, dict[int, float]]:
        """For each other spectrum the share of its hadrons of each species that no point can reach.

        They lie where the drawing table is empty, which happens for tables on another grid only; species of which
        nothing is lost are left out.
        """
        return {table.name: _lost(self.drawing, table) for table in self._tables[1:]}


NO_BAND = SpectrumBand([], per_collision=False)


def filled(tables: Sequence[SpectrumTable], scales: Sequence[float]) -> SpectrumTable:
    """The first table with ``_FILL`` of the others' hadrons in the cells in which it has none.

    scales : of each table's hadrons to those of the first.  Tables on another grid fill nothing.
    """
    central = tables[0]
    content, counts = {}, dict(central.counts)
    grid = central.p_edges, central.theta_edges
    fitting = [
        (table, scale / scales[0])
        for table, scale in zip(tables[1:], scales[1:], strict=True)
        if central.same_grid(table)
    ]
    for pdg in dict.fromkeys(pdg for table in (central, *(t for t, _ in fitting)) for pdg in table.species):
        zero = np.zeros((len(grid[0]) - 1, len(grid[1]) - 1))
        cells = flatten_core(central.content[pdg], *grid) if pdg in central.content else zero
        empty = cells == 0.0
        for table, scale in fitting:
            if pdg in table.content:
                cells = cells + np.where(empty, _FILL * scale * flatten_core(table.content[pdg], *grid), 0.0)
        content[pdg] = cells
        if central.counts:
            counts.setdefault(pdg, np.zeros(zero.shape, np.int64))
    return replace(central, content=content, counts=counts)


def _lost(drawing: SpectrumTable, other: SpectrumTable) -> dict[int, float]:
    lost: dict[int, float] = {}
    if drawing.same_grid(other):
        return lost
    for pdg in other.species:
        if pdg not in drawing.content:
            lost[pdg] = 1.0
            continue
        p = 0.5 * (other.p_edges[1:] + other.p_edges[:-1])
        t = 0.5 * (other.theta_edges[1:] + other.theta_edges[:-1])
        log_p, log_t = (np.ascontiguousarray(grid.ravel()) for grid in np.meshgrid(p, t, indexing="ij"))
        empty = _density(hadron_density(drawing, pdg), log_p, log_t) == 0.0
        content = other.content[pdg].ravel()
        share = float(content[empty].sum() / max(content.sum(), 1e-300))
        if share > 0.0:
            lost[pdg] = share
    return lost


def _place(hadrons: Floats) -> tuple[Floats, Floats]:
    """log10 of momentum (GeV) and of the polar angle; hadrons (n, 4)."""
    across = np.hypot(hadrons[:, 1], hadrons[:, 2])
    with np.errstate(divide="ignore"):
        return np.log10(np.hypot(across, hadrons[:, 3])), np.log10(np.arctan2(across, hadrons[:, 3]))


def _density(hadrons: HadronDensity, log_p: Floats, log_t: Floats) -> Floats:
    out = np.empty(len(log_p))
    look_up(hadrons.density, hadrons.table, log_p, log_t, out)
    return out


class VariedSample:
    """A channel's sample in lifetime under every variation that concerns it.

    new : makes an empty sample in lifetime without replicas
    """

    def __init__(self, channel: ProductionChannel, band: SpectrumBand, new: Callable[[], AnySample]) -> None:
        self._channel, self._band = channel, band
        self.names = (*band.names, *channel.variation_names)
        # a sample each: the replicas of one sample are good for small deviations only
        self._samples = [new() for _ in self.names]

    def add(self, x: Floats, a: Floats, draws: Draws, mode: NDArray[np.intp]) -> Floats:
        """Add points: proper path x (m), weight a as drawn, the draws behind them, and their decay modes.

        returns (n,) weights in the central spectrum and form
        """
        if not self.names:
            return a
        spectra = self._band.factors(self._channel, draws)
        forms = self._channel.variation_factors(draws) * spectra[:, :1]
        for sample, factor in zip(self._samples, np.hstack([spectra[:, 1:], forms]).T, strict=True):
            sample.add(x, a * factor, draws.cell, np.zeros((0, 0)), mode)
        central: Floats = a * spectra[:, 0]
        return central

    def curves(self, ctaus: Floats) -> dict[str, Floats]:
        """Name of the variation -> mean (g,) at lifetimes (g,), m."""
        return {name: sample.curve(ctaus).mean for name, sample in zip(self.names, self._samples, strict=True)}


def combined(central: Sequence[Floats], varied: Sequence[dict[str, Floats]]) -> dict[str, Floats]:
    """Sum over channels for each variation; channels that it does not concern stay as they are. All (g,)."""
    names = dict.fromkeys(name for own in varied for name in own)
    zero = np.zeros_like(central[0]) if central else np.zeros(0)
    return {name: sum((own.get(name, mean) for mean, own in zip(central, varied, strict=True)), zero) for name in names}


def envelope(central: Floats, varied: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Lowest and highest of the central value and all variations."""
    stacked = np.array([central, *varied.values()])
    return stacked.min(axis=0), stacked.max(axis=0)
