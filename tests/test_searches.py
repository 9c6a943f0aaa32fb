"""The ``[search]`` table of detectors: counts by mass, backgrounds at tree level, gaps."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import erf

import lvgen
from lvgen.cli.main import main
from lvgen.conductor import plan_text
from lvgen.detection import backgrounds
from lvgen.detection.backgrounds import Acceptance, background_names, differential, electrons_photon
from lvgen.detection.counting import Count
from lvgen.detection.curves import curve_from_text
from lvgen.detection.published import explaining
from lvgen.detection.registry import as_table, load_detector
from lvgen.detection.search import Exposed, Reference
from lvgen.detection.searches import search_from
from lvgen.errors import UserError
from lvgen.io.outline import trace
from lvgen.io.results import read_contour, read_signal_map, write_contour
from lvgen.plan import Plan
from lvgen.runcard import load_card
from lvgen.sensitivity.budget import budget
from lvgen.sensitivity.contour import ContourRow, find_contour
from lvgen.sensitivity.map import SignalMap
from lvgen.sensitivity.modified import cls_limits
from lvgen.sensitivity.requirements import Requirements
from lvgen.sensitivity.statistics import METHODS
from lvgen.units import ALPHA

LIMIT = """
mass_MeV,branching_ratio
# a comment
10,3e-11
110,6e-11

160,1e-11
260,1e-11
"""


def exposed(**changes: Any) -> Exposed:
    run = Exposed((Count(),), 1e3, 1e12, 10.58, Acceptance(), 0.9, lambda _: 200.0)
    return replace(run, **changes)


# --- events at their masses ---------------------------------------------------------------------------------------


def test_an_event_of_known_mass_counts_near_it_only() -> None:
    """One event at 0.411 GeV, resolution 2 MeV; another whose mass is not told counts everywhere."""
    search = search_from({"kind": "seen", "masses": {"mu+ mu-": ["411 MeV"]}, "resolution": "2 MeV"})
    share = float(erf(3.0 / math.sqrt(2.0)))
    muons, electrons = Count(0.016, 0.0, 1, 1.0, "mu+ mu-", ("mu+ mu-",)), Count(0.01, 0.0, 0, 1.0, "e+ e-", ("e+ e-",))
    for mass, observed in ((0.3, 0), (0.4049, 0), (0.4051, 1), (0.411, 1), (0.4171, 0), (0.4169, 1)):
        found = search.requirement(mass, exposed(counts=(muons, electrons))).counts
        assert [count.observed for count in found] == [observed, 0]
        assert [count.share for count in found] == pytest.approx([share, share])
        assert [count.background for count in found] == [0.016, 0.01]
        two = search.requirement(mass, exposed(counts=(replace(muons, observed=2),))).counts
        assert two[0].observed == observed + 1
    nothing = search.requirement(0.3, exposed(counts=(replace(muons, observed=None),))).counts
    assert nothing[0].observed is None


def test_the_event_seen_by_na62_weakens_the_limit_at_its_mass_only() -> None:
    """2.3 events exclude at 90 % without any, 3.9 with one over no background."""
    share = float(erf(3.0 / math.sqrt(2.0)))
    for mass, required in (("300 MeV", 2.303), ("411 MeV", 3.874)):
        settings = (f'model.mass="{mass}"', "model.coupling.points=40", "run.precision=0.2")
        table = load_card("na62_dump_mumu", settings).as_table()
        table.pop("events")
        found = lvgen.run(table, workers=1).contour[0]
        assert found.n_required * share == pytest.approx(required, rel=2e-3)


def test_masses_of_events_are_checked() -> None:
    for masses, what in (
        ({}, "channel -> masses"), ({"mu+ mu-": "411 MeV"}, "list of masses"), ({"mu+ mu-": ["411 kg"]}, "kg"),
        ({"muons": ["411 MeV"]}, "muons"), ({"mu+ mu-": [410.0]}, "no unit"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=what):
            search_from({"kind": "seen", "masses": masses, "resolution": "2 MeV"})
    with pytest.raises(UserError, match="unknown key"):
        search_from({"kind": "seen", "masses": {}, "resolution": "2 MeV", "background_uncertainty": 0.1, "mu+ mu-": []})
    two = search_from({"kind": "seen", "masses": {"mu+ mu-": ["300 MeV", "411 MeV"]}, "resolution": "2 MeV"})
    with pytest.raises(UserError, match="2 masses of events in muons, where 1 were observed") as refused:
        two.requirement(0.5, exposed(counts=(Count(0.0, 0.0, 1, 1.0, "muons", ("mu+ mu-",)),)))
    assert refused.value.key == "detector.search.masses"


def test_a_fixed_grid_that_misses_an_event_is_told() -> None:
    mass = 'model.mass={min="300 MeV",max="500 MeV",points=%d}'
    for points, scan, told in ((4, "fixed", True), (200, "fixed", False), (4, "adaptive", False)):
        card = load_card("na62_dump_mumu", (mass % points, f'sensitivity.scan="{scan}"'))
        lines = [line for line in plan_text(card) if line.startswith("caution")]
        assert any("within 6 MeV of 411 MeV" in line for line in lines) == told
    electrons = load_card("na62_dump_ee", (mass % 4, 'sensitivity.scan="fixed"'))
    assert not any(line.startswith("caution") for line in plan_text(electrons))


def test_an_adaptive_scan_looks_at_the_events_first() -> None:
    """However far apart the card's masses are: within the window of 6 MeV about 0.411 GeV, and beside it."""
    settings = (
        'model.mass={min="300 MeV",max="500 MeV",points=3}', "model.coupling.points=12", "run.precision=0.3",
        "sensitivity.contour_precision=0.2",
    )  # fmt: skip
    table = load_card("na62_dump_mumu", settings).as_table()
    table.pop("events")
    found = {row.mass: row.n_required for row in lvgen.run(table, workers=1).contour}
    near = [mass for mass, required in found.items() if required > 3.0]
    assert 0.405 <= min(near) < max(near) <= 0.417
    assert any(0.38 < mass < 0.405 for mass in found)


