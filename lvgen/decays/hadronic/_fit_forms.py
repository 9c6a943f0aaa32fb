"""Forms of every channel for shifted parameters of its fit, in the order of ``_fit_errors``.

Integrals over phase space that the shifts leave alone are computed once for each mass grid.
"""

from __future__ import annotations

import cmath
import functools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lvgen.decays.hadronic import (
    eta_pions as _eta,
)  # fmt: skip
from lvgen.decays.hadronic import (
    four_pions as _four,
)
from lvgen.decays.hadronic import (
    kaon_pairs as _kk,
)
from lvgen.decays.hadronic import (
    kaons_pion as _kkpi,
)
from lvgen.decays.hadronic import (
    kaons_pions as _kkpipi,
)
from lvgen.decays.hadronic import (
    radiative as _rad,
)
from lvgen.decays.hadronic import (
    six_pions as _six,
)
from lvgen.decays.hadronic import (
    three_pions as _three,
)
from lvgen.decays.hadronic import (
    two_pions as _two,
)
from lvgen.decays.hadronic import (
    vector_pions as _vpp,
)
from lvgen.decays.hadronic import (
    vector_pseudoscalar as _vp,
)
from lvgen.decays.hadronic._variation import Form
from lvgen.decays.hadronic.base import RHO, Complexes, Floats, above_threshold, quadratic_form, single_form

#: GeV: between these the width of pi0 gamma is extrapolated, with an error that grows downwards
_EXTRAPOLATED = (0.3, 0.6)
#: lattice for four pions: only ratios are needed, so a coarser one than for the widths
_LATTICE = 65521


def _cached(function: Callable[[Floats], Complexes]) -> Callable[[Floats], Complexes]:
    """The function, its last results kept by the bytes of the mass grid."""

    @functools.lru_cache(maxsize=2)
    def kept(data: bytes) -> Complexes:
        return function(np.frombuffer(data).copy())

    return lambda mass: kept(np.ascontiguousarray(mass, dtype=float).tobytes())


def _of(name: str) -> Form:
    """The central form of a channel."""
    from lvgen.decays.hadronic.registry import channels

    return next(c.coefficients for c in channels() if c.name == name)


def two_pions(x: Floats) -> dict[str, Form]:
    """m_rho, Gamma_rho, |delta|, arg delta, m_rho', Gamma_rho', |c_2|, arg c_2, F."""
    fit = _two.FIT
    (m0, m1, *masses), (g0, g1, *widths), (first, second, *others) = fit.masses, fit.widths, fit.relative
    varied = replace(
        fit,
        masses=(m0 + x[0], m1 + x[4], *masses),
        widths=(g0 + x[1], g1 + x[5], *widths),
        delta=(fit.delta[0] * (1.0 + x[2]), fit.delta[1] + x[3]),
        relative=(first, (second[0] * (1.0 + x[6]), second[1] + x[7]), *others),
    )

    def form(mass: Floats) -> Floats:
        factor = (1.0 + x[8]) ** 2 * np.abs(_two.pion_form_factor(mass, varied)) ** 2
        return single_form(_two.pair_width(mass, _two.MU) * factor, RHO)

    return {"pi+ pi-": above_threshold(form, 2.0 * _two.MU)}


def pi0_gamma(x: Floats) -> dict[str, Form]:
    """a_rho, a_omega, a_phi, phases of rho and phi (deg), a_V', m_omega, Gamma_omega, F below 0.6 GeV."""
    rho, omega, phi, excited = _rad.PI0_STATES
    states = (
        replace(rho, amplitude=rho.amplitude * (1.0 + x[0]), phase=rho.phase + x[3]),
        replace(omega, amplitude=omega.amplitude * (1.0 + x[1]), mass=omega.mass + x[6], width=omega.width + x[7]),
        replace(phi, amplitude=phi.amplitude * (1.0 + x[2]), phase=phi.phase + x[4]),
        replace(excited, amplitude=excited.amplitude * (1.0 + x[5])),
    )
    low, high = _EXTRAPOLATED

    def form(mass: Floats) -> Floats:
        k = (mass**2 - _rad.M_PI0**2) / (2.0 * mass)
        stretch = 1.0 + x[8] * np.clip((high - mass) / (high - low), 0.0, 1.0)
        factors = _rad.pi0_gamma_form_factor(mass, states) * stretch[:, None]
        return quadratic_form(factors, k**3 / (12.0 * math.pi))

    return {"pi0 gamma": above_threshold(form, _rad.M_PI0)}


