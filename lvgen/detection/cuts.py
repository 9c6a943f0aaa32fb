"""Which products must be seen, how hard and how far apart, where the vertex lies, where the boson points to, and the
efficiency: for all decay channels, or for some of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from lvgen import units
from lvgen.detection.fields import MAX_ENERGY, Cut, Distance, Length, Place, Polar
from lvgen.detection.planes import Kinds
from lvgen.errors import UserError
from lvgen.kernels import acceptance as kernel
from lvgen.validation import Table, as_number, as_quantity, choice, shown, text, texts, validated

Require = Literal["all", "two_charged", "two_photons", "two", "one"]
REQUIRE: dict[str, int] = {
    "all": kernel.ALL,
    "two_charged": kernel.TWO_CHARGED,
    "two_photons": kernel.TWO_PHOTONS,
    "two": kernel.TWO,
    "one": kernel.ONE,
}


class Separation(Table):
    """Products must be ``distance`` (m) apart from each other at the named plane.

    between : kinds of products; left out: charged ones, or photons where two photons are asked for
    """

    plane: Annotated[str, text(most=60)] = Field(examples=['"first"'])
    distance: Length = Field(examples=['"0.3 mm"'])
    between: Kinds | None = None


class Vertex(Table):
    """The decay must lie inside the volume by ``margin`` from walls and hole in x and y, and in z by ``front`` and
    ``back`` from its ends (m); these are ``margin`` too where they are left out."""

    margin: Distance = 0.0
    front: Distance | None = None
    back: Distance | None = None

    @property
    def margins(self) -> tuple[float, float, float]:
        """Margins from the walls, the front and the back, m."""
        front = self.margin if self.front is None else self.front
        return self.margin, front, self.margin if self.back is None else self.back


class Pointing(Table):
    """The line from the decay along the visible momentum, extrapolated upstream.

    impact : its largest distance from the production point; beam : from the beam line (the z axis), where the nearest
        point must lie between ``upstream`` and ``downstream`` (z); all in m
    momentum_of : kinds of products that make up the visible momentum; left out: charged ones, or photons where fewer
        than two products are charged
    """

    impact: Length | None = None
    beam: Length | None = None
    upstream: Place | None = None
    downstream: Place | None = None
    momentum_of: Kinds | None = None

    @model_validator(mode="after")
    def _limits(self) -> Pointing:
        for key, value in (("upstream", self.upstream), ("downstream", self.downstream)):
            if value is not None and self.beam is None:
                raise UserError("limits the place nearest to the beam line; the distance beam is due too", key=key)
        if self.impact is None and self.beam is None:
            raise UserError('neither impact nor beam is given; write for example impact = "2.5 m"')
        if self.upstream is not None and self.downstream is not None and not self.upstream < self.downstream:
            raise UserError("upstream must be below downstream", key="upstream")
        return self


class Efficiency(Table):
    """Efficiency against energy: linear between the points, constant outside.

    energy : rising, GeV; value : one for each, from 0 to 1
    of : "boson", or "visible" for the energy of the products that are seen
    """

    energy: tuple[float, ...] = Field(examples=['["100 GeV", "500 GeV"]'])
    value: tuple[float, ...] = Field(examples=["[0.2, 0.6]"])
    of: Annotated[Literal["boson", "visible"], choice("energy", ("boson", "visible"))] = "boson"

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, data: Any) -> Any:
        if isinstance(data, dict) and {"energy", "value"} <= set(data):
            data = dict(data)
            data["energy"] = _floats(data["energy"], "energy")
            data["value"] = _floats(data["value"], "value")
        return data

    @model_validator(mode="after")
    def _table(self) -> Efficiency:
        if len(self.energy) < 2:
            raise UserError("at least two points are due", key="energy")
        if len(self.value) != len(self.energy):
            raise UserError(f"{len(self.value)} values for {len(self.energy)} energies", key="value")
        if any(b <= a for a, b in zip(self.energy, self.energy[1:], strict=False)):
            raise UserError("the energies must rise", key="energy")
        return self


def _floats(values: object, key: str) -> tuple[float, ...]:
    if not isinstance(values, (list, tuple)) or len(values) > 1000:
        raise UserError(f"{shown(values)} where a list is due", key=key)
    try:
        if key == "energy":
            return tuple(as_quantity(value, "energy", least=0.0, most=MAX_ENERGY) for value in values)
        return tuple(as_number(value, least=0.0, most=1.0) for value in values)
    except UserError as error:
        raise error.at(key=key) from None


def _efficiency(value: object) -> float | Efficiency:
    if isinstance(value, (dict, Efficiency)):
        return validated(Efficiency, value)
    return as_number(value, above=0.0, most=1.0)


AnyEfficiency = Annotated[float | Efficiency, BeforeValidator(_efficiency)]


class Cuts(Table):
    """What the products must fulfil; energies in GeV, 0 for none.

    require : "all" visible products must pass; "two_charged", "two_photons": at least two of them; "two": two charged
        ones, or two photons where fewer than two are charged; "one": any one
    min_momentum, min_track_energy : of each charged product; min_photon_energy : of each photon
    min_energy : of all products together that are seen
    polar_tracks, polar_photons : polar angles in the laboratory between which charged products and photons are seen
    """

    require: Annotated[Require, choice("rule", tuple(REQUIRE))] = "all"
    min_momentum: Cut = 0.0
    min_track_energy: Cut = 0.0
    min_photon_energy: Cut = 0.0
    min_energy: Cut = 0.0
    polar_tracks: Polar | None = None
    polar_photons: Polar | None = None
    separation: Separation | None = None
    vertex: Vertex = Vertex()
    pointing: Pointing | None = None


class Companions(Table):
    """Cuts on what is made with the boson; particles that nobody sees are not asked.

    polar_tracks, polar_photons : polar angles in the laboratory
    min_momentum : of charged ones; min_photon_energy : in the laboratory; min_photon_energy_cms, min_energy_cms : of
        photons and of charged ones in the centre of mass
    min_pt_cms : of all of them together, transverse to the beam; all in GeV
    """

    polar_tracks: Polar | None = None
    polar_photons: Polar | None = None
    min_momentum: Cut = 0.0
    min_photon_energy: Cut = 0.0
    min_energy_cms: Cut = 0.0
    min_photon_energy_cms: Cut = 0.0
    min_pt_cms: Cut = 0.0


class Selection(Cuts):
    """Cuts, planes and efficiency of some decay channels; what is left out is as for all channels.

    channels : names of channels or sums; planes : names of the planes that apply
    """

    name: Annotated[str, text(most=60)] = Field(examples=['"electrons"'])
    channels: Annotated[tuple[str, ...], texts()] = Field(examples=['["e+ e-"]'])
    planes: Annotated[tuple[str, ...], texts()] | None = None
    efficiency: AnyEfficiency | None = None

    def cuts(self, general: Cuts) -> Cuts:
        """The cuts of these channels, with ``general`` ones where nothing is said."""
        given = {name: getattr(self, name) for name in Cuts.model_fields if name in self.model_fields_set}
        return general.model_copy(update=given)


def efficiency_text(efficiency: float | Efficiency) -> str:
    """An efficiency in one line."""
    if not isinstance(efficiency, Efficiency):
        return f"{efficiency:g}"
    points = zip(efficiency.energy, efficiency.value, strict=True)
    table = ", ".join(f"{value:g} at {units.pretty(energy, 'energy')}" for energy, value in points)
    return f"{table} ({efficiency.of} energy)"