# --- published limits ---------------------------------------------------------------------------------------------


def test_a_published_limit_is_interpolated_between_its_points_and_nowhere_else() -> None:
    search = search_from({"kind": "table", "quantity": "branching_ratio", "limit": LIMIT})
    at = {mass: search.requirement(mass, exposed()) for mass in (0.005, 0.01, 0.06, 0.11, 0.13, 0.2, 0.3)}
    assert at[0.06].n_required == pytest.approx(1e12 * math.sqrt(3e-11 * 6e-11))
    assert at[0.2].n_required == pytest.approx(10.0)
    assert [mass for mass, found in at.items() if found.closed] == [0.005, 0.13, 0.3]
    assert "between 110 MeV and 160 MeV" in at[0.13].closed
    assert [end for gap in search.gaps for end in gap] == pytest.approx([0.0, 0.01, 0.11, 0.16, 0.26, math.inf])


def test_a_published_limit_holds_at_its_own_confidence() -> None:
    search = search_from({"kind": "table", "quantity": "events", "limit": LIMIT})
    with pytest.raises(UserError, match=r"holds at 0\.9") as refused:
        search.requirement(0.1, exposed(confidence=0.95))
    assert refused.value.key == "sensitivity.confidence"
    asked = Requirements(METHODS["cls"](0.9), search, exposed())
    with pytest.raises(UserError, match="needs no method"):
        asked.at(0.1)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("mass,limit\n1,2", "header"),
        ("mass_GeV,limit\n1,2\n1,3", "rise"),
        ("mass_GeV,limit\n1,-2", "above 0"),
        ("mass_GeV,limit\n1;2", "comma"),
        ("mass_GeV,limit\n", "no point"),
        ("mass_GeV,limit\n1,inf", "finite"),
        (3, "CSV text"),
        ("\n", "header"),
    ],
)
def test_tables_that_are_none(text: Any, what: str) -> None:
    with pytest.raises(UserError, match=what):
        curve_from_text(text, above=0.0)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"kind": "bmp"}, "kind"),
        ({"kind": "table", "quantity": "events", "limits": LIMIT}, "limits"),
        (
            {"kind": "bump", "resolution": "5 MeV", "backgrounds": {"mu+ mu-": "e+ e- -> mu+ mu-"}},
            "backgrounds.mu+ mu-",
        ),
        ({"kind": "bump", "resolution": "5 m", "backgrounds": {"mu+ mu-": "e+ e- -> gamma mu+ mu-"}}, "resolution"),
        ({"kind": "bump", "resolution": "5 MeV", "backgrounds": {}}, "backgrounds"),
        ({"kind": "bump", "resolution": "5 MeV", "backgrounds": {"mu+ mu-": 0.3}}, "backgrounds.mu+ mu-"),
    ],
)
def test_refusals_name_the_key(table: dict[str, Any], key: str) -> None:
    with pytest.raises(UserError) as refused:
        load_detector("SHiP", {"search": table})
    assert refused.value.key == f"search.{key}"


