"""What a run does at the edges of physics: refusals that say why, and zeros where there is nothing to see."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.cli.main import main
from lvgen.conductor import RunResult
from lvgen.errors import UserError
from lvgen.io.results import read_contour
from lvgen.sensitivity.map import SignalMap
from lvgen.sensitivity.statistics import events_required

CARD: dict[str, Any] = {
    "model": {"name": "dark_photon", "mass": "50 MeV", "coupling": {"min": 1e-8, "max": 1e-3, "points": 11}},
    "production": {"processes": ["meson_decay"]},
    "detector": {"name": "FASER2"},
    "sensitivity": {},
    "run": {"seed": 1, "precision": 0.05},
}
EVENTS = {"number": 50, "mass": "50 MeV", "coupling": 1e-5}
PI0_ONLY = {"processes": ["meson_decay"], "meson_decay": {"parents": ["pi0"]}}


def _card(**sections: Any) -> dict[str, Any]:
    """``CARD`` with entries of model, detector and run changed, other sections replaced, and those of None left out."""
    card = copy.deepcopy(CARD)
    for name, section in sections.items():
        if section is None:
            del card[name]
        else:
            card[name] = card[name] | section if name in ("model", "detector", "run") else section
    return card


def _run(**sections: Any) -> RunResult:
    return lvgen.run(_card(**sections), workers=1)


def _map(**sections: Any) -> SignalMap:
    found = _run(**sections).map
    assert found is not None
    _assert_plain(found)
    return found


def _assert_plain(found: SignalMap) -> None:
    for values in (found.total, found.error["total"], found.ctau):
        assert np.all(values >= 0.0)
    assert np.isfinite(found.total).all()
    assert np.isfinite(found.error["total"]).all()


def _refused(key: str, what: str, **sections: Any) -> None:
    with pytest.raises(UserError) as caught:
        _run(**sections)
    assert caught.value.key == key
    assert what in caught.value.what
    assert "\n" not in str(caught.value)


class _Messages:
    """Progress that keeps the messages."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def start(self, label: str, total: int) -> None: ...

    def advance(self, n: int = 1) -> None: ...

    def finish(self) -> None: ...

    def message(self, text: str) -> None:
        self.said.append(text)


# --- masses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "what", "sections"),
    [
        ("model.mass", "no chosen process (meson_decay) makes a boson of 0.2 GeV; they are open below 0.134977 GeV",
         {"production": PI0_ONLY, "model": {"mass": {"min": "0.2 GeV", "max": "0.3 GeV", "points": 3}}}),
        ("model.mass", "no decay that is counted (tau+ tau-) is open", {"detector": {"channels": ["tau+ tau-"]}}),
        ("model.mass", "3.1 GeV is above 3 GeV",
         {"model": {"mass": {"min": "0.1 GeV", "max": "3.1 GeV", "points": 3}}}),
        ("events.mass", "3.1 GeV is above 3 GeV", {"events": EVENTS | {"mass": "3.1 GeV"}}),
        ("events.mass", "makes a boson of 0.2 GeV", {"production": PI0_ONLY, "events": EVENTS | {"mass": "0.2 GeV"}}),
        ("events.mass", "no decay that is counted (tau+ tau-) is open",
         {"events": EVENTS, "sensitivity": None, "detector": {"channels": ["tau+ tau-"]}}),
    ],
)  # fmt: skip
def test_closed_masses_are_refused(key: str, what: str, sections: dict[str, Any]) -> None:
    _refused(key, what, **sections)


def test_the_command_line_names_card_and_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "result"
    for command in (["run", "faser2_dark_photon", "-o", str(folder)], ["check", "faser2_dark_photon"]):
        assert main([*command, "--set", 'detector.channels=["tau+ tau-"]']) == 2
        said = capsys.readouterr()
        place, what = "faser2_dark_photon.toml: model.mass", "no decay that is counted (tau+ tau-) is open at 0.01 GeV"
        assert said.err == f"lvgen: error: {place}: {what}\n"
        assert said.out == ""
    assert not folder.exists()


