"""What collides and what stands in the way: the tables of a source."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, model_validator

from lvgen.errors import UserError
from lvgen.units import MB_TO_PB
from lvgen.validation import Table, integer, number, quantity, text

#: sigma_inel(p A) = 41.2 mb A^0.711 for protons of 60 to 280 GeV, Carroll et al., Phys. Lett. B 80 (1979) 319; within
#: 4 % of the PDG's nuclear interaction lengths for Cu, Mo and W
NUCLEAR_COEFFICIENT_MB, NUCLEAR_POWER = 41.2, 0.711

Length = Annotated[float, quantity("length", above=0.0, most=1e6)]
CrossSection = Annotated[float, quantity("cross_section", above=0.0, most=1e15)]
Factor = Annotated[float, number(least=0.0, most=1e3)]


class InteractionLengths(Table):
    """Mean paths in the target's material to the next inelastic interaction, m."""

    pion: Length = Field(examples=['"18.5 cm"'])
    kaon: Length = Field(examples=['"20.6 cm"'])


class Target(Table):
    """What the beam hits.

    A, Z : of a nucleus (mean A of the element); sigma_inel_nucleon, sigma_inel : pb, of a projectile on a nucleon and
    on the nucleus; the latter left out: 41.2 mb A^0.711 (A = 1: that of the nucleon)
    interact : probability that a projectile interacts inelastically, 1 for a thick target
    interaction_length : for hadrons in flight; left out: nothing is absorbed
    """

    material: Annotated[str, text(most=60)] = Field(examples=['"Mo"'])
    A: Annotated[float, number(least=1.0, most=300.0)] = Field(examples=["95.95"])
    Z: Annotated[int, integer(least=1, most=120)] = Field(examples=["42"])
    sigma_inel_nucleon: CrossSection = Field(examples=['"33 mb"'])
    sigma_inel: CrossSection | None = None
    interact: Annotated[float, number(above=0.0, most=1.0)] = 1.0
    interaction_length: InteractionLengths | None = None

    @property
    def sigma_nucleus(self) -> float:
        """Inelastic cross-section of one projectile on the nucleus, pb."""
        if self.sigma_inel is not None:
            return self.sigma_inel
        if self.A <= 1.0:
            return self.sigma_inel_nucleon
        return NUCLEAR_COEFFICIENT_MB * MB_TO_PB * float(self.A**NUCLEAR_POWER)

    @property
    def hard_factor(self) -> float:
        """Hard collisions for each inelastic interaction, over those with one nucleon: A sigma(pN) / sigma(pA)."""
        return self.A * self.sigma_inel_nucleon / self.sigma_nucleus


class Beams(Table):
    """Beams of an e+ e- collider, head-on: electrons along +z, positrons along -z; GeV."""

    electron: Annotated[float, quantity("energy", above=0.0, most=1e4)] = Field(examples=['"7.007 GeV"'])
    positron: Annotated[float, quantity("energy", above=0.0, most=1e4)] = Field(examples=['"4 GeV"'])

    @property
    def beta(self) -> float:
        """Velocity of the centre of mass along z."""
        return (self.electron - self.positron) / (self.electron + self.positron)

    @property
    def root_s(self) -> float:
        """sqrt(s) of beams that meet head-on, GeV."""
        return 2.0 * math.sqrt(self.electron * self.positron)


class Kaons(Table):
    """K+ of a beam along z that decay in flight; what counts are decays between two places.

    spread : rms of the momentum over its mean; decays_from, decays_to : z, m
    """

    spread: Annotated[float, number(least=0.0, most=0.1)] = Field(examples=["0.01"])
    decays_from: Annotated[float, quantity("length", least=0.0, most=1e6)] = Field(examples=['"105 m"'])
    decays_to: Length = Field(examples=['"170 m"'])

    @model_validator(mode="after")
    def _ordered(self) -> Kaons:
        if self.decays_to <= self.decays_from:
            raise UserError("must lie behind decays_from", key="decays_to")
        return self


class Flight(Table):
    """Free paths at a collider, m: charged hadrons to the first magnets, neutral ones to the absorber."""

    charged: Length = Field(examples=['"20 m"'])
    neutral: Length = Field(examples=['"140 m"'])


class Cascade(Table):
    """What secondary interactions in a thick target add.

    threshold : GeV, lowest momentum of a hadron that interacts again; charm, beauty : factors on their yields
    """

    threshold: Annotated[float, quantity("energy", least=1.0, most=1e6)] = Field(examples=['"10 GeV"'])
    charm: Factor = 1.0
    beauty: Factor = 1.0
