"""Signal map and contour in files."""

from __future__ import annotations

import csv
import dataclasses
import math

import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot

from lvgen.errors import UserError
from lvgen.io import results


def _same(a, b):
    for field in dataclasses.fields(a):
        mine, other = getattr(a, field.name), getattr(b, field.name)
        if isinstance(mine, dict):
            assert list(mine) == list(other)
            for name in mine:
                np.testing.assert_array_equal(mine[name], other[name], err_msg=name)
        elif isinstance(mine, np.ndarray):
            np.testing.assert_array_equal(mine, other, err_msg=field.name)
        else:
            assert mine == other or (math.isnan(mine) and math.isnan(other))


def test_map_has_the_columns_of_the_design_and_comes_back(make_scan, tmp_path):
    signal_map, _ = make_scan()
    results.write_signal_map(signal_map, tmp_path / "signal_map.parquet")
    table = pq.read_table(tmp_path / "signal_map.parquet")
    assert table.column_names == [
        *("mass", "coupling", "process", "n_signal", "n_signal_error", "n_signal_error_spectrum", "ctau_m"),
        "precision_met",
    ]
    assert table["process"][:3].to_pylist() == ["meson_decay", "bremsstrahlung", "total"]
    row = table.slice(3 * (5 * 49 + 7) + 2, 1).to_pylist()[0]
    assert row["process"] == "total"
    assert row["mass"] == signal_map.mass[5]
    assert row["coupling"] == signal_map.coupling[7]
    assert row["n_signal"] == signal_map.n_signal["total"][5, 7]
    assert row["n_signal_error"] == signal_map.error["total"][5, 7]
    assert row["ctau_m"] == signal_map.ctau[5, 7]
    assert row["precision_met"] == signal_map.precision_met[5, 7]
    _same(results.read_signal_map(tmp_path), signal_map)
    _same(results.read_signal_map(tmp_path / "signal_map.parquet"), signal_map)


