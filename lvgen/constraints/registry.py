"""Every constraint: those that the modules of ``lvgen.constraints`` list in ``CONSTRAINTS``."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path

import lvgen.constraints
from lvgen.constraints.base import Constraint
from lvgen.errors import UserError, unknown
from lvgen.models.base import Model
from lvgen.userfiles import load_module


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


@functools.cache
def _of_file(path: Path, content: bytes) -> tuple[Constraint, ...]:
    """The constraints of a file; read anew where its content has changed."""
    found = getattr(load_module(path, content, "constraint", "names"), "CONSTRAINTS", None)
    if not isinstance(found, tuple) or not found or not all(isinstance(one, Constraint) for one in found):
        raise UserError("must define CONSTRAINTS = (...), instances of Constraint", file=str(path), key="names")
    for one in found:
        if one.name in _all():
            raise UserError(f"a constraint called {one.name!r} is already registered", file=str(path), key="names")
    return found


def _named(name: str) -> tuple[Constraint, ...]:
    """A built-in constraint, or those of a user's file, which ends in ``.py``."""
    if not name.endswith(".py"):
        return (get_constraint(name),)
    path = Path(name).resolve()
    return _of_file(path, path.read_bytes() if path.is_file() else b"")


def get_constraint(name: str) -> Constraint:
    """A built-in constraint by name; UserError with the nearest names if unknown."""
    try:
        return _all()[name]
    except KeyError:
        raise unknown("constraint", name, _all(), key="names") from None


def chosen(model: Model, names: Sequence[str] | None) -> list[Constraint]:
    """The named constraints, or all that apply to the model and are not optional, in the order of their names.

    names : a name that ends in ``.py`` stands for all of that file
    raises UserError for an unknown name, one that stands there twice, or one that does not concern the model
    """
    if names is None:
        return [c for c in map(get_constraint, constraint_names()) if not c.optional and c.applies(model)]
    found: list[Constraint] = []
    for one in (one for name in names for one in _named(name)):
        if one.name in [other.name for other in found]:
            raise UserError(f"{one.name!r} stands there twice", key="names")
        if not one.applies(model):
            raise UserError(f"{one.name} says nothing about {model.name}: {one.title}", key="names")
        found.append(one)
    return found
