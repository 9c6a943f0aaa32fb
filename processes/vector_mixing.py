"""Bosons by mixing with the rho, omega and phi that collisions make.

sigma(V) = |theta|^2 sigma(M), theta = (c_M/g_M) m_M^2 / (m_V^2 - m_M^2 + i m_M Gamma_M) with g_rho = 5, g_omega = 17,
g_phi = -12.88 (arXiv:1810.01879) and c_M the boson's coupling to the current of M (``coefficients.meson_couplings``:
e epsilon for the dark photon; 0, 2 g and g in size for B).  The three mesons are added incoherently: inclusive tables
do not know their phases.  Off the pole the spectrum is that of mesons at their own mass, so |m_V - m_M| < 0.3 m_M and
m_V > 0.4 GeV are required.  V is taken as unpolarised, since nothing is known of the mesons' alignment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr

from lvgen.decays.light_mesons import currents
from lvgen.errors import UserError, unknown
from lvgen.kernels.meson_mixing import draw_in_place
from lvgen.models.base import Model
from lvgen.models.points import relative_rate
from lvgen.particles import mass as particle_mass
from lvgen.particles import pdg_id
from lvgen.particles import width as particle_width
from lvgen.production import Draws, Options, Process, ProductionChannel, Setup
from lvgen.spectra.density import HadronDensity, hadron_density
from lvgen.units import E_CHARGE
from lvgen.validation import texts

Floats = NDArray[np.float64]

#: meson -> g_M (arXiv:1810.01879), in the order of the currents
COUPLING: dict[str, float] = {"rho0": 5.0, "omega": 17.0, "phi": -12.88}
#: largest |m_V - m_M| / m_M, and lowest m_V in GeV
REACH, MASS_MIN = 0.3, 0.4
#: smallest boson momentum that is drawn, GeV
MOMENTUM_MIN = 0.05
_BREMSSTRAHLUNG = "proton_bremsstrahlung"


class VectorMixingOptions(Options):
    """``[production.vector_mixing]``.

    kinematics : what V has in common with the meson: "momentum" (its three-momentum) or "rapidity" (and p_T)
    mesons     : left out: all that the couplings allow and the spectrum holds
    """

    kinematics: Literal["momentum", "rapidity"] = Field(
        default="momentum", description='V keeps the "momentum" of the meson or its "rapidity" and p_T'
    )
    mesons: Annotated[tuple[str, ...], texts()] | None = Field(
        default=None, description='list out of "rho0", "omega", "phi"'
    )
    #: those that another process makes
    _taken: tuple[str, ...] = PrivateAttr(default=())

    def allowed(self, model: Model, mass: float | None) -> dict[str, complex]:
        """Chosen mesons with a current that the boson couples to, and that current at coupling 1."""
        for name in self.mesons or ():
            if name not in COUPLING:
                raise unknown("meson", name, COUPLING, key="production.vector_mixing.mesons")
        c = currents(model, mass) * E_CHARGE
        found = dict(zip(COUPLING, c.tolist(), strict=True))
        return {name: value for name, value in found.items() if value and name in self.wanted}

    @property
    def wanted(self) -> list[str]:
        """Chosen mesons that no other process makes, whether the couplings allow them or not."""
        return [name for name in self.mesons or COUPLING if name not in self._taken]

    def without(self, mesons: tuple[str, ...]) -> VectorMixingOptions:
        """The same, with some mesons left to another process."""
        rest = self.model_copy()
        rest._taken = mesons
        return rest


def masses_of(meson: str) -> tuple[float, float]:
    """Boson masses (GeV) at which mixing with a meson is used."""
    m = particle_mass(meson)
    return max(MASS_MIN, (1.0 - REACH) * m), (1.0 + REACH) * m


def mixing_squared(meson: str, c: complex, mass: float) -> float:
    """|theta|^2 for a boson of mass (GeV) that couples with c to the meson's current."""
    m = particle_mass(meson)
    theta = c / COUPLING[meson] * m**2 / complex(mass**2 - m**2, m * particle_width(meson))
    return abs(theta) ** 2


