"""Decays along a coupling axis on which widths do not go with the coupling squared.

Lifetime and branching ratios are those of a decay table at every value of the axis.  Products are sampled for the few
couplings of ``models.points.structures`` and weighted afterwards, so that a V-A mix, or an interference of currents,
that changes along the axis is exact; where products are distributed alike for all of them, one sample serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.modes import DARK_MATTER, DecaySettings, Mode, counted_names, mode_of
from lvgen.decays.table import DecayTable
from lvgen.models.base import Model
from lvgen.models.points import at_point, structures

Floats = NDArray[np.float64]

_LEPTONS = {"e+ e-": "e", "mu+ mu-": "mu", "tau+ tau-": "tau", "3 gamma": "e"}
_CHARGED = ("e", "mu", "tau")
_LIGHT, _QUARKS = ("u", "d", "s"), ("u", "d", "s", "c", "b", "t")
#: relative difference up to which the terms of a quadratic form make a width
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class AxisDecays:
    """Decays at one mass along the axis.

    ctau : (g,) m; modes : what is sampled, several for a channel whose products change along the axis
    factors : (modes, g) share of each mode in all decays over its ``branching_ratio``, of either sign; that is the
        largest share along the axis, for the division of points
    """

    ctau: Floats
    modes: list[Mode]
    factors: Floats

    @property
    def counted(self) -> Floats:
        """(g,) share of the decays that count."""
        ratios = np.array([mode.branching_ratio for mode in self.modes])
        total: Floats = ratios @ self.factors if len(ratios) else np.zeros(len(self.ctau))
        return total


def decays_along(
    model: Model,
    mass: float,
    axis: Floats,
    names: tuple[str, ...] | None,
    settings: DecaySettings,
    invisible: bool,
) -> AxisDecays:
    """Decays of a model at one mass (GeV) for values of what is on its coupling axis, (g,).

    names, settings, invisible : as in ``modes.open_modes``
    """
    tables = [DecayTable(at_point(model, float(value)), mass) for value in axis]
    modes: list[Mode] = []
    factors: list[Floats] = []
    for name in counted_names(tables[0], names, invisible):
        ratio = np.array([float(table.branching_ratio(name)) for table in tables])
        if not ratio.any():
            continue
        total = np.array([float(table.total) for table in tables])
        for mode, share in _parts(model, mass, axis, name, ratio, total, tables, settings):
            largest = float(np.max(np.abs(share)))
            if largest > 0.0 and mode.primary.is_open:
                modes.append(Mode(name, largest, mode.primary, mode.cascade, mode.own))
                factors.append(share / largest)
    ctau = np.array([float(table.ctau) for table in tables])
    return AxisDecays(ctau, modes, np.array(factors).reshape(len(modes), len(axis)))


def _parts(
    model: Model,
    mass: float,
    axis: Floats,
    name: str,
    ratio: Floats,
    total: Floats,
    tables: Sequence[DecayTable],
    settings: DecaySettings,
) -> list[tuple[Mode, Floats]]:
    """Modes of one channel and their shares of all decays along the axis."""
    whole = [(mode_of(tables[int(np.argmax(ratio))], name, settings), ratio)]
    terms = [] if name == DARK_MATTER else structures(model, _fermions(name))
    if len(terms) < 2:
        return whole
    made, widths = [], []
    for term in terms:
        table = DecayTable(term.model, mass)
        width = float(table.branching_ratio(name)) * float(table.total)
        if width > 0.0:
            made.append(mode_of(table, name, settings))
            widths.append(term.weight(axis) * width)
    if not made or all(mode.primary.alike(made[0].primary) for mode in made):
        return whole
    if not np.allclose(sum(widths), ratio * total, rtol=_TOLERANCE, atol=_TOLERANCE * float(np.max(ratio * total))):
        return whole  # hadrons and quarks change places along the axis
    share = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0.0)
    return [(mode, width * share) for mode, width in zip(made, widths, strict=True)]


def _fermions(name: str) -> tuple[str, ...]:
    """Fermions whose couplings a channel depends on."""
    if name in _LEPTONS:
        return (_LEPTONS[name],)
    if name.startswith("nu_"):
        return (name.split()[0],)
    if name in ("gamma gamma", "V V"):
        return _CHARGED
    return _QUARKS if name == "quarks" else _LIGHT
