"""One mass of a model: what every constraint asks of it, along a coupling axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.quadratic import Quadratic, quadratic_in
from lvgen.decays.table import DecayTable
from lvgen.errors import UserError, unknown
from lvgen.flavour.constants import mass_of
from lvgen.flavour.neutral_current import left_handed_coupling
from lvgen.models.base import Couplings, Model, finite_number
from lvgen.models.points import at_point, scanned
from lvgen.models.registry import make_model, model_class, parameter_kinds
from lvgen.production import get_process, parse_options
from lvgen.units import HBARC

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

LEGS = ("all", "lepton")
#: GeV; where the flavour-changing coupling is taken at q^2 = 0
_NO_MASS = 1e-9


class OutsideValidityError(Exception):
    """A constraint says nothing here; the text says why."""


@dataclass(frozen=True)
class Axis:
    """A model along its coupling, or along another of its parameters.

    model : with that parameter on its axis (``models.points.scanned``); label, symbol : of the axis, for people
    legs : "all", or "lepton" for emission from the charged lepton alone, as arXiv:1609.00860 has it
    invisible : whether the boson is taken to go unseen, whatever the model says
    """

    model: Model
    label: str
    symbol: str
    legs: str = "all"
    invisible: bool = False

    def at(self, x: float) -> Model:
        """The model at a point of the axis, which may be 0 or negative, as one of coupling 1."""
        return at_point(self.model, x)


def axis(model: str, *, scan: str | None = None, legs: str = "all", invisible: bool = False, **parameters: Any) -> Axis:
    """An ``Axis``, checked; with ``scan`` the model's own coupling is one of ``parameters`` by its name (default 0).

    raises UserError for an unknown model, parameter or kind of legs
    """
    if legs not in LEGS:
        raise unknown("choice of legs", str(legs), LEGS, key="legs")
    cls, kinds = model_class(model), parameter_kinds(model)
    if cls.spin != 1:
        raise UserError(
            f"{model} is a scalar; constraints ask about vectors and the scalar that comes with them", key="name"
        )
    own = 0.0
    if scan is not None:
        numbers = [name for name, kind in cls.own_kinds.items() if kind in ("number", "direct")]
        if scan not in numbers:
            raise unknown(f"parameter of {model}", scan, numbers, key="scan")
        if scan in parameters:
            raise UserError(f"{scan} is on the coupling axis and cannot have a value too", key=scan)
        if cls.coupling_name not in kinds:
            own = finite_number(parameters.pop(cls.coupling_name, 0.0), cls.coupling_name)
    made = scanned(make_model(model, **parameters), scan, own)
    return Axis(made, made.coupling_name, made.coupling_label, legs, invisible)


class Point:
    """An axis at one mass (GeV); arrays over the axis have shape (g,)."""

    def __init__(self, axis: Axis, mass: float) -> None:
        self.axis, self.mass = axis, mass
        self._rates: dict[tuple[str, str, Any], Quadratic] = {}
        self._tables: dict[float, DecayTable | None] = {}

    @cached_property
    def _ends(self) -> tuple[Couplings, Couplings]:
        zero, one = (self._couplings(x) for x in (0.0, 1.0))
        return zero, one

    def _couplings(self, x: float) -> Couplings:
        return self.axis.at(x).couplings(self.mass)

    def coupling(self, read: Callable[[Couplings], float], g: Floats) -> Floats:
        """What ``read`` takes from couplings, a sum of some, over the axis, in which all are linear."""
        zero, one = (read(c) for c in self._ends)
        value: Floats = zero + (one - zero) * np.asarray(g, dtype=float)
        return value

    def monopole(self, source: str, target: str, g: Floats) -> Complexes:
        """Flavour-changing coupling of the left-handed quarks at q^2 = 0 over the axis; 0 where the model has none."""

        def at(x: float) -> complex:
            try:
                return left_handed_coupling(self.axis.at(x), 1.0, _NO_MASS, source, target)
            except UserError:
                return 0.0

        zero, one = at(0.0), at(1.0)
        value: Complexes = zero + (one - zero) * np.asarray(g, dtype=complex)
        return value

    def rate(self, process: str, reaction: str, **further: Any) -> Quadratic:
        """Branching ratio of a reaction over the axis; ``further`` are options of the process.

        raises OutsideValidityError where the process refuses
        """
        key = (process, reaction, tuple(further.items()))
        if key not in self._rates:
            made = get_process(process)
            legs = "legs" in (made.RateOptions or made.Options).model_fields
            options = parse_options(made, ({"legs": self.axis.legs} if legs else {}) | further, rate=True)

            def at(x: float) -> float:
                return float(made.rate(reaction, self.axis.at(x), self.mass, 1.0, options).value)

            try:
                self._rates[key] = quadratic_in(at)
            except UserError as error:
                raise OutsideValidityError(error.what) from None
        return self._rates[key]

    def _table(self, x: float) -> DecayTable | None:
        """Widths at a point of the axis; None where nothing couples."""
        if x not in self._tables:
            model, c = self.axis.at(x), self._couplings(x)
            dark = model.dark_matter is not None and model.dark_matter.coupling != 0.0
            some = dark or any(g for part in (c.vector, c.axial) for g in part.values())
            self._tables[x] = DecayTable(model, self.mass) if some else None
        return self._tables[x]

    def width(self, channel: str) -> Quadratic:
        """Width of a channel, or "total", in GeV over the axis; raises OutsideValidityError beyond the decay table.

        Above 1.5 GeV hadrons are counted as quarks from a mass that itself depends on the couplings; it is that of
        three points of the axis, an error of a few per cent of the total between 1.5 and 2 GeV.
        """

        def at(x: float) -> float:
            table = self._table(x)
            if table is None:
                return 0.0
            return float(table.total if channel == "total" else table.width(channel))

        try:
            return quadratic_in(at)
        except UserError as error:
            raise OutsideValidityError(error.what) from None

    @cached_property
    def _widths(self) -> dict[str, Quadratic]:
        return {name: self.width(name) for name in ("total", "e+ e-", "mu+ mu-", "nu nubar", "chi chibar")}

    def branching_ratio(self, channel: str, g: Floats) -> Floats:
        """Of "e+ e-", "mu+ mu-", "nu nubar" or "chi chibar"; 0 where nothing is open."""
        total = self._widths["total"](g)
        share: Floats = np.divide(self._widths[channel](g), total, out=np.zeros_like(total), where=total > 0.0)
        return np.minimum(share, 1.0)

    def _surviving(self, g: Floats, boost: float, distance: float) -> Floats:
        """Share of the bosons that fly further than ``distance`` (m) with momentum over mass ``boost``."""
        value: Floats = np.exp(-distance * self._widths["total"](g) / (HBARC * boost))
        return value

    def invisible(self, g: Floats, boost: float, distance: float) -> Floats:
        """Share that goes unseen: decays into neutrinos or dark matter, and visible decays beyond ``distance``."""
        if self.axis.invisible:
            return np.ones_like(g)
        unseen = self.branching_ratio("nu nubar", g) + self.branching_ratio("chi chibar", g)
        return unseen + (1.0 - unseen) * self._surviving(g, boost, distance)

    def seen(self, channel: str, g: Floats, boost: float, distance: float) -> Floats:
        """Share that decays into a channel within ``distance`` (m)."""
        if self.axis.invisible:
            return np.zeros_like(g)
        return self.branching_ratio(channel, g) * (1.0 - self._surviving(g, boost, distance))

    @cached_property
    def _scalar(self) -> tuple[DecayTable, float] | None:
        """Decays of the scalar, and its coupling to muons, at coupling 1; None where the model has none."""
        partner, m_phi = self.axis.model.scalar_partner(self.mass), self.scalar_mass
        if partner is None or m_phi is None:
            return None
        return DecayTable(partner, m_phi), partner.couplings(m_phi).gs("mu")

    def scalar_unseen(self, g: Floats, boost: float, distance: float) -> Floats:
        """Share of the scalars that fly further than ``distance`` (m) with momentum over mass ``boost``."""
        if self._scalar is None or self.axis.invisible:
            return np.ones_like(g)
        table, reference = self._scalar
        width = float(table.total) * (self.coupling(lambda c: c.gs("mu"), g) / reference) ** 2
        value: Floats = np.exp(-distance * width / (HBARC * boost))
        return value

    def scalar_branching_ratio(self, channel: str) -> float:
        """Of the scalar; 1 where a model says nothing about its decays."""
        return 1.0 if self._scalar is None else float(self._scalar[0].branching_ratio(channel))

    @property
    def scalar_mass(self) -> float | None:
        """Mass of the scalar that comes with the vector, GeV; None where the model has none."""
        m_phi = self.axis.model.parameters.get("m_phi")
        return None if m_phi is None else float(m_phi)


def changes_flavour(model: Model, mass: float = 0.1) -> bool:
    """Whether a rate for b -> s V is known and not 0; mass in GeV, 0 for a current at q^2 = 0 that counts."""
    try:
        return abs(left_handed_coupling(model, 1.0, max(mass, _NO_MASS), "b", "s")) > 1e-15
    except UserError:
        return False


def boost_from(
    parent: str, others: float, mass: float, energy: float | None = None, *, three_body: bool = False
) -> float:
    """Typical momentum over mass of a boson from a decay, for its chance to fly out.

    parent : decaying particle, of ``energy`` (GeV, None: at rest); others : summed mass of what is made with the boson
    two bodies: from the energy in the parent's rest frame; three: from the mean of the lowest and the highest one
    """
    m = mass_of(parent)
    highest = (m * m + mass * mass - others * others) / (2.0 * m)
    e = 0.5 * (mass + highest) if three_body else highest
    if energy is None:
        return max(1e-9, float(np.sqrt(max(0.0, e * e - mass * mass)))) / mass
    return energy / m * e / mass