class MixingChannel(ProductionChannel):
    """V in place of a meson of the spectrum's table."""

    dimensions = 3
    longitudinal_fraction = 1.0 / 3.0

    def __init__(self, meson: str, strength: float, hadrons: HadronDensity, setup: Setup, mass: float) -> None:
        """strength : bosons for each meson at coupling 1; mass : of the boson, GeV."""
        self.name = f"{meson} mixing"
        self.replicas = hadrons.replicas
        self._hadrons = hadrons
        self._window = setup.window
        self._masses = mass, particle_mass(meson)
        self._rapidity = setup.options.kinematics == "rapidity"
        self._p_beam = setup.spectrum.beam_momentum
        self._strength = strength
        self._model = setup.model
        self._meson, self._meson_name = pdg_id(meson), meson
        self.table_pdg = self._meson

    def draw(self, y: Floats) -> Draws:
        """See ``kernels.meson_mixing.draw_in_place``; dimensions: momentum, direction (two)."""
        n = len(y)
        draws = Draws(np.empty((n, 4)), np.zeros((n, 4)), np.empty(n), np.zeros((n, 4)), np.empty(n, np.int64))
        draw_in_place(
            y, *self._masses, self._rapidity, self._hadrons.density, self._hadrons.table, MOMENTUM_MIN, self._p_beam,
            self._window.kind, self._window.parameters, draws.boson, draws.weight, draws.cell,
        )  # fmt: skip
        draws.weight *= self._strength
        return draws

    def table_hadrons(self, draws: Draws) -> tuple[int, Floats]:
        """The meson in whose place V is: same three-momentum, or same rapidity and transverse momentum."""
        mass, m_meson = self._masses
        hadron = draws.boson.copy()
        if self._rapidity:
            pt2 = hadron[:, 1] ** 2 + hadron[:, 2] ** 2
            hadron[:, 3] *= np.sqrt((pt2 + m_meson**2) / (pt2 + mass**2))
        hadron[:, 0] = np.sqrt((hadron[:, 1:] ** 2).sum(axis=1) + m_meson**2)
        return self._meson, hadron

    def coefficient(self, coupling: Floats) -> Floats:
        """The rate over that at coupling 1: it goes with the square of the coupling to the meson's current."""
        place = list(COUPLING).index(self._meson_name)
        return relative_rate(self._model, coupling, lambda model: abs(currents(model, self._masses[0])[place]) ** 2)


class VectorMixing(Process):
    """rho0, omega, phi that turn into V."""

    name = "vector_mixing"
    title = "mixing of V with rho0, omega and phi"
    several_couplings = True
    references: ClassVar[tuple[str, ...]] = ("arXiv:1810.01879", "arXiv:2201.01788 eq. 4.5")
    Options = VectorMixingOptions

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """The masses within reach of a meson that the couplings allow."""
        reach = [masses_of(meson) for meson in options.allowed(model, None)]
        if not reach:
            raise UserError(
                f"the boson of {model.name} does not couple to the currents of the chosen mesons",
                key="production.processes",
            )
        return min(low for low, _ in reach), max(high for _, high in reach)

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """One channel for each meson within reach."""
        made: list[ProductionChannel] = []
        for meson, c in setup.options.allowed(setup.model, mass).items():
            low, high = masses_of(meson)
            given = setup.options.mesons is not None or pdg_id(meson) in setup.spectrum.content
            if given and low <= mass < high:
                hadrons = hadron_density(setup.spectrum, pdg_id(meson))
                made.append(MixingChannel(meson, mixing_squared(meson, c, mass), hadrons, setup, mass))
        return made

    def beside(self, model: Model, options: Any, others: Mapping[str, Any]) -> tuple[Any | None, str]:
        """Mesons that are poles of the proton's form factor are left to bremsstrahlung, unless it is closed there."""
        if _BREMSSTRAHLUNG not in others:
            return options, ""
        poles = others[_BREMSSTRAHLUNG].poles_kept(model)
        own = options.allowed(model, None)
        taken = tuple(name for name in own if name in poles)
        if not taken:
            return options, ""
        same = f"the form factor in {_BREMSSTRAHLUNG} makes V through the same {_listed(taken)}"
        close = f'production.{_BREMSSTRAHLUNG}.poles = "vetoed" closes it there'
        if len(taken) == len(own):
            return None, f"{same} ({close})"
        if options.mesons is not None:
            raise UserError(f"{same}; leave them out, or {close}", key="production.vector_mixing.mesons")
        left = _listed([name for name in own if name not in taken])
        return options.without(taken), f"{self.name} makes V through {left} alone, since {same}"

    def double_counting(self, chosen: Mapping[str, Any]) -> list[str]:
        """Bremsstrahlung is closed near mesons that it leaves to mixing; some rho0 of the table are from eta'."""
        notes, own = [], chosen[self.name].wanted
        closed = chosen[_BREMSSTRAHLUNG].poles if _BREMSSTRAHLUNG in chosen else ()
        if replaced := [name for name in closed if name in own]:
            notes.append(
                f"{_BREMSSTRAHLUNG} is closed within a width of {_listed(replaced)} where its form factor has them, "
                "and vector_mixing replaces it; farther from them both are added, tails of the resonances included"
            )
        if left := [name for name in closed if name not in own]:
            notes.append(
                f"{_BREMSSTRAHLUNG} is closed within a width of {_listed(left)}, and nothing replaces it there"
            )
        if "meson_decay" in chosen and "rho0" in own:
            notes.append(
                "rho0 from eta' -> gamma rho0 are among the table's rho0: near the rho, eta' -> gamma V of meson_decay "
                "and vector_mixing both hold them (about 0.3 for each eta')"
            )
        return notes


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


process = VectorMixing()
