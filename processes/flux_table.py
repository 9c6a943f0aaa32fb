"""Bosons from a flux of the user's own, as another program made it.

Nothing is known of where they come from but momentum and angle; they start at the origin.  Layouts:
``lvgen.spectra.flux``.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from lvgen.errors import UserError
from lvgen.kernels import flux as kernels
from lvgen.models.base import Model
from lvgen.production import Draws, Options, Process, ProductionChannel, Setup
from lvgen.spectra.flux import FluxFile, FluxTable, read_yields, yield_at
from lvgen.spectra.registry import load_source
from lvgen.validation import as_text, number, quantity

Floats = NDArray[np.float64]

#: smallest boson momentum that is drawn, GeV
MOMENTUM_MIN = 0.01


class FluxTableOptions(Options):
    """``[production.flux_table]``; each option is described in its field."""

    file: str = Field(default="", description="path of the table, or one with {mass} in the file's name; required")
    layout: Literal["foresee", "eventcalc", "csv"] | None = Field(
        default=None, description='"foresee", "eventcalc" or "csv"; left out: by its looks'
    )
    unit: Literal["pb", "per_interaction", "per_pot"] | None = Field(
        default=None, description='"pb" (colliders), "per_interaction" or "per_pot" (targets); required'
    )
    yields: Annotated[float, number(above=0.0)] | str = Field(
        default=1.0, description="number that multiplies the table, or a file of masses (GeV) and such numbers"
    )
    mass: Annotated[float, quantity("energy", above=0.0)] | None = Field(
        default=None, description="of a file that does not say for which mass it is"
    )
    coupling_ref: Annotated[float, number(above=0.0)] = Field(
        default=1.0, description="the coupling for which the flux is"
    )
    power: Annotated[float, number(least=0.0, most=8.0)] = Field(
        default=2.0, description="power of the coupling with which the flux goes"
    )
    longitudinal_fraction: Annotated[float, number(least=0.0, most=1.0)] = Field(
        default=1.0 / 3.0, description="share of helicity 0 in the laboratory"
    )

    @model_validator(mode="after")
    def _consistent(self) -> FluxTableOptions:
        if isinstance(self.yields, str):
            as_text(self.yields)
        return self

    def flux(self) -> FluxFile:
        """The flux on disk; UserError where nothing is named or it cannot be read."""
        if not self.file:
            raise UserError("a file is due: a flux of your own", key="production.flux_table.file")
        if self.unit is None:
            raise UserError('is due: "pb", "per_interaction" or "per_pot"', key="production.flux_table.unit")
        with _at("file"):
            return FluxFile(self.file, self.layout, self.mass)

    def factor(self, mass: float) -> float:
        """What multiplies the table at a mass in GeV and coupling 1."""
        bosons = self.yields
        if isinstance(bosons, str):
            with _at("yields"):
                bosons = yield_at(read_yields(bosons), mass, bosons)
        return float(bosons / self.coupling_ref**self.power)


@contextlib.contextmanager
def _at(option: str) -> Iterator[None]:
    """Faults of a file are told with the option that names it."""
    try:
        yield
    except UserError as error:
        if error.key:
            raise
        raise UserError(f"{error.file}: {error.what}", key=f"production.flux_table.{option}") from None


class FluxChannel(ProductionChannel):
    """Bosons of a table."""

    name = "flux -> V"
    dimensions = 3

    def __init__(self, setup: Setup, mass: float, parts: list[tuple[float, FluxTable]]) -> None:
        options: FluxTableOptions = setup.options
        self.longitudinal_fraction = options.longitudinal_fraction
        self._power = options.power
        self._mass = mass
        self._window = setup.window
        factor = options.factor(mass) * _per_interaction(options, setup)
        self._shares = [factor * share for share, _ in parts] + [0.0]
        self._tables = [table for _, table in parts] * 2
        low, high = min(t.low for _, t in parts), max(t.high for _, t in parts)
        if parts[0][1].kind == kernels.ENERGY_NODES:
            low, high = (math.sqrt(max(0.0, e * e - mass * mass)) for e in (low, high))
        self._low, self._high = max(MOMENTUM_MIN, low), high

    @property
    def is_open(self) -> bool:
        """Whether the table has bosons that move."""
        return self._high > self._low

    def draw(self, y: Floats) -> Draws:
        """See ``kernels.flux.draw_flux``; dimensions: momentum, direction (two)."""
        n = len(y)
        draws = Draws(np.empty((n, 4)), np.zeros((n, 4)), np.empty(n), np.zeros((n, 4)), np.full(n, -1, np.int64))
        one, two = self._tables[0], self._tables[1]
        kernels.draw_flux(
            y, self._mass, one.kind, one.first, one.second, one.values, self._shares[0],
            two.first, two.second, two.values, self._shares[1], self._low, self._high,
            self._window.kind, self._window.parameters, draws.boson, draws.weight,
        )  # fmt: skip
        return draws

    def coefficient(self, coupling: Floats) -> Floats:
        """The coupling to the power that the card says."""
        factor: Floats = np.asarray(coupling, float) ** self._power
        return factor


def _per_interaction(options: FluxTableOptions, setup: Setup) -> float:
    source = setup.source or load_source(setup.spectrum.source)
    key = "production.flux_table.unit"
    if options.unit == "pb":
        if source.kind != "collider":
            raise UserError('"pb" is for colliders; "per_pot" or "per_interaction" is due', key=key)
        return 1.0 / setup.spectrum.sigma_inel_pb
    if options.unit == "per_pot":
        if source.target is None:
            raise UserError('"per_pot" is for targets; "pb" or "per_interaction" is due', key=key)
        return 1.0 / source.target.interact
    return 1.0


class FluxTableProcess(Process):
    """Bosons of a user's own table."""

    name = "flux_table"
    title = "bosons from a flux of your own (FORESEE, EventCalc or CSV)"
    references: ClassVar[tuple[str, ...]] = ()
    Options = FluxTableOptions
    alone = True
    approximations: ClassVar[tuple[str, ...]] = (
        "bosons of a flux table start at the origin, their helicity states do not interfere",
        "between the masses of a flux table shapes are mixed and totals follow a power law",
    )

    def mass_range(self, model: Model, options: Any) -> tuple[float, float]:
        """The masses of the files; any model."""
        masses = options.flux().masses
        return float(masses.min()) * (1.0 - 1e-6), float(masses.max()) * (1.0 + 1e-6)

    def channels(self, setup: Setup, mass: float) -> list[ProductionChannel]:
        """One channel."""
        flux = setup.options.flux()
        with _at("file"):
            parts = flux.at(mass)
        channel = FluxChannel(setup, mass, parts)
        return [channel] if channel.is_open else []

    def double_counting(self, chosen: Mapping[str, Any]) -> list[str]:
        """What lvgen makes itself is added to the flux."""
        others = [name for name in chosen if name != self.name]
        if not others:
            return []
        return [
            f"the bosons of {self.name} and those of {', '.join(others)} are added: both count, so the flux must not "
            "contain what these make"
        ]

    def own_files(self, options: Any) -> list[Path]:
        """The tables, and the file of yields."""
        yields = [Path(options.yields)] if isinstance(options.yields, str) else []
        tables: list[Path] = options.flux().paths
        return tables + yields


process = FluxTableProcess()
