"""Events as one program wants them: the boson's number, the frame, the clock and the count changed on their way out."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.io.formats import SIDECAR_KEY
from lvgen.io.record import EventRecord, Events
from lvgen.units import C_LIGHT

_MM = 1000.0
AXES = ("x", "y", "z")


@dataclass(frozen=True)
class Placement:
    """What is done to events: first the rotation about an axis through the origin, then the shift.

    target : name of the program, for the metadata; pdg_id : of the boson, None to leave it
    axis, angle : of the rotation, rad, right-handed; shift : m, added to points; time_offset : s, added to times
    first_event : number of the first event; drop_escaped : whether events go whose boson leaves undecayed
    sidecar : whether FILE.json goes with HepMC3 too
    """

    target: str | None = None
    pdg_id: int | None = None
    axis: str = "z"
    angle: float = 0.0
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    time_offset: float = 0.0
    first_event: int = 0
    drop_escaped: bool = False
    sidecar: bool = False

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3) matrix that turns columns."""
        if self.angle == 0.0:
            return np.eye(3)
        c, s = math.cos(self.angle), math.sin(self.angle)
        i = AXES.index(self.axis)
        j, k = (i + 1) % 3, (i + 2) % 3
        matrix = np.eye(3)
        matrix[j, j], matrix[j, k], matrix[k, j], matrix[k, k] = c, -s, s, c
        return matrix

    @property
    def moves(self) -> bool:
        """Whether points, momenta or times change."""
        return self.angle != 0.0 or any(self.shift) or self.time_offset != 0.0

    @property
    def transform(self) -> str:
        """What is done to the frame, in words."""
        said = [f"rotated by {self.angle:.12g} rad about {self.axis}"] * (self.angle != 0.0)
        said += [f"shifted by ({', '.join(f'{x:.12g}' for x in self.shift)}) m"] * any(self.shift)
        said += [f"times later by {self.time_offset:.12g} s"] * (self.time_offset != 0.0)
        return ", then ".join(said) or "none"

    def applied(self, record: EventRecord) -> EventRecord:
        """The record with number of the boson, points, momenta and times changed; its events and metadata stay."""
        columns, particles = dict(record.columns), dict(record.particles)
        if self.pdg_id is not None:
            columns["llp_pdg"] = np.full(len(record), self.pdg_id, dtype=np.int32)
        if self.moves:
            self._move(columns, ("llp_p",), ("vertex_", "origin_", "parent_"))
            self._move(particles, ("p",), ("",))
        return dataclasses.replace(record, columns=columns, particles=particles)

    def _move(self, columns: dict[str, Any], momenta: tuple[str, ...], points: tuple[str, ...]) -> None:
        turn = self.rotation
        for prefix in (*momenta, *points):
            names = [prefix + axis for axis in AXES]
            moved = turn @ np.stack([columns[name] for name in names])
            if prefix in points:
                moved = moved + _MM * np.array(self.shift)[:, None]
                columns[f"{prefix}t"] = columns[f"{prefix}t"] + _MM * C_LIGHT * self.time_offset
            columns.update(zip(names, moved, strict=True))

    def told(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """Metadata that say what was done; raises UserError where they say that something was done before."""
        if metadata.get("transform", "none") != "none" or metadata.get("target"):
            done = metadata.get("target") or metadata["transform"]
            raise UserError(f"these events were already made ready ({done}); begin with events that were not")
        told = dict(metadata)
        if self.target is not None:
            told["target"] = self.target
        if self.pdg_id is not None:
            told["llp_pdg"] = self.pdg_id
        if self.first_event:
            told["first_event"] = self.first_event
        if self.sidecar:
            told[SIDECAR_KEY] = True
        if self.moves:
            told |= {
                "transform": self.transform,
                "transform_matrix": self.rotation.tolist(),
                "transform_shift_mm": [_MM * x for x in self.shift],
                "transform_time_mm": _MM * C_LIGHT * self.time_offset,
                "beams": [self._beam(beam) for beam in metadata.get("beams") or []],
            }
        return told

    def _beam(self, beam: dict[str, Any]) -> dict[str, Any]:
        turned = self.rotation @ np.array([float(beam[f"p{axis}"]) for axis in AXES])
        return beam | dict(zip(("px", "py", "pz"), turned.tolist(), strict=True))


class PlacedEvents:
    """Events under a placement, piece by piece; each time the same."""

    def __init__(self, events: Events, placement: Placement) -> None:
        self._events, self._placement = events, placement
        self.metadata = placement.told(events.metadata)
        self._number = len(events)
        if placement.drop_escaped:
            self._count()

    def __len__(self) -> int:
        return self._number

    def pieces(self) -> Iterator[EventRecord]:
        """The changed pieces; one without events is left out unless it is the only one."""
        number, given = self._placement.first_event, False
        empty: EventRecord | None = None
        for piece in self._events.pieces():
            kept = _chosen(piece, piece.decays) if self._placement.drop_escaped else piece
            record = self._placement.applied(kept)
            record.columns["event"] = np.arange(number, number + len(record), dtype=np.int64)
            record.metadata = self.metadata
            number += len(record)
            if len(record):
                given = True
                yield record
            elif empty is None:
                empty = record
        if not given and empty is not None:
            yield empty

    def _count(self) -> None:
        """Number and weights of the events that stay, before the first of them is written."""
        kept, weight, squared, gone = 0, 0.0, 0.0, 0
        for piece in self._events.pieces():
            stay = piece.decays
            own = piece.columns["weight"][stay]
            kept, gone = kept + len(own), gone + int((~stay).sum())
            weight, squared = weight + float(own.sum()), squared + float((own**2).sum())
        self._number = kept
        if gone:
            total = self.metadata.get("sum_weights")
            error = self.metadata.get("sum_weights_error")
            self.metadata |= {"n_events": kept, "dropped_events": gone}
            self.metadata |= {"sum_weights": weight, "sum_weights_squared": squared}
            if total and error is not None:
                self.metadata["sum_weights_error"] = error * weight / total


def placed(events: Events, placement: Placement) -> Events:
    """Events under a placement: themselves where nothing is asked for."""
    return events if placement == Placement() else PlacedEvents(events, placement)


def target_placement(name: str) -> Placement:
    """What a program of ``lvgen.io.targets`` wants; raises UserError for an unknown one."""
    from lvgen.io.targets import load_target

    target = load_target(name)
    return Placement(
        target=name,
        pdg_id=target.pdg_id,
        shift=target.shift,
        first_event=target.first_event,
        drop_escaped=target.drop_escaped,
        sidecar=target.sidecar,
    )


def _chosen(record: EventRecord, keep: NDArray[np.bool_]) -> EventRecord:
    """The events that a mask marks."""
    if keep.all():
        return record
    listed = np.repeat(keep, record.counts)
    return EventRecord(
        {name: values[keep] for name, values in record.columns.items()},
        record.counts[keep],
        {name: values[listed] for name, values in record.particles.items()},
        dict(record.metadata),
    )
