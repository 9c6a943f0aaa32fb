"""Things made in a thread of their own while the ones before are used."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from lvgen.io.record import EventRecord, Events

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class _Ended:
    """Nothing more comes; error : why, None where all was made."""

    error: BaseException | None


def ahead(items: Iterable[_Item]) -> Iterator[_Item]:
    """The items in their order, the next one in the making while one is used; whatever they raise is raised here."""
    made: queue.Queue[_Item | _Ended] = queue.Queue(maxsize=1)
    unwanted = threading.Event()

    def hand_over(item: _Item | _Ended) -> None:
        while not unwanted.is_set():
            with contextlib.suppress(queue.Full):
                made.put(item, timeout=0.1)
                return

    def make() -> None:
        try:
            for item in items:
                hand_over(item)
                if unwanted.is_set():
                    return
            hand_over(_Ended(None))
        except BaseException as error:  # raised again where the item is waited for
            hand_over(_Ended(error))

    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    try:
        while not isinstance(found := made.get(), _Ended):
            yield found
        if found.error is not None:
            raise found.error
    finally:
        unwanted.set()
        maker.join()


class EventsAhead:
    """Events whose next piece is put together while one is written."""

    def __init__(self, events: Events) -> None:
        self.metadata: dict[str, Any] = events.metadata
        self._events = events

    def __len__(self) -> int:
        return len(self._events)

    def pieces(self) -> Iterator[EventRecord]:
        """Those of the events."""
        return ahead(self._events.pieces())
