"""A map of the unit cube with a stepwise density in each coordinate."""

from __future__ import annotations

import numpy as np

from lvgen.kernels.jit import kernel


@kernel("void(float64[:,::1], float64[:,::1], int64[:,::1], float64[:,::1], float64[::1])")
def place_evened(even, ends, guide, placed, jacobian):
    """Points drawn evenly to points of the cube, whose bins are equally wide.

    even, placed : (n, d), in and out; ends : (d, bins + 1) sums of the densities of the bins, from 0 to 1
    guide : (d, g) bin in which the k-th of g equal steps of the even coordinate begins
    jacobian : out, (n,)
    """
    bins, steps = ends.shape[1] - 1, guide.shape[1]
    for i in range(even.shape[0]):
        product = 1.0
        for k in range(even.shape[1]):
            u = even[i, k]
            row = guide[k, int(u * steps)]
            while ends[k, row + 1] <= u and row < bins - 1:
                row += 1
            slope = 1.0 / (bins * (ends[k, row + 1] - ends[k, row]))
            placed[i, k] = min(row / bins + (u - ends[k, row]) * slope, 0.9999999999999999)
            product *= slope
        jacobian[i] = product


@kernel("void(int64[:,::1], int64, float64[::1], float64[::1], int64[::1], float64, float64[::1])")
def bin_ceilings(rows, k, ratio, times, order, share, ceiling):
    """For each bin of coordinate k the ceiling above which its weights hold only ``share`` of their sum.

    rows : (d, n) bins of the points; ratio, times : (n,) weight over density, and density with which points count
    order : (n,) by falling ratio; ceiling : out, (bins,), 0 where a bin has no weight
    """
    bins = ceiling.shape[0]
    total, above, counted, closed = np.zeros(bins), np.zeros(bins), np.zeros(bins), np.zeros(bins, np.bool_)
    for i in range(ratio.shape[0]):
        total[rows[k, i]] += ratio[i] * times[i]
    ceiling[:] = 0.0
    for i in order:
        b = rows[k, i]
        if closed[b] or total[b] <= 0.0:
            continue
        above[b] += ratio[i] * times[i]
        counted[b] += times[i]
        if above[b] - ratio[i] * counted[b] > share * total[b]:
            closed[b] = True
        else:
            ceiling[b] = ratio[i]
