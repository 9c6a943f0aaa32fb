"""The ready-made cards: each is valid, and each runs, on far fewer points than it asks for."""

from __future__ import annotations

import importlib.resources

import numpy as np
import pytest

import lvgen
from lvgen.cli.main import main
from lvgen.runcard import card_names, load_card

PROTON_CARDS = (
    "faser2_b",
    "faser2_b_minus_l",
    "faser_dark_photon",
    "na62_dump_dark_photon",
    "na62_dump_ee",
    "na62_dump_mumu",
    "na62_dump_projection",
    "ship_b",
    "ship_b_minus_l",
    "ship_b_minus_le_2ltau",
    "ship_dark_photon",
)
COLLIDER_CARDS = (
    "babar_mumu_z_prime",
    "belle2_displaced",
    "belle2_gamma_v_invisible",
    "belle2_gamma_v_visible",
    "belle2_mumu_v_visible",
    "belle2_mumu_z_prime_invisible",
    "belle2_muonic_higgs",
)
FLAVOUR_CARDS = (
    "b_minus_l_smith_tait",
    "belle2_b_to_k_v",
    "na62_kaon_b",
    "na62_kaon_b_displaced",
    "na62_kaon_dark_photon",
    "ship_b_to_k_dark_z",
)
CONSTRAINT_CARDS = ("dark_z_case_a", "dark_z_case_b", "dark_z_case_c", "muonic_u1d_constraints")


def test_no_card_is_forgotten() -> None:
    files = {path.name for path in importlib.resources.files("lvgen.cards").iterdir() if path.name.endswith(".toml")}
    assert files == {f"{name}.toml" for name in card_names()}
    known = {*PROTON_CARDS, *COLLIDER_CARDS, *FLAVOUR_CARDS, *CONSTRAINT_CARDS}
    assert known | {"faser2_dark_photon", "faser2_dark_photon_quick"} == set(card_names())


@pytest.mark.parametrize("name", card_names())
def test_cards_are_valid(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", name]) == 0
    out, err = capsys.readouterr()
    assert ("bounds" if load_card(name).only_constraints else "map") in out
    assert err == ""
    assert load_card(name).title


@pytest.mark.parametrize("name", [*PROTON_CARDS, *COLLIDER_CARDS, *FLAVOUR_CARDS])
def test_cards_run(name: str) -> None:
    events = "events" in load_card(name).as_table()
    settings = [
        "model.mass.points=3", "model.coupling.points=8", "run.precision=0.3", "sensitivity.contour_precision=0.3"
    ]  # fmt: skip
    result = lvgen.run(load_card(name, settings + ["events.number=20"] * events), workers=1)
    total = result.signal_map["total", :, :].values()
    assert np.isfinite(total).all()
    assert total.max() > 10
    assert any(np.isfinite(row.coupling_lower) for row in result.contour)
    assert (result.events is not None) == events
    if events:
        assert len(result.events) == 20
        # the card's point is one where the experiment would see something
        assert np.sum(result.events.weight) > 10
