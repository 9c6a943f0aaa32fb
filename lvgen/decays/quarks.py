"""The quark picture: perturbative width into quark pairs, and the mass from which it replaces exclusive channels.

Below the transition the hadronic width is the sum of exclusive channels (plus ``axial_quark_width`` where quarks have
axial couplings, for which no exclusive channels exist here); above it is ``quark_width``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lvgen.decays.coefficients import channel_widths, meson_couplings
from lvgen.models.base import Couplings

Floats = NDArray[np.float64]

#: the transition is looked for in this range, GeV: exclusive channels are the answer below it and incomplete above
TRANSITION_RANGE = (1.5, 2.0)
#: step of the search, GeV
_STEP = 1e-3
#: the reference program's masses start at 2 m_e
_TWO_M_E = 2.0 * 0.5109989461e-3
_M_MU = 0.1056583745
#: QCD corrections are switched on above this mass, GeV
_PERTURBATIVE_FROM = 1.0
#: (quark, mass from which it is open in GeV): D0 D0bar, and the reference's choice for the Upsilon
_HEAVY = (("c", 2.0 * 1.864), ("b", 9.46))
#: MS-bar Lambda by number of flavours, GeV (PDG, review of QCD)
_LAMBDA = {3: 0.332, 4: 0.292, 5: 0.210, 6: 0.089}
_LAMBDA_COMPATIBLE = 0.212
#: half the mass of the lightest hadrons that an axial current of the quark makes, GeV: 3 pi, K K pi, D D pi, B B pi
_AXIAL_MASS = {"u": 0.2061, "d": 0.2061, "s": 0.5611, "c": 1.932, "b": 5.347}


def open_flavours(mass: Floats) -> NDArray[np.int64]:
    """Number of quark flavours that a boson of this mass (GeV) decays into: 3, 4 or 5."""
    thresholds = np.array([threshold for _, threshold in _HEAVY])
    return 3 + np.searchsorted(thresholds, mass, side="right").astype(np.int64)


def alpha_s(scale: ArrayLike, flavours: ArrayLike, compatible: bool = False) -> Floats:
    """Strong coupling with four-loop running in the MS-bar scheme, as an expansion in 1 / ln(Q^2/Lambda^2).

    scale : (n,) GeV, above 0.9; flavours : (n,) 3 to 6
    compatible : one Lambda for all flavours, flavour thresholds at the quark masses and the fourth coefficient of the
        program of arXiv:2201.01788
    source: Particle Data Group, review of quantum chromodynamics, beta coefficients and Lambda(n_f)
    """
    q = np.asarray(scale, dtype=float)
    if compatible:
        n = 3.0 + (q >= 1.27) + (q > 4.18) + (q > 172.76)
        scale_qcd = np.full_like(n, _LAMBDA_COMPATIBLE)
        b3 = 100541.0 - 24423.3 * n + 1625.4 * n**2 - 27.493 * n**3
    else:
        n = np.asarray(flavours, dtype=float)
        scale_qcd = np.vectorize(_LAMBDA.__getitem__, otypes=[float])(np.asarray(flavours, dtype=int))
        b3 = 29243.0 - 6946.3 * n + 405.089 * n**2 + 1.49931 * n**3
    b0 = 11.0 - 2.0 * n / 3.0
    b1 = 102.0 - 38.0 * n / 3.0
    b2 = 2857.0 / 2.0 - 5033.0 * n / 18.0 + 325.0 * n**2 / 54.0
    t = np.log(q**2 / scale_qcd**2)
    x = np.log(t)
    second = x**2 - x - 1.0 + b0 * b2 / b1**2
    third = -(x**3) + 2.5 * x**2 + 2.0 * x - 0.5 - 3.0 * b0 * b2 / b1**2 * x + b0**2 * b3 / (2.0 * b1**3)
    ratio = b1 / (b0**2 * t)
    result: Floats = 4.0 * math.pi / (b0 * t) * (1.0 - ratio * x + ratio**2 * second + ratio**3 * third)
    return result


def qcd_correction(mass: ArrayLike, eta: ArrayLike, compatible: bool = False) -> Floats:
    """delta of R = 3 sum q_f^2 (1 + delta), to fourth order in alpha_s / pi; 0 at and below 1 GeV.

    mass : (n,) GeV; eta : (n,) (sum q_f)^2 / (3 sum q_f^2), the weight of singlet diagrams
    source: Particle Data Group, review of quantum chromodynamics, e+ e- to hadrons
    """
    m = np.atleast_1d(np.asarray(mass, dtype=float))
    e = np.broadcast_to(np.asarray(eta, dtype=float), m.shape)
    delta = np.zeros_like(m)
    on = m > _PERTURBATIVE_FROM
    n = open_flavours(m[on])
    e = e[on]
    x = alpha_s(m[on], n, compatible) / math.pi
    third = -6.63694 - 1.20013 * n - 0.00518 * n**2 - 1.240 * e
    fourth = -156.61 + 18.775 * n - 0.7974 * n**2 + 0.0215 * n**3 - (17.828 - 0.575 * n) * e
    delta[on] = x + (1.9857 - 0.1152 * n) * x**2 + third * x**3 + fourth * x**4
    return delta.reshape(np.shape(mass))


def _sums(mass: Floats, couplings: Couplings) -> tuple[Floats, Floats]:
    """sum q_f^2 and sum q_f over the open flavours, vector couplings, each (n,)."""
    squares = np.full(mass.shape, sum(couplings.gv(q) ** 2 for q in "uds"))
    charges = np.full(mass.shape, sum(couplings.gv(q) for q in "uds"))
    for quark, threshold in _HEAVY:
        squares = squares + np.where(mass >= threshold, couplings.gv(quark) ** 2, 0.0)
        charges = charges + np.where(mass >= threshold, couplings.gv(quark), 0.0)
    return squares, charges


def vector_quark_width(mass: ArrayLike, couplings: Couplings, compatible: bool = False) -> Floats:
    """Width into quark pairs through the vector couplings at ``coupling = 1``.

    mass : (n,) GeV; returns (n,) GeV: R times the width into a muon pair of unit charge, so 0 below 2 m_mu;
    R = 3 sum q_f^2 (1 + delta) over u, d, s, and c, b above their thresholds (arXiv:2201.01788 section 4.3)
    """
    m = np.asarray(mass, dtype=float)
    squares, charges = _sums(m, couplings)
    eta = np.divide(charges**2, 3.0 * squares, out=np.zeros_like(m), where=squares > 0)
    r = (_M_MU / m) ** 2
    muons = m / (12.0 * math.pi) * (1.0 + 2.0 * r) * np.sqrt(np.clip(1.0 - 4.0 * r, 0.0, None))
    width: Floats = 3.0 * squares * (1.0 + qcd_correction(m, eta, compatible)) * muons
    return width


def axial_suppression(mass: ArrayLike, quark: str) -> Floats:
    """beta_q^3 of ``axial_quark_width`` for one quark; mass (n,) GeV, returns (n,)."""
    inside = 1.0 - (2.0 * _AXIAL_MASS[quark] / np.asarray(mass, dtype=float)) ** 2
    result: Floats = np.clip(inside, 0.0, None) ** 1.5
    return result


def axial_quark_width(mass: ArrayLike, couplings: Couplings, compatible: bool = False) -> Floats:
    """Quark-level estimate of the width through axial quark couplings at ``coupling = 1``, for any mass.

    mass : (n,) GeV; returns (n,) GeV: sum_q 3 gA_q^2 (1 + delta) M/(12 pi) beta_q^3 with beta_q of half the mass of the
    lightest hadrons that the current makes. An estimate only: no hadron resonances, no singlet corrections
    (quark level below the transition as in the text on the dark Z, where the vector part comes from exclusive channels)
    """
    m = np.asarray(mass, dtype=float)
    total = np.zeros_like(m)
    for quark in _AXIAL_MASS:
        total += 3.0 * couplings.ga(quark) ** 2 * m / (12.0 * math.pi) * axial_suppression(m, quark)
    if not total.any():
        return total
    width: Floats = total * (1.0 + qcd_correction(m, 0.0, compatible))
    return width


def quark_width(mass: ArrayLike, couplings: Couplings, compatible: bool = False) -> Floats:
    """Width into quark pairs, vector and axial couplings, at ``coupling = 1``; mass (n,) GeV, returns (n,) GeV.

    compatible : alpha_s as in the program of arXiv:2201.01788; the difference is below 1 % above 1.5 GeV
    """
    width: Floats = vector_quark_width(mass, couplings, compatible) + axial_quark_width(mass, couplings, compatible)
    return width


def transition_mass(couplings: Couplings, compatible: bool = False) -> float:
    """Mass (GeV) above which ``quark_width`` replaces the sum of exclusive channels.

    The last mass between 1.5 and 2 GeV where the two curves of the vector couplings cross, so that the total width is
    continuous; where they do not cross there, the mass at which their ratio is nearest to 1. Without vector couplings
    to u, d, s neither curve exists and 1.5 GeV is returned. It does not depend on the overall size of the couplings.
    compatible : the last point before the crossing on the reference program's grid of 1 MeV, with its widths
    """
    low, high = TRANSITION_RANGE
    c = meson_couplings(couplings)
    if not c.any():
        return low
    scale = float(np.abs(c).max())
    scaled = Couplings({q: couplings.gv(q) / scale for q in "uds"})
    first = _TWO_M_E + _STEP * math.ceil((low - _TWO_M_E) / _STEP) if compatible else low
    grid: Floats = first + _STEP * np.arange(int((high - first) / _STEP + 1e-9) + 1, dtype=np.float64)
    ratio = _log_ratio(grid, c / scale, scaled, compatible)
    crossings = np.flatnonzero(np.diff(np.sign(ratio)))
    if not crossings.size:
        return float(grid[np.argmin(np.abs(ratio))])
    cell = int(crossings[-1])
    if compatible:
        return float(grid[cell])
    fine: Floats = float(grid[cell]) + _STEP / 10.0 * np.arange(11, dtype=np.float64)
    values = _log_ratio(fine, c / scale, scaled, compatible)
    k = int(np.flatnonzero(np.diff(np.sign(values)))[-1])
    return float(fine[k] - values[k] * (fine[k + 1] - fine[k]) / (values[k + 1] - values[k]))


def _log_ratio(mass: Floats, c: Floats, couplings: Couplings, compatible: bool) -> Floats:
    """ln of exclusive over quark width, both through vector couplings; mass (n,) GeV."""
    exclusive = np.sum(list(channel_widths(mass, c, compatible).values()), axis=0)
    result: Floats = np.log(exclusive / vector_quark_width(mass, couplings, compatible))
    return result
