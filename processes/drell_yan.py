"""Bosons from quark-antiquark annihilation, q qbar -> V at lowest order.

Valid above about 1.5 GeV, where it takes the place of bremsstrahlung and mixing.  The scale uncertainty is a factor of
two and more at 2 GeV, and far forward at the LHC the momentum fractions lie below what fits of parton densities know.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lvgen.errors import UserError
from lvgen.kernels.rapidity import draw_rapidity
from lvgen.models.base import Model
from lvgen.models.points import Structure, structures
from lvgen.nucleon import SWITCH, quark_share
from lvgen.particles import mass as particle_mass
from lvgen.partons import PDF_HINT, QUARKS, Partons, couples_to_quarks, lhapdf_partons, rapidity_density
from lvgen.production import Draws, Options, Process, ProductionChannel, Setup
from lvgen.spectra.density import N_REPLICAS
from lvgen.spectra.registry import load_source
from lvgen.validation import integer, number, quantity, text

Floats = NDArray[np.float64]

#: smallest boson momentum that is drawn, GeV
MOMENTUM_MIN = 0.05
#: GeV; heavier ones would not be light
MASS_MAX = 50.0
_POINTS = 241


class DrellYanOptions(Options):
    """``[production.drell_yan]``; each option is described in its field."""

    pdf: Annotated[str, text(most=100)] | None = Field(
        default=None, description='a set of LHAPDF that you have installed, such as "CT14lo"; required'
    )
    member: Annotated[int, integer(least=0, most=100_000)] = Field(default=0, description="of the set")
    scale: Annotated[float, number(least=0.1, most=10.0)] = Field(
        default=1.0, description="factorisation scale over the boson's mass; 0.5 and 2 show the uncertainty"
    )
    pt_width: Annotated[float, quantity("energy", above=0.0, most=100.0)] = Field(
        default="1 GeV",  # type: ignore[assignment]
        description="p_T has the density exp(-p_T^2/(2 width^2))",
    )
    switch: Literal["none", "smooth"] = Field(
        default="none", description='"smooth": fades in from 1.5 to 1.975 GeV beside a bremsstrahlung that fades out'
    )


class DrellYanChannel(ProductionChannel):
    """q qbar -> V, transverse along the Collins-Soper axis; replicas are 1, as no hadron table stands behind it."""

    name = "q qbar -> V"
    dimensions = 3

    def __init__(self, setup: Setup, mass: float, partons: Partons, term: Structure) -> None:
        options: DrellYanOptions = setup.options
        source = setup.source or load_source(setup.spectrum.source)
        m_p = particle_mass("p")
        p_beam = source.beam_momentum
        e_beam = math.hypot(p_beam, m_p)
        target = source.target
        s = 4.0 * e_beam**2 if target is None else 2.0 * m_p * (m_p + e_beam)
        self._boost = 0.0 if target is None else math.atanh(p_beam / (e_beam + m_p))
        self._mass, self._window, self._width = mass, setup.window, options.pt_width
        self._term = term
        self.replicas = np.ones((1, N_REPLICAS))
        y_max = math.log(math.sqrt(s) / mass)
        y = np.linspace(-y_max, y_max, _POINTS)
        neutrons = 0.0 if target is None else (target.A - target.Z) / target.A
        density = rapidity_density(partons, term.model.couplings(mass), mass, s, y, options.scale, max(0.0, neutrons))
        # hard collisions go with the number of nucleons, inelastic ones do not
        per_interaction = 1.0 / setup.spectrum.sigma_inel_pb
        if target is not None:
            per_interaction = target.hard_factor / target.sigma_inel_nucleon
        fade = quark_share(mass) if options.switch == "smooth" else 1.0
        self._density = np.ascontiguousarray(density * per_interaction * fade)
        self._y_low, self._y_step = -y_max, 2.0 * y_max / (_POINTS - 1)
        self._high = math.sqrt(max(0.0, (e_beam - m_p) ** 2 - mass**2))

    @property
    def per_interaction(self) -> float:
        """Bosons per interaction at coupling 1, in all directions."""
        return float(np.trapezoid(self._density, dx=self._y_step))

    def draw(self, y: Floats) -> Draws:
        """See ``kernels.rapidity.draw_rapidity``; dimensions: momentum, direction (two)."""
        n = len(y)
        spin = np.empty((n, 9))
        draws = Draws(np.empty((n, 4)), np.zeros((n, 4)), np.empty(n), np.zeros((n, 4)), np.zeros(n, np.int64), spin)
        draw_rapidity(
            y, self._mass, self._density, self._y_low, self._y_step, self._boost, self._width, MOMENTUM_MIN, self._high,
            self._window.kind, self._window.parameters, draws.boson, spin, draws.weight,
        )  # fmt: skip
        return draws

    def coefficient(self, coupling: Floats) -> Floats:
        """Weight of the channel's term of the rate: the coupling squared where there is one term."""
        return self._term.weight(coupling)


