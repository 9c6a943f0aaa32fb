"""A sample whose decay modes are weighted by factors along the coupling axis: rates not proportional to coupling^2."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lvgen.sampling.lifetime import Curve, LifetimeSample

Floats = NDArray[np.float64]


class AnySample(Protocol):
    """A sample in lifetime: ``LifetimeSample`` or ``SplitSample``."""

    n: int

    def add(self, x: Floats, a: Floats, cell: NDArray[np.int64], factors: Floats, mode: NDArray[np.intp], /) -> None:
        """Add points with their decay modes."""
        ...

    def curve(self, ctaus: Floats, /) -> Curve:
        """Estimates at lifetimes (g,), m."""
        ...


class SplitSample:
    """A ``LifetimeSample`` for each decay mode, added up with a factor for each value of the axis.

    factors : (modes, g), of either sign; points without a mode (-1) have 1
    """

    def __init__(self, n_replicas: int, survival: bool, factors: Floats) -> None:
        self.n = 0
        self._replicas, self._survival, self._factors = n_replicas, survival, factors
        self._samples: dict[int, LifetimeSample] = {}

    def add(self, x: Floats, a: Floats, cell: NDArray[np.int64], factors: Floats, mode: NDArray[np.intp]) -> None:
        """As ``LifetimeSample.add``, with the mode of each point."""
        self.n += len(x)
        for k in np.unique(mode).tolist():
            rows = mode == k
            kept = self._samples.setdefault(k, LifetimeSample(self._replicas, self._survival))
            own = np.ascontiguousarray(cell[rows])
            kept.add(np.ascontiguousarray(x[rows]), np.ascontiguousarray(a[rows]), own, factors)

    def curve(self, ctaus: Floats) -> Curve:
        """Estimates at the axis's lifetimes (g,), m; the modes' shares of the points are fixed, so they are strata."""
        mean, variance = np.zeros(len(ctaus)), np.zeros(len(ctaus))
        replicas = np.zeros((len(ctaus), self._replicas))
        for k, sample in self._samples.items():
            part = sample.curve(ctaus)
            factor = (self._factors[k] if k >= 0 else np.ones(len(ctaus))) * sample.n / max(1, self.n)
            mean += factor * part.mean
            variance += factor**2 * part.variance
            replicas += factor[:, None] * part.replicas
        return Curve(mean, variance, replicas)
