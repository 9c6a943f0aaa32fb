"""The dark photon: kinetic mixing with the photon makes its couplings epsilon times the electromagnetic ones."""

from __future__ import annotations

from typing import ClassVar

from lvgen.models.base import ELECTRIC_CHARGE, Couplings, Model
from lvgen.units import E_CHARGE


class DarkPhoton(Model):
    """gV_f = e Q_f at epsilon = 1 (Okun 1982, Holdom 1986; arXiv:2005.01515 for a review)."""

    name = "dark_photon"
    title = "dark photon with kinetic mixing epsilon"
    references: ClassVar[tuple[str, ...]] = ("Holdom, Phys. Lett. B 166 (1986) 196", "arXiv:2005.01515")
    boson = "A'"
    boson_label = "A'"
    coupling_name = "epsilon"
    coupling_label = r"$\epsilon$"
    mass_max = 0.6
    mass_max_reason = (
        "the hadronic decay channels beyond pi+ pi- are not part of this version: widths and lifetimes would be wrong"
    )

    def couplings(self) -> Couplings:
        """Electromagnetic charges times e."""
        return Couplings(vector={f: E_CHARGE * q for f, q in ELECTRIC_CHARGE.items()})


MODELS: tuple[type[Model], ...] = (DarkPhoton,)
