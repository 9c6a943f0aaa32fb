"""Fluxes of the user's own: layouts, interpolation, units, refusals, and a table carried through a volume."""

from __future__ import annotations

import gzip
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.detection.registry import detector_names
from lvgen.errors import UserError
from lvgen.kernels.geometry import DISC, RECTANGLE
from lvgen.models.registry import make_model
from lvgen.production import Setup, Window, get_process, parse_options
from lvgen.sampling.maps import AdaptedCube
from lvgen.spectra.flux import FluxFile, read_columns
from lvgen.spectra.registry import load_spectrum

SURROGATE = Path(__file__).parent / "reference" / "surrogate_flux.csv.gz"
#: bosons per proton of EventCalc-SHiP (7dcd784, central) by which the surrogate flux is to be multiplied
YIELDS = {0.05: 5.634, 0.2: 0.24664, 0.5: 0.011152, 1.0: 0.41458}
POT = 6e20


def channel(at: float, window: Window, source: str = "SPS-400GeV", **options: Any) -> Any:
    """The one channel of the process."""
    process = get_process("flux_table")
    spectrum = load_spectrum("SIBYLL-2.3d", source)
    made = process.channels(Setup(make_model("dark_photon"), spectrum, window, parse_options(process, options)), at)
    assert len(made) == 1
    return made[0]


def disc(radius: float) -> Window:
    """A window round the beam axis."""
    return Window(DISC, np.array([0.0, 0.0, radius, 0.0]))


def write_foresee(path: Path, scale: float = 1.0, theta0: float = 1e-3) -> float:
    """A table in FORESEE's layout, evenly in ln p, dN/dOmega ~ 1/(theta0^2 + theta^2)^2; its sum below 1 mrad."""
    total = 0.0
    lines = ["# log10(theta) log10(p/GeV) cross-section[pb/bin]"]
    for log_t in np.arange(-6.975, 0.5, 0.05):
        a, b = 10 ** (log_t - 0.025), 10 ** (log_t + 0.025)
        share = theta0**2 * (1 / (theta0**2 + a * a) - 1 / (theta0**2 + b * b))
        for log_p in np.arange(-0.975, 3.9, 0.05):
            content = scale * share if 2.0 < log_p < 3.0 else 0.0
            lines.append(f"{log_t:.3f} {log_p:.3f} {content:.8e}")
            total += content if log_t < -3.0 else 0.0
    path.write_text("\n".join(lines), encoding="utf-8")
    return total


def polar(draws: Any) -> np.ndarray:
    """Polar angles of bosons."""
    return np.arctan2(np.hypot(draws.boson[:, 1], draws.boson[:, 2]), draws.boson[:, 3])


def test_foresee_layout_keeps_the_content_of_its_bins(tmp_path: Path) -> None:
    """Sum below an edge and above a momentum, and the density in between against the function behind it."""
    expected = write_foresee(tmp_path / "flux_0.1.txt", 1e9)
    made = channel(0.1, disc(3e-3), "LHC-13.6TeV", file=str(tmp_path / "flux_{mass}.txt"), unit="pb", coupling_ref=0.1)
    draws = made.draw(np.random.default_rng(1).random((200_000, 3)))
    sigma = load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV").sigma_inel_pb
    inside = draws.weight * (polar(draws) < 1e-3) * sigma * 0.1**2
    assert inside.mean() == pytest.approx(expected, abs=4 * inside.std() / math.sqrt(len(inside)))
    assert inside.std() / math.sqrt(len(inside)) < 0.01 * expected
    p = np.linalg.norm(draws.boson[:, 1:], axis=1)
    assert draws.weight[(p < 99.9) | (p > 1000.1)].max(initial=0.0) == 0.0
    half = draws.weight * (polar(draws) < 0.31e-3) * sigma * 0.1**2
    true = 20e9 * 1e-6 * (1e6 - 1 / (1e-6 + 0.31e-3**2))
    assert half.mean() == pytest.approx(true, rel=0.01)


