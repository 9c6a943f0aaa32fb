"""What a run will do, worked out from its card: which bosons, made how, seen by what, at which masses.

Physical refusals (nothing open at a mass, a table without the hadron, ...) are found here, before anything is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.cascade import left_particles
from lvgen.decays.modes import DecaySettings, Mode, open_modes
from lvgen.decays.table import DecayTable
from lvgen.detection.apparatus import Apparatus
from lvgen.detection.schema import Detector
from lvgen.errors import UserError
from lvgen.generation.chain import Chain
from lvgen.generation.variations import SpectrumBand
from lvgen.generation.width_bands import width_replicas
from lvgen.generation.yields import CouplingAxis
from lvgen.models.base import Model
from lvgen.models.registry import make_model
from lvgen.particles import LLP_PDG
from lvgen.production import Process, Setup, get_process, parse_options, process_names
from lvgen.runcard import RunCard
from lvgen.sensitivity.statistics import events_required
from lvgen.spectra.registry import load_source, source_hadrons
from lvgen.spectra.source import Source
from lvgen.spectra.table import SpectrumTable
from lvgen.units import HBARC

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ChosenProcess:
    """A process of the run with its options and the masses (GeV) between which it is open."""

    process: Process
    options: Any
    mass_range: tuple[float, float]

    @property
    def name(self) -> str:
        """Name of the process."""
        return self.process.name

    def is_open(self, mass: float) -> bool:
        """Whether it makes the boson at this mass."""
        return self.mass_range[0] <= mass < self.mass_range[1]


class Plan:
    """A card with everything it names loaded.

    spectra : hadrons for each interaction, ``spectrum`` the central one; interactions : in the exposure

    raises UserError for what is physically impossible, naming the dotted key
    """

    def __init__(self, card: RunCard) -> None:
        self.card = card
        self._tables: dict[float, DecayTable] = {}
        self.model: Model = make_model(card.model.name, **card.model.parameters)
        self.model.check_run()
        self.detector: Detector = card.detector.description
        self.source: Source = load_source(self.detector.source)
        self.spectra: list[SpectrumTable] = [
            source_hadrons(name, self.source, card.production.cascades) for name in card.production.spectra
        ]
        self.spectrum: SpectrumTable = self.spectra[0]
        self.band = SpectrumBand(self.spectra, per_collision=self.source.kind == "collider")
        self.apparatus = Apparatus(self.detector)
        self.processes, self.double_counting = _choose(card, self.model)
        self.interactions: float = self.source.interactions(
            self.detector.exposure.value, self.detector.exposure.unit, self.spectrum.sigma_inel_pb
        )
        self._check_masses()
        self._check_production()

    @cached_property
    def n_required(self) -> float:
        """Signal events that exclude."""
        confidence = self.card.sensitivity.confidence if self.card.sensitivity else 0.9
        return events_required(confidence, self.detector.expected_background, self.detector.events_observed)

    def decay_table(self, mass: float) -> DecayTable:
        """Widths at one mass (GeV), made once."""
        if mass not in self._tables:
            self._tables[mass] = DecayTable(self.model, mass)
        return self._tables[mass]

    def why_closed(self, mass: float) -> str:
        """Why nothing happens at a mass (GeV); empty where something does."""
        if not any(p.is_open(mass) for p in self.processes):
            names = ", ".join(p.name for p in self.processes)
            highest = max(p.mass_range[1] for p in self.processes)
            return f"no chosen process ({names}) makes a boson of {mass:g} GeV; they are open below {highest:g} GeV"
        if not self._open_modes(mass):
            counted = ", ".join(self.counted_channels or ()) or "any"
            return f"no decay that is counted ({counted}) is open at {mass:g} GeV"
        return ""

    def _open_modes(self, mass: float, coupling: float | None = None) -> list[Mode]:
        """Decay channels that count at one mass (GeV); without a selection every one does."""
        everything = not self.detector.selects
        settings = replace(self.decay_settings, coupling=coupling)
        return open_modes(self.decay_table(mass), self.counted_channels, settings, everything)

    @property
    def reaches_quarks(self) -> bool:
        """Whether what is counted as quarks is open at the highest mass of the run."""
        masses = [*(self.card.model.masses if self.card.sensitivity else ())]
        masses += [self.card.events.mass] if self.card.events else []
        return float(self.decay_table(float(max(masses))).branching_ratio("quarks")) > 0.0

    @property
    def decay_settings(self) -> DecaySettings:
        """What the card says about decay products."""
        return DecaySettings(self.card.decay.hadronisation, left_particles(self.card.decay.stable))

    @property
    def counted_channels(self) -> tuple[str, ...] | None:
        """Decay channels that count; None for every visible one."""
        return self.detector.active_channels

    def closed_masses(self) -> list[float]:
        """Masses of the map's grid at which nothing happens."""
        return [float(m) for m in self.card.model.masses if self.why_closed(float(m))]

    def _check_masses(self) -> None:
        if self.card.sensitivity is not None:
            self.model.check_table(float(self.card.model.masses.max()))
            reasons = [self.why_closed(float(m)) for m in self.card.model.masses]
            if all(reasons):
                raise UserError(reasons[0], key="model.mass")
        if self.card.events is not None:
            try:
                self.model.check_table(self.card.events.mass)
            except UserError as error:
                raise UserError(error.what, key="events.mass") from None
            if why := self.why_closed(self.card.events.mass):
                raise UserError(why, key="events.mass")

    def _check_production(self) -> None:
        """Every hadron that is needed at the lightest mass must be in the table."""
        masses = [*(self.card.model.masses if self.card.sensitivity else ())]
        masses += [self.card.events.mass] if self.card.events else []
        lightest = min((float(m) for m in masses if not self.why_closed(float(m))), default=None)
        if lightest is None:
            return
        try:
            self.chains(lightest)
        except UserError as error:
            raise error.at(key="production.spectrum") from None

    def chains(
        self, mass: float, coupling: float | None = None, *, band: bool = False
    ) -> tuple[list[Chain], list[str]]:
        """Production channels before the detector at one mass (GeV), and the process of each; empty where closed.

        coupling : where there is one alone, for products whose own decays depend on it
        band : draw hadrons so that every spectrum of the card can be made of the points, not the central one alone
        """
        if self.why_closed(mass):
            return [], []
        modes = self._open_modes(mass, coupling)
        chains, names = [], []
        spectrum = self.band.drawing if band else self.spectrum
        for chosen in self.processes:
            setup = Setup(self.model, spectrum, self.apparatus.window, chosen.options, self.source)
            for channel in chosen.process.channels(setup, mass) if chosen.is_open(mass) else []:
                chains.append(Chain(channel, self.apparatus, mass, modes))
                names.append(chosen.name)
        return chains, names

    def ctau(self, mass: float, coupling: Floats) -> Floats:
        """Proper decay length in m at each coupling; mass in GeV."""
        with np.errstate(divide="ignore", over="ignore"):  # infinite for couplings whose square vanishes
            ctau: Floats = float(self.decay_table(mass).ctau) / np.asarray(coupling) ** 2
        return ctau

    def boson_facts(self) -> dict[str, Any]:
        """The boson of the card's events as programs that read them know it; keys are those of the events' metadata."""
        asked = self.card.events
        assert asked is not None  # noqa: S101 - called for cards with [events] only
        ctau = float(self.ctau(asked.mass, np.array([asked.coupling]))[0])
        return {
            "llp_pdg": asked.placement.pdg_id or LLP_PDG,
            "llp_name": self.model.boson,
            "mass_gev": asked.mass,
            "coupling": asked.coupling,
            "ctau_m": ctau,
            "width_gev": HBARC / ctau,
        }

    def axis(self, mass: float, chains: list[Chain]) -> CouplingAxis:
        """The card's coupling axis at one mass."""
        coupling = self.card.model.couplings
        coefficients = [chain.channel.coefficient(coupling) for chain in chains]
        widths = None
        if self.card.sensitivity is not None and self.card.sensitivity.width_uncertainty and chains:
            widths = width_replicas(self.decay_table(mass), [mode.name for mode in chains[0].modes])
        return CouplingAxis(coupling, self.ctau(mass, coupling), coefficients, self.n_required, widths, self.band)

    def lines(self) -> list[str]:
        """The plan in plain lines."""
        card, detector = self.card, self.detector
        described = [
            f"card       {card.file}" + (f": {card.title}" if card.title else ""),
            f"model      {self.model.name}: {self.model.title}",
            f"production {', '.join(p.name for p in self.processes)}; "
            f"hadrons from {', '.join(table.name for table in self.spectra)}, {self.source.name}",
            f"detector   {detector.name}: {detector.title or detector.volume.shape}, {detector.exposure.text}, "
            f"selection {detector.selection}",
        ]
        if card.sensitivity is not None:
            masses, couplings = card.model.masses, card.model.couplings
            described += [
                f"map        {len(masses)} masses from {masses[0]:g} to {masses[-1]:g} GeV, {len(couplings)} couplings "
                f"from {couplings[0]:g} to {couplings[-1]:g}, precision {card.run.precision:g}",
                f"contour    {card.sensitivity.confidence:g} confidence, N required {self.n_required:.4g} "
                f"(background {detector.expected_background:g}, observed {_observed(detector)})",
            ]
            if closed := self.closed_masses():
                described.append(f"closed     {len(closed)} masses have no signal: {_ends(closed)}")
        if card.events is not None:
            ctau = float(self.ctau(card.events.mass, np.array([card.events.coupling]))[0])
            described.append(
                f"events     {card.events.number} at {card.events.mass:g} GeV, {self.model.coupling_name} = "
                f"{card.events.coupling:g}, ctau {ctau:.4g} m, as {', '.join(card.events.formats)}"
            )
        described.append(f"seed       {'drawn at the start' if card.run.seed is None else card.run.seed}")
        return described


