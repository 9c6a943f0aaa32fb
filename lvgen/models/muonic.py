"""The muonic dark U(1) with its dark Higgs (arXiv:1609.00860).

Kinetic mixing kappa and a right-handed gauge coupling 2 lam kappa of the muon: gV_mu = kappa (e + lam),
gA_mu = lam kappa, all other charged fermions -e kappa Q; phi couples to muons with 2 lam kappa m_mu/M_V.
"""

from __future__ import annotations

from typing import Any, ClassVar

from lvgen.models.base import ELECTRIC_CHARGE, FERMIONS, Couplings, Model
from lvgen.particles import mass as particle_mass
from lvgen.units import E_CHARGE


class MuonicU1d(Model):
    """Coupling kappa; ``lam`` is absolute (not over e), ``m_phi`` the mass of the dark Higgs."""

    name = "muonic_U1d"
    title = "muonic dark U(1) with right-handed muon coupling and dark Higgs"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1609.00860",)
    coupling_name = "kappa"
    coupling_label = r"$\kappa$"
    own_kinds: ClassVar[dict[str, str]] = {"lam": "number", "m_phi": "energy"}
    own_defaults: ClassVar[dict[str, Any]] = {"lam": E_CHARGE, "m_phi": 0.15}

    def couplings(self, mass: float | None = None) -> Couplings:
        """Couplings at kappa = 1; mass : of V, GeV, for the coupling of phi (left out: that is 0)."""
        lam = float(self.parameters["lam"])
        vector = {f: -E_CHARGE * ELECTRIC_CHARGE[f] for f in FERMIONS}
        vector["mu"] += lam
        scalar = {"mu": 2.0 * lam * particle_mass("mu-") / mass} if mass else {}
        return Couplings(vector, {"mu": lam}, scalar)

    def anomaly(self) -> float:
        """0: what cancels the anomaly of the muon's coupling is not part of the model."""
        return 0.0


MODELS = (MuonicU1d,)
