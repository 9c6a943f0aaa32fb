"""Hadronic decays of vector mediators, arXiv:2201.01788."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import lvgen
from gallery.base import Build, Floats, Item, Merit, Text, merit, rows
from gallery.reach import BELLE2, belle2, faser2, ship
from lvgen.io.canvas import COLOURS, LINES, log_axis, page, paper_style, readable
from lvgen.io.labels import channel_label
from lvgen.units import E_CHARGE

_DOMINANT = ("pi+ pi-", "pi+ pi- pi0", "pi0 gamma", "K+ K-", "K0 K0bar", "KKpi", "4pi")
_NEW = (
    "eta gamma", "eta pi+ pi-", "omega pi0", "omega pi pi", "phi pi0", "eta' pi+ pi-", "eta omega", "eta phi", "p pbar",
    "phi pi pi", "KKpipi", "6pi",
)  # fmt: skip
#: quark charges that make one current alone, of the strength that it has in the photon
_CURRENTS = {
    r"$\rho$-like": {"gV_u": 0.5, "gV_d": -0.5},
    r"$\omega$-like": {"gV_u": 1 / 6, "gV_d": 1 / 6},
    r"$\phi$-like": {"gV_s": -1 / 3},
}
_LEPTONS = ("e+ e-", "mu+ mu-", "tau+ tau-", "nu nubar")


def r_ratio(table: Any, mass: Floats, channel: str) -> Floats:
    """sigma(e+ e- -> channel)/sigma(e+ e- -> mu+ mu-) of a decay table at coupling e: 12 pi Gamma/(e^2 M)."""
    values: Floats = 12.0 * math.pi * table.width(channel) / (E_CHARGE**2 * mass)
    return values


def deliver(model: str) -> Mapping[str, Floats]:
    """Widths of DeLiVeR: channel -> (n, 2) mass in GeV and width at coupling 1."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows("widths_deliver.csv"):
        if row["model"] == model:
            found[row["channel"]].append((float(row["mass_GeV"]), float(row["width_GeV"])))
    return {channel: np.array(sorted(values)) for channel, values in found.items()}


def _masses(build: Build, low: float, high: float) -> Floats:
    return np.geomspace(low, high, build.points(1500, 60))


def _lines(axes: Any, mass: Floats, curves: Mapping[str, Floats], labels: Mapping[str, str] | None = None) -> None:
    for k, (name, values) in enumerate(curves.items()):
        look = {"color": COLOURS[k % len(COLOURS)], "linestyle": LINES[k // len(COLOURS) % len(LINES)]}
        text = (labels or {}).get(name) or readable(channel_label(name))
        axes.plot(mass, np.where(values > 0, values, np.nan), label=text, **look)


def _frame(axes: Any, low: float, high: float, bottom: float, top: float, label: str, title: str) -> None:
    log_axis(axes, "x", low, high)
    log_axis(axes, "y", bottom, top)
    axes.set_xlabel(r"$m_V$ [GeV]")
    axes.set_ylabel(label)
    axes.set_title(title, loc="left")


def _outside_legend(axes: Any) -> None:
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.015), borderaxespad=0.0)


def _channels(build: Build, names: Sequence[str], low: float, high: float, bottom: float, top: float) -> list[Merit]:
    """R of single channels, with DeLiVeR's points; its widths are at coupling 1 of the dark photon, e here."""
    mass = _masses(build, low, high)
    table = lvgen.model("dark_photon").decay_table(mass)
    theirs, merits = deliver("dark_photon"), []
    with paper_style():
        figure, axes = page((8.2, 5.2))
        _lines(axes, mass, {name: r_ratio(table, mass, name) for name in names})
        for k, name in enumerate(names):
            points = theirs.get(name)
            if points is None:
                continue
            axes.plot(points[:, 0], 12 * math.pi * points[:, 1] / (E_CHARGE**2 * points[:, 0]), "o", ms=3,
                      color=COLOURS[k % len(COLOURS)])  # fmt: skip
            ours = lvgen.model("dark_photon").decay_table(points[:, 0]).width(name)
            merits.append(merit(f"DeLiVeR, {name}", ours, points[:, 1]))
        if "pi+ pi-" in names:
            merits.append(_measured(axes))
            axes.plot(mass, r_ratio(table, mass, "hadrons"), color="black", label="Sum of all channels")
        _frame(axes, low, high, bottom, top, r"$R_\mu$", "Dots: DeLiVeR; with bars: PDG")
        _outside_legend(axes)
        build.save(figure)
    return merits


