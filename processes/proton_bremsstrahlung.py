"""Bosons radiated by the beam protons: p p -> V X with V collinear to the beam.

    d sigma / (dz dp_T^2) = sigma_pp(s (1 - z)) w(z, p_T^2; F1, F2)

in the quasi-real approximation (arXiv:2108.05900 as revised in arXiv:2409.09123, with an off-shell cutoff) or in the
generalised Weizsaecker-Williams approximation (arXiv:1311.3870).  The proton's form factors follow the model's charges
(``lvgen.nucleon``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, field_validator, model_validator

from lvgen.errors import UserError, unknown
from lvgen.kernels import bremsstrahlung as kernels
from lvgen.kernels.geometry import SPHERE
from lvgen.models.base import Model
from lvgen.models.points import Structure, at_point, structures
from lvgen.nucleon import (
    MASS_MAX,
    MESONS,
    couples_to_proton,
    electric_scale,
    form_factor_mesons,
    pole_at,
    proton_form_factors,
    quark_share,
)
from lvgen.particles import mass as particle_mass
from lvgen.production import Draws, Options, Process, ProductionChannel, Setup
from lvgen.spectra.density import N_REPLICAS
from lvgen.spectra.registry import load_source
from lvgen.units import MB_TO_PB
from lvgen.validation import as_quantity, as_texts, number, quantity

Floats = NDArray[np.float64]

#: smallest boson momentum that is drawn, GeV
MOMENTUM_MIN = 0.05
_FORMS = {"quasi_real": kernels.QUASI_REAL, "weizsaecker_williams": kernels.WEIZSAECKER_WILLIAMS}
#: GeV, at colliders and at fixed targets
_CUTOFF = {"collider": 1.5, "target": 1.0}
#: range of z at fixed targets: arXiv:2409.09123 and arXiv:1311.3870; at colliders only kinematics limits it
_Z_FIXED_TARGET = {"quasi_real": (0.1, 0.95), "weizsaecker_williams": (0.1, 0.9)}
#: GeV, of the Weizsaecker-Williams form
_PT_MAX = 1.0
#: share of the largest residue below which a pole is not worth closing
_MINOR_POLE = 0.1

Energy = Annotated[float, quantity("energy", above=0.0, most=1e4)]
Fraction = Annotated[float, number(least=0.0, most=1.0)]


def _closed_poles(value: object) -> tuple[str, ...]:
    """Mesons about which nothing is made."""
    if value == "kept":
        return ()
    if value == "vetoed":
        return MESONS
    names = as_texts(value) if value not in ([], ()) else ()
    for name in names:
        if name not in MESONS:
            raise unknown("meson", name, MESONS if isinstance(value, list) else ["kept", "vetoed", *MESONS])
    return names


class BremsstrahlungOptions(Options):
    """``[production.proton_bremsstrahlung]``; each option is described in its field."""

    form: Literal["quasi_real", "weizsaecker_williams"] = Field(
        default="quasi_real", description='"quasi_real" or "weizsaecker_williams"'
    )
    cutoff: Energy | None = Field(
        default=None,
        description="of the quasi-real form's off-shell factor; left out: 1.5 GeV at colliders, 1.0 GeV on targets",
    )
    z_min: Fraction | None = Field(
        default=None, description="least share of the beam's momentum; left out: 0.1 on targets, none at colliders"
    )
    z_max: Fraction | None = Field(
        default=None,
        description="largest share; left out: 0.95 on targets (0.9 for weizsaecker_williams), none at colliders",
    )
    pt_max: Energy | None = Field(default=None, description="left out: none, 1 GeV for weizsaecker_williams")
    normalisation: Literal["inelastic", "total"] = Field(
        default="inelastic", description='p p cross-section of one interaction, "inelastic" or "total"'
    )
    form_factors: Literal["table", "poles"] | None = Field(
        default=None,
        description='"table" (rho, omega, phi; electromagnetic couplings only) or "poles" (rho, omega; any charges); '
        "left out: the table for quasi_real where couplings allow it",
    )
    omega: Literal["fit", "pdg"] = Field(
        default="fit", description='where "poles" have the omega: "fit" (0.77 GeV) or "pdg"'
    )
    poles: Annotated[tuple[str, ...], BeforeValidator(_closed_poles)] = Field(
        default=(),
        description='"kept"; "vetoed", or a list of "rho0", "omega", "phi": nothing within a width of these, for use '
        "with vector_mixing",
    )
    switch: Literal["none", "smooth"] = Field(
        default="none", description='"smooth": fades out from 1.5 to 1.975 GeV beside a drell_yan that fades in'
    )
    band: tuple[str, ...] = Field(
        default=(), description='other forms at the same bosons, as ["quasi_real:1.0 GeV", "weizsaecker_williams"]'
    )

    def form_factor_kind(self, electromagnetic: bool) -> str | None:
        """Which form factors are taken, see ``nucleon``; electromagnetic : whether couplings follow the charges."""
        return self.form_factors or (None if self.form == "quasi_real" and electromagnetic else "poles")

    def poles_kept(self, model: Model) -> tuple[str, ...]:
        """Mesons through which the form factor makes V, without those that are closed."""
        return tuple(name for name in self._poles_of(model) if name not in self.poles)

    def is_closed(self, model: Model, mass: float) -> bool:
        """Whether nothing is made at a mass (GeV), since it is that of a meson which is closed and matters."""
        return bool(pole_at(mass, set(self.poles).intersection(self._poles_of(model, _MINOR_POLE))))

    def _poles_of(self, model: Model, least: float = 0.0) -> tuple[str, ...]:
        kind = self.form_factor_kind(electric_scale(model.couplings()) is not None)
        return form_factor_mesons(model, kind, least)

    @field_validator("band", mode="before")
    @classmethod
    def _band(cls, value: object) -> tuple[str, ...]:
        texts = as_texts(value, 20) if value else ()
        for text in texts:
            variant(text)
        return texts

    @model_validator(mode="after")
    def _consistent(self) -> BremsstrahlungOptions:
        if self.cutoff is not None and self.form != "quasi_real":
            raise UserError('belongs to form = "quasi_real"', key="cutoff")
        if self.z_min is not None and self.z_max is not None and not self.z_min < self.z_max:
            raise UserError(f"must be below z_max = {self.z_max:g}", key="z_min")
        return self


def variant(text: str) -> tuple[str, float | None]:
    """Form and cutoff (GeV, or None) of an entry of ``band`` such as "quasi_real:1.0 GeV"; UserError otherwise."""
    form, _, cutoff = text.partition(":")
    if form not in _FORMS or (cutoff and form != "quasi_real"):
        raise UserError(
            f'{text!r} is no form; write "weizsaecker_williams" or "quasi_real:1.0 GeV", with another cutoff if wanted'
        )
    return form, as_quantity(cutoff, "energy", above=0.0, most=1e4) if cutoff else None


class BremsstrahlungChannel(ProductionChannel):
    """p p -> V X, V from the beam that flies towards the detector.

    Replicas are all 1: no table stands behind these bosons, and so no statistics of one.
    """

    name = "p p -> V X"
    dimensions = 3

    def __init__(self, setup: Setup, mass: float, term: Structure, follows: bool) -> None:
        """term : of the rate along the coupling axis; follows : whether couplings are electromagnetic all along it."""
        options: BremsstrahlungOptions = setup.options
        self._source = setup.source or load_source(setup.spectrum.source)
        m_p = particle_mass("p")
        p_beam = self._source.beam_momentum
        e_beam = math.hypot(p_beam, m_p)
        collider = self._source.kind == "collider"
        s = 4.0 * e_beam**2 if collider else 2.0 * m_p * (m_p + e_beam)
        both = float(collider and setup.window.kind == SPHERE)
        self.replicas = np.ones((1, N_REPLICAS))
        self._beam = np.array([p_beam, e_beam, s, m_p, mass, both])
        self._window = setup.window
        self._setup, self._mass, self._term, self._follows = setup, mass, term, follows
        self._form, self._factors = self._described(options.form, options.cutoff)
        self.variation_names = tuple(f"proton_bremsstrahlung {text}" for text in options.band)
        self._band = [self._described(*variant(text)) for text in options.band]
        self._low = max(MOMENTUM_MIN, float(self._form[2]) * p_beam)
        self._high = math.sqrt(max(0.0, (e_beam - m_p) ** 2 - mass**2))

    @property
    def is_open(self) -> bool:
        """Whether the beam has the energy, and the proton a coupling."""
        return self._high > self._low and bool(self._factors[0] > 0.0 or self._factors[2] > 0.0)

    def _described(self, form: str, cutoff: float | None) -> tuple[Floats, Floats]:
        """A form as kernels take it, and its form factors."""
        options: BremsstrahlungOptions = self._setup.options
        low, high = _Z_FIXED_TARGET[form] if self._source.kind == "target" else (0.0, 1.0)
        row = np.zeros(kernels.FORM_FLOATS)
        row[0] = _FORMS[form]
        row[1] = _CUTOFF[self._source.kind] if cutoff is None else cutoff
        row[2] = low if options.z_min is None else options.z_min
        row[3] = high if options.z_max is None else options.z_max
        if not row[2] < row[3]:
            key = "z_max" if options.z_min is None else "z_min"
            raise UserError(
                f"z_min = {row[2]:g} and z_max = {row[3]:g} of {form!r} leave no bosons",
                key=f"production.proton_bremsstrahlung.{key}",
            )
        row[4] = options.pt_max or (_PT_MAX if form == "weizsaecker_williams" else math.inf)
        total = options.normalisation == "total"
        row[5] = kernels.NON_SINGLE_DIFFRACTIVE
        if form == "weizsaecker_williams":
            row[5] = kernels.TOTAL if total else kernels.INELASTIC
        row[6] = 1.0 / self._per_interaction_mb(total)
        kind = options.model_copy(update={"form": form}).form_factor_kind(self._follows)
        factors = proton_form_factors(self._term.model, self._mass, kind, options.omega == "pdg")
        if options.switch == "smooth":
            factors = factors * (1.0 - quark_share(self._mass))
        return row, np.ascontiguousarray(factors)

    def _per_interaction_mb(self, total: bool) -> float:
        """Cross-section behind one interaction: the table's at colliders, where it drops out of rates; of a nucleon."""
        if total:
            return float(kernels.pp_cross_section(kernels.TOTAL, float(self._beam[2])))
        target = self._source.target
        inelastic = self._setup.spectrum.sigma_inel_pb if target is None else target.sigma_inel_nucleon
        return inelastic / MB_TO_PB

    def draw(self, y: Floats) -> Draws:
        """See ``kernels.bremsstrahlung.draw_bremsstrahlung``; dimensions: momentum, direction (two)."""
        n = len(y)
        draws = Draws(
            np.empty((n, 4)), np.zeros((n, 4)), np.empty(n), np.zeros((n, 4)), np.zeros(n, np.int64), np.empty((n, 9))
        )
        kernels.draw_bremsstrahlung(
            y, self._form, self._factors, self._beam, self._low, self._high,
            self._window.kind, self._window.parameters, draws.boson, draws.spin, draws.weight,
        )  # fmt: skip
        return draws

    def variation_factors(self, draws: Draws) -> Floats:
        """(n, k) rate of each form of ``band`` over that of the chosen one at the same bosons, 0 where they have none.

        Bosons beyond the cuts of the chosen form are not there, so the other forms are compared within these.
        """
        own, share = np.empty(len(draws)), np.empty(len(draws))
        other = np.empty(len(draws))
        kernels.emission_density(draws.boson, self._form, self._factors, self._beam, own, share)
        out = np.zeros((len(draws), len(self._band)))
        for k, (form, factors) in enumerate(self._band):
            kernels.emission_density(draws.boson, form, factors, self._beam, other, share)
            np.divide(other, own, out=out[:, k], where=own > 0.0)
        return out

    def coefficient(self, coupling: Floats) -> Floats:
        """Weight of the channel's term of the rate: the coupling squared where there is one term."""
        return self._term.weight(coupling)


