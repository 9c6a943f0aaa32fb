"""A detector drawn with letters: side view, y against z, not to scale between the two axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvgen import units

if TYPE_CHECKING:
    from lvgen.detection.schema import Detector

WIDTH = 66
HEIGHT = 11


def side_view(detector: Detector) -> list[str]:
    """Lines: the outline of the decay volume, each plane as a column of its number, the line of sight dashed."""
    volume = detector.volume
    z_low, z_high = volume.front, max([volume.back, *(plane.z for plane in detector.planes)])
    edges = [abs(item.center[1]) + item.half_size[1] for item in (volume, *detector.planes)]
    y_high = 1.15 * max(edges)
    grid = [[" "] * WIDTH for _ in range(HEIGHT)]

    def column(z: float) -> int:
        return round((WIDTH - 1) * (z - z_low) / (z_high - z_low)) if z_high > z_low else 0

    def row(y: float) -> int:
        return round((HEIGHT - 1) * (y_high - y) / (2 * y_high))

    grid[row(0.0)] = ["-" if i % 2 else " " for i in range(WIDTH)]
    left, right = column(volume.front), column(volume.back)
    for j in range(left, right + 1):
        share = (j - left) / (right - left) if right > left else 0.0
        half = volume.front_half_size[1] * (1.0 - share) + volume.back_half_size[1] * share
        top, bottom = row(volume.center[1] + half), row(volume.center[1] - half)
        for i in range(top, bottom + 1):
            if j in (left, right) or i in (top, bottom):
                grid[i][j] = "#"
    for number, plane in enumerate(detector.planes, start=1):
        y, half = plane.center[1], plane.half_size[1]
        for i in range(row(y + half), row(y - half) + 1):
            grid[i][column(plane.z)] = str(number % 10)
    above, below = (units.pretty(y, "length", 3) for y in (y_high, -y_high))
    margin = max(len(above), len(below))
    labels = {0: above, row(0.0): "0", HEIGHT - 1: below}
    lines = [f"{labels.get(i, ''):>{margin}} |{''.join(cells)}".rstrip() for i, cells in enumerate(grid)]
    low, high = units.pretty(z_low, "length"), units.pretty(z_high, "length")
    lines.append(f"{'y':>{margin}} +{'-' * WIDTH} z")
    lines.append(f"{'':>{margin}}  {low}{high:>{WIDTH - len(low)}}")
    legend = [f"{number % 10} plane {plane.name}" for number, plane in enumerate(detector.planes, start=1)]
    return [*lines, f"{'':>{margin}}  # decay volume" + "".join(f", {text}" for text in legend)]
