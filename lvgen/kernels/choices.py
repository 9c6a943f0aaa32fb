"""Choices with a stream apart from that of the decay: K_S or K_L for a K0 or K0bar, one of several chains."""

from __future__ import annotations

import numpy as np

from lvgen.kernels.jit import kernel
from lvgen.kernels.randoms import next_uniform

#: set these streams apart from that of the decay with the same key
_APART, _CHAIN = np.uint64(0x5851F42D4C957F2D), np.uint64(0x2545F4914F6CDD1D)


@kernel("void(uint64[::1], int32[:,::1])")
def choose_weak_kaons(keys, pdg):
    """Replace 311 and -311 by 310 or 130 with even chances; keys (n,) of the rows, pdg (n, k) changed in place."""
    for i in range(pdg.shape[0]):
        state = keys[i] ^ _APART
        for j in range(pdg.shape[1]):
            if abs(pdg[i, j]) == 311:
                state, u = next_uniform(state)
                pdg[i, j] = 310 if u < 0.5 else 130


@kernel("void(uint64[::1], float64[::1], int64[::1])")
def choose(keys, cumulative, chosen):
    """Which of several things happens: keys (n,), cumulative chances (k,) up to 1, chosen (n,) out."""
    for i in range(keys.shape[0]):
        _, u = next_uniform(keys[i] ^ _CHAIN)
        chosen[i] = 0
        while u >= cumulative[chosen[i]] and chosen[i] < cumulative.shape[0] - 1:
            chosen[i] += 1
