"""Dark photon and dark Z mediated B decays, arXiv:2210.15662."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import lvgen
from gallery.base import Build, Item, Merit, Text, merit
from lvgen.fits import b_sll
from lvgen.io.canvas import COLOURS, LINES, log_axis, page, paper_style
from lvgen.io.constraint_files import draw_bounds
from lvgen.io.fit_figure import draw_regions
from lvgen.io.labels import channel_label


def _curves(
    build: Build, names: Sequence[str], masses: tuple[float, float], axis: Sequence[dict[str, float]], label: str,
    ylabel: str, ylim: tuple[float, float], **limits: float,
) -> None:  # fmt: skip
    """Predictions of constraints over the mass, a line for each point of ``axis``."""
    grid = np.geomspace(*masses, build.points(36, 6))
    with paper_style():
        figure, panels = page((5.6 * len(names), 4.6), ncols=len(names), squeeze=False)
        for axes, name in zip(panels[0], names, strict=True):
            for k, point in enumerate(axis):
                given = dict(point)
                value = given.pop("at")
                found = lvgen.verdicts("dark_Z", grid, value, names=[name], **_scan(given))
                y = np.array([abs(v.prediction) if v.prediction is not None else math.nan for v in found])
                axes.plot(grid, y, color=COLOURS[k], linestyle=LINES[k % len(LINES)], label=label.format(value))
            for text, value in limits.items():
                axes.axhline(value, color="0.4", lw=0.9, ls="--")
                axes.annotate(text.replace("_", " "), (grid[0], value), fontsize=9, va="bottom")
            log_axis(axes, "x", *masses)
            log_axis(axes, "y", *ylim)
            axes.set_xlabel("$m_{Z_D}$ [GeV]")
            axes.set_ylabel(ylabel)
            axes.set_title(name, loc="left")
        panels[0][0].legend()
        build.save(figure)


def _scan(given: dict[str, float]) -> dict[str, Any]:
    """Arguments that put epsilon_Z, or what ``given`` does not hold, on the coupling axis."""
    return {"scan": "g_D_mu" if "epsilon_Z" in given else "epsilon_Z", **given}


_EPS = [{"epsilon": 1e-3, "at": value} for value in (1e-4, 1e-3, 1e-2)]


def widths(build: Build) -> list[Merit]:
    """Figure 2."""
    mass = np.geomspace(0.3, 2.0, build.points(600, 40))
    names = ("pi+ pi-", "pi+ pi- pi0", "K+ K-", "4pi", "hadrons")
    with paper_style():
        figure, panels = page((10.8, 4.6), ncols=2)
        for axes, eps_z in zip(panels, (0.0, 1e-2), strict=True):
            table = lvgen.model("dark_Z", epsilon_Z=eps_z).decay_table(mass)
            for k, name in enumerate(names):
                width = table.width(name)
                axes.plot(mass, np.where(width > 0, width, np.nan), color=COLOURS[k], label=channel_label(name))
            log_axis(axes, "x", 0.3, 2.0)
            log_axis(axes, "y", 1e-7, 1.0)
            axes.set_xlabel("$m_{Z_D}$ [GeV]")
            axes.set_ylabel(r"$\Gamma$ [GeV] at $\epsilon$ = 1")
            axes.set_title(rf"$\epsilon_Z/\epsilon$ = {eps_z:g}", loc="left")
        panels[0].legend()
        build.save(figure)
    return []


def bs_mixing(build: Build) -> list[Merit]:
    """Figure 3."""
    _curves(build, ["Bs_mixing"], (0.01, 3.0), _EPS, r"$\epsilon_Z$ = {:g}", r"$|\Delta_{mix}|$", (1e-7, 10.0),
            limit=0.065)  # fmt: skip
    return []


def bs_mumu(build: Build) -> list[Merit]:
    """Figure 4."""
    _curves(build, ["Bs_mumu"], (0.01, 3.0), _EPS, r"$\epsilon_Z$ = {:g}", "change of BR", (1e-14, 1e-7))
    return []


def b_invisible(build: Build) -> list[Merit]:
    """Figure 5."""
    _curves(build, ["B_K_nunu", "B_Kstar_nunu"], (0.01, 4.0), _EPS, r"$\epsilon_Z$ = {:g}", "BR", (1e-8, 1e4))
    return []


def kaon_invisible(build: Build) -> list[Merit]:
    """Figure 6."""
    _curves(build, ["K_mu_3nu"], (0.01, 0.35), _EPS, r"$\epsilon_Z$ = {:g}", "BR", (1e-14, 1e-2), limit=1e-6)
    return []


def kaon_pairs(build: Build) -> list[Merit]:
    """Figure 7."""
    case = [{"epsilon": 1e-4, "epsilon_Z": 1e-5, "at": value} for value in (1e-4, 1e-3, 1e-2)]
    _curves(build, ["K_mu_ee"], (0.146, 0.35), case, r"$g_D^\mu$ = {:g}", "BR", (1e-16, 1e-3))
    return []


def pion(build: Build) -> list[Merit]:
    """Figure 8."""
    case = [{"epsilon": 1e-4, "epsilon_Z": 1e-5, "at": value} for value in (1e-4, 1e-3, 1e-2)]
    _curves(build, ["pi_mu_X"], (0.001, 0.033), case, r"$g_D^\mu$ = {:g}", r"$R^{\pi\mu\nu X}$", (1e-12, 1e3))
    return []


def parity(build: Build) -> list[Merit]:
    """Figure 9."""
    masses = np.geomspace(0.01, 3.0, build.points(50, 6))
    with paper_style():
        figure, panels = page((12.0, 4.6), ncols=2)
        for axes, eps in zip(panels, (1e-4, 1e-2), strict=True):
            found = lvgen.bounds(
                "dark_Z", masses, names=["weak_charge_Cs", "weak_charge_p"], between=(1e-7, 1.0), scan="epsilon_Z",
                epsilon=eps,
            )  # fmt: skip
            draw_bounds(axes, found, mass_label="$m_{Z_D}$", symbol=r"$\epsilon_Z$")
            axes.set_title(rf"$\epsilon$ = {eps:g}", loc="left")
        build.save(figure)
    return []


def regions(name: str) -> Any:
    """Figures 11 to 13."""

    def draw(build: Build) -> list[Merit]:
        case = b_sll.CASES[name]
        found = b_sll.fit(case, start_points=build.points(24, 8))
        with paper_style():
            figure, panels = page((5.6 * len(case.free), 4.8), ncols=len(case.free), squeeze=False)
            draw_regions(panels[0], case, found, build.points(40, 8))
            build.save(figure)
        printed = {"A": 85.8, "B": 75.15, "C": 56.90}[name]
        return [merit("smallest chi2", [found.chi2], [printed])]

    return draw


def table(build: Build) -> list[Merit]:  # noqa: ARG001 - nothing is drawn
    """Table 1: chi^2 of the Standard Model, all and muons alone."""
    ours = [b_sll.chi2(b_sll.CASES[name], None, {}) for name in ("A", "C")]
    return [merit("chi2 of the Standard Model", ours, [93.56, 84.30])]


_OURS = "Predictions of `lvgen constraints dark_Z`; no numbers are published beside the figure."
DARK_Z = Text(
    "dark-z",
    "Dark Z in B and K decays",
    "arXiv:2210.15662",
    (
        Item("Figure 1", "diagrams of b to s Z_D", "not drawn", "A drawing, no numbers."),
        Item("Figure 2", "widths into hadrons", "in part", "Channels of the widths text; no numbers are published "
             "beside the figure.", widths),
        Item("Figure 3", "B_s mixing", "refuted", "6.5 % is reached at 27 MeV for epsilon_Z = 0.001, not at 60 MeV "
             "([errata](../errata.md)).", bs_mixing),
        Item("Figure 4", "B_s to mu mu", "in part", _OURS, bs_mumu),
        Item("Figure 5", "B to K and neutrinos", "refuted", "Its own eqs 4.10 and B.7 give branching ratios above 1 at "
             "large epsilon_Z, which mean nothing; the figure shows far smaller ones ([errata](../errata.md)).",
             b_invisible),
        Item("Figure 6", "K to mu and invisible", "in part", _OURS, kaon_invisible),
        Item("Figure 7", "K to mu nu e e, case B", "in part", _OURS, kaon_pairs),
        Item("Figure 8", "pi to mu nu and invisible", "in part", _OURS, pion),
        Item("Figure 9", "atomic parity violation", "in part", _OURS, parity),
        Item("Figure 10", "diagram of the trident", "not drawn", "A drawing, no numbers."),
        Item("Table 1", "observables of b to s l l", "reproduced", "With the row that the printed table lacks "
             "([fits](../fits.md)).", table),
        Item("Figure 11", "fit of case A", "in part", "See [fits](../fits.md).", regions("A")),
        Item("Figure 12", "fit of case B", "in part", "The minimum lies at 4 times the printed coupling, where it is "
             "deeper ([fits](../fits.md)).", regions("B")),
        Item("Figure 13", "fit of case C", "in part", "The minimum is as deep as printed, at 3 times the coupling "
             "([fits](../fits.md)).", regions("C")),
    ),
)  # fmt: skip
