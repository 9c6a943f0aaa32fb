"""The command line: exit codes, what is printed where, and that refusals are one plain line and write nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lvgen
from lvgen import units
from lvgen.cli.main import main
from lvgen.cli.progress import LineProgress, progress_for
from lvgen.cli.sketch import side_view
from lvgen.cli.text import columns, one_line
from lvgen.detection.registry import load_detector
from lvgen.errors import UserError
from lvgen.progress import NoProgress, Progress
from lvgen.runcard import RunCard, card_names, load_card

Run = Callable[..., tuple[int, str, str]]

CARD = """\
title = "a card"
[model]
name = "dark_photon"
mass = "50 MeV"
coupling = 3e-5
[production]
processes = ["meson_decay"]
[detector]
name = "FASER2"
[events]
number = 10
[run]
seed = 5
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """``cli("list", "cards")``: exit code, standard output and standard error, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LVGEN_DEBUG", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "mycard.toml"
    path.write_text(CARD)
    return path


class FakeConductor(types.SimpleNamespace):
    """Stands in for the engine, so that the wiring is tested alone."""

    def __init__(self) -> None:
        super().__init__(calls=[], fails=None)

    def run(self, card: RunCard, **options: Any) -> Any:
        self.calls.append((card, options))
        if self.fails is not None:
            raise self.fails
        progress: Progress = options["progress"]
        progress.start("sampling", 10)
        progress.advance(10)
        progress.finish()
        return types.SimpleNamespace(summary=lambda: ["expected events 12.5 +- 0.1", "seed 5"])

    def plan_text(self, card: RunCard) -> list[str]:
        self.calls.append((card, {}))
        if self.fails is not None:
            raise self.fails
        return [f"model {card.model.name}", "1 mass, 1 coupling"]


@pytest.fixture
def conductor(monkeypatch: pytest.MonkeyPatch) -> FakeConductor:
    fake = FakeConductor()
    monkeypatch.setitem(sys.modules, "lvgen.conductor", fake)
    monkeypatch.setattr(lvgen, "conductor", fake, raising=False)
    return fake


def assert_refused(result: tuple[int, str, str], *parts: str) -> None:
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.startswith("lvgen: error: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for part in parts:
        assert part in err


def test_version(cli: Run) -> None:
    code, out, err = cli("--version")
    assert (code, err) == (0, "")
    assert out.startswith("lvgen 0.")


COMMANDS = (
    "run",
    "check",
    "rerun",
    "warmup",
    "list",
    "show",
    "widths",
    "rate",
    "plot",
    "convert",
    "particle-table",
    "spectrum",
)


def test_help_names_every_command(cli: Run) -> None:
    code, out, err = cli("--help")
    assert (code, err) == (0, "")
    assert [name for name in COMMANDS if f"\n  {name} " not in out] == []
    assert "..." not in out.split("Commands:")[1].split("Errors")[0]
    assert "LVGEN_DEBUG" in out
    assert all(ord(character) < 0x2500 for character in out)


@pytest.mark.parametrize(
    "command", [*((c,) for c in COMMANDS if c != "spectrum"), ("spectrum", "build"), ("spectrum", "show")]
)
def test_every_command_has_help_with_an_example(cli: Run, command: tuple[str, ...]) -> None:
    code, out, _ = cli(*command, "--help")
    assert code == 0
    assert f"Example: lvgen {' '.join(command)}" in out


WRONG_LINES = [
    (("rnu",), "No such command 'rnu'", "run"),
    (("run",), "Missing argument 'CARD'", "lvgen run --help"),
    (("run", "a", "b"), "unexpected extra argument", "b"),
    (("run", "a", "--wokers", "3"), "No such option: --wokers", "--workers"),
    (("run", "a", "--workers", "0"), "--workers", "1"),
    (("run", "a", "--workers", "two"), "--workers", "integer"),
    (("run", "a", "--seed", "-1"), "--seed", "0"),
    (("run", "a", "--seed", str(2**63)), "--seed", str(2**63 - 1)),
    (("run", "a", "--set"), "--set", "argument"),
    (("--nonsense",), "No such option", "--nonsense"),
    (("spectrum", "bild"), "No such command 'bild'", "build"),
    (("list", "moddels"), "unknown kind 'moddels'", "'models'"),
    (("show", "FASER-2"), "unknown name", "'FASER2'"),
    (("show", "xyzzy"), "unknown name", "known: "),
    (("show", "absent.toml"), "absent.toml", "no such file"),
    (("show", "absent.parquet"), "absent.parquet", "no such spectrum file"),
    (("show", "dark_photon", "-o", "x.png"), "-o", "only detectors are drawn"),
    (("show", "FASER2", "-o", "x.txt"), "x.txt", ".png"),
    (("show", "FASER2", "-o", "absent/x.png"), "absent/x.png", "no such folder"),
    (("widths", "dark_foton"), "unknown model", "'dark_photon'"),
    (("widths", "dark_photon", "--mass", "50"), "--mass", "has no unit"),
    (("widths", "dark_photon", "--mass", "0 MeV"), "--mass", "must be positive"),
    (("widths", "dark_photon", "--mass", "nan MeV"), "--mass", "not a finite number"),
    (("widths", "dark_photon", "--param", "lam=3"), "--param", "unknown parameter of dark_photon"),
    (("widths", "dark_photon", "--param", "lam"), "--param", "is not KEY=VALUE"),
    (("widths", "dark_photon", "--csv", "x.txt"), "x.txt", ".csv"),
    (("widths", "dark_photon", "--plot", "x.csv"), "x.csv", ".pdf"),
    (("rate", "pi0 -> gamma V", "--model", "dark_foton", "--mass", "1 MeV", "--coupling", "1"), "model", "dark_photon"),
    (("rate", "pi0 -> gamma V", "--model", "dark_photon", "--mass", "1", "--coupling", "1"), "--mass", "has no unit"),
    (
        ("rate", "pi0 -> gamma V", "--model", "dark_photon", "--mass", "1 MeV", "--coupling", "nan"),
        "--coupling",
        "finite",
    ),
    (
        ("rate", "pi0 -> gamma V", "--model", "dark_photon", "--mass", "1 MeV", "--coupling", "0"),
        "--coupling",
        "positive",
    ),
    (("rate", "e+ e- -> gamma V", "--model", "dark_photon", "--mass", "1 MeV", "--coupling", "1"), "--sqrt-s", "10.58"),
    (("rate", "pi0 -> gamma V", "--model", "dark_photon", "--mass", "1 MeV"), "Missing option", "--coupling"),
    (("plot", "absent"), "absent/run.json", "cannot be read"),
    (("plot", ".", "-o", "x.txt"), "x.txt", ".png"),
    (("convert", "absent.root", "b.parquet"), "absent.root", "no such file"),
    (("convert", "absent.root", "b.xyz"), "b.xyz", ".parquet"),
    (("rerun", "absent.json"), "absent.json", "cannot be read"),
    (("spectrum", "build", "SIBYL"), "unknown generator", "'SIBYLL-2.3d'"),
    (("spectrum", "build", "SIBYLL-2.3d", "--source", "LHC-13TeV"), "unknown source", "'LHC-13.6TeV'"),
    (("spectrum", "build", "SIBYLL-2.3d", "--collisions", "0"), "--collisions", "1"),
    (("spectrum", "build", "SIBYLL-2.3d", "-o", "x.root"), "x.root", ".parquet"),
    (("spectrum", "show", "SIBYL"), "unknown spectrum", "'SIBYLL-2.3d'"),
    (("spectrum", "show", "UrQMD-3.4", "--source", "LHC-14TeV"), "unknown spectrum", "known: PYTHIA-6"),
    (("check", "absent.toml"), "absent.toml", "no such file"),
    (("check", "faser2_dark_foton"), "unknown card", "'faser2_dark_photon'"),
    (("run", "."), ".: ", "is a folder"),
    (("run", ""), "unknown card", "known: "),
]


@pytest.mark.parametrize(("arguments", "what", "right"), WRONG_LINES)
def test_wrong_command_lines(cli: Run, tmp_path: Path, arguments: tuple[str, ...], what: str, right: str) -> None:
    assert_refused(cli(*arguments), what, right)
    assert list(tmp_path.iterdir()) == []


WRONG_CARDS = [
    ('name = "dark_photon"', 'name = "dark_foton"', "model.name", "'dark_photon'"),
    ('mass = "50 MeV"', "mass = 50", "model.mass", "has no unit"),
    ('mass = "50 MeV"', 'mass = "50 m"', "model.mass", "wrong unit"),
    ('mass = "50 MeV"', 'mas = "50 MeV"', "model.mas", "'mass'"),
    ('mass = "50 MeV"', "", "model.mass", "missing"),
    ("coupling = 3e-5", "coupling = 0", "model.coupling", "must be positive"),
    ("coupling = 3e-5", "coupling = -1", "model.coupling", "must be positive"),
    ("coupling = 3e-5", "coupling = nan", "model.coupling", "finite"),
    ("coupling = 3e-5", "coupling = inf", "model.coupling", "finite"),
    ("coupling = 3e-5", "coupling = 1e99", "model.coupling", "below 1000"),
    ("coupling = 3e-5", 'coupling = "3e-5"', "model.coupling", "number without unit"),
    ('processes = ["meson_decay"]', 'processes = ["meson_dekay"]', "production.processes", "'meson_decay'"),
    ('processes = ["meson_decay"]', 'spectrum = "SIBYL"', "production.spectrum", "'SIBYLL-2.3d'"),
    ('name = "FASER2"', 'name = "FASER-2"', "detector.name", "'FASER2'"),
    ('name = "FASER2"', 'name = "FASER2"\nradius = "1 m"', "detector.radius", "unknown key"),
    ('name = "FASER2"', 'name = "FASER2"\nexposure = "3 m"', "detector.exposure", "luminosity"),
    ("number = 10", "number = 1e12", "events.number", "is not between"),
    ("number = 10", 'number = "ten"', "events.number", "a whole number is due"),
    ("seed = 5", "seed = -5", "run.seed", "is not between"),
    ("[events]\nnumber = 10\n", "", "", "neither [events] nor [sensitivity]"),
    ("[run]", "[rnu]", "rnu", "'run'"),
    (CARD, "", "", "the file is empty"),
    (CARD, "\x00\x01\x02", "", "TOML"),
    (CARD, "not a card", "", "line 1"),
]


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize(("old", "new", "key", "what"), WRONG_CARDS)
def test_wrong_cards(
    cli: Run, card: Path, conductor: FakeConductor, command: str, old: str, new: str, key: str, what: str
) -> None:
    card.write_text(CARD.replace(old, new, 1))
    assert_refused(cli(command, "mycard.toml"), f"lvgen: error: mycard.toml: {key}", what)
    assert [path.name for path in card.parent.iterdir()] == ["mycard.toml"]
    assert conductor.calls == []


def test_a_wrong_setting_names_the_card(cli: Run, card: Path, conductor: FakeConductor) -> None:
    assert_refused(cli("run", "mycard.toml", "--set", "model.mass=5"), "mycard.toml: model.mass: ", "has no unit")
    assert_refused(cli("run", "mycard.toml", "--set", "mass"), "mycard.toml: --set: ", "model.mass.points=10")
    assert conductor.calls == []
    assert card.exists()


def test_run_hands_everything_on(cli: Run, card: Path, conductor: FakeConductor) -> None:
    code, out, err = cli(
        "run", "mycard.toml", "-o", "here", "--seed", "7", "--workers", "2", "--overwrite",
        "--set", "events.number=20", "--set", "model.mass=60 MeV",
    )  # fmt: skip
    assert (code, out) == (0, "expected events 12.5 +- 0.1\nseed 5\n")
    assert "sampling: 10 of 10" in err
    ((found, options),) = conductor.calls
    assert (found.events.number, found.model.mass, found.file) == (20, 0.06, "mycard.toml")
    assert options.pop("progress")
    assert options == {"seed": 7, "directory": Path("here"), "workers": 2, "overwrite": True}
    assert card.exists()


def test_run_defaults(cli: Run, card: Path, conductor: FakeConductor) -> None:
    assert cli("run", "mycard.toml", "--quiet") == (0, "", "")
    assert cli("run", "faser2_dark_photon", "--quiet") == (0, "", "")
    (_, options), (built_in, other) = conductor.calls
    assert isinstance(options.pop("progress"), NoProgress)
    assert options == {"seed": None, "directory": Path("mycard"), "workers": None, "overwrite": False}
    assert (built_in.name, other["directory"]) == ("faser2_dark_photon", Path("faser2_dark_photon"))
    assert card.exists()


def test_check_prints_the_plan(cli: Run, conductor: FakeConductor) -> None:
    assert cli("check", "faser2_dark_photon") == (0, "model dark_photon\n1 mass, 1 coupling\n", "")
    assert len(conductor.calls) == 1


@pytest.mark.parametrize("command", ["run", "check"])
def test_physical_refusals_name_the_card(cli: Run, card: Path, conductor: FakeConductor, command: str) -> None:
    conductor.fails = UserError("no decay is open", key="model.mass")
    assert cli(command, str(card)) == (2, "", f"lvgen: error: {card}: model.mass: no decay is open\n")
    conductor.fails = UserError("cannot be written: no space", file="out/run.json")
    assert cli(command, str(card))[2] == "lvgen: error: out/run.json: cannot be written: no space\n"


def test_interruption(cli: Run, card: Path, conductor: FakeConductor) -> None:
    conductor.fails = KeyboardInterrupt()
    assert cli("run", str(card), "-q") == (130, "", "lvgen: interrupted; the same command resumes\n")


def test_internal_errors(cli: Run, card: Path, conductor: FakeConductor, monkeypatch: pytest.MonkeyPatch) -> None:
    conductor.fails = ZeroDivisionError("a\nb")
    code, out, err = cli("run", str(card), "-q")
    assert (code, out) == (1, "")
    assert err.splitlines()[0] == "lvgen: error: internal error, ZeroDivisionError: a b"
    assert "--traceback" in err
    assert "Traceback" not in err
    for arguments in (("--traceback", "run", str(card), "-q"), ("run", str(card), "-q", "--traceback")):
        code, _, err = cli(*arguments)
        assert code == 1
        assert "Traceback (most recent call last)" in err
    monkeypatch.setenv("LVGEN_DEBUG", "1")
    assert "Traceback (most recent call last)" in cli("run", str(card), "-q")[2]


def test_memory_and_files(cli: Run, card: Path, conductor: FakeConductor) -> None:
    conductor.fails = MemoryError()
    code, _, err = cli("run", str(card), "-q")
    assert code == 1
    assert err.startswith("lvgen: error: out of memory")
    conductor.fails = PermissionError(13, "Permission denied", "/some/file")
    assert cli("run", str(card), "-q")[::2] == (1, "lvgen: error: /some/file: permission denied\n")


def test_warnings_are_one_line(cli: Run, card: Path, conductor: FakeConductor, monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(_: RunCard) -> list[str]:
        code = compile("import warnings\nwarnings.warn('3 masses\\nare closed', stacklevel=1)", "x", "exec")
        exec(code, {"__name__": "lvgen.conductor"})  # noqa: S102
        exec(code, {"__name__": "other.package"})  # noqa: S102
        return []

    monkeypatch.setattr(conductor, "plan_text", warn)
    assert cli("check", str(card)) == (0, "", "lvgen: warning: 3 masses are closed\n")


def stored(tmp_path: Path, **changes: Any) -> Path:
    folder = tmp_path / "result"
    folder.mkdir(exist_ok=True)
    text = load_card("faser2_dark_photon").canonical_toml()
    (folder / "run.json").write_text(json.dumps({"card": text, "seed": 11} | changes))
    return folder


def test_rerun(cli: Run, tmp_path: Path, conductor: FakeConductor) -> None:
    folder = stored(tmp_path)
    for argument in (folder, folder / "run.json"):
        assert cli("rerun", str(argument), "-q") == (0, "", "")
        card, options = conductor.calls.pop()
        assert card.sha256() == load_card("faser2_dark_photon").sha256()
        assert (options["seed"], options["directory"]) == (11, Path("result-rerun"))
    cli("rerun", str(folder), "-o", "again", "-q")
    assert conductor.calls.pop()[1]["directory"] == Path("again")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"card": None}, "holds no card"),
        ({"seed": None}, "holds no seed"),
        ({"seed": -3}, "holds no seed"),
        ({"seed": True}, "holds no seed"),
        ({"card": "x = "}, "not valid TOML"),
        ({"card": "x = 3"}, "x: unknown key"),
    ],
)
def test_rerun_of_what_is_no_result(
    cli: Run, tmp_path: Path, conductor: FakeConductor, changes: dict[str, Any], what: str
) -> None:
    path = stored(tmp_path, **changes) / "run.json"
    assert_refused(cli("rerun", str(path)), str(path), what)
    path.write_text("[1]")
    assert_refused(cli("rerun", str(path)), str(path), "holds no card")
    path.write_text("{")
    assert_refused(cli("rerun", str(path)), str(path), "not a JSON file")
    assert conductor.calls == []


def test_list(cli: Run) -> None:
    code, out, err = cli("list")
    assert (code, err) == (0, "")
    for word in ("models:", "dark_photon", "meson_decay", "FASER2-FPF", "SIBYLL-2.3d", *card_names()):
        assert word in out
    code, out, _ = cli("list", "detectors")
    names = [line.split()[0] for line in out.splitlines()]
    assert names == sorted(names)
    assert {"FASER", "FASER2", "FASER2-FPF"} <= set(names)
    assert all(len(line.split()) > 3 for line in out.splitlines())


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (
            "FASER2",
            ("480 m to 485 m", "radius 1 m", "3 ab^-1", "plane last", "where the numbers are from", "####", "-o"),
        ),
        ("FASER", ("p > 20 GeV", "150 fb^-1", "arXiv:2308.05587")),
        ("dark_photon", ("epsilon", "references")),
        ("meson_decay", ("pi0 -> gamma V", "form_factor", '"pole" for P -> gamma V')),
        ("faser2_dark_photon", ("points = 121", "lvgen run faser2_dark_photon")),
    ],
)
def test_show(cli: Run, name: str, parts: tuple[str, ...]) -> None:
    code, out, err = cli("show", name)
    assert (code, err) == (0, "")
    for part in (name, *parts):
        assert part in out


def test_show_of_a_detector_file(cli: Run, tmp_path: Path) -> None:
    from lvgen import toml
    from lvgen.detection.registry import as_table

    (tmp_path / "own.toml").write_text(toml.write({"name": "mine"} | as_table(load_detector("FASER2-FPF"))))
    code, out, _ = cli("show", "own.toml")
    assert code == 0
    assert "620 m to 630 m" in out


def test_show_draws(cli: Run, tmp_path: Path) -> None:
    code, out, _ = cli("show", "FASER2", "-o", "f.png")
    assert (code, out.splitlines()[-1]) == (0, "written: f.png")
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["show", "spectrum show"])
def test_spectra_are_shown(cli: Run, name: str) -> None:
    code, out, err = cli(*name.split(), "SIBYLL-2.3d")
    assert (code, err) == (0, "")
    for part in ("LHC-13.6TeV", "SIBYLL 2.3d", "collisions", "seed", "sigma_inel", "theta < 0.2 mrad", "pi0", "K_L"):
        assert part in out


def test_sketch_is_to_scale_along_z() -> None:
    lines = side_view(load_detector("FASER2", {"planes": {"last": {"z": "490 m"}}}))
    middle = next(line for line in lines if line.lstrip().startswith("0 |"))
    inside = middle.split("|", 1)[1]
    assert inside[0] == "#"
    assert inside[-1] == "2"
    # the first plane stands at 485 m, half-way between 480 m and 490 m
    assert abs(inside.index("1") / (len(inside) - 1) - 0.5) < 0.01


def test_widths(cli: Run, tmp_path: Path) -> None:
    line = ("widths", "dark_photon", "--mass", "50 MeV", "--mass", "300MeV")
    code, out, err = cli(*line, "--csv", "w.csv", "--plot", "w.pdf")
    assert (code, err) == (0, "")
    for part in ("50 MeV", "300 MeV", "c tau [m]", "BR(e+ e-)", "BR(mu+ mu-)", "written: w.csv", "written: w.pdf"):
        assert part in out
    with (tmp_path / "w.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["mass_gev"]) for row in rows] == [0.05, 0.3]
    for row in rows:
        partial = sum(float(value) for key, value in row.items() if key.startswith("width_gev "))
        assert partial == pytest.approx(float(row["total_gev"]), rel=1e-12)
        assert float(row["ctau_m"]) * float(row["total_gev"]) == pytest.approx(units.HBARC, rel=1e-12)
    assert (tmp_path / "w.pdf").read_bytes().startswith(b"%PDF")
    code, out, _ = cli("widths", "dark_photon")
    assert code == 0
    assert len(out.splitlines()) > 20


def test_widths_beyond_the_model(cli: Run, tmp_path: Path) -> None:
    assert_refused(cli("widths", "dark_photon", "--mass", "5 GeV"), "--mass", "above 3 GeV")
    assert_refused(cli("widths", "dark_photon", "--compatible", "nobody"), "--compatible")
    assert list(tmp_path.iterdir()) == []


def test_rate(cli: Run) -> None:
    options = ("--model", "dark_photon", "--mass", "50 MeV", "--coupling", "1e-3")
    code, out, err = cli("rate", "pi0 -> gamma V", *options)
    assert (code, err) == (0, "")
    expected = lvgen.branching_ratio("pi0 -> gamma V", model="dark_photon", mass=0.05, coupling=1e-3).value
    assert f"branching ratio {expected:.6g}\n" in out
    assert "longitudinal fraction 0\n" in out
    assert_refused(cli("rate", "pi0 -> gama V", *options), "unknown reaction", "'pi0 -> gamma V'")


SMALL = (
    "--set", "model.mass.points=3", "--set", "model.coupling.points=11", "--set", "events.number=20",
    "--set", "run.precision=0.2",
)  # fmt: skip


def test_from_card_to_figure(cli: Run, tmp_path: Path) -> None:
    code, out, err = cli("run", "faser2_dark_photon_quick", "-o", "first", *SMALL)
    assert code == 0
    assert "seed" in out
    assert "first" in out
    assert "signal map: 3 of 3" in err
    assert cli("rerun", "first", "-o", "second", "-q") == (0, "", "")
    for name in ("contour.csv", "signal_map.parquet", "events.parquet"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    code, out, _ = cli("plot", "first", "second", "-o", "both.png")
    assert (code, out) == (0, "written: both.png\n")
    assert (tmp_path / "both.png").read_bytes().startswith(b"\x89PNG")
    code, out, _ = cli("convert", "first/events.parquet", "events.root")
    assert (code, out) == (0, "20 events written: events.root\n")
    assert (tmp_path / "events.root").stat().st_size > 1000
    refused = cli("run", "faser2_dark_photon_quick", "-o", "first", *SMALL, "--set", "events.number=30", "-q")
    assert_refused(refused, "first: ", "--overwrite")
    assert_refused(cli("run", "faser2_dark_photon_quick", "-q", "-o", "events.root"), "events.root")


def fake_build(monkeypatch: pytest.MonkeyPatch, fails: BaseException | None = None) -> list[Any]:
    """Put a table's counts in the place of hours of collisions."""
    import numpy as np

    from lvgen.spectra import build
    from lvgen.spectra.beams import angle_edges, momentum_edges
    from lvgen.spectra.tally import SPECIES

    calls: list[Any] = []

    def counts(generator: str, beam: Any, n: int, seed: int, partial: Path, **options: Any) -> dict[str, Any]:
        calls.append((generator, beam.name, n, seed, partial.name, options["workers"]))
        partial.mkdir()
        options["progress"](n)
        if fails is not None:
            raise fails
        p_edges, t_edges = momentum_edges(beam), angle_edges(beam)
        filled = np.full((len(SPECIES), len(p_edges) - 1, len(t_edges) - 1), 2, np.int64)
        nothing = {str(pdg): 0 for pdg in SPECIES}
        return {
            "species": SPECIES, "counts": filled, "p_edges": p_edges, "theta_edges": t_edges, "outside": nothing,
            "energy_final_gev": nothing, "energy_decayed_gev": nothing, "energy_all_final_gev": 1.0,
            "account": {"generator": generator, "beam": beam.name, "n": n, "seed": seed, "block": 50_000,
                        "generator_reports": "SIBYLL 2.3d", "chromo": "0.8", "sigma_inel_mb": 80.0},
        }  # fmt: skip

    monkeypatch.setattr(build, "build_counts", counts)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: types.SimpleNamespace(name=name))
    return calls


