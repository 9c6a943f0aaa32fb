"""Tau leptons of D_s+ -> tau+ nu, made of a table's D_s: what makes most of them on a target.

Those of B decays are left out (at the LHC a fifth more), and so is the polarisation of the tau.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lvgen.particles import mass
from lvgen.spectra.density import HadronDensity, flatten_core, hadron_density
from lvgen.spectra.table import SpectrumTable

Floats = NDArray[np.float64]

#: BR(D_s+ -> tau+ nu) (PDG)
BRANCHING_RATIO = 0.0536
_D_S = 431
#: decays in each cell of the table, at points of a lattice in place, angle and azimuth
_POINTS = 512
#: powers of the root of x^5 = x + 1
_LATTICE = 0.8566748838545029


@functools.lru_cache(maxsize=8)
def tau_density(table: SpectrumTable, pdg: int) -> HadronDensity:
    """Density of tau- (pdg 15, of D_s-) or tau+ (-15) for each interaction, with the replicas of the D_s behind them.

    raises UserError where the table has no D_s
    """
    parent = -_D_S if pdg > 0 else _D_S
    content = flatten_core(table.require(parent), table.p_edges, table.theta_edges)
    cell, weight, target = _transfer(content, table)
    size = content.size
    found = np.bincount(target, weight, size)
    of_parents = hadron_density(table, parent).replicas
    replicas = np.zeros((size, of_parents.shape[1]))
    for k in range(of_parents.shape[1]):
        varied = np.bincount(target, weight * of_parents[cell, k], size)
        replicas[:, k] = np.divide(varied, found, out=np.zeros(size), where=found > 0.0)
    made = np.asarray(BRANCHING_RATIO * found.reshape(content.shape), np.float64)
    taus = replace(table, content={pdg: made}, counts={})
    return replace(hadron_density(taus, pdg), replicas=replicas)


def _transfer(content: Floats, table: SpectrumTable) -> tuple[NDArray[np.intp], Floats, NDArray[np.intp]]:
    """Cell of the D_s, weight and cell of the tau of many decays; taus outside the table are dropped."""
    filled = np.flatnonzero(content)
    k = np.arange(_POINTS)
    u = (0.5 + k[:, None] * _LATTICE ** np.arange(1, 5)) % 1.0
    i, j = np.unravel_index(filled, content.shape)
    log_p = table.p_edges[i][:, None] + np.diff(table.p_edges)[i][:, None] * u[:, 0]
    half = np.sin(0.5 * 10.0**table.theta_edges) ** 2
    theta = 2.0 * np.arcsin(np.sqrt(half[j][:, None] + np.diff(half)[j][:, None] * u[:, 1]))
    p, m_d, m = 10.0**log_p, mass(_D_S), mass(15)
    energy, star = (m_d**2 + m**2) / (2.0 * m_d), (m_d**2 - m**2) / (2.0 * m_d)
    c, phi = 2.0 * u[:, 2] - 1.0, 2.0 * np.pi * u[:, 3]
    along = (np.hypot(p, m_d) * star * c + p * energy) / m_d
    across = star * np.sqrt(1.0 - c * c)
    # axes: along the D_s, in the plane with the beam, and normal to it
    x, y = across * np.cos(phi), across * np.sin(phi)
    pz = along * np.cos(theta) - x * np.sin(theta)
    pt = np.hypot(along * np.sin(theta) + x * np.cos(theta), y)
    row = np.floor((np.log10(np.hypot(pt, pz)) - table.p_edges[0]) / (table.p_edges[1] - table.p_edges[0]))
    # angles below the first edge are in the innermost cell, as densities have it
    column = np.clip(np.searchsorted(table.theta_edges, np.log10(np.arctan2(pt, pz)), "right") - 1, 0, None)
    inside = (row >= 0) & (row < content.shape[0]) & (column < content.shape[1])
    target = (row * content.shape[1] + column).astype(np.intp)[inside]
    cell = np.broadcast_to(filled[:, None], inside.shape)[inside]
    return cell, content.ravel()[cell] / _POINTS, target
