"""e+ e- -> tau+ tau- V with vector and axial couplings to taus and electrons, both lines and their interference."""

from __future__ import annotations

from typing import ClassVar

from lvgen.collisions import PairProcess


class TauPairVector(PairProcess):
    """e+ e- -> tau+ tau- V."""

    name = "ee_to_tautau_v"
    title = "e+ e- -> tau+ tau- V at tree level, emission from taus and electrons"
    label = r"$e^+e^-\to\tau^+\tau^-V$"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1606.03501",)
    fermion = "tau"


process = TauPairVector()
