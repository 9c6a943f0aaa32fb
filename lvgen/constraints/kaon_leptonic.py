"""K+ -> l+ nu and a boson that goes unseen, or that decays into a lepton pair."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import Constraint, Prediction, below
from lvgen.constraints.point import OutsideValidityError, Point, boost_from
from lvgen.flavour.constants import mass_of

Floats = NDArray[np.float64]

#: NA62: 75 GeV kaons, some 100 m from their decays to the end of the detector; E865: 6 GeV, a common vertex asked for
_NA62_ENERGY, _NA62_LENGTH = 75.0, 100.0
_E865_ENERGY, _E865_VERTEX = 6.0, 1.0
#: threshold of m(e e) in E865, GeV
_PAIR_FROM = 0.145
_BR_K_MU2 = 0.6356


def _boost(point: Point, energy: float) -> float:
    return boost_from("K+", mass_of("mu"), point.mass, energy, three_body=True)


def _hidden_scalar(point: Point) -> float | None:
    """Mass of a scalar below 2 m_mu, which leaves the detector; None where there is none."""
    m_phi = point.scalar_mass
    return m_phi if m_phi is not None and m_phi < 2.0 * mass_of("mu") else None


class KToMuX(Constraint):
    """The bump hunt of NA62 in the missing mass."""

    name = "K_mu_X"
    title = "K+ -> mu+ nu X, X invisible: limit over the mass (NA62)"
    measurement = "BR < 1e-5 at 10 MeV falling to 1e-7 at 370 MeV (90 %)"
    confidence = 0.90
    references = ("arXiv:2101.12304",)
    reread = True
    validity = (
        "the abstract's two orders of magnitude, joined evenly in logarithms, stand for the figure; 10 to 370 MeV; "
        "invisible is nu nubar, dark matter, or a flight of 100 m with a kaon of 75 GeV"
    )

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """The vector alone; a scalar that comes with it is in ``K_mu_3nu`` and ``K_mu_X_1973``."""
        m = point.mass
        if not 0.010 <= m <= 0.370:
            raise OutsideValidityError("the limit covers 10 to 370 MeV")
        limit = 10.0 ** (-5.0 - 2.0 * math.log(m / 0.010) / math.log(37.0))
        made = point.rate("leptonic_meson", "K+ -> mu+ nu V")(coupling)
        unseen = point.invisible(coupling, _boost(point, _NA62_ENERGY), _NA62_LENGTH)
        return below(made * unseen, limit, ratio=made)


class KToMu3Nu(Constraint):
    """The limit on K+ -> mu+ nu nu nubar."""

    name = "K_mu_3nu"
    title = "K+ -> mu+ nu and invisible, by the limit on K+ -> mu+ nu nu nubar (NA62)"
    measurement = "BR < 1.0e-6 (90 %), for an acceptance of 0.103"
    confidence = 0.90
    references = ("arXiv:2101.12304",)
    reread = True
    validity = (
        "the acceptance of the Standard Model decay, 0.103, is taken for the boson's; invisible as in K_mu_X; the "
        "scalar of a model by its own flight"
    )

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Vector, and scalar below 2 m_mu."""
        made = point.rate("leptonic_meson", "K+ -> mu+ nu V")(coupling)
        value = made * point.invisible(coupling, _boost(point, _NA62_ENERGY), _NA62_LENGTH)
        m_phi = _hidden_scalar(point)
        if m_phi is not None:
            boost = boost_from("K+", mass_of("mu"), m_phi, _NA62_ENERGY, three_body=True)
            unseen = point.scalar_unseen(coupling, boost, _NA62_LENGTH)
            value = value + point.rate("leptonic_meson", "K+ -> mu+ nu phi")(coupling) * unseen
        return below(value, 1.0e-6, ratio=np.maximum(made, value))


