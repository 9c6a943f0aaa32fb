"""Commands that set results side by side: compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lvgen.cli.progress import progress_for
from lvgen.cli.results import limits_of
from lvgen.cli.running import (
    CardArgument,
    DirectoryOption,
    OverwriteOption,
    QuietOption,
    SeedOption,
    SetOption,
    WorkersOption,
    of_card,
)
from lvgen.cli.text import say
from lvgen.errors import UserError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare", short_help="Run one model before several detectors and report.")(compare)


def compare(
    card: CardArgument,
    detector: Annotated[
        list[str] | None,
        typer.Option("--detector", "-d", metavar="NAME", help="A detector's name or file; may be given several times."),
    ] = None,
    output: DirectoryOption = None,
    limit: Annotated[
        list[str] | None,
        typer.Option("--limit", metavar="FILE[=NAME]", help="Published limit to draw in grey; see lvgen plot."),
    ] = None,
    seed: SeedOption = None,
    workers: WorkersOption = None,
    overwrite: OverwriteOption = False,
    settings: SetOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run a card's model before several detectors; write one figure and a report in HTML.

    The card gives model, grid and sensitivity; its events are left out. Each detector gets a folder with the usual
    files, and what is complete is not run again.

    Example: lvgen compare faser2_dark_photon -d FASER2 -d SHiP -d NA62-dump -o compared
    """
    from lvgen.runcard import load_card

    checked = load_card(card, settings or ())
    limits = limits_of(limit or ())
    from lvgen import comparison

    try:
        with progress_for(quiet=quiet) as progress:
            report = comparison.compare(
                checked, detector or (), output or Path(f"{checked.name}-compared"), seed=seed, workers=workers,
                overwrite=overwrite, progress=progress, limits=limits,
            )  # fmt: skip
    except UserError as error:
        raise of_card(error, checked) from error
    if not quiet:
        say(f"written: {report}")
