"""Outlines of contours and the figures made of them."""

from __future__ import annotations

import io
import itertools
import re
import warnings
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.contour import ContourSet
from PIL import Image
from scipy.interpolate import RegularGridInterpolator

from lvgen.detection.registry import load_detector
from lvgen.errors import UserError
from lvgen.io import labels
from lvgen.io.budgets import budget_figure
from lvgen.io.canvas import page, paper_style
from lvgen.io.detector_drawing import detector_figure
from lvgen.io.event_lines import draw_event_lines
from lvgen.io.line_breaks import break_lines
from lvgen.io.map_axes import frame, window_of
from lvgen.io.outline import trace
from lvgen.io.overlay_figure import overlay_figure
from lvgen.io.sensitivity_figure import sensitivity_figure
from lvgen.io.widths_figure import widths_figure


def island(m0, g0, height, width_m=0.3, width_g=0.5):
    return lambda m, g: height - ((m - m0) / width_m) ** 2 - ((g - g0) / width_g) ** 2


def either(*parts):
    return lambda m, g: np.max(np.stack(np.broadcast_arrays(*(part(m, g) for part in parts))), axis=0)


def ring(m, g):
    r = np.hypot((m + 1) / 0.35, (g + 5.5) / 0.9)
    return 3 - 12 * (r - 1.2) ** 2


def area(loop):
    x, y = np.log(loop[:-1].T)
    return 0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)


def ink(path):
    """Share of pixels that are not white."""
    with Image.open(path) as image:
        return float(np.mean(np.asarray(image.convert("L")) < 250))


def test_an_island_is_one_closed_line_with_rounded_tips(make_scan):
    signal_map, rows = make_scan(masses=31)
    outline = trace(signal_map, rows)
    assert len(outline.loops) == len(outline.strokes) == 1
    (loop,) = outline.loops
    np.testing.assert_array_equal(loop[0], loop[-1])
    np.testing.assert_array_equal(outline.strokes[0], loop)
    assert area(loop) > 0
    edges = {(row.mass, edge) for row in rows if row.excludes for edge in (row.coupling_lower, row.coupling_upper)}
    assert edges <= {(float(m), float(g)) for m, g in loop}
    # log10 N along the middle is a parabola in log10 m that passes 2.3 where it should
    reach = 0.4 * np.sqrt(3 - np.log10(2.3))
    assert np.log10(loop[:, 0].max()) == pytest.approx(-1.2 + reach, abs=0.01)
    assert np.log10(loop[:, 0].min()) == pytest.approx(-1.2 - reach, abs=0.01)


def test_islands_at_one_mass_stay_apart(make_scan):
    signal_map, rows = make_scan(either(island(-1, -7, 2), island(-1, -5, 2), island(-0.3, -6, 2, 0.15)))
    outline = trace(signal_map, rows)
    assert len(outline.loops) == len(outline.strokes) == 3
    assert all(area(loop) > 0 for loop in outline.loops)


def test_a_hole_runs_the_other_way_round(make_scan):
    outline = trace(*make_scan(ring, masses=41, couplings=121))
    assert sorted(np.sign(area(loop)) for loop in outline.loops) == [-1.0, 1.0]
    inner, outer = sorted(outline.loops, key=area)
    assert inner[:, 0].max() < outer[:, 0].max()
    assert len(outline.strokes) == 2


def test_two_arms_join_in_one_outline(make_scan):
    """Two intervals at low masses that become one at high masses: one loop, the gap closed by a tip."""
    outline = trace(*make_scan(either(island(-1.5, -6.5, 2), island(-1.5, -4.5, 2), island(-0.9, -5.5, 2, 0.4, 1.0))))
    assert len(outline.loops) == len(outline.strokes) == 1


