"""What ``run.json`` and ``lvgen check`` say: the tables behind a run, what is left out, what counts twice."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lvgen
from lvgen.account import run_info
from lvgen.approximations import approximations
from lvgen.decays.light_mesons import TRANSITIONS, currents
from lvgen.errors import UserError
from lvgen.kernels.geometry import DISC
from lvgen.models.registry import make_model
from lvgen.plan import Plan
from lvgen.plan_lines import plan_lines
from lvgen.production import Setup, Window, get_process, parse_options
from lvgen.runcard import load_card
from lvgen.sampling.maps import AdaptedCube
from lvgen.spectra.registry import load_source, source_hadrons, spectra_for
from lvgen.spectra.source import flavour


def plan_of(model: dict[str, Any], production: dict[str, Any], detector: str = "SHiP") -> Plan:
    """A plan of a map at one mass or several."""
    coupling = {"min": 1e-8, "max": 1e-4, "points": 5}
    made = {"model": {"coupling": coupling} | model, "production": production}
    return Plan(load_card(made | {"detector": {"name": detector, "selection": "none"}, "sensitivity": {}}))


def said(plan: Plan) -> dict[str, Any]:
    """``run.json`` of a plan without results, the lines of ``lvgen check`` with it."""
    return run_info(plan, 1, None, [], {}, {}, []) | {"plan": plan_lines(plan)}


CHARGED = {"name": "L_mu-L_tau", "kinetic_mixing": 0, "mass": "150 MeV"}


def test_charm_and_its_normalisation_are_told() -> None:
    """NA27 (hep-ph/0609101): 18.1 +- 1.7 ub of charm pairs per nucleon; taus are from D_s."""
    plan = plan_of(CHARGED, {"processes": ["tau_decay"]})
    info = said(plan)
    (table,) = info["spectrum"]["tables"]
    assert (table["name"], table["made_at"], table["class"]) == ("PYTHIA-8-charm", "SPS-400GeV", "charm")
    assert table["sigma_pb"] == pytest.approx(18.1e6)
    assert "18.1 +- 1.7 ub" in table["normalised_to"]
    assert (table["generator_reports"], table["seed"], table["n_collisions"]) == ("PYTHIA 8.318", 40004, 400_000)
    assert any("PYTHIA-8-charm" in line and "18.1 +- 1.7 ub" in line for line in info["approximations"])
    assert any(line.startswith("table ") and "PYTHIA-8-charm" in line and "NA27" in line for line in info["plan"])
    # the recorded number is the one that counts: two charmed hadrons a pair, strange baryons of charm not counted
    target = plan.source.target
    assert target is not None
    charmed = sum(float(plan.spectrum.content[pdg].sum()) for pdg in plan.spectrum.species if flavour(pdg) == 4)
    assert charmed * target.sigma_inel_nucleon / target.hard_factor == pytest.approx(2 * 18.1e6, rel=0.05)


def test_beauty_is_good_to_a_factor_of_two() -> None:
    """1.7 nb at 400 GeV (CERN-SHiP-NOTE-2015-009), not measured."""
    info = said(Plan(load_card("ship_b_to_k_dark_z")))
    assert {"PYTHIA-8-beauty": pytest.approx(1700.0)} == {t["name"]: t["sigma_pb"] for t in info["spectrum"]["tables"]}
    for lines in (info["approximations"], info["plan"]):
        assert any("1.7 nb" in line and "a factor of two is possible" in line for line in lines)


def test_tables_that_no_hadron_is_from_are_not_told() -> None:
    band = {"processes": ["meson_decay"], "spectrum": ["SIBYLL-2.3d", "PYTHIA-6"]}
    mesons = plan_of({"name": "dark_photon", "mass": "100 MeV"}, band)
    assert [(t["name"], t["seed"]) for t in said(mesons)["spectrum"]["tables"]] == [
        ("SIBYLL-2.3d", 40001),
        ("PYTHIA-6", 40002),
    ]
    assert not any("normalised" in line for line in said(mesons)["approximations"])
    protons = plan_of({"name": "dark_photon", "mass": "100 MeV"}, {"processes": ["proton_bremsstrahlung"]})
    assert said(protons)["spectrum"]["tables"] == []
    # pions, kaons and D of one process; mesons that mix are behind the boson without being its parents
    both = said(plan_of(CHARGED, {"processes": ["leptonic_meson"]}))["spectrum"]["tables"]
    assert {t["name"] for t in both} == {"SIBYLL-2.3d", "PYTHIA-8-charm"}
    mixed = plan_of({"name": "dark_photon", "mass": "1 GeV"}, {"processes": ["vector_mixing"]})
    assert [t["name"] for t in said(mixed)["spectrum"]["tables"]] == ["SIBYLL-2.3d"]


DARK = {"name": "dark_photon", "mass": {"min": "1.2 GeV", "max": "3 GeV", "points": 4}}


@pytest.mark.parametrize(
    ("model", "production", "detector", "expected"),
    [
        (DARK, {}, "SHiP", True),
        (DARK, {}, "FASER2", True),
        ({**DARK, "mass": {"min": "1 GeV", "max": "1.4 GeV", "points": 2}}, {}, "SHiP", False),
        ({**DARK, "mass": "1.4 GeV"}, {}, "SHiP", False),
        (DARK, {"processes": ["proton_bremsstrahlung"]}, "SHiP", False),
        (CHARGED | {"mass": "1.6 GeV"}, {"tau_decay": {}}, "SHiP", False),
        (DARK, {}, "BelleII", False),
    ],
    ids=["target", "collider", "light", "one mass", "named", "no quarks", "e+ e-"],
)
def test_quark_annihilation_is_not_left_out_in_silence(
    model: dict[str, Any], production: dict[str, Any], detector: str, expected: bool
) -> None:
    info = said(plan_of(model, production, detector))
    for lines in (info["left_out"], info["plan"]):
        assert any("drell_yan is left out" in line and "drell_yan.pdf" in line for line in lines) == expected


def test_a_mass_that_only_quarks_reach_is_refused_with_the_reason() -> None:
    with pytest.raises(UserError, match=r"no chosen process .* 3 GeV.*drell_yan is left out"):
        plan_of({**DARK, "mass": "3 GeV"}, {})


def test_event_files_tell_the_tables_of_their_events() -> None:
    """As run.json does, but those of the events alone: of the central spectrum, at the events' mass."""
    told: dict[str, list[Any]] = {}
    for names in (["tau_decay"], ["tau_decay", "leptonic_meson"]):
        card = {
            "model": CHARGED | {"coupling": 1e-5},
            "production": {"processes": names, "spectrum": ["PYTHIA-6", "SIBYLL-2.3d"][: len(names)]},
            "detector": {"name": "SHiP", "selection": "none"},
            "events": {"number": 3},
        }
        result = lvgen.run(card, seed=1, workers=1)
        assert result.record is not None
        found = result.record.metadata["tables"]
        assert all(table in result.info["spectrum"]["tables"] for table in found)
        told["+".join(names)] = [table["name"] for table in found]
    assert told["tau_decay"] == ["PYTHIA-8-charm"]
    assert set(told["tau_decay+leptonic_meson"]) == {"PYTHIA-6", "PYTHIA-8-charm"}


