"""What comes out of quarks: the channel "quarks" of a decay table.

``builtin`` is a statistical model with measured multiplicities (``_multiplicity``), flat in phase space: no memory of
spin, no jets (which set in above 5 GeV), no resonances but eta, no baryons, and D mesons as they are.
``pythia8`` hands the quark pair to that program's strings.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from lvgen.decays.primary._multiplicity import (
    AXIAL,
    CHARM,
    ISOSCALAR,
    ISOVECTOR,
    STRANGENESS,
    VECTOR,
    FinalStates,
    final_states,
    lightest,
)
from lvgen.decays.primary.base import Floats, Ints, Keys, PrimaryDecay
from lvgen.decays.quarks import axial_suppression, open_flavours
from lvgen.decays.table import DecayTable
from lvgen.errors import unknown
from lvgen.kernels.hadrons import decay_to_states

Contents = dict[tuple[str, str], float]


def flavour_widths(table: DecayTable) -> dict[tuple[str, str], float]:
    """Relative widths of (quark, current) in the channel "quarks" of a table at one mass: |gV|^2 and gA^2 beta^3.

    Axial couplings count at every mass, vector couplings above the transition (see ``DecayTable``); b quarks, whose
    hadrons are beyond 10 GeV, are left to the lighter flavours.
    """
    mass = float(table.mass)
    flavours = int(open_flavours(np.array([mass]))[0])
    widths: dict[tuple[str, str], float] = {}
    for quark in "uds" + ("c" if flavours > 3 else ""):
        gv, ga = table.coupling(quark)
        if mass > table.transition:
            widths[quark, VECTOR] = abs(gv) ** 2
        widths[quark, AXIAL] = ga**2 * float(axial_suppression(mass, quark))
    return {key: width for key, width in widths.items() if width > 0.0}


def flavour_contents(table: DecayTable) -> Contents:
    """The same by what the final state starts from: u and d as isovector and isoscalar, with their interference."""
    contents: Contents = {}
    widths = flavour_widths(table)
    for current in (VECTOR, AXIAL):
        light = widths.get(("u", current), 0.0) + widths.get(("d", current), 0.0)
        if light > 0.0:
            up, down = (table.coupling(quark)[0 if current == VECTOR else 1] for quark in "ud")
            isovector = 0.5 * abs(up - down) ** 2 / (abs(up) ** 2 + abs(down) ** 2)
            contents[ISOVECTOR, current] = light * isovector
            contents[ISOSCALAR, current] = light * (1.0 - isovector)
        contents[STRANGENESS, current] = widths.get(("s", current), 0.0)
        contents[CHARM, current] = widths.get(("c", current), 0.0)
    return {key: weight for key, weight in contents.items() if weight > 1e-12}


class BuiltinHadronisation(PrimaryDecay):
    """Many hadrons from contents (flavour content, current) with their weights, at a boson's ``mass`` (GeV).

    Preparing the first decay takes 5 to 60 ms.
    """

    def __init__(self, mass: float, contents: Contents) -> None:
        self.mass, self.contents = mass, contents

    @property
    def is_open(self) -> bool:
        """See ``PrimaryDecay``: false where no final state with PDG masses fits, some MeV above a quark threshold."""
        return any(self.mass * (1.0 - 1e-9) > lightest(*content) for content in self._open_to)

    @property
    def _open_to(self) -> Contents:
        """The contents, or light hadrons where these are closed.

        A closed content leaves its weight to the others; where nothing else is open, light quarks go by the other
        isospin and heavier ones to light hadrons.
        """
        if not self.contents or any(self.mass > lightest(*content) for content in self.contents):
            return self.contents
        return {(ISOVECTOR, next(iter(self.contents))[1]): 1.0}

    @cached_property
    def states(self) -> FinalStates | None:
        """The final states with their shares; None where none is open."""
        return final_states(self.mass, self._open_to)

    def generate(self, keys: Keys, boson: Floats, spin: Floats, weight: Floats) -> tuple[Ints, Floats]:
        """See ``PrimaryDecay``."""
        del spin  # phase space has no memory of it
        states = self.states
        if states is None:
            return np.zeros((len(boson), 1), np.int32), np.zeros((len(boson), 1, 4))
        width = states.pdg.shape[1]
        pdg, momenta = np.zeros((len(boson), width), np.int32), np.zeros((len(boson), width, 4))
        decay_to_states(
            self.mass, np.cumsum(states.share), states.pdg, states.masses, states.count, states.kaons, keys, boson,
            weight, pdg, momenta,
        )  # fmt: skip
        return pdg, momenta


def builtin(table: DecayTable) -> PrimaryDecay:
    """The channel "quarks" by the built-in model."""
    return BuiltinHadronisation(float(table.mass), flavour_contents(table))


def pythia8(table: DecayTable) -> PrimaryDecay:
    """The channel "quarks" by Pythia 8's strings; UserError (``decay.hadronisation``) where it is not installed."""
    from lvgen.decays.primary.pythia8 import Pythia8Hadronisation

    return Pythia8Hadronisation(table, BuiltinHadronisation(float(table.mass), flavour_contents(table)))


HADRONISATIONS: dict[str, Callable[[DecayTable], PrimaryDecay]] = {"builtin": builtin, "pythia8": pythia8}
#: what ``[decay] hadronisation`` may be
DEFAULT = "builtin"


def hadronisation(name: str) -> Callable[[DecayTable], PrimaryDecay]:
    """The way from quarks to hadrons of a name; UserError (``decay.hadronisation``) for an unknown one."""
    if name not in HADRONISATIONS:
        raise unknown("hadronisation", name, HADRONISATIONS, key="decay.hadronisation")
    return HADRONISATIONS[name]


DECAYS = {"quarks": HADRONISATIONS[DEFAULT]}
