"""Detectors by name or file: the built-in ones are the TOML files of the package ``lvgen.detectors``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from lvgen import toml, units
from lvgen.detection.schema import Detector
from lvgen.errors import UserError, unknown
from lvgen.validation import shown, validated

PACKAGE = "lvgen.detectors"
SCHEMA = 1
_SET = "set in the card"
_OF_SHAPE = frozenset({"shape", "radius", "width", "height"})


def detector_names() -> list[str]:
    """Names of the built-in detectors, sorted."""
    return sorted(entry.name.removesuffix(".toml") for entry in resources.files(PACKAGE).iterdir() if _is_toml(entry))


def _is_toml(entry: Any) -> bool:
    return str(entry.name).endswith(".toml")


def load_detector(name_or_path: str, overrides: Mapping[str, Any] | None = None) -> Detector:
    """A built-in detector, or one from a file of the user's, with some entries replaced.

    name_or_path : a name of ``detector_names()``, or a path (recognised by ".toml" or a path separator)
    overrides : entries as in the file, nested; planes can be addressed by name, ``{"planes": {"first": {...}}}``.
    With a ``schema`` entry they are the whole detector: no file is read, and the name is a label.
    raises UserError for an unknown name, a missing or malformed file, an entry that is unknown or out of range
    """
    changes = dict(overrides or {})
    if "schema" in changes:
        return _built({"name": name_or_path} | changes, file=None)
    table, label = read_table(name_or_path)
    if not changes:
        return _built(table, file=label)
    _built(table, file=label)  # a fault of the file is not blamed on the card
    return _built(merged(table, changes), file=None)


def read_table(name_or_path: str) -> tuple[dict[str, Any], str]:
    """The raw table of a detector, and what messages call its file."""
    if looks_like_path(name_or_path):
        table = toml.read(Path(name_or_path))
        source = table.get("source")
        if isinstance(source, str) and looks_like_path(source):  # a file beside the detector's
            table["source"] = str((Path(name_or_path).parent / source).absolute())
        return table, name_or_path
    names = detector_names()
    if name_or_path not in names:
        raise _unknown_detector(name_or_path, names)
    raw = resources.files(PACKAGE).joinpath(f"{name_or_path}.toml").read_bytes()
    return toml.parse(raw, f"{name_or_path}.toml"), f"{name_or_path}.toml"


def looks_like_path(text: str) -> bool:
    """Whether a detector's or card's name means a file."""
    return text.endswith(".toml") or "/" in text or "\\" in text


def _unknown_detector(name: str, names: list[str]) -> UserError:
    hint = " (a file of your own needs its .toml)" if Path(name).is_file() else ""
    return UserError(unknown("detector", name, names).what + hint)


def _built(table: Mapping[str, Any], file: str | None) -> Detector:
    table = dict(table)
    version = table.pop("schema", None)
    if version != SCHEMA or isinstance(version, bool):
        what = "missing" if version is None else f"{shown(version)} is not known here"
        raise UserError(f"{what}; schema = {SCHEMA} is due", file=file, key="schema")
    return validated(Detector, _placed(table, file), file=file)


def _placed(table: dict[str, Any], file: str | None) -> dict[str, Any]:
    """The table with every plane's ``behind`` (distance from the end of the volume) turned into its ``z``."""
    planes = table.get("planes")
    volume = table.get("volume")
    if not isinstance(planes, list) or not isinstance(volume, Mapping):
        return table
    placed = []
    for i, plane in enumerate(planes):
        if isinstance(plane, Mapping) and "behind" in plane:
            name = plane.get("name", i)
            try:
                plane = _plane_at_z(plane, volume)
            except UserError as error:
                raise error.at(file=file, key=f"planes.{name}.behind") from None
        placed.append(plane)
    return table | {"planes": placed}


def _plane_at_z(plane: Mapping[str, Any], volume: Mapping[str, Any]) -> dict[str, Any]:
    if "z" in plane:
        raise UserError("both z and behind are given; one of them is due")
    behind = units.parse(plane["behind"], "length")
    if behind < 0:
        raise UserError(f"{plane['behind']!r} must not be negative")
    try:
        back = units.parse(volume.get("front"), "length") + units.parse(volume.get("length"), "length")
    except UserError:  # the volume's own check says what is wrong with it
        back = 0.0
    return {k: v for k, v in plane.items() if k != "behind"} | {"z": units.write(back + behind, "length")}


