"""Events in pieces: files do not depend on what was put away, and kept kernels know of changed helpers."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import lvgen
from lvgen import records
from lvgen.generation import events
from lvgen.io import record as record_module
from lvgen.io.formats import convert, read_events
from lvgen.io.record import EVENT_COLUMNS, PARTICLE_COLUMNS
from lvgen.io.rundir import RunDirectory
from lvgen.kernels import jit

CARD = {
    "model": {"name": "dark_photon", "mass": "50 MeV", "coupling": 3e-5},
    "production": {"processes": ["meson_decay"]},
    "detector": {"name": "FASER2"},
    "events": {"number": 2500, "formats": ["parquet", "root", "hepmc3"]},
}


def test_events_do_not_depend_on_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "PIECE_EVENTS", 400)
    monkeypatch.setattr(record_module, "PIECE_EVENTS", 400)
    monkeypatch.setattr(events, "_BLOCK_POINTS", 4000)
    whole = lvgen.run(CARD, seed=4, workers=1).record
    kept = []
    save = RunDirectory.save_piece
    monkeypatch.setattr(
        RunDirectory, "save_piece", lambda self, name, arrays: kept.append(name) or save(self, name, arrays)
    )
    run = lvgen.run(CARD, seed=4, directory=tmp_path / "run", workers=2)
    assert sorted(kept)[:3] == [f"events_{k:06d}" for k in range(3)]
    assert len(kept) == len(set(kept))
    assert not (tmp_path / "run" / ".lvgen").exists()
    for name in ("parquet", "root", "hepmc3"):
        read = read_events(tmp_path / "run" / f"events.{name}")
        assert all(np.array_equal(whole.columns[c], read.columns[c]) for c in EVENT_COLUMNS)
        assert all(np.array_equal(whole.particles[c], read.particles[c]) for c in PARTICLE_COLUMNS)
        assert whole.metadata["sum_weights"] == pytest.approx(read.columns["weight"].sum(), rel=1e-12)
    # a record in memory is cut into the same pieces
    for name in ("parquet", "hepmc3"):
        convert(tmp_path / "run" / "events.root", tmp_path / f"again.{name}")
        assert (tmp_path / f"again.{name}").read_bytes() == (tmp_path / "run" / f"events.{name}").read_bytes()
    assert len(run.events) == 2500


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_kept_kernel_is_void_when_a_helper_in_another_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jit, "_KERNELS", [])
    (tmp_path / "the_kernel.py").write_text(
        "from lvgen.kernels.jit import kernel\nimport the_helper\n_twice = the_helper.twice\n"
        "@kernel('float64(float64)')\ndef call(x):\n    return _twice(x)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = []
    for factor in (2.0, 30.0):
        (tmp_path / "the_helper.py").write_text(
            f"from lvgen.kernels.jit import helper\n@helper\ndef twice(x):\n    return {factor} * x\n"
        )
        monkeypatch.delitem(__import__("sys").modules, "the_helper", raising=False)
        jit._sources.cache_clear()
        found.append(_loaded(tmp_path / "the_kernel.py").call(1.0))
    jit._sources.cache_clear()
    assert found == [2.0, 30.0]
