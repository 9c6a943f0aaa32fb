"""Build hadron spectra with ``chromo`` (optional extra): collisions in, one compact table out.

The work is cut into blocks of collisions.  Each block runs in a fresh process with its own seed, because a
``chromo`` generator can be initialised once per process only; so the result does not depend on the number of
workers, and finished blocks are kept in a ``.partial`` folder from which an interrupted build goes on.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import shutil
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

#: Species that are histogrammed: those that can make a light boson, and the nucleons for later cascades.
SPECIES: tuple[int, ...] = (
    111, 221, 331, 223, 113, 333, 211, -211, 321, -321, 310, 130, 313, -313, 323, -323,
    411, -411, 421, -421, 431, -431, 2212, -2212, 2112, -2112,
)  # fmt: skip

#: name in lvgen -> class in chromo.models; those that run without downloading data
GENERATORS: dict[str, str] = {"SIBYLL-2.3d": "Sibyll23d", "PYTHIA-6": "Pythia6"}

BIN_WIDTH = 0.05
P_MIN = 0.1
_PROTON_MASS = 0.93827208816
_CHUNK = 2000


@dataclass(frozen=True)
class Beam:
    """What collides: a symmetric proton-proton collider, or protons on a nucleon at rest.

    ``energy`` is sqrt(s) in GeV for ``kind = "collider"`` and the beam momentum in GeV for ``"fixed_target"``.
    """

    name: str
    kind: str
    energy: float
    target: str = "p"

    @property
    def momentum(self) -> float:
        """Largest hadron momentum in the table's frame, GeV."""
        if self.kind == "collider":
            return math.sqrt((0.5 * self.energy) ** 2 - _PROTON_MASS**2)
        return self.energy

    @property
    def hemispheres(self) -> int:
        """Directions that are folded onto one: 2 for the symmetric collider, 1 for a fixed target."""
        return 2 if self.kind == "collider" else 1


BEAMS: dict[str, Beam] = {
    "LHC-13.6TeV": Beam("LHC-13.6TeV", "collider", 13600.0),
    "LHC-14TeV": Beam("LHC-14TeV", "collider", 14000.0),
    "SPS-400GeV": Beam("SPS-400GeV", "fixed_target", 400.0),
}


def momentum_edges(beam: Beam) -> np.ndarray:
    """log10(p/GeV) edges, anchored at the beam momentum so that no bin reaches beyond it."""
    top = math.log10(beam.momentum)
    n = math.ceil((top - math.log10(P_MIN)) / BIN_WIDTH)
    return top - BIN_WIDTH * np.arange(n, -1, -1)


def angle_edges(beam: Beam) -> np.ndarray:
    """log10(theta/rad) edges; the last one is pi/2 (folded collider) or pi (fixed target)."""
    low, top = (-6.5, math.log10(0.5 * math.pi)) if beam.hemispheres == 2 else (-5.0, math.log10(math.pi))
    n = math.ceil((top - low) / BIN_WIDTH - 1e-9)
    return np.append(low + BIN_WIDTH * np.arange(n), top)


class _Tally:
    """Counts per (species, p, theta) and the energy account of one block."""

    def __init__(self, beam: Beam) -> None:
        self.beam = beam
        self.p_edges = momentum_edges(beam)
        self.t_edges = angle_edges(beam)
        shape = (len(SPECIES), len(self.p_edges) - 1, len(self.t_edges) - 1)
        self.counts = np.zeros(shape, np.int64)
        self.outside = np.zeros(len(SPECIES), np.int64)
        self.energy = np.zeros((len(SPECIES), 2))
        self.final_energy = 0.0
        self._index = {pdg: i for i, pdg in enumerate(SPECIES)}

    def add(self, pid: np.ndarray, status: np.ndarray, p4: np.ndarray) -> None:
        """Histogram one chunk; status 1 (final) and 2 (decayed) both count.

        pid, status : (n,) int; p4 : (4, n), GeV, (E, px, py, pz)
        """
        self.final_energy += float(p4[0, status == 1].sum())
        keep = (status == 1) | (status == 2)
        pid, status, p4 = pid[keep], status[keep], p4[:, keep]
        pt = np.hypot(p4[1], p4[2])
        pz = np.abs(p4[3]) if self.beam.hemispheres == 2 else p4[3]
        log_p = np.log10(np.maximum(np.hypot(pt, pz), 1e-12))
        log_t = np.log10(np.maximum(np.arctan2(pt, pz), 1e-12))
        for pdg in np.unique(pid):
            i = self._index.get(int(pdg))
            if i is None:
                continue
            sel = pid == pdg
            hist, _, _ = np.histogram2d(log_p[sel], log_t[sel], bins=(self.p_edges, self.t_edges))
            self.counts[i] += hist.astype(np.int64)
            self.outside[i] += int(sel.sum()) - int(hist.sum())
            self.energy[i, 0] += float(p4[0, sel & (status == 1)].sum())
            self.energy[i, 1] += float(p4[0, sel & (status == 2)].sum())


