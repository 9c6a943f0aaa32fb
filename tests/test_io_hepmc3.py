"""HepMC3 files as other programs see them, through pyhepmc."""

from __future__ import annotations

import dataclasses
import gzip
import re

import numpy as np
import pyhepmc
import pytest

from lvgen import particles
from lvgen.errors import UserError
from lvgen.io import formats
from lvgen.io.hepmc_graph import GUARD, table_masses
from lvgen.io.record import EventRecord

ORIGIN_AT_ZERO, ORIGIN_ELSEWHERE = 0, 1


@pytest.fixture
def written(make_record, tmp_path):
    """Write a record and give it with the events that pyhepmc reads."""

    def write(topology, n=4, **metadata):
        record = make_record(topology, n=n)
        record = dataclasses.replace(record, metadata=record.metadata | metadata)
        formats.write_events(record, tmp_path / "e.hepmc3")
        with pyhepmc.open(tmp_path / "e.hepmc3") as file:
            return record, list(file)

    return write


def _chain(event):
    """Beams, production vertex, parent or None, boson and its decay vertex."""
    beams = [p for p in event.particles if p.status == 4]
    first = beams[0].end_vertex
    head = first.particles_out[0]
    parent = head if head.pid == 111 and head.status == 2 else None
    boson = next(p for p in (parent.end_vertex.particles_out if parent else first.particles_out) if p.pid == 32)
    return beams, first, parent, boson, boson.end_vertex


def test_the_chain_from_the_beams_to_the_products(written):
    record, events = written("two_body")
    for i, event in enumerate(events):
        beams, first, parent, _, decay = _chain(event)
        assert event.event_number == i
        assert (event.momentum_unit, event.length_unit) == (pyhepmc.Units.GEV, pyhepmc.Units.MM)
        assert [p.pid for p in beams] == [2212, 2212]
        assert [p.momentum.pz for p in beams] == [6799.99993526, -6799.99993526]
        assert {p.id for p in first.particles_in} == {p.id for p in beams}
        assert [p.pid for p in first.particles_out] == [111]
        assert [p.pid for p in parent.end_vertex.particles_out] == [32, 22]
        assert [p.pid for p in decay.particles_out] == [11, -11]
        assert [v.status for v in (first, parent.end_vertex, decay)] == [1, 1, 2]
        assert [p.status for p in event.particles] == [4, 4, 2, 2, 1, 1, 1]
        position = [decay.position.x, decay.position.y, decay.position.z, decay.position.t]
        assert position == [record.columns[f"vertex_{c}"][i] for c in "xyzt"]


def test_parent_is_the_sum_of_boson_and_companions(written):
    record, events = written("three_body")
    for i, event in enumerate(events):
        _, _, parent, boson, _ = _chain(event)
        photon = record.particles["pz"][record.offsets[i]]
        assert parent.momentum.pz == boson.momentum.pz + photon
        assert sum(p.momentum.e for p in parent.children) == parent.momentum.e


def test_cascades_have_vertices_of_their_own(written):
    _, events = written("cascade")
    *_, decay = _chain(events[0])
    assert [p.pid for p in decay.particles_out] == [211, 111, -211]
    pi0 = decay.particles_out[1]
    assert pi0.status == 2
    assert [p.pid for p in pi0.end_vertex.particles_out] == [22, 13]
    muon = pi0.end_vertex.particles_out[1]
    assert (muon.status, [p.pid for p in muon.children]) == (2, [14])
    assert pi0.end_vertex.position.z == 481e3
    assert muon.end_vertex.position.z == 482e3
    assert {v.status for v in (pi0.end_vertex, muon.end_vertex)} == {3}


def test_a_boson_without_parent_comes_from_the_beams_vertex(written):
    _, events = written("no_parent")
    _, first, parent, boson, _ = _chain(events[0])
    assert parent is None
    assert first.particles_out == [boson]
    assert len(events[0].vertices) == 2


def test_every_vertex_has_a_position_and_every_particle_a_mass(written):
    _, events = written("mixed", n=8)
    for event in events:
        assert all(vertex.has_set_position() for vertex in event.vertices)
        for particle in event.particles:
            assert particle.is_generated_mass_set()
            assert particle.status in (1, 2, 4)
            if particle.pid == 32:
                assert particle.generated_mass == 0.05
            elif particle.status == 1:
                assert particle.generated_mass == particles.mass(particle.pid)


def test_the_guard_stands_in_for_a_vertex_at_zero(written):
    _, events = written("two_body")
    _, first, parent, *_ = _chain(events[ORIGIN_AT_ZERO])
    assert first.position.z == parent.end_vertex.position.z == GUARD
    _, first, parent, *_ = _chain(events[ORIGIN_ELSEWHERE])
    assert first.position.z == GUARD
    flown = parent.end_vertex.position
    assert [flown.x, flown.y, flown.z, flown.t] == [0.1, -0.2, 3.0, 3.1]


