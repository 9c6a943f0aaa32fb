"""Generators of collisions behind one interface: chromo's (optional package) and Pythia 8 (another one).

A run fills a tally with n collisions and says what it was: ``fill(tally, n)`` and ``account()``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from lvgen.particles import mass
from lvgen.spectra.beams import Beam
from lvgen.spectra.eta_pions import EtaDecays
from lvgen.spectra.tally import SPECIES, Tally

#: name in lvgen -> class in chromo.models; those that run without downloading data
CHROMO: dict[str, str] = {"SIBYLL-2.3d": "Sibyll23d", "PYTHIA-6": "Pythia6", "UrQMD-3.4": "UrQMD34"}
#: classes of collisions of Pythia 8, see ``pythia8_run``
PYTHIA8: tuple[str, ...] = ("PYTHIA-8", "PYTHIA-8-charm", "PYTHIA-8-beauty")
GENERATORS: tuple[str, ...] = (*CHROMO, *PYTHIA8)
#: those that can have a heavy nucleus as target
NUCLEAR = frozenset({"UrQMD-3.4"})
#: resonances that UrQMD does not keep in its record once they have decayed; half of its collisions run with them
#: stable (and the charged rho, which has the same switch), from which only they are counted
_KEPT_STABLE: dict[str, tuple[int, ...]] = {"UrQMD-3.4": (223, 113, 333, 313, -313, 323, -323)}
#: collisions in a block that runs in one process
BLOCKS: dict[str, int] = {"UrQMD-3.4": 2500, "PYTHIA-8": 10_000}
DEFAULT_BLOCK = 50_000
_CHUNK = 2000

Chunk = tuple[np.ndarray, np.ndarray, np.ndarray]


class Run(Protocol):
    """One generator in one process."""

    def fill(self, tally: Tally, n: int) -> None:
        """Generate n collisions and count them."""

    def account(self) -> dict[str, Any]:
        """What generated them, with ``sigma_inel_mb``."""


def takes_beam(generator: str, beam: Beam) -> bool:
    """Whether the generator can make these collisions."""
    return (beam.nucleus is not None) == (generator in NUCLEAR)


def species_of(generator: str) -> tuple[int, ...]:
    """Species that a generator's tables count: charm or beauty alone for classes of collisions."""
    from lvgen.spectra.pythia8_run import BEAUTY, CHARM

    return {"PYTHIA-8-charm": CHARM, "PYTHIA-8-beauty": BEAUTY}.get(generator, SPECIES)


def package_of(generator: str) -> tuple[str, str]:
    """The optional package that a generator needs, and lvgen's extra that brings it."""
    return ("pythia8mc", "pythia8") if generator in PYTHIA8 else ("chromo", "spectra")


def make_run(generator: str, beam: Beam, seed: int) -> Run:
    """The generator, set up; once per process only."""
    if generator in PYTHIA8:
        from lvgen.spectra.pythia8_run import Pythia8Run

        return Pythia8Run(generator, beam, seed)
    return ChromoRun(generator, beam, seed)


class ChromoRun:
    """A generator of chromo."""

    def __init__(self, generator: str, beam: Beam, seed: int) -> None:
        self._beam, self._seed = beam, seed
        self._stable = _KEPT_STABLE.get(generator, ())
        self._model = _make_generator(generator, beam, seed)

    def fill(self, tally: Tally, n: int) -> None:
        """n collisions; n more in which some resonances are kept, from which only they count, where that is due."""
        if not self._stable:
            for chunk in _chunks(self._model, n):
                tally.add(*chunk)
            return
        decays = EtaDecays(self._seed)
        others = tuple(pdg for pdg in SPECIES if pdg not in self._stable)
        for pid, status, p4 in _chunks(self._model, n):
            tally.final_energy += float(p4[0, status == 1].sum())
            tally.count(*decays(pid, status, p4), others)
        for pdg in self._stable:
            self._model.set_stable(pdg)
        for chunk in _chunks(self._model, n):
            tally.count(*chunk, self._stable)

    def account(self) -> dict[str, Any]:
        """Versions and the inelastic cross-section."""
        import chromo

        sigma = self._beam.sigma_inel_mb or float(self._model.cross_section().inelastic)
        return {
            "generator_reports": f"{self._model.name} {self._model.version}",
            "chromo": chromo.__version__,
            "sigma_inel_mb": sigma,
        }


def _make_generator(generator: str, beam: Beam, seed: int) -> Any:
    import chromo
    from chromo.kinematics import CenterOfMass, FixedTarget, GeV

    model = getattr(chromo.models, CHROMO[generator])
    if beam.kind == "collider":
        kinematics = CenterOfMass(beam.energy * GeV, "p", beam.target)
    else:
        target = beam.nucleus or beam.target
        kinematics = FixedTarget(math.hypot(beam.energy, mass("p")) * GeV, "p", target)
    return model(kinematics, seed=seed)


def _chunks(model: Any, n: int) -> Iterator[Chunk]:
    """Particles of n collisions, some thousand collisions at a time: ids, statuses, (4, k) momenta."""
    parts: list[Chunk] = []
    for made, event in enumerate(model(n), 1):
        p4 = np.array([event.en, event.px, event.py, event.pz], dtype=float)
        parts.append((np.array(event.pid), np.array(event.status), p4))
        if len(parts) == _CHUNK or made == n:
            pid, status, momenta = zip(*parts, strict=True)
            yield np.concatenate(pid), np.concatenate(status), np.concatenate(momenta, axis=1)
            parts.clear()
