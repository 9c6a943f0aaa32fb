"""Text in lines that are no wider than the room they have."""

from __future__ import annotations

import re
from collections.abc import Callable

#: what no line break parts: a formula between dollar signs, an escaped dollar sign, any other character
_PIECE = re.compile(r"(?<!\\)\$[^$]*(?<!\\)\$|\\\$|.", re.DOTALL)


def break_lines(text: str, room: float, width: Callable[[str], float]) -> str:
    """Text broken at its blanks, and inside words that are wider than the room for themselves.

    Formulas stay whole, and no-break spaces hold words together where there is room for them.

    text : one or several lines; room : width of a line, in the units of ``width``; width : of a piece of a line

    >>> break_lines("one two three $x + y$ a_long_name", 9, len)
    'one two\\nthree\\n$x + y$\\na_long_na\\nme'
    """
    return "\n".join(part for line in text.split("\n") for part in _broken(line, room, width))


def _broken(line: str, room: float, width: Callable[[str], float]) -> list[str]:
    if width(line) <= room:
        return [line]
    parts: list[str] = []
    for word in _words(line):
        if parts and width(f"{parts[-1]} {word}") <= room:
            parts[-1] += f" {word}"
        elif width(word) <= room:
            parts.append(word)
        elif "\N{NO-BREAK SPACE}" in word:
            parts += _broken(word.replace("\N{NO-BREAK SPACE}", " "), room, width)
        else:
            parts += _cut(word, room, width)
    return parts


def _words(line: str) -> list[str]:
    """The line at its blanks, but not at those inside formulas."""
    words = [""]
    for piece in _PIECE.findall(line):
        if piece == " ":
            words.append("")
        else:
            words[-1] += piece
    return [word for word in words if word]


def _cut(word: str, room: float, width: Callable[[str], float]) -> list[str]:
    """A word in pieces that fit; a formula or a character that is too wide stands alone."""
    parts = [""]
    for piece in _PIECE.findall(word):
        if parts[-1] and width(parts[-1] + piece) > room:
            parts.append("")
        parts[-1] += piece
    return parts