def test_a_search_is_written_back_as_it_was_read() -> None:
    table = {"kind": "table", "quantity": "branching_ratio", "limit": LIMIT, "source": "somewhere"}
    detector = load_detector("SHiP", {"search": table, "background_uncertainty": 0.3})
    again = load_detector("SHiP", as_table(detector))
    assert (again.search, again.background_uncertainty) == (detector.search, 0.3)


# --- backgrounds --------------------------------------------------------------------------------------------------


def test_squared_amplitudes_by_two_ways() -> None:
    """Helicity amplitudes with a light photon and muons of 0.1 MeV against the massless closed form."""
    points, _ = backgrounds._three_bodies(2.0, 1e-4, 10.58, (-0.9, 0.9))
    points = points[backgrounds._isolated(points)][:400]
    assert backgrounds._muons(points, 1e-4) == pytest.approx(electrons_photon(points, exchange=False), rel=1e-3)


def test_radiative_bhabha_becomes_bhabha_with_a_soft_photon() -> None:
    """|M|^2 = eikonal factor times 2 e^4 (s^4 + t^4 + u^4)/(s t)^2 as the photon's energy goes to 0."""
    root_s, e2 = 10.58, 4.0 * math.pi * ALPHA
    points, _ = backgrounds._three_bodies(root_s - 2e-3, 1e-6, root_s, (-0.5, 0.5))
    points = points[backgrounds._isolated(points)][:300]
    metric = np.array([1.0, -1.0, -1.0, -1.0])
    k = points[:, 4]
    current = sum(
        sign * points[:, i] / np.sum(metric * points[:, i] * k, axis=1)[:, None]
        for i, sign in enumerate((1.0, -1.0, -1.0, 1.0))
    )
    eikonal = -e2 * np.sum(metric * current * current, axis=1)
    s = root_s**2
    t = np.sum(metric * (points[:, 0] - points[:, 2]) ** 2, axis=1)
    u = -s - t
    bhabha = 2.0 * e2**2 * (s**4 + t**4 + u**4) / (s * t) ** 2
    assert electrons_photon(points) == pytest.approx(eikonal * bhabha, rel=0.01)


@pytest.mark.parametrize("mass", [0.3, 1.0, 3.0])
def test_radiative_return_without_cuts_on_the_muons(mass: float) -> None:
    """At small masses nearly all photons come from the electrons: sigma(gamma V) times what makes a photon a pair."""
    found = differential("e+ e- -> gamma mu+ mu-", mass, 10.58, Acceptance(polar_photons=(0.4510268, 2.6905658)))
    signal = lvgen.cross_section(
        "e+ e- -> gamma V", model="dark_photon", mass=mass, coupling=1.0, sqrt_s=10.58, abs_cos_max=0.9
    )
    r = (0.1056584 / mass) ** 2
    pair = 2.0 * ALPHA / (3.0 * math.pi * mass) * (1.0 + 2.0 * r) * math.sqrt(1.0 - 4.0 * r)
    excess = found / (float(signal) * pair)
    assert 0.97 < excess < {0.3: 1.05, 1.0: 1.15, 3.0: 1.9}[mass]