def _measured(axes: Any) -> Merit:
    """R of all hadrons as measured, beside the sum of our channels."""
    points = np.array([[float(row[name]) for name in ("energy_GeV", "R", "error")] for row in rows("r_ratio.csv")])
    axes.errorbar(points[:, 0], points[:, 1], points[:, 2], fmt="k.", ms=4, lw=1)
    ours = r_ratio(lvgen.model("dark_photon").decay_table(points[:, 0]), points[:, 0], "hadrons")
    return merit("PDG's R of all hadrons", ours, points[:, 1])


def dominant(build: Build) -> list[Merit]:
    """Figure 1."""
    return _channels(build, _DOMINANT, 0.3, 2.0, 1e-3, 100.0)


def new_channels(build: Build) -> list[Merit]:
    """Figure 2."""
    return _channels(build, _NEW, 0.6, 2.0, 1e-4, 3.0)


def decomposition(build: Build) -> list[Merit]:
    """Figure 3."""
    mass = _masses(build, 0.3, 2.0)
    photon = lvgen.model("dark_photon").decay_table(mass)
    curves = {r"$\gamma$": r_ratio(photon, mass, "hadrons")}
    for name, charges in _CURRENTS.items():
        table = lvgen.model("custom", **charges).decay_table(mass)
        curves[name] = 12.0 * math.pi * table.width("hadrons") / mass
    with paper_style():
        figure, axes = page()
        _lines(axes, mass, curves, {name: name for name in curves})
        found = _measured(axes)
        _frame(axes, 0.3, 2.0, 1e-3, 100.0, r"$R_\mu$", "With bars: PDG")
        axes.legend()
        build.save(figure)
    return [found]


def lifetime_error(build: Build) -> list[Merit]:
    """Figure 4."""
    mass = _masses(build, 0.1, 2.0)
    table = lvgen.model("B").decay_table(mass)
    ctau = table.ctau / 1e-8
    with paper_style():
        figure, (axes, lower) = page((6.4, 6.4), nrows=2, sharex=True, height_ratios=(2, 1))
        axes.plot(mass, ctau, color=COLOURS[1])
        relative = table.ctau_error / table.ctau
        axes.fill_between(mass, ctau / (1 + relative), ctau * (1 + relative), color=COLOURS[2], alpha=0.5, lw=0)
        _frame(axes, 0.1, 2.0, float(ctau.min()) / 3, float(ctau.max()) * 3, r"$c\tau$ [m]", "$B$, $g = 10^{-4}$")
        axes.set_xlabel("")
        lower.plot(mass, 100 * relative, color=COLOURS[1])
        lower.axhline(10, color="0.6", lw=0.8, ls="--")
        lower.set_ylim(0, 40)
        lower.set_ylabel("Error [%]")
        lower.set_xlabel(r"$m_V$ [GeV]")
        build.save(figure)
    return []


def hadronic_width(build: Build) -> list[Merit]:
    """Figure 5."""
    merits = []
    with paper_style():
        figure, axes = page()
        for k, model in enumerate(("dark_photon", "B")):
            mass, points = _masses(build, 0.3, 1.6), deliver(model)["hadrons"]
            axes.plot(mass, lvgen.model(model).decay_table(mass).width("hadrons"), color=COLOURS[k], label=model)
            below = points[points[:, 0] <= 1.6]
            axes.plot(below[:, 0], below[:, 1], "o", ms=3, color=COLOURS[k])
            ours = lvgen.model(model).decay_table(below[:, 0]).width("hadrons")
            merits.append(merit(f"DeLiVeR, {model}", ours, below[:, 1]))
        _frame(axes, 0.3, 1.6, 1e-7, 1.0, r"$\Gamma$(hadrons) [GeV] at coupling 1", "Dots: DeLiVeR")
        axes.legend()
        build.save(figure)
    return merits


def branching(build: Build) -> list[Merit]:
    """Figure 6."""
    models = ("dark_photon", "B", "B-L", "B-3L_e")
    merits = []
    mass = _masses(build, 0.1, 2.0)
    with paper_style():
        figure, grid = page((10.6, 8.0), nrows=2, ncols=2)
        for axes, model in zip(grid.flat, models, strict=True):
            table = lvgen.model(model).decay_table(mass)
            hadrons = np.where(table.branching_ratio("quarks") > 0, table.branching_ratio("quarks"),
                               table.branching_ratio("hadrons"))  # fmt: skip
            curves = {name: table.branching_ratio(name) for name in _LEPTONS if name in table.names}
            _lines(axes, mass, {**curves, "hadrons": hadrons})
            merits += _leptonic_merit(model)
            _frame(axes, 0.1, 2.0, 1e-3, 1.5, "Branching ratio", model)
        grid.flat[0].legend()
        build.save(figure)
    return merits


