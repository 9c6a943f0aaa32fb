"""Geant4 carries the final particles of a HepMC3 file through planes and a dipole field, with transport only.

    python tests/geant4_tracker.py EVENTS.hepmc3 SETUP.json HITS.json

SETUP: ``planes``, each with name, z, half_x, half_y; ``field``: z_min, z_max, half_x, half_y, B (tesla, along x), in m;
``particle``: the arguments of the G4ParticleDefinition of the new particle.  HITS: for each event the planes that each
charged track enters, and what Geant4 makes of the new particle.  Run by tests/test_geant4.py in a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import geant4_pybind as g4
import pyhepmc

#: of a plane, m
THICKNESS = 1e-3
KINDS = (
    "Electron",
    "Positron",
    "MuonMinus",
    "MuonPlus",
    "Gamma",
    "PionPlus",
    "PionMinus",
    "PionZero",
    "Eta",
    "Geantino",
)


class Particles(g4.G4VPhysicsConstructor):
    """Particles that only fly."""

    def __init__(self, particle: list[Any]) -> None:
        super().__init__("particles")
        self.particle, self.made = particle, None

    def ConstructParticle(self) -> None:
        for kind in KINDS:
            getattr(g4, f"G4{kind}").Definition()
        self.made = g4.G4ParticleDefinition(*self.particle)

    def ConstructProcess(self) -> None:
        """Nothing beside the transport, which the list adds."""


class Physics(g4.G4VModularPhysicsList):
    """Transport alone."""

    def __init__(self, particle: list[Any]) -> None:
        super().__init__()
        self.particles = Particles(particle)
        self.RegisterPhysics(self.particles)


class Detector(g4.G4VUserDetectorConstruction):
    """Thin boxes in vacuum, and a box with a field."""

    def __init__(self, setup: dict[str, Any]) -> None:
        super().__init__()
        self.setup, self.kept = setup, []

    def Construct(self) -> Any:
        vacuum = g4.G4NistManager.Instance().FindOrBuildMaterial("G4_Galactic")
        solid = g4.G4Box("world", 20 * g4.m, 20 * g4.m, 150 * g4.m)
        logical = g4.G4LogicalVolume(solid, vacuum, "world")
        world = g4.G4PVPlacement(None, g4.G4ThreeVector(), logical, "world", None, False, 0)
        for plane in self.setup["planes"]:
            self._box(plane["name"], plane, plane["z"] + 0.5 * THICKNESS, 0.5 * THICKNESS, vacuum, logical)
        field = self.setup["field"]
        half = 0.5 * (field["z_max"] - field["z_min"])
        self._box("magnet", field, field["z_min"] + half, half, vacuum, logical)
        self.kept += [vacuum, logical, world]
        return world

    def ConstructSDandField(self) -> None:
        uniform = g4.G4UniformMagField(g4.G4ThreeVector(self.setup["field"]["B"] * g4.tesla, 0, 0))
        manager = g4.G4FieldManager(uniform)
        manager.CreateChordFinder(uniform)
        self.magnet.SetFieldManager(manager, True)
        self.kept += [uniform, manager]

    def _box(self, name: str, size: dict[str, float], z: float, half: float, vacuum: Any, mother: Any) -> None:
        solid = g4.G4Box(name, size["half_x"] * g4.m, size["half_y"] * g4.m, half * g4.m)
        logical = g4.G4LogicalVolume(solid, vacuum, name)
        placed = g4.G4PVPlacement(None, g4.G4ThreeVector(0, 0, z * g4.m), logical, name, mother, False, 0)
        self.kept += [solid, logical, placed]
        if name == "magnet":
            self.magnet = logical


class Generator(g4.G4VUserPrimaryGeneratorAction):
    """Final particles of the file, each where and when it begins."""

    def __init__(self, path: str) -> None:
        super().__init__()
        with pyhepmc.open(path) as file:
            self.events = list(file)
        self.next = 0
        # G4PrimaryVertex cannot be made from Python with geant4_pybind 0.1.3; the gun makes one for each particle
        self.gun = g4.G4ParticleGun(1)

    def GeneratePrimaries(self, event: Any) -> None:
        table = g4.G4ParticleTable.GetParticleTable()
        for particle in self.events[self.next].particles:
            if particle.status != 1 or particle.end_vertex is not None:
                continue
            x, y, z, t = particle.production_vertex.position
            px, py, pz, energy = particle.momentum
            definition = table.FindParticle(particle.pid)
            if definition is None:
                # made with the boson, far upstream: nothing that reaches the planes is among them
                continue
            self.gun.SetParticleDefinition(definition)
            self.gun.SetParticlePosition(g4.G4ThreeVector(x * g4.mm, y * g4.mm, z * g4.mm))
            self.gun.SetParticleTime(t * g4.mm / g4.c_light)
            self.gun.SetParticleMomentumDirection(g4.G4ThreeVector(px, py, pz))
            self.gun.SetParticleEnergy(energy * g4.GeV - definition.GetPDGMass())
            self.gun.GeneratePrimaryVertex(event)
        self.next += 1


class Stepping(g4.G4UserSteppingAction):
    """Which planes each charged track enters."""

    def __init__(self, planes: set[str], generator: Generator) -> None:
        super().__init__()
        self.planes, self.generator = planes, generator
        self.hits: list[dict[str, dict[str, list[float]]]] = [{} for _ in generator.events]

    def UserSteppingAction(self, step: Any) -> None:
        track = step.GetTrack()
        charged = track.GetDefinition().GetPDGCharge() != 0
        volume = track.GetVolume().GetName()
        if not charged or volume not in self.planes:
            return
        point, particle = step.GetPreStepPoint(), track.GetDefinition().GetPDGEncoding()
        where = [point.GetPosition().x / g4.m, point.GetPosition().y / g4.m, point.GetGlobalTime() / g4.ns]
        own = self.hits[self.generator.next - 1].setdefault(f"{track.GetTrackID()}:{particle}", {})
        own.setdefault(str(volume), where)


class Actions(g4.G4VUserActionInitialization):
    """What the run manager asks for."""

    def __init__(self, events: str, planes: set[str]) -> None:
        super().__init__()
        self.generator = Generator(events)
        self.stepping = Stepping(planes, self.generator)

    def Build(self) -> None:
        self.SetUserAction(self.generator)
        self.SetUserAction(self.stepping)


def main(events: str, setup_file: str, hits_file: str) -> None:
    """Run all events."""
    setup = json.loads(Path(setup_file).read_text())
    manager = g4.G4RunManagerFactory.CreateRunManager(g4.G4RunManagerType.Serial)
    detector, physics = Detector(setup), Physics(setup["particle"])
    manager.SetUserInitialization(detector)
    manager.SetUserInitialization(physics)
    # Geant4 wants its physics before anything that makes events
    actions = Actions(events, {plane["name"] for plane in setup["planes"]})
    manager.SetUserInitialization(actions)
    manager.Initialize()
    manager.BeamOn(len(actions.generator.events))
    made = g4.G4ParticleTable.GetParticleTable().FindParticle(setup["particle"][13])
    known = {
        "pdg": made.GetPDGEncoding(),
        "mass_gev": made.GetPDGMass() / g4.GeV,
        "width_gev": made.GetPDGWidth() / g4.GeV,
        "charge": made.GetPDGCharge(),
        "spin": made.GetPDGSpin(),
        "stable": made.GetPDGStable(),
        "lifetime_ns": made.GetPDGLifeTime() / g4.ns,
    }
    Path(hits_file).write_text(json.dumps({"hits": actions.stepping.hits, "particle": known}))
    # Geant4's own objects and Python's views of them are not taken down in an order that works
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