def test_four_leptons_from_a_virtual_photon() -> None:
    """Muons and electrons differ by their masses alone; closed below threshold; the vector's cross-section times the
    conversion."""
    names = ("e+ e- -> mu+ mu- mu+ mu-", "e+ e- -> mu+ mu- e+ e-")
    assert set(names) < set(background_names())
    muons, electrons = (differential(name, 0.3, 10.58, Acceptance()) for name in names)
    r = (0.1056584 / 0.3) ** 2
    assert muons / electrons == pytest.approx((1.0 + 2.0 * r) * math.sqrt(1.0 - 4.0 * r), rel=3e-3)
    vector = lvgen.cross_section("e+ e- -> mu+ mu- V", model="dark_photon", mass=0.3, coupling=1.0, sqrt_s=10.58)
    assert electrons == pytest.approx(float(vector) * 2.0 * ALPHA / (3.0 * math.pi * 0.3), rel=3e-3)
    assert differential(names[0], 0.2, 10.58, Acceptance()) == 0.0


# --- windows and scaling ------------------------------------------------------------------------------------------


def test_a_bump_counts_in_its_window() -> None:
    name = "e+ e- -> gamma mu+ mu-"
    table = {
        "kind": "bump", "resolution": "mass_GeV,sigma_GeV\n1,0.002\n4,0.008", "half_width": 1.5, "efficiency": 0.5,
        "backgrounds": {"mu+ mu-": name}, "vetoes": [["3.0 GeV", "3.1 GeV"]],
    }  # fmt: skip
    search = search_from(table)
    muons, other = search.requirement(2.0, exposed()).counts
    width = 2 * 1.5 * 0.002 * 4.0 ** (1 / 3)
    assert muons.background == pytest.approx(1e3 * 0.5 * width * differential(name, 2.0, 10.58, Acceptance()))
    assert muons.share == pytest.approx(erf(1.5 / math.sqrt(2)))
    assert (muons.channels, other.share) == (("mu+ mu-",), 0.0)
    assert search.requirement(3.05, exposed()).closed.startswith("vetoed")


def test_a_recoil_counts_a_given_spectrum() -> None:
    table = {
        "kind": "recoil", "resolution": "50 MeV", "half_width": 2.0, "exposure": "100 pb^-1",
        "spectrum": "mass_GeV,events_per_GeV\n1,100\n2,100\n\n4,50\n5,50", "background_uncertainty": 0.1,
    }  # fmt: skip
    search = search_from(table)
    (count,) = search.requirement(1.5, exposed()).counts
    assert (count.background, count.uncertainty) == (pytest.approx(100.0 * 0.2 * 10.0), 0.1)
    assert search.requirement(3.0, exposed()).closed


def test_the_reference_point_comes_back_and_limits_go_with_the_root_of_the_luminosity() -> None:
    point = {"model": "dark_photon", "mass": "1 GeV", "coupling": 1e-3, "exposure": "1 fb^-1", "source": "x"}
    search = search_from({"kind": "scaled", "reference": point})
    needed = {}
    for exposure in (1e3, 1e5):
        (count,) = search.requirement(0.5, exposed(exposure=exposure)).counts
        needed[exposure] = cls_limits(count, 0.90, (0.0,))[1][0]
    assert needed[1e3] == pytest.approx(200.0, rel=0.01)
    assert needed[1e5] == pytest.approx(2000.0, rel=0.01)


