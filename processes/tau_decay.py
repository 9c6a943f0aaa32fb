"""l1 -> nu1 l2 nubar2 V: tau and muon decays with a boson from every leg (arXiv:1609.00860 section III).

Runs draw taus of D_s -> tau nu; muons, which are stopped or leave, give rates and ``LeptonDecay.draw`` alone.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from lvgen.errors import UserError
from lvgen.flavour.constants import mass_of
from lvgen.flavour.inner import LeptonDecay
from lvgen.flavour.rest import LeptonToLepton
from lvgen.flavour.taus import tau_density
from lvgen.models.base import Model
from lvgen.models.points import structures
from lvgen.parents import AimedChannel, Along, lepton_legs_matter, scaled, sum_of
from lvgen.production import Options, Process, ProductionChannel, Rate, Setup

_LEPTONS = {"mu": 13, "e": 11}
#: D_s behind taus
_D_S = 431


class LegOptions(Options):
    """legs : "all" (default), or "lepton" for emission from the final charged lepton alone."""

    legs: Literal["all", "lepton"] = Field(
        default="all", description='"all", or "lepton": emission from the charged lepton alone'
    )


class TauDecay(Process):
    """tau -> nu l nu V and mu -> nu e nu V."""

    name = "tau_decay"
    title = "tau -> nu mu nu V, tau -> nu e nu V, mu -> nu e nu V, emission from all legs"
    several_couplings = True
    references: ClassVar[tuple[str, ...]] = ("arXiv:1609.00860",)
    Options = LegOptions
    RateOptions = LegOptions
    approximations: ClassVar[tuple[str, ...]] = (
        "tau decays: taus of D_s -> tau nu, made where the D_s is and taken as unpolarised; those of B decays, "
        "hadronic tau decays with a boson, and decays of muons are left out; other hadron spectra do not move them",
    )

    def reactions(self) -> tuple[str, ...]:
        """The three decays."""
        return ("tau -> nu mu nu V", "tau -> nu e nu V", "mu -> nu e nu V")

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """Up to m_tau - m_l; UserError where no leg couples."""
        open_ = [mass_of("tau") - mass_of(f) for f in _LEPTONS if any(_legs("tau", f, model, 0.05, 1.0, options))]
        if not open_:
            raise UserError(f"no leg couples to the boson of {model.name}", key="production.processes")
        return 0.0, max(open_)

    def matters(self, model: Model) -> bool:
        """Unless quarks couple and the current is conserved: decays of light mesons make far more of such bosons."""
        return lepton_legs_matter(model)

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """One for each open decay, charge, and term of the couplings."""
        made: list[ProductionChannel] = []
        for lepton in _LEPTONS:
            terms = self._terms(lepton, setup.model, setup.options, mass)
            total = _total(terms)
            for decay, strength in terms:
                for one in (decay, decay.conjugate()):
                    parent = -_D_S if one.parent_pdg > 0 else _D_S
                    if parent in setup.spectrum.content:
                        taus = tau_density(setup.spectrum, one.parent_pdg)
                        channel = AimedChannel(one.reaction, one, strength, taus, setup, total)
                        channel.table_pdg = parent
                        made.append(channel)
        return made

    def ratios(self, model: Model, options: Any, mass: float) -> dict[str, Along]:
        """Branching ratio of each open decay, good to some per cent."""
        found = {f"tau -> nu {lepton} nu V": self._terms(lepton, model, options, mass) for lepton in _LEPTONS}
        return {reaction: _total(terms) for reaction, terms in found.items() if terms}

    def _terms(self, lepton: str, model: Model, options: Any, mass: float) -> list[tuple[LeptonToLepton, Along]]:
        """Decays at fixed couplings, whose weights are branching ratios, and what multiplies each along the axis."""
        if mass + mass_of(lepton) >= mass_of("tau"):
            return []
        pdg = _LEPTONS[lepton]
        made = []
        for term in structures(model, (lepton, "tau", f"nu_{lepton}", "nu_tau")):
            couplings = _legs("tau", lepton, term.model, mass, 1.0, options)
            if any(couplings):
                decay = LeptonDecay("tau", lepton, mass, couplings)
                made.append((LeptonToLepton(decay, 15, mass, (16, pdg, -pdg - 1)), term.weight))
        return made

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Branching ratio of the decaying lepton."""
        parent, products = reaction.split(" -> ")
        lepton = products.split()[1]
        couplings = _legs(parent, lepton, model, mass, coupling, options)
        value, error, share = LeptonDecay(parent, lepton, mass, couplings).branching_ratio()
        return Rate(value, error, share)


def _total(terms: list[tuple[LeptonToLepton, Along]]) -> Along:
    return sum_of([scaled(weight, decay.rough_ratio()) for decay, weight in terms])


def _legs(
    parent: str, lepton: str, model: Model, mass: float, coupling: float, options: Any
) -> tuple[float, float, float, float, float, float]:
    """gV, gA of the final lepton, gV, gA of the decaying one, g of its neutrino and of the other.

    Mixing that loops induce is a correction of higher order where a lepton couples by itself.
    """
    c = model.tree_at(coupling, mass)
    if not any(c.gv(f) or c.ga(f) for f in (lepton, parent)):
        c = model.couplings_at(coupling, mass)
    if options.legs == "lepton":
        return c.gv(lepton), c.ga(lepton), 0.0, 0.0, 0.0, 0.0
    first, second = (c.gv(f"nu_{f}") - c.ga(f"nu_{f}") for f in (lepton, parent))
    return c.gv(lepton), c.ga(lepton), c.gv(parent), c.ga(parent), first, second


process = TauDecay()
