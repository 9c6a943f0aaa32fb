"""The interface that every production process implements, built-in or a user's own.

A process is a module with an object ``process`` of a ``Process`` class.  For one boson mass it offers production
channels; a channel draws bosons from points of the unit cube, each with the weight that makes the mean over the cube
the number of bosons per interaction (at the couplings that ``Channel.coefficient`` multiplies in afterwards).
Processes never see detectors: they are told in which window of directions bosons are wanted.

Couplings. ``Setup.model`` has whatever is on the coupling axis as its coupling.  Where rates go with its square
(``points.is_proportional``), weights are those at coupling 1 and ``coefficient`` is the square.  Elsewhere (a dark Z
whose epsilon_Z stays while epsilon varies) two ways are open, and ``model.couplings()`` at coupling 1 means nothing:

- only the size of the rate depends on the couplings: weights from ``points.at_point(model, 1.0)``, a model like any
  other whose couplings at 1 are those at that value of the axis, and ``coefficient`` from ``points.relative_rate``;
- spectra or spins do too: one channel for each term of ``points.structures(model, fermions)``, made with
  ``term.model`` at coupling 1 (a model like any other as well) and with ``term.weight`` as its coefficient, which may
  be negative; weights of bosons never are.  The sum is exact for whatever is quadratic in the couplings.

Events are at one coupling: there ``Setup.model`` is ``at_point`` of it, and the coefficient is taken at 1.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from lvgen.errors import UserError, unknown
from lvgen.models.base import Model
from lvgen.models.points import is_proportional
from lvgen.spectra.source import Source
from lvgen.spectra.table import SpectrumTable
from lvgen.userfiles import load_module

Floats = NDArray[np.float64]


#: kinds of source in words
SOURCE_WORDS = {
    "collider": "a proton collider",
    "target": "a beam of protons on a target",
    "lepton_collider": "an e+ e- collider",
    "kaon_beam": "a beam of kaons",
}


@dataclass(frozen=True)
class Window:
    """Directions in which bosons are wanted, as ``kernels.geometry.aim_direction`` takes them.

    kind : ``geometry.DISC``, ``RECTANGLE`` or ``SPHERE``; parameters : (4,) in tangents x/z and y/z
    near, far : distances (m) from the origin between which the volume lies, for bosons that start elsewhere
    """

    kind: int
    parameters: Floats
    near: float = 1e15
    far: float = 1e15


@dataclass(frozen=True)
class Rate:
    """A branching ratio or a cross-section (pb) with its numerical error, and what its model says must go with it.

    >>> float(Rate(0.25, 0.0, 0.0))
    0.25
    """

    value: float
    error: float
    longitudinal_fraction: float | None
    unit: str = ""
    cautions: tuple[str, ...] = ()

    def __float__(self) -> float:
        return self.value


@dataclass
class Draws:
    """Bosons of one draw.

    boson  : (n, 4) E, px, py, pz, GeV
    parent : (n, 4) the hadron that made them, GeV; energy 0 where there is none
    weight : (n,) bosons per interaction and unit volume of the cube
    origin : (n, 4) production point x, y, z, c t, m
    cell   : (n,) cell of the source's table behind each point, -1 for none
    spin   : (n, 9) spin of each boson (``kernels.spin``), or None where the channel's ``longitudinal_fraction`` and
             ``mean_helicity`` say it all
    companions : (n, c, 4) momenta of what is made with the boson, GeV, or None where ``companion_momenta`` works
             them out
    made_at : (n, 4) where the parent was made, x, y, z, c t, m; None where it decays where it is made
    """

    boson: Floats
    parent: Floats
    weight: Floats
    origin: Floats
    cell: NDArray[np.int64]
    spin: Floats | None = None
    companions: Floats | None = None
    made_at: Floats | None = None

    def __len__(self) -> int:
        return len(self.weight)


class ProductionChannel(ABC):
    """One way of making the boson at one mass.

    name       : its reaction, for example "pi0 -> gamma V"
    dimensions : of the unit cube
    parent_pdg, companions : PDG ids of the decaying hadron (0: none) and of what is made with the boson
    table_pdg  : of the hadron of the source's table behind the boson where that is not the parent
    longitudinal_fraction, mean_helicity : share of helicity 0 in the parent's rest frame (in the laboratory where there
                 is no parent), and the share of +1 minus that of -1
    replicas   : (cells, k) factors of the source's table in its statistical replicas; k = 0 where there are none
    variation_names : of other forms of this channel that ``variation_factors`` can give; together they make a band
    """

    name: str
    dimensions: int
    parent_pdg: int = 0
    table_pdg: int = 0
    companions: tuple[int, ...] = ()
    longitudinal_fraction: float = 0.0
    mean_helicity: float = 0.0
    replicas: Floats = np.zeros((0, 0))
    variation_names: tuple[str, ...] = ()

    @abstractmethod
    def draw(self, y: Floats) -> Draws:
        """Bosons for points y (n, dimensions) of the unit cube."""

    @abstractmethod
    def coefficient(self, coupling: Floats) -> Floats:
        """Factor on the weight for each value on the coupling axis, (g,); see above, it may be negative."""

    def companion_momenta(self, draws: Draws) -> Floats:
        """Momenta (n, len(companions), 4) of what is made with the boson, GeV."""
        return np.zeros((len(draws), 0, 4)) if draws.companions is None else draws.companions

    def table_hadrons(self, draws: Draws) -> tuple[int, Floats]:
        """Species and momenta (n, 4) of the hadrons of the source's table behind points with a ``cell``: the parents.

        Other spectra reweight the points at these; a channel whose hadron is not its parent says so here.
        """
        return self.parent_pdg, draws.parent

    def variation_factors(self, draws: Draws) -> Floats:
        """Factor (n, k) on the weight of each point in each of ``variation_names``."""
        return np.ones((len(draws), len(self.variation_names)))


@dataclass(frozen=True)
class Setup:
    """What a process is told: the model, the hadrons of the source, the window, its own options, and the source.

    spectrum : hadrons for each interaction, no species where the source has none
    source : cross-sections, absorption and decay in flight of hadrons
    """

    model: Model
    spectrum: SpectrumTable
    window: Window
    options: Any
    source: Source | None = None


class Options(BaseModel):
    """Base class of a process's options in a card; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Process(ABC):
    """A production process; its name is what cards call it.

    label : in figures, where the name with spaces does not read well; formulas in dollars
    source_kinds : kinds of source (``spectra.source.Source.kind``) at which it happens
    several_couplings : whether it makes something of ``points`` where rates do not go with the coupling squared; others
        are refused in such runs
    Options, RateOptions : what its table in a card may say, and what ``rate`` takes (None: the same)
    alone : makes the whole of a card's bosons where it has options and no processes are named
    approximations : sentences for ``run.json``; approximations_at : those of one kind of source alone
    """

    name: ClassVar[str]
    title: ClassVar[str]
    label: ClassVar[str] = ""
    references: ClassVar[tuple[str, ...]] = ()
    source_kinds: ClassVar[tuple[str, ...]] = ("collider", "target")
    several_couplings: ClassVar[bool] = False
    RateOptions: ClassVar[type[Options] | None] = None
    Options: ClassVar[type[Options]] = Options
    alone: ClassVar[bool] = False
    approximations: ClassVar[tuple[str, ...]] = ()
    approximations_at: ClassVar[dict[str, tuple[str, ...]]] = {}

    @abstractmethod
    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """Masses (GeV) between which a channel is open for this model."""

    def open_masses(self, model: Model, options: Any, source: Source) -> tuple[float, float]:
        """``mass_range`` at a source; UserError where the process does not happen there."""
        if source.kind not in self.source_kinds:
            made_at = " or ".join(SOURCE_WORDS.get(kind, kind) for kind in self.source_kinds)
            raise UserError(
                f"{self.name} happens at {made_at}, and {source.name} is {SOURCE_WORDS.get(source.kind, source.kind)}",
                key="production.processes",
            )
        if not self.several_couplings and not is_proportional(model):
            raise UserError(
                f"{self.name} takes rates to go with the coupling squared, and those of {model.name} with these "
                "parameters do not",
                key="production.processes",
            )
        try:
            return self.mass_range(model, options)
        except UserError as error:
            # what `lvgen rate` is asked for is not what a card has
            key = "production.processes" if error.key == "reaction" else error.key
            raise UserError(error.what, file=error.file, key=key) from error

    @abstractmethod
    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """Open channels at one mass (GeV); empty where nothing is open."""

    def stated(self, options: Any) -> tuple[str, ...]:  # noqa: ARG002 - most say the same whatever the options
        """Sentences for ``run.json`` about what is left out with these options."""
        return self.approximations

    def matters(self, model: Model) -> bool:  # noqa: ARG002 - most do
        """Whether it makes a share of this model's bosons that is worth its time beside other processes.

        Where it does not, cards must name it; it is taken where nothing else applies.
        """
        return True

    def missed(self, model: Model, options: Any, highest: float) -> str:  # noqa: ARG002 - most lack nothing
        """Why bosons of a run that names no processes lack this one, where it would apply but for these options.

        highest : largest mass of the run, GeV.  Empty where it would make nothing.
        """
        return ""

    def ratios(self, model: Model, options: Any, mass: float) -> dict[str, Callable[[Floats], Floats]]:  # noqa: ARG002
        """Branching ratios along the coupling axis, by reaction, of open decays whose ratio may come out above 1.

        There they mean nothing, since the boson is then no small correction, and count as 0.
        """
        return {}

    def beside(self, model: Model, options: Any, others: Mapping[str, Any]) -> tuple[Any | None, str]:  # noqa: ARG002
        """The options with which it counts beside other chosen processes, so that no boson is made twice.

        others : their options by their names
        returns options, or None where nothing is left for it to make, and why; no text where nothing changes
        """
        return options, ""

    def double_counting(self, chosen: Mapping[str, Any]) -> list[str]:  # noqa: ARG002 - the default knows of none
        """What is done about bosons that this process and another chosen one both make, as lines for ``run.json``.

        chosen : options of every chosen process by its name, this one included
        raises UserError where nothing is done and they would be counted twice
        """
        return []

    def reactions(self) -> tuple[str, ...]:
        """Reactions whose rate this process can give."""
        return ()

    def rate(self, reaction: str, model: Model, mass: float, coupling: float, options: Any) -> Rate:
        """Branching ratio or cross-section of a reaction of ``reactions()``."""
        raise NotImplementedError(reaction)

    def own_files(self, options: Any) -> list[Path]:  # noqa: ARG002 - most processes read none
        """Files of the user's that the options name: with other content it is another run."""
        return []


