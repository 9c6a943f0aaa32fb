"""Neutral kaons as what travels: K_S or K_L."""

from __future__ import annotations

from lvgen.decays.primary.base import Ints, Keys
from lvgen.kernels.choices import choose_weak_kaons


def with_weak_kaons(keys: Keys, pdg: Ints) -> Ints:
    """Replace K0 and K0bar (311, -311) by K_S or K_L with even chances, in place; keys (n,), pdg (n, k)."""
    if (abs(pdg) == 311).any():
        choose_weak_kaons(keys, pdg)
    return pdg
