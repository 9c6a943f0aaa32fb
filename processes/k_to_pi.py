"""K+ -> pi+ V, K_L -> pi0 V: W loops, anomalous currents, and the long-distance form factor of kinetic mixing."""

from __future__ import annotations

from typing import Any, ClassVar

from lvgen.flavour.constants import total_width
from lvgen.flavour.kaon import mixing_width
from lvgen.flavour.loops import anomalous_coupling, z_monopole
from lvgen.flavour.neutral_current import left_handed_coupling
from lvgen.flavour.transitions import K_TO_PI, Transition
from lvgen.models.base import Model
from lvgen.production import Rate, RateProcess

CHARGED = Transition("K+", "pi+", "s", "d", K_TO_PI)
NEUTRAL = Transition("K_L", "pi0", "s", "d", K_TO_PI, imaginary=True)


class KToPi(RateProcess):
    """K -> pi V."""

    name = "k_to_pi"
    title = "K+ -> pi+ V and K_L -> pi0 V: kinetic mixing by the form factor W(z), W loops, anomalous currents"
    references: ClassVar[tuple[str, ...]] = ("hep-ph/9808289", "arXiv:2209.05076", "arXiv:1705.06726")

    def reactions(self) -> tuple[str, ...]:
        """The charged mode, and the neutral one, which is CP violating."""
        return (CHARGED.reaction, NEUTRAL.reaction)

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Branching ratio, V longitudinal.

        K+: kinetic mixing through W(z), and epsilon_Z and anomalous currents at short distance, added without
        interference, whose phase is not known. K_L: short distance only.
        """
        transition = CHARGED if reaction == CHARGED.reaction else NEUTRAL
        if transition is NEUTRAL:
            g = left_handed_coupling(model, coupling, mass, "s", "d")
            return Rate(transition.width(g, mass)[0] / total_width("K_L"), 0.0, 1.0)
        epsilon = model.photon_mixing(coupling, mass)
        if epsilon is None:
            left_handed_coupling(model, coupling, mass, "s", "d")  # refuses where there is nothing
        g = model.z_mixing(coupling) * z_monopole("s", "d")
        g += coupling * anomalous_coupling("s", "d", model.anomaly())
        width = transition.width(g, mass)[0] + (epsilon or 0.0) ** 2 * mixing_width(mass)
        return Rate(width / total_width("K+"), 0.0, 1.0)


process = KToPi()