def test_equal_maps_give_equal_bytes(make_scan, tmp_path):
    for name in ("a", "b"):
        results.write_signal_map(make_scan()[0], tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_histogram_has_the_map_in_its_bins(make_scan):
    signal_map, _ = make_scan()
    histogram = results.signal_map_hist(signal_map)
    assert histogram.axes.name == ("process", "mass", "coupling")
    assert list(histogram.axes["process"]) == ["meson_decay", "bremsstrahlung", "total"]
    np.testing.assert_array_equal(histogram["total", :, :].values(), signal_map.n_signal["total"])
    np.testing.assert_allclose(np.sqrt(histogram["meson_decay", :, :].variances()), signal_map.error["meson_decay"])
    assert histogram.axes["mass"].label == "$m_{A'}$ [GeV]"
    assert histogram.axes["mass"].metadata["points"] == signal_map.mass.tolist()
    edges = histogram.axes["mass"].edges
    np.testing.assert_allclose(np.sqrt(edges[1:] * edges[:-1]), signal_map.mass)
    assert histogram.axes["coupling"].index(signal_map.coupling).tolist() == list(range(49))


@pytest.mark.parametrize("scale", ["log", "linear"])
@pytest.mark.parametrize("points", [[0.3], [0.1, 0.2], [0.01, 0.03, 0.2]])
def test_bins_surround_their_points(points, scale):
    edges = results.bin_edges(np.array(points), scale)
    assert len(edges) == len(points) + 1
    assert (edges[:-1] < points).all()
    assert (edges[1:] > points).all()
    middle = np.sqrt(points[0] * points[-1]) if scale == "log" else 0.5 * (points[0] + points[-1])
    if len(points) == 2:
        assert edges[1] == pytest.approx(middle)


def test_root_file_holds_two_histograms(make_scan, tmp_path):
    signal_map, _ = make_scan()
    results.write_signal_map_root(signal_map, tmp_path / "signal_map.root")
    with uproot.open(tmp_path / "signal_map.root") as file:
        assert file.classnames(cycle=False) == {"n_signal": "TH2D", "n_signal_error": "TH2D"}
        np.testing.assert_array_equal(file["n_signal"].values(), signal_map.n_signal["total"])
        np.testing.assert_allclose(file["n_signal"].errors(), signal_map.error["total"])
        np.testing.assert_allclose(file["n_signal_error"].values(), signal_map.error["total"])
        np.testing.assert_allclose(file["n_signal"].axis(0).edges(), results.bin_edges(signal_map.mass, "log"))


def test_contour_file_to_the_letter(make_scan, tmp_path):
    _, rows = make_scan()
    results.write_contour(rows, tmp_path / "contour.csv")
    lines = (tmp_path / "contour.csv").read_bytes().decode().split("\n")
    assert lines[0] == (
        "mass,coupling_lower,coupling_lower_error,coupling_upper,coupling_upper_error,n_required,confidence,"
        "edge_lower,edge_upper,limited_by_lower,limited_by_upper"
    )
    assert lines[-1] == ""
    assert len(lines) == 2 + len(rows)
    assert lines[1] == "0.01,,,,,2.3,0.9,,,,"
    row = rows[8]
    assert lines[9].split(",")[:3] == [repr(row.mass), repr(row.coupling_lower), repr(row.coupling_lower_error)]
    assert lines[9].split(",")[7:9] == ["closed", "closed"]


def test_contour_comes_back(make_scan, tmp_path):
    _, rows = make_scan()
    results.write_contour(rows, tmp_path / "contour.csv")
    for path in (tmp_path, tmp_path / "contour.csv"):
        for mine, other in zip(rows, results.read_contour(path), strict=True):
            _same(mine, other)


def test_further_columns_of_a_contour_are_passed_over(make_scan, tmp_path):
    _, rows = make_scan()
    results.write_contour(rows, tmp_path / "contour.csv")
    with (tmp_path / "contour.csv").open(newline="") as file:
        table = [[*line, "more"] for line in csv.reader(file)]
    with (tmp_path / "wide.csv").open("w", newline="") as file:
        csv.writer(file).writerows(table)
    assert len(results.read_contour(tmp_path / "wide.csv")) == len(rows)


def test_unreadable_results_are_refused_in_words(make_scan, tmp_path):
    signal_map, _ = make_scan()
    with pytest.raises(UserError, match=r"holds no contour\.csv"):
        results.read_contour(tmp_path)
    with pytest.raises(UserError, match=r"holds no signal_map\.parquet"):
        results.read_signal_map(tmp_path)
    with pytest.raises(UserError, match="no such file"):
        results.read_contour(tmp_path / "missing")
    for content in (b"mass,coupling\n1,2\n", b"\xff\xfe\x00", b"mass" + b"," * 10 + b"\nx,,,,,,,,,,\n"):
        (tmp_path / "contour.csv").write_bytes(content + b"1,2,3\n")
        with pytest.raises(UserError, match="is not a contour"):
            results.read_contour(tmp_path)
    results.write_signal_map(signal_map, tmp_path / "signal_map.parquet")
    table = pq.read_table(tmp_path / "signal_map.parquet")
    for broken in (table.replace_schema_metadata(None), table.slice(1), table.drop_columns(["ctau_m"])):
        pq.write_table(broken, tmp_path / "signal_map.parquet")
        with pytest.raises(UserError, match="is not a signal map"):
            results.read_signal_map(tmp_path)
    (tmp_path / "signal_map.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match=r"signal_map\.parquet"):
        results.read_signal_map(tmp_path)


@pytest.mark.usefixtures("small_files")
def test_nothing_is_left_where_the_disk_is_full(make_scan, tmp_path):
    signal_map, rows = make_scan(masses=200, couplings=150)
    for write, what in (
        (results.write_signal_map, signal_map),
        (results.write_signal_map_root, signal_map),
        (results.write_contour, rows),
    ):
        with pytest.raises(UserError, match="a: cannot be written: File too large"):
            write(what, tmp_path / "a")
        assert list(tmp_path.iterdir()) == []
