"""``[decay]``: how decay products are made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from lvgen.errors import UserError
from lvgen.validation import Table, as_texts, choice


def _left(value: object) -> tuple[str, ...]:
    from lvgen.decays.cascade import left_particles

    names = () if value in ([], ()) else as_texts(value)
    try:
        left_particles(names)
    except UserError as error:
        raise UserError(error.what) from None
    return names


class DecaySection(Table):
    """How decay products are made.

    hadronisation : what makes hadrons above the hadron-quark transition, "builtin" or "pythia8" (an optional extra)
    stable : unstable particles that are left as they are, by name; the others are decayed on
    """

    hadronisation: Annotated[Literal["builtin", "pythia8"], choice("hadronisation", ("builtin", "pythia8"))] = "builtin"
    stable: Annotated[tuple[str, ...], BeforeValidator(_left)] = ()
