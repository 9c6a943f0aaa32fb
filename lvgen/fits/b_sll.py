"""The fit of the dark Z to b -> s l l below the charm resonances, for cases A, B and C of the dark-Z text (section 5).

chi^2 = sum (B_th - B_exp)^2/(sigma_exp^2 + sigma_SM^2) over 27 observables: of asymmetric errors the one towards the
prediction.  B_th is the Standard Model's expectation as printed, times flavio's rate with C9(q^2) and C10(q^2) of the
dark Z over that without.  Where the boson is on shell in a bin, its narrow width counts there in place of the tails.
The scan ends below two pions, where leptons and neutrinos are all it decays into.

Signs are those at which the true Z and photon give C10 = -C_0/s_W^2 and C9 = -D_0.  With them a direct coupling g_D to
muons helps where g_D epsilon_Z is negative; the text prints the modulus.
"""

from __future__ import annotations

import csv
import functools
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from lvgen.errors import unknown
from lvgen.flavour.constants import CKM, DOWN, FERMI, mass_of, total_width
from lvgen.flavour.loops import photon_monopole, z_monopole
from lvgen.flavour.transitions import B_TO_K, B_TO_KSTAR, BS_TO_PHI, Transition
from lvgen.models.dark_z import HALF_Z_COUPLING, SIN2_W
from lvgen.units import ALPHA, E_CHARGE

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

#: GeV; below it, and above a few MeV, the scan runs
MASS_RANGE = (1e-3, 0.27)
#: chi^2 above the minimum of 1, 2 and 3 standard deviations for two parameters
LEVELS = (2.30, 6.17, 11.83)
_FORM_FACTORS: dict[str, Any] = {"K+": B_TO_K, "K0": B_TO_K, "K*+": B_TO_KSTAR, "K*0": B_TO_KSTAR, "phi": BS_TO_PHI}


@dataclass(frozen=True)
class Case:
    """One of the text's cases.

    free : name -> (smallest, largest) of the parameters beside the mass, of one sign; fixed : the others
    electrons : whether the electron modes are among the observables
    """

    name: str
    title: str
    free: Mapping[str, tuple[float, float]]
    fixed: Mapping[str, float]
    electrons: bool


