"""Yield against lifetime from one sample, at a cost that does not depend on how many lifetimes are asked for.

N(ctau) = sum_i a_i exp(-x_i/ctau)/ctau is a Laplace transform of the weighted distribution of proper paths x.  The
points are gathered in narrow bins of ln x with their first moments; each bin then acts as two points placed at its
mean plus and minus its standard deviation, which is exact up to the third moment inside a bin.
"""

from __future__ import annotations

import math

from lvgen.kernels.jit import helper, kernel


@helper
def _bin(x, log_x0, inv_width, n):
    return min(n - 1, max(0, int((math.log(x) - log_x0) * inv_width)))


@kernel("void(float64[::1], float64[::1], float64, float64, float64[:,::1])")
def fill_moments(x, a, log_x0, inv_width, out):
    """Add points to bins of ln x: out (n_bins, 5) gathers a, a u, a u^2, a^2, a^2 u with u = x / centre - 1."""
    for i in range(x.shape[0]):
        if a[i] == 0.0:
            continue
        b = _bin(x[i], log_x0, inv_width, out.shape[0])
        u = x[i] / math.exp(log_x0 + (b + 0.5) / inv_width) - 1.0
        w = a[i]
        out[b, 0] += w
        out[b, 1] += w * u
        out[b, 2] += w * u * u
        out[b, 3] += w * w
        out[b, 4] += w * w * u


@kernel("void(float64[::1], float64[::1], int64[::1], float64[:,::1], float64, float64, float64[:,::1])")
def fill_replicas(x, a, cell, factors, log_x0, inv_width, out):
    """Add points to bins of ln x once per replica of the spectrum: out (n_bins, n_replicas) gathers a factors[cell]."""
    for i in range(x.shape[0]):
        if a[i] == 0.0 or cell[i] < 0:
            continue
        b = _bin(x[i], log_x0, inv_width, out.shape[0])
        for r in range(factors.shape[1]):
            out[b, r] += a[i] * factors[cell[i], r]


@kernel("void(float64[:,::1], float64[:,::1], float64[::1], float64[:,::1])")
def laplace(points, squares, ctaus, out):
    """Sum and sum of squares at each ctau.

    points  : (n_bins, 3) weight, mean x, standard deviation of x in a bin, m
    squares : (n_bins, 2) sum of squared weights, their mean x
    ctaus   : (n,) m; out : (n, 2)
    """
    for k in range(ctaus.shape[0]):
        rate = 1.0 / ctaus[k]
        total, square = 0.0, 0.0
        for b in range(points.shape[0]):
            damp = math.exp(-rate * points[b, 1])
            if damp == 0.0:
                continue
            z = rate * points[b, 2]
            z *= z
            # cosh of a small number
            total += points[b, 0] * damp * (1.0 + z * (0.5 + z / 24.0) if z < 0.1 else math.cosh(math.sqrt(z)))
            square += squares[b, 0] * math.exp(-2.0 * rate * squares[b, 1])
        out[k, 0] = total * rate
        out[k, 1] = square * rate * rate


@kernel("void(float64[::1], float64[:,::1], float64[::1], float64[:,::1])")
def laplace_replicas(mean, replicas, ctaus, out):
    """Sum at each ctau for every replica: mean (n_bins,) m, replicas (n_bins, n_replicas), out (n, n_replicas)."""
    for k in range(ctaus.shape[0]):
        rate = 1.0 / ctaus[k]
        for r in range(replicas.shape[1]):
            out[k, r] = 0.0
        for b in range(mean.shape[0]):
            f = math.exp(-rate * mean[b]) * rate
            if f == 0.0:
                continue
            for r in range(replicas.shape[1]):
                out[k, r] += f * replicas[b, r]