@pytest.mark.parametrize("signal", [2.5, 10.0, 300.0])
def test_the_background_that_explains_a_limit(signal: float) -> None:
    background, share = explaining(signal, 0.90)
    assert share == 1.0
    assert cls_limits(Count(background), 0.90, (0.0,))[1][0] == pytest.approx(signal, rel=0.25 if signal < 20 else 0.02)
    assert explaining(1.0, 0.90) == (0.0, pytest.approx(math.log(10.0)))


def test_a_reference_goes_through_the_run_that_asks(tmp_path: Any) -> None:
    """At the reference itself the run excludes just that coupling."""
    point = {"model": "dark_photon", "mass": "500 MeV", "coupling": 3e-4, "exposure": "2 ab^-1", "source": "x"}
    card = {
        "model": {"name": "dark_photon", "mass": "500 MeV", "coupling": {"min": 1e-5, "max": 1e-2, "points": 31}},
        "production": {"processes": ["ee_to_gamma_v"]},
        "detector": {
            "name": "BelleII", "exposure": "2 ab^-1", "channels": ["mu+ mu-"],
            "search": {"kind": "scaled", "reference": point},
        },
        "sensitivity": {"method": "cls"},
        "run": {"seed": 2, "precision": 0.02},
    }  # fmt: skip
    result = lvgen.run(card, workers=1, directory=tmp_path / "out")
    (row,) = result.contour
    assert row.coupling_lower == pytest.approx(3e-4, rel=0.02)
    assert row.coupling_lower_expected_m2 < row.coupling_lower_expected_m1 < row.coupling_lower
    assert row.coupling_lower < row.coupling_lower_expected_p1 < row.coupling_lower_expected_p2
    assert read_contour(tmp_path / "out")[0] == row
    assert result.info["statistics"]["method"] == "cls"
    (edge,) = budget(result.contour)
    assert (edge.edge, edge.largest) == ("lower", "background")
    assert edge.shifts["background"] == pytest.approx(
        0.5 * math.log(row.coupling_lower_expected_p1 / row.coupling_lower_expected_m1)
    )
    assert read_signal_map(tmp_path / "out").method == "CLs, 90% CL"


@pytest.mark.parametrize(("change", "what"), [({"model": "dark_foton"}, "dark_photon"), ({"mass": "11 GeV"}, "GeV")])
def test_a_reference_that_cannot_be_is_refused_before_anything_is_computed(change: dict[str, Any], what: str) -> None:
    point = {"model": "dark_photon", "mass": "1 GeV", "coupling": 3e-4, "exposure": "2 ab^-1", "source": "x"} | change
    card = {
        "model": {"name": "dark_photon", "mass": "500 MeV", "coupling": 1e-3},
        "production": {"processes": ["ee_to_gamma_v"]},
        "detector": {"name": "BelleII", "search": {"kind": "scaled", "reference": point}},
        "sensitivity": {},
    }
    with pytest.raises(UserError, match=what) as refused:
        plan_text(load_card(card))
    assert refused.value.key == "detector.search.reference"


