"""Expected signal at one mass over the whole coupling axis, to a wanted precision.

Every production channel is sampled once; the coupling axis is read off the sample afterwards.  Points are added until
the relative error meets the precision wherever the signal matters for a contour, or until the budget is spent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lvgen.generation.chain import Chain
from lvgen.generation.split import AnySample, SplitSample
from lvgen.generation.variations import NO_BAND, SpectrumBand, VariedSample, combined, envelope
from lvgen.generation.width_bands import ModeSamples, WidthReplicas
from lvgen.sampling.lifetime import Curve, LifetimeSample

Floats = NDArray[np.float64]

PREPARE_POINTS = 200
PILOT_POINTS = 1000
TRAIN_POINTS = 1500
TRAIN_ROUNDS = 2
FIRST_POINTS = 2500
MAX_POINTS = 2_000_000
_BLOCK_POINTS = 1 << 14
MAX_ROUNDS = 8
#: chains with less than this share of the signal, as far as a pilot sample can tell, are not worth adapting
MINOR_SHARE = 1e-3
#: the signal matters where it exceeds this share of the number of events that excludes
RELEVANT_SHARE = 0.1


@dataclass(frozen=True)
class CouplingAxis:
    """What the coupling does at one mass.

    coupling : (g,) increasing; ctau : (g,) m
    coefficients : for each chain (g,) factors on its weights, of either sign where rates are sums of structures
    n_required : number of events that excludes; widths : replicas of the widths where their error is wanted
    band : the spectra of the run
    mode_factors : (modes, g) factors on the chains' decay modes where branching ratios change along the axis, and
    counted : (g,) the share of decays in all modes there; None where they stay
    regions : (modes,) counting region of each decay mode, where regions are kept apart
    """

    coupling: Floats
    ctau: Floats
    coefficients: list[Floats]
    n_required: float
    widths: WidthReplicas | None = None
    band: SpectrumBand = NO_BAND
    mode_factors: Floats | None = None
    counted: Floats | None = None
    regions: NDArray[np.intp] | None = None

    def sample(self, n_replicas: int, survival: bool) -> AnySample:
        """An empty sample in lifetime."""
        if self.mode_factors is None:
            return LifetimeSample(n_replicas, survival)
        return SplitSample(n_replicas, survival, self.mode_factors)


@dataclass(frozen=True)
class PointYield:
    """Signal at one mass: all (g,).

    n, error    : expected events and their Monte Carlo error, for each chain group and in "total"
    spectrum    : error from the statistics of the source's table; nan where it has none
    points      : points drawn in all
    width       : error from the boson's widths, where it was asked for
    replicas    : (K, g) the total in each replica of the widths; K = 0 where they were not asked for
    low, high   : lowest and highest of ``n`` and its variations, where there are any
    varied      : the total in each variation, by its name
    regions     : the total in each counting region, by its number, where regions are kept apart
    coupling    : the couplings, where they are not those of the card alone
    """

    n: dict[str, Floats]
    error: dict[str, Floats]
    spectrum: dict[str, Floats]
    points: int
    width: dict[str, Floats] = field(default_factory=dict)
    replicas: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    low: dict[str, Floats] = field(default_factory=dict)
    high: dict[str, Floats] = field(default_factory=dict)
    varied: dict[str, Floats] = field(default_factory=dict)
    regions: dict[str, Floats] = field(default_factory=dict)
    coupling: Floats = field(default_factory=lambda: np.zeros(0))

    def at(self, chosen: NDArray[np.bool_]) -> PointYield:
        """The same at some of the couplings alone, a mask (g,)."""
        by_name = ("n", "error", "spectrum", "width", "low", "high", "varied", "regions")
        parts = {kind: {k: v[chosen] for k, v in getattr(self, kind).items()} for kind in by_name}
        coupling = self.coupling[chosen] if len(self.coupling) else self.coupling
        replicas = self.replicas[:, chosen] if len(self.replicas) else self.replicas
        return PointYield(points=self.points, replicas=replicas, coupling=coupling, **parts)


def stream(seed: int, *key: int) -> np.random.Generator:
    """The random stream of one piece of work: a child of the run's seed named by integers."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def mass_yield(
    chains: list[Chain],
    groups: list[str],
    axis: CouplingAxis,
    interactions: float,
    precision: float,
    seed: int,
    index: int,
) -> PointYield:
    """Signal over the coupling axis at one mass.

    chains, groups : production channels and the process each belongs to; interactions : collisions in the exposure
    precision : wanted relative error; seed, index : of the run and of this mass
    """
    scale = [interactions * c for c in axis.coefficients]
    samples = [axis.sample(chain.channel.replicas.shape[1], chain.survival) for chain in chains]
    matters = adapt(chains, scale, axis, seed, index)
    by_mode = axis.widths is not None or axis.regions is not None
    modes = [ModeSamples(chain.survival) for chain in chains] if by_mode else [None] * len(chains)
    varied = [VariedSample(c.channel, axis.band, partial(axis.sample, 0, c.survival)) for c in chains]
    curves = []
    for k, (chain, sample) in enumerate(zip(chains, samples, strict=True)):
        first = FIRST_POINTS if matters[k] else PILOT_POINTS
        draw(chain, sample, first, stream(seed, index, k, 1), varied[k], modes[k])
        curves.append(sample.curve(axis.ctau))
    for round_ in range(2, MAX_ROUNDS + 2):
        wanted = more_points(curves, samples, scale, axis, precision)
        if not any(wanted):
            break
        for k, n in enumerate(wanted):
            if n:
                draw(chains[k], samples[k], n, stream(seed, index, k, round_), varied[k], modes[k])
                curves[k] = samples[k].curve(axis.ctau)
    found = _with_variations(_collect(curves, samples, groups, scale), groups, scale, curves, varied, axis)
    if axis.regions is not None:
        found = replace(found, regions=_by_region(chains, scale, modes, axis))
    if axis.widths is None:
        return found
    moved = [s * m.deviations(axis.ctau, axis.widths) for s, m in zip(scale, modes, strict=True) if m is not None]
    return _with_widths(found, groups, moved)


