"""Which processes a run has: those that its card names or all that apply, and where their rates cease to hold.

What does not go together with them, or with the source, is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.detection.search import Search
from lvgen.errors import UserError
from lvgen.models.base import Model
from lvgen.production import SOURCE_WORDS, Process, get_process, parse_options, process_names
from lvgen.runcard import RunCard
from lvgen.spectra.behind import are_alike
from lvgen.spectra.source import Source
from lvgen.spectra.table import SpectrumTable

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


@dataclass(frozen=True)
class Choice:
    """The processes of a run, and what ``run.json`` says about bosons that two make, and that none makes."""

    processes: list[ChosenProcess]
    double_counting: list[str]
    left_out: list[str]


def choose(card: RunCard, model: Model, source: Source) -> Choice:
    """The processes that the card names, or all that apply to the model.

    raises UserError where none applies, or options were given to one that is left out
    """
    alone = _alone(card)
    named = card.production.processes or alone
    left_out: list[str] = []
    chosen: list[ChosenProcess] = []
    minor: list[ChosenProcess] = []
    reasons: list[str] = []
    for name in named or process_names():
        process = get_process(name)
        options = parse_options(process, card.production.options_of(process.name))
        try:
            mass_range = process.open_masses(model, options, source)
        except UserError as error:
            if named:
                raise
            reasons.append(error.what)
            if source.kind in process.source_kinds and (why := process.missed(model, options, _highest_mass(card))):
                left_out.append(why)
            continue
        asked = named or card.production.options_of(process.name) or process.matters(model)
        (chosen if asked else minor).append(ChosenProcess(process, options, mass_range))
    if not chosen:
        chosen, minor = minor, []
    if not chosen:
        raise UserError(f"no process makes the boson of {model.name}: {'; '.join(reasons)}", key="production.processes")
    chosen, notes = _side_by_side(card, model, source, chosen)
    left_out += [
        f"{c.name} makes few of these bosons beside the others and is left out; a card can name it" for c in minor
    ]
    left_out += [
        f"where no processes are named, {name} is the whole of the bosons, without any others" for name in alone
    ]
    by_name = {c.name: c.options for c in chosen}
    notes += [note for c in chosen for note in c.process.double_counting(by_name)]
    return Choice(chosen, notes, left_out)


def _alone(card: RunCard) -> tuple[str, ...]:
    """The process that has options and makes the whole of the bosons, where the card names no processes."""
    if card.production.processes:
        return ()
    configured = [name for name in process_names() if card.production.options_of(name)]
    found = tuple(name for name in configured if get_process(name).alone)
    for name in configured if found else ():
        if name not in found:
            raise UserError(
                f"options of a process that is left out, since {found[0]} is taken as the whole of the bosons; name "
                "the processes in production.processes",
                key=f"production.{name}",
            )
    return found


def _highest_mass(card: RunCard) -> float:
    """The largest mass of a card's map and events, GeV."""
    masses = [float(card.model.masses.max())] if card.sensitivity is not None else []
    return max(masses + ([card.events.mass] if card.events is not None else []))


def _side_by_side(
    card: RunCard, model: Model, source: Source, chosen: list[ChosenProcess]
) -> tuple[list[ChosenProcess], list[str]]:
    """The processes with what each makes beside the others, and what that leaves out, for ``run.json``."""
    kept, notes = [], []
    for item in chosen:
        others = {c.name: c.options for c in chosen if c is not item}
        options, why = item.process.beside(model, item.options, others)
        if not why:
            kept.append(item)
        elif options is not None:
            kept.append(ChosenProcess(item.process, options, item.process.open_masses(model, options, source)))
            notes.append(why)
        elif card.production.processes:
            raise UserError(f"{item.name} has nothing to make, since {why}", key="production.processes")
        elif card.production.options_of(item.name):
            raise UserError(
                f"options of a process that is left out, since {why}; name the processes in production.processes",
                key=f"production.{item.name}",
            )
        else:
            notes.append(f"{item.name} is left out, since {why}")
    return kept, notes


def check_spectra(spectra: Sequence[SpectrumTable], hadrons: Collection[int], chosen: Sequence[ChosenProcess]) -> None:
    """UserError for several spectra whose band would have no width; hadrons : species (PDG ids) behind the bosons."""
    if len(spectra) > 1 and are_alike(spectra, hadrons):
        names = ", ".join(c.name for c in chosen)
        raise UserError(
            f"several spectra make a band, but none of their hadrons is behind {names} here; name one",
            key="production.spectrum",
        )


def check_search(search: Search, source: Source) -> None:
    """UserError for a search whose backgrounds are not those of the source."""
    if search.source_kinds and source.kind not in search.source_kinds:
        words = " or ".join(SOURCE_WORDS[kind] for kind in search.source_kinds)
        raise UserError(
            f"{search.kind!r}, a {search.title}, is for {words}, and {source.name} is {SOURCE_WORDS[source.kind]}",
            key="detector.search.kind",
        )


def beyond(
    processes: Sequence[ChosenProcess], model: Model, mass: float, couplings: Floats
) -> dict[str, NDArray[np.bool_]]:
    """Where on a coupling axis (g,) a branching ratio is above 1 at a mass (GeV), by reaction; those alone that are."""
    found = {}
    for chosen in processes:
        if chosen.is_open(mass):
            for reaction, ratio in chosen.process.ratios(model, chosen.options, mass).items():
                if (above := ratio(couplings) > 1.0).any():
                    found[reaction] = above
    return found


def beyond_validity(processes: Sequence[ChosenProcess], model: Model, masses: Floats, couplings: Floats) -> list[str]:
    """Decays whose branching ratio comes out above 1 on a grid (GeV), where they count as zero, in sentences."""
    found: dict[str, list[tuple[float, Floats]]] = {}
    for mass in map(float, masses):
        for reaction, above in beyond(processes, model, mass, couplings).items():
            found.setdefault(reaction, []).append((mass, couplings[above]))
    return [
        f"the branching ratio of {reaction} comes out above 1 at {sum(len(g) for _, g in points)} points "
        f"({mass_span([mass for mass, _ in points])}, coupling from {min(g.min() for _, g in points):.3g}): outside "
        "the validity of the calculation, they count as zero"
        for reaction, points in found.items()
    ]


def mass_span(values: Sequence[float]) -> str:
    """The first and the last of some masses (GeV), as text."""
    return f"{values[0]:g} GeV" if len(values) == 1 else f"{values[0]:g} to {values[-1]:g} GeV"