def eta_gamma(x: Floats) -> dict[str, Form]:
    """a_rho, a_omega, a_phi, phases of omega and phi (deg), a_V', its phase, m_phi, Gamma_phi."""
    rho, omega, phi, excited = _rad.ETA_STATES
    states = (
        replace(rho, amplitude=rho.amplitude * (1.0 + x[0])),
        replace(omega, amplitude=omega.amplitude * (1.0 + x[1]), phase=omega.phase + x[3]),
        replace(
            phi, amplitude=phi.amplitude * (1.0 + x[2]), phase=phi.phase + x[4],
            mass=phi.mass + x[7], width=phi.width + x[8],
        ),
        replace(excited, amplitude=excited.amplitude * (1.0 + x[5]), phase=excited.phase + x[6]),
    )  # fmt: skip

    def form(mass: Floats) -> Floats:
        k = (mass**2 - _rad.M_ETA**2) / (2.0 * mass)
        return quadratic_form(_rad.eta_gamma_form_factor(mass, states), k**3 / (12.0 * math.pi))

    return {"eta gamma": above_threshold(form, _rad.M_ETA)}


_three_integrals = _cached(_three.dalitz_integrals)


def three_pions(x: Floats) -> dict[str, Form]:
    """A, B and E, C, D, F, m_omega, Gamma_omega, m_phi, Gamma_phi, m_omega', m_omega'', mixing."""
    fit = _three.FIT
    varied = replace(
        fit,
        a=fit.a * (1.0 + x[0]), b=fit.b * (1.0 + x[1]), e=fit.e * (1.0 + x[1]),
        c=fit.c * (1.0 + x[2]), d=fit.d * (1.0 + x[3]), f=fit.f * (1.0 + x[4]),
        omega=(fit.omega[0] + x[5], fit.omega[1] + x[6]),
        phi=(fit.phi[0] + x[7], fit.phi[1] + x[8]),
        omega_1=(fit.omega_1[0] + x[9], fit.omega_1[1]),
        omega_2=(fit.omega_2[0] + x[10], fit.omega_2[1]),
        mixing=fit.mixing * (1.0 + x[11]),
    )  # fmt: skip

    def form(mass: Floats) -> Floats:
        return _three.combined(mass, _three_integrals(mass), varied)

    return {"pi+ pi- pi0": above_threshold(form, _three.THRESHOLD)}


def kaon_pairs(x: Floats) -> dict[str, Form]:
    """phi: C_0, m, Gamma, C_2; rho: C_0, C_1; omega: C_0, C_2."""
    rho, omega, phi = _kk.TOWERS
    towers = (
        replace(rho, coefficients=_changed(rho.coefficients, {0: x[4], 1: x[5]})),
        replace(omega, coefficients=_changed(omega.coefficients, {0: x[6], 2: x[7]})),
        replace(
            phi,
            coefficients=_changed(phi.coefficients, {0: x[0], 2: x[3]}),
            masses=(phi.masses[0] + x[1], *phi.masses[1:]),
            widths=(phi.widths[0] + x[2], *phi.widths[1:]),
        ),
    )

    def form(mass: Floats, charged: bool) -> Floats:
        m = _kk.M_CHARGED if charged else _kk.M_NEUTRAL
        return quadratic_form(_kk.kaon_form_factor(mass, charged, towers), _two.pair_width(mass, m))

    charged = above_threshold(functools.partial(form, charged=True), 2.0 * _kk.M_CHARGED)
    neutral = above_threshold(functools.partial(form, charged=False), 2.0 * _kk.M_NEUTRAL)
    return {"K+ K-": charged, "K0 K0bar": neutral}


