"""chi_2 -> chi_1 a b: decay of the heavier state of an inelastic pair through a virtual boson.

With the off-diagonal vector coupling of a pseudo-Dirac pair, S = m1 + m2, D = m2 - m1, K the momentum of the pair of
mass q in the rest frame of chi_2 and Gamma_V(q) the width of a boson of mass q into a b:

    dGamma/dq^2 = g_chi^2 K / (8 pi^2 m2^2) (D^2 - q^2) (S^2 + 2 q^2)/q^2 sqrt(q^2) Gamma_V(q) / (q^2 - M^2)^2

which for D small against m1, massless leptons and a heavy boson is g_chi^2 g_l^2 D^5/(60 pi^3 M^4). The pair has
helicity 0 along its flight with weight S^2, either +-1 with weight q^2. Axial couplings to massive leptons add a
timelike part, which flies apart evenly. Own calculation from the squared matrix element; the limit is that of
arXiv:1703.06881. Width of the boson in its propagator and polarisation of chi_2 are neglected. Units GeV, metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.table import DecayTable
from lvgen.errors import UserError
from lvgen.kernels.inelastic import inelastic_decay
from lvgen.models.base import ELECTRIC_CHARGE, Model
from lvgen.particles import mass as particle_mass
from lvgen.units import E_CHARGE, HBARC

if TYPE_CHECKING:
    from lvgen.models.dark_matter import DarkMatter

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Keys = NDArray[np.uint64]

#: PDG ids of the two states: 52 is spin-1/2 dark matter there, 57 our own choice from its range for dark matter
CHI_1, CHI_2 = 52, 57
_NODES, _STEPS = 1025, 8001
#: name of the channel, PDG ids of a and b
_PAIRS: dict[str, tuple[int, int]] = {
    "e+ e-": (-11, 11),
    "mu+ mu-": (-13, 13),
    "tau+ tau-": (-15, 15),
    "nu_e nubar_e": (12, -12),
    "nu_mu nubar_mu": (14, -14),
    "nu_tau nubar_tau": (16, -16),
    "pi0 gamma": (111, 22),
    "hadrons": (211, -211),
}
_LEPTONS = {"e+ e-": "e", "mu+ mu-": "mu", "tau+ tau-": "tau"}


@dataclass(frozen=True)
class ChiDecay:
    """Decay of chi_2 at one mass of the boson and one coupling.

    m1, m2 : GeV; width : GeV; branching_ratios : into chi_1 with "e+ e-", "nu_mu nubar_mu", ..., "pi0 gamma" and
    "hadrons", the other ones, which are generated as a pair of charged pions of the same mass
    """

    m1: float
    m2: float
    width: float
    branching_ratios: dict[str, float]
    _q: Floats
    _angular: Floats

    @property
    def ctau(self) -> float:
        """Proper decay length, m; infinite where nothing is open."""
        return HBARC / self.width if self.width > 0.0 else math.inf

    def generate(self, keys: Keys, chi2_momenta: Floats, weight: Floats) -> tuple[Ints, Floats]:
        """Decay chi_2's.

        keys : (n,) one random stream each (``kernels.randoms``); chi2_momenta : (n, 4) E, px, py, pz, GeV
        weight : (n,) rows of weight 0 are passed over and left with PDG id 0
        returns PDG ids (n, 3), chi_1 first, and momenta (n, 3, 4) in the laboratory, GeV
        raises ValueError where nothing is open
        """
        if not self.branching_ratios:
            raise ValueError("chi_2 has no open decay")
        pairs = np.array([_PAIRS[name] for name in self.branching_ratios], np.int32)
        masses = np.array([[particle_mass(int(pdg)) for pdg in pair] for pair in pairs])
        cumulative = np.cumsum(list(self.branching_ratios.values()))
        pdg = np.zeros((len(keys), 3), np.int32)
        momenta = np.zeros((len(keys), 3, 4))
        inelastic_decay(
            keys, np.ascontiguousarray(chi2_momenta), weight, self.m1, self.m2, cumulative, self._q, self._angular,
            masses, pairs, np.int32(CHI_1), pdg, momenta,
        )  # fmt: skip
        return pdg, momenta


def chi2_decay(model: Model, mass: float, coupling: float = 1.0) -> ChiDecay:
    """How chi_2 of a model with inelastic dark matter decays.

    mass : of the boson, GeV; coupling : of the run: all couplings go with it, and the width of chi_2 with coupling^4
    raises ValueError for a model without such dark matter; UserError where chi_2 is heavy enough for a real boson
    """
    chi = model.dark_matter
    if chi is None or chi.species != "inelastic":
        raise ValueError(f"{model.name} has no inelastic dark matter")
    m1 = chi.mass_ratio * mass
    gap = chi.splitting * m1
    if gap >= mass:
        raise UserError(
            f"chi_2 decays to chi_1 and a real boson: {gap:g} GeV apart, the boson has {mass:g} GeV",
            key="model.dark_matter_splitting",
        )
    found = {name: _channel(model, chi, mass, m1, gap, name) for name in _PAIRS}
    opened = {name: part for name, part in found.items() if part is not None}
    total = sum(part[0] for part in opened.values())
    q = np.array([part[1] for part in opened.values()]).reshape(-1, _NODES)
    angular = np.array([part[2] for part in opened.values()]).reshape(-1, _NODES, 2)
    ratios = {name: part[0] / total for name, part in opened.items()}
    return ChiDecay(m1, m1 + gap, total * coupling**4, ratios, q, angular)


def _channel(
    model: Model, chi: DarkMatter, mass: float, m1: float, gap: float, name: str
) -> tuple[float, Floats, Floats] | None:
    """Width at ``coupling = 1``, pair masses (k,) at even steps of their distribution, angular densities (k, 2)."""
    low = sum(particle_mass(pdg) for pdg in _PAIRS[name])
    if gap <= low:
        return None
    steps = np.linspace(0.0, 1.0, _STEPS)
    # both ends rise with a root: even steps of sin^2 make them smooth
    q = low + (gap - low) * np.sin(0.5 * math.pi * steps) ** 2
    dq = 0.5 * math.pi * (gap - low) * np.sin(math.pi * steps)
    inner = np.clip(q, 0.5 * (q[0] + q[1]), None)
    s, total_mass = inner**2, 2.0 * m1 + gap
    k = np.sqrt(np.clip((total_mass**2 - s) * (gap**2 - s), 0.0, None)) / (2.0 * (m1 + gap))
    table = DecayTable(model, inner)
    common = chi.coupling**2 * k / (8.0 * math.pi**2 * (m1 + gap) ** 2) * np.clip(gap**2 - s, 0.0, None)
    spin_one = common * _virtual_width(table, name) / inner / (s - mass**2) ** 2
    transverse, longitudinal = 2.0 * s * spin_one, total_mass**2 * spin_one
    timelike = _timelike(model, chi, name, mass, m1, gap, inner, k)
    density = (transverse + longitudinal + timelike) * 2.0 * inner * dq
    cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(steps))])
    width = float(cumulative[-1])
    if not width > 0.0:
        return None
    # nodes where the distribution stands still (closed channels) would make its inverse ambiguous
    rising = np.concatenate([[True], np.diff(cumulative) > 0.0])
    place = np.interp(np.linspace(0.0, width, _NODES), cumulative[rising], steps[rising])
    pair_mass = low + (gap - low) * np.sin(0.5 * math.pi * place) ** 2
    shapes = _shapes(model, name, inner)
    weights = [np.divide(w, transverse + longitudinal + timelike, out=np.zeros_like(w), where=density > 0.0)
               for w in (transverse, longitudinal, timelike)]  # fmt: skip
    angular = sum(w[:, None] * shape for w, shape in zip(weights, shapes, strict=True))
    at = [np.interp(place, steps, column) for column in np.asarray(angular).T]
    return width, pair_mass, np.stack(at, axis=1)


def _virtual_width(table: DecayTable, name: str) -> Floats:
    """Width (n,) of a boson of the table's masses into a channel; "hadrons" are all but pi0 gamma."""
    if name != "hadrons":
        return table.width(name)
    share = table.branching_ratio("hadrons") + table.branching_ratio("quarks") - table.branching_ratio("pi0 gamma")
    hadrons: Floats = np.clip(share, 0.0, None) * table.total
    return hadrons


