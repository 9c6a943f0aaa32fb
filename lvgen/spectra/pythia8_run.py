"""Collisions of Pythia 8 for hadron tables (optional package ``pythia8mc``; only for building, never for runs).

Three classes of collisions: "PYTHIA-8" is every inelastic one, "PYTHIA-8-charm" and "PYTHIA-8-beauty" hold one hard
pair of heavy quarks each (leading order, all parton showers, no further hard scatters), normalised to a measured
cross-section, since the generator's own is no better than a factor of two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.pythia import pythia8
from lvgen.spectra.beams import Beam
from lvgen.spectra.tally import Tally

Chunk = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

_BATCH = 500
_LARGEST_SEED = 900_000_000
#: heavy hadrons that are counted, as (D, Lambda_c) and (B, Lambda_b)
CHARM: tuple[int, ...] = (411, -411, 421, -421, 431, -431, 4122, -4122)
BEAUTY: tuple[int, ...] = (511, -511, 521, -521, 531, -531, 5122, -5122)


@dataclass(frozen=True)
class Calibration:
    """What a class of collisions is normalised to.

    value_mb : cross-section of the class on one nucleon; or, with ``pdgs``, the sum over these hadrons between two
    rapidities and two transverse momenta (GeV), in the centre of mass, forward only
    """

    value_mb: float
    source: str
    pdgs: tuple[int, ...] = ()
    rapidity: tuple[float, float] = (0.0, 0.0)
    pt: tuple[float, float] = (0.0, 0.0)


#: what was measured nearest to the beam, by generator and kind of beam
CALIBRATIONS: dict[tuple[str, str], Calibration] = {
    ("PYTHIA-8-charm", "collider"): Calibration(
        2.072, "LHCb, arXiv:1510.01707 with its errata: 2072 +- 124 ub of D0 and anti-D0 at 13 TeV, 2 < y < 4.5, "
        "1 < p_T < 8 GeV; the rise to the beam's energy (about 4 %) is left out",
        (421, -421), (2.0, 4.5), (1.0, 8.0),
    ),
    ("PYTHIA-8-beauty", "collider"): Calibration(
        0.541, "ALICE, arXiv:2108.02523: 541 +- 83 ub of beauty pairs at 13 TeV in all phase space; the rise to the "
        "beam's energy (about 5 %) is left out",
    ),
    ("PYTHIA-8-charm", "fixed_target"): Calibration(
        18.1e-3, "18.1 +- 1.7 ub of charm pairs per nucleon at 400 GeV: NA27 (LEBC-EHS), as evaluated in "
        "hep-ph/0609101",
    ),
    ("PYTHIA-8-beauty", "fixed_target"): Calibration(
        1.7e-6, "1.7 nb of beauty pairs per nucleon at 400 GeV: CERN-SHiP-NOTE-2015-009; not measured at this energy, "
        "a factor of two is possible",
    ),
}  # fmt: skip

_CLASSES: dict[str, tuple[str, ...]] = {
    "PYTHIA-8": ("SoftQCD:inelastic = on",),
    "PYTHIA-8-charm": ("HardQCD:hardccbar = on", "PhaseSpace:pTHatMin = 0", "PartonLevel:MPI = off"),
    "PYTHIA-8-beauty": ("HardQCD:hardbbbar = on", "PhaseSpace:pTHatMin = 0", "PartonLevel:MPI = off"),
}
#: long-lived hadrons stay whole (K_S, Lambda, ...), as in the other generators; no mixing, which counts a B twice
_COMMON = (
    "Print:quiet = on", "Random:setSeed = on", "ParticleDecays:limitTau0 = on", "ParticleDecays:tau0Max = 10",
    "ParticleDecays:mixB = off", "Next:numberCount = 0",
)  # fmt: skip
#: first and last code of hadrons from hadronisation and decays
_HADRONS = (81, 99)


class Pythia8Run:
    """One generator for one block of collisions.

    generator : "PYTHIA-8", "PYTHIA-8-charm" or "PYTHIA-8-beauty"; beam : on protons
    raises UserError where the generator refuses what is asked of it
    """

    def __init__(self, generator: str, beam: Beam, seed: int) -> None:
        package = pythia8("building a spectrum with Pythia 8")
        kind, energy = beam.kind, beam.energy
        self._generator = generator
        self._calibration = CALIBRATIONS.get((generator, kind))
        heavy: tuple[int, ...] = ()
        if self._calibration is not None:
            heavy = CHARM if generator.endswith("charm") else BEAUTY
        frame = (f"Beams:frameType = {1 if kind == 'collider' else 3}",)
        beams = (f"Beams:eCM = {energy!r}",) if kind == "collider" else (f"Beams:pzA = {energy!r}", "Beams:pzB = 0")
        undecayed = [f"{abs(pdg)}:mayDecay = off" for pdg in heavy if pdg > 0]
        self._pythia = package.Pythia("", False)
        for line in (*_COMMON, *frame, *beams, *_CLASSES[generator], *undecayed):
            if not self._pythia.readString(line):
                raise UserError(f"Pythia 8 refuses {line!r}")
        self._pythia.readString(f"Random:seed = {1 + seed % (_LARGEST_SEED - 1)}")
        if not self._pythia.init():
            raise UserError(f"Pythia 8 cannot be set up for {kind} at {energy:g} GeV")
        self._accepted = 0

    def fill(self, tally: Tally, n: int) -> None:
        """Count n collisions."""
        for pid, status, p4 in self.chunks(n):
            self._calibrate(pid, p4)
            tally.add(pid, status, p4)

    def account(self) -> dict[str, Any]:
        """Versions, settings and cross-section (the generator's own; ``build`` puts the measured one in its place)."""
        own = float(self._pythia.infoPython().sigmaGen())
        version = self._pythia.parm("Pythia:versionNumber")
        told: dict[str, Any] = {
            "generator_reports": f"PYTHIA {version:.3f}",
            "settings": [*_CLASSES[self._generator], "ParticleDecays:tau0Max = 10"],
            "sigma_inel_mb": own,
        }
        if self._calibration is None:
            return told
        return told | {
            "class": self._generator.rpartition("-")[2],
            "sigma_of_generator_mb": own,
            "calibration": self._calibration.source,
            "accepted": self._accepted,
        }

    def chunks(self, n: int) -> Iterator[Chunk]:
        """Hadrons of n collisions: ids, statuses 1 (final) and 2 (decayed), (4, k) momenta in GeV."""
        import awkward as ak

        while n > 0:
            size = min(_BATCH, n)
            particles = self._pythia.nextBatch(size, -1.0).prt
            code = ak.to_numpy(ak.flatten(particles.status))
            pid = ak.to_numpy(ak.flatten(particles.id)).astype(np.int64)
            final, decayed = code > 0, (-code >= _HADRONS[0]) & (-code <= _HADRONS[1])
            kept = final | decayed
            momenta = [ak.to_numpy(ak.flatten(particles.p[axis]))[kept] for axis in ("e", "px", "py", "pz")]
            p4 = np.array(momenta, dtype=float)
            yield pid[kept], np.where(final[kept], 1, 2), p4
            n -= size

    def _calibrate(self, pid: NDArray[np.int64], p4: NDArray[np.float64]) -> None:
        """Count the hadrons to which the cross-section is normalised."""
        if self._calibration is None or not self._calibration.pdgs:
            return
        low, high = self._calibration.rapidity
        of_them = p4[:, np.isin(pid, self._calibration.pdgs)]
        rapidity = np.arctanh(of_them[3] / of_them[0])
        pt = np.hypot(of_them[1], of_them[2])
        # both directions of the symmetric collision, each forward once
        inside = (np.abs(rapidity) > low) & (np.abs(rapidity) < high)
        inside &= (pt > self._calibration.pt[0]) & (pt < self._calibration.pt[1])
        self._accepted += int(inside.sum())


def calibrated_sigma(generator: str, beam: Beam, accepted: int, n: int) -> float:
    """Cross-section (mb) that n collisions of a class stand for.

    accepted : hadrons that count for the calibration, of both directions
    """
    calibration = CALIBRATIONS[generator, beam.kind]
    if not calibration.pdgs:
        return calibration.value_mb
    return calibration.value_mb * n / (0.5 * accepted)