def _leptonic_merit(model: str) -> list[Merit]:
    """The branching ratio into electrons beside DeLiVeR's."""
    theirs = deliver(model)
    if "e+ e-" not in theirs:
        return []
    total = dict(theirs["total"])
    points = np.array([(m, width / total[m]) for m, width in theirs["e+ e-"] if m in total])
    return [merit(f"DeLiVeR, BR(e+ e-) of {model}",
                  lvgen.model(model).decay_table(points[:, 0]).branching_ratio("e+ e-"), points[:, 1])]  # fmt: skip


def contributions(build: Build) -> list[Merit]:
    """Figure 7."""
    names = ("pi0 gamma", "pi+ pi-", "pi+ pi- pi0", "K+ K-", "K0 K0bar", "KKpi", "4pi", "eta omega", "omega pi pi")
    mass, merits = _masses(build, 0.3, 1.74), []
    with paper_style():
        figure, grid = page((11.0, 5.0), ncols=2)
        for axes, model in zip(grid, ("B", "B-L"), strict=True):
            table = lvgen.model(model).decay_table(mass)
            total = table.width("hadrons")
            curves = {n: table.width(n) / total for n in names if n in table.names and np.any(table.width(n) > 0)}
            _lines(axes, mass, curves)
            _frame(axes, 0.3, 1.74, 1e-3, 1.5, "Share of the hadronic width", model)
            theirs = deliver(model)
            for name in curves:
                if name in theirs:
                    points = theirs[name]
                    ours = lvgen.model(model).decay_table(points[:, 0]).width(name)
                    merits.append(merit(f"DeLiVeR, width of {name} of {model}", ours, points[:, 1]))
        grid[0].legend(fontsize=9)
        build.save(figure)
    return merits


def single(*names: str, low: float, high: float, bottom: float, top: float) -> Any:
    """A figure of R of a few channels."""

    def draw(build: Build) -> list[Merit]:
        return _channels(build, names, low, high, bottom, top)

    return draw


_NO_LIMITS = (
    "It overlays some twenty published limits, whose files belong to others and do not ship; `lvgen recast` makes each "
    "of them from such a file, as [docs/comparing.md](../comparing.md) shows, and `lvgen plot --limit` draws them. "
    "Recasts agree with DarkCast's to 1.2 % (`pytest -q tests/test_recast.py`)."
)
_PHOTON = "Widths at the couplings of the photon."
_PARTNER = "We count the K_L partner of K_S K± π∓ π⁰, which makes K K π π a third larger than DeLiVeR's."
_PION = (
    "DeLiVeR has the charged pion's mass in π⁰γ: near the threshold its width is smaller, at 0.15 GeV by the "
    "factor 2.9 of phase space."
)
_DIFFERENCES = (
    "Nor the lower panels, our branching ratio minus DarkCast's: its widths are another program's and are not here."
)
_DASHED = "Not drawn: the dashed lines, which are DarkCast's."
_CURRENTS_APART = "Not drawn: the panels with the parts of the ρ-, ω- and φ-like currents."
_CHANNEL = "The parametrisation is the text's; measured points of single channels are in its figure only."
_FIT = "The numbers are inputs: typed into the module of the channel below `lvgen/decays/hadronic/`, not fitted again."

