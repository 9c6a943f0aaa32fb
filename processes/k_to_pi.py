"""K+ -> pi+ V, K_L -> pi0 V, K_S -> pi0 V: W loops, anomalous currents, and kinetic mixing at long distance.

V is longitudinal.  Kaons decay in flight as far as the source lets them.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lvgen.errors import UserError
from lvgen.flavour.constants import mass_of, total_width
from lvgen.flavour.kaon import mixing_width, neutral_mixing_width
from lvgen.flavour.loops import z_monopole
from lvgen.flavour.neutral_current import current_coupling, has_short_distance, left_handed_coupling
from lvgen.flavour.rest import TwoBody
from lvgen.flavour.transitions import K_TO_PI, Transition
from lvgen.models.base import Model
from lvgen.parents import Along, KaonBeamChannel, Strength, aimed_channels
from lvgen.particles import PDG_ID
from lvgen.production import Options, Process, ProductionChannel, Rate, Setup, chosen_reactions
from lvgen.validation import texts

CHARGED = Transition("K+", "pi+", "s", "d", K_TO_PI)
LONG = Transition("K_L", "pi0", "s", "d", K_TO_PI, part="imaginary")
SHORT = Transition("K_S", "pi0", "s", "d", K_TO_PI, part="real")
TRANSITIONS = {t.reaction: t for t in (CHARGED, LONG, SHORT)}


class KaonOptions(Options):
    """reactions : such as "K+ -> pi+ V"; left out: all that the source has kaons for."""

    reactions: Annotated[tuple[str, ...], texts()] | None = Field(
        default=None, description="list out of these reactions; left out: all that the source has parents for"
    )


class KToPi(Process):
    """K -> pi V."""

    name = "k_to_pi"
    title = "K+ -> pi+ V, K_L and K_S -> pi0 V: kinetic mixing at long distance, W loops, anomalous currents"
    label = r"$K\to\pi V$"
    several_couplings = True
    references: ClassVar[tuple[str, ...]] = (
        "hep-ph/9808289", "arXiv:2209.05076", "arXiv:1705.06726", "hep-ex/0309075", "hep-ex/0409011",
    )  # fmt: skip
    source_kinds = ("collider", "target", "kaon_beam")
    Options = KaonOptions
    RateOptions = Options
    approximations: ClassVar[tuple[str, ...]] = (
        "K -> pi V: short and long distance are added without interference, whose phase is not known; K_L -> pi0 V by "
        "kinetic mixing (indirect CP violation) is left out",
    )
    approximations_at: ClassVar[dict[str, tuple[str, ...]]] = {
        "collider": ("what magnets do to kaons is left out",),
        "target": (
            "kaons that are absorbed in a target make no further kaons, and what magnets do to them is left out",
        ),
    }

    def reactions(self) -> tuple[str, ...]:
        """The charged mode and the neutral ones; that of the K_L is CP violating."""
        return tuple(TRANSITIONS)

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """Up to m_K - m_pi; UserError where the model has no flavour-changing coupling."""
        chosen = chosen_reactions(self, options)
        if not any(_ratio(TRANSITIONS[r], model, 0.1, 1.0) for r in chosen):
            raise UserError(f"W loops do not make the boson of {model.name}", key="production.processes")
        return 0.0, max(mass_of(TRANSITIONS[r].parent) - mass_of(TRANSITIONS[r].daughter) for r in chosen)

    def matters(self, model: Model) -> bool:
        """Where the current is anomalous or mixes with that of the Z: light mesons make far more of other bosons."""
        return has_short_distance(model)

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """One for each open decay and charge; K+ alone in a beam of kaons."""
        made: list[ProductionChannel] = []
        for reaction, strength in self.ratios(setup.model, setup.options, mass).items():
            transition = TRANSITIONS[reaction]
            decay = TwoBody(PDG_ID[transition.parent], mass, (PDG_ID[transition.daughter],))
            if setup.source is None or setup.source.kind != "kaon_beam":
                made += aimed_channels(decay, strength, setup)
            elif transition is CHARGED:
                made.append(KaonBeamChannel(decay.reaction, decay, strength, setup.source))
        return made

    def ratios(self, model: Model, options: Any, mass: float) -> dict[str, Along]:
        """Branching ratio of each open decay that the couplings allow."""
        chosen = [TRANSITIONS[r] for r in chosen_reactions(self, options)]
        open_ = [t for t in chosen if mass < mass_of(t.parent) - mass_of(t.daughter)]
        made = {t.reaction: Strength.of(lambda g, t=t: _ratio(t, model, mass, g)) for t in open_}  # type: ignore[misc]
        return {reaction: strength for reaction, strength in made.items() if not strength.vanishes}

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Branching ratio, V longitudinal.

        Kinetic mixing at long distance (K+ by W(z), K_S by a_S; not for K_L), and epsilon_Z and anomalous currents at
        short distance, added without interference, whose phase is not known.
        """
        return Rate(_ratio(TRANSITIONS[reaction], model, mass, coupling), 0.0, 1.0)


def _ratio(transition: Transition, model: Model, mass: float, coupling: float) -> float:
    """Branching ratio; UserError where the model has nothing that makes the boson here."""
    total = total_width(transition.parent)
    if transition is LONG:
        return transition.width(left_handed_coupling(model, coupling, mass, "s", "d"), mass)[0] / total
    epsilon = model.photon_mixing(coupling, mass)
    if epsilon is None:
        left_handed_coupling(model, coupling, mass, "s", "d")  # refuses where there is nothing
    g = model.z_mixing(coupling) * z_monopole("s", "d")
    g += current_coupling(model, coupling, "s", "d")
    mixing = mixing_width(mass) if transition is CHARGED else neutral_mixing_width(mass)
    return (transition.width(g, mass)[0] + (epsilon or 0.0) ** 2 * mixing) / total


process = KToPi()