def test_no_line_is_drawn_where_the_scan_ends(make_scan):
    signal_map, rows = make_scan(lambda m, g: 3 - m / 2 - ((g + 8) / 2) ** 2)
    assert all(row.edge_upper == "closed" for row in rows)
    outline = trace(signal_map, rows)
    assert {row.edge_lower for row in rows} == {"grid"}
    (loop,), (stroke,) = outline.loops, outline.strokes
    assert loop[:, 1].min() == signal_map.coupling[0]
    assert stroke[:, 1].min() > signal_map.coupling[0]
    assert len(stroke) == len(signal_map.mass)


def test_where_the_next_mass_is_closed_the_outline_ends_upright(make_scan):
    signal_map, rows = make_scan(lambda m, g: np.where(m > -0.95, -np.inf, island(-1, -5.5, 3, 1.0)(m, g)))
    (loop,) = trace(signal_map, rows).loops
    assert loop[:, 0].max() == max(row.mass for row in rows if row.excludes)


def test_bands_are_as_wide_as_the_errors(make_scan):
    signal_map, rows = make_scan(relative_error=0.3)
    widest = max(np.log(band[:, 1].max() / band[:, 1].min()) for band in trace(signal_map, rows).bands)
    narrow = max(np.log(b[:, 1].max() / b[:, 1].min()) for b in trace(*make_scan(relative_error=0.0)).bands)
    assert widest > narrow
    row = rows[8]
    ends = np.concatenate(trace(signal_map, rows).bands)
    at_mass = ends[ends[:, 0] == row.mass, 1]
    for sign in (-1, 1):
        assert np.isclose(at_mass, row.coupling_lower + sign * row.coupling_lower_error, rtol=1e-12).any()
        assert np.isclose(at_mass, row.coupling_upper + sign * row.coupling_upper_error, rtol=1e-12).any()


