"""The command about measurements at low energies: constraints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lvgen import units
from lvgen.cli.physics import ParamOption
from lvgen.cli.progress import progress_for
from lvgen.cli.text import columns, say
from lvgen.cli.values import FIGURES, energies, output_file, parameters
from lvgen.errors import UserError

if TYPE_CHECKING:
    from lvgen.constraints.base import Verdict
    from lvgen.constraints.point import Axis
    from lvgen.constraints.scan import Bound

#: masses (GeV) where none are given: printed, and where a figure or a file is asked for
_LOWEST, _HIGHEST, _FEW, _MANY = 0.01, 0.5, 6, 60


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("constraints", short_help="Print what measurements at low energies exclude of a model.")(constraints)


def constraints(
    model: Annotated[str | None, typer.Argument(metavar="MODEL", help="A name of `lvgen list models`.")] = None,
    mass: Annotated[
        list[str] | None, typer.Option("--mass", metavar="MASS", help='Such as "50 MeV"; may be given several times.')
    ] = None,
    coupling: Annotated[
        list[float] | None,
        typer.Option("--coupling", metavar="G", help="Give verdicts at this coupling; may be given several times."),
    ] = None,
    param: ParamOption = None,
    scan: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Another parameter as the coupling; the model's own is a --param then."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="NAME", help="Only this constraint, or those of a .py file; may be given several times."
        ),
    ] = None,
    legs: Annotated[str, typer.Option(metavar="all|lepton", help="What emits the boson in leptonic decays.")] = "all",
    invisible: Annotated[bool, typer.Option("--invisible", help="Take the boson to go unseen.")] = False,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the table as .csv.")] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the excluded couplings (.png, .pdf or .svg).")
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="List the constraints, those of MODEL if given.")] = False,
) -> None:
    """Print what measurements at low energies exclude of a model: couplings, or verdicts at a coupling.

    Without --mass a grid from 10 to 500 MeV is taken. `lvgen show NAME` tells what one is and where it holds.

    Example: lvgen constraints dark_Z --mass "30 MeV" --coupling 1e-4 --param epsilon_Z=1e-4
    """
    if model is None:
        if not list_all:
            raise UserError("the name of a model is due (lvgen list models), or --list", key="MODEL")
        say(*_listed(None))
        return
    csv = output_file(csv, (".csv",), "--csv") if csv else None
    plot = output_file(plot, FIGURES, "--plot") if plot else None
    along = _axis(model, param, scan, legs, invisible)
    if list_all:
        say(*_listed(along))
        return
    masses = energies(mass, "--mass") or _default_masses(_MANY if csv or plot else _FEW)
    if coupling:
        if plot is not None:
            raise UserError("figures are of bounds; leave --coupling out", key="--plot")
        _verdicts(along, masses, coupling, only, csv)
    else:
        _bounds(model, along, masses, only, csv, plot)


def _axis(model: str, param: list[str] | None, scan: str | None, legs: str, invisible: bool) -> Axis:
    from lvgen.constraints.point import axis

    own = _own_coupling(model, scan)
    mine = [text for text in param or () if own and text.split("=")[0].strip() == own]
    further = parameters(model, [text for text in param or () if text not in mine])
    if mine:
        from lvgen import toml
        from lvgen.validation import as_number

        try:
            value = toml.apply_settings({}, mine, option="--param", example=f"{own}=1e-4")[own]
            further[own] = as_number(value, least=-1e3, most=1e3)
        except UserError as error:
            raise error.at(key=f"--param {own}") from None
    try:
        return axis(model, scan=scan, legs=legs, invisible=invisible, **further)
    except UserError as error:
        key = {"legs": "--legs", "scan": "--scan", "name": "MODEL"}.get(error.key or "", error.key)
        raise UserError(error.what, file=error.file, key=key) from None


def _own_coupling(model: str, scan: str | None) -> str:
    """Name of the model's own coupling where another parameter is scanned and that is no parameter already."""
    from lvgen.models.registry import model_class, model_names, parameter_kinds

    if scan is None or model not in model_names():
        return ""
    name = model_class(model).coupling_name
    return "" if name in parameter_kinds(model) else name


