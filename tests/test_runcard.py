"""Run cards: what they mean, what they look like in canonical form, and what is refused."""

from __future__ import annotations

import hashlib
import pickle
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lvgen import toml
from lvgen.errors import UserError
from lvgen.runcard import RunCard, card_names, load_card
from lvgen.sections.grids import CouplingGrid
from lvgen.validation import validated

CARD: dict[str, Any] = {
    "model": {"name": "dark_photon", "mass": "50 MeV", "coupling": 3e-5},
    "detector": {"name": "FASER2"},
    "events": {},
}

TEXT = """\
[model]
name = "dark_photon"
mass = "50 MeV"
coupling = 3e-5
[detector]
name = "FASER2"
[events]
number = 10
"""


def refusal(card: Any, *overrides: str) -> str:
    with pytest.raises(UserError) as caught:
        load_card(card, overrides)
    message = str(caught.value)
    assert "\n" not in message
    assert "pydantic" not in message
    return message


def test_built_in_cards_load() -> None:
    assert {"faser2_dark_photon", "faser2_dark_photon_quick"} <= set(card_names())
    for name in card_names():
        card = load_card(name)
        assert (card.name, card.file) == (name, f"{name}.toml")
        assert card.run.seed is not None


def test_the_main_card() -> None:
    card = load_card("faser2_dark_photon")
    assert (card.model.name, card.detector.name, card.production.spectrum) == ("dark_photon", "FASER2", "SIBYLL-2.3d")
    assert card.production.processes == ("meson_decay", "proton_bremsstrahlung")
    masses, couplings = card.model.masses, card.model.couplings
    assert (len(masses), masses[0], masses[-1]) == (46, 0.01, 1.9)
    assert (len(couplings), couplings[0], couplings[-1]) == (121, 1e-9, 1e-3)
    np.testing.assert_allclose(np.diff(np.log(masses)), np.log(190) / 45, rtol=1e-10)
    np.testing.assert_array_equal(couplings[::20], [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3])
    assert card.events is not None
    assert (card.events.number, card.events.mass, card.events.coupling) == (10000, 0.05, 3e-5)
    assert card.events.formats == ("root", "parquet", "hepmc3")
    assert card.sensitivity is not None
    assert (card.sensitivity.confidence, card.run.precision, card.run.seed) == (0.9, 0.02, 1)


def test_defaults() -> None:
    card = load_card(CARD)
    assert (card.production.processes, card.production.spectrum) == (None, "SIBYLL-2.3d")
    assert card.production.options_of("meson_decay") == {}
    assert card.events is not None
    assert (card.events.number, card.events.mass, card.events.coupling) == (10000, 0.05, 3e-5)
    assert card.events.formats == ("root", "parquet", "hepmc3")
    assert card.sensitivity is None
    assert (card.run.seed, card.run.precision) == (None, 0.02)
    assert card.model.is_single_mass
    assert card.model.is_single_coupling
    assert card.model.masses.tolist() == [0.05]
    sensitivity = load_card({k: v for k, v in CARD.items() if k != "events"} | {"sensitivity": {}})
    assert sensitivity.events is None
    assert sensitivity.sensitivity is not None
    assert sensitivity.sensitivity.confidence == 0.9


def test_nothing_in_it_changes() -> None:
    card = load_card("faser2_dark_photon")
    with pytest.raises(ValidationError, match="frozen"):
        card.model.mass = 1.0  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        card.model.masses[0] = 1.0


def test_grids() -> None:
    card = load_card(
        CARD, ['model.mass={min="10 MeV", max="100 MeV", points=10, scale="linear"}', "events.mass=50 MeV"]
    )
    np.testing.assert_allclose(card.model.masses, np.linspace(0.01, 0.1, 10), rtol=1e-13)
    assert (card.model.mass_scale, card.model.coupling_scale) == ("linear", "log")
    assert not card.model.is_single_mass
    one = load_card("faser2_dark_photon", ["model.mass.points=1"])
    assert one.model.masses.tolist() == [0.01]


