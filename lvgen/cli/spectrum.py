"""Commands about hadron spectra: spectrum build, spectrum show."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lvgen.cli.progress import progress_for
from lvgen.cli.text import columns, say
from lvgen.errors import MissingExtraError, UserError, unknown

if TYPE_CHECKING:
    from lvgen.progress import Progress
    from lvgen.spectra.beams import Beam
    from lvgen.spectra.table import SpectrumTable

_SOURCE = "LHC-13.6TeV"
_PB_PER_MB = 1e9


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(
        help="Hadron spectra: build a table, or show what one holds.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("build", short_help="Build a table with chromo or Pythia 8.")(build)
    group.command("show", short_help="Print how a table was made and what it holds.")(show)
    app.add_typer(group, name="spectrum")


def build(
    generator: Annotated[str, typer.Argument(metavar="GENERATOR", help="For example SIBYLL-2.3d or PYTHIA-6.")],
    source: Annotated[str, typer.Option(metavar="NAME", help="What collides.")] = _SOURCE,
    collisions: Annotated[int, typer.Option(metavar="N", min=1, max=10**10, help="How many collisions.")] = 1_000_000,
    seed: Annotated[int, typer.Option(metavar="N", min=0, max=2**63 - 1, help="Seed.")] = 1,
    workers: Annotated[int, typer.Option(metavar="N", min=1, max=4096, help="Processes.")] = 1,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Table to write (.parquet).")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing table.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but warnings and errors.")] = False,
) -> None:
    """Generate collisions with the optional package chromo (or pythia8mc) and write a table of their hadrons.

    Finished blocks are kept in FILE.partial, from which the same command goes on after an interruption.

    Example: lvgen spectrum build SIBYLL-2.3d --collisions 100000 -o sibyll.parquet
    """
    from lvgen.spectra.generators import GENERATORS, package_of, takes_beam
    from lvgen.spectra.registry import beam

    if generator not in GENERATORS:
        raise unknown("generator", generator, GENERATORS)
    collider = beam(source)
    if not takes_beam(generator, collider):
        what = "needs a nucleus as target" if collider.nucleus is None else "cannot have a heavy nucleus as target"
        raise UserError(f"{generator} {what}", key="--source")
    target = _target(output or Path(f"{generator}_{source}.parquet"), overwrite)
    package, extra = package_of(generator)
    if importlib.util.find_spec(package) is None:
        raise MissingExtraError(package, extra, "building a spectrum")
    with progress_for(quiet=quiet) as progress:
        progress.start(f"{generator}, {source}", collisions)
        table = _built(generator, collider, collisions, seed, workers, target, progress)
        progress.finish()
    if not quiet:
        say(*table_lines(table), f"written: {target}")


def _target(path: Path, overwrite: bool) -> Path:
    from lvgen.cli.values import output_file

    target = output_file(path, (".parquet",), "-o")
    if target.exists() and not overwrite:
        raise UserError("exists already; --overwrite replaces it", file=str(target), key="-o")
    return target


def _built(
    generator: str, collider: Beam, collisions: int, seed: int, workers: int, target: Path, progress: Progress
) -> SpectrumTable:
    from lvgen.io.atomic import atomic_path, os_errors_named
    from lvgen.spectra.build import build_counts, remove_partial
    from lvgen.spectra.table import SpectrumTable

    partial = target.with_name(f"{target.name}.partial")
    with os_errors_named(partial):
        try:
            built = build_counts(
                generator, collider, collisions, seed, partial, workers=workers, progress=progress.advance
            )
        except ValueError as error:
            raise UserError(str(error), key="-o") from error
    table = SpectrumTable.from_build(built, collider)
    with atomic_path(target) as temporary:
        table.write(temporary)
    remove_partial(partial)
    return table


def show(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A shipped spectrum, or a table's file.")],
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Which source, where there are several.")] = None,
) -> None:
    """Print how a hadron spectrum was made and what it holds: multiplicities and forward cross-sections.

    Example: lvgen spectrum show SIBYLL-2.3d
    """
    for table in load_tables(name, source):
        say(*table_lines(table))


def load_tables(name: str, source: str | None) -> list[SpectrumTable]:
    """The shipped tables of a name (all sources, or one), or the table in a file."""
    from lvgen.spectra.registry import load_spectrum, spectrum_names
    from lvgen.spectra.table import SpectrumTable

    if "{pdg}" in name:
        return [load_spectrum(name, source or _SOURCE)]
    if name.endswith(".parquet") or "/" in name:
        return [SpectrumTable.read(Path(name))]
    if source is not None:
        return [load_spectrum(name, source)]
    sources = [made_for for known, made_for in spectrum_names() if known == name]
    if not sources:
        raise unknown("spectrum", name, {known for known, _ in spectrum_names()})
    return [load_spectrum(name, made_for) for made_for in sources]


def table_lines(table: SpectrumTable) -> list[str]:
    """Lines about one table."""
    account = table.metadata
    rows = [
        ("generator", f"{account.get('generator', '-')} ({account.get('generator_reports', 'version not recorded')})"),
        ("beams", f"{account.get('beams', '-')}, {account.get('kind', '-')}, {account.get('energy_gev', '-')} GeV"),
        ("seed", str(account.get("seed", "-"))),
        ("collisions", str(account.get("n_collisions", "-"))),
        _sigma(table),
    ]
    return [f"{table.name}: hadrons at {table.source}", *columns(rows, indent="  "), *_species_lines(table)]


def _sigma(table: SpectrumTable) -> tuple[str, str]:
    """The cross-section that a collision of the table stands for, and where a measured one is from."""
    if "n_collisions" not in table.metadata:
        return "sigma_inel", "-"
    value = f"{table.sigma_inel_pb / _PB_PER_MB:.4g} mb"
    if table.minimum_bias:
        return "sigma_inel", value
    return f"sigma {table.metadata['class']}", f"{value}; {table.metadata.get('calibration', '-')}"


def _species_lines(table: SpectrumTable) -> list[str]:
    from lvgen.particles import name_of

    hemispheres = table.metadata.get("hemispheres", 1)
    counted = "n_collisions" in table.metadata
    head = ("hadron", "per collision" if counted else "", "theta < 0.2 mrad", "theta < 1 mrad")
    rows: list[tuple[str, ...]] = [head]
    for pdg in table.species:
        multiplicity, error = table.integral(pdg)
        total = _with_error(hemispheres * multiplicity, hemispheres * error) if counted else ""
        inner = (table.integral(pdg, theta_max=theta) for theta in (0.2e-3, 1e-3))
        forward = (_cross_section(value, spread, table.sigma_inel_pb) for value, spread in inner)
        rows.append((name_of(pdg), total, *forward))
    what = "  cross-sections into one hemisphere" if hemispheres == 2 or not counted else "  cross-sections"
    return [f"{what}, with their statistical errors:", *columns(rows, indent="    ", right=(1, 2, 3))]


def _cross_section(value: float, error: float, sigma_pb: float) -> str:
    scale = sigma_pb / _PB_PER_MB
    return f"{_with_error(value * scale, error * scale)} mb"


def _with_error(value: float, error: float) -> str:
    if value == 0:
        return "0"
    if math.isnan(error):
        return f"{value:.4g}"
    return f"{value:.4g} +- {100 * error / value:.2g} %"
