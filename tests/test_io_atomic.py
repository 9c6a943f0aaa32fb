"""Files are whole or absent."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from lvgen.errors import UserError
from lvgen.io.atomic import TEMPORARY_PREFIX, atomic_path, make_directory, remove_temporaries, write_text
from lvgen.io.jsontext import jsonable, read_json, write_json


def _names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_file_appears_only_at_the_end(tmp_path):
    with atomic_path(tmp_path / "a.hepmc3.gz") as temporary:
        temporary.write_text("new")
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(TEMPORARY_PREFIX)
        assert temporary.suffixes[-2:] == [".hepmc3", ".gz"]
        assert not (tmp_path / "a.hepmc3.gz").exists()
    assert _names(tmp_path) == ["a.hepmc3.gz"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("x"), UserError("y"), SystemExit(1)])
def test_whatever_interrupts_leaves_what_was_there(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def interrupted() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(type(error)):
        interrupted()
    assert _names(tmp_path) == ["a.txt"]
    assert path.read_text() == "old"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_disk_errors_name_the_path_and_the_cause(tmp_path, monkeypatch, code, step):
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os if step == "fsync" else Path, step, fail)
    with pytest.raises(UserError) as caught:
        write_text(tmp_path / "a.txt", "text")
    assert str(caught.value) == f"{tmp_path / 'a.txt'}: cannot be written: {os.strerror(code)}"
    assert _names(tmp_path) == []


def test_a_full_device_is_reported():
    with pytest.raises(UserError, match=r"/dev/full: cannot be written: No space left on device"):
        write_text("/dev/full", "x" * 100_000)


def test_places_where_no_file_can_be(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="it is a directory"):
        write_text(tmp_path, "x")
    with pytest.raises(UserError, match="there is no directory"):
        write_text(tmp_path / "missing" / "a.txt", "x")
    with pytest.raises(UserError, match="cannot be written"):
        make_directory(tmp_path / "file" / "below")
    assert make_directory(tmp_path / "a" / "b").is_dir()


def test_links_and_devices_stay_what_they_are(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"
    write_text(os.devnull, "gone")
    assert Path(os.devnull).is_char_device()


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "a.txt", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640


def test_leftovers_of_killed_runs_can_be_removed(tmp_path):
    (tmp_path / f"{TEMPORARY_PREFIX}1234-a.root").write_text("half")
    (tmp_path / "a.root").write_text("whole")
    assert remove_temporaries(tmp_path) == 1
    assert _names(tmp_path) == ["a.root"]


def test_json_is_plain_and_sorted(tmp_path):
    value = {"b": np.float64(0.1), "a": [np.inf, np.int64(3), None, True], "c": np.array([1.0, np.nan]), "π": Path("x")}
    write_json(tmp_path / "a.json", value)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert read_json(tmp_path / "a.json") == {"a": [None, 3, None, True], "b": 0.1, "c": [1.0, None], "π": "x"}
    assert text.endswith("}\n")
    assert list(json.loads(text)) == sorted(json.loads(text))
    with pytest.raises(TypeError, match="set has no JSON form"):
        jsonable({"a": {1}})


def test_json_that_cannot_be_read(tmp_path):
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.json").write_bytes(b"\xff\xfe")
    for name in ("a.json", "b.json"):
        with pytest.raises(UserError, match=f"{name}: is not a JSON file"):
            read_json(tmp_path / name)
    with pytest.raises(UserError, match="No such file"):
        read_json(tmp_path / "c.json")
