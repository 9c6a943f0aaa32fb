"""Hadrons of secondary interactions in a thick target, from the table of the first one.

Secondary hadrons interact like protons of their momentum.  What a proton of momentum p makes follows from the table at
p_0 by limiting fragmentation (Benecke, Chou, Yang, Yen, Phys. Rev. 188 (1969) 2159).  Hadrons of the projectile's half
of the rapidity range keep their distance from its rapidity, those of the target's half keep their rapidity, both their
transverse momentum, and the plateau between them shrinks.  Directions add up, with a random azimuth.
Approximations: all hadrons interact like protons; those below a threshold, hyperons and photons not at all; nothing
decays in flight before it interacts; every interaction counts as made at the origin.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lvgen.particles import mass
from lvgen.spectra.table import SpectrumTable

Floats = NDArray[np.float64]

#: hadrons that interact again
PROJECTILES: tuple[int, ...] = (2212, -2212, 2112, -2112, 211, -211, 321, -321, 130, 310)
#: pairs of projectile and product for each species and generation
SAMPLES = 60_000
#: until so little of the projectiles of the first generation is left
_END = 0.003
_SEED = 400


def with_cascades(table: SpectrumTable, threshold: float, species: list[int] | None = None) -> SpectrumTable:
    """The table with the hadrons of all later interactions added to each species.

    threshold : GeV, lowest momentum of a hadron that interacts again; species : those that get more, all if left out
    The same table gives the same result; its Monte Carlo error is 1 % in a region with a tenth of the hadrons.
    """
    rng = np.random.default_rng(np.random.SeedSequence(_SEED))
    wanted = table.species if species is None else species
    total = {pdg: values.copy() for pdg, values in table.content.items()}
    made = table.content
    first = None
    while True:
        flux = sum((made[pdg] for pdg in PROJECTILES if pdg in made), np.zeros_like(next(iter(made.values()))))
        flux = flux * (table.p_edges[:-1] >= np.log10(threshold))[:, None]
        first = first or flux.sum()
        if not flux.sum() > _END * first:
            return table.with_content(total)
        made = {pdg: _products(rng, table, pdg, flux) for pdg in sorted({*wanted, *PROJECTILES} & set(table.species))}
        for pdg in wanted:
            if pdg in made:
                total[pdg] += made[pdg]


def _products(rng: np.random.Generator, table: SpectrumTable, pdg: int, flux: Floats) -> Floats:
    """Hadrons of one species in the table's cells that projectiles of a given flux (per cell) make."""
    content = table.content[pdg]
    log_p, log_t = _points(rng, table, flux)
    made_p, made_t = _points(rng, table, content)
    p, theta, kept = shifted(10.0**made_p, 10.0**made_t, mass(pdg), 10.0**log_p, table.beam_momentum)
    angle = _turned(10.0**log_t, theta, rng.uniform(0.0, 2.0 * np.pi, SAMPLES))
    weight = kept * flux.sum() * content.sum() / SAMPLES
    with np.errstate(divide="ignore"):
        where = np.log10(p), np.log10(np.maximum(angle, 10.0 ** table.theta_edges[0] * 1.0001))
    found, _, _ = np.histogram2d(*where, bins=(table.p_edges, table.theta_edges), weights=weight)
    return np.asarray(found)


def shifted(p: Floats, theta: Floats, m: float, projectile: Floats, p0: float) -> tuple[Floats, Floats, Floats]:
    """Limiting fragmentation: hadrons (p, theta) of a projectile of momentum p0 carried to another momentum.

    returns momentum (GeV), angle (rad), and 1 where the hadron is there at that momentum, 0 on the plateau that is not
    """
    pt, pz = p * np.sin(theta), p * np.cos(theta)
    transverse = np.hypot(m, pt)
    y = np.arcsinh(pz / transverse)
    top = np.arcsinh(p0 / mass("p"))
    shift = np.log(p0 / projectile)
    half = 0.5 * (top - shift)
    forward, backward = y >= top - half, y <= half
    pz = transverse * np.sinh(np.where(forward, y - shift, y))
    return np.hypot(pt, pz), np.arctan2(pt, pz), (forward | backward).astype(float)


def _points(rng: np.random.Generator, table: SpectrumTable, content: Floats) -> tuple[Floats, Floats]:
    """log10 p and log10 theta of SAMPLES points distributed as a content per cell."""
    steps = np.cumsum(content.ravel())
    u = (np.arange(SAMPLES) + rng.random(SAMPLES)) / SAMPLES * steps[-1]
    cell = np.searchsorted(steps, u, side="right")
    rng.shuffle(cell)
    i, j = np.unravel_index(np.minimum(cell, content.size - 1), content.shape)
    a, b = rng.random(SAMPLES), rng.random(SAMPLES)
    log_p = table.p_edges[i] + a * np.diff(table.p_edges)[i]
    return log_p, table.theta_edges[j] + b * np.diff(table.theta_edges)[j]


def _turned(theta: Floats, other: Floats, azimuth: Floats) -> Floats:
    """Angle to the axis of a direction at angle ``other`` to one at angle ``theta``."""
    cos = np.cos(theta) * np.cos(other) + np.sin(theta) * np.sin(other) * np.cos(azimuth)
    # small angles: chords do not cancel
    chord2 = (2 * np.sin(0.5 * theta)) ** 2 + (2 * np.sin(0.5 * other)) ** 2
    small = chord2 - 2 * np.sin(0.5 * theta) ** 2 * (2 * np.sin(0.5 * other)) ** 2
    small = small - 2 * np.sin(theta) * np.sin(other) * np.cos(azimuth)
    angle: Floats = np.where(np.abs(cos) < 0.99, np.arccos(np.clip(cos, -1, 1)), 0.0)
    near = cos >= 0.99
    angle[near] = 2 * np.arcsin(0.5 * np.sqrt(np.maximum(small[near], 0.0)))
    angle[cos <= -0.99] = np.arccos(np.clip(cos[cos <= -0.99], -1, 1))
    return angle