def draw(
    chain: Chain,
    sample: AnySample,
    n: int,
    rng: np.random.Generator,
    varied: VariedSample | None = None,
    modes: ModeSamples | None = None,
) -> None:
    """Add n points of a chain, or a few more, to its sample, to that of its variations and to those of its modes."""
    blocks = -(-n // _BLOCK_POINTS)
    size = max(chain.least_points, -(-n // blocks))
    for _ in range(blocks):
        part = chain.sample(rng, size)
        if varied is not None:
            part.a = varied.add(part.x, part.a, part.draws, part.mode)
        sample.add(part.x, part.a, part.draws.cell, chain.channel.replicas, part.mode)
        if modes is not None:
            modes.add(part)


def adapt(chains: list[Chain], scale: list[Floats], axis: CouplingAxis, seed: int, index: int) -> list[bool]:
    """Adapt the maps of chains to the lifetimes at which this detector's contour lies.

    returns for each chain whether it makes a share of the signal worth adapting to, ``MINOR_SHARE`` or more somewhere
    on the axis where the signal matters; the others are left as they are, which costs nothing but points
    """
    pilots = [LifetimeSample(0, chain.survival) for chain in chains]
    for k, chain in enumerate(chains):
        chain.prepare(stream(seed, index, k, 4), PREPARE_POINTS, axis.ctau)
        chain.pilot(stream(seed, index, k, 0), PILOT_POINTS, pilots[k])
    parts = [s * p.curve(axis.ctau).mean for s, p in zip(scale, pilots, strict=True)]
    if axis.counted is not None:
        parts = [p * axis.counted if c.pilot_lacks_modes else p for c, p in zip(chains, parts, strict=True)]
    total = np.clip(sum(parts, np.zeros(len(axis.ctau))), 0.0, None)
    ctaus = key_lifetimes(total, axis)
    seen = relevant(total, axis)
    matters = [bool(np.any(np.abs(part[seen]) >= MINOR_SHARE * total[seen])) for part in parts]
    for round_ in range(TRAIN_ROUNDS if len(ctaus) else 0):
        for k, chain in enumerate(chains):
            if matters[k]:
                chain.train(stream(seed, index, k, 0, round_), TRAIN_POINTS, ctaus)
    return matters


def relevant(total: Floats, axis: CouplingAxis) -> NDArray[np.bool_]:
    """Couplings whose signal matters: near or above the number of events that excludes, or the largest there is."""
    peak = float(total.max(initial=0.0))
    if peak <= 0.0:
        return np.zeros(len(total), np.bool_)
    return total >= min(RELEVANT_SHARE * axis.n_required, 0.5 * peak)


def key_lifetimes(total: Floats, axis: CouplingAxis) -> Floats:
    """A few lifetimes (m) that bracket the contour: at both ends, at the maximum and between it and the short end."""
    matters = np.flatnonzero(relevant(total, axis) & np.isfinite(axis.ctau))
    if not len(matters):
        return np.zeros(0)
    ctau = axis.ctau[matters]
    best = axis.ctau[int(np.argmax(total))]
    short, long = ctau.min(), ctau.max()
    return np.unique([long, best, np.sqrt(best * short), short])


def more_points(
    curves: list[Curve], samples: Sequence[AnySample], scale: list[Floats], axis: CouplingAxis, precision: float
) -> list[int]:
    """Points to add to each chain; the budget goes where the error comes from.

    Optimal shares for a total of independent estimates: n_k = s_k sum(s) / (tolerance N)^2 with s_k the error of one
    point.
    """
    means = np.array([s * c.mean for s, c in zip(scale, curves, strict=True)])
    spread = np.array([np.abs(s) * np.sqrt(c.variance * k.n) for s, c, k in zip(scale, curves, samples, strict=True)])
    total = means.sum(axis=0)
    matters = relevant(total, axis)
    if not matters.any():
        return [0] * len(curves)
    tolerance = np.full(len(total), 0.95 * precision)
    beyond = np.arange(len(total)) > int(np.argmax(total))
    table = _spectrum_error(curves, scale)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(total > 0.0, table / total, 0.0)
    tolerance[beyond] = np.fmax(tolerance, relative)[beyond]
    goal = (tolerance * total)[matters] ** 2
    error2 = sum((s**2 * c.variance for s, c in zip(scale, curves, strict=True)), np.zeros(len(total)))[matters]
    if (error2 <= goal).all():
        return [0] * len(curves)
    needed = (spread[:, matters] * spread[:, matters].sum(axis=0) / goal).max(axis=1)
    return [_increment(need, sample.n) for need, sample in zip(needed, samples, strict=True)]


def _increment(needed: float, have: int) -> int:
    if needed <= have:
        return 0
    return max(0, int(min(1.1 * needed - have, 8 * have, MAX_POINTS - have)))


def _spectrum_error(curves: list[Curve], scale: list[Floats]) -> Floats:
    """Spread of the summed yield over the table's replicas; nan where the table has none."""
    if any(c.replicas.shape[1] == 0 for c in curves):
        return np.full(len(scale[0]), np.nan)
    # each replica is taken relative to its own sample's mean, so that Monte Carlo noise drops out
    total = sum(s[:, None] * (c.replicas - c.mean[:, None]) for s, c in zip(scale, curves, strict=True))
    spread: Floats = np.sqrt(np.mean(np.asarray(total) ** 2, axis=1))
    return spread


def _collect(curves: list[Curve], samples: Sequence[AnySample], groups: list[str], scale: list[Floats]) -> PointYield:
    n: dict[str, Floats] = {}
    error: dict[str, Floats] = {}
    spectrum: dict[str, Floats] = {}
    for group in [*dict.fromkeys(groups), "total"]:
        own = [k for k, name in enumerate(groups) if group in (name, "total")]
        zero = np.zeros(len(scale[0]) if scale else 0)
        n[group] = np.clip(sum((scale[k] * curves[k].mean for k in own), zero), 0.0, None)
        error[group] = np.sqrt(sum((scale[k] ** 2 * curves[k].variance for k in own), zero))
        spectrum[group] = _spectrum_error([curves[k] for k in own], [scale[k] for k in own])
    return PointYield(n, error, spectrum, sum(s.n for s in samples))


def _by_region(
    chains: list[Chain], scale: list[Floats], modes: Sequence[ModeSamples | None], axis: CouplingAxis
) -> dict[str, Floats]:
    """The total in each counting region; a mode that was not chosen is shared out by branching ratios."""
    regions = axis.regions
    assert regions is not None  # noqa: S101 - called with regions only
    total = np.zeros((int(regions.max(initial=0)) + 1, len(axis.ctau)))
    for chain, factor, samples in zip(chains, scale, modes, strict=True):
        ratios = np.array([mode.branching_ratio for mode in chain.modes])
        for mode, curve in samples.curves(axis.ctau).items() if samples else ():
            shares = ratios / ratios.sum() if mode < 0 else np.eye(len(ratios))[mode]
            along = 1.0 if axis.mode_factors is None else axis.mode_factors
            np.add.at(total, regions, shares[:, None] * (factor * curve) * along)
    return {str(k): np.clip(values, 0.0, None) for k, values in enumerate(total)}


def _with_widths(found: PointYield, groups: list[str], moved: list[Floats]) -> PointYield:
    """The yields with what replicas of the widths make of them; moved : deviation (K, g) of each chain."""
    width = {}
    for group in found.n:
        own = [m for m, name in zip(moved, groups, strict=True) if group in (name, "total")]
        width[group] = np.sqrt(np.mean(sum(own) ** 2, axis=0))
    replicas = np.clip(found.n["total"] + sum(moved), 0.0, None)
    return replace(found, width=width, replicas=replicas)


def _with_variations(
    found: PointYield,
    groups: list[str],
    scale: list[Floats],
    curves: list[Curve],
    varied: list[VariedSample],
    axis: CouplingAxis,
) -> PointYield:
    """The yields with the envelope of their variations; as they are where there are none."""
    if not any(sample.names for sample in varied):
        return found
    central = [s * c.mean for s, c in zip(scale, curves, strict=True)]
    moved = [
        {name: s * values for name, values in sample.curves(axis.ctau).items()}
        for s, sample in zip(scale, varied, strict=True)
    ]
    low, high, total = {}, {}, {}
    for group in found.n:
        own = [k for k, name in enumerate(groups) if group in (name, "total")]
        total = combined([central[k] for k in own], [moved[k] for k in own])
        low[group], high[group] = envelope(found.n[group], total)
    return replace(found, low=low, high=high, varied=total)
