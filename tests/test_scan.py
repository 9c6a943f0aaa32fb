"""Adaptive scans: on contours that are known, and in runs."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.errors import UserError
from lvgen.sensitivity.contour import ContourRow, find_contour
from lvgen.sensitivity.map import SignalMap
from lvgen.sensitivity.scan import MassAxis, adaptive_axis, beside_edges, finer_couplings, first_masses, next_masses

PEAK, WIDTH, STEP = 0.783, 0.0087, 0.2113


def signal(mass: float, coupling: np.ndarray) -> np.ndarray:
    """Events of a beam dump with a narrow resonance in production, a jump in the lifetime and an end in mass."""
    made = 1e16 * coupling**2 * math.exp(-4.5 * mass) * (1.0 + 60.0 / (1.0 + ((mass - PEAK) / WIDTH) ** 2))
    length = 3e-11 / mass**2 / coupling**2 * (1.0 if mass < STEP else 0.5)
    return made * (np.exp(-200.0 / length) - np.exp(-300.0 / length))


def rows(mass: float, coupling: np.ndarray) -> list[ContourRow]:
    """Its contour."""
    n = signal(mass, coupling)
    grid = np.array([n])
    found = SignalMap(
        np.array([mass]), coupling, (), {"total": grid}, {"total": 0.0 * grid}, {}, 1.0 / coupling[None] ** 2,
        grid > 0.0, "log", "log", "g", "g", "", "", "",
    )  # fmt: skip
    return find_contour(found, 2.3, 0.9)


def scanned(masses: np.ndarray, couplings: np.ndarray, precision: float) -> tuple[dict[float, list[ContourRow]], int]:
    """An adaptive scan, and how many points it takes."""
    axis = adaptive_axis(masses, "log", precision)
    fine, place = finer_couplings(couplings, precision)
    found: dict[int, list[ContourRow]] = {}
    points, wanted = 0, first_masses(axis, [(PEAK, WIDTH)])
    while wanted:
        for number in wanted:
            mass = axis.mass(number)
            kept = beside_edges(signal(mass, fine), np.full(len(fine), 2.3), place)
            points += int(kept.sum())
            found[number] = rows(mass, fine[kept])
        wanted = next_masses(found, precision)
    return {axis.mass(number): found[number] for number in sorted(found)}, points


def edges(found: list[ContourRow]) -> list[float]:
    return [math.log(g) for row in found if row.excludes for g in (row.coupling_lower, row.coupling_upper)]


@pytest.mark.parametrize("precision", [0.05, 0.02])
def test_a_scan_agrees_with_a_grid_ten_times_as_fine(precision: float) -> None:
    masses, couplings = np.geomspace(0.02, 2.0, 21), np.geomspace(1e-9, 1e-4, 41)
    scan, points = scanned(masses, couplings, precision)
    at = np.array(sorted(scan))
    grid = np.geomspace(0.02, 2.0, 201)
    fine = np.geomspace(1e-9, 1e-4, 401)
    seen = 0
    for mass in grid:
        true = edges(rows(float(mass), fine))
        k = min(int(np.searchsorted(at, mass, side="right")) - 1, len(at) - 2)
        low, high = edges(scan[at[k]]), edges(scan[at[k + 1]])
        if len(low) != len(high):  # a tip is known in mass instead
            assert at[k + 1] / at[k] < 1.0 + 0.2 * precision
            continue
        assert len(true) == len(low)
        share = math.log(mass / at[k]) / math.log(at[k + 1] / at[k])
        if math.log(at[k + 1] / at[k]) > 0.2 * precision:  # a jump too
            assert np.allclose(true, (1 - share) * np.array(low) + share * np.array(high), rtol=0.0, atol=precision)
        seen += len(true)
    assert seen > 100
    assert points < len(grid) * len(fine) / 5
    # fewer masses as well, and most of them where something happens
    assert len(at) < len(grid)
    assert np.mean((np.abs(at / STEP - 1) < 0.05) | (np.abs(at / PEAK - 1) < 0.1)) > 0.4
    # the grid that it began with misses the resonance by far
    coarse = {m: edges(rows(float(m), fine)) for m in masses}
    below, above = masses[masses < PEAK].max(), masses[masses > PEAK].min()
    share = math.log(PEAK / below) / math.log(above / below)
    assert abs((1 - share) * coarse[below][0] + share * coarse[above][0] - edges(rows(PEAK, fine))[0]) > 0.3


def test_masses_have_their_numbers_whatever_led_to_them() -> None:
    masses = np.array([0.1, 0.2, 0.4])
    axis = MassAxis(masses, "log", 3)
    assert [axis.mass(k) for k in axis.start] == masses.tolist()
    assert axis.mass(12) == pytest.approx(0.2 * math.sqrt(2.0))
    assert [axis.nearest(axis.mass(k)) for k in range(17)] == list(range(17))
    assert axis.nearest(0.05) is axis.nearest(0.5) is None
    assert MassAxis(masses, "linear", 1).mass(1) == pytest.approx(0.15)
    assert [MassAxis(masses, "log").mass(k) for k in range(3)] == masses.tolist()


def test_couplings_are_added_beside_edges_and_tips_only() -> None:
    coupling = np.geomspace(1e-6, 1e-3, 4)
    fine, place = finer_couplings(coupling, 0.02)
    steps = np.count_nonzero(place == 0)
    assert np.isin(coupling, fine).all()
    assert np.log(fine[1:] / fine[:-1]).max() <= 0.5 * math.sqrt(0.02) + 1e-12
    required = np.ones(len(fine))
    kept = beside_edges((fine / 3e-5) ** 4, required, place)
    assert fine[kept].min() == coupling[0]
    assert np.array_equal(fine[kept], np.concatenate([fine[[0]], fine[steps : 2 * steps], fine[[2 * steps, -1]]]))
    assert beside_edges(np.full(len(fine), 50.0), required, place).sum() == len(coupling)
    tip = 2.0 * np.exp(-((np.log(fine / 3e-5)) ** 2))
    assert beside_edges(0.4 * tip, required, place).sum() > len(coupling) + steps - 2


def test_wide_steps_of_a_linear_axis_are_cut_finest() -> None:
    coupling = np.linspace(1e-9, 1e-3, 1000)
    fine, place = finer_couplings(coupling, 0.02)
    assert np.log(fine[1:] / fine[:-1]).max() <= 0.5 * math.sqrt(0.02) + 1e-12
    assert np.array_equal(fine[np.searchsorted(place, np.arange(1000))], coupling)
    assert len(fine) < 1300


CARD: dict[str, Any] = {
    "model": {
        "name": "dark_photon",
        "mass": {"min": "20 MeV", "max": "600 MeV", "points": 4},
        "coupling": {"min": 1e-6, "max": 1e-3, "points": 10},
    },
    "production": {"processes": ["meson_decay"], "meson_decay": {"parents": ["pi0", "eta"]}},
    "detector": {"name": "FASER2", "selection": "none"},
    "sensitivity": {"scan": "adaptive", "contour_precision": 0.1},
    "run": {"seed": 3, "precision": 0.1},
}


def test_a_run_tells_its_grid_and_does_not_depend_on_workers(tmp_path: Path) -> None:
    one = lvgen.run(CARD, directory=tmp_path / "one", workers=1)
    two = lvgen.run(CARD, directory=tmp_path / "two", workers=2)
    for name in ("contour.csv", "signal_map.parquet", "scan_grid.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert one.contour == two.contour
    with (tmp_path / "one" / "scan_grid.csv").open(encoding="utf-8") as file:
        grid = list(csv.DictReader(file))
    told = one.info["yields"]["scan"]
    masses = sorted({float(row["mass"]) for row in grid})
    assert len(grid) == told["points"]
    assert len(masses) == told["masses"] > 4
    assert one.map.mass.tolist() == masses == sorted({row.mass for row in one.contour})
    assert one.map.total.shape == (len(masses), 10)
    assert (tmp_path / "one" / "scan_grid.png").stat().st_size > 10_000
    # the edges lie between couplings that are close together, which the map's are not
    couplings = {m: np.array([float(r["coupling"]) for r in grid if float(r["mass"]) == m]) for m in masses}
    assert any(row.edge_upper == "closed" for row in one.contour)
    for row in one.contour:
        if row.edge_upper != "closed":
            continue
        k = int(np.searchsorted(couplings[row.mass], row.coupling_upper))
        assert couplings[row.mass][k] / couplings[row.mass][k - 1] < 1.2
    # the same points in a fixed grid have the same yields at the card's first mass
    fixed = lvgen.run({**CARD, "sensitivity": {}}, workers=1)
    assert fixed.map.total[0] == pytest.approx(one.map.total[0], rel=0.1)


def test_an_interrupted_scan_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lvgen.work import mass_points, tasks

    whole = lvgen.run(CARD, workers=1)
    asked = mass_points.next_masses

    def stop(found: Any, precision: float) -> Any:
        if len(found) > 5:
            raise KeyboardInterrupt
        return asked(found, precision)

    monkeypatch.setattr(mass_points, "next_masses", stop)
    with pytest.raises(KeyboardInterrupt):
        lvgen.run(CARD, directory=tmp_path / "run", workers=1)
    monkeypatch.setattr(mass_points, "next_masses", asked)
    done = []
    point = tasks.mass_point
    monkeypatch.setattr(tasks, "mass_point", lambda plan, seed, index: done.append(index) or point(plan, seed, index))
    again = lvgen.run(CARD, directory=tmp_path / "run", workers=1)
    assert again.contour == whole.contour
    # the masses at which it stopped are not done again
    assert 0 < len(done) <= len(whole.map.mass) - 6


def test_what_cannot_be_scanned() -> None:
    with pytest.raises(UserError) as refused:
        lvgen.run({**CARD, "sensitivity": {"scan": "adaptiv"}})
    assert refused.value.key == "sensitivity.scan"
    with pytest.raises(UserError) as refused:
        lvgen.run({**CARD, "sensitivity": {"scan": "adaptive", "contour_precision": 0}})
    assert refused.value.key == "sensitivity.contour_precision"
