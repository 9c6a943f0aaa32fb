"""Are the products of a decay seen: planes crossed, energies, separation, vertex, pointing, and with which efficiency?

Particles are sorted into kinds, powers of two that add up to sets; a plane says which set must cross it.
"""

from __future__ import annotations

import math

from lvgen.kernels.geometry import contains
from lvgen.kernels.jit import helper, kernel
from lvgen.kernels.tracks import position_at

#: kinds of particles; 0 is for what no detector sees
ELECTRON, MUON, HADRON, PHOTON, NEUTRAL = 1, 2, 4, 8, 16
CHARGED = ELECTRON | MUON | HADRON
VISIBLE = CHARGED | PHOTON | NEUTRAL
_EM = ELECTRON | PHOTON

#: outlines of planes: an ellipse, or a rectangle with its corners cut off
ROUND, STRAIGHT = 0, 1
#: a plane: z, outline, cx, cy, a, b (half the extent in x and y), largest |x| + |y|, radius of the hole, the same for
#: electrons and photons, set of kinds that must cross it
PLANE_FLOATS = 10

#: which products must be seen
ALL, TWO_CHARGED, TWO_PHOTONS, TWO, ONE = 0, 1, 2, 3, 4

#: places in the row of cuts
REQUIRE, MOMENTUM, TRACK_ENERGY, PHOTON_ENERGY, ENERGY = 0, 1, 2, 3, 4
SEPARATION, SEPARATION_Z, SEPARATION_KINDS = 5, 6, 7
MARGIN, MARGIN_FRONT, MARGIN_BACK = 8, 9, 10
IMPACT, BEAM, BEAM_LOW, BEAM_HIGH, POINTING_KINDS = 11, 12, 13, 14, 15
EFFICIENCY_OF = 16
#: cosines of the polar angle between which charged products and photons are seen
TRACK_LOW, TRACK_HIGH, PHOTON_LOW, PHOTON_HIGH = 17, 18, 19, 20
CUT_FLOATS = 21

_FINAL = 1


@kernel("int32(int32[::1], int8[::1], int8[::1], int32[:,::1], int32[:,::1], int8[:,::1], int8[:,::1])")
def classify(ids, kinds, charges, pdg, status, kind, charge):
    """Kind and charge of every final product; 0 for the others.

    ids : (m,) PDG ids, rising, with their ``kinds`` and ``charges``; pdg, status : (n, k); kind, charge : out, (n, k)
    returns a PDG id that is not among ``ids``, or 0
    """
    for i in range(pdg.shape[0]):
        for k in range(pdg.shape[1]):
            kind[i, k], charge[i, k] = 0, 0
            if status[i, k] != _FINAL or pdg[i, k] == 0:
                continue
            low, high = 0, ids.shape[0]
            while low < high:
                middle = (low + high) // 2
                if ids[middle] < pdg[i, k]:
                    low = middle + 1
                else:
                    high = middle
            if low == ids.shape[0] or ids[low] != pdg[i, k]:
                return pdg[i, k]
            kind[i, k], charge[i, k] = kinds[low], charges[low]
    return 0


@helper
def _inside(planes, j, kind, x, y):
    dx, dy = abs(x - planes[j, 2]), abs(y - planes[j, 3])
    hole = planes[j, 8] if kind & _EM else planes[j, 7]
    if dx * dx + dy * dy < hole * hole:
        return False
    if planes[j, 1] == ROUND:
        return (dx / planes[j, 4]) ** 2 + (dy / planes[j, 5]) ** 2 <= 1.0
    return dx <= planes[j, 4] and dy <= planes[j, 5] and dx + dy <= planes[j, 6]


@helper
def _crosses(planes, magnet, kind, charge, x0, y0, z0, px, py, pz):
    """Whether a product crosses every plane that is meant for its kind."""
    for j in range(planes.shape[0]):
        if int(planes[j, 9]) & kind == 0:
            continue
        reached, x, y = position_at(planes[j, 0], magnet, charge, x0, y0, z0, px, py, pz)
        if not (reached and _inside(planes, j, kind, x, y)):
            return False
    return True


