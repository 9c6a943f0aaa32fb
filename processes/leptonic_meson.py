"""P+ -> l+ nu V and l+ nu phi: inner bremsstrahlung in leptonic decays of pi+, K+, D+ and D_s+ (arXiv:1609.00860).

By default every leg emits: the lepton, its neutrino and the meson with its contact term, which together keep a
conserved current; structure-dependent form factors of the meson are left out.  Rates are relative to the measured
P+ -> mu+ nu, with tree-level ratios for other leptons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from lvgen.flavour.constants import mass_of
from lvgen.flavour.inner import LeptonicDecay
from lvgen.models.base import Model
from lvgen.production import Options, Rate, RateProcess


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


def tree_branching_ratio(parent: str, lepton: str) -> float:
    """BR(P+ -> l+ nu) by the measured one into muons and the helicity factor m^2 (1 - m^2/m_P^2)^2; 0 where closed."""
    m_p = mass_of(parent)
    factors = [(m * (1.0 - (m / m_p) ** 2)) ** 2 if m < m_p else 0.0 for m in map(mass_of, (lepton, "mu"))]
    return PARENTS[parent].br_muon * factors[0] / factors[1]


class LeptonicOptions(Options):
    """legs : "all" (default), or "lepton" for emission from the charged lepton alone, as arXiv:1609.00860 has it;
    missing_mass : range (GeV) of the mass of nu X that counts, all by default."""

    legs: Literal["all", "lepton"] = "all"
    missing_mass: tuple[float, float] | None = None


class LeptonicMeson(RateProcess):
    """P+ -> l+ nu V and l+ nu phi."""

    name = "leptonic_meson"
    title = "pi+, K+, D+, D_s+ -> l+ nu V and l+ nu phi, emission from all legs"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1609.00860", "arXiv:1203.2947")
    RateOptions = LeptonicOptions

    def reactions(self) -> tuple[str, ...]:
        """Every meson and lepton that are open without the boson."""
        pairs = [(parent, lepton) for parent in PARENTS for lepton in LEPTONS if mass_of(lepton) < mass_of(parent)]
        return tuple(f"{parent} -> {lepton}+ nu {x}" for parent, lepton in pairs for x in ("V", "phi"))

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
