"""Commands that tell what there is: list, show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lvgen.cli.text import columns, say
from lvgen.errors import UserError, nearest, unknown

Entry = tuple[str, str]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list", short_help="List models, processes, detectors, cards, formats, targets and more.")(list_names)
    app.command("show", short_help="Print what is known about one of them.")(show)


def _models() -> list[Entry]:
    from lvgen.models.registry import model_class, model_names

    return [(name, model_class(name).title) for name in model_names()]


def _processes() -> list[Entry]:
    from lvgen.production import get_process, process_names

    return [(name, get_process(name).title) for name in process_names()]


def _detectors() -> list[Entry]:
    from lvgen.detection.registry import detector_names, read_table

    return [(name, str(read_table(name)[0].get("title", ""))) for name in detector_names()]


def _spectra() -> list[Entry]:
    from lvgen.spectra.registry import spectrum_names

    return [(name, f"hadrons at {source}") for name, source in spectrum_names()]


def _sources() -> list[Entry]:
    from lvgen.spectra.registry import load_source, source_names

    return [(name, load_source(name).title) for name in source_names()]


def _constraints() -> list[Entry]:
    from lvgen.constraints.registry import constraint_names, get_constraint

    return [(name, get_constraint(name).title) for name in constraint_names()]


def _cards() -> list[Entry]:
    from lvgen.runcard import card_names, read_card_table

    return [(name, str(read_card_table(name)[0].get("title", ""))) for name in card_names()]


def _formats() -> list[Entry]:
    from lvgen.io.formats import known_formats

    return [(name, event_format.description) for name, event_format in known_formats().items()]


def _targets() -> list[Entry]:
    from lvgen.io.targets import load_target, target_names

    return [(name, load_target(name).title) for name in target_names()]


KINDS: dict[str, Callable[[], list[Entry]]] = {
    "models": _models,
    "processes": _processes,
    "detectors": _detectors,
    "sources": _sources,
    "spectra": _spectra,
    "constraints": _constraints,
    "cards": _cards,
    "formats": _formats,
    "targets": _targets,
}


def list_names(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="[models|processes|detectors|sources|spectra|constraints|cards|formats|targets]",
            help="Only this kind.",
        ),
    ] = None,
) -> None:
    """List models, processes, detectors, sources, hadron spectra, constraints, built-in cards, event formats and the
    programs that read them (targets), each with one line about it.

    Example: lvgen list detectors
    """
    if kind is not None:
        if kind not in KINDS:
            raise unknown("kind", kind, KINDS)
        say(*columns(KINDS[kind]()))
        return
    for title, entries in KINDS.items():
        say(f"{title}:", *columns(entries(), indent="  "))


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of `lvgen list`, or a detector's .toml file.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Draw a detector into a .png, .pdf or .svg file."),
    ] = None,
) -> None:
    """Print what is known about a name of `lvgen list`; a detector is drawn too.

    Example: lvgen show FASER2 -o faser2.png
    """
    from lvgen.cli import describe
    from lvgen.detection.registry import looks_like_path

    if looks_like_path(name) and not name.endswith(".parquet"):
        kinds = ["detectors"]
    elif name.endswith(".parquet"):
        kinds = ["spectra"]
    else:
        kinds = _kinds_of(name)
    if output is not None and kinds != ["detectors"]:
        raise UserError(f"only detectors are drawn, and {name} is none", key="-o")
    lines = [line for kind in kinds for line in describe.DESCRIPTIONS[kind](name)]
    if output is not None:
        describe.draw_detector(name, output)
        lines.append(f"written: {output}")
    elif "detectors" in kinds:
        lines.append(f"lvgen show {name} -o FILE.png draws it to scale")
    say(*lines)


def _kinds_of(name: str) -> list[str]:
    names = {kind: [entry[0] for entry in entries()] for kind, entries in KINDS.items()}
    kinds = [kind for kind, known in names.items() if name in known]
    if not kinds:
        everything = [entry for known in names.values() for entry in known]
        hint = "" if nearest(name, everything) else " (lvgen list shows all names)"
        error = unknown("name", name, everything)
        raise UserError(error.what + hint)
    return kinds
