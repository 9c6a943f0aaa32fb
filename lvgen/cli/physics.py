"""Commands about one boson: widths, rate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lvgen import units
from lvgen.cli.text import columns, say
from lvgen.cli.values import FIGURES, energies, output_file, parameters
from lvgen.errors import UserError

#: channels that reach this branching ratio are printed or drawn by name, and at most so many are drawn
_PRINTED_SHARE, _DRAWN_SHARE, _DRAWN_CHANNELS = 1e-3, 1e-2, 12
_HADRONS_FROM = 0.2
_LOWEST, _HIGHEST = 2e-3, 3.0

ParamOption = Annotated[
    list[str] | None,
    typer.Option("--param", metavar="NAME=VALUE", help="A further parameter of the model; may be given several times."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("widths", short_help="Print lifetime and branching ratios of a model.")(widths)
    app.command("rate", short_help="Print the rate of a reaction that makes the boson.")(rate)


def widths(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A name of `lvgen list models`.")],
    mass: Annotated[
        list[str] | None, typer.Option("--mass", metavar="MASS", help='Such as "500 MeV"; may be given several times.')
    ] = None,
    coupling: Annotated[
        float, typer.Option("--coupling", metavar="G", help="The model's coupling; 0 leaves its other parameters.")
    ] = 1.0,
    param: ParamOption = None,
    compatible: Annotated[
        str | None, typer.Option(metavar="PROGRAM", help="Conventions of another program (deliver).")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write all widths (GeV) as .csv.")] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the branching ratios (.png, .pdf or .svg).")
    ] = None,
) -> None:
    """Print lifetime and branching ratios of a model's boson, at coupling 1 if nothing else is said.

    Widths go with the coupling squared, c tau with its inverse, unless the model has other couplings besides. The last
    columns, and the bands of the figure, are the errors of the fits to hadronic cross-sections. Without --mass a grid
    over the model's range is taken.

    Example: lvgen widths dark_photon --mass "50 MeV" --mass "500 MeV" --csv widths.csv
    """
    import numpy as np

    csv = output_file(csv, (".csv",), "--csv") if csv else None
    plot = output_file(plot, FIGURES, "--plot") if plot else None
    further = parameters(model, param) | ({"compatible": compatible} if compatible else {})
    masses = np.array(energies(mass, "--mass") or _default_masses(model, 25))
    table = _decay_table(model, further, masses, coupling)
    say(f"{model} at coupling {coupling:g}", *_width_lines(table, masses), *_inelastic_lines(table, masses))
    say(*(f"caution: {caution}" for caution in table.model.cautions()))
    if csv is not None:
        _write_csv(csv, table, masses)
        say(f"written: {csv}")
    if plot is not None:
        # a default range that reaches the hadrons begins where they are about to
        lowest = max(masses.min(), _HADRONS_FROM) if not mass and masses.max() > 1.0 else masses.min()
        fine = np.geomspace(lowest, masses.max(), 1000) if len(masses) > 1 else masses
        _draw(plot, model, _decay_table(model, further, fine, coupling), fine)
        say(f"written: {plot}")


def _default_masses(model: str, n: int) -> list[float]:
    import numpy as np

    from lvgen.models.registry import model_class

    highest = min(model_class(model).mass_max, _HIGHEST)
    return [float(f"{m:.3g}") for m in np.geomspace(_LOWEST, highest, n)]


def _decay_table(model: str, further: dict[str, Any], masses: Any, coupling: float) -> Any:
    import lvgen
    from lvgen.validation import as_number

    try:
        as_number(coupling, least=0.0, most=1e3)
    except UserError as error:
        raise error.at(key="--coupling") from None
    try:
        return lvgen.model(model, **further).decay_table(masses, coupling)
    except UserError as error:
        option = {"model.mass": "--mass", "model.compatible": "--compatible"}.get(error.key or "", error.key)
        raise UserError(error.what, file=error.file, key=option) from error


def _width_lines(table: Any, masses: Any) -> list[str]:
    shown = _largest(table, _PRINTED_SHARE, len(table.channels))
    rows = [("mass", "c tau [m]", "width [GeV]", *(f"BR({name})" for name in shown), "error of c tau")]
    for i, mass in enumerate(masses):
        ratios = (f"{values[i]:.4g}" for values in shown.values())
        error = f"{100 * table.ctau_error[i] / table.ctau[i]:.2g} %"
        rows.append((units.pretty(mass, "energy"), f"{table.ctau[i]:.5g}", f"{table.total[i]:.5g}", *ratios, error))
    return columns(rows, indent="  ", right=range(len(rows[0])))


def _inelastic_lines(table: Any, masses: Any) -> list[str]:
    """Lifetime of the heavier state of inelastic dark matter."""
    chi = table.model.dark_matter
    if chi is None or chi.species != "inelastic":
        return []
    from lvgen.decays.inelastic import chi2_decay

    rows = [("mass", "m(chi_1) [GeV]", "m(chi_2) [GeV]", "c tau(chi_2) [m]", "largest")]
    for mass in masses:
        decay = chi2_decay(table.model, float(mass))
        ranked = sorted(decay.branching_ratios.items(), key=lambda item: -item[1])
        largest = f"{ranked[0][0]} {ranked[0][1]:.3g}" if ranked else "none"
        numbers = (f"{decay.m1:.5g}", f"{decay.m2:.5g}", f"{decay.ctau:.5g}")
        rows.append((units.pretty(mass, "energy"), *numbers, largest))
    head = "chi_2 at coupling 1; c tau goes with 1/coupling^4"
    return [head, *columns(rows, indent="  ", right=range(len(rows[0])))]


def _largest(table: Any, least: float, most: int) -> dict[str, Any]:
    """Branching ratios, sums such as 4pi in place of their members, largest first; small ones together as "others".

    least : what a channel must reach at some mass to be named; most : how many are named
    """
    import numpy as np

    of_sum = {member: name for name, members in table.sums.items() if name != "hadrons" for member in members}
    names = dict.fromkeys(of_sum.get(name, name) for name in table.channels)
    ratios = {name: table.branching_ratio(name) for name in names}
    ranked = sorted(ratios, key=lambda name: -float(np.max(ratios[name])))
    named = [name for name in ranked[:most] if np.max(ratios[name]) >= least]
    shown = {name: ratios[name] for name in named}
    if rest := [ratios[name] for name in ranked if name not in named]:
        shown["others"] = np.sum(rest, axis=0)
    return shown


def _write_csv(path: Path, table: Any, masses: Any) -> None:
    from lvgen.io.atomic import write_text

    channels = table.channels
    head = ["mass_gev", "ctau_m", "total_gev", *(f"width_gev {name}" for name in channels)]
    head += ["ctau_error_m", "total_error_gev", *(f"width_error_gev {name}" for name in channels)]
    parts = [masses, table.ctau, table.total, *(table.width(name) for name in channels)]
    parts += [table.ctau_error, table.total_error, *(table.error(name) for name in channels)]
    lines = [",".join(head), *(",".join(repr(float(value)) for value in row) for row in zip(*parts, strict=True))]
    write_text(path, "\n".join(lines) + "\n")


def _draw(path: Path, model: str, table: Any, masses: Any) -> None:
    from lvgen.io.widths_figure import widths_figure
    from lvgen.models.registry import model_class

    ratios = _largest(table, _DRAWN_SHARE, _DRAWN_CHANNELS)
    if not ratios:
        raise UserError("no decay is open at these masses, so there is nothing to draw", key="--plot")
    mass_label = f"$m_{{{model_class(model).boson_label}}}$ [GeV]"
    widths_figure(masses, ratios, path, mass_label=mass_label, title=model, errors=_ratio_errors(table, ratios))


def _ratio_errors(table: Any, shown: dict[str, Any]) -> dict[str, Any]:
    """Errors of branching ratios; that of "others" is the error of all those that are named."""
    import numpy as np

    named = [name for name in shown if name != "others"]
    errors = {name: table.branching_ratio_error(name) for name in named}
    if "others" in shown:
        total = sum(table.branching_ratio_replicas(name) for name in named)
        errors["others"] = np.sqrt(np.mean((total - sum(shown[name] for name in named)) ** 2, axis=0))
    return errors


def rate(
    reaction: Annotated[str, typer.Argument(metavar="REACTION", help='Such as "pi0 -> gamma V".')],
    model: Annotated[str, typer.Option("--model", metavar="M", help="A name of `lvgen list models`.")],
    mass: Annotated[str, typer.Option("--mass", metavar="MASS", help='Mass of the boson, such as "100 MeV".')],
    coupling: Annotated[float, typer.Option("--coupling", metavar="G", help="The model's coupling, such as 1e-3.")],
    param: ParamOption = None,
    sqrt_s: Annotated[
        str | None, typer.Option("--sqrt-s", metavar="ENERGY", help='Of e+ e- reactions, such as "10.58 GeV".')
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--option", metavar="NAME=VALUE", help="Of the process, such as isr=true; energies in GeV."),
    ] = None,
) -> None:
    """Print the branching ratio or cross-section of a reaction that makes the boson.

    Example: lvgen rate "pi0 -> gamma V" --model dark_photon --mass "100 MeV" --coupling 1e-3
    """
    import lvgen
    from lvgen.validation import as_number

    further = parameters(model, param) | _process_options(option or [])
    (in_gev,) = energies([mass], "--mass")
    try:
        as_number(coupling, above=0.0, most=1e3)
    except UserError as error:
        raise error.at(key="--coupling") from None
    collision = reaction.split(" -> ")[0].strip() == "e+ e-"
    if collision and sqrt_s is None:
        raise UserError('an e+ e- reaction needs it, such as "10.58 GeV"', key="--sqrt-s")
    if sqrt_s is not None and not collision:
        raise UserError("only e+ e- reactions take it", key="--sqrt-s")
    given: dict[str, Any] = {"model": model, "mass": in_gev, "coupling": coupling} | further
    if sqrt_s is not None:
        (given["sqrt_s"],) = energies([sqrt_s], "--sqrt-s")
        found = lvgen.cross_section(reaction, **given)
    else:
        found = lvgen.branching_ratio(reaction, **given)
    say(*_rate_lines(reaction, found))


def _process_options(given: list[str]) -> dict[str, Any]:
    """Options "name=value" with values as in TOML; the process says whether it knows them."""
    from lvgen import toml

    found: dict[str, Any] = {}
    try:
        found = toml.apply_settings({}, given, "--option", "isr=true")
    except UserError as error:
        raise error.at(key="--option") from None
    return found


def _rate_lines(reaction: str, found: Any) -> list[str]:
    unit = f" {found.unit}" if found.unit else ""
    what = "cross-section" if found.unit else "branching ratio"
    error = f" +- {found.error:.2g}" if found.error else ""
    lines = [f"{reaction}: {what} {found.value:.6g}{error}{unit}"]
    if found.longitudinal_fraction is not None:
        lines.append(f"longitudinal fraction {found.longitudinal_fraction:.4g}")
    return [*lines, *(f"caution: {caution}" for caution in found.cautions)]
