"""Events made ready for other programs: number, frame, clock and count of a target, from card to file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyhepmc
import pytest
import uproot

import lvgen
from lvgen.cli.main import main
from lvgen.errors import UserError
from lvgen.io import formats
from lvgen.io import record as record_module
from lvgen.io.particle_lines import PROGRAMS, Boson, boson_of, particle_lines
from lvgen.io.placement import PlacedEvents, Placement, placed, target_placement
from lvgen.io.record import EventRecord, concatenate
from lvgen.io.targets import load_target, target_names
from lvgen.runcard import load_card

Make = Callable[..., EventRecord]
CARD: dict[str, Any] = {
    "model": {"name": "dark_photon", "mass": "50 MeV", "coupling": 3e-5},
    "production": {"processes": ["meson_decay"]},
    "detector": {"name": "FASER2"},
    "events": {"number": 50},
}


def with_events(**entries: Any) -> dict[str, Any]:
    """The card with further entries of [events]."""
    return CARD | {"events": CARD["events"] | entries}


def test_a_target_sets_format_number_and_count(tmp_path: Path) -> None:
    run = lvgen.run(with_events(target="nuhepmc", pdg_id=4900022), seed=3, directory=tmp_path / "run")
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == ["events.nuhepmc", "run.json"]
    with pyhepmc.open(tmp_path / "run" / "events.nuhepmc") as file:
        events = list(file)
    assert [event.event_number for event in events] == list(range(1, 51))
    assert all(4900022 in [p.pid for p in event.particles] for event in events)
    assert run.record.metadata["target"] == "nuhepmc"
    assert run.record.metadata["llp_pdg"] == 4900022
    assert run.record.columns["llp_pdg"].tolist() == [4900022] * 50
    stored = json.loads((tmp_path / "run" / "run.json").read_text())
    assert stored["boson"]["llp_pdg"] == 4900022
    assert boson_of(tmp_path / "run").mass == 0.05


def test_what_cannot_be_read_back_gets_company(tmp_path: Path) -> None:
    card = load_card(with_events(target="fairship"))
    assert card.events.formats == ("fairship", "parquet")
    run = lvgen.run(card, seed=3, directory=tmp_path / "run")
    with uproot.open(tmp_path / "run" / "events.fairship.root") as file:
        tree = file["LLP_tree"].arrays(library="np")
    assert set(tree["pdg_llp"]) == {9900015.0}
    np.testing.assert_allclose(tree["vz"], 1e-3 * run.record.columns["vertex_z"])
    assert tree["decay_prob"].sum() == pytest.approx(run.record.metadata["sum_weights"])
    again = lvgen.run(card, seed=3, directory=tmp_path / "run")
    assert len(again.events) == 50
    only = lvgen.run(with_events(formats=["lhe"]), seed=3, directory=tmp_path / "lhe")
    with pytest.raises(UserError, match="do not keep enough"):
        only.events  # noqa: B018 - looked at for its refusal


def test_a_run_in_memory_and_one_in_files_are_placed_alike(tmp_path: Path) -> None:
    card = with_events(shift=["0 m", "1 m", "-480 m"], time_offset="26 ns", formats=["parquet"])
    plain = lvgen.run(CARD, seed=3).record
    memory = lvgen.run(card, seed=3).record
    files = lvgen.run(card, seed=3, directory=tmp_path / "run").record
    for name, values in memory.columns.items():
        np.testing.assert_array_equal(files.columns[name], values)
    for prefix in ("vertex", "origin"):
        moved = {c: memory.columns[f"{prefix}_{c}"] - plain.columns[f"{prefix}_{c}"] for c in "xyzt"}
        for c, value in {"x": 0.0, "y": 1e3, "z": -480e3, "t": 26e-9 * 299792458e3}.items():
            np.testing.assert_allclose(moved[c], value, atol=1e-6)
    np.testing.assert_allclose(memory.particles["z"] - plain.particles["z"], -480e3, atol=1e-6)
    np.testing.assert_array_equal(memory.particles["pz"], plain.particles["pz"])
    assert memory.metadata["transform"] == "shifted by (0, 1, -480) m, then times later by 2.6e-08 s"
    assert memory.metadata["transform_shift_mm"] == [0.0, 1e3, -480e3]


def test_a_rotation_keeps_angles_and_turns_beams(make_record: Make) -> None:
    record = make_record("mixed", n=10)
    turned = concatenate(list(placed(record, Placement(axis="y", angle=0.5 * np.pi)).pieces()))
    # about y, right-handed: z goes to x, x to -z
    np.testing.assert_allclose(turned.columns["llp_px"], record.columns["llp_pz"])
    np.testing.assert_allclose(turned.columns["llp_pz"], -record.columns["llp_px"], atol=1e-12)
    np.testing.assert_allclose(turned.columns["vertex_x"], record.columns["vertex_z"])
    np.testing.assert_allclose(turned.particles["px"], record.particles["pz"], rtol=1e-12)
    assert turned.metadata["beams"][0]["px"] == pytest.approx(6799.99993526)
    for axis in "xyz":
        for angle in (0.0, 0.3, -2.0):
            matrix = Placement(axis=axis, angle=angle).rotation
            np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-15)
            assert np.linalg.det(matrix) == pytest.approx(1.0)


def test_the_inverse_transform_of_the_metadata_gives_the_events_back(make_record: Make) -> None:
    record = make_record("cascade", n=6)
    placement = Placement(axis="x", angle=0.0415, shift=(1.0, -2.0, -480.0), time_offset=1e-9)
    moved = next(iter(placed(record, placement).pieces()))
    matrix, shift = np.array(moved.metadata["transform_matrix"]), np.array(moved.metadata["transform_shift_mm"])
    for kind, point in ((moved.columns, "vertex_"), (moved.particles, "")):
        there = np.stack([kind[f"{point}{c}"] for c in "xyz"])
        mine = record.columns if point else record.particles
        back = matrix.T @ (there - shift[:, None])
        np.testing.assert_allclose(back, np.stack([mine[f"{point}{c}"] for c in "xyz"]), atol=1e-6)
        late = kind[f"{point}t"] - moved.metadata["transform_time_mm"]
        np.testing.assert_allclose(late, mine[f"{point}t"], atol=1e-6)


def test_events_are_not_made_ready_twice(make_record: Make) -> None:
    once = next(iter(placed(make_record("two_body"), target_placement("nuhepmc")).pieces()))
    with pytest.raises(UserError, match=r"already made ready \(nuhepmc\)"):
        placed(once, target_placement("fairship"))


def test_escaped_bosons_are_dropped_with_their_weight(make_record: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    record = concatenate([make_record("escaped", n=3), make_record("two_body", n=4), make_record("escaped", n=5)])
    monkeypatch.setattr(record_module, "PIECE_EVENTS", 3)
    events = placed(record, Placement(drop_escaped=True, first_event=10))
    assert isinstance(events, PlacedEvents)
    kept = concatenate(list(events.pieces()))
    assert len(events) == len(kept) == 4
    assert np.concatenate([p.columns["event"] for p in events.pieces()]).tolist() == [10, 11, 12, 13]
    assert events.metadata["sum_weights"] == pytest.approx(record.columns["weight"][3:7].sum())
    assert (events.metadata["n_events"], events.metadata["dropped_events"]) == (4, 8)
    none = placed(make_record("escaped", n=2), Placement(drop_escaped=True))
    assert [len(piece) for piece in none.pieces()] == [0]


def test_escaped_bosons_are_final_without_an_end(make_record: Make, tmp_path: Path) -> None:
    formats.write_events(make_record("escaped"), tmp_path / "e.hepmc3")
    with pyhepmc.open(tmp_path / "e.hepmc3") as file:
        for event in file:
            (boson,) = [p for p in event.particles if p.pid == 32]
            assert (boson.status, boson.end_vertex) == (1, None)


@pytest.mark.parametrize("name", target_names())
def test_every_target_writes_what_it_names(name: str, make_record: Make, tmp_path: Path) -> None:
    target = load_target(name)
    record = make_record("two_body")
    events = placed(record, target_placement(name))
    for format_name in target.formats:
        path = tmp_path / formats.event_file_name(format_name)
        formats.write_events(events, path)
        names = formats.event_file_names([format_name], sidecar=target.sidecar)
        assert sorted(file.name for file in tmp_path.iterdir()) == sorted(names)


@pytest.mark.parametrize(
    ("entries", "key", "what"),
    [
        ({"target": "fairsip"}, "events.target", "did you mean 'fairship'"),
        ({"pdg_id": 11}, "events.pdg_id", "taken by e-"),
        ({"pdg_id": 0}, "events.pdg_id", "no PDG id"),
        ({"pdg_id": 2**40}, "events.pdg_id", "no PDG id"),
        ({"pdg_id": "32"}, "events.pdg_id", "where a PDG id is due"),
        ({"shift": ["0 m"]}, "events.shift", "three lengths"),
        ({"shift": [0, 0, 1]}, "events.shift", "has no unit"),
        ({"rotation": {"axis": "w", "angle": "1 mrad"}}, "events.rotation.axis", "'w'"),
        ({"rotation": {"axis": "y"}}, "events.rotation.angle", "missing"),
        ({"time_offset": "3 m"}, "events.time_offset", "wrong unit"),
        ({"first_event": -1}, "events.first_event", "not between"),
        ({"drop_escaped": 1}, "events.drop_escaped", "true or false"),
        ({"tarjet": "acts"}, "events.tarjet", "did you mean 'target'"),
    ],
)
def test_wrong_entries_are_refused_by_their_key(entries: dict[str, Any], key: str, what: str) -> None:
    with pytest.raises(UserError) as refused:
        load_card(with_events(**entries))
    assert refused.value.key == key
    assert what in refused.value.what


def test_the_card_comes_back_from_its_own_text() -> None:
    entries = {
        "target": "basf2", "pdg_id": 55, "shift": ["1 cm", "0 m", "-3 m"], "time_offset": "2 ns", "first_event": 7,
        "rotation": {"axis": "y", "angle": "41.5 mrad"}, "drop_escaped": True,
    }  # fmt: skip
    card = load_card(with_events(**entries))
    again = load_card(card.as_table())
    assert again.canonical_toml() == card.canonical_toml()
    assert again.events.placement == card.events.placement
    assert card.events.placement == Placement(
        "basf2", 55, "y", 0.0415, (0.01, 0.0, -3.0), 2e-9, first_event=7, drop_escaped=True
    )
    plain = load_card(CARD)
    assert set(plain.as_table()["events"]) == {"number", "mass", "coupling", "formats"}


BOSON = Boson(9900015, "lvgen_V", 0.05, 1.973269804593025e-16 / 0.02, 0.02, 1)


def test_ddsim_reads_the_line() -> None:
    """As DD4hep's Geant4ExtraParticles: blank-separated pdg, name, charge, mass, width, lifetime; // comments."""
    comment, line = particle_lines(BOSON, "ddsim")
    assert comment.startswith("//")
    pdg, name, charge, mass, width, lifetime = line.split()
    assert (int(pdg), name, int(charge), float(mass)) == (9900015, "lvgen_V", 0, 0.05)
    assert float(width) > 0  # else it would be stable
    assert float(lifetime) == pytest.approx(20.0)
    assert float(width) * float(lifetime) * 1e-3 == pytest.approx(1.973269804593025e-16)


