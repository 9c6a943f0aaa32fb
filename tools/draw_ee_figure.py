"""Draw figure 5 of arXiv:1609.00860 anew: e+ e- -> mu+ mu- mu+ mu- by the dark Higgs, e+ e- -> mu+ mu- e+ e- by V.

    python tools/draw_ee_figure.py [-o docs/figures/muonic_ee.png]

That paper states neither the coupling of the figure nor, since the root may or may not stand over the unit, whether
sqrt(s) is 10 GeV or sqrt(10) GeV. Both energies are drawn, at kappa = 1e-3; cross-sections go with kappa^2.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np

import lvgen
from lvgen.io.canvas import COLOURS, log_axis, page, paper_style, save
from lvgen.particles import mass as particle_mass
from lvgen.units import E_CHARGE

KAPPA, M_V = 1e-3, 0.1
ENERGIES = {r"$\sqrt{s}=10$ GeV": 10.0, r"$\sqrt{s}=\sqrt{10}$ GeV": math.sqrt(10.0)}
LAMBDAS = {r"$\lambda=e$": E_CHARGE, r"$\lambda=0.1\,e$": 0.1 * E_CHARGE}
FB = 1e3
POINTS = 32


def by_higgs(m_phi: float, root_s: float) -> tuple[float, float]:
    """Cross-section of mu+ mu- phi in fb at lambda = e, and times the branching ratio into muons."""
    rate = lvgen.cross_section(
        "e+ e- -> mu+ mu- phi", model="muonic_U1d_phi", mass=m_phi, coupling=KAPPA, sqrt_s=root_s, m_V=M_V
    )
    table: Any = lvgen.model("muonic_U1d_phi", m_V=M_V).decay_table(m_phi)
    return FB * rate.value, FB * rate.value * float(table.branching_ratio("mu+ mu-"))


def by_vector(m_v: float, root_s: float, lam: float) -> float:
    """Cross-section of mu+ mu- V in fb times the branching ratio into electrons."""
    rate = lvgen.cross_section(
        "e+ e- -> mu+ mu- V", model="muonic_U1d", mass=m_v, coupling=KAPPA, sqrt_s=root_s, lam=lam
    )
    table: Any = lvgen.model("muonic_U1d", lam=lam).decay_table(m_v)
    return FB * rate.value * float(table.branching_ratio("e+ e-"))


def masses(low: float, high: float) -> np.ndarray:
    """From low to high, close together at both ends, where curves are steep."""
    ends = [low * (1.0 + np.geomspace(2e-3, 0.3, 10)), high * (1.0 - np.geomspace(0.02, 0.4, 10))]
    return np.unique(np.concatenate([*ends, np.geomspace(1.3 * low, 0.6 * high, 14)]))


def draw(target: Path) -> None:
    """Both panels."""
    threshold = 2.0 * particle_mass("mu-")
    with paper_style():
        figure, axes = page((10.6, 4.8), ncols=2)
        for k, (energy, root_s) in enumerate(ENERGIES.items()):
            m_phi = masses(threshold, root_s - threshold)
            phi = np.array([by_higgs(m, root_s) for m in m_phi])
            for j, (coupling, lam) in enumerate(LAMBDAS.items()):
                look: dict[str, Any] = {"color": COLOURS[k], "linewidth": 1.8 if j == 0 else 1.2}
                label = f"{energy}, {coupling}"
                squared = (lam / E_CHARGE) ** 2
                axes[0].plot(m_phi, squared * phi[:, 1], "-", label=label, **look)
                axes[0].plot(m_phi, squared * phi[:, 0], ":", **look)
                m_v = np.geomspace(0.01, 0.998 * threshold, POINTS)
                axes[1].plot(m_v, [by_vector(m, root_s, lam) for m in m_v], "-", label=label, **look)
        axes[0].plot([], [], ":", color="0.3", label=r"Any decay of $\phi$")
        log_axis(axes[0], "x", 0.2, 10.0)
        log_axis(axes[1], "x", 0.01, 0.25)
        for ax, low, high in ((axes[0], 1e-7, 1e1), (axes[1], 0.1, 1e2)):
            log_axis(ax, "y", low, high)
            ax.legend(loc="best", fontsize=9.5)
        axes[0].set_xlabel(r"$m_\phi$ [GeV]")
        axes[0].set_ylabel(r"$\sigma(e^+e^-\to\mu^+\mu^-\phi)\,B(\phi\to\mu^+\mu^-)$ [fb]")
        axes[0].set_title(rf"$\kappa=10^{{-3}}$, $M_V={1e3 * M_V:.0f}$ MeV", loc="left")
        axes[1].set_xlabel(r"$M_V$ [GeV]")
        axes[1].set_ylabel(r"$\sigma(e^+e^-\to\mu^+\mu^-V)\,B(V\to e^+e^-)$ [fb]")
        axes[1].set_title(r"$\kappa=10^{-3}$", loc="left")
        save(figure, target)
    print(target, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(__file__).resolve().parents[1] / "docs" / "figures" / "muonic_ee.png"
    parser.add_argument("-o", "--output", type=Path, default=default)
    draw(parser.parse_args().output)


if __name__ == "__main__":
    main()
