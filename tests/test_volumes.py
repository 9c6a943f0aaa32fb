"""Rays through decay volumes against stepping along them and against closed forms, and the window that holds them."""

from __future__ import annotations

import numpy as np
import pytest

from lvgen.detection.apparatus import Apparatus
from lvgen.detection.registry import load_detector
from lvgen.kernels.geometry import (
    BOX,
    CYLINDER,
    DISC,
    ELLIPSE,
    FRUSTUM,
    RECTANGLE,
    aim_direction,
    contains,
    segments_of_rays,
)

#: shape, z0, z1, cx, cy, a0, b0, a1, b1, hole
VOLUMES = {
    "cylinder": (CYLINDER, 480.0, 485.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0),
    "hollow cylinder": (CYLINDER, 3.0, 9.0, 0.4, -0.3, 2.0, 2.0, 2.0, 2.0, 0.5),
    "cylinder round the origin": (CYLINDER, -2.0, 4.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.2),
    "box": (BOX, 10.0, 20.0, 0.5, 0.0, 1.5, 0.5, 1.5, 0.5, 0.0),
    "hollow box": (BOX, 10.0, 20.0, 0.5, 0.0, 1.5, 0.8, 1.5, 0.8, 0.4),
    "SHiP": (FRUSTUM, 32.0, 82.0, 0.0, 0.0, 0.5, 1.35, 2.0, 3.1, 0.0),
    "narrowing frustum": (FRUSTUM, 2.0, 7.0, -0.5, 0.3, 3.0, 1.0, 0.5, 2.0, 0.0),
    "hollow frustum": (FRUSTUM, 2.0, 7.0, 0.2, 0.0, 1.0, 1.0, 2.0, 3.0, 0.5),
    "pyramid": (FRUSTUM, 1.0, 6.0, 0.3, 0.0, 0.0, 0.0, 2.0, 1.0, 0.0),
    "ellipse": (ELLIPSE, 60.0, 110.0, 0.0, 1.0, 2.5, 5.0, 2.5, 5.0, 0.0),
    "cone": (ELLIPSE, 2.0, 8.0, 0.4, -0.2, 1.0, 2.0, 2.0, 4.0, 0.0),
    "narrowing cone": (ELLIPSE, 2.0, 8.0, 0.0, 0.0, 3.0, 1.5, 1.0, 0.5, 0.0),
    "cone to a point": (ELLIPSE, 2.0, 8.0, 0.0, 0.0, 0.0, 0.0, 2.0, 1.0, 0.3),
}


def inside(shape, par, x, y, z):
    """Whether points (arrays) are inside, in plain words."""
    share = (z - par[0]) / (par[1] - par[0])
    a, b = par[4] + share * (par[6] - par[4]), par[5] + share * (par[7] - par[5])
    dx, dy = np.abs(x - par[2]), np.abs(y - par[3])
    within = (dx <= a) & (dy <= b) if shape in (BOX, FRUSTUM) else (dx * b) ** 2 + (dy * a) ** 2 <= (a * b) ** 2
    return (z >= par[0]) & (z <= par[1]) & within & (np.hypot(dx, dy) >= par[8])


def rays(par, n, rng):
    """Rays of every kind: from the origin towards the volume, from points around, and from points inside."""
    reach = 1.2 * max(par[4:8]) + np.hypot(par[2], par[3])
    origin = np.zeros((n, 3))
    k = n // 3
    origin[k:] = rng.uniform((-reach, -reach, par[0] - 3.0), (reach, reach, par[1]), (n - k, 3))
    aim = rng.uniform((-reach, -reach, par[0]), (reach, reach, par[1] + 1.0), (n, 3))
    return origin, aim - origin


def segments(shape, par, origin, direction):
    momentum = np.concatenate([np.zeros((len(origin), 1)), direction], axis=1)
    out = np.empty((len(origin), 4))
    segments_of_rays(shape, par, origin, momentum, out)
    return out


@pytest.mark.parametrize("name", VOLUMES)
def test_segments_against_stepping(name: str) -> None:
    shape, *numbers = VOLUMES[name]
    par = np.array([*numbers, 0.0])
    rng = np.random.default_rng(3)
    origin, direction = rays(par, 150, rng)
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    found = segments(shape, par, origin, direction)
    far = 1.5 * (np.linalg.norm(origin, axis=1).max() + par[1] + 10.0)
    steps = np.linspace(0.0, far, 20_001)
    step = steps[1]
    hits = double = 0
    for o, n, (a1, a2, b1, b2) in zip(origin, direction, found, strict=True):
        within = inside(shape, par, *(o[:, None] + n[:, None] * steps))
        assert 0.0 <= a1 <= a2
        assert b2 == 0.0 or a2 <= b1 <= b2
        assert (a2 - a1) + (b2 - b1) == pytest.approx(within.sum() * step, abs=4 * step)
        predicted = ((steps >= a1) & (steps <= a2)) | ((steps >= b1) & (steps <= b2) & (b2 > 0.0))
        assert np.count_nonzero(predicted & ~within) <= 4
        hits += within.any()
        double += b2 > 0.0
    assert hits >= 40
    assert (double > 0) == (par[8] > 0.0)


def test_length_of_a_ray_in_a_cone_in_closed_form() -> None:
    """x^2 + y^2 = z^2 between z = 1 and 4: straight across at height z the chord at y = h is 2 sqrt(z^2 - h^2)."""
    par = np.array([1.0, 4.0, 0.0, 0.0, 1.0, 1.0, 4.0, 4.0, 0.0, 0.0])
    origin = np.array([[-10.0, 1.2, 2.0], [0.5, 0.0, 0.0], [0.0, 0.0, 10.0]])
    direction = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    found = segments(ELLIPSE, par, origin, direction)
    lengths = found[:, 1] - found[:, 0]
    # the second runs in parallel to the surface, outside at x = z + 0.5: it never enters
    assert lengths == pytest.approx([2.0 * np.sqrt(4.0 - 1.44), 0.0, 3.0], rel=1e-13)


