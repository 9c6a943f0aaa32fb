"""Random numbers inside kernels: one stream for each point, named by a 64-bit key.

A kernel that rejects does not know beforehand how many numbers it needs.  Each point gets a key from the run's own
generator, and its numbers depend on nothing else: not on its neighbours, on threads or on the size of a block.
SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
"""

from __future__ import annotations

import numpy as np

from lvgen.kernels.jit import helper

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53


@helper
def next_uniform(state):
    """(new state, number in [0, 1)) of a stream; the first state is its key (uint64)."""
    state = state + _STEP
    z = state
    z = (z ^ (z >> _S30)) * _FIRST
    z = (z ^ (z >> _S27)) * _SECOND
    z = z ^ (z >> _S31)
    return state, np.float64(z >> _S11) * _UNIT
