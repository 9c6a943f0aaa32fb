"""The interface of a primary decay: what comes directly out of the boson, before any cascade."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Keys = NDArray[np.uint64]


class PrimaryDecay(ABC):
    """One decay channel of a boson of fixed mass, ready to be sampled.

    Unweighted: ``generate`` returns products distributed as the squared matrix element for the boson's spin.
    """

    @property
    def is_open(self) -> bool:
        """Whether the masses of the products leave room for the decay; closed ones generate nothing."""
        return True

    def alike(self, other: PrimaryDecay) -> bool:  # noqa: ARG002 - decays in general differ
        """Whether products are certain to be distributed as in ``other``, a decay of the same channel and mass."""
        return False

    @abstractmethod
    def generate(self, keys: Keys, boson: Floats, spin: Floats, weight: Floats) -> tuple[Ints, Floats]:
        """Decay bosons.

        keys  : (n,) one random stream for each point (``kernels.randoms``); the result of a row depends on its own
                key, boson and spin only
        boson : (n, 4) E, px, py, pz, GeV; spin : (n, 9), see ``kernels.spin``
        weight : (n,) rows of weight 0 are passed over and left with PDG id 0
        returns PDG ids (n, k), 0 for an empty slot at the end of a row, and momenta (n, k, 4) in the laboratory, GeV,
        which sum to the boson's to rounding
        """


def filled(ids: Sequence[int], weight: Floats) -> Ints:
    """The same PDG ids (k,) in each of n rows, 0 where ``weight`` (n,) is 0."""
    pdg: Ints = np.where(weight[:, None] != 0.0, np.array(ids, np.int32), np.int32(0))
    return pdg
