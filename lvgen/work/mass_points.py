"""The map of expected signal, from one task for each mass; assembled a few masses at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.generation.yields import PointYield
from lvgen.particles import mass as particle_mass
from lvgen.particles import width as particle_width
from lvgen.plan import Plan
from lvgen.progress import Progress
from lvgen.sensitivity.contour import ContourRow, find_contour
from lvgen.sensitivity.map import SignalMap, joined, precision_met
from lvgen.sensitivity.requirements import expected_of
from lvgen.sensitivity.scan import NARROW, START, ScanPoint, first_masses, next_masses
from lvgen.work.packing import unpacked
from lvgen.work.tasks import MASS, Tasks
from lvgen.work.workshop import Workshop

#: masses that are assembled at once
MAP_PIECE = 256
_ACCOUNT = ("points", "variations", "width_replicas")


def signal_map(tasks: Tasks, workshop: Workshop, told: Progress) -> MapPieces:
    """The map of a run, computed and ready to be read."""
    plan = tasks.plan
    masses = plan.card.model.masses
    if closed := plan.closed_masses():
        told.message(f"warning: no signal at {len(closed)} of {len(masses)} masses: {plan.why_closed(closed[0])}")
    for line in plan.beyond_validity:
        told.message(f"warning: {line}")
    found = MapPieces(plan, workshop)
    if not plan.is_adaptive:
        found.add(dict.fromkeys(plan.mass_axis.start, START), told, "signal map")
        return found
    resonances = [(particle_mass(name), particle_width(name)) for name in NARROW]
    wanted = first_masses(plan.mass_axis, [*resonances, *plan.search_features])
    asked = plan.card.sensitivity
    assert asked is not None  # noqa: S101 - adaptive scans are of cards with [sensitivity]
    while wanted:
        found.add(wanted, told, f"signal map, round {found.rounds + 1}")
        wanted = next_masses(found.rows, asked.contour_precision)
    return found


@dataclass
class MapPieces:
    """A map that is read a few masses at a time, so that memory does not grow with their number.

    points : drawn in all; replicas : of the widths (0 where their errors were not asked for); variations : names
    rows : the contour at each mass, by its number, found with the couplings beside its edges too
    rounds : in which masses were added
    """

    plan: Plan
    workshop: Workshop
    points: int = 0
    replicas: int = 0
    variations: list[str] = field(default_factory=list)
    rows: dict[int, list[ContourRow]] = field(default_factory=dict)
    rounds: int = 0
    _reasons: dict[int, tuple[int, str]] = field(default_factory=dict)

    def add(self, wanted: dict[int, str], told: Progress, label: str) -> None:
        """Compute further masses: numbers on the plan's axis, and why each is wanted."""
        self.rounds += 1
        told.start(label, len(wanted))
        for found in self.workshop.done(MASS, list(wanted), _ACCOUNT, ahead=max(64, 4 * self.workshop.pool.workers)):
            self.points += int(found["points"])
            self.replicas = max(self.replicas, int(found["width_replicas"]))
            self.variations = list(dict.fromkeys([*self.variations, *map(str, found["variations"])]))
            told.advance(1)
        told.finish()
        self._reasons |= {number: (self.rounds, why) for number, why in wanted.items()}
        self.rows |= {number: self._contour(number) for number in wanted}

    @cached_property
    def numbers(self) -> list[int]:
        """Of all masses, increasing; the last thing to be asked for, when none is added any more."""
        return sorted(self._reasons)

    @property
    def contour(self) -> list[ContourRow]:
        """At all masses, in their order."""
        return [row for number in self.numbers for row in self.rows[number]]

    def scan(self) -> list[ScanPoint]:
        """Which masses and couplings an adaptive scan looked at."""
        found = []
        for number in self.numbers:
            coupling = unpacked(self.workshop.kept(MASS, number)).coupling
            grid = coupling if len(coupling) else self.plan.card.model.couplings
            found.append(ScanPoint(self.plan.mass_axis.mass(number), *self._reasons[number], grid))
        return found

    def _contour(self, number: int) -> list[ContourRow]:
        asked = self.plan.card.sensitivity
        assert asked is not None  # noqa: S101 - contours are of cards with [sensitivity]
        point = unpacked(self.workshop.kept(MASS, number))
        coupling = point.coupling if len(point.coupling) else self.plan.card.model.couplings
        one = self._assembled([number], [point], coupling)
        assert one.required is not None  # noqa: S101 - runs fill it in
        return find_contour(one, one.required, asked.confidence)

    def pieces(self) -> Iterator[SignalMap]:
        """Maps of ``MAP_PIECE`` masses each, the last of fewer, in the masses' order; each time the same."""
        if self.is_small:
            yield self._only
            return
        for start in range(0, len(self.numbers), MAP_PIECE):
            yield self._on_grid(self.numbers[start : start + MAP_PIECE])

    @cached_property
    def _only(self) -> SignalMap:
        """The map of few masses, assembled once."""
        return self._on_grid(self.numbers)

    @property
    def is_small(self) -> bool:
        """Whether there is one piece only."""
        return len(self.numbers) <= MAP_PIECE

    def whole(self) -> SignalMap:
        """The map in memory."""
        return joined(list(self.pieces()))

    def _on_grid(self, numbers: Sequence[int]) -> SignalMap:
        """At the card's couplings."""
        couplings = self.plan.card.model.couplings
        points = [unpacked(self.workshop.kept(MASS, number)) for number in numbers]
        points = [p.at(np.isin(p.coupling, couplings)) if len(p.coupling) else p for p in points]
        return self._assembled(numbers, points, couplings)

    def _assembled(self, numbers: Sequence[int], points: list[PointYield], couplings: NDArray[np.float64]) -> SignalMap:
        plan = self.plan
        masses = [plan.mass_axis.mass(number) for number in numbers]
        nothing = np.zeros(len(couplings))

        def grid(kind: str, name: str) -> Any:
            return np.array([getattr(p, kind).get(name, nothing) for p in points])

        names = [chosen.name for chosen in plan.processes]
        keys = [*names, "total"]
        replicas = [p.replicas if p.width else np.zeros((self.replicas, len(couplings))) for p in points]

        def moved(kind: str, key: str) -> Any:
            """As ``grid``, with the central value where no variation concerns a mass."""
            return np.array([getattr(p, kind).get(key, p.n.get(key, p.n.get("total", nothing))) for p in points])

        n, error, spectrum = ({key: grid(kind, key) for key in keys} for kind in ("n", "error", "spectrum"))
        met = [
            precision_met(n["total"][i], error["total"][i], spectrum["total"][i], plan.card.run.precision)
            for i in range(len(masses))
        ]
        limits = [
            plan.requirements.along(m, len(couplings), list(p.regions.values()) or None)
            for m, p in zip(masses, points, strict=True)
        ]
        return SignalMap(
            mass=np.array(masses),
            coupling=np.array(couplings),
            processes=tuple(names),
            n_signal=n,
            error=error,
            error_spectrum=spectrum,
            ctau=np.array([plan.ctau(m, couplings) for m in masses]),
            precision_met=np.array(met),
            mass_scale=plan.card.model.mass_scale,
            coupling_scale=plan.card.model.coupling_scale,
            coupling_name=plan.model.coupling_name,
            coupling_label=plan.model.coupling_label,
            model=plan.model.name,
            detector=plan.detector.name,
            exposure_text=plan.detector.exposure.text,
            error_width={key: grid("width", key) for key in keys} if self.replicas else None,
            width_replicas=np.stack(replicas, axis=1) if self.replicas else None,
            low={key: moved("low", key) for key in keys} if self.variations else None,
            high={key: moved("high", key) for key in keys} if self.variations else None,
            varied={name: moved("varied", name) for name in self.variations},
            other_spectra=plan.band.names,
            required=np.array([found.required for found in limits]),
            expected=expected_of(limits),
            gaps=plan.requirements.search.gaps,
            method=plan.requirements.describe(),
        )
