"""A detector as kernels see it: numbers in arrays, and the window of directions in which it lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.detection.schema import Box, Cylinder, Detector, Plane
from lvgen.kernels.acceptance import PLANE_FLOATS, accept
from lvgen.kernels.flight import draw_vertices
from lvgen.kernels.geometry import BOX, CYLINDER, DISC, RECTANGLE, SPHERE
from lvgen.production import Window

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Flight:
    """Decay points of n bosons: ``spans`` (n, 2) proper path at entrance and exit, ``x`` (n,) proper path of the point,
    ``factor`` (n,) inverse density of x (0: missed), all in m; ``vertex`` (n, 4) x, y, z, c t in m."""

    spans: Floats
    x: Floats
    factor: Floats
    vertex: Floats


class Apparatus:
    """Volume, planes and cuts of one detector, ready for kernels."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.shape, self.parameters = _volume(detector.volume)
        self.window = _window(detector.volume)
        self.planes = _planes(detector.active_planes)
        self.cuts = _cuts(detector)

    @property
    def selects(self) -> bool:
        """Whether products are looked at."""
        return self.detector.selects

    def fly(self, mass: float, scales: Floats, u: Floats, origin: Floats, boson: Floats) -> Flight:
        """Draw decay points in the volume; see ``kernels.flight.draw_vertices``."""
        n = len(u)
        flight = Flight(np.empty((n, 2)), np.empty(n), np.empty(n), np.empty((n, 4)))
        draw_vertices(
            self.shape, self.parameters, mass, scales, u, origin, boson,
            flight.spans, flight.x, flight.factor, flight.vertex,
        )  # fmt: skip
        return flight

    def veto(self, vertex: Floats, products: Floats, charged: NDArray[np.int64], weight: Floats) -> None:
        """Set the weight of decays that are not seen to 0, in place.

        vertex : (n, 4) m; products : (n, k, 4) GeV; charged : (k,) 1 or 0; weight : (n,)
        """
        accept(self.planes, self.cuts, vertex, products, charged, weight)


def _volume(volume: Cylinder | Box) -> tuple[int, Floats]:
    par = np.zeros(8)
    par[:4] = volume.front, volume.back, *volume.center
    if isinstance(volume, Box):
        par[4:6] = volume.half_size
        return BOX, par
    par[4] = volume.radius
    return CYLINDER, par


def _window(volume: Cylinder | Box) -> Window:
    """Every direction from the origin that meets the volume, and few others."""
    (cx, cy), (a, b) = volume.center, volume.half_size
    front, back = volume.front, volume.back
    if front <= 0.0:
        return Window(SPHERE, np.zeros(4))
    if math.hypot(cx, cy) <= min(a, b):
        # round the axis, since the hardest bosons are there; the far face, seen from the origin, lies inside the near
        # one
        corner = a if isinstance(volume, Cylinder) else math.hypot(a, b)
        return Window(DISC, np.array([0.0, 0.0, (math.hypot(cx, cy) + corner) / front, 0.0]))
    (x0, x1), (y0, y1) = _extent(cx, a, front, back), _extent(cy, b, front, back)
    return Window(RECTANGLE, np.array([0.5 * (x0 + x1), 0.5 * (y0 + y1), 0.5 * (x1 - x0), 0.5 * (y1 - y0)]))


def _extent(centre: float, half: float, front: float, back: float) -> tuple[float, float]:
    edges = [(centre + side * half) / z for side in (-1, 1) for z in (front, back)]
    return min(edges), max(edges)


def _planes(planes: Sequence[Plane]) -> Floats:
    rows = np.zeros((len(planes), PLANE_FLOATS))
    for row, plane in zip(rows, planes, strict=True):
        shape = DISC if plane.shape == "disc" else RECTANGLE
        row[:8] = plane.z, shape, *plane.center, *plane.half_size, plane.hole, plane.crossed_by == "all"
    return rows


def _cuts(detector: Detector) -> Floats:
    cuts = detector.active_cuts
    row = np.array([cuts.min_momentum, cuts.min_energy, 0.0, 0.0])
    if cuts.separation is not None:
        z = next(plane.z for plane in detector.planes if plane.name == cuts.separation.plane)
        row[2:] = z, cuts.separation.distance
    return row
