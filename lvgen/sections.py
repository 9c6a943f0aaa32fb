"""The sections of a run card, each a table that refuses what it does not know."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, Field, model_validator

from lvgen import units
from lvgen.detection.registry import load_detector
from lvgen.detection.schema import Detector
from lvgen.errors import UserError, unknown
from lvgen.io.formats import readable_file
from lvgen.io.placement import Placement, target_placement
from lvgen.io.targets import PdgId, Shift, load_target
from lvgen.validation import (
    Table,
    as_choice,
    as_number,
    as_quantity,
    as_text,
    as_texts,
    checked_keys,
    choice,
    integer,
    number,
    quantity,
    shown,
    text,
    validated,
)

MAX_MASS = 1e4
MAX_COUPLING = 1e3
MAX_POINTS = 100_000
MAX_GRID = 10_000_000
DEFAULT_SPECTRUM = "SIBYLL-2.3d"
#: statistical methods, as ``lvgen.sensitivity.statistics`` has them
METHOD_NAMES = ("poisson", "cls", "feldman_cousins", "discovery")
DEFAULT_FORMATS = ("root", "parquet", "hepmc3")

Scaling = Literal["log", "linear"]
Scale = Annotated[Scaling, choice("scale", ("log", "linear"))]
Mass = Annotated[float, quantity("energy", above=0.0, most=MAX_MASS)]
Coupling = Annotated[float, number(above=0.0, below=MAX_COUPLING)]
Points = Annotated[int, integer(least=1, most=MAX_POINTS)]
Name = Annotated[str, text(most=200)]
Confidence = Annotated[float, number(above=0.5, below=1.0)]
Precision = Annotated[float, number(above=1e-5, below=1.0)]
Count = Annotated[int, integer(least=1, most=10**9)]
Seed = Annotated[int, integer(least=0, most=2**63 - 1)]


class _Grid(Table):
    """Values from ``min`` to ``max``, both included exactly; one point alone is ``min``."""

    min: float
    max: float
    points: Points = Field(examples=["46"])
    scale: Scale = "log"

    @model_validator(mode="after")
    def _rises(self) -> _Grid:
        if not self.min < self.max:
            raise UserError("min must be below max")
        if not np.all(np.diff(self.values) > 0):
            raise UserError(f"{self.points} different points do not fit between min and max", key="points")
        return self

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """(points,) increasing, read-only."""
        spaced = np.geomspace if self.scale == "log" else np.linspace
        # decimals without the noise of the last digits: decades are exact, and machines agree
        values = np.array([float(f"{x:.14g}") for x in spaced(self.min, self.max, self.points)])
        values[-1] = self.max
        values[0] = self.min
        values.setflags(write=False)
        return values


class MassGrid(_Grid):
    """Masses in GeV."""

    min: Mass = Field(examples=['"10 MeV"'])
    max: Mass = Field(examples=['"0.5 GeV"'])


class CouplingGrid(_Grid):
    """Couplings, without unit."""

    min: Coupling = Field(examples=["1e-9"])
    max: Coupling = Field(examples=["1e-3"])


def _mass(value: object) -> float | MassGrid:
    if isinstance(value, Mapping):
        return validated(MassGrid, value)
    return as_quantity(value, "energy", above=0.0, most=MAX_MASS)


def _coupling(value: object) -> float | CouplingGrid:
    if isinstance(value, Mapping):
        return validated(CouplingGrid, value)
    return as_number(value, above=0.0, below=MAX_COUPLING)


def _single(value: float) -> NDArray[np.float64]:
    values = np.array([value])
    values.setflags(write=False)
    return values


class ModelSection(Table):
    """Which boson, at which masses (GeV) and couplings.

    parameters : further parameters of the model, energies in GeV
    scan : the parameter on the coupling axis where it is not the model's own coupling; that is then a parameter by its
        name (``epsilon = 1e-4``), 0 where it is left out
    """

    name: Name = Field(examples=['"dark_photon"'])
    mass: Annotated[float | MassGrid, BeforeValidator(_mass)] = Field(examples=['"50 MeV"'])
    coupling: Annotated[float | CouplingGrid, BeforeValidator(_coupling)] = Field(examples=["3e-5"])
    scan: Name | None = None
    parameters: dict[str, Any] = Field(default_factory=dict, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        """What the model declares beside the fields becomes ``parameters``."""
        if isinstance(data, BaseModel):
            return data
        own = [key for key in cls.model_fields if key != "parameters"]
        if not isinstance(data, Mapping) or "name" not in data:
            return checked_keys(cls, data)
        kinds = _parameter_kinds(data["name"])
        if data.get("scan") is not None:  # the model's own coupling stays at a value, 0 where none is given
            kinds = kinds | {_coupling_name(data["name"]): "number"}
        fields = checked_keys(cls, {k: v for k, v in data.items() if k in own or k not in kinds}, further=kinds)
        given = {k: v for k, v in data.items() if k in kinds and k not in own}
        return fields | {"parameters": {k: _parameter(k, v, kinds[k]) for k, v in given.items()}}

    @model_validator(mode="after")
    def _consistent(self) -> ModelSection:
        if len(self.masses) * len(self.couplings) > MAX_GRID:
            sizes = f"{len(self.masses)} masses times {len(self.couplings)} couplings"
            raise UserError(f"{sizes}; a map has at most {MAX_GRID} points")
        if self.scan is not None:
            numbers = _scannable(self.name)
            if self.scan not in numbers:
                raise unknown(f"parameter of {self.name}", self.scan, numbers, key="scan")
            if self.scan in self.parameters:
                raise UserError(f"{self.scan} is on the coupling axis and cannot have a value too", key=self.scan)
        return self

    @cached_property
    def masses(self) -> NDArray[np.float64]:
        """(M,) GeV, increasing."""
        return self.mass.values if isinstance(self.mass, MassGrid) else _single(self.mass)

    @cached_property
    def couplings(self) -> NDArray[np.float64]:
        """(G,) increasing."""
        return self.coupling.values if isinstance(self.coupling, CouplingGrid) else _single(self.coupling)

    @property
    def is_single_mass(self) -> bool:
        """Whether the card names one mass, not a grid."""
        return not isinstance(self.mass, MassGrid)

    @property
    def is_single_coupling(self) -> bool:
        """Whether the card names one coupling, not a grid."""
        return not isinstance(self.coupling, CouplingGrid)

    @property
    def mass_scale(self) -> Scaling:
        """Spacing of the masses."""
        return self.mass.scale if isinstance(self.mass, MassGrid) else "log"

    @property
    def coupling_scale(self) -> Scaling:
        """Spacing of the couplings."""
        return self.coupling.scale if isinstance(self.coupling, CouplingGrid) else "log"


def _parameter_kinds(name: object) -> dict[str, str]:
    from lvgen.models.registry import model_names, parameter_kinds

    try:
        known = as_choice(name, "model", model_names())
    except UserError as error:
        raise error.at(key="name") from None
    return dict(parameter_kinds(known))


def _coupling_name(name: str) -> str:
    from lvgen.models.registry import model_class

    return model_class(name).coupling_name


def _scannable(name: str) -> list[str]:
    """Parameters that can be put on the coupling axis: the model's numbers, those of dark matter left out."""
    from lvgen.models.dark_matter import DARK_MATTER_KINDS

    kinds = _parameter_kinds(name)
    return [key for key, kind in kinds.items() if kind in ("number", "direct") and key not in DARK_MATTER_KINDS]


