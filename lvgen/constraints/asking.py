"""Constraints from Python: ``lvgen.bounds`` and ``lvgen.verdicts``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lvgen.constraints.base import Verdict
from lvgen.constraints.point import axis
from lvgen.constraints.registry import chosen
from lvgen.constraints.scan import Bound, bounds_of, verdicts_at
from lvgen.errors import UserError

#: couplings between which bounds are looked for
DEFAULT_RANGE = (1e-8, 1.0)


def bounds(
    model: str,
    mass: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    between: tuple[float, float] = DEFAULT_RANGE,
    scan: str | None = None,
    legs: str = "all",
    invisible: bool = False,
    **parameters: Any,
) -> list[Bound]:
    """Couplings that measurements at low energies exclude (or favour), mass by mass.

    model : name; mass : GeV, scalar or (n,); names : of constraints, by default all that apply
    between : couplings within which is looked; scan : another parameter in place of the model's coupling, which is then
        one of ``parameters`` by its name; legs, invisible : see ``constraints.point.Axis``
    parameters : of the model, energies in GeV
    returns one ``Bound`` for each interval, and one without couplings where there is none
    raises UserError for unknown names, and masses or couplings that are not positive and finite

    >>> (found,) = bounds("dark_photon", 0.01, names=["alpha_shift"])
    >>> f"{found.coupling_lower**2:.2g}"
    '8.9e-06'
    """
    along = axis(model, scan=scan, legs=legs, invisible=invisible, **parameters)
    low, high = _positive(between, "between")
    if not low < high:
        raise UserError("the first must be below the second", key="between")
    return bounds_of(along, _positive(mass, "mass"), chosen(along.model, names), low, high)


def verdicts(
    model: str,
    mass: ArrayLike,
    coupling: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    scan: str | None = None,
    legs: str = "all",
    invisible: bool = False,
    **parameters: Any,
) -> list[Verdict]:
    """What measurements at low energies say at given masses (GeV) and couplings; arguments as in ``bounds``."""
    along = axis(model, scan=scan, legs=legs, invisible=invisible, **parameters)
    masses, couplings = _positive(mass, "mass"), _positive(coupling, "coupling")
    return verdicts_at(along, masses, couplings, chosen(along.model, names))


def _positive(values: ArrayLike, key: str) -> list[float]:
    found = [float(x) for x in np.atleast_1d(np.asarray(values, dtype=float)).ravel()]
    for x in found:
        if not (math.isfinite(x) and x > 0.0):
            raise UserError(f"{x!r} where a positive, finite number is due", key=key)
    return found
