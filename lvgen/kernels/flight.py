"""Where along its ray a boson decays: the point is drawn once, the lifetime is applied afterwards.

The proper path x = t m / p (metres) of a decay point is what a lifetime acts on: exp(-x/ctau)/ctau dx.  It is drawn
from a mixture of a flat density and of truncated exponentials on the ray's segments inside the volume, so that one
sample serves every lifetime.
"""

from __future__ import annotations

import math

from lvgen.kernels.geometry import ray_segments
from lvgen.kernels.jit import helper, kernel


@helper
def _segment_density(x, low, width, scales):
    """Mixture density of x on one segment [low, low + width]; equal shares of flat and of each exponential."""
    q = 1.0 / width
    for k in range(scales.shape[0]):
        c = scales[k]
        q += math.exp(-(x - low) / c) / (-c * math.expm1(-width / c))
    return q / (scales.shape[0] + 1)


@helper
def _segment_draw(u, low, width, scales):
    """Draw x on one segment; u in [0, 1] chooses the component and then the place."""
    n = scales.shape[0] + 1
    v = u * n
    k = min(n - 1, int(v))
    v -= k
    if k == 0:
        return low + v * width
    c = scales[k - 1]
    return low + min(width, -c * math.log1p(v * math.expm1(-width / c)))


@kernel(
    "void(int64, float64[::1], float64, float64[::1], float64[::1], float64[:,::1], float64[:,::1], float64[:,::1], "
    "float64[::1], float64[::1], float64[:,::1])"
)
def draw_vertices(shape, par, mass, scales, u, origin, boson, spans, x, factor, vertex):
    """Draw a decay point on every ray.

    shape, par : volume, as in ``geometry``; mass : GeV; scales : (k,) proper decay lengths of the exponentials, m
    u : (n,) in [0, 1]; origin : (n, 4) production points x, y, z, c t in m; boson : (n, 4) GeV
    spans  : out, (n, 2) proper path at the first entrance and last exit, m (0, 0 where the ray misses)
    x      : out, (n,) proper path of the decay point, m
    factor : out, (n,) 1 / density of x (0 where the ray misses), m: times exp(-x/ctau)/ctau it estimates the
        probability
    vertex : out, (n, 4) decay point x, y, z, c t in m
    """
    for i in range(boson.shape[0]):
        e = boson[i, 0]
        px, py, pz = boson[i, 1], boson[i, 2], boson[i, 3]
        p = math.sqrt(px * px + py * py + pz * pz)
        a1, a2, b1, b2 = ray_segments(shape, par, origin[i, 0], origin[i, 1], origin[i, 2], px / p, py / p, pz / p)
        length = (a2 - a1) + (b2 - b1)
        if length <= 0.0:
            factor[i], x[i], spans[i, 0], spans[i, 1] = 0.0, 0.0, 0.0, 0.0
            vertex[i, :] = origin[i, :]
            continue
        proper = mass / p
        share = (a2 - a1) / length
        v = u[i]
        if v < share:
            low, width, v = a1 * proper, (a2 - a1) * proper, v / share
        else:
            low, width, v = b1 * proper, (b2 - b1) * proper, (v - share) / (1.0 - share)
            share = 1.0 - share
        xi = _segment_draw(v, low, width, scales)
        x[i] = xi
        factor[i] = 1.0 / (share * _segment_density(xi, low, width, scales))
        spans[i, 0] = a1 * proper
        spans[i, 1] = (b2 if b2 > 0.0 else a2) * proper
        t = xi / proper
        vertex[i, 0] = origin[i, 0] + t * px / p
        vertex[i, 1] = origin[i, 1] + t * py / p
        vertex[i, 2] = origin[i, 2] + t * pz / p
        vertex[i, 3] = origin[i, 3] + t * e / p


@kernel("void(float64[:,::1], float64[::1], float64[::1], float64[::1])")
def target_density(spans, ctaus, norms, out):
    """Sum over lifetimes of the decay probability between the two ends of each ray's span, each divided by its norm.

    spans : (n, 2) m; ctaus, norms : (k,); out : (n,).  What VEGAS adapts to: flat in relative weight over the
        lifetimes.
    """
    for i in range(spans.shape[0]):
        total = 0.0
        width = spans[i, 1] - spans[i, 0]
        if width > 0.0:
            for k in range(ctaus.shape[0]):
                c = ctaus[k]
                total -= math.exp(-spans[i, 0] / c) * math.expm1(-width / c) / norms[k]
        out[i] = total
