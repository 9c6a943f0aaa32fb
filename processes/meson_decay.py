"""Bosons from decays of light mesons: P -> gamma V for pi0, eta and eta'.

BR(P -> gamma V) = 2 (g/e)^2 BR(P -> gamma gamma) (1 - m_V^2/m_P^2)^3 |F_P(m_V^2)|^2 (arXiv:1609.00860 eq. 21), with V
exactly transverse in the rest frame of P.  Valid for couplings proportional to the electric charge.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lvgen.errors import UserError, unknown
from lvgen.kernels.parent_decay import draw_two_body, hadron_columns, recoil
from lvgen.models.base import Model
from lvgen.particles import mass as particle_mass
from lvgen.particles import name_of
from lvgen.production import Draws, Options, Process, ProductionChannel, Rate, Setup
from lvgen.spectra.density import HadronDensity, hadron_density
from lvgen.units import E_CHARGE

Floats = NDArray[np.float64]

#: smallest boson momentum that is drawn, GeV; softer ones carry no signal in any window of directions
MOMENTUM_MIN = 0.05
#: rows (boson momentum) and columns (hadron momentum) of the map that finds the hadrons behind a boson
_ROWS, _COLUMNS = 32, 48


def _pole(mass: float) -> Callable[[float], float]:
    return lambda m2: 1.0 / (1.0 - m2 / mass**2)


def _eta_prime_pole(m2: float) -> float:
    pole, gamma = 0.79, 0.13
    top = pole**2 * (pole**2 + gamma**2)
    return math.sqrt(top / ((pole**2 - m2) ** 2 + pole**2 * gamma**2))


@dataclass(frozen=True)
class Meson:
    """A pseudoscalar with its two-photon branching ratio (PDG) and its transition form factor's moduli.

    pole   : single pole in m_V^2; eta: 0.716 GeV, NA60, arXiv:1608.07898; eta': BESIII, arXiv:1504.06016
    series : coefficients in x = m_V^2/m_P^2 from the constant on (arXiv:1609.00860 below eq. 21), None where not given
    """

    pdg: int
    br_two_photons: float
    pole: Callable[[float], float]
    series: tuple[float, ...] | None = None

    @property
    def mass(self) -> float:
        """GeV."""
        return particle_mass(self.pdg)

    def form_factor(self, kind: str, mass: float) -> float:
        """|F_P(m_V^2)|, 1 at m_V = 0."""
        if kind == "pole":
            return self.pole(mass**2)
        if kind == "series":
            if self.series is None:
                raise UserError(
                    f"no series is published for {name_of(self.pdg)}; leave it out of parents, or use form_factor"
                    ' = "pole"',
                    key="production.meson_decay.form_factor",
                )
            x = (mass / self.mass) ** 2
            return sum(c * x**k for k, c in enumerate(self.series))
        return 1.0

    def branching_ratio(self, mass: float, form_factor: str) -> float:
        """BR(P -> gamma V) at coupling g = e (epsilon = 1)."""
        if mass >= self.mass:
            return 0.0
        x = (mass / self.mass) ** 2
        return 2.0 * self.br_two_photons * (1.0 - x) ** 3 * self.form_factor(form_factor, mass) ** 2


MESONS: dict[str, Meson] = {
    "pi0": Meson(111, 0.98823, _pole(0.77526), (1.0, 0.0324, 1.06e-3)),
    "eta": Meson(221, 0.3936, _pole(0.716), (1.0, 0.576, 0.339, 0.200)),
    "eta'": Meson(331, 0.02307, _eta_prime_pole),
}


def charge_scale(model: Model, mass: float | None = None) -> float:
    """The factor g/e by which a model's quark couplings follow the electric charges; UserError if they do not.

    mass : of the boson, GeV, for couplings that depend on it; None for the limit of a light one
    """
    c = model.couplings(mass)
    up, down, strange = c.gv("u"), c.gv("d"), c.gv("s")
    scale = up / (2.0 / 3.0 * E_CHARGE)
    if not (math.isclose(down, -0.5 * up) and math.isclose(strange, -0.5 * up)):
        raise UserError(
            f"meson_decay knows couplings proportional to the electric charge only, not those of {model.name}",
            key="production.processes",
        )
    if scale == 0.0:
        raise UserError(f"quarks do not couple to the boson of {model.name}", key="production.processes")
    return scale


class MesonDecayOptions(Options):
    """``[production.meson_decay]``.

    form_factor : "pole" (default), "series" (pi0 and eta) or "none" (point-like)
    parents     : mesons; left out: all that the spectrum holds
    """

    form_factor: Literal["pole", "series", "none"] = "pole"
    parents: tuple[str, ...] | None = Field(default=None, min_length=1)

    def mesons(self) -> list[Meson]:
        """The chosen mesons; UserError for an unknown one."""
        names = list(MESONS) if self.parents is None else list(self.parents)
        for name in names:
            if name not in MESONS:
                raise unknown("parent", name, MESONS, key="production.meson_decay.parents")
        if self.parents is None and self.form_factor == "series":
            names = [name for name in names if MESONS[name].series is not None]
        return [MESONS[name] for name in dict.fromkeys(names)]


class PhotonChannel(ProductionChannel):
    """P -> gamma V with P from the spectrum's table."""

    dimensions = 5
    longitudinal_fraction = 0.0

    def __init__(self, meson: Meson, hadrons: HadronDensity, setup: Setup, mass: float) -> None:
        self.name = f"{name_of(meson.pdg)} -> gamma V"
        self.parent_pdg = meson.pdg
        self.companions = (22,)
        self.replicas = hadrons.replicas
        self._hadrons = hadrons
        self._window = setup.window
        self._kinematics = np.array([meson.mass, mass, 0.0])
        self._p_beam = setup.spectrum.beam_momentum
        self._columns = np.empty((_ROWS, _COLUMNS + 1))
        hadron_columns(
            self._kinematics, hadrons.density, hadrons.table, MOMENTUM_MIN, self._p_beam,
            setup.window.kind, setup.window.parameters, np.empty((_ROWS + 1, _COLUMNS + 1)), self._columns,
        )  # fmt: skip
        self._branching = meson.branching_ratio(mass, setup.options.form_factor) * charge_scale(setup.model, mass) ** 2

    def draw(self, y: Floats) -> Draws:
        """See ``kernels.parent_decay.draw_two_body``; dimensions: momentum, cos(theta*), azimuth, direction (two)."""
        n = len(y)
        draws = Draws(np.empty((n, 4)), np.empty((n, 4)), np.empty(n), np.zeros((n, 4)), np.empty(n, np.int64))
        draw_two_body(
            y, self._kinematics, self._hadrons.density, self._hadrons.table, MOMENTUM_MIN, self._p_beam, self._columns,
            self._window.kind, self._window.parameters, draws.boson, draws.parent, draws.weight, draws.cell,
        )  # fmt: skip
        draws.weight *= self._branching
        return draws

    def coefficient(self, coupling: Floats) -> Floats:
        """The rate goes with the coupling squared."""
        return coupling**2

    def companion_momenta(self, draws: Draws) -> Floats:
        """The photon."""
        out = np.empty((len(draws), 4))
        recoil(draws.boson, draws.parent, 0.0, out)
        return out[:, None, :]


class MesonDecay(Process):
    """P -> gamma V."""

    name = "meson_decay"
    title = "pi0, eta, eta' -> gamma V with transition form factors"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1609.00860 eq. 21", "arXiv:1608.07898", "arXiv:1504.06016")
    Options = MesonDecayOptions

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """From 0 to the heaviest chosen meson."""
        charge_scale(model)
        return 0.0, max((meson.mass for meson in options.mesons()), default=0.0)

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """One channel for each chosen meson heavier than the boson."""
        return [
            PhotonChannel(meson, hadron_density(setup.spectrum, meson.pdg), setup, mass)
            for meson in setup.options.mesons()
            if mass < meson.mass and (setup.options.parents is not None or meson.pdg in setup.spectrum.content)
        ]

    def reactions(self) -> tuple[str, ...]:
        """P -> gamma V of every meson."""
        return tuple(f"{name} -> gamma V" for name in MESONS)

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Branching ratio, exact to rounding; V is transverse."""
        meson = MESONS[reaction.split(" -> ")[0]]
        scale = charge_scale(model, mass) * coupling
        return Rate(meson.branching_ratio(mass, options.form_factor) * scale**2, 0.0, 0.0)


process = MesonDecay()