def test_some_closed_masses_give_zeros_and_one_warning(tmp_path: Path) -> None:
    told = _Messages()
    card = _card(production=PI0_ONLY, model={"mass": {"min": "0.1 GeV", "max": "0.2 GeV", "points": 5}})
    result = lvgen.run(card, directory=tmp_path / "result", progress=told)
    warnings = [text for text in told.said if text.startswith("warning:")]
    assert len(warnings) == 1
    assert warnings[0].startswith("warning: no signal at 3 of 5 masses: no chosen process")
    found = result.map
    assert found is not None
    assert found.total[:2].max() > 100
    assert not found.total[2:].any()
    assert not found.error["total"][2:].any()
    assert found.precision_met[2:].all()
    assert np.isfinite(found.ctau).all()
    for rows in (result.contour, read_contour(tmp_path / "result")):
        assert [row.mass for row in rows] == found.mass.tolist()
        assert [row.excludes for row in rows] == [True, True, False, False, False]
        assert math.isnan(rows[-1].coupling_upper)
        assert rows[-1].edge_lower == rows[-1].limited_by_upper == ""
        assert rows[-1].n_required == pytest.approx(2.3026, abs=1e-4)
    last = (tmp_path / "result" / "contour.csv").read_text().splitlines()[-1]
    assert last.startswith("0.2,,,,,2.30258")


@pytest.mark.parametrize("mass", ["0.134976 GeV", "0.5478 GeV", "0.6 GeV", "1.0221 MeV", "0.2792 GeV"])
def test_masses_next_to_thresholds(mass: str) -> None:
    assert _map(model={"mass": mass}).total.max() > 0


@pytest.mark.parametrize("mass", ["0.134976 GeV", "0.547 GeV", "0.5478 GeV", "0.6 GeV", "1.0221 MeV"])
def test_events_next_to_thresholds(mass: str) -> None:
    # just below the eta's mass its share of the signal is tiny, and three decay modes are open
    events = _run(sensitivity=None, events=EVENTS | {"mass": mass, "number": 20}).events
    assert len(events) == 20


@pytest.mark.parametrize("rest", range(1, 33, 6))
def test_any_number_of_points_can_be_drawn(rest: int) -> None:
    # more points than fit in one block leave a rest of any size, also below the number that modes are owed
    from lvgen.generation.chain import Chain
    from lvgen.generation.yields import draw, stream
    from lvgen.plan import Plan
    from lvgen.runcard import load_card
    from lvgen.sampling.lifetime import LifetimeSample

    plan = Plan(load_card(_card(model={"mass": "0.4 GeV"})))
    chain: Chain = plan.chains(0.4)[0][0]
    assert len(chain.modes) == 4
    for block in (1 << 14, 1 << 16):
        sample = LifetimeSample(0)
        chain.channel.replicas = np.zeros((0, 0))
        draw(chain, sample, block + rest, stream(1, 2, 3))
        assert sample.n >= block + rest


# --- couplings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("coupling", [1e-3, 0.1, 999.0])
def test_events_that_cannot_be_expected_are_refused(tmp_path: Path, coupling: float) -> None:
    with pytest.raises(UserError) as caught:
        lvgen.run(_card(events=EVENTS | {"coupling": coupling}), directory=tmp_path / "result")
    assert (caught.value.key or "").startswith("events")
    assert "no signal is expected" in caught.value.what
    # before the map is computed, so that a mended card finds the directory free
    assert not (tmp_path / "result").exists()


@pytest.mark.parametrize("coupling", [1e-30, 1e-12])
def test_events_of_tiny_couplings_are_made(coupling: float) -> None:
    result = _run(sensitivity=None, events=EVENTS | {"coupling": coupling})
    assert result.record is not None
    assert result.record.columns["weight"].sum() == pytest.approx(768 * (coupling / 1e-6) ** 4, rel=1.0)


@pytest.mark.parametrize(
    ("low", "high", "points", "excludes"),
    [
        (1e-300, 1e-200, 5, False),
        (1e-200, 999.0, 60, True),  # what is excluded lies between two of the card's couplings
        (1e-90, 1e-30, 9, False),
        (1.0, 999.0, 3, False),
        (2e-4, 1e-3, 8, False),
        (1e-300, 2e-300, 1, False),
    ],
)
def test_couplings_out_of_all_proportion(low: float, high: float, points: int, excludes: bool) -> None:
    result = _run(model={"coupling": {"min": low, "max": high, "points": points}})
    assert result.map is not None
    found = result.map
    assert np.isfinite(found.total).all()
    assert np.isfinite(found.error["total"]).all()
    assert (found.total >= 0).all()
    assert found.total.max() < 2.3
    assert [row.excludes for row in result.contour] == [excludes]


