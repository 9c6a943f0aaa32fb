"""Event files of other programs, read by libraries or by the rules that the programs' readers follow."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyhepmc
import pylhe
import pytest
import uproot

from lvgen import particles
from lvgen.errors import UserError
from lvgen.io import formats
from lvgen.io.event_formats.fairship import branch_names
from lvgen.io.hepmc_graph import GUARD
from lvgen.io.record import EventRecord

#: GeV relative, and 1e-6 m in mm: what every format must keep
MOMENTUM, POINT = 1e-6, 1e-3
BODIES = {"two_body": 2, "three_body": 3, "six_body": 6}

Record = EventRecord
Make = Callable[..., Record]


def products(record: Record, event: int) -> dict[str, Any]:
    """Columns of the particles that the boson of one event decays into."""
    rows = slice(*record.offsets[event : event + 2].tolist())
    chosen = record.particles["mother"][rows] == 0
    return {name: values[rows][chosen] for name, values in record.particles.items()}


def momenta(found: dict[str, Any]) -> Any:
    """(n, 4) px, py, pz, e."""
    return np.stack([found[c] for c in ("px", "py", "pz", "e")], axis=1)


def vertex(record: Record, event: int, name: str = "vertex") -> Any:
    """x, y, z, t in mm."""
    return np.array([record.columns[f"{name}_{c}"][event] for c in "xyzt"])


@pytest.mark.parametrize("topology", BODIES)
@pytest.mark.parametrize("suffix", [".hepmc2", ".hepmc2.gz"])
def test_hepmc2_holds_the_chain(make_record: Make, tmp_path: Path, topology: str, suffix: str) -> None:
    record = make_record(topology)
    formats.write_events(record, tmp_path / f"e{suffix}")
    opener = gzip.open if suffix.endswith("gz") else open
    with opener(tmp_path / f"e{suffix}", "rt") as file:
        text = file.read()
    assert "IO_GenEvent-START_EVENT_LISTING" in text
    assert text.count("\nU GEV MM\n") == 4
    (tmp_path / "plain.hepmc2").write_text(text)
    with pyhepmc.open(tmp_path / "plain.hepmc2", format="HepMC2") as file:
        events = list(file)
    assert len(events) == 4
    for i, event in enumerate(events):
        assert event.event_number == i
        assert list(event.weights) == [record.columns["weight"][i]]
        assert event.cross_section.xsec() == 1.25
        boson = next(p for p in event.particles if p.pid == 32)
        assert boson.status == 2
        assert boson.generated_mass == pytest.approx(0.05)
        assert [p.status for p in boson.production_vertex.particles_in] == [2]
        point = boson.end_vertex.position
        np.testing.assert_allclose([point.x, point.y, point.z, point.t], vertex(record, i), atol=POINT)
        wanted = products(record, i)
        found = [[*p.momentum] for p in boson.end_vertex.particles_out]
        assert [p.pid for p in boson.end_vertex.particles_out] == wanted["pdg"].tolist()
        np.testing.assert_allclose(found, momenta(wanted), rtol=MOMENTUM)
        assert {p.status for p in event.particles} == {1, 2, 4}
    beside = json.loads((tmp_path / f"e{suffix}.json").read_text())
    assert beside["num_events"] == 4
    assert beside["card"] == record.metadata["card"]


def test_hepmc2_comes_back_with_its_metadata(make_record: Make, tmp_path: Path) -> None:
    """Particles come vertex by vertex: the same ones, in an order of their own."""
    record = make_record("mixed", n=10)
    formats.write_events(record, tmp_path / "e.hepmc2")
    back = formats.read_events(tmp_path / "e.hepmc2")
    assert back.metadata == record.metadata
    for name, values in record.columns.items():
        np.testing.assert_array_equal(back.columns[name], values)
    for i in range(10):
        rows = slice(*record.offsets[i : i + 2].tolist())
        mine, other = (sorted(r.particles["e"][rows].tolist()) for r in (record, back))
        assert mine == other
        np.testing.assert_array_equal(momenta(products(back, i)), momenta(products(record, i)))
    (tmp_path / "e.hepmc2.json").unlink()
    assert formats.read_events(tmp_path / "e.hepmc2").metadata == {}


@pytest.mark.parametrize("cut", [1, 5, 40, 200])
def test_a_truncated_hepmc2_file_is_refused(make_record: Make, tmp_path: Path, cut: int) -> None:
    formats.write_events(make_record("cascade"), tmp_path / "e.hepmc2")
    lines = (tmp_path / "e.hepmc2").read_text().splitlines()
    (tmp_path / "e.hepmc2").write_text("\n".join(lines[: max(3, len(lines) - cut)]))
    with pytest.raises(UserError, match=r"e\.hepmc2: is (truncated|damaged)"):
        formats.read_events(tmp_path / "e.hepmc2")


@pytest.mark.parametrize("suffix", [".hepmc2", ".csv", ".nuhepmc"])
def test_damaged_files_are_refused_or_read_but_never_crash(make_record: Make, tmp_path: Path, suffix: str) -> None:
    """The library that parses HepMC ends the whole process on lines that do not fit together."""
    formats.write_events(make_record("two_body", n=2), tmp_path / f"good{suffix}")
    lines = (tmp_path / f"good{suffix}").read_bytes().split(b"\n")
    rng = np.random.default_rng(3)
    refused: list[str] = []
    for _ in range(150):
        bad = list(lines)
        place, other = rng.integers(len(bad), size=2).tolist()
        words = bad[place].split(b" ")
        words[int(rng.integers(len(words)))] = [b"-1", b"999999", b"nan", b"", b"0", b"x"][int(rng.integers(6))]
        change = int(rng.integers(3))
        bad[place : place + 1] = [[], [bad[place], bad[other]], [b" ".join(words)]][change]
        (tmp_path / f"bad{suffix}").write_bytes(b"\n".join(bad))
        try:
            formats.read_events(tmp_path / f"bad{suffix}")
        except UserError as error:
            refused.append(str(error))
    assert len(refused) > 50
    assert not [text for text in refused if "\n" in text]


@pytest.mark.parametrize("topology", BODIES)
def test_fairship_reads_branches_by_their_place(make_record: Make, tmp_path: Path, topology: str) -> None:
    """As EvtCalcGenerator does: boson 0-5, probability 6, vertex 7-9, daughter k at 10 + 6 k, ndau last."""
    record = make_record(topology)
    formats.write_events(record, tmp_path / "e.fairship.root")
    with uproot.open(tmp_path / "e.fairship.root") as file:
        tree = file["LLP_tree"]
        assert file.classnames()["LLP_tree;1"] == "TTree"
        assert {branch.typename for branch in tree.branches} == {"double"}
        assert tree.keys() == branch_names(BODIES[topology])
        rows = np.stack([branch.array(library="np") for branch in tree.branches], axis=1)
        assert json.loads(str(file["metadata"]))["seed"] == record.metadata["seed"]
    assert (rows[:, -1] == BODIES[topology]).all()
    np.testing.assert_allclose(rows[:, 6], record.columns["weight"])
    for i, row in enumerate(rows):
        np.testing.assert_allclose(row[:4], [record.columns[f"llp_{c}"][i] for c in ("px", "py", "pz", "e")])
        assert row[4] == pytest.approx(0.05)
        np.testing.assert_allclose(row[7:10], 1e-3 * vertex(record, i)[:3], atol=1e-6)
        slots = row[10:-1].reshape(-1, 6)
        wanted = products(record, i)
        np.testing.assert_allclose(slots[:, :4], momenta(wanted), rtol=MOMENTUM)
        np.testing.assert_allclose(slots[:, 4], [particles.mass(int(p)) for p in wanted["pdg"]])
        assert slots[:, 5].tolist() == wanted["pdg"].tolist()


def test_fairship_pads_and_resolves_what_is_short_lived(make_record: Make, tmp_path: Path) -> None:
    """In "cascade" a pi0 of the boson gives a photon and a muon, which decays; the muon is FairShip's."""
    record = make_record("mixed", n=10)
    formats.write_events(record, tmp_path / "e.fairship.root")
    with uproot.open(tmp_path / "e.fairship.root") as file:
        branches = file["LLP_tree"].arrays(library="np")
    pdg = np.stack([branches[f"pdg_prod{k}"] for k in range(1, 7)], axis=1)
    assert (branches["ndau"] == 6).all()
    assert pdg[0].tolist() == [11, -11, -999, -999, -999, -999]
    assert pdg[3].tolist() == [211, -211, 22, 13, -999, -999]
    assert np.all(branches["e_prod3"][pdg[:, 2] == -999] == 0.0)


