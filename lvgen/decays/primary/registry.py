"""Primary decays by the name of the channel: found, not listed, so that a new family is one new module.

A module of this package offers ``DECAYS``, a mapping of channel names to factories that take a decay table at one
mass.  Factories are cheap; what a decay has to prepare is prepared when it is first sampled.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable

from lvgen.decays import primary
from lvgen.decays.primary.base import PrimaryDecay
from lvgen.decays.table import DecayTable
from lvgen.errors import unknown

Factory = Callable[[DecayTable], PrimaryDecay]

#: modules of the package that hold no decays; names with a leading underscore are helpers too
HELPERS = frozenset({"base", "registry"})

#: channels that stand for one decay of an intermediate particle alone: {channel: {PDG id: its daughters}}.
#: The rest of omega pi0 is part of the measured four pions (arXiv:1610.00235)
FORCED: dict[str, dict[int, tuple[int, ...]]] = {"omega pi0": {223: (111, 22)}}


@functools.cache
def factories() -> dict[str, Factory]:
    """Every factory of every module of ``lvgen.decays.primary``.

    raises RuntimeError where two modules offer one channel
    """
    found: dict[str, Factory] = {}
    for info in sorted(pkgutil.iter_modules(primary.__path__), key=lambda m: m.name):
        if info.name in HELPERS or info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{primary.__name__}.{info.name}")
        offered: dict[str, Factory] = getattr(module, "DECAYS", {})
        double = sorted(found.keys() & offered.keys())
        if double:
            raise RuntimeError(f"primary decays defined twice: {', '.join(double)}")
        found.update(offered)
    return found


def primary_decay(table: DecayTable, channel: str) -> PrimaryDecay:
    """The decay of one channel (no sum) of a table at one scalar mass, ready to be sampled.

    raises KeyError with the nearest names for an unknown channel, ValueError for a table at several masses
    """
    if table.mass.ndim:
        raise ValueError("a primary decay needs a decay table at one scalar mass")
    known = factories()
    if channel not in known:
        raise unknown("decay channel", channel, known)
    return known[channel](table)


def is_open(table: DecayTable, channel: str) -> bool:
    """Whether the channel's products fit into the boson's mass with the masses that the event record has.

    A width uses the masses of its own fit, so that within some 10 keV of a threshold it can be open where this is not.
    """
    return primary_decay(table, channel).is_open
