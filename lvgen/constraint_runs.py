"""The [constraints] of a card: bounds or verdicts, their files, and the lines about them."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import lvgen
from lvgen.constraints.base import Constraint, Verdict
from lvgen.constraints.point import Axis, axis
from lvgen.constraints.registry import chosen
from lvgen.constraints.scan import EXCLUDED, Bound, bounds_of, verdicts_at
from lvgen.errors import UserError
from lvgen.io.constraint_files import bounds_figure, write_bounds, write_verdicts
from lvgen.io.labels import mass_label
from lvgen.progress import Progress
from lvgen.runcard import RunCard

BOUNDS_FILE, VERDICTS_FILE, FIGURES = "constraints.csv", "verdicts.csv", ("constraints.png", "constraints.pdf")


class ConstraintRun:
    """The constraints that a card asks for; one coupling gives verdicts, a grid of them bounds between its ends.

    raises UserError, with the dotted key, for constraints or parameters that do not go with the model
    """

    def __init__(self, card: RunCard) -> None:
        section = card.constraints
        assert section is not None  # noqa: S101 - made for cards with [constraints] only
        self.card = card
        try:
            self.axis: Axis = axis(
                card.model.name,
                scan=card.model.scan,
                legs=section.legs,
                invisible=section.invisible,
                **card.model.parameters,
            )
        except UserError as error:
            key = error.key or "name"
            raise UserError(error.what, key=key if key.startswith("model.") else f"model.{key}") from None
        try:
            self.which: list[Constraint] = chosen(self.axis.model, section.names)
        except UserError as error:
            what = f"{error.file}: {error.what}" if error.file else error.what
            raise UserError(what, key="constraints.names") from None
        if not self.which:
            raise UserError(f"no constraint applies to {card.model.name}", key="constraints")

    @property
    def files(self) -> list[str]:
        """Names of the files that ``write`` makes."""
        if self.card.model.is_single_coupling:
            return [VERDICTS_FILE]
        return [BOUNDS_FILE, *(() if self.card.model.is_single_mass else FIGURES)]

    def bounds(self, progress: Progress | None = None) -> list[Bound]:
        """Between the ends of the card's couplings; empty where it has one coupling alone."""
        model = self.card.model
        if model.is_single_coupling:
            return []
        masses, couplings = (values.tolist() for values in (model.masses, model.couplings))
        return bounds_of(self.axis, masses, self.which, couplings[0], couplings[-1], progress)

    def verdicts(self) -> list[Verdict]:
        """At the card's one coupling; empty where it has a grid."""
        model = self.card.model
        if not model.is_single_coupling:
            return []
        return verdicts_at(self.axis, model.masses.tolist(), model.couplings.tolist(), self.which)

    def write(self, bounds: Sequence[Bound], verdicts: Sequence[Verdict], directory: Path) -> None:
        """CSV, and the figure where there are masses to draw over and something is excluded."""
        if verdicts:
            write_verdicts(verdicts, directory / VERDICTS_FILE)
            return
        write_bounds(bounds, directory / BOUNDS_FILE)
        if not self.card.model.is_single_mass:
            bounds_figure(
                bounds,
                *(directory / name for name in FIGURES),
                mass_label=mass_label(self.card.model.name),
                symbol=self.axis.symbol,
                title=self.card.title or "",
            )

    def lines(self) -> list[str]:
        """What will be done, in plain lines."""
        names = ", ".join(one.name for one in self.which)
        what = "verdicts" if self.card.model.is_single_coupling else "bounds"
        return [f"{what:<10} on {self.axis.label} from {len(self.which)} constraints: {names}"]

    def account(self, bounds: Sequence[Bound], verdicts: Sequence[Verdict]) -> dict[str, Any]:
        """For ``run.json``: every constraint with its measurement and validity, and how many points it excludes."""
        excluded = [row.constraint for row in bounds if row.kind == EXCLUDED and row.coupling_lower is not None]
        excluded += [row.constraint for row in verdicts if row.excluded]
        return {
            one.name: {
                "measurement": one.measurement,
                "confidence": one.confidence,
                "references": list(one.references),
                "number_read": one.reread,
                "validity": one.validity,
                "excludes_at": excluded.count(one.name),
            }
            for one in self.which
        }


def account_alone(
    run: ConstraintRun, seed: int, bounds: Sequence[Bound], verdicts: Sequence[Verdict]
) -> dict[str, Any]:
    """Content of ``run.json`` where a card asks for constraints alone."""
    card = run.card.with_seed(seed)
    packages = ("numpy", "scipy", "numba", "vegas", "particle")
    return {
        "tool": "lvgen",
        "version": lvgen.__version__,
        "title": card.title,
        "card": card.canonical_toml(),
        "card_sha256": card.sha256(),
        "seed": seed,
        "files": run.files,
        "model": {"name": card.model.name, "parameters": dict(run.axis.model.parameters)},
        "yields": {},
        "constraints": run.account(bounds, verdicts),
        "versions": {"python": platform.python_version()} | {name: metadata.version(name) for name in packages},
        "machine": platform.machine(),
    }


def summary(info: dict[str, Any]) -> list[str]:
    """What the constraints of a run came to, in plain lines."""
    found = info.get("constraints", {})
    excluding = [f"{name} ({entry['excludes_at']})" for name, entry in found.items() if entry["excludes_at"]]
    if not found:
        return []
    return [f"excluded  by {', '.join(excluding) or 'none'} of {len(found)} constraints (number of rows)"]
