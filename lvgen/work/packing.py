"""Yields at one mass as named arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lvgen.generation.yields import PointYield
from lvgen.io.pieces import Arrays

#: what a mass point holds by process (``varied``: by variation)
_YIELDS = ("n", "error", "spectrum", "width", "low", "high", "varied", "regions")


def packed(found: PointYield) -> Arrays:
    """Yields as arrays; ``points``, ``variations`` and ``width_replicas`` say in short what there is."""
    arrays: Arrays = {
        "points": np.array(found.points),
        "variations": np.array(list(found.varied), dtype=np.str_),
        "width_replicas": np.array(len(found.replicas) if found.width else 0),
    }
    if len(found.coupling):
        arrays["coupling"] = found.coupling
    if found.width:
        arrays["replicas"] = found.replicas
    for kind in _YIELDS:
        arrays |= {f"{kind}/{name}": values for name, values in getattr(found, kind).items()}
    return arrays


def unpacked(arrays: Mapping[str, Any]) -> PointYield:
    """The yields that ``packed`` was given."""
    parts: dict[str, dict[str, Any]] = {kind: {} for kind in _YIELDS}
    for key, values in arrays.items():
        if "/" in key:
            kind, name = key.split("/", 1)
            parts[kind][name] = values
    replicas = arrays.get("replicas", np.zeros((0, 0)))
    coupling = arrays.get("coupling", np.zeros(0))
    return PointYield(points=int(arrays["points"]), replicas=replicas, coupling=coupling, **parts)
