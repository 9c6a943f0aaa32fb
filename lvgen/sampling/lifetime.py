"""One weighted sample as a function of the lifetime: yield, Monte Carlo error and the spectrum's own error.

Points stand for decays at a proper path x, with a exp(-x/ctau)/ctau, or for survival up to there, a exp(-x/ctau).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.kernels.lifetime import fill_moments, fill_replicas, laplace, laplace_replicas

Floats = NDArray[np.float64]

#: proper path of what happens at once, m
AT_ONCE = 1e-30
# bins of ln x, wide enough for any proper path in metres: from 2e-21
_LOG_LOW = math.log(1e-12) - 500 * 0.04
_LOG_HIGH = math.log(1e9)
_WIDTH = 0.04
_N_BINS = math.ceil((_LOG_HIGH - _LOG_LOW) / _WIDTH)
#: more lifetimes than this are interpolated between nodes, this far apart in ln ctau
_MAX_DIRECT = 300
_NODE_STEP = 0.08
#: x/ctau beyond which nothing is left, and ctau/x beyond which the yield goes with 1/ctau
_DEEPEST = 600.0
_FARTHEST = 1e5
#: an infinite lifetime, m
_LONGEST = 1e30
_CENTRES = np.exp(_LOG_LOW + (np.arange(_N_BINS) + 0.5) * _WIDTH)


@dataclass(frozen=True)
class Curve:
    """Estimates at given lifetimes: mean, its variance, and the mean in every replica of the source's table.

    mean, variance : (g,); replicas : (g, k), k = 0 where the table has no statistics
    """

    mean: Floats
    variance: Floats
    replicas: Floats


class LifetimeSample:
    """Sums over points of a exp(-x/ctau)/ctau, kept so that any ctau can be asked for later.

    survival : sums of a exp(-x/ctau) instead
    Agrees with the plain sum over points to better than 1e-3 for x/ctau < 40 and 1e-5 for x/ctau < 5.
    """

    def __init__(self, n_replicas: int, survival: bool = False) -> None:
        self.n = 0
        self._survival = survival
        self._moments = np.zeros((_N_BINS, 5))
        self._replicas = np.zeros((_N_BINS, n_replicas))

    def add(
        self,
        x: Floats,
        a: Floats,
        cell: NDArray[np.int64],
        factors: Floats,
        mode: NDArray[np.intp] | None = None,  # noqa: ARG002 - for samples that keep modes apart
    ) -> None:
        """Add n points: proper path x (m), weight a (m), table cell and the cells' replica factors."""
        self.n += len(x)
        fill_moments(x, a, _LOG_LOW, 1.0 / _WIDTH, self._moments)
        if self._replicas.shape[1]:
            fill_replicas(x, a, cell, factors, _LOG_LOW, 1.0 / _WIDTH, self._replicas)

    def curve(self, ctaus: Floats) -> Curve:
        """Estimates at lifetimes (g,), m; infinite lifetimes give 0 decays.

        Beyond a few hundred lifetimes a spline through nodes takes over, so that the time does not grow with them; it
        agrees with the sums to 1e-4.
        """
        ctaus = np.ascontiguousarray(ctaus, dtype=float)
        finite = np.isfinite(ctaus)
        filled = np.flatnonzero(self._filled)
        if self._survival:
            ctaus, finite = np.minimum(ctaus, _LONGEST), np.ones(len(ctaus), np.bool_)
        if len(ctaus) <= _MAX_DIRECT or not len(filled) or not finite.any():
            return self._sums(ctaus)
        low = max(float(ctaus[finite].min()), _CENTRES[filled[0]] / _DEEPEST)
        high = max(2.0 * low, min(float(ctaus[finite].max()), _CENTRES[filled[-1]] * _FARTHEST))
        nodes = np.exp(np.arange(np.log(low), np.log(high) + _NODE_STEP, _NODE_STEP))
        return _interpolated(ctaus, nodes, self._sums(nodes), 0 if self._survival else 1)

    @property
    def _filled(self) -> NDArray[np.bool_]:
        """Bins with a weight whose square is a number too."""
        filled: NDArray[np.bool_] = (self._moments[:, 0] > 0.0) & (self._moments[:, 3] > 0.0)
        return filled

    def _sums(self, ctaus: Floats) -> Curve:
        filled = self._filled
        m = self._moments[filled]
        centre = _CENTRES[filled]
        offset = m[:, 1] / m[:, 0]
        spread = centre * np.sqrt(np.clip(m[:, 2] / m[:, 0] - offset**2, 0.0, None))
        points = np.ascontiguousarray(np.stack([m[:, 0], centre * (1.0 + offset), spread], axis=1))
        squares = np.ascontiguousarray(np.stack([m[:, 3], centre * (1.0 + m[:, 4] / m[:, 3])], axis=1))
        sums = np.empty((len(ctaus), 2))
        laplace(points, squares, ctaus, sums)
        if self._survival:
            sums *= np.stack([ctaus, ctaus**2], axis=1)
        mean = sums[:, 0] / max(1, self.n)
        variance = np.clip(sums[:, 1] / max(1, self.n) - mean**2, 0.0, None) / max(1, self.n - 1)
        replicas = np.zeros((len(ctaus), self._replicas.shape[1]))
        if replicas.shape[1]:
            laplace_replicas(
                np.ascontiguousarray(points[:, 1]), np.ascontiguousarray(self._replicas[filled]), ctaus, replicas
            )
            replicas *= (ctaus[:, None] if self._survival else 1.0) / max(1, self.n)
        return Curve(mean, variance, replicas)


def _interpolated(ctaus: Floats, nodes: Floats, at: Curve, fall: int) -> Curve:
    """Estimates between nodes: splines in the logarithms, ctau^-fall beyond the last node, nothing below the first."""
    from scipy.interpolate import CubicSpline

    u = np.log(np.minimum(ctaus, nodes[-1]))
    tail = nodes[-1] / np.maximum(ctaus, nodes[-1])
    ln_nodes = np.log(nodes)

    def smooth(values: Floats, power: int) -> Floats:
        vanished = np.flatnonzero(values <= 1e-280)
        first = int(vanished[-1]) + 1 if len(vanished) else 0
        if len(nodes) - first < 4:
            return np.zeros(len(u))
        spline = CubicSpline(ln_nodes[first:], np.log(values[first:]))
        inside = u >= ln_nodes[first]
        result: Floats = np.where(inside, np.exp(spline(np.maximum(u, ln_nodes[first]))) * tail**power, 0.0)
        return result

    mean = smooth(at.mean, fall)
    ratio = np.divide(at.replicas, at.mean[:, None], out=np.zeros_like(at.replicas), where=at.mean[:, None] > 0.0)
    columns = [np.interp(u, ln_nodes, column) for column in ratio.T]
    replicas = mean[:, None] * np.array(columns).T if columns else np.zeros((len(ctaus), 0))
    return Curve(mean, smooth(at.variance, 2 * fall), replicas)
