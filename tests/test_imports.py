"""Who may import whom, what must stay light, and what is never done with text."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lvgen

ROOT = Path(__file__).parents[1]
#: rooms of the house from the ground up; a module imports from its own room and from floors below it
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("units", "toml", "progress", "pythia", "userfiles"),
    ("particles", "validation"),
    ("kernels",),
    ("models",),
    ("decays",),
    ("spectra", "nucleon", "partons"),
    ("sampling",),
    ("flavour",),
    ("fits",),
    ("production",),
    ("collisions", "parents"),
    ("processes", "rates"),
    ("constraints",),
    ("detection",),
    ("generation",),
    ("sensitivity",),
    ("io",),
    ("sections", "recasting"),
    ("runcard",),
    ("chosen",),
    ("plan",),
    ("approximations", "outputs", "plan_lines", "records"),
    ("account",),
    ("constraint_runs", "work"),
    ("conductor",),
    ("comparison", "shards"),
    ("cli",),
)
#: without importable code, or read as data only
NO_FLOOR = {"data", "cards", "detectors"}
#: what ``import lvgen`` and ``lvgen --help`` must do without
HEAVY = (
    "awkward", "chromo", "gvar", "hist", "matplotlib", "mplhep", "numba", "numpy", "particle", "pint", "pyarrow",
    "pydantic", "pyhepmc", "pyhf", "scipy", "uproot", "vector", "vegas",
)  # fmt: skip

Import = tuple[str, str, bool]


def modules() -> dict[str, Path]:
    """Dotted name -> file of every module of the package."""
    found = {}
    for package, root in (("lvgen", ROOT / "lvgen"), ("lvgen.processes", ROOT / "processes")):
        for path in root.rglob("*.py"):
            parts = [package, *path.relative_to(root).with_suffix("").parts]
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


def imports(name: str) -> Iterator[Import]:
    """(what, how it is written, whether it happens when the module is imported) of a module's imports of lvgen."""
    tree = TREES[name]
    at_import = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            base = str(node.module)
            inner = [f"{base}.{alias.name}" for alias in node.names]
            targets = [full if full in MODULES else base for full in inner]
        else:
            continue
        for target in targets:
            if target.split(".")[0] == "lvgen":
                yield target, ast.unparse(node), id(node) in at_import


def room(name: str) -> str:
    """The room of a module: its first name below ``lvgen``."""
    return name.split(".")[1]


def floor(name: str) -> int:
    """Height of a module."""
    (height,) = [i for i, rooms in enumerate(FLOORS) if room(name) in rooms]
    return height


def test_every_room_has_its_floor() -> None:
    rooms = {room(name) for name in MODULES if name != "lvgen"} - NO_FLOOR
    assert rooms == {name for rooms in FLOORS for name in rooms}


@pytest.mark.parametrize("name", sorted(n for n in MODULES if n != "lvgen" and room(n) not in NO_FLOOR))
def test_imports_point_down(name: str) -> None:
    """Also those within functions and those for type checkers alone."""
    for target, text, _ in imports(name):
        if target == "lvgen":
            continue
        fine = room(target) == room(name) or floor(target) < floor(name)
        assert fine, f"{name} must not do: {text}"


def test_the_package_itself_gives_lower_floors_its_version_only() -> None:
    """``lvgen.run`` and the like stand above everything; the command line alone may use them."""
    for name, tree in TREES.items():
        if name == "lvgen" or room(name) == "cli":
            continue
        plain = any(target == "lvgen" for target, _, _ in imports(name))
        for node in ast.walk(tree):
            if (
                plain
                and isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "lvgen"
            ):
                assert node.attr == "__version__", f"{name} must not use lvgen.{node.attr}"


def test_nobody_imports_a_process() -> None:
    """They are found by name, so that a new one is one new file."""
    users = [
        name for name in MODULES if room_or_top(name) != "processes" for t, _, _ in imports(name) if "processes" in t
    ]
    assert users == []


def room_or_top(name: str) -> str:
    """Room of a module; "lvgen" for the package itself."""
    return "lvgen" if name == "lvgen" else room(name)


def test_processes_and_detectors_do_not_know_each_other() -> None:
    for name in MODULES:
        if room_or_top(name) == "processes":
            assert not [t for t, _, _ in imports(name) if room_or_top(t) == "detection"]


def test_no_circles_when_modules_are_imported() -> None:
    graph = {name: {t for t, _, at_import in imports(name) if at_import and t != name} for name in MODULES}
    list(graphlib.TopologicalSorter(graph).static_order())


def test_no_module_bears_the_name_of_a_public_function() -> None:
    """Importing it would overwrite the function."""
    assert not {f"lvgen.{name}" for name in lvgen.__all__} & set(MODULES)


def test_public_functions_exist() -> None:
    for name in lvgen.__all__:
        assert callable(getattr(lvgen, name))
        assert getattr(lvgen, name).__doc__


def test_text_is_never_run() -> None:
    forbidden = {"eval", "exec", "compile", "__import__"}
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func
                assert not (isinstance(called, ast.Name) and called.id in forbidden), f"{name}: {ast.unparse(node)}"
                assert not (isinstance(called, ast.Attribute) and called.attr in ("eval", "exec")), ast.unparse(node)
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                assert "pickle" not in ast.unparse(node), name
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert ast.unparse(node.value) == "False", name


def test_one_module_imports_vegas() -> None:
    """Its licence is not that of lvgen, so it must be easy to replace."""
    users = set()
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                text = ast.unparse(node)
                if any(word in text.replace(".", " ").split() for word in ("vegas", "gvar")):
                    users.add(name)
    assert users == {"lvgen.sampling.maps"}


def loaded_after(code: str) -> set[str]:
    """Heavy packages that a fresh interpreter has loaded after some code."""
    check = f"{code}\nimport sys\nprint('loaded:', *(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=ROOT / "docs")
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_importing_costs_nothing() -> None:
    assert loaded_after("import lvgen; dir(lvgen)") == set()


def test_help_costs_nothing() -> None:
    assert loaded_after("from lvgen.cli.main import main\nassert main(['--help']) == 0") == set()
    # the command-line library itself checks options with pydantic
    assert loaded_after("from lvgen.cli.main import main\nassert main(['run', '--help']) == 0") <= {"pydantic"}


def test_the_list_of_heavy_packages_can_be_noticed() -> None:
    assert loaded_after("import numpy") == {"numpy"}
