"""Neutrinos on nuclei: muon pairs (tridents) and coherent elastic scattering."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import ONE_SIDED, Constraint, Prediction, below
from lvgen.constraints.point import OutsideValidityError, Point
from lvgen.constraints.w_width import left_handed
from lvgen.flavour.constants import FERMI, SIN2_W, Z_COUPLING
from lvgen.models.base import Model

Floats = NDArray[np.float64]

#: GeV; momentum transfers in tridents are smaller, so that bosons act at a point
_HEAVY = 1.0
#: coherent scattering off CsI: momentum transfer (GeV) at a recoil of 15 keV, protons and neutrons of both nuclei
_MOMENTUM, _PROTONS, _NEUTRONS = 0.061, 108, 152


def trident_ratio(vector: Floats, axial: Floats) -> Floats:
    """Trident cross-section over that of the Standard Model, (g,).

    vector, axial : v^2 g_nu gV_mu/M^2 and the same with gA_mu, v^2 = 1/(sqrt2 G_F): what one exchange adds to g_V and
    takes from g_A (arXiv:1902.06765); [(1 + 4 s^2 + 2 vector)^2 + (1 - 2 axial)^2] / [(1 + 4 s^2)^2 + 1]
    """
    own = 1.0 + 4.0 * SIN2_W
    ratio: Floats = ((own + 2.0 * vector) ** 2 + (1.0 - 2.0 * axial) ** 2) / (own**2 + 1.0)
    return ratio


class Trident(Constraint):
    """CCFR."""

    name = "trident_CCFR"
    title = "nu_mu N -> nu_mu mu+ mu- N relative to the Standard Model (CCFR)"
    measurement = "0.82(28)"
    confidence = 0.95
    references = ("arXiv:1902.06765", "Phys. Rev. Lett. 66 (1991) 3117")
    reread = True
    unit = "ratio - 1"
    sm = 1.0
    validity = "heavy bosons, exchanged at a point: nothing is said below 1 GeV, where the photon flux matters"

    def applies(self, model: Model) -> bool:
        """Couplings to muon neutrinos and muons."""
        c = model.couplings_at(1.0, 0.1)
        return bool((c.gv("nu_mu") or c.ga("nu_mu")) and (c.gv("mu") or c.ga("mu")))

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Ratio - 1."""
        if point.mass < _HEAVY:
            raise OutsideValidityError("the limit of a heavy boson does not hold below 1 GeV")
        scale = point.coupling(lambda c: left_handed(c, "nu_mu"), coupling) / (math.sqrt(2.0) * FERMI * point.mass**2)
        gv, ga = (point.coupling(read, coupling) for read in (lambda c: c.gv("mu"), lambda c: c.ga("mu")))
        more = trident_ratio(scale * gv, scale * ga) - 1.0
        return Prediction(more, more / (0.82 - 1.0 + ONE_SIDED[0.95] * 0.28), np.ones(more.shape, bool))


class Coherent(Constraint):
    """COHERENT, by a published bound that is carried over."""

    name = "COHERENT"
    title = "coherent elastic neutrino scattering, carried over from a published bound"
    measurement = "epsilon_Z < 5e-4 at 10 MeV for a dark Z with epsilon = 0 (68 %)"
    confidence = 0.68
    references = ("arXiv:1910.03272",)
    reread = True
    validity = (
        "an estimate: the product of neutrino and nuclear charge over M^2 + (61 MeV)^2 is compared with that of the "
        "one number quoted; flavours in the ratio of the source, one nu_e to two nu_mu"
    )
    unit = "relative to the bound"

    def applies(self, model: Model) -> bool:
        """Couplings to neutrinos and quarks."""
        c = model.couplings_at(1.0, 0.1)
        return any(c.gv(n) or c.ga(n) for n in ("nu_e", "nu_mu")) and any(c.gv(q) for q in "ud")

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Amplitude over the one that the bound allows."""
        neutrino = point.coupling(lambda c: (left_handed(c, "nu_e") + 2.0 * left_handed(c, "nu_mu")) / 3.0, coupling)
        u, d = (point.coupling(read, coupling) for read in (lambda c: c.gv("u"), lambda c: c.gv("d")))
        nucleus = _PROTONS * (2.0 * u + d) + _NEUTRONS * (u + 2.0 * d)
        amplitude = np.abs(neutrino * nucleus) / (point.mass**2 + _MOMENTUM**2)
        return below(amplitude / _anchor(), 1.0, ratio=np.zeros_like(coupling))


@functools.cache
def _anchor() -> float:
    """Amplitude of a dark Z with epsilon_Z = 5e-4 at 10 MeV."""
    z = Z_COUPLING * 5e-4
    neutrino = 0.5 * z
    nucleus = z * (_PROTONS * (0.25 - SIN2_W) - _NEUTRONS * 0.25)
    return abs(neutrino * nucleus) / (0.010**2 + _MOMENTUM**2)


CONSTRAINTS = (Trident(), Coherent())
