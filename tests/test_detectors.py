"""Detector files: the shipped ones, their sources, overrides, refusals."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from lvgen.cli import describe
from lvgen.cli.detector_text import rows
from lvgen.detection.registry import as_table, detector_names, load_detector, read_table
from lvgen.detection.schema import Box, Cuts, Cylinder, Detector, Disc, Rectangle
from lvgen.errors import UserError

MINIMAL = """\
schema = 1
name = "mine"
source = "LHC-13.6TeV"
exposure = "100 fb^-1"
[volume]
shape = "box"
front = "100 m"
length = "20 m"
width = "4 m"
height = "2 m"
"""


PYRAMID = {"shape": "pyramid", "back_width": "2 m", "back_height": "2 m"}
ELLIPSE = {"shape": "ellipse", "width": "8 m", "height": "4 m"}
OCTAGON = {"shape": "octagon", "width": "4 m", "height": "2 m"}


def refusal(name: str, overrides: Mapping[str, Any] | None = None) -> str:
    with pytest.raises(UserError) as caught:
        load_detector(name, overrides)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(MINIMAL)
    return path


def test_names() -> None:
    assert {"FASER", "FASER2", "FASER2-FPF", "NA62-dump", "SHiP", "SHiP-2015"} <= set(detector_names())


@pytest.mark.parametrize(
    ("name", "front", "length", "radius", "exposure", "efficiency"),
    [
        ("FASER", 480.0, 1.5, 0.10, 150e3, 0.5),
        ("FASER2", 480.0, 5.0, 1.0, 3e6, 1.0),
        ("FASER2-FPF", 620.0, 10.0, 1.0, 3e6, 1.0),
    ],
)
def test_shipped_numbers(
    name: str, front: float, length: float, radius: float, exposure: float, efficiency: float
) -> None:
    detector = load_detector(name)
    volume = detector.volume
    assert detector.name == name
    assert isinstance(volume, Cylinder)
    assert (volume.front, volume.length, volume.radius, volume.center) == (front, length, radius, (0.0, 0.0))
    assert (detector.exposure.value, detector.exposure.unit) == (exposure, "pb^-1")
    assert (detector.efficiency, detector.background, detector.observed) == (efficiency, 0.0, None)
    assert detector.source == "LHC-13.6TeV"
    first, last, calorimeter = detector.planes
    assert (first.z, last.z, calorimeter.z) == tuple(front + length + behind for behind in (0, 3, 1))
    assert [plane.crossed_by for plane in detector.planes] == [("charged",), ("charged",), ("photons",)]
    for plane in detector.planes:
        assert isinstance(plane, Disc)
        assert plane.radius == radius


def test_faser_cuts_on_tracks_only() -> None:
    cuts = load_detector("FASER").cuts
    assert (cuts.min_momentum, cuts.min_energy, cuts.separation) == (20.0, 0.0, None)


def numbers(table: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Dotted keys of everything in a raw detector file that holds a number."""
    keys = []
    for key, value in table.items():
        dotted = f"{prefix}{key}"
        if key in ("sources", "references", "title", "name", "frame", "schema", "source", "channels"):
            continue
        if isinstance(value, list) and isinstance(value[0], Mapping):
            for item in value:
                keys += numbers(item, f"{key}.{item['name']}.")
        elif isinstance(value, Mapping):
            keys += numbers(value, f"{dotted}.")
        elif any(character.isdigit() for character in str(value)):
            keys.append(dotted)
    return keys


@pytest.mark.parametrize("name", detector_names())
def test_every_shipped_number_has_its_source(name: str) -> None:
    table, _ = read_table(name)
    wanted = set(numbers(table))
    assert len(wanted) >= 6
    assert set(load_detector(name).sources) == wanted
    assert "shared" not in Path(__file__).parent.parent.joinpath("detectors", f"{name}.toml").read_text()


def test_own_file_and_defaults(own_file: Path) -> None:
    detector = load_detector(str(own_file))
    volume = detector.volume
    assert isinstance(volume, Box)
    assert (volume.front, volume.back, volume.half_size) == (100.0, 120.0, (2.0, 1.0))
    assert (detector.efficiency, detector.background, detector.observed) == (1.0, 0.0, None)
    assert (detector.planes, detector.cuts, detector.channels) == ((), Cuts(), None)


