"""Commands that fit models to measurements: fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lvgen.cli.text import columns, say
from lvgen.cli.values import FIGURES, output_file

if TYPE_CHECKING:
    from lvgen.fits.b_sll import Case, Fit

_COLUMNS = ("decay", "q2_low", "q2_high", "measured", "error_up", "error_down", "standard_model", "error", "best")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Fit a model to measurements: b_sll.")
    # a callback keeps the name of a single command in the command line
    group.callback()(_group)
    group.command("b_sll", short_help="Fit the dark Z to b -> s l l.")(b_sll)
    app.add_typer(group, name="fit")


def _group() -> None:
    """Fit a model to measurements: b_sll."""


def b_sll(
    case: Annotated[str, typer.Option(metavar="A|B|C", help="Mixing; muons too; muons, no electrons.")] = "A",
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the observables as .csv.")] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the regions of 1 to 3 standard deviations.")
    ] = None,
    points: Annotated[int, typer.Option(min=5, max=400, metavar="N", help="Points along an axis of the figure.")] = 40,
) -> None:
    """Fit the dark Z to 27 observables of b -> s l l below the charm resonances, in the cases of the dark-Z text.

    Prints chi^2 of the Standard Model and of the best point. Masses go up to 270 MeV.

    Example: lvgen fit b_sll --case C --plot case_c.png
    """
    csv = output_file(csv, (".csv",), "--csv") if csv else None
    plot = output_file(plot, FIGURES, "--plot") if plot else None
    from lvgen.fits import b_sll as fits

    chosen = fits.case_of(case)
    found = fits.fit(chosen)
    best = ", ".join(f"{name} = {value:.4g}" for name, value in found.best.items() if name != "mass")
    say(
        f"case {chosen.name}: {chosen.title}; {found.observables} observables",
        *columns([
            ("Standard Model", f"chi2 {found.chi2_sm:.2f}"),
            ("best point", f"chi2 {found.chi2:.2f} at {1e3 * found.best['mass']:.4g} MeV, {best}"),
            ("pull", f"{found.pull:.2f}"),
        ], indent="  "),
    )  # fmt: skip
    if csv is not None:
        _write_csv(csv, chosen, found)
        say(f"written: {csv}")
    if plot is not None:
        from lvgen.io.fit_figure import region_figure

        region_figure(chosen, found, points, plot)
        say(f"written: {plot}")


def _write_csv(path: Path, case: Case, found: Fit) -> None:
    """Every observable: measured, expected without and with the boson at its best point."""
    import csv
    import io

    from lvgen.fits import b_sll as fits
    from lvgen.io.atomic import write_text

    parameters = {**case.fixed, **{k: v for k, v in found.best.items() if k != "mass"}}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ("decay", "q2_low", "q2_high", "measured", "error_up", "error_down", "standard_model", "error", "best")
    )
    for item in fits.chosen(case):
        best = fits.predict(item, found.best["mass"], parameters, electrons=case.electrons)
        numbers = (item.measured, item.error_up, item.error_down, item.expected, item.expected_error, best)
        writer.writerow((item.decay, item.low, item.high, *(f"{v:.6g}" for v in numbers)))
    write_text(path, text.getvalue())
