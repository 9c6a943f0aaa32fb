"""e+ e- -> mu+ mu- phi: a scalar or pseudoscalar emitted from the muons."""

from __future__ import annotations

from typing import Any, ClassVar

from lvgen.collisions import CollisionProcess, PairReaction, Reaction, total
from lvgen.errors import UserError
from lvgen.models.base import Couplings, Model
from lvgen.particles import mass as particle_mass
from lvgen.production import Rate


class MuonPairScalar(CollisionProcess):
    """e+ e- -> mu+ mu- phi, L = phi mubar (gS + i gP gamma5) mu."""

    name = "ee_to_mumu_phi"
    title = "e+ e- -> mu+ mu- phi at tree level, emission from muons"
    label = r"$e^+e^-\to\mu^+\mu^-\phi$"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1606.03501",)
    fermions = ("mu",)

    def reactions(self) -> tuple[str, ...]:
        """The one reaction."""
        return ("e+ e- -> mu+ mu- phi",)

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """Every mass; UserError where the model's boson is no scalar, or does not couple to muons."""
        if model.spin != 0:
            raise UserError(f"{self.name}: the boson of {model.name} is a vector", key="production.processes")
        return super().mass_range(model, options)

    def threshold(self, root_s: float) -> float:
        """Highest mass of phi, GeV."""
        return root_s - 2.0 * particle_mass("mu-")

    def made_with(self, model: Model, mass: float, root_s: float, options: Any) -> Reaction:
        """The reaction of a model at coupling 1; ``mass`` is that of phi."""
        return _reaction(model.couplings_at(1.0, mass), mass, root_s, options)

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Cross-section in pb; ``mass`` is that of phi, or of V where the model has both (m_phi its parameter)."""
        m_phi = float(model.parameters.get("m_phi", mass))
        return total(_reaction(model.couplings_at(coupling, mass), m_phi, options.energy(), options))


def _reaction(couplings: Couplings, mass: float, root_s: float, options: Any) -> PairReaction:
    given = (couplings.gs("mu"), couplings.gp("mu"), 0.0, 0.0)
    return PairReaction("mu", mass, root_s, given, True, options.isr, options.vacuum_polarisation)


process = MuonPairScalar()