def read_basf2(lines: list[str]) -> list[tuple[int, float, list[dict[str, Any]]]]:
    """Events by the rules of basf2's HepevtReader: blanks separate, 15 columns, daughters d1 to d2, 0 for none."""
    events, place = [], 0
    while place < len(lines):
        number, n, weight = (float(word) for word in lines[place].split())
        listed = []
        for line in lines[place + 1 : place + 1 + int(n)]:
            fields = [float(word) for word in line.split()]
            assert len(fields) == 15
            first, last = int(fields[4]), int(fields[5])
            assert 0 <= first <= last <= n
            listed.append(
                {
                    "pdg": int(fields[1]),
                    "mother": int(fields[2]),
                    "daughters": range(first, last + 1) if first else [],
                    "p": np.array(fields[6:9]),
                    "given": fields[9],
                    "m": fields[10],
                    "point": np.array(fields[11:]),
                }
            )
            recomputed = np.sqrt(listed[-1]["p"] @ listed[-1]["p"] + fields[10] ** 2)
            assert abs(fields[9] - recomputed) < 1e-3 * recomputed
        events.append((int(number), weight, listed))
        place += 1 + int(n)
    return events


@pytest.mark.parametrize("suffix", [".hepevt", ".hepevt.gz"])
def test_basf2_finds_contiguous_daughters(record: Record, tmp_path: Path, suffix: str) -> None:
    formats.write_events(record, tmp_path / f"e{suffix}")
    opener = gzip.open if suffix.endswith("gz") else open
    with opener(tmp_path / f"e{suffix}", "rt") as file:
        events = read_basf2(file.read().splitlines())
    assert [number for number, _, _ in events] == record.columns["event"].tolist()
    np.testing.assert_allclose([weight for _, weight, _ in events], record.columns["weight"])
    for i, (_, _, listed) in enumerate(events):
        assert len(listed) == record.counts[i] + 1 + (record.columns["parent_pdg"][i] != 0)
        for row, particle in enumerate(listed, start=1):
            for daughter in particle["daughters"]:
                assert listed[daughter - 1]["mother"] == row
            assert len([other for other in listed if other["mother"] == row]) == len(particle["daughters"])
        boson = next(particle for particle in listed if particle["pdg"] == 32)
        found = [listed[k - 1] for k in boson["daughters"]]
        wanted = products(record, i)
        assert [particle["pdg"] for particle in found] == wanted["pdg"].tolist()
        np.testing.assert_allclose([[*p["p"], p["given"]] for p in found], momenta(wanted), rtol=MOMENTUM)
        for particle in found:
            np.testing.assert_allclose(particle["point"], vertex(record, i), atol=POINT)
        finals = [p for p in listed if not p["daughters"]]
        status = record.particles["status"][record.offsets[i] : record.offsets[i + 1]]
        assert len(finals) == np.count_nonzero(status == 1)