@helper
def _measurable(cuts, kind, energy, px, py, pz):
    """Whether a product is hard enough, and goes where its kind is seen."""
    p2 = px * px + py * py + pz * pz
    p = math.sqrt(p2)
    if kind & CHARGED:
        inside = cuts[TRACK_LOW] * p <= pz <= cuts[TRACK_HIGH] * p
        return inside and p2 >= cuts[MOMENTUM] * cuts[MOMENTUM] and energy >= cuts[TRACK_ENERGY]
    if kind != PHOTON:
        return True
    return cuts[PHOTON_LOW] * p <= pz <= cuts[PHOTON_HIGH] * p and energy >= cuts[PHOTON_ENERGY]


@helper
def _two_of(bits):
    """Whether a set has two members or more."""
    return bits & (bits - 1) != 0


@helper
def _enough(require, visible, good, told, charged, photons):
    """(enough, set of the products that count as seen).

    visible, good, told, charged, photons : sets of products: all visible ones, those that pass, those that a plane is
        meant for, and two kinds of them
    """
    if require == ALL:
        return good == visible, visible
    seen = good & told
    if require == ONE:
        return seen != 0, seen
    of_photons = require == TWO_PHOTONS or (require == TWO and not _two_of(charged))
    return _two_of(seen & (photons if of_photons else charged)), seen


@helper
def _of_kinds(kinds, kind, i):
    """Set of the products of these kinds."""
    bits = 0
    for k in range(kind.shape[1]):
        if kind[i, k] & kinds:
            bits |= 1 << k
    return bits


@helper
def _at(z, magnet, charge, point, momentum, i, k):
    return position_at(
        z, magnet, float(charge[i, k]), point[i, k, 0], point[i, k, 1], point[i, k, 2],
        momentum[i, k, 1], momentum[i, k, 2], momentum[i, k, 3],
    )  # fmt: skip


@helper
def _apart(cuts, magnet, charge, point, momentum, i, k, m):
    """Whether two products are far enough from each other in the plane of separation."""
    reached_k, xk, yk = _at(cuts[SEPARATION_Z], magnet, charge, point, momentum, i, k)
    reached_m, xm, ym = _at(cuts[SEPARATION_Z], magnet, charge, point, momentum, i, m)
    return reached_k and reached_m and math.hypot(xk - xm, yk - ym) >= cuts[SEPARATION]


@helper
def _separated(cuts, magnet, chosen, charge, point, momentum, i):
    """Every pair apart where all products must be seen, one pair else: no tighter cut can then let a decay in."""
    every = cuts[REQUIRE] == ALL
    for k in range(charge.shape[1]):
        if not (chosen >> k) & 1:
            continue
        for m in range(k):
            if (chosen >> m) & 1 and _apart(cuts, magnet, charge, point, momentum, i, k, m) != every:
                return not every
    return every


@helper
def _points_back(cuts, chosen, point, momentum, i):
    """Whether the line of the chosen products' momentum leads to the production point and to the beam (z axis)."""
    px, py, pz = 0.0, 0.0, 0.0
    for k in range(momentum.shape[1]):
        if (chosen >> k) & 1:
            px += momentum[i, k, 1]
            py += momentum[i, k, 2]
            pz += momentum[i, k, 3]
    x, y, z = point[i, 0, 0], point[i, 0, 1], point[i, 0, 2]
    p2, pt2 = px * px + py * py + pz * pz, px * px + py * py
    if p2 == 0.0:
        return False
    cx, cy, cz = y * pz - z * py, z * px - x * pz, x * py - y * px
    if cx * cx + cy * cy + cz * cz > cuts[IMPACT] ** 2 * p2:
        return False
    if pt2 == 0.0:
        return x * x + y * y <= cuts[BEAM] ** 2
    nearest = z - pz * (x * px + y * py) / pt2
    return cz * cz <= cuts[BEAM] ** 2 * pt2 and cuts[BEAM_LOW] <= nearest <= cuts[BEAM_HIGH]


@helper
def _interpolated(x, grid, values):
    """Linear between the points of a table, constant outside."""
    last = grid.shape[0] - 1
    if x <= grid[0]:
        return values[0]
    if x >= grid[last]:
        return values[last]
    j = 0
    while grid[j + 1] < x:
        j += 1
    return values[j] + (values[j + 1] - values[j]) * (x - grid[j]) / (grid[j + 1] - grid[j])


@helper
def _energy(bits, momentum, i):
    total = 0.0
    for k in range(momentum.shape[1]):
        if (bits >> k) & 1:
            total += momentum[i, k, 0]
    return total