def _changed(values: tuple[float, ...], relative: dict[int, float]) -> tuple[float, ...]:
    return tuple(v * (1.0 + relative.get(k, 0.0)) for k, v in enumerate(values))


def _pair(name: str, function: Callable[..., Complexes], central: _vp.PairFit, varied: _vp.PairFit, f: float) -> Form:
    """The central form times |F'/F|^2, F the form factor, and (1 + f)^2."""

    def form(mass: Floats) -> Floats:
        ratio = np.abs(function(mass, varied) / function(mass, central)) ** 2
        result: Floats = (1.0 + f) ** 2 * _of(name)(mass) * ratio[:, None, None]
        return result

    return form


def omega_pi0(x: Floats) -> dict[str, Form]:
    """g, A_1, phi_1 (deg), m_rho', Gamma_rho'."""
    fit = _vp.OMEGA_PI0
    rho, first, second = fit.states
    excited = replace(
        first, a=first.a * (1.0 + x[1]), phase=first.phase + x[2], m=first.m + x[3], gamma=first.gamma + x[4]
    )
    varied = replace(fit, coupling=fit.coupling * (1.0 + x[0]), states=(rho, excited, second))
    return {"omega pi0": _pair("omega pi0", _vp.omega_pi0_form_factor, fit, varied, 0.0)}


def phi_pi0(x: Floats) -> dict[str, Form]:
    """F, a_1, phi_1 (deg), Gamma_1."""
    fit = _vp.PHI_PI0
    rho, first = fit.states
    excited = replace(first, a=first.a * (1.0 + x[1]), phase=first.phase + x[2], gamma=first.gamma + x[3])
    varied = replace(fit, states=(rho, excited))
    return {"phi pi0": _pair("phi pi0", _vp.phi_pi0_form_factor, fit, varied, x[0])}


def eta_omega(x: Floats) -> dict[str, Form]:
    """a_1, a_2, m_2, Gamma_2."""
    fit = _vp.ETA_OMEGA
    first, second = fit.states
    states = (
        replace(first, a=first.a * (1.0 + x[0])),
        replace(second, a=second.a * (1.0 + x[1]), m=second.m + x[2], gamma=second.gamma + x[3]),
    )
    return {"eta omega": _pair("eta omega", _vp.eta_omega_form_factor, fit, replace(fit, states=states), 0.0)}


def eta_phi(x: Floats) -> dict[str, Form]:
    """a_1, m_1, Gamma_1, a_2."""
    fit = _vp.ETA_PHI
    first, second = fit.states
    states = (
        replace(first, a=first.a * (1.0 + x[0]), m=first.m + x[1], gamma=first.gamma + x[2]),
        replace(second, a=second.a * (1.0 + x[3])),
    )
    return {"eta phi": _pair("eta phi", _vp.eta_phi_form_factor, fit, replace(fit, states=states), 0.0)}


def _eta_form(name: str, fit: _eta.EtaFit, varied: _eta.EtaFit, norm: float) -> dict[str, Form]:
    def form(mass: Floats) -> Floats:
        ratio = np.abs(_eta.resonance_sum(mass, varied) / _eta.resonance_sum(mass, fit)) ** 2
        result: Floats = (1.0 + norm) ** 2 * _of(name)(mass) * ratio[:, None, None]
        return result

    return {name: form}


