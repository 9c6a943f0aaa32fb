"""A detector from the side and from the front: decay volume and planes to scale within each view."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

from lvgen.io.canvas import COLOURS, page, paper_style, readable, save
from lvgen.io.labels import unit_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lvgen.detection.schema import Detector

_VOLUME_LOOK: dict[str, Any] = {"facecolor": "#dbe8f6", "edgecolor": "#1f5fa8", "linewidth": 1.4}


def detector_figure(detector: Detector, path: str | os.PathLike[str]) -> None:
    """Draw a detector: x over z on the left (not to one scale), y over x on the right (to one scale); metres.

    raises UserError where the file cannot be written
    """
    with paper_style():
        figure, (side, front) = page((9.6, 4.6), ncols=2, width_ratios=(1.45, 1.0))
        _draw_side(side, detector)
        _draw_front(front, detector)
        exposure = unit_text(detector.exposure.text)
        figure.suptitle(readable(f"{detector.title or detector.name}, {exposure}"), fontsize=12)
        handles, labels = side.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 3))
        save(figure, path)


def _draw_side(axes: Axes, detector: Detector) -> None:
    from matplotlib.patches import Polygon

    volume = detector.volume
    x, _ = volume.center
    (a0, _), (a1, _) = volume.front_half_size, volume.back_half_size
    outline = [(volume.front, x - a0), (volume.back, x - a1), (volume.back, x + a1), (volume.front, x + a0)]
    axes.add_patch(Polygon(outline, label=_volume_text(volume), **_VOLUME_LOOK))
    for k, plane in enumerate(detector.planes):
        centre, reach = plane.center[0], plane.half_size[0]
        parts = [(-reach, reach)] if plane.hole == 0 else [(-reach, -plane.hole), (plane.hole, reach)]
        for n, (low, high) in enumerate(parts):
            label = readable(f"{plane.name}, {plane.z:g} m") if n == 0 else None
            axes.plot([plane.z] * 2, [centre + low, centre + high], label=label, **_plane_look(k))
    if detector.magnet is not None:
        label = readable(f"magnet, {detector.magnet.z:g} m")
        axes.axvline(detector.magnet.z, color="0.6", linewidth=1.2, linestyle=":", label=label)
    ends = [volume.front, volume.back, *(plane.z for plane in detector.planes)]
    margin = 0.12 * (max(ends) - min(ends))
    axes.set_xlim(min(ends) - margin, max(ends) + margin)
    low, high = _extent(detector, 0)
    axes.set_ylim(low, high)
    axes.axhline(0.0, color="0.3", linewidth=0.9, linestyle="-.", label="Axis of the frame")
    axes.ticklabel_format(useOffset=False)
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel("$z$ [m]")
    axes.set_ylabel("$x$ [m]")


def _draw_front(axes: Axes, detector: Detector) -> None:
    volume = detector.volume
    for half_size in (volume.half_size, volume.front_half_size):
        axes.add_patch(_outline(volume, half_size, **_VOLUME_LOOK))
    for k, plane in enumerate(detector.planes):
        colour, style = (_plane_look(k)[key] for key in ("color", "linestyle"))
        look = {"facecolor": "none", "edgecolor": colour, "linestyle": style}
        axes.add_patch(_outline(plane, plane.half_size, linewidth=1.4, **look))
        if plane.hole > 0:
            axes.add_patch(_ellipse(plane.center, (plane.hole, plane.hole), linewidth=1.2, **look))
    axes.plot(*detector.production_point, marker="+", color="0.3", markersize=10, markeredgewidth=1.2)
    ranges = [_extent(detector, axis) for axis in (0, 1)]
    half = max(0.5 * (high - low) for low, high in ranges)
    x, y = (0.5 * (low + high) for low, high in ranges)
    axes.set_xlim(x - half, x + half)
    axes.set_ylim(y - half, y + half)
    axes.set_aspect("equal")
    axes.locator_params(nbins=5)
    axes.set_xlabel("$x$ [m]")
    axes.set_ylabel("$y$ [m]")


def _extent(detector: Detector, axis: int) -> tuple[float, float]:
    """Range of x (0) or y (1) that holds volume, planes and the axis of the frame, with a margin."""
    ends = [0.0]
    for part in (detector.volume, *detector.planes):
        ends += [part.center[axis] - part.half_size[axis], part.center[axis] + part.half_size[axis]]
    margin = 0.15 * (max(ends) - min(ends))
    return min(ends) - margin, max(ends) + margin


def _outline(part: Any, half_size: tuple[float, float], **look: Any) -> Any:
    from matplotlib.patches import Polygon

    if part.is_round:
        return _ellipse(part.center, half_size, **look)
    (x, y), (dx, dy) = part.center, half_size
    limit = min(getattr(part, "corner", math.inf), dx + dy)
    quarter = [(dx, limit - dx), (limit - dy, dy)]
    corners = [(sx * a, sy * b) for sx, sy in ((1, 1), (-1, 1), (-1, -1), (1, -1)) for a, b in quarter[:: sx * sy]]
    return Polygon([(x + a, y + b) for a, b in corners], **look)


def _ellipse(centre: tuple[float, float], half_size: tuple[float, float], **look: Any) -> Any:
    from matplotlib.patches import Ellipse

    return Ellipse(centre, 2 * half_size[0], 2 * half_size[1], **look)


def _plane_look(k: int) -> dict[str, Any]:
    return {"color": COLOURS[(k + 1) % len(COLOURS)], "linestyle": ("-", "--", ":")[k % 3], "linewidth": 2.0}


def _volume_text(volume: Any) -> str:
    (a0, b0), (a1, b1) = volume.front_half_size, volume.back_half_size
    size = f"radius {volume.radius:g} m" if hasattr(volume, "radius") else f"{2 * a0:g} m x {2 * b0:g} m"
    grows = f" to {2 * a1:g} m x {2 * b1:g} m" if (a0, b0) != (a1, b1) else ""
    return f"Decay volume: {volume.front:g} m to {volume.back:g} m, {size}{grows}"