WIDTHS = Text(
    "widths",
    "Hadronic decays of vector mediators",
    "arXiv:2201.01788",
    (
        Item("Table 1", "charges of the models", "reproduced", "`lvgen show B-L` and so on print them.", None),
        Item("Figure 1", "R of the dominant channels", "reproduced", f"{_PHOTON} {_DASHED}", dominant),
        Item("Table 2", "dominant channels and their resonances", "reproduced",
             "One module for each below `lvgen/decays/hadronic/`."),
        Item("Table 3", "additional channels", "reproduced", "One module for each below `lvgen/decays/hadronic/`."),
        Item("Figure 2", "R of the new channels", "reproduced", f"{_PHOTON} {_PARTNER}", new_channels),
        Item("Figure 3", "the sum of channels by current", "reproduced",
             f"Bosons that couple to one current alone, with its share in the photon. {_DASHED}", decomposition),
        Item("Figure 4", "error of the lifetime of B", "reproduced",
             "Errors of the fits propagated with 24 replicas: largest where π⁰γ is alone and was not measured, below "
             "10 % from 0.6 GeV on, as the text says.", lifetime_error),
        Item("Figure 5", "hadronic widths of the dark photon and of B", "reproduced",
             f"Solid lines of the text; its dashed ones are another program's. {_PION}", hadronic_width),
        Item("Figure 6", "branching ratios", "reproduced",
             f"Solid lines of the text. {_DASHED} {_DIFFERENCES} {_PION}", branching),
        Item("Figure 7", "shares of channels for B and B - L", "reproduced",
             f"Solid lines of the text. {_DASHED} {_PION}", contributions),
        Item("Figure 8", "published limits on B", "not drawn", _NO_LIMITS),
        Item("Figure 9", "published limits on B - L", "not drawn", _NO_LIMITS),
        Item("Figure 10", "published limits on B - 3 L_e", "not drawn", _NO_LIMITS),
        Item("Figure 11", "published limits on B - L_e - 2 L_tau", "not drawn", _NO_LIMITS),
        Item("Figure 12", "reach of FASER2 by final state", "in part",
             "Our own production (cards `faser2_b`, `faser2_b_minus_l`) in place of FORESEE's, whose tables for B keep "
             f"the ρ. Not redrawn: the dashed curves, FORESEE with DarkCast's branching ratios. {_DIFFERENCES} No "
             "numbers are published beside the figure.", faser2),
        Item("Figure 13", "reach of SHiP", "in part",
             "Bremsstrahlung with the proposal of 2015 as in the text, and the present design; B - L is added. Not "
             "redrawn: the dashed curves of DarkCast, and the difference of the lifetimes of B, δτ. "
             f"{_DIFFERENCES} No numbers are published beside the figure.", ship),
        Item("Figure 14", "reach of Belle II, visible", "in part",
             "A bump over backgrounds at tree level ([searches](../statistics.md#searches)) in place of a recast of "
             "the dark photon's projection. Dots: the projection for B - L as FORESEE has it. "
             f"{_DASHED} {_DIFFERENCES}",
             belle2("belle2_gamma_v_visible", "gamma_visible", *BELLE2)),
        Item("Figure 15", "reach of Belle II, invisible", "in part",
             "One published point fixes the background at all masses ([searches](../statistics.md#searches)); above "
             f"2 GeV it should grow. Dots: the projection for B - L as FORESEE has it. {_DASHED} {_DIFFERENCES}",
             belle2("belle2_gamma_v_invisible", "gamma_invisible", "B-L", "B-3L_e")),
        Item("Figure 16", "R of pi0 gamma", "reproduced", f"{_CHANNEL} {_DASHED} {_CURRENTS_APART}",
             single("pi0 gamma", low=0.3, high=1.4, bottom=1e-4, top=3.0)),
        Item("Figure 17", "R of K K", "reproduced", f"{_CHANNEL} {_DASHED} {_CURRENTS_APART}",
             single("K+ K-", "K0 K0bar", low=0.98, high=2.0, bottom=1e-3, top=100.0)),
        Item("Figure 18", "R of K K pi by final state", "reproduced",
             f"DeLiVeR's tables are wrong below 1.4 GeV; see [errata](../errata.md). {_CURRENTS_APART}",
             single("K0 K0bar pi0", "K+ K- pi0", "K0bar K+ pi-", "KKpi", low=1.2, high=2.0, bottom=1e-3, top=1.0)),
        Item("Table 4", "fit of omega pi pi", "reproduced", _FIT),
        Item("Figure 19", "omega pi pi", "reproduced", _CHANNEL,
             single("omega pi+ pi-", "omega pi0 pi0", "omega pi pi", low=1.2, high=2.0, bottom=1e-3, top=1.0)),
        Item("Table 5", "fit of K* K pi", "reproduced", _FIT),
        Item("Figure 20", "K* K pi", "reproduced", f"{_CHANNEL} {_PARTNER}",
             single("K+ K- pi+ pi-", "K0bar K+ pi- pi0", "KKpipi", low=1.4, high=2.0, bottom=1e-3, top=1.0)),
        Item("Table 6", "fit of phi pi pi", "reproduced", _FIT),
        Item("Figure 21", "phi pi pi", "reproduced", _CHANNEL,
             single("phi pi+ pi-", "phi pi0 pi0", "phi pi pi", low=1.4, high=2.0, bottom=1e-4, top=1.0)),
        Item("Table 7", "fit of six pions", "reproduced", _FIT),
        Item("Figure 22", "six pions", "reproduced", _CHANNEL,
             single("pi+ pi- pi+ pi- pi+ pi-", "pi+ pi- pi+ pi- pi0 pi0", "6pi", low=1.4, high=2.0, bottom=1e-4,
                    top=1.0)),
    ),
)  # fmt: skip
