"""Draw figures 12 and 13 of arXiv:2201.01788 anew from the ready-made cards of FASER2 and SHiP.

    python tools/draw_proton_figures.py [-o docs/figures] [--work FOLDER]

Figure 12 is the reach of FASER2 for B and B - L, counting single final states; figure 13 that of SHiP for models with
baryon number, as shipped (ECN3, all processes) and as in that paper (proposal of 2015, 2e20 protons, bremsstrahlung).
Each contour is a run of some ten seconds; finished ones in the folder are read, so that a second call only draws.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from lvgen.conductor import run
from lvgen.io.canvas import page, paper_style, save
from lvgen.io.overlay_figure import draw_overlay
from lvgen.io.results import read_contour, read_signal_map
from lvgen.runcard import load_card

#: final states of figure 12 and the masses at which they are looked at; every visible one for None
STATES: dict[str, tuple[list[str] | None, str]] = {
    "All": (None, '{ min = "10 MeV", max = "1.9 GeV", points = 240 }'),
    r"$e^+e^-$, $\mu^+\mu^-$": (["e+ e-", "mu+ mu-"], '{ min = "10 MeV", max = "1.9 GeV", points = 240 }'),
    r"$\pi^0\gamma$": (["pi0 gamma"], '{ min = "136 MeV", max = "1.2 GeV", points = 120 }'),
    r"$\pi^+\pi^-\pi^0$": (["pi+ pi- pi0"], '{ min = "420 MeV", max = "1.9 GeV", points = 120 }'),
    r"$K\bar{K}$": (["K+ K-", "K0 K0bar"], '{ min = "988 MeV", max = "1.3 GeV", points = 60 }'),
}
MODELS = {"ship_b": "$B$", "ship_b_minus_l": "$B-L$", "ship_b_minus_le_2ltau": r"$B-L_e-2L_\tau$"}
PAPER = (
    "detector.name=SHiP-2015",
    "detector.exposure=2e20 POT",
    'production.processes=["proton_bremsstrahlung"]',
)
FINE = "model.mass.points=120"
PANELS = (10.6, 4.8)


class Runs:
    """Runs of cards in a folder of their own each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entry(self, label: str, card: str, name: str, *settings: str) -> tuple[str, Any, Any]:
        """(label, map, contour) of a card without its events."""
        directory = self._folder / f"{card}-{name}"
        table = load_card(card, ('sensitivity.scan="fixed"', *settings)).as_table()  # masses are closer here
        table.pop("events", None)
        run(table, directory=directory)
        print(directory, flush=True)
        return label, read_signal_map(directory), read_contour(directory)


def by_final_state(runs: Runs, target: Path) -> None:
    """Figure 12."""
    with paper_style():
        figure, axes = page(PANELS, ncols=2)
        for ax, card, title in zip(axes, ("faser2_b", "faser2_b_minus_l"), ("$B$", "$B-L$"), strict=True):
            entries = []
            for k, (label, (channels, masses)) in enumerate(STATES.items()):
                counted = [] if channels is None else [f"detector.channels={_toml(channels)}"]
                entries.append(runs.entry(label, card, f"{k}", f"model.mass={masses}", *counted))
            draw_overlay(ax, entries, f"FASER2, 3 ab$^{{-1}}$: {title}", legend=card == "faser2_b")
        _save(figure, target)


def models(runs: Runs, target: Path) -> None:
    """Figure 13."""
    with paper_style():
        figure, axes = page(PANELS, ncols=2)
        shipped = [runs.entry(label, card, "shipped", FINE) for card, label in MODELS.items()]
        draw_overlay(
            axes[0], shipped, r"SHiP in ECN3, $\mathrm{6}\times \mathrm{10^{20}}$ POT: mesons and bremsstrahlung"
        )
        paper = [runs.entry(label, card, "2015", FINE, *PAPER) for card, label in MODELS.items()]
        draw_overlay(
            axes[1],
            paper,
            r"SHiP as proposed in 2015, $\mathrm{2}\times \mathrm{10^{20}}$ POT: bremsstrahlung",
            legend=False,
        )
        _save(figure, target)


def _save(figure: Figure, target: Path) -> None:
    save(figure, target)
    print(target, flush=True)


def _toml(names: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).resolve().parents[1] / "docs" / "figures")
    parser.add_argument("--work", type=Path, default=Path("proton_figures"))
    given = parser.parse_args()
    runs = Runs(given.work)
    by_final_state(runs, given.output / "faser2_by_final_state.png")
    models(runs, given.output / "ship_models.png")


if __name__ == "__main__":
    main()
