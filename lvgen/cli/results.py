"""Commands on files of results: plot, budget, convert, particle-table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lvgen.cli.text import say
from lvgen.errors import UserError

if TYPE_CHECKING:
    from lvgen.io.limits import Limit


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("plot", short_help="Draw contours of several results in one figure.")(plot)
    app.command("budget", short_help="What limits each edge of a contour.")(budget)
    app.command("convert", short_help="Convert event files, by their endings or for a program.")(convert)
    app.command("particle-table", short_help="Print what makes the new particle known to a program.")(particle_table)


def plot(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders of results.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Figure to write (.png, .pdf, .svg or .html).")
    ] = Path("contours.png"),
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="FILE[=NAME]",
            help="Published limit to draw in grey (columns mass in GeV, lower, upper).",
        ),
    ] = None,
    title: Annotated[str, typer.Option(metavar="TEXT", help="Above the figure.")] = "",
) -> None:
    """Draw the contours of several results into one figure.

    A name that ends in .html gives a figure to look into: mass, coupling, yield and lifetime are under the cursor.
    Limit files are text or CSV; those of DarkCast (.lmt) and FORESEE (.txt) are read as they are.

    Example: lvgen plot faser2_dark_photon other_result --limit na62.csv=NA62 -o both.pdf
    """
    from lvgen.cli.values import FIGURES, output_file

    path = output_file(output, (*FIGURES, ".html"), "-o")
    from lvgen.io.interactive import interactive_figure
    from lvgen.io.overlay_figure import overlay_figure
    from lvgen.io.results import read_contour, read_signal_map

    entries = [
        (label, read_signal_map(folder), read_contour(folder))
        for label, folder in zip(_labels(directories), directories, strict=True)
    ]
    draw = interactive_figure if path.suffix.lower() == ".html" else overlay_figure
    draw(entries, path, title, limits_of(limit or ()))
    say(f"written: {path}")


def budget(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a result.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Table of every edge to write (.csv).")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Figure to write (.png, .pdf or .svg).")
    ] = None,
) -> None:
    """Tell how far each cause moves the edges of a contour: Monte Carlo, hadron table, spectra, forms, widths, and
    the fluctuation of the background.

    Example: lvgen budget faser2_dark_photon -o budget.csv --plot budget.png
    """
    from lvgen.cli.values import FIGURES, output_file

    table = None if output is None else output_file(output, (".csv",), "-o")
    path = None if figure is None else output_file(figure, FIGURES, "--plot")
    from lvgen.io.budgets import budget_figure, budget_lines, write_budget
    from lvgen.io.results import read_contour
    from lvgen.sensitivity.budget import budget as budget_of

    edges = budget_of(read_contour(directory))
    for line in budget_lines(edges):
        say(line)
    if table is not None:
        write_budget(edges, table)
        say(f"written: {table}")
    if path is not None:
        card = _card(directory)
        budget_figure(edges, path, str(card.get("title", "")), str(card.get("model", {}).get("name", "")))
        say(f"written: {path}")


def limits_of(given: Iterable[str]) -> list[Limit]:
    """Published limits of ``FILE`` or ``FILE=NAME``."""
    from lvgen.io.limits import read_limit

    limits = []
    for text in given:
        file, _, name = text.partition("=")
        try:
            limits.append(read_limit(file, name))
        except UserError as error:
            raise error.at(key="--limit") from None
    return limits


def _labels(directories: list[Path]) -> list[str]:
    """What tells the results apart in the legend: the titles of their cards where those differ, else the folders."""
    titles = [_title(folder) for folder in directories]
    if all(titles) and len(set(titles)) == len(titles):
        return titles
    return [folder.absolute().name for folder in directories]


def _title(folder: Path) -> str:
    """Title of the card of a result; UserError where the folder holds no result, empty where the card has no title."""
    return str(_card(folder).get("title", ""))


def _card(folder: Path) -> dict[str, Any]:
    """The card of a result; UserError where the folder holds no result, empty where it cannot be read."""
    import tomllib

    from lvgen.io.jsontext import read_json
    from lvgen.io.results import RUN_FILE

    stored = read_json(folder / RUN_FILE)
    card = stored.get("card") if isinstance(stored, dict) else None
    try:
        return tomllib.loads(card) if isinstance(card, str) else {}
    except tomllib.TOMLDecodeError:
        return {}


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Event file that lvgen wrote.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Event file to write.")],
    to: Annotated[
        str | None, typer.Option("--to", metavar="FORMAT", help="Format of OUT, where its ending does not say.")
    ] = None,
    program: Annotated[
        str | None, typer.Option("--target", metavar="PROGRAM", help="Make ready for a program of lvgen list targets.")
    ] = None,
) -> None:
    """Convert events from one format to another; the endings of the names say which, or --to and --target.

    A target sets the number of the boson, the frame and the count, and the format where neither --to nor the ending
    of OUT is one of its own.

    Example: lvgen convert faser2_dark_photon/events.parquet events.hepmc3.gz
    """
    from lvgen.io import formats

    if program is None:
        n = formats.convert(source, target, to)
    else:
        from lvgen.io.placement import placed, target_placement

        placement = target_placement(program)
        n = formats.convert(source, target, to or _format_for(program, target), lambda r: placed(r, placement))
    say(f"{n} events written: {target}")


def _format_for(program: str, path: Path) -> str:
    """The format in which a program gets a file: that of the file's ending where it is one of the program's own."""
    from lvgen.io.formats import format_for
    from lvgen.io.targets import load_target

    wanted = load_target(program).formats
    try:
        by_ending = format_for(path).name
    except UserError:
        return wanted[0]
    return by_ending if by_ending in wanted else wanted[0]


def particle_table(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a result, its run.json, or an event file.")],
    program: Annotated[str, typer.Option("--for", metavar="PROGRAM", help="For which program; lvgen list targets.")],
    pdg_id: Annotated[
        int | None, typer.Option("--pdg-id", metavar="N", help="Number of the particle, instead of the run's.")
    ] = None,
) -> None:
    """Print the lines that make the new particle of a run known to a program: number, name, mass, width, lifetime.

    Example: lvgen particle-table faser2_dark_photon --for ddsim
    """
    from lvgen.io.particle_lines import boson_of, particle_lines

    say(*particle_lines(boson_of(run, pdg_id), program))
