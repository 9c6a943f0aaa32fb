"""Decays of a boson to one of many final states, each flat in phase space."""

from __future__ import annotations

import numpy as np

from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.phase_space import draw, prepare, to_lab
from lvgen.kernels.randoms import next_uniform

K_SHORT, K_LONG = 310, 130


@helper
def _pick(cumulative, u):
    """First row whose cumulative share exceeds u."""
    low, high = 0, cumulative.size - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > u:
            high = middle
        else:
            low = middle + 1
    return low


@helper
def _settle_kaons(rule, n, state, ids):
    """Replace K0 and K0bar among n ids by K_S or K_L; the new state.

    rule : 0 each by itself with even chances, 1 one of each, 2 both the same
    """
    first = 0
    for k in range(n):
        if abs(ids[k]) == 311:
            if rule == 0 or first == 0:
                state, u = next_uniform(state)
                ids[k] = K_SHORT if u < 0.5 else K_LONG
                first = ids[k]
            else:
                ids[k] = first if rule == 2 else K_SHORT + K_LONG - first
    return state


@kernel(
    "void(float64, float64[::1], int32[:,::1], float64[:,::1], int32[::1], int32[::1], uint64[::1], float64[:,::1], "
    "float64[::1], int32[:,::1], float64[:,:,::1])"
)
def decay_to_states(mass, cumulative, ids, masses, count, rules, keys, boson, weight, pdg, products):
    """Draw a final state and decay to it, flat in phase space, unweighted.

    mass : of the boson, GeV; cumulative : (s,) shares of the states, 1 at the end; ids, masses : (s, k), GeV, the first
    count (s,) of a row used; rules : (s,) for neutral kaons, see ``_settle_kaons``
    keys : (n,); boson : (n, 4) GeV; weight : (n,), rows of weight 0 are passed over
    pdg, products : out, (n, k) and (n, k, 4) GeV, zero at the start
    """
    width = ids.shape[1]
    work, q = np.empty((width + 2, width + 4)), np.empty((width, 4))
    for i in range(keys.size):
        if weight[i] == 0.0:
            continue
        state, u = next_uniform(keys[i])
        row = _pick(cumulative, u)
        n = count[row]
        for k in range(n):
            pdg[i, k] = ids[row, k]
        state = _settle_kaons(rules[row], n, state, pdg[i])
        prepare(mass, masses[row], n, work)
        state = draw(mass, masses[row], n, work, state, q)
        to_lab(masses[row], n, q, mass, boson, i, products)
