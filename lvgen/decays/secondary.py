"""How the unstable hadrons among the products decay: branching ratios and the shape of each decay, as data.

Branching ratios are those of the PDG, edition of 2026 (Int. J. Mod. Phys. A 41, 2630011), normalised to one over the
decays listed; ``UNLISTED`` says what is left out.  K*(892) decay by isospin, their neutral kaons half K_S, half K_L.
Left as they are, always: pi+-, K+-, K_L, mu, n, and tau and charmed mesons, whose decays are not in this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from lvgen.kernels.cascade import FLAT, PAIR, RELABEL, RHO_BANDS, RHO_PAIR, TWO_BODY

#: shapes of three-body decays; the rest follow from the number of products
_SHAPES = {
    "flat": FLAT,
    "rho pi": RHO_BANDS,
    "rho gamma": RHO_PAIR,
    "lepton pair": PAIR,
}


@dataclass(frozen=True)
class Branch:
    """One decay: branching ratio, products by name, and the shape of a three-body decay.

    shape : "flat" in phase space; "rho pi", the sum of three rho bands times the Gram determinant, for omega and phi;
        "rho gamma", the first two from a rho, for eta and eta' -> pi+ pi- gamma; "lepton pair", the first two from a
        virtual photon (Kroll and Wada, Phys. Rev. 98 (1955) 1355, form factor 1)
    """

    ratio: float
    products: tuple[str, ...]
    shape: str = "flat"

    @property
    def kind(self) -> int:
        """The shape as ``kernels.cascade`` calls it."""
        return {1: RELABEL, 2: TWO_BODY}.get(len(self.products), _SHAPES[self.shape])


def _b(ratio: float, products: str, shape: str = "flat") -> Branch:
    return Branch(ratio, tuple(products.split()), shape)


#: particle -> its decays; antiparticles decay into the antiparticles
DECAYS: dict[str, tuple[Branch, ...]] = {
    "pi0": (_b(0.98823, "gamma gamma"), _b(0.011735, "e- e+ gamma", "lepton pair")),
    "eta": (
        _b(0.39361, "gamma gamma"),
        _b(0.32564, "pi0 pi0 pi0"),
        _b(0.23020, "pi+ pi- pi0"),
        _b(0.04277, "pi+ pi- gamma", "rho gamma"),
        _b(6.957e-3, "e- e+ gamma", "lepton pair"),
        _b(2.98e-4, "mu- mu+ gamma", "lepton pair"),
    ),
    "eta'": (
        _b(0.42469, "pi+ pi- eta"),
        _b(0.29481, "pi+ pi- gamma", "rho gamma"),
        _b(0.22371, "pi0 pi0 eta"),
        _b(0.02519, "omega gamma"),
        _b(0.023068, "gamma gamma"),
        _b(2.499e-3, "pi0 pi0 pi0"),
        _b(3.606e-3, "pi+ pi- pi0"),
        _b(4.80e-4, "e- e+ gamma", "lepton pair"),
        _b(1.13e-4, "mu- mu+ gamma", "lepton pair"),
    ),
    "rho0": (_b(1.0, "pi+ pi-"),),
    "rho+": (_b(1.0, "pi+ pi0"),),
    "omega": (
        _b(0.89246, "pi+ pi- pi0", "rho pi"),
        _b(0.083264, "pi0 gamma"),
        _b(0.015349, "pi+ pi-"),
        _b(7.67e-4, "e- e+ pi0", "lepton pair"),
        _b(4.48e-4, "eta gamma"),
        _b(1.336e-4, "mu- mu+ pi0", "lepton pair"),
        _b(7.41e-5, "e- e+"),
        _b(7.40e-5, "mu- mu+"),
    ),
    "phi": (
        _b(0.50114, "K+ K-"),
        _b(0.33628, "K_S K_L"),
        _b(0.14689, "pi+ pi- pi0", "rho pi"),
        _b(0.013064, "eta gamma"),
        _b(1.328e-3, "pi0 gamma"),
        _b(2.963e-4, "e- e+"),
        _b(2.863e-4, "mu- mu+"),
        _b(1.084e-4, "e- e+ eta", "lepton pair"),
        _b(9.5e-5, "pi+ pi-"),
        _b(6.23e-5, "eta' gamma"),
    ),
    "K*0": (_b(2 / 3, "K+ pi-"), _b(1 / 6, "K_S pi0"), _b(1 / 6, "K_L pi0")),
    "K*+": (_b(1 / 3, "K_S pi+"), _b(1 / 3, "K_L pi+"), _b(1 / 3, "K+ pi0")),
    "K_S": (_b(0.69195, "pi+ pi-"), _b(0.30688, "pi0 pi0")),
    "K0": (_b(0.5, "K_S"), _b(0.5, "K_L")),
}

#: particle -> what its listed decays leave out
UNLISTED: dict[str, str] = {
    "pi0": "3e-5: four electrons, e+ e-",
    "eta": "5e-4: pi+ pi- e+ e-, pi0 2 gamma",
    "eta'": "3e-3: pi+ pi- e+ e-, pi0 2 gamma, four pions, omega e+ e-",
    "rho0": "1.1e-2: pi+ pi- gamma (bremsstrahlung), pi0 gamma, eta gamma, lepton pairs",
    "rho+": "4e-4: pi+ gamma",
    "omega": "7e-3: what the fit calls neutral without pi0 gamma",
    "phi": "7e-4: f0(980) gamma and other radiative decays",
    "K*0": "2.5e-3: K0 gamma; isospin breaking between the charge states",
    "K*+": "1.0e-3: K+ gamma; isospin breaking between the charge states",
    "K_S": "1.2e-3: pi e nu, pi mu nu; pi+ pi- gamma, of the charged pions' size, is in pi+ pi-",
    "K0": "nothing: K0 and K0bar are half K_S and half K_L",
}

#: further names of particles in cards
ALIASES: dict[str, str] = {
    "K_S0": "K_S", "K_S^0": "K_S", "KS": "K_S", "K0S": "K_S", "K*(892)0": "K*0", "K*(892)+": "K*+", "rho": "rho0",
    "rho(770)0": "rho0", "rho(770)+": "rho+", "omega(782)": "omega", "phi(1020)": "phi", "eta'(958)": "eta'",
    "etaprime": "eta'", "K*-": "K*+", "K*0bar": "K*0", "rho-": "rho+", "K0bar": "K0",
}  # fmt: skip
