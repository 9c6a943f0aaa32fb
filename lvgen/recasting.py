"""A published limit of one model as a limit of another, without a simulation (arXiv:1801.04847 eqs. 2.1, 2.2, C.5-C.7).

At each mass the new coupling g is where production, branching ratio and efficiency give as many events as the old
model at its limit g_1:

    R(m, g, g_1) [BR(m)/BR_1(m)] [eps(tau(m, g))/eps(tau_1(m, g_1))] = 1.

R is the ratio of production rates, eps the probability to decay between two proper times.  A prompt search has
0 and ``max_ctau``; a displaced one between t0 and t0 (1 + decay volume/shielding), with t0 such that both edges of the
published limit have equal numbers of events.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from lvgen.decays.light_mesons import currents
from lvgen.decays.table import DecayTable
from lvgen.errors import UserError, nearest, unknown
from lvgen.io.limits import Limit
from lvgen.models.base import Model
from lvgen.nucleon import proton_form_factors
from lvgen.production import get_process, process_names
from lvgen.units import E_CHARGE

Floats = NDArray[np.float64]

_MESONS = ("rho0", "omega", "phi")
#: couplings that are searched, and how finely before the edges are polished
_RANGE, _STEPS = (1e-12, 10.0), 1300
_LARGEST_EXPONENT = 700.0


@dataclass(frozen=True)
class Search:
    """What a published search looked for.

    production : mechanism -> its share of the old model's bosons; decays : channels that count, together
    length_ratio : decay volume over shielding of a displaced search; max_ctau : m, longest proper flight of a prompt
    one.  Both None: prompt without a limit on the lifetime.
    """

    production: Mapping[str, float]
    decays: Sequence[str]
    length_ratio: float | None = None
    max_ctau: float | None = None


def mechanisms() -> list[str]:
    """What a boson's production can scale like: reactions of ``lvgen rate``, and couplings."""
    names = ["e bremsstrahlung", "mu bremsstrahlung", "p bremsstrahlung", "e+ e- -> gamma V"]
    names += [f"{meson} mixing" for meson in _MESONS]
    for process in process_names():
        names += [r for r in get_process(process).reactions() if not r.startswith("e+ e-")]
    return names


def recast(limit: Limit, old: Model, new: Model, search: Search) -> Limit:
    """The limit for the new model at the masses of the old one (GeV); nan where nothing is excluded.

    raises UserError for an unknown mechanism or decay, for models whose rates do not go with the coupling squared, for
    a limit that is a closed line, and for a displaced search without an upper edge
    """
    _check(limit, (old, new), search)
    lower = np.full(len(limit.mass), math.nan)
    upper = np.full(len(limit.mass), math.inf if not limit.two_sided else math.nan)
    for i, mass in enumerate(limit.mass):
        edges = (float(limit.lower[i]), float(limit.upper[i]))
        if not math.isnan(edges[0]):
            lower[i], upper[i] = _at_mass(float(mass), edges, old, new, search)
    return Limit(f"{limit.label}, {new.name}", limit.mass, lower, upper)


def production_ratio(search: Search, mass: float, new: Model, old: Model) -> float:
    """Rate of the new model over that of the old at equal couplings; mass in GeV.

    raises UserError where the old model does not make bosons in any of the ways
    """
    total = 0.0
    for name, share in search.production.items():
        was = _rate(name, old, mass)
        total += share * _rate(name, new, mass) / was if was > 0.0 else 0.0
    return total / sum(search.production.values())


def _check(limit: Limit, models: Sequence[Model], search: Search) -> None:
    known = mechanisms()
    for name in search.production:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"known: {', '.join(known[:7])}, ..."
            raise UserError(f"unknown mechanism {name!r}; {hint}", key="--production")
    for model in models:
        one, two = model.couplings_at(1.0, 0.1), model.couplings_at(2.0, 0.1)
        if any(not math.isclose(2.0 * one.gv(f), two.gv(f), abs_tol=1e-12) for f in ("e", "mu", "u", "d")):
            raise UserError(
                f"rates of {model.name} with these parameters do not go with the coupling squared", key="--to"
            )
        for decay in search.decays:
            table = DecayTable(model, 0.5)
            if decay not in table.names:
                raise unknown("decay channel", decay, table.names, key="--decay")
    if limit.closed:
        raise UserError("a closed line has no edges at each mass; columns mass, lower, upper are due", key="FILE")
    if search.length_ratio is not None and not limit.two_sided:
        raise UserError("a displaced search needs the limit's upper edge", key="--length-ratio")


