"""What is shipped: versions, packages, data files, dependencies, and how a checkout without installation is met."""

from __future__ import annotations

import ast
import fnmatch
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import lvgen

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SETUPTOOLS: dict[str, Any] = PROJECT["tool"]["setuptools"]
#: folders of the checkout that hold the package, and the packages that they are
FOLDERS = {
    "lvgen": "lvgen", "processes": "lvgen.processes", "detectors": "lvgen.detectors", "cards": "lvgen.cards",
}  # fmt: skip
#: distributions whose module has another name; pint and vegas go by their own
DISTRIBUTIONS = {
    "PIL": "pillow",
    "hepdata_lib": "hepdata-lib",
    "hepdata_validator": "hepdata-validator",
    "yaml": "pyyaml",
    "distributed": "dask",
}
#: imported by tests, brought along by a dependency that cannot do without it
INDIRECT = {"pillow", "pyyaml"}


def package_folders() -> dict[str, Path]:
    """Package -> folder, for every folder with an ``__init__.py``."""
    found = {}
    for folder, package in FOLDERS.items():
        for init in (ROOT / folder).rglob("__init__.py"):
            inner = init.parent.relative_to(ROOT / folder).parts
            found[".".join([package, *inner])] = init.parent
    return found


def imported_modules(*folders: str) -> set[str]:
    """Top-level names of what the Python files of some folders import, wherever in them."""
    names: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module.split(".")[0])
    tools = {path.stem for path in (ROOT / "tools").iterdir()}
    return names - sys.stdlib_module_names - {"lvgen"} - tools


def distributions(requirements: list[str]) -> set[str]:
    """Names of requirements such as ``hist>=2.9``."""
    return {re.match(r"[A-Za-z0-9_.-]+", text).group().lower() for text in requirements}  # type: ignore[union-attr]


def test_versions_agree() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    cited = re.search(r"^version: (\S+)$", citation, re.MULTILINE)
    assert cited is not None
    assert PROJECT["project"]["version"] == lvgen.__version__ == cited[1]
    assert f"## [{lvgen.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_licence_is_named_alike() -> None:
    assert PROJECT["project"]["license"] == "BSD-3-Clause"
    assert "license: BSD-3-Clause" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("BSD 3-Clause License")


def test_every_package_is_listed() -> None:
    assert sorted(SETUPTOOLS["packages"]) == sorted(package_folders())


def test_packages_lie_where_the_mapping_says() -> None:
    mapping = {package: folder for folder, package in FOLDERS.items()}
    assert SETUPTOOLS["package-dir"] == mapping


def test_python_files_lie_in_packages() -> None:
    packages = set(package_folders().values())
    outside = [p for folder in FOLDERS for p in (ROOT / folder).rglob("*.py") if p.parent not in packages]
    assert outside == []


def test_every_data_file_is_shipped() -> None:
    patterns = [
        (package_folders()[package], pattern)
        for package, listed in SETUPTOOLS["package-data"].items()
        for pattern in listed
    ]
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_dir() or path.suffix in (".py", ".pyc", ".nbi", ".nbc"):
                continue
            shipped = [
                root
                for root, pattern in patterns
                if path.is_relative_to(root) and fnmatch.fnmatchcase(path.relative_to(root).as_posix(), pattern)
            ]
            assert shipped, f"{path.relative_to(ROOT)} matches no package-data of pyproject.toml"


def test_data_patterns_match_something() -> None:
    for package, listed in SETUPTOOLS["package-data"].items():
        for pattern in listed:
            assert list(package_folders()[package].glob(pattern)), f"{package}: {pattern}"


def test_data_stay_small() -> None:
    """A wheel must stay below 30 MB; the tables are compressed already."""
    size = sum(path.stat().st_size for path in (ROOT / "lvgen" / "data").rglob("*") if path.is_file())
    assert size < 20e6


def test_dependencies_are_those_that_are_imported() -> None:
    needed = {DISTRIBUTIONS.get(name, name.lower()) for name in imported_modules("lvgen", "processes")}
    extras = PROJECT["project"]["optional-dependencies"]
    optional = set().union(*(distributions(extras[name]) for name in ("cluster", "hepdata", "html", "spectra")))
    optional -= {"dask-jobqueue"}  # named in the documents' examples only
    # lhapdf is on no package index, so no extra can bring it; pillow comes with matplotlib
    assert needed - {"lhapdf", "pillow"} == distributions(PROJECT["project"]["dependencies"]) | optional


def test_tests_import_what_their_extra_brings() -> None:
    needed = {DISTRIBUTIONS.get(name, name.lower()) for name in imported_modules("tests")}
    given = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["test"]
    # a full simulation is in no extra: its test is left out where it is not installed
    assert needed - INDIRECT - {"geant4_pybind"} <= distributions(given)


def test_developers_tools_are_in_their_extra() -> None:
    tools = distributions(PROJECT["project"]["optional-dependencies"]["dev"])
    assert {"ruff", "mypy", "build", "nox", "pre-commit", "codespell"} <= tools


def test_sources_without_installation_say_what_to_do() -> None:
    """-S leaves out whatever is installed, as for someone who starts Python in a fresh checkout."""
    code = "import lvgen"
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ImportError: this folder holds the sources of lvgen" in done.stderr
    assert "pip install -e ." in done.stderr


def test_module_is_run_like_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lvgen.cli.main", "--version"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT / "docs",
    )
    assert (done.returncode, done.stdout) == (0, f"lvgen {lvgen.__version__}\n")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", ".ci/run"])
def test_what_a_project_has(name: str) -> None:
    assert (ROOT / name).stat().st_size > 300


def test_continuous_integration_can_be_started() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text("utf-8").splitlines()[:1] == ["#!/usr/bin/env bash"]
    assert "set -euo pipefail" in script.read_text("utf-8")
