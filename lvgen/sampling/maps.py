"""The only module that knows ``vegas``: maps of the unit cube that put points where the integrand is.

``vegas`` is used for its adaptive maps alone; points come from the caller's own random stream.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_INCREMENTS = 60
_ALPHA = 0.8


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
