"""The dark Z: kinetic mixing epsilon and mass mixing epsilon_Z with the Z, and direct couplings to leptons.

gV = e epsilon Q + (g/2c_W) epsilon_Z (T3 - 2 Q s_W^2), gA = -(g/2c_W) epsilon_Z T3 (arXiv:1203.2947; the sign
of gA is that of L = V_a fbar gamma^a (gV + gA gamma5) f, so that epsilon_Z couples as the Z does).
"""

from __future__ import annotations

from typing import Any, ClassVar

from lvgen.errors import UserError
from lvgen.models.base import ELECTRIC_CHARGE, FERMIONS, Couplings, Model, finite_number
from lvgen.units import E_CHARGE

SIN2_W = 0.23129
#: g/(2 c_W) with g = e/s_W at alpha(0)
HALF_Z_COUPLING = 0.5 * E_CHARGE / (SIN2_W * (1.0 - SIN2_W)) ** 0.5
_UP = ("nu_e", "nu_mu", "nu_tau", "u", "c", "t")
#: a direct coupling that takes away what mixing gives
CANCEL = "cancel"


class DarkZ(Model):
    """Coupling epsilon; ``epsilon_Z`` and direct couplings to muons and electrons are absolute: they stay as it varies.

    ``g_D_mu`` and ``g_D_e`` are vector couplings, ``g_DA_mu`` and ``g_DA_e`` axial ones (arXiv:2210.15662 eqs. 3.1, 3.2
    and 5.5).  Those of the electron can be "cancel": then nothing is left of what mixing gives.  Of the cases of that
    text A has none of them, B has g_D_mu, and C has g_D_mu and a cancelled electron.
    """

    name = "dark_Z"
    title = "dark Z: kinetic mixing epsilon and mass mixing epsilon_Z"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1203.2947", "arXiv:2210.15662")
    boson = "Z_D"
    boson_label = "Z_D"
    coupling_name = "epsilon"
    coupling_label = r"$\epsilon$"
    parameter_labels: ClassVar[dict[str, str]] = {
        "epsilon_Z": r"$\epsilon_Z$", "g_D_mu": r"$g_D^\mu$", "g_D_e": r"$g_D^e$",
        "g_DA_mu": r"$g_{DA}^\mu$", "g_DA_e": r"$g_{DA}^e$",
    }  # fmt: skip
    own_kinds: ClassVar[dict[str, str]] = {
        "epsilon_Z": "number", "g_D_mu": "number", "g_D_e": "direct", "g_DA_mu": "number", "g_DA_e": "direct",
    }  # fmt: skip
    own_defaults: ClassVar[dict[str, Any]] = dict.fromkeys(own_kinds, 0.0)

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        for name in ("g_D_e", "g_DA_e"):
            value = self.parameters[name]
            if isinstance(value, str):
                if value != CANCEL:
                    raise UserError(f'{value!r} where a number or "{CANCEL}" is due', key=f"model.{name}")
            else:
                finite_number(value, f"model.{name}")

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
        for lepton in ("e", "mu"):
            vector[lepton] = self._with_direct(vector[lepton], f"g_D_{lepton}")
            axial[lepton] = self._with_direct(axial[lepton], f"g_DA_{lepton}")
        return Couplings(vector, axial)

    def _with_direct(self, mixed: float, name: str) -> float:
        direct = self.parameters[name]
        return 0.0 if direct == CANCEL else mixed + float(direct)

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