@helper
def _daughters(mother, status, i):
    """Set of the products of the boson itself."""
    bits = 0
    for k in range(mother.shape[1]):
        if mother[i, k] == 0 and status[i, k] != 0:
            bits |= 1 << k
    return bits


@helper
def _event_passes(shape, volume, magnet, cuts, kind, charge, momentum, point, i, visible, seen, charged, photons):
    """The cuts on the decay as a whole: visible energy, vertex, pointing, separation."""
    if cuts[ENERGY] > 0.0 and _energy(seen, momentum, i) < cuts[ENERGY]:
        return False
    if cuts[MARGIN] > 0.0 or cuts[MARGIN_FRONT] > 0.0 or cuts[MARGIN_BACK] > 0.0:
        x, y, z = point[i, 0, 0], point[i, 0, 1], point[i, 0, 2]
        if not contains(shape, volume, x, y, z, cuts[MARGIN], cuts[MARGIN_FRONT], cuts[MARGIN_BACK]):
            return False
    if cuts[IMPACT] < math.inf or cuts[BEAM] < math.inf:
        kinds = int(cuts[POINTING_KINDS])
        chosen = charged if _two_of(charged) else photons
        if kinds != 0:
            chosen = visible & _of_kinds(kinds, kind, i)
        if not _points_back(cuts, chosen, point, momentum, i):
            return False
    if cuts[SEPARATION] > 0.0:
        kinds = int(cuts[SEPARATION_KINDS])
        chosen = charged if cuts[REQUIRE] == ALL or _two_of(charged & seen) else photons
        if kinds != 0:
            chosen = _of_kinds(kinds, kind, i)
        return _separated(cuts, magnet, chosen & seen, charge, point, momentum, i)
    return True


@kernel(
    "void(int64, float64[::1], float64[:,::1], float64[::1], float64[::1], float64[::1], float64[::1], int8[:,::1], "
    "int8[:,::1], int32[:,::1], int32[:,::1], float64[:,:,::1], float64[:,:,::1], float64[::1])"
)
def accept(shape, volume, planes, magnet, cuts, grid, values, kind, charge, mother, status, momentum, point, weight):
    """Multiply the weight of each decay by its acceptance (0 or 1) and efficiency, in place.

    shape, volume : the decay volume (``geometry``); planes : (p, ``PLANE_FLOATS``); magnet : (``MAGNET_FLOATS``,)
    cuts : (``CUT_FLOATS``,); grid, values : (e,) energies (GeV) and efficiencies, e = 1 for a flat one
    kind, charge : (n, k) of ``classify``, k < 64; mother, status : (n, k); momentum, point : (n, k, 4) GeV, m
    weight : (n,)
    """
    told_kinds = VISIBLE if planes.shape[0] == 0 else 0
    for j in range(planes.shape[0]):
        told_kinds |= int(planes[j, 9])
    require = int(cuts[REQUIRE])
    for i in range(kind.shape[0]):
        if weight[i] == 0.0:
            continue
        visible, good, told, charged, photons = 0, 0, 0, 0, 0
        for k in range(kind.shape[1]):
            what = kind[i, k]
            if what == 0:
                continue
            bit = 1 << k
            visible |= bit
            told |= bit if what & told_kinds else 0
            charged |= bit if what & CHARGED else 0
            photons |= bit if what == PHOTON else 0
            px, py, pz = momentum[i, k, 1], momentum[i, k, 2], momentum[i, k, 3]
            passes = _measurable(cuts, what, momentum[i, k, 0], px, py, pz) and _crosses(
                planes, magnet, what, float(charge[i, k]), point[i, k, 0], point[i, k, 1], point[i, k, 2], px, py, pz
            )
            good |= bit if passes else 0
            if require == ALL and not passes:
                break
        enough, seen = _enough(require, visible, good, told, charged, photons)
        if not enough or not _event_passes(
            shape, volume, magnet, cuts, kind, charge, momentum, point, i, visible, seen, charged, photons
        ):
            weight[i] = 0.0
        elif grid.shape[0] == 1:
            weight[i] *= values[0]
        else:
            counted = seen if cuts[EFFICIENCY_OF] != 0.0 else _daughters(mother, status, i)
            weight[i] *= _interpolated(_energy(counted, momentum, i), grid, values)
