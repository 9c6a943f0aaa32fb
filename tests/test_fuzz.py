"""A small share of benchmarks/fuzz.py: spoilt input is refused in one line, nothing is left or written elsewhere."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import pytest

PATH = Path(__file__).parents[1] / "benchmarks" / "fuzz.py"
CASES = 40


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_spoilt_input(fuzz: ModuleType, tmp_path: Path) -> None:
    sources, watch = fuzz.Sources(), fuzz.Watch()
    codes, kinds = set(), set()
    for case in range(CASES):
        place = tmp_path / str(case)
        place.mkdir()
        rng = random.Random(f"test-{case}")
        kinds.add(kind := rng.choice(fuzz.KINDS))
        fuzz.make_case(rng, sources, place, kind)
        code, bad = fuzz.faults(place, watch, run=False)
        assert not bad, (case, bad)
        codes.add(code)
    assert codes == {0, 2}
    assert len(kinds) == 5


def test_what_is_spoilt_was_good(fuzz: ModuleType, tmp_path: Path) -> None:
    sources, watch = fuzz.Sources(), fuzz.Watch()
    for kind in fuzz.KINDS:
        (tmp_path / kind).mkdir()
        fuzz.make_case(random.Random(1), sources, tmp_path / kind, kind, spoil=False)
        assert fuzz.faults(tmp_path / kind, watch, run=False) == (0, []), kind


def test_the_watch_sees(fuzz: ModuleType, tmp_path: Path) -> None:
    """A write outside, a file left and a removal are noticed."""
    watch = fuzz.Watch()
    (tmp_path / "inside").mkdir()
    watch.start(tmp_path)
    (tmp_path / "inside" / "mine").write_text("")
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "elsewhere").unlink()
    watch.active = False
    assert watch.outside(tmp_path / "inside") == [str(tmp_path / "elsewhere")] * 2
    (tmp_path / "card.toml").write_text('[model]\nname = "no_such_model"\n')
    code, bad = fuzz.faults(tmp_path, watch, run=False)
    assert (code, bad) == (2, [])
