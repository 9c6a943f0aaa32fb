"""The map of expected signal, from one task for each mass; assembled a few masses at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lvgen.generation.yields import PointYield
from lvgen.plan import Plan
from lvgen.progress import Progress
from lvgen.sensitivity.map import SignalMap, joined, precision_met
from lvgen.sensitivity.requirements import expected_of
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
    told.start("signal map", len(masses))
    points, replicas = 0, 0
    variations: dict[str, None] = {}
    for found in workshop.done(MASS, range(len(masses)), _ACCOUNT, ahead=max(64, 4 * workshop.pool.workers)):
        points += int(found["points"])
        replicas = max(replicas, int(found["width_replicas"]))
        variations |= dict.fromkeys(str(name) for name in found["variations"])
        told.advance(1)
    told.finish()
    return MapPieces(plan, workshop, points, replicas, list(variations))


@dataclass(frozen=True)
class MapPieces:
    """A map that is read a few masses at a time, so that memory does not grow with their number.

    points : drawn in all; replicas : of the widths (0 where their errors were not asked for); variations : names
    """

    plan: Plan
    workshop: Workshop
    points: int
    replicas: int
    variations: list[str]

    def pieces(self) -> Iterator[SignalMap]:
        """Maps of ``MAP_PIECE`` masses each, the last of fewer, in the masses' order; each time the same."""
        n = len(self.plan.card.model.masses)
        if self.is_small:
            yield self._only
            return
        for start in range(0, n, MAP_PIECE):
            rows = range(start, min(n, start + MAP_PIECE))
            yield self._assembled(rows, [unpacked(self.workshop.kept(MASS, i)) for i in rows])

    @cached_property
    def _only(self) -> SignalMap:
        """The map of few masses, assembled once."""
        n = len(self.plan.card.model.masses)
        return self._assembled(range(n), [unpacked(self.workshop.kept(MASS, i)) for i in range(n)])

    @property
    def is_small(self) -> bool:
        """Whether there is one piece only."""
        return len(self.plan.card.model.masses) <= MAP_PIECE

    def whole(self) -> SignalMap:
        """The map in memory."""
        return joined(list(self.pieces()))

    def _assembled(self, rows: range, points: list[PointYield]) -> SignalMap:
        plan = self.plan
        masses, couplings = plan.card.model.masses[rows.start : rows.stop], plan.card.model.couplings
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
            plan.requirements.along(float(m), len(couplings), list(p.regions.values()) or None)
            for m, p in zip(masses, points, strict=True)
        ]
        return SignalMap(
            mass=np.array(masses),
            coupling=np.array(couplings),
            processes=tuple(names),
            n_signal=n,
            error=error,
            error_spectrum=spectrum,
            ctau=np.array([plan.ctau(float(m), couplings) for m in masses]),
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
            required=np.array([found.required for found in limits]),
            expected=expected_of(limits),
            method=plan.requirements.method.describe(),
        )
