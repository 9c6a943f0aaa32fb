"""What is made in a thread of its own comes whole, in order, with its errors, and ends when nobody wants more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from lvgen.work.ahead import ahead


def test_items_come_in_their_order() -> None:
    assert list(ahead(range(1000))) == list(range(1000))
    assert list(ahead([])) == []
    assert list(ahead([None, (), 0])) == [None, (), 0]


def test_the_next_item_is_in_the_making_while_one_is_used() -> None:
    made = []

    def items() -> Iterator[int]:
        for k in range(5):
            made.append(k)
            yield k

    found = ahead(items())
    assert next(found) == 0
    until = time.monotonic() + 5.0
    while len(made) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.1)
    assert made == [0, 1]  # no more than one is made before it is wanted
    assert list(found) == [1, 2, 3, 4]


def test_an_error_is_raised_where_the_item_is_waited_for() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no second one")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="no second one"):
        next(found)


def test_nothing_goes_on_when_nobody_wants_more() -> None:
    before = threading.active_count()
    found = ahead(iter(int, 1))
    assert next(found) == 0
    found.close()
    assert threading.active_count() == before
