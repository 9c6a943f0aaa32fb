"""Maps that are assembled and written a few masses at a time: the same as in one piece."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import lvgen
from lvgen import outputs
from lvgen.io.results import read_contour, read_signal_map
from lvgen.sensitivity.map import joined
from lvgen.work import mass_points

CARD: dict[str, Any] = {
    "model": {
        "name": "dark_photon",
        "mass": {"min": "20 MeV", "max": "0.9 GeV", "points": 8},  # the last ones are closed
        "coupling": {"min": 1e-8, "max": 1e-3, "points": 15},
    },
    "production": {"processes": ["meson_decay"], "spectrum": ["SIBYLL-2.3d", "PYTHIA-6"]},
    "detector": {"name": "FASER2"},
    "sensitivity": {"width_uncertainty": True},
    "run": {"seed": 11, "precision": 0.1},
}


def test_a_map_in_pieces_is_the_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = lvgen.run(CARD, directory=tmp_path / "whole", workers=1)
    monkeypatch.setattr(mass_points, "MAP_PIECE", 3)
    pieces = lvgen.run(CARD, directory=tmp_path / "pieces", workers=1)
    assert pieces.made_map is None
    for name in ("contour.csv", "sensitivity.png"):
        assert (tmp_path / "pieces" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    files = [tmp_path / name / "signal_map.parquet" for name in ("whole", "pieces")]
    assert [pq.ParquetFile(path).num_row_groups for path in files] == [1, 3]
    assert pq.read_table(files[0]).equals(pq.read_table(files[1]))
    assert whole.info | {"timings": None} == pieces.info | {"timings": None}
    np.testing.assert_array_equal(read_signal_map(tmp_path / "whole").total, pieces.map.total)
    # without a directory all of it is in memory, variations and replicas too
    kept = lvgen.run(CARD, workers=1)
    assert whole.made_map is not None
    for field in fields(whole.made_map):
        mine, other = (getattr(found.made_map, field.name) for found in (kept, whole))
        if isinstance(other, dict):
            assert mine.keys() == other.keys()
            for key in other:
                np.testing.assert_array_equal(mine[key], other[key], err_msg=field.name)
        else:
            np.testing.assert_array_equal(mine, other, err_msg=field.name)


def test_a_figure_of_many_points_is_thinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(outputs, "_DRAWN", 3)
    monkeypatch.setattr(outputs, "sensitivity_figure", lambda found, rows, *_, **__: drawn.append((found, rows)))
    lvgen.run(CARD | {"sensitivity": {}}, directory=tmp_path / "run", workers=1)
    ((found, rows),) = drawn
    full = read_signal_map(tmp_path / "run")
    np.testing.assert_array_equal(found.mass, full.mass[::3])
    np.testing.assert_array_equal(found.coupling, full.coupling[::5])
    np.testing.assert_array_equal(found.total, full.total[::3, ::5])
    assert [row.mass for row in rows] == [row.mass for row in read_contour(tmp_path / "run") if row.mass in found.mass]


def test_parts_without_expectation_are_joined(make_scan: Any) -> None:
    from dataclasses import replace

    found, _ = make_scan(masses=4, couplings=5)
    halves = [
        replace(
            found, mass=found.mass[rows], ctau=found.ctau[rows], precision_met=found.precision_met[rows],
            **{n: {k: v[rows] for k, v in getattr(found, n).items()} for n in ("n_signal", "error", "error_spectrum")},
            expected=expected, required=np.ones((2, 5)),
        )
        for rows, expected in ((slice(0, 2), None), (slice(2, 4), np.ones((5, 2, 5))))
    ]  # fmt: skip
    both = joined(halves)
    np.testing.assert_array_equal(both.mass, found.mass)
    np.testing.assert_array_equal(both.total, found.total)
    assert both.expected is not None
    assert both.expected.shape == (5, 4, 5)
    assert np.isinf(both.expected[:, :2]).all()
    assert (both.expected[:, 2:] == 1.0).all()
