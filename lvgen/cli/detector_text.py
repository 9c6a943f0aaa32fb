"""A detector in plain lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lvgen import units

if TYPE_CHECKING:
    from lvgen.detection.cuts import Companions, Cuts, Pointing, Selection
    from lvgen.detection.schema import Detector, Magnet, Plane, Volume

_REQUIRE = {
    "all": "every product that a plane is meant for",
    "two_charged": "at least two charged products",
    "two_photons": "at least two photons",
    "two": "at least two charged products, or two photons where fewer than two are charged",
    "one": "at least one product",
}
_KINDS = {"charged": "charged products", "all": "all products", "em": "electrons and photons", "hadrons": "hadrons"}


def rows(detector: Detector) -> list[tuple[str, str]]:
    """What a detector file says, a line for each thing."""
    from lvgen.detection.cuts import efficiency_text

    result = [
        ("source", detector.source),
        ("frame", detector.frame),
        ("exposure", detector.exposure.text),
        ("efficiency", efficiency_text(detector.efficiency)),
        ("background", _background(detector)),
        ("search", detector.search.describe()),
        ("observed", "-" if detector.observed is None else f"{_by_channel(detector.observed)} events"),
        ("selection", "products" if detector.selection == "products" else "none: geometry of the volume only"),
        ("channels", ", ".join(detector.channels) if detector.channels else "all visible ones"),
        ("volume", volume_text(detector.volume)),
        *((f"plane {plane.name}", plane_text(plane)) for plane in detector.planes),
    ]
    if detector.production_point != (0.0, 0.0):
        result.insert(2, ("bosons made", f"at {_place(detector.production_point)}"))
    if detector.magnet is not None:
        result.append(("magnet", magnet_text(detector.magnet)))
    result.append(("cuts", cuts_text(detector.cuts)))
    if detector.escaping:
        result = [row for row in result if row[0] != "channels"]
        result.append(("counts", "bosons that leave the volume undecayed or decay into what nobody sees"))
    if detector.companions is not None:
        result.append(("made with it", companions_text(detector.companions)))
    return result + [(f"for {s.name}", selection_text(s)) for s in detector.selections]


def _background(detector: Detector) -> str:
    uncertainty = detector.background_uncertainty
    known = f", relative uncertainty {_by_channel(uncertainty)}" if uncertainty else ""
    return f"{_by_channel(detector.background)} events expected{known}"


def _by_channel(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{number:g} in {name}" for name, number in value.items())
    return f"{value:g}"


def volume_text(volume: Volume) -> str:
    """The decay volume in one line."""
    where = f"z from {_length(volume.front)} to {_length(volume.back)}"
    hole = f", hole of radius {_length(volume.hole)}" if volume.hole > 0 else ""
    hole += f", {_length(volume.flight)} or more from where the boson is made" if volume.flight > 0 else ""
    return f"{volume.shape}, {_volume_size(volume)}{hole}, {where}, {_centre(volume.center)}"


def _volume_size(volume: Volume) -> str:
    front, back = volume.front_half_size, volume.back_half_size
    if front == back:
        return _size(volume)
    grows = f"{_sides(front)} at the front, {_sides(back)} at the back"
    apex = getattr(volume, "apex", None)
    return grows if apex is None else f"{grows}, sides meet at z = {_length(apex)}"


def _sides(half_size: tuple[float, float]) -> str:
    return f"{_length(2 * half_size[0])} wide and {_length(2 * half_size[1])} high"


def plane_text(plane: Plane) -> str:
    """A plane in one line."""
    size = _size(plane)
    if plane.shape == "octagon":
        size += f", |x| + |y| up to {_length(plane.diagonal)}"
    if plane.hole > 0:
        size += f", hole of radius {_length(plane.hole)}"
    if plane.hole_for_em > plane.hole:
        hole = "of" if plane.hole > 0 else "hole of radius"
        size += f", {hole} {_length(plane.hole_for_em)} for electrons and photons"
    who = _kinds(plane.crossed_by)
    return f"{plane.shape}, {size}, z = {_length(plane.z)}, {_centre(plane.center)}; crossed by {who}"


def _kinds(names: tuple[str, ...]) -> str:
    return ", ".join(_KINDS.get(name, name) for name in names)


def magnet_text(magnet: Magnet) -> str:
    """The magnet in one line."""
    return f"dipole at z = {_length(magnet.z)}, {magnet.bends} kick of {units.pretty(magnet.kick, 'energy')}"


def cuts_text(cuts: Cuts, names: frozenset[str] | None = None) -> str:
    """The cuts in one line; names : those to be told, all that are set if left out."""
    told = frozenset(type(cuts).model_fields) if names is None else names
    parts = [_REQUIRE[cuts.require]] if "require" in told else []
    for key, text in (
        ("min_momentum", "charged products p > {}"),
        ("min_track_energy", "charged products E > {}"),
        ("min_photon_energy", "photons E > {}"),
        ("min_energy", "visible energy > {}"),
    ):
        if key in told and (getattr(cuts, key) > 0 or names is not None):
            parts.append(text.format(units.pretty(getattr(cuts, key), "energy")))
    for key, who in (("polar_tracks", "charged products"), ("polar_photons", "photons")):
        if getattr(cuts, key) is not None:
            parts.append(f"{who} {_angles(getattr(cuts, key))}")
    if cuts.separation is not None:
        kinds = _kinds(cuts.separation.between) if cuts.separation.between else "products"
        parts.append(f"{kinds} {_length(cuts.separation.distance)} apart at plane {cuts.separation.plane}")
    if any(cuts.vertex.margins):
        walls, front, back = (_length(margin) for margin in cuts.vertex.margins)
        parts.append(f"decay {walls} from the walls, {front} from the front, {back} from the back")
    if cuts.pointing is not None:
        parts.append(_pointing_text(cuts.pointing))
    return ", ".join(parts) or "none"


def companions_text(cuts: Companions) -> str:
    """The cuts on what is made with the boson, in one line."""
    parts = []
    for key, text in (
        ("min_momentum", "charged ones p > {}"),
        ("min_energy_cms", "charged ones E* > {}"),
        ("min_photon_energy", "photons E > {}"),
        ("min_photon_energy_cms", "photons E* > {}"),
        ("min_pt_cms", "transverse momentum of all together > {}"),
    ):
        if getattr(cuts, key) > 0:
            parts.append(text.format(units.pretty(getattr(cuts, key), "energy")))
    for key, who in (("polar_tracks", "charged ones"), ("polar_photons", "photons")):
        if getattr(cuts, key) is not None:
            parts.append(f"{who} {_angles(getattr(cuts, key))}")
    return ", ".join(parts) or "none"


def _angles(polar: tuple[float, float]) -> str:
    low, high = (units.pretty(angle, "angle", 4) for angle in polar)
    return f"between {low} and {high}"


def _pointing_text(pointing: Pointing) -> str:
    parts = []
    if pointing.impact is not None:
        parts.append(f"within {_length(pointing.impact)} of the production point")
    if pointing.beam is not None:
        parts.append(f"within {_length(pointing.beam)} of the beam line")
    for word, limit in (("above", pointing.upstream), ("below", pointing.downstream)):
        if limit is not None:
            parts.append(f"there z {word} {_length(limit)}")
    of = f" of {_kinds(pointing.momentum_of)}" if pointing.momentum_of else ""
    return f"momentum{of} points back {', '.join(parts)}"


def selection_text(selection: Selection) -> str:
    """What some channels have of their own, in one line."""
    from lvgen.detection.cuts import efficiency_text

    parts = []
    if selection.planes is not None:
        parts.append(f"planes {', '.join(selection.planes)}")
    if selection.efficiency is not None:
        parts.append(f"efficiency {efficiency_text(selection.efficiency)}")
    cuts = cuts_text(selection, frozenset(selection.model_fields_set))
    parts += [cuts] if cuts != "none" else []
    return f"{', '.join(selection.channels)}: {', '.join(parts) or 'as for all'}"


def _size(thing: Any) -> str:
    if hasattr(thing, "radius"):
        return f"radius {_length(thing.radius)}"
    return f"{_length(thing.width)} wide, {_length(thing.height)} high"


def _centre(center: tuple[float, float]) -> str:
    return "on axis" if center == (0.0, 0.0) else f"centre at {_place(center)}"


def _place(center: tuple[float, float]) -> str:
    return f"x = {_length(center[0])}, y = {_length(center[1])}"


def _length(value: float) -> str:
    return units.pretty(value, "length")
