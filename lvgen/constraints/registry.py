"""Every constraint: those that the modules of ``lvgen.constraints`` list in ``CONSTRAINTS``."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Sequence

import lvgen.constraints
from lvgen.constraints.base import Constraint
from lvgen.errors import UserError, unknown
from lvgen.models.base import Model


@functools.cache
def _all() -> dict[str, Constraint]:
    found: dict[str, Constraint] = {}
    for info in pkgutil.iter_modules(lvgen.constraints.__path__):
        for one in getattr(importlib.import_module(f"lvgen.constraints.{info.name}"), "CONSTRAINTS", ()):
            if one.name in found:
                raise RuntimeError(f"two constraints are called {one.name}")
            found[one.name] = one
    return found


def constraint_names() -> list[str]:
    """Names of all constraints."""
    return sorted(_all())


def get_constraint(name: str) -> Constraint:
    """A constraint by name; UserError with the nearest names if unknown."""
    try:
        return _all()[name]
    except KeyError:
        raise unknown("constraint", name, _all(), key="names") from None


def chosen(model: Model, names: Sequence[str] | None) -> list[Constraint]:
    """The named constraints, or all that apply to the model and are not optional, in the order of their names.

    raises UserError for an unknown name, one that stands there twice, or one that does not concern the model
    """
    if names is None:
        return [c for c in map(get_constraint, constraint_names()) if not c.optional and c.applies(model)]
    found = []
    for name in names:
        one = get_constraint(name)
        if one in found:
            raise UserError(f"{name!r} stands there twice", key="names")
        if not one.applies(model):
            raise UserError(f"{name} says nothing about {model.name}: {one.title}", key="names")
        found.append(one)
    return found
