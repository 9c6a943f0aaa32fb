"""The dark Z: kinetic mixing epsilon and mass mixing epsilon_Z with the Z, and direct couplings to leptons.

gV = e epsilon Q + (g/2c_W) epsilon_Z (T3 - 2 Q s_W^2), gA = -(g/2c_W) epsilon_Z T3 (arXiv:1203.2947; the sign
of gA is that of L = V_a fbar gamma^a (gV + gA gamma5) f, so that epsilon_Z couples as the Z does).
"""

from __future__ import annotations

from typing import Any, ClassVar

from lvgen.models.base import ELECTRIC_CHARGE, FERMIONS, Couplings, Model
from lvgen.units import E_CHARGE

SIN2_W = 0.23129
#: g/(2 c_W) with g = e/s_W at alpha(0)
HALF_Z_COUPLING = 0.5 * E_CHARGE / (SIN2_W * (1.0 - SIN2_W)) ** 0.5
_UP = ("nu_e", "nu_mu", "nu_tau", "u", "c", "t")


class DarkZ(Model):
    """Coupling epsilon; ``epsilon_Z``, ``g_D_mu`` and ``g_D_e`` (vector couplings to muons, electrons) are absolute."""

    name = "dark_Z"
    title = "dark Z: kinetic mixing epsilon and mass mixing epsilon_Z"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1203.2947",)
    boson = "Z_D"
    boson_label = "Z_D"
    coupling_name = "epsilon"
    coupling_label = r"$\epsilon$"
    own_kinds: ClassVar[dict[str, str]] = {"epsilon_Z": "number", "g_D_mu": "number", "g_D_e": "number"}
    own_defaults: ClassVar[dict[str, Any]] = {"epsilon_Z": 0.0, "g_D_mu": 0.0, "g_D_e": 0.0}

    def couplings(self, mass: float | None = None) -> Couplings:  # noqa: ARG002 - the interface's argument
        """Couplings at epsilon = 1, the others as given."""
        return self.couplings_at(1.0)

    def couplings_at(self, coupling: float, mass: float | None = None) -> Couplings:  # noqa: ARG002
        """Couplings at epsilon = ``coupling``; not proportional to it, since epsilon_Z stays."""
        eps_z = HALF_Z_COUPLING * float(self.parameters["epsilon_Z"])
        vector, axial = {}, {}
        for fermion in FERMIONS:
            t3, charge = (0.5 if fermion in _UP else -0.5), ELECTRIC_CHARGE[fermion]
            vector[fermion] = E_CHARGE * coupling * charge + eps_z * (t3 - 2.0 * charge * SIN2_W)
            axial[fermion] = -eps_z * t3
        vector["mu"] += float(self.parameters["g_D_mu"])
        vector["e"] += float(self.parameters["g_D_e"])
        return Couplings(vector, axial)

    def meson_charge(
        self,
        up: str,
        down: str,
        coupling: float,
        mass: float | None = None,  # noqa: ARG002
        tree: bool = False,  # noqa: ARG002
    ) -> float:
        """That of the kinetic mixing; how mesons emit through epsilon_Z is not known in closed form."""
        return E_CHARGE * coupling * (ELECTRIC_CHARGE[up] - ELECTRIC_CHARGE[down])

    def anomaly(self) -> float:
        """0: no anomalous current is added."""
        return 0.0

    def z_mixing(self, coupling: float) -> float:  # noqa: ARG002 - stays while epsilon varies
        """See ``Model.z_mixing``."""
        return float(self.parameters["epsilon_Z"])

    def photon_mixing(self, coupling: float, mass: float | None = None) -> float:  # noqa: ARG002
        """epsilon, whatever epsilon_Z adds."""
        return coupling


MODELS = (DarkZ,)
