"""What a search counts at one mass: events in one region or several, or a published number; see ``search``."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """One counting region.

    background : expected events; uncertainty : relative, one standard deviation
    observed : events seen, None for a projection
    share : events counted for each signal event of the map that belongs to the region; mostly 1
    name : for messages; channels : names of the decay channels that it counts, None for all that are left
    """

    background: float = 0.0
    uncertainty: float = 0.0
    observed: int | None = None
    share: float = 1.0
    name: str = ""
    channels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Requirement:
    """What a search needs at one mass.

    counts : its regions, for a statistical method to judge; n_required : the number of signal events that excludes,
    where that is known without one (a published limit); closed : why nothing is excluded at this mass, else empty
    """

    counts: tuple[Count, ...] = ()
    n_required: float = math.nan
    closed: str = ""

    @property
    def background(self) -> float:
        """Expected background events in all regions."""
        return sum(count.background for count in self.counts)