def test_it_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_detector("FASER2").efficiency = 0.5  # type: ignore[misc]


def test_overrides_are_merged() -> None:
    detector = load_detector("FASER2", {"exposure": "27 fb^-1", "volume": {"length": "10 m"}, "efficiency": 0.5})
    assert detector.exposure.value == 27e3
    assert detector.exposure.text == "27 fb^-1"
    assert isinstance(detector.volume, Cylinder)
    assert (detector.volume.front, detector.volume.length, detector.volume.radius) == (480.0, 10.0, 1.0)
    assert detector.efficiency == 0.5
    # the planes stand behind the volume and move with its end
    assert [plane.z for plane in detector.planes] == [490.0, 493.0, 491.0]
    assert detector.sources["volume.length"] == "set in the card"
    assert detector.sources["volume.front"] != "set in the card"


def test_another_shape_keeps_what_both_have() -> None:
    size = {"width": "3 m", "height": "1 m"}
    changes = {"volume": {"shape": "box"} | size, "planes": {"first": {"shape": "rectangle"} | size}}
    detector = load_detector("FASER2", changes)
    assert isinstance(detector.volume, Box)
    assert (detector.volume.front, detector.volume.back, detector.volume.half_size) == (480.0, 485.0, (1.5, 0.5))
    first, last, _ = detector.planes
    assert isinstance(first, Rectangle)
    assert isinstance(last, Disc)
    assert "volume.radius" not in detector.sources


def test_planes_by_name_or_as_a_list() -> None:
    moved = load_detector("FASER2", {"planes": {"last": {"z": "500 m", "hole": "5 cm"}}})
    assert [plane.z for plane in moved.planes] == [485.0, 500.0, 486.0]
    assert moved.planes[1].hole == 0.05
    plane = {"name": "only", "shape": "disc", "z": "486 m", "radius": "2 m", "crossed_by": "all"}
    assert load_detector("FASER2", {"planes": [plane]}).plane_names == ("only",)
    assert load_detector("FASER2", {"planes": []}).planes == ()


def test_selection_none_is_geometry_alone() -> None:
    detector = load_detector("FASER", {"selection": "none", "channels": ["e+ e-"]})
    assert not detector.selects
    assert (detector.active_planes, detector.active_cuts) == ((), Cuts())
    assert detector.active_channels is None
    full = load_detector("FASER", {"channels": ["e+ e-"]})
    assert full.active_planes == full.planes
    assert (full.active_channels, full.active_cuts) == (("e+ e-",), full.cuts)


def test_protons_on_target_are_an_exposure() -> None:
    exposure = load_detector("FASER2", {"exposure": "2e20 POT"}).exposure
    assert (exposure.value, exposure.unit, exposure.text) == (2e20, "POT", "2e20 POT")


def test_separation_and_off_axis() -> None:
    separation = {"plane": "last", "distance": "0.3 mm"}
    changes = {"cuts": {"separation": separation, "min_energy": "100 GeV"}, "volume": {"center": ["0 m", "-65 mm"]}}
    detector = load_detector("FASER2", changes)
    assert detector.cuts.separation is not None
    assert detector.cuts.separation.distance == 3e-4
    assert detector.cuts.min_energy == 100.0
    assert detector.volume.center == (0.0, -0.065)


def test_ship_is_the_frustum_of_eventcalc() -> None:
    """x_max(z), y_max(z) of EventCalc-SHiP's funcs/ship_setup.py: half of 1 m to 4 m and of 2.7 m to 6.2 m."""
    volume = load_detector("SHiP").volume
    assert (volume.front, volume.back) == (32.0, 82.0)
    assert (volume.front_half_size, volume.back_half_size) == ((0.5, 1.35), (2.0, 3.1))
    proposal = load_detector("SHiP-2015")
    assert (proposal.volume.front, proposal.volume.back, proposal.volume.half_size) == (60.0, 110.0, (2.5, 5.0))
    assert (load_detector("SHiP").exposure.value, proposal.exposure.value) == (6e20, 2e20)


