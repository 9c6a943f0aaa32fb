"""Reach of experiments in arXiv:2201.01788: its figures 12 to 15."""

from __future__ import annotations

from typing import Any

import numpy as np

from gallery.base import Build, Merit, merit, rows
from lvgen.io.canvas import COLOURS, page, paper_style
from lvgen.io.labels import unit_text
from lvgen.io.overlay_figure import draw_overlay

_PAPER_SHIP = (
    "detector.name=SHiP-2015",
    "detector.exposure=2e20 POT",
    'production.processes=["proton_bremsstrahlung"]',
)
_STATES: dict[str, tuple[list[str] | None, str]] = {
    "All": (None, '{ min = "10 MeV", max = "1.9 GeV", points = 240 }'),
    r"$e^+e^-$, $\mu^+\mu^-$": (["e+ e-", "mu+ mu-"], '{ min = "10 MeV", max = "1.9 GeV", points = 240 }'),
    r"$\pi^0\gamma$": (["pi0 gamma"], '{ min = "136 MeV", max = "1.2 GeV", points = 120 }'),
    r"$\pi^+\pi^-\pi^0$": (["pi+ pi- pi0"], '{ min = "420 MeV", max = "1.9 GeV", points = 120 }'),
    r"$K\bar{K}$": (["K+ K-", "K0 K0bar"], '{ min = "988 MeV", max = "1.3 GeV", points = 60 }'),
}
_SHIP = {"ship_b": "$B$", "ship_b_minus_l": "$B-L$", "ship_b_minus_le_2ltau": r"$B-L_e-2L_\tau$"}
BELLE2 = {"B-L": "$B-L$", "B-L_e-2L_tau": r"$B-L_e-2L_\tau$", "B-3L_e": "$B-3L_e$"}


def faser2(build: Build) -> list[Merit]:
    """Figure 12."""
    with paper_style():
        figure, axes = page((10.6, 4.8), ncols=2)
        for ax, card, title in zip(axes, ("faser2_b", "faser2_b_minus_l"), ("$B$", "$B-L$"), strict=True):
            entries = []
            for k, (label, (channels, masses)) in enumerate(_STATES.items()):
                names = "" if channels is None else ", ".join(f'"{name}"' for name in channels)
                counted = [f"detector.channels=[{names}]"] if names else []
                entries.append(build.entry(label, card, f"{k}", f"model.mass={masses}", *counted))
            draw_overlay(ax, entries, f"FASER2, {unit_text('3 ab^-1')}: {title}", legend=card == "faser2_b")
        build.save(figure)
    return []


def ship(build: Build) -> list[Merit]:
    """Figure 13."""
    with paper_style():
        figure, axes = page((10.6, 4.8), ncols=2)
        for ax, name, settings, title in (
            (axes[0], "2015", _PAPER_SHIP, f"Proposal of 2015, {unit_text('2e20 POT')}: bremsstrahlung"),
            (axes[1], "shipped", (), f"ECN3, {unit_text('6e20 POT')}: all processes"),
        ):
            made = [build.entry(label, card, name, "model.mass.points=120", *settings) for card, label in _SHIP.items()]
            draw_overlay(ax, made, title, legend=name == "2015")
        build.save(figure)
    return []


def belle2(card: str, search: str, *models: str) -> Any:
    """A figure of the reach of Belle II for some models, beside the points published for B - L."""

    def draw(build: Build) -> list[Merit]:
        made = [
            build.entry(BELLE2[name], card, name, f'model.name="{name}"', "model.coupling.max=1e-3") for name in models
        ]
        published = [row for row in rows("lepton_colliders.csv") if (row["search"], row["model"]) == (search, "B-L")]
        mass, theirs = np.array([[float(row["mass_GeV"]), float(row["coupling"])] for row in published]).T
        edges = np.array([(row.mass, row.coupling_lower) for row in made[0][2] if row.excludes])
        with paper_style():
            figure, axes = page()
            draw_overlay(axes, made, f"Belle II, {unit_text('50 ab^-1')}")
            axes.plot(mass, theirs, "o", ms=3.5, color=COLOURS[0])
            build.save(figure)
        there = (mass >= edges[0, 0]) & (mass <= edges[-1, 0])
        ours = np.exp(np.interp(np.log(mass[there]), *np.log(edges).T))
        return [merit("the published projection for B - L", ours, theirs[there])]

    return draw