def acts_events(path: Path) -> dict[str, list[dict[str, str]]]:
    """Rows of each file of an archive."""
    with zipfile.ZipFile(path) as archive:
        return {name: list(csv.DictReader(archive.read(name).decode().splitlines())) for name in archive.namelist()}


def test_acts_csv_has_a_pair_of_files_for_each_event(record: Record, tmp_path: Path) -> None:
    """Final particles with ids as Acts' HepMC3 converter gives them: primary vertex 1, decays and particles from 1."""
    formats.write_events(record, tmp_path / "e.acts.zip")
    files = acts_events(tmp_path / "e.acts.zip")
    assert list(files)[:2] == ["event000000000-particles.csv", "event000000000-vertices.csv"]
    for i in range(len(record)):
        rows, points = files[f"event{i:09d}-particles.csv"], files[f"event{i:09d}-vertices.csv"]
        assert list(rows[0])[:7] == [
            "particle_id_pv", "particle_id_sv", "particle_id_part", "particle_id_gen", "particle_id_subpart",
            "particle_type", "process",
        ]  # fmt: skip
        status = record.particles["status"][record.offsets[i] : record.offsets[i + 1]]
        assert len(rows) == np.count_nonzero(status == 1)
        ids = [tuple(row[name] for name in list(row)[:5]) for row in rows]
        assert len(set(ids)) == len(ids)
        assert [int(row["particle_id_part"]) for row in rows] == list(range(1, len(rows) + 1))
        assert {row["particle_id_pv"] for row in rows} == {"1"}
        wanted = products(record, i)
        final = wanted["status"] == 1
        # a parent hadron that flew has its decay vertex before that of the boson
        flew = (
            record.columns["parent_pdg"][i] != 0 and (vertex(record, i, "parent") != vertex(record, i, "origin")).any()
        )
        found = [row for row in rows if row["particle_id_sv"] == ("2" if flew else "1")]
        assert [int(row["particle_type"]) for row in found] == wanted["pdg"][final].tolist()
        values = [[float(row[c]) for c in ("px", "py", "pz")] for row in found]
        np.testing.assert_allclose(values, momenta(wanted)[final, :3], rtol=MOMENTUM)
        for row in found:
            np.testing.assert_allclose([float(row[c]) for c in ("vx", "vy", "vz", "vt")], vertex(record, i), atol=POINT)
            assert float(row["q"]) == particles.charge(int(row["particle_type"]))
            assert float(row["m"]) == pytest.approx(particles.mass(int(row["particle_type"])), abs=1e-9)
        begins = {tuple(row[c] for c in ("vx", "vy", "vz", "vt")) for row in rows}
        assert begins == {tuple(point.values()) for point in points}


