"""How a boson couples: the interface of every model.

L = V_a fbar gamma^a (gV_f + gA_f gamma5) f, all couplings given at ``coupling = 1`` and linear in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from lvgen.errors import UserError, unknown

#: Standard Model fermions in the order in which couplings are listed
FERMIONS: tuple[str, ...] = ("e", "mu", "tau", "nu_e", "nu_mu", "nu_tau", "u", "d", "s", "c", "b", "t")

#: electric charges in units of the positron's
ELECTRIC_CHARGE: dict[str, float] = {
    **dict.fromkeys(("e", "mu", "tau"), -1.0),
    **dict.fromkeys(("nu_e", "nu_mu", "nu_tau"), 0.0),
    **dict.fromkeys(("u", "c", "t"), 2 / 3),
    **dict.fromkeys(("d", "s", "b"), -1 / 3),
}


@dataclass(frozen=True)
class Couplings:
    """Vector and axial coupling of each fermion at ``coupling = 1``; those left out are 0."""

    vector: Mapping[str, float]
    axial: Mapping[str, float] = field(default_factory=dict)

    def gv(self, fermion: str) -> float:
        """Vector coupling of a fermion of ``FERMIONS``."""
        return self.vector.get(fermion, 0.0)

    def ga(self, fermion: str) -> float:
        """Axial coupling of a fermion of ``FERMIONS`` (right-handed is +gV)."""
        return self.axial.get(fermion, 0.0)


class Model:
    """A boson and its couplings; a new model is a subclass in a new module of ``lvgen.models``.

    ``name`` is how cards call it; ``parameter_kinds`` names further parameters and their kind ("number", "energy",
    "text") with ``defaults``; ``mass_max`` is where its decay table ends (GeV) and ``mass_max_reason`` says why.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    references: ClassVar[tuple[str, ...]] = ()
    boson: ClassVar[str] = "V"
    boson_label: ClassVar[str] = "V"
    coupling_name: ClassVar[str] = "g"
    coupling_label: ClassVar[str] = "$g$"
    parameter_kinds: ClassVar[dict[str, str]] = {}
    defaults: ClassVar[dict[str, float | str]] = {}
    mass_max: ClassVar[float] = float("inf")
    mass_max_reason: ClassVar[str] = ""

    def __init__(self, **parameters: float | str) -> None:
        for key in parameters:
            if key not in self.parameter_kinds:
                raise unknown(f"parameter of model {self.name}", key, self.parameter_kinds, key=f"model.{key}")
        self.parameters: dict[str, float | str] = {**self.defaults, **parameters}

    def couplings(self) -> Couplings:
        """Couplings at ``coupling = 1`` for this model's parameters."""
        raise NotImplementedError

    def check_mass(self, mass: float) -> None:
        """UserError where the model has no decay table at this mass (GeV)."""
        if mass > self.mass_max:
            raise UserError(
                f"{mass:g} GeV is above {self.mass_max:g} GeV, where {self.mass_max_reason}", key="model.mass"
            )