class KToMuX1973(Constraint):
    """The limit in a window of missing mass that arXiv:1609.00860 uses."""

    name = "K_mu_X_1973"
    title = "K+ -> mu+ and missing mass between 227.6 and 302.2 MeV, relative to K+ -> mu+ nu"
    measurement = "ratio < 3.5e-6 (90 %)"
    confidence = 0.90
    reread = True
    references = ("arXiv:1609.00860 eq. 8", "Phys. Rev. D 8 (1973) 1989")
    validity = (
        "decays of V into neutrinos and dark matter alone are invisible, since the size of the detector is not known; "
        "the scalar below 2 m_mu is taken to go unseen as in that text, though it can decay into two photons or two V"
    )
    optional = True
    window = (0.2276, 0.3022)

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Vector and scalar; the integral is cut at the window."""
        made = point.rate("leptonic_meson", "K+ -> mu+ nu V", missing_mass=self.window)(coupling)
        value = made * point.invisible(coupling, 1.0, math.inf)
        if _hidden_scalar(point) is not None:
            value = value + point.rate("leptonic_meson", "K+ -> mu+ nu phi", missing_mass=self.window)(coupling)
        return below(value / _BR_K_MU2, 3.5e-6, ratio=np.maximum(made, value))


class KToLeptonPair(Constraint):
    """K+ -> l+ nu e+ e- above 145 MeV in the pair's mass (E865)."""

    confidence = 0.95
    references = ("hep-ex/0204006", "arXiv:1609.00860 eq. 11")
    reread = True
    validity = (
        "masses from 145 MeV; the boson may add no more than the error, since the rest is radiative decay; decays "
        "within 1 m of a 6 GeV kaon"
    )

    def __init__(self, name: str, lepton: str, measured: str, limit: float, confidence: float, optional: bool) -> None:
        self.name, self.lepton, self.limit = name, lepton, limit
        self.title = f"K+ -> {lepton}+ nu e+ e-, pairs above 145 MeV (E865)"
        self.measurement = f"BR = {measured}; the boson adds less than {limit:.3g}"
        self.confidence, self.optional = confidence, optional

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Through V -> e+ e-."""
        if point.mass < _PAIR_FROM:
            raise OutsideValidityError("the measurement begins at m(e e) = 145 MeV")
        made = point.rate("leptonic_meson", f"K+ -> {self.lepton}+ nu V")(coupling)
        return below(
            made * point.seen("e+ e-", coupling, _boost(point, _E865_ENERGY), _E865_VERTEX), self.limit, ratio=made
        )


class KToElectronPair(KToLeptonPair):
    """The same with an electron, where form factors of the kaon matter more than what is calculated."""

    reread = False
    verdicts = False
    validity = "a lower estimate without the kaon's form factors, which should dominate: no verdict"


class KToMuMuMu(Constraint):
    """K+ -> mu+ nu mu+ mu-."""

    measurement = "BR < 4.1e-7 (90 %)"
    confidence = 0.90
    references = ("arXiv:1609.00860 eq. 14",)
    reread = True

    def __init__(self, name: str, always: bool) -> None:
        self.name, self.always, self.optional = name, always, always
        self.title = "K+ -> mu+ nu mu+ mu-, from V or phi" + (", phi -> mu+ mu- always" if always else "")
        share = "always, as in that text" if always else "with its branching ratio"
        self.validity = f"decays of V within 1 m of a 6 GeV kaon; phi -> mu+ mu- at once and {share}"

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """V -> mu+ mu- and, above 2 m_mu, phi -> mu+ mu-."""
        made = point.rate("leptonic_meson", "K+ -> mu+ nu V")(coupling)
        value = made * point.seen("mu+ mu-", coupling, _boost(point, _E865_ENERGY), _E865_VERTEX)
        if point.scalar_mass is not None and _hidden_scalar(point) is None:
            share = 1.0 if self.always else point.scalar_branching_ratio("mu+ mu-")
            value = value + share * point.rate("leptonic_meson", "K+ -> mu+ nu phi")(coupling)
        return below(value, 4.1e-7, ratio=np.maximum(made, value))


CONSTRAINTS = (
    KToMuX(), KToMu3Nu(), KToMuX1973(), KToMuMuMu("K_mu_mumu", always=False),
    KToMuMuMu("K_mu_mumu_always", always=True),
    KToLeptonPair("K_mu_ee", "mu", "7.06(31)e-8", 1.9600 * 0.31e-8, 0.95, False),
    KToLeptonPair("K_mu_ee_1sigma", "mu", "7.06(31)e-8", 0.31e-8, 0.68, True),
    KToElectronPair("K_e_ee", "e", "2.48(20)e-8", 1.9600 * 0.20e-8, 0.95, False),
)  # fmt: skip