def test_acts_demands_a_sidecar_that_counts(make_record: Make, tmp_path: Path) -> None:
    record = make_record("two_body")
    plain, asked = tmp_path / "plain.hepmc3", tmp_path / "asked.hepmc3"
    formats.write_events(record, plain)
    formats.write_events(dataclasses.replace(record, metadata=record.metadata | {"sidecar": True}), asked)
    assert not (tmp_path / "plain.hepmc3.json").exists()
    assert json.loads((tmp_path / "asked.hepmc3.json").read_text())["num_events"] == 4


def acts_visits(event: Any) -> list[int]:
    """Final particles that Acts' HepMC3 converter reaches: it starts from vertices that only beam particles enter."""
    starts = [v for v in event.vertices if all(p.status == 4 for p in v.particles_in)]
    found, waiting = [], list(starts)
    while waiting:
        here = waiting.pop()
        for particle in here.particles_out:
            if particle.end_vertex is not None:
                waiting.append(particle.end_vertex)
            else:
                assert particle.status == 1
                found.append(particle.pid)
    return found


def test_acts_reaches_every_final_particle(record: Record, tmp_path: Path) -> None:
    formats.write_events(record, tmp_path / "e.hepmc3")
    with pyhepmc.open(tmp_path / "e.hepmc3") as file:
        for i, event in enumerate(file):
            found = acts_visits(event)
            rows = slice(*record.offsets[i : i + 2].tolist())
            final = record.particles["status"][rows] == 1
            assert sorted(found) == sorted(record.particles["pdg"][rows][final].tolist())


@pytest.mark.parametrize("topology", [*BODIES, "cascade", "no_parent"])
@pytest.mark.parametrize("suffix", [".lhe", ".lhe.gz"])
def test_pylhe_reads_the_chain(make_record: Make, tmp_path: Path, topology: str, suffix: str) -> None:
    record = make_record(topology)
    formats.write_events(record, tmp_path / f"e{suffix}")
    listing = pylhe.LHEFile.fromfile(tmp_path / f"e{suffix}")
    assert (listing.init.initInfo.beamA, listing.init.initInfo.energyA) == (2212, 6800.0)
    assert listing.init.procInfo[0].xSection == pytest.approx(1.25)
    (element,) = [e for e in listing.header.extra_elements if e.tag == "lvgen"]
    assert json.loads(element.text) == record.metadata
    events = list(listing.events)
    assert [event.eventinfo.weight for event in events] == pytest.approx(record.columns["weight"], rel=1e-12)
    for i, event in enumerate(events):
        assert [p.status for p in event.particles[:2]] == [-1, -1]
        place = next(k for k, p in enumerate(event.particles, start=1) if p.id == 32)
        boson = event.particles[place - 1]
        found = [p for p in event.particles if p.mother1 == p.mother2 == place]
        wanted = products(record, i)
        assert [p.id for p in found] == wanted["pdg"].tolist()
        np.testing.assert_allclose([[p.px, p.py, p.pz, p.e] for p in found], momenta(wanted), rtol=MOMENTUM)
        flown = vertex(record, i)[3] - vertex(record, i, "origin")[3]
        assert boson.lifetime == pytest.approx(flown * boson.m / boson.e, rel=1e-8)
        assert [p.status for p in found] == wanted["status"].tolist()
        assert all(1 <= p.mother1 <= k for k, p in enumerate(event.particles) if p.status != -1)


