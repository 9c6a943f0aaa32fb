"""Cells with bounds, from which points of a Dalitz plot are drawn by acceptance and rejection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lvgen.decays.primary.base import Floats

#: over the largest density of the nodes in a cell and on its edge
_SAFETY = 1.2
#: of the mean bound: no cell is without any chance
_FLOOR = 1e-4


@dataclass(frozen=True)
class Cells:
    """``bounds`` (charts, rows, columns) of the density in each cell, and ``cumulative`` shares of the cells."""

    bounds: Floats
    cumulative: Floats


def cells_from_nodes(nodes: Floats) -> Cells:
    """Cells of two by two steps of nodes (charts, 2 rows + 1, 2 columns + 1), all of one size."""
    columns = np.maximum(np.maximum(nodes[..., :-2:2], nodes[..., 1::2]), nodes[..., 2::2])
    largest = np.maximum(np.maximum(columns[:, :-2:2], columns[:, 1::2]), columns[:, 2::2])
    bounds = np.ascontiguousarray(_SAFETY * np.maximum(largest, _FLOOR * largest.mean()))
    cumulative = np.concatenate([[0.0], np.cumsum(bounds)])
    return Cells(bounds, cumulative / cumulative[-1])
