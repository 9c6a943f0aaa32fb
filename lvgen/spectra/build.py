"""Build hadron spectra with optional packages: collisions in, one compact table out.

The work is cut into blocks of collisions.  Each block runs in a fresh process with its own seed, because some
generators can be initialised once per process only; so the result does not depend on the number of workers, and
finished blocks are kept in a ``.partial`` folder from which an interrupted build goes on.
"""

from __future__ import annotations

import contextlib
import json
import math
import multiprocessing
import shutil
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np

from lvgen.spectra.beams import Beam, angle_edges, momentum_edges
from lvgen.spectra.generators import BLOCKS, DEFAULT_BLOCK, make_run, species_of
from lvgen.spectra.pythia8_run import calibrated_sigma
from lvgen.spectra.tally import Tally


def run_block(generator: str, beam: Beam, seed: int, n: int, path: str) -> int:
    """Generate ``n`` collisions and save their tally to ``path`` (npz, written then renamed); returns ``n``."""
    with contextlib.chdir(Path(path).parent):  # UrQMD leaves a table of its own in the current folder
        run = make_run(generator, beam, seed)
    tally = Tally(beam, species_of(generator))
    run.fill(tally, n)
    temporary = Path(path).with_suffix(".tmp.npz")
    np.savez_compressed(
        temporary, counts=tally.counts, outside=tally.outside, energy=tally.energy,
        final_energy=tally.final_energy, info=json.dumps(run.account()),
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
    species = species_of(account["generator"])
    outside = np.zeros(len(species), np.int64)
    energy = np.zeros((len(species), 2))
    final_energy, accepted, info = 0.0, 0, {}
    for file in files:
        with np.load(file) as data:
            counts = data["counts"] if counts is None else counts + data["counts"]
            outside += data["outside"]
            energy += data["energy"]
            final_energy += float(data["final_energy"])
            info = json.loads(str(data["info"]))
            accepted += info.pop("accepted", 0)
    n = account["n"]
    if "class" in info:
        info["sigma_inel_mb"] = calibrated_sigma(account["generator"], beam, accepted, n)
    return {
        "species": species,
        "counts": counts,
        "p_edges": momentum_edges(beam),
        "theta_edges": angle_edges(beam),
        "account": account | info,
        "outside": {str(pdg): int(k) for pdg, k in zip(species, outside, strict=True)},
        "energy_final_gev": {str(pdg): float(e[0]) / n for pdg, e in zip(species, energy, strict=True)},
        "energy_decayed_gev": {str(pdg): float(e[1]) / n for pdg, e in zip(species, energy, strict=True)},
        "energy_all_final_gev": final_energy / n,
    }


def remove_partial(partial: Path) -> None:
    """Remove the folder of finished blocks once the table stands under its final name."""
    shutil.rmtree(partial, ignore_errors=True)