def _default_masses(n: int) -> list[float]:
    import numpy as np

    return [float(f"{m:.3g}") for m in np.geomspace(_LOWEST, _HIGHEST, n)]


def _chosen(along: Axis, only: list[str] | None) -> Any:
    from lvgen.constraints.registry import chosen

    try:
        return chosen(along.model, only)
    except UserError as error:
        raise UserError(error.what, file=error.file, key="--only") from None


def _listed(along: Axis | None) -> list[str]:
    from lvgen.constraints.registry import constraint_names, get_constraint

    every = [get_constraint(name) for name in constraint_names()]
    mine = [one for one in every if along is None or one.applies(along.model)]
    return columns([(one.name, one.title + (" [by name only]" if one.optional else "")) for one in mine])


def _verdicts(
    along: Axis, masses: list[float], couplings: list[float], only: list[str] | None, csv: Path | None
) -> None:
    from lvgen.constraints.scan import verdicts_at
    from lvgen.io.constraint_files import write_verdicts
    from lvgen.validation import as_number

    try:
        checked = [as_number(g, above=0.0, most=1e3) for g in couplings]
    except UserError as error:
        raise error.at(key="--coupling") from None
    found = verdicts_at(along, masses, checked, _chosen(along, only))
    for m in masses:
        for g in checked:
            say(f"{along.model.name} at {units.pretty(m, 'energy')}, {along.label} = {g:g}")
            say(*_verdict_lines([v for v in found if v.mass == m and v.coupling == g]))
    if csv is not None:
        write_verdicts(found, csv)
        say(f"written: {csv}")


def _verdict_lines(found: list[Verdict]) -> list[str]:
    rows = [("constraint", "boson adds", "measurement", "CL", "over limit", "verdict")]
    for v in found:
        said = {True: "excluded", False: "allowed", None: v.note or "nothing said"}[v.excluded]
        more = f" ({v.note})" if v.note and v.excluded is not None else ""
        adds = "" if v.prediction is None else f"{v.prediction:.4g}"
        over = "" if v.strength is None else f"{v.strength:.3g}"
        rows.append((v.constraint, adds, v.measurement, f"{100 * v.confidence:g} %", over, said + more))
    return columns(rows, indent="  ", right=[1, 3, 4])


def _bounds(
    model: str, along: Axis, masses: list[float], only: list[str] | None, csv: Path | None, plot: Path | None
) -> None:
    from lvgen.constraints.asking import DEFAULT_RANGE
    from lvgen.constraints.scan import bounds_of
    from lvgen.io.constraint_files import bounds_figure, write_bounds
    from lvgen.io.labels import mass_label

    which = _chosen(along, only)
    with progress_for(quiet=len(masses) <= _FEW) as progress:
        found = bounds_of(along, masses, which, *DEFAULT_RANGE, progress)
    say(f"{model}: couplings {along.label} between {DEFAULT_RANGE[0]:g} and {DEFAULT_RANGE[1]:g}", *_bound_lines(found))
    if csv is not None:
        write_bounds(found, csv)
        say(f"written: {csv}")
    if plot is not None:
        try:
            bounds_figure(found, plot, mass_label=mass_label(model), symbol=along.symbol, title=model)
        except UserError as error:
            raise error.at(key="--plot") from None
        say(f"written: {plot}")


def _bound_lines(found: list[Bound]) -> list[str]:
    rows = [("mass", "constraint", "", "from", "to", "CL", "")]
    for row in found:
        edges = ("", "")
        if row.coupling_lower is not None and row.coupling_upper is not None:
            low = f"{row.coupling_lower:.4g}" if row.edge_lower != "grid" else "below"
            edges = (low, f"{row.coupling_upper:.4g}" if row.edge_upper != "grid" else "above")
        kind = row.kind if edges[0] else "-"
        cells = (
            units.pretty(row.mass, "energy"),
            row.constraint,
            kind,
            *edges,
            f"{100 * row.confidence:g} %",
            row.note,
        )
        rows.append(cells)
    return columns(rows, indent="  ", right=[0, 3, 4, 5])
