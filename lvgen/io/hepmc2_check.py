"""Whether text is a complete HepMC2 ASCII listing of lvgen's kind: the library may crash on a damaged one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lvgen.errors import UserError

_HEADER, _FOOTER = b"HepMC::IO_GenEvent-START_EVENT_LISTING", b"HepMC::IO_GenEvent-END_EVENT_LISTING"
_NUMBER = rb"[-+]?(?:\d{1,40}(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?"
_INT = rb"-?\d{1,9}"
_VERSION = re.compile(rb"HepMC::Version [\w.]{1,20}")
#: barcode of the first particle of an event; the others follow one by one
_FIRST = 10001
_MOST = 100_000
_LINES = {
    b"E": re.compile(
        rb"E " + _INT + rb" " + _INT + rb"(?: " + _NUMBER + rb"){3} " + _INT + rb" " + _INT
        + rb" (\d{1,6}) (\d{1,9}) (\d{1,9}) 0 (\d{1,4})((?: " + _NUMBER + rb")+)"
    ),
    b"N": re.compile(rb'N (\d{1,4})((?: "[^"]*")+)'),
    b"U": re.compile(rb"U GEV MM"),
    b"C": re.compile(rb"C " + _NUMBER + rb" " + _NUMBER),
    b"V": re.compile(rb"V -(\d{1,6}) " + _INT + rb"(?: " + _NUMBER + rb"){4} (\d{1,6}) (\d{1,6}) 0"),
    b"P": re.compile(rb"P (\d{1,9}) " + _INT + rb"(?: " + _NUMBER + rb"){5} \d{1,3} 0 0 (-\d{1,6}|0) 0"),
}  # fmt: skip
_ORDER = {b"E": b"NUCV", b"N": b"UCV", b"U": b"CV", b"C": b"V", b"V": b"P", b"P": b"PVE"}


def count_events(lines: Iterable[bytes]) -> int:
    """Number of events in the lines of a HepMC2 ASCII file.

    raises UserError where it is another kind of file, is truncated, or holds a line, count or barcode that cannot be
    """
    listing = _Listing()
    for number, line in enumerate(lines, start=1):
        text = line.rstrip(b"\r\n")
        if not listing.begun and text not in (b"", _HEADER) and not _VERSION.fullmatch(text):
            break
        try:
            listing.add(text)
        except ValueError:
            raise UserError(f"is damaged: line {number} cannot be part of a HepMC2 listing") from None
    if not listing.begun:
        raise UserError("is not a HepMC2 ASCII file")
    if not listing.ended:
        raise UserError("is truncated: it has no end of the event listing")
    return listing.n_events


class _Listing:
    """State of a listing that is read line by line; ``add`` raises ValueError for an impossible line."""

    def __init__(self) -> None:
        self.begun = self.ended = False
        self.n_events = 0
        self._last = b"P"
        self._vertices = self._vertex = self._orphans = self._outgoing = self._particles = 0
        self._beams = (0, 0)
        self._opened: set[int] = set()

    def add(self, line: bytes) -> None:
        if not self.begun:
            self.begun = line == _HEADER
        elif line == _FOOTER:
            self._complete()
            self.ended = True
        elif self.ended:
            _require(not line)
        else:
            self._in_event(line)

    def _in_event(self, line: bytes) -> None:
        kind = line[:1]
        match = _LINES[kind].fullmatch(line) if kind in _LINES else None
        _require(match is not None and kind in _ORDER[self._last])
        assert match is not None  # noqa: S101 - required above
        if kind == b"E":
            vertices, first, second, weights = map(int, match.groups()[:4])
            _require(weights == len(match[5].split()))
            self._event(vertices, first, second)
        elif kind == b"N":
            _require(int(match[1]) == match[2].count(b'"') // 2)
        elif kind == b"V":
            number, orphans, outgoing = map(int, match.groups())
            self._next_vertex(number, orphans, outgoing)
        elif kind == b"P":
            self._particle(int(match[1]), -int(match[2]))
        self._last = kind

    def _event(self, vertices: int, first: int, second: int) -> None:
        self._complete()
        _require(0 < vertices < _MOST)
        self.n_events += 1
        self._vertices, self._vertex, self._particles = vertices, 0, 0
        self._beams, self._opened = (first, second), {1}

    def _next_vertex(self, number: int, orphans: int, outgoing: int) -> None:
        _require(not self._orphans and not self._outgoing and outgoing > 0)
        self._vertex += 1
        # particles of the vertices before have led to this one; the beams lead to the first
        _require(number == self._vertex <= self._vertices and number in self._opened)
        _require((orphans > 0) == (number == 1))
        self._orphans, self._outgoing = orphans, outgoing

    def _particle(self, barcode: int, end: int) -> None:
        _require(barcode == _FIRST + self._particles and self._particles < _MOST)
        self._particles += 1
        if self._orphans:
            self._orphans -= 1
            _require(end == self._vertex)
            return
        _require(self._outgoing > 0 and (end == 0 or (self._vertex < end <= self._vertices)))
        _require(end not in self._opened)
        self._outgoing -= 1
        if end:
            self._opened.add(end)

    def _complete(self) -> None:
        _require(not self._orphans and not self._outgoing and self._vertex == self._vertices)
        known = range(_FIRST, _FIRST + self._particles)
        _require(all(beam == 0 or beam in known for beam in self._beams))
        if self.n_events:
            _require(self._last == b"P")


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError
