"""The shipped table of hadronic widths: complete, exact between its nodes, quick, and rebuilt to the byte."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from lvgen.decays.coefficients import (
    MASS_MAX,
    Curve,
    channel_groups,
    channel_names,
    channel_widths,
    interference,
    meson_couplings,
    packed,
    read_table,
    shipped_table,
)
from lvgen.decays.hadronic.base import HadronicChannel, above_threshold, single_form
from lvgen.decays.hadronic.propagators import fixed_width
from lvgen.decays.hadronic.registry import channels
from lvgen.errors import UserError
from lvgen.models.base import Couplings

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "lvgen" / "data" / "widths" / "hadronic.parquet"
CHANNELS: dict[str, HadronicChannel] = {c.name: c for c in channels()}
#: multi-dimensional integrals: a few masses are enough for a test
SLOW = frozenset(c.name for c in channels() if c.group == "4pi")
RNG = np.random.default_rng(5)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """``tools/build_widths.py`` as a module."""
    spec = importlib.util.spec_from_file_location("build_widths", ROOT / "tools" / "build_widths.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_table_holds_every_channel() -> None:
    assert set(channel_names()) == set(CHANNELS)
    listed = {(e["name"], e["compatible"]): e for e in shipped_table().metadata["channels"]}
    for channel in CHANNELS.values():
        entry = listed[channel.name, False]
        assert entry["group"] == channel.group
        assert tuple(entry["products"]) == channel.products
        assert entry["threshold_gev"] == pytest.approx(channel.threshold, rel=1e-12)
        assert entry["opening_gev"] >= channel.threshold * (1 - 1e-9)
        assert ((channel.name, True) in listed) == (channel.compatible is not None)
    assert sorted(sum(channel_groups().values(), ())) == sorted(CHANNELS)


def test_table_is_small_and_says_where_it_comes_from() -> None:
    assert TABLE.stat().st_size < 2_000_000
    account = shipped_table().metadata
    assert account["generator"] == "tools/build_widths.py"
    assert account["mass_max_gev"] == MASS_MAX
    assert all(entry["reference"] for entry in account["channels"])
    for entry in account["channels"]:
        if not entry["compatible"]:
            assert entry["largest_deviation"] <= entry["tolerance"] <= 1e-4


def assert_close(name: str, mass: np.ndarray, tolerance: float, compatible: bool = False) -> None:
    channel = CHANNELS[name]
    function = channel.compatible if compatible else channel.coefficients
    assert function is not None
    exact = function(mass)
    scale = np.sqrt(np.einsum("naa,nbb->nab", exact, exact))
    off = np.abs(interference(name, mass, compatible=compatible) - exact)
    assert np.all(off <= tolerance * scale + 1e-300), mass[np.argmax((off - tolerance * scale).max(axis=(1, 2)))]


@pytest.mark.parametrize("name", sorted(CHANNELS))
def test_interpolation_is_exact_to_a_thousandth(name: str) -> None:
    count = 3 if name in SLOW else 200
    low = max(CHANNELS[name].threshold, shipped_table().curve(name, False).opening)
    assert_close(name, low + (MASS_MAX - low) * RNG.random(count) ** 2, 1e-3)


@pytest.mark.parametrize("name", sorted(set(CHANNELS) - SLOW))
def test_narrow_peaks_are_resolved(name: str) -> None:
    mass = np.concatenate([np.linspace(0.74, 0.83, 91), np.linspace(1.005, 1.034, 88)]) + 1e-5 * RNG.random()
    assert_close(name, mass[mass > CHANNELS[name].threshold * 1.0001], 1e-4)


def test_compatible_variants() -> None:
    assert_close("pi0 gamma", np.linspace(0.15, 1.9, 60), 1e-4, compatible=True)
    ours, theirs = (interference("pi0 gamma", [0.137, 0.2], flag)[:, 1, 1] for flag in (False, True))
    assert theirs[0] == 0 < ours[0]
    assert ours[1] / theirs[1] == pytest.approx(1.20, abs=0.01)
    assert np.array_equal(interference("eta gamma", [0.8]), interference("eta gamma", [0.8], compatible=True))


@pytest.mark.parametrize("c", [(0.3, 0.3, 0.3), (0.0, 2.0, -1.0), (1.0, -1.0, 2.0)])
def test_channel_widths_contract_the_forms(c: tuple[float, float, float]) -> None:
    mass = np.concatenate([np.linspace(0.01, 3.4, 60), [0.7826, 1.0195]])
    widths = channel_widths(mass, c)
    assert list(widths) == list(channel_names())
    for name, values in widths.items():
        direct = np.einsum("a,nab,b->n", c, interference(name, mass), c)
        assert values == pytest.approx(np.clip(direct, 0.0, None), rel=1e-9, abs=1e-25)
        assert np.all(values[mass <= CHANNELS[name].threshold] == 0)
        assert np.all(values[mass > MASS_MAX] == 0)
        assert np.all(values >= 0)


def test_groups_are_sums_and_unknown_names_suggest() -> None:
    parts = channel_groups()["4pi"]
    assert len(parts) == 2
    total = sum(interference(name, [1.5]) for name in parts)
    assert interference("4pi", [1.5]) == pytest.approx(total)
    with pytest.raises(KeyError, match=r"pi\+ pi-"):
        interference("pi+ pi", [1.5])
    assert interference("pi+ pi-", []).shape == (0, 3, 3)


def test_meson_couplings() -> None:
    charges = {"u": 2 / 3, "d": -1 / 3, "s": -1 / 3}
    assert meson_couplings(Couplings(charges)) == pytest.approx([1, 1, 1])
    assert meson_couplings(Couplings({"u": 1 / 3, "d": -2 / 3, "s": -2 / 3})) == pytest.approx([1, -1, 2])
    assert not meson_couplings(Couplings({"mu": 1.0}, {"u": 1.0})).any()


def test_two_thousand_masses_take_milliseconds() -> None:
    mass = np.linspace(0.01, 3.0, 2000)
    channel_widths(mass, (1.0, 1.0, 1.0))
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        channel_widths(mass, (0.1, 0.7, -0.3))
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.030  # 1 ms on one quiet core


def test_rebuilt_to_the_byte(tool: ModuleType, tmp_path: Path) -> None:
    names = ["eta omega", "p pbar", "pi0 gamma"]
    for file in ("a.parquet", "b.parquet"):
        assert tool.run(names, 1, False, tmp_path / file) == 0
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    again, shipped = tool.stored(tmp_path / "a.parquet"), tool.stored(TABLE)
    assert set(again) == {("eta omega", False), ("p pbar", False), ("pi0 gamma", False), ("pi0 gamma", True)}
    for task, part in again.items():
        assert part["entry"] == shipped[task]["entry"]
        assert part["mass"] == pytest.approx(shipped[task]["mass"], rel=1e-12)
        assert part["values"] == pytest.approx(shipped[task]["values"], rel=1e-8)


def test_build_is_resumed_and_keeps_the_rest(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "table.parquet"
    tool.run(["eta phi"], 1, False, path)
    tool.run(["eta phi", "n nbar"], 1, True, path)
    assert "1/1 n nbar" in capsys.readouterr().out
    tool.run(["p pbar"], 1, False, path)
    assert set(read_table(path).curves) == {"eta phi", "n nbar", "p pbar"}
    assert tool.run(["no such thing"], 1, False, path) == 2


def test_tabulation_finds_a_peak_and_a_late_opening(tool: ModuleType) -> None:
    def peak(mass: np.ndarray) -> np.ndarray:
        return single_form(np.abs(fixed_width(mass**2, 1.0195, 0.0042)) ** 2 * np.where(mass > 0.9, 1.0, 0.0), 2)

    form = above_threshold(peak, 0.5)
    mass, values, opening, power, off = tool.tabulate(form, 0.5)
    assert opening == pytest.approx(0.9, abs=1e-9)
    assert power == 0.0
    assert off < tool.TOLERANCE
    probe = np.linspace(0.9001, 2.9, 20_001)
    got = Curve(mass, values, opening, power).contract(np.eye(6)[5], probe)
    assert got == pytest.approx(packed(form(probe))[:, 5], rel=1e-4)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such table"):
        read_table(tmp_path / "missing.parquet")
    (tmp_path / "text.parquet").write_text("nothing")
    with pytest.raises(UserError, match="is not a table"):
        read_table(tmp_path / "text.parquet")
