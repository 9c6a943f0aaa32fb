"""How long a boson lives and what it decays into, over mass."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lvgen.decays.coefficients import channel_groups, channel_widths, meson_couplings
from lvgen.decays.invisible import dark_matter_width, neutrino_width
from lvgen.decays.leptonic import fermion_width, three_photon_width
from lvgen.decays.quarks import TRANSITION_RANGE, axial_quark_width, transition_mass, vector_quark_width
from lvgen.decays.scalar import scalar_fermion_width, two_photon_width, vector_pair_width
from lvgen.decays.uncertainty import HadronicPart, HadronicReplicas, reaches_transition, spread
from lvgen.errors import UserError, unknown
from lvgen.models.base import ELECTRIC_CHARGE, FERMIONS, Model
from lvgen.particles import mass as particle_mass
from lvgen.units import E_CHARGE, HBARC

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

#: programs whose conventions a table can follow
COMPATIBLE: tuple[str, ...] = ("deliver",)
_LEPTONS = (("e+ e-", "e", 11), ("mu+ mu-", "mu", 13), ("tau+ tau-", "tau", 15))
_NEUTRINOS = ("nu_e", "nu_mu", "nu_tau")
_QUARKS = ("u", "d", "s", "c", "b", "t")
THREE_PHOTONS, TWO_PHOTONS, VECTOR_PAIR = "3 gamma", "gamma gamma", "V V"


class DecayTable:
    """Partial widths of one model at ``coupling = 1`` (multiply widths by coupling^2), over mass.

    ``mass`` may be a scalar or an array of shape (n,); every result has its shape.
    ``total`` and widths in GeV, ``ctau`` in metres (infinite where nothing is open).

    ``width(name)`` is the width into a final state wherever it can be calculated.  In the total, hadrons are counted
    once: the exclusive channels up to ``transition`` (GeV; infinite where it has no meaning) and "quarks" above it, so
    ``branching_ratio`` of an exclusive hadronic channel is 0 above the transition and that of "quarks" 0 below.  What
    axial couplings to quarks add, estimated at quark level, belongs to "quarks" and is counted everywhere.
    A scalar (``model.spin`` 0) has charged leptons, "gamma gamma" and "V V"; its other widths are 0.

    ``error(name)``, ``total_error``, ``ctau_error`` and ``branching_ratio_error(name)`` are one standard deviation from
    the errors of the fits (``lvgen.decays.uncertainty``), taken over K replicas; ``replicas(name)``,
    ``total_replicas``, ``ctau_replicas`` and ``branching_ratio_replicas(name)`` have shape (K, *mass.shape) and belong
    together: replica k is one set of parameters at every mass and for every quantity.

    compatible : None, or "deliver" for the conventions of the program of arXiv:2201.01788, where they differ from what
        is right (pi0 gamma, K K pi, interpolated peaks, quarks without kinetic mixing)
    raises ValueError for masses that are not positive and finite, UserError beyond the model's range
    """

    def __init__(self, model: Model, mass: ArrayLike, compatible: str | None = None) -> None:
        self.model = model
        self.mass = np.asarray(mass, dtype=float)
        self._compatible = checked_program(compatible) is not None
        flat = np.atleast_1d(self.mass).ravel()
        if not (np.isfinite(flat).all() and (flat > 0).all()):
            raise ValueError("mass must be positive and finite (GeV)")
        model.check_table(float(flat.max(initial=0.0)))
        self._flat = flat
        self._couplings = model.compatible_couplings() if self._compatible else model.couplings()
        shift = model.mixing_shift(flat)
        self._shift: Complexes | None = shift if np.any(shift) else None
        self._widths: dict[str, Floats] = {}
        self._counted: dict[str, Floats] = {}
        self._sums: dict[str, list[str]] = {"nu nubar": [f"{nu} {_bar(nu)}" for nu in _NEUTRINOS], "hadrons": []}
        self._hadrons: tuple[Floats, Floats | float, tuple[str, ...], Floats, Floats]
        if model.spin == 0:
            self._add_scalar()
            return
        self._add_leptons()
        self._add_invisible()
        self._add_hadrons()

    def _vector(self, fermion: str) -> Complexes | float:
        """Vector coupling, over mass where it depends on it."""
        coupling = self._couplings.gv(fermion)
        if self._shift is None or ELECTRIC_CHARGE[fermion] == 0.0:
            return coupling
        running: Complexes = coupling + E_CHARGE * ELECTRIC_CHARGE[fermion] * self._shift
        return running

    def coupling(self, fermion: str) -> tuple[complex, float]:
        """Vector coupling (complex where a mixing runs) and axial coupling of a fermion at a table's single mass."""
        return complex(np.ravel(self._vector(fermion))[0]), self._couplings.ga(fermion)

    @property
    def meson_couplings(self) -> Floats:
        """(3,) c_rho, c_omega, c_phi of the model, up to the common factor of a mixing that runs."""
        return meson_couplings(self._couplings)

    def _add(self, name: str, width: Floats, counted: Floats | None = None) -> None:
        self._widths[name] = width
        self._counted[name] = width if counted is None else counted

    def _add_leptons(self) -> None:
        for name, lepton, pdg in _LEPTONS:
            gv = np.abs(self._vector(lepton))
            self._add(name, fermion_width(self._flat, particle_mass(pdg), gv, self._couplings.ga(lepton)))
        self._add(THREE_PHOTONS, three_photon_width(self._flat, np.abs(self._vector("e"))))

    def _add_scalar(self) -> None:
        """A scalar decays into charged leptons, photons and, where it gives a vector its mass, into two of these."""
        c, chi, zero = self._couplings, self.model.dark_matter, np.zeros_like(self._flat)
        if chi is not None or any(c.gs(f) or c.gp(f) for f in FERMIONS if f not in ("e", "mu", "tau")):
            raise UserError(
                "decays of a scalar into hadrons, neutrinos and dark matter are not described; charged leptons only",
                key="model.name",
            )
        loops = []
        for name, lepton, pdg in _LEPTONS:
            m, gs, gp = particle_mass(pdg), c.gs(lepton), c.gp(lepton)
            self._add(name, scalar_fermion_width(self._flat, m, gs, gp))
            loops.append((m, gs, gp))
        self._add(TWO_PHOTONS, two_photon_width(self._flat, loops))
        pair = self.model.vector_pair()
        self._add(VECTOR_PAIR, zero if pair is None else vector_pair_width(self._flat, *pair))
        exclusive = tuple(channel_widths(self._flat, np.zeros(3)))
        for name in (THREE_PHOTONS, *self._sums["nu nubar"], "chi chibar", *exclusive, "quarks"):
            self._add(name, zero)
        self._sums["hadrons"] = list(exclusive)
        self._hadrons = (np.zeros(3), 1.0, exclusive, zero, zero)

    def _add_invisible(self) -> None:
        for name, nu in zip(self._sums["nu nubar"], _NEUTRINOS, strict=True):
            self._add(name, neutrino_width(self._flat, self._couplings.gv(nu), self._couplings.ga(nu)))
        chi = self.model.dark_matter
        self._add("chi chibar", np.zeros_like(self._flat) if chi is None else dark_matter_width(self._flat, chi))

    def _add_hadrons(self) -> None:
        # finding the transition costs more than all widths at a few masses, so it is left to tables that reach it
        low = bool(self._flat.size) and float(self._flat.max()) <= TRANSITION_RANGE[0]
        below = np.full(self._flat.shape, True) if low else self._flat <= self.transition
        scale = self._quark_scale()
        c = meson_couplings(self._couplings)
        exclusive = channel_widths(self._flat, c, self._compatible)
        for name, width in exclusive.items():
            self._add(name, scale * width, np.where(below, scale * width, 0.0))
        self._sums["hadrons"] = list(exclusive)
        self._sums |= {group: list(names) for group, names in channel_groups().items() if names != (group,)}
        quarks = scale * vector_quark_width(self._flat, self._couplings, self._compatible)
        axial = axial_quark_width(self._flat, self._couplings, self._compatible)
        self._add("quarks", quarks + axial, np.where(below, 0.0, quarks) + axial)
        self._hadrons = (c, scale, tuple(exclusive), quarks, axial)

    def _quark_scale(self) -> Floats | float:
        """Factor on hadronic widths of a mixing that runs: it comes with quarks that couple through it alone."""
        if self._shift is None:
            return 1.0
        scale: Floats = np.abs(self._vector("u") / self._couplings.gv("u")) ** 2
        return scale

    @cached_property
    def transition(self) -> float:
        """Mass (GeV) above which hadrons are counted as quarks; infinite without vector couplings to quarks."""
        if not any(self._couplings.gv(quark) for quark in _QUARKS):
            return float("inf")
        return transition_mass(self._couplings, self._compatible)

    @property
    def channels(self) -> list[str]:
        """Channels, sums left out, that count somewhere on the mass grid."""
        return [name for name, width in self._counted.items() if np.any(width > 0)]

    @property
    def names(self) -> tuple[str, ...]:
        """Every channel, open or not, and every sum."""
        return (*self._widths, *self._sums)

    @property
    def sums(self) -> dict[str, list[str]]:
        """Names of sums, each with the channels that it is made of."""
        return {name: list(members) for name, members in self._sums.items()}

    @property
    def total(self) -> Floats:
        """Total width, GeV."""
        return self._shaped(sum(self._counted.values(), np.zeros_like(self._flat)))

    @property
    def ctau(self) -> Floats:
        """Proper decay length, m."""
        with np.errstate(divide="ignore"):
            return _plain(HBARC / np.asarray(self.total))

    def width(self, name: str) -> Floats:
        """Partial width in GeV of a channel or sum; KeyError with the nearest names for an unknown one."""
        return self._shaped(self._of(self._widths, name))

    def branching_ratio(self, name: str) -> Floats:
        """Share of the total width; 0 where nothing is open, and where hadrons are counted otherwise (see above)."""
        total = np.asarray(self.total)
        part = np.asarray(self._shaped(self._of(self._counted, name)))
        return _plain(np.divide(part, total, out=np.zeros(self.mass.shape), where=total > 0))

    @cached_property
    def _replicas(self) -> tuple[HadronicReplicas, Floats]:
        """Replicas of the hadronic widths, and of the total (K, n) GeV."""
        c, scale, exclusive, quarks, axial = self._hadrons
        transition = self.transition if reaches_transition(self._flat) else float("inf")
        part = HadronicPart(
            self._flat, self._couplings, c, scale, exclusive, quarks, axial, transition, self._compatible
        )
        moved = part.replicas()
        certain = sum((w for name, w in self._counted.items() if name not in moved.counted), np.zeros_like(self._flat))
        return moved, certain + sum(moved.counted.values(), np.zeros_like(moved.counted["quarks"]))

    def _replicas_of(self, moved: Mapping[str, Floats], central: Mapping[str, Floats], name: str) -> Floats:
        """Replicas (K, n) of a channel or sum; those of a width without error are all alike."""
        fixed = np.zeros_like(self._replicas[1])
        if name in central:
            return moved.get(name, fixed + central[name])
        if name not in self._sums:
            raise unknown("channel", name, [*central, *self._sums])
        return sum((moved.get(member, fixed + central[member]) for member in self._sums[name]), fixed)

    def replicas(self, name: str) -> Floats:
        """Replicas of ``width(name)``, (K, *mass.shape) GeV; KeyError for an unknown channel."""
        return self._stacked(self._replicas_of(self._replicas[0].widths, self._widths, name))

    def branching_ratio_replicas(self, name: str) -> Floats:
        """Replicas of ``branching_ratio(name)``, (K, *mass.shape)."""
        moved, total = self._replicas
        part = self._replicas_of(moved.counted, self._counted, name)
        return self._stacked(np.divide(part, total, out=np.zeros_like(total), where=total > 0))

    def simulated_ratio_replicas(self, name: str) -> Floats:
        """As ``branching_ratio_replicas``, for a sample whose hadrons are those of the central transition.

        In a replica whose transition lies on the other side of the mass, all hadrons keep their share of the total and
        are made of the central table's channels.
        """
        moved, total = self._replicas
        zero = np.zeros_like(total)
        hadrons, as_simulated = (sum(part.values(), zero) for part in (moved.counted, moved.fixed))
        factor = np.divide(hadrons, as_simulated, out=zero.copy(), where=as_simulated > 0)
        scaled = {channel: factor * width for channel, width in moved.fixed.items()}
        part = self._replicas_of(scaled, self._counted, name)
        return self._stacked(np.divide(part, total, out=zero.copy(), where=total > 0))

    @property
    def total_replicas(self) -> Floats:
        """Replicas of ``total``, (K, *mass.shape) GeV."""
        return self._stacked(self._replicas[1])

    @property
    def ctau_replicas(self) -> Floats:
        """Replicas of ``ctau``, (K, *mass.shape) m."""
        with np.errstate(divide="ignore"):
            return self._stacked(HBARC / self._replicas[1])

    def error(self, name: str) -> Floats:
        """Error of ``width(name)``, GeV."""
        return _plain(spread(self.replicas(name), np.asarray(self.width(name))))

    def branching_ratio_error(self, name: str) -> Floats:
        """Error of ``branching_ratio(name)``."""
        return _plain(spread(self.branching_ratio_replicas(name), np.asarray(self.branching_ratio(name))))

    @property
    def total_error(self) -> Floats:
        """Error of ``total``, GeV."""
        return _plain(spread(self.total_replicas, np.asarray(self.total)))

    @property
    def ctau_error(self) -> Floats:
        """Error of ``ctau``, m; 0 where nothing is open."""
        ctau = np.asarray(self.ctau)
        finite = np.where(np.isfinite(ctau), ctau, 0.0)
        replicas = np.where(np.isfinite(self.ctau_replicas), self.ctau_replicas, 0.0)
        return _plain(spread(replicas, finite))

    def _stacked(self, values: Floats) -> Floats:
        return values.reshape(len(values), *self.mass.shape)

    def _of(self, widths: Mapping[str, Floats], name: str) -> Floats:
        if name in widths:
            return widths[name]
        if name not in self._sums:
            raise unknown("channel", name, [*widths, *self._sums])
        return sum((widths[member] for member in self._sums[name]), np.zeros_like(self._flat))

    def _shaped(self, values: Floats) -> Floats:
        return _plain(values.reshape(self.mass.shape))


def _bar(neutrino: str) -> str:
    return neutrino.replace("nu", "nubar")


def _plain(values: Floats) -> Floats:
    """A scalar for a scalar mass."""
    return values[()] if np.ndim(values) == 0 else values


def checked_program(compatible: str | None) -> str | None:
    """A program to be compatible with, or None; raises UserError for another."""
    if compatible is not None and compatible not in COMPATIBLE:
        raise unknown("program to be compatible with", str(compatible), COMPATIBLE, key="model.compatible")
    return compatible
