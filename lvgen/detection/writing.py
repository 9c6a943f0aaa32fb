"""A detector written back as the entries of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lvgen import units
from lvgen.detection.schema import Detector

SCHEMA = 1
_ENERGIES = frozenset({"kick", "energy"})
_NUMBERS = frozenset({"efficiency", "value"})
#: what pydantic adds to selections comes after these
_FIRST = ("name", "shape", "channels")


def as_table(detector: Detector) -> dict[str, Any]:
    """The whole detector as the entries of a file, without the sources; ``load_detector`` reads it back as it is."""
    table: dict[str, Any] = {
        "schema": SCHEMA,
        "title": detector.title,
        "references": list(detector.references),
        "source": detector.source,
        "frame": detector.frame,
        "production_point": _entry("production_point", detector.production_point),
        "exposure": detector.exposure.text,
        "efficiency": _dumped("efficiency", detector.efficiency),
        "background": detector.background,
        "background_uncertainty": detector.background_uncertainty or None,
        "observed": detector.observed,
        "selection": detector.selection,
        "decays": detector.decays if detector.escaping else None,
        "channels": list(detector.channels) if detector.channels else None,
        "volume": _dumped("volume", detector.volume),
        "magnet": _dumped("magnet", detector.magnet),
        "cuts": _dumped("cuts", detector.cuts),
        "companions": _dumped("companions", detector.companions),
        "planes": [_dumped("planes", plane) for plane in detector.planes],
        "search": detector.search.as_table() if detector.search.kind != "counting" else None,
        "selections": [_table(selection.model_dump(exclude_unset=True)) for selection in detector.selections],
    }
    return {key: value for key, value in table.items() if value not in (None, "", [])}


def _unit_kind(key: str) -> str:
    if key in _ENERGIES or key.startswith("min_"):
        return "energy"
    return "angle" if key.startswith("polar_") else "length"


def _dumped(key: str, item: Any) -> Any:
    return _entry(key, item.model_dump() if hasattr(item, "model_dump") else item)


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    keys = [*(key for key in _FIRST if key in table), *(key for key in table if key not in _FIRST)]
    return {key: _entry(key, table[key]) for key in keys if table[key] is not None}


def _entry(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _table(value)
    if isinstance(value, (tuple, list)):
        return [_entry(key, item) for item in value]
    if isinstance(value, float) and key not in _NUMBERS:
        return units.write(value, _unit_kind(key))
    return value