def _timelike(
    model: Model, chi: DarkMatter, name: str, mass: float, m1: float, gap: float, q: Floats, k: Floats
) -> Floats:
    """dGamma/dq^2 of the divergence of an axial lepton current, (n,), from g_A^2 m^2 D^2 (S^2 - q^2)."""
    if name not in _LEPTONS:
        return np.zeros_like(q)
    m, s = particle_mass(_PAIRS[name][1]), q**2
    beta = np.sqrt(np.clip(1.0 - 4.0 * m**2 / s, 0.0, None))
    axial = (model.couplings(mass).ga(_LEPTONS[name]) * m) ** 2 * beta / math.pi
    leptons = axial * 2.0 * gap**2 * ((2.0 * m1 + gap) ** 2 - s) / s
    result: Floats = chi.coupling**2 * k / (32.0 * math.pi**2 * (m1 + gap) ** 2) * leptons / mass**4
    return result


def _shapes(model: Model, name: str, q: Floats) -> tuple[Floats, Floats, Floats]:
    """a, b (n, 2) of the angular density a + b cos^2, of integral 1, of transverse, longitudinal and timelike pairs."""
    one, zero = np.ones_like(q), np.zeros_like(q)
    flat = np.stack([0.5 * one, zero], axis=1)
    if name == "hadrons":
        return 0.75 * np.stack([one, -one], axis=1), 1.5 * np.stack([zero, one], axis=1), flat
    r, vector, axial = zero, one, zero
    if name in _LEPTONS:
        lepton = _LEPTONS[name]
        r = np.clip((2.0 * particle_mass(_PAIRS[name][1]) / q) ** 2, None, 1.0)
        couplings = model.couplings()
        running = couplings.gv(lepton) + E_CHARGE * ELECTRIC_CHARGE[lepton] * model.mixing_shift(q)
        vector, axial = np.abs(running) ** 2, (1.0 - r) * couplings.ga(lepton) ** 2
    # vector: 1 + c^2 + r s^2 and 2 (s^2 + r c^2); axial: beta^2 (1 + c^2) and 2 beta^2 s^2
    norm = vector * (8.0 + 4.0 * r) / 3.0 + axial * 8.0 / 3.0
    norm = np.where(norm > 0.0, norm, 1.0)
    transverse = np.stack([vector * (1.0 + r) + axial, vector * (1.0 - r) + axial], axis=1) / norm[:, None]
    longitudinal = 2.0 * np.stack([vector + axial, vector * (r - 1.0) - axial], axis=1) / norm[:, None]
    return transverse, longitudinal, flat
