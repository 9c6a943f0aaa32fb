"""The same card and seed give the same numbers at any width; other seeds scatter as the quoted errors say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.cli.main import main
from lvgen.conductor import RunResult
from lvgen.io.formats import read_events
from lvgen.io.record import EventRecord
from lvgen.io.results import read_signal_map

CARD: dict[str, Any] = {
    "title": "small",
    "model": {
        "name": "dark_photon",
        "mass": {"min": "20 MeV", "max": "0.4 GeV", "points": 6},
        "coupling": {"min": 1e-8, "max": 1e-3, "points": 21},
    },
    "production": {"processes": ["meson_decay"]},
    "detector": {"name": "FASER2"},
    # above the two-pion threshold, from two mesons: several chains and modes, and several blocks of draws
    "events": {"number": 4000, "mass": "0.3 GeV", "coupling": 3e-6},
    "sensitivity": {},
    "run": {"seed": 11, "precision": 0.05},
}
SAME_BYTES = (
    "contour.csv",
    "events.hepmc3",
    "events.parquet",
    "sensitivity.pdf",
    "sensitivity.png",
    "signal_map.parquet",
)


@pytest.fixture(scope="module")
def by_workers(tmp_path_factory: pytest.TempPathFactory) -> dict[int, RunResult]:
    """The card run with 1, 2 and 4 workers."""
    folder = tmp_path_factory.mktemp("workers")
    return {n: lvgen.run(CARD, directory=folder / str(n), workers=n) for n in (1, 2, 4)}


def _folder(result: RunResult) -> Path:
    assert result.directory is not None
    return result.directory


def _assert_same_events(a: EventRecord, b: EventRecord) -> None:
    np.testing.assert_array_equal(a.counts, b.counts)
    for mine, other in ((a.columns, b.columns), (a.particles, b.particles)):
        assert list(mine) == list(other)
        for name in mine:
            np.testing.assert_array_equal(mine[name], other[name], err_msg=name)


@pytest.mark.parametrize("workers", [2, 4])
def test_any_number_of_workers_gives_the_same_bits(by_workers: dict[int, RunResult], workers: int) -> None:
    one, many = by_workers[1], by_workers[workers]
    assert many.info["timings"]["workers"] == workers
    assert one.record is not None
    assert many.record is not None
    assert len(one.record) == 4000
    _assert_same_events(one.record, many.record)
    assert one.record.metadata == many.record.metadata
    assert one.map is not None
    assert many.map is not None
    for name in ("total", "meson_decay"):
        np.testing.assert_array_equal(one.map.n_signal[name], many.map.n_signal[name])
        np.testing.assert_array_equal(one.map.error[name], many.map.error[name])
        np.testing.assert_array_equal(one.map.error_spectrum[name], many.map.error_spectrum[name])
    np.testing.assert_array_equal(one.map.precision_met, many.map.precision_met)
    assert [repr(row) for row in one.contour] == [repr(row) for row in many.contour]
    assert {k: v for k, v in one.info.items() if k != "timings"} == {
        k: v for k, v in many.info.items() if k != "timings"
    }


@pytest.mark.parametrize("workers", [2, 4])
def test_any_number_of_workers_gives_the_same_files(by_workers: dict[int, RunResult], workers: int) -> None:
    one, many = _folder(by_workers[1]), _folder(by_workers[workers])
    assert sorted(p.name for p in one.iterdir()) == sorted(p.name for p in many.iterdir())
    for name in SAME_BYTES:
        assert (one / name).read_bytes() == (many / name).read_bytes(), name
    _assert_same_events(read_events(one / "events.root"), read_events(many / "events.root"))
    _assert_same_histograms(one / "signal_map.root", many / "signal_map.root")


def _assert_same_histograms(a: Path, b: Path) -> None:
    import uproot

    with uproot.open(a) as one, uproot.open(b) as other:
        assert one.keys() == other.keys()
        assert len(one.keys()) == 2
        for name in one:
            for mine, its in zip(one[name].to_numpy(), other[name].to_numpy(), strict=True):
                np.testing.assert_array_equal(mine, its)
            np.testing.assert_array_equal(one[name].errors(), other[name].errors())


def test_files_hold_what_python_gets(by_workers: dict[int, RunResult]) -> None:
    result = by_workers[1]
    assert result.record is not None
    assert result.map is not None
    for name in ("events.root", "events.parquet"):
        _assert_same_events(result.record, read_events(_folder(result) / name))
    found = read_signal_map(_folder(result))
    np.testing.assert_array_equal(found.total, result.map.total)
    np.testing.assert_array_equal(found.mass, result.map.mass)


def test_a_fresh_process_gives_the_same_bytes(by_workers: dict[int, RunResult], tmp_path: Path) -> None:
    # another order of sets and dicts, another address space, the command line instead of the function
    source = _folder(by_workers[1])
    done = subprocess.run(
        [sys.executable, "-m", "lvgen.cli.main", "rerun", str(source), "-o", "again", "-q", "--workers", "3"],
        cwd=tmp_path, env=os.environ | {"PYTHONHASHSEED": "77"}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for name in SAME_BYTES:
        assert (source / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_the_map_and_the_events_do_not_depend_on_each_other(by_workers: dict[int, RunResult]) -> None:
    both = by_workers[1]
    only_map = lvgen.run({key: value for key, value in CARD.items() if key != "events"}, workers=2)
    only_events = lvgen.run({key: value for key, value in CARD.items() if key != "sensitivity"}, workers=2)
    assert both.map is not None
    assert only_map.map is not None
    np.testing.assert_array_equal(both.map.total, only_map.map.total)
    assert only_map.events is None
    assert only_events.signal_map is None
    assert both.record is not None
    assert only_events.record is not None
    _assert_same_events(both.record, only_events.record)


def test_a_mass_gives_the_same_numbers_with_one_coupling_or_many(by_workers: dict[int, RunResult]) -> None:
    # which couplings a card asks for decides where the maps adapt, so the numbers agree within errors, not in bits
    many = by_workers[1].map
    assert many is not None
    coupling = float(many.coupling[9])
    one = lvgen.run(CARD | {"model": CARD["model"] | {"coupling": coupling}}, seed=5).map
    assert one is not None
    spread = np.hypot(one.error["total"][:, 0], many.error["total"][:, 9])
    deviation = (one.total[:, 0] - many.total[:, 9]) / spread
    assert np.abs(deviation).max() < 4.0
    assert np.abs(deviation).max() > 0.0


def test_another_seed_gives_other_numbers(by_workers: dict[int, RunResult]) -> None:
    one, other = by_workers[1], lvgen.run(CARD, seed=12)
    assert one.map is not None
    assert other.map is not None
    filled = one.map.total > 1e-30
    assert np.all(one.map.total[filled] != other.map.total[filled])
    assert one.record is not None
    assert other.record is not None
    assert np.all(one.record.columns["llp_e"] != other.record.columns["llp_e"])


def test_the_drawn_seed_repeats_the_run() -> None:
    card = {key: value for key, value in CARD.items() if key not in ("run", "sensitivity")}
    first = lvgen.run(card)
    again = lvgen.run(card, seed=first.info["seed"])
    assert first.record is not None
    assert again.record is not None
    _assert_same_events(first.record, again.record)
    assert lvgen.run(card).info["seed"] != first.info["seed"]


def test_the_largest_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = 2**63 - 1
    card = {key: value for key, value in CARD.items() if key not in ("events", "run")}
    card["model"] = card["model"] | {"mass": "50 MeV"}
    folder = tmp_path / "result"
    lvgen.run(card, seed=seed, directory=folder)
    assert main(["rerun", str(folder), "-o", str(tmp_path / "again"), "-q"]) == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "again" / "contour.csv").read_bytes() == (folder / "contour.csv").read_bytes()


# --- seeds scatter as the errors say ------------------------------------------------------------------------------

SEEDS = range(100, 120)


@pytest.fixture(scope="module")
def scattered() -> tuple[Any, Any]:
    """(seed, mass, coupling) expected events and quoted errors of twenty seeds."""
    card = {key: value for key, value in CARD.items() if key != "events"} | {"run": {"precision": 0.1}}
    card["model"] = card["model"] | {"coupling": {"min": 1e-8, "max": 1e-3, "points": 61}}
    maps = [lvgen.run(card, seed=seed).map for seed in SEEDS]
    return np.array([m.total for m in maps]), np.array([m.error["total"] for m in maps])


@pytest.mark.parametrize("place", ["lower edge", "maximum", "upper edge"])
def test_pulls_between_seeds_have_unit_width(scattered: tuple[Any, Any], place: str) -> None:
    n, error = scattered
    mean = n.mean(axis=0)
    pulls = []
    for i in range(n.shape[1]):
        inside = np.flatnonzero(mean[i] >= 2.3)
        assert len(inside) > 2
        j = {"lower edge": inside[0], "maximum": int(np.argmax(mean[i])), "upper edge": inside[-1]}[place]
        pulls.append((n[:, i, j] - mean[i, j]) / error[:, i, j])
        assert np.all(error[:, i, j] / n[:, i, j] < 0.1)
    # the mean of the seeds took one degree of freedom from each mass; 114 are left: 1 +- 0.07
    width = np.sqrt(np.sum(np.square(pulls)) / (len(SEEDS) - 1) / len(pulls))
    assert 0.8 < width < 1.25
    assert np.abs(pulls).max() < 4.5


@pytest.mark.parametrize(("mass", "coupling"), [("50 MeV", 1e-6), ("50 MeV", 3e-5), ("0.3 GeV", 3e-6)])
def test_the_weights_of_events_sum_to_the_map(mass: str, coupling: float) -> None:
    card = CARD | {"model": CARD["model"] | {"mass": mass, "coupling": coupling}, "run": {"precision": 0.005}}
    card["events"] = {"number": 500}
    result = lvgen.run(card, seed=3)
    assert result.map is not None
    assert result.record is not None
    weight = result.record.columns["weight"]
    stated = result.info["yields"]["events"]
    assert weight.sum() == pytest.approx(stated["expected"], rel=1e-12)
    assert result.record.metadata["sum_weights"] == pytest.approx(weight.sum(), rel=1e-12)
    n, error = float(result.map.total[0, 0]), float(result.map.error["total"][0, 0])
    assert abs(weight.sum() - n) < 3.5 * np.hypot(error, stated["error"])
    assert stated["error"] < 0.02 * n
    assert (weight > 1.001 * np.median(weight)).mean() < 0.01


def test_events_of_several_seeds_scatter_as_their_errors_say() -> None:
    card = {key: value for key, value in CARD.items() if key != "sensitivity"}
    card["events"] = CARD["events"] | {"number": 10}
    found = [lvgen.run(card, seed=seed).info["yields"]["events"] for seed in SEEDS]
    n, error = np.array([f["expected"] for f in found]), np.array([f["error"] for f in found])
    width = np.sqrt(np.sum(((n - n.mean()) / error) ** 2) / (len(n) - 1))
    assert 0.6 < width < 1.5  # 1 +- 0.16
