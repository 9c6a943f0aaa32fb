"""The event record: what it refuses, and how it looks as an awkward array."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from lvgen.io.record import EVENT_COLUMNS, PARTICLE_COLUMNS, EventRecord, concatenate


def _changed(record, *, columns=None, particles=None, counts=None):
    return EventRecord(
        record.columns | (columns or {}),
        record.counts if counts is None else counts,
        record.particles | (particles or {}),
        record.metadata,
    )


def _with(values, index, value):
    values = values.copy()
    values[index] = value
    return values


def test_columns_are_those_of_the_design(make_record):
    point, momentum = ["x", "y", "z", "t"], ["px", "py", "pz", "e"]
    expected = ["event", "weight", "process", "channel", "llp_pdg", *(f"llp_{c}" for c in momentum)]
    expected += [f"{name}_{c}" for name in ("vertex", "origin") for c in point]
    assert list(EVENT_COLUMNS) == [*expected, "parent_pdg", *(f"parent_{c}" for c in "xyzt")]
    assert list(PARTICLE_COLUMNS) == ["pdg", *momentum, "mother", "status", *point]
    events = make_record("mixed").to_awkward()
    assert events.fields == [
        *EVENT_COLUMNS,
        *(f"particle_{c}" for c in PARTICLE_COLUMNS),
        "llp",
        "vertex",
        "origin",
        "particle",
    ]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("weight", np.nan, "weight is not finite in event 2"),
        ("particle_px", np.inf, "particle_px is not finite in event 0"),
        ("particle_status", 3, "event 0 has a status"),
        ("particle_mother", 5, "event 0 has a mother"),
        ("particle_mother", -2, "event 0 has a mother"),
        ("particle_mother", 1, "event 0 has a particle with status 2 and no daughters"),
        ("particle_z", 1.0, "event 0 has a particle whose z"),
    ],
)
def test_wrong_values_are_refused_with_their_event(make_record, column, value, message):
    record = make_record("two_body")
    name = column.removeprefix("particle_")
    kind = "particles" if column.startswith("particle_") else "columns"
    with pytest.raises(ValueError, match=message):
        _changed(record, **{kind: {name: _with(getattr(record, kind)[name], 2, value)}})


def test_wrong_shapes_names_and_types_are_refused(make_record):
    record = make_record("two_body")
    with pytest.raises(ValueError, match="weight has 3 entries, not 4"):
        _changed(record, columns={"weight": np.ones(3)})
    with pytest.raises(ValueError, match="entries, not 13"):
        _changed(record, counts=record.counts + np.array([1, 0, 0, 0]))
    with pytest.raises(ValueError, match="missing weight"):
        EventRecord({k: v for k, v in record.columns.items() if k != "weight"}, record.counts, record.particles)
    with pytest.raises(ValueError, match="unknown colour"):
        _changed(record, columns={"colour": np.ones(4)})
    with pytest.raises(ValueError, match="process is float64"):
        _changed(record, columns={"process": np.ones(4)})
    with pytest.raises(ValueError, match="does not fit"):
        _changed(record, columns={"llp_pdg": np.full(4, 2**40)})


def test_a_boson_without_decay_products_leaves_undecayed(make_record):
    record = make_record("two_body", n=2)
    assert record.decays.tolist() == [True, True]
    only_photon = {name: values[:4] for name, values in record.particles.items()}
    assert EventRecord(record.columns, np.array([3, 1]), only_photon).decays.tolist() == [True, False]


def test_awkward_views_share_the_numbers_and_know_four_vectors(make_record):
    record = make_record("mixed", n=8)
    known = dict(ak.behavior)
    events = record.to_awkward()
    assert np.shares_memory(ak.to_numpy(events.weight), record.columns["weight"])
    np.testing.assert_allclose(ak.to_numpy(events.llp.mass), 0.05, rtol=1e-6)
    np.testing.assert_array_equal(ak.flatten(events.particle.pz).to_numpy(), record.particles["pz"])
    assert ak.all(events.particle.production.z == events.particle_z)
    assert ak.all(events.vertex.t == events.vertex_t)
    products = ak.sum(events.particle[events.particle.mother == 0], axis=1)
    expected = ak.sum(events.particle_e[events.particle_mother == 0], axis=1)
    np.testing.assert_allclose(ak.to_numpy(products.E), ak.to_numpy(expected))
    assert events[1:3].llp.mass.to_numpy().shape == (2,)
    assert ak.behavior == known


def test_slices_and_concatenation(make_record, assert_same_record):
    record = make_record("mixed", n=9)
    parts = [record.slice(0, 2), record.slice(2, 2), record.slice(2, 9)]
    assert [len(part) for part in parts] == [2, 0, 7]
    assert parts[2].columns["event"][0] == 2
    assert_same_record(concatenate(parts), record)
    twice = concatenate([record, record], {"seed": 5})
    assert twice.columns["event"].tolist() == list(range(18))
    assert twice.metadata == {"seed": 5}
    with pytest.raises(ValueError, match="no records"):
        concatenate([])
