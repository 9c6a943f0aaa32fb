"""One model before several detectors: a run for each, one figure, and a report in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lvgen import conductor
from lvgen.detection.registry import load_detector
from lvgen.errors import UserError
from lvgen.io.atomic import make_directory
from lvgen.io.limits import Limit
from lvgen.io.overlay_figure import overlay_figure
from lvgen.io.report import Reported, write_report
from lvgen.models.registry import model_class
from lvgen.progress import NoProgress, Progress
from lvgen.runcard import RunCard, card_from_table
from lvgen.spectra.registry import load_source

REPORT_FILE, FIGURE_FILE = "report.html", "comparison.png"


@dataclass(frozen=True)
class Compared:
    """One run of a comparison: its card, the folder's name, and what was changed in the card besides the detector."""

    card: RunCard
    folder: str
    note: str


def compare(
    card: RunCard,
    detectors: Sequence[str],
    directory: Path,
    *,
    seed: int | None = None,
    workers: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    limits: Sequence[Limit] = (),
) -> Path:
    """Run a card's model before each detector and write the report; a complete run in its folder is read, not repeated.

    detectors : names or paths of detector files; directory : one folder for each detector, the figure and the report
    limits : published ones for the figures
    returns the report's path
    raises UserError for a card without [sensitivity], a detector named twice, and whatever a run refuses
    """
    told = progress or NoProgress()
    planned = plan_comparison(card, detectors)
    make_directory(directory)
    entries = []
    for item in planned:
        told.message(f"{item.card.detector.description.name}" + (f": {item.note}" if item.note else ""))
        place = directory / item.folder
        try:
            result = conductor.run(item.card, seed, place, workers, overwrite, told)
        except UserError as error:
            raise UserError(f"{error.what} (detector {item.folder})", file=error.file, key=error.key) from error
        assert result.map is not None  # noqa: S101 - every card of a comparison has [sensitivity]
        entries.append(Reported(item.folder, item.note, result.map, result.contour, result.info))
    name = model_class(card.model.name).title
    title = f"{name[0].upper()}{name[1:]}: {', '.join(item.folder for item in planned)}"
    shown = [(entry.label, entry.map, entry.contour) for entry in entries]
    overlay_figure(shown, directory / FIGURE_FILE, title, limits)
    write_report(entries, directory / REPORT_FILE, directory / FIGURE_FILE, title, limits)
    return directory / REPORT_FILE


def plan_comparison(card: RunCard, detectors: Sequence[str]) -> list[Compared]:
    """A card for each detector: the same model and grid, without events.

    What the card says about its own detector holds for that one alone.  Its production holds for detectors at a source
    of the same kind; elsewhere every process that applies is taken.
    """
    if card.sensitivity is None:
        raise card.error("a comparison needs [sensitivity]", "sensitivity")
    if not detectors:
        raise UserError("at least one detector is due", key="--detector")
    made: list[Compared] = []
    own = card.as_table()
    own.pop("events", None)
    kind = load_source(card.detector.description.source).kind
    for name in detectors:
        other = load_detector(name)
        folder = Path(name).stem
        if folder in {item.folder for item in made}:
            raise UserError(f"{name!r} is there twice", key="--detector")
        table, note = dict(own), ""
        if other.name != card.detector.description.name:
            table["detector"] = {"name": name}
            if load_source(other.source).kind != kind:
                table["production"] = {}
                note = "at another kind of source: every process that applies, with its defaults"
        made.append(Compared(card_from_table(table, card.name, card.file), folder, note))
    return made
