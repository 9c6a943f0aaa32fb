"""Sources as data: what collides, how often, and how far long-lived hadrons fly before something stops them.

A source is a TOML file: those of ``lvgen/data/sources``, or the user's own.  Hadron tables say what one interaction
makes; a source says how many interactions an exposure holds, and what a nucleus and a thick target change.

Hadrons for each interaction are those of one inelastic collision of the projectile with a nucleon, or of a table made
on the nucleus itself.  Hard processes go with the number of nucleons, inelastic interactions with A^0.71, so charm and
beauty from nucleon tables are multiplied by A sigma(pN) / sigma(pA) for each interaction.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, model_validator

from lvgen.errors import UserError
from lvgen.particles import charge, ctau, mass
from lvgen.spectra.cascade import with_cascades
from lvgen.spectra.collided import Beams, Cascade, Flight, Kaons, Target
from lvgen.spectra.table import SpectrumTable
from lvgen.validation import Table, choice, quantity, shown, text, texts

Floats = NDArray[np.float64]
SourceKind = Literal["collider", "target", "lepton_collider", "kaon_beam"]
SOURCE_KINDS: tuple[SourceKind, ...] = ("collider", "target", "lepton_collider", "kaon_beam")

#: sqrt(s) may differ so much from that of head-on beams: SuperKEKB's cross at 83 mrad, which is 0.1 %
_BEAM_TOLERANCE = 0.01
_EXPOSURES: dict[str, Literal["POT", "decays"]] = {"target": "POT", "kaon_beam": "decays"}
#: what is due as an exposure, and on what
_DUE = {
    "pb^-1": 'a luminosity such as "3 ab^-1" is due for colliding beams',
    "POT": 'protons such as "6e20 POT" are due on a target',
    "decays": 'decays such as "6e12 decays" are due for a beam of kaons',
}
_PIONS, _KAONS = frozenset({211}), frozenset({321, 130, 310})
_HEAVY = {4: "charm", 5: "beauty"}


def _citations(value: object) -> object:
    if not isinstance(value, dict):
        raise UserError(f"{shown(value)} where a table of texts is due")
    return value


class Source(Table):
    """What collides, in lvgen's units.

    kind : "collider" (two equal proton beams, ``energy`` is sqrt(s)), "target" (``energy`` is the protons' momentum),
        "lepton_collider" (electrons on positrons; ``energy`` is sqrt(s), ``beams`` fix the boost) or "kaon_beam"
        (``energy`` is the mean momentum of ``kaons``, K+ that decay in flight)
    tables : sources whose hadron tables hold here, in the order in which they are looked up; none at an e+ e- collider
        and for a beam of kaons
    sources : dotted key -> where the number is from
    """

    name: Annotated[str, text(most=80)] = Field(examples=['"SPS-400GeV-Mo"'])
    title: Annotated[str, text()] = ""
    references: Annotated[tuple[str, ...], texts()] = ()
    kind: Annotated[SourceKind, choice("kind of source", SOURCE_KINDS)] = Field(examples=['"target"'])
    energy: Annotated[float, quantity("energy", above=0.0, most=1e6)] = Field(examples=['"400 GeV"'])
    tables: Annotated[tuple[str, ...], texts()] = ()
    beams: Beams | None = None
    kaons: Kaons | None = None
    target: Target | None = None
    flight: Flight | None = None
    cascade: Cascade | None = None
    sources: Annotated[dict[str, str], BeforeValidator(_citations)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        if self.kind == "target" and self.target is None:
            raise UserError("missing; a beam on a target needs its material, A and Z", key="target")
        if self.kind != "target" and self.target is not None:
            raise UserError("a collider has no target", key="target")
        if self.kind != "target" and self.cascade is not None:
            raise UserError("there are no cascades without a thick target", key="cascade")
        if self.kind == "target" and self.flight is not None:
            raise UserError("free paths are those of a collider; a target has an interaction_length", key="flight")
        thresholds = {"collider": 2.0 * mass("p"), "lepton_collider": 2.0 * mass("e-")}
        least = thresholds.get(self.kind, 1.0)
        if self.energy <= least:
            raise UserError(f"{self.energy:g} GeV is too little; more than {least:.3g} GeV is due", key="energy")
        self._check_beams()
        return self

    def _check_beams(self) -> None:
        if (self.kaons is not None) != (self.kind == "kaon_beam"):
            what = "missing; says where they decay" if self.kaons is None else "belongs to a beam of kaons"
            raise UserError(what, key="kaons")
        if self.kind == "kaon_beam":
            if self.tables or self.beams is not None:
                raise UserError("a beam of kaons has none", key="tables" if self.tables else "beams")
            return
        if self.kind != "lepton_collider":
            if self.beams is not None:
                raise UserError("belongs to an e+ e- collider", key="beams")
            if not self.tables:
                raise UserError('missing; write for example tables = ["SPS-400GeV"]', key="tables")
            return
        if self.beams is None:
            raise UserError("missing; an e+ e- collider needs the energies of electrons and positrons", key="beams")
        if self.tables:
            raise UserError("an e+ e- collider has no hadron tables", key="tables")
        if abs(self.energy / self.beams.root_s - 1.0) > _BEAM_TOLERANCE:
            raise UserError(
                f"{self.energy:g} GeV; the beams give {self.beams.root_s:.4g} GeV head-on, and 1 % of difference is "
                "allowed for a crossing angle",
                key="energy",
            )

    @property
    def has_hadrons(self) -> bool:
        """Whether hadron tables say what collisions make here."""
        return bool(self.tables)

    @property
    def boost(self) -> tuple[float, float]:
        """gamma and gamma beta of the centre of mass of an e+ e- collider along z; (1, 0) elsewhere."""
        beta = 0.0 if self.beams is None else self.beams.beta
        gamma = 1.0 / math.sqrt((1.0 - beta) * (1.0 + beta))
        return gamma, gamma * beta

    @property
    def beam_momentum(self) -> float:
        """Momentum of the projectile that moves along +z, GeV."""
        if self.kind == "collider":
            return math.sqrt((0.5 * self.energy) ** 2 - mass("p") ** 2)
        if self.kind == "lepton_collider":
            return self._along_z(1.0)
        return self.energy

    def _along_z(self, side: float) -> float:
        """Momentum along z of the electrons (side 1) or positrons (-1) of an e+ e- collider, GeV."""
        gamma, gamma_beta = self.boost
        half = 0.5 * self.energy
        return gamma * side * math.sqrt(half * half - mass("e-") ** 2) + gamma_beta * half

    def beam_particles(self) -> list[tuple[int, float, float]]:
        """What collides: PDG id, momentum along z and energy in GeV; the target's proton at rest."""
        if self.kind == "lepton_collider":
            found = [(11, self._along_z(1.0)), (-11, self._along_z(-1.0))]
        elif self.kind == "kaon_beam":
            found = [(321, self.energy)]
        else:
            p = self.beam_momentum
            found = [(2212, p), (2212, -p if self.kind == "collider" else 0.0)]
        return [(pdg, p, math.hypot(p, mass(pdg))) for pdg, p in found]

    @property
    def hemispheres(self) -> int:
        """Directions that tables fold onto one: 2 at the symmetric collider, 1 elsewhere."""
        return 2 if self.kind == "collider" else 1

    @property
    def exposure_unit(self) -> Literal["pb^-1", "POT", "decays"]:
        """The unit in which an exposure to this source is given."""
        return _EXPOSURES.get(self.kind, "pb^-1")

    def interactions(self, exposure: float, unit: str, sigma_inel: float) -> float:
        """Inelastic interactions in an exposure.

        exposure : in pb^-1, POT or decays of kaons, each of which is an interaction
        sigma_inel : pb, of the hadron table (its convention for one collision); 1 pb where there is none, so that
            bosons per interaction are cross-sections in pb
        raises UserError where the exposure's unit is not this source's
        """
        if unit != self.exposure_unit:
            raise UserError(f"{_DUE[self.exposure_unit]} ({self.name})", key="detector.exposure")
        if self.kind == "kaon_beam":
            return exposure
        if self.target is None:
            return exposure * sigma_inel
        return exposure * self.target.interact

    def check_cascades(self) -> None:
        """Refuse cascades where the source gives no factors for them."""
        if self.cascade is None:
            raise UserError(f"{self.name} gives no cascade factors", key="production.cascades")

    def adapted(self, table: SpectrumTable, cascades: bool = False) -> SpectrumTable:
        """A hadron table as this source makes it: hadrons for each interaction here.

        On a target, tables of one class of collisions (charm, beauty, or everything in pb) are divided by the inelastic
        cross-section on a nucleon, and charm and beauty of nucleon tables get ``Target.hard_factor``; with ``cascades``
        secondary interactions add to light hadrons (``cascade.with_cascades``), and charm and beauty get the source's
        factors.  At a collider the table is left as it is.
        raises UserError where cascades are asked for and the source has none
        """
        if cascades:
            self.check_cascades()
        if self.target is None:
            return table
        share = 1.0 if table.minimum_bias else table.sigma_inel_pb / self.target.sigma_inel_nucleon
        factors = {}
        for pdg in table.species:
            group = _HEAVY.get(flavour(pdg), "light")
            hard = 1.0 if group == "light" or table.on_nucleus else self.target.hard_factor
            factors[pdg] = share * hard
            if cascades and group != "light":
                factors[pdg] *= getattr(self.cascade, group)
        if cascades and self.cascade is not None:
            light = [pdg for pdg in table.species if flavour(pdg) not in _HEAVY]
            table = with_cascades(table, self.cascade.threshold, light) if light else table
        return table.scaled(factors, None if table.minimum_bias else self.target.sigma_inel_nucleon)

    def stopping_length(self, pdg: int) -> float:
        """How far a hadron goes before it is absorbed, m: mean path in a target, free path at a collider; or inf."""
        if self.flight is not None:
            return self.flight.charged if charge(pdg) else self.flight.neutral
        lengths = self.target.interaction_length if self.target else None
        if lengths is None or abs(pdg) not in _PIONS | _KAONS:
            return math.inf
        return lengths.pion if abs(pdg) in _PIONS else lengths.kaon

    def decay_fraction(self, pdg: int, momentum: Floats) -> Floats:
        """Share of hadrons of given momenta (GeV) that decay before they are absorbed or reach a magnet.

        With L = p/m ctau and the stopping length D: 1/(1 + L/D) in matter, where absorption competes at every step,
        1 - exp(-D/L) at a collider, where the path is free up to D; 1 where nothing stops the hadron.
        """
        path = decay_length(pdg, momentum)
        stop = self.stopping_length(pdg)
        if math.isinf(stop):
            return np.ones_like(path)
        fraction: Floats = -np.expm1(-stop / path) if self.flight is not None else 1.0 / (1.0 + path / stop)
        return fraction

    def decay_distance(self, pdg: int, momentum: Floats, u: Floats) -> Floats:
        """Path (m) at which a hadron decays, given that it does; u : uniform in [0, 1), of the momenta's shape."""
        path = decay_length(pdg, momentum)
        stop = self.stopping_length(pdg)
        if self.flight is not None:
            return self.free_distance(pdg, momentum, stop, u)
        distance: Floats = -np.log1p(-u) / (1.0 / path + 1.0 / stop)
        return distance

    def free_distance(self, pdg: int, momentum: Floats, length: float, u: Floats) -> Floats:
        """Path (m) at which particles of a beam decay, given that they do within ``length`` (m); u : uniform."""
        path = decay_length(pdg, momentum)
        distance: Floats = -path * np.log1p(u * np.expm1(-length / path))
        return distance

    def decay_points(self, pdg: int, hadrons: Floats, u: Floats) -> tuple[Floats, Floats]:
        """Where hadrons decay in flight, and the weight of that: for parents of bosons that live long.

        hadrons : (n, 4) E, px, py, pz, GeV, made at the origin; u : (n,) uniform in [0, 1)
        returns (n, 4) x, y, z, c t in m, and (n,) the share that decays at all
        """
        p = np.linalg.norm(hadrons[:, 1:], axis=1)
        distance = self.decay_distance(pdg, p, u)
        points = np.empty_like(hadrons)
        points[:, :3] = hadrons[:, 1:] * (distance / p)[:, None]
        points[:, 3] = distance * hadrons[:, 0] / p
        return points, self.decay_fraction(pdg, p)


def decay_length(pdg: int, momentum: Floats) -> Floats:
    """Mean decay length p/m ctau in the laboratory, m; momentum in GeV."""
    return np.asarray(momentum, dtype=float) / mass(pdg) * ctau(pdg)


def flavour(pdg: int) -> int:
    """The heaviest quark of a hadron, 1 to 5, from its PDG id.

    >>> flavour(211), flavour(-321), flavour(421), flavour(5122)
    (2, 3, 4, 5)
    """
    digits = [(abs(pdg) // 10**k) % 10 for k in (1, 2, 3)]
    return max(digits)