def test_several_spectra_need_hadrons(flux: dict[str, Any]) -> None:
    """Where none is behind the bosons their band would have no width, which is refused."""
    at, two = {"name": "dark_photon", "mass": "100 MeV"}, {"spectrum": ["SIBYLL-2.3d", "PYTHIA-6"]}
    for name, production in (
        ("flux_table", {"flux_table": flux}),
        ("proton_bremsstrahlung", {"processes": ["proton_bremsstrahlung"]}),
    ):
        with pytest.raises(UserError, match=rf"production.spectrum: several spectra.*behind {name} here"):
            plan_of(at, production | two)
    with pytest.raises(UserError, match=r"production.spectrum: several spectra.*behind tau_decay here"):
        plan_of(CHARGED, {"processes": ["tau_decay"]} | two)  # one table of charm goes with both
    assert plan_of(at, {"processes": ["flux_table", "meson_decay"], "flux_table": flux} | two).uses_hadrons


@pytest.fixture
def flux(tmp_path: Path) -> dict[str, Any]:
    """Options of a flux of one's own, near the axis."""
    rows = [f"{theta},{energy},1.0" for theta in (0.0, 0.01, 0.02) for energy in (1.0, 100.0, 200.0)]
    path = tmp_path / "flux.csv"
    path.write_text("\n".join(["theta,E,f", *rows]), encoding="utf-8")
    return {"file": str(path), "unit": "per_pot", "mass": "100 MeV"}