def _observed(detector: Detector) -> str:
    return "none beyond the background" if detector.events_observed is None else str(detector.events_observed)


def _ends(values: list[float]) -> str:
    return f"{values[0]:g} GeV" if len(values) == 1 else f"{values[0]:g} to {values[-1]:g} GeV"


def _choose(card: RunCard, model: Model) -> tuple[list[ChosenProcess], list[str]]:
    """The processes that the card names, or all that apply to the model, and what is said about double counting."""
    named = card.production.processes
    chosen, reasons = [], []
    for name in named or process_names():
        process = get_process(name)
        options = parse_options(process, card.production.options_of(process.name))
        try:
            mass_range = process.mass_range(model, options)
        except UserError as error:
            if named:
                raise
            reasons.append(error.what)
            continue
        chosen.append(ChosenProcess(process, options, mass_range))
    if not chosen:
        raise UserError(f"no process makes the boson of {model.name}: {'; '.join(reasons)}", key="production.processes")
    notes = [] if named else _leave_out(card, chosen)
    by_name = {c.name: c.options for c in chosen}
    return chosen, notes + [note for c in chosen for note in c.process.double_counting(by_name)]


def _leave_out(card: RunCard, chosen: list[ChosenProcess]) -> list[str]:
    """Drop processes that yield to another chosen one, in place; says which, for ``run.json``."""
    names = {c.name for c in chosen}
    notes = []
    for item in [c for c in chosen if names.intersection(c.process.yields_to)]:
        others = ", ".join(sorted(names.intersection(item.process.yields_to)))
        if card.production.options_of(item.name):
            raise UserError(
                f"options of a process that is left out beside {others}, which makes the same bosons; name the "
                "processes in production.processes",
                key=f"production.{item.name}",
            )
        chosen.remove(item)
        notes.append(f"{item.name} is left out, since {others} makes the same bosons")
    return notes
