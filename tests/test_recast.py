"""Recasts against those of another program, and the laws that they follow."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lvgen.cli.main import main
from lvgen.decays.table import DecayTable
from lvgen.errors import UserError
from lvgen.io.limits import Limit, read_limit, write_limit
from lvgen.models.registry import make_model
from lvgen.recasting import Search, mechanisms, recast

LENGTH_RATIOS = {"NuCAL_Blumlein1990ay": 23 / 64, "CHARM_Tsai2019mtm": 10 / 480, "E137_Andreas2012mt": 204 / 179}
PHOTON = make_model("dark_photon")

with (Path(__file__).parent / "reference" / "recast_darkcast.csv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(line for line in file if not line.startswith("#")))


def number(text: str) -> float:
    return float(text) if text else math.inf


def published(row: dict[str, str]) -> Limit:
    mass = float(row["mass"])
    edges = number(row["published_lower"]), number(row["published_upper"])
    return Limit(row["limit"], np.array([mass]), np.array([edges[0]]), np.array([edges[1]]))


def correction(row: dict[str, str], search: Search) -> float:
    """What the other program's widths do to the edge of a prompt search."""
    if not row["branching"]:
        return 1.0
    tables = [DecayTable(make_model(name), float(row["mass"])) for name in ("dark_photon", row["model"])]
    ours = [sum(float(table.branching_ratio(name)) for name in search.decays) for table in tables]
    return math.sqrt(ours[1] / float(row["branching"]) * float(row["branching_old"]) / ours[0])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['limit']}-{row['model']}-{row['mass']}")
def test_against_darkcast(row: dict[str, str]) -> None:
    """Edges agree to a per cent, and where hadrons decay differently there the branching ratios explain the rest."""
    search = Search({row["production"]: 1.0}, row["decays"].split(";"), LENGTH_RATIOS.get(row["limit"]))
    found = recast(published(row), PHOTON, make_model(row["model"]), search)
    tolerance = float(row["rel_tolerance"])
    assert found.lower[0] * correction(row, search) == pytest.approx(float(row["lower"]), rel=tolerance)
    if row["upper"]:
        assert found.upper[0] == pytest.approx(float(row["upper"]), rel=tolerance)


def a_limit(lower: float = 1e-6, upper: float = 1e-4) -> Limit:
    return Limit("x", np.array([0.05, 0.1]), np.full(2, lower), np.full(2, upper))


def test_onto_itself() -> None:
    """A displaced limit of a model is its own recast."""
    found = recast(a_limit(), PHOTON, PHOTON, Search({"pi0 -> gamma V": 1.0}, ["e+ e-"], 0.4))
    assert found.lower == pytest.approx(1e-6, rel=1e-6)
    assert found.upper == pytest.approx(1e-4, rel=1e-6)


def test_flight_out_of_a_prompt_search() -> None:
    """With a tight limit on the proper flight, the number of events and not the coupling alone is kept."""
    long = Limit("x", np.array([0.05, 0.1]), np.full(2, 1e-5), np.full(2, np.inf))
    model = make_model("B-L")
    found = recast(long, PHOTON, model, Search({"pi0 -> gamma V": 1.0}, ["e+ e-"], max_ctau=1e-4))
    for mass, g in zip(found.mass, found.lower, strict=True):
        tables = [DecayTable(m, float(mass)) for m in (PHOTON, model)]
        e2 = 4.0 * math.pi / 137.035999
        events = [
            c**2 * e2_or_1 * float(t.branching_ratio("e+ e-")) * -math.expm1(-1e-4 * c**2 / float(t.ctau))
            for c, e2_or_1, t in zip((1e-5, g), (e2, 1.0), tables, strict=True)
        ]
        assert events[0] == pytest.approx(events[1], rel=1e-6)


def test_shares_of_production() -> None:
    """Between the recasts with either mechanism alone."""
    edges = []
    for shares in ({"pi0 -> gamma V": 1.0}, {"eta -> gamma V": 1.0}, {"pi0 -> gamma V": 3.0, "eta -> gamma V": 1.0}):
        found = recast(a_limit(), PHOTON, make_model("B"), Search(shares, ["e+ e-"], 0.4))
        edges.append(float(found.lower[0]))
    assert edges[0] < edges[2] < edges[1]


@pytest.mark.parametrize(
    ("search", "said"),
    [
        (Search({"pi0 -> gama V": 1.0}, ["e+ e-"], 0.4), "did you mean 'pi0 -> gamma V'"),
        (Search({"pi0 -> gamma V": 1.0}, ["e e"], 0.4), "unknown decay channel"),
    ],
)
def test_refusals(search: Search, said: str) -> None:
    with pytest.raises(UserError, match=said):
        recast(a_limit(), PHOTON, make_model("B-L"), search)


def test_one_sided_limits_are_not_displaced() -> None:
    with pytest.raises(UserError, match="upper edge"):
        recast(a_limit(upper=math.inf), PHOTON, PHOTON, Search({"pi0 -> gamma V": 1.0}, ["e+ e-"], 0.4))


def test_every_mechanism_is_a_rate() -> None:
    assert {"pi0 -> gamma V", "e bremsstrahlung", "omega mixing", "K+ -> pi+ V"} <= set(mechanisms())


def test_command(tmp_path: Path, capsys: Any) -> None:
    given, out = tmp_path / "limit.csv", tmp_path / "new.csv"
    write_limit(a_limit(), given)
    arguments = ["recast", str(given), "--to", "B-L", "--production", "pi0 -> gamma V", "--decay", "e+ e-"]
    assert main([*arguments, "--length-ratio", "0.4", "-o", str(out)]) == 0
    assert read_limit(out).two_sided
    assert main([*arguments, "--max-ctau", "3 kg"]) == 2
    assert "--max-ctau" in capsys.readouterr().err
    assert main([*arguments, "--length-ratio", "1", "--max-ctau", "1 mm"]) == 2
