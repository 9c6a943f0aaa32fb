"""Threads for pure tasks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from lvgen.errors import UserError

_Item = TypeVar("_Item")
_Out = TypeVar("_Out")


class Pool:
    """Threads for pure tasks; results come in the tasks' order, so numbers do not depend on how many there are.

    workers : how many tasks are computed at a time (default: one per core); threads : more of them where they only wait
        for other machines
    """

    def __init__(self, workers: int | None, threads: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise UserError(f"{workers} workers; at least 1 is due", key="workers")
        self.workers = workers or _cores()
        self.threads = threads or self.workers
        self._executor = ThreadPoolExecutor(self.threads)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def map(
        self, function: Callable[[_Item], _Out], items: Iterable[_Item], ahead: int | None = None
    ) -> Iterator[_Out]:
        """Results in order, with at most ``ahead`` tasks (default: twice the threads) beyond the one waited for."""
        waiting: list[Future[_Out]] = []
        limit = 2 * self.threads if ahead is None else ahead
        try:
            for item in items:
                waiting.append(self._executor.submit(function, item))
                if len(waiting) > limit:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
