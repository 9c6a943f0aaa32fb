"""Six pions, evenly distributed in phase space: no current is known, the width is a fit of cross-sections.

Neither resonances among the pions nor the boson's spin leave a trace.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lvgen.decays.hadronic import six_pions
from lvgen.decays.primary.base import Floats, Ints, Keys, PrimaryDecay, filled
from lvgen.decays.table import DecayTable
from lvgen.kernels.phase_space import decay_n_body
from lvgen.particles import mass as particle_mass


class FlatDecay(PrimaryDecay):
    """A boson of ``mass`` (GeV) to two or more particles ``pdg``, flat in phase space whatever the spin."""

    def __init__(self, mass: float, pdg: tuple[int, ...]) -> None:
        self.mass, self.pdg = mass, pdg
        self.masses = np.array([particle_mass(i) for i in pdg])

    @property
    def is_open(self) -> bool:
        """See ``PrimaryDecay``."""
        return self.mass > float(self.masses.sum())

    def alike(self, other: PrimaryDecay) -> bool:
        """See ``PrimaryDecay``: no couplings enter."""
        return isinstance(other, FlatDecay)

    def generate(self, keys: Keys, boson: Floats, spin: Floats, weight: Floats) -> tuple[Ints, Floats]:
        """See ``PrimaryDecay``."""
        del spin  # phase space has no memory of it
        momenta = np.zeros((len(boson), len(self.pdg), 4))
        if not self.is_open:
            return np.zeros((len(boson), len(self.pdg)), np.int32), momenta
        decay_n_body(self.mass, self.masses, keys, boson, weight, momenta)
        return filled(self.pdg, weight), momenta


def _factory(products: tuple[int, ...]) -> Callable[[DecayTable], PrimaryDecay]:
    return lambda table: FlatDecay(float(table.mass), products)


DECAYS = {channel.name: _factory(channel.products) for channel in six_pions.CHANNELS}