def test_signal_falls_as_the_fourth_power_of_tiny_couplings() -> None:
    found = _map(model={"coupling": {"min": 1e-20, "max": 1e-12, "points": 9}})
    np.testing.assert_allclose(np.diff(np.log10(found.total[0])), 4.0, rtol=1e-9)


@pytest.mark.parametrize("points", ["single", "grid"])
def test_one_mass_and_one_coupling(tmp_path: Path, points: str) -> None:
    coupling: Any = 3e-5 if points == "single" else {"min": 3e-5, "max": 1e-4, "points": 1}
    mass: Any = "50 MeV" if points == "single" else {"min": "50 MeV", "max": "0.1 GeV", "points": 1}
    result = lvgen.run(_card(model={"mass": mass, "coupling": coupling}), directory=tmp_path / "result")
    assert result.map is not None
    assert result.map.total.shape == (1, 1)
    assert result.map.total[0, 0] == pytest.approx(1928, rel=0.15)
    (row,) = result.contour
    assert (row.coupling_lower, row.coupling_upper) == (3e-5, 3e-5)
    assert (row.edge_lower, row.edge_upper) == ("grid", "grid")
    assert result.signal_map["total", :, :].values().shape == (1, 1)
    assert (tmp_path / "result" / "sensitivity.png").stat().st_size > 1000


def test_a_single_event(tmp_path: Path) -> None:
    result = lvgen.run(_card(sensitivity=None, events=EVENTS | {"number": 1}), directory=tmp_path / "result")
    assert result.record is not None
    assert len(result.record) == 1
    stated = result.info["yields"]["events"]
    assert result.record.columns["weight"][0] == pytest.approx(stated["expected"], rel=1e-12)
    assert stated["overflow_events"] <= 1


# --- exposures, shapes, cuts --------------------------------------------------------------------------------------


def test_signal_goes_with_the_exposure() -> None:
    low, high = _map(detector={"exposure": "1e-12 fb^-1"}), _map(detector={"exposure": "100 ab^-1"})
    assert low.total.max() < 1e-10
    # which points matter depends on the exposure, so they are sampled differently
    inside = low.total > 1e-3 * low.total.max()
    spread = np.hypot(*(found.error["total"][inside] / found.total[inside] for found in (low, high)))
    assert np.all(np.abs(high.total[inside] / low.total[inside] / 1e17 - 1.0) < 5.0 * spread)


@pytest.mark.parametrize(
    "volume",
    [{"radius": "1 nm"}, {"length": "1 nm"}, {"front": "900 km"}, {"radius": "1000 km"}, {"front": "0 m"}],
    ids=["thin", "short", "far", "wide", "at the collision point"],
)  # fmt: skip
def test_volumes_out_of_all_proportion(volume: dict[str, str]) -> None:
    assert _map(detector={"volume": volume, "planes": []}, run={"precision": 0.3}).total.max() > 0


def test_far_from_the_axis() -> None:
    centre = ["20 m", "0 m"]
    planes = {"first": {"center": centre}, "last": {"center": centre}}
    result = _run(detector={"volume": {"center": centre}, "planes": planes}, events=EVENTS | {"coupling": 2e-5})
    assert result.map is not None
    assert 1e-6 < result.map.total.max() < 1e-3 * _map().total.max()
    assert result.record is not None
    x, y = (result.record.columns[f"vertex_{c}"] / 1000 for c in "xy")
    assert np.hypot(x - 20.0, y).max() <= 1.0
    assert result.record.columns["vertex_z"].min() >= 480e3


def test_planes_where_nothing_comes(tmp_path: Path) -> None:
    card = _card(detector={"volume": {"center": ["20 m", "0 m"]}})
    result = lvgen.run(card, directory=tmp_path / "result")
    assert result.map is not None
    assert not result.map.total.any()
    assert not any(row.excludes for row in result.contour)
    with pytest.raises(UserError, match="no signal is expected"):
        lvgen.run(card | {"events": EVENTS})


