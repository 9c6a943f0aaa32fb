"""Dark matter that the boson decays into: parameters that every model takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lvgen.errors import UserError, unknown

#: what chi can be
SPECIES: tuple[str, ...] = ("complex_scalar", "dirac", "inelastic", "majorana")
NONE = "none"

DARK_MATTER_KINDS: dict[str, str] = {
    "dark_matter": "text",
    "dark_matter_mass_ratio": "number",
    "dark_matter_coupling": "number",
    "dark_matter_splitting": "number",
}
DARK_MATTER_DEFAULTS: dict[str, Any] = {
    "dark_matter": NONE,
    "dark_matter_mass_ratio": 1 / 3,
    "dark_matter_coupling": 1.0,
    "dark_matter_splitting": 0.1,
}


@dataclass(frozen=True)
class DarkMatter:
    """chi: its species, m_chi/M, its coupling at ``coupling = 1``, and (m_2 - m_1)/m_1 of the inelastic pair."""

    species: str
    mass_ratio: float
    coupling: float
    splitting: float


def dark_matter(parameters: Mapping[str, Any]) -> DarkMatter | None:
    """The dark matter of a model's parameters; None where it has none.

    raises UserError for an unknown species, a ratio that is not positive or a negative splitting
    """
    species = parameters["dark_matter"]
    if species == NONE:
        return None
    if not isinstance(species, str) or species not in SPECIES:
        raise unknown("kind of dark matter", str(species), (NONE, *SPECIES), key="model.dark_matter")
    ratio, coupling, splitting = (
        float(parameters[f"dark_matter_{name}"]) for name in ("mass_ratio", "coupling", "splitting")
    )
    if not ratio > 0.0:
        raise UserError(f"{ratio:g} where a positive ratio m_chi/M is due", key="model.dark_matter_mass_ratio")
    if splitting < 0.0:
        raise UserError(f"{splitting:g} is negative", key="model.dark_matter_splitting")
    return DarkMatter(species, ratio, coupling, splitting)
