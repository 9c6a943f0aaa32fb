"""Counts of hadrons per species, momentum and angle, and the account of their energy."""

from __future__ import annotations

import numpy as np

from lvgen.spectra.beams import Beam, angle_edges, momentum_edges

#: Species that are histogrammed: those that can make a light boson, and the nucleons for later cascades.
SPECIES: tuple[int, ...] = (
    111, 221, 331, 223, 113, 333, 211, -211, 321, -321, 310, 130, 313, -313, 323, -323,
    411, -411, 421, -421, 431, -431, 2212, -2212, 2112, -2112,
)  # fmt: skip


class Tally:
    """Counts per (species, p, theta) and the energy account of one block."""

    def __init__(self, beam: Beam, species: tuple[int, ...] = SPECIES) -> None:
        self.beam = beam
        self.species = species
        self.p_edges = momentum_edges(beam)
        self.t_edges = angle_edges(beam)
        shape = (len(species), len(self.p_edges) - 1, len(self.t_edges) - 1)
        self.counts = np.zeros(shape, np.int64)
        self.outside = np.zeros(len(species), np.int64)
        self.energy = np.zeros((len(species), 2))
        self.final_energy = 0.0
        self._index = {pdg: i for i, pdg in enumerate(species)}

    def add(self, pid: np.ndarray, status: np.ndarray, p4: np.ndarray) -> None:
        """Count one chunk and the energy of all its final particles.

        pid, status : (n,) int; p4 : (4, n), GeV, (E, px, py, pz)
        """
        self.final_energy += float(p4[0, status == 1].sum())
        self.count(pid, status, p4, self.species)

    def count(self, pid: np.ndarray, status: np.ndarray, p4: np.ndarray, species: tuple[int, ...]) -> None:
        """Histogram the species named; status 1 (final) and 2 (decayed) both count."""
        keep = ((status == 1) | (status == 2)) & np.isin(pid, species)
        pid, status, p4 = pid[keep], status[keep], p4[:, keep]
        pt = np.hypot(p4[1], p4[2])
        pz = np.abs(p4[3]) if self.beam.hemispheres == 2 else p4[3]
        log_p = np.log10(np.maximum(np.hypot(pt, pz), 1e-12))
        log_t = np.log10(np.maximum(np.arctan2(pt, pz), 1e-12))
        for pdg in np.unique(pid):
            i = self._index[int(pdg)]
            sel = pid == pdg
            hist, _, _ = np.histogram2d(log_p[sel], log_t[sel], bins=(self.p_edges, self.t_edges))
            self.counts[i] += hist.astype(np.int64)
            self.outside[i] += int(sel.sum()) - int(hist.sum())
            self.energy[i, 0] += float(p4[0, sel & (status == 1)].sum())
            self.energy[i, 1] += float(p4[0, sel & (status == 2)].sum())
