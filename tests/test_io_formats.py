"""Event files: what is written comes back, whatever the format, and what is no event file is refused in words."""

from __future__ import annotations

import gzip
import itertools
import json
import subprocess
import sys

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot

from lvgen.errors import UserError
from lvgen.io import event_formats, formats
from lvgen.io.record import EVENT_COLUMNS, PARTICLE_COLUMNS, EventRecord

SUFFIXES = [".root", ".parquet", ".hepmc3", ".hepmc3.gz", ".nuhepmc", ".csv", ".csv.gz", ".hepmc2"]
#: all endings of the formats that keep the order of the particles
EXACT = [
    suffix for suffix in formats.format_suffixes() if formats.format_for(suffix).name in formats.readable_formats()
]
EXACT = [suffix for suffix in EXACT if "hepmc2" not in suffix]


@pytest.mark.parametrize("suffix", EXACT)
def test_a_record_comes_back_bit_by_bit(record, suffix, tmp_path, assert_same_record):
    path = tmp_path / f"events{suffix}"
    formats.write_events(record, path)
    assert_same_record(record, formats.read_events(path))
    beside = [f"{path.name}.json"] if formats.format_for(path).sidecar else []
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, *beside]


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s != ".hepmc2"])
def test_bosons_that_leave_undecayed_come_back(make_record, suffix, tmp_path, assert_same_record):
    for topology in ("escaped", "two_body"):
        record = make_record(topology)
        formats.write_events(record, tmp_path / f"{topology}{suffix}")
        assert_same_record(record, formats.read_events(tmp_path / f"{topology}{suffix}"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_events_are_events_too(make_record, suffix, tmp_path, assert_same_record):
    empty = make_record("two_body").slice(0, 0)
    formats.write_events(empty, tmp_path / f"events{suffix}")
    assert_same_record(empty, formats.read_events(tmp_path / f"events{suffix}"))


@pytest.mark.parametrize(
    ("source", "target"), list(itertools.permutations([".root", ".parquet", ".hepmc3", ".csv"], 2))
)
def test_convert_between_all_pairs(make_record, source, target, tmp_path, assert_same_record):
    record = make_record("mixed", n=8)
    formats.write_events(record, tmp_path / f"in{source}")
    assert formats.convert(tmp_path / f"in{source}", tmp_path / f"out{target}") == 8
    assert_same_record(record, formats.read_events(tmp_path / f"out{target}"))


@pytest.mark.parametrize(
    "suffix",
    [s for s in formats.format_suffixes() if not s.endswith(".root")],
)
def test_equal_records_give_equal_bytes(make_record, suffix, tmp_path):
    for name in ("a", "b"):
        formats.write_events(make_record("mixed", n=8), tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_root_file_is_a_ttree_with_one_counter(make_record, tmp_path):
    record = make_record("mixed", n=12)
    formats.write_events(record, tmp_path / "e.root")
    with uproot.open(tmp_path / "e.root") as file:
        assert file.classnames(cycle=False) == {"events": "TTree", "metadata": "TObjString"}
        tree = file["events"]
        blocks = [f"particle_{name}" for name in PARTICLE_COLUMNS]
        assert tree.keys() == [*EVENT_COLUMNS, "nparticle", *blocks]
        leaves = {name: tree[name].member("fLeaves")[0] for name in blocks}
        assert {leaf.member("fLeafCount").member("fName") for leaf in leaves.values()} == {"nparticle"}
        assert leaves["particle_px"].member("fTitle") == "particle_px[nparticle]"
        np.testing.assert_array_equal(tree["nparticle"].array(library="np"), record.counts)
        assert json.loads(str(file["metadata"]))["channels"]["0"] == "e+ e-"


def test_root_file_of_many_chunks(make_record, tmp_path, monkeypatch, assert_same_record):
    monkeypatch.setattr("lvgen.io.event_formats.root._CHUNK", 3)
    record = make_record("mixed", n=50)
    formats.write_events(record, tmp_path / "e.root")
    assert_same_record(record, formats.read_events(tmp_path / "e.root"))


def test_parquet_columns_are_those_of_the_events_in_memory(make_record, tmp_path):
    record = make_record("mixed", n=8)
    formats.write_events(record, tmp_path / "e.parquet")
    events = record.to_awkward()
    stored = ak.from_parquet(tmp_path / "e.parquet")
    assert stored.fields == [*EVENT_COLUMNS, *(f"particle_{name}" for name in PARTICLE_COLUMNS)]
    for name in stored.fields:
        assert stored[name].type == events[name].type
        assert ak.array_equal(stored[name], events[name])
    assert json.loads(pq.read_schema(tmp_path / "e.parquet").metadata[b"metadata"])["seed"] == 2**63 + 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_truncated_files_are_refused(make_record, suffix, tmp_path):
    path = tmp_path / f"events{suffix}"
    formats.write_events(make_record("mixed", n=40), path)
    whole = path.read_bytes()
    for share in (0.0, 0.001, 0.3, 0.6, 0.9, 0.995):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(UserError) as caught:
            formats.read_events(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "content", [b"", b"text\nof no kind\n", bytes(range(256)) * 40, gzip.compress(b"text", mtime=0)]
)
def test_foreign_files_are_refused(suffix, content, tmp_path):
    path = tmp_path / f"events{suffix}"
    path.write_bytes(content)
    with pytest.raises(UserError, match="events"):
        formats.read_events(path)


def test_tables_and_trees_of_others_are_refused(make_record, tmp_path):
    table = pq.read_table
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("events", {"x": np.dtype("f8")})
        file["metadata"] = "{}"
    with uproot.recreate(tmp_path / "b.root") as file:
        file["events"] = {"x": np.arange(3.0)}
    formats.write_events(make_record("two_body"), tmp_path / "e.parquet")
    pq.write_table(table(tmp_path / "e.parquet").drop_columns(["weight"]), tmp_path / "a.parquet")
    pq.write_table(table(tmp_path / "e.parquet").replace_schema_metadata(None), tmp_path / "b.parquet")
    for name, what in (
        ("a.root", "branches event"),
        ("b.root", "no TTree"),
        ("a.parquet", "weight"),
        ("b.parquet", "meta"),
    ):
        with pytest.raises(UserError, match=what):
            formats.read_events(tmp_path / name)


def test_names_of_formats_and_files(tmp_path):
    known = formats.format_names()
    assert known == sorted(known)
    assert {"hepmc2", "hepmc3", "nuhepmc", "root", "parquet", "csv", "lhe", "fairship", "acts_csv"} < set(known)
    assert formats.format_for("a.fairship.root").name == "fairship"
    assert formats.format_for("a.nuhepmc.hepmc3.gz").name == "nuhepmc"
    assert formats.format_for("A/B.HepMC3.GZ").name == "hepmc3"
    assert formats.event_file_name("parquet") == "events.parquet"
    with pytest.raises(UserError, match="did you mean 'hepmc' or 'hepmc3' or 'hepmc2'"):
        formats.event_file_name("hepmc4")
    with pytest.raises(UserError, match=r"events.txt: no event format.*\.hepmc3\.gz.*\.parquet.*\.root"):
        formats.format_for("events.txt")
    with pytest.raises(UserError, match="no such file"):
        formats.read_events(tmp_path / "missing.root")
    (tmp_path / "folder.root").mkdir()
    with pytest.raises(UserError, match="is a directory"):
        formats.read_events(tmp_path / "folder.root")


def test_convert_refuses_an_unknown_target_before_it_reads(tmp_path):
    with pytest.raises(UserError, match=r"out\.xyz"):
        formats.convert(tmp_path / "missing.root", tmp_path / "out.xyz")
    with pytest.raises(UserError, match="unknown event format 'fairsip'; did you mean 'fairship'"):
        formats.convert(tmp_path / "missing.root", tmp_path / "out.root", to="fairsip")


def test_convert_refuses_to_write_over_its_source(make_record, tmp_path):
    path = tmp_path / "e.root"
    formats.write_events(make_record("two_body"), path)
    with pytest.raises(UserError, match="both"):
        formats.convert(path, tmp_path / "." / "e.root")


def test_a_further_format_is_one_new_module(make_record, tmp_path, monkeypatch):
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "weights.py").write_text(
        "from lvgen.io.event_formats import EventFormat\n"
        "def write(record, path): path.write_text(repr(record.columns['weight'].sum()))\n"
        "FORMAT = EventFormat('weights', ('.weights',), write, None, 'sum of weights')\n"
    )
    monkeypatch.setattr(event_formats, "__path__", [*event_formats.__path__, str(folder)])
    formats.known_formats.cache_clear()
    try:
        assert "weights" in formats.format_names()
        formats.write_events(make_record("two_body"), tmp_path / "e.weights")
        assert (tmp_path / "e.weights").read_text()
    finally:
        sys.modules.pop("lvgen.io.event_formats.weights", None)
        formats.known_formats.cache_clear()


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_is_left_where_the_disk_is_full(make_record, suffix, tmp_path):
    path = tmp_path / f"events{suffix}"
    path.write_text("what was there before")
    with pytest.raises(UserError, match="cannot be written: File too large") as caught:
        formats.write_events(make_record("mixed", n=400), path)
    assert caught.value.file == str(path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "what was there before"


def test_listing_formats_imports_no_heavy_library():
    heavy = {"awkward", "matplotlib", "pyarrow", "pyhepmc", "uproot", "vector"}
    code = f"import sys, lvgen.io.formats as f; f.format_names(); print(sorted({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_metadata_must_be_a_table(make_record):
    record = make_record("two_body")
    with pytest.raises(ValueError, match="metadata are a list"):
        EventRecord(record.columns, record.counts, record.particles, [1])