def test_electron_and_positron_beams(make_record: Make, tmp_path: Path) -> None:
    """Asymmetric beams stay as they are, in Les Houches events and in HepMC3, with the sum of weights."""
    beams = [
        {"pdg": 11, "px": 0.0, "py": 0.0, "pz": 7.007, "e": 7.007},
        {"pdg": -11, "px": 0.0, "py": 0.0, "pz": -4.0, "e": 4.0},
    ]
    record = make_record("no_parent")
    record = dataclasses.replace(record, metadata=record.metadata | {"beams": beams, "sum_weights": 1.0})
    formats.write_events(record, tmp_path / "e.lhe")
    listing = pylhe.LHEFile.fromfile(tmp_path / "e.lhe")
    info = listing.init.initInfo
    assert (info.beamA, info.beamB, info.energyA, info.energyB) == (11, -11, 7.007, 4.0)
    events = list(listing.events)
    assert [(p.id, p.status, p.pz) for p in events[0].particles[:2]] == [(11, -1, 7.007), (-11, -1, -4.0)]
    assert sum(event.eventinfo.weight for event in events) == pytest.approx(record.columns["weight"].sum(), rel=1e-12)
    formats.write_events(record, tmp_path / "e.hepmc3")
    with pyhepmc.open(tmp_path / "e.hepmc3") as file:
        found = [[(p.pid, p.momentum.pz) for p in event.particles if p.status == 4] for event in file]
    assert found == [[(11, 7.007), (-11, -4.0)]] * 4


def test_lhe_particles_have_13_columns_and_the_header_says_what_is_lost(make_record: Make, tmp_path: Path) -> None:
    formats.write_events(make_record("cascade"), tmp_path / "e.lhe")
    text = (tmp_path / "e.lhe").read_text()
    blocks = [block.split("</event>")[0].strip().splitlines() for block in text.split("<event>")[1:]]
    assert len(blocks) == 4
    for head, *lines in blocks:
        assert len(head.split()) == 6
        assert [len(line.split()) for line in lines] == [13] * int(head.split()[0])
    assert "no vertices and no times" in text.split("<init>")[0]


