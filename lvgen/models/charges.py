"""Models that are defined by charges alone, as data: the dark photon, gauged U(1)s, and charges given in a card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError, unknown
from lvgen.models.base import (
    ELECTRIC_CHARGE,
    FERMIONS,
    LEPTONIC_MASS_MAX,
    Couplings,
    Model,
    anomaly_coefficient,
    finite_number,
)
from lvgen.models.mixing import LOOP, as_mixing, is_calculable, loop_mixing
from lvgen.units import E_CHARGE

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_QUARKS = ("u", "d", "s", "c", "b", "t")
_CHARGED_LEPTONS = ("e", "mu", "tau")
_LOOP_REFERENCE = "arXiv:1803.05466"
_WIDTH_REFERENCE = "arXiv:2201.01788"

#: quantum numbers of which charges are made; a lepton number holds for the charged lepton and its neutrino
NUMBERS: dict[str, dict[str, float]] = {
    "B": dict.fromkeys(_QUARKS, 1 / 3),
    "B_3": dict.fromkeys(("b", "t"), 1 / 3),
    "L_e": {"e": 1.0, "nu_e": 1.0},
    "L_mu": {"mu": 1.0, "nu_mu": 1.0},
    "L_tau": {"tau": 1.0, "nu_tau": 1.0},
    "Q": ELECTRIC_CHARGE,
}
NUMBERS["L"] = NUMBERS["L_e"] | NUMBERS["L_mu"] | NUMBERS["L_tau"]


def charges_of(numbers: Mapping[str, float]) -> dict[str, float]:
    """Vector coupling of every fermion for coefficients of quantum numbers (``NUMBERS``) and of single fermions.

    >>> charges = charges_of({"B": 1, "L_e": -3})
    >>> round(charges["u"], 4), charges["e"], charges["nu_e"], charges["mu"]
    (0.3333, -3.0, -3.0, 0.0)
    """
    charges = dict.fromkeys(FERMIONS, 0.0)
    for name, coefficient in numbers.items():
        for fermion, charge in NUMBERS.get(name, {name: 1.0}).items():
            charges[fermion] += coefficient * charge
    return charges


#: what ``triangle`` says of a current without an anomaly, and how that prints
NO_TRIANGLE, DISPUTED = "none", "disputed: arXiv:2401.02483; violates the Ward identity of X"
#: parameters with a few values
CHOICES: dict[str, tuple[Any, ...]] = {
    "anomaly": (1.5, 0.0),
    "triangle": (NO_TRIANGLE, "smith_tait"),
    "normalisation": ("printed", "two_loop"),
}


class ChargedModel(Model):
    """A boson with given charges and, unless ``kinetic_mixing`` is 0, the electric charges times e epsilon on top.

    ``numbers`` are the coefficients of quantum numbers (or fermions) that make the charges.
    ``kinetic_mixing``: "loop" (``lvgen.models.mixing``), or epsilon at coupling 1: like all couplings it is multiplied
    by ``coupling``.
    ``anomaly`` (of "B"): 1.5 where the masses of what cancels the anomaly keep the electroweak symmetry, 0 where they
    break it (arXiv:1705.06726).  ``triangle = "smith_tait"`` (where the anomaly is 0) adds what arXiv:2401.02483 has,
    as ``normalisation`` says: "printed" there or "two_loop"; see ``flavour.loops.disputed_coupling``.
    """

    numbers: ClassVar[Mapping[str, float]] = {}

    def tree_couplings(self) -> Couplings:
        """Couplings without kinetic mixing."""
        return Couplings(charges_of(self.numbers))

    @property
    def _mixing(self) -> float | None:
        """Kinetic mixing; None for what loops induce."""
        return as_mixing(self.parameters.get("kinetic_mixing", 0.0))

    @property
    def mixing_runs(self) -> bool:
        """Whether the kinetic mixing depends on the boson's mass."""
        charges = self.tree_couplings().vector
        return self._mixing is None and is_calculable(charges) and any(charges.values())

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        as_mixing(self.parameters.get("kinetic_mixing", 0.0))
        for name, known in CHOICES.items():
            value = self.parameters.get(name, known[0])
            if value not in known or isinstance(value, bool):
                raise UserError(f"{value!r} where {' or '.join(map(repr, known))} is due", key=f"model.{name}")

    def _loop(self, mass: Floats) -> Complexes:
        return loop_mixing(self.tree_couplings().vector, mass)

    def anomaly(self) -> float:
        """See ``Model.anomaly``; that of baryon number can be taken away by what cancels it."""
        return 0.0 if self.parameters.get("anomaly") == 0.0 else super().anomaly()

    def disputed_anomaly(self, coupling: float) -> float:
        """3/2 of the third generation's quark charge, where ``triangle`` is "smith_tait"."""
        if self.parameters.get("triangle", NO_TRIANGLE) == NO_TRIANGLE:
            return 0.0
        return 1.5 * coupling * self.tree_couplings().gv("b")

    def cautions(self) -> tuple[str, ...]:
        """That a triangle is disputed; that flavours change at tree level where generations have other charges."""
        said = []
        if self.parameters.get("triangle", NO_TRIANGLE) != NO_TRIANGLE:
            said.append(f"{DISPUTED} (normalisation {self.parameters['normalisation']})")
        tree = self.tree_couplings()
        if any(tree.gv(a) != tree.gv(b) for a, b in (("d", "s"), ("d", "b"), ("u", "c"), ("u", "t"))):
            said.append(
                "generations of quarks have different charges: flavour-changing couplings of the size of "
                "g (X_i - X_j) V_ti V*_tj at tree level depend on the model and are left out"
            )
        return tuple(said)

    def couplings(self, mass: float | None = None) -> Couplings:
        """Charges and kinetic mixing at ``coupling = 1``; the real part of a mixing that runs."""
        tree, mixing = self.tree_couplings(), self._mixing
        epsilon = float(self._loop(np.array(mass or 0.0)).real) if mixing is None else mixing
        return tree.mixed(epsilon) if epsilon else tree

    def tree_at(self, coupling: float, mass: float | None = None) -> Couplings:
        """Charges, and a kinetic mixing that was given as a number, at a value of the coupling."""
        return self.tree_couplings().scaled(coupling) if self._mixing is None else self.couplings_at(coupling, mass)

    def mixing_shift(self, mass: Floats) -> Complexes:
        """epsilon(M) - epsilon(0) of a mixing that runs; see ``Model.mixing_shift``."""
        if not self.mixing_runs:
            return np.zeros(np.shape(mass), complex)
        shift: Complexes = self._loop(np.asarray(mass, dtype=float)) - self._loop(np.zeros(1))[0]
        return shift

    def compatible_couplings(self) -> Couplings:
        """The program of arXiv:2201.01788 lets charged leptons mix and quarks not."""
        tree, mixing = self.tree_couplings(), self._mixing
        if mixing is None and not is_calculable(tree.vector):
            return tree.mixed(float(self._loop(np.zeros(1))[0].real), _CHARGED_LEPTONS)
        return self.couplings()