class ProtonBremsstrahlung(Process):
    """p p -> V X by radiation off a beam proton."""

    name = "proton_bremsstrahlung"
    title = "bosons radiated by beam protons, quasi-real or Weizsaecker-Williams, with timelike form factors"
    several_couplings = True
    references: ClassVar[tuple[str, ...]] = (
        "arXiv:2108.05900",
        "arXiv:2409.09123",
        "arXiv:1311.3870",
        "arXiv:0910.5589",
    )
    Options = BremsstrahlungOptions
    approximations: ClassVar[tuple[str, ...]] = (
        "bremsstrahlung is that of the incoming proton in its first interaction; its forms differ by a factor 2 to 10 "
        "above 0.5 GeV (band)",
        "form factors of the proton are good to 50 % within 20 MeV of omega and phi, and follow one model elsewhere",
        "helicity states of radiated bosons do not interfere",
    )

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """From 0 to where the form factors end, 1.975 GeV."""
        if not couples_to_proton(model):
            raise UserError(
                f"the proton has no vector coupling to the boson of {model.name}", key="production.processes"
            )
        if options.form_factors == "table" and electric_scale(model.couplings()) is None:
            proton_form_factors(model, 0.0, "table")
        return 0.0, math.nextafter(MASS_MAX, math.inf)

    def stated(self, options: Any) -> tuple[str, ...]:
        """With what quasi-real forms of the band inherit from a chosen one that is cut."""
        cuts = [f"p_T below {_PT_MAX:g} GeV"] if options.pt_max is None else []
        cuts += [f"on targets z below {_Z_FIXED_TARGET[options.form][1]:g}"] if options.z_max is None else []
        others = any(variant(text)[0] == "quasi_real" for text in options.band)
        if options.form == "quasi_real" or not others or not cuts:
            return self.approximations
        return (
            *self.approximations,
            f"quasi-real forms of the band are those within the cuts of the chosen form, {', '.join(cuts)}: less "
            "than in a run in which they are chosen (0.97 of it at 50 MeV to 0.6 at 1.9 GeV within 4 mrad at 400 GeV)",
        )

    def double_counting(self, chosen: Mapping[str, Any]) -> list[str]:
        """Poles that are closed without ``vector_mixing``, which tells of the others."""
        closed = chosen[self.name].poles
        if not closed or "vector_mixing" in chosen:
            return []
        return [f"{self.name} is closed within a width of {', '.join(closed)}, and nothing replaces it"]

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """A channel for each term of the rate; none where a pole is vetoed or the beam's energy does not suffice."""
        if setup.options.is_closed(setup.model, mass):
            return []
        # all terms of a rate have the same form factors, whatever the couplings of each
        follows = electric_scale(at_point(setup.model, 1.0).couplings(mass)) is not None
        made = [BremsstrahlungChannel(setup, mass, term, follows) for term in structures(setup.model, ("u", "d", "s"))]
        return [channel for channel in made if channel.is_open]


process = ProtonBremsstrahlung()