def _make_generator(generator: str, beam: Beam, seed: int) -> Any:
    import chromo
    from chromo.kinematics import CenterOfMass, FixedTarget, GeV

    model = getattr(chromo.models, GENERATORS[generator])
    if beam.kind == "collider":
        kinematics = CenterOfMass(beam.energy * GeV, "p", beam.target)
    else:
        kinematics = FixedTarget(math.hypot(beam.energy, _PROTON_MASS) * GeV, "p", beam.target)
    return model(kinematics, seed=seed)


def run_block(generator: str, beam: Beam, seed: int, n: int, path: str) -> int:
    """Generate ``n`` collisions and save their tally to ``path`` (npz, written then renamed); returns ``n``."""
    import chromo

    model = _make_generator(generator, beam, seed)
    tally = _Tally(beam)
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def flush() -> None:
        if parts:
            pid, status, p4 = zip(*parts, strict=True)
            tally.add(np.concatenate(pid), np.concatenate(status), np.concatenate(p4, axis=1))
            parts.clear()

    for event in model(n):
        p4 = np.array([event.en, event.px, event.py, event.pz], dtype=float)
        parts.append((np.array(event.pid), np.array(event.status), p4))
        if len(parts) == _CHUNK:
            flush()
    flush()
    info = {
        "generator_reports": f"{model.name} {model.version}",
        "chromo": chromo.__version__,
        "sigma_inel_mb": float(model.cross_section().inelastic),
    }
    temporary = Path(path).with_suffix(".tmp.npz")
    np.savez_compressed(
        temporary, counts=tally.counts, outside=tally.outside, energy=tally.energy,
        final_energy=tally.final_energy, info=json.dumps(info),
    )  # fmt: skip
    temporary.replace(path)
    return n


def block_plan(n_collisions: int, seed: int, block: int) -> list[tuple[int, int]]:
    """(seed, size) of every block; the seeds are 31-bit, which every wrapped Fortran generator takes."""
    n_blocks = math.ceil(n_collisions / block)
    children = np.random.SeedSequence(seed).spawn(n_blocks)
    seeds = [int(child.generate_state(1)[0] & 0x7FFFFFFF) for child in children]
    sizes = [min(block, n_collisions - i * block) for i in range(n_blocks)]
    return list(zip(seeds, sizes, strict=True))


def build_counts(
    generator: str,
    beam: Beam,
    n_collisions: int,
    seed: int,
    partial: Path,
    *,
    workers: int = 1,
    block: int = 50_000,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Run (or go on with) a build and return the summed tally with its account.

    ``partial`` keeps finished blocks; it holds ``plan.json`` so that blocks of another plan are never mixed in.
    raises ValueError if ``partial`` belongs to another plan.
    """
    plan = block_plan(n_collisions, seed, block)
    account = {"generator": generator, "beam": beam.name, "n": n_collisions, "seed": seed, "block": block}
    partial.mkdir(parents=True, exist_ok=True)
    plan_file = partial / "plan.json"
    if plan_file.exists() and json.loads(plan_file.read_text()) != account:
        raise ValueError(f"{partial}: holds blocks of another build {plan_file.read_text()}; remove it to start anew")
    plan_file.write_text(json.dumps(account))
    files = [partial / f"block_{i:05d}.npz" for i in range(len(plan))]
    done = progress or (lambda _: None)
    todo = []
    for (block_seed, size), file in zip(plan, files, strict=True):
        if file.exists():
            done(size)
        else:
            todo.append((generator, beam, block_seed, size, str(file)))
    # a generator initialises once per process, hence one task per child
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(1, workers), mp_context=context, max_tasks_per_child=1) as pool:
        pending: set[Future[int]] = {pool.submit(run_block, *task) for task in todo}
        try:
            while pending:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    done(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return _sum_blocks(files, account, beam)


def _sum_blocks(files: list[Path], account: dict[str, Any], beam: Beam) -> dict[str, Any]:
    counts: np.ndarray | None = None
    outside = np.zeros(len(SPECIES), np.int64)
    energy = np.zeros((len(SPECIES), 2))
    final_energy, info = 0.0, {}
    for file in files:
        with np.load(file) as data:
            counts = data["counts"] if counts is None else counts + data["counts"]
            outside += data["outside"]
            energy += data["energy"]
            final_energy += float(data["final_energy"])
            info = json.loads(str(data["info"]))
    n = account["n"]
    return {
        "counts": counts,
        "p_edges": momentum_edges(beam),
        "theta_edges": angle_edges(beam),
        "account": account | info,
        "outside": {str(pdg): int(k) for pdg, k in zip(SPECIES, outside, strict=True)},
        "energy_final_gev": {str(pdg): float(e[0]) / n for pdg, e in zip(SPECIES, energy, strict=True)},
        "energy_decayed_gev": {str(pdg): float(e[1]) / n for pdg, e in zip(SPECIES, energy, strict=True)},
        "energy_all_final_gev": final_energy / n,
    }


def remove_partial(partial: Path) -> None:
    """Remove the folder of finished blocks once the table stands under its final name."""
    shutil.rmtree(partial, ignore_errors=True)