@settings(max_examples=100, deadline=None)
@given(
    st.floats(min_value=1e-15, max_value=10), st.floats(min_value=1.001, max_value=1e12), st.integers(2, 500),
    st.sampled_from(["log", "linear"]),
)  # fmt: skip
def test_grids_rise_and_have_exact_ends(low: float, ratio: float, points: int, scale: str) -> None:
    high = min(low * ratio, 999.0)
    grid = validated(CouplingGrid, {"min": low, "max": high, "points": points, "scale": scale})
    assert (grid.values[0], grid.values[-1], len(grid.values)) == (low, high, points)
    assert np.all(np.diff(grid.values) > 0)


def test_files_are_found_beside_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cards"
    folder.mkdir()
    (folder / "mine.toml").write_text(TEXT.replace('"FASER2"', '"own.toml"'))
    raw = load_card("faser2_dark_photon").as_table()["detector"] | {"name": "own"}
    (folder / "own.toml").write_text(toml.write(raw))
    monkeypatch.chdir(tmp_path)
    card = load_card("cards/mine.toml")
    assert (card.name, card.file) == ("mine", "cards/mine.toml")
    assert card.detector.description.name == "own"
    monkeypatch.chdir(folder)
    assert load_card("mine.toml").canonical_toml() == card.canonical_toml()
    (folder / "other").write_text(TEXT)
    assert load_card("other").name == "other"
    assert load_card(Path("other")).name == "other"


def test_spectra_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "X_111.txt").write_text("")
    (tmp_path / "card.toml").write_text(TEXT + '[production]\nspectrum = "X_{pdg}.txt"\n')
    assert load_card(tmp_path / "card.toml").production.spectrum == f"{tmp_path}/X_{{pdg}}.txt"
    for absent in ("Y_{pdg}.txt", "absent.parquet", "absent/X_{pdg}.txt"):
        message = refusal(str(tmp_path / "card.toml"), f"production.spectrum={absent}")
        assert message == f"{tmp_path}/card.toml: production.spectrum: {absent}: there is no such spectrum file"
    monkeypatch.chdir(tmp_path)
    assert load_card(CARD, ["production.spectrum=./X_{pdg}.txt"]).production.spectrum == f"{tmp_path}/X_{{pdg}}.txt"


def test_cards_from_python() -> None:
    options = {"parents": ("pi0", "eta"), "form_factor": "none"}
    model = {"name": "dark_photon", "mass": "50 MeV", "coupling": np.float32(0.25)}
    events = {"number": np.int64(20), "formats": ("root",)}
    card = load_card(CARD | {"model": model, "events": events, "production": {"meson_decay": options}})
    assert card.events is not None
    assert (card.events.number, card.model.coupling, card.events.formats) == (20, 0.25, ("root",))
    assert load_card(tomllib.loads(card.canonical_toml())).sha256() == card.sha256()


def test_cards_travel_to_other_processes() -> None:
    card = load_card("faser2_dark_photon")
    again = pickle.loads(pickle.dumps(card))  # noqa: S301
    assert (again.name, again.file, again.sha256()) == (card.name, card.file, card.sha256())
    np.testing.assert_array_equal(again.model.couplings, card.model.couplings)


def test_detector_changes() -> None:
    changes = {"exposure": "27 fb^-1", "efficiency": 0.5, "observed": 0, "volume": {"length": "10 m"}}
    card = load_card(CARD | {"detector": {"name": "FASER2"} | changes})
    assert card.detector.overrides == changes
    assert card.detector.description.exposure.value == 27e3
    assert card.detector.description.volume.back == 490.0


@pytest.mark.parametrize("name", card_names())
def test_canonical_form_reads_back(name: str) -> None:
    card = load_card(name)
    text = card.canonical_toml()
    again = load_card(tomllib.loads(text))
    assert again.canonical_toml() == text
    assert again.sha256() == card.sha256() == hashlib.sha256(text.encode()).hexdigest()
    np.testing.assert_array_equal(again.model.masses, card.model.masses)
    np.testing.assert_array_equal(again.model.couplings, card.model.couplings)
    if not card.only_constraints:
        assert again.detector.description == card.detector.description.model_copy(update={"sources": {}})
    assert (again.events, again.sensitivity, again.run) == (card.events, card.sensitivity, card.run)
    assert again.constraints == card.constraints


def test_hash_is_about_meaning() -> None:
    first = load_card(CARD)
    same = load_card(CARD, ["model.mass=0.05 GeV", "events.number=10000", "production.spectrum=SIBYLL-2.3d"])
    assert same.sha256() == first.sha256()
    for change in ("model.mass=51 MeV", "events.number=9999", "detector.volume.length=6 m", "run.precision=0.03"):
        assert load_card(CARD, [change]).sha256() != first.sha256()


