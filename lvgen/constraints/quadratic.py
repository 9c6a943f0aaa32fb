"""Rates are quadratic forms in couplings, so along a coupling axis three evaluations give all of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quadratic:
    """constant + linear g + square g^2, not below 0; g : (n,)."""

    constant: float
    linear: float
    square: float

    def __call__(self, g: Floats) -> Floats:
        value: Floats = np.maximum(0.0, self.constant + (self.linear + self.square * g) * g)
        return value

    def __add__(self, other: Quadratic) -> Quadratic:
        return Quadratic(self.constant + other.constant, self.linear + other.linear, self.square + other.square)


NOTHING = Quadratic(0.0, 0.0, 0.0)


def quadratic_in(function: Callable[[float], float]) -> Quadratic:
    """The quadratic that a non-negative function of g is.

    Where it vanishes at g = 0 it cannot have a linear part, and g = 1 is enough.  Elsewhere the other points lie where
    constant and square are alike, so that errors of integration stay small relative to the sum at every g.
    """
    constant, far = function(0.0), function(1.0)
    if constant == 0.0 or far == constant:
        return Quadratic(constant, 0.0, far - constant)
    size = min(1.0, math.sqrt(constant / far)) if far > 0.0 else 1.0
    plus, minus = function(size), function(-size)
    return Quadratic(constant, 0.5 * (plus - minus) / size, (0.5 * (plus + minus) - constant) / size**2)
