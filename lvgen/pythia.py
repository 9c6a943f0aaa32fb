"""Pythia 8, an optional extra: found under either of its names, and told where its own settings are."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

from lvgen.errors import MissingExtraError

#: names of the bindings: that of the package index, and that of a build of one's own
MODULES = ("pythia8mc", "pythia8")


def pythia8(purpose: str) -> ModuleType:
    """The bindings, ready to make a ``Pythia``; MissingExtraError, which names the purpose, where there are none."""
    for name in MODULES:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        _point_to_settings(module)
        return module
    raise MissingExtraError("pythia8mc", "pythia8", purpose)


def _point_to_settings(module: ModuleType) -> None:
    """Say where the package keeps its settings: its wheel looks for them under the current folder alone."""
    for root in (Path(str(getattr(module, "__file__", ""))).parent, Path(sys.prefix)):
        folder = root / "share" / "Pythia8" / "xmldoc"
        if "PYTHIA8DATA" not in os.environ and folder.is_dir():
            os.environ["PYTHIA8DATA"] = str(folder)