def test_another_seed() -> None:
    card = load_card("faser2_dark_photon")
    other = card.with_seed(7)
    assert (card.run.seed, other.run.seed, other.run.precision) == (1, 7, 0.02)
    assert other.name == card.name
    assert other.sha256() != card.sha256()
    assert other.with_seed(1).sha256() == card.sha256()
    assert other.with_seed(None).run.seed is None
    assert load_card(other) is other


@pytest.mark.parametrize(
    ("setting", "key", "value"),
    [
        ("model.mass=10 MeV", ("model", "mass"), "10 MeV"),
        ('model.mass="10 MeV"', ("model", "mass"), "10 MeV"),
        ("detector.exposure=3 ab^-1", ("detector", "exposure"), "3 ab^-1"),
        ("model.name=B-3L_e", ("model", "name"), "B-3L_e"),
        ("production.spectrum=a/b_{pdg}.txt", ("production", "spectrum"), "a/b_{pdg}.txt"),
        ("model.coupling=1e-4", ("model", "coupling"), 1e-4),
        ("run.seed = 3", ("run", "seed"), 3),
        ("events.formats=['root']", ("events", "formats"), ["root"]),
        ("sensitivity={}", ("sensitivity",), {}),
        ("x.y=true", ("x", "y"), True),
        ('detector.sources."volume.front"=mine', ("detector", "sources", "volume.front"), "mine"),
    ],
)
def test_settings(setting: str, key: tuple[str, ...], value: object) -> None:
    inner: Any = toml.apply_settings(CARD, [setting])
    for step in key:
        inner = inner[step]
    assert inner == value


def test_settings_leave_the_card_alone() -> None:
    before = {"model": {"name": "dark_photon"}}
    toml.apply_settings(before, ["model.name=x", "model.y=3"])
    assert before == {"model": {"name": "dark_photon"}}


BAD_SETTINGS = [
    ("model.mass", "--set", "is not KEY=VALUE"),
    ("=3", "--set", "is not KEY=VALUE"),
    ("", "--set", "is not KEY=VALUE"),
    ("a..b=3", "--set", "is not a key"),
    ("[x]=3", "--set", "is not a key"),
    ("model.name.x=3", "--set", "no table that could hold 'x'"),
    ("model.coupling=[1,", "--set model.coupling", "neither TOML"),
    ("model.coupling=", "--set model.coupling", "neither TOML"),
    ("model.mass=3\nx=4", "--set model.mass", "neither TOML"),
]


@pytest.mark.parametrize(("setting", "key", "what"), BAD_SETTINGS)
def test_bad_settings(setting: str, key: str, what: str) -> None:
    message = refusal(CARD, setting)
    assert message.startswith(f"card: {key}")
    assert what in message


