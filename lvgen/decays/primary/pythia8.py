"""Quarks to hadrons by the strings of Pythia 8 (optional extra ``pythia8``; arXiv:2203.11601).

Each point has its own random stream in that program too, seeded from its key, so that nothing depends on how points are
grouped.  Hadrons that the cascade knows are left as they are, with the masses of the event record; all others that
decay within 10 mm are decayed by the program, at the boson's vertex.
"""

from __future__ import annotations

import functools
import threading
from typing import Any

import numpy as np

from lvgen.decays.primary.base import Floats, Ints, Keys, PrimaryDecay
from lvgen.decays.primary.hadronisation import BuiltinHadronisation, flavour_widths
from lvgen.decays.table import DecayTable
from lvgen.errors import MissingExtraError
from lvgen.kernels.two_body import decay_pair
from lvgen.particles import mass as particle_mass
from lvgen.pythia import pythia8

#: left to the cascade, or stable on a detector's scale
LEFT = (111, 221, 331, 223, 333, 310, 313, 323, 130, 211, 321, 2112, 2212)
#: constituent masses that set the quarks' velocity and the string's end points, GeV (Pythia's defaults)
_QUARKS = {"u": (2, 0.33), "d": (1, 0.33), "s": (3, 0.5), "c": (4, 1.5)}
#: strings that fail, or end in two hadrons, are tried this often before the built-in model takes over
_TRIES = 20
_SETTINGS = (
    "Print:quiet = on",
    "ProcessLevel:all = off",
    "PartonLevel:all = on",
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10.0",
    "Random:setSeed = on",
    "Random:seed = 1",
)
#: seeds of Pythia 8 are below 900,000,000
_SEEDS = np.uint64(899_999_999)
#: one program for each process, used by one thread at a time
_LOCK = threading.Lock()


@functools.cache
def program() -> Any:
    """Pythia 8, initialised; MissingExtraError (``decay.hadronisation``) where it is not installed."""
    try:
        made = pythia8('hadronisation = "pythia8"').Pythia("", False)
    except MissingExtraError as missing:
        raise missing.at(key="decay.hadronisation") from None
    for line in _SETTINGS:
        made.readString(line)
    for pdg in LEFT:
        made.readString(f"{pdg}:mayDecay = off")
        made.readString(f"{pdg}:mWidth = 0")
        made.readString(f"{pdg}:m0 = {particle_mass(pdg):.12g}")
    if not made.init():
        raise RuntimeError("Pythia 8 could not be initialised")
    return made


class Pythia8Hadronisation(PrimaryDecay):
    """The channel "quarks" at a table's single mass: quark pairs by their widths and the boson's spin, then strings.

    ``replaced`` counts points that the built-in model had to take, which happens near thresholds.
    """

    def __init__(self, table: DecayTable, fallback: BuiltinHadronisation) -> None:
        program()
        self.mass, self.fallback = float(table.mass), fallback
        self.replaced = 0
        widths = flavour_widths(table)
        total = sum(widths.values())
        self.shares: dict[str, float] = {}
        for (quark, _), width in widths.items():
            if self.mass > 2.0 * _QUARKS[quark][1]:
                self.shares[quark] = self.shares.get(quark, 0.0) + width / total
        self._table = table

    @property
    def is_open(self) -> bool:
        """See ``PrimaryDecay``."""
        return self.fallback.is_open

    def generate(self, keys: Keys, boson: Floats, spin: Floats, weight: Floats) -> tuple[Ints, Floats]:
        """See ``PrimaryDecay``."""
        found: list[tuple[Ints, Floats] | None] = [None] * len(boson)
        quarks, pairs = self._quarks(keys, spin, weight)
        seeds = _mixed(_mixed(keys)) % _SEEDS + np.uint64(1)
        with _LOCK:
            for i in np.flatnonzero(weight != 0.0):
                if quarks[i]:
                    found[i] = self._strings(int(seeds[i]), int(quarks[i]), pairs[i])
        left = np.array([weight[i] != 0.0 and found[i] is None for i in range(len(boson))])
        pdg, momenta = self._gathered(found)
        if left.any():
            self.replaced += int(left.sum())
            other, p = self.fallback.generate(keys, boson, spin, np.where(left, weight, 0.0))
            pdg, momenta = _widened(pdg, momenta, other.shape[1])
            _move(momenta, boson, self.mass)
            pdg[left, : other.shape[1]], momenta[left, : other.shape[1]] = other[left], p[left]
            return pdg, momenta
        _move(momenta, boson, self.mass)
        return pdg, momenta

    def _quarks(self, keys: Keys, spin: Floats, weight: Floats) -> tuple[Ints, Floats]:
        """PDG ids (n,) of the quarks, and momenta (n, 2, 4) of the pairs in the boson's rest frame."""
        ids, pairs = np.zeros(len(keys), np.int32), np.zeros((len(keys), 2, 4))
        if not self.shares:
            return ids, pairs
        u = _mixed(keys).astype(float) * 2.0**-64
        names = list(self.shares)
        edges = np.cumsum([self.shares[name] for name in names])
        chosen = np.minimum(np.searchsorted(edges / edges[-1], u, side="right"), len(names) - 1)
        at_rest = np.tile([self.mass, 0.0, 0.0, 0.0], (len(keys), 1))
        for i, name in enumerate(names):
            pdg, m = _QUARKS[name]
            mine = (chosen == i) & (weight != 0.0)
            ids[mine] = pdg
            decay_pair(
                self.mass, np.array([m, m]), self._angular(name, m), keys, at_rest, spin, mine.astype(float), pairs
            )
        return ids, pairs

    def _angular(self, quark: str, m: float) -> Floats:
        """(a, b, c) of the direction of the quark (see ``two_body``); vector couplings above the transition only."""
        gv, ga = self._table.coupling(quark)
        gv = gv if self.mass > self._table.transition else 0.0
        beta2 = 1.0 - (2.0 * m / self.mass) ** 2
        vector, axial = abs(gv) ** 2, ga**2 * beta2
        return np.array([vector + axial, -(vector * beta2 + axial), 2.0 * complex(gv).real * ga * np.sqrt(beta2)])

    def _strings(self, seed: int, quark: int, pair: Floats) -> tuple[Ints, Floats] | None:
        """Hadrons of one quark pair in the boson's rest frame: PDG ids (k,) and momenta (k, 4); None after failures."""
        pythia = program()
        pythia.rndm.init(seed)
        event = pythia.event
        for _ in range(_TRIES):
            event.reset()
            for pdg, colour, p in ((quark, (101, 0), pair[0]), (-quark, (0, 101), pair[1])):
                m = float(np.sqrt(max(0.0, p[0] ** 2 - p[1] ** 2 - p[2] ** 2 - p[3] ** 2)))
                event.append(pdg, 23, *colour, float(p[1]), float(p[2]), float(p[3]), float(p[0]), m, self.mass)
            pythia.forceTimeShower(1, 2, self.mass)
            if not pythia.next():
                continue
            final = [particle for particle in event if particle.isFinal()]
            if len(final) < 3 or any(particle.isParton() for particle in final):
                continue
            pdg_ids = np.array([particle.id() for particle in final], np.int32)
            momenta = np.array([[p.e(), p.px(), p.py(), p.pz(), p.m()] for p in final])
            if _balance(momenta, self.mass):
                return pdg_ids, momenta[:, :4]
        return None

    def _gathered(self, found: list[tuple[Ints, Floats] | None]) -> tuple[Ints, Floats]:
        width = max((len(hadrons[0]) for hadrons in found if hadrons is not None), default=1)
        pdg, momenta = np.zeros((len(found), width), np.int32), np.zeros((len(found), width, 4))
        for i, hadrons in enumerate(found):
            if hadrons is not None:
                pdg[i, : len(hadrons[0])], momenta[i, : len(hadrons[0])] = hadrons
        return pdg, momenta


