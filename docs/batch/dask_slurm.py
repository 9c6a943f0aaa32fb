"""A run whose tasks are done by Slurm jobs that come and go: python dask_slurm.py CARD DIRECTORY."""

import sys
from typing import Any

from dask_jobqueue import SLURMCluster

import lvgen


def cluster(**options: Any) -> Any:
    """Jobs of four cores; each worker has kernels of its own."""
    return SLURMCluster(
        cores=4,
        processes=4,
        memory="6GB",
        walltime="04:00:00",
        job_script_prologue=['export NUMBA_CACHE_DIR="$(mktemp -d)"'],
        **options,
    )


if __name__ == "__main__":
    with cluster() as jobs:
        jobs.adapt(minimum_jobs=1, maximum_jobs=50)
        lvgen.run(sys.argv[1], directory=sys.argv[2], scheduler=jobs.scheduler_address)