BAD_VALUES = [
    ("model.name=dark_foton", "model.name", "did you mean 'dark_photon'"),
    ("model.name=3", "model.name", "where text is due"),
    ("model.mass=50", "model.mass", "has no unit; an energy with its unit is due"),
    ('model.mass="50"', "model.mass", "has no unit"),
    ("model.mass=50 m", "model.mass", "wrong unit"),
    ("model.mass=-5 MeV", "model.mass", "must be positive"),
    ("model.mass=0 MeV", "model.mass", "must be positive"),
    ("model.mass=nan MeV", "model.mass", "not a finite number"),
    ("model.mass=1e300 GeV", "model.mass", "beyond the largest value taken here, 10 TeV"),
    ("model.mass=[1]", "model.mass", "is not a quantity"),
    ("model.mass={}", "model.mass.min", "missing"),
    ('model.mass={min="1 MeV", max="2 MeV"}', "model.mass.points", "missing"),
    ('model.mass={min="2 MeV", max="1 MeV", points=3}', "model.mass", "min must be below max"),
    ('model.mass={min="1 MeV", max="1 MeV", points=3}', "model.mass", "min must be below max"),
    ('model.mass={min=1, max="1 MeV", points=3}', "model.mass.min", "has no unit"),
    ('model.mass={min="1 MeV", max="2 MeV", points=0}', "model.mass.points", "is not between 1 and 100000"),
    ('model.mass={min="1 MeV", max="2 MeV", points=100001}', "model.mass.points", "is not between"),
    ('model.mass={min="1 MeV", max="2 MeV", points=2.5}', "model.mass.points", "a whole number is due"),
    ('model.mass={min="1 MeV", max="2 MeV", points=3, scale="lin"}', "model.mass.scale", "did you mean 'linear'"),
    ('model.mass={min="1 MeV", max="2 MeV", pionts=3}', "model.mass.pionts", "did you mean 'points'"),
    ('model.mass={min="1 MeV", max="1.00000000001 MeV", points=9999}', "model.mass.points", "do not fit between"),
    ("model.coupling=0", "model.coupling", "must be positive"),
    ("model.coupling=-1e-3", "model.coupling", "must be positive"),
    ("model.coupling=nan", "model.coupling", "a finite number is due"),
    ("model.coupling=inf", "model.coupling", "a finite number is due"),
    (f"model.coupling={10**400}", "model.coupling", "a finite number is due"),
    ("model.coupling=1e3", "model.coupling", "must be below 1000"),
    ('model.coupling="1e-3"', "model.coupling", "a number without unit is due"),
    ("model.coupling=1e-3 GeV", "model.coupling", "a number without unit is due"),
    ("model.coupling=true", "model.coupling", "a number without unit is due"),
    ("model.coupling={min=0, max=1, points=3}", "model.coupling.min", "must be positive"),
    ("model.coupling={min=1e-3, max=1e-9, points=3}", "model.coupling", "min must be below max"),
    ("model.scan=lam", "model.scan", "unknown parameter of dark_photon"),
    ("model.epsilon_Z=1e-4", "model.epsilon_Z", "unknown key"),
    ("model.parameters={}", "model.parameters", "unknown key"),
    ("model=3", "model", "where a table is due"),
    ("model={}", "model.name", 'missing; write for example name = "dark_photon"'),
    ("modell.name=x", "modell", "did you mean 'model'"),
    ("production.processes=[]", "production.processes", "the list is empty"),
    ("production.processes=['meson_dekay']", "production.processes", "did you mean 'meson_decay'"),
    ("production.processes=['meson_decay', 'meson_decay']", "production.processes", "twice"),
    ("production.processes=3", "production.processes", "a list of texts is due"),
    ("production.processes=['absent.py']", "production.processes", "no such process file"),
    ("production.meson_dekay.x=3", "production.meson_dekay", "did you mean 'meson_decay'"),
    ("production.meson_decay=3", "production.meson_decay", "a table of options is due"),
    ("production.meson_decay.form=x", "production.meson_decay.form", "did you mean 'form_factor'"),
    ("production.meson_decay.form_factor=poel", "production.meson_decay.form_factor", "did you mean 'pole'"),
    ("production.meson_decay.parents=[]", "production.meson_decay.parents", "the list is empty"),
    ("production.meson_decay.parents=['eta','eta']", "production.meson_decay.parents", "stands there twice"),
    ("production.vector_mixing.mesons=[]", "production.vector_mixing.mesons", "the list is empty"),
    ("production.b_to_k.reactions=['B+ -> K+ V','B+ -> K+ V']", "production.b_to_k.reactions", "twice"),
    ("detector.exposure=6e20", "detector.exposure", 'or a number of protons, "6e20 POT"'),
    ("production.spectrum=SIBYL", "production.spectrum", "did you mean 'SIBYLL-2.3d'"),
    ("production.spectrum=['SIBYLL-2.3d','PYTHIA-9']", "production.spectrum", "did you mean 'PYTHIA"),
    ("production.spectrum=['SIBYLL-2.3d','SIBYLL-2.3d']", "production.spectrum", "stands there twice"),
    ("production.cascades=1", "production.cascades", "true or false"),
    ("production.cascades=true", "production.cascades", "gives no cascade factors"),
    ("detector.source=LHC-13TeV", "detector.source", "did you mean 'LHC-13.6TeV'"),
    ("production.spectrum=3", "production.spectrum", "where a list of texts is due"),
    ("production=3", "production", "where a table is due"),
    ("detector.name=FASER-2", "detector.name", "did you mean 'FASER2'"),
    ("detector.name=absent.toml", "detector.name", "absent.toml: no such file"),
    ("detector.name=3", "detector.name", "where text is due"),
    ("detector={}", "detector.name", "missing"),
    ("detector=3", "detector", "where a table is due"),
    ("detector.volume.radius=1", "detector.volume.radius", "has no unit"),
    ("detector.volume.radius=-1 m", "detector.volume.radius", "must be positive"),
    ("detector.exposur=1 fb^-1", "detector.exposur", "did you mean 'exposure'"),
    ("detector.efficiency=1.5", "detector.efficiency", "beyond the largest"),
    ("detector.source=LHC-13TeV", "detector.source", "did you mean 'LHC-13.6TeV'"),
    ("detector.channels=['e+e-']", "detector.channels", "did you mean 'e+ e-'"),
    ("events.number=0", "events.number", "is not between 1"),
    ("events.number=1e10", "events.number", "is not between 1"),
    ("events.number=10.5", "events.number", "a whole number is due"),
    ("events.mass=50", "events.mass", "has no unit"),
    ("events.coupling=0", "events.coupling", "must be positive"),
    ("events.formats=['rot']", "events.formats", "did you mean 'root'"),
    ("events.formats=[]", "events.formats", "the list is empty"),
    ("events.formats=['hepmc3', 'HEPMC3']", "events.formats", "would both be written"),
    ("events.nummer=3", "events.nummer", "did you mean 'number'"),
    ("events=3", "events", "where a table is due"),
    ("sensitivity.confidence=90", "sensitivity.confidence", "must be below 1"),
    ("sensitivity.confidence=0.5", "sensitivity.confidence", "must be above 0.5"),
    ("sensitivity.confidnce=0.9", "sensitivity.confidnce", "did you mean 'confidence'"),
    ("run.seed=-1", "run.seed", "is not between 0"),
    ("run.seed=9223372036854775808", "run.seed", "is not between 0"),
    ("run.seed=1.5", "run.seed", "a whole number is due"),
    ("run.seed=one", "run.seed", "a whole number is due"),
    ("run.precision=0", "run.precision", "must be above"),
    ("run.precision=1", "run.precision", "must be below 1"),
    ("run.precission=0.1", "run.precission", "did you mean 'precision'"),
    ("title=3", "title", "where text is due"),
    ("title=''", "title", "the text is empty"),
    ('title="a\\nb"', "title", "cannot be printed"),
]


