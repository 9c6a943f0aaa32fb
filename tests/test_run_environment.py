"""Where lvgen runs: no home, a read-only package, no place or a damaged place for compiled kernels, a cold start."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import lvgen
from lvgen.cli.main import main
from lvgen.kernels import jit, lifetime

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
#: a run that tells its peak memory at the end
MEASURED_RUN = """
import resource, sys
from lvgen.cli.main import main
code = main(["run", "card.toml", "-o", "result", "-q"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
sys.exit(code)
"""
ONE_KERNEL = """
from lvgen.cli.main import _plain_warnings
with _plain_warnings():
    from lvgen.kernels import lifetime
    lifetime.fill_moments.compile()
    lifetime.laplace.compile()
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
        [sys.executable, *arguments], cwd=folder, env=kept | (environment or {}), preexec_fn=_obey_permissions,
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
    done = _process(["-c", MEASURED_RUN], tmp_path, environment)
    assert done.returncode == 0
    assert _names(tmp_path / "result") == FILES
    assert sorted(str(path) for path in read_only_package.rglob("*")) == before
    assert _names(locked) == set()
    # compiling without a place to keep anything is what takes it; with kept kernels it is half of that
    assert int(done.stdout) < 1.5 * 2**30
    # one warning that the user can act on, and none of what other packages have to say about their homes
    assert REFUSED.fullmatch(done.stderr), done.stderr


def test_a_read_only_package_and_a_cache_that_cannot_be_written(
    tmp_path: Path, locked: Path, read_only_package: Path
) -> None:
    environment = {"HOME": str(locked), "PYTHONPATH": str(read_only_package), "NUMBA_CACHE_DIR": str(locked / "cache")}
    done = _process(["-c", ONE_KERNEL], tmp_path, environment)
    assert done.returncode == 0, done.stderr
    assert REFUSED.fullmatch(done.stderr), done.stderr


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for compiled kernels, which this process uses from now on."""
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(jit, "_cache_refused", False)
    return tmp_path / "cache"


def _compile_two() -> None:
    """Compile two kernels anew, as a fresh process would, and use one."""
    for kernel in (lifetime.fill_moments, lifetime.laplace):
        compiled = jit._compile(kernel.function, kernel.signature)
    sums = np.zeros((1, 2))
    compiled(np.ones((1, 3)), np.ones((1, 2)), np.ones(1), sums)
    assert sums[0, 0] > 0.0


def _warned(compile_: Callable[[], None]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compile_()
    return [f"lvgen: warning: {warning.message}\n" for warning in caught]


@pytest.mark.parametrize("size", [0, 500, 5000])
def test_a_cache_on_a_full_disk(cache: Path, size: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        said = _warned(_compile_two)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(said) == 1
    assert REFUSED.fullmatch(said[0]), said
    # what it left behind does not disturb later, with room again
    jit._cache_refused = False
    assert _warned(_compile_two) == []
    assert len(list(cache.rglob("*.nbc"))) == 2


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("content", [b"", b"garbage", None], ids=["empty", "garbage", "truncated"])
def test_a_damaged_cache(cache: Path, suffix: str, content: bytes | None) -> None:
    assert _warned(_compile_two) == []
    files = list(cache.rglob(f"*{suffix}"))
    assert len(files) == 2
    for file in files:
        file.write_bytes(file.read_bytes()[:100] if content is None else content)
    assert len(_warned(_compile_two)) <= 1


def test_a_cache_is_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _warned(_compile_two) == []
    monkeypatch.setattr("numba.core.compiler.compile_extra", lambda *_, **__: pytest.fail("compiled again"))
    assert _warned(_compile_two) == []
    assert len(list(cache.rglob("*.nbc"))) == 2


def test_two_cold_starts_at_once(tmp_path: Path) -> None:
    """Two runs that find no compiled kernels share the folder in which they keep them."""
    (tmp_path / "card.toml").write_text(CARD)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "lvgen.cli.main", "run", "card.toml", "-q", "-o"]
    runs = [
        subprocess.Popen(
            [*command, name], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for name in ("one", "two")
    ]
    for run in runs:
        _, told = run.communicate(timeout=240)
        assert (run.returncode, told) == (0, "")
    kept = sorted(path.name for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert {Path(name).suffix for name in kept} == {".nbi", ".nbc"}
    assert len(kept) >= 20
    assert _names(tmp_path / "one") == _names(tmp_path / "two") == FILES
    first, second = ((tmp_path / name / "events.parquet").read_bytes() for name in ("one", "two"))
    assert first == second


def test_an_end_of_file_is_no_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # a damaged file that is unpickled ends too soon; the command-line library takes that for Ctrl-D
    def ends(*_: object, **__: object) -> None:
        raise EOFError("Ran out of input")

    monkeypatch.setattr("lvgen.conductor.run", ends)
    (tmp_path / "card.toml").write_text(CARD)
    assert main(["run", str(tmp_path / "card.toml"), "-o", str(tmp_path / "result")]) == 1
    assert "internal error, EOFError: Ran out of input" in capsys.readouterr().err


def test_the_command_needs_no_home_to_answer(tmp_path: Path, locked: Path) -> None:
    done = _process(["-m", "lvgen.cli.main", "list", "cards"], tmp_path, {"HOME": str(locked / "home")})
    assert (done.returncode, done.stderr) == (0, "")
    assert "faser2_dark_photon" in done.stdout