def eta_pions(x: Floats) -> dict[str, Form]:
    """N, a_1, m_1, Gamma_1."""
    (m, gamma, a, phase), second = _eta.ETA.excited
    excited = ((m + x[2], gamma + x[3], a * (1.0 + x[1]), phase), second)
    return _eta_form("eta pi+ pi-", _eta.ETA, replace(_eta.ETA, excited=excited), x[0])


def eta_prime_pions(x: Floats) -> dict[str, Form]:
    """N, a_3, m_3."""
    ((m, gamma, a, phase),) = _eta.ETA_PRIME.excited
    excited = ((m + x[2], gamma, a * (1.0 + x[1]), phase),)
    return _eta_form("eta' pi+ pi-", _eta.ETA_PRIME, replace(_eta.ETA_PRIME, excited=excited), x[0])


def _vector_pions(fit: _vpp.VectorFit, states: tuple[tuple[complex, float, float], ...]) -> dict[str, Form]:
    varied = replace(fit, states=states)

    def form(mass: Floats, name: str) -> Floats:
        ratio = np.abs(_vpp.form_factor(mass, varied) / _vpp.form_factor(mass, fit)) ** 2
        result: Floats = _of(name)(mass) * ratio[:, None, None]
        return result

    names = (f"{fit.name} pi+ pi-", f"{fit.name} pi0 pi0")
    return {name: functools.partial(form, name=name) for name in names}


def omega_pions(x: Floats) -> dict[str, Form]:
    """a, m, Gamma."""
    ((a, m, gamma),) = _vpp.OMEGA_PIONS.states
    return _vector_pions(_vpp.OMEGA_PIONS, ((a * (1.0 + x[0]), m + x[1], gamma + x[2]),))


def phi_pions(x: Floats) -> dict[str, Form]:
    """a_1, m_1, Gamma_1, phi_1, a_2, m_2, Gamma_2."""
    (a1, m1, g1), (a2, m2, g2) = _vpp.PHI_PIONS.states
    first = (a1 * (1.0 + x[0]) * cmath.exp(1j * x[3]), m1 + x[1], g1 + x[2])
    return _vector_pions(_vpp.PHI_PIONS, (first, (a2 * (1.0 + x[4]), m2 + x[5], g2 + x[6])))


def kaons_pions_charged(x: Floats) -> dict[str, Form]:
    """a_phi, a_rho, Gamma_phi, m_rho, Gamma_rho, phase of the rho."""
    (a0, m0, g0), (a1, m1, g1) = _kkpipi.CHARGED_FIT.isoscalar, _kkpipi.CHARGED_FIT.isovector
    isovector = (a1 * (1.0 + x[1]) * cmath.exp(1j * x[5]), m1 + x[3], g1 + x[4])
    fit = _kkpipi.KaonsPionsFit((a0 * (1.0 + x[0]), m0, g0 + x[2]), isovector)
    chain = replace(_kkpipi.CHARGED_CHAIN, fit=fit)
    form = functools.partial(_kkpipi.chain_coefficients, chain=chain)
    return {"K+ K- pi+ pi-": above_threshold(form, chain.threshold)}


def kaons_pions_neutral(x: Floats) -> dict[str, Form]:
    """a_phi, a_rho, phase of the phi, m_rho, Gamma_rho."""
    (a0, m0, g0), (a1, m1, g1) = _kkpipi.NEUTRAL_FIT.isoscalar, _kkpipi.NEUTRAL_FIT.isovector
    isoscalar = (a0 * (1.0 + x[0]) * cmath.exp(1j * x[2]), m0, g0)
    fit = _kkpipi.KaonsPionsFit(isoscalar, (a1 * (1.0 + x[1]), m1 + x[3], g1 + x[4]))
    chains = [replace(chain, fit=fit) for chain in _kkpipi.NEUTRAL_CHAINS]

    def form(mass: Floats) -> Floats:
        parts = [above_threshold(functools.partial(_kkpipi.chain_coefficients, chain=c), c.threshold) for c in chains]
        total: Floats = np.sum([part(mass) for part in parts], axis=0)
        return total

    return dict.fromkeys(("K0bar K+ pi- pi0", "K0 K- pi+ pi0"), form)


