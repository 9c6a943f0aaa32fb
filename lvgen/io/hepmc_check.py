"""Whether text is a complete HepMC3 ASCII listing: the library that parses it may crash on a damaged one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lvgen.errors import UserError

_HEADER, _FOOTER = b"HepMC::Asciiv3-START_EVENT_LISTING", b"HepMC::Asciiv3-END_EVENT_LISTING"
_NUMBER = rb"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_INT = rb"-?\d{1,10}"
_LINES = {
    b"E": re.compile(rb"E \d{1,10} (\d{1,7}) (\d{1,7})(?: @(?: " + _NUMBER + rb"){4})?"),
    b"U": re.compile(rb"U (?:GEV|MEV) (?:MM|CM)"),
    b"W": re.compile(rb"W(?: " + _NUMBER + rb")*"),
    b"A": re.compile(rb"A " + _INT + rb" \S+ .*"),
    b"P": re.compile(rb"P (\d{1,7}) (-?\d{1,7}) " + _INT + rb"(?: " + _NUMBER + rb"){5} " + _INT),
    b"V": re.compile(rb"V (-\d{1,7}) " + _INT + rb" \[(\d{1,7}(?:,\d{1,7})*)?\](?: @(?: " + _NUMBER + rb"){4})?"),
}


def count_events(lines: Iterable[bytes]) -> int:
    """Number of events in the lines of a HepMC3 ASCII file.

    raises UserError where it is another kind of file, is truncated, or holds a line, count or index that cannot be
    """
    listing = _Listing()
    for number, line in enumerate(lines, start=1):
        try:
            listing.add(line.rstrip(b"\r\n"))
        except ValueError:
            if not listing.begun:
                break
            raise UserError(f"is damaged: line {number} cannot be part of a HepMC3 listing") from None
        if not listing.begun and number > 2:
            break
    if not listing.begun:
        raise UserError("is not a HepMC3 ASCII file")
    if not listing.ended:
        raise UserError("is truncated: it has no end of the event listing")
    return listing.n_events


class _Listing:
    """State of a listing that is read line by line; ``add`` raises ValueError for an impossible line."""

    def __init__(self) -> None:
        self.begun = self.ended = False
        self.n_events = 0
        self._vertices = self._particles = 0
        self._vertices_seen = self._particles_seen = 0

    def add(self, line: bytes) -> None:
        if not self.begun:
            self.begun = line == _HEADER
        elif line == _FOOTER:
            self._end_event()
            self.ended = True
        elif self.ended:
            _require(not line)
        elif self.n_events or line.startswith(b"E "):
            self._in_event(line)

    def _in_event(self, line: bytes) -> None:
        kind = line[:1]
        pattern = _LINES.get(kind)
        match = pattern.fullmatch(line) if pattern else None
        if match is None:
            raise ValueError(line)
        if kind == b"P":
            self._particle(int(match[1]), int(match[2]))
        elif kind == b"V":
            self._vertex(int(match[1]), match[2])
        elif kind == b"E":
            self._end_event()
            self.n_events += 1
            self._vertices, self._particles = int(match[1]), int(match[2])
            self._vertices_seen = self._particles_seen = 0

    def _particle(self, number: int, origin: int) -> None:
        self._particles_seen += 1
        _require(number == self._particles_seen <= self._particles)
        _require(-self._vertices <= origin < number)

    def _vertex(self, number: int, incoming: bytes | None) -> None:
        self._vertices_seen += 1
        _require(-self._vertices <= number < 0)
        _require(all(1 <= int(i) <= self._particles for i in (incoming or b"1").split(b",")))

    def _end_event(self) -> None:
        _require(self._particles_seen == self._particles and self._vertices_seen <= self._vertices)


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError
