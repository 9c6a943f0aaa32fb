"""The muonic dark U(1) with its dark Higgs (arXiv:1609.00860).

Kinetic mixing kappa and a right-handed gauge coupling 2 lam kappa of the muon: gV_mu = kappa (e + lam),
gA_mu = lam kappa, all other charged fermions -e kappa Q; phi couples to muons with 2 lam kappa m_mu/M_V.
``muonic_U1d`` is the model for its vector, ``muonic_U1d_phi`` the same one for its scalar.
"""

from __future__ import annotations

from typing import Any, ClassVar

from lvgen.errors import UserError
from lvgen.models.base import ELECTRIC_CHARGE, FERMIONS, LEPTONIC_MASS_MAX, Couplings, Model
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

    def scalar_partner(self, mass: float) -> Model:
        """The dark Higgs beside a vector of this mass, GeV."""
        return MuonicHiggs(lam=float(self.parameters["lam"]), m_V=mass)


class MuonicHiggs(Model):
    """The dark Higgs of ``muonic_U1d``: coupling kappa, ``lam`` absolute, ``m_V`` the mass of the vector.

    Below 2 m_mu it decays into two photons through the muon's loop; above 2 m_V into two vectors.
    """

    name = "muonic_U1d_phi"
    title = "dark Higgs of the muonic dark U(1)"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1609.00860", "hep-ph/0503172")
    boson = "phi"
    boson_label = r"\phi"
    coupling_name = "kappa"
    coupling_label = r"$\kappa$"
    own_kinds: ClassVar[dict[str, str]] = {"lam": "number", "m_V": "energy"}
    own_defaults: ClassVar[dict[str, Any]] = {"lam": E_CHARGE, "m_V": 0.1}
    spin = 0
    mass_max = LEPTONIC_MASS_MAX
    mass_max_reason = "decay tables end"

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        if not float(self.parameters["m_V"]) > 0.0:
            raise UserError("must be positive", key="model.m_V")

    def couplings(self, mass: float | None = None) -> Couplings:  # noqa: ARG002 - the interface's argument
        """gS of the muon at kappa = 1: 2 lam m_mu/m_V."""
        gauge, m_v = 2.0 * float(self.parameters["lam"]), float(self.parameters["m_V"])
        return Couplings({}, {}, {"mu": gauge * particle_mass("mu-") / m_v})

    def anomaly(self) -> float:
        """0: a scalar has no current."""
        return 0.0

    def vector_pair(self) -> tuple[float, float]:
        """m_V and 2 lam, the charge of phi at kappa = 1."""
        return float(self.parameters["m_V"]), 2.0 * float(self.parameters["lam"])


MODELS = (MuonicU1d, MuonicHiggs)
