"""How a boson couples: the interface of every model.

L = V_a fbar gamma^a (gV_f + gA_f gamma5) f, all couplings given at ``coupling = 1`` and linear in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError, unknown
from lvgen.models.dark_matter import DARK_MATTER_DEFAULTS, DARK_MATTER_KINDS, DarkMatter, dark_matter
from lvgen.units import E_CHARGE

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

#: Standard Model fermions in the order in which couplings are listed
FERMIONS: tuple[str, ...] = ("e", "mu", "tau", "nu_e", "nu_mu", "nu_tau", "u", "d", "s", "c", "b", "t")

#: electric charges in units of the positron's
ELECTRIC_CHARGE: dict[str, float] = {
    **dict.fromkeys(("e", "mu", "tau"), -1.0),
    **dict.fromkeys(("nu_e", "nu_mu", "nu_tau"), 0.0),
    **dict.fromkeys(("u", "c", "t"), 2 / 3),
    **dict.fromkeys(("d", "s", "b"), -1 / 3),
}

#: GeV; decay tables end here for bosons with quarks among their charges, and for the others
HADRONIC_MASS_MAX, LEPTONIC_MASS_MAX = 3.0, 10.0


@dataclass(frozen=True)
class Couplings:
    """Couplings of each fermion at ``coupling = 1``; those left out are 0.

    vector, axial : of a vector boson; scalar, pseudoscalar : gS and gP of phi fbar (gS + i gP gamma5) f
    """

    vector: Mapping[str, float]
    axial: Mapping[str, float] = field(default_factory=dict)
    scalar: Mapping[str, float] = field(default_factory=dict)
    pseudoscalar: Mapping[str, float] = field(default_factory=dict)

    def gv(self, fermion: str) -> float:
        """Vector coupling of a fermion of ``FERMIONS``."""
        return self.vector.get(fermion, 0.0)

    def ga(self, fermion: str) -> float:
        """Axial coupling of a fermion of ``FERMIONS`` (right-handed is +gV)."""
        return self.axial.get(fermion, 0.0)

    def gs(self, fermion: str) -> float:
        """Scalar coupling of a fermion of ``FERMIONS``."""
        return self.scalar.get(fermion, 0.0)

    def gp(self, fermion: str) -> float:
        """Pseudoscalar coupling of a fermion of ``FERMIONS``."""
        return self.pseudoscalar.get(fermion, 0.0)

    def scaled(self, factor: float) -> Couplings:
        """All couplings times a factor."""
        parts = (self.vector, self.axial, self.scalar, self.pseudoscalar)
        return Couplings(*({f: factor * g for f, g in part.items()} for part in parts))

    def mixed(self, epsilon: float, fermions: tuple[str, ...] = FERMIONS) -> Couplings:
        """The same with e epsilon Q_f added to the vector couplings of ``fermions``."""
        added = {f: self.gv(f) + E_CHARGE * epsilon * ELECTRIC_CHARGE[f] for f in fermions}
        return replace(self, vector={**self.vector, **added})


class Model:
    """A boson and its couplings; a new model is a subclass in a new module of ``lvgen.models``.

    ``name`` is how cards call it; ``parameter_kinds`` names further parameters and their kind ("number", "energy",
    "text", or another one that the model checks itself) with ``defaults``; ``parameter_labels`` are for figures.
    ``mass_max`` is where its decay table ends (GeV), and with it runs, and ``mass_max_reason`` says why.
    ``spin`` of the boson: 1, or 0 for a scalar or pseudoscalar phi, which couples with gS and gP.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    references: ClassVar[tuple[str, ...]] = ()
    boson: ClassVar[str] = "V"
    boson_label: ClassVar[str] = "V"
    coupling_name: ClassVar[str] = "g"
    coupling_label: ClassVar[str] = "$g$"
    parameter_labels: ClassVar[dict[str, str]] = {}
    own_kinds: ClassVar[dict[str, str]] = {}
    own_defaults: ClassVar[dict[str, Any]] = {}
    parameter_kinds: ClassVar[dict[str, str]] = DARK_MATTER_KINDS
    defaults: ClassVar[dict[str, Any]] = DARK_MATTER_DEFAULTS
    mass_max: float = HADRONIC_MASS_MAX
    spin: int = 1
    mass_max_reason: str = "the description of hadronic decays ends"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.parameter_kinds = {**cls.own_kinds, **DARK_MATTER_KINDS}
        cls.defaults = {**cls.own_defaults, **DARK_MATTER_DEFAULTS}

    def __init__(self, **parameters: Any) -> None:
        for key, value in parameters.items():
            if key not in self.parameter_kinds:
                raise unknown(f"parameter of model {self.name}", key, self.parameter_kinds, key=f"model.{key}")
            if self.parameter_kinds[key] in ("number", "energy"):
                finite_number(value, f"model.{key}")
        self.parameters: dict[str, Any] = {**self.defaults, **parameters}
        self.dark_matter: DarkMatter | None = dark_matter(self.parameters)

    def couplings(self, mass: float | None = None) -> Couplings:
        """Couplings at ``coupling = 1`` for this model's parameters.

        mass : GeV, for couplings that depend on the boson's mass through loops; None for the limit of a massless one
        """
        raise NotImplementedError

    def couplings_at(self, coupling: float, mass: float | None = None) -> Couplings:
        """Couplings at a value of the model's coupling: proportional to it unless the model says otherwise."""
        return self.couplings(mass).scaled(coupling)

    def tree_at(self, coupling: float, mass: float | None = None) -> Couplings:
        """The same without a kinetic mixing that loops induce: leading order where a fermion couples by itself."""
        return self.couplings_at(coupling, mass)

    def meson_charge(self, up: str, down: str, coupling: float, mass: float | None = None, tree: bool = False) -> float:
        """Charge of the meson (up, anti-down) to which an inner bremsstrahlung is proportional: gV_up - gV_down."""
        c = self.tree_at(coupling, mass) if tree else self.couplings_at(coupling, mass)
        return c.gv(up) - c.gv(down)

    def anomaly(self) -> float:
        """A = sum of N_c X Q T3 over the left-handed fermions, for vector couplings X at coupling 1."""
        return anomaly_coefficient(self.couplings())

    def z_mixing(self, coupling: float) -> float:  # noqa: ARG002 - most models have none
        """epsilon_Z at a value of the coupling: the boson couples to the Z's current with g/(2 c_W) times it."""
        return 0.0

    def photon_mixing(self, coupling: float, mass: float | None = None) -> float | None:
        """epsilon where the quarks couple in proportion to their electric charges (and with epsilon_Z); else None."""
        c = self.couplings_at(coupling, mass)
        epsilon = c.gv("u") / (E_CHARGE * ELECTRIC_CHARGE["u"])
        follows = all(abs(c.gv(q) - E_CHARGE * epsilon * ELECTRIC_CHARGE[q]) <= 1e-9 * abs(c.gv("u")) for q in "dscb")
        return epsilon if follows else None

    def anomaly_at(self, coupling: float) -> float:
        """The anomaly coefficient times the coupling."""
        return coupling * self.anomaly()

    def disputed_anomaly(self, coupling: float) -> float:  # noqa: ARG002 - left out unless a card asks for it
        """Anomaly coefficient of the third generation's quarks times the coupling, where ``triangle`` counts it."""
        return 0.0

    def cautions(self) -> tuple[str, ...]:
        """Sentences to print with every result of the model."""
        return ()

    def mixing_shift(self, mass: Floats) -> Complexes:
        """epsilon(M) - epsilon(0) of a loop-induced kinetic mixing: e Q_f times it comes on top of ``couplings()``.

        mass : (n,) GeV; returns (n,) complex, 0 for couplings that do not depend on the mass
        """
        return np.zeros(np.shape(mass), complex)

    def scalar_partner(self, mass: float) -> Model | None:  # noqa: ARG002 - most models have none
        """The model of the scalar that gives a vector of this mass (GeV) its mass; all its couplings go with gS."""
        return None

    def vector_pair(self) -> tuple[float, float] | None:
        """(m_V in GeV, gauge coupling at coupling 1) of the vector to whose mass a scalar belongs; None for others."""
        return None

    def compatible_couplings(self) -> Couplings:
        """Couplings as the reference program of ``compatible = "deliver"`` has them (arXiv:2201.01788)."""
        return self.couplings()

    def check_run(self) -> None:
        """UserError where runs with these parameters are not possible."""

    def check_table(self, mass: float) -> None:
        """UserError where the model has no decay table at this mass (GeV)."""
        if mass > self.mass_max:
            raise UserError(
                f"{mass:g} GeV is above {self.mass_max:g} GeV, where {self.mass_max_reason}", key="model.mass"
            )


def anomaly_coefficient(couplings: Couplings) -> float:
    """A = sum_f N_c X_f Q_f T3_f of vector couplings X, 3/2 for baryon number and 0 for B - L (arXiv:1705.06726).

    It is what makes electroweak loops break the current; 0 for anything proportional to the electric charge.
    """
    total = 0.0
    for fermion in FERMIONS:
        up = fermion in ("u", "c", "t") or fermion.startswith("nu")
        colours = 3.0 if fermion in ("u", "d", "s", "c", "b", "t") else 1.0
        total += colours * couplings.gv(fermion) * ELECTRIC_CHARGE[fermion] * (0.5 if up else -0.5)
    return total if abs(total) > 1e-12 else 0.0


def finite_number(value: object, key: str) -> float:
    """A finite number of moderate size; UserError that names the key otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise UserError(f"{value!r} where a number is due", key=key)
    number = float(value)
    if not math.isfinite(number) or abs(number) > 1e6:
        raise UserError(f"{value!r} is not between -1e6 and 1e6", key=key)
    return number