def test_na62_is_in_the_frame_of_the_dump() -> None:
    """Positions of ALPINIST's ExpParameters.C less those of the dump, 23.07 m; 0.3 GeV per tesla and metre."""
    found = load_detector("NA62-dump")
    placed = {plane.name: round(plane.z + 23.07, 6) for plane in found.planes}
    assert list(placed.values()) == sorted(placed.values())
    assert [z for name, z in placed.items() if "veto" not in name] == [183.0, 218.7, 238.9, 241.495, 246.85]
    assert (found.volume.front + 23.07, found.volume.back + 23.07) == pytest.approx((105.0, 180.0))
    assert found.magnet is not None
    assert found.magnet.z + 23.07 == pytest.approx(197.0)
    assert found.magnet.kick == pytest.approx(0.299792458 * 1.3 * 0.6928, rel=1e-4)
    pointing = found.selections[0].pointing
    assert pointing is not None
    assert pointing.upstream is not None
    assert pointing.downstream is not None
    assert (pointing.upstream + 23.07, pointing.downstream + 23.07) == pytest.approx((6.0, 40.0))


def test_backgrounds_and_observed_events_of_the_channels_that_count() -> None:
    for channels, background, observed in (
        (["e+ e-"], 0.01, 0),
        (["mu+ mu-"], 0.016, 1),
        (["e+ e-", "mu+ mu-"], 0.026, 1),
        (["pi+ pi-"], 0.0, None),
    ):
        found = load_detector("NA62-dump", {"channels": channels})
        assert found.expected_background == pytest.approx(background)
        assert found.events_observed == observed
    given = load_detector("NA62-dump", {"channels": ["e+ e-"], "background": 2.5, "observed": 3})
    assert (given.expected_background, given.events_observed) == (2.5, 3)


def test_files_may_name_every_channel_and_sum() -> None:
    from lvgen.decays.mediator import mediator
    from lvgen.detection.channels import check_channel, covers

    table = mediator("B-L").decay_table(1.5)
    for name, members in table.sums.items():
        assert check_channel(name) == name
        for member in members:
            assert check_channel(member) == member
            assert covers(name, member)
            assert not covers(member, name)
    for name in table.channels:
        check_channel(name)
    assert covers("hadrons", "quarks")
    assert not covers("4pi", "pi+ pi-")


def test_selections_by_name() -> None:
    found = load_detector("NA62-dump", {"selections": {"electrons": {"min_track_energy": "3 GeV"}}})
    electrons = found.selection_of("e+ e-")
    assert electrons is not None
    cuts = electrons.cuts(found.cuts)
    assert (cuts.min_track_energy, cuts.require, found.cuts.min_track_energy) == (3.0, "two", 5.0)
    assert found.sources["selections.electrons.min_track_energy"] == "set in the card"
    assert "selections.muons.pointing.beam" in found.sources
    assert found.selection_of("pi+ pi-") is None


@pytest.mark.parametrize("name", detector_names())
def test_the_table_of_a_detector_reads_back(name: str) -> None:
    detector = load_detector(name, {"volume": {"center": ["1 cm", "-2 cm"]}, "observed": 3})
    again = load_detector(name, as_table(detector))
    assert again == detector.model_copy(update={"sources": {}})


