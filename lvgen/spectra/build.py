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
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lvgen.spectra.eta_pions import EtaDecays

#: Species that are histogrammed: those that can make a light boson, and the nucleons for later cascades.
SPECIES: tuple[int, ...] = (
    111, 221, 331, 223, 113, 333, 211, -211, 321, -321, 310, 130, 313, -313, 323, -323,
    411, -411, 421, -421, 431, -431, 2212, -2212, 2112, -2112,
)  # fmt: skip

#: name in lvgen -> class in chromo.models; those that run without downloading data
GENERATORS: dict[str, str] = {"SIBYLL-2.3d": "Sibyll23d", "PYTHIA-6": "Pythia6", "UrQMD-3.4": "UrQMD34"}
#: those that can have a heavy nucleus as target
NUCLEAR = frozenset({"UrQMD-3.4"})
#: resonances that UrQMD does not keep in its record once they have decayed; half of its collisions run with them
#: stable (and the charged rho, which has the same switch), from which only they are counted
_KEPT_STABLE: dict[str, tuple[int, ...]] = {"UrQMD-3.4": (223, 113, 333, 313, -313, 323, -323)}
#: collisions in a block that runs in one process
BLOCKS: dict[str, int] = {"UrQMD-3.4": 2500}
DEFAULT_BLOCK = 50_000

BIN_WIDTH = 0.05
P_MIN = 0.1
_PROTON_MASS = 0.93827208816
_CHUNK = 2000


@dataclass(frozen=True)
class Beam:
    """What collides: a symmetric proton-proton collider, or protons on a nucleon at rest.

    ``energy`` is sqrt(s) in GeV for ``kind = "collider"`` and the beam momentum in GeV for ``"fixed_target"``.
    ``nucleus`` is (A, Z) of a target nucleus, None for a proton; ``sigma_inel_mb`` the inelastic cross-section for
    generators that give none.
    """

    name: str
    kind: str
    energy: float
    target: str = "p"
    nucleus: tuple[int, int] | None = None
    sigma_inel_mb: float | None = None

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
    # cross-sections behind the nuclear interaction lengths of the PDG (atomic and nuclear properties of materials)
    "SPS-400GeV-Mo": Beam("SPS-400GeV-Mo", "fixed_target", 400.0, "Mo", (96, 42), 1022.0),
    "SPS-400GeV-Cu": Beam("SPS-400GeV-Cu", "fixed_target", 400.0, "Cu", (64, 29), 769.0),
}


def takes_beam(generator: str, beam: Beam) -> bool:
    """Whether the generator can make these collisions."""
    return (beam.nucleus is not None) == (generator in NUCLEAR)


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
        """Count one chunk and the energy of all its final particles.

        pid, status : (n,) int; p4 : (4, n), GeV, (E, px, py, pz)
        """
        self.final_energy += float(p4[0, status == 1].sum())
        self.count(pid, status, p4, SPECIES)

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


def _make_generator(generator: str, beam: Beam, seed: int) -> Any:
    import chromo
    from chromo.kinematics import CenterOfMass, FixedTarget, GeV

    model = getattr(chromo.models, GENERATORS[generator])
    if beam.kind == "collider":
        kinematics = CenterOfMass(beam.energy * GeV, "p", beam.target)
    else:
        target = beam.nucleus or beam.target
        kinematics = FixedTarget(math.hypot(beam.energy, _PROTON_MASS) * GeV, "p", target)
    return model(kinematics, seed=seed)


def _chunks(model: Any, n: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Particles of n collisions, some thousand collisions at a time: ids, statuses, (4, k) momenta."""
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for made, event in enumerate(model(n), 1):
        p4 = np.array([event.en, event.px, event.py, event.pz], dtype=float)
        parts.append((np.array(event.pid), np.array(event.status), p4))
        if len(parts) == _CHUNK or made == n:
            pid, status, momenta = zip(*parts, strict=True)
            yield np.concatenate(pid), np.concatenate(status), np.concatenate(momenta, axis=1)
            parts.clear()


def _add_with_resonances(tally: _Tally, model: Any, stable: tuple[int, ...], seed: int, n: int) -> None:
    """n collisions with every decay, and n more in which some resonances are kept, from which only they count."""
    decays = EtaDecays(seed)
    others = tuple(pdg for pdg in SPECIES if pdg not in stable)
    for pid, status, p4 in _chunks(model, n):
        tally.final_energy += float(p4[0, status == 1].sum())
        tally.count(*decays(pid, status, p4), others)
    for pdg in stable:
        model.set_stable(pdg)
    for chunk in _chunks(model, n):
        tally.count(*chunk, stable)


def run_block(generator: str, beam: Beam, seed: int, n: int, path: str) -> int:
    """Generate ``n`` collisions and save their tally to ``path`` (npz, written then renamed); returns ``n``."""
    import chromo

    model = _make_generator(generator, beam, seed)
    tally = _Tally(beam)
    stable = _KEPT_STABLE.get(generator, ())
    if stable:
        _add_with_resonances(tally, model, stable, seed, n)
    else:
        for chunk in _chunks(model, n):
            tally.add(*chunk)
    sigma = float(model.cross_section().inelastic) if beam.sigma_inel_mb is None else beam.sigma_inel_mb
    info = {
        "generator_reports": f"{model.name} {model.version}",
        "chromo": chromo.__version__,
        "sigma_inel_mb": sigma,
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
    block: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Run (or go on with) a build and return the summed tally with its account.

    ``partial`` keeps finished blocks; it holds ``plan.json`` so that blocks of another plan are never mixed in.
    raises ValueError if ``partial`` belongs to another plan.
    """
    block = block or BLOCKS.get(generator, DEFAULT_BLOCK)
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
