"""Models as users handle them: couplings and decays of a name and parameters."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from lvgen.decays.table import DecayTable, checked_program
from lvgen.models.base import Couplings, Model
from lvgen.models.points import at_point
from lvgen.models.registry import make_model


class Mediator:
    """A model with its parameters, as a user handles it: ``lvgen.model("dark_photon")``."""

    def __init__(self, model: Model, compatible: str | None = None) -> None:
        self.model = model
        self.compatible = checked_program(compatible)

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.model.name

    @property
    def parameters(self) -> dict[str, Any]:
        """Further parameters, defaults included."""
        return dict(self.model.parameters)

    def couplings(self, mass: float | None = None) -> Couplings:
        """Couplings at ``coupling = 1``; mass (GeV) matters for those that depend on it through loops."""
        return self.model.couplings(mass)

    def decay_table(self, mass: ArrayLike, coupling: float = 1.0) -> DecayTable:
        """Widths, lifetime and branching ratios at a coupling; mass in GeV, scalar or array.

        coupling : of use where widths do not go with its square (a dark Z with epsilon_Z); 0 leaves the rest alone
        raises ValueError for masses that are not positive or beyond the model's range
        """
        model = self.model if coupling == 1.0 else at_point(self.model, coupling)
        return DecayTable(model, mass, self.compatible)

    def __repr__(self) -> str:
        inside = "".join(f", {k}={v!r}" for k, v in self.model.parameters.items())
        return f"lvgen.model({self.name!r}{inside})"


def mediator(name: str, compatible: str | None = None, **parameters: Any) -> Mediator:
    """The model of a name with its parameters; energies in GeV.

    compatible : None, or "deliver" to follow the program of arXiv:2201.01788 where it differs (see ``DecayTable``)
    raises UserError for an unknown model, parameter or program

    >>> table = mediator("dark_photon").decay_table(0.05)
    >>> table.channels
    ['e+ e-']
    """
    return Mediator(make_model(name, **parameters), compatible)
