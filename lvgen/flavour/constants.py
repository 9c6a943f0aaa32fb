"""Numbers of the weak interactions (PDG; Wolfenstein parameters of the CKM fit)."""

from __future__ import annotations

import math

import numpy as np

from lvgen.particles import mass
from lvgen.units import ALPHA

FERMI = 1.1663788e-5
SIN2_W = 0.23129
W_MASS, Z_MASS, Z_WIDTH = 80.3692, 91.1880, 2.4955
#: alpha at the Z mass
ALPHA_Z = 1.0 / 127.95
#: GeV s
HBAR = 6.582119569e-25
#: s
LIFETIME = {
    "K+": 1.2380e-8, "K_L": 5.116e-8, "K_S": 8.954e-11, "pi+": 2.6033e-8, "tau": 290.3e-15, "mu": 2.1969811e-6,
    "B+": 1.638e-12, "B0": 1.517e-12, "B_s": 1.516e-12,
}  # fmt: skip
#: running masses that loops hold, GeV: m_u(2 GeV), m_c(m_c), m_t(m_t)
LOOP_MASSES = (2.16e-3, 1.27, 163.53)
#: m_b(m_b), GeV
BOTTOM_MASS = 4.18
_WOLFENSTEIN = (0.22501, 0.826, 0.1591, 0.3523)


def _ckm() -> np.ndarray:
    """Rows u, c, t, columns d, s, b; the standard parametrisation, exact."""
    lam, a, rho, eta = _WOLFENSTEIN
    s12, s23 = lam, a * lam**2
    full = a * lam**3 * complex(rho, eta) * math.sqrt(1.0 - a**2 * lam**4)
    s13 = full / (math.sqrt(1.0 - lam**2) * (1.0 - a**2 * lam**4 * complex(rho, eta)))
    size, phase = abs(s13), s13 / abs(s13)
    c12, c23, c13 = (math.sqrt(1.0 - s * s) for s in (s12, s23, size))
    return np.array(
        [
            [c12 * c13, s12 * c13, size / phase],
            [-s12 * c23 - c12 * s23 * size * phase, c12 * c23 - s12 * s23 * size * phase, s23 * c13],
            [s12 * s23 - c12 * c23 * size * phase, -c12 * s23 - s12 * c23 * size * phase, c23 * c13],
        ]
    )


CKM = _ckm()
#: columns of ``CKM``
DOWN = {"d": 0, "s": 1, "b": 2}
#: e of alpha(0) and the W's coupling from it, as the loops of arXiv's dark-Z text have them
E = math.sqrt(4.0 * math.pi * ALPHA)
COS_W = math.sqrt(1.0 - SIN2_W)
SIN_W = math.sqrt(SIN2_W)
Z_COUPLING = E / (SIN_W * COS_W)


def total_width(parent: str) -> float:
    """Total width of a parent in GeV."""
    return HBAR / LIFETIME[parent]


def mass_of(name: str) -> float:
    """Mass by lvgen's names, with "tau" and "mu" for the leptons, GeV."""
    return mass({"tau": "tau-", "mu": "mu-", "e": "e-"}.get(name, name))