def test_a_box() -> None:
    shape = {"shape": "box", "width": "3 m", "height": "0.5 m"}
    result = _run(detector={"volume": shape, "selection": "none"}, events=EVENTS)
    assert result.record is not None
    x, y = (np.abs(result.record.columns[f"vertex_{c}"]) / 1000 for c in "xy")
    assert x.max() <= 1.5
    assert y.max() <= 0.25
    assert result.map is not None
    inside = _map(detector={"volume": {"radius": "0.25 m"}, "selection": "none"}).total
    around = _map(detector={"volume": {"radius": "1.53 m"}, "selection": "none"}).total
    peak = np.argmax(around)
    assert inside.flat[peak] < result.map.total.flat[peak] < around.flat[peak]


@pytest.mark.parametrize(
    "cuts", [{"min_momentum": "100 TeV"}, {"separation": {"plane": "last", "distance": "100 m"}}], ids=["hard", "apart"]
)
def test_cuts_that_nothing_passes(cuts: dict[str, Any]) -> None:
    assert not _map(detector={"cuts": cuts}).total.any()
    _refused("events", "no signal is expected", detector={"cuts": cuts}, sensitivity=None, events=EVENTS)


def test_cuts_take_their_share() -> None:
    free = _map().total[0]
    soft = _map(detector={"cuts": {"min_momentum": "100 GeV"}}).total[0]
    apart = _map(detector={"cuts": {"separation": {"plane": "last", "distance": "1 mm"}}}).total[0]
    best = int(np.argmax(free))
    assert 0.2 < soft[best] / free[best] < 0.95
    assert 0.02 < apart[best] / free[best] < 0.95


def test_selection_none_leaves_cuts_and_efficiency_out() -> None:
    cuts = {"min_momentum": "100 TeV"}
    none = _map(detector={"selection": "none", "cuts": cuts, "efficiency": 0.5, "channels": ["tau+ tau-"]})
    loose = _map(detector={"cuts": {"min_momentum": "0 GeV"}, "planes": []})
    half = _map(detector={"cuts": {"min_momentum": "0 GeV"}, "planes": [], "efficiency": 0.5})
    best = int(np.argmax(loose.total))
    assert none.total.flat[best] == pytest.approx(loose.total.flat[best], rel=0.15)
    np.testing.assert_allclose(half.total, 0.5 * loose.total, rtol=0.3)
    assert none.total.flat[best] > _map().total.flat[best] * 0.9


# --- statistics ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sections", "required"),
    [
        ({"sensitivity": {"confidence": 0.999}}, 6.908),
        ({"sensitivity": {"confidence": 0.95}}, 2.996),
        ({"detector": {"background": 0.1}}, 2.303),
        ({"detector": {"observed": 1}}, 3.890),
        ({"detector": {"background": 3.2, "observed": 5}}, 6.281),
        ({"detector": {"background": 1e6}}, 1646.0),
    ],
)
def test_how_many_events_exclude(sections: dict[str, Any], required: float) -> None:
    result = _run(**sections)
    assert result.map is not None
    (row,) = result.contour
    assert row.n_required == pytest.approx(required, rel=2e-3)
    between = (result.map.coupling > row.coupling_lower) & (result.map.coupling < row.coupling_upper)
    assert (result.map.total[0, between] >= required * 0.999).all()


@pytest.mark.parametrize(("background", "observed"), [(800.0, 0), (1e4, 10), (1e9, 0)])
def test_a_count_that_the_background_rules_out(background: float, observed: int) -> None:
    # the probability underflows; an answer, or a refusal, but never "0 events exclude"
    try:
        required = events_required(0.9, background, observed)
    except UserError as error:
        assert error.key in ("detector.observed", "detector.background")  # noqa: PT017 - either outcome is right
    else:
        assert 2.3 <= required < 4.0


def test_a_precision_that_cannot_be_met_ends_and_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lvgen.generation.yields.MAX_POINTS", 5000)
    found = _map(run={"precision": 2e-3})
    missed = ~found.precision_met[0]
    assert missed[found.total[0] > 2.3].all()
    assert (found.error["total"][0, missed] > 2e-3 * found.total[0, missed]).all()


# --- hadron tables of the user's own ------------------------------------------------------------------------------

Rows = list[list[float]]


