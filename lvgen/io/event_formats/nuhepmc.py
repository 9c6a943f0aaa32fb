"""HepMC3 ASCII with the metadata of NuHepMC 1.0.0 (arXiv:2310.13211), gzipped where the name ends in ``.gz``.

Over the plain HepMC3 of lvgen: the one beam particle has status 4 and what it meets 20 (E.R.7, P.R.1); the vertex of
the collision alone has status 1 and decays have 22 to 24 (V.R.1); the weight is called ``CV`` (G.R.7); an event says
``signal_process_id`` (E.R.3), 700 plus the number of its process (E.C.1), and ``lab_pos`` in mm and s (E.R.5, E.C.5),
the point of the collision.  Positions of vertices are those in the laboratory: ``lab_pos`` is not to be added to them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lvgen.io.event_formats import EventFormat
from lvgen.io.record import EventRecord, Events
from lvgen.units import C_LIGHT

PREFIX = "NuHepMC."
VERSION = {"Major": 1, "Minor": 0, "Patch": 0}
#: number of a process among NuHepMC's "other process types"
FIRST_PROCESS = 700
VERTICES = {
    1: ("Primary", "the beam particle meets the target, or the other beam"),
    22: ("ParentDecay", "decay of the hadron that gives the boson"),
    23: ("BosonDecay", "decay of the boson"),
    24: ("FurtherDecay", "decay of a product, or of a particle made with the boson"),
}
PARTICLES = {
    1: ("Final", "undecayed physical particle"),
    2: ("Decayed", "decayed physical particle"),
    4: ("Beam", "incoming beam particle"),
    20: ("Target", "target particle, or the particle of the other beam"),
}


def write(events: Events, path: Path) -> None:
    """Write events; raises UserError where the metadata name no beam particle."""
    from lvgen.io.hepmc_graph import EventBuilder
    from lvgen.io.hepmc_stream import write_listing

    class Builder(EventBuilder):
        codes = _codes()
        describes_each = True

        def describe(self, event: Any, process: int, channel: int, collision: list[float]) -> None:
            super().describe(event, process, channel, collision)
            event.attributes["signal_process_id"] = FIRST_PROCESS + process
            # text, because the library writes numbers in lists with six decimals
            place = [*collision[:3], collision[3] / (1e3 * C_LIGHT)]
            event.attributes["lab_pos"] = " ".join(map(repr, place))

    write_listing(events, path, "WriterAscii", run_info(events.metadata), Builder)


def read(path: Path) -> EventRecord:
    """Read a record that lvgen wrote; raises UserError for other files."""
    from lvgen.io.event_formats.hepmc3 import read_with
    from lvgen.io.hepmc_reading import RecordBuilder

    class Builder(RecordBuilder):
        codes = _codes()

    return read_with(path, Builder())


def _codes() -> Any:
    from lvgen.io.hepmc_graph import StatusCodes

    return StatusCodes(production=1, parent_decay=22, decay=23, further_decay=24, beams=(4, 20))


def run_info(metadata: dict[str, Any]) -> Any:
    """GenRunInfo of plain HepMC3 with the tables of NuHepMC."""
    from lvgen.io.event_formats.hepmc3 import run_info as plain

    info = plain(metadata)
    names = [str(name) for name in metadata.get("weight_names") or ["Default"]]
    info.weight_names = ["CV", *names[1:]]
    for name, value in _attributes(metadata).items():
        # lists stand in the file as words; the library would refuse an empty one
        info.attributes[PREFIX + name] = " ".join(map(str, value)) if isinstance(value, list) else value
    return info


def _attributes(metadata: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {f"Version.{part}": number for part, number in VERSION.items()}
    conventions = ["E.C.1", "E.C.5", "G.C.5"]
    cross_section = metadata.get("cross_section_pb")
    if cross_section is not None:
        conventions.append("G.C.2")
        found["FluxAveragedTotalCrossSection"] = repr(float(cross_section))
        error = metadata.get("cross_section_error_pb")
        found["FluxAveragedTotalCrossSectionUncertainty"] = repr(float(error or 0.0))
    if metadata.get("exposure_unit") == "POT":
        conventions.append("G.C.1")
        found["Exposure.POT"] = repr(float(metadata["exposure"]))
    references = [str(text).removeprefix("arXiv:") for text in metadata.get("references") or []]
    preprints = [text for text in references if re.fullmatch(r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}", text)]
    if preprints:
        conventions.append("G.C.3")
        found["Citations.Generator.arXiv"] = preprints
    found |= {"Units.CrossSection.Unit": "pb", "Units.CrossSection.TargetScale": "PerNucleon"}
    processes = {FIRST_PROCESS + int(k): (v, v) for k, v in (metadata.get("processes") or {}).items()}
    found |= _listed("ProcessIDs", "ProcessInfo", processes)
    found |= _listed("VertexStatusIDs", "VertexStatusInfo", VERTICES)
    found |= _listed("ParticleStatusIDs", "ParticleStatusInfo", PARTICLES)
    found["Conventions"] = sorted(conventions)
    return found | _boson(metadata)


def _listed(ids: str, info: str, entries: dict[int, tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {ids: list(entries)}
    for number, (name, description) in entries.items():
        found |= {f"{info}[{number}].Name": name, f"{info}[{number}].Description": description}
    return found


def _boson(metadata: dict[str, Any]) -> dict[str, Any]:
    """The new particle among the additional numbers (G.R.11, G.C.5)."""
    pdg = metadata.get("llp_pdg")
    if pdg is None:
        return {"AdditionalParticleNumbers": []}
    facts = ", ".join(
        f"{word} {metadata[key]!r} {unit}"
        for key, word, unit in (("mass_gev", "mass", "GeV"), ("width_gev", "width", "GeV"), ("ctau_m", "c tau", "m"))
        if metadata.get(key) is not None
    )
    description = f"new boson of the model {metadata.get('model', '?')}, charge 0, {facts}"
    return {
        "AdditionalParticleNumbers": [int(pdg)],
        f"AdditionalParticleNumber[{pdg}].Name": str(metadata.get("llp_name", "V")),
        f"AdditionalParticleInfo[{pdg}].Name": str(metadata.get("llp_name", "V")),
        f"AdditionalParticleInfo[{pdg}].Description": description,
    }


FORMAT = EventFormat(
    "nuhepmc",
    (".nuhepmc", ".nuhepmc.hepmc3", ".nuhepmc.gz", ".nuhepmc.hepmc3.gz"),
    write,
    read,
    "HepMC3 ASCII with the metadata of NuHepMC 1.0.0",
)
