"""Branching ratios and cross-sections of single reactions, found among the processes that know them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from lvgen.errors import UserError, nearest
from lvgen.models.registry import make_model, parameter_kinds
from lvgen.production import Process, Rate, get_process, parse_options, process_names


def reaction_names() -> list[str]:
    """Every reaction whose rate some process gives."""
    return sorted(r for name in process_names() for r in get_process(name).reactions())


def branching_ratio(reaction: str, *, model: str, mass: float, coupling: float, **options: Any) -> Rate:
    """Branching ratio of a decay that makes the boson.

    reaction : for example "pi0 -> gamma V" (V, X and Z_D name the same vector); model : name
    mass : of the boson, GeV; coupling : dimensionless
    options : further model parameters, and options of the process such as form_factor = "pole" | "series" | "none"
    returns Rate; float(rate) is its value, 0 where the decay is closed
    raises UserError for an unknown reaction, model or option, or a mass or coupling that is negative or not finite

    >>> rate = branching_ratio("pi0 -> gamma V", model="dark_photon", mass=0.05, coupling=1e-3, form_factor="none")
    >>> f"{rate.value:.4e}"
    '1.2694e-06'
    """
    return _rate(reaction, model, mass, coupling, options)


def cross_section(
    reaction: str, *, model: str, mass: float, coupling: float, sqrt_s: float | None = None, **options: Any
) -> Rate:
    """Cross-section in pb of a collision that makes the boson; sqrt_s in GeV.  Arguments as in ``branching_ratio``."""
    if sqrt_s is not None:
        options["sqrt_s"] = sqrt_s
    return _rate(reaction, model, mass, coupling, options)


def _rate(reaction: str, model: str, mass: float, coupling: float, options: dict[str, Any]) -> Rate:
    for name, value in (("mass", mass), ("coupling", coupling)):
        if not (math.isfinite(value) and value >= 0.0) or (name == "mass" and value == 0.0):
            raise UserError(f"{value!r} where a positive, finite number is due", key=name)
    process, known = _find(reaction)
    kinds = parameter_kinds(model)
    parameters = {key: options.pop(key) for key in list(options) if key in kinds}
    made = make_model(model, **parameters)
    rate = process.rate(known, made, mass, coupling, parse_options(process, options, rate=True))
    return replace(rate, cautions=made.cautions())


def _find(reaction: str) -> tuple[Process, str]:
    """The process of a reaction and the spelling under which it is known."""
    words = ["V" if word in ("X", "Z_D") else word for word in reaction.split()]
    spelled = " ".join(words)
    for name in process_names():
        process = get_process(name)
        if spelled in process.reactions():
            return process, spelled
    names = reaction_names()
    near = nearest(spelled, names)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UserError(f"unknown reaction {reaction!r}; {hint}known: {', '.join(names)}", key="reaction")