def _write_rows(path: Path, change: Callable[[Rows], Any] = lambda rows: rows, norm: float = 1e11) -> None:
    """A table in FORESEE's layout: log10(theta), log10(p), pb per bin."""
    rows = []
    for theta, p in itertools.product(np.arange(-5.95, 0.0, 0.1), np.arange(0.05, 3.8, 0.1)):
        pt = 10.0 ** (p + theta)
        rows.append([float(theta), float(p), float(norm * pt**2 * math.exp(-pt / 0.3 - 10.0**p / 800))])
    lines = (" ".join(map(repr, row)) if isinstance(row, list) else row for row in change(rows))
    path.write_text("# log10(theta) log10(p) pb\n" + "\n".join(lines) + "\n")


def _table(folder: Path, *parents: str) -> dict[str, Any]:
    options = {"meson_decay": {"parents": list(parents)}} if parents else {}
    return {"processes": ["meson_decay"], "spectrum": str(folder / "table_{pdg}.txt")} | options


def test_tables_in_the_layout_of_foresee(tmp_path: Path) -> None:
    for pdg, norm in ((111, 1e11), (221, 1e10), (331, 1e9)):
        _write_rows(tmp_path / f"table_{pdg}.txt", norm=norm)
    alone, all_three = _run(production=_table(tmp_path, "pi0")), _run(production=_table(tmp_path), events=EVENTS)
    assert alone.map is not None
    assert all_three.map is not None
    assert np.isnan(all_three.map.error_spectrum["total"]).all()
    assert alone.map.total.max() < all_three.map.total.max() < 1.3 * alone.map.total.max()
    assert all_three.record is not None
    assert set(all_three.record.columns["parent_pdg"].tolist()) <= {111, 221, 331}
    double = tmp_path / "double"
    double.mkdir()
    _write_rows(double / "table_111.txt", norm=2e11)
    twice = _map(production=_table(double, "pi0"))
    np.testing.assert_allclose(twice.total, 2.0 * alone.map.total, rtol=0.3)
    best = int(np.argmax(twice.total))
    assert twice.total.flat[best] == pytest.approx(2.0 * alone.map.total.flat[best], rel=0.15)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda _: [], "holds no numbers"),
        (lambda rows: rows[:1], "at least two angles and two momenta"),
        (lambda rows: [*rows, rows[7]], "names a bin twice"),
        (lambda rows: [*rows[:5], "-5.95 0.55"], "line 7: three numbers are due"),
        (lambda rows: [*rows[:5], "-5.95 0.55 1.0 2.0"], "line 7: three numbers are due"),
        (lambda rows: [*rows[:5], "theta p w"], "line 7: not a number in 'theta p w'"),
        (lambda rows: [*rows[:-1], [*rows[-1][:2], -1.0]], "negative or non-finite"),
        (lambda rows: [*rows[:-1], [*rows[-1][:2], math.nan]], "negative or non-finite"),
        (lambda rows: [*rows[:-1], [*rows[-1][:2], math.inf]], "negative or non-finite"),
        (lambda rows: [row for row in rows if abs(row[1] - 2.05) > 1e-6], "not evenly spaced"),
        (lambda rows: [[t, p, 1e300] for t, p, _ in rows], ""),
        (lambda rows: [[p, t, w] for t, p, w in rows], ""),  # columns in another order: angles of 10^3 rad
        (lambda rows: [[t, p + 3.0, w] for t, p, w in rows], ""),  # MeV for GeV: momenta far above the beam's
    ],
)  # fmt: skip
def test_faulty_tables_in_the_layout_of_foresee(tmp_path: Path, change: Callable[[Rows], Any], what: str) -> None:
    _write_rows(tmp_path / "table_111.txt", change)
    with pytest.raises(UserError) as caught:
        _run(production=_table(tmp_path, "pi0"))
    assert caught.value.file == str(tmp_path / "table_111.txt")
    assert what in caught.value.what
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [0.0, 1e-320])
def test_tables_with_nothing_in_them(tmp_path: Path, value: float) -> None:
    _write_rows(tmp_path / "table_111.txt", lambda rows: [[t, p, value] for t, p, _ in rows])
    try:
        found = _map(production=_table(tmp_path, "pi0"))
    except UserError as error:
        assert error.file == str(tmp_path / "table_111.txt")  # noqa: PT017 - a refusal is right too
    else:
        assert found.total.max() < 1e-300


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / "table_111.txt").write_bytes(b"\xff\xfe\x00\x01" * 100)
    with pytest.raises(UserError, match=r"table_111\.txt: cannot be read as text"):
        _run(production=_table(tmp_path, "pi0"))
    with pytest.raises(UserError, match=r"production\.spectrum: .*other_\{pdg\}\.txt: there is no such spectrum file"):
        _run(production={"spectrum": str(tmp_path / "other_{pdg}.txt")})
    _write_rows(tmp_path / "table_111.txt")
    _write_rows(tmp_path / "table_221.txt", lambda rows: [row for row in rows if row[1] < 3.0])
    with pytest.raises(UserError, match=r"table_221\.txt: has another grid"):
        _run(production=_table(tmp_path, "pi0", "eta"))