CASES = {
    case.name: case
    for case in (
        Case("A", "mixing alone", {"epsilon": (1e-6, 1e-3), "epsilon_Z": (1e-5, 2e-3)}, {}, True),
        Case("B", "a vector coupling to muons", {"g_D_mu": (-1.0, -1e-3)}, {"epsilon": 1e-4, "epsilon_Z": 1e-5}, True),
        Case("C", "couplings to muons, none to electrons", {"g_D_mu": (-1.0, -1e-3)},
             {"epsilon": 1e-4, "epsilon_Z": 1e-4}, False),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Observable:
    """One measurement in a bin of q^2 (GeV^2); forms : (n, 8) q2, weight and the six coefficients of the rate."""

    decay: str
    lepton: str
    parent: str
    product: str
    low: float
    high: float
    per_gev2: bool
    measured: float
    error_up: float
    error_down: float
    expected: float
    expected_error: float
    forms: Floats


@dataclass(frozen=True)
class Fit:
    """What a fit gives.

    best : parameters, mass in GeV; chi2, chi2_sm : at the best point and of the Standard Model; observables : how many
    """

    case: str
    best: dict[str, float]
    chi2: float
    chi2_sm: float
    observables: int

    @property
    def pull(self) -> float:
        """Square root of the gain over the Standard Model."""
        return math.sqrt(max(self.chi2_sm - self.chi2, 0.0))


def case_of(name: str) -> Case:
    """A case by name; UserError where there is none."""
    if name not in CASES:
        raise unknown("case", name, CASES, key="--case")
    return CASES[name]


@functools.cache
def observables() -> tuple[Observable, ...]:
    """All 27, in the order of the text's table."""
    folder = resources.files("lvgen.data") / "fits"
    listed = tomllib.loads((folder / "b_sll.toml").read_text("utf-8"))["observable"]
    lines = (folder / "b_sll_forms.csv").read_text("utf-8").splitlines()
    forms: list[list[list[float]]] = [[] for _ in listed]
    for row in csv.reader(line for line in lines[2:] if line):
        forms[int(row[0])].append([float(value) for value in row[1:]])
    return tuple(_observable(item, np.array(rows)) for item, rows in zip(listed, forms, strict=True))


def _observable(item: Mapping[str, Any], forms: Floats) -> Observable:
    low, high = item["bin"]
    return Observable(
        item["decay"], item["lepton"], item.get("parent", ""), item.get("product", ""), float(low), float(high),
        item["kind"] == "mean", item["measured"], item["error_up"], item["error_down"], item["standard_model"],
        item["standard_model_error"], forms,
    )  # fmt: skip


def chosen(case: Case) -> list[Observable]:
    """The observables of a case."""
    return [item for item in observables() if case.electrons or item.lepton == "mu"]


def lepton_couplings(lepton: str, parameters: Mapping[str, float], electrons: bool) -> tuple[float, float]:
    """gV and gA of a charged lepton; without ``electrons`` a direct coupling cancels that of the electron."""
    if lepton == "e" and not electrons:
        return 0.0, 0.0
    half = HALF_Z_COUPLING * parameters["epsilon_Z"]
    gv = -E_CHARGE * parameters["epsilon"] + half * (-0.5 + 2.0 * SIN2_W)
    return gv + (parameters.get("g_D_mu", 0.0) if lepton == "mu" else 0.0), 0.5 * half


def quark_coupling(parameters: Mapping[str, float], q2: Floats | float) -> Any:
    """g of L = g sbar gamma^a P_L b V_a at q2 (GeV^2)."""
    return -parameters["epsilon_Z"] * z_monopole("b", "s") + parameters["epsilon"] * photon_monopole("b", "s") * q2


def wilson(mass: float, coupling: float, parameters: Mapping[str, float], q2: Floats) -> Complexes:
    """C9 (with gV for ``coupling``) or C10 (with gA) of the exchange of a boson of ``mass`` (GeV) at q2 (n,).

    Normalised to -(4 G_F/sqrt 2)(alpha/4 pi) V_tb V_ts* O in the Hamiltonian.
    """
    norm = 4.0 * FERMI / math.sqrt(2.0) * ALPHA / (4.0 * math.pi) * CKM[2, DOWN["b"]] * CKM[2, DOWN["s"]].conjugate()
    return np.asarray(quark_coupling(parameters, q2) * coupling / (q2 - mass**2) / norm)


def predict(item: Observable, mass: float, parameters: Mapping[str, float], *, electrons: bool = True) -> float:
    """Expectation of one observable with a boson of ``mass`` in GeV."""
    gv, ga = lepton_couplings(item.lepton, parameters, electrons)
    if item.low < mass**2 < item.high and mass > 2.0 * mass_of(item.lepton):
        return item.expected + _on_shell(item, mass, parameters, electrons)
    q2, weight, r9, i9, r10, i10, s9, s10 = item.forms.T
    c9, c10 = wilson(mass, gv, parameters, q2), wilson(mass, ga, parameters, q2)
    ratio = 1.0 + r9 * c9.real + i9 * c9.imag + r10 * c10.real + i10 * c10.imag
    ratio += s9 * abs(c9) ** 2 + s10 * abs(c10) ** 2
    return item.expected * float(weight @ ratio)


def _on_shell(item: Observable, mass: float, parameters: Mapping[str, float], electrons: bool) -> float:
    """What bosons on shell add to an observable; nothing for inclusive decays, whose hadrons are not given."""
    if not item.parent:
        return 0.0
    transition = Transition(item.parent, item.product, "b", "s", _FORM_FACTORS[item.product])
    rate = transition.width(complex(quark_coupling(parameters, mass**2)), mass)[0] / total_width(item.parent)
    widths = {name: _width(mass, name, parameters, electrons) for name in ("e", "mu")}
    total = sum(widths.values()) + _neutrinos(mass, parameters)
    made = rate * widths[item.lepton] / total if total else 0.0
    return made / (item.high - item.low) if item.per_gev2 else made


def _width(mass: float, lepton: str, parameters: Mapping[str, float], electrons: bool) -> float:
    """Partial width into a pair of leptons, GeV (the dark-Z text's eq. 2.15)."""
    r = (mass_of(lepton) / mass) ** 2
    if 4.0 * r >= 1.0:
        return 0.0
    gv, ga = lepton_couplings(lepton, parameters, electrons)
    squared = gv**2 * (1.0 + 2.0 * r) + ga**2 * (1.0 - 4.0 * r)
    return float(mass / (12.0 * math.pi) * math.sqrt(1.0 - 4.0 * r) * squared)


def _neutrinos(mass: float, parameters: Mapping[str, float]) -> float:
    """Partial width into three flavours of left-handed neutrinos, GeV (eq. 2.16 for each)."""
    return float(3.0 * mass / (12.0 * math.pi) * 2.0 * (0.5 * HALF_Z_COUPLING * parameters["epsilon_Z"]) ** 2)


def chi2(case: Case, mass: float | None, parameters: Mapping[str, float]) -> float:
    """chi^2 at a point; mass None: the Standard Model."""
    total = 0.0
    for item in chosen(case):
        value = item.expected
        if mass is not None:
            value = predict(item, mass, {**case.fixed, **parameters}, electrons=case.electrons)
        error = item.error_up if value > item.measured else item.error_down
        total += (value - item.measured) ** 2 / (error**2 + item.expected_error**2)
    return total


def fit(case: Case, start_points: int = 24) -> Fit:
    """The best point: from a grid of masses and parameters, polished from its lowest points."""
    names = list(case.free)
    signs = [math.copysign(1.0, low) for low, _ in case.free.values()]
    bounds = np.log(np.array([MASS_RANGE, *(sorted(map(abs, ends)) for ends in case.free.values())]))

    def at(x: Floats) -> tuple[float, dict[str, float]]:
        mass, *sizes = np.exp(np.clip(x, bounds[:, 0], bounds[:, 1]))
        return float(mass), {name: sign * float(v) for name, sign, v in zip(names, signs, sizes, strict=True)}

    def target(x: Floats) -> float:
        beyond = x - np.clip(x, bounds[:, 0], bounds[:, 1])
        return chi2(case, *at(x)) + 1e3 * float(np.sum(beyond**2))

    axes = [
        np.linspace(low, high, start_points if k == 0 or len(names) == 1 else 12)
        for k, (low, high) in enumerate(bounds)
    ]
    points = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=1)
    values = np.array([target(x) for x in points])
    best_x, best = points[int(np.argmin(values))], float(values.min())
    for x in points[np.argsort(values, kind="stable")[:5]]:
        found = minimize(target, x, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-6, "maxiter": 4000})
        if found.fun < best:
            best_x, best = found.x, float(found.fun)
    mass, parameters = at(best_x)
    return Fit(
        case.name, {"mass": mass, **parameters}, chi2(case, mass, parameters), chi2(case, None, {}), len(chosen(case))
    )


def region(case: Case, axis: str, masses: Floats, values: Sequence[float] | Floats) -> Floats:
    """chi^2 (n, m) over masses (GeV) and values of one parameter, the lowest over the others."""
    others = {name: np.geomspace(bounds[0], bounds[1], 8) for name, bounds in case.free.items() if name != axis}
    grid = np.empty((len(masses), len(values)))
    for i, mass in enumerate(masses):
        for k, value in enumerate(values):
            trials: list[dict[str, float]] = [{axis: float(value)}]
            for name, points in others.items():
                trials = [{**trial, name: float(point)} for trial in trials for point in (*points, 1e-12)]
            grid[i, k] = min(chi2(case, float(mass), trial) for trial in trials)
    return grid
