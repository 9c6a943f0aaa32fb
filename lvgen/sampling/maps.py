"""The only module that knows ``vegas``: maps of the unit cube that put points where the integrand is.

``vegas`` is used for its adaptive maps alone; points come from the caller's own random stream.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_INCREMENTS = 60
_ALPHA = 0.8
#: scrambled Sobol sequences whose spread gives the error of an integral, and their lengths in powers of two
_SEQUENCES, _FIRST_BITS, _LAST_BITS = 8, 13, 16


class AdaptedCube:
    """A separable map of the unit cube that learns from weighted points (``vegas.AdaptiveMap``)."""

    def __init__(self, dimensions: int) -> None:
        import vegas

        self.dimensions = dimensions
        self._map = vegas.AdaptiveMap([[0.0, 1.0]] * dimensions, ninc=_INCREMENTS)

    def place(self, uniform: Floats) -> tuple[Floats, Floats]:
        """Points (n, d) drawn evenly to points of the cube and the Jacobian (n,)."""
        y = np.empty_like(uniform)
        jacobian = np.empty(len(uniform))
        self._map.map(uniform, y, jacobian)
        return y, jacobian

    def learn(self, uniform: Floats, weighted: Floats) -> None:
        """Adapt to integrand times Jacobian ``weighted`` (n,) found at ``uniform`` (n, d)."""
        square = weighted**2
        if square.sum() > 0.0:
            self._map.add_training_data(uniform, square)
            self._map.adapt(alpha=_ALPHA)


def trained(
    weights: Callable[[Floats], Floats], dimensions: int, rounds: int, points: int, power: float = 1.0
) -> AdaptedCube:
    """A cube that has learned ``weights`` (points (n, dimensions) -> (n,)); the same at every call.

    power : below 1 for weights with spikes, which would draw the whole map to themselves
    """
    rng, cube = np.random.default_rng(0), AdaptedCube(dimensions)
    for _ in range(rounds):
        uniform = rng.random((points, dimensions))
        y, jacobian = cube.place(uniform)
        cube.learn(uniform, (weights(np.ascontiguousarray(y)) * jacobian) ** power)
    return cube


def integrate(weights: Callable[[Floats], Floats], cube: AdaptedCube, tolerance: float) -> tuple[Floats, Floats]:
    """Integrals over the unit cube and their errors, by scrambled Sobol sequences; the same at every call.

    weights : points (n, dimensions) -> (k, n) integrands; sequences are lengthened until the relative error of the
        first integral is below ``tolerance``, or they are long enough
    returns values and errors, each (k,)
    """
    from scipy.stats import qmc

    for bits in range(_FIRST_BITS, _LAST_BITS + 1):
        means = []
        for seed in range(_SEQUENCES):
            y, jacobian = cube.place(qmc.Sobol(cube.dimensions, rng=np.random.default_rng(seed)).random_base2(bits))
            means.append((weights(np.ascontiguousarray(y)) * jacobian).mean(axis=1))
        found = np.array(means)
        values, errors = found.mean(axis=0), found.std(axis=0, ddof=1) / math.sqrt(_SEQUENCES)
        if errors[0] <= tolerance * values[0]:
            break
    return values, errors
