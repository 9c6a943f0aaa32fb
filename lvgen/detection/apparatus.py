"""A detector as kernels see it: numbers in arrays, and the window of directions in which it lies.

Kernels count positions from the production point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.products import Products
from lvgen.detection.companions import companions_pass
from lvgen.detection.cuts import REQUIRE, AnyEfficiency, Cuts, Efficiency
from lvgen.detection.kinds import KindTable
from lvgen.detection.planes import Magnet, Plane, kinds_of
from lvgen.detection.schema import Detector
from lvgen.detection.volumes import Volume
from lvgen.kernels import acceptance as kernel
from lvgen.kernels.flight import draw_vertices
from lvgen.kernels.geometry import BOX, CYLINDER, DISC, ELLIPSE, FRUSTUM, RECTANGLE, SPHERE, VOLUME_FLOATS
from lvgen.kernels.tracks import MAGNET_FLOATS
from lvgen.production import Window

Floats = NDArray[np.float64]
Pair = tuple[float, float]

MAX_SLOTS = 63
_SHAPES = {
    "cylinder": CYLINDER,
    "barrel": CYLINDER,
    "box": BOX,
    "frustum": FRUSTUM,
    "pyramid": FRUSTUM,
    "ellipse": ELLIPSE,
}


@dataclass(frozen=True)
class Flight:
    """Decay points of n bosons: ``spans`` (n, 2) proper path at entrance and exit, ``x`` (n,) proper path of the point,
    ``factor`` (n,) inverse density of x (0: missed), all in m; ``vertex`` (n, 4) x, y, z, c t in m."""

    spans: Floats
    x: Floats
    factor: Floats
    vertex: Floats


@dataclass(frozen=True)
class _Rules:
    """What the products of a channel are asked for: planes, cuts, efficiencies ``values`` at energies ``grid``."""

    planes: Floats
    cuts: Floats
    grid: Floats
    values: Floats


class Apparatus:
    """Volume, planes, magnet, cuts and efficiency of one detector, ready for kernels.

    boost : gamma and gamma beta of the collisions' centre of mass along z
    """

    def __init__(self, detector: Detector, boost: Pair = (1.0, 0.0)) -> None:
        self.detector = detector
        self._boost = boost
        self._point = detector.production_point
        self.shape, self.parameters = _volume(detector.volume, self._point)
        self.window = _window(detector.volume, self._point)
        self._magnet = _magnet(detector.magnet)
        self._kinds = KindTable()
        self._general = self._rules(detector.planes, detector.cuts, detector.efficiency)
        self._special = {
            selection.name: self._rules(
                [p for p in detector.planes if selection.planes is None or p.name in selection.planes],
                selection.cuts(detector.cuts),
                detector.efficiency if selection.efficiency is None else selection.efficiency,
            )
            for selection in detector.selections
        }

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

    @property
    def escaping(self) -> bool:
        """Whether bosons count that are not seen to decay."""
        return self.detector.escaping

    def companions_seen(self, pdg: tuple[int, ...], momentum: Floats) -> Floats:
        """(n,) 1 or 0 for whether what is made with the boson passes: pdg of c particles, momentum (n, c, 4) GeV."""
        cuts = self.detector.active_companions
        if cuts is None:
            return np.ones(len(momentum))
        return companions_pass(cuts, pdg, momentum, self._boost)

    def accept(self, products: Products, weight: Floats, channel: str | None = None) -> None:
        """Multiply weights by acceptance (0 or 1) and efficiency, in place.

        products : of n decays, at most 63 slots; slot 0 starts at the boson's decay point
        weight : (n,) C-contiguous; channel : name of the decay channel, which may have a selection of its own
        Nothing is done with ``selection = "none"``.
        """
        if not self.selects or not len(weight):
            return
        if products.pdg.shape[1] > MAX_SLOTS:
            raise ValueError(f"{products.pdg.shape[1]} slots of products; at most {MAX_SLOTS} fit here")
        selection = self.detector.selection_of(channel) if channel is not None else None
        rules = self._general if selection is None else self._special[selection.name]
        kind, charge = self._kinds.sort(products)
        kernel.accept(
            self.shape, self.parameters, rules.planes, self._magnet, rules.cuts, rules.grid, rules.values, kind, charge,
            np.ascontiguousarray(products.mother, np.int32), np.ascontiguousarray(products.status, np.int32),
            np.ascontiguousarray(products.momentum), np.ascontiguousarray(products.point), weight,
        )  # fmt: skip

    def _rules(self, planes: Sequence[Plane], cuts: Cuts, efficiency: AnyEfficiency) -> _Rules:
        grid, values = _efficiency(efficiency)
        of_visible = isinstance(efficiency, Efficiency) and efficiency.of == "visible"
        rows = np.zeros((len(planes), kernel.PLANE_FLOATS))
        for row, plane in zip(rows, planes, strict=True):
            row[:] = (
                plane.z, kernel.ROUND if plane.is_round else kernel.STRAIGHT, *_moved(plane.center, self._point),
                *plane.half_size, plane.corner, plane.hole, plane.hole_for_em, kinds_of(plane.crossed_by),
            )  # fmt: skip
        return _Rules(rows, _cuts(cuts, {p.name: p.z for p in self.detector.planes}, of_visible), grid, values)


def _moved(center: Pair, point: Pair) -> Pair:
    return center[0] - point[0], center[1] - point[1]


def _volume(volume: Volume, point: Pair) -> tuple[int, Floats]:
    par = np.zeros(VOLUME_FLOATS)
    par[:4] = volume.front, volume.back, *_moved(volume.center, point)
    par[4:8] = *volume.front_half_size, *volume.back_half_size
    par[8], par[9] = volume.hole, volume.flight
    return _SHAPES[volume.shape], par


def _window(volume: Volume, point: Pair) -> Window:
    """Every direction from the production point that meets the volume, and few others."""
    if volume.front <= 0.0:
        return Window(SPHERE, np.zeros(4))
    cx, cy = _moved(volume.center, point)
    reach = math.hypot(cx, cy) + max(math.hypot(*volume.front_half_size), math.hypot(*volume.back_half_size))
    between = volume.front, math.hypot(volume.back, reach)
    ends = ((volume.front, volume.front_half_size), (volume.back, volume.back_half_size))
    # the volume lies within the cone over its two faces
    if math.hypot(cx, cy) <= min(volume.back_half_size):
        # round the axis, since the hardest bosons are there
        reach = max((math.hypot(cx, cy) + _corner(volume, size)) / z for z, size in ends)
        return Window(DISC, np.array([0.0, 0.0, reach, 0.0]), *between)
    x = [(cx + side * a) / z for z, (a, _) in ends for side in (-1, 1)]
    y = [(cy + side * b) / z for z, (_, b) in ends for side in (-1, 1)]
    middle = [0.5 * (max(values) + min(values)) for values in (x, y)]
    half = [0.5 * (max(values) - min(values)) for values in (x, y)]
    return Window(RECTANGLE, np.array([*middle, *half]), *between)


def _corner(volume: Volume, half_size: Pair) -> float:
    """Largest distance from the middle of a section."""
    return max(half_size) if volume.is_round else math.hypot(*half_size)


def _magnet(magnet: Magnet | None) -> Floats:
    row = np.zeros(MAGNET_FLOATS)
    if magnet is not None:
        row[:] = magnet.z, *magnet.kicks
    return row


def _efficiency(efficiency: AnyEfficiency) -> tuple[Floats, Floats]:
    if isinstance(efficiency, Efficiency):
        return np.array(efficiency.energy), np.array(efficiency.value)
    return np.zeros(1), np.array([efficiency])


def _cuts(cuts: Cuts, planes: dict[str, float], of_visible: bool) -> Floats:
    row = np.zeros(kernel.CUT_FLOATS)
    row[kernel.REQUIRE] = REQUIRE[cuts.require]
    row[kernel.MOMENTUM], row[kernel.TRACK_ENERGY] = cuts.min_momentum, cuts.min_track_energy
    row[kernel.PHOTON_ENERGY], row[kernel.ENERGY] = cuts.min_photon_energy, cuts.min_energy
    if cuts.separation is not None:
        row[kernel.SEPARATION], row[kernel.SEPARATION_Z] = cuts.separation.distance, planes[cuts.separation.plane]
        row[kernel.SEPARATION_KINDS] = kinds_of(cuts.separation.between or ())
    row[[kernel.MARGIN, kernel.MARGIN_FRONT, kernel.MARGIN_BACK]] = cuts.vertex.margins
    row[[kernel.IMPACT, kernel.BEAM, kernel.BEAM_HIGH]] = math.inf
    row[kernel.BEAM_LOW] = -math.inf
    pointing = cuts.pointing
    if pointing is not None:
        for place, value in (
            (kernel.IMPACT, pointing.impact), (kernel.BEAM, pointing.beam), (kernel.BEAM_LOW, pointing.upstream),
            (kernel.BEAM_HIGH, pointing.downstream),
        ):  # fmt: skip
            row[place] = row[place] if value is None else value
        row[kernel.POINTING_KINDS] = kinds_of(pointing.momentum_of or ())
    row[kernel.EFFICIENCY_OF] = of_visible
    row[[kernel.TRACK_LOW, kernel.TRACK_HIGH]] = _cosines(cuts.polar_tracks)
    row[[kernel.PHOTON_LOW, kernel.PHOTON_HIGH]] = _cosines(cuts.polar_photons)
    return row


def _cosines(polar: Pair | None) -> Pair:
    """Range of the cosine of polar angles (rad); beyond [-1, 1] where there is none, so that rounding cuts nothing."""
    return (-2.0, 2.0) if polar is None else (math.cos(polar[1]), math.cos(polar[0]))
