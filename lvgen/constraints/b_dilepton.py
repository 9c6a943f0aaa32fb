"""B -> K, K* and B_s -> phi with lepton pairs, in bins of q^2: the boson as a narrow peak."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.constraints.base import ONE_SIDED, Constraint, Prediction, below
from lvgen.constraints.point import OutsideValidityError, Point, boost_from, changes_flavour
from lvgen.flavour.constants import mass_of
from lvgen.models.base import Model

Floats = NDArray[np.float64]

#: resolution of the pair's mass, GeV (arXiv:1711.07494)
RESOLUTION = {"e": 0.010, "mu": 0.002}
#: a displaced pair still belongs to the B: m in its rest frame
_VERTEX = 0.01


@dataclass(frozen=True)
class Bin:
    """A measured bin, branching ratio over the whole bin: value, error and expectation with its error."""

    parent: str
    daughter: str
    lepton: str
    low: float
    high: float
    measured: float
    error: float
    expected: float
    expected_error: float

    @property
    def limit(self) -> float:
        """What may be added at 95 %; a measurement below the expectation is not held against the boson."""
        sigma = math.hypot(self.error, self.expected_error)
        return max(0.0, self.measured - self.expected) + ONE_SIDED[0.95] * sigma


def _bins(mode: tuple[str, str, str], unit: float, *rows: tuple[float, ...], density: bool = True) -> list[Bin]:
    """Rows low, high (GeV^2), measured, errors..., expected, its error, in ``unit``; ``density``: per GeV^2."""
    made = []
    for low, high, measured, *errors, expected, expected_error in rows:
        scale = unit * (high - low if density else 1.0)
        error = math.hypot(*errors)
        made.append(Bin(*mode, low, high, *(scale * x for x in (measured, error, expected, expected_error))))
    return made


_MU = "mu"
#: table 1 of "Dark photon and dark Z mediated B meson decays" (Datta et al. 2022), upper errors; its expectations are
#: those of flavio.  arXiv:1606.04731, 1403.8044, 2105.14007, 1908.01848, 2005.05872, 2103.11769, 2212.09152
BINS: tuple[Bin, ...] = (
    *_bins(("B0", "K*0", _MU), 1e-8, (0.1, 0.98, 11.06, 0.67, 0.29, 0.69, 10.60, 1.54),
           (1.1, 2.5, 3.26, 0.32, 0.10, 0.22, 4.66, 0.74), (2.5, 4.0, 3.34, 0.31, 0.09, 0.23, 4.49, 0.70),
           (4.0, 6.0, 3.54, 0.27, 0.09, 0.24, 5.02, 0.75)),
    *_bins(("B+", "K*+", _MU), 1e-8, (0.1, 2.0, 5.92, 1.44, 0.40, 7.97, 1.15), (2.0, 4.0, 5.59, 1.59, 0.38, 4.87, 0.76),
           (4.0, 6.0, 2.49, 1.10, 0.17, 5.43, 0.74)),
    *_bins(("B+", "K+", _MU), 1e-8, (0.1, 0.98, 3.32, 0.18, 0.17, 3.53, 0.64), (1.1, 2.0, 2.33, 0.15, 0.12, 3.53, 0.58),
           (2.0, 3.0, 2.82, 0.16, 0.14, 3.51, 0.52), (3.0, 4.0, 2.54, 0.15, 0.13, 3.50, 0.63),
           (4.0, 5.0, 2.21, 0.14, 0.11, 3.47, 0.60)),
    *_bins(("B0", "K0", _MU), 1e-8, (0.1, 2.0, 1.22, 0.59, 0.06, 3.28, 0.52), (2.0, 4.0, 1.87, 0.55, 0.09, 3.25, 0.56),
           (4.0, 6.0, 1.73, 0.53, 0.09, 3.21, 0.54)),
    *_bins(("B_s", "phi", _MU), 1e-8, (0.1, 0.98, 7.74, 0.53, 0.12, 0.37, 11.31, 1.34),
           (1.1, 2.5, 3.15, 0.29, 0.07, 0.15, 5.44, 0.61), (2.5, 4.0, 2.34, 0.26, 0.05, 0.11, 5.14, 0.73),
           (4.0, 6.0, 3.11, 0.24, 0.06, 0.15, 5.50, 0.69)),
    *_bins(("B+", "K+", "e"), 1e-8, (0.1, 4.0, 18.0, 3.3, 0.5, 13.73, 1.88), (4.0, 8.12, 9.6, 2.4, 0.3, 14.11, 1.88),
           density=False),
    *_bins(("B0", "K*0", "e"), 1e-7, (0.03**2, 1.0, 3.1, 0.9, 0.2, 0.2, 2.56, 0.44), density=False),
    *_bins(("B+", "K+", "e"), 1e-9, (1.1, 6.0, 25.5, 1.3, 1.1, 34.9, 6.2)),
    *_bins(("B0", "K*0", "e"), 1e-9, (1.1, 6.0, 33.3, 2.7, 2.2, 47.7, 7.5)),
)  # fmt: skip


def smeared(mass: float, low: float, high: float, lepton: str) -> float:
    """Share of a peak at ``mass`` (GeV) that is measured between q^2 = low and high (GeV^2): a Gaussian in |q|."""
    r = math.sqrt(2.0) * RESOLUTION[lepton]
    return 0.5 * (math.erf((math.sqrt(high) - mass) / r) - math.erf((math.sqrt(low) - mass) / r))


class BToDileptons(Constraint):
    """All bins; the strongest decides."""

    name = "B_K_ll"
    title = "B -> K(*) l+ l- and B_s -> phi mu+ mu- in bins of q^2, the boson on its mass shell"
    measurement = f"{len(BINS)} bins of LHCb and Belle"
    confidence = 0.95
    references = ("arXiv:1606.04731", "arXiv:1403.8044", "arXiv:2105.14007", "arXiv:1908.01848", "arXiv:2005.05872")
    reread = True
    validity = (
        "on-shell bosons in the bins' range, Gaussian resolution of 10 MeV (e) and 2 MeV (mu); interference of virtual "
        "ones outside the bins is left out; decays within 1 cm in the rest frame of B; one bin at a time"
    )

    def applies(self, model: Model) -> bool:
        """A flavour-changing coupling that is known."""
        return changes_flavour(model)

    def predict(self, point: Point, coupling: Floats) -> Prediction:
        """Branching ratio added to the bin that is exceeded most."""
        strongest: Prediction | None = None
        for one in BINS:
            inside = smeared(point.mass, one.low, one.high, one.lepton)
            if inside < 1e-6 or point.mass >= mass_of(one.parent) - mass_of(one.daughter):
                continue
            made = point.rate("b_to_k", f"{one.parent} -> {one.daughter} V")(coupling)
            boost = boost_from(one.parent, mass_of(one.daughter), point.mass)
            share = point.seen(f"{one.lepton}+ {one.lepton}-", coupling, boost, _VERTEX)
            name = (
                f"{one.parent} -> {one.daughter} {one.lepton} {one.lepton}, q^2 {one.low:.4g} to {one.high:.4g} GeV^2"
            )
            found = below(made * share * inside, one.limit, ratio=made, note=name)
            if strongest is None or np.nansum(found.strength) > np.nansum(strongest.strength):
                strongest = found
        if strongest is None:
            raise OutsideValidityError("no bin holds this mass")
        return strongest


CONSTRAINTS = (BToDileptons(),)
