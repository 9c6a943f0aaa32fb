"""The events of a run, from numbered blocks of draws."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from lvgen.generation.events import Counted, EventSource, Generated, collect
from lvgen.progress import Progress
from lvgen.records import EventPieces, event_metadata
from lvgen.work.tasks import EVENTS, Tasks
from lvgen.work.workshop import Workshop

_COUNTED = ("weight", "sums", "squares")


def make_events(tasks: Tasks, workshop: Workshop, told: Progress) -> tuple[EventPieces, dict[str, Any]]:
    """The events, and what ``run.json`` says about them."""
    plan, (source, names) = tasks.plan, tasks.source
    asked = plan.card.events
    assert asked is not None  # noqa: S101 - called for cards with [events] only
    told.start("events", asked.number)
    made = collect(source, asked.number, _counted(source, asked.number, workshop), told.advance)
    told.finish()
    chains = source.chains
    modes = [mode.name for mode in chains[0].modes]
    metadata = event_metadata(plan, chains, list(dict.fromkeys(names)), modes, made, tasks.seed)
    kept = (made.number, made.blocks, made.unit, lambda b: workshop.kept(EVENTS, b), metadata)
    pieces = EventPieces(*kept, asked.placement)
    return pieces, _event_yields(chains, names, made)


def _counted(source: EventSource, number: int, workshop: Workshop) -> Iterator[Counted]:
    """What is counted of each block; hardly more are begun than there is need for."""
    sure = source.blocks_for(number)
    blocks = itertools.chain(
        workshop.done(EVENTS, range(sure), _COUNTED),
        workshop.done(EVENTS, itertools.count(sure), _COUNTED, ahead=workshop.pool.workers),
    )
    for arrays in blocks:
        yield arrays["weight"], arrays["sums"], arrays["squares"]


def _event_yields(chains: list[Any], names: list[str], made: Generated) -> dict[str, Any]:
    by_process: dict[str, list[float]] = {}
    for name, (value, error) in zip(names, made.by_chain, strict=True):
        total = by_process.setdefault(name, [0.0, 0.0])
        total[0] += value
        total[1] = float(np.hypot(total[1], error))
    return {
        "expected": made.expected,
        "error": made.error,
        "processes": {name: {"expected": v, "error": e} for name, (v, e) in by_process.items()},
        "channels": {
            chain.channel.name: {"expected": v, "error": e} for chain, (v, e) in zip(chains, made.by_chain, strict=True)
        },
        "points_drawn": made.trials,
        "overflow_events": made.overflow,
    }