def test_volume_of_a_frustum_from_the_length_of_its_rays() -> None:
    """The mean chord of parallel rays times the area they cover is the volume: h/3 (A0 + A1 + sqrt(A0 A1)) for a
    piece of a pyramid or of a cone."""
    n = 200_000
    u = np.random.default_rng(5).random((n, 2))
    for shape, area in ((FRUSTUM, 4.0), (ELLIPSE, np.pi)):
        par = np.array([1.0, 6.0, 0.0, 0.0, 0.5, 1.0, 1.5, 3.0, 0.0, 0.0])
        origin = np.column_stack([3.0 * (u[:, 0] - 0.5), 6.0 * (u[:, 1] - 0.5), np.zeros(n)])
        found = segments(shape, par, origin, np.tile([0.0, 0.0, 1.0], (n, 1)))
        chord = found[:, 1] - found[:, 0]
        a0, a1 = area * 0.5, area * 4.5
        exact = 5.0 / 3.0 * (a0 + a1 + np.sqrt(a0 * a1))
        assert 18.0 * chord.mean() == pytest.approx(exact, abs=5 * 18.0 * chord.std() / np.sqrt(n))


@pytest.mark.parametrize("name", VOLUMES)
def test_a_margin_shrinks_the_volume(name: str) -> None:
    shape, *numbers = VOLUMES[name]
    par = np.array([*numbers, 0.0])
    points = np.random.default_rng(7).uniform(-1.0, 1.0, (2000, 3)) * [4.0, 6.0, 0.7 * (par[1] - par[0])]
    points += [par[2], par[3], 0.5 * (par[0] + par[1])]
    x, y, z = points.T
    plain = np.array([contains(shape, par, *p, 0.0, 0.0, 0.0) for p in points])
    assert (plain == inside(shape, par, x, y, z)).all()
    shrunk = np.array([contains(shape, par, *p, 0.1, 0.5, 0.2) for p in points])
    assert shrunk.any()
    assert not (shrunk & ~plain).any()
    for dx, dy in ((0.1, 0.0), (-0.1, 0.0), (0.0, 0.1), (0.0, -0.1)):
        near = inside(shape, par, x + 0.999 * dx, y + 0.999 * dy, z)
        assert not (shrunk & ~near).any()
    assert not (shrunk & ((z < par[0] + 0.5) | (z > par[1] - 0.2))).any()


OVERRIDES = {
    "frustum": {"shape": "frustum", "width": "1 m", "height": "2.7 m", "back_width": "4 m", "back_height": "6.2 m"},
    "pyramid": {"shape": "pyramid", "back_width": "4 m", "back_height": "6 m", "apex": "10 m"},
    "ellipse": {"shape": "ellipse", "width": "5 m", "height": "10 m"},
    "beside": {"shape": "box", "width": "1 m", "height": "2 m", "center": ["3 m", "-4 m"]},
    "narrowing": {"shape": "frustum", "width": "6 m", "height": "5 m", "back_width": "1 m", "back_height": "1 m"},
}


@pytest.mark.parametrize("name", OVERRIDES)
@pytest.mark.parametrize("point", [["0 m", "0 m"], ["0.3 m", "-22 mm"]])
def test_the_window_holds_the_whole_volume(name: str, point: list[str]) -> None:
    """Rays drawn at points inside come from directions of the window; its solid angle is not many times too large."""
    volume = {"front": "32 m", "length": "50 m"} | OVERRIDES[name]
    apparatus = Apparatus(
        load_detector(
            "a", {"schema": 1, "source": "s", "exposure": "1 POT", "production_point": point, "volume": volume}
        )
    )
    window, par = apparatus.window, apparatus.parameters
    u = np.random.default_rng(1).uniform(-1.0, 1.0, (4000, 3))
    points = u * [max(par[4], par[6]), max(par[5], par[7]), 25.0] + [par[2], par[3], 57.0]
    hit = inside(apparatus.shape, par, *points.T)
    tx, ty = points[hit, 0] / points[hit, 2], points[hit, 1] / points[hit, 2]
    w = window.parameters
    if window.kind == DISC:
        assert np.hypot(tx, ty).max() <= w[2]
    else:
        assert window.kind == RECTANGLE
        assert (np.abs(tx - w[0]) <= w[2]).all()
        assert (np.abs(ty - w[1]) <= w[3]).all()
    draws = np.random.default_rng(2).random((4000, 2))
    aimed = np.array([aim_direction(window.kind, w, 1e-3, *d) for d in draws])
    found = segments(apparatus.shape, par, np.zeros((4000, 3)), np.ascontiguousarray(aimed[:, :3]))
    assert np.mean(found[:, 1] > found[:, 0]) > 0.25


def test_the_production_point_moves_the_detector() -> None:
    moved = Apparatus(load_detector("FASER", {"production_point": ["1 cm", "-65 mm"]}))
    centred = Apparatus(load_detector("FASER", {"volume": {"center": ["-1 cm", "65 mm"]}}))
    assert (moved.parameters == centred.parameters).all()
    assert (moved.window.parameters == centred.window.parameters).all()
    frame = moved.detector.event_frame
    assert frame.startswith(moved.detector.frame)
    assert "x = 1 cm, y = -6.5 cm" in frame
