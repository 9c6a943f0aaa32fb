"""The events of a run, from numbered blocks of draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from lvgen.generation.events import EventSource, Generated, collect
from lvgen.io.rundir import RunDirectory
from lvgen.plan import Plan
from lvgen.progress import Progress
from lvgen.records import EventPieces
from lvgen.work.pool import Pool


def event_source(plan: Plan, seed: int) -> tuple[EventSource, list[str]]:
    """Where the events come from, and the process of each of its chains; raises UserError where there is no signal."""
    asked = plan.card.events
    assert asked is not None  # noqa: S101 - called for cards with [events] only
    chains, names = plan.chains(asked.mass, asked.coupling)
    coupling = np.array([asked.coupling])
    scale = [plan.interactions * float(chain.channel.coefficient(coupling)[0]) for chain in chains]
    return EventSource(chains, scale, float(plan.ctau(asked.mass, coupling)[0]), seed), names


def make_events(
    plan: Plan,
    seed: int,
    source: EventSource,
    names: list[str],
    pool: Pool,
    told: Progress,
    place: RunDirectory | None,
) -> tuple[EventPieces, dict[str, Any]]:
    """The events, and what ``run.json`` says about them."""
    asked = plan.card.events
    assert asked is not None  # noqa: S101 - called for cards with [events] only
    told.start("events", asked.number)
    blocks = pool.map(source.block, iter(range(2**31)), ahead=pool.workers)
    pieces = EventPieces(source.chains, names, place)
    made = collect(source, asked.number, blocks, told.advance, pieces.add)
    told.finish()
    pieces.finish(plan, made, seed)
    return pieces, _event_yields(source.chains, names, made)


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
