"""Published limits, figures with names on curves, figures to look into, comparisons, submissions."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import lvgen
from lvgen import toml
from lvgen.cli.main import main
from lvgen.errors import UserError
from lvgen.io.canvas import page, paper_style
from lvgen.io.curve_labels import label_curves
from lvgen.io.limits import Limit, read_limit, write_limit

CARD: dict[str, Any] = {
    "title": "A first look",
    "model": {
        "name": "dark_photon",
        "mass": {"min": "10 MeV", "max": "200 MeV", "points": 4},
        "coupling": {"min": 1e-8, "max": 1e-3, "points": 30},
    },
    "production": {"processes": ["meson_decay"], "meson_decay": {"parents": ["pi0"]}},
    "detector": {"name": "FASER2"},
    "sensitivity": {"confidence": 0.9},
    "run": {"seed": 5, "precision": 0.2},
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("result") / "faser2"
    lvgen.run(CARD, directory=folder)
    return folder


def written(folder: Path, text: str, name: str = "limit.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_layouts(tmp_path: Path) -> None:
    """Darkcast's two and three columns, FORESEE's closed lines, and a CSV with a header."""
    one = read_limit(written(tmp_path, "#   mass   lower\n 1e-2 1e-3\n 2e-2 1.0000e+05\n 3e-2 2e-3\n"))
    assert not one.two_sided
    assert math.isnan(one.lower[1])
    two = read_limit(written(tmp_path, "mass,lower,upper\n0.01,1e-7,1e-4\n0.1,2e-7,1e-5\n"), "NuCal")
    assert two.label == "NuCal"
    assert two.at(math.sqrt(1e-3)) == pytest.approx((math.sqrt(2) * 1e-7, math.sqrt(1e-9)))
    assert all(math.isnan(edge) for edge in two.at(0.2))
    loop = read_limit(written(tmp_path, "0.01 1e-6\n0.1 1e-6\n0.1 1e-5\n0.01 1e-5\n"))
    assert loop.closed
    assert loop.polygons(1.0)[0].shape == (4, 2)
    assert two.polygons(1.0)[0].shape == (4, 2)


def test_own_contour(result: Path) -> None:
    limit = read_limit(result)
    assert limit.two_sided
    assert limit.label == "faser2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no limit"),
        ("0.01 1e-4\n0.02 abc\n", "line 2: numbers"),
        ("0.01 1e-4\n0.02 -1\n", "line 2: masses"),
        ("0.01 1e-4\n0.02 1e-4 3\n", "line 2: two or three"),
        ("epsilon mass\n0.01 1e-4\n0.02 1e-4\n", "line 1: numbers"),
        ("0.01 1e-6 1e-4\n0.005 1e-6 1e-4\n", "must not fall"),
    ],
)
def test_bad_limits(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_limit(written(tmp_path, text))


def test_limit_round_trip(tmp_path: Path) -> None:
    """Masses at which nothing is excluded are not written."""
    limit = Limit("x", np.array([0.01, 0.02, 0.03]), np.array([1e-7, np.nan, 2e-7]), np.full(3, 1e-5))
    write_limit(limit, tmp_path / "one.csv")
    back = read_limit(tmp_path / "one.csv")
    assert back.mass.tolist() == [0.01, 0.03]
    assert back.lower.tolist() == [1e-7, 2e-7]


def test_names_do_not_collide() -> None:
    """Twelve curves close to each other: no two names overlap, and what has no room is told."""
    with paper_style():
        _, axes = page()
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        x = np.linspace(0.05, 0.95, 50)
        curves = [(f"Experiment {k}", "k", np.stack([x, 0.1 + 0.06 * k + 0.02 * x], axis=1)) for k in range(12)]
        for _, _, points in curves:
            axes.plot(*points.T)
        left = label_curves(axes, curves)
        boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) + len(left) == 12
    assert len(boxes) >= 8
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_plot_with_limits(result: Path, tmp_path: Path) -> None:
    limit = written(tmp_path, "mass,lower,upper\n0.01,1e-7,1e-4\n0.1,2e-7,1e-5\n")
    for name in ("a.png", "a.svg"):
        assert main(["plot", str(result), "--limit", f"{limit}=CHARM", "-o", str(tmp_path / name)]) == 0
    assert "CHARM" in (tmp_path / "a.svg").read_text() or "<use" in (tmp_path / "a.svg").read_text()
    assert main(["plot", str(result), "--limit", str(tmp_path / "none.txt"), "-o", str(tmp_path / "b.png")]) == 2
    assert not (tmp_path / "b.png").exists()


def test_interactive_figure(result: Path, tmp_path: Path) -> None:
    """The file needs no network, and holds what is under the cursor."""
    pytest.importorskip("plotly")
    path = tmp_path / "a.html"
    assert main(["plot", str(result), "-o", str(path), "--title", "<b>"]) == 0
    text = path.read_text()
    assert "customdata[0]" in text
    assert "<title>&lt;b&gt;</title>" in text
    assert not re.search(r"<(script|link)[^>]+(src|href)=.http", text)
    again = tmp_path / "b.html"
    assert main(["plot", str(result), "-o", str(again), "--title", "<b>"]) == 0
    assert again.read_text() == text
    assert main(["plot", str(result), "-o", str(again), "--title", "many words " * 12]) == 0
    assert re.search(r"many words(<|\\u003c)br(>|\\u003e)many words", again.read_text())  # 132 letters are two lines


def test_compare(tmp_path: Path) -> None:
    """One model before two detectors at different kinds of source; done twice it is read back."""
    out = tmp_path / "compared"
    card = tmp_path / "card.toml"
    lvgen_card = {
        **CARD,
        "model": {**CARD["model"], "mass": "50 MeV", "coupling": {"min": 1e-8, "max": 1e-3, "points": 12}},
    }

    card.write_text(toml.write(lvgen_card))
    arguments = ["compare", str(card), "-d", "FASER2", "-d", "SHiP", "-o", str(out), "-q"]
    assert main(arguments) == 0
    report = (out / "report.html").read_text()
    assert {path.name for path in out.iterdir()} == {"FASER2", "SHiP", "comparison.png", "report.html"}
    for said in ("6e20 POT", "3 ab^-1", "SPS-400GeV-Mo", "another kind of source", "lvgen rerun SHiP/run.json"):
        assert said in report
    stamp = (out / "SHiP" / "run.json").stat().st_mtime_ns
    assert main(arguments) == 0
    assert (out / "SHiP" / "run.json").stat().st_mtime_ns == stamp
    assert (out / "report.html").read_text() == report


def test_compare_refuses(tmp_path: Path, capsys: Any) -> None:
    out = str(tmp_path / "x")
    assert main(["compare", "faser2_dark_photon_quick", "-o", out]) == 2
    assert main(["compare", "faser2_dark_photon_quick", "-d", "FASER2", "-d", "FASER2", "-o", out]) == 2
    assert main(["compare", "faser2_dark_photon_quick", "-d", "FASER9", "-o", out]) == 2
    assert "did you mean" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_hepdata(result: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The validator accepts it, numbers are the result's, nothing else is left anywhere."""
    pytest.importorskip("hepdata_lib")
    monkeypatch.chdir(tmp_path)
    assert main(["export", "hepdata", str(result)]) == 0
    out = tmp_path / "faser2-hepdata"
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    table = yaml.safe_load((out / "excluded_couplings.yaml").read_text())
    first = next(row for row in lvgen.run(CARD).contour if row.excludes)
    assert table["independent_variables"][0]["values"][0]["value"] == pytest.approx(first.mass)
    assert table["dependent_variables"][0]["values"][0]["value"] == pytest.approx(first.coupling_lower, rel=1e-5)
    assert json.loads((out / "run.json").read_text())["seed"] == 5
    assert main(["export", "hepdata", str(result)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main(["export", "hepdata", str(result), "--overwrite"]) == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    assert main(["export", "hepdata", str(result), "-o", "mine", "--overwrite"]) == 2
    assert (tmp_path / "mine" / "thesis.tex").exists()
