"""Parton densities and what they make: q qbar -> V at lowest order.

No parton density ships.  They come from a library of the user's: the Python module of LHAPDF and one of its sets.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.models.base import Couplings
from lvgen.units import GEV2_TO_PB

Floats = NDArray[np.float64]

#: quark -> PDG id, those that are counted
QUARKS: dict[str, int] = {"d": 1, "u": 2, "s": 3, "c": 4, "b": 5}
PDF_HINT = (
    'a set of parton densities, such as pdf = "CT14lo"; lvgen ships none: install LHAPDF (conda install -c conda-forge '
    "lhapdf) and the set (lhapdf install CT14lo)"
)
#: isospin: a neutron's quark is the proton's other one
_MIRROR = {1: 2, 2: 1}


class Partons(Protocol):
    """Parton densities of the proton: x f(x) for a PDG id at a scale in GeV, as LHAPDF's objects give them."""

    def xfxQ(self, pid: int, x: float, q: float) -> float:
        """x f(x, Q)."""


def lhapdf_partons(name: str, member: int) -> Partons:
    """A set of LHAPDF; UserError that says how to get the library or the set where one is missing."""
    try:
        import lhapdf  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise UserError(
            f"drell_yan needs the Python module lhapdf: conda install -c conda-forge lhapdf, lhapdf install {name}",
            key="production.processes",
        ) from None
    key = "production.drell_yan.pdf"
    try:
        lhapdf.setVerbosity(0)
        known = [str(item) for item in lhapdf.availablePDFSets()]
    except AttributeError:
        known = [name]
    if name not in known:
        shown = ", ".join(sorted(known)[:10]) or "none"
        raise UserError(f"the set {name!r} is not installed ({shown}); get it with: lhapdf install {name}", key=key)
    try:
        made: Partons = lhapdf.mkPDF(name, member)
    except Exception as error:  # the library raises its own types
        raise UserError(f"member {member} of {name} cannot be loaded: {error}", key=key) from None
    return made


def rapidity_density(
    partons: Partons, couplings: Couplings, mass: float, s: float, y: Floats, scale: float = 1.0, neutrons: float = 0.0
) -> Floats:
    """d sigma/dy in pb of p N -> V X at lowest order, y in the centre of mass (positive along the proton).

    d sigma/dy = pi/(3 s) sum_q (gV_q^2 + gA_q^2) [q(x1) qbar(x2) + qbar(x1) q(x2)],  x_{1,2} = m/sqrt(s) e^{+-y}

    (spins 1/4, colours 1/3, and the narrow width of V; for g = e Q the factor is 4 pi^2 alpha Q^2/(3 s)).
    mass, s : GeV, GeV^2; scale : factorisation scale over mass; neutrons : share of neutrons in the target
    """
    out = np.zeros(len(y))
    tau, mu = mass / math.sqrt(s), scale * mass
    for i, value in enumerate(np.asarray(y, float)):
        x1, x2 = tau * math.exp(value), tau * math.exp(-value)
        if x1 >= 1.0 or x2 >= 1.0:
            continue
        for quark, pid in QUARKS.items():
            charge = couplings.gv(quark) ** 2 + couplings.ga(quark) ** 2
            if charge == 0.0:
                continue
            beam = [max(0.0, partons.xfxQ(sign * pid, x1, mu)) / x1 for sign in (1, -1)]
            target = [_nucleon(partons, sign * pid, x2, mu, neutrons) / x2 for sign in (1, -1)]
            out[i] += charge * (beam[0] * target[1] + beam[1] * target[0])
    density: Floats = math.pi / (3.0 * s) * GEV2_TO_PB * out
    return density


def _nucleon(partons: Partons, pid: int, x: float, mu: float, neutrons: float) -> float:
    proton = max(0.0, partons.xfxQ(pid, x, mu))
    if neutrons == 0.0 or abs(pid) not in _MIRROR:
        return proton
    other = max(0.0, partons.xfxQ(int(math.copysign(_MIRROR[abs(pid)], pid)), x, mu))
    return (1.0 - neutrons) * proton + neutrons * other


def couples_to_quarks(couplings: Couplings) -> bool:
    """Whether any quark that is counted couples, by a vector or an axial coupling."""
    return any(couplings.gv(q) or couplings.ga(q) for q in QUARKS)
