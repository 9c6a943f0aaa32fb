"""Regions that a fit allows, over mass and each of its other parameters."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lvgen.fits.b_sll import LEVELS, MASS_RANGE, Case, Fit, region
from lvgen.io.canvas import COLOURS, log_axis, page, paper_style, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS = {"epsilon": r"$\epsilon$", "epsilon_Z": r"$\epsilon_Z$", "g_D_mu": r"$-g_D^\mu$"}
_SHADES = ("#7a3b10", "#c98a53", "#f0d3b8")


def region_figure(case: Case, found: Fit, points: int, path: str | os.PathLike[str]) -> None:
    """Draw where chi^2 is within 1, 2 and 3 standard deviations of its minimum; one panel for each parameter.

    points : along each axis; raises UserError where the file cannot be written
    """
    with paper_style():
        n = len(case.free)
        figure, grid = page((5.6 * n, 4.8), ncols=n, squeeze=False)
        draw_regions(grid[0], case, found, points)
        save(figure, path)


def draw_regions(panels: Sequence[Axes], case: Case, found: Fit, points: int) -> None:
    """The same on axes of one's own, one for each parameter, inside ``paper_style``."""
    masses = np.geomspace(MASS_RANGE[0], MASS_RANGE[1], points)
    for axes, (name, bounds) in zip(panels, case.free.items(), strict=True):
        low, high = sorted(map(abs, bounds))
        sizes = np.geomspace(low, high, points)
        chi2 = region(case, name, masses, np.copysign(sizes, bounds[0]))
        levels = [0.0, *(found.chi2 + level for level in LEVELS)]
        axes.contourf(1e3 * masses, sizes, chi2.T, levels=levels, colors=_SHADES)
        axes.plot(1e3 * found.best["mass"], abs(found.best[name]), "o", color=COLOURS[0], clip_on=False)
        log_axis(axes, "x", 1e3 * MASS_RANGE[0], 1e3 * MASS_RANGE[1])
        log_axis(axes, "y", sizes[0], sizes[-1])
        axes.set_xlabel("$m_{Z_D}$ [MeV]")
        axes.set_ylabel(_LABELS[name])
    panels[0].set_title(f"Case {case.name}: 1, 2, 3 standard deviations", loc="left")
