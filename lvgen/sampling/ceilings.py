"""Densities that even out the largest weights, so that rejection keeps more of what is drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lvgen.kernels.evened import bin_ceilings, place_evened

Floats = NDArray[np.float64]

_BINS = 25
#: of the table that says in which bin to begin to look
_STEPS = 128
_PASSES = 2
#: lowest ceiling of a bin against the mean one, and share of it that its neighbours get at least: few points are seen
_FLOOR, _NEIGHBOUR = 0.05, 0.7
#: how far densities follow the ceilings at each step
_DAMPING = 0.8


def largest(weight: Floats, share: float) -> float:
    """Ceiling above which weights (n,), none negative, hold only ``share`` of their sum; 0 where that is 0."""
    found, rows = np.empty(1), np.zeros((1, len(weight)), np.int64)
    bin_ceilings(rows, 0, weight, np.ones(len(weight)), np.argsort(-weight), share, found)
    return float(found[0])


class EvenedCube:
    """A map of the unit cube with a stepwise density in each coordinate, even until it learns."""

    def __init__(self, dimensions: int) -> None:
        self._density = np.ones((dimensions, _BINS))

    def place(self, even: Floats) -> tuple[Floats, Floats]:
        """Points (n, d) drawn evenly to points of the cube and the Jacobian (n,)."""
        sums = np.cumsum(self._density, axis=1)
        ends = np.pad(sums / sums[:, -1:], ((0, 0), (1, 0)))
        steps = np.arange(_STEPS) / _STEPS
        guide = np.array([np.searchsorted(own[1:-1], steps, side="right") for own in ends])
        placed, jacobian = np.empty_like(even), np.empty(len(even))
        place_evened(even, ends, guide, placed, jacobian)
        return placed, jacobian

    def learn(self, placed: Floats, weight: Floats, share: float) -> None:
        """Follow the ceilings of weights (n,) that were found at evenly drawn points (n, d); see ``largest``."""
        rows = np.ascontiguousarray(np.minimum((placed * _BINS).astype(np.int64), _BINS - 1).T)
        for _ in range(_PASSES):
            for k in range(len(self._density)):
                at = np.prod([own[bins] for own, bins in zip(self._density, rows, strict=True)], axis=0)
                ratio, found = weight / at, np.empty(_BINS)
                bin_ceilings(rows, k, ratio, at, np.argsort(-ratio), share, found)
                if not found.any():
                    return
                found = np.maximum(found, _FLOOR * found.mean())
                spread = np.maximum(found[:-1], found[1:]) * _NEIGHBOUR
                found[:-1], found[1:] = np.maximum(found[:-1], spread), np.maximum(found[1:], spread)
                density = self._density[k] * found**_DAMPING
                self._density[k] = density / density.mean()