@pytest.mark.parametrize(("setting", "key", "what"), BAD_VALUES)
def test_bad_values(setting: str, key: str, what: str) -> None:
    message = refusal(CARD, setting)
    assert message.startswith(f"card: {key}: ")
    assert what in message


def test_sections_that_are_due() -> None:
    assert refusal({"detector": {"name": "FASER2"}, "events": {}}).startswith("card: model: missing")
    assert refusal({k: v for k, v in CARD.items() if k != "detector"}).startswith("card: detector: missing")
    assert "neither [events] nor [sensitivity]" in refusal({k: v for k, v in CARD.items() if k != "events"})
    assert refusal(CARD, 'model={name="dark_photon", coupling=1}').startswith("card: model.mass: missing")
    assert refusal(CARD, 'model={name="dark_photon", mass="1 MeV"}').startswith("card: model.coupling: missing")


@pytest.mark.parametrize("key", ["mass", "coupling"])
def test_events_need_one_mass_and_one_coupling(key: str) -> None:
    grid = {"mass": 'mass={min="10 MeV", max="20 MeV", points=3}', "coupling": "coupling={min=0.1, max=1, points=3}"}
    message = refusal(CARD, f"model.{grid[key]}")
    assert message.startswith(f"card: events.{key}: missing; model.{key} is a grid")