def test_a_flux_of_ones_own_is_the_whole_flux(flux: dict[str, Any]) -> None:
    """Where no processes are named nothing is added to it; where they are, both count and it is told."""
    at = {"name": "dark_photon", "mass": "100 MeV"}
    plan = plan_of(at, {"flux_table": flux})
    assert [chosen.name for chosen in plan.processes] == ["flux_table"]
    for lines in (said(plan)["left_out"], said(plan)["plan"]):
        assert any("flux_table is the whole of the bosons" in line for line in lines)
    names = ["flux_table", "meson_decay", "proton_bremsstrahlung"]
    both = plan_of(at, {"processes": names, "flux_table": flux})
    assert [chosen.name for chosen in both.processes] == names
    for lines in (said(both)["double_counting"], said(both)["plan"]):
        assert any("both count" in line and "meson_decay, proton_bremsstrahlung" in line for line in lines)
    assert not any("both count" in line for line in said(plan)["plan"])
    with pytest.raises(UserError, match=r"production.meson_decay: options of a process that is left out.*flux_table"):
        plan_of(at, {"flux_table": flux, "meson_decay": {"parents": ["eta"]}})
    with pytest.raises(UserError, match=r"production.flux_table.unit: is due"):
        plan_of(at, {"flux_table": {"file": flux["file"]}})


def test_charged_rho_are_left_out_and_their_size() -> None:
    """Isospin: as many rho+ and rho- as rho0 each, whose rates differ by phase space and the measured pi gamma."""
    source = load_source("SPS-400GeV-Mo")

    def share(name: str, mass: float, generator: str) -> float:
        """Of charged rho in the meson decays that make a boson."""
        table, c = source_hadrons(generator, source), currents(make_model(name), mass)
        of = {pdg: float(values.sum()) for pdg, values in table.content.items()}
        made = sum(of.get(t.parent_pdg, 0.0) * t.branching_ratio(c, mass, None) for t in TRANSITIONS)
        (ratio,) = (t.branching_ratio(c, mass, None) for t in TRANSITIONS if t.parent == "rho+")
        return 2 * of[113] * ratio / (made + 2 * of[113] * ratio)

    generators = [name for name in spectra_for(source) if name not in ("PYTHIA-8-charm", "PYTHIA-8-beauty")]
    assert len(generators) == 4
    for generator in generators:
        assert 0.035 < share("B", 0.45, generator) < 0.095
        assert 0.35 < share("B", 0.58, generator) < 0.65
        assert max(share("dark_photon", mass, generator) for mass in (0.1, 0.3, 0.45, 0.55, 0.6)) < 0.012
    at = {"name": "B", "mass": "450 MeV"}

    def told(**options: Any) -> bool:
        plan = plan_of(at, {"processes": ["meson_decay"], "meson_decay": options})
        return any("charged rho -> pi V is left out" in line for line in approximations(plan))

    assert told()
    assert told(parents=["rho0", "eta"])
    assert not told(parents=["eta"])
    with pytest.raises(UserError, match=r"production.meson_decay.parents: spectrum SIBYLL-2.3d holds no 'rho\+'"):
        told(parents=["rho+"])


