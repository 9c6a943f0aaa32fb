"""``[events]``: how many events, where, and in which files and frame."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from lvgen import units
from lvgen.errors import UserError
from lvgen.io.formats import readable_file
from lvgen.io.placement import Placement, target_placement
from lvgen.io.targets import PdgId, Shift, load_target
from lvgen.sections.grids import Coupling, Mass
from lvgen.validation import Table, as_choice, as_texts, checked_keys, choice, flag, integer, quantity

DEFAULT_FORMATS = ("root", "parquet", "hepmc3")

Count = Annotated[int, integer(least=1, most=10**9)]


def _formats(value: object) -> tuple[str, ...]:
    from lvgen.io.formats import event_file_name

    names = as_texts(value)
    files = [event_file_name(name) for name in names]
    for file in files:
        if files.count(file) > 1:
            raise UserError(f"two of the formats would both be written to {file}")
    return names


def _target(value: object) -> str:
    from lvgen.io.targets import target_names

    return as_choice(value, "target", target_names())


class RotationTable(Table):
    """A rotation about an axis through the origin, right-handed, rad."""

    axis: Annotated[Literal["x", "y", "z"], choice("axis", ("x", "y", "z"))] = Field(examples=['"y"'])
    angle: Annotated[float, quantity("angle", least=-7.0, most=7.0)] = Field(examples=['"41.5 mrad"'])


class EventsSection(Table):
    """How many unweighted events, at which mass (GeV) and coupling, written in which formats.

    target : program that will read them; it sets formats, the boson's number, frame and count where they are not given
    pdg_id : number of the boson; rotation, then shift (m), then time_offset (s) : what is done to the frame
    first_event : number of the first event; drop_escaped : whether events go whose boson leaves undecayed
    None stands for what the target says, or for nothing at all.
    """

    number: Count = 10_000
    mass: Mass = Field(examples=['"50 MeV"'], description="model.mass is a grid, and events need one mass")
    coupling: Coupling = Field(examples=["3e-5"], description="model.coupling is a grid, and events need one coupling")
    formats: Annotated[tuple[str, ...], BeforeValidator(_formats)] = DEFAULT_FORMATS
    target: Annotated[str, BeforeValidator(_target)] | None = None
    pdg_id: PdgId | None = None
    rotation: RotationTable | None = None
    shift: Shift | None = None
    time_offset: Annotated[float, quantity("time", least=-1.0, most=1.0)] | None = None
    first_event: Annotated[int, integer(least=0, most=2**31)] | None = None
    drop_escaped: Annotated[bool, flag()] | None = None

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        """Formats that are not given are those of the target, with one from which events can be read again."""
        if isinstance(data, BaseModel):
            return data
        fields = checked_keys(cls, data)
        if "target" in fields and "formats" not in fields:
            try:
                formats = load_target(_target(fields["target"])).formats
            except UserError as error:
                raise error.at(key="target") from None
            fields["formats"] = [*formats] if readable_file(formats) else [*formats, "parquet"]
        return fields

    @property
    def placement(self) -> Placement:
        """What is done to the events on their way to files."""
        base = Placement() if self.target is None else target_placement(self.target)
        given: dict[str, Any] = {
            name: getattr(self, name) for name in ("pdg_id", "shift", "time_offset", "first_event", "drop_escaped")
        }
        if self.rotation is not None:
            given |= {"axis": self.rotation.axis, "angle": self.rotation.angle}
        return dataclasses.replace(base, **{name: value for name, value in given.items() if value is not None})

    def written(self) -> dict[str, Any]:
        """The entries of target and frame that are not left out, as a card writes them."""
        given = {"target": self.target, "pdg_id": self.pdg_id, "first_event": self.first_event}
        found: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if self.rotation is not None:
            found["rotation"] = {"axis": self.rotation.axis, "angle": units.write(self.rotation.angle, "angle")}
        if self.shift is not None:
            found["shift"] = [units.write(x, "length") for x in self.shift]
        if self.time_offset is not None:
            found["time_offset"] = units.write(self.time_offset, "time")
        return found | ({} if self.drop_escaped is None else {"drop_escaped": self.drop_escaped})