@pytest.mark.parametrize(
    ("changes", "key", "what"),
    [
        ({"volume": {"length": "-5 m"}}, "volume.length", "must be positive"),
        ({"volume": {"length": "0 m"}}, "volume.length", "must be positive"),
        ({"volume": {"length": "5 km/s"}}, "volume.length", "wrong unit"),
        ({"volume": {"length": 5}}, "volume.length", "has no unit"),
        ({"volume": {"length": "1e7 m"}}, "volume.length", "beyond the largest"),
        ({"volume": {"length": "nan m"}}, "volume.length", "not a finite number"),
        ({"volume": {"front": "-1 m"}}, "volume.front", "must not be negative"),
        ({"volume": {"lenth": "5 m"}}, "volume.lenth", "did you mean 'length'"),
        ({"volume": {"width": "5 m"}}, "volume.width", "unknown key"),
        (
            {"volume": {"shape": "knot"}},
            "volume.shape",
            "unknown shape 'knot'; known: barrel, box, cylinder, ellipse, frustum, pyramid",
        ),
        ({"volume": {"shape": "box"}}, "volume.width", "missing"),
        ({"volume": {"center": "0 m"}}, "volume.center", "two lengths are due"),
        ({"volume": {"center": ["0 m"]}}, "volume.center", "two lengths are due"),
        ({"volume": {"center": ["1e5 m", "0 m"]}}, "volume.center", "further from the axis"),
        ({"volume": 5}, "volume", "a table is due"),
        ({"planes": 5}, "planes", "a list of planes is due"),
        ({"planes": [5]}, "planes.0", "a table is due"),
        ({"planes": [{"name": "a"}]}, "planes.a.shape", "missing"),
        ({"planes": {"frist": {"z": "490 m"}}}, "planes", "did you mean 'first'"),
        ({"planes": {"first": {"z": "400 m"}}}, "planes.first.z", "upstream of the front of the volume, 480 m"),
        ({"planes": {"first": {"z": "490 m", "behind": "1 m"}}}, "planes.first.behind", "one of them is due"),
        ({"planes": {"first": {"behind": "-1 m"}}}, "planes.first.behind", "must not be negative"),
        ({"planes": {"first": {"behind": "1"}}}, "planes.first.behind", "has no unit"),
        ({"planes": {"first": {"radius": "0 m"}}}, "planes.first.radius", "must be positive"),
        ({"planes": {"first": {"hole": "1 m"}}}, "planes.first.hole", "as large as the disc"),
        ({"planes": {"first": {"crossed_by": "chraged"}}}, "planes.first.crossed_by", "did you mean 'charged'"),
        ({"planes": {"first": {"name": "last"}}}, "planes.last", "two planes are called"),
        ({"planes": {"first": 3}}, "planes.first", "a table is due"),
        ({"cuts": {"min_momentum": "-1 GeV"}}, "cuts.min_momentum", "must not be negative"),
        ({"cuts": {"min_momentum": 1}}, "cuts.min_momentum", "has no unit"),
        ({"cuts": {"separation": {"plane": "lats", "distance": "1 mm"}}}, "cuts.separation.plane", "mean 'last'"),
        ({"cuts": {"separation": {"plane": "last"}}}, "cuts.separation.distance", "missing"),
        ({"exposure": "0 fb^-1"}, "exposure", "must be positive"),
        ({"exposure": "-3 ab^-1"}, "exposure", "must be positive"),
        ({"exposure": "1e10 ab^-1"}, "exposure", "beyond the largest value taken here, 1e+09 ab^-1"),
        ({"exposure": "3 ab"}, "exposure", "wrong unit"),
        ({"exposure": 3}, "exposure", "has no unit"),
        ({"exposure": "0 POT"}, "exposure", "must be positive"),
        ({"exposure": "1e31 POT"}, "exposure", "beyond the largest"),
        ({"efficiency": 0}, "efficiency", "must be positive"),
        ({"efficiency": 1.01}, "efficiency", "beyond the largest"),
        ({"efficiency": "0.5"}, "efficiency", "a number without unit is due"),
        ({"efficiency": float("nan")}, "efficiency", "finite"),
        ({"efficiency": True}, "efficiency", "a number without unit is due"),
        ({"background": -0.1}, "background", "must not be negative"),
        ({"observed": 1.5}, "observed", "a whole number is due"),
        ({"observed": -1}, "observed", "is not between"),
        ({"selection": "produts"}, "selection", "did you mean 'products'"),
        ({"channels": []}, "channels", "the list is empty"),
        ({"channels": ["e+ e-", "e+ e-"]}, "channels", "twice"),
        ({"effciency": 0.5}, "effciency", "did you mean 'efficiency'"),
        ({"frame": 3}, "frame", "where text is due"),
        ({"sources": {"volume.front": 3}}, "sources.volume.front", "where text is due"),
        ({"volume": {"hole": "1 m"}}, "volume.hole", "as large as the volume"),
        ({"volume": {"shape": "pyramid"}}, "volume.back_width", "missing"),
        ({"volume": PYRAMID | {"apex": "481 m"}}, "volume.apex", "at the front of the volume, 480 m, or upstream"),
        ({"volume": ELLIPSE | {"back_width": "4 m"}}, "volume.back_height", "both axes of the back are due"),
        ({"volume": ELLIPSE | {"back_width": "4 m", "back_height": "3 m"}}, "volume.back_height", "2 m would fit"),
        ({"planes": {"first": {"em_hole": "1 m"}}}, "planes.first.em_hole", "as large as the disc"),
        (
            {"planes": {"first": {"hole": "5 cm", "em_hole": "4 cm"}}},
            "planes.first.em_hole",
            "smaller than that for all",
        ),
        (
            {"planes": {"first": {"crossed_by": ["muons", "phtons"]}}},
            "planes.first.crossed_by",
            "did you mean 'photons'",
        ),
        ({"planes": {"first": {"crossed_by": []}}}, "planes.first.crossed_by", "the list is empty"),
        ({"planes": {"first": OCTAGON | {"diagonal": "4 m"}}}, "planes.first.diagonal", "half the sum of both"),
        ({"planes": {"first": {"shape": "octagon"}}}, "planes.first.width", "missing"),
        ({"magnet": {"z": "490 m"}}, "magnet.kick", "missing"),
        ({"magnet": {"z": "490 m", "kick": "0.65 T m"}}, "magnet.kick", "wrong unit"),
        (
            {"magnet": {"z": "490 m", "kick": "1 GeV", "bends": "sideways"}},
            "magnet.bends",
            "known: horizontal, vertical",
        ),
        ({"magnet": {"z": "490 m", "behind": "1 m", "kick": "1 GeV"}}, "magnet.behind", "one of them is due"),
        ({"cuts": {"require": "tow"}}, "cuts.require", "did you mean 'two'"),
        ({"cuts": {"pointing": {}}}, "cuts.pointing", "neither impact nor beam"),
        ({"cuts": {"pointing": {"upstream": "1 m", "impact": "1 m"}}}, "cuts.pointing.upstream", "beam is due too"),
        ({"cuts": {"pointing": {"impact": "2 GeV"}}}, "cuts.pointing.impact", "wrong unit"),
        ({"cuts": {"vertex": {"margins": "1 m"}}}, "cuts.vertex.margins", "did you mean 'margin'"),
        ({"cuts": {"vertex": {"margin": "-1 m"}}}, "cuts.vertex.margin", "must not be negative"),
        ({"efficiency": {"energy": ["1 GeV"], "value": [0.5]}}, "efficiency.energy", "at least two points"),
        ({"efficiency": {"energy": ["1 GeV", "2 GeV"], "value": [0.5]}}, "efficiency.value", "1 values for 2 energies"),
        ({"efficiency": {"energy": ["2 GeV", "1 GeV"], "value": [0, 1]}}, "efficiency.energy", "must rise"),
        ({"efficiency": {"energy": ["1 GeV", "2 GeV"], "value": [0, 2]}}, "efficiency.value", "beyond the largest"),
        ({"efficiency": {"energy": [1, 2], "value": [0, 1]}}, "efficiency.energy", "has no unit"),
        ({"background": {"e+e-": 1}}, "background.e+e-", "did you mean 'e+ e-'"),
        ({"background": {"e+ e-": -1}}, "background.e+ e-", "must not be negative"),
        ({"observed": {"e+ e-": 0.5}}, "observed.e+ e-", "a whole number is due"),
        ({"production_point": ["0 m"]}, "production_point", "two lengths are due"),
        ({"selections": 3}, "selections", "a list of selections is due"),
        ({"selections": [{"name": "a"}]}, "selections.a.channels", "missing"),
        ({"selections": [{"name": "a", "channels": ["pi+ pi"]}]}, "selections.a.channels", "did you mean 'pi+ pi-'"),
        ({"selections": [{"name": "a", "channels": ["4pi"], "planes": ["x"]}]}, "selections.a.planes", "unknown plane"),
        ({"selections": {"b": {}}}, "selections", "unknown selection 'b'"),
        ({"channels": ["hadron"]}, "channels", "did you mean 'hadrons'"),
    ],
)
def test_overrides_that_are_refused(changes: dict[str, Any], key: str, what: str) -> None:
    message = refusal("FASER2", changes)
    assert message.startswith(f"{key}: ")
    assert what in message


