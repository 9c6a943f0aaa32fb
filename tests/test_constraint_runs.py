"""Constraints on the command line and in cards: what is printed, written and refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lvgen
from lvgen.cli.main import main
from lvgen.constraints.scan import Bound
from lvgen.errors import UserError
from lvgen.io.constraint_files import _neighbours, bounds_figure, read_bounds
from lvgen.runcard import load_card

Run = Callable[..., tuple[int, str, str]]

CARD: dict[str, Any] = {
    "model": {
        "name": "dark_Z", "scan": "epsilon_Z", "epsilon": 1e-4,
        "mass": {"min": "20 MeV", "max": "200 MeV", "points": 4},
        "coupling": {"min": 1e-7, "max": 1e-1, "points": 2},
    },
    "constraints": {"names": ["weak_charge_Cs", "K_pi_X", "trident_CCFR"]},
}  # fmt: skip


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Exit code, standard output and standard error of a command, run in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        return (code, *capfd.readouterr())

    return call


def test_verdicts_are_printed(cli: Run) -> None:
    point = ("--mass", "30 MeV", "--coupling", "1e-4", "--param", "epsilon_Z=1e-4")
    code, out, err = cli("constraints", "dark_Z", *point, "--only", "weak_charge_Cs", "--only", "trident_CCFR")
    assert (code, err) == (0, "")
    assert "dark_Z at 30 MeV, epsilon = 0.0001" in out
    charge, trident = (next(line for line in out.splitlines() if name in line) for name in ("weak", "trident"))
    assert charge.split()[-1] == "excluded"
    assert "does not hold below 1 GeV" in trident


def test_bounds_are_printed_and_written(cli: Run) -> None:
    masses = ("--mass", "20 MeV", "--mass", "30 MeV")
    scan = ("--scan", "epsilon_Z", "--param", "epsilon=1e-4")
    code, out, _ = cli("constraints", "dark_Z", *masses, *scan, "--only", "K_pi_X", "--csv", "b.csv", "--plot", "b.png")
    assert code == 0
    assert out.count("excluded") == 2
    rows = read_bounds("b.csv")
    again = lvgen.bounds("dark_Z", [0.02, 0.03], names=["K_pi_X"], scan="epsilon_Z", epsilon=1e-4)
    assert rows == again
    assert Path("b.png").stat().st_size > 10_000


def test_constraints_are_listed_and_shown(cli: Run) -> None:
    code, out, _ = cli("list", "constraints")
    assert code == 0
    assert "COHERENT" in out
    code, mine, _ = cli("constraints", "dark_photon", "--list")
    assert code == 0
    assert "muon_g-2" in mine
    assert "Z_gamma_invisible" not in mine
    assert cli("constraints", "--list")[1].count("\n") == out.count("\n")
    code, out, _ = cli("show", "electron_g-2")
    assert code == 0
    assert "from memory" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name of a model is due"),
        (("dark_foton",), "unknown model 'dark_foton'; did you mean 'dark_photon'"),
        (("dark_photon", "--only", "K_mu"), "--only: unknown constraint 'K_mu'"),
        (("dark_photon", "--mass", "30"), "--mass: '30' has no unit"),
        (("dark_photon", "--coupling", "-1"), "--coupling"),
        (("dark_Z", "--scan", "epsilon"), "--scan: unknown parameter of dark_Z 'epsilon'"),
        (("dark_photon", "--legs", "some"), "--legs: unknown choice of legs 'some'"),
        (("muonic_U1d_phi",), "is a scalar"),
        (("dark_photon", "--coupling", "1e-3", "--plot", "x.png"), "figures are of bounds"),
        (("dark_photon", "--csv", "x.txt"), "must end in .csv"),
    ],
)
def test_mistakes(cli: Run, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = cli("constraints", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_card_of_constraints_alone(tmp_path: Path) -> None:
    result = lvgen.run(CARD, directory=tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "constraints.csv", "constraints.png", "constraints.pdf", "run.json",
    }  # fmt: skip
    assert read_bounds(tmp_path / "out" / "constraints.csv") == result.bounds
    notes = {row.constraint: row.note for row in result.bounds if row.coupling_lower is None}
    assert "below 1 GeV" in notes["trident_CCFR"]
    info = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert info["constraints"]["weak_charge_Cs"]["excludes_at"] >= 4
    assert info["constraints"]["K_pi_X"]["references"]
    assert any("excluded" in line for line in result.summary())
    # the stored card reads back as itself, and a complete directory is read again
    assert load_card(CARD).as_table() == load_card(load_card(CARD).as_table()).as_table()
    before = (tmp_path / "out" / "run.json").stat().st_mtime_ns
    assert lvgen.run(CARD, directory=tmp_path / "out").bounds == result.bounds
    assert (tmp_path / "out" / "run.json").stat().st_mtime_ns == before


def test_a_single_coupling_gives_verdicts(tmp_path: Path) -> None:
    card = CARD | {"model": CARD["model"] | {"coupling": 1e-4, "mass": "30 MeV"}}
    result = lvgen.run(card, directory=tmp_path / "out")
    with (tmp_path / "out" / "verdicts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["constraint"] for row in rows] == ["weak_charge_Cs", "K_pi_X", "trident_CCFR"]
    assert [row["excluded"] for row in rows][2] == ""
    assert {row.excluded for row in result.verdicts} == {True, None}


def test_constraints_beside_a_map(tmp_path: Path) -> None:
    card = {
        "model": {
            "name": "dark_photon", "mass": {"min": "20 MeV", "max": "50 MeV", "points": 2},
            "coupling": {"min": 1e-6, "max": 1e-2, "points": 5},
        },
        "production": {"processes": ["meson_decay"]},
        "detector": {"name": "FASER2", "selection": "none"},
        "sensitivity": {}, "constraints": {"names": ["electron_g-2"]}, "run": {"seed": 1, "precision": 0.3},
    }  # fmt: skip
    result = lvgen.run(card, directory=tmp_path / "out")
    assert (tmp_path / "out" / "contour.csv").is_file()
    assert (tmp_path / "out" / "constraints.csv").is_file()
    assert [row.constraint for row in result.bounds] == ["electron_g-2"] * 2
    assert "electron_g-2" in result.info["constraints"]


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        ({"constraints": {"names": ["K_pi_Y"]}}, "constraints.names", "did you mean 'K_pi_X'"),
        ({"constraints": {"names": ["Z_gamma_invisible"]}}, "constraints.names", "says nothing about dark_Z"),
        ({"constraints": {"legs": "some"}}, "constraints.legs", "unknown choice of legs"),
        ({"constraints": {"leg": "all"}}, "constraints.leg", "did you mean"),
        ({"detector": {"name": "FASER2"}}, "detector", "no use beside [constraints] alone"),
        ({"events": {"mass": "30 MeV", "coupling": 1e-4}}, "detector", "missing"),
    ],
)
def test_refused_cards(change: dict[str, Any], key: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        lvgen.run(CARD | change)
    assert refused.value.key == key
    assert message in refused.value.what


OWN = """
from lvgen.constraints.base import Constraint, below
class Own(Constraint):
    name, title, measurement, confidence, references, validity = "{name}", "t", "m", 0.9, ("r",), "v"
    def predict(self, point, coupling):
        return below(abs(point.coupling(lambda c: c.gv("e"), coupling)), {limit})