def test_options_of_a_process_that_is_not_chosen(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(
        "from lvgen.processes.meson_decay import MesonDecay\n"
        "class Other(MesonDecay):\n    name = 'other'\n"
        "process = Other()\n"
    )
    (tmp_path / "card.toml").write_text(TEXT + '[production]\nprocesses = ["other.py"]\n')
    card = load_card(tmp_path / "card.toml", ["production.other.parents=['pi0']"])
    assert card.production.processes == (str(tmp_path / "other.py"),)
    assert card.production.options_of("other") == {"parents": ["pi0"]}
    with pytest.raises(UserError, match=r"production.meson_decay: options of a process that is not among"):
        load_card(tmp_path / "card.toml", ["production.meson_decay.parents=['pi0']"])


def test_a_map_that_does_not_fit_in_memory() -> None:
    message = refusal("faser2_dark_photon", "model.mass.points=10000", "model.coupling.points=10000")
    assert "10000 masses times 10000 couplings" in message


def test_parameters_of_models(monkeypatch: pytest.MonkeyPatch) -> None:
    from lvgen.models import registry

    kinds = {"lam": "number", "m_phi": "energy", "label": "text"}
    monkeypatch.setattr(registry, "parameter_kinds", lambda name: kinds if name == "dark_photon" else {})
    card = load_card(CARD, ["model.lam=0.3", "model.m_phi=150 MeV", "model.label=abc"])
    assert card.model.parameters == {"lam": 0.3, "m_phi": 0.15, "label": "abc"}
    assert load_card(tomllib.loads(card.canonical_toml())).model.parameters == card.model.parameters
    assert load_card(CARD, ["model.scan=lam"]).model.scan == "lam"
    assert refusal(CARD, "model.m_phi=0.15").startswith("card: model.m_phi: 0.15 has no unit")
    assert refusal(CARD, "model.lam=x").startswith("card: model.lam: 'x' where a number")
    assert refusal(CARD, "model.lan=1").startswith("card: model.lan: unknown key 'lan'; did you mean 'lam'")
    assert refusal(CARD, "model.scan=lam", "model.lam=1").startswith("card: model.lam: lam is on the coupling axis")
    assert refusal(CARD, "model.scan=m_phi").startswith("card: model.scan: unknown parameter")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"\x7fELF\x02\x01\x01\x00", "a binary file"),
        (b"\xff\xfe\x00", "not a text file in UTF-8"),
        (b"model = ", "not valid TOML"),
        (b"[model]\nmass = 50 MeV\n", "line 2, column"),
        (b"<html>", "not valid TOML"),
        (b"a = 1\na = 2\n", "not valid TOML"),
        (b"a = " + b"[" * 100_000, "not valid TOML"),
        (b"a = " + b"9" * 10_000, "not valid TOML"),
        (b"#" * 2_000_000, "larger than 1 MB"),
        (b"x = 1\n", "x: unknown key"),
    ],
)
def test_files_that_are_no_cards(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    message = refusal(str(path))
    assert message.startswith(f"{path}: ")
    assert what in message
    assert len(message) < 400 + len(str(path))


def test_cards_that_are_not_there(tmp_path: Path) -> None:
    assert "did you mean 'faser2_dark_photon'" in refusal("faser2_dark_foton")
    assert refusal(f"{tmp_path}/absent.toml") == f"{tmp_path}/absent.toml: no such file"
    assert refusal(str(tmp_path)) == f"{tmp_path}: is a folder, a TOML file is due"
    assert "unknown card ''" in refusal("")
    assert "is not a file name" in refusal("a\x00.toml")
    assert "cannot be read" in refusal(f"{'x' * 5000}.toml")
    assert "is no card" in refusal(3)


def test_a_text_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    card = load_card(tmp_path / "bom.toml")
    assert card.events is not None
    assert card.events.number == 10


def test_a_faulty_detector_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("schema = 1\nname = 'x'\n")
    (tmp_path / "card.toml").write_text(TEXT.replace("FASER2", "own.toml"))
    message = refusal(str(tmp_path / "card.toml"))
    assert message.startswith(f"{tmp_path}/card.toml: detector.name: {tmp_path}/own.toml: source: missing")


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["model", "production", "detector", "events", "sensitivity", "run", "title"]), JSON_LIKE)
def test_any_section_is_read_or_refused(section: str, value: Any) -> None:
    assert outcome(CARD | {section: value}).startswith(("a card", "card: "))


def outcome(table: dict[str, Any]) -> str:
    try:
        card = load_card(table)
    except UserError as error:
        return str(error)
    return "a card" if isinstance(card, RunCard) else "something else"


PLAIN = st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10)
TABLES = st.recursive(
    st.dictionaries(st.text(max_size=5), PLAIN, max_size=3),
    lambda inner: st.dictionaries(
        st.text(max_size=5), PLAIN | st.lists(PLAIN, max_size=3) | st.lists(inner, max_size=2) | inner, max_size=3
    ),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(TABLES)
def test_toml_reads_back_what_was_written(table: dict[str, Any]) -> None:
    assert tomllib.loads(toml.write(table)) == table
