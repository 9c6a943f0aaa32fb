"""P+ -> l+ nu V and l+ nu phi: inner bremsstrahlung in leptonic decays of pi+, K+, D+ and D_s+ (arXiv:1609.00860).

By default every leg emits: the lepton, its neutrino and the meson with its contact term, which together keep a
conserved current; structure-dependent form factors of the meson are left out.  Rates are relative to the measured
P+ -> mu+ nu, with tree-level ratios for other leptons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from lvgen.errors import UserError
from lvgen.flavour.constants import mass_of
from lvgen.flavour.inner import LeptonicDecay
from lvgen.flavour.rest import MesonToLepton
from lvgen.models.base import Model
from lvgen.models.points import structures
from lvgen.parents import Along, KaonBeamChannel, aimed_channels, lepton_legs_matter, scaled, sum_of
from lvgen.particles import PDG_ID
from lvgen.production import Options, Process, ProductionChannel, Rate, Setup, chosen_reactions
from lvgen.validation import texts


@dataclass(frozen=True)
class Parent:
    """A charged meson: its quarks and its branching ratio into mu+ nu (PDG)."""

    up: str
    down: str
    br_muon: float


PARENTS = {
    "pi+": Parent("u", "d", 0.999877), "K+": Parent("u", "s", 0.6356), "D+": Parent("c", "d", 3.74e-4),
    "D_s+": Parent("c", "s", 5.43e-3),
}  # fmt: skip
LEPTONS = ("e", "mu", "tau")
LEPTON_PDG = {"e": 11, "mu": 13, "tau": 15}


def tree_branching_ratio(parent: str, lepton: str) -> float:
    """BR(P+ -> l+ nu) by the measured one into muons and the helicity factor m^2 (1 - m^2/m_P^2)^2; 0 where closed."""
    m_p = mass_of(parent)
    factors = [(m * (1.0 - (m / m_p) ** 2)) ** 2 if m < m_p else 0.0 for m in map(mass_of, (lepton, "mu"))]
    return PARENTS[parent].br_muon * factors[0] / factors[1]


class LegOptions(Options):
    """legs : "all" (default), or "lepton" for emission from the charged lepton alone, as arXiv:1609.00860 has it."""

    legs: Literal["all", "lepton"] = Field(
        default="all", description='"all", or "lepton": emission from the charged lepton alone'
    )


class LeptonicOptions(LegOptions):
    """reactions : such as "K+ -> mu+ nu V"; left out: all with V that the source has mesons for."""

    reactions: Annotated[tuple[str, ...], texts()] | None = Field(
        default=None, description="list out of these reactions; left out: all that the source has parents for"
    )


class WindowOptions(LegOptions):
    """missing_mass : range (GeV) of the mass of nu and boson together that counts; left out: all of it."""

    missing_mass: tuple[float, float] | None = None


class LeptonicMeson(Process):
    """P+ -> l+ nu V and l+ nu phi."""

    name = "leptonic_meson"
    title = "pi+, K+, D+, D_s+ -> l+ nu V and l+ nu phi, emission from all legs"
    several_couplings = True
    references: ClassVar[tuple[str, ...]] = ("arXiv:1609.00860", "arXiv:1203.2947")
    source_kinds = ("collider", "target", "kaon_beam")
    Options = LeptonicOptions
    RateOptions = WindowOptions
    approximations: ClassVar[tuple[str, ...]] = (
        "P -> l nu V: inner bremsstrahlung; form factors of the meson's structure are left out, so l = e is a lower "
        "estimate for a dark photon",
    )
    approximations_at: ClassVar[dict[str, tuple[str, ...]]] = {
        "collider": ("what magnets do to pions and kaons is left out",),
        "target": (
            "pions and kaons that are absorbed in a target make no further ones, and what magnets do to them is left "
            "out",
        ),
    }

    def reactions(self) -> tuple[str, ...]:
        """Every meson and lepton that are open without the boson."""
        return self._reactions("V", "phi")

    @staticmethod
    def _reactions(*bosons: str) -> tuple[str, ...]:
        pairs = [(parent, lepton) for parent in PARENTS for lepton in LEPTONS if mass_of(lepton) < mass_of(parent)]
        return tuple(f"{parent} -> {lepton}+ nu {x}" for parent, lepton in pairs for x in bosons)

    def _chosen(self, model: Model, options: Any) -> list[tuple[str, str, str]]:
        """Meson, lepton and reaction of what a run draws: with V or phi, as the model's boson is."""
        boson = "phi" if model.spin == 0 else "V"
        named = chosen_reactions(self, options) if options.reactions else self._reactions(boson)
        if others := [r for r in named if not r.endswith(boson)]:
            what = f"{others[0]}: the boson of {model.name} is a {boson}"
            raise UserError(what, key=f"production.{self.name}.reactions")
        return [(r.split(" -> ")[0], r.split(" -> ")[1].split("+")[0], r) for r in named]

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """Up to the largest m_P - m_l; UserError where no leg couples."""
        open_ = [
            mass_of(parent) - mass_of(lepton)
            for parent, lepton, _ in self._chosen(model, options)
            if any(self._couplings(parent, lepton, model, 0.05, options))
        ]
        if not open_:
            raise UserError(f"no leg couples to the boson of {model.name}", key="production.processes")
        return 0.0, max(open_)

    def matters(self, model: Model) -> bool:
        """Unless quarks couple and the current is conserved: light mesons make far more of such bosons."""
        return lepton_legs_matter(model)

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """One for each open decay and charge; K+ alone in a beam of kaons."""
        made: list[ProductionChannel] = []
        beam = setup.source if setup.source is not None and setup.source.kind == "kaon_beam" else None
        for parent, lepton, _ in self._chosen(setup.model, setup.options):
            there = {321} if beam is not None else set(setup.spectrum.content)
            if not {PDG_ID[parent], -PDG_ID[parent]} & there:
                continue
            terms = self._terms(parent, lepton, setup.model, setup.options, mass)
            total = sum_of([strength for _, strength in terms])
            for decay, strength in terms:
                if beam is not None:
                    made.append(KaonBeamChannel(decay.reaction, decay, strength, beam, total))
                else:
                    made += aimed_channels(decay, strength, setup, total)
        return made

    def ratios(self, model: Model, options: Any, mass: float) -> dict[str, Along]:
        """Branching ratio of each open decay."""
        made = {}
        for parent, lepton, reaction in self._chosen(model, options):
            if terms := self._terms(parent, lepton, model, options, mass):
                made[reaction] = sum_of([strength for _, strength in terms])
        return made

    def _couplings(
        self, parent: str, lepton: str, model: Model, mass: float, options: Any
    ) -> tuple[float, float, float, float]:
        """Those of ``LeptonicDecay`` at coupling 1: of the legs to V, or of the lepton to phi."""
        if model.spin == 0:
            c = model.couplings_at(1.0, mass)
            return c.gs(lepton), c.gp(lepton), 0.0, 0.0
        return self._legs(parent, lepton, model, mass, 1.0, options.legs == "all")

    def _terms(
        self, parent: str, lepton: str, model: Model, options: Any, mass: float
    ) -> list[tuple[MesonToLepton, Along]]:
        """Decays at fixed couplings, and the branching ratio of each along the axis; their sum is the decay's."""
        if mass + mass_of(lepton) >= mass_of(parent):
            return []
        standard = tree_branching_ratio(parent, lepton)
        quarks = PARENTS[parent]
        products = (-LEPTON_PDG[lepton], LEPTON_PDG[lepton] + 1)
        made: list[tuple[MesonToLepton, Along]] = []
        for term in structures(model, (lepton, f"nu_{lepton}", quarks.up, quarks.down)):
            couplings = self._couplings(parent, lepton, term.model, mass, options)
            if not any(couplings):
                continue
            at_rest = LeptonicDecay(parent, lepton, mass, couplings, scalar=model.spin == 0)
            ratio = standard * at_rest.ratio()[0]
            decay = MesonToLepton(at_rest, PDG_ID[parent], mass, products, standard / ratio)
            made.append((decay, scaled(term.weight, ratio)))
        return made

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Branching ratio; for phi, ``mass`` is that of V where the model has both (m_phi its parameter)."""
        parent, products = reaction.split(" -> ")
        lepton = products.split("+")[0]
        standard = tree_branching_ratio(parent, lepton)
        c = model.couplings_at(coupling, mass)
        if products.endswith("phi"):
            m_phi = float(model.parameters.get("m_phi", mass))
            decay = LeptonicDecay(parent, lepton, m_phi, (c.gs(lepton), c.gp(lepton), 0.0, 0.0), scalar=True)
            return Rate(standard * decay.ratio(options.missing_mass)[0], 0.0, None)
        couplings = self._legs(parent, lepton, model, mass, coupling, options.legs == "all")
        ratio, share = LeptonicDecay(parent, lepton, mass, couplings).ratio(options.missing_mass)
        return Rate(standard * ratio, 0.0, share)

    @staticmethod
    def _legs(
        parent: str, lepton: str, model: Model, mass: float, coupling: float, every: bool
    ) -> tuple[float, float, float, float]:
        """gV, gA of the lepton, g of the neutrino, charge of the meson.

        A kinetic mixing that loops induce counts only where no leg couples by itself (all legs or none, as it must be
        for a conserved current).
        """
        quarks = PARENTS[parent]
        for tree in (True, False):
            c = model.tree_at(coupling, mass) if tree else model.couplings_at(coupling, mass)
            neutrino = c.gv(f"nu_{lepton}") - c.ga(f"nu_{lepton}")
            charge = model.meson_charge(quarks.up, quarks.down, coupling, mass, tree)
            if c.gv(lepton) or c.ga(lepton) or neutrino or charge:
                break
        return (c.gv(lepton), c.ga(lepton), neutrino, charge) if every else (c.gv(lepton), c.ga(lepton), 0.0, 0.0)


process = LeptonicMeson()
