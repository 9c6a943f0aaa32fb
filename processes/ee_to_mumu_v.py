"""e+ e- -> mu+ mu- V with vector and axial couplings to muons and electrons, both lines and their interference."""

from __future__ import annotations

from typing import ClassVar

from lvgen.collisions import PairProcess


class MuonPairVector(PairProcess):
    """e+ e- -> mu+ mu- V."""

    name = "ee_to_mumu_v"
    title = "e+ e- -> mu+ mu- V at tree level, emission from muons and electrons"
    label = r"$e^+e^-\to\mu^+\mu^-V$"
    references: ClassVar[tuple[str, ...]] = ("arXiv:1606.03501", "arXiv:1912.11276")
    fermion = "mu"


process = MuonPairVector()
