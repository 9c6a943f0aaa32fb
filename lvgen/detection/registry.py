"""Detectors by name or file: the built-in ones are the TOML files of the package ``lvgen.detectors``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from lvgen import toml, units
from lvgen.detection.schema import Detector
from lvgen.detection.writing import SCHEMA, as_table
from lvgen.errors import UserError, unknown
from lvgen.validation import shown, validated

__all__ = [
    "as_table",
    "background_of_another_exposure",
    "detector_names",
    "load_detector",
    "looks_like_path",
    "merged",
    "read_table",
]

PACKAGE = "lvgen.detectors"
_SET = "set in the card"
_OF_SHAPE = frozenset({"shape", "radius", "width", "height", "back_width", "back_height", "apex", "diagonal"})
#: lists whose items a card addresses by their names
_NAMED = ("planes", "selections")


def detector_names() -> list[str]:
    """Names of the built-in detectors, sorted."""
    return sorted(entry.name.removesuffix(".toml") for entry in resources.files(PACKAGE).iterdir() if _is_toml(entry))


def _is_toml(entry: Any) -> bool:
    return str(entry.name).endswith(".toml")


def load_detector(name_or_path: str, overrides: Mapping[str, Any] | None = None) -> Detector:
    """A built-in detector, or one from a file of the user's, with some entries replaced.

    name_or_path : a name of ``detector_names()``, or a path (recognised by ".toml" or a path separator)
    overrides : entries as in the file, nested; planes and selections can be addressed by name,
    ``{"planes": {"first": {...}}}``.
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


def background_of_another_exposure(name: str, detector: Detector) -> str:
    """What is to be said where a card changes a detector's exposure and leaves its background as it is; or nothing.

    name : of the detector in the card; nothing is said where its file cannot be read
    """
    try:
        own = load_detector(name)
    except UserError:
        return ""
    same = detector.exposure.value == own.exposure.value or detector.background != own.background
    if same or not any(count.background for count in own.counts()):
        return ""
    return f"the background is that of {own.exposure.text}, since the card changes the exposure alone"


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
    """The table with every ``behind`` (distance of a plane or the magnet from the end of the volume) turned into z."""
    volume = table.get("volume")
    if not isinstance(volume, Mapping):
        return table
    if isinstance(planes := table.get("planes"), list):
        names = [plane.get("name", i) if isinstance(plane, Mapping) else i for i, plane in enumerate(planes)]
        placed = [_at_z(p, volume, f"planes.{name}", file) for p, name in zip(planes, names, strict=True)]
        table = table | {"planes": placed}
    if "magnet" in table:
        table = table | {"magnet": _at_z(table["magnet"], volume, "magnet", file)}
    return table


def _at_z(item: Any, volume: Mapping[str, Any], key: str, file: str | None) -> Any:
    if not isinstance(item, Mapping) or "behind" not in item:
        return item
    try:
        return _behind_to_z(item, volume)
    except UserError as error:
        raise error.at(file=file, key=f"{key}.behind") from None


def _behind_to_z(item: Mapping[str, Any], volume: Mapping[str, Any]) -> dict[str, Any]:
    if "z" in item:
        raise UserError("both z and behind are given; one of them is due")
    behind = units.parse(item["behind"], "length")
    if behind < 0:
        raise UserError(f"{item['behind']!r} must not be negative")
    try:
        back = units.parse(volume.get("front"), "length") + units.parse(volume.get("length"), "length")
    except UserError:  # the volume's own check says what is wrong with it
        back = 0.0
    return {k: v for k, v in item.items() if k != "behind"} | {"z": units.write(back + behind, "length")}


def merged(table: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``table`` with ``changes`` put in; the sources of what was changed are replaced.

    Tables are merged key by key, lists replaced; a new shape of volume or plane drops the sizes of the old one.
    """
    result = dict(table)
    for key, value in changes.items():
        if key in _NAMED and isinstance(value, Mapping):
            result[key] = _merged_by_name(key, result.get(key, []), value)
        elif key == "search" and isinstance(value, Mapping) and "kind" in value:
            result[key] = value  # another kind has other entries
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = _deep(result[key], value)
        else:
            result[key] = value
    if "sources" not in changes:
        result["sources"] = _sources(dict(result.get("sources", {})), changes, result)
    return result


def _sources(sources: dict[str, Any], changes: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    changed = _leaves(changes)
    present = _leaves(dict(result) | {key: _by_name(result.get(key)) for key in _NAMED})
    kept = {k: v for k, v in sources.items() if k in present and not any(f"{k}.".startswith(f"{c}.") for c in changed)}
    return kept | dict.fromkeys(changed, _SET)


def _by_name(items: Any) -> dict[str, Any]:
    items = items if isinstance(items, list) else []
    return {str(item["name"]): item for item in items if isinstance(item, Mapping) and "name" in item}


def _deep(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The tables merged; where the shape changes, what only the old shape has is left out."""
    other_shape = "shape" in new and new["shape"] != old.get("shape")
    moved = bool({"z", "behind"} & set(new))
    dropped = (_OF_SHAPE if other_shape else frozenset()) | ({"z", "behind"} if moved else frozenset())
    result = {k: v for k, v in old.items() if k not in dropped}
    for key, value in new.items():
        nested = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = _deep(result[key], value) if nested else value
    return result


def _merged_by_name(key: str, items: Any, changes: Mapping[str, Any]) -> list[Any]:
    result = list(items)
    names = [item.get("name") for item in result]
    for name, change in changes.items():
        if name not in names:
            raise unknown(key.removesuffix("s"), str(name), [str(n) for n in names], key=key)
        if not isinstance(change, Mapping):
            raise UserError(f"{shown(change)} where a table is due", key=f"{key}.{name}")
        i = names.index(name)
        result[i] = _deep(result[i], change)
    return result


def _leaves(table: Mapping[str, Any], prefix: str = "") -> list[str]:
    keys = []
    for key, value in table.items():
        dotted = f"{prefix}{key}"
        keys += _leaves(value, f"{dotted}.") if isinstance(value, Mapping) else [dotted]
    return keys
