"""Two-body decays of light mesons into the boson, for any vector couplings of the light quarks.

P -> gamma V and V1 -> P V are the decays into a photon with one photon replaced by the boson:

    BR(M -> X V) = n BR(M -> X gamma) [lambda^{1/2}(m_M^2, m_X^2, m_V^2) / (m_M^2 - m_X^2)]^3 |A|^2,

n = 2 for X = gamma (either of two photons), 1 otherwise (arXiv:1609.00860 eqs. 21 and 23).  The amplitude A relative to
the photon's is a sum over the currents through which a boson couples, c_rho, c_omega, c_phi
(``coefficients.meson_couplings``) in units of e: A = sum_V w_V c_V B_V(m_V^2), with flavour traces w_V that sum to 1.
B_V is the propagator of the meson (vector dominance), 1 at m_V = 0.

Only vector couplings count: pi0, eta and eta' cannot go to gamma and an axial boson by charge conjugation, nor rho0,
omega, phi to P and one.  K* can; that part (axial couplings of the strange quark) is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.coefficients import meson_couplings
from lvgen.decays.hadronic.propagators import fixed_width, p_wave
from lvgen.models.base import Model
from lvgen.particles import mass as particle_mass
from lvgen.particles import pdg_id
from lvgen.particles import width as particle_width
from lvgen.units import E_CHARGE

Complexes = NDArray[np.complex128]
Weights = tuple[float, float, float]

#: sine of the eta-eta' mixing angle of the quark-model traces
MIXING_SINE = -1.0 / 3.0
#: relative size of amplitudes that is rounding
_ROUNDING = 1e-12
#: relative difference of currents that counts as none
_ALIKE = 1e-9


def eta_weights(mixing: float = math.asin(MIXING_SINE)) -> tuple[Weights, Weights]:
    """Weights (rho, omega, phi) of eta and eta' -> gamma V for an eta-eta' mixing angle in rad.

    eta = cos(t) eta_8 - sin(t) eta_1, eta' = sin(t) eta_8 + cos(t) eta_1, amplitude Tr(P Q_em Q_V) in the SU(3) limit;
    for sin(t) = -1/3 they are (9, 1, -2)/8 and (9, 1, 4)/14.
    """
    octet = np.array([1.0, 1.0, -2.0]) / math.sqrt(6.0)
    singlet = np.ones(3) / math.sqrt(3.0)
    cos, sin = math.cos(mixing), math.sin(mixing)
    return _traced(cos * octet - sin * singlet), _traced(sin * octet + cos * singlet)


def _traced(flavour: NDArray[np.float64]) -> Weights:
    """Tr(P Q_em Q_V) over u, d, s in terms of c_rho, c_omega and c_phi, normalised to the photon."""
    up, down, strange = flavour * np.array([2.0, -1.0, -1.0]) / 3.0
    # q_u = (c_rho + c_omega/3)/2, q_d = (c_omega/3 - c_rho)/2, q_s = -c_phi/3
    parts = np.array([(up - down) / 2.0, (up + down) / 6.0, -strange / 3.0])
    rho, omega, phi = (float(part) for part in parts / parts.sum())
    return rho, omega, phi


def currents(model: Model, mass: float | None) -> Complexes:
    """c_rho, c_omega, c_phi of a model in units of e at ``coupling = 1``; complex above the threshold of a loop.

    mass : of the boson, GeV, for a kinetic mixing that runs with it; None for the limit of a light one
    """
    c = meson_couplings(model.couplings(mass)) / E_CHARGE
    shift = model.mixing_shift(np.array([mass]))[0] if mass is not None else 0j
    return np.asarray(c + 1j * shift.imag, dtype=complex)


def propagators(mass: float) -> Complexes:
    """B_V(m_V^2) of rho, omega and phi, (3,), 1 at mass 0; mass in GeV.

    The width of the rho runs as a P wave into two pions, so that it vanishes below their threshold; those of omega and
    phi are constant.
    """
    s = mass**2
    rho = p_wave(s, *_resonance("rho0"), particle_mass("pi+"), particle_mass("pi+"))
    return np.array([rho, *(fixed_width(s, *_resonance(name)) for name in ("omega", "phi"))], dtype=complex)


def _resonance(name: str) -> tuple[float, float]:
    return particle_mass(name), particle_width(name)


def _pole(mass: float) -> Callable[[float], float]:
    return lambda m2: 1.0 / (1.0 - m2 / mass**2)


def _eta_prime_pole(m2: float) -> float:
    pole, gamma = 0.79, 0.13
    top = pole**2 * (pole**2 + gamma**2)
    return math.sqrt(top / ((pole**2 - m2) ** 2 + pole**2 * gamma**2))


@dataclass(frozen=True)
class Transition:
    """A decay M -> X V of a light meson, X a photon or a pseudoscalar.

    parent, product : lvgen names
    branching : BR(M -> X gamma) (PDG); M -> gamma gamma for X = gamma
    weights   : of c_rho, c_omega, c_phi in the amplitude; they sum to 1
    measured  : modulus of the photon's form factor as measured, function of m_V^2 in GeV^2; None where vector dominance
                has to do
    series    : coefficients of a form factor in x = m_V^2/m_M^2 from the constant on, None where not given
    """

    parent: str
    product: str
    branching: float
    weights: Weights
    measured: Callable[[float], float] | None = None
    series: tuple[float, ...] | None = None

    @property
    def reaction(self) -> str:
        """For example "pi0 -> gamma V"."""
        return f"{self.parent} -> {self.product} V"

    @property
    def parent_pdg(self) -> int:
        """PDG id of the meson that decays."""
        return pdg_id(self.parent)

    @property
    def product_pdg(self) -> int:
        """PDG id of what is made with the boson."""
        return pdg_id(self.product)

    @property
    def threshold(self) -> float:
        """Largest mass of the boson, GeV."""
        return particle_mass(self.parent_pdg) - particle_mass(self.product_pdg)

    @property
    def default_form_factor(self) -> str:
        """ "pole" for P -> gamma V, "none" for V1 -> P V."""
        return "pole" if self.product == "gamma" else "none"

    def amplitude(self, c: Complexes, mass: float, form_factor: str) -> complex:
        """A relative to the decay into a real photon, for currents c (3,) in units of e.

        form_factor : "none": B_V = 1. "series": of the photon, for currents that are all equal. "pole": the photon's
            measured form factor where the currents that contribute are equal, vector dominance elsewhere
        raises ValueError for "series" where there is none (``has_series``)
        """
        weights = np.array(self.weights)
        common = self._common(c)
        if form_factor == "series":
            if common is None or self.series is None:
                raise ValueError(f"no series for {self.reaction}")
            x = (mass / particle_mass(self.parent_pdg)) ** 2
            return common * sum(a * x**k for k, a in enumerate(self.series))
        if form_factor == "pole" and common is not None and self.measured is not None:
            return common * self.measured(mass**2)
        terms = weights * c * (propagators(mass) if form_factor == "pole" else 1.0)
        total = complex(terms.sum())
        return total if abs(total) > _ROUNDING * float(np.abs(terms).sum()) else 0j

    def has_series(self, c: Complexes) -> bool:
        """Whether a series form factor is published for these currents (3,)."""
        return self.series is not None and self._common(c) is not None

    def _common(self, c: Complexes) -> complex | None:
        """The current of all that contribute, as it is for a photon; None where they differ."""
        used = c[np.array(self.weights) != 0.0]
        alike = bool(np.all(np.abs(used - used[0]) <= _ALIKE * np.abs(used[0])))
        return complex(used[0]) if alike else None

    def branching_ratio(self, c: Complexes, mass: float, form_factor: str | None = None) -> float:
        """BR(M -> X V) at ``coupling = 1``; 0 where closed.

        c : currents (3,) in units of e (``currents``); mass : of the boson, GeV
        form_factor : see ``amplitude``; None for ``default_form_factor``
        """
        if mass >= self.threshold:
            return 0.0
        m, m_x = particle_mass(self.parent_pdg), particle_mass(self.product_pdg)
        above, below = (m - mass) ** 2 - m_x**2, (m + mass) ** 2 - m_x**2
        momentum = math.sqrt(above * below) / (m**2 - m_x**2)
        photons = 2.0 if self.product == "gamma" else 1.0
        size = abs(self.amplitude(c, mass, form_factor or self.default_form_factor))
        return photons * self.branching * momentum**3 * size**2


_ETA, _ETA_PRIME = eta_weights()
_K_STAR_PLUS, _K_STAR_ZERO = (1.5, 0.5, -1.0), (0.75, -0.25, 0.5)

#: P -> gamma V.  Poles: pi0 by vector dominance; eta and omega -> pi0 NA60, arXiv:1608.07898; eta' BESIII,
#: arXiv:1504.06016; phi -> eta KLOE-2, arXiv:1409.4582 (PDG average 1.29/GeV^2).  Series: arXiv:1609.00860 below eq. 21
TRANSITIONS: tuple[Transition, ...] = (
    Transition("pi0", "gamma", 0.98823, (0.5, 0.5, 0.0), _pole(0.77526), (1.0, 0.0324, 1.06e-3)),
    Transition("eta", "gamma", 0.3936, _ETA, _pole(0.716), (1.0, 0.576, 0.339, 0.200)),
    Transition("eta'", "gamma", 0.02307, _ETA_PRIME, _eta_prime_pole),
    Transition("rho0", "pi0", 4.7e-4, (0.0, 1.0, 0.0)),
    Transition("rho0", "eta", 3.00e-4, (1.0, 0.0, 0.0)),
    Transition("rho+", "pi+", 4.5e-4, (0.0, 1.0, 0.0)),
    Transition("rho-", "pi-", 4.5e-4, (0.0, 1.0, 0.0)),
    Transition("omega", "pi0", 8.34e-2, (1.0, 0.0, 0.0), _pole(0.668)),
    Transition("omega", "eta", 4.5e-4, (0.0, 1.0, 0.0)),
    Transition("phi", "eta", 1.301e-2, (0.0, 0.0, 1.0), _pole(1.29**-0.5)),
    Transition("phi", "pi0", 1.32e-3, (1.0, 0.0, 0.0)),
    Transition("phi", "eta'", 6.22e-5, (0.0, 0.0, 1.0)),
    Transition("K*0", "K0", 2.46e-3, _K_STAR_ZERO),
    Transition("K*0bar", "K0bar", 2.46e-3, _K_STAR_ZERO),
    Transition("K*+", "K+", 9.8e-4, _K_STAR_PLUS),
    Transition("K*-", "K-", 9.8e-4, _K_STAR_PLUS),
)
