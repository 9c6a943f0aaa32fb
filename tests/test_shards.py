"""A run in blocks gives what the run in one piece gives; blocks that do not belong together are refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen import shards, toml
from lvgen.cli.main import main
from lvgen.errors import UserError
from lvgen.generation import events
from lvgen.io.formats import read_events
from lvgen.runcard import load_card
from lvgen.shards import Block, parse_block
from lvgen.work import tasks

CARD: dict[str, Any] = {
    "model": {
        "name": "dark_photon",
        "mass": {"min": "20 MeV", "max": "0.4 GeV", "points": 7},
        "coupling": {"min": 1e-8, "max": 1e-3, "points": 15},
    },
    "production": {"processes": ["meson_decay"]},
    "detector": {"name": "FASER2"},
    "events": {"number": 5000, "mass": "0.3 GeV", "coupling": 3e-6, "formats": ["parquet", "root"]},
    "sensitivity": {},
    "run": {"seed": 11, "precision": 0.05},
}
EXACT = ("contour.csv", "events.parquet", "sensitivity.pdf", "sensitivity.png", "signal_map.parquet")
N = 8


@pytest.fixture(scope="module", autouse=True)
def small_blocks() -> Iterator[None]:
    """Blocks of events of a tenth of the size, so that few events are in many of them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(events, "_BLOCK_POINTS", 4000)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds ``card.toml``, its result ``whole`` and its blocks ``1`` to ``8``; not to be changed."""
    place = tmp_path_factory.mktemp("shards")
    (place / "card.toml").write_text(toml.write(CARD))
    lvgen.run(place / "card.toml", directory=place / "whole", workers=2)
    for number in range(N):  # as a batch system counts
        code = main(["run", str(place / "card.toml"), "--block", f"{number}/{N}", "-o", f"{place}/{number or N}", "-q"])
        assert code == 0
    return place


def _all(folder: Path) -> list[str]:
    return [str(folder / str(number)) for number in range(1, N + 1)]


def test_eight_blocks_give_what_one_process_gives(folder: Path, tmp_path: Path) -> None:
    assert main(["merge", *reversed(_all(folder)), "-o", str(tmp_path / "merged"), "-q"]) == 0
    whole, merged = folder / "whole", tmp_path / "merged"
    assert sorted(path.name for path in merged.iterdir()) == sorted(path.name for path in whole.iterdir())
    for name in EXACT:
        assert (merged / name).read_bytes() == (whole / name).read_bytes()
    mine, other = read_events(merged / "events.root"), read_events(whole / "events.root")
    assert len(mine) == 5000
    for name in other.columns:
        np.testing.assert_array_equal(mine.columns[name], other.columns[name])
    for name in other.particles:
        np.testing.assert_array_equal(mine.particles[name], other.particles[name])
    infos = [json.loads((at / "run.json").read_text()) for at in (whole, merged)]
    assert infos[0] | {"timings": None} == infos[1] | {"timings": None}
    # a merged folder is a result like any other
    assert lvgen.run(folder / "card.toml", directory=merged).record is not None


def test_a_merge_computes_nothing_that_a_block_has(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    performed: list[tuple[str, int]] = []
    perform = tasks.Tasks.perform
    monkeypatch.setattr(
        tasks.Tasks, "perform", lambda self, kind, index: performed.append((kind, index)) or perform(self, kind, index)
    )
    shards.merge([Path(at) for at in _all(folder)], tmp_path / "merged", workers=1)
    # blocks of events that fluctuations ask for are all that may be lacking
    assert all(kind == "events" for kind, _ in performed)
    assert len(performed) <= 2


def test_a_damaged_bundle_costs_its_tasks_only(folder: Path, tmp_path: Path) -> None:
    blocks = [Path(shutil.copytree(at, tmp_path / Path(at).name)) for at in _all(folder)]
    content = bytearray((blocks[2] / "pieces.zip").read_bytes())
    content[200:260] = bytes(60)
    (blocks[2] / "pieces.zip").write_bytes(bytes(content))
    shards.merge(blocks, tmp_path / "merged", workers=1)
    for name in EXACT:
        assert (tmp_path / "merged" / name).read_bytes() == (folder / "whole" / name).read_bytes()


def test_an_interrupted_merge_resumes(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    blocks = [Path(at) for at in _all(folder)]
    with monkeypatch.context() as patched:
        patched.setattr("lvgen.conductor._write", interrupt)
        with pytest.raises(KeyboardInterrupt):
            shards.merge(blocks, tmp_path / "merged", workers=1)
    assert {path.name for path in (tmp_path / "merged").iterdir()} == {".lvgen"}
    shards.merge(blocks, tmp_path / "merged", workers=1)
    assert (tmp_path / "merged" / "contour.csv").read_bytes() == (folder / "whole" / "contour.csv").read_bytes()


def _refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 2
    said = capsys.readouterr().err
    assert said.count("lvgen: error: ") == 1
    return said.rsplit("lvgen: error: ", 1)[1].rstrip()


def test_blocks_that_do_not_make_a_run(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "merged")
    all_, card = _all(folder), str(folder / "card.toml")
    assert _refusal(capsys, "merge", *all_[:3], *all_[5:], "-o", out) == (
        "of the 8 blocks of this run 2 are missing: 4, 5"
    )
    assert _refusal(capsys, "merge", *all_, all_[1], "-o", out) == (
        f"{all_[1]}: block 2/8 is there twice, also in {all_[1]}"
    )
    whole = str(folder / "whole")
    assert _refusal(capsys, "merge", all_[0], whole, "-o", out).startswith(f"{whole}: holds no block of a run")
    assert "there is no such folder" in _refusal(capsys, "merge", str(tmp_path / "none"), "-o", out)
    for change, what in ((["--seed", "12"], "its seed differs"), (["--set", "run.precision=0.06"], "its card differs")):
        other = str(tmp_path / what)
        assert main(["run", card, "--block", "2/8", "-o", other, "-q", *change]) == 0
        assert _refusal(capsys, "merge", all_[0], other, "-o", out) == (
            f"{other}: belongs to another run than {all_[0]}: {what}"
        )
    third = str(tmp_path / "third")
    assert main(["run", card, "--block", "4/9", "-o", third, "-q"]) == 0
    assert "is block 4/9, of another number of blocks than" in _refusal(capsys, "merge", all_[0], third, "-o", out)
    assert not Path(out).exists()


def test_a_folder_of_another_block_is_not_overwritten(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card, taken = str(folder / "card.toml"), str(folder / "1")
    assert "holds results of block 1/8 of this card" in _refusal(capsys, "run", card, "--block", "2/8", "-o", taken)
    assert "holds results of block 1/8 of this card" in _refusal(capsys, "run", card, "-o", taken)
    whole = str(folder / "whole")
    assert "holds results of this card in one piece" in _refusal(capsys, "run", card, "--block", "1/8", "-o", whole)
    assert main(["run", card, "--block", "1/8", "-o", taken]) == 0
    assert "complete already, block 1/8" in capsys.readouterr().err
    assert "is of one block of a run" in _refusal(capsys, "rerun", taken, "-o", str(tmp_path / "again"))
    no_seed = tmp_path / "card.toml"
    no_seed.write_text(toml.write(CARD | {"run": {}}))
    assert "--block: a run in blocks needs a seed" in _refusal(capsys, "run", str(no_seed), "--block", "1/8")


@pytest.mark.parametrize(
    "text", ["", "3", "3/", "9/8", "0/0", "-1/8", "1.0/8", "1/8/2", "a/b", " 1/8", "1/99999999", "١/8"]
)
def test_what_is_no_block(text: str) -> None:
    with pytest.raises(UserError, match="is no block of a run; i/N is due"):
        parse_block(text)


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 1000])
def test_blocks_share_all_tasks(n: int) -> None:
    shares = [Block(number, 8).share(n) for number in range(1, 9)]
    assert sorted(index for share in shares for index in share) == list(range(n))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_status(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", str(folder / "whole"), str(folder / "3")]) == 0
    whole, block = capsys.readouterr().out.splitlines()
    assert whole.startswith(f"{folder / 'whole'}: complete, took ")
    assert block == f"{folder / '3'}, block 3/8: complete"
    card = load_card(CARD)
    done: list[int] = []
    real = tasks.mass_point

    def some(plan: Any, seed: int, index: int) -> Any:
        if len(done) == 4:
            assert main(["status", str(tmp_path / "run")]) == 0
            raise KeyboardInterrupt
        done.append(index)
        return real(plan, seed, index)

    monkeypatch.setattr(tasks, "mass_point", some)
    with pytest.raises(KeyboardInterrupt):
        lvgen.run(card, directory=tmp_path / "run", workers=1)
    during = capsys.readouterr().out.splitlines()
    assert during[0] == f"{tmp_path / 'run'}: at work"
    assert during[1].startswith("  0 of about ")
    assert during[2].startswith("  4 of 7 masses of the map, ")
    assert main(["status", str(tmp_path / "run")]) == 0
    after = capsys.readouterr().out.splitlines()
    assert after[0] == f"{tmp_path / 'run'}: stopped; the same command resumes"
    assert after[1:3] == during[1:3]
    assert after[3] == "  too early to say how long it takes"  # no block of events has been seen
    map_only = load_card({key: value for key, value in CARD.items() if key != "events"})
    done.clear()
    with pytest.raises(KeyboardInterrupt):
        lvgen.run(map_only, directory=tmp_path / "run", workers=1, overwrite=True)
    capsys.readouterr()
    assert main(["status", str(tmp_path / "run")]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("left with 1 worker, and the writing of files")
    assert main(["status", str(tmp_path / "none")]) == 2
    assert main(["status", str(tmp_path)]) == 2
