"""Hadrons of both beams, for detectors that surround the collision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lvgen.kernels.geometry import SPHERE
from lvgen.production import Draws, ProductionChannel, Window
from lvgen.spectra.source import Source

Floats = NDArray[np.float64]

#: signs of x, y, z, c t and of E, px, py, pz when a collision is turned by half a turn about the x axis
_POINT, _MOMENTUM = np.array([1.0, -1.0, -1.0, 1.0]), np.array([1.0, 1.0, -1.0, -1.0])
#: of T_xx, T_yy, T_zz, T_xy, T_xz, T_yz, S_x, S_y, S_z
_SPIN = np.array([1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0])


def of_both_beams(channel: ProductionChannel, source: Source, window: Window) -> ProductionChannel:
    """The channel as a detector in this window sees it.

    Tables of a collider hold the hadrons of one hemisphere, whose bosons a forward detector sees alone.  Round the
    collision those of the other one count too.
    """
    hadronic = channel.parent_pdg or channel.table_pdg
    if hadronic and source.kind == "collider" and window.kind == SPHERE:
        return BothSides(channel)
    return channel


class BothSides(ProductionChannel):
    """A channel and the same turned about the x axis, which exchanges two equal beams; the last dimension says which.

    A turn, unlike a reflection, leaves decays that know left from right as they are.
    """

    def __init__(self, inner: ProductionChannel) -> None:
        self._inner = inner
        self.name, self.dimensions = inner.name, inner.dimensions + 1
        self.parent_pdg, self.table_pdg, self.companions = inner.parent_pdg, inner.table_pdg, inner.companions
        self.longitudinal_fraction, self.mean_helicity = inner.longitudinal_fraction, inner.mean_helicity
        self.replicas, self.variation_names = inner.replicas, inner.variation_names

    def draw(self, y: Floats) -> Draws:
        """As the inner channel's, every other one turned."""
        draws = self._inner.draw(np.ascontiguousarray(y[:, :-1]))
        turned = y[:, -1] >= 0.5

        def turn(values: Floats | None, signs: Floats) -> Floats | None:
            if values is None:
                return None
            where = turned.reshape(-1, *[1] * (values.ndim - 1))
            return np.ascontiguousarray(np.where(where, values * signs, values))

        boson, parent, origin = turn(draws.boson, _MOMENTUM), turn(draws.parent, _MOMENTUM), turn(draws.origin, _POINT)
        assert boson is not None and parent is not None and origin is not None  # noqa: S101, PT018 - they are arrays
        return replace(
            draws, boson=boson, parent=parent, origin=origin, weight=2.0 * draws.weight, spin=turn(draws.spin, _SPIN),
            companions=turn(draws.companions, _MOMENTUM), made_at=turn(draws.made_at, _POINT),
        )  # fmt: skip

    def coefficient(self, coupling: Floats) -> Floats:
        """The inner channel's."""
        return self._inner.coefficient(coupling)

    def companion_momenta(self, draws: Draws) -> Floats:
        """The inner channel's, which turn along with what they are made of."""
        return self._inner.companion_momenta(draws)

    def table_hadrons(self, draws: Draws) -> tuple[int, Floats]:
        """Turned back to the hemisphere that the table holds."""
        pdg, hadrons = self._inner.table_hadrons(draws)
        return pdg, np.ascontiguousarray(np.where(hadrons[:, 3:] < 0.0, hadrons * _MOMENTUM, hadrons))

    def variation_factors(self, draws: Draws) -> Floats:
        """The inner channel's."""
        return self._inner.variation_factors(draws)