def _six_pions(name: str, fit: _six.SixPionFit, x: Floats) -> dict[str, Form]:
    varied = replace(fit, a=fit.a * (1.0 + x[0]), c0=fit.c0 * (1.0 + x[1]), c1=fit.c1 * (1.0 + x[2]))

    def form(mass: Floats) -> Floats:
        ratio = np.abs(_six.amplitude(mass, varied) / _six.amplitude(mass, fit)) ** 2
        result: Floats = _of(name)(mass) * ratio[:, None, None]
        return result

    return {name: form}


def six_pions_charged(x: Floats) -> dict[str, Form]:
    """a, c_0, c_1."""
    return _six_pions("pi+ pi- pi+ pi- pi+ pi-", _six.CHARGED, x)


def six_pions_mixed(x: Floats) -> dict[str, Form]:
    """a, c_0, c_1."""
    return _six_pions("pi+ pi- pi+ pi- pi0 pi0", _six.MIXED, x)


_kkpi_integrals = {
    mode.name: _cached(functools.partial(_kkpi.dalitz_integrals, mode=mode)) for mode in _kkpi.MODES
}  # fmt: skip


def kaons_pion(x: Floats) -> dict[str, Form]:
    """A_0, m_phi', Gamma_phi', A_1, weight and phase of the rho'."""
    (a0, m0, g0), phi_2 = _kkpi.ISOSCALAR
    rho, (a1, m1, g1), rho_2 = _kkpi.ISOVECTOR
    isoscalar = ((a0, m0 + x[1], g0 + x[2]), phi_2)
    isovector = (rho, (a1 * (1.0 + x[4]) * cmath.exp(1j * x[5]), m1, g1), rho_2)

    def form(mass: Floats, mode: _kkpi.KaonsPionMode) -> Floats:
        first, second = _kkpi.isospin_amplitudes(mass, isoscalar, isovector)
        amplitudes = (1.0 + x[0]) * first, (1.0 + x[3]) * second
        return _kkpi.combined(mass, _kkpi_integrals[mode.name](mass), amplitudes, (mode.sign_13, mode.sign_23))

    return {m.name: above_threshold(functools.partial(form, mode=m), m.threshold) for m in _kkpi.MODES}


_four_integrals = {
    mode.name: _cached(functools.partial(_four.current_integrals, mode=mode, points=_LATTICE))
    for mode in (_four.CHARGED, _four.MIXED)
}


def four_pions(x: Floats) -> dict[str, Form]:
    """F, c_a1, c_omega, c_f0, c_rho, m_rho', Gamma_rho'."""
    fit = _four.FIT
    ground, (m1, g1), *states = fit.states
    varied = replace(
        fit,
        states=(ground, (m1 + x[5], g1 + x[6]), *states),
        parts=tuple((c * (1.0 + dx), weights) for (c, weights), dx in zip(fit.parts, x[1:4], strict=True)),
        rho=fit.rho * (1.0 + x[4]),
    )

    def form(mass: Floats, mode: _four.FourPionMode) -> Floats:
        integrals = _four_integrals[mode.name](mass)
        return single_form((1.0 + x[0]) ** 2 * _four.combined(mass, integrals, varied), RHO)

    modes = (_four.CHARGED, _four.MIXED)
    return {m.name: above_threshold(functools.partial(form, mode=m), m.threshold) for m in modes}


def nucleons(x: Floats) -> dict[str, Form]:
    """Isovector, isoscalar amplitude."""
    scale = np.array([1.0 + x[0], 1.0 + x[1], 1.0])

    def form(mass: Floats, name: str) -> Floats:
        result: Floats = _of(name)(mass) * scale[:, None] * scale
        return result

    return {name: functools.partial(form, name=name) for name in ("p pbar", "n nbar")}