def _parameter(name: str, value: object, kind: str) -> object:
    try:
        return parameter_value(value, kind)
    except UserError as error:
        raise error.at(key=name) from None


def parameter_value(value: object, kind: str) -> object:
    """A model parameter of kind "number", "energy" (GeV) or "text"; other kinds are left to the model."""
    if kind == "number":
        return as_number(value, least=-1e6, most=1e6)
    if kind == "energy":
        return as_quantity(value, "energy", above=0.0, most=MAX_MASS)
    return as_text(value) if kind == "text" else value


def _spectrum(value: object) -> str | tuple[str, ...]:
    names = as_texts(value)
    return names[0] if len(names) == 1 else names


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise UserError(f"{shown(value)} where true or false is due")
    return value


class ProductionSection(Table):
    """How the bosons are made.

    processes : None for every one that applies; spectrum : name or path, or several of them: the first is the central
    one, all together a band; cascades : whether hadrons of secondary interactions in a thick target count
    options : process -> its table, as written
    """

    processes: Annotated[tuple[str, ...], BeforeValidator(as_texts)] | None = None
    spectrum: Annotated[str | tuple[str, ...], BeforeValidator(_spectrum)] = DEFAULT_SPECTRUM
    cascades: Annotated[bool, BeforeValidator(_switch)] = False
    options: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        """Tables that bear a process's name become ``options``."""
        if isinstance(data, BaseModel):
            return data
        own = ("processes", "spectrum", "cascades")
        if not isinstance(data, Mapping):
            return checked_keys(cls, data)
        chosen, known = _processes(data.get("processes"))
        fields = checked_keys(cls, {k: v for k, v in data.items() if k in own or k not in known}, further=known)
        tables = {k: v for k, v in data.items() if k in known and k not in own}
        options = {name: _options(name, table, chosen, known[name]) for name, table in tables.items()}
        return fields | {"options": options}

    @property
    def spectra(self) -> tuple[str, ...]:
        """Every spectrum, the central one first."""
        return (self.spectrum,) if isinstance(self.spectrum, str) else self.spectrum

    def options_of(self, process: str) -> dict[str, Any]:
        """The option table of one process as written; empty where there is none."""
        return dict(self.options.get(process, {}))


