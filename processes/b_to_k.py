"""B -> K V, K* V, pi V, rho V and B_s -> phi V through W loops (arXiv:1705.06726, and the dark-Z text)."""

from __future__ import annotations

from typing import Any, ClassVar

from lvgen.flavour.constants import total_width
from lvgen.flavour.neutral_current import left_handed_coupling
from lvgen.flavour.transitions import B_TO_K, B_TO_KSTAR, B_TO_PI, B_TO_RHO, BS_TO_PHI, Transition
from lvgen.models.base import Model
from lvgen.production import Rate, RateProcess

TRANSITIONS = (
    Transition("B+", "K+", "b", "s", B_TO_K), Transition("B0", "K0", "b", "s", B_TO_K),
    Transition("B+", "K*+", "b", "s", B_TO_KSTAR), Transition("B0", "K*0", "b", "s", B_TO_KSTAR),
    Transition("B_s", "phi", "b", "s", BS_TO_PHI),
    Transition("B+", "pi+", "b", "d", B_TO_PI), Transition("B0", "pi0", "b", "d", B_TO_PI, factor=0.5),
    Transition("B+", "rho+", "b", "d", B_TO_RHO), Transition("B0", "rho0", "b", "d", B_TO_RHO, factor=0.5),
)  # fmt: skip


class BToK(RateProcess):
    """B -> K V and its relatives."""

    name = "b_to_k"
    title = "B -> K V, K* V, pi V, rho V, B_s -> phi V through W loops"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1705.06726", "arXiv:1707.01503", "hep-ph/0406232", "hep-ph/0412079")
    _by_name: ClassVar[dict[str, Transition]] = {t.reaction: t for t in TRANSITIONS}

    def reactions(self) -> tuple[str, ...]:
        """All transitions."""
        return tuple(self._by_name)

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Branching ratio; above 1 it is outside validity, since the boson is then no small correction."""
        transition = self._by_name[reaction]
        g = left_handed_coupling(model, coupling, mass, transition.source, transition.target)
        width, share = transition.width(g, mass)
        return Rate(width / total_width(transition.parent), 0.0, share)


process = BToK()
