"""Branching ratios or widths over the mass."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lvgen.io.canvas import log_axis, page, paper_style, readable, save
from lvgen.io.labels import channel_label, with_gev
from lvgen.io.map_axes import MASS_LABEL, around, look_of

_LEGEND_ROWS = 14


def widths_figure(
    mass: NDArray[np.float64],
    channels: Mapping[str, NDArray[np.float64]],
    path: str | os.PathLike[str],
    *,
    label: str = "Branching ratio",
    mass_label: str = MASS_LABEL,
    title: str = "",
    errors: Mapping[str, NDArray[np.float64]] | None = None,
) -> None:
    """Draw branching ratios (or widths in GeV) of decay channels over the mass.

    mass : (n,) GeV, increasing; channels : name -> (n,), values that are not positive are left out
    errors : name -> (n,), drawn as bands
    label, mass_label : of the vertical and the horizontal axis
    raises UserError where the file cannot be written
    """
    with paper_style():
        figure, axes = page((6.8, 5.0))
        values = {name: np.where(np.asarray(v) > 0, v, np.nan) for name, v in channels.items()}
        shown = {name: v for name, v in values.items() if np.isfinite(v).any()}
        marker = "o" if len(mass) == 1 else None
        for k, name in enumerate(shown):
            look = look_of(k)
            axes.plot(mass, shown[name], label=readable(channel_label(name)), marker=marker, markersize=5, **look)
            if errors is not None and name in errors:
                low = np.maximum(shown[name] - errors[name], 1e-2 * shown[name])
                axes.fill_between(mass, low, shown[name] + errors[name], color=look["color"], alpha=0.25, linewidth=0)
        log_axis(axes, "x", *around(float(mass[0]), float(mass[-1])))
        log_axis(axes, "y", *_value_range(list(shown.values())))
        axes.set_xlabel(with_gev(mass_label))
        axes.set_ylabel(label)
        if title:
            axes.set_title(readable(title), loc="left")
        columns = math.ceil(max(len(shown), 1) / _LEGEND_ROWS)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.015), ncols=columns, borderaxespad=0.0)
        save(figure, path)


def _value_range(values: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    """From at most five decades below the largest value to a little above it."""
    if not values:
        return 1e-4, 1.0
    top = max(float(np.nanmax(v)) for v in values)
    bottom = max(min(float(np.nanmin(v)) for v in values), 1e-5 * top)
    return 10.0 ** math.floor(math.log10(bottom)), top * 1.6