class DarkPhoton(ChargedModel):
    """gV_f = e Q_f at epsilon = 1 (Okun 1982, Holdom 1986; arXiv:2005.01515 for a review)."""

    name = "dark_photon"
    title = "dark photon with kinetic mixing epsilon"
    references: ClassVar[tuple[str, ...]] = ("Holdom, Phys. Lett. B 166 (1986) 196", "arXiv:2005.01515")
    boson = "A'"
    boson_label = "A'"
    coupling_name = "epsilon"
    coupling_label = r"$\epsilon$"
    numbers: ClassVar[Mapping[str, float]] = {"Q": E_CHARGE}


def _gauged(
    name: str,
    title: str,
    numbers: Mapping[str, float],
    kinetic_mixing: float | str,
    references: tuple[str, ...] = (_WIDTH_REFERENCE,),
) -> type[ChargedModel]:
    """A gauged U(1); ``kinetic_mixing`` is the default of its parameter."""
    charges = charges_of(numbers)
    leptonic = not any(charges[q] for q in ("u", "d", "s", "c"))
    kinds, defaults = {"kinetic_mixing": "mixing"}, {"kinetic_mixing": kinetic_mixing}
    if name == "B":
        kinds, defaults = kinds | {"anomaly": "number"}, defaults | {"anomaly": CHOICES["anomaly"][0]}
    elif charges["b"] and not anomaly_coefficient(Couplings(charges)):
        kinds |= dict.fromkeys(("triangle", "normalisation"), "text")
        defaults |= {key: CHOICES[key][0] for key in ("triangle", "normalisation")}
    members: dict[str, Any] = {
        "__doc__": f"{title}.",
        "__module__": __name__,
        "name": name,
        "title": title,
        "references": references,
        "numbers": numbers,
        "own_kinds": kinds,
        "own_defaults": defaults,
    }
    if leptonic:
        members |= {"mass_max": LEPTONIC_MASS_MAX, "mass_max_reason": "decay tables end"}
    return cast(type[ChargedModel], type(f"Model {name}", (ChargedModel,), members))


