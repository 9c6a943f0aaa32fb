"""Tasks done, each at most once: found among the pieces that are kept, or performed and kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lvgen.io.pieces import Arrays, Pieces
from lvgen.work.pool import Pool
from lvgen.work.tasks import EVENTS, MASS, Performer, Tasks, task_name


class Workshop:
    """Does tasks in a pool of threads.

    performer : computes a task, here or on another machine; pieces : where what is finished is kept
    """

    def __init__(self, performer: Performer, pool: Pool, pieces: Pieces) -> None:
        self.pool = pool
        self._performer = performer
        self._pieces = pieces

    def done(
        self, kind: str, indices: Iterable[int], members: tuple[str, ...], ahead: int | None = None
    ) -> Iterator[Arrays]:
        """The named arrays of each task, in the order of ``indices``; the rest of a task's arrays is only kept.

        ahead : so many tasks are begun beyond the one that is waited for (default: twice the pool's threads)
        """

        def do(index: int) -> Arrays:
            found = self._pieces.load_piece(task_name(kind, index), members)
            if found is None:
                arrays = self._perform(kind, index)
                found = {name: arrays[name] for name in members}
            return found

        return self.pool.map(do, indices, ahead)

    def kept(self, kind: str, index: int) -> Arrays:
        """All arrays of a task that is done; computed once more where its piece cannot be read any more."""
        found = self._pieces.load_piece(task_name(kind, index))
        return self._perform(kind, index) if found is None else found

    def _perform(self, kind: str, index: int) -> Arrays:
        arrays = self._performer.perform(kind, index)
        self._pieces.save_piece(task_name(kind, index), arrays)
        return arrays


@dataclass(frozen=True)
class Hands:
    """Who does the work.

    workers : threads of this process (default: one per core); scheduler : address of a Dask scheduler whose workers do
        the tasks in their place, None for no such cluster
    """

    workers: int | None = None
    scheduler: str | None = None

    @contextlib.contextmanager
    def workshop(self, tasks: Tasks, pieces: Pieces) -> Iterator[Workshop]:
        """A workshop while the block lasts; raises UserError."""
        if self.scheduler is None:
            with Pool(self.workers) as pool:
                yield Workshop(tasks, pool, pieces)
            return
        from lvgen.work.cluster import Cluster

        cluster = Cluster(self.scheduler, tasks)
        # the cluster ends first: threads that wait for it are let go
        with Pool(cluster.workers, cluster.waiting) as pool, cluster:
            yield Workshop(cluster, pool, pieces)


def work_of(tasks: Tasks, workers: int) -> dict[str, Any]:
    """How many tasks of each kind a run has, and who does them, for ``lvgen status``."""
    card = tasks.plan.card
    work: dict[str, Any] = {"workers": workers}
    if card.sensitivity is not None:
        work[MASS] = len(card.model.masses)
    if card.events is not None:
        work[EVENTS] = tasks.source[0].blocks_for(card.events.number)
    return work
