"""How many hadrons of which kind come out of a quark pair: the tables behind ``hadronisation``.

A statistical (Fermi) model.  Every final state of pions with at most one pair of kaons (or D mesons) and one eta that
charge, strangeness, charm, and where they apply G and C parity allow has the weight

    V_n(M) lambda^n exp(b (n_ch - N)^2) / Prod n_i!  x  (strangeness and eta factors),

V_n being its volume of phase space.  lambda and b are solved for such that mean and dispersion of the number of charged
particles are the measured ones.  n_ch counts the decay products of K_S, eta and D, as measurements do.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np

from lvgen.decays.primary.base import Floats, Ints
from lvgen.particles import charge
from lvgen.particles import mass as particle_mass

#: most particles of one final state, and of either neutral or pairs of charged pions
MOST, _MOST_EACH = 20, 9
#: dispersion of the charged multiplicity over its mean: 0.325 +- 0.012 at 10.47 GeV (ARGUS, Z. Phys. C 54 (1992) 13),
#: 0.34 to 0.38 +- 0.04 from 7.4 to 10 GeV (LENA, Z. Phys. C 9 (1981) 1), and KNO scaling below
DISPERSION = 0.34
#: weight of each of the four ways to have a strange pair, against pions in the same phase space (0.3 in all, as in
#: string models; 0.8 charged kaons an event at 10 GeV), and of an eta
STRANGE, ETA = 0.075, 0.3
#: mean and variance of the number of charged particles from decays: PDG fractions of K_S and eta, half of K0 is K_S;
#: D mesons by their mean (Mark III, Phys. Lett. B263 (1991) 135) as 2 or 4, and 1 or 3
_CHARGED_FROM = {311: (0.692, 0.905), 221: (0.55, 0.80), 421: (2.5, 0.75), 411: (2.3, 0.91)}
#: final states rarer than this are left out
_RAREST = 1e-7

#: flavour content that starts the final state
ISOVECTOR, ISOSCALAR, STRANGENESS, CHARM = "isovector", "isoscalar", "strange", "charm"
VECTOR, AXIAL = "vector", "axial"

_KAONS = ((321, -321), (311, -311), (321, -311, -211), (-321, 311, 211))
_CHARMED = ((421, -421), (411, -411), (421, -411, 211), (-421, 411, -211))


def mean_charged(mass: float) -> float:
    """Mean number of charged particles of e+ e- -> hadrons, decays of K_S and eta included, at a mass in GeV.

    2.10 + 0.83 ln s is a fit to the 38 points of Mark I from 2.6 to 7.8 GeV (J. Siegrist et al., Phys. Rev. D26 (1982)
    969); carried on to 1.5 GeV it agrees with the sum of measured exclusive channels to 8 %.  Above 5 GeV the term
    1.07 ln^2(s/25 GeV^2) joins it to 8.35 +- 0.20 at 10.47 GeV (ARGUS), by way of LENA's 6.27 +- 0.64 at 7.45 and
    7.67 +- 0.78 at 9.99 GeV; Mark I is up to 10 % lower there.  The inclusive spectra of BES (hep-ex/0306055) add up to
    20 % less than Mark I from 2.2 to 3 GeV.
    """
    log_s = 2.0 * math.log(mass)
    high = max(0.0, log_s - math.log(25.0))
    return max(0.0, 2.10 + 0.83 * log_s + 1.07 * high**2)


@dataclass(frozen=True)
class FinalStates:
    """Final states of one mass: ``share`` (k,), PDG ids ``pdg`` and ``masses`` (k, n), ``count`` (k,) particles each.

    ``kaons`` (k,): what a neutral pair of kaons becomes: 0 either K_S or K_L each, 1 K_S K_L, 2 twice the same
    """

    share: Floats
    pdg: Ints
    masses: Floats
    count: Ints
    kaons: Ints


def _patterns(content: str, current: str) -> tuple[tuple[int, ...], ...]:
    """Final states (PDG ids) that a flavour content and current allow, whatever the mass."""
    starts: list[tuple[int, ...]] = list(_KAONS)
    if content in (ISOVECTOR, ISOSCALAR):
        starts.append(())
    elif content == CHARM:
        starts = list(_CHARMED)
    states = []
    for start, eta, pairs, neutral in itertools.product(
        starts, ((), (221,)), range(_MOST_EACH + 1), range(_MOST_EACH + 1)
    ):
        state = (*start, *eta, *(211, -211) * pairs, *(111,) * neutral)
        shortest = 2 if content == CHARM and current == VECTOR else 3
        if shortest <= len(state) <= MOST and _allowed(content, current, state):
            states.append(state)
    return tuple(states)


def _allowed(content: str, current: str, state: tuple[int, ...]) -> bool:
    """G parity of pions and eta, and C parity of states that are their own antiparticles."""
    if not {abs(pdg) for pdg in state} <= {111, 211, 221}:
        return True
    # G = C (-1)^I: + for isovector vectors and isoscalar axial currents, which go to even numbers of pions; eta has +
    even = (content == ISOVECTOR) == (current == VECTOR)
    if (sum(pdg != 221 for pdg in state) % 2 == 0) != even:
        return False
    # neutral pions alone: C forbids them for vectors; for an axial current they begin with the third power of momenta
    return 211 in state or (current == AXIAL and 221 in state)


class _Species:
    """Kinds of particles, and the thermodynamics of each that volumes of phase space need."""

    ids = (211, 111, 321, 311, 221, 421, 411)

    def __init__(self) -> None:
        from scipy.special import kve

        self.masses = np.array([particle_mass(pdg) for pdg in self.ids])
        self.beta = np.geomspace(0.05, 2000.0, 300)
        x = self.beta * self.masses[:, None]
        r = kve(0, x) / kve(1, x)
        self.log_phi = np.log(2.0 * math.pi * self.masses[:, None] * kve(1, x) / self.beta) - x
        self.energy = self.masses[:, None] * r + 2.0 / self.beta
        self.variance = 2.0 / self.beta**2 + self.masses[:, None] ** 2 * (1.0 - r * r - r / x)
        self.momentum2 = self.variance + self.energy**2 - self.masses[:, None] ** 2


@functools.cache
def _species() -> _Species:
    return _Species()


def log_volumes(mass: float, counts: Floats) -> Floats:
    """Logarithms of volumes of phase space, Integral Prod d^3p/(2E) delta^4, by the method of steepest descent.

    mass : GeV; counts : (k, 7) particles of each kind of ``_Species``; returns (k,), -inf where closed. Good to
    some 10 % for three bodies or more, most of it a common factor.
    """
    kinds = _species()
    logs = np.full(len(counts), -np.inf)
    rows = np.flatnonzero(counts @ kinds.masses < mass * (1.0 - 1e-9))
    n = counts[rows]
    energy = n @ kinds.energy
    # energies fall with beta: the column below which they exceed the mass
    high = np.clip((energy > mass).sum(axis=1), 1, kinds.beta.size - 1)
    each = np.arange(rows.size)
    above, below = energy[each, high - 1], energy[each, high]
    f = np.clip((above - mass) / (above - below), 0.0, 1.0)

    def at(table: Floats) -> Floats:
        values: Floats = np.sum(n * ((1.0 - f) * table[:, high - 1] + f * table[:, high]).T, axis=1)
        return values

    log_beta = np.log(kinds.beta)
    beta = np.exp((1.0 - f) * log_beta[high - 1] + f * log_beta[high])
    width = at(kinds.variance) * (at(kinds.momentum2) / 3.0) ** 3
    logs[rows] = beta * mass + at(kinds.log_phi) - 2.0 * math.log(2.0 * math.pi) - 0.5 * np.log(width)
    return logs


@dataclass(frozen=True)
class _Content:
    """States of a content: particles of each kind (k, 7), logarithms of weights (k,), and of the charged particles that
    are counted in the end the mean and the variance from decays, both (k,).
    """

    states: tuple[tuple[int, ...], ...]
    counts: Floats
    factors: Floats
    charged: Floats
    variance: Floats


@functools.cache
def _content(content: str, current: str) -> _Content:
    """The states of a flavour content and current with all of their weight that does not depend on the mass."""
    states = _patterns(content, current)
    counts, factors = np.zeros((len(states), len(_Species.ids))), np.zeros(len(states))
    charged = np.zeros((len(states), 2))
    for i, state in enumerate(states):
        for pdg in state:
            counts[i, _Species.ids.index(abs(pdg))] += 1
            charged[i] += _CHARGED_FROM.get(abs(pdg), (abs(charge(pdg)), 0.0))
        factors[i] = -sum(math.lgamma(state.count(pdg) + 1.0) for pdg in set(state))
        popped = content in (ISOVECTOR, ISOSCALAR) and not {321, -321, 311, -311}.isdisjoint(state)
        factors[i] += (math.log(STRANGE) if popped else 0.0) + (math.log(ETA) if 221 in state else 0.0)
    return _Content(states, counts, factors, charged[:, 0], charged[:, 1])


def _shares(logs: Floats) -> Floats:
    shares: Floats = np.exp(logs - logs.max())
    shares /= shares.sum()
    return shares


def _tuned(mass: float, logs: Floats, size: Floats, charged: Floats, variance: Floats) -> Floats:
    """Shares (k,) with the measured mean and dispersion, or what comes nearest among the states that are open."""
    wanted = mean_charged(mass)
    spread = (DISPERSION * wanted) ** 2

    def moments(tilt: float, b: float) -> tuple[Floats, float, float]:
        shares = _shares(logs + tilt * size + b * (charged - wanted) ** 2)
        mean = float(shares @ charged)
        return shares, mean, float(shares @ ((charged - mean) ** 2 + variance))

    def at_mean(b: float) -> tuple[float, float]:
        low, high = -8.0, 8.0
        for _ in range(18):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if moments(middle, b)[1] < wanted else (low, middle)
        return 0.5 * (low + high), moments(0.5 * (low + high), b)[2]

    low, high = -0.4, 0.15
    for _ in range(12):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if at_mean(middle)[1] < spread else (low, middle)
    b = 0.5 * (low + high)
    return moments(at_mean(b)[0], b)[0]


def lightest(content: str, current: str) -> float:
    """Mass of the lightest final state of a content, GeV."""
    known = _content(content, current)
    return float((known.counts @ _species().masses).min())


def _neutral_kaons(current: str, state: tuple[int, ...]) -> int:
    """See ``FinalStates.kaons``: C fixes what a pair becomes where all else is neutral."""
    if 311 not in state or -311 not in state or 211 in state:
        return 0
    return 1 if current == VECTOR else 2


def final_states(mass: float, contents: dict[tuple[str, str], float]) -> FinalStates | None:
    """The final states at a mass (GeV) of contents (flavour content, current) with their weights; None where closed.

    A content that is closed at this mass gives its weight to the others.
    """
    shares: list[Floats] = []
    states: list[tuple[int, ...]] = []
    kaons: list[int] = []
    for (content, current), weight in contents.items():
        if weight <= 0.0:
            continue
        known = _content(content, current)
        logs = log_volumes(mass, known.counts) + known.factors
        opened = np.flatnonzero(np.isfinite(logs))
        if not opened.size:
            continue
        size = known.counts[opened].sum(axis=1)
        share = _tuned(mass, logs[opened], size, known.charged[opened], known.variance[opened])
        kept = share > _RAREST
        shares.append(weight * share[kept] / share[kept].sum())
        chosen = [known.states[i] for i in opened[kept]]
        states += chosen
        kaons += [_neutral_kaons(current, state) for state in chosen]
    if not states:
        return None
    return _table(np.concatenate(shares), states, kaons)


def _table(share: Floats, states: list[tuple[int, ...]], kaons: list[int]) -> FinalStates:
    width = max(map(len, states))
    pdg, masses = np.zeros((len(states), width), np.int32), np.zeros((len(states), width))
    for i, state in enumerate(states):
        pdg[i, : len(state)] = state
        masses[i, : len(state)] = [particle_mass(particle) for particle in state]
    count = np.array([len(state) for state in states], np.int32)
    return FinalStates(share / share.sum(), pdg, masses, count, np.array(kaons, np.int32))