@pytest.mark.parametrize(
    ("old", "new", "key", "what"),
    [
        ("schema = 1\n", "", "schema", "schema = 1 is due"),
        ("schema = 1", "schema = 2", "schema", "schema = 1 is due"),
        ('name = "mine"\n', "", "name", "missing"),
        ('exposure = "100 fb^-1"\n', "", "exposure", "missing"),
        ('shape = "box"\n', "", "volume.shape", "missing"),
        ('shape = "box"', 'shape = "prism"', "volume.shape", "unknown shape"),
        ('shape = "box"', 'shape = "frustum"', "volume.back_width", "missing"),
        ('width = "4 m"', 'width = "-4 m"', "volume.width", "must be positive"),
        ('name = "mine"', 'name = "mine"\ntitel = "x"', "titel", "did you mean 'title'"),
    ],
)
def test_a_bad_file_is_named(own_file: Path, old: str, new: str, key: str, what: str) -> None:
    own_file.write_text(MINIMAL.replace(old, new))
    for overrides in (None, {"efficiency": 0.5}):
        message = refusal(str(own_file), overrides)
        assert message.startswith(f"{own_file}: {key}: ")
        assert what in message


def test_files_that_are_none(tmp_path: Path) -> None:
    empty, binary, text = tmp_path / "empty.toml", tmp_path / "binary.toml", tmp_path / "text.toml"
    empty.write_bytes(b"")
    binary.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    text.write_text("this is no TOML")
    assert "the file is empty" in refusal(str(empty))
    assert "not a text file" in refusal(str(binary))
    assert "line 1, column 6" in refusal(str(text))
    assert "no such file" in refusal(str(tmp_path / "absent.toml"))
    assert "is a folder" in refusal(f"{tmp_path}/")


