"""e+ e- -> mu+ mu- phi: a scalar or pseudoscalar emitted from the muons."""

from __future__ import annotations

from typing import Any, ClassVar

from lvgen.collisions import PairProcess, PairReaction
from lvgen.models.base import Model
from lvgen.production import Rate


class MuonPairScalar(PairProcess):
    """e+ e- -> mu+ mu- phi, L = phi mubar (gS + i gP gamma5) mu."""

    name = "ee_to_mumu_phi"
    title = "e+ e- -> mu+ mu- phi at tree level, emission from muons"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1606.03501",)
    fermion = "mu"

    def reactions(self) -> tuple[str, ...]:
        """The one reaction."""
        return ("e+ e- -> mu+ mu- phi",)

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Cross-section in pb; ``mass`` is that of phi, or of V where the model has both (m_phi its parameter)."""
        c = model.couplings_at(coupling, mass)
        m_phi = float(model.parameters.get("m_phi", mass))
        couplings = (c.gs("mu"), c.gp("mu"), 0.0, 0.0)
        return PairReaction("mu", m_phi, options.energy(), couplings, scalar=True).cross_section()


process = MuonPairScalar()
