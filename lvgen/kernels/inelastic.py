"""Three-body decay of the heavier state of an inelastic pair, through a virtual boson."""

from __future__ import annotations

import math

from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.randoms import next_uniform
from lvgen.kernels.vectors import even_quadratic, perpendicular, two_body_momentum


@helper
def _boosted(kx, ky, kz, energy, mass, e, px, py, pz):
    """Momentum (kx, ky, kz), of that energy in the rest frame of a system (mass; e, p), in the frame of the latter."""
    p = math.sqrt(px * px + py * py + pz * pz)
    if p == 0.0:
        return kx, ky, kz
    nx, ny, nz = px / p, py / p, pz / p
    along = kx * nx + ky * ny + kz * nz
    # (e - mass) without cancellation for a slow system
    shift = (p * energy + p * p / (e + mass) * along) / mass
    return kx + shift * nx, ky + shift * ny, kz + shift * nz


@kernel(
    "void(uint64[::1], float64[:,::1], float64[::1], float64, float64, float64[::1], float64[:,::1], "
    "float64[:,:,::1], float64[:,::1], int32[:,::1], int32, int32[:,::1], float64[:,:,::1])"
)
def inelastic_decay(keys, chi2, weight, m1, m2, cumulative, q_nodes, angular, masses, pairs, chi1_pdg, pdg, momenta):
    """Decay chi_2 -> chi_1 a b.

    keys    : (n,) streams; chi2 : (n, 4) E, px, py, pz, GeV; weight : (n,) points of weight 0 are passed over
    m1, m2  : GeV; cumulative : (c,) cumulative branching ratios of the pairs, the last 1
    q_nodes : (c, k) mass of the pair (GeV) at evenly spaced values 0 to 1 of its cumulative distribution
    angular : (c, k, 2) a, b of the density a + b cos^2 of the polar angle of the pair's decay about its flight
    masses, pairs : (c, 2) masses (GeV) and PDG ids of a and b; chi1_pdg : PDG id of chi_1
    pdg, momenta  : out, (n, 3) and (n, 3, 4), chi_1 first; momenta sum to that of chi_2 to rounding
    """
    last = q_nodes.shape[1] - 1
    for i in range(keys.shape[0]):
        if weight[i] == 0.0:
            continue
        state = keys[i]
        state, u_channel = next_uniform(state)
        state, u_mass = next_uniform(state)
        state, u_cos = next_uniform(state)
        state, u_phi = next_uniform(state)
        state, u_theta = next_uniform(state)
        state, u_azimuth = next_uniform(state)
        c = 0
        while c < cumulative.shape[0] - 1 and u_channel >= cumulative[c]:
            c += 1
        place = u_mass * last
        node = min(int(place), last - 1)
        share = place - node
        q = (1.0 - share) * q_nodes[c, node] + share * q_nodes[c, node + 1]
        a = (1.0 - share) * angular[c, node, 0] + share * angular[c, node + 1, 0]
        b = (1.0 - share) * angular[c, node, 1] + share * angular[c, node + 1, 1]
        cos = 2.0 * u_cos - 1.0
        sin = math.sqrt(max(0.0, 1.0 - cos * cos))
        nx, ny, nz = sin * math.cos(2.0 * math.pi * u_phi), sin * math.sin(2.0 * math.pi * u_phi), cos
        k_pair = two_body_momentum(m2, q, m1)
        k_a = two_body_momentum(q, masses[c, 0], masses[c, 1])
        cos = even_quadratic(a, b, u_theta)
        sin = math.sqrt(max(0.0, 1.0 - cos * cos))
        bx, by, bz, cx, cy, cz = perpendicular(nx, ny, nz)
        sc, ss = sin * math.cos(2.0 * math.pi * u_azimuth), sin * math.sin(2.0 * math.pi * u_azimuth)
        ax = k_a * (cos * nx + sc * bx + ss * cx)
        ay = k_a * (cos * ny + sc * by + ss * cy)
        az = k_a * (cos * nz + sc * bz + ss * cz)
        e_a = math.sqrt(k_a * k_a + masses[c, 0] * masses[c, 0])
        e_pair = math.sqrt(k_pair * k_pair + q * q)
        ax, ay, az = _boosted(ax, ay, az, e_a, q, e_pair, k_pair * nx, k_pair * ny, k_pair * nz)
        e_a = math.sqrt(masses[c, 0] * masses[c, 0] + ax * ax + ay * ay + az * az)
        e, px, py, pz = chi2[i, 0], chi2[i, 1], chi2[i, 2], chi2[i, 3]
        ax, ay, az = _boosted(ax, ay, az, e_a, m2, e, px, py, pz)
        e1 = math.sqrt(k_pair * k_pair + m1 * m1)
        x, y, z = _boosted(-k_pair * nx, -k_pair * ny, -k_pair * nz, e1, m2, e, px, py, pz)
        rx, ry, rz = px - ax - x, py - ay - y, pz - az - z
        pdg[i, 0], pdg[i, 1], pdg[i, 2] = chi1_pdg, pairs[c, 0], pairs[c, 1]
        momenta[i, 0, 0] = math.sqrt(m1 * m1 + x * x + y * y + z * z)
        momenta[i, 0, 1], momenta[i, 0, 2], momenta[i, 0, 3] = x, y, z
        momenta[i, 1, 0] = math.sqrt(masses[c, 0] * masses[c, 0] + ax * ax + ay * ay + az * az)
        momenta[i, 1, 1], momenta[i, 1, 2], momenta[i, 1, 3] = ax, ay, az
        momenta[i, 2, 0] = math.sqrt(masses[c, 1] * masses[c, 1] + rx * rx + ry * ry + rz * rz)
        momenta[i, 2, 1], momenta[i, 2, 2], momenta[i, 2, 3] = rx, ry, rz
