"""Where lvgen runs: no home, a read-only package, no place or a damaged place for compiled kernels, a cold start."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import lvgen

CARD = """\
[model]
name = "dark_photon"
mass = "50 MeV"
coupling = { min = 1e-8, max = 1e-3, points = 11 }
[detector]
name = "FASER2"
[events]
number = 10
coupling = 1e-5
[sensitivity]
[run]
seed = 1
precision = 0.1
"""
FILES = {
    "contour.csv", "events.hepmc3", "events.parquet", "events.root", "run.json", "sensitivity.pdf", "sensitivity.png",
    "signal_map.parquet", "signal_map.root",
}  # fmt: skip
REFUSED = re.compile(
    r"lvgen: warning: compiled kernels cannot be kept \(.+\); each start compiles them anew\. "
    r"Set NUMBA_CACHE_DIR to a writable folder to avoid that\.\n"
)
#: compiles one small kernel and calls it, as the program does
ONE_KERNEL = """
import sys, warnings
from lvgen.cli.main import _plain_warnings
with _plain_warnings():
    import numpy as np
    from lvgen.kernels.lifetime import fill_moments, laplace
    out = np.zeros((4, 5))
    fill_moments(np.array([0.5, 1.0]), np.array([2.0, 3.0]), -10.0, 0.1, out)
    sums = np.zeros((1, 2))
    laplace(np.ones((1, 3)), np.ones((1, 2)), np.ones(1), sums)
    assert abs(out[:, 0].sum() - 5.0) < 1e-12 and sums[0, 0] > 0.0
"""
_CAPABILITY_BOUNDING_SET_DROP = 24


def _obey_permissions() -> None:
    """Root may write anywhere; without its capabilities it obeys the permissions of files like any user."""
    if os.geteuid() == 0:
        prctl = ctypes.CDLL(None).prctl
        for capability in range(64):
            prctl(_CAPABILITY_BOUNDING_SET_DROP, capability, 0, 0, 0)


def _process(
    arguments: list[str], folder: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A Python process that obeys permissions, without this process's settings of home and cache."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "NUMBA_", "MPL"))}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=kept | (environment or {}), preexec_fn=_obey_permissions,  # noqa: PLW1509
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing can be written."""
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    probe = _process(["-c", f"open({str(folder / 'x')!r}, 'w')"], tmp_path)
    if probe.returncode == 0:
        folder.chmod(0o755)
        pytest.skip("permissions are not obeyed here")
    yield folder
    folder.chmod(0o755)


