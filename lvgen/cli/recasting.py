"""Commands on published limits: recast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lvgen import units
from lvgen.cli.physics import ParamOption
from lvgen.cli.text import columns, say
from lvgen.cli.values import output_file, parameters
from lvgen.errors import UserError

if TYPE_CHECKING:
    from lvgen.io.limits import Limit

_LONGEST = 1e6


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("recast", short_help="Turn a published limit of one model into one of another.")(recast)


def recast(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Limit: columns mass in GeV, lower, upper.")],
    to: Annotated[str, typer.Option("--to", metavar="MODEL", help="Model to recast to.")],
    production: Annotated[
        list[str],
        typer.Option(
            "--production", metavar="WAY[=SHARE]", help="How the search made bosons; several with their shares."
        ),
    ],
    decay: Annotated[list[str], typer.Option("--decay", metavar="CHANNEL", help="Channel that was counted.")],
    from_: Annotated[str, typer.Option("--from", metavar="MODEL", help="Model of the limit.")] = "dark_photon",
    length_ratio: Annotated[
        float | None, typer.Option(metavar="X", help="Displaced search: length of the volume over that of the shield.")
    ] = None,
    max_ctau: Annotated[
        str | None, typer.Option(metavar="LENGTH", help="Prompt search: longest proper flight that counts as prompt.")
    ] = None,
    param: ParamOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Limit to write (.csv).")
    ] = None,
) -> None:
    """Turn a published limit of one model into one of another, by ratios of production, branching ratio and lifetime.

    WAY is a reaction of `lvgen rate`, or "e bremsstrahlung", "mu bremsstrahlung", "p bremsstrahlung",
    "e+ e- -> gamma V", "rho0 mixing", "omega mixing", "phi mixing". --param belongs to the model of --to.

    Example: lvgen recast nucal.lmt --to B-L --production "pi0 -> gamma V" --decay "e+ e-" --length-ratio 0.36
    """
    path = output_file(output, (".csv",), "-o") if output else None
    if length_ratio is not None and max_ctau is not None:
        raise UserError("a search is displaced (--length-ratio) or prompt (--max-ctau), not both", key="--max-ctau")
    if length_ratio is not None and not 0.0 < length_ratio < _LONGEST:
        raise UserError("a positive number is due", key="--length-ratio")
    longest = _length(max_ctau)
    further = parameters(to, param)
    from lvgen.io.limits import read_limit, write_limit
    from lvgen.models.registry import make_model
    from lvgen.recasting import Search
    from lvgen.recasting import recast as recast_limit

    search = Search(_shares(production), tuple(decay), length_ratio, longest)
    published = read_limit(file)
    try:
        found = recast_limit(published, make_model(from_), make_model(to, **further), search)
    except UserError as error:
        raise error.at(file=str(file) if error.key == "FILE" else None) from None
    say(*_lines(published, found, to))
    if path is not None:
        write_limit(found, path)
        say(f"written: {path}")


def _length(text: str | None) -> float | None:
    if text is None:
        return None
    from lvgen.validation import as_quantity

    try:
        return as_quantity(text, "length", above=0.0, most=_LONGEST)
    except UserError as error:
        raise error.at(key="--max-ctau") from None


def _shares(given: list[str]) -> dict[str, float]:
    """Way -> share, 1 where none is said."""
    shares: dict[str, float] = {}
    for text in given:
        name, sep, share = text.rpartition("=")
        try:
            value = float(share) if sep else 1.0
        except ValueError:
            value = -1.0
        if not 0.0 < value < float("inf"):
            raise UserError(f"{share!r} where a positive share is due", key="--production")
        shares[(name if sep else text).strip()] = value
    return shares


def _lines(published: Limit, found: Limit, to: str) -> list[str]:
    import numpy as np

    rows: list[tuple[str, ...]] = [("mass", "published", "", to, "")]
    for i in range(0, len(found.mass), max(1, len(found.mass) // 20)):
        edges = [published.lower[i], published.upper[i], found.lower[i], found.upper[i]]
        rows.append(
            (units.pretty(float(found.mass[i]), "energy"), *(f"{e:.4g}" if np.isfinite(e) else "" for e in edges))
        )
    return columns(rows, indent="  ", right=range(5))
