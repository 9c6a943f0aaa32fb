"""What collides in the tables of hadrons, and the grids of momentum and angle that go with it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lvgen.particles import mass

BIN_WIDTH = 0.05
P_MIN = 0.1


@dataclass(frozen=True)
class Beam:
    """What collides: a symmetric proton-proton collider, or protons on a nucleon at rest.

    ``energy`` is sqrt(s) in GeV for ``kind = "collider"`` and the beam momentum in GeV for ``"fixed_target"``.
    ``nucleus`` is (A, Z) of a target nucleus, None for a proton; ``sigma_inel_mb`` the inelastic cross-section for
    generators that give none.
    """

    name: str
    kind: str
    energy: float
    target: str = "p"
    nucleus: tuple[int, int] | None = None
    sigma_inel_mb: float | None = None

    @property
    def momentum(self) -> float:
        """Largest hadron momentum in the table's frame, GeV."""
        if self.kind == "collider":
            return math.sqrt((0.5 * self.energy) ** 2 - mass("p") ** 2)
        return self.energy

    @property
    def hemispheres(self) -> int:
        """Directions that are folded onto one: 2 for the symmetric collider, 1 for a fixed target."""
        return 2 if self.kind == "collider" else 1


BEAMS: dict[str, Beam] = {
    "LHC-13.6TeV": Beam("LHC-13.6TeV", "collider", 13600.0),
    "LHC-14TeV": Beam("LHC-14TeV", "collider", 14000.0),
    "SPS-400GeV": Beam("SPS-400GeV", "fixed_target", 400.0),
    # cross-sections behind the nuclear interaction lengths of the PDG (atomic and nuclear properties of materials)
    "SPS-400GeV-Mo": Beam("SPS-400GeV-Mo", "fixed_target", 400.0, "Mo", (96, 42), 1022.0),
    "SPS-400GeV-Cu": Beam("SPS-400GeV-Cu", "fixed_target", 400.0, "Cu", (64, 29), 769.0),
}


def momentum_edges(beam: Beam) -> np.ndarray:
    """log10(p/GeV) edges, anchored at the beam momentum so that no bin reaches beyond it."""
    top = math.log10(beam.momentum)
    n = math.ceil((top - math.log10(P_MIN)) / BIN_WIDTH)
    return top - BIN_WIDTH * np.arange(n, -1, -1)


def angle_edges(beam: Beam) -> np.ndarray:
    """log10(theta/rad) edges; the last one is pi/2 (folded collider) or pi (fixed target)."""
    low, top = (-6.5, math.log10(0.5 * math.pi)) if beam.hemispheres == 2 else (-5.0, math.log10(math.pi))
    n = math.ceil((top - low) / BIN_WIDTH - 1e-9)
    return np.append(low + BIN_WIDTH * np.arange(n), top)