def test_a_parent_without_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write_rows(tmp_path / "table_111.txt")
    card = tmp_path / "card.toml"
    from lvgen import toml

    card.write_text(toml.write(_card(production=_table(tmp_path, "pi0", "eta"))))
    for command in (["check", str(card)], ["run", str(card), "-o", str(tmp_path / "result")]):
        assert main(command) == 2
        said = capsys.readouterr().err.splitlines()
        assert len(said) == 1
        assert said[0].startswith(f"lvgen: error: {card}: production.")
        assert "'eta'" in said[0]
    assert not (tmp_path / "result").exists()


def _shipped_table() -> Any:
    import pyarrow.parquet as pq

    return pq.read_table(Path(lvgen.__file__).parent / "data" / "spectra" / "LHC-13.6TeV" / "SIBYLL-2.3d.parquet")


@pytest.mark.parametrize(
    "change",
    [{"format_version": None}, {"n_collisions": None}, {"sigma_inel_mb": None}, {"format_version": 99},
     {"log10_p_edges": [1.0, 2.0]}, {"source": "SPS-400GeV"}, {"n_collisions": 0}, {"sigma_inel_mb": -1.0}],
    ids=str,
)  # fmt: skip
def test_faulty_parquet_tables(tmp_path: Path, change: dict[str, Any]) -> None:
    import json

    import pyarrow.parquet as pq

    table = _shipped_table()
    account = json.loads(table.schema.metadata[b"lvgen.spectrum"]) | change
    account = {key: value for key, value in account.items() if value is not None}
    path = tmp_path / "table.parquet"
    pq.write_table(table.replace_schema_metadata({b"lvgen.spectrum": json.dumps(account).encode()}), path)
    with pytest.raises(UserError, match=r"table\.parquet: "):
        _run(production={"spectrum": str(path)})


# --- processes of the user's own ----------------------------------------------------------------------------------

GUN = '''
"""Bosons of one energy, evenly over the window."""
from __future__ import annotations

import numpy as np

from lvgen.production import Draws, Options, Process, ProductionChannel


class GunOptions(Options):
    energy: float = 1000.0


class Gun(ProductionChannel):
    name = "NAME"
    dimensions = 2

    def __init__(self, setup, mass):
        self.mass, self.energy = mass, setup.options.energy
        self.tangent = setup.window.parameters[2]

    def draw(self, y):
        n = len(y)
        r, phi = self.tangent * np.sqrt(y[:, 0]), 2.0 * np.pi * y[:, 1]
        ray = np.stack([r * np.cos(phi), r * np.sin(phi), np.ones(n)], axis=1)
        ray *= np.sqrt(self.energy**2 - self.mass**2) / np.linalg.norm(ray, axis=1)[:, None]
        boson = np.ascontiguousarray(np.concatenate([np.full((n, 1), self.energy), ray], axis=1))
        return Draws(boson, np.zeros((n, 4)), np.full(n, WEIGHT), np.zeros((n, 4)), np.full(n, -1, np.int64))

    def coefficient(self, coupling):
        return coupling**2


class GunProcess(Process):
    name = "NAME"
    title = "a gun"
    Options = GunOptions

    def mass_range(self, model, options):
        return 0.0, 0.5

    def channels(self, setup, mass):
        return [Gun(setup, mass)]


process = GunProcess()
'''


def _gun(folder: Path, name: str = "gun", weight: str = "1e-8") -> str:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(GUN.replace("NAME", name).replace("WEIGHT", weight))
    return str(path)