def test_between_masses_totals_follow_a_power(tmp_path: Path) -> None:
    for mass, scale in ((0.1, 1e9), (0.4, 1e7)):
        write_foresee(tmp_path / f"flux_{mass}.txt", scale)
    flux = FluxFile(str(tmp_path / "flux_{mass}.txt"))
    assert flux.masses.tolist() == [0.1, 0.4]
    (one, first), (two, second) = flux.at(0.2)
    assert one * first.total + two * second.total == pytest.approx(math.sqrt(first.total * second.total))
    assert one * first.total == pytest.approx(two * second.total)
    process = get_process("flux_table")
    options = parse_options(process, {"file": str(tmp_path / "flux_{mass}.txt"), "unit": "per_interaction"})
    assert process.mass_range(make_model("dark_photon"), options) == pytest.approx((0.1, 0.4), rel=1e-5)
    made = process.channels(
        Setup(make_model("dark_photon"), load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV"), disc(3e-3), options), 0.2
    )
    draws = made[0].draw(np.random.default_rng(1).random((50_000, 3)))
    assert draws.weight.mean() == pytest.approx(20 * 0.9 * 1e8, rel=0.02)


def test_columns_are_named_or_counted(tmp_path: Path) -> None:
    """The same flux as named columns over energy and momentum, without units, and in EventCalc's four columns."""
    theta, energy = np.linspace(0.001, 0.05, 8), np.linspace(10.0, 300.0, 12)
    rows = [(t, e, 1e3 * t * math.exp(-e / 50 - t / 0.02)) for t in theta for e in energy]
    m = 0.5

    def written(name: str, head: str, values: list[tuple[float, ...]], sep: str) -> str:
        lines = [head] if head else []
        lines += [sep.join(f"{v:.10g}" for v in row) for row in values]
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
        return str(tmp_path / name)

    files = [
        written("named.csv", "mass_GeV, theta_rad, E [GeV], f", [(m, *row) for row in rows], ", "),
        written("counted.txt", "", [(m, *row) for row in rows], "\t"),
        written("swapped.csv", "E_GeV;theta;density".replace(";", ","), [(e, t, f) for t, e, f in rows], ","),
    ]
    y = np.random.default_rng(2).random((2000, 3))
    weights = []
    for file in files:
        given = {"mass": "500 MeV"} if "swapped" in file else {}
        weights.append(channel(m, disc(0.06), file=file, unit="per_pot", **given).draw(y).weight)
    assert weights[0].max() > 0.0
    assert weights[1] == pytest.approx(weights[0])
    assert weights[2] == pytest.approx(weights[0])
    by_p = written(
        "momentum.csv", "theta,p,f",
        [(t, math.sqrt(e * e - m * m), f * math.sqrt(e * e - m * m) / e) for t, e, f in rows], ",",
    )  # fmt: skip
    other = channel(m, disc(0.06), file=by_p, unit="per_pot", mass="500 MeV").draw(y)
    assert other.weight.mean() == pytest.approx(weights[0].mean(), rel=2e-3)


def bilinear(mass: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Angles, energies and matrix of the surrogate flux, read by numpy alone."""
    with gzip.open(SURROGATE, "rt") as lines:
        rows = np.array([[float(x) for x in line.split(",")] for line in lines if line[0].isdigit()])
    rows = rows[rows[:, 0] == mass]
    theta, energy = np.unique(rows[:, 1]), np.unique(rows[:, 2])
    dense = np.zeros((len(theta), len(energy)))
    dense[np.searchsorted(theta, rows[:, 1]), np.searchsorted(energy, rows[:, 2])] = rows[:, 3]
    return theta, energy, dense


def in_frustum(tan_x: np.ndarray, tan_y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Inside SHiP's ECN3 volume: 32 to 82 m, full widths 1.0 x 2.7 m to 4.0 x 6.2 m."""
    u = (z - 32.0) / 50.0
    return (np.abs(tan_x * z) < 0.5 * (1.0 + 3.0 * u)) & (np.abs(tan_y * z) < 0.5 * (2.7 + 3.5 * u))


def decays(tan_x: np.ndarray, tan_y: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Probability to decay in the volume for decay lengths along z, by 100 steps in z."""
    z = 32.0 + 50.0 * (np.arange(100) + 0.5) / 100
    out = np.zeros(len(length))
    for point in z:
        out += in_frustum(tan_x, tan_y, point) * np.exp(-point / length) / length * 0.5
    return out


def split(nodes: np.ndarray) -> np.ndarray:
    """Every interval in three."""
    return np.interp(np.arange(3 * len(nodes) - 2) / 3.0, np.arange(len(nodes)), nodes)


def decays_by_sum(mass: float, ctau: float) -> float:
    """Decays of the surrogate flux in the frustum by sums over angles, energies and azimuths."""
    theta, energy, dense = bilinear(mass)
    fine_t, fine_e = split(theta[theta < 0.0502]), split(energy)
    fine_e = fine_e[fine_e > mass]
    columns = np.array([np.interp(fine_t, theta, column) for column in dense.T]).T
    f = np.array([np.interp(fine_e, energy, row, 0.0, 0.0) for row in columns])
    phi = (np.arange(24) + 0.5) * math.pi / 48
    t, p = np.meshgrid(np.tan(fine_t), np.sqrt(fine_e**2 - mass**2), indexing="ij")
    length = (ctau * p * np.cos(np.arctan(t)) / mass).ravel()
    mean = sum(decays((t * math.cos(a)).ravel(), (t * math.sin(a)).ravel(), length) for a in phi) / len(phi)
    return float(POT * YIELDS[mass] * np.trapezoid(np.trapezoid(f * mean.reshape(f.shape), fine_e, axis=1), fine_t))


@pytest.mark.parametrize(("mass", "ctau"), [(0.05, 0.3), (0.05, 30.0), (0.2, 1.0), (0.5, 50.0), (1.0, 1e3)])
def test_surrogate_flux_through_the_frustum_of_ship(mass: float, ctau: float) -> None:
    """Decays per exposure against a sum over angles, azimuths and energies that knows nothing of the sampling."""
    made = channel(mass, Window(RECTANGLE, np.array([0.0, 0.0, 0.0245, 0.0425])), file=str(SURROGATE), unit="per_pot",
                   yields=YIELDS[mass])  # fmt: skip
    rng, cube = np.random.default_rng(7), AdaptedCube(3)
    for n in (4000, 4000, 30_000):
        u = rng.random((n, 3))
        y, jacobian = cube.place(u)
        draws = made.draw(y)
        _, px, py, pz = draws.boson.T
        weight = POT * draws.weight * jacobian * decays(px / pz, py / pz, ctau * pz / mass)
        cube.learn(u, weight)
    found, error = weight.mean(), weight.std() / math.sqrt(n)
    expected = decays_by_sum(mass, ctau)
    assert abs(found - expected) < 3 * error + 0.003 * expected
    assert error < 0.015 * expected


@pytest.mark.skipif("SHiP" not in detector_names(), reason="the detector is not there")
@pytest.mark.parametrize(("mass", "coupling"), [(0.05, 1e-6), (0.2, 1e-7), (0.5, 1e-6)])
def test_surrogate_flux_in_ship_from_the_card_to_the_map(mass: float, coupling: float) -> None:
    """To 1 %, geometry of the decay volume only."""
    options = {"file": str(SURROGATE), "unit": "per_pot", "yields": YIELDS[mass]}
    found = lvgen.run(
        {
            "model": {
                "name": "dark_photon", "mass": f"{mass} GeV",
                "coupling": {"min": coupling / 2, "max": 2 * coupling, "points": 3},
            },
            "production": {"processes": ["flux_table"], "flux_table": options},
            "detector": {"name": "SHiP", "selection": "none"},
            "sensitivity": {},
            "run": {"seed": 1, "precision": 0.004},
        }
    ).map  # fmt: skip
    ctau = float(lvgen.model("dark_photon").decay_table(mass).ctau) / coupling**2
    assert found.total[0][1] == pytest.approx(coupling**2 * decays_by_sum(mass, ctau), rel=0.01)


def test_totals_of_the_surrogate_flux() -> None:
    flux = FluxFile(str(SURROGATE))
    assert flux.masses.tolist() == [0.05, 0.2, 0.5, 1.0]
    for mass in flux.masses:
        theta, energy, dense = bilinear(mass)
        ((share, table),) = flux.at(mass)
        assert share == 1.0
        assert table.total == pytest.approx(np.trapezoid(np.trapezoid(dense, energy, axis=1), theta))


def test_yields_power_and_polarisation(tmp_path: Path) -> None:
    (tmp_path / "yields.txt").write_text("0.05\t4.0\n0.8\t1.0\n", encoding="utf-8")
    y = np.random.default_rng(1).random((1000, 3))
    plain = channel(0.2, disc(0.05), file=str(SURROGATE), unit="per_pot")
    scaled = channel(
        0.2, disc(0.05), file=str(SURROGATE), unit="per_pot", yields=str(tmp_path / "yields.txt"), power=4,
        coupling_ref=0.5, longitudinal_fraction=0.9,
    )  # fmt: skip
    assert scaled.draw(y).weight == pytest.approx(2.0 * plain.draw(y).weight / 0.5**4)
    assert scaled.coefficient(np.array([0.1])) == pytest.approx([1e-4])
    assert plain.coefficient(np.array([0.1])) == pytest.approx([1e-2])
    assert (plain.longitudinal_fraction, scaled.longitudinal_fraction) == (pytest.approx(1 / 3), 0.9)


def test_a_run_is_of_the_files_that_it_read(tmp_path: Path) -> None:
    """From the card to the map; the same card is another run once the table has changed."""
    write_foresee(tmp_path / "flux_0.1.txt", 1e9)
    card = {
        "model": {"name": "dark_photon", "mass": "100 MeV", "coupling": {"min": 1e-6, "max": 1e-4, "points": 9}},
        "production": {
            "processes": ["flux_table"], "flux_table": {"file": str(tmp_path / "flux_{mass}.txt"), "unit": "pb"},
        },
        "detector": {"name": "FASER2", "selection": "none"},
        "sensitivity": {},
        "run": {"seed": 1, "precision": 0.02},
    }  # fmt: skip
    result = lvgen.run(card, directory=tmp_path / "out")
    found, g = result.map.total[0], result.map.coupling
    ctau = lvgen.model("dark_photon").decay_table(0.1).ctau / g**2
    p = 10.0 ** (np.arange(2.0, 3.0, 0.001) + 0.0005)[:, None]
    length = ctau * p / 0.1
    theta2 = (1.0 / 482.5) ** 2
    inside = theta2 / (1e-6 + theta2)
    expected = 3e6 * g**2 * 20e9 * inside * np.mean(np.exp(-480 / length) - np.exp(-485 / length), axis=0)
    matters = found > 0.05 * found.max()
    assert found[matters] == pytest.approx(expected[matters], rel=0.06)
    assert lvgen.run(card, directory=tmp_path / "out").map.total[0] == pytest.approx(found)
    write_foresee(tmp_path / "flux_0.1.txt", 2e9)
    with pytest.raises(UserError, match="overwrite"):
        lvgen.run(card, directory=tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no numbers"),
        ("0.1 0.2\n", "line 1: column names are due"),
        ("-3 1 2\n-3 1.05\n", "line 2: 3 numbers are due"),
        ("-3 1 2\n-3 one 2\n", "line 2: not a number in '-3 one 2'"),
        ("-3 1 2\n-3 1.05 -2\n", "row 2: a negative flux"),
        ("-3 1 nan\n", "row 1: a negative flux or a number that is not finite"),
        ("-3 1 0\n-3 1.05 0\n", "all rows are 0"),
        ("-3 1 2\n-3 1 2\n-2.9 1.1 3\n", "twice"),
        ("-3 1 2\n-2.9 1.05 2\n-2.7 1.1 1\n", "not evenly spaced"),
        ("1 1 2\n2 1.05 2\n", "beyond pi"),
        ("theta,speed,f\n1,2,3\n", "unknown column 'speed'"),
        ("theta,E,weight\n1,2,3\n", "do not make a flux"),
        ("theta,theta_rad,f\n1,2,3\n", "mean the same"),
        ("f,theta,E\n1,2,3\n", "last column"),
        ("mass,theta,E,f\n-0.1,0,5,1\n0.1,0,5,1\n", "masses must be positive"),
    ],
)
def test_faulty_files_are_named_with_their_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "flux.txt").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=says) as caught:
        FluxFile(str(tmp_path / "flux.txt"), mass=0.1).at(0.1)
    assert caught.value.file == str(tmp_path / "flux.txt")


def test_refusals(tmp_path: Path) -> None:
    process = get_process("flux_table")
    model = make_model("dark_photon")
    for options, says in (
        ({}, "a file is due"),
        ({"file": str(SURROGATE)}, "per_pot"),
        ({"file": str(tmp_path / "none.txt"), "unit": "pb"}, "no such flux file"),
        ({"file": str(tmp_path / "none_{mass}.txt"), "unit": "pb"}, "0 files fit"),
        ({"file": str(tmp_path / "x" / "none_{mass}.txt"), "unit": "pb"}, "no such folder"),
    ):
        with pytest.raises(UserError, match=says):
            process.mass_range(model, parse_options(process, options))
    with pytest.raises(UserError, match='"pb" is for colliders'):
        channel(0.2, disc(0.05), file=str(SURROGATE), unit="pb")
    with pytest.raises(UserError, match="does not hold"):
        FluxFile(str(SURROGATE)).at(1.5)
    (tmp_path / "noise.gz").write_bytes(b"\x1f\x8b\x00nothing")
    with pytest.raises(UserError, match="cannot be read"):
        read_columns(tmp_path / "noise.gz")
    write_foresee(tmp_path / "plain.txt")
    with pytest.raises(UserError, match="for which mass"):
        FluxFile(str(tmp_path / "plain.txt"))


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("file", "absent.csv", "absent.csv: no such flux file"),
        ("file", "twice.csv", "twice.csv: names an angle and momentum twice"),
        ("yields", "absent.txt", "absent.txt: no such file"),
    ],
)
def test_faulty_files_are_told_with_their_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, value: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "0.1,0,5,1\n0.1,0,50,1\n0.1,0.1,5,1\n0.1,0.1,50,1\n"
    Path("flux.csv").write_text("mass,theta,E,f\n" + rows, encoding="utf-8")
    Path("twice.csv").write_text("mass,theta,E,f\n" + rows + "0.1,0,5,1\n", encoding="utf-8")
    card = {
        "model": {"name": "dark_photon", "mass": "100 MeV", "coupling": 1e-6},
        "production": {"flux_table": {"file": "flux.csv", "unit": "per_pot", option: value}},
        "detector": {"name": "SHiP"},
        "sensitivity": {},
    }
    with pytest.raises(UserError) as caught:
        lvgen.run(card)
    assert (caught.value.key, caught.value.what) == (f"production.flux_table.{option}", says)
