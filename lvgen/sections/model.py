"""``[model]``: which boson, at which masses and couplings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, Field, model_validator

from lvgen.errors import UserError, unknown
from lvgen.sections.grids import MAX_COUPLING, MAX_MASS, CouplingGrid, MassGrid, Scaling
from lvgen.validation import Table, as_choice, as_number, as_quantity, as_text, checked_keys, text, validated

MAX_GRID = 10_000_000

Name = Annotated[str, text(most=200)]


def _mass(value: object) -> float | MassGrid:
    if isinstance(value, Mapping):
        return validated(MassGrid, value)
    return as_quantity(value, "energy", above=0.0, most=MAX_MASS)


def _coupling(value: object) -> float | CouplingGrid:
    if isinstance(value, Mapping):
        return validated(CouplingGrid, value)
    return as_number(value, above=0.0, below=MAX_COUPLING)


def _single(value: float) -> NDArray[np.float64]:
    values = np.array([value])
    values.setflags(write=False)
    return values


class ModelSection(Table):
    """Which boson, at which masses (GeV) and couplings.

    parameters : further parameters of the model, energies in GeV
    scan : the parameter on the coupling axis where it is not the model's own coupling; that is then a parameter by its
        name (``epsilon = 1e-4``), 0 where it is left out
    """

    name: Name = Field(examples=['"dark_photon"'])
    mass: Annotated[float | MassGrid, BeforeValidator(_mass)] = Field(examples=['"50 MeV"'])
    coupling: Annotated[float | CouplingGrid, BeforeValidator(_coupling)] = Field(examples=["3e-5"])
    scan: Name | None = None
    parameters: dict[str, Any] = Field(default_factory=dict, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        """What the model declares beside the fields becomes ``parameters``."""
        if isinstance(data, BaseModel):
            return data
        own = [key for key in cls.model_fields if key != "parameters"]
        if not isinstance(data, Mapping) or "name" not in data:
            return checked_keys(cls, data)
        kinds = _parameter_kinds(data["name"])
        if data.get("scan") is not None:  # the model's own coupling stays at a value, 0 where none is given
            kinds = kinds | {_coupling_name(data["name"]): "number"}
        fields = checked_keys(cls, {k: v for k, v in data.items() if k in own or k not in kinds}, further=kinds)
        given = {k: v for k, v in data.items() if k in kinds and k not in own}
        return fields | {"parameters": {k: _parameter(k, v, kinds[k]) for k, v in given.items()}}

    @model_validator(mode="after")
    def _consistent(self) -> ModelSection:
        if len(self.masses) * len(self.couplings) > MAX_GRID:
            sizes = f"{len(self.masses)} masses times {len(self.couplings)} couplings"
            raise UserError(f"{sizes}; a map has at most {MAX_GRID} points")
        if self.scan is not None:
            numbers = _scannable(self.name)
            if self.scan not in numbers:
                raise unknown(f"parameter of {self.name}", self.scan, numbers, key="scan")
            if self.scan in self.parameters:
                raise UserError(f"{self.scan} is on the coupling axis and cannot have a value too", key=self.scan)
        return self

    @cached_property
    def masses(self) -> NDArray[np.float64]:
        """(M,) GeV, increasing."""
        return self.mass.values if isinstance(self.mass, MassGrid) else _single(self.mass)

    @cached_property
    def couplings(self) -> NDArray[np.float64]:
        """(G,) increasing."""
        return self.coupling.values if isinstance(self.coupling, CouplingGrid) else _single(self.coupling)

    @property
    def is_single_mass(self) -> bool:
        """Whether the card names one mass, not a grid."""
        return not isinstance(self.mass, MassGrid)

    @property
    def is_single_coupling(self) -> bool:
        """Whether the card names one coupling, not a grid."""
        return not isinstance(self.coupling, CouplingGrid)

    @property
    def mass_scale(self) -> Scaling:
        """Spacing of the masses."""
        return self.mass.scale if isinstance(self.mass, MassGrid) else "log"

    @property
    def coupling_scale(self) -> Scaling:
        """Spacing of the couplings."""
        return self.coupling.scale if isinstance(self.coupling, CouplingGrid) else "log"


def _parameter_kinds(name: object) -> dict[str, str]:
    from lvgen.models.registry import model_names, parameter_kinds

    try:
        known = as_choice(name, "model", model_names())
    except UserError as error:
        raise error.at(key="name") from None
    return dict(parameter_kinds(known))


def _coupling_name(name: str) -> str:
    from lvgen.models.registry import model_class

    return model_class(name).coupling_name


def _scannable(name: str) -> list[str]:
    """Parameters that can be put on the coupling axis: the model's numbers, those of dark matter left out."""
    from lvgen.models.dark_matter import DARK_MATTER_KINDS

    kinds = _parameter_kinds(name)
    return [key for key, kind in kinds.items() if kind in ("number", "direct") and key not in DARK_MATTER_KINDS]


def _parameter(name: str, value: object, kind: str) -> object:
    try:
        return parameter_value(value, kind)
    except UserError as error:
        raise error.at(key=name) from None


def parameter_value(value: object, kind: str) -> object:
    """A model parameter of kind "number", "energy" (GeV) or "text"; other kinds are left to the model."""
    if kind == "number":
        return as_number(value, least=-1e6, most=1e6)
    if kind == "energy":
        return as_quantity(value, "energy", above=0.0, most=MAX_MASS)
    return as_text(value) if kind == "text" else value