def test_a_process_of_the_users_own(tmp_path: Path) -> None:
    detector = {"selection": "none"}
    result = _run(production={"processes": [_gun(tmp_path)]}, events=EVENTS, detector=detector)
    assert result.map is not None
    assert result.map.processes == ("gun",)
    assert result.record is not None
    assert np.allclose(result.record.columns["llp_e"], 1000.0)
    assert not result.record.columns["parent_pdg"].any()
    assert np.isnan(result.map.error_spectrum["total"]).all()
    # 1e-8 g^2 bosons per collision of 1 TeV, from the table's cross-section, decay on 5 m behind 480 m
    flight = result.map.ctau[0] * 1000.0 / 0.05
    collisions = 3e6 * lvgen.spectrum("SIBYLL-2.3d", "LHC-13.6TeV").sigma_inel_pb
    expected = 1e-8 * result.map.coupling**2 * collisions * np.exp(-480.0 / flight) * -np.expm1(-5.0 / flight)
    hit = result.map.total[0] > 1e-6 * result.map.total.max()
    # the window is that of the front face; rays to its rim leave before the end
    np.testing.assert_allclose(result.map.total[0, hit], expected[hit], rtol=0.05)


def test_a_process_beside_a_built_in_one(tmp_path: Path) -> None:
    gun = _gun(tmp_path, "further_gun")
    result = _run(
        production={"processes": [gun, "meson_decay"], "further_gun": {"energy": 500.0}},
        events=EVENTS | {"number": 500},
    )
    found = result.map
    assert found is not None
    assert found.processes == ("further_gun", "meson_decay")
    np.testing.assert_allclose(found.total, found.n_signal["further_gun"] + found.n_signal["meson_decay"], rtol=1e-12)
    _refused(
        "production.further_gun.energie", "did you mean 'energy'",
        production={"processes": [gun], "further_gun": {"energie": 500.0}},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("empty", "", "must define process"),
        ("broken", "def (:\n", "SyntaxError"),
        ("needy", "import a_module_that_nobody_has\n", "ModuleNotFoundError"),
        ("leaving", "raise SystemExit(3)\n", "SystemExit"),
        ("meson_decay", GUN, "already registered"),
        ("other_name", GUN.replace("NAME", "gun").replace("WEIGHT", "1.0"), "named 'other_name'"),
        ("total", GUN.replace("NAME", "total").replace("WEIGHT", "1.0"), ""),
    ],
)
def test_files_that_are_no_processes(tmp_path: Path, name: str, content: str, what: str) -> None:
    path = tmp_path / f"{name}.py"
    path.write_text(content)
    with pytest.raises(UserError) as caught:
        _run(production={"processes": [str(path)]})
    assert "production.processes" in str(caught.value)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_process_file_is_an_ordinary_module(tmp_path: Path) -> None:
    # dataclasses look their module up by its name
    path = Path(_gun(tmp_path, "tidy_gun"))
    extra = (
        "from dataclasses import dataclass\n\n\n@dataclass\nclass Beam:\n    energy: float\n    spread: float = 1.0\n"
    )
    path.write_text(f"{path.read_text()}\n{extra}")
    assert _map(production={"processes": [str(path)]}).processes == ("tidy_gun",)


def test_a_process_file_that_was_edited_is_read_again(tmp_path: Path) -> None:
    production = {"processes": [_gun(tmp_path, "edited_gun", "1e-8")]}
    before = _map(production=production).total
    _gun(tmp_path, "edited_gun", "2e-8")
    np.testing.assert_allclose(_map(production=production).total, 2.0 * before, rtol=1e-12)


def test_two_processes_of_one_name(tmp_path: Path) -> None:
    processes = [_gun(tmp_path / "a", "twin"), _gun(tmp_path / "b", "twin")]
    with pytest.raises(UserError, match=r"production\.processes"):
        _run(production={"processes": processes})


@pytest.mark.parametrize(("name", "weight"), [("nan", "np.nan"), ("negative", "-1e-8"), ("infinite", "np.inf")])
@pytest.mark.parametrize("stage", ["map", "events"])
def test_weights_that_are_no_weights(tmp_path: Path, name: str, weight: str, stage: str) -> None:
    gun = _gun(tmp_path, f"{name}_{stage}", weight)
    sections: dict[str, Any] = {} if stage == "map" else {"sensitivity": None, "events": EVENTS}
    with pytest.raises(UserError, match=f"{name}_{stage}"):
        _run(production={"processes": [gun]}, **sections)


def test_an_empty_list_of_parents() -> None:
    _refused("production.meson_decay.parents", "", production={"meson_decay": {"parents": []}})
