"""The decay channels of a boson at one mass, as they are sampled: branching ratio, products, angular distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lvgen.decays.table import CHANNELS, Channel, DecayTable
from lvgen.kernels.two_body import decay_two_body
from lvgen.particles import charge
from lvgen.particles import mass as particle_mass

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Mode:
    """One open two-body channel: ``branching_ratio``, PDG ids of ``products``, and how they are distributed."""

    channel: Channel
    mass: float
    branching_ratio: float

    @property
    def name(self) -> str:
        """Name of the channel."""
        return self.channel.name

    @property
    def products(self) -> tuple[int, ...]:
        """PDG ids."""
        return self.channel.products

    @property
    def charged(self) -> NDArray[np.int64]:
        """1 for charged products, 0 for neutral ones."""
        return np.array([int(charge(pdg) != 0) for pdg in self.products], np.int64)

    def angular(self, longitudinal_fraction: float) -> Floats:
        """(a, b) of the density a + b cos^2 of the polar angle about the helicity axis.

        Fermions with a vector coupling, r = 4 m^2/M^2: transverse 1 + cos^2 + r sin^2, longitudinal 2 (sin^2 + r
        cos^2), both over the same norm; scalars: transverse sin^2, longitudinal 2 cos^2 (arXiv:1609.00860 and
        text-book helicity amplitudes).
        """
        f = longitudinal_fraction
        if self.channel.kind == "scalars":
            transverse, longitudinal = np.array([1.0, -1.0]), np.array([0.0, 2.0])
        else:
            r = (2.0 * particle_mass(self.products[0]) / self.mass) ** 2
            transverse, longitudinal = np.array([1.0 + r, 1.0 - r]), 2.0 * np.array([1.0, r - 1.0])
        density: Floats = (1.0 - f) * transverse + f * longitudinal
        return density

    def decay(self, u: Floats, boson: Floats, parent: Floats, weight: Floats, longitudinal_fraction: float) -> Floats:
        """Products (n, k, 4) in GeV of bosons (n, 4) that were made by parents (n, 4); u (n, 2) uniform.

        Where ``weight`` (n,) is 0 the products are left 0.
        """
        masses = np.array([particle_mass(pdg) for pdg in self.products])
        products = np.zeros((len(boson), len(masses), 4))
        decay_two_body(self.mass, masses, self.angular(longitudinal_fraction), u, boson, parent, weight, products)
        return products


def open_modes(table: DecayTable, names: tuple[str, ...] | None) -> list[Mode]:
    """Modes of a table at one (scalar) mass: the named ones, or every visible one whose products can be simulated.

    raises KeyError (with the nearest names) for an unknown channel
    """
    mass = float(table.mass)
    for name in names or ():
        table.width(name)
    chosen = [c for c in CHANNELS if (c.visible if names is None else c.name in names)]
    modes = [Mode(c, mass, float(table.branching_ratio(c.name))) for c in chosen]
    return [mode for mode in modes if mode.branching_ratio > 0.0]
