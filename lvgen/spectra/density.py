"""From counts in cells to a density that can be sampled: smooth inside cells, with every cell's integral kept.

Two steps.  At small transverse momentum dN/dp_T^2 is flat, so at each momentum the cells below p_T = 0.1 GeV share
their sum in proportion to phase space; that uses all the counts there for every small angle.  Then each cell is
divided into sub-cells whose contents follow the neighbouring cells (bilinear in the logarithms) and are rescaled to
the cell's own sum.
"""

from __future__ import annotations

import functools
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.spectra.table import SpectrumTable

#: below this transverse momentum (GeV) dN/dp_T^2 is taken as flat at fixed momentum
FLAT_BELOW_PT = 0.1
#: sub-cells per cell and axis
SUB = 4
#: Poisson replicas of the counts from which the table's own statistical error is found
N_REPLICAS = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HadronDensity:
    """One species of a table, ready for kernels.

    density  : (SUB n_p, SUB n_theta) hadrons per interaction, per log10 p and per sr
    table    : (7,) grid constants as ``kernels.parent_decay.draw_two_body`` takes them
    replicas : (n_p n_theta, N_REPLICAS) factor of each cell in each Poisson replica of the counts; no columns where the
               table has no counts
    """

    density: Floats
    table: Floats
    replicas: Floats


def flatten_core(content: Floats, p_edges: Floats, theta_edges: Floats) -> Floats:
    """Share the content below p_T = 0.1 GeV evenly in p_T^2 at each momentum; the sum over each momentum bin is kept.

    content : (..., n_p, n_theta); edges in log10
    """
    flat = np.array(content, dtype=float)
    phase = np.sin(10.0**theta_edges) ** 2
    for i, log_p in enumerate(0.5 * (p_edges[1:] + p_edges[:-1])):
        theta_core = min(0.5, FLAT_BELOW_PT / 10.0**log_p)
        j = int(np.searchsorted(theta_edges, np.log10(theta_core), side="right")) - 1
        if j >= 2:
            share = np.diff(phase[: j + 1]) / (phase[j] - phase[0])
            flat[..., i, :j] = flat[..., i, :j].sum(axis=-1, keepdims=True) * share
    return flat


def subdivide(content: Floats, p_edges: Floats, theta_edges: Floats) -> Floats:
    """Density per log10 p and per sr on sub-cells; integrates to ``content`` over every cell.

    content : (n_p, n_theta); returns (SUB n_p, SUB n_theta)
    """
    coarse = content / (np.diff(p_edges)[:, None] * _solid_angles(theta_edges))
    fine_p, fine_t = _split(p_edges), _split(theta_edges)
    guess = _interpolate(coarse, p_edges, theta_edges, _centres(fine_p), _centres(fine_t))
    volume = np.diff(fine_p)[:, None] * _solid_angles(fine_t)
    n_p, n_t = content.shape
    sums = (guess * volume).reshape(n_p, SUB, n_t, SUB).sum(axis=(1, 3))
    scale = np.divide(content, sums, out=np.zeros_like(content), where=sums > 0)
    return guess * np.kron(scale, np.ones((SUB, SUB)))


@functools.lru_cache(maxsize=64)
def hadron_density(table: SpectrumTable, pdg: int) -> HadronDensity:
    """Density of one species of a table, made once; UserError if it is not recorded."""
    content = flatten_core(table.require(pdg), table.p_edges, table.theta_edges)
    grid = np.array(
        [
            table.p_edges[0],
            SUB / (table.p_edges[1] - table.p_edges[0]),
            table.theta_edges[0],
            SUB / (table.theta_edges[1] - table.theta_edges[0]),
            SUB,
            table.theta_edges[-2],
            SUB / (table.theta_edges[-1] - table.theta_edges[-2]),
        ]
    )
    return HadronDensity(
        density=np.ascontiguousarray(subdivide(content, table.p_edges, table.theta_edges)),
        table=grid,
        replicas=_replicas(table, pdg),
    )


def _replicas(table: SpectrumTable, pdg: int) -> Floats:
    """Poisson replicas of the counts, seen through ``flatten_core``; seeded by the table, not by the run."""
    counts = table.counts.get(pdg)
    if counts is None:
        return np.zeros((table.content[pdg].size, 0))
    seed = zlib.crc32(f"{table.name} {table.source}".encode())
    rng = np.random.default_rng(np.random.SeedSequence([seed, abs(pdg), int(pdg < 0)]))
    drawn = rng.poisson(counts, size=(N_REPLICAS, *counts.shape)).astype(float)
    nominal = flatten_core(counts.astype(float), table.p_edges, table.theta_edges)
    drawn = flatten_core(drawn, table.p_edges, table.theta_edges)
    ratio = np.divide(drawn, nominal, out=np.zeros_like(drawn), where=nominal > 0)
    return np.ascontiguousarray(ratio.reshape(N_REPLICAS, -1).T)


def _split(edges: Floats) -> Floats:
    steps = np.arange(SUB) / SUB
    return np.append((edges[:-1, None] + np.diff(edges)[:, None] * steps).ravel(), edges[-1])


def _centres(edges: Floats) -> Floats:
    return 0.5 * (edges[1:] + edges[:-1])


def _solid_angles(log_theta: Floats) -> Floats:
    """Solid angle between neighbouring cones, sr; from sin^2(theta/2), which does not cancel at small angles."""
    return 4.0 * np.pi * np.diff(np.sin(0.5 * 10.0**log_theta) ** 2)


def _interpolate(coarse: Floats, p_edges: Floats, t_edges: Floats, fine_p: Floats, fine_t: Floats) -> Floats:
    """Bilinear in the logarithm between cell centres, held at the rim; the cell's own value next to an empty cell."""
    n = np.arange(len(fine_p)) // SUB, np.arange(len(fine_t)) // SUB
    own = coarse[np.ix_(*n)]
    i, fi = _bracket(fine_p, _centres(p_edges))
    j, fj = _bracket(fine_t, _centres(t_edges))
    corners = [coarse[np.ix_(a, b)] for a in (i, i + 1) for b in (j, j + 1)]
    weights = [a[:, None] * b for a in (1 - fi, fi) for b in (1 - fj, fj)]
    filled = np.min(corners, axis=0) > 0
    logs = [np.log(np.where(filled, corner, 1.0)) for corner in corners]
    smooth = np.exp(sum(w * v for w, v in zip(weights, logs, strict=True)))
    return np.where(filled, smooth, own)


def _bracket(x: Floats, nodes: Floats) -> tuple[NDArray[np.intp], Floats]:
    i = np.clip(np.searchsorted(nodes, x) - 1, 0, len(nodes) - 2)
    return i, np.clip((x - nodes[i]) / (nodes[i + 1] - nodes[i]), 0.0, 1.0)