def _processes(given: object) -> tuple[list[str] | None, dict[str, str]]:
    """Names of the chosen processes (None: not said), and name -> what ``get_process`` calls it for all known ones."""
    from lvgen.production import get_process, process_names

    known = {name: name for name in process_names()}
    if given is None:
        return None, known
    chosen = []
    try:
        for name in as_texts(given):
            own_file = name.endswith(".py")
            chosen.append(get_process(name).name if own_file else as_choice(name, "process", list(known)))
            if chosen[-1] in chosen[:-1]:
                raise UserError(f"two processes are called {chosen[-1]!r}")
            known |= {chosen[-1]: name}
    except UserError as error:
        raise UserError(f"{error.file}: {error.what}" if error.file else error.what, key="processes") from None
    return chosen, known


def _options(name: str, table: object, chosen: list[str] | None, process: str) -> dict[str, Any]:
    """The options of a process as written, once the process has found them in order."""
    from lvgen.production import get_process

    if not isinstance(table, Mapping):
        raise UserError(f"{shown(table)} where a table of options is due", key=name)
    if chosen is not None and name not in chosen:
        raise UserError("options of a process that is not among production.processes", key=name)
    validated(get_process(process).Options, dict(table), key=name)
    return {key: value for key, value in table.items() if value is not None}


class DetectorSection(Table):
    """Which detector, with what changed.

    overrides : entries of the card that replace the file's; description : the detector with them in place
    """

    name: Name = Field(examples=['"FASER2"'])
    overrides: dict[str, Any] = Field(default_factory=dict, repr=False)
    description: Detector = Field(repr=False)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        if isinstance(data, BaseModel):
            return data
        if not isinstance(data, Mapping):
            raise UserError(f"{shown(data)} where a table is due (with name and changes)")
        if "name" not in data:
            raise UserError('missing; write for example name = "FASER2"', key="name")
        try:
            name = as_text(data["name"])
        except UserError as error:
            raise error.at(key="name") from None
        overrides = {key: value for key, value in data.items() if key != "name"}
        try:
            description = load_detector(name, overrides)
        except UserError as error:
            place = error.key if error.key and not error.file else "name"
            raise UserError(str(error) if error.file else error.what, key=place) from None
        return {"name": name, "overrides": overrides, "description": description}


def _left(value: object) -> tuple[str, ...]:
    from lvgen.decays.cascade import left_particles

    names = () if value in ([], ()) else as_texts(value)
    try:
        left_particles(names)
    except UserError as error:
        raise UserError(error.what) from None
    return names


class DecaySection(Table):
    """How decay products are made.

    hadronisation : what makes hadrons above the hadron-quark transition, "builtin" or "pythia8" (an optional extra)
    stable : unstable particles that are left as they are, by name; the others are decayed on
    """

    hadronisation: Annotated[Literal["builtin", "pythia8"], choice("hadronisation", ("builtin", "pythia8"))] = "builtin"
    stable: Annotated[tuple[str, ...], BeforeValidator(_left)] = ()


def _formats(value: object) -> tuple[str, ...]:
    from lvgen.io.formats import event_file_name

    names = as_texts(value)
    files = [event_file_name(name) for name in names]
    for file in files:
        if files.count(file) > 1:
            raise UserError(f"two of the formats would both be written to {file}")
    return names


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise UserError(f"{shown(value)} where true or false is due")
    return value


def _target(value: object) -> str:
    from lvgen.io.targets import target_names

    return as_choice(value, "target", target_names())


class RotationTable(Table):
    """A rotation about an axis through the origin, right-handed, rad."""

    axis: Annotated[Literal["x", "y", "z"], choice("axis", ("x", "y", "z"))] = Field(examples=['"y"'])
    angle: Annotated[float, quantity("angle", least=-7.0, most=7.0)] = Field(examples=['"41.5 mrad"'])


