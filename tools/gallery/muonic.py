"""The muonic dark U(1) with its dark Higgs, arXiv:1609.00860."""

from __future__ import annotations

from typing import Any

import numpy as np

import lvgen
from gallery.base import Build, Floats, Item, Merit, Text, merit
from lvgen.io.canvas import COLOURS, LINES, log_axis, page, paper_style
from lvgen.io.constraint_files import draw_bounds
from lvgen.units import E_CHARGE

_NAMES = (
    "muon_g-2_2016", "proton_radius_2016", "K_mu_X_1973", "K_mu_ee_1sigma", "K_mu_mumu_always", "tau_mu_ee",
    "alpha_shift",
)  # fmt: skip
_RANGE = (1e-4, 0.3)
_FIRST = ("K_mu_X_1973", "proton_radius_2016")
_PANELS = {(0.8, 0.03): "(a)", (0.8, 0.15): "(b)", (2.0, 0.03): "(c)", (2.0, 0.15): "(d)"}
#: P* -> P V -> P e+ e-, in 1e-10 at kappa = 1e-3 and 50 and 100 MeV, as printed in table I
_TABLE = {
    "rho0 -> pi0 V": (6.3, 6.1),
    "rho+ -> pi+ V": (4.8, 4.6),
    "K*0 -> K0 V": (7.6, 7.0),
    "K*+ -> K+ V": (10.0, 9.5),
    "phi -> eta V": (9.1, 8.9),
}


def _panel(build: Build, axes: Any, lam: float, m_phi: float, names: tuple[str, ...], title: str) -> None:
    masses = np.geomspace(0.005, 1.6, build.points(40, 6))
    found = lvgen.bounds(
        "muonic_U1d", masses, names=names, between=_RANGE, legs="lepton", lam=lam * E_CHARGE, m_phi=m_phi
    )
    draw_bounds(axes, found, mass_label="$m_V$", symbol=r"$\kappa$", square=True)
    axes.set_title(rf"{title} $\lambda$ = {lam:g} $e$, $m_\phi$ = {1e3 * m_phi:g} MeV", loc="left")


def kaon_bounds(build: Build) -> list[Merit]:
    """Figure 1."""
    with paper_style():
        figure, grid = page((12.0, 4.8), ncols=2)
        for axes, m_phi, title in zip(grid, (0.03, 0.15), ("(a)", "(b)"), strict=True):
            _panel(build, axes, 2.0, m_phi, _FIRST, title)
        build.save(figure)
    return []


def parameter_space(build: Build) -> list[Merit]:
    """Figure 2."""
    with paper_style():
        figure, grid = page((13.5, 9.4), nrows=2, ncols=2)
        for axes, ((lam, m_phi), title) in zip(grid.flat, _PANELS.items(), strict=True):
            _panel(build, axes, lam, m_phi, _NAMES, title)
        build.save(figure)
    return []


def heavy_higgs(build: Build) -> list[Merit]:
    """Figure 3."""
    with paper_style():
        figure, axes = page((7.6, 5.2))
        _panel(build, axes, 1.0, 0.25, _NAMES, "")
        build.save(figure)
    return []


def kaon_to_pion(build: Build) -> list[Merit]:
    """Figure 4: at the lower and upper edge of what the muon's moment favours."""
    masses = np.geomspace(0.01, 0.33, build.points(40, 5))
    with paper_style():
        figure, axes = page()
        for k, (lam, m_phi) in enumerate(((2.0, 0.03), (2.0, 0.15), (0.8, 0.03))):
            found = lvgen.bounds(
                "muonic_U1d", masses, names=["muon_g-2_2016"], between=_RANGE, legs="lepton", lam=lam * E_CHARGE,
                m_phi=m_phi,
            )  # fmt: skip
            edges: dict[float, tuple[float, float]] = {}
            for b in found:
                if b.kind == "favoured" and b.coupling_lower is not None and b.coupling_upper is not None:
                    edges[b.mass] = (b.coupling_lower, b.coupling_upper)
            if not edges:  # nothing of this sign anywhere
                continue
            low, high = ([_kaon(m, pair[side]) for m, pair in edges.items()] for side in (0, 1))
            look = {"color": COLOURS[k], "alpha": 0.4, "label": rf"$\lambda$ = {lam:g} $e$, {1e3 * m_phi:g} MeV"}
            axes.fill_between(list(edges), low, high, **look)
        log_axis(axes, "x", 0.01, 0.35)
        log_axis(axes, "y", 1e-15, 1e-6)
        axes.set_xlabel("$m_V$ [GeV]")
        axes.set_ylabel(r"BR($K^+\to\pi^+V$)")
        axes.legend()
        build.save(figure)
    # eq. 20 of the text, valid below 200 MeV in its own words
    points = np.array([0.05, 0.1, 0.15, 0.2])
    printed = 8e-5 * (points / 0.1) ** 2
    return [merit("eq. 20 of the text", [_kaon(float(m), 1.0) for m in points], printed)]


