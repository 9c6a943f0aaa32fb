"""What bosons decay into, event by event: particles in slots, each with its mother and its production point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

#: values of ``status``
FINAL, DECAYED = 1, 2


@dataclass
class Products:
    """Decay products of n bosons in k slots; the used slots of a row come first, mothers before their daughters.

    pdg      : (n, k) PDG ids, 0 for an empty slot
    momentum : (n, k, 4) E, px, py, pz in the laboratory, GeV
    mother   : (n, k) 0 for a product of the boson itself, j > 0 for a daughter of slot j - 1
    status   : (n, k) ``FINAL`` or ``DECAYED``; 0 for an empty slot
    point    : (n, k, 4) production point x, y, z, c t, m
    """

    pdg: Ints
    momentum: Floats
    mother: Ints
    status: Ints
    point: Floats

    def __len__(self) -> int:
        return len(self.pdg)

    @property
    def counts(self) -> NDArray[np.int64]:
        """(n,) used slots of each row."""
        counts: NDArray[np.int64] = np.count_nonzero(self.pdg, axis=1)
        return counts

    def trimmed(self) -> Products:
        """The same without slots that no row uses."""
        width = max(1, int(self.counts.max(initial=0)))
        if width == self.pdg.shape[1]:
            return self
        return Products(*(np.ascontiguousarray(values[:, :width]) for values in vars(self).values()))

    def for_acceptance(self, slots: int) -> Products:
        """The same where it fits into ``slots``, else without the particles of the cascade that decayed on.

        Those are not seen; what the boson decays into itself stays, and ``mother`` tells no more than that.
        """
        if self.pdg.shape[1] <= slots:
            return self
        keep = (self.pdg != 0) & ((self.status == FINAL) | (self.mother == 0))
        order = np.argsort(~keep, axis=1, kind="stable")[:, : int(keep.sum(axis=1).max(initial=1))]
        rows, kept = np.arange(len(self))[:, None], np.take_along_axis(keep, order, axis=1)
        picked = (values[rows, order] for values in vars(self).values())
        return Products(*(np.where(kept.reshape(*kept.shape, *(1,) * (v.ndim - 2)), v, 0) for v in picked))

    def take(self, rows: NDArray[np.intp]) -> Products:
        """The given rows."""
        return Products(self.pdg[rows], self.momentum[rows], self.mother[rows], self.status[rows], self.point[rows])


def empty_products(n: int, slots: int) -> Products:
    """Products of n bosons with nothing in any slot."""
    return Products(
        np.zeros((n, slots), np.int32), np.zeros((n, slots, 4)), np.zeros((n, slots), np.int32),
        np.zeros((n, slots), np.int32), np.zeros((n, slots, 4)),
    )  # fmt: skip


def joined(parts: Sequence[Products], slots: int) -> Products:
    """One under the other, filled up with empty slots to at least ``slots``."""
    width = max([slots, *(part.pdg.shape[1] for part in parts)])
    whole = empty_products(sum(len(part) for part in parts), width)
    start = 0
    for part in parts:
        for name, values in vars(part).items():
            getattr(whole, name)[start : start + len(part), : values.shape[1]] = values
        start += len(part)
    return whole


def primary_products(pdg: Ints, momentum: Floats, vertex: Floats) -> Products:
    """Products before any cascade: all final, all from the boson's decay point.

    pdg : (n, k), 0 for an empty slot; momentum : (n, k, 4) GeV; vertex : (n, 4) m
    """
    used = pdg != 0
    point = np.where(used[:, :, None], vertex[:, None, :], 0.0)
    return Products(
        np.ascontiguousarray(pdg, np.int32), momentum, np.zeros(pdg.shape, np.int32),
        np.where(used, FINAL, 0).astype(np.int32), point,
    )  # fmt: skip