def test_unknown_names() -> None:
    assert "did you mean 'FASER2'" in refusal("FASER22")
    assert "known: " in refusal("xyzzy")


def test_a_whole_detector_needs_no_file() -> None:
    table = tomllib.loads(MINIMAL)
    del table["name"]
    assert load_detector("some label", table).name == "some label"
    assert isinstance(load_detector("some label", table), Detector)


def test_everything_is_told_in_plain_lines() -> None:
    lines = "\n".join(" ".join(line.split()) for line in describe.detector("NA62-dump"))
    for part in (
        "bosons made at x = 0 m, y = -2.2 cm",
        "exposure 1.4e17 POT",
        "background 0.01 in e+ e-, 0.016 in mu+ mu- events expected",
        "observed 0 in e+ e-, 1 in mu+ mu- events",
        "volume cylinder, radius 1 m, z from 81.93 m to 156.93 m, on axis",
        "octagon, 2.26 m wide, 2.26 m high, |x| + |y| up to 1.598 m, hole of radius 8 cm, of 15 cm for electrons and ",
        "z = 223.78 m, on axis; crossed by muons",
        "magnet dipole at z = 173.93 m, horizontal kick of 270 MeV",
        "two photons where fewer than two are charged, charged products E > 5 GeV",
        "for electrons e+ e-: charged products E > 1 GeV, products 10 cm apart at plane calorimeter",
        "within 2 cm of the beam line, there z above -17.07 m, there z below 16.93 m",
    ):
        assert part in lines, part
    ship = "\n".join(describe.detector("SHiP"))
    assert "1 m wide and 2.7 m high at the front, 4 m wide and 6.2 m high at the back" in ship
    assert "decay 5 cm from the walls, 5 cm from the front, 5 cm from the back" in ship


def test_plain_lines_of_what_a_card_can_set() -> None:
    changes = {
        "efficiency": {"energy": ["100 GeV", "1 TeV"], "value": [0.1, 0.5]},
        "volume": PYRAMID | {"apex": "0 m", "hole": "1 cm"},
        "selections": [
            {"name": "pions", "channels": ["4pi"], "planes": ["first"], "efficiency": 0.2, "require": "one"}
        ],
        "cuts": {"pointing": {"impact": "2 m", "momentum_of": "all"}},
        "planes": {"first": {"em_hole": "15 cm"}},
    }
    text = "\n".join(" ".join(row) for row in rows(load_detector("FASER2", changes)))
    for part in (
        "0.1 at 100 GeV, 0.5 at 1 TeV (boson energy)",
        "sides meet at z = 0 m, hole of radius 1 cm",
        "for pions 4pi: planes first, efficiency 0.2, at least one product",
        "momentum of all products points back within 2 m of the production point",
        "disc, radius 1 m, hole of radius 15 cm for electrons and photons, z = ",
    ):
        assert part in text, part


@pytest.mark.parametrize("name", ["NA62-dump", "SHiP", "SHiP-2015"])
def test_drawings_hold_every_shape(name: str, tmp_path: Path) -> None:
    from lvgen.io.detector_drawing import detector_figure

    detector_figure(load_detector(name), tmp_path / "drawn.png")
    assert (tmp_path / "drawn.png").stat().st_size > 10_000
