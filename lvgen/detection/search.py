"""What every search is: it turns a mass into what is counted there, told about the run.

A kind is a subclass of ``Search`` with its name in ``kind``; ``searches`` lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field, PrivateAttr

from lvgen.detection.backgrounds import Acceptance
from lvgen.detection.counting import Count, Requirement
from lvgen.validation import Table, number, quantity, text

Mass = Annotated[float, quantity("energy", above=0.0, most=1e4)]


class Reference(Table):
    """A published point: model, mass (GeV) and coupling at which a search of this exposure just excluded."""

    model: Annotated[str, text(most=200)] = Field(examples=['"dark_photon"'])
    parameters: dict[str, float | str] = Field(default_factory=dict)
    mass: Mass = Field(examples=['"1 GeV"'])
    coupling: Annotated[float, number(above=0.0, below=1e3)] = Field(examples=["2e-4"])
    exposure: Annotated[float, quantity("luminosity", above=0.0)] = Field(examples=['"50 ab^-1"'])
    confidence: Annotated[float, number(above=0.5, below=1.0)] = 0.9
    source: Annotated[str, text()] = Field(examples=['"arXiv:1808.10567 figure 201"'])

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from another."""
        return self.model, tuple(sorted(self.parameters.items())), self.mass, self.coupling, self.exposure


@dataclass(frozen=True)
class Exposed:
    """What a search is told about the run.

    counts : the detector's regions; exposure : in pb^-1 or protons; interactions : in it
    root_s : GeV; acceptance : what the detector sees of a background; confidence : of the card
    reference : expected events of a reference point, as the run would count them
    """

    counts: tuple[Count, ...]
    exposure: float
    interactions: float
    root_s: float
    acceptance: Acceptance
    confidence: float
    reference: Callable[[Reference], float]


class Search(Table):
    """Base of all kinds; ``source`` says where the numbers are from."""

    kind: str
    title: ClassVar[str]
    #: whether it gives the number of events that excludes itself, and no method is asked
    states_limits: ClassVar[bool] = False
    #: whether a mass takes a good part of a second
    costly: ClassVar[bool] = False
    #: kinds of sources for which its backgrounds mean something; empty: all
    source_kinds: ClassVar[tuple[str, ...]] = ()
    source: Annotated[str, text()] = ""
    _raw: dict[str, Any] = PrivateAttr(default_factory=dict)

    def requirement(self, mass: float, run: Exposed) -> Requirement:
        """What is needed at one mass (GeV)."""
        raise NotImplementedError

    def why_closed(self, mass: float) -> str:  # noqa: ARG002 - most look at every mass
        """Why nothing is excluded at a mass (GeV), whatever is seen; empty where something may be."""
        return ""

    @property
    def features(self) -> tuple[tuple[str, float, float], ...]:
        """Decay channels, masses and half widths (GeV) of what may be narrower than the steps of a map."""
        return ()

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Ranges of mass (GeV) without any limit, over which nothing is interpolated."""
        return ()

    def describe(self) -> str:
        """In a few words."""
        return self.title

    def assumptions(self) -> list[str]:
        """What it leaves out, in plain sentences for ``run.json``."""
        return []

    def as_table(self) -> dict[str, Any]:
        """The entries as they were written."""
        return dict(self._raw)


class Counting(Search):
    """The detector's background and observed events, the same at every mass."""

    title = "counting"

    def requirement(self, mass: float, run: Exposed) -> Requirement:  # noqa: ARG002 - the same at every mass
        """The detector's regions."""
        return Requirement(run.counts)