@pytest.fixture
def read_only_package(tmp_path: Path) -> Iterator[Path]:
    """A folder with a copy of the package as it is installed, in which nothing can be written."""
    from lvgen import cards, detectors, processes

    site = tmp_path / "site"
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(lvgen.__file__).parent, site / "lvgen", ignore=unwanted)
    for package in (cards, detectors, processes):
        target = site / "lvgen" / package.__name__.rpartition(".")[2]
        shutil.copytree(Path(next(iter(package.__path__))), target, ignore=unwanted, dirs_exist_ok=True)
    folders = [site, *(path for path in site.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    yield site
    for folder in folders:
        folder.chmod(0o755)


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_a_read_only_package_and_no_home(tmp_path: Path, locked: Path, read_only_package: Path) -> None:
    (tmp_path / "card.toml").write_text(CARD)
    before = sorted(str(path) for path in read_only_package.rglob("*"))
    environment = {"HOME": str(locked / "home"), "PYTHONPATH": str(read_only_package)}
    where = _process(["-c", "import lvgen; print(lvgen.__file__)"], tmp_path, environment)
    assert (where.stdout.strip(), where.stderr) == (str(read_only_package / "lvgen" / "__init__.py"), "")
    run = ["-m", "lvgen.cli.main", "run", "card.toml", "-o", "result", "-q"]
    done = _process(run, tmp_path, environment)
    assert done.returncode == 0
    assert _names(tmp_path / "result") == FILES
    assert sorted(str(path) for path in read_only_package.rglob("*")) == before
    assert _names(locked) == set()
    # one warning that the user can act on, and none of what other packages have to say about their homes
    assert REFUSED.fullmatch(done.stderr), done.stderr


def _unwritable(locked: Path, tmp_path: Path) -> dict[str, str]:  # noqa: ARG001
    return {"NUMBA_CACHE_DIR": str(locked / "cache")}


def _a_file(locked: Path, tmp_path: Path) -> dict[str, str]:  # noqa: ARG001
    (tmp_path / "file").write_text("")
    return {"NUMBA_CACHE_DIR": str(tmp_path / "file")}


@pytest.mark.parametrize("place", [_unwritable, _a_file])
def test_a_cache_that_cannot_be_written(
    tmp_path: Path, locked: Path, place: Callable[[Path, Path], dict[str, str]]
) -> None:
    done = _process(["-c", ONE_KERNEL], tmp_path, place(locked, tmp_path))
    assert done.returncode == 0, done.stderr
    assert REFUSED.fullmatch(done.stderr), done.stderr


@pytest.mark.parametrize("size", [0, 500, 5000])
def test_a_cache_on_a_full_disk(tmp_path: Path, size: int) -> None:
    full = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, resource.RLIM_INFINITY))\n"
    environment = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    done = _process(["-c", full + ONE_KERNEL], tmp_path, environment)
    assert done.returncode == 0, done.stderr
    assert REFUSED.fullmatch(done.stderr), done.stderr
    # what it left behind does not disturb later, with room again
    done = _process(["-c", ONE_KERNEL], tmp_path, environment)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("content", [b"", b"garbage", None], ids=["empty", "garbage", "truncated"])
def test_a_damaged_cache(tmp_path: Path, suffix: str, content: bytes | None) -> None:
    environment = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    assert _process(["-c", ONE_KERNEL], tmp_path, environment).returncode == 0
    files = list((tmp_path / "cache").rglob(f"*{suffix}"))
    assert len(files) >= 2
    for file in files:
        file.write_bytes(file.read_bytes()[:100] if content is None else content)
    done = _process(["-c", ONE_KERNEL], tmp_path, environment)
    assert done.returncode == 0, done.stderr.splitlines()[-1]
    assert done.stderr.count("lvgen: warning:") <= 1
    assert len(done.stderr.splitlines()) <= 1


def test_cold_starts_side_by_side(tmp_path: Path) -> None:
    """Two first runs at once, each of the whole program, with nothing compiled yet: both work, and agree."""
    (tmp_path / "card.toml").write_text(CARD)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "lvgen.cli.main", "run", "card.toml", "-o", name, "-q", "--workers", "1"],
            cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True,
        )
        for name in ("a", "b")
    ]  # fmt: skip
    said = [run.communicate(timeout=180)[1] for run in runs]
    assert [(run.returncode, text) for run, text in zip(runs, said, strict=True)] == [(0, ""), (0, "")]
    assert time.monotonic() - began < 120
    for name in ("events.parquet", "signal_map.parquet", "contour.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    largest = after.ru_maxrss * (1 if sys.platform == "darwin" else 1024)  # of any child so far
    assert largest < 2**30
    assert after.ru_utime > before.ru_utime
    assert not list((tmp_path / "cache").rglob("*.tmp*"))
    warm = _process(["-c", ONE_KERNEL], tmp_path, {"NUMBA_CACHE_DIR": str(tmp_path / "cache")})
    assert (warm.returncode, warm.stderr) == (0, "")


def test_the_command_needs_no_home_to_answer(tmp_path: Path, locked: Path) -> None:
    done = _process(["-m", "lvgen.cli.main", "list", "cards"], tmp_path, {"HOME": str(locked / "home")})
    assert (done.returncode, done.stderr) == (0, "")
    assert "faser2_dark_photon" in done.stdout