class Custom(ChargedModel):
    """Couplings given one by one.

    ``charges``: a table of coefficients of quantum numbers (B, B_3, L, L_e, L_mu, L_tau, Q) and of vector couplings of
    single fermions; ``gV_f`` and ``gA_f`` add to them; ``gS_f`` and ``gP_f`` are those of a scalar or pseudoscalar phi
    in reactions that make one; what is left out is 0. With gS and gP alone the boson itself is phi.
    """

    name = "custom"
    title = "boson with vector and axial couplings of the user's"
    references: ClassVar[tuple[str, ...]] = (_WIDTH_REFERENCE,)
    own_kinds: ClassVar[dict[str, str]] = {
        "charges": "charges",
        "kinetic_mixing": "mixing",
        **{f"g{kind}_{fermion}": "number" for fermion in FERMIONS for kind in "VASP"},
    }
    own_defaults: ClassVar[dict[str, Any]] = {"kinetic_mixing": 0.0}

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._tree = Couplings(
            {f: q + self._own("V", f) for f, q in charges_of(self._charges()).items()},
            *({f: self._own(kind, f) for f in FERMIONS if self._own(kind, f)} for kind in "ASP"),
        )
        if not any(self._tree.gv(f) or self._tree.ga(f) for f in ("u", "d", "s", "c")):
            self.mass_max, self.mass_max_reason = LEPTONIC_MASS_MAX, "decay tables end"
        vector = any(self._tree.gv(f) or self._tree.ga(f) for f in FERMIONS)
        if not vector and (self._tree.scalar or self._tree.pseudoscalar):
            self.spin = 0

    def _own(self, kind: str, fermion: str) -> float:
        return float(self.parameters.get(f"g{kind}_{fermion}", 0.0))

    def _charges(self) -> dict[str, float]:
        given, known = self.parameters.get("charges", {}), (*NUMBERS, *FERMIONS)
        if not isinstance(given, Mapping):
            raise UserError("a table such as { B = 1, L_mu = -3 } is due", key="model.charges")
        for name in given:
            if name not in known:
                raise unknown("charge", str(name), known, key=f"model.charges.{name}")
        return {name: finite_number(value, f"model.charges.{name}") for name, value in given.items()}

    def tree_couplings(self) -> Couplings:
        """Couplings without kinetic mixing."""
        return self._tree


_LOOP_SIZE = (_WIDTH_REFERENCE, "arXiv:2111.10343")
_LOOP_FINITE = (_LOOP_REFERENCE,)

MODELS: tuple[type[Model], ...] = (
    DarkPhoton,
    _gauged("B", "gauged baryon number", {"B": 1}, LOOP, _LOOP_SIZE),
    _gauged("B-L", "gauged baryon minus lepton number", {"B": 1, "L": -1}, 0.0),
    _gauged("B-3L_e", "gauged B - 3 L_e", {"B": 1, "L_e": -3}, LOOP, _LOOP_SIZE),
    _gauged("B-3L_mu", "gauged B - 3 L_mu", {"B": 1, "L_mu": -3}, LOOP, _LOOP_SIZE),
    _gauged("B-3L_tau", "gauged B - 3 L_tau", {"B": 1, "L_tau": -3}, LOOP, _LOOP_SIZE),
    _gauged("B-L_e-2L_tau", "gauged B - L_e - 2 L_tau", {"B": 1, "L_e": -1, "L_tau": -2}, LOOP, _LOOP_SIZE),
    _gauged("B-L_mu-2L_tau", "gauged B - L_mu - 2 L_tau", {"B": 1, "L_mu": -1, "L_tau": -2}, LOOP, _LOOP_SIZE),
    _gauged(
        "B_3-L_2",
        "gauged baryon number of the third generation minus lepton number of the second",
        {"B_3": 1, "L_mu": -1},
        LOOP,
        (_WIDTH_REFERENCE,),
    ),
    _gauged("L_mu-L_tau", "gauged L_mu - L_tau", {"L_mu": 1, "L_tau": -1}, LOOP, _LOOP_FINITE),
    _gauged(
        "protophobic",
        "protophobic boson: 2 q_u + q_d = 0",
        {"B": -1, "Q": 1},
        0.0,
        ("arXiv:1604.07411",),
    ),
    Custom,
)
