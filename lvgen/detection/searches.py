"""The ``[search]`` table of a detector, one class for each kind."""

from __future__ import annotations

from collections.abc import Mapping

from lvgen.detection.published import Published, Scaled
from lvgen.detection.search import Counting, Search
from lvgen.detection.windows import Bump, Recoil, Seen
from lvgen.errors import UserError, unknown
from lvgen.validation import shown, validated

SEARCHES: dict[str, type[Search]] = {
    "counting": Counting, "seen": Seen, "bump": Bump, "recoil": Recoil, "scaled": Scaled, "table": Published
}  # fmt: skip


def search_from(value: object) -> Search:
    """A ``[search]`` table as its kind; raises UserError for an unknown kind or entry."""
    if isinstance(value, Search):
        return value
    if not isinstance(value, Mapping):
        raise UserError(f'{shown(value)} where a table is due, such as {{ kind = "counting" }}')
    kind = value.get("kind", "counting")
    if kind not in SEARCHES:
        raise unknown("kind of search", str(kind), SEARCHES, key="kind")
    found = validated(SEARCHES[kind], {"kind": kind} | dict(value))
    found._raw = {"kind": kind} | dict(value) if kind != "counting" else {}  # which is what a detector has without one
    return found