def _kaon(mass: float, kappa: float) -> float:
    return lvgen.branching_ratio("K+ -> pi+ V", model="dark_photon", mass=mass, coupling=kappa).value


def collisions(build: Build) -> list[Merit]:
    """Figure 5: both readings of the energy, 10 GeV and the root of 10 GeV."""
    kappa = 1e-3
    with paper_style():
        figure, grid = page((10.8, 4.8), ncols=2)
        for axes, boson, top in zip(grid, ("phi", "V"), (8.0, 2.0), strict=True):
            for k, root_s in enumerate((10.0, 10.0**0.5)):
                low = 0.212 if boson == "phi" else 0.001
                masses = np.geomspace(low, min(top, root_s - 0.25), build.points(24, 4))
                values = [_cross_section(boson, float(m), kappa, root_s) for m in masses]
                axes.plot(masses, values, color=COLOURS[k], linestyle=LINES[k], label=f"{root_s:.3g} GeV")
            log_axis(axes, "x", low, top)
            axes.set_yscale("log")
            axes.set_xlabel(r"$m_\phi$ [GeV]" if boson == "phi" else "$m_V$ [GeV]")
            axes.set_ylabel(rf"$\sigma(e^+e^-\to\mu^+\mu^-{chr(92) + 'phi' if boson == 'phi' else 'V'})$ [pb]")
            held = "$m_V$ = 0.1 GeV, " if boson == "phi" else ""
            axes.set_title(rf"{held}$\kappa$ = 0.001, $\lambda$ = $e$", loc="left")
        grid[0].legend(title="Energy")
        build.save(figure)
    return []


def _cross_section(boson: str, mass: float, kappa: float, root_s: float) -> float:
    given: dict[str, Any] = {"model": "muonic_U1d", "coupling": kappa, "sqrt_s": root_s, "lam": E_CHARGE}
    if boson == "phi":
        found = lvgen.cross_section("e+ e- -> mu+ mu- phi", mass=0.1, m_phi=mass, **given)
    else:
        found = lvgen.cross_section("e+ e- -> mu+ mu- V", mass=mass, **given)
    return found.value


def meson_decays(build: Build) -> list[Merit]:
    """Table I: V goes to e+ e- alone below two muons."""
    rows = [(name, 0.05 + 0.05 * k, value) for name, pair in _TABLE.items() for k, value in enumerate(pair)]
    ours = np.array([lvgen.branching_ratio(n, model="dark_photon", mass=m, coupling=1e-3).value for n, m, _ in rows])
    theirs: Floats = 1e-10 * np.array([value for *_, value in rows])
    with paper_style():
        figure, axes = page()
        x = np.arange(len(rows))
        axes.plot(x, ours, "o", color=COLOURS[0], label="here")
        axes.plot(x, theirs, "x", color=COLOURS[1], label="printed")
        axes.set_yscale("log")
        axes.set_xticks(x, [f"{n.split(' ->')[0]}, {1e3 * m:g}" for n, m, _ in rows], rotation=60, ha="right")
        axes.set_ylabel("Branching ratio")
        axes.legend()
        build.save(figure)
    return [merit("table I", ours, theirs)]


_SPACE = (
    "Excluded regions and favoured bands of the same measurements (those of 2016), with emission from the muon alone."
)

MUONIC = Text(
    "muonic",
    "Muonic dark U(1)",
    "arXiv:1609.00860",
    (
        Item("Figure 1", "bounds of K to mu and missing energy", "in part",
             f"{_SPACE} The curves of other experiments in it are theirs.", kaon_bounds),
        Item("Figure 2", "parameter space, four panels", "in part",
             f"{_SPACE} The card is `muonic_u1d_constraints`; curves of BaBar, KLOE and NA48 are theirs.",
             parameter_space),
        Item("Figure 3", "parameter space with a heavier dark Higgs", "in part", _SPACE, heavy_higgs),
        Item("Figure 4", "K to pi V", "refuted",
             "Eq. 20, from which it is drawn, leaves out phase space and the slope of W(z), which reproduces the "
             "measured K to pi l l: it is 1.45 times too large at 100 MeV ([errata](../errata.md)).", kaon_to_pion),
        Item("Figure 5", "cross-sections at an e+ e- collider", "in part",
             "The energy is printed with a root over 10 GeV, so both readings are drawn; the coupling of the figure is "
             "not stated.", collisions),
        Item("Table I", "P* to P V", "refuted",
             "Two of its couplings are wrong ([errata](../errata.md)); ours come from the PDG's radiative widths.",
             meson_decays),
    ),
)  # fmt: skip
