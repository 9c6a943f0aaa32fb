"""Masses, lifetimes, charges and names of particles: the ``particle`` package, in GeV and metres.

Names are those of reactions and cards ("pi0", "eta'", "K*0"); everything numeric comes from the package.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from lvgen.errors import unknown
from lvgen.units import C_LIGHT

#: reaction and card names -> PDG id
PDG_ID: dict[str, int] = {
    "gamma": 22, "e-": 11, "e+": -11, "mu-": 13, "mu+": -13, "tau-": 15, "tau+": -15,
    "nu_e": 12, "nu_mu": 14, "nu_tau": 16, "nubar_e": -12, "nubar_mu": -14, "nubar_tau": -16,
    "pi0": 111, "pi+": 211, "pi-": -211, "eta": 221, "eta'": 331, "rho0": 113, "rho+": 213, "rho-": -213,
    "omega": 223, "phi": 333, "K+": 321, "K-": -321, "K0": 311, "K0bar": -311, "K_S": 310, "K_L": 130,
    "K*0": 313, "K*0bar": -313, "K*+": 323, "K*-": -323, "D+": 411, "D-": -411, "D0": 421, "D0bar": -421,
    "D_s+": 431, "D_s-": -431, "B+": 521, "B-": -521, "B0": 511, "B0bar": -511, "B_s": 531, "B_sbar": -531,
    "p": 2212, "pbar": -2212, "n": 2112, "nbar": -2112,
}  # fmt: skip

_NAMES = {pdg: name for name, pdg in PDG_ID.items()}

#: their own antiparticles, or states without one
_OWN_ANTIPARTICLES = frozenset({22, 23, 111, 113, 130, 221, 223, 310, 331, 333})

#: dark matter: spin 0 and spin 1/2 (PDG's numbers); the heavier one of an inelastic pair has a number of our own.
#: Their masses are the model's
CHI_SCALAR, CHI_1, CHI_2 = 51, 52, 57
_DARK = {CHI_SCALAR: "chi", CHI_1: "chi", CHI_2: "chi_2"}

#: the boson when the program that reads the events does not want another number (PDG: Z')
LLP_PDG = 32


@functools.cache
def _particle(pdg: int) -> Any:
    from particle import Particle

    return Particle.from_pdgid(pdg)


def pdg_id(name: str) -> int:
    """PDG id of a particle by its lvgen name.

    >>> pdg_id("eta'")
    331
    """
    try:
        return PDG_ID[name]
    except KeyError:
        raise unknown("particle", name, PDG_ID) from None


def name_of(pdg: int) -> str:
    """lvgen name of a PDG id, or the name of the ``particle`` package where lvgen has none.

    >>> name_of(-11)
    'e+'
    """
    dark = _DARK.get(abs(pdg))
    if dark is not None:
        return dark if pdg > 0 else f"{dark}bar"
    return _NAMES.get(pdg) or str(_particle(pdg).name)


def conjugate(pdg: int) -> int:
    """PDG id of the antiparticle; a neutral particle that is its own stays as it is.

    >>> conjugate(321), conjugate(111), conjugate(130), conjugate(-511)
    (-321, 111, 130, 511)
    """
    return pdg if pdg in _OWN_ANTIPARTICLES else -pdg


@functools.cache
def mass(particle: int | str) -> float:
    """Mass in GeV (PDG, through the ``particle`` package, which gives MeV); neutrinos and the photon have 0."""
    pdg = pdg_id(particle) if isinstance(particle, str) else particle
    if abs(pdg) in (12, 14, 16, 22):
        return 0.0
    return float(_particle(pdg).mass) / 1000.0


@functools.cache
def width(particle: int | str) -> float:
    """Total width in GeV (PDG, through the ``particle`` package); 0 for stable particles."""
    pdg = pdg_id(particle) if isinstance(particle, str) else particle
    return float(_particle(pdg).width or 0.0) / 1000.0


@functools.cache
def charge(particle: int | str) -> int:
    """Electric charge in units of the positron's; exact for the particles that lvgen names."""
    pdg = pdg_id(particle) if isinstance(particle, str) else particle
    return 0 if abs(pdg) in _DARK else round(float(_particle(pdg).charge))


@functools.cache
def ctau(particle: int | str) -> float:
    """Proper decay length in metres; infinite for stable particles."""
    pdg = pdg_id(particle) if isinstance(particle, str) else particle
    lifetime = None if abs(pdg) in _DARK else _particle(pdg).lifetime
    return math.inf if lifetime is None or math.isinf(lifetime) else float(lifetime) * 1e-9 * C_LIGHT
