"""Every model that a card can name: the classes listed in ``MODELS`` by the modules of ``lvgen.models``."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import Any

import lvgen.models
from lvgen.errors import unknown
from lvgen.models.base import Model


@functools.cache
def _models() -> dict[str, type[Model]]:
    found: dict[str, type[Model]] = {}
    for info in pkgutil.iter_modules(lvgen.models.__path__):
        module = importlib.import_module(f"lvgen.models.{info.name}")
        for cls in getattr(module, "MODELS", ()):
            if cls.name in found:
                raise RuntimeError(f"two models are called {cls.name}")
            found[cls.name] = cls
    return found


def model_names() -> list[str]:
    """Names of all models."""
    return sorted(_models())


def model_class(name: str) -> type[Model]:
    """Class of a model; UserError with the nearest names if unknown."""
    try:
        return _models()[name]
    except KeyError:
        raise unknown("model", name, _models(), key="model.name") from None


def parameter_kinds(name: str) -> dict[str, str]:
    """Further parameters of a model and their kinds: "number", "energy", "text" or one that the model checks itself."""
    return dict(model_class(name).parameter_kinds)


def make_model(name: str, **parameters: Any) -> Model:
    """A model with its parameters, energies in GeV.

    >>> make_model("dark_photon").couplings().gv("e") < 0
    True
    """
    return model_class(name)(**parameters)