def _mixed(keys: Keys) -> Keys:
    """Numbers (n,) that look independent of keys (n,) and of their streams: the finaliser of MurmurHash3."""
    z = keys ^ (keys >> np.uint64(33))
    z = z * np.uint64(0xFF51AFD7ED558CCD)
    z = z ^ (z >> np.uint64(33))
    z = z * np.uint64(0xC4CEB9FE1A85EC53)
    mixed: Keys = z ^ (z >> np.uint64(33))
    return mixed


def _balance(hadrons: Floats, mass: float) -> bool:
    """Make momenta (k, 5), E, x, y, z, m, of the rest frame add up to ``mass`` to rounding, in place.

    Strings balance to about 1e-6; False where it is more than 1e-3, or where rounding cannot be mended.
    """
    p, m = hadrons[:, 1:4], hadrons[:, 4]
    p -= p.sum(axis=0) / len(p)
    scale = 1.0
    for _ in range(20):
        energy = np.sqrt(m**2 + scale**2 * np.sum(p**2, axis=1))
        slope = float(np.sum(scale * np.sum(p**2, axis=1) / energy))
        if slope <= 0.0:
            return False
        scale -= (float(energy.sum()) - mass) / slope
    if abs(scale - 1.0) > 1e-3:
        return False
    p *= scale
    hadrons[:, 0] = np.sqrt(m**2 + np.sum(p**2, axis=1))
    return True


def _move(momenta: Floats, boson: Floats, mass: float) -> None:
    """Boost momenta (n, k, 4) from the rest frames of bosons (n, 4) to the laboratory, in place; empty slots stay."""
    e, q = boson[:, None, 0], boson[:, None, 1:]
    along = np.sum(momenta[..., 1:] * q, axis=-1)
    shift = (momenta[..., 0] + along / (e + mass)) / mass
    square = momenta[..., 0] ** 2 - np.sum(momenta[..., 1:] ** 2, axis=-1)
    momenta[..., 1:] += shift[..., None] * q
    used = momenta[..., 0] > 0.0
    energy = np.sqrt(np.clip(square, 0.0, None) + np.sum(momenta[..., 1:] ** 2, axis=-1))
    momenta[..., 0] = np.where(used, energy, 0.0)


def _widened(pdg: Ints, momenta: Floats, width: int) -> tuple[Ints, Floats]:
    """The same with at least ``width`` slots."""
    extra = max(0, width - pdg.shape[1])
    return np.pad(pdg, ((0, 0), (0, extra))), np.pad(momenta, ((0, 0), (0, extra), (0, 0)))
