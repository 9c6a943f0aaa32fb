"""Bosons from two-body decays of light mesons: P -> gamma V and V1 -> P V.

Branching ratios for any vector couplings of the light quarks are those of ``lvgen.decays.light_mesons``.  V is exactly
transverse about its flight in the rest frame of the meson: a pseudoscalar and a photon leave no room for helicity 0,
and the coupling eps(e_V1, p_V1, e_V, p_V) of V1 -> P V vanishes for it.  Every parent comes from the spectrum's
inclusive table as it stands: pi0 from eta or omega decays are pi0, and nothing is subtracted for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lvgen.decays.light_mesons import TRANSITIONS, Complexes, Transition, currents
from lvgen.errors import UserError, unknown
from lvgen.kernels.parent_decay import draw_two_body, hadron_columns, recoil
from lvgen.models.base import Model
from lvgen.models.points import at_point, relative_rate
from lvgen.particles import mass as particle_mass
from lvgen.particles import pdg_id
from lvgen.production import Draws, Options, Process, ProductionChannel, Rate, Setup
from lvgen.spectra.density import HadronDensity, hadron_density
from lvgen.spectra.table import SpectrumTable
from lvgen.validation import texts

Floats = NDArray[np.float64]

#: smallest boson momentum that is drawn, GeV; softer ones carry no signal in any window of directions
MOMENTUM_MIN = 0.05
#: rows (boson momentum) and columns (hadron momentum) of the map that finds the hadrons behind a boson
_ROWS, _COLUMNS = 32, 48

PARENTS: tuple[str, ...] = tuple(dict.fromkeys(t.parent for t in TRANSITIONS))
CHARGED_RHO = ("rho+", "rho-")
_BY_REACTION: dict[str, Transition] = {t.reaction: t for t in TRANSITIONS}


class MesonDecayOptions(Options):
    """``[production.meson_decay]``.

    form_factor : "pole", "series" (pi0 and eta of photon-like couplings) or "none" (point-like); left out: "pole" for
                  P -> gamma V and "none" for V1 -> P V
    parents     : mesons; left out: all that the spectrum holds
    """

    form_factor: Literal["pole", "series", "none"] | None = Field(
        default=None,
        description='"pole", "series" (pi0 and eta alone) or "none"; left out: "pole" for P -> gamma V, '
        '"none" for V -> P V',
    )
    parents: Annotated[tuple[str, ...], texts()] | None = Field(
        default=None, description=f"list out of {', '.join(PARENTS)}; left out: all that apply"
    )

    def transitions(self, c: Complexes) -> list[Transition]:
        """Decays of the chosen parents for currents c (3,), those included whose amplitude vanishes.

        raises UserError for an unknown parent, or a chosen one without the chosen form factor
        """
        for name in self.parents or ():
            if name not in PARENTS:
                raise unknown("parent", name, PARENTS, key="production.meson_decay.parents")
        chosen = [t for t in TRANSITIONS if self.parents is None or t.parent in self.parents]
        if self.form_factor != "series":
            return chosen
        if self.parents is not None:
            for transition in chosen:
                _check_series(transition, c)
        return [t for t in chosen if t.has_series(c)]


def _check_series(transition: Transition, c: Complexes) -> None:
    if not transition.has_series(c):
        raise UserError(
            f"no series is published for {transition.reaction} with these couplings; leave {transition.parent} out of "
            'parents, or use form_factor = "pole"',
            key="production.meson_decay.form_factor",
        )


def _lacking(parent: str, table: SpectrumTable) -> UserError:
    held = [name for name in PARENTS if pdg_id(name) in table.content]
    charged = ", nor does any table that ships" if parent in CHARGED_RHO else ""
    return UserError(
        f"spectrum {table.name} holds no {parent!r}{charged}; of the parents it has {', '.join(held) or 'none'}",
        key="production.meson_decay.parents",
    )


def quark_currents(model: Model, mass: float | None) -> Complexes:
    """``light_mesons.currents`` of a model whose boson couples to light quarks; UserError where it does not."""
    c = currents(model, mass)
    if not c.any():
        raise UserError(f"light quarks do not couple to the boson of {model.name}", key="production.processes")
    return c


class DecayChannel(ProductionChannel):
    """M -> X V with M from the spectrum's table."""

    dimensions = 5
    longitudinal_fraction = 0.0

    def __init__(self, transition: Transition, hadrons: HadronDensity, setup: Setup, mass: float) -> None:
        """mass : of the boson, GeV."""
        self.name = transition.reaction
        self.parent_pdg = transition.parent_pdg
        self.companions = (transition.product_pdg,)
        self.replicas = hadrons.replicas
        self._hadrons = hadrons
        self._window = setup.window
        self._kinematics = np.array([particle_mass(transition.parent_pdg), mass, particle_mass(transition.product_pdg)])
        self._p_beam = setup.spectrum.beam_momentum
        self._columns = np.empty((_ROWS, _COLUMNS + 1))
        hadron_columns(
            self._kinematics, hadrons.density, hadrons.table, MOMENTUM_MIN, self._p_beam,
            setup.window.kind, setup.window.parameters, np.empty((_ROWS + 1, _COLUMNS + 1)), self._columns,
        )  # fmt: skip
        self._transition, self._model = transition, setup.model
        self._mass, self._form_factor = mass, setup.options.form_factor
        self._branching = self._rate(at_point(setup.model, 1.0))

    def _rate(self, model: Model) -> float:
        """BR(M -> X V) at coupling 1."""
        return self._transition.branching_ratio(currents(model, self._mass), self._mass, self._form_factor)

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
        """The branching ratio over that at coupling 1: only it depends on the couplings."""
        return relative_rate(self._model, coupling, self._rate)

    def companion_momenta(self, draws: Draws) -> Floats:
        """The photon or the pseudoscalar."""
        out = np.empty((len(draws), 4))
        recoil(draws.boson, draws.parent, float(self._kinematics[2]), out)
        return out[:, None, :]