class RateProcess(Process):
    """A process that gives rates but draws no bosons before a detector yet: cards that name it are refused."""

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:  # noqa: ARG002 - the interface's arguments
        """Refused."""
        raise UserError(
            f"{self.name} gives rates (lvgen rate) and no bosons before a detector in this version",
            key="production.processes",
        )

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:  # noqa: ARG002 - as above
        """None: see ``mass_range``."""
        return []


def chosen_reactions(process: Process, options: Any) -> tuple[str, ...]:
    """The reactions that ``options.reactions`` names, or all of the process; UserError for an unknown one."""
    known = process.reactions()
    for reaction in options.reactions or ():
        if reaction not in known:
            raise unknown("reaction", reaction, known, key=f"production.{process.name}.reactions")
    return options.reactions or known


@functools.cache
def process_names() -> list[str]:
    """Names of the built-in processes: the modules of ``lvgen.processes``."""
    package = importlib.import_module("lvgen.processes")
    return sorted(info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_"))


def get_process(name: str) -> Process:
    """A built-in process by name, or a user's own by the path of its module file (which ends in ``.py``).

    raises UserError for an unknown name, a missing file, or a file that does not hold a process of a new name
    """
    if name.endswith(".py"):
        path = Path(name).resolve()
        return _from_file(path, path.read_bytes() if path.is_file() else b"")
    if name not in process_names():
        raise unknown("process", name, process_names(), key="production.processes")
    made: Process = importlib.import_module(f"lvgen.processes.{name}").process
    return made


@functools.cache
def _from_file(path: Path, content: bytes) -> Process:
    """The process of a file; read anew where its content has changed."""
    where = {"file": str(path), "key": "production.processes"}
    if path.stem in (*process_names(), "total") and path.is_file():
        raise UserError(f"a process called {path.stem!r} is already registered; rename the file", **where)
    module = load_module(path, content, "process", "production.processes")
    made = getattr(module, "process", None)
    if not isinstance(made, Process) or made.name != path.stem:
        raise UserError(f"must define process = ...(), a lvgen.production.Process named {path.stem!r}", **where)
    return made


def parse_options(process: Process, options: Mapping[str, Any], rate: bool = False) -> Options:
    """Options of a process from a card's table, or those of its ``rate``; UserError with the dotted key."""
    kind = (process.RateOptions or process.Options) if rate else process.Options
    try:
        return kind.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(["production", process.name, *(str(part) for part in first["loc"])])
        if first["type"] == "extra_forbidden":
            raise unknown("key", str(first["loc"][0]), kind.model_fields, key=key) from None
        raise UserError(first["msg"].removeprefix("Value error, "), key=key) from None
