"""All hadronic channels: found, not listed, so that a new family of final states is one new module."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from lvgen.decays import hadronic
from lvgen.decays.hadronic.base import HadronicChannel

#: modules of the package that hold no channels; names with a leading underscore are helpers too
HELPERS = frozenset({"base", "propagators", "registry", "phase_space"})


@functools.cache
def channels() -> tuple[HadronicChannel, ...]:
    """Every channel of every module of ``lvgen.decays.hadronic``, modules in alphabetical order.

    raises RuntimeError where two channels have one name
    """
    found: list[HadronicChannel] = []
    for info in sorted(pkgutil.iter_modules(hadronic.__path__), key=lambda m: m.name):
        if info.name not in HELPERS and not info.name.startswith("_"):
            module = importlib.import_module(f"{hadronic.__name__}.{info.name}")
            found.extend(getattr(module, "CHANNELS", ()))
    names = [channel.name for channel in found]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise RuntimeError(f"hadronic channels defined twice: {', '.join(double)}")
    return tuple(found)