def test_forms_of_a_band_within_the_cuts_of_another() -> None:
    """Told where it applies alone, and as large as it says."""
    process = get_process("proton_bremsstrahlung")

    def told(**options: Any) -> bool:
        return any("within the cuts" in line for line in process.stated(parse_options(process, options)))

    cut: dict[str, Any] = {"form": "weizsaecker_williams"}
    assert told(**cut, band=["quasi_real:1.0 GeV"])
    assert told(**cut, band=["quasi_real"], pt_max="2 GeV")
    assert not told(**cut)
    assert not told(**cut, band=["weizsaecker_williams"])
    assert not told(**cut, band=["quasi_real"], pt_max="2 GeV", z_max=0.9)
    assert not told(band=["quasi_real:1.0 GeV", "weizsaecker_williams"])
    source = load_source("SPS-400GeV-Mo")
    window = Window(DISC, np.array([0.0, 0.0, 4e-3, 0.0]))

    def made(mass: float, **options: Any) -> float:
        setup = Setup(
            make_model("dark_photon"), source_hadrons("SIBYLL-2.3d", source), window,
            parse_options(process, {"cutoff": "1.0 GeV"} | options), source,
        )  # fmt: skip
        (channel,) = process.channels(setup, mass)
        cube, rng = AdaptedCube(channel.dimensions), np.random.default_rng(1)
        for _ in range(6):
            uniform = rng.random((10_000, channel.dimensions))
            point, jacobian = cube.place(uniform)
            weight = channel.draw(point).weight * jacobian
            cube.learn(uniform, weight)
        return float(weight.mean())

    for mass, expected in ((0.05, 0.97), (1.9, 0.6)):
        assert made(mass, pt_max="1 GeV", z_max=0.9) / made(mass) == pytest.approx(expected, abs=0.03)


def test_a_background_of_another_exposure_is_told() -> None:
    """NA62's 0.026 events are those of 1.4e17 protons; what a card counts anew it may well mean."""
    more = load_card("na62_dump_ee", ['detector.exposure="1e18 POT"'])
    told = "the background is that of 1.4e17 POT, since the card changes the exposure alone"
    assert f"caution    {told}" in said(Plan(more))["plan"]
    assert told in approximations(Plan(more))
    repeated = Plan(load_card(tomllib.loads(more.canonical_toml())))
    assert told in approximations(repeated)
    for name in ("na62_dump_ee", "na62_dump_projection", "faser_dark_photon"):
        assert not any("changes the exposure" in line for line in approximations(Plan(load_card(name))))


def test_mesons_that_fly_are_not_said_to_decay_at_once() -> None:
    """Pions and kaons of leptonic_meson fly until they decay or are absorbed; pi0, eta and the like do not."""
    for model, processes, at_once in (
        (CHARGED, ["leptonic_meson"], False),
        (CHARGED, ["leptonic_meson", "tau_decay"], False),
        ({"name": "dark_photon", "mass": "100 MeV"}, ["meson_decay"], True),
        ({"name": "dark_photon", "mass": "800 MeV"}, ["vector_mixing"], True),
    ):
        told = approximations(plan_of(model, {"processes": processes}))
        assert any("decay at the collision point" in line for line in told) == at_once
        absorbed = any("absorbed in a target" in line for line in told)
        assert absorbed == ("leptonic_meson" in processes)


def test_peaks_that_a_fixed_grid_steps_over_are_told() -> None:
    for name, settings, told in (
        ("ship_dark_photon", [], "omega and phi"),
        ("ship_dark_photon", ['sensitivity.scan="adaptive"'], ""),
        ("ship_dark_photon", ['model.mass.max="900 MeV"'], "omega"),
        ("ship_dark_photon", ["model.mass.points=900"], ""),
        ("ship_dark_photon", ["production={processes=['meson_decay']}", 'model.mass.max="900 MeV"'], ""),
    ):
        found = [line for line in approximations(Plan(load_card(name, settings))) if "within a width of" in line]
        assert [line.split(" of ")[2].split(":")[0] for line in found] == ([told] if told else [])
