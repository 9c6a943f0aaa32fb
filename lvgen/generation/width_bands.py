"""How a yield moves with the errors of the boson's widths, read off the same sample.

A replica of the widths changes the lifetime and the branching ratios, nothing else. Points are kept apart by their
decay mode, so that replica k at coupling g is the sum over modes c of BR_k,c/BR_c times the mode's curve at ctau_k(g).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lvgen.sampling.lifetime import LifetimeSample

if TYPE_CHECKING:
    from lvgen.decays.table import DecayTable
    from lvgen.generation.chain import Sample

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WidthReplicas:
    """Replicas of the widths at one mass: ctau (K,) and branching ratios (modes, K), both over their central values."""

    ctau: Floats
    ratios: Floats


def width_replicas(table: DecayTable, modes: list[str]) -> WidthReplicas:
    """Of a table at one (scalar) mass, for modes that are open there."""
    ctau = table.ctau_replicas / float(table.ctau)
    central = [float(table.branching_ratio(name)) for name in modes]
    ratios = [table.simulated_ratio_replicas(name) / r for name, r in zip(modes, central, strict=True)]
    return WidthReplicas(ctau, np.array(ratios).reshape(len(modes), len(ctau)))


class ModeSamples:
    """One sample in lifetime for each decay mode of a chain; a single one where products were not looked at."""

    def __init__(self, survival: bool = False) -> None:
        self._samples: dict[int, LifetimeSample] = {}
        self._survival = survival
        self._n = 0

    def add(self, part: Sample) -> None:
        """Add the points of a sample."""
        self._n += len(part.x)
        for mode in np.unique(part.mode):
            rows = part.mode == mode
            kept = self._samples.setdefault(int(mode), LifetimeSample(0, self._survival))
            cell = np.ascontiguousarray(part.draws.cell[rows])
            x, a = np.ascontiguousarray(part.x[rows]), np.ascontiguousarray(part.a[rows])
            kept.add(x, a, cell, np.zeros((0, 0)))

    def curves(self, ctau: Floats) -> dict[int, Floats]:
        """Yield (g,) of each mode per unit of scale; ctau (g,) m."""
        return {mode: s.curve(ctau).mean * (s.n / max(1, self._n)) for mode, s in self._samples.items()}

    def deviations(self, ctau: Floats, replicas: WidthReplicas) -> Floats:
        """Yield of each replica minus the central one, (K, g), per unit of scale; ctau (g,) m at the central widths."""
        count = len(replicas.ctau)
        everywhere = np.concatenate([ctau, np.outer(replicas.ctau, ctau).ravel()])
        total = np.zeros((count, len(ctau)))
        for mode, sample in self._samples.items():
            # the spline that serves many lifetimes must serve the central ones too, so that its error drops out
            curve = sample.curve(everywhere).mean * (sample.n / max(1, self._n))
            factors = replicas.ratios[mode] if mode >= 0 else np.ones(count)
            total += factors[:, None] * curve[len(ctau) :].reshape(count, -1) - curve[: len(ctau)]
        return total
