"""Small event records and signal maps for the tests of files and figures."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from lvgen import particles
from lvgen.io.record import EVENT_COLUMNS, PARTICLE_COLUMNS, EventRecord
from lvgen.sensitivity.contour import ContourRow, find_contour
from lvgen.sensitivity.map import SignalMap

#: a script for a process of its own, which imports what need not be installed
collect_ignore = ["geant4_tracker.py"]

MASS = 0.05
TOPOLOGIES = ("two_body", "three_body", "six_body", "cascade", "no_parent", "mixed")
METADATA: dict[str, Any] = {
    "tool": "lvgen",
    "version": "1.0",
    "description": "events of the tests",
    "seed": 2**63 + 1,
    "seed_scheme": "SeedSequence(seed).spawn",
    "card": 'title = "a \\\\ b"\n[model]\nname = "dark_photon"  # π⁰\n',
    "card_sha256": "0" * 64,
    "model": "dark_photon",
    "parameters": {"lam": 0.3},
    "mass_gev": MASS,
    "coupling": 3e-5,
    "ctau_m": None,
    "beams": [{"pdg": 2212, "px": 0.0, "py": 0.0, "pz": s * 6799.99993526, "e": 6800.0} for s in (1.0, -1.0)],
    "n_events": 4,
    "n_generated": 1000,
    "cross_section_pb": 1.25,
    "cross_section_error_pb": 0.125,
    "processes": {"0": "meson_decay"},
    "channels": {"0": "e+ e-", "1": "pi+ pi- pi0"},
    "branching_ratios": {"e+ e-": 1.0},
    "references": ["arXiv:1708.09389"],
    "weight_names": ["Default"],
}


def _on_shell(rng: np.random.Generator, mass: float, scale: float = 100.0) -> list[float]:
    p = np.append(rng.normal(scale=1e-2, size=2), rng.exponential(scale) + 1.0)
    return [*p.tolist(), float(np.sqrt(p @ p + mass**2))]


def _event(rng: np.random.Generator, topology: str, number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """One event; momenta need not balance for what files do with them."""
    origin = [0.0] * 4 if number % 2 == 0 else [0.1, -0.2, 3.0, 3.1]
    vertex = [1.0 + number, 2.0, 480e3, 480.1e3]
    further = [5.0, 6.0, 481e3, 481.5e3]
    lists: dict[str, list[tuple[int, int, int, list[float]]]] = {
        "two_body": [(22, -1, 1, origin), (11, 0, 1, vertex), (-11, 0, 1, vertex)],
        "three_body": [(22, -1, 1, origin), (211, 0, 1, vertex), (-211, 0, 1, vertex), (22, 0, 1, vertex)],
        "six_body": [(22, -1, 1, origin), *((pdg, 0, 1, vertex) for pdg in (211, -211, 211, -211, 321, -321))],
        "escaped": [(22, -1, 1, origin)],
        "cascade": [
            (211, 0, 1, vertex), (22, -1, 1, origin), (111, 0, 2, vertex), (-211, 0, 1, vertex),
            (22, 3, 1, further), (13, 3, 2, further), (14, 6, 1, [7.0, 8.0, 482e3, 483e3]),
        ],
        "no_parent": [(13, 0, 1, vertex), (-13, 0, 1, vertex)],
    }  # fmt: skip
    momentum = _on_shell(rng, MASS)
    columns = {
        "event": number,
        "weight": float(rng.uniform(0.1, 1.0)),
        "process": number % 2,
        "channel": 1,
        "llp_pdg": 32,
        "parent_pdg": 0 if topology == "no_parent" else 111,
    }
    # parents of odd events have flown
    made = origin if topology == "no_parent" else [0.0] * 4
    points = {"vertex": vertex, "origin": origin, "parent": made}
    for prefix, names, values in (("llp", "px py pz e", momentum), *((k, "x y z t", v) for k, v in points.items())):
        columns.update({f"{prefix}_{c}": v for c, v in zip(names.split(), values, strict=True)})
    rows = []
    for pdg, mother, status, point in lists[topology]:
        p4 = _on_shell(rng, particles.mass(pdg))
        row = {"pdg": pdg, "mother": mother, "status": status}
        row.update(zip(("px", "py", "pz", "e", "x", "y", "z", "t"), [*p4, *point], strict=True))
        rows.append(row)
    return columns, rows


@pytest.fixture(scope="session")
def make_record() -> Callable[..., EventRecord]:
    """``make_record(topology, n=4, seed=0)``: a record; "mixed" has events of all topologies but "escaped"."""

    def make(topology: str = "two_body", n: int = 4, seed: int = 0) -> EventRecord:
        rng = np.random.default_rng(seed)
        kinds = TOPOLOGIES[:-1] if topology == "mixed" else (topology,)
        events = [_event(rng, kinds[i % len(kinds)], i) for i in range(n)]
        rows = [row for _, listed in events for row in listed]
        return EventRecord(
            {name: np.array([head[name] for head, _ in events], dtype=t) for name, t in EVENT_COLUMNS.items()},
            np.array([len(listed) for _, listed in events], dtype=np.int64),
            {name: np.array([row[name] for row in rows], dtype=t) for name, t in PARTICLE_COLUMNS.items()},
            dict(METADATA),
        )

    return make


@pytest.fixture(scope="session")
def assert_same_record() -> Callable[[EventRecord, EventRecord], None]:
    """Equality of two records to the last bit, metadata included."""

    def check(a: EventRecord, b: EventRecord) -> None:
        np.testing.assert_array_equal(a.counts, b.counts)
        for mine, other in ((a.columns, b.columns), (a.particles, b.particles)):
            assert list(mine) == list(other)
            for name in mine:
                np.testing.assert_array_equal(mine[name], other[name], err_msg=name)
                assert mine[name].dtype == other[name].dtype
        assert a.metadata == b.metadata

    return check


@pytest.fixture(params=TOPOLOGIES)
def record(request: pytest.FixtureRequest, make_record: Callable[..., EventRecord]) -> EventRecord:
    """A record of each topology in turn."""
    return make_record(request.param)


@pytest.fixture(scope="session")
def make_scan() -> Callable[..., tuple[SignalMap, list[ContourRow]]]:
    """``make_scan(log10_n, ...)``: a map of log10 N over log10 mass and log10 coupling, and its contour."""

    def make(
        log10_n: Callable[[Any, Any], Any] = lambda m, g: 3.0 - ((m + 1.2) / 0.4) ** 2 - ((g + 5.5) / 0.6) ** 2,
        masses: int = 16,
        couplings: int = 49,
        relative_error: float = 0.05,
        scale: str = "log",
    ) -> tuple[SignalMap, list[ContourRow]]:
        mass = np.geomspace(0.01, 1.0, masses) if scale == "log" else np.linspace(0.01, 1.0, masses)
        coupling = np.geomspace(1e-8, 1e-3, couplings)
        n = 10.0 ** np.broadcast_to(log10_n(np.log10(mass)[:, None], np.log10(coupling)[None, :]), (masses, couplings))
        parts = {"meson_decay": 0.75 * n, "bremsstrahlung": 0.25 * n, "total": n}
        signal_map = SignalMap(
            mass=mass,
            coupling=coupling,
            processes=("meson_decay", "bremsstrahlung"),
            n_signal=parts,
            error={name: relative_error * values for name, values in parts.items()},
            error_spectrum={name: np.full_like(values, np.nan) for name, values in parts.items()},
            ctau=1e-16 / (coupling[None, :] ** 2 * mass[:, None]),
            precision_met=n > 1.0,
            mass_scale=scale,
            coupling_scale="log",
            coupling_name="epsilon",
            coupling_label=r"$\epsilon$",
            model="dark_photon",
            detector="FASER2",
            exposure_text="3 ab^-1",
        )
        return signal_map, find_contour(signal_map, 2.3, 0.9)

    return make


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file can grow beyond 20 kB, as on a disk that fills up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
