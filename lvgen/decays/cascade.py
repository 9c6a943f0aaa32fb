"""Cascades: unstable decay products decayed on, down to the particles that a card leaves."""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.products import Products, joined
from lvgen.decays.secondary import ALIASES, DECAYS, Branch
from lvgen.errors import unknown
from lvgen.kernels.cascade import FLAT, RHO_BANDS, RHO_PAIR, follow, three_body_bound
from lvgen.particles import PDG_ID, ctau, name_of, pdg_id
from lvgen.particles import mass as particle_mass

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Keys = NDArray[np.uint64]

#: particles whose mass is always that of their four-momentum
_BROAD = frozenset({"rho0", "rho+", "K*0", "K*+"})
#: shorter proper decay lengths (m) count as none: pi0 fly, eta do not
_SHORTEST_FLIGHT = 1e-9
_BOUND_STEPS = 100
_SAFETY = 1.05
#: rows that are followed at once, since their slots are allotted for the longest cascade that can be
_CHUNK = 2048
#: antiparticles that are not minus the particle
_SELF_CONJUGATE = frozenset({22, 111, 113, 221, 223, 331, 333, 310, 130})


def left_particles(names: Iterable[str]) -> frozenset[str]:
    """The particles of a card's ``decay.stable``, by the names of ``secondary.DECAYS``.

    Particles that lvgen never decays are taken and change nothing; an antiparticle stands for the particle too.
    raises UserError with the nearest names for an unknown one
    """
    left = set()
    for name in names:
        known = ALIASES.get(name, name)
        if known not in PDG_ID:
            raise unknown("particle", name, [*DECAYS, *PDG_ID, *ALIASES], key="decay.stable")
        if known in DECAYS:
            left.add(known)
    return frozenset(left)


@dataclass(frozen=True)
class _Arrays:
    """What ``kernels.cascade.follow`` takes."""

    species: Ints
    properties: Floats
    ranges: NDArray[np.int64]
    cumulative: Floats
    shapes: NDArray[np.int64]
    daughters: Ints
    masses: Floats


class Cascade:
    """Decays of the unstable products that are not left, ready to be followed.

    left : particles that stay as they are, names of ``secondary.DECAYS``
    forced : PDG id -> the one decay (PDG ids) that this particle takes, left or not
    """

    def __init__(self, left: Collection[str] = (), forced: Mapping[int, tuple[int, ...]] | None = None) -> None:
        self._branches = _all_branches(left, forced or {})
        self._arrays = _arrays(self._branches)
        self._reach: dict[int, int] = {}
        species = self._arrays.species.tolist()
        self._slots = np.array([self._reached(pdg) for pdg in species], np.int64)

    def _reached(self, pdg: int) -> int:
        """Most slots that one particle can fill: itself and all that comes of it."""
        if pdg not in self._branches:
            return 1
        if pdg not in self._reach:
            self._reach[pdg] = 1 + max(sum(self._reached(d) for d in products) for products, _ in self._branches[pdg])
        return self._reach[pdg]

    def decays(self, pdg: int) -> bool:
        """Whether a particle is decayed on."""
        return pdg in self._branches

    def final(self, pdgs: Iterable[int]) -> set[int]:
        """Every PDG id that can be final where these are the primary products."""
        found: set[int] = set()
        for pdg in pdgs:
            if pdg in self._branches:
                found |= self.final(d for products, _ in self._branches[pdg] for d in products)
            else:
                found.add(pdg)
        return found

    def follow(self, keys: Keys, primary: Products, weight: Floats) -> Products:
        """All products of n bosons.

        keys : (n,) streams, those of the primary decay; primary : its products; weight : (n,) rows of weight 0 are
        passed over
        """
        slots = self._needed(primary.pdg)
        if not len(slots) or slots.max() <= primary.pdg.shape[1]:
            return primary
        parts = [
            self._part(primary, keys, weight, slice(start, start + _CHUNK), int(slots[start : start + _CHUNK].max()))
            for start in range(0, len(keys), _CHUNK)
        ]
        return joined(parts, 1)

    def _needed(self, pdg: Ints) -> NDArray[np.int64]:
        """(n,) most slots that each row can fill."""
        species = self._arrays.species
        if not len(species):
            return np.asarray(np.count_nonzero(pdg, axis=1))
        row = np.minimum(np.searchsorted(species, pdg), len(species) - 1)
        slots = np.where(species[row] == pdg, self._slots[row], pdg != 0)
        needed: NDArray[np.int64] = slots.sum(axis=1)
        return needed

    def _part(self, primary: Products, keys: Keys, weight: Floats, rows: slice, size: int) -> Products:
        """One chunk, trimmed to the slots that it uses."""
        part = joined([primary.take(np.arange(len(primary))[rows])], size)
        a = self._arrays
        used = follow(
            np.ascontiguousarray(keys[rows]), np.ascontiguousarray(weight[rows]),
            a.species, a.properties, a.ranges, a.cumulative, a.shapes, a.daughters, a.masses,
            part.pdg, part.momentum, part.mother, part.status, part.point,
        )  # fmt: skip
        return Products(*(values[:, : max(1, used)] for values in vars(part).values()))