def test_pythia8_line_has_its_ten_words() -> None:
    words = particle_lines(BOSON, "pythia8")[0].split("= ")[1].split()
    assert words[:5] == ["lvgen_V", "void", "3", "0", "0"]
    assert [float(word) for word in words[5:]] == pytest.approx([0.05, BOSON.width, 0.0, 0.0, 20.0])


def test_stable_bosons_are_said_to_be_stable() -> None:
    stable = dataclasses.replace(BOSON, ctau=np.inf, width=0.0)
    assert ", true, -1.000000000e+00*ns" in particle_lines(stable, "geant4")[1]
    assert particle_lines(stable, "ddsim")[1].split()[-2:] == ["0.000000000e+00", "0.000000000e+00"]
    assert ", True, " in particle_lines(stable, "fairship")[0]


def test_an_event_file_is_enough_to_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the target made of the events: the card in them asks for the same."""
    monkeypatch.chdir(tmp_path)
    card = with_events(target="basf2", shift=["0 m", "0 m", "1 m"])
    lvgen.run(card, seed=3, directory="run")
    assert main(["rerun", "run/events.hepmc2", "-o", "again", "-q"]) == 0
    for name in ("events.hepmc2", "events.hepmc2.json"):
        assert Path("run", name).read_bytes() == Path("again", name).read_bytes()
    # both files are known as the run's own
    assert json.loads(Path("run/run.json").read_text())["files"] == ["events.hepmc2", "events.hepmc2.json"]
    lvgen.run(with_events(formats=["parquet"]), seed=4, directory="again", overwrite=True)
    assert sorted(file.name for file in Path("again").iterdir()) == ["events.parquet", "run.json"]


def test_particle_table_and_convert_on_the_command_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lvgen.run(with_events(formats=["parquet"]), seed=3, directory="run")
    tables = []
    for source in ("run", "run/run.json", "run/events.parquet"):
        assert main(["particle-table", source, "--for", "ddsim"]) == 0
        tables.append(capfd.readouterr().out)
    assert tables[0] == tables[1] == tables[2]
    assert tables[0].splitlines()[1].split()[0] == "32"
    for program in PROGRAMS:
        assert main(["particle-table", "run", "--for", program, "--pdg-id", "55"]) == 0
        assert "55" in capfd.readouterr().out
    assert main(["particle-table", "run", "--for", "dsim"]) == 2
    assert "did you mean 'ddsim'" in capfd.readouterr().err
    assert main(["convert", "run/events.parquet", "ship.root", "--target", "fairship"]) == 0
    with uproot.open("ship.root") as file:
        assert file["LLP_tree"]["pdg_llp"].array(library="np")[0] == 9900015
    assert main(["convert", "run/events.parquet", "acts.hepmc3", "--target", "acts"]) == 0
    assert json.loads(Path("acts.hepmc3.json").read_text())["num_events"] == 50
    assert main(["convert", "run/events.parquet", "e.txt", "--to", "basf2_hepevt"]) == 0
    assert Path("e.txt").read_text().startswith("0 ")
    capfd.readouterr()
    assert main(["show", "fairship"]) == 0
    shown = capfd.readouterr().out
    assert "LLP_tree" in shown
    assert 'events.target = "fairship"' in shown
