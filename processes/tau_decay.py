"""l1 -> nu1 l2 nubar2 V: tau and muon decays with a boson from every leg (arXiv:1609.00860 section III)."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from lvgen.flavour.inner import LeptonDecay
from lvgen.models.base import Model
from lvgen.production import Options, Rate, RateProcess


class LegOptions(Options):
    """legs : "all" (default), or "lepton" for emission from the final charged lepton alone."""

    legs: Literal["all", "lepton"] = "all"


class TauDecay(RateProcess):
    """tau -> nu l nu V and mu -> nu e nu V."""

    name = "tau_decay"
    title = "tau -> nu mu nu V, tau -> nu e nu V, mu -> nu e nu V, emission from all legs"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1609.00860",)
    RateOptions = LegOptions

    def reactions(self) -> tuple[str, ...]:
        """The three decays."""
        return ("tau -> nu mu nu V", "tau -> nu e nu V", "mu -> nu e nu V")

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Branching ratio of the decaying lepton."""
        parent, products = reaction.split(" -> ")
        lepton = products.split()[1]
        # mixing that loops induce: a correction of higher order where a lepton couples by itself
        c = model.tree_at(coupling, mass)
        if not any(c.gv(f) or c.ga(f) for f in (lepton, parent)):
            c = model.couplings_at(coupling, mass)
        others = (0.0, 0.0, 0.0, 0.0)
        if options.legs == "all":
            neutrinos = [c.gv(f"nu_{f}") - c.ga(f"nu_{f}") for f in (lepton, parent)]
            others = (c.gv(parent), c.ga(parent), neutrinos[0], neutrinos[1])
        value, error, share = LeptonDecay(parent, lepton, mass, (c.gv(lepton), c.ga(lepton), *others)).branching_ratio()
        return Rate(value, error, share)


process = TauDecay()
