"""B -> K V, K* V, pi V, rho V and B_s -> phi V through W loops (arXiv:1705.06726, and the dark-Z text).

V is longitudinal beside a pseudoscalar, and beside a vector has the helicity amplitudes of
``flavour.transitions.Transition``; the vector's own decay is not followed.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lvgen.errors import UserError
from lvgen.flavour.constants import mass_of, total_width
from lvgen.flavour.neutral_current import dipole_coupling, has_short_distance, left_handed_coupling
from lvgen.flavour.rest import TwoBody
from lvgen.flavour.transitions import (
    B_TO_K,
    B_TO_K_DIPOLE,
    B_TO_KSTAR,
    B_TO_PI,
    B_TO_PI_DIPOLE,
    B_TO_RHO,
    BS_TO_PHI,
    ToVector,
    Transition,
)
from lvgen.models.base import Model
from lvgen.models.points import structures
from lvgen.parents import Along, Strength, UpsilonChannel, aimed_channels, scaled
from lvgen.particles import PDG_ID
from lvgen.production import Options, Process, ProductionChannel, Rate, Setup, chosen_reactions
from lvgen.spectra.source import Source
from lvgen.validation import texts

TRANSITIONS = (
    Transition("B+", "K+", "b", "s", B_TO_K, dipole=B_TO_K_DIPOLE),
    Transition("B0", "K0", "b", "s", B_TO_K, dipole=B_TO_K_DIPOLE),
    Transition("B+", "K*+", "b", "s", B_TO_KSTAR), Transition("B0", "K*0", "b", "s", B_TO_KSTAR),
    Transition("B_s", "phi", "b", "s", BS_TO_PHI),
    Transition("B+", "pi+", "b", "d", B_TO_PI, dipole=B_TO_PI_DIPOLE),
    Transition("B0", "pi0", "b", "d", B_TO_PI, factor=0.5, dipole=B_TO_PI_DIPOLE),
    Transition("B+", "rho+", "b", "d", B_TO_RHO), Transition("B0", "rho0", "b", "d", B_TO_RHO, factor=0.5),
)  # fmt: skip
_QUARKS = ("u", "d", "s", "c", "b", "t")
#: e+ e- -> Upsilon(4S) at its peak, pb, and its shares of B+ B- and B0 B0bar (PDG); GeV within which sqrt(s) is on it
SIGMA_UPSILON, UPSILON_MASS, ON_PEAK = 1110.0, 10.5794, 0.01
UPSILON_SHARES = {"B+": 0.514, "B0": 0.486}


class FlavourOptions(Options):
    """reactions : of the process's, such as "B+ -> K+ V"; left out: all that the source has parents for."""

    reactions: Annotated[tuple[str, ...], texts()] | None = Field(
        default=None, description="list out of these reactions; left out: all that the source has parents for"
    )


