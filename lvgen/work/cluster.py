"""Tasks done by the workers of a Dask cluster; they may join, die and come back."""

from __future__ import annotations

import functools
import threading
from typing import Any

from lvgen.account import library_versions
from lvgen.errors import MissingExtraError, UserError
from lvgen.io.pieces import Arrays
from lvgen.plan import Plan
from lvgen.runcard import card_from_table
from lvgen.toml import parse
from lvgen.work.identity import fingerprint
from lvgen.work.tasks import Tasks, task_name

#: a task whose worker died is given out again by the scheduler; so often more by us, since workers of a batch system
#: are taken away through no fault of the task
_REPEATS = 20
_CONNECT_SECONDS = 20
#: fewest tasks that are out at a time, so that workers who join find something to do; most, for our memory
_LEAST_WAITING, _MOST_WAITING = 64, 4096

#: (card, its fingerprint, seed, library versions): all that a worker is told
Job = tuple[str, str, int, tuple[tuple[str, str], ...]]


class Cluster:
    """The workers of one scheduler; a ``lvgen.work.tasks.Performer`` whose calls wait for an answer.

    workers : threads of the cluster at the start (at least 1); waiting : how many calls are worth waiting at a time
    raises UserError where the scheduler does not answer, MissingExtraError without dask.distributed
    """

    def __init__(self, address: str, tasks: Tasks) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise MissingExtraError("dask.distributed", "cluster", "--scheduler") from error
        self._address = address
        card = tasks.plan.card.with_seed(tasks.seed)
        versions = tuple(sorted(library_versions().items()))
        self._job: Job = (card.canonical_toml(), fingerprint(tasks.plan), tasks.seed, versions)
        connect: Any = Client
        try:
            self._client = connect(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            cause = " ".join(str(error).split()) or type(error).__name__
            raise UserError(f"no Dask scheduler answers at {address}: {cause[:200]}", key="--scheduler") from error
        self.workers = max(1, sum(self._client.nthreads().values()))
        self.waiting = min(_MOST_WAITING, max(_LEAST_WAITING, 4 * self.workers))

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def perform(self, kind: str, index: int) -> Arrays:
        """Arrays of one task; raises UserError where the scheduler is gone or a worker cannot do our tasks."""
        from distributed import CancelledError, KilledWorker
        from distributed.comm.core import CommClosedError

        for repeat in range(_REPEATS):
            key = f"lvgen-{task_name(kind, index)}-{self._job[1][:16]}-{self._job[2]}-{repeat}"
            future = None
            try:
                future = self._client.submit(_performed, self._job, kind, index, key=key, pure=True)
                found: Arrays = future.result()
            except KilledWorker:
                continue
            except (CancelledError, CommClosedError, OSError) as error:
                if future is not None and future.status == "error":
                    raise  # the task's own
                raise UserError(
                    f"the Dask scheduler at {self._address} is gone ({type(error).__name__}); what is finished is "
                    "kept, and the same command goes on from there",
                    key="--scheduler",
                ) from error
            return found
        raise UserError(
            f"task {task_name(kind, index)} was lost with its worker {_REPEATS} times; the workers' logs say why they "
            "ended (memory is what they mostly lack)",
            key="--scheduler",
        )


def _performed(job: Job, kind: str, index: int) -> Arrays:
    """One task on a worker."""
    return _tasks(job).perform(kind, index)


_LOCK = threading.Lock()


def _tasks(job: Job) -> Tasks:
    """The tasks of a job, made once on each worker, also where it has several threads."""
    with _LOCK:
        return _made(job)


@functools.lru_cache(maxsize=2)
def _made(job: Job) -> Tasks:
    text, expected, seed, versions = job
    _check_versions(dict(versions))
    plan = Plan(card_from_table(parse(text.encode(), "card"), "card", "card"))
    if fingerprint(plan) != expected:
        raise UserError("a worker finds other content in the files that the card names", key="--scheduler")
    return Tasks(plan, seed)


def _check_versions(expected: dict[str, str]) -> None:
    """Equal numbers need equal libraries."""
    mine: dict[str, Any] = library_versions()
    differ = [f"{name} {mine.get(name)} instead of {v}" for name, v in expected.items() if mine.get(name) != v]
    if differ:
        raise UserError(f"a worker has {', '.join(differ)}; the numbers would not be the same", key="--scheduler")