def merged(table: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``table`` with ``changes`` put in; the sources of what was changed are replaced.

    Tables are merged key by key, lists replaced; a new shape of volume or plane drops the sizes of the old one.
    """
    result = dict(table)
    for key, value in changes.items():
        if key == "planes" and isinstance(value, Mapping):
            result[key] = _planes_by_name(result.get("planes", []), value)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = _deep(result[key], value)
        else:
            result[key] = value
    if "sources" not in changes:
        result["sources"] = _sources(dict(result.get("sources", {})), changes, result)
    return result


def _sources(sources: dict[str, Any], changes: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    changed = _leaves(changes)
    planes = result.get("planes")
    present = _leaves({k: v for k, v in result.items() if k != "planes"} | {"planes": _by_name(planes)})
    kept = {k: v for k, v in sources.items() if k in present and not any(f"{k}.".startswith(f"{c}.") for c in changed)}
    return kept | dict.fromkeys(changed, _SET)


def _by_name(planes: Any) -> dict[str, Any]:
    items = planes if isinstance(planes, list) else []
    return {str(plane["name"]): plane for plane in items if isinstance(plane, Mapping) and "name" in plane}


def _deep(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The tables merged; where the shape changes, what only the old shape has is left out."""
    other_shape = "shape" in new and new["shape"] != old.get("shape")
    result = {k: v for k, v in old.items() if not (other_shape and k in _OF_SHAPE)}
    for key, value in new.items():
        nested = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = _deep(result[key], value) if nested else value
    return result


def _planes_by_name(planes: Any, changes: Mapping[str, Any]) -> list[Any]:
    result = list(planes)
    names = [plane.get("name") for plane in result]
    for name, change in changes.items():
        if name not in names:
            raise unknown("plane", str(name), [str(n) for n in names], key="planes")
        if not isinstance(change, Mapping):
            raise UserError(f"{shown(change)} where a table is due", key=f"planes.{name}")
        i = names.index(name)
        kept = {k: v for k, v in result[i].items() if not ({"z", "behind"} & set(change) and k in {"z", "behind"})}
        result[i] = _deep(kept, change)
    return result


def _leaves(table: Mapping[str, Any], prefix: str = "") -> list[str]:
    keys = []
    for key, value in table.items():
        dotted = f"{prefix}{key}"
        keys += _leaves(value, f"{dotted}.") if isinstance(value, Mapping) else [dotted]
    return keys


def as_table(detector: Detector) -> dict[str, Any]:
    """The whole detector as the entries of a file, without the sources; ``load_detector`` reads it back as it is."""
    volume = detector.volume
    table: dict[str, Any] = {
        "schema": SCHEMA,
        "title": detector.title,
        "references": list(detector.references),
        "source": detector.source,
        "frame": detector.frame,
        "exposure": detector.exposure.text,
        "efficiency": detector.efficiency,
        "background": detector.background,
        "observed": detector.observed,
        "selection": detector.selection,
        "channels": list(detector.channels) if detector.channels else None,
        "volume": _with_units(volume.model_dump(), ()),
        "planes": [_with_units(plane.model_dump(), ()) for plane in detector.planes],
        "cuts": _with_units(detector.cuts.model_dump(), ("min_momentum", "min_energy")),
    }
    return {key: value for key, value in table.items() if value not in (None, "", [])}


def _with_units(table: Mapping[str, Any], energies: tuple[str, ...]) -> dict[str, Any]:
    result: dict[str, Any] = {key: table[key] for key in ("name", "shape") if key in table}
    for key, value in table.items():
        if isinstance(value, Mapping):
            result[key] = _with_units(value, energies)
        elif isinstance(value, tuple):
            result[key] = [units.write(item, "length") for item in value]
        elif isinstance(value, float):
            result[key] = units.write(value, "energy" if key in energies else "length")
        elif value is not None:
            result[key] = value
    return result
