"""The submit files of docs/batch: understood as their batch systems do, and the command lines inside them run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lvgen import toml
from lvgen.cli.main import main

BATCH = Path(__file__).parents[1] / "docs" / "batch"
CARD: dict[str, Any] = {
    "model": {
        "name": "dark_photon",
        "mass": {"min": "20 MeV", "max": "0.1 GeV", "points": 3},
        "coupling": {"min": 1e-7, "max": 1e-4, "points": 5},
    },
    "production": {"processes": ["meson_decay"]},
    "detector": {"name": "FASER2"},
    "sensitivity": {},
    "run": {"seed": 3, "precision": 0.2},
}
#: stands for lvgen: notes how it is called, and works with the kernels that are compiled already
LVGEN = """#!{python}
import os, sys
cache = os.environ.pop("NUMBA_CACHE_DIR")
with open({log!r}, "a") as log:
    print(cache, os.path.isdir(cache), *sys.argv[1:], file=log)
if os.environ.get("FAKE") is None:
    from lvgen.cli.main import main
    sys.exit(main())
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the submit files, a card, and ``lvgen`` on its path."""
    for path in BATCH.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "mycard.toml").write_text(toml.write(CARD))
    (tmp_path / "bin").mkdir()
    stands_for = tmp_path / "bin" / "lvgen"
    stands_for.write_text(LVGEN.format(python=sys.executable, log=str(tmp_path / "log")))
    stands_for.chmod(0o755)
    return tmp_path


def _sh(place: Path, *command: str, **environment: str) -> None:
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(command, cwd=place, check=True, env=os.environ | {"PATH": path, "TMPDIR": str(place)} | environment)


def _condor(place: Path) -> tuple[dict[str, str], str]:
    """Settings of the submit description, with its own names put in, and the number of jobs."""
    settings: dict[str, str] = {}
    queue = ""
    for line in (place / "htcondor.sub").read_text().splitlines():
        if line.startswith("queue"):
            queue = line.removeprefix("queue").strip()
        elif line.strip() and not line.startswith("#"):
            name, value = line.split("=", 1)
            settings[name.strip()] = value.strip()

    def filled(text: str) -> str:
        return re.sub(r"\$\((\w+)\)", lambda m: settings.get(m[1], m[0]), text)

    return {name: filled(value) for name, value in settings.items()}, filled(queue)


def test_the_jobs_of_htcondor_and_their_merge(place: Path) -> None:
    settings, queue = _condor(place)
    assert queue == "100"
    assert settings["when_to_transfer_output"] == "ON_EXIT_OR_EVICT"
    given = settings["arguments"].replace("$(Process)", "0")
    assert given == "mycard.toml 0 100"
    _sh(place, "sh", settings["executable"], *given.replace("100", "1").split())
    _sh(place, "sh", settings["executable"], *given.split(), FAKE="1")
    assert (place / settings["transfer_output_files"].replace("$(Process)", "0") / "pieces.zip").is_file()
    caches = [line.split()[0] for line in (place / "log").read_text().splitlines()]
    assert len(set(caches)) == 2
    assert all(line.split()[1] == "True" for line in (place / "log").read_text().splitlines())
    assert not any(Path(cache).exists() for cache in caches)
    assert main(["merge", str(place / "block-0"), "-o", str(place / "result"), "-q"]) == 0
    assert (place / "result" / "contour.csv").is_file()


def test_the_jobs_of_slurm(place: Path) -> None:
    text = (place / "slurm.sh").read_text()
    options = dict(re.findall(r"^#SBATCH --([\w-]+)(?:=(.*))?$", text, re.MULTILINE))
    assert options["array"] == "1-100"
    assert options["requeue"] == ""
    kernels = place / "kernels"
    kernels.mkdir()
    for number in range(1, 4):
        _sh(
            place, "sh", "slurm.sh", SLURM_ARRAY_TASK_ID=str(number), SLURM_ARRAY_TASK_COUNT="3", FAKE="1",
            LVGEN_KERNELS=str(kernels),
        )  # fmt: skip
    called = [line.split()[2:] for line in (place / "log").read_text().splitlines()]
    assert called == [
        ["run", "mycard.toml", "--block", f"{n}/3", "-o", f"block-{n}", "--workers", "1"] for n in range(1, 4)
    ]


def test_the_shell_understands_all(place: Path) -> None:
    for name in ("block.sh", "slurm.sh"):
        _sh(place, "sh", "-n", name)


def test_the_jobs_of_dask(place: Path) -> None:
    pytest.importorskip("dask_jobqueue")
    code = (
        "import dask_slurm\n"
        "if __name__ == '__main__':\n"
        "    with dask_slurm.cluster() as jobs:\n"
        "        print(jobs.job_script())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True, timeout=60
    )
    script = done.stdout.splitlines()
    assert script.index('export NUMBA_CACHE_DIR="$(mktemp -d)"') < next(
        k for k, line in enumerate(script) if not line.startswith("#") and "worker" in line
    )
    assert any(line.startswith("#SBATCH") and "04:00:00" in line for line in script)
