"""Programs that read our events, as data: what each wants is a TOML file in ``lvgen/data/targets``."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Annotated

from pydantic import BeforeValidator, Field

from lvgen import toml
from lvgen.errors import UserError, unknown
from lvgen.io.formats import format_named
from lvgen.particles import PDG_ID
from lvgen.validation import Table, as_quantity, integer, shown, text, texts

_PACKAGE = "lvgen.data"
MAX_LENGTH = 1e6
MAX_PDG = 2**31 - 1


def _formats(value: object) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise UserError(f"{shown(value)} where names of event formats are due")
    return tuple(format_named(str(name)).name for name in names)


def _pdg(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UserError(f"{shown(value)} where a PDG id is due, such as 32")
    if not 0 < abs(value) <= MAX_PDG:
        raise UserError(f"{value} is no PDG id: a number between 1 and {MAX_PDG} is due, or its negative")
    if abs(value) in map(abs, PDG_ID.values()):
        name = next(name for name, pdg in PDG_ID.items() if abs(pdg) == abs(value))
        raise UserError(f"{value} is taken by {name}; the new boson needs a number of its own, such as 32")
    return value


def as_shift(value: object) -> tuple[float, float, float]:
    """Three lengths with units as metres."""
    if not isinstance(value, (list, tuple)) or len(value) != 3:
        raise UserError(f'{shown(value)} where three lengths are due, such as ["0 m", "0 m", "-480 m"]')
    x, y, z = (as_quantity(item, "length", least=-MAX_LENGTH, most=MAX_LENGTH) for item in value)
    return x, y, z


PdgId = Annotated[int, BeforeValidator(_pdg)]
Shift = Annotated[tuple[float, float, float], BeforeValidator(as_shift)]


class Target(Table):
    """What one program wants.

    formats : of the event files; pdg_id : of the boson, None for the usual one; units : told to people
    first_event : number of the first event; shift : of the origin, m; sidecar : whether HepMC3 gets FILE.json too
    drop_escaped : whether events go whose boson leaves undecayed; notes : what its users should know
    """

    title: Annotated[str, text()] = Field(examples=['"My program"'])
    formats: Annotated[tuple[str, ...], BeforeValidator(_formats)] = Field(examples=['["hepmc3"]'])
    units: Annotated[str, text()] = Field(examples=['"GeV, mm"'])
    pdg_id: PdgId | None = None
    first_event: Annotated[int, integer(least=0, most=2**31)] = 0
    shift: Shift = (0.0, 0.0, 0.0)
    sidecar: bool = False
    drop_escaped: bool = False
    notes: Annotated[tuple[str, ...], texts()] = ()


@functools.cache
def target_names() -> list[str]:
    """Names of the programs, sorted.

    >>> "fairship" in target_names()
    True
    """
    files = (entry.name for entry in resources.files(_PACKAGE).joinpath("targets").iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))


@functools.cache
def load_target(name: str) -> Target:
    """The target of that name; raises UserError with the nearest names.

    >>> load_target("fairship").formats
    ('fairship',)
    """
    from lvgen.validation import validated

    if name not in target_names():
        raise unknown("target", name, target_names())
    raw = resources.files(_PACKAGE).joinpath("targets", f"{name}.toml").read_bytes()
    return validated(Target, toml.parse(raw, f"{name}.toml"), file=f"{name}.toml")
