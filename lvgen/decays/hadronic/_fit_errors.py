"""Errors of the fits' parameters, with where they come from, and the forms of varied parameters.

Printed errors are those of arXiv:2201.01788 (tables 4 to 7), of the experiments and of the Particle Data Group. The
errors that the papers of the other fits print could not be consulted; "assumed" says what stands in: shifts that move
the cross-section by about the error of its measurements, or by the spread between them. A subset of them is varied,
as in that text: free ones that are strongly correlated (the continuum of six pions, masses that a phase follows) would
move the cross-section out of the data if they moved independently.
"""

from __future__ import annotations

from lvgen.decays.hadronic import _fit_forms as forms
from lvgen.decays.hadronic._variation import Parameter, Variation

_PDG = "Particle Data Group 2022"
_TABLE = "arXiv:2201.01788 table {}"
_SND_PI0 = "SND, arXiv:1601.08061"
_DATA = "assumed: so that the cross-section moves by about its measured error"
_SPREAD_PHI = "assumed: spread between the fits to different channels"


def _rel(name: str, sigma: float, basis: str) -> Parameter:
    return Parameter(name, sigma, basis, relative=True)


def _printed(number: int, *errors: tuple[str, float, float]) -> tuple[Parameter, ...]:
    """Parameters (name, value, error) of a table of arXiv:2201.01788 that is given as relative errors."""
    return tuple(_rel(name, error / abs(value), _TABLE.format(number)) for name, value, error in errors)


