"""Counts put together, and the distribution of an uncertain background."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gamma

from lvgen.detection.counting import Count
from lvgen.errors import UserError

Floats = NDArray[np.float64]

#: nodes over the background's distribution
_NODES = 64


def check_confidence(confidence: float) -> None:
    """UserError for what is no confidence level."""
    if not 0.0 < confidence < 1.0:
        raise UserError(f"{confidence!r} is no confidence level; between 0 and 1 is due", key="sensitivity.confidence")


def together(counts: Sequence[Count]) -> Count:
    """The regions as one; uncertainties add as if they were independent, counts where any was observed."""
    if len(counts) == 1:
        return counts[0]
    background = sum(count.background for count in counts)
    spread = math.sqrt(sum((count.background * count.uncertainty) ** 2 for count in counts))
    seen = [count.observed for count in counts if count.observed is not None]
    uncertainty = spread / background if background > 0.0 else 0.0
    share = sum(count.share for count in counts)
    return replace(
        counts[0], background=background, uncertainty=uncertainty, observed=sum(seen) if seen else None, share=share
    )


def known(count: Count, method: str) -> Count:
    """The count itself; UserError where its background is uncertain, which the method cannot take."""
    if count.uncertainty > 0.0:
        raise UserError(
            f"the method {method!r} takes a known background; 'cls' and 'discovery' carry its uncertainty",
            key="sensitivity.background_uncertainty",
        )
    return count


def background_nodes(count: Count) -> tuple[Floats, Floats]:
    """Values (k,) of the background and their weights (k,), which sum to 1: one where it is known, else a gamma
    distribution, which is what an auxiliary count leaves (Cousins, Linnemann, Tucker, physics/0702156)."""
    if count.uncertainty == 0.0 or count.background == 0.0:
        return np.array([count.background]), np.ones(1)
    x, weight = np.polynomial.legendre.leggauss(_NODES)
    shape = 1.0 / count.uncertainty**2
    return gamma.ppf(0.5 * (x + 1.0), shape, scale=count.background / shape), 0.5 * weight
