"""Form factors of the proton for timelike momentum transfer below threshold, as bremsstrahlung needs them.

A boson with vector couplings x_u, x_d to quarks sees

    F_i = 3 (x_u + x_d) F_i^iso + (x_u - x_d) F_i^iv,      F_1^iso(0) = F_1^iv(0) = 1/2

(for x = e Q that is e F_i of the electromagnetic current).  Two descriptions:

- "table": |F1|^2, Re(F1 F2*) and |F2|^2 of the electromagnetic current as they stand behind the public quasi-real
  fluxes of FORESEE (arXiv:2409.09123), from which they were extracted; rho, omega, phi and higher poles.  Moduli cannot
  be split by isospin, so they serve couplings proportional to the electric charge only.
- "poles": six poles, three of rho and three of omega type (arXiv:0910.5589); no phi.  Its Pauli part is not printed to
  enough digits to be used; F_2^iv = 3.706 F_1^iv is taken instead, and F_2^iso, which is 0.06 at 0, is left out.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Collection
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.models.base import ELECTRIC_CHARGE, Couplings, Model
from lvgen.particles import mass as particle_mass
from lvgen.particles import width as particle_width
from lvgen.units import E_CHARGE

Floats = NDArray[np.float64]

#: through which the proton makes a vector boson
MESONS = ("rho0", "omega", "phi")
#: GeV; the tabulated form factors end here
MASS_MAX = 1.975
#: GeV; between these bremsstrahlung gives way to quarks, where a card wants both
SWITCH = (1.5, MASS_MAX)
#: anomalous magnetic moments: (kappa_p - kappa_n) / (2 F_1^iv(0))
_PAULI_ISOVECTOR = 3.706
#: (mass, width, coefficient), GeV: arXiv:0910.5589 with the digits of the public program BdNMC
_RHO_POLES = ((0.77, 0.15, 0.6165340), (1.25, 0.3, 0.2232042), (1.45, 0.5, -0.3397382))
_OMEGA_POLES = ((0.77, 0.0085, 1.0117545), (1.25, 0.3, -0.8816566), (1.45, 0.5, 0.3699022))
#: mass and width of the omega, PDG, GeV
_OMEGA_PDG = (0.78266, 0.00868)


def _poles(states: tuple[tuple[float, float, float], ...], q2: float) -> complex:
    return complex(sum(f * m * m / (m * m - q2 - 1j * m * width) for m, width, f in states))


def isovector(q2: float) -> complex:
    """F_1^iv at q2 in GeV^2 (arXiv:0910.5589); 1/2 at 0 but for the widths."""
    return _poles(_RHO_POLES, q2)


def isoscalar(q2: float, pdg_omega: bool = False) -> complex:
    """F_1^iso at q2 in GeV^2 (arXiv:0910.5589); ``pdg_omega`` puts the first omega where it is measured.

    The fit has it at 0.77 GeV with 8.5 MeV of width.
    """
    first = (*_OMEGA_PDG, _OMEGA_POLES[0][2]) if pdg_omega else _OMEGA_POLES[0]
    return _poles((first, *_OMEGA_POLES[1:]), q2)


def electric_scale(couplings: Couplings) -> float | None:
    """g/e where the light quarks couple in proportion to their electric charges; None where they do not."""
    up, down, strange = couplings.gv("u"), couplings.gv("d"), couplings.gv("s")
    if math.isclose(down, -0.5 * up, rel_tol=1e-9) and math.isclose(strange, -0.5 * up, rel_tol=1e-9):
        return up / (2.0 / 3.0 * E_CHARGE)
    return None


@functools.cache
def _table() -> Floats:
    text = (resources.files("lvgen.data") / "form_factors" / "proton_timelike.csv").read_text("utf-8")
    rows = [[float(value) for value in line.split(",")] for line in text.splitlines()[1:]]
    return np.array(rows)


def tabulated(mass: float) -> Floats:
    """|F1|^2, Re(F1 F2*), |F2|^2 of the electromagnetic current (unit charge) at a boson mass in GeV.

    Interpolated linearly in the logarithm of the moduli and in the cosine of the relative phase.  Omega and phi are
    narrower than the spacing (10 MeV): within two widths of 0.782 and 1.019 GeV the values are good to 50 %.
    raises UserError above ``MASS_MAX``
    """
    if not 0.0 <= mass <= MASS_MAX:
        raise UserError(f"form factors of the proton are tabulated up to {MASS_MAX:g} GeV, not at {mass:g} GeV")
    m, f11, f12, f22 = _table().T
    size1 = math.exp(float(np.interp(mass, m, np.log(f11))))
    size2 = math.exp(float(np.interp(mass, m, np.log(f22))))
    cosine = float(np.interp(mass, m, f12 / np.sqrt(f11 * f22)))
    return np.array([size1, cosine * math.sqrt(size1 * size2), size2])


def proton_form_factors(model: Model, mass: float, kind: str | None = None, pdg_omega: bool = False) -> Floats:
    """|F1|^2, Re(F1 F2*), |F2|^2 of the proton at coupling 1, couplings included.

    mass : of the boson, GeV; kind : "table", "poles", or None: the table where the couplings allow it
    raises UserError for the table with couplings that do not follow the electric charges
    """
    couplings = model.couplings(mass)
    # above the threshold of a loop its mixing is complex
    absorptive = 1j * float(model.mixing_shift(np.array([mass]))[0].imag)
    scale = electric_scale(couplings)
    if kind == "table" and scale is None:
        raise UserError(
            f'the tabulated form factors are electromagnetic; the quarks of {model.name} do not follow: use "poles"',
            key="production.proton_bremsstrahlung.form_factors",
        )
    if scale is not None and kind != "poles":
        return abs((scale + absorptive) * E_CHARGE) ** 2 * tabulated(mass)
    up, down = (couplings.gv(q) + E_CHARGE * ELECTRIC_CHARGE[q] * absorptive for q in ("u", "d"))
    iso, iv = 3.0 * (up + down) * isoscalar(mass**2, pdg_omega), (up - down) * isovector(mass**2)
    f1, f2 = iso + iv, _PAULI_ISOVECTOR * iv
    return np.array([abs(f1) ** 2, (f1 * f2.conjugate()).real, abs(f2) ** 2])


def couples_to_proton(model: Model) -> bool:
    """Whether up or down quarks have a vector coupling."""
    couplings = model.couplings()
    return couplings.gv("u") != 0.0 or couplings.gv("d") != 0.0


def quark_share(mass: float) -> float:
    """Share of quark-antiquark annihilation where it replaces bremsstrahlung smoothly: 0 up to 1.5, 1 from 1.975 GeV.

    >>> quark_share(1.5), quark_share(1.7375), quark_share(3.0)
    (0.0, 0.5, 1.0)
    """
    u = min(1.0, max(0.0, (mass - SWITCH[0]) / (SWITCH[1] - SWITCH[0])))
    return u * u * (3.0 - 2.0 * u)


def form_factor_mesons(model: Model, kind: str | None = None, least: float = 0.0) -> tuple[str, ...]:
    """Which of rho0, omega and phi are poles of ``proton_form_factors`` of the same kind with these couplings.

    least : only those whose residue has more than this share of the largest one's; the rho of B comes from a loop
    """
    couplings = model.couplings()
    if kind != "poles" and electric_scale(couplings) is not None:
        return MESONS
    up, down = couplings.gv("u"), couplings.gv("d")
    residues = {"rho0": abs(up - down), "omega": 3.0 * abs(up + down)}
    return tuple(name for name, size in residues.items() if size > least * max(residues.values()))


def pole_at(mass: float, mesons: Collection[str] = MESONS) -> str:
    """Which of these mesons lies within its own width of a mass in GeV, a narrow one first; empty for none."""
    for name in ("omega", "phi", "rho0"):
        if name in mesons and abs(mass - particle_mass(name)) < particle_width(name):
            return name
    return ""