def test_flat_csv_opens_anywhere(make_record: Make, tmp_path: Path) -> None:
    record = make_record("mixed", n=10)
    formats.write_events(record, tmp_path / "e.csv")
    with (tmp_path / "e.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == record.counts.sum()
    assert [float(row["particle_pz"]) for row in rows] == record.particles["pz"].tolist()
    assert {float(row["weight"]) for row in rows} == set(record.columns["weight"].tolist())


def texts(attributes: Any) -> dict[str, str]:
    """Attributes as they stand in the file; the library keeps the type in which one was last asked for."""
    return {name: v if isinstance(v := attributes[name], str) else str(v.astype(str)) for name in attributes}


def nuhepmc_faults(events: list[Any]) -> list[str]:
    """What the requirements of NuHepMC 1.0.0 find wrong in a file."""
    info = events[0].run_info
    text = texts(info.attributes)
    words = {name: value.split() for name, value in text.items()}
    faults = []
    faults += ["G.R.2"] * ([text.get(f"NuHepMC.Version.{p}") for p in ("Major", "Minor", "Patch")] != ["1", "0", "0"])
    faults += ["G.R.3"] * (not all(tool.name and tool.version for tool in info.tools))
    chosen = set(words["NuHepMC.Conventions"])
    faults += ["G.R.5"] * (not ("G.C.2" in chosen and float(text["NuHepMC.FluxAveragedTotalCrossSection"]) > 0))
    faults += ["G.R.6"] * (text["NuHepMC.Units.CrossSection.Unit"] != "pb")
    faults += ["G.R.7"] * (next(iter(info.weight_names)) != "CV")
    for ids, table in (("Process", "Process"), ("VertexStatus", "VertexStatus"), ("ParticleStatus", "ParticleStatus")):
        for number in words[f"NuHepMC.{ids}IDs"]:
            named = all(text.get(f"NuHepMC.{table}Info[{number}].{part}") for part in ("Name", "Description"))
            faults += [f"table {ids}"] * (not named)
    for number in words["NuHepMC.AdditionalParticleNumbers"]:
        faults += ["G.R.11"] * (f"NuHepMC.AdditionalParticleNumber[{number}].Name" not in text)
    numbers = [event.event_number for event in events]
    faults += ["E.R.2"] * (min(numbers) < 0 or len(set(numbers)) < len(numbers))
    for event in events:
        own = texts(event.attributes)
        faults += ["E.R.3"] * (own["signal_process_id"] not in words["NuHepMC.ProcessIDs"])
        faults += ["E.R.5"] * (len(own["lab_pos"].split()) not in (3, 4))
        statuses = [v.status for v in event.vertices]
        faults += ["E.R.6"] * (statuses.count(1) != 1 or 0 in statuses)
        faults += ["V.R.1"] * any(s != 1 and not 21 <= s <= 999 for s in statuses)
        codes = [p.status for p in event.particles]
        faults += ["E.R.7"] * (codes.count(4) != 1 or codes.count(20) != 1)
        faults += ["P.R.1"] * (not set(codes) <= {1, 2, 4, 20})
        unlisted = {str(p.pid) for p in event.particles if p.pid == 32} - set(
            words["NuHepMC.AdditionalParticleNumbers"]
        )
        faults += ["boson"] * bool(unlisted)
    return faults


@pytest.mark.parametrize("topology", [*BODIES, "cascade", "no_parent"])
def test_nuhepmc_meets_the_requirements(make_record: Make, tmp_path: Path, topology: str) -> None:
    record = make_record(topology)
    more = {"llp_pdg": 32, "llp_name": "V", "exposure": 1e18, "exposure_unit": "POT"}
    record = dataclasses.replace(record, metadata=record.metadata | more | {"processes": {"0": "a", "1": "b"}})
    formats.write_events(record, tmp_path / "e.nuhepmc")
    with pyhepmc.open(tmp_path / "e.nuhepmc") as file:
        events = list(file)
    assert nuhepmc_faults(events) == []
    text = texts(events[0].run_info.attributes)
    assert float(text["NuHepMC.Exposure.POT"]) == 1e18
    assert text["NuHepMC.Citations.Generator.arXiv"] == "1708.09389"
    origin = [float(word) for word in texts(events[1].attributes)["lab_pos"].split()]
    place = vertex(record, 1, "parent")
    wanted = [*place[:3], place[3] / 299792458000.0] if place.any() else [0.0, 0.0, GUARD, 0.0]
    np.testing.assert_allclose(origin, wanted)


def test_what_cannot_be_read_back_says_so(make_record: Make, tmp_path: Path) -> None:
    for suffix in (".lhe", ".hepevt", ".acts.zip", ".fairship.root"):
        formats.write_events(make_record("two_body"), tmp_path / f"e{suffix}")
        with pytest.raises(UserError, match=r"do not keep enough to be read back \(.+\); these do: csv, hepmc2"):
            formats.read_events(tmp_path / f"e{suffix}")


def test_a_format_by_its_name(make_record: Make, tmp_path: Path) -> None:
    formats.write_events(make_record("two_body"), tmp_path / "e.root")
    assert formats.convert(tmp_path / "e.root", tmp_path / "any.root", to="fairship") == 4
    with uproot.open(tmp_path / "any.root") as file:
        assert "LLP_tree" in file
    bare = dataclasses.replace(make_record("two_body"), metadata={})
    with pytest.raises(UserError, match="beam"):
        formats.write_events(bare, tmp_path / "e.lhe")
