"""What the resolution of NA62's straw spectrometer takes from the searches in dump mode.

    python benchmarks/na62_resolution.py

Tracks of accepted decays are smeared: 130 um in each coordinate of the two chambers before the magnet, scattering in
the first one (0.45 % of a radiation length), 0.3 % + 0.005 % p in momentum (arXiv:1703.08501; check there before
quoting).  Printed for meson decays and bremsstrahlung, at couplings near the published edges: widths of the point
nearest to the beam line, and the shares of decays that pass the pointing window, the fiducial region, 15 mm between the
tracks at the first chamber, 10 GeV each; first the width of the pair's mass, with the tracks' own masses left out.
"""

from __future__ import annotations

import awkward as ak
import numpy as np
from numpy.typing import NDArray

import lvgen
from lvgen.runcard import load_card

Floats = NDArray[np.float64]

#: z of the dump in NA62's frame, of the first two chambers there, m
DUMP, CHAMBERS = 23.07, (183.508, 194.066)
COORDINATE, THICKNESS = 130e-6, 0.0045
CASES = (
    ("na62_dump_ee", 0.01, 1.5e-6), ("na62_dump_ee", 0.03, 6.9e-7), ("na62_dump_ee", 0.08, 5e-7),
    ("na62_dump_ee", 0.25, 4.6e-7), ("na62_dump_mumu", 0.22, 5e-7), ("na62_dump_mumu", 0.3, 4e-7),
    ("na62_dump_mumu", 0.411, 4.2e-7),
    ("na62_dump_mumu", 0.5, 4.7e-7), ("na62_dump_ee", 0.01, 1.577e-4), ("na62_dump_ee", 0.08, 1.9e-5),
)  # fmt: skip


def leptons(card: str, mass: float, coupling: float, process: str) -> tuple[Floats, Floats]:
    """Decay points (n, 3) in metres from the production point, and momenta (n, 2, 3) in GeV."""
    settings = (
        f'production.processes=["{process}"]', f'model.mass="{mass} GeV"', f"model.coupling={coupling}",
        "run.precision=0.05", "events.number=10000", f'events.mass="{mass} GeV"', f"events.coupling={coupling}",
    )  # fmt: skip
    table = load_card(card, settings).as_table()
    table.pop("sensitivity")
    events = lvgen.run(table, workers=1).events
    chosen = abs(events.particle_pdg) == (11 if card.endswith("ee") else 13)
    momenta = np.stack([ak.to_numpy(events[f"particle_p{c}"][chosen]) for c in "xyz"], axis=-1)
    return np.stack([ak.to_numpy(events[f"vertex_{c}"]) for c in "xyz"], axis=-1) / 1e3, momenta


def study(vertex: Floats, momenta: Floats) -> str:
    """One line about what is reconstructed."""
    rng = np.random.default_rng(1)
    first = CHAMBERS[0] - DUMP
    p = np.linalg.norm(momenta, axis=-1)
    slopes = momenta[..., :2] / momenta[..., 2:]
    at_first = vertex[:, None, :2] + slopes * (first - vertex[:, 2])[:, None, None]
    apart = np.linalg.norm(at_first[:, 0] - at_first[:, 1], axis=-1)
    scattering = 13.6e-3 / p * np.sqrt(THICKNESS) * (1 + 0.038 * np.log(THICKNESS))
    angle = np.hypot(COORDINATE * np.sqrt(2) / (CHAMBERS[1] - CHAMBERS[0]), scattering)
    seen = slopes + rng.normal(size=slopes.shape) * angle[..., None]
    at_first = at_first + rng.normal(size=slopes.shape) * COORDINATE
    size = p * (1 + rng.normal(size=p.shape) * np.hypot(0.003, 5e-5 * p))
    between, spread = at_first[:, 0] - at_first[:, 1], seen[:, 0] - seen[:, 1]
    step = -np.sum(between * spread, axis=-1) / np.sum(spread**2, axis=-1)
    point = np.mean(at_first + seen * step[:, None, None], axis=1)
    along = np.concatenate([seen, np.ones((*p.shape, 1))], axis=-1)
    total = np.sum(size[..., None] * along / np.linalg.norm(along, axis=-1, keepdims=True), axis=1)
    slope = total[:, :2] / total[:, 2:]
    back = -np.sum(point * slope, axis=-1) / np.sum(slope**2, axis=-1)
    z, distance = first + step + back + DUMP, np.linalg.norm(point + slope * back[:, None], axis=-1)
    pointing = (z > 6.0) & (z < 40.0) & (distance < 0.02)
    fiducial = (first + step + DUMP > 105.0) & (first + step + DUMP < 180.0)
    low, high = np.percentile(z, [16, 84])
    light, heavy = np.percentile(pair_mass(size, seen) - pair_mass(p, slopes), [16, 84])
    return (
        f"mass {(heavy - light) / 2 * 1e3:4.1f} MeV; nearest point: {(high - low) / 2:4.1f} m along,"
        f" {np.median(distance) * 1e3:4.1f} mm across;"
        f" pointing {np.mean(pointing):.2f}, fiducial {np.mean(fiducial):.2f},"
        f" 15 mm {np.mean(apart > 0.015):.2f}, 10 GeV {np.mean(np.min(p, axis=1) > 10.0):.2f}"
    )


def pair_mass(size: Floats, slopes: Floats) -> Floats:
    """Mass (n,) in GeV of two light tracks, from momenta (n, 2) and slopes (n, 2, 2)."""
    along = np.concatenate([slopes, np.ones((*size.shape, 1))], axis=-1)
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    return np.sqrt(np.prod(size, axis=1) * np.sum((along[:, 0] - along[:, 1]) ** 2, axis=-1))


def main() -> None:
    for card, mass, coupling in CASES:
        for process in ("meson_decay", "proton_bremsstrahlung"):
            print(f"{card} {mass} GeV {coupling:g} {process}: {study(*leptons(card, mass, coupling, process))}")


if __name__ == "__main__":
    main()
