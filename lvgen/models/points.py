"""A model at one value of what is on the coupling axis, and rates as quadratic forms along that axis.

Where rates go with the coupling squared, ``structures`` is one term and nothing here is needed.  Elsewhere (a dark Z
whose epsilon_Z stays while epsilon varies) couplings are C(g) = C0 + g C1, and whatever is quadratic in them obeys

    R(g) = (1 - g/s) R[C0] + (g^2 - g s) R[C1] + (g/s) R[C0 + s C1]

for any s: three samples, none of them with a negative weight, hold the whole axis, interference included.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.models.base import FERMIONS, Couplings, Model

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
#: weight, model, value of that model's coupling
Term = tuple[float, Model, float]

#: relative difference of couplings that is rounding
_ROUNDING = 1e-9
#: GeV; whether couplings are proportional to what is on the axis does not depend on it
_MASS = 0.1
_KINDS = ("vector", "axial", "scalar", "pseudoscalar")


class PointModel(Model):
    """A sum of models at given couplings, as one model whose couplings at 1 are these; see ``at_point``."""

    _terms: tuple[Term, ...]

    def couplings(self, mass: float | None = None) -> Couplings:
        """The couplings themselves."""
        return summed([(w, m.couplings_at(g, mass)) for w, m, g in self._terms])

    def couplings_at(self, coupling: float, mass: float | None = None) -> Couplings:
        """Proportional to ``coupling``."""
        return self.couplings(mass).scaled(coupling)

    def tree_at(self, coupling: float, mass: float | None = None) -> Couplings:
        """See ``Model.tree_at``."""
        return summed([(w * coupling, m.tree_at(g, mass)) for w, m, g in self._terms])

    def meson_charge(self, up: str, down: str, coupling: float, mass: float | None = None, tree: bool = False) -> float:
        """See ``Model.meson_charge``."""
        return coupling * sum(w * m.meson_charge(up, down, g, mass, tree) for w, m, g in self._terms)

    def anomaly(self) -> float:
        """That of the couplings themselves."""
        return sum(w * m.anomaly_at(g) for w, m, g in self._terms)

    def disputed_anomaly(self, coupling: float) -> float:
        """See ``Model.disputed_anomaly``."""
        return coupling * sum(w * m.disputed_anomaly(g) for w, m, g in self._terms)

    def z_mixing(self, coupling: float) -> float:
        """See ``Model.z_mixing``."""
        return coupling * sum(w * m.z_mixing(g) for w, m, g in self._terms)

    def photon_mixing(self, coupling: float, mass: float | None = None) -> float | None:
        """See ``Model.photon_mixing``."""
        parts = [m.photon_mixing(g, mass) for _, m, g in self._terms]
        if any(part is None for part in parts):
            return super().photon_mixing(coupling, mass)
        return coupling * sum(w * cast(float, part) for (w, _, _), part in zip(self._terms, parts, strict=True))

    def mixing_shift(self, mass: Floats) -> Complexes:
        """See ``Model.mixing_shift``."""
        zero = np.zeros(np.shape(mass), complex)
        total: Complexes = sum((w * g * m.mixing_shift(mass) for w, m, g in self._terms), zero)
        return total

    def compatible_couplings(self) -> Couplings:
        """The couplings themselves: no program is compared with at a point."""
        return self.couplings()


class ScannedModel(Model):
    """A model with another parameter on the coupling axis: ``couplings_at(value)`` has that parameter at ``value``."""

    _base: Model
    _scan: str
    _own: float

    def point(self, value: float) -> tuple[Model, float]:
        """The model with the parameter at ``value``, and the value of its own coupling."""
        return type(self._base)(**{**self._base.parameters, self._scan: value}), self._own

    def couplings(self, mass: float | None = None) -> Couplings:
        """Those with 1 for what is on the axis."""
        return self.couplings_at(1.0, mass)

    def couplings_at(self, coupling: float, mass: float | None = None) -> Couplings:
        """Couplings with the parameter at ``coupling``."""
        model, own = self.point(coupling)
        return model.couplings_at(own, mass)

    def tree_at(self, coupling: float, mass: float | None = None) -> Couplings:
        """See ``Model.tree_at``."""
        model, own = self.point(coupling)
        return model.tree_at(own, mass)

    def meson_charge(self, up: str, down: str, coupling: float, mass: float | None = None, tree: bool = False) -> float:
        """See ``Model.meson_charge``."""
        model, own = self.point(coupling)
        return model.meson_charge(up, down, own, mass, tree)

    def anomaly_at(self, coupling: float) -> float:
        """See ``Model.anomaly_at``."""
        model, own = self.point(coupling)
        return model.anomaly_at(own)

    def z_mixing(self, coupling: float) -> float:
        """See ``Model.z_mixing``."""
        model, own = self.point(coupling)
        return model.z_mixing(own)

    def photon_mixing(self, coupling: float, mass: float | None = None) -> float | None:
        """See ``Model.photon_mixing``."""
        model, own = self.point(coupling)
        return model.photon_mixing(own, mass)

    def mixing_shift(self, mass: Floats) -> Complexes:
        """See ``Model.mixing_shift``; that with 1 for what is on the axis."""
        model, own = self.point(1.0)
        return own * model.mixing_shift(mass)


_CLASSES: dict[type, type[PointModel]] = {}


@dataclass(frozen=True)
class Structure:
    """One term of a quadratic form: a rate at g is the sum of ``weight(g)`` times the rate of ``model`` at coupling 1.

    weight : values of the axis (g,) -> (g,); of either sign
    """

    model: Model
    weight: Callable[[Floats], Floats]


def summed(parts: Sequence[tuple[float, Couplings]]) -> Couplings:
    """Sum of couplings with weights."""
    kinds: list[dict[str, float]] = []
    for kind in _KINDS:
        names = dict.fromkeys(f for _, c in parts for f in getattr(c, kind))
        kinds.append({f: sum(w * getattr(c, kind).get(f, 0.0) for w, c in parts) for f in names})
    return Couplings(*kinds)


def scanned(model: Model, scan: str | None, own: float) -> Model:
    """The model with parameter ``scan`` on its coupling axis and its own coupling at ``own``; as it is for None."""
    if scan is None:
        return model
    names = {"coupling_name": scan, "coupling_label": model.parameter_labels.get(scan, scan.replace("_", " "))}
    kind = type(type(model).__name__, (ScannedModel, type(model)), {"__doc__": type(model).__doc__, **names})
    made: Any = object.__new__(kind)
    made.__dict__.update(model.__dict__)
    made._base, made._scan, made._own = model, scan, own
    return cast(Model, made)


def at_point(model: Model, value: float) -> Model:
    """The model with ``value`` on its coupling axis: proportional, its couplings at 1 are those at ``value``."""
    return _point(model, [(1.0, value)])


def is_proportional(model: Model) -> bool:
    """Whether all couplings go with what is on the coupling axis, so that rates go with its square."""
    # at a mass, since some couplings are there only then
    none, one, two = (_vector(model.couplings_at(value, _MASS)) for value in (0.0, 1.0, 2.0))
    return not none.any() and bool(np.all(np.abs(two - 2.0 * one) <= _ROUNDING * np.abs(one)))


def structures(model: Model, fermions: Sequence[str] = FERMIONS) -> list[Structure]:
    """Terms that make a rate at any value on the coupling axis; one where it goes with the coupling squared, or stays.

    fermions : those whose couplings the rate depends on; others must not matter to it
    raises UserError for couplings that are not linear in what is on the axis
    """
    none, one, two = (_vector(model.couplings_at(value, _MASS), fermions) for value in (0.0, 1.0, 2.0))
    slope = one - none
    if np.any(np.abs(two - one - slope) > _ROUNDING * (np.abs(none) + np.abs(one) + np.abs(two))):
        raise UserError(f"the couplings of {model.name} are not linear in what is on the axis", key="model.coupling")
    if is_proportional(model):
        return [Structure(model, np.square)]
    if not slope.any():
        return [Structure(_point(model, [(1.0, 0.0)]), np.ones_like)]
    rising = Structure(_point(model, [(1.0, 1.0), (-1.0, 0.0)]), np.square)
    if not none.any():
        return [rising]
    # the third point lies where both parts are of one size, on the side where they add up
    s = math.copysign(math.sqrt(float(none @ none) / float(slope @ slope)), float(none @ slope))
    return [
        Structure(_point(model, [(1.0, 0.0)]), lambda g: 1.0 - g / s),
        Structure(rising.model, lambda g: g * (g - s)),
        Structure(_point(model, [(1.0, s)]), lambda g: g / s),
    ]


def relative_rate(model: Model, coupling: Floats, rate: Callable[[Model], float]) -> Floats:
    """Rate along the axis over that at 1: coupling^2, or ``rate`` of the model at each value where that does not hold.

    coupling : (g,); rate : of a model at coupling 1
    """
    if is_proportional(model):
        return coupling**2
    reference = rate(at_point(model, 1.0))
    if reference == 0.0:
        return np.zeros(len(coupling))
    return np.array([rate(at_point(model, float(value))) / reference for value in coupling])


def _vector(couplings: Couplings, fermions: Sequence[str] = FERMIONS) -> Floats:
    return np.array([getattr(couplings, kind).get(f, 0.0) for kind in _KINDS for f in fermions])


def _point(model: Model, values: Sequence[tuple[float, float]]) -> Model:
    made = _point_of(model)
    if isinstance(model, ScannedModel):
        made._terms = tuple((weight, *model.point(value)) for weight, value in values)
    else:
        made._terms = tuple((weight, model, value) for weight, value in values)
    _, first, _ = made._terms[0]
    made.parameters = dict(first.parameters)
    if first.dark_matter is not None:
        chi = sum(w * g * m.dark_matter.coupling for w, m, g in made._terms if m.dark_matter is not None)
        made.dark_matter = replace(first.dark_matter, coupling=chi)
    return made


def _point_of(model: Model) -> PointModel:
    """A point with everything that the model says about itself, its couplings not yet said."""
    plain = next(kind for kind in type(model).__mro__ if not issubclass(kind, (PointModel, ScannedModel)))
    if plain not in _CLASSES:
        _CLASSES[plain] = type(plain.__name__, (PointModel, plain), {"__doc__": plain.__doc__})
    made: PointModel = object.__new__(_CLASSES[plain])
    made.__dict__.update(model.__dict__)
    return made
