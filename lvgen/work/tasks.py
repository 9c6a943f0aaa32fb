"""The pieces of a run: pure functions of card, seed and a number, whoever computes them and wherever."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import cached_property
from typing import Protocol

import numpy as np

from lvgen.generation.events import EventSource
from lvgen.generation.yields import PointYield, mass_yield
from lvgen.io.pieces import Arrays
from lvgen.plan import Plan
from lvgen.records import block_arrays
from lvgen.sensitivity.scan import beside_edges, finer_couplings
from lvgen.work.packing import packed

#: kinds of tasks: one mass of the map, one block of events
MASS, EVENTS = "mass", "events"


class Performer(Protocol):
    """Whoever computes tasks."""

    def perform(self, kind: str, index: int) -> Arrays:
        """Arrays of one task."""


class Tasks:
    """The tasks of one card and seed, computed here.

    raises UserError where a card with [events] has no signal, as soon as ``source`` is asked for
    """

    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan = plan
        self.seed = seed
        self._lock = threading.Lock()

    def perform(self, kind: str, index: int) -> Arrays:
        """Arrays of one task, with the ``seconds`` that it took."""
        began = time.perf_counter()
        if kind == MASS:
            arrays = packed(mass_point(self.plan, self.seed, index))
        else:
            source, names = self.source
            arrays = block_arrays(source, names, index)
        return arrays | {"seconds": np.array(time.perf_counter() - began)}

    @property
    def source(self) -> tuple[EventSource, list[str]]:
        """Where the events come from, and the process of each of its chains; made once, also among threads."""
        with self._lock:
            return self._source

    @cached_property
    def _source(self) -> tuple[EventSource, list[str]]:
        plan, asked = self.plan, self.plan.card.events
        assert asked is not None  # noqa: S101 - asked for by cards with [events] only
        chains, names = plan.chains(asked.mass, asked.coupling)
        coupling = np.array([asked.coupling])
        scale = [plan.interactions * plan.coefficient(chain, asked.coupling) for chain in chains]
        return EventSource(chains, scale, float(plan.ctau(asked.mass, coupling)[0]), self.seed), names


def task_name(kind: str, index: int) -> str:
    """Name of a task's piece.

    >>> task_name("mass", 3)
    'mass_000003'
    """
    return f"{kind}_{index:06d}"


def mass_point(plan: Plan, seed: int, index: int) -> PointYield:
    """Signal at one mass of the map, by its number on the axis, with couplings beside the edges of what is excluded."""
    mass = plan.mass_axis.mass(index)
    chains, groups = plan.chains(mass, band=True)
    if not chains:
        return PointYield({}, {}, {}, 0)
    asked, model = plan.card.sensitivity, plan.card.model
    fine, place = model.couplings, np.arange(len(model.couplings))
    if asked is not None and plan.proportional:
        fine, place = finer_couplings(model.couplings, asked.contour_precision)
    axis = plan.axis(mass, chains, fine)
    found = mass_yield(chains, groups, axis, plan.interactions, plan.card.run.precision, seed, index)
    if len(fine) == len(model.couplings):
        return found
    required = plan.requirements.along(mass, len(fine), list(found.regions.values()) or None).required
    kept = beside_edges(found.n["total"], required, place)
    return replace(found.at(kept), coupling=fine[kept])
