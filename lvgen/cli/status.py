"""The command that tells how far runs are: status."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lvgen.cli.progress import duration
from lvgen.cli.text import say

if TYPE_CHECKING:
    from lvgen.io.standing import Standing

_KINDS = {"mass": "masses of the map", "events": "blocks of events"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status", short_help="Tell how far runs are and how long the rest takes.")(status)


def status(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders of results or of blocks.")],
) -> None:
    """Tell what is done in a folder of results, and how long the rest takes with as many workers as before.

    Example: lvgen status faser2_dark_photon
    """
    from lvgen.io.standing import standing

    for directory in directories:
        say(*_lines(standing(directory)))


def _lines(found: Standing) -> list[str]:
    name = f"{found.path}" + (f", block {found.block}" if found.block else "")
    if found.complete:
        spent = found.run.get("timings", {})
        took = sum(v for k, v in spent.items() if k in ("events_s", "signal_map_s", "write_s") and _is_number(v))
        return [f"{name}: complete" + (f", took {duration(took)}" if took else "")]
    lines = [f"{name}: {'at work' if found.at_work else 'stopped; the same command resumes'}"]
    for stage in found.stages:
        each = f", {duration(stage.seconds)} each" if math.isfinite(stage.seconds) else ""
        about = "about " if stage.kind == "events" else ""
        # an adaptive scan has more masses than the card, how many more is not known before its end
        of = f"{stage.done} of {about}{stage.total}" if stage.done <= stage.total else f"{stage.done}"
        lines.append(f"  {of} {_KINDS.get(stage.kind, stage.kind)}{each}")
    left = found.seconds_left
    if found.stages and math.isfinite(left):
        workers = f"{found.workers} worker{'s' if found.workers > 1 else ''}"
        lines.append(f"  {duration(left)} left with {workers}, and the writing of files")
    else:
        lines.append("  too early to say how long it takes")
    return lines


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