def test_budgets_on_the_command_line(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    nan = math.nan
    row = ContourRow(
        0.1, 1e-6, 2e-8, 1e-4, 1e-6, 2.3, 0.9, "closed", "closed", "production", "short lifetime",
        coupling_lower_spectra_low=9e-7, coupling_lower_spectra_high=1.1e-6, coupling_upper_spectra_low=9.9e-5,
        coupling_upper_spectra_high=1.01e-4,
    )  # fmt: skip
    empty = ContourRow(0.2, nan, nan, nan, nan, 2.3, 0.9, "", "", "", "")
    write_contour([row, empty], tmp_path / "contour.csv")
    (tmp_path / "run.json").write_text("{}", "utf-8")
    out = [str(tmp_path / name) for name in ("budget.csv", "budget.png")]
    assert main(["budget", str(tmp_path), "-o", out[0], "--plot", out[1]]) == 0
    assert "other spectra" in capsys.readouterr().out
    with Path(out[0]).open(encoding="utf-8", newline="") as file:
        lower, upper = csv.DictReader(file)
    assert float(lower["monte_carlo"]) == pytest.approx(0.02)
    assert float(lower["spectra"]) == pytest.approx(0.5 * math.log(11 / 9))
    assert (lower["largest"], upper["largest"]) == ("spectra", "spectra")
    assert (tmp_path / "budget.png").stat().st_size > 10_000


def test_reference_keys_tell_points_apart() -> None:
    one = Reference(model="B-L", mass="1 GeV", coupling=1e-3, exposure="1 fb^-1", source="x")  # type: ignore[arg-type]
    assert one.key != one.model_copy(update={"coupling": 2e-3}).key


# --- regions, gaps ------------------------------------------------------------------------------------------------


def test_regions_of_a_run_are_combined() -> None:
    """A muon channel full of background next to clean electrons costs little, where a sum of both does."""
    card = {
        "model": {"name": "dark_photon", "mass": "250 MeV", "coupling": {"min": 1e-8, "max": 1e-6, "points": 12}},
        "production": {"processes": ["meson_decay"]},
        "detector": {"name": "SHiP", "background": {"mu+ mu-": 30.0, "e+ e-": 0.01}},
        "sensitivity": {"method": "cls"},
        "run": {"seed": 1, "precision": 0.05},
    }
    apart = lvgen.run(card, workers=1)
    summed = lvgen.run(card | {"sensitivity": {"method": "poisson"}}, workers=1)
    assert 2.3 < apart.contour[0].n_required < 0.6 * summed.contour[0].n_required
    electrons = lvgen.run(card | {"detector": {"name": "SHiP", "channels": ["e+ e-"]}}, workers=1)
    assert apart.contour[0].coupling_lower < 1.01 * electrons.contour[0].coupling_lower


def test_outlines_end_at_gaps() -> None:
    """Also where no mass of the grid lies in the gap."""
    mass, coupling = np.array([1.0, 2.0, 3.0, 4.0]), np.geomspace(1e-4, 1e-2, 9)
    n = np.tile(1e9 * coupling**2, (4, 1))
    same = {"total": n}
    found = SignalMap(
        mass, coupling, (), same, {"total": 0.01 * n}, {"total": 0 * n}, np.ones((4, 9)), np.ones((4, 9), bool), "log",
        "log", "g", "g", "m", "d", "",
    )  # fmt: skip
    rows = find_contour(found, 100.0, 0.9)
    assert len(trace(found, rows).loops) == 1
    split = replace(found, gaps=((2.4, 2.6),))
    outline = trace(split, rows)
    assert len(outline.loops) == 2
    assert all(set(np.sign(stroke[:, 0] - 2.5)) in ({-1.0}, {1.0}) for stroke in outline.strokes)


def test_a_published_limit_is_called_one() -> None:
    search = search_from({"kind": "table", "quantity": "events", "limit": LIMIT})
    assert Requirements(METHODS["poisson"](0.9), search, exposed()).describe() == "published limit, 90% CL"
    assert Requirements(METHODS["cls"](0.9), search_from({}), exposed()).describe() == "CLs, 90% CL"


def test_searches_over_backgrounds_of_electrons_are_no_searches_behind_a_dump() -> None:
    bump = {"kind": "bump", "resolution": "2 MeV", "backgrounds": {"mu+ mu-": "e+ e- -> gamma mu+ mu-"}}
    table = load_card("na62_dump_mumu").as_table()
    table["detector"]["search"] = bump
    with pytest.raises(UserError, match=r"detector.search.kind: 'bump'.* is for an e\+ e- collider, and SPS-400GeV-Cu"):
        Plan(load_card(table))
    with pytest.raises(UserError, match=r"detector.magnet.z: the magnet is upstream of the front of the volume, 81.9"):
        load_card("na62_dump_mumu", ['detector.magnet.z="50 m"'])
