"""``[sensitivity]``, ``[constraints]`` and ``[run]``: how points are judged, by what, and how precisely."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from lvgen.validation import Table, as_texts, choice, flag, integer, number

#: statistical methods, as ``lvgen.sensitivity.statistics`` has them
METHOD_NAMES = ("poisson", "cls", "feldman_cousins", "discovery")

Confidence = Annotated[float, number(above=0.5, below=1.0)]
Precision = Annotated[float, number(above=1e-5, below=1.0)]
Seed = Annotated[int, integer(least=0, most=2**63 - 1)]


class SensitivitySection(Table):
    """How a point is judged.

    confidence : level of the contour; method : "poisson", "cls", "feldman_cousins" or "discovery", the last with a
    ``significance`` in standard deviations
    background_uncertainty : relative, in place of the detector's
    width_uncertainty : whether errors of the widths are carried to the contour
    scan : "fixed", or "adaptive", which puts masses between those of the grid where the contour needs them to be known
    to ``contour_precision`` (relative, in coupling); both put couplings beside the contour's edges
    """

    confidence: Confidence = 0.90
    method: Annotated[str, choice("method", METHOD_NAMES)] = "poisson"
    significance: Annotated[float, number(least=1.0, most=8.0)] = 5.0
    background_uncertainty: Annotated[float, number(least=0.0, most=10.0)] | None = None
    width_uncertainty: Annotated[bool, flag()] = False
    scan: Annotated[Literal["fixed", "adaptive"], choice("scan", ("fixed", "adaptive"))] = "fixed"
    contour_precision: Annotated[float, number(least=0.001, most=0.5)] = 0.02

    @property
    def is_adaptive(self) -> bool:
        """Whether masses are refined."""
        return self.scan == "adaptive"


class ConstraintsSection(Table):
    """What measurements at low energies exclude of the model.

    names : of constraints, None for all that apply; legs : "all" or "lepton"; invisible : whether the boson is taken to
    go unseen, whatever the model says
    """

    names: Annotated[tuple[str, ...], BeforeValidator(as_texts)] | None = None
    legs: Annotated[Literal["all", "lepton"], choice("choice of legs", ("all", "lepton"))] = "all"
    invisible: Annotated[bool, flag()] = False


class RunSection(Table):
    """seed : None where one is to be drawn; precision : relative error of N that every point should meet."""

    seed: Seed | None = None
    precision: Precision = 0.02