class EventsSection(Table):
    """How many unweighted events, at which mass (GeV) and coupling, written in which formats.

    target : program that will read them; it sets formats, the boson's number, frame and count where they are not given
    pdg_id : number of the boson; rotation, then shift (m), then time_offset (s) : what is done to the frame
    first_event : number of the first event; drop_escaped : whether events go whose boson leaves undecayed
    None stands for what the target says, or for nothing at all.
    """

    number: Count = 10_000
    mass: Mass = Field(examples=['"50 MeV"'], description="model.mass is a grid, and events need one mass")
    coupling: Coupling = Field(examples=["3e-5"], description="model.coupling is a grid, and events need one coupling")
    formats: Annotated[tuple[str, ...], BeforeValidator(_formats)] = DEFAULT_FORMATS
    target: Annotated[str, BeforeValidator(_target)] | None = None
    pdg_id: PdgId | None = None
    rotation: RotationTable | None = None
    shift: Shift | None = None
    time_offset: Annotated[float, quantity("time", least=-1.0, most=1.0)] | None = None
    first_event: Annotated[int, integer(least=0, most=2**31)] | None = None
    drop_escaped: Annotated[bool, BeforeValidator(_flag)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        """Formats that are not given are those of the target, with one from which events can be read again."""
        if isinstance(data, BaseModel):
            return data
        fields = checked_keys(cls, data)
        if "target" in fields and "formats" not in fields:
            try:
                formats = load_target(_target(fields["target"])).formats
            except UserError as error:
                raise error.at(key="target") from None
            fields["formats"] = [*formats] if readable_file(formats) else [*formats, "parquet"]
        return fields

    @property
    def placement(self) -> Placement:
        """What is done to the events on their way to files."""
        base = Placement() if self.target is None else target_placement(self.target)
        given: dict[str, Any] = {
            name: getattr(self, name) for name in ("pdg_id", "shift", "time_offset", "first_event", "drop_escaped")
        }
        if self.rotation is not None:
            given |= {"axis": self.rotation.axis, "angle": self.rotation.angle}
        return dataclasses.replace(base, **{name: value for name, value in given.items() if value is not None})

    def written(self) -> dict[str, Any]:
        """The entries of target and frame that are not left out, as a card writes them."""
        given = {"target": self.target, "pdg_id": self.pdg_id, "first_event": self.first_event}
        found: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if self.rotation is not None:
            found["rotation"] = {"axis": self.rotation.axis, "angle": units.write(self.rotation.angle, "angle")}
        if self.shift is not None:
            found["shift"] = [units.write(x, "length") for x in self.shift]
        if self.time_offset is not None:
            found["time_offset"] = units.write(self.time_offset, "time")
        return found | ({} if self.drop_escaped is None else {"drop_escaped": self.drop_escaped})


class SensitivitySection(Table):
    """How a point is judged.

    confidence : level of the contour; method : "poisson", "cls", "feldman_cousins" or "discovery", the last with a
    ``significance`` in standard deviations
    background_uncertainty : relative, in place of the detector's
    width_uncertainty : whether errors of the widths are carried to the contour
    scan : "fixed", or "adaptive", which puts masses and couplings between those of the grid where the contour needs
    them to be known to ``contour_precision`` (relative, in coupling)
    """

    confidence: Confidence = 0.90
    method: Annotated[str, choice("method", METHOD_NAMES)] = "poisson"
    significance: Annotated[float, number(least=1.0, most=8.0)] = 5.0
    background_uncertainty: Annotated[float, number(least=0.0, most=10.0)] | None = None
    width_uncertainty: Annotated[bool, BeforeValidator(_flag)] = False
    scan: Annotated[Literal["fixed", "adaptive"], choice("scan", ("fixed", "adaptive"))] = "fixed"
    contour_precision: Annotated[float, number(least=0.001, most=0.5)] = 0.02

    @property
    def is_adaptive(self) -> bool:
        """Whether masses and couplings are refined."""
        return self.scan == "adaptive"


class ConstraintsSection(Table):
    """What measurements at low energies exclude of the model.

    names : of constraints, None for all that apply; legs : "all" or "lepton"; invisible : whether the boson is taken to
    go unseen, whatever the model says
    """

    names: Annotated[tuple[str, ...], BeforeValidator(as_texts)] | None = None
    legs: Annotated[Literal["all", "lepton"], choice("choice of legs", ("all", "lepton"))] = "all"
    invisible: Annotated[bool, BeforeValidator(_flag)] = False


class RunSection(Table):
    """seed : None where one is to be drawn; precision : relative error of N that every point should meet."""

    seed: Seed | None = None
    precision: Precision = 0.02
