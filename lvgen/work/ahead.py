"""Things made in a thread of their own while the ones before are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from lvgen.io.record import EventRecord, Events

_Item = TypeVar("_Item")
_END: Final = object()


def ahead(items: Iterable[_Item]) -> Iterator[_Item]:
    """The items in their order, the next one in the making while one is used; whatever they raise is raised here."""
    source = iter(items)

    def make() -> _Item | object:
        return next(source, _END)

    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(make)
        while (item := coming.result()) is not _END:
            coming = maker.submit(make)
            yield item  # type: ignore[misc]


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
