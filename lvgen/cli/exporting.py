"""Commands that hand results to archives: export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lvgen.cli.running import OverwriteOption
from lvgen.cli.text import say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Hand a result to an archive: hepdata.")
    group.command("hepdata", short_help="Write a submission to HEPData.")(hepdata)
    app.add_typer(group, name="export")


def hepdata(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a result with a signal map.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder to make.")] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Write contour, map, figure and run record as a submission to HEPData, checked by its validator.

    Without -o the folder's name gets "-hepdata" appended.

    Example: lvgen export hepdata faser2_dark_photon
    """
    from lvgen.io.hepdata import export_hepdata

    target = output or Path(f"{directory.absolute().name}-hepdata")
    names = export_hepdata(directory, target, overwrite=overwrite)
    say(f"written: {target}: {', '.join(names)}", "valid by HEPData's schemas; pack the folder and upload it")