def test_spectrum_build(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = fake_build(monkeypatch)
    line = (
        "spectrum",
        "build",
        "SIBYLL-2.3d",
        "--collisions",
        "1000",
        "--seed",
        "3",
        "--workers",
        "2",
        "-o",
        "t.parquet",
    )
    code, out, err = cli(*line)
    assert code == 0
    assert out.endswith("written: t.parquet\n")
    assert "1000 of 1000" in err
    assert calls == [("SIBYLL-2.3d", "LHC-13.6TeV", 1000, 3, "t.parquet.partial", 2)]
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert "1000" in cli("spectrum", "show", "t.parquet")[1]
    assert_refused(cli(*line), "t.parquet", "--overwrite")


def test_spectrum_build_that_fails(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_build(monkeypatch, ValueError("holds blocks of another build"))
    assert_refused_after_progress(cli("spectrum", "build", "PYTHIA-6", "-o", "t.parquet", "-q"), "another build")
    assert not (tmp_path / "t.parquet").exists()


def assert_refused_after_progress(result: tuple[int, str, str], what: str) -> None:
    code, out, err = result
    assert (code, out) == (2, "")
    assert what in err


def test_spectrum_build_without_chromo(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)  # noqa: ARG005
    assert_refused(cli("spectrum", "build", "SIBYLL-2.3d"), "chromo", 'pip install "lvgen[spectra]"')
    assert list(tmp_path.iterdir()) == []


def test_progress_lines() -> None:
    stream = io.StringIO()
    with progress_for(quiet=False, stream=stream) as progress:
        assert isinstance(progress, LineProgress)
        progress.start("sampling", 1000)
        for _ in range(1000):
            progress.advance()
        progress.message("a\nline")
        progress.finish()
    lines = stream.getvalue().splitlines()
    assert lines[0] == "sampling: 0 of 1000"
    assert lines[1].startswith("sampling: 100 of 1000, ")
    assert lines[1].endswith(" left")
    assert len(lines) == 12
    assert lines[-2] == "a line"
    assert lines[-1].startswith("sampling: 1000 of 1000 in ")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_bar_on_a_terminal() -> None:
    stream = Terminal()
    with progress_for(quiet=False, stream=stream) as progress:
        progress.start("sampling", 10)
        progress.advance(5)
        progress.message("half-way")
        progress.finish()
        progress.start("writing", 3)
    assert "sampling" in stream.getvalue()
    assert "half-way" in stream.getvalue()
    # the cursor is given back, also where the second stage never finished
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h")


def test_quiet_progress_says_nothing() -> None:
    stream = Terminal()
    with progress_for(quiet=True, stream=stream) as progress:
        progress.start("sampling", 10)
        progress.advance(5)
        progress.message("half-way")
        progress.finish()
    assert stream.getvalue() == ""


def test_texts() -> None:
    assert one_line("a\n b\x1b[31m") == "a b\\x1b[31m"
    assert columns([("a", "bb"), ("ccc", "d")]) == ["a    bb", "ccc  d"]


def lvgen_command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "lvgen.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def test_help_is_quick_and_light(tmp_path: Path) -> None:
    heavy = ["pydantic", "numba", "numpy", "matplotlib", "awkward", "uproot", "pyarrow", "pint", "vegas", "rich"]
    code = (
        "import sys, time; t = time.perf_counter(); from lvgen.cli.main import main; main(['--help'])\n"
        f"print([m for m in {heavy} if m in sys.modules], time.perf_counter() - t < 0.5)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert run.stdout.splitlines()[-1] == "[] True"


def test_a_refusal_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[model]\nmass = 50 MeV\n")
    run = lvgen_command("run", "bad.toml", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("lvgen: error: bad.toml: not valid TOML: ")
    assert "line 2" in run.stderr
    assert run.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bad.toml"]


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    command = f"{sys.executable} -m lvgen.cli.main spectrum show SIBYLL-2.3d | head -n 1"
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert run.stdout.startswith("SIBYLL-2.3d")
    assert run.stderr == ""


def test_a_terminal_without_unicode(tmp_path: Path) -> None:
    environment = dict(os.environ) | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    run = lvgen_command("show", "π⁰", cwd=tmp_path, env=environment)
    assert run.returncode == 2
    assert "unknown name" in run.stderr


def _runs(body: str, tmp_path: Path, said: str, grace: float = 10.0) -> subprocess.Popen[str]:
    """``lvgen run`` in a process of its own, where a run is this body of a function, as soon as it has said so."""
    code = (
        "import signal, sys, threading, time, types, lvgen, lvgen.cli.interrupt\n"
        f"lvgen.cli.interrupt.GRACE_SECONDS = {grace}\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored in what a shell runs in the background
        f"def run(card, **options):\n{textwrap.indent(body, '    ')}\n"
        "sys.modules['lvgen.conductor'] = lvgen.conductor = types.SimpleNamespace(run=run)\n"
        "from lvgen.cli.main import main\n"
        "sys.exit(main(['run', 'faser2_dark_photon']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert process.stdout is not None
    assert process.stdout.readline() == said
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    process = _runs("print('running', flush=True)\ntime.sleep(30)", tmp_path, "running\n")
    time.sleep(0.2)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "lvgen: interrupted; the same command resumes\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("again", [True, False])
def test_tidying_that_does_not_end(tmp_path: Path, again: bool) -> None:
    """A second signal ends the process; so does time, even where the main thread waits for a lock that nobody frees."""
    body = (
        "lock = threading.Lock()\nlock.acquire()\nprint('running', flush=True)\n"
        "try:\n    lock.acquire()\nfinally:\n    print('tidying', flush=True)\n    lock.acquire()"
    )
    process = _runs(body, tmp_path, "running\n", grace=30.0 if again else 0.3)
    assert process.stdout is not None
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "tidying\n"
    if again:
        process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "lvgen: interrupted; the same command resumes\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_signal_handlers_are_put_back() -> None:
    from lvgen.cli.interrupt import interruptible

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]

    def terminated() -> None:
        with interruptible():
            assert [signal.getsignal(number) for number in numbers] != before
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt):
        terminated()
    assert [signal.getsignal(number) for number in numbers] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_an_import_is_not_interrupted(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(0.5)\nprint('whole')\n")
    process = _runs("import slow\ntime.sleep(30)", tmp_path, "importing\n")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "whole\n")
    assert err == "lvgen: interrupted; the same command resumes\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_what_comes_of_a_swallowed_interruption_is_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    import contextlib
    import types

    from lvgen.cli.main import main

    def run(*_: object, **__: object) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        raise AttributeError("half made")

    monkeypatch.setitem(sys.modules, "lvgen.conductor", types.SimpleNamespace(run=run))  # type: ignore[arg-type]
    monkeypatch.setattr(lvgen, "conductor", sys.modules["lvgen.conductor"], raising=False)
    assert main(["run", "faser2_dark_photon"]) == 130