Branches = dict[int, list[tuple[tuple[int, ...], Branch]]]


def _all_branches(left: Collection[str], forced: Mapping[int, tuple[int, ...]]) -> Branches:
    """PDG id -> decays as PDG ids, antiparticles included."""
    found: Branches = {}
    for name, branches in DECAYS.items():
        if name in left:
            continue
        pdg = pdg_id(name)
        found[pdg] = [(tuple(pdg_id(d) for d in branch.products), branch) for branch in branches]
    for pdg, products in forced.items():
        found[pdg] = [(products, Branch(1.0, tuple(name_of(d) for d in products)))]
    for pdg in [p for p in found if p not in _SELF_CONJUGATE]:
        found[-pdg] = [(tuple(_conjugate(d) for d in products), branch) for products, branch in found[pdg]]
    return dict(sorted(found.items()))


def _conjugate(pdg: int) -> int:
    return pdg if pdg in _SELF_CONJUGATE else -pdg


def _arrays(branches: Branches) -> _Arrays:
    rows = [(pdg, products, branch) for pdg, listed in branches.items() for products, branch in listed]
    cumulative = [np.cumsum([b.ratio for _, b in listed]) for listed in branches.values()]
    counts = [len(listed) for listed in branches.values()]
    starts = np.cumsum([0, *counts])[:-1]
    daughters, masses = np.zeros((len(rows), 3), np.int32), np.zeros((len(rows), 5))
    for k, (pdg, products, branch) in enumerate(rows):
        daughters[k, : len(products)] = products
        masses[k, : len(products)] = [particle_mass(d) for d in products]
        # a change of name is always open
        masses[k, 3] = masses[k, :3].sum() if len(products) > 1 else -1.0
        masses[k, 4] = _bound(branch.kind, particle_mass(pdg), tuple(masses[k, :3]))
    return _Arrays(
        species=np.array(list(branches), np.int32),
        properties=np.array([_properties(pdg) for pdg in branches]).reshape(-1, 3),
        ranges=np.array([starts, counts], np.int64).T.copy().reshape(-1, 2),
        cumulative=np.concatenate([c / c[-1] for c in cumulative]) if cumulative else np.zeros(0),
        shapes=np.array([(branch.kind, len(products)) for _, products, branch in rows], np.int64).reshape(-1, 2),
        daughters=daughters,
        masses=masses,
    )


def _properties(pdg: int) -> tuple[float, float, float]:
    length = ctau(pdg)
    flies = _SHORTEST_FLIGHT < length < math.inf
    return particle_mass(pdg), length if flies else 0.0, float(name_of(abs(pdg)) in _BROAD)


@functools.cache
def _bound(kind: int, mass: float, masses: tuple[float, float, float]) -> float:
    """Bound of a three-body density, with a margin for what lies between the points of the grid."""
    if kind not in (FLAT, RHO_BANDS, RHO_PAIR):
        return 0.0
    return _SAFETY * float(three_body_bound(kind, mass, *masses, _BOUND_STEPS))


@functools.cache
def cascade(left: frozenset[str], forced: tuple[tuple[int, tuple[int, ...]], ...] = ()) -> Cascade:
    """The cascade for what a card leaves, made once; ``forced`` as pairs of PDG id and decay."""
    return Cascade(left, dict(forced))
