"""The decay channels of a boson at one mass, as they are sampled: branching ratio, primary decay, cascade."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.cascade import Cascade, cascade
from lvgen.decays.primary.base import PrimaryDecay
from lvgen.decays.primary.registry import FORCED, primary_decay
from lvgen.decays.products import Products
from lvgen.decays.table import DecayTable
from lvgen.errors import unknown

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

#: how what comes out above the hadron-quark transition is made
HADRONISATIONS: tuple[str, ...] = ("builtin", "pythia8")
#: channels without visible products
INVISIBLE = frozenset({"nu_e nubar_e", "nu_mu nubar_mu", "nu_tau nubar_tau", "chi chibar"})


@dataclass(frozen=True)
class DecaySettings:
    """What a card says about decay products.

    hadronisation : one of ``HADRONISATIONS``; left : particles that are not decayed on, see ``cascade.left_particles``
    """

    hadronisation: str = "builtin"
    left: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mode:
    """One open channel: its name, its branching ratio, what comes out of the boson and what becomes of that."""

    name: str
    branching_ratio: float
    primary: PrimaryDecay = field(repr=False)
    cascade: Cascade = field(repr=False)

    def decay(self, keys: Keys, boson: Floats, spin: Floats, vertex: Floats, weight: Floats) -> Products:
        """Products of bosons.

        keys : (n,) random streams; boson : (n, 4) GeV; spin : (n, 9), see ``kernels.spin``; vertex : (n, 4) m
        weight : (n,) rows of weight 0 are passed over and have no products
        """
        pdg, momenta = self.primary.generate(keys, boson, spin, weight)
        return self.cascade.follow(keys, pdg, momenta, vertex, weight)


def open_modes(
    table: DecayTable,
    names: tuple[str, ...] | None,
    settings: DecaySettings | None = None,
    invisible: bool = False,
) -> list[Mode]:
    """Modes of a table at one (scalar) mass, in the table's order.

    names : channels or sums that count ("hadrons" with what is counted as quarks); None for every visible one, and
        the others too with ``invisible``
    Channels that the table has open and the masses of the event record closed (within some 10 keV of a threshold) are
    left out.
    raises KeyError (with the nearest names) for an unknown channel
    """
    chosen = settings or DecaySettings()
    wanted = None if names is None else _expanded(table, names)
    modes = []
    for name in table.channels:
        counts = (invisible or name not in INVISIBLE) if wanted is None else name in wanted
        if not counts:
            continue
        primary = _primary(table, name, chosen)
        if primary.is_open:
            forced = tuple(FORCED.get(name, {}).items())
            ratio = float(table.branching_ratio(name))
            modes.append(Mode(name, ratio, primary, cascade(chosen.left, forced)))
    return modes


def _primary(table: DecayTable, name: str, settings: DecaySettings) -> PrimaryDecay:
    return primary_decay(table, name)


def _expanded(table: DecayTable, names: tuple[str, ...]) -> set[str]:
    """Channels behind names of channels and sums."""
    found: set[str] = set()
    for name in names:
        if name not in table.names:
            raise unknown("channel", name, table.names)
        found.update(table.sums.get(name, [name]))
        if name == "hadrons":  # counted as quarks above the transition
            found.add("quarks")
    return found