@functools.lru_cache(maxsize=4)
def _installed(name: str, member: int) -> Partons:
    return lhapdf_partons(name, member)


class DrellYan(Process):
    """q qbar -> V; only in cards that name a set of parton densities, so that what is installed changes no result."""

    name = "drell_yan"
    title = "quark-antiquark annihilation above 1.5 GeV, with parton densities that you have installed (LHAPDF)"
    several_couplings = True
    references: ClassVar[tuple[str, ...]] = ("Drell and Yan, Phys. Rev. Lett. 25 (1970) 316", "arXiv:1412.7420")
    Options = DrellYanOptions
    approximations: ClassVar[tuple[str, ...]] = (
        "Drell-Yan is of lowest order, with parton densities of free nucleons and a Gaussian transverse momentum; the "
        "scale alone is a factor of 2 at 2 GeV",
        "interference of vector and axial quark couplings in Drell-Yan is left out",
    )

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """From 1.5 GeV; UserError where no set of parton densities is named or quarks do not couple."""
        if options.pdf is None:
            raise UserError(f"is due: {PDF_HINT}", key="production.drell_yan.pdf")
        if not couples_to_quarks(model.couplings()):
            raise UserError(f"quarks do not couple to the boson of {model.name}", key="production.processes")
        return SWITCH[0], MASS_MAX

    def missed(self, model: Model, options: Any, highest: float) -> str:
        """Above 1.5 GeV, where no set of parton densities is named."""
        if options.pdf is not None or highest <= SWITCH[0] or not couples_to_quarks(model.couplings()):
            return ""
        return (
            f"{self.name} is left out, which makes bosons from quarks above {SWITCH[0]:g} GeV (bremsstrahlung ends at "
            f"{SWITCH[1]:g} GeV): it needs a set of parton densities that you have installed, named by "
            "production.drell_yan.pdf"
        )

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """A channel for each term of the rate; UserError where no parton densities are installed."""
        partons = _installed(setup.options.pdf, setup.options.member)
        made = [DrellYanChannel(setup, mass, partons, term) for term in structures(setup.model, tuple(QUARKS))]
        return [channel for channel in made if channel.per_interaction > 0.0]

    def double_counting(self, chosen: Mapping[str, Any]) -> list[str]:
        """Beside bremsstrahlung, one must fade out as the other fades in."""
        other = chosen.get("proton_bremsstrahlung")
        if other is None:
            return []
        if not (chosen[self.name].switch == other.switch == "smooth"):
            raise UserError(
                "between 1.5 and 1.975 GeV bremsstrahlung and drell_yan make the same bosons; give both "
                'switch = "smooth", or name one of them',
                key="production.drell_yan.switch",
            )
        return ["bremsstrahlung fades out and drell_yan fades in between 1.5 and 1.975 GeV"]


process = DrellYan()