TWO_PIONS = Variation(
    "pi+ pi-",
    (
        Parameter("m_rho", 0.00023, _PDG),
        Parameter("Gamma_rho", 0.0008, _PDG),
        _rel("|delta|", 0.04, f"{_PDG}: omega -> pi+ pi- (1.53 +- 0.12) %"),
        Parameter("arg delta", 0.05, "assumed: 3 degrees"),
        Parameter("m_rho'", 0.010, _DATA),
        Parameter("Gamma_rho'", 0.025, _DATA),
        _rel("|c_2|", 0.05, _DATA),
        Parameter("arg c_2", 0.05, _DATA),
        _rel("F", 0.01, "assumed: measurements differ by 2 % and more in the cross-section (KLOE, BABAR, CMD-3)"),
    ),
    forms.two_pions,
)
PI0_GAMMA = Variation(
    "pi0 gamma",
    (
        _rel("a_rho", 0.062, f"{_SND_PI0}: rho -> pi0 gamma (4.20 +- 0.52)e-4"),
        _rel("a_omega", 0.0083, f"{_SND_PI0}: B_ee B = (6.336 +- 0.056 +- 0.089)e-6"),
        _rel("a_phi", 0.026, f"{_SND_PI0}: phi -> pi0 gamma (1.367 +- 0.072)e-3"),
        Parameter("phi_rho", 4.5, f"{_SND_PI0}, degrees"),
        Parameter("phi_phi", 10.0, "assumed, degrees"),
        _rel("a_V'", 0.30, "assumed: hardly a signal of excited states in the data"),
        Parameter("m_omega", 0.00013, _PDG),
        Parameter("Gamma_omega", 0.00013, _PDG),
        _rel(
            "F below 0.6 GeV", 0.25,
            "assumed: no data; what arXiv:1801.04847 has at 0.3 GeV is half as large in the width. It grows linearly "
            "from 0 at 0.6 GeV to its full size at 0.3 GeV",
        ),
    ),
    forms.pi0_gamma,
)  # fmt: skip
ETA_GAMMA = Variation(
    "eta gamma",
    (
        _rel("a_rho", 0.035, f"{_PDG}: rho -> eta gamma (3.00 +- 0.21)e-4"),
        _rel("a_omega", 0.044, f"{_PDG}: omega -> eta gamma (4.5 +- 0.4)e-4"),
        _rel("a_phi", 0.017, "SND, hep-ex/0605109: B_ee B = (4.050 +- 0.067 +- 0.118)e-6"),
        Parameter("phi_omega", 10.0, "assumed, degrees"),
        Parameter("phi_phi", 10.0, "assumed, degrees"),
        _rel("a_V'", 0.20, _DATA),
        Parameter("phi_V'", 15.0, "assumed, degrees"),
        Parameter("m_phi", 0.00005, _SPREAD_PHI),
        Parameter("Gamma_phi", 0.00003, _SPREAD_PHI),
    ),
    forms.eta_gamma,
)
THREE_PIONS = Variation(
    "pi+ pi- pi0",
    (
        _rel("A", 0.008, f"{_PDG}: B_ee B(3 pi) of the omega, 1.6 %"),
        _rel("B, E", 0.0135, f"{_PDG}: B_ee B(3 pi) of the phi, 2.7 %"),
        _rel("C", 0.06, "assumed: BABAR's cross-section, hep-ex/0408078, 5 to 10 % above the phi"),
        _rel("D", 0.04, "assumed, as C"),
        _rel("F", 0.06, "assumed, as C"),
        Parameter("m_omega", 0.00013, _PDG),
        Parameter("Gamma_omega", 0.00013, _PDG),
        Parameter("m_phi", 0.00005, _SPREAD_PHI),
        Parameter("Gamma_phi", 0.00005, _SPREAD_PHI),
        Parameter("m_omega'", 0.010, "assumed, as C"),
        Parameter("m_omega''", 0.005, "assumed, as C"),
        _rel("mixing", 0.10, _DATA),
    ),
    forms.three_pions,
)
KAON_PAIRS = Variation(
    "KK",
    (
        _rel("C_0 of the phi", 0.01, "assumed: measurements at the phi differ by 2 to 5 % (SND, CMD-2, BABAR, CMD-3)"),
        Parameter("m_phi", 0.00005, _SPREAD_PHI),
        Parameter("Gamma_phi", 0.00003, _SPREAD_PHI),
        _rel("C_2 of the phi", 0.15, _DATA),
        _rel("C_0 of the rho", 0.02, _DATA),
        _rel("C_1 of the rho", 0.20, _DATA),
        _rel("C_0 of the omega", 0.02, _DATA),
        _rel("C_2 of the omega", 0.10, _DATA),
    ),
    forms.kaon_pairs,
)
OMEGA_PI0 = Variation(
    "omega pi0",
    (
        _rel("g_omega rho pi", 0.025, "assumed: 3.4 % systematic error of the cross-section, arXiv:1610.00235"),
        _rel("A_1", 0.05, _DATA),
        Parameter("phi_1", 5.0, f"{_DATA}, degrees"),
        Parameter("m_rho'", 0.007, _DATA),
        Parameter("Gamma_rho'", 0.02, _DATA),
    ),
    forms.omega_pi0,
)
PHI_PI0 = Variation(
    "phi pi0",
    (
        _rel("F", 0.06, "assumed: statistics of BABAR, arXiv:0710.4451"),
        _rel("a_1", 0.10, _DATA),
        Parameter("phi_1", 10.0, "assumed, degrees"),
        Parameter("Gamma_1", 0.02, _DATA),
    ),
    forms.phi_pi0,
)
ETA_OMEGA = Variation(
    "eta omega",
    (
        _rel("a_1", 0.03, "assumed: cross-section to about 10 %"),
        _rel("a_2", 0.03, "assumed, as a_1"),
        Parameter("m_2", 0.005, "assumed, as a_1"),
        Parameter("Gamma_2", 0.005, "assumed, as a_1"),
    ),
    forms.eta_omega,
)
ETA_PHI = Variation(
    "eta phi",
    (
        _rel("a_1", 0.04, "assumed: cross-section to about 10 %"),
        Parameter("m_1", 0.005, "assumed, as a_1"),
        Parameter("Gamma_1", 0.004, "assumed, as a_1"),
        _rel("a_2", 0.3, _DATA),
    ),
    forms.eta_phi,
)
ETA_PIONS = Variation(
    "eta pi+ pi-",
    (
        _rel("N", 0.025, "assumed: cross-section to about 5 %"),
        _rel("a_1", 0.02, _DATA),
        Parameter("m_1", 0.005, _DATA),
        Parameter("Gamma_1", 0.01, _DATA),
    ),
    forms.eta_pions,
)
ETA_PRIME_PIONS = Variation(
    "eta' pi+ pi-",
    (
        _rel("N", 0.10, "assumed: cross-section to about 20 %"),
        _rel("a_3", 0.15, _DATA),
        Parameter("m_3", 0.03, _DATA),
    ),
    forms.eta_prime_pions,
)
OMEGA_PIONS = Variation(
    "omega pi pi",
    (
        *_printed(4, ("a", 2.73, 0.09)),
        Parameter("m", 0.007, _TABLE.format(4)),
        Parameter("Gamma", 0.021, _TABLE.format(4)),
    ),
    forms.omega_pions,
)
PHI_PIONS = Variation(
    "phi pi pi",
    (
        *_printed(6, ("a_1", 1.44, 0.16)),
        Parameter("m_1", 0.012, _TABLE.format(6)),
        Parameter("Gamma_1", 0.021, _TABLE.format(6)),
        Parameter("phi_1", 0.4, _TABLE.format(6)),
        *_printed(6, ("a_2", 0.69, 0.11)),
        Parameter("m_2", 0.015, _TABLE.format(6)),
        Parameter("Gamma_2", 0.025, _TABLE.format(6)),
    ),
    forms.phi_pions,
)
KAONS_PIONS_CHARGED = Variation(
    "K+ K- pi+ pi-",
    (
        *_printed(5, ("a_phi", 4.52, 0.5), ("a_rho", 15.7, 1.0)),
        Parameter("Gamma_phi", 0.009, _TABLE.format(5)),
        Parameter("m_rho", 0.011, _TABLE.format(5)),
        Parameter("Gamma_rho", 0.016, _TABLE.format(5)),
        Parameter("phi_rho", 0.006, _TABLE.format(5)),
    ),
    forms.kaons_pions_charged,
)
KAONS_PIONS_NEUTRAL = Variation(
    "K K pi pi0",
    (
        *_printed(5, ("a_phi", 2.49, 0.6), ("a_rho", 13.5, 0.5)),
        Parameter("phi_phi", 0.09, _TABLE.format(5)),
        Parameter("m_rho", 0.012, _TABLE.format(5)),
        Parameter("Gamma_rho", 0.021, _TABLE.format(5)),
    ),
    forms.kaons_pions_neutral,
)
SIX_PIONS_CHARGED = Variation(
    "3(pi+ pi-)",
    _printed(7, ("a", 0.0037, 0.0005), ("c_0", 0.0153, 0.0029), ("c_1", 1.082, 0.017)),
    forms.six_pions_charged,
)
SIX_PIONS_MIXED = Variation(
    "2(pi+ pi- pi0)",
    # c_1, b and the exponent are printed with 20 to 30 %, of a continuum that is measured to 10 %
    (
        *_printed(7, ("a", 0.0072, 0.0009), ("c_0", 0.028, 0.009)),
        _rel("c_1", 0.016, "assumed: as in table 7 for 3(pi+ pi-)"),
    ),
    forms.six_pions_mixed,
)
KAONS_PION = Variation(
    "KKpi",
    (
        _rel("A_0", 0.04, "assumed: cross-section to about 10 %, arXiv:0710.4451"),
        Parameter("m_phi'", 0.006, _DATA),
        Parameter("Gamma_phi'", 0.010, _DATA),
        _rel("A_1", 0.07, "assumed: cross-section to about 15 %, arXiv:0710.4451"),
        _rel("a of the rho'", 0.05, _DATA),
        Parameter("phase of the rho'", 0.10, _DATA),
    ),
    forms.kaons_pion,
)
FOUR_PIONS = Variation(
    "4pi",
    (
        _rel("F", 0.0125, "assumed: systematic errors of 2.4 % (charged) and 3.1 % (neutral), BABAR"),
        _rel("c_a1", 0.005, _DATA),
        _rel("c_omega", 0.01, _DATA),
        _rel("c_f0", 0.015, _DATA),
        _rel("c_rho", 0.005, _DATA),
        Parameter("m_rho'", 0.004, _DATA),
        Parameter("Gamma_rho'", 0.006, _DATA),
    ),
    forms.four_pions,
)
NUCLEONS = Variation(
    "NNbar",
    (
        _rel("isovector", 0.05, "assumed: cross-sections to about 10 % (BABAR, SND, CMD-3)"),
        _rel("isoscalar", 0.05, "assumed, as isovector"),
    ),
    forms.nucleons,
)

#: every fit; together they cover every channel once
VARIATIONS: tuple[Variation, ...] = tuple(v for v in list(globals().values()) if isinstance(v, Variation))
