"""The decay channels of a boson at one mass, as they are sampled: branching ratio, primary decay, cascade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.cascade import Cascade, cascade
from lvgen.decays.inelastic import chi2_decay
from lvgen.decays.own_decays import OwnDecay, with_own_decay
from lvgen.decays.primary.base import PrimaryDecay
from lvgen.decays.primary.hadronisation import DEFAULT as DEFAULT_HADRONISATION
from lvgen.decays.primary.hadronisation import hadronisation
from lvgen.decays.primary.registry import FORCED, primary_decay
from lvgen.decays.products import Products, primary_products
from lvgen.decays.table import VECTOR_PAIR, DecayTable
from lvgen.errors import unknown
from lvgen.particles import CHI_2

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

DARK_MATTER = "chi chibar"
#: channels without visible products, unless what comes out decays
INVISIBLE = frozenset({"nu_e nubar_e", "nu_mu nubar_mu", "nu_tau nubar_tau", DARK_MATTER})
#: channels whose products are left as they are, so that nothing of them is seen
UNFOLLOWED = frozenset({VECTOR_PAIR})


@dataclass(frozen=True)
class DecaySettings:
    """What a run says about decay products.

    hadronisation : a name of ``primary.hadronisation``; left : particles that are not decayed on, see
    ``cascade.left_particles``
    coupling : that of the run, on which decays of a model's own particles depend; None where there are many, and those
        particles are left
    """

    hadronisation: str = DEFAULT_HADRONISATION
    left: frozenset[str] = frozenset()
    coupling: float | None = None


@dataclass(frozen=True)
class Mode:
    """One open channel: its name, its branching ratio, what comes out of the boson and what becomes of that.

    own : PDG id -> decay of a particle that the model brings along
    """

    name: str
    branching_ratio: float
    primary: PrimaryDecay = field(repr=False)
    cascade: Cascade = field(repr=False)
    own: Mapping[int, OwnDecay] = field(default_factory=dict, repr=False)

    def decay(self, keys: Keys, boson: Floats, spin: Floats, vertex: Floats, weight: Floats) -> Products:
        """Products of bosons.

        keys : (n,) random streams; boson : (n, 4) GeV; spin : (n, 9), see ``kernels.spin``; vertex : (n, 4) m
        weight : (n,) rows of weight 0 are passed over and have no products
        """
        pdg, momenta = self.primary.generate(keys, boson, spin, weight)
        products = primary_products(pdg, momenta, vertex)
        for particle, decay in self.own.items():
            products = with_own_decay(products, particle, decay, keys, weight)
        return self.cascade.follow(keys, products, weight)


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
    modes = []
    for name in counted_names(table, names, invisible):
        if name in table.channels:
            mode = mode_of(table, name, settings or DecaySettings())
            if mode.primary.is_open:
                modes.append(mode)
    return modes


def counted_names(table: DecayTable, names: tuple[str, ...] | None, invisible: bool) -> list[str]:
    """Channels that count, open or not, in the table's order; arguments as in ``open_modes``."""
    single = [name for name in table.names if name not in table.sums]
    if names is None:
        return [name for name in single if invisible or name not in INVISIBLE | UNFOLLOWED]
    wanted = _expanded(table, names)
    return [name for name in single if name in wanted]


def mode_of(table: DecayTable, name: str, settings: DecaySettings) -> Mode:
    """One channel of a table at one (scalar) mass, ready to be sampled."""
    forced = tuple(FORCED.get(name, {}).items())
    own = _own_decays(table, settings) if name == DARK_MATTER else {}
    ratio = float(table.branching_ratio(name))
    return Mode(name, ratio, _primary(table, name, settings), cascade(settings.left, forced), own)


def _primary(table: DecayTable, name: str, settings: DecaySettings) -> PrimaryDecay:
    if name == "quarks":
        return hadronisation(settings.hadronisation)(table)
    return primary_decay(table, name)


def _own_decays(table: DecayTable, settings: DecaySettings) -> dict[int, OwnDecay]:
    """Decays of the dark matter that comes out of the boson."""
    chi = table.model.dark_matter
    if chi is None or chi.species != "inelastic" or settings.coupling is None:
        return {}
    decay = chi2_decay(table.model, float(table.mass), settings.coupling)
    return {CHI_2: decay} if decay.branching_ratios else {}


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
