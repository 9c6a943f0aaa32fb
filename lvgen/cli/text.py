"""Plain lines for people: written to the terminal as they are, never wrapped or boxed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence


def say(*lines: str) -> None:
    """Write lines to standard output."""
    for line in lines:
        sys.stdout.write(f"{line}\n")


def complain(kind: str, text: str) -> None:
    """Write ``lvgen: kind: text`` to standard error, on one line."""
    sys.stderr.write(f"lvgen: {kind}: {one_line(text)}\n")


def one_line(text: str) -> str:
    """The text on one line, without characters that move a terminal's cursor."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in " ".join(text.split()))


def columns(rows: Iterable[Sequence[str]], indent: str = "", right: Sequence[int] = ()) -> list[str]:
    """Rows of cells as aligned lines; ``right`` names the columns that end flush.

    >>> columns([("a", "1"), ("long", "10")], right=[1])
    ['a      1', 'long  10']
    """
    table = [list(row) for row in rows]
    n = max((len(row) for row in table), default=0)
    width = [max((len(row[i]) for row in table if i < len(row)), default=0) for i in range(n)]
    lines = []
    for row in table:
        cells = [cell.rjust(width[i]) if i in right else cell.ljust(width[i]) for i, cell in enumerate(row)]
        lines.append((indent + "  ".join(cells)).rstrip())
    return lines
