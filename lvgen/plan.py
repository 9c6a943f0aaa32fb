"""What a run will do, worked out from its card: which bosons, made how, seen by what, at which masses.

Physical refusals (nothing open at a mass, a table without the hadron, ...) are found here, before anything is computed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen import units
from lvgen.chosen import beyond, beyond_validity, check_search, check_spectra, choose
from lvgen.decays.along import AxisDecays, decays_along
from lvgen.decays.cascade import left_particles
from lvgen.decays.light_mesons import TRANSITIONS
from lvgen.decays.modes import DecaySettings, Mode, open_modes
from lvgen.decays.quarks import TRANSITION_RANGE
from lvgen.decays.table import DecayTable
from lvgen.detection.apparatus import Apparatus
from lvgen.detection.channels import covers
from lvgen.detection.schema import Detector
from lvgen.detection.search import Exposed, Reference
from lvgen.errors import UserError
from lvgen.generation.both_sides import of_both_beams
from lvgen.generation.chain import Chain
from lvgen.generation.variations import SpectrumBand
from lvgen.generation.width_bands import width_replicas
from lvgen.generation.yields import CouplingAxis, mass_yield
from lvgen.models.base import Model
from lvgen.models.points import at_point, is_proportional, scanned
from lvgen.models.registry import make_model, model_class
from lvgen.particles import LLP_PDG, pdg_id
from lvgen.production import Setup
from lvgen.runcard import RunCard, load_card
from lvgen.sections.results import SensitivitySection
from lvgen.sensitivity.requirements import Requirements
from lvgen.sensitivity.scan import MassAxis, adaptive_axis
from lvgen.sensitivity.statistics import METHODS
from lvgen.spectra.behind import tables_behind
from lvgen.spectra.registry import load_source, run_hadrons
from lvgen.spectra.source import Source
from lvgen.spectra.table import SpectrumTable
from lvgen.units import HBARC

#: relative difference between the beam of a run and that of its hadron tables
_BEAM_TOLERANCE = 0.1
#: relative error of the signal at the reference point of a search
_REFERENCE_PRECISION = 0.01

Floats = NDArray[np.float64]


#: signal events down to which maps are precise at masses at which nothing is searched
_CLOSED_EVENTS = 10.0


class Plan:
    """A card with everything it names loaded.

    spectra : hadrons for each interaction, ``spectrum`` the central one; interactions : in the exposure
    hadrons : species of the tables that make bosons

    proportional : whether rates go with the square of what is on the coupling axis

    raises UserError for what is physically impossible, naming the dotted key
    """

    def __init__(self, card: RunCard) -> None:
        self.card = card
        self._tables: dict[float, DecayTable] = {}
        self._decays: dict[float, AxisDecays] = {}
        self._references: dict[tuple[Any, ...], float] = {}
        self.model: Model = _model(card)
        self.model.check_run()
        self.proportional: bool = is_proportional(self.model)
        self.detector: Detector = card.detector.description
        self.source: Source = load_source(self.detector.source)
        self.spectra: list[SpectrumTable] = run_hadrons(card.production.spectra, self.source, card.production.cascades)
        self.spectrum: SpectrumTable = self.spectra[0]
        self.band = SpectrumBand(self.spectra, per_collision=self.source.kind != "target")
        self.apparatus = Apparatus(self.detector, self.source.boost)
        choice = choose(card, self.model, self.source)
        self.processes, self.double_counting, self.left_out = choice.processes, choice.double_counting, choice.left_out
        self.hadrons: set[int] = set()
        self.interactions: float = self.source.interactions(
            self.detector.exposure.value, self.detector.exposure.unit, self.spectrum.sigma_inel_pb
        )
        check_search(self.detector.search, self.source)
        self._check_masses()
        self._check_production()
        check_spectra(self.spectra, self.hadrons, self.processes)

    @property
    def uses_hadrons(self) -> bool:
        """Whether a table of hadrons is behind the bosons."""
        return bool(tables_behind(self.spectra, self.hadrons))

    @property
    def uses_light_mesons(self) -> bool:
        """Whether mesons that are taken to decay where they are made are behind the bosons."""
        return not self.hadrons.isdisjoint(pdg_id(t.parent) for t in TRANSITIONS)

    @cached_property
    def requirements(self) -> Requirements:
        """How many signal events exclude, by mass."""
        asked = self.card.sensitivity or SensitivitySection()
        method = METHODS[asked.method](asked.confidence, asked.significance)
        detector = self.detector
        run = Exposed(
            detector.counts(), detector.exposure.value, self.interactions, self.source.energy,
            detector.background_acceptance(self.source.boost), asked.confidence, self._reference_events,
        )  # fmt: skip
        return Requirements(method, detector.search, run, asked.background_uncertainty)

    def _reference_events(self, point: Reference) -> float:
        """Expected events of a search's reference point, in its own exposure, through this run's detector."""
        if point.key not in self._references:
            table = self.card.as_table()
            model = {"name": point.model, "mass": units.write(point.mass, "energy"), "coupling": point.coupling}
            table["model"] = model | point.parameters
            exposure = units.write(point.exposure, "luminosity")
            table["detector"] |= {"exposure": exposure, "search": {"kind": "counting"}}
            table["sensitivity"] = {"confidence": point.confidence}
            kept = {key: table[key] for key in ("model", "production", "decay", "detector", "sensitivity")}
            try:
                self._references[point.key] = _signal(Plan(load_card(kept)), point.mass)
            except UserError as error:
                raise UserError(f"{error.key}: {error.what}", key="detector.search.reference") from None
        return self._references[point.key]

    @property
    def search_features(self) -> list[tuple[float, float]]:
        """Masses and half widths (GeV) at which a scan looks first: of observed events in channels that count."""
        counted = self.detector.active_channels
        return [
            (mass, half)
            for name, mass, half in self.detector.search.features
            if counted is None or any(covers(channel, name) for channel in counted)
        ]

    def n_required(self, mass: float) -> float:
        """About how many signal events exclude at a mass (GeV), for the precision of what is sampled; inf: none does.

        Exact but where several regions are combined, which depends on how they share the signal.
        """
        return self.requirements.estimate(mass)

    def decay_table(self, mass: float) -> DecayTable:
        """Widths at coupling 1 and one mass (GeV), made once; of use where rates go with the coupling squared."""
        if mass not in self._tables:
            self._tables[mass] = DecayTable(self.model, mass)
        return self._tables[mass]

    def why_closed(self, mass: float) -> str:
        """Why nothing happens at a mass (GeV); empty where something does."""
        if not any(p.is_open(mass) for p in self.processes):
            names = ", ".join(p.name for p in self.processes)
            lowest, highest = (pick(p.mass_range[i] for p in self.processes) for i, pick in ((0, min), (1, max)))
            where = f"below {highest:g} GeV" if lowest <= 0.0 else f"from {lowest:g} to {highest:g} GeV"
            why = f"no chosen process ({names}) makes a boson of {mass:g} GeV; they are open {where}"
            return "; ".join([why, *self.left_out])
        if not self.detector.escaping and not self._open_modes(mass):
            counted = ", ".join(self.counted_channels or ()) or "any"
            return f"no decay that is counted ({counted}) is open at {mass:g} GeV"
        return ""

    def decays(self, mass: float) -> AxisDecays:
        """Decays at one mass (GeV) along the card's coupling axis, made once, where rates do not go with its square."""
        if mass not in self._decays:
            axis, settings = self.card.model.couplings, self.decay_settings
            self._decays[mass] = decays_along(
                self.model, mass, axis, self.counted_channels, settings, self._counts_everything
            )
        return self._decays[mass]

    @property
    def _counts_everything(self) -> bool:
        return self.detector.escaping or not self.detector.selects

    def _open_modes(self, mass: float, coupling: float | None = None) -> list[Mode]:
        """Decay channels that count at one mass (GeV); without a selection every one does.

        coupling : where there is one alone
        """
        if self.proportional:
            table, settings = self.decay_table(mass), replace(self.decay_settings, coupling=coupling)
        elif coupling is None:
            return self.decays(mass).modes
        else:
            table = DecayTable(at_point(self.model, coupling), mass)
            settings = replace(self.decay_settings, coupling=1.0)
        return open_modes(table, self.counted_channels, settings, self._counts_everything)

    @property
    def reaches_quarks(self) -> bool:
        """Whether what is counted as quarks is open at the highest mass of the run."""
        masses = [*(self.card.model.masses if self.card.sensitivity else ())]
        masses += [self.card.events.mass] if self.card.events else []
        if not self.proportional:
            return float(max(masses)) > TRANSITION_RANGE[0]
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

    @cached_property
    def beyond_validity(self) -> list[str]:
        """Decays whose branching ratio comes out above 1 on the map, where they count as zero, in sentences."""
        if self.card.sensitivity is None:
            return []
        return beyond_validity(self.processes, self.model, self.card.model.masses, self.card.model.couplings)

    def _check_masses(self) -> None:
        if self.card.sensitivity is not None:
            self.model.check_table(float(self.card.model.masses.max()))
            reasons = [self.why_closed(float(m)) for m in self.card.model.masses]
            if all(reasons):
                raise UserError(reasons[0], key="model.mass")
            self.requirements.at(float(self.card.model.masses[0]))  # what is wrong with a search shows here
        if self.card.events is not None:
            try:
                self.model.check_table(self.card.events.mass)
            except UserError as error:
                raise UserError(error.what, key="events.mass") from None
            if why := self.why_closed(self.card.events.mass):
                raise UserError(why, key="events.mass")
            for reaction in beyond(
                self.processes, self.model, self.card.events.mass, np.array([self.card.events.coupling])
            ):
                raise UserError(
                    f"the branching ratio of {reaction} comes out above 1 at {self.card.events.coupling:g}, outside "
                    "the validity of the calculation",
                    key="events.coupling",
                )
            if not self._open_modes(self.card.events.mass):
                raise UserError("the boson is stable, and events end with its decay", key="events")

    def _check_production(self) -> None:
        """Every hadron that is needed at the lightest mass of each process must be in the table."""
        masses = [*(self.card.model.masses if self.card.sensitivity else ())]
        masses += [self.card.events.mass] if self.card.events else []
        live = [float(m) for m in masses if not self.why_closed(float(m))]
        of_each = [[m for m in live if chosen.is_open(m)] for chosen in self.processes]
        lightest = {min(masses) for masses in of_each if masses}
        try:
            chains = [chain for mass in sorted(lightest) for chain in self.chains(mass)[0]]
        except UserError as error:
            raise error.at(key="production.spectrum") from None
        self.hadrons |= {chain.channel.table_pdg or chain.channel.parent_pdg for chain in chains}
        self._check_beam()

    def _check_beam(self) -> None:
        """Hadrons are not taken from a table of another energy: their momenta would not be those of this beam."""
        beam = self.source.beam_momentum
        for table in tables_behind(self.spectra, self.hadrons):
            if abs(table.beam_momentum / beam - 1.0) > _BEAM_TOLERANCE:
                raise UserError(
                    f"hadrons of {table.name} are for {table.source}, a beam of {table.beam_momentum:g} GeV, and that "
                    f"of {self.source.name} has {beam:g} GeV; a table of your own at that energy is due, in FORESEE's "
                    "layout for one",
                    key="production.spectrum",
                )

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
        model = self.model if self.proportional or coupling is None else at_point(self.model, coupling)
        chains, names = [], []
        spectrum = self.band.drawing if band else self.spectrum
        for chosen in self.processes:
            setup = Setup(model, spectrum, self.apparatus.window, chosen.options, self.source)
            for channel in chosen.process.channels(setup, mass) if chosen.is_open(mass) else []:
                seen = of_both_beams(channel, self.source, self.apparatus.window)
                chains.append(Chain(seen, self.apparatus, mass, modes))
                names.append(chosen.name)
        return chains, names

    def ctau(self, mass: float, coupling: Floats) -> Floats:
        """Proper decay length in m at each coupling; mass in GeV."""
        if not self.proportional:
            if np.array_equal(coupling, self.card.model.couplings):
                return self.decays(mass).ctau
            return np.array([float(DecayTable(at_point(self.model, float(g)), mass).ctau) for g in coupling])
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

    @property
    def is_adaptive(self) -> bool:
        """Whether the map's grid is refined."""
        return self.card.sensitivity is not None and self.card.sensitivity.is_adaptive

    @cached_property
    def mass_axis(self) -> MassAxis:
        """The masses of the map, and those that can come between them."""
        model, asked = self.card.model, self.card.sensitivity
        if asked is None or not asked.is_adaptive:
            return MassAxis(model.masses, model.mass_scale)
        return adaptive_axis(model.masses, model.mass_scale, asked.contour_precision)

    def axis(self, mass: float, chains: list[Chain], coupling: Floats | None = None) -> CouplingAxis:
        """The card's coupling axis at one mass, or another one (g,)."""
        coupling = self.card.model.couplings if coupling is None else coupling
        coefficients = [chain.channel.coefficient(coupling) for chain in chains]
        regions = self.requirements.regions(mass, [mode.name for mode in chains[0].modes]) if chains else None
        needed = self.n_required(mass)
        if math.isinf(needed):  # nothing is searched here, and the map is still to be right
            needed = _CLOSED_EVENTS
        if not self.proportional:
            found = self.decays(mass)
            return CouplingAxis(
                coupling, found.ctau, coefficients, needed, None, self.band, found.factors, found.counted, regions
            )
        widths = None
        if self.card.sensitivity is not None and self.card.sensitivity.width_uncertainty and chains:
            widths = width_replicas(self.decay_table(mass), [mode.name for mode in chains[0].modes])
        ctau = self.ctau(mass, coupling)
        return CouplingAxis(coupling, ctau, coefficients, needed, widths, self.band, regions=regions)

    def coefficient(self, chain: Chain, coupling: float) -> float:
        """Factor on the weights of a chain that was made for one coupling."""
        value = coupling if self.proportional else 1.0
        return float(chain.channel.coefficient(np.array([value]))[0])


def _model(card: RunCard) -> Model:
    """The card's model, with what it scans on the coupling axis."""
    given, section = dict(card.model.parameters), card.model
    own = float(given.pop(model_class(section.name).coupling_name, 0.0)) if section.scan else 0.0
    made = scanned(make_model(section.name, **given), section.scan, own)
    if card.sensitivity is not None and card.sensitivity.width_uncertainty and not is_proportional(made):
        raise UserError(
            "errors of the widths are not carried through where rates do not go with the square of what is on the "
            "coupling axis",
            key="sensitivity.width_uncertainty",
        )
    return made


def _signal(plan: Plan, mass: float) -> float:
    """Expected events of a plan with a single coupling."""
    chains, groups = plan.chains(mass)
    if not chains:
        return 0.0
    axis = plan.axis(mass, chains)
    found = mass_yield(chains, groups, axis, plan.interactions, _REFERENCE_PRECISION, 0, 0)
    return float(found.n["total"][0])
