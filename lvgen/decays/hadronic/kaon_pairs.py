"""V -> K+ K- and V -> K0 K0bar (K_S K_L): towers of rho, omega and phi resonances."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic.base import Complexes, Floats, HadronicChannel, above_threshold, quadratic_form
from lvgen.decays.hadronic.propagators import dual_coefficients, fixed_width, gounaris_sakurai, p_wave, tower_masses
from lvgen.decays.hadronic.two_pions import pair_width

M_CHARGED, M_NEUTRAL = 0.493677, 0.497611
_MU = 0.13957018
_N_TOWER = 200
#: isospin breaking in phi -> K0 K0bar (arXiv:1911.11147)
_ETA_PHI = 1.055


@dataclass(frozen=True)
class KaonTower:
    """A tower as fitted: leading coefficients, masses, widths; beta and width/mass of the rest."""

    beta: float
    coefficients: tuple[float, ...]
    masses: tuple[float, ...]
    widths: tuple[float, ...]
    slope: float

    def tower(self) -> tuple[Floats, Floats, Floats]:
        """Masses, widths (GeV) and coefficients, each (200,); the first free coefficient makes the sum 1."""
        mass = tower_masses(self.masses, _N_TOWER)
        width = self.slope * mass
        width[: len(self.widths)] = self.widths
        c = dual_coefficients(self.beta, _N_TOWER)
        k = len(self.coefficients)
        c[:k] = self.coefficients
        c[k] = 0.0
        c[k] = 1.0 - c.sum()
        return mass, width, c


# arXiv:1911.11147 (fit), to the digits of its program
RHO_TOWER = KaonTower(
    beta=2.196806650,
    coefficients=(
        1.1148916618504967,
        -0.050374779737077324,
        -0.014908906283692132,
        -0.03902475997619905,
        -0.038341465215871416,
    ),
    masses=(0.77549, 1.5206995754050117, 1.7409719246639341, 1.9922811314327789),
    widths=(0.1494, 0.21341728317817743, 0.08412224414791908, 0.2899733272437917),
    slope=0.1494 / 0.77549,
)
OMEGA_TOWER = KaonTower(
    beta=2.693620469,
    coefficients=(1.3653229680598022, -0.02775156567495144, -0.32497165559032715, 1.3993153161869765),
    masses=(0.78265, 1.4144344268685891, 1.655375231284883),
    widths=(0.00849, 0.0854413887755723, 0.16031760444832305),
    slope=0.5,
)
PHI_TOWER = KaonTower(
    beta=1.945181766,
    coefficients=(0.965842498579515, -0.002379766320723148, -0.1956211640216197, 0.16527771485190898),
    masses=(1.0194209171596993, 1.594759278457624, 2.156971341201067),
    widths=(0.004252653332329334, 0.028741821847408196, 0.6737556174184005),
    slope=0.2,
)


Towers = tuple[KaonTower, KaonTower, KaonTower]
TOWERS: Towers = (RHO_TOWER, OMEGA_TOWER, PHI_TOWER)


@functools.lru_cache(maxsize=4)
def _towers(towers: Towers = TOWERS) -> tuple[tuple[Floats, Floats, Floats], ...]:
    return tuple(tower.tower() for tower in towers)


def kaon_form_factor(mass: Floats, charged: bool, towers: Towers = TOWERS) -> Complexes:
    """The rho-, omega- and phi-like parts of the timelike kaon form factor at c = 1.

    mass : (n,) GeV, above threshold; returns (n, 3) complex
    source: arXiv:1002.0279 (form), arXiv:1911.11147 (fit); isospin gives the rho part its sign
    """
    s = np.asarray(mass, dtype=float)[:, None] ** 2
    rho, omega, phi = _towers(towers)
    m_kaon = M_CHARGED if charged else M_NEUTRAL
    isovector = rho[2] * gounaris_sakurai(s, rho[0], rho[1], _MU)
    isoscalar = omega[2] * fixed_width(s, omega[0], omega[1])
    strange = phi[2] * p_wave(s, phi[0], phi[1], m_kaon, m_kaon)
    if not charged:
        strange[:, 0] *= _ETA_PHI
    sign = 0.5 if charged else -0.5
    return np.stack([sign * isovector.sum(axis=1), isoscalar.sum(axis=1) / 6.0, strange.sum(axis=1) / 3.0], axis=1)


def _form(charged: bool) -> Callable[[Floats], Floats]:
    def form(mass: Floats) -> Floats:
        return quadratic_form(kaon_form_factor(mass, charged), pair_width(mass, M_CHARGED if charged else M_NEUTRAL))

    return form


def _channel(name: str, products: tuple[int, ...], charged: bool) -> HadronicChannel:
    threshold = 2.0 * (M_CHARGED if charged else M_NEUTRAL)
    return HadronicChannel(
        name=name,
        group=name,
        products=products,
        threshold=threshold,
        coefficients=above_threshold(_form(charged), threshold),
        reference="arXiv:1002.0279; arXiv:1911.11147",
    )


CHANNELS = (
    _channel("K+ K-", (321, -321), charged=True),
    # a C-odd pair of neutral kaons is K_S K_L
    _channel("K0 K0bar", (310, 130), charged=False),
)