def test_weights_cross_section_and_attributes(written):
    record, events = written("two_body")
    for i, event in enumerate(events):
        assert event.weights == [record.columns["weight"][i]]
        assert event.weight("Default") == record.columns["weight"][i]
        assert (event.cross_section.xsec(), event.cross_section.xsec_err()) == (1.25, 0.125)
        assert (event.cross_section.accepted_events, event.cross_section.attempted_events) == (4, 1000)
        attributes = {name: value.astype(int) for name, value in event.attributes.items() if name.startswith("lvgen.")}
        assert attributes == {"lvgen.process": i % 2, "lvgen.channel": 1}


def test_no_cross_section_is_invented(written):
    _, events = written("two_body", cross_section_pb=None)
    assert events[0].cross_section is None


def test_run_information(written):
    record, events = written("two_body")
    info = events[0].run_info
    assert [(t.name, t.version, t.description) for t in info.tools] == [("lvgen", "1.0", "events of the tests")]
    assert info.weight_names == ["Default"]
    texts = {name: value.astype(str) for name, value in info.attributes.items()}
    assert set(texts) == {f"lvgen.{key}" for key in [*record.metadata, "vertex_status"]}
    assert texts["lvgen.card"] == record.metadata["card"]
    assert texts["lvgen.seed"] == str(2**63 + 1)
    assert texts["lvgen.parameters"] == '{"lam": 0.3}'
    assert texts["lvgen.version"] == '"1.0"'


def test_tricky_texts_survive(written, tmp_path):
    tricky = {
        "a": "back\\slash \\| and\n\nlines\n",
        "b": "",
        "c": "null",
        "d": ["x\ny"],
        "e": 1.5,
        "f": None,
        "g": "η′ ",
    }
    record, _ = written("two_body", **tricky)
    assert formats.read_events(tmp_path / "e.hepmc3").metadata == record.metadata


def test_gzip_holds_the_same_text_without_time_or_name(make_record, tmp_path):
    record = make_record("mixed")
    for name in ("e.hepmc3", "e.hepmc3.gz"):
        formats.write_events(record, tmp_path / name)
    zipped = (tmp_path / "e.hepmc3.gz").read_bytes()
    assert gzip.decompress(zipped) == (tmp_path / "e.hepmc3").read_bytes()
    assert zipped[3:8] == bytes(5)


def test_without_beams_there_is_no_hepmc3(make_record, tmp_path):
    record = make_record("two_body")
    for beams in ([], None, [{"pdg": 2212}], ["p"]):
        broken = dataclasses.replace(record, metadata=record.metadata | {"beams": beams})
        with pytest.raises(UserError, match=r"e\.hepmc3: cannot be written.*beam"):
            formats.write_events(broken, tmp_path / "e.hepmc3")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (rb"\nE 1 3 7\n", rb"\nE 1 3 9\n"),
        (rb"\nE 1 3 7\n", rb"\nE 1 9999999999 7\n"),
        (rb"\nP 4 -2 ", rb"\nP 4 -7 "),
        (rb"\nV -3 2 \[4\]", rb"\nV -3 2 [99]"),
        (rb"\nU GEV MM\n", rb"\nU GEV\n"),
        (rb"\nV -1 1 \[1,2\] @ 0", rb"\nV -1 1 [1,2] @ x"),
    ],
)
def test_damaged_listings_are_refused_before_they_reach_the_library(make_record, tmp_path, capfd, pattern, replacement):
    path = tmp_path / "e.hepmc3"
    formats.write_events(make_record("two_body"), path)
    damaged, n = re.subn(pattern, replacement, path.read_bytes(), count=1)
    assert n == 1
    path.write_bytes(damaged)
    with pytest.raises(UserError, match=r"e\.hepmc3: is damaged: line \d+"):
        formats.read_events(path)
    assert capfd.readouterr() == ("", "")


def test_listings_of_other_programs_are_refused(make_record, tmp_path):
    path = tmp_path / "e.hepmc3"
    formats.write_events(make_record("two_body"), path)
    text = path.read_text()
    path.write_text(re.sub(r"A lvgen\.\S+ .*\n", "", text))
    with pytest.raises(UserError, match="that lvgen did not write"):
        formats.read_events(path)
    path.write_text(re.sub(r"\nV -3 2 ", "\nV -3 1 ", text))
    with pytest.raises(UserError, match="event 0 is not a chain"):
        formats.read_events(path)


def test_masses_come_from_the_table_where_momenta_allow():
    energy = 3000.0
    electron = [0.0, 0.0, np.sqrt(energy**2 - particles.mass(11) ** 2), energy]
    resonance = [0.0, 0.0, 3.0, 5.0]
    masses = table_masses(np.array([11, 113, 99999999]), np.array([electron, resonance, resonance]))
    assert masses.tolist() == [particles.mass(11), 4.0, 4.0]


def test_ten_thousand_events_take_few_seconds(make_record, tmp_path):
    import time

    few = make_record("two_body", n=100)
    record = EventRecord(
        {name: np.tile(values, 100) for name, values in few.columns.items()},
        np.tile(few.counts, 100),
        {name: np.tile(values, 100) for name, values in few.particles.items()},
        few.metadata,
    )
    start = time.process_time()
    formats.write_events(record, tmp_path / "e.hepmc3")
    assert time.process_time() - start < 5.0
