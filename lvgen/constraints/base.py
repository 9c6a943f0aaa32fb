"""The interface of a constraint: a measurement, and what a model predicts for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.point import OutsideValidityError, Point
from lvgen.models.base import Model

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


#: why a branching ratio above 1 (or a width above the measured one) is never used
TOO_LARGE = "a branching ratio would exceed 1: outside validity"


@dataclass(frozen=True)
class Prediction:
    """What a model predicts over a coupling axis.

    value : (g,) what the boson adds to the observable, in the constraint's unit
    strength : (g,) its size relative to what is allowed; above 1 is excluded
    valid : (g,) where the calculation holds; note : what to know about this mass
    """

    value: Floats
    strength: Floats
    valid: Bools
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """What one constraint says about one point of a model.

    prediction : what the boson adds; sm : the same observable without it (None: not used), both in ``unit``
    strength : prediction over what is allowed; excluded : None where the constraint says nothing, and ``note`` why
    confidence : level of the measurement; validity : of the calculation, in words
    """

    constraint: str
    mass: float
    coupling: float
    prediction: float | None
    sm: float | None
    unit: str
    measurement: str
    confidence: float
    strength: float | None
    excluded: bool | None
    note: str
    validity: str


class Constraint(ABC):
    """A measurement; a new one is a module of ``lvgen.constraints`` with the instance in its ``CONSTRAINTS``.

    name, title : as users call it, and one line about it
    measurement : value or limit as text; confidence : its level; references : where it is from
    reread : whether the number was read when it was written here, at the source or in a text that quotes it; others are
        from memory
    validity : of the calculation; what it leaves out
    unit : of prediction and ``sm``; empty for branching ratios
    optional : whether it is used only where it is named: older numbers, other conventions
    verdicts : False where the calculation is too uncertain for any
    favoured : range of the prediction that would explain a measured difference, drawn as a band
    """

    name: str
    title: str
    measurement: str
    confidence: float
    references: tuple[str, ...] = ()
    reread: bool = False
    validity: str = ""
    unit: str = ""
    sm: float | None = None
    optional: bool = False
    verdicts: bool = True
    favoured: tuple[float, float] | None = None

    def applies(self, model: Model) -> bool:  # noqa: ARG002 - most concern every model
        """Whether a model can have such an effect at all."""
        return True

    @abstractmethod
    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Over a coupling axis at one mass; raises OutsideValidityError where nothing can be said."""

    def verdict(self, point: Point, coupling: float) -> Verdict:
        """At one coupling."""
        try:
            found = self.predict(point, np.array([coupling]))
        except OutsideValidityError as error:
            return self._verdict(point, coupling, None, None, None, str(error))
        value, strength = float(found.value[0]), float(found.strength[0])
        if not self.verdicts:
            return self._verdict(point, coupling, value, None, None, found.note or "an estimate without verdict")
        if not found.valid[0]:
            return self._verdict(point, coupling, value, None, None, "; ".join(filter(None, (TOO_LARGE, found.note))))
        return self._verdict(point, coupling, value, strength, strength > 1.0, found.note)

    def _verdict(
        self,
        point: Point,
        coupling: float,
        value: float | None,
        strength: float | None,
        excluded: bool | None,
        note: str,
    ) -> Verdict:
        return Verdict(
            self.name, point.mass, coupling, value, self.sm, self.unit, self.measurement, self.confidence, strength,
            excluded, note, self.validity,
        )  # fmt: skip


def below(value: Floats, limit: float, *, ratio: Floats | None = None, note: str = "") -> Prediction:
    """Prediction under an upper limit.

    ratio : (g,) branching ratio of the decay that makes the boson; above 1 nothing is said
    """
    made = value if ratio is None else ratio
    return Prediction(value, value / limit, made <= 1.0, note)


def between(value: Floats, low: float, high: float, note: str = "") -> Prediction:
    """Prediction that may be anything from ``low`` < 0 to ``high`` > 0."""
    strength: Floats = np.where(value > 0.0, value / high, value / low)
    return Prediction(value, strength, np.ones(value.shape, bool), note)


def allowed(difference: float, sigma: float, deviations: float) -> tuple[float, float]:
    """Range of a contribution that is not excluded by a measured minus expected value.

    It holds what lies within ``deviations`` sigma of the difference or of 0, and what is in between: that a difference
    is far from 0 is not held against the boson.
    """
    reach = deviations * sigma
    return min(-reach, difference - reach), max(reach, difference + reach)


#: two-sided Gaussian deviations of the levels that are used, and the one-sided ones of upper limits
TWO_SIDED = {0.68: 1.0, 0.90: 1.6449, 0.95: 1.9600, 0.9973: 3.0}
ONE_SIDED = {0.90: 1.2816, 0.95: 1.6449}