class MesonDecay(Process):
    """P -> gamma V and V1 -> P V."""

    name = "meson_decay"
    title = "pi0, eta, eta' -> gamma V and rho, omega, phi, K* -> P V"
    several_couplings = True
    references: ClassVar[tuple[str, ...]] = (
        "arXiv:1609.00860 eqs. 21, 23",
        "arXiv:2201.01788 eq. 4.5",
        "arXiv:1608.07898",
        "arXiv:1504.06016",
        "arXiv:1409.4582",
    )
    Options = MesonDecayOptions

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """From 0 to the largest threshold of the chosen decays that the couplings allow."""
        c = quark_currents(model, None)
        allowed = [t.threshold for t in options.transitions(c) if np.any(np.array(t.weights) * c != 0.0)]
        return 0.0, max(allowed, default=0.0)

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """One channel for each decay of the chosen parents that is open and allowed."""
        c = quark_currents(setup.model, mass)
        options = setup.options
        made: list[ProductionChannel] = []
        for transition in options.transitions(c):
            branching = transition.branching_ratio(c, mass, options.form_factor)
            if not branching:
                continue
            if transition.parent_pdg in setup.spectrum.content:
                hadrons = hadron_density(setup.spectrum, transition.parent_pdg)
                made.append(DecayChannel(transition, hadrons, setup, mass))
            elif options.parents is not None:
                raise _lacking(transition.parent, setup.spectrum)
        return made

    def double_counting(self, chosen: Mapping[str, Any]) -> list[str]:
        """Nothing is subtracted from inclusive tables."""
        return [
            "hadron tables are inclusive: a pi0 or eta from another hadron's decay is a parent like any other, beside "
            "the boson that this hadron may emit itself"
        ]

    def reactions(self) -> tuple[str, ...]:
        """Every decay, that of the charged rho included, which no table holds."""
        return tuple(_BY_REACTION)

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Branching ratio, exact to rounding; V is transverse.  0 where the couplings forbid the decay."""
        transition, c = _BY_REACTION[reaction], currents(model, mass)
        if options.form_factor == "series":
            _check_series(transition, c)
        return Rate(transition.branching_ratio(c, mass, options.form_factor) * coupling**2, 0.0, 0.0)


process = MesonDecay()