class BToK(Process):
    """B -> K V and its relatives."""

    name = "b_to_k"
    title = "B -> K V, K* V, pi V, rho V, B_s -> phi V through W loops"
    label = r"$B\to KV$, $K^*V$, ..."
    several_couplings = True
    references: ClassVar[tuple[str, ...]] = ("arXiv:1705.06726", "arXiv:1707.01503", "hep-ph/0406232", "hep-ph/0412079")
    source_kinds = ("collider", "target", "lepton_collider")
    Options = FlavourOptions
    RateOptions = Options
    approximations: ClassVar[tuple[str, ...]] = (
        "B -> K V: form factors of hep-ph/0406232 and hep-ph/0412079, good to 15 to 25 % of the rate; penguins without "
        "QCD corrections (the photon's dipole is 1.6 times larger with them); B mesons do not mix; K*, rho and phi "
        "beside V are left undecayed",
    )
    approximations_at: ClassVar[dict[str, tuple[str, ...]]] = {
        "lepton_collider": ("B mesons of the Upsilon(4S): Born level, 1.11 nb, in P wave (1 - cos^2)",),
    }
    _by_name: ClassVar[dict[str, Transition]] = {t.reaction: t for t in TRANSITIONS}

    def reactions(self) -> tuple[str, ...]:
        """All transitions."""
        return tuple(self._by_name)

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """Up to the lightest pair of mesons; UserError where the model has no flavour-changing coupling."""
        chosen = [self._by_name[r] for r in chosen_reactions(self, options)]
        if not any(left_handed_coupling(model, 1.0, 0.1, t.source, t.target) for t in chosen):
            raise UserError(f"W loops do not make the boson of {model.name}", key="production.processes")
        return 0.0, max(mass_of(t.parent) - mass_of(t.daughter) for t in chosen)

    def matters(self, model: Model) -> bool:
        """Where the current is anomalous or mixes with that of the Z: light mesons make far more of other bosons."""
        return has_short_distance(model)

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """One for each open transition, charge of the B and term of the rate, from tables or at the Upsilon(4S)."""
        made: list[ProductionChannel] = []
        for reaction, total in self.ratios(setup.model, setup.options, mass).items():
            transition = self._by_name[reaction]
            for decay, strength in self._decays(transition, setup.model, mass, total):
                if setup.source is not None and setup.source.kind == "lepton_collider":
                    made += _at_upsilon(decay, strength, setup.source, transition, total)
                else:
                    made += aimed_channels(decay, strength, setup, total)
        return made

    def _decays(self, transition: Transition, model: Model, mass: float, total: Along) -> list[tuple[TwoBody, Along]]:
        """Decays at rest and what multiplies each: one beside a pseudoscalar, else one for each term of the rate."""
        if not isinstance(transition.form_factor, ToVector):
            return [(rest_decay(transition, mass, model), total)]
        ratios = [(term, self._ratio(transition, term.model, mass, 1.0)[0]) for term in structures(model, _QUARKS)]
        return [(rest_decay(transition, mass, t.model), scaled(t.weight, ratio)) for t, ratio in ratios if ratio]

    def ratios(self, model: Model, options: Any, mass: float) -> dict[str, Along]:
        """Branching ratio of each open transition."""
        chosen = [self._by_name[r] for r in chosen_reactions(self, options)]
        open_ = [t for t in chosen if mass < mass_of(t.parent) - mass_of(t.daughter)]
        return {t.reaction: Strength.of(lambda g, t=t: self._ratio(t, model, mass, g)[0]) for t in open_}  # type: ignore[misc]

    @staticmethod
    def _ratio(transition: Transition, model: Model, mass: float, coupling: float) -> tuple[float, float]:
        """Branching ratio and share of helicity 0."""
        g, d = _couplings(transition, model, mass, coupling)
        width, share = transition.width(g, mass, d)
        return width / total_width(transition.parent), share

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Branching ratio; above 1 it is outside validity, since the boson is then no small correction."""
        ratio, share = self._ratio(self._by_name[reaction], model, mass, coupling)
        return Rate(ratio, 0.0, share)


def _couplings(transition: Transition, model: Model, mass: float, coupling: float) -> tuple[complex, complex]:
    """Of the current, and of the dipole."""
    at = model, coupling, mass, transition.source, transition.target
    return left_handed_coupling(*at), dipole_coupling(*at)


def rest_decay(transition: Transition, mass: float, model: Model) -> TwoBody:
    """The decay of the meson as named, model at coupling 1.

    The amplitudes are those of a b quark; the b of a B+ or B0 is an antiquark, with + and - exchanged
    """
    pdg, daughter = PDG_ID[transition.parent], PDG_ID[transition.daughter]
    if not isinstance(transition.form_factor, ToVector):
        return TwoBody(pdg, mass, (daughter,))
    amplitudes = transition.helicity_amplitudes(mass, *_couplings(transition, model, mass, 1.0))
    zero, plus, minus = (abs(h) ** 2 for h in amplitudes)
    total = zero + plus + minus
    return TwoBody(pdg, mass, (daughter,), zero / total, (minus - plus) / total)


def _at_upsilon(
    decay: TwoBody, strength: Along, source: Source, transition: Transition, total: Along
) -> list[ProductionChannel]:
    """B mesons and their antiparticles at the Upsilon(4S); none of the B_s, which it does not make."""
    if abs(source.energy - UPSILON_MASS) > ON_PEAK:
        raise UserError(
            f"B mesons are made at the Upsilon(4S), {UPSILON_MASS:g} GeV; {source.name} has {source.energy:g} GeV",
            key="production.processes",
        )
    share = UPSILON_SHARES.get(transition.parent)
    if share is None:
        return []
    sigma = SIGMA_UPSILON * share
    return [UpsilonChannel(one.reaction, one, strength, source, sigma, total) for one in (decay, decay.conjugate())]


process = BToK()
