"""Sources of hadrons: cross-sections, exposures, absorption and decay in flight."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

import lvgen
from lvgen.errors import UserError
from lvgen.particles import ctau, mass
from lvgen.spectra.cascade import PROJECTILES, shifted, with_cascades
from lvgen.spectra.registry import load_source, load_spectrum, source_hadrons, source_names
from lvgen.spectra.source import Source
from lvgen.units import MB_TO_PB
from lvgen.validation import validated

AVOGADRO = 6.02214076e23
DENSITY = {"Mo": 10.22, "Cu": 8.96}  # g/cm3, PDG


def glauber(a: float, sigma_mb: float) -> float:
    """Inelastic hadron-nucleus cross-section (mb): optical Glauber model with a Woods-Saxon nucleus."""
    radius, skin = 1.12 * a ** (1 / 3) - 0.86 * a ** (-1 / 3), 0.54
    r = np.linspace(1e-3, radius + 12 * skin, 2000)
    density = 1.0 / (1.0 + np.exp((r - radius) / skin))
    density /= np.trapezoid(4 * np.pi * r**2 * density, r)
    b, z = np.linspace(0.0, radius + 10 * skin, 300), np.linspace(0.0, radius + 12 * skin, 800)
    thickness = np.array([2 * np.trapezoid(np.interp(np.hypot(x, z), r, density, right=0.0), z) for x in b])
    miss = (1.0 - np.clip(0.1 * sigma_mb * thickness, 0.0, 1.0)) ** a
    return 10.0 * float(np.trapezoid(2 * np.pi * b * (1.0 - miss), b))


def length_cm(a: float, density: float, sigma_mb: float) -> float:
    return a / (AVOGADRO * density * sigma_mb * 1e-27)


@pytest.fixture(params=["SPS-400GeV-Mo", "SPS-400GeV-Cu"])
def thick(request):
    return load_source(request.param)


def test_every_source_says_where_its_numbers_are_from():
    assert set(source_names()) >= {"LHC-13.6TeV", "LHC-14TeV", "SPS-400GeV", "SPS-400GeV-Mo", "SPS-400GeV-Cu"}
    for name in source_names():
        source = load_source(name)
        assert source.name == name
        for part in ("target", "flight", "cascade"):
            numbers = getattr(source, part)
            given = numbers.model_dump(exclude_unset=True) if numbers else {}
            for key in set(given) - {"material", "Z", "A", "interaction_length"}:
                assert f"{part}.{key}" in source.sources, (name, part, key)


def test_nuclear_cross_sections_agree_with_a_glauber_calculation_and_the_power_law(thick):
    """Three ways: the file's (PDG interaction length), Glauber from the nucleon's, 41.2 mb A^0.711."""
    target = thick.target
    value = target.sigma_nucleus / MB_TO_PB
    assert glauber(target.A, target.sigma_inel_nucleon / MB_TO_PB) == pytest.approx(value, rel=0.04)
    power_law = 41.2 * target.A**0.711
    assert power_law == pytest.approx(value, rel=0.04)
    pdg = {"Mo": 15.25, "Cu": 15.32}[target.material]
    assert length_cm(target.A, DENSITY[target.material], value) == pytest.approx(pdg, rel=2e-3)


def test_absorption_lengths_agree_with_a_glauber_calculation(thick):
    target = thick.target
    for hadron, on_nucleon in (("pion", 20.7), ("kaon", 17.0)):
        found = length_cm(target.A, DENSITY[target.material], glauber(target.A, on_nucleon))
        assert found == pytest.approx(100 * getattr(target.interaction_length, hadron), rel=0.015)


def test_charm_for_each_interaction_is_that_of_the_ship_studies():
    """18.1 ub per nucleon makes 1.7e-3 charm pairs for each interaction on Mo (production.md 5.3, quoted for SHiP)."""
    target = load_source("SPS-400GeV-Mo").target
    assert 18.1e-3 * target.hard_factor / (target.sigma_inel_nucleon / MB_TO_PB) == pytest.approx(1.7e-3, rel=0.02)


def test_exposures():
    lhc, sps = load_source("LHC-13.6TeV"), load_source("SPS-400GeV-Mo")
    assert lhc.interactions(3e6, "pb^-1", 8.04e10) == pytest.approx(2.412e17)
    assert sps.interactions(6e20, "POT", 3.3e10) == 6e20
    with pytest.raises(UserError, match=r"detector.exposure: .*protons such as .6e20 POT. are due on a target"):
        sps.interactions(3e6, "pb^-1", 3.3e10)
    with pytest.raises(
        UserError, match=r"detector.exposure: .*luminosity such as .3 ab\^-1. is due for colliding beams"
    ):
        lhc.interactions(1e18, "POT", 3.3e10)


def _decays_at(x: float, path: float, stop: float) -> float:
    return np.exp(-x / path - x / stop) / path


def test_absorption_in_matter_is_the_competition_of_two_rates():
    """Decays per step against survival of both processes, integrated numerically; 20 GeV K+ at 15 cm gives 1.0e-3."""
    sps = load_source("SPS-400GeV-Mo")
    for pdg, stop in ((321, 0.199), (-211, 0.183), (130, 0.199)):
        for p in (1.0, 20.0, 300.0):
            path = p / mass(pdg) * ctau(pdg)
            expected = quad(_decays_at, 0, 20 * min(path, stop), args=(path, stop))[0]
            assert float(sps.decay_fraction(pdg, np.array(p))) == pytest.approx(expected, rel=1e-6)
    made = Source(
        **{**sps.model_dump(), "energy": "400 GeV", "target": None, "flight": None, "kind": "collider", "cascade": None}
    )
    assert float(made.decay_fraction(321, np.array(20.0))) == 1.0  # nothing stops it
    path = 20.0 / mass(321) * ctau(321)
    assert 1.0 / (1.0 + path / 0.15) == pytest.approx(1.0e-3, rel=0.03)
    for short_lived in (111, 221, 331, 113, 411, 521):
        assert (sps.decay_fraction(short_lived, np.array([1.0, 400.0])) == 1.0).all()


def test_free_flight_at_the_lhc():
    """1 TeV: 0.27 % of K+ decay within 20 m, 0.90 % of K_L within 140 m."""
    lhc = load_source("LHC-13.6TeV")
    assert float(lhc.decay_fraction(321, np.array(1000.0))) == pytest.approx(2.66e-3, rel=0.01)
    kl = 1.0 - np.exp(-140.0 / (1000.0 / mass(130) * ctau(130)))
    assert float(lhc.decay_fraction(130, np.array(1000.0))) == pytest.approx(kl)
    assert float(lhc.decay_fraction(310, np.array(1000.0))) == pytest.approx(0.93, abs=0.01)
    assert float(lhc.decay_fraction(111, np.array(6000.0))) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "pdg", "p"), [("LHC-13.6TeV", 321, 50.0), ("LHC-13.6TeV", 130, 30.0), ("SPS-400GeV-Mo", 310, 1.0)]
)
def test_decay_points_follow_the_exponential(name, pdg, p):
    source = load_source(name)
    n = 20_000
    u = (np.arange(n) + 0.5) / n
    direction = np.array([0.3, -0.4, np.sqrt(0.75)])
    e = np.hypot(p, mass(pdg))
    hadrons = np.tile([e, *(p * direction)], (n, 1))
    points, weight = source.decay_points(pdg, hadrons, u)
    distance = np.linalg.norm(points[:, :3], axis=1)
    np.testing.assert_allclose(points[:, :3], distance[:, None] * direction, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(points[:, 3], distance * e / p, rtol=1e-12)
    path = p / mass(pdg) * ctau(pdg)
    stop = source.stopping_length(pdg)
    upper = stop if source.flight else 40 * stop
    damping = 0.0 if source.flight else 1.0 / stop
    total = quad(lambda x: np.exp(-x / path - x * damping) / path, 0, upper)[0]
    assert weight[0] == pytest.approx(total, rel=1e-6)
    mean = quad(lambda x: x * np.exp(-x / path - x * damping) / path, 0, upper)[0] / total
    assert distance.mean() == pytest.approx(mean, rel=2e-3)
    assert distance.max() <= upper


def test_hadrons_of_a_target_are_for_each_interaction():
    source = load_source("SPS-400GeV-Mo")
    raw, here = load_spectrum("SIBYLL-2.3d", source), source_hadrons("SIBYLL-2.3d", source)
    assert here.integral(111)[0] == raw.integral(111)[0]
    assert here is source_hadrons("SIBYLL-2.3d", source)  # one object, so that densities are made once
    collider = load_source("LHC-13.6TeV")
    assert (
        source_hadrons("SIBYLL-2.3d", collider).integral(221)[0]
        == load_spectrum("SIBYLL-2.3d", collider).integral(221)[0]
    )


#: hadrons for each p p collision of SIBYLL 2.3d at 100 and 200 GeV, 20,000 collisions with chromo 0.11, seed 7
SIBYLL_BELOW = {
    100.0: {111: 2.934, 221: 0.534, 211: 2.652, -211: 2.023, 321: 0.210, 2212: 1.221, 2112: 0.649},
    200.0: {111: 3.447, 221: 0.645, 211: 3.066, -211: 2.464, 321: 0.262, 2212: 1.277, 2112: 0.646},
}


@pytest.mark.parametrize("momentum", sorted(SIBYLL_BELOW))
def test_limiting_fragmentation_gives_the_multiplicities_at_lower_momenta(momentum):
    """From the table at 400 GeV alone, within 8 % of the generator at half and a quarter of that."""
    table = load_spectrum("SIBYLL-2.3d", "SPS-400GeV")
    p = 10 ** (0.5 * (table.p_edges[1:] + table.p_edges[:-1]))
    theta = 10 ** (0.5 * (table.theta_edges[1:] + table.theta_edges[:-1]))
    energy = 0.0
    for pdg, expected in SIBYLL_BELOW[momentum].items():
        moved_p, _, kept = shifted(*np.meshgrid(p, theta, indexing="ij"), mass(pdg), np.array(momentum), 400.0)
        found = kept * table.content[pdg]
        assert found.sum() == pytest.approx(expected, rel=0.08)
        energy += float((found * np.hypot(moved_p, mass(pdg))).sum())
    assert 0.75 * momentum < energy < momentum


def test_at_the_same_momentum_nothing_moves():
    p, theta = np.array([1.0, 50.0, 399.0]), np.array([0.3, 0.01, 1e-4])
    moved_p, moved_theta, kept = shifted(p, theta, mass(111), np.array(400.0), 400.0)
    np.testing.assert_allclose(moved_p, p, rtol=1e-10)
    np.testing.assert_allclose(moved_theta, theta, rtol=1e-10)
    assert kept.all()


@pytest.fixture(scope="module")
def cascades():
    source = load_source("SPS-400GeV-Cu")
    few = [111, 421, *PROJECTILES]
    table = load_spectrum("SIBYLL-2.3d", source)
    table = table.with_content({pdg: table.content[pdg] for pdg in few})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lvgen.spectra.cascade.SAMPLES", 15_000)
        return source, source.adapted(table), source.adapted(table, cascades=True)


def test_tables_of_another_energy_stand_in_where_there_is_none():
    source = load_source("LHC-14TeV")
    table = load_spectrum("PYTHIA-6", source)
    assert table.source in ("LHC-14TeV", "LHC-13.6TeV")
    made = lvgen.run(_card("LHC-14TeV", "3 ab^-1"))
    assert made.info["spectrum"]["source"] == "LHC-14TeV"
    borrowed = made.info["spectrum"]["made_at"] != "LHC-14TeV"
    assert any("stand for those of LHC-14TeV" in text for text in made.info["approximations"]) == borrowed


def test_cascades_add_slow_hadrons(cascades):
    """1.5 to 3 times as many pi0 in all but the hardest part (production.md section 4), and energy is not made."""
    _, plain, more = cascades
    ratio = [more.integral(111, p_min=p)[0] / plain.integral(111, p_min=p)[0] for p in (5.0, 10.0, 50.0, 200.0)]
    assert 1.1 < ratio[3] < 1.5
    assert 1.2 < ratio[2] < ratio[1] < 2.5 < ratio[0] < 3.5
    p = 10 ** (0.5 * (more.p_edges[1:] + more.p_edges[:-1]))
    # pi0 carry away what they got from every generation: less than the beam brought
    assert float(more.content[111].sum(axis=1) @ p) < 400.0
    assert more.integral(421)[0] == pytest.approx(2.3 * plain.integral(421)[0])


def test_cascades_are_the_same_every_time(cascades, monkeypatch):
    monkeypatch.setattr("lvgen.spectra.cascade.SAMPLES", 3000)
    once, again = (with_cascades(cascades[1], 10.0, [111]) for _ in range(2))
    np.testing.assert_array_equal(once.content[111], again.content[111])


def test_cascades_only_where_the_source_has_them():
    with pytest.raises(UserError, match=r"production\.cascades: LHC-13\.6TeV gives no cascade factors"):
        load_source("LHC-13.6TeV").adapted(load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV"), cascades=True)


OWN = """
schema = 1
name = "own"
kind = "target"
energy = "400 GeV"
tables = ["SPS-400GeV"]
[target]
material = "W"
A = 183.84
Z = 74
sigma_inel_nucleon = "33 mb"
"""
VOLUME = {"shape": "cylinder", "front": "32 m", "length": "50 m", "radius": "2 m"}


def _card(source: str, exposure: str, **more):
    return {
        "model": {"name": "dark_photon", "mass": "50 MeV", "coupling": 1e-6},
        "production": {"processes": ["meson_decay"]} | more,
        "detector": {"name": "FASER2", "source": source, "exposure": exposure, "selection": "none", "volume": VOLUME},
        "sensitivity": {}, "run": {"seed": 1},
    }  # fmt: skip


def test_a_source_of_ones_own(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    source = load_source(str(path))
    assert source.target.sigma_nucleus / MB_TO_PB == pytest.approx(41.2 * 183.84**0.711)
    assert source.stopping_length(211) == np.inf
    path.write_text(OWN.replace("A = 183.84", "A = 0.5"))
    with pytest.raises(UserError, match=r"own\.toml: target\.A: .*must not be below 1"):
        load_source(str(path))
    path.write_text(OWN.replace("schema = 1", ""))
    with pytest.raises(UserError, match=r"own\.toml: schema: missing"):
        load_source(str(path))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"kind": "collider"}, "target: a collider has no target"),
        ({"target": None}, "target: missing"),
        ({"energy": "0.5 GeV"}, "energy: 0.5 GeV is too little"),
        ({"kind": "beam"}, "kind: unknown kind of source 'beam'"),
        ({"flight": {"charged": "20 m", "neutral": "140 m"}}, "flight: free paths are those of a collider"),
        ({"tables": []}, "tables: the list is empty"),
    ],
)
def test_bad_sources(change, where):
    target = {"material": "W", "A": 183.84, "Z": 74, "sigma_inel_nucleon": "33 mb"}
    table = {"name": "own", "kind": "target", "energy": "400 GeV", "tables": ["SPS-400GeV"], "target": target} | change
    with pytest.raises(UserError) as caught:
        validated(Source, table)
    assert str(caught.value).startswith(where)


def test_a_run_on_a_target_counts_protons():
    """pi0 for each proton times protons; the exposure's unit is the source's."""
    once = lvgen.run(_card("SPS-400GeV-Mo", "1e18 POT"))
    twice = lvgen.run(_card("SPS-400GeV-Mo", "2e18 POT"))
    assert once.info["interactions"] == 1e18
    assert any("secondary interactions in the target are left out" in text for text in once.info["approximations"])
    assert twice.map.total[0, 0] == 2.0 * once.map.total[0, 0] > 0.0
    with pytest.raises(UserError, match=r"detector\.exposure"):
        lvgen.run(_card("SPS-400GeV-Mo", "3 ab^-1"))
    with pytest.raises(UserError, match=r"detector\.exposure"):
        lvgen.run(_card("LHC-13.6TeV", "1e18 POT"))


def test_a_run_with_a_source_of_ones_own(tmp_path):
    (tmp_path / "own.toml").write_text(OWN)
    own = lvgen.run(_card(str(tmp_path / "own.toml"), "1e18 POT"))
    shipped = lvgen.run(_card("SPS-400GeV-Mo", "1e18 POT"))
    assert own.map.total[0, 0] == shipped.map.total[0, 0]  # light hadrons do not depend on the nucleus
    assert own.info["spectrum"]["source"] == "own"


@pytest.mark.parametrize("energy", ["120 GeV", "800 GeV"])
def test_hadrons_of_another_energy_are_refused(tmp_path, energy):
    """Momenta in a table are those of its own beam; bosons of the protons themselves need no table."""
    (tmp_path / "own.toml").write_text(OWN.replace("400 GeV", energy))
    card = _card(str(tmp_path / "own.toml"), "1e18 POT")
    with pytest.raises(UserError, match=rf"production\.spectrum: .*beam of 400 GeV.*own has {energy}"):
        lvgen.run(card)
    card["production"] = {"processes": ["proton_bremsstrahlung"]}
    assert lvgen.run(card).map.total[0, 0] > 0.0
    (tmp_path / "own.toml").write_text(OWN.replace('energy = "400 GeV"', 'energy = "390 GeV"'))
    told = lvgen.run(_card(str(tmp_path / "own.toml"), "1e18 POT")).info["approximations"]
    assert "hadrons of SPS-400GeV stand for those of own" in told


def test_a_mass_below_what_a_process_makes_is_told():
    card = _card("SPS-400GeV-Mo", "1e18 POT", processes=["vector_mixing"])
    with pytest.raises(UserError, match=r"model\.mass: .*open from 0\.54\d* to 1\.3\d* GeV"):
        lvgen.run(card)