def test_sensitivity_figure_is_drawn_without_traces(make_scan, tmp_path):
    before = dict(mpl.rcParams)
    signal_map, rows = make_scan()
    for name in ("a", "b"):
        paths = [tmp_path / f"{name}.{kind}" for kind in ("png", "pdf", "svg")]
        sensitivity_figure(signal_map, rows, *paths, title="Dark photon", text=["a line"])
    assert dict(mpl.rcParams) == before
    for kind in ("png", "pdf", "svg"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    assert 0.05 < ink(tmp_path / "a.png") < 0.6
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert len(list(tmp_path.iterdir())) == 6


@pytest.mark.parametrize(
    "options",
    [
        {"log10_n": island(-1, -5.5, -3)},
        {"log10_n": lambda m, g: np.full(np.broadcast(m, g).shape, -np.inf)},
        {"masses": 1},
        {"couplings": 1, "log10_n": lambda m, g: 2 + 0 * m + 0 * g},
        {"scale": "linear"},
        {"log10_n": ring, "masses": 41},
        {"log10_n": lambda m, g: 9 + 0 * m + 0 * g},
    ],
    ids=["nothing excluded", "no signal", "one mass", "one coupling", "linear masses", "ring", "everything excluded"],
)
def test_unusual_maps_have_a_figure(make_scan, tmp_path, options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        signal_map, rows = make_scan(**options)
        sensitivity_figure(signal_map, rows, tmp_path / "a.png")
    assert ink(tmp_path / "a.png") > 0.01


def test_overlay_shows_every_result(make_scan, tmp_path):
    first, second = make_scan(), make_scan(island(-0.5, -5, 3))
    overlay_figure([("one", *first)], tmp_path / "one.png")
    overlay_figure([("one", *first), ("two", *second), ("none", *make_scan(island(0, 0, -9)))], tmp_path / "all.png")
    assert ink(tmp_path / "all.png") > ink(tmp_path / "one.png")


def test_widths_figure(tmp_path):
    mass = np.geomspace(0.01, 1.0, 50)
    channels = {"e+ e-": np.full(50, 0.5), "mu+ mu-": np.where(mass > 0.211, 0.4, 0.0), "hadrons": np.zeros(50)}
    widths_figure(mass, channels, tmp_path / "w.png", mass_label="$m_{A'}$", title="dark_photon")
    widths_figure(mass[:1], {"e+ e-": np.ones(1)}, tmp_path / "one.png")
    widths_figure(mass, {f"channel {i}": np.full(50, 0.9**i) for i in range(30)}, tmp_path / "many.pdf")
    assert ink(tmp_path / "w.png") > 0.02
    assert ink(tmp_path / "one.png") > 0.01


@pytest.mark.parametrize("name", ["FASER", "FASER2", "FASER2-FPF"])
def test_detector_figure(name, tmp_path):
    detector_figure(load_detector(name), tmp_path / "d.png")
    assert ink(tmp_path / "d.png") > 0.05


@pytest.mark.parametrize("title", ["costs $5 or $\\frac$", "a_b^c % # & \\x", "π⁰ → γ V", "暗光子", "$m_{A'}$ = 1"])
def test_any_text_can_be_a_title(make_scan, tmp_path, capfd, title):
    sensitivity_figure(*make_scan(masses=4), tmp_path / "a.png", title=title, text=[title])
    assert capfd.readouterr() == ("", "")


def test_letters_that_one_font_lacks_come_from_the_other():
    with paper_style(), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure, axes = page()
        axes.set_title("e⁺e⁻ and μ⁺μ⁻, 10¹⁸ protons, 27 fb⁻¹, π⁰ → γ V, CO₂")
        figure.savefig(io.BytesIO(), format="png")


def test_any_text_can_be_a_label(make_scan, tmp_path):
    text = "costs $5 or $\\frac$"
    overlay_figure([(text, *make_scan(masses=4))], tmp_path / "b.png", title=text)
    detector_figure(load_detector("FASER2").model_copy(update={"title": text}), tmp_path / "c.png")
    assert ink(tmp_path / "b.png") > 0.02


def test_figures_that_cannot_be_written(make_scan, tmp_path):
    scan = make_scan()
    with pytest.raises(UserError, match=r"a\.xyz: no figure format.*pdf.*png"):
        sensitivity_figure(*scan, tmp_path / "a.xyz")
    with pytest.raises(UserError, match="there is no directory"):
        sensitivity_figure(*scan, tmp_path / "missing" / "a.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_nothing_is_left_where_the_disk_is_full(make_scan, tmp_path, kind):
    with pytest.raises(UserError, match=rf"a\.{kind}: cannot be written: File too large"):
        sensitivity_figure(*make_scan(masses=61, couplings=121), tmp_path / f"a.{kind}", text=["ε, ij, Öä"] * 9)
    assert list(tmp_path.iterdir()) == []


def test_labels():
    assert labels.mass_label("a model of the user's") == "$m_V$ [GeV]"
    assert labels.channel_label("nu_mu nubar_mu") == r"$\nu_{\mu}\bar{\nu}_{\mu}$"
    assert labels.channel_label("eta' pi+ pi-") == r"$\eta'\pi^+\pi^-$"
    assert labels.channel_label("something_else") == "something else"
    assert labels.unit_text("27 fb^-1 in 2022") == r"27 fb$^{\mathregular{-1}}$ in 2022"


def test_whether_a_line_passes_through_a_box():
    """Against points that lie densely on the line."""
    from matplotlib.transforms import Bbox

    from lvgen.io.legends import crosses

    box, rng = Bbox([[0.0, 0.0], [2.0, 1.0]]), np.random.default_rng(1)
    lines = [rng.uniform(-3.0, 3.0, (3, 2)) for _ in range(300)]
    lines += [np.array([[-1.0, 0.5], [3.0, 0.5]]), np.array([[0.5, -1.0], [0.5, -0.5]]), np.array([[1.0, 0.5]])]
    found = [crosses(box, line) for line in lines]
    share = np.linspace(0.0, 1.0, 4001)[:, None]
    for line, passes in zip(lines, found, strict=True):
        ends = itertools.pairwise(line) if len(line) > 1 else [(line[0], line[0])]
        dense = np.concatenate([a + share * (b - a) for a, b in ends])
        assert passes == bool(((dense >= 0.0) & (dense <= [2.0, 1.0])).all(axis=1).any())
    assert 30 < sum(found) < 270


def test_legends_cover_no_contour(make_scan, tmp_path):
    """Inside the frame where there is room, below it on a higher page where a contour fills it."""
    sizes = []
    full = lambda m, g: 8.0 - ((g + 5.5 + 0.6 * (m + 1.0)) / 0.65) ** 2  # noqa: E731
    for name, log10_n in (("some", island(-1.6, -5.5, 3.0, 0.2)), ("full", full)):
        scan = make_scan(log10_n)
        sensitivity_figure(*scan, tmp_path / f"{name}.png")
        with Image.open(tmp_path / f"{name}.png") as image:
            sizes.append(image.size)
    assert sizes[0][0] == sizes[1][0]
    assert sizes[0][1] < sizes[1][1]


@pytest.mark.parametrize("figure", ["run", "overlay", "detector"])
def test_long_titles_stay_on_the_page(make_scan, tmp_path, figure):
    """They take more lines of the same letters, for which the page grows; the frame keeps its size."""
    sizes, frames = [], []
    for name, title in (("short", "a title"), ("long", "a title of many words " * 9)):
        path = tmp_path / f"{name}.png"
        if figure == "run":
            sensitivity_figure(*make_scan(), path, title=title)
        elif figure == "overlay":
            overlay_figure([("a", *make_scan())], path, title=title)
        else:
            detector_figure(load_detector("FASER2").model_copy(update={"title": title}), path)
        with Image.open(path) as image:
            grey = np.asarray(image.convert("L"))
        assert grey[:, :3].min() > 250
        assert grey[: image.height // 2, -3:].min() > 250
        sizes.append(image.size)
        frames.append(int((grey < 100).sum(axis=0).max()))
    lines = (sizes[1][1] - sizes[0][1]) / (12 / 72 * 200)
    assert 1.0 < lines < 5.0
    assert frames[0] == pytest.approx(frames[1], abs=25)


_NAMES = ", ".join(f"a spectrum of a long name {i}" for i in range(9))
_LONG = [f"{_NAMES}, {'x' * 200}, " + ", ".join([r"$B\to KV$, $K^*V$, costs \$5"] * 9)]


@pytest.mark.parametrize("m0", [-1.6, -0.4], ids=["beside the contour", "below the axes"])
def test_long_lines_under_the_axes_stay_on_the_page(make_scan, tmp_path, m0):
    signal_map, rows = make_scan(island(m0, -5.5, 3.0, 0.9 if m0 > -1 else 0.2, 2.0 if m0 > -1 else 0.5))
    labels = [("a result with a name of many words " * 5, signal_map, rows), ("y" * 150, signal_map, rows)]
    sensitivity_figure(signal_map, rows, tmp_path / "run.png", text=_LONG)
    overlay_figure([*labels, ("short", signal_map, rows)], tmp_path / "overlay.png")
    for name in ("run", "overlay"):
        with Image.open(tmp_path / f"{name}.png") as image:
            page_of = np.asarray(image.convert("L"))
        assert page_of[:, :4].min() > 250
        assert page_of[900:, -4:].min() > 250


def test_lines_are_broken_between_words_and_formulas():
    room = 30
    text = f"{_LONG[0]} of\N{NO-BREAK SPACE}one\N{NO-BREAK SPACE}piece and $a + b + c + d + e + f + g + h + i + j$"
    broken = break_lines(text, room, len)
    assert re.sub(r"\s", "", broken) == re.sub(r"\s", "", text)
    *lines, last = broken.split("\n")
    assert last == "$a + b + c + d + e + f + g + h + i + j$"
    assert max(map(len, lines)) <= room
    assert any("of\N{NO-BREAK SPACE}one\N{NO-BREAK SPACE}piece" in line for line in lines)
    assert all(line.replace(r"\$", "").count("$") % 2 == 0 for line in lines)
    lines = break_lines(_NAMES, room, len).split("\n")
    assert all(len(a) + 1 + len(b.split(" ")[0]) > room for a, b in itertools.pairwise(lines))
    assert break_lines("a b\nc", 3, len) == "a b\nc"


@pytest.mark.parametrize("masses", [8, 31])
@pytest.mark.parametrize("m0", [-2.1, -0.05, -1.0])
def test_numbers_beside_lines_of_equal_numbers_stay_in_the_frame(make_scan, m0, masses):
    signal_map, rows = make_scan(island(m0, -5.5, 6.05, 0.9, 0.5), masses=masses)
    with paper_style():
        figure, axes = page()
        frame(axes, [signal_map], window_of([(signal_map, trace(signal_map, rows))]))
        exponents = draw_event_lines(axes, signal_map, rows)
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in axes.texts]
    inside = axes.get_window_extent()
    assert len(boxes) == len(exponents) > 0
    assert all(inside.x0 < box.x0 and box.x1 < inside.x1 and inside.y0 < box.y0 and box.y1 < inside.y1 for box in boxes)


def test_numbers_are_put_on_their_own_lines(make_scan, monkeypatch):
    """At each place the map has the number of events that stands there, however small the couplings are."""
    signal_map, rows = make_scan(lambda m, g: np.minimum(4 * (g + 7.6 - (m + 1) ** 2), -40 * (g + 4.6 + m)), masses=160)
    log_n = RegularGridInterpolator((np.log(signal_map.mass), np.log(signal_map.coupling)), np.log10(signal_map.total))
    places = []
    monkeypatch.setattr("matplotlib.axes.Axes.clabel", lambda *_, manual, **__: places.extend(manual))
    with paper_style():
        _, axes = page()
        frame(axes, [signal_map], window_of([(signal_map, trace(signal_map, rows))]))
        exponents = draw_event_lines(axes, signal_map, rows)
    assert len(exponents) > 2
    assert [float(log_n(np.log(place))[0]) for place in places] == pytest.approx(exponents, abs=0.2)


def test_specks_are_no_lines_of_equal_numbers(make_scan):
    """A summit just above a power of ten has no loop of its own, beside others that do."""
    signal_map, rows = make_scan(either(island(-1.3, -5.5, 4.0), island(-0.5, -5.5, 1.001)), masses=160, couplings=160)
    with paper_style():
        _, axes = page()
        frame(axes, [signal_map], window_of([(signal_map, trace(signal_map, rows))]))
        exponents = draw_event_lines(axes, signal_map, rows)
        lines = next(drawn for drawn in axes.collections if isinstance(drawn, ContourSet))
        loops = lines.get_paths()[0].to_polygons(closed_only=False)
    assert exponents[0] == 1
    assert all(loop[:, 0].max() < 10**-0.7 for loop in loops)
    alone, rows = make_scan(island(-0.5, -5.5, 1.3, 0.04, 0.02), masses=160, couplings=500)
    assert alone.total.max() > 10.0
    with paper_style():
        _, axes = page()
        frame(axes, [alone], window_of([(alone, trace(alone, rows))]))
        assert draw_event_lines(axes, alone, rows) == []


def test_no_line_of_equal_numbers_runs_along_the_contour(make_scan):
    signal_map, rows = make_scan()
    with paper_style():
        _, axes = page()
        far = draw_event_lines(axes, signal_map, rows)
        near = draw_event_lines(axes, signal_map, [replace(row, n_required=0.9 * 10 ** far[0]) for row in rows])
    assert near == far[1:]


def test_the_budget_of_a_dark_photon_is_over_its_mass(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr("lvgen.io.budgets.save", lambda figure, _: drawn.append(figure))
    for model in ("dark_photon", "B", ""):
        budget_figure([], tmp_path / "budget.png", model=model)
    labels = [figure.axes[-1].get_xlabel() for figure in drawn]
    assert labels == ["$m_{A'}$ [GeV]", "$m_V$ [GeV]", "$m_V$ [GeV]"]