CONSTRAINTS = (Own(),)
"""


def test_a_constraint_of_the_user(tmp_path: Path) -> None:
    """Found beside the card; other content of the file is another run."""
    (tmp_path / "own.py").write_text(OWN.format(name="own", limit=1e-4))
    (tmp_path / "card.toml").write_text(
        '[model]\nname = "B-L"\nmass = "30 MeV"\ncoupling = { min = 1e-6, max = 1e-2, points = 2 }\n'
        '[constraints]\nnames = ["own.py"]\n'
    )
    (row,) = lvgen.run(tmp_path / "card.toml", directory=tmp_path / "out").bounds
    assert row.coupling_lower == pytest.approx(1e-4, rel=1e-9)
    (tmp_path / "own.py").write_text(OWN.format(name="own", limit=1e-3))
    with pytest.raises(UserError, match="other content of the files"):
        lvgen.run(tmp_path / "card.toml", directory=tmp_path / "out")
    (row,) = lvgen.run(tmp_path / "card.toml").bounds
    assert row.coupling_lower == pytest.approx(1e-3, rel=1e-9)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x = 1", "must define CONSTRAINTS"),
        ("1 / 0", "failed while being loaded: ZeroDivisionError"),
        (OWN.format(name="K_pi_X", limit=1.0), "already registered"),
        (None, "no such constraint file"),
    ],
)
def test_refused_files(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "own.py"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=message):
        lvgen.bounds("B-L", 0.03, names=[str(path)])


def test_nothing_to_draw(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="two masses or more"):
        bounds_figure([], tmp_path / "x.png", mass_label="$m$", symbol="$g$")


def test_a_gap_that_moves_by_more_than_its_width_stays_one() -> None:
    def row(mass: float, low: float, high: float, top: str = "closed") -> Bound:
        return Bound(mass, "x", "excluded", low, high, "closed", top, 0.9, "")

    rows = [
        row(1.0, 1e-3, 7e-3), row(1.0, 7.1e-3, 1e-2, "grid"),
        row(1.2, 1.2e-3, 8.4e-3), row(1.2, 8.5e-3, 1e-2, "grid"),
        row(1.5, 1.5e-3, 1e-2, "grid"),
    ]  # fmt: skip
    # two arms that join keep both links
    arms = [row(1.8, 1.6e-3, 2e-3), row(1.8, 4e-3, 1e-2, "grid")]
    pairs = list(_neighbours([*rows, *arms], [1.0, 1.2, 1.5, 1.8]))
    assert pairs == [(rows[0], rows[2]), (rows[1], rows[3]), (rows[2], rows[4]), (rows[4], arms[0]), (rows[4], arms[1])]