def _at_mass(mass: float, edges: tuple[float, float], old: Model, new: Model, search: Search) -> tuple[float, float]:
    tables = [DecayTable(model, mass) for model in (old, new)]
    ratios = [sum(float(table.branching_ratio(name)) for name in search.decays) for table in tables]
    made = production_ratio(search, mass, new, old)
    nothing = math.nan, math.nan
    if not (ratios[0] > 0.0 and ratios[1] > 0.0 and made > 0.0):
        return nothing
    ctau = [float(table.ctau) for table in tables]
    first, last = _proper_lengths(search, edges, ctau[0])
    published = math.log(edges[0] ** 2) + _log_probability(first, last, ctau[0] / edges[0] ** 2)

    def excess(log_g: float) -> float:
        """Logarithm of the new model's events over the old one's at its limit."""
        events = 2.0 * log_g + _log_probability(first, last, ctau[1] / math.exp(2.0 * log_g))
        return events + math.log(made * ratios[1] / ratios[0]) - published

    return _interval(excess, two_sided=math.isfinite(edges[1]))


def _interval(excess: Callable[[float], float], *, two_sided: bool) -> tuple[float, float]:
    """Couplings between which ``excess`` of their logarithm is positive, around its largest value."""
    grid = np.linspace(math.log(_RANGE[0]), math.log(_RANGE[1]), _STEPS)
    values = np.array([excess(x) for x in grid])
    best = int(np.argmax(values))
    if not values[best] > 0.0:
        return math.nan, math.nan
    below = np.flatnonzero(values[:best] <= 0.0)
    above = best + 1 + np.flatnonzero(values[best + 1 :] <= 0.0)
    lower = math.exp(brentq(excess, grid[below[-1]], grid[below[-1] + 1])) if len(below) else _RANGE[0]
    if not two_sided and not len(above):
        return lower, math.inf
    return lower, math.exp(brentq(excess, grid[above[0] - 1], grid[above[0]])) if len(above) else math.inf


def _proper_lengths(search: Search, edges: tuple[float, float], ctau: float) -> tuple[float, float]:
    """Proper lengths (m) between which a decay counts; ctau : of the old model at coupling 1, m."""
    if search.length_ratio is None:
        return 0.0, math.inf if search.max_ctau is None else search.max_ctau
    stretch = 1.0 + search.length_ratio
    short, long = (ctau / g**2 for g in (edges[1], edges[0]))
    gain = 2.0 * math.log(edges[1] / edges[0])

    def difference(log_x: float) -> float:
        x = math.exp(log_x)
        return gain + _log_probability(x, stretch * x, short) - _log_probability(x, stretch * x, long)

    low, high = math.log(1e-6 * short), math.log(_LARGEST_EXPONENT * short)
    if difference(low) * difference(high) > 0.0:
        return 0.0, math.inf
    x = math.exp(brentq(difference, low, high))
    return x, stretch * x


def _log_probability(first: float, last: float, ctau: float) -> float:
    """ln of exp(-first/ctau) - exp(-last/ctau)."""
    if math.isinf(last):
        return -first / ctau
    return -first / ctau + math.log(-math.expm1(-(last - first) / ctau))


@functools.lru_cache(maxsize=4096)
def _rate(mechanism: str, model: Model, mass: float) -> float:
    """Rate of a mechanism at coupling 1 in units that cancel in ratios."""
    couplings = model.couplings(mass)
    if mechanism.endswith("mixing"):
        return float(abs(currents(model, mass)[_MESONS.index(mechanism.split()[0])]) ** 2)
    if mechanism == "p bremsstrahlung":
        # one description for both models, so that the mesons in the proton's form factor are the same
        return float(proton_form_factors(model, mass, "poles")[0])
    if mechanism == "e+ e- -> gamma V" or mechanism.endswith("bremsstrahlung"):
        lepton = "mu" if mechanism.startswith("mu") else "e"
        # above the threshold of a loop its mixing is complex, and its modulus counts
        absorptive = E_CHARGE * float(model.mixing_shift(np.array([mass]))[0].imag)
        return float(couplings.gv(lepton) ** 2 + couplings.ga(lepton) ** 2 + absorptive**2)
    for name in process_names():
        process = get_process(name)
        if mechanism in process.reactions():
            options = (process.RateOptions or process.Options)()
            return float(process.rate(mechanism, model, mass, 1e-3, options)) * 1e6
    raise UserError(f"unknown mechanism {mechanism!r}", key="--production")
