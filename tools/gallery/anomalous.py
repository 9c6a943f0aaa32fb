"""Conserved currents are not anomaly-safe, arXiv:2401.02483, and the talk on anomalous vectors (arXiv:1705.06726)."""

from __future__ import annotations

import numpy as np

import lvgen
from gallery.base import Build, Item, Merit, Text, merit
from lvgen.io.canvas import COLOURS, LINES, log_axis, page, paper_style
from lvgen.io.constraint_files import draw_bounds

_RANGE = (1e-12, 1.0)
_NAMES = ["K_pi_X", "B_K_nunu", "B_Kstar_nunu", "KL_pi_nunu"]


def triangles(build: Build) -> list[Merit]:
    """Figure 3 of the text: with its amplitudes, in both normalisations, and without them nothing."""
    masses = np.geomspace(0.005, 4.0, build.points(36, 6))
    with paper_style():
        figure, panels = page((13.0, 4.8), ncols=2)
        for axes, normalisation in zip(panels, ("printed", "two_loop"), strict=True):
            found = lvgen.bounds(
                "B-L", masses, names=_NAMES, between=_RANGE, invisible=True, triangle="smith_tait",
                normalisation=normalisation,
            )  # fmt: skip
            draw_bounds(axes, found, mass_label="$m_X$", symbol="$g_X$")
            axes.set_title(f"disputed amplitudes, {normalisation.replace('_', '-')} size", loc="left")
        build.save(figure)
    return []


def baryon_number(build: Build) -> list[Merit]:
    """Bounds of the talk on U(1)_B: K to pi X, B to K X, Z to gamma X, anomaly 3/2."""
    masses = np.geomspace(0.005, 4.0, build.points(36, 6))
    found = lvgen.bounds("B", masses, names=[*_NAMES, "Z_gamma_invisible"], between=_RANGE, invisible=True)
    with paper_style():
        figure, axes = page((7.6, 5.2))
        draw_bounds(axes, found, mass_label="$m_X$", symbol="$g_X$")
        build.save(figure)
    return []


def z_decay(build: Build) -> list[Merit]:
    """BR(Z to gamma X) of the talk over ours: 4, by its definition of the dual tensor."""
    masses = np.geomspace(0.05, 10.0, build.points(20, 4))
    ours = np.array([_z(float(m)) for m in masses])
    dror = np.array([_z(float(m), "dror") for m in masses])
    with paper_style():
        figure, axes = page()
        axes.plot(masses, ours, color=COLOURS[0], label="here")
        axes.plot(masses, dror, color=COLOURS[1], linestyle=LINES[1], label="as printed (compatible = dror)")
        log_axis(axes, "x", 0.05, 10.0)
        axes.set_yscale("log")
        axes.set_xlabel("$m_X$ [GeV]")
        axes.set_ylabel(r"BR($Z\to\gamma X$) at $g_X$ = 0.001")
        axes.legend()
        build.save(figure)
    return [merit("eq. 7 as printed", ours, dror)]


def _z(mass: float, compatible: str | None = None) -> float:
    options = {"compatible": compatible} if compatible else {}
    return lvgen.branching_ratio("Z -> gamma X", model="B", mass=mass, coupling=1e-3, **options).value


_FOREIGN = "Taken from another paper; the talk shows it and makes no claim of its own."
ANOMALOUS = Text(
    "anomaly-safe",
    "Conserved currents are not anomaly-safe",
    "arXiv:2401.02483",
    (
        Item("Figure 1", "triangle diagrams", "not drawn", "A drawing, no numbers."),
        Item("Figure 2", "effective vertex of meson decays", "not drawn", "A drawing, no numbers."),
        Item("Table I", "limits on B to K and invisible in bins of q^2", "not drawn",
             "Measurements of others; those that are used are listed by `lvgen list constraints`."),
        Item("Figure 3", "B - L", "refuted",
             "The enhanced amplitudes violate the Ward identity of X: with conserved currents they vanish, and no "
             "bound remains ([errata](../errata.md)). Drawn with `triangle = \"smith_tait\"`, which says it is "
             "disputed, in both readings of eq. 6. The card is `b_minus_l_smith_tait`.", triangles),
        Item("Figure 4", "B_3 - L_2 and dark matter", "not drawn",
             "Relic densities are another program's; its curve of meson decays rests on the same amplitudes."),
    ),
)  # fmt: skip
TALK = Text(
    "talk",
    "Light vectors coupled to non-conserved currents (talk)",
    "arXiv:1705.06726, arXiv:1707.01503",
    (
        Item("Bounds on baryon number", "K to pi X, B to K X and Z to gamma X over mass and coupling", "in part",
             "With the two-loop couplings of the papers for an anomaly of 3/2 and invisible X; Z to gamma X a fourth "
             "of the printed rate.", baryon_number),
        Item("Equation 7", "Z to gamma X", "refuted",
             "Its width is 4 times that from its own eq. 12 ([errata](../errata.md)); `compatible = \"dror\"` is it.",
             z_decay),
        Item("FCNC vertex", "diagram of d_i to d_j X", "not drawn", "A drawing, no numbers."),
        Item("Other figures", "NA64, NA48/2, BaBar, A1, proton radius, dark matter, direct detection", "not drawn",
             _FOREIGN),
    ),
)  # fmt: skip
