"""Commands that run cards: run, merge, check, rerun, warmup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lvgen.cli.progress import progress_for
from lvgen.cli.text import say
from lvgen.errors import UserError

if TYPE_CHECKING:
    from lvgen.runcard import RunCard

_MAX_SEED = 2**63 - 1

CardArgument = Annotated[str, typer.Argument(metavar="CARD", help="Path of a card, or the name of a built-in one.")]
DirectoryOption = Annotated[Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder of the results.")]
SeedOption = Annotated[int | None, typer.Option(metavar="N", min=0, max=_MAX_SEED, help="Seed, instead of the card's.")]
WorkersOption = Annotated[
    int | None, typer.Option(metavar="N", min=1, max=4096, help="Worker threads; default: one per core.")
]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace the results of another card or seed.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set any dotted key of the card; may be given several times."),
]
BlockOption = Annotated[
    str | None, typer.Option("--block", metavar="i/N", help="Only the i-th of N blocks, for lvgen merge.")
]
SchedulerOption = Annotated[
    str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Let the workers of this Dask scheduler do it.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but warnings and errors.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run", short_help="Run a card.")(run)
    app.command("merge", short_help="Put the blocks of a run together.")(merge)
    app.command("check", short_help="Check a card and print the plan; run nothing.")(check)
    app.command("rerun", short_help="Run what a run.json or event file holds once more.")(rerun)
    app.command("warmup", short_help="Compile the numerical kernels now.")(warmup)


def run(
    card: CardArgument,
    output: DirectoryOption = None,
    seed: SeedOption = None,
    workers: WorkersOption = None,
    overwrite: OverwriteOption = False,
    settings: SetOption = None,
    block: BlockOption = None,
    scheduler: SchedulerOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run a card: events, signal map, contour and figure in one folder.

    The same command resumes an interrupted run, and returns at once where all is done.

    With --block the folder (CARD-i-of-N if not given) gets that part of the work only; lvgen merge makes a result of
    all parts.

    Example: lvgen run faser2_dark_photon -o results --set model.mass.points=10
    """
    from lvgen.runcard import load_card

    checked = load_card(card, settings or ())
    if block is not None:
        _run_block(checked, block, output, seed, workers, overwrite, scheduler, quiet)
    else:
        _run(checked, output or Path(checked.name), seed, workers, overwrite, quiet, scheduler)


def _run_block(
    card: RunCard,
    text: str,
    output: Path | None,
    seed: int | None,
    workers: int | None,
    overwrite: bool,
    scheduler: str | None,
    quiet: bool,
) -> None:
    from lvgen import shards

    block = shards.parse_block(text)
    directory = output or Path(f"{card.name}-{block.number}-of-{block.of}")
    try:
        with progress_for(quiet=quiet) as progress:
            shards.run_block(card, block, directory, seed, workers, overwrite, progress, scheduler)
    except UserError as error:
        raise of_card(error, card) from error
    if not quiet:
        say(f"block {block} is finished: {directory}")


def merge(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders of all blocks of a run.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="Folder of the results.")],
    workers: WorkersOption = None,
    overwrite: OverwriteOption = False,
    quiet: QuietOption = False,
) -> None:
    """Put the blocks of a run together; the results are those of a run in one piece.

    Example: lvgen merge block-1 block-2 block-3 -o result
    """
    from lvgen import shards

    with progress_for(quiet=quiet) as progress:
        result = shards.merge(directories, output, workers, overwrite, progress)
    if not quiet:
        say(*result.summary())


def _run(
    card: RunCard,
    directory: Path,
    seed: int | None,
    workers: int | None,
    overwrite: bool,
    quiet: bool,
    scheduler: str | None = None,
) -> None:
    from lvgen import conductor

    others: dict[str, Any] = {} if scheduler is None else {"scheduler": scheduler}

    try:
        with progress_for(quiet=quiet) as progress:
            result = conductor.run(
                card, seed=seed, directory=directory, workers=workers, overwrite=overwrite, progress=progress, **others
            )
    except UserError as error:
        raise of_card(error, card) from error
    if not quiet:
        say(*result.summary())


def of_card(error: UserError, card: RunCard) -> UserError:
    """A refusal that names a key but no file is about the card, as is one of the spectrum that the card names."""
    if error.file is None and error.key and not error.key.startswith("--"):
        return error.at(file=card.file)
    if error.file is not None and error.file == card.production.spectrum:
        return card.error(str(error), "production.spectrum")
    return error


def check(card: CardArgument, settings: SetOption = None) -> None:
    """Check a card and print what a run would do; nothing is run or written.

    Example: lvgen check mycard.toml
    """
    from lvgen.runcard import load_card

    checked = load_card(card, settings or ())
    from lvgen import conductor  # heavy: a card that is refused needs none of it

    try:
        lines = conductor.plan_text(checked)
    except UserError as error:
        raise of_card(error, checked) from error
    say(*lines)


def rerun(
    record: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="run.json of a result, the folder that has it, or an event file of it."),
    ],
    output: DirectoryOption = None,
    workers: WorkersOption = None,
    overwrite: OverwriteOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the card and seed that a run.json or an event file holds once more; the numbers come out the same.

    Without -o the results go to the folder's name with "-rerun" appended.

    Example: lvgen rerun faser2_dark_photon/run.json -o again
    """
    path = record / "run.json" if record.is_dir() else record
    card, seed = _stored(path)
    folder = path.absolute().parent.name or "result"
    _run(card, output or Path(f"{folder}-rerun"), seed, workers, overwrite, quiet)


def _stored(path: Path) -> tuple[RunCard, int]:
    """The card and seed in a run.json, or in the metadata of an event file."""
    from lvgen import toml
    from lvgen.io.jsontext import read_json
    from lvgen.runcard import card_from_table

    if path.suffix == ".json":
        stored: Any = read_json(path)
    else:
        from lvgen.io.formats import read_events

        stored = read_events(path).metadata
    text = stored.get("card") if isinstance(stored, dict) else None
    if not isinstance(text, str):
        raise UserError("is not of a result: it holds no card", file=str(path), key="card")
    if "block" in stored:
        raise UserError("is of one block of a run; lvgen run CARD --block i/N does it again", file=str(path))
    seed = stored.get("seed")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= _MAX_SEED:
        raise UserError("is not of a result: it holds no seed", file=str(path), key="seed")
    return card_from_table(toml.parse(text.encode(), str(path)), path.stem, str(path)), seed


def warmup(quiet: QuietOption = False) -> None:
    """Compile the numerical kernels now, so that the first run does not have to.

    Example: lvgen warmup
    """
    from lvgen.kernels import jit

    with progress_for(quiet=quiet) as progress:
        n = jit.compile_all(lambda name: progress.message(f"compiling {name}"))
    if not quiet:
        say(f"{n} kernels are compiled")
