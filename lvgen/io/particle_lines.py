"""The lines that make the new particle known to the program which reads our events."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lvgen.errors import UserError, unknown
from lvgen.io.formats import read_events
from lvgen.io.jsontext import read_json
from lvgen.io.rundir import RUN_FILE
from lvgen.units import C_LIGHT

_MM = 1000.0


@dataclass(frozen=True)
class Boson:
    """The particle of a run.

    pdg, name : name without blanks; mass, width : GeV; ctau : m, infinite for one that does not decay; spin : 0 or 1
    """

    pdg: int
    name: str
    mass: float
    width: float
    ctau: float
    spin: int

    @property
    def ctau_mm(self) -> float:
        """c tau in mm; 0 for a stable particle, as particle tables have it."""
        return 0.0 if math.isinf(self.ctau) else _MM * self.ctau

    @property
    def lifetime_ns(self) -> float:
        """Mean lifetime in ns; -1 for a stable particle, as Geant4 has it."""
        return -1.0 if math.isinf(self.ctau) else 1e9 * self.ctau / C_LIGHT


def boson_of(run: Path, pdg: int | None = None) -> Boson:
    """The boson of a result.

    run : folder of a result, its run.json, or an event file; pdg : a number of its own, None for the run's
    raises UserError where there are no events in it
    """
    path = run / RUN_FILE if run.is_dir() else run
    if path.suffix == ".json":
        stored = read_json(path)
        facts = stored.get("boson") if isinstance(stored, dict) else None
        if not isinstance(facts, dict):
            raise UserError("holds no run with events, so no mass and lifetime of a boson", file=str(path))
    else:
        facts = read_events(path).metadata
    try:
        boson = _boson(facts)
    except (KeyError, TypeError, ValueError):
        raise UserError("does not say mass and lifetime of the boson", file=str(path)) from None
    return boson if pdg is None else replace(boson, pdg=pdg)


def _boson(facts: dict[str, Any]) -> Boson:
    ctau = facts["ctau_m"]
    name = re.sub(r"\W", "_", str(facts["llp_name"]).replace("'", "prime"), flags=re.ASCII)
    return Boson(
        pdg=int(facts["llp_pdg"]),
        # names such as phi are taken by hadrons in every program
        name=f"lvgen_{name}",
        mass=float(facts["mass_gev"]),
        width=float(facts.get("width_gev") or 0.0),
        ctau=math.inf if ctau is None else float(ctau),
        spin=0 if name.startswith("phi") else 1,
    )


def particle_lines(boson: Boson, program: str) -> list[str]:
    """Lines for a program; raises UserError that lists the programs known.

    >>> particle_lines(Boson(32, "lvgen_V", 0.05, 1e-14, 0.02, 1), "pythia8")[0]
    '32:new = lvgen_V void 3 0 0 0.05 1e-14 0 0 20'
    """
    if program not in PROGRAMS:
        raise unknown("program", program, PROGRAMS, key="--for")
    return PROGRAMS[program](boson)


def _table(boson: Boson) -> list[str]:
    """HepPDT's particle table, which DD4hep reads for Geant4: a width of 0 would make the particle stable there."""
    numbers = f"{boson.mass:.12g}  {boson.width:.9e}  {boson.ctau_mm:.9e}"
    return [
        "//       ID  name  charge  mass/GeV  width/GeV  lifetime/mm",
        f"{boson.pdg:10d}  {boson.name}  0  {numbers}",
    ]


def _cmssw(boson: Boson) -> list[str]:
    untracked = 1_000_000 < abs(boson.pdg) < 4_000_000
    said = "is in" if untracked else "is not in"
    note = f"// {boson.pdg} {said} the range 1000000 to 4000000, whose neutral particles CMSSW leaves untracked"
    return [*_table(boson), note]


def _geant4(boson: Boson) -> list[str]:
    stable = "true" if math.isinf(boson.ctau) else "false"
    return [
        "// in ConstructParticle(), beside G4SystemOfUnits.hh",
        f'new G4ParticleDefinition("{boson.name}", {boson.mass:.12g}*GeV, {boson.width:.9e}*GeV, 0.0, '
        f'{2 * boson.spin}, 0, 0, 0, 0, 0, "exotic", 0, 0, {boson.pdg}, {stable}, '
        f"{boson.lifetime_ns:.9e}*ns, nullptr);",
    ]


def _pythia8(boson: Boson) -> list[str]:
    return [
        f"{boson.pdg}:new = {boson.name} void {2 * boson.spin + 1} 0 0 {boson.mass:.12g} {boson.width:.9g} 0 0 "
        f"{boson.ctau_mm:.9g}",
        f"{boson.pdg}:isResonance = off",
    ]


def _fairship(boson: Boson) -> list[str]:
    stable = math.isinf(boson.ctau)
    return [
        f'ROOT.TDatabasePDG.Instance().AddParticle("{boson.name}", "{boson.name}", {boson.mass:.12g}, {stable}, '
        f'{boson.width:.9e}, 0.0, "exotic", {boson.pdg})'
    ]


def _basf2(boson: Boson) -> list[str]:
    """With lifetime 0, as basf2 asks for: the decay in the file says where the particle ends."""
    numbers = f"{boson.pdg}, {boson.mass:.12g}, {boson.width:.9e}, 0, {boson.spin}"
    return ["import pdg", f'pdg.add_particle("{boson.name}", {numbers})']


#: program -> what makes its lines
PROGRAMS: dict[str, Callable[[Boson], list[str]]] = {
    "basf2": _basf2,
    "cmssw": _cmssw,
    "ddsim": _table,
    "fairship": _fairship,
    "geant4": _geant4,
    "pythia8": _pythia8,
}
