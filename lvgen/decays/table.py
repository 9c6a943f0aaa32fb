"""How long a boson lives and what it decays into, over mass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lvgen.decays.widths import fermion_width, two_pion_width
from lvgen.errors import UserError, unknown
from lvgen.models.base import Couplings, Model
from lvgen.models.registry import make_model
from lvgen.particles import mass as particle_mass
from lvgen.units import HBARC

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Channel:
    """One exclusive final state: its name, the PDG ids of its products and its width at ``coupling = 1``.

    kind : "fermions" or "scalars", which fixes the angular distribution of two-body products
    visible : False for neutrinos
    """

    name: str
    products: tuple[int, ...]
    kind: str
    width: Callable[[Floats, Couplings], Floats]
    visible: bool = True

    @property
    def threshold(self) -> float:
        """Sum of the products' masses, GeV."""
        return sum(particle_mass(pdg) for pdg in self.products)


def _lepton(name: str, fermion: str, pdg: int) -> Channel:
    def width(mass: Floats, couplings: Couplings) -> Floats:
        return fermion_width(mass, particle_mass(pdg), couplings.gv(fermion), couplings.ga(fermion))

    return Channel(name, (pdg, -pdg), "fermions", width)


def _two_pions(mass: Floats, couplings: Couplings) -> Floats:
    return two_pion_width(mass, couplings.gv("u") - couplings.gv("d"))


CHANNELS: tuple[Channel, ...] = (
    _lepton("e+ e-", "e", 11),
    _lepton("mu+ mu-", "mu", 13),
    _lepton("tau+ tau-", "tau", 15),
    Channel("pi+ pi-", (211, -211), "scalars", _two_pions),
)


class DecayTable:
    """Partial widths of one model at ``coupling = 1`` (multiply widths by coupling^2), over mass.

    ``mass`` may be a scalar or an array of shape (n,); every result has its shape.
    ``total`` and widths in GeV, ``ctau`` in metres (infinite where nothing is open).
    """

    def __init__(self, model: Model, mass: ArrayLike) -> None:
        self.model = model
        self.mass = np.asarray(mass, dtype=float)
        flat = np.atleast_1d(self.mass).ravel()
        if not (np.isfinite(flat).all() and (flat > 0).all()):
            raise ValueError("mass must be positive and finite (GeV)")
        model.check_mass(float(flat.max()))
        couplings = model.couplings()
        self._widths = {c.name: c.width(flat, couplings).reshape(self.mass.shape) for c in CHANNELS}

    @property
    def channels(self) -> list[str]:
        """Channels with a width anywhere on the mass grid."""
        return [name for name, width in self._widths.items() if np.any(width > 0)]

    @property
    def total(self) -> Floats:
        """Total width, GeV."""
        return _plain(sum(self._widths.values(), np.zeros(self.mass.shape)))

    @property
    def ctau(self) -> Floats:
        """Proper decay length, m."""
        with np.errstate(divide="ignore"):
            return _plain(HBARC / np.asarray(self.total))

    def width(self, name: str) -> Floats:
        """Partial width in GeV; KeyError with the nearest names for an unknown channel."""
        if name not in self._widths:
            raise unknown("channel", name, self._widths)
        return _plain(self._widths[name])

    def branching_ratio(self, name: str) -> Floats:
        """Width over total width; 0 where nothing is open."""
        total = np.asarray(self.total)
        return _plain(np.divide(self.width(name), total, out=np.zeros(self.mass.shape), where=total > 0))


def _plain(values: Floats) -> Floats:
    """A scalar for a scalar mass."""
    return values[()] if np.ndim(values) == 0 else values


class Mediator:
    """A model with its parameters, as a user handles it: ``lvgen.model("dark_photon")``."""

    def __init__(self, model: Model) -> None:
        self.model = model

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.model.name

    @property
    def parameters(self) -> dict[str, float | str]:
        """Further parameters, defaults included."""
        return dict(self.model.parameters)

    def couplings(self) -> Couplings:
        """Couplings at ``coupling = 1``."""
        return self.model.couplings()

    def decay_table(self, mass: ArrayLike) -> DecayTable:
        """Widths, lifetime and branching ratios at ``coupling = 1``; mass in GeV, scalar or array.

        raises ValueError for masses that are not positive or beyond the model's range
        """
        return DecayTable(self.model, mass)

    def __repr__(self) -> str:
        inside = "".join(f", {k}={v!r}" for k, v in self.model.parameters.items())
        return f"lvgen.model({self.name!r}{inside})"


def mediator(name: str, compatible: str | None = None, **parameters: float | str) -> Mediator:
    """The model of a name with its parameters; energies in GeV.

    compatible : reproduce another program's conventions; no model of this version has such a mode, so anything but
        None is a UserError

    >>> table = mediator("dark_photon").decay_table(0.05)
    >>> table.channels
    ['e+ e-']
    """
    if compatible is not None:
        raise UserError(f"{compatible!r}: no comparison mode exists in this version", key="model.compatible")
    return Mediator(make_model(name, **parameters))
