"""A result as a submission to HEPData: the contour and the map as tables, the figure, and the record of the run."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lvgen.errors import MissingExtraError, UserError
from lvgen.io.atomic import os_errors_named
from lvgen.io.jsontext import read_json
from lvgen.io.results import RUN_FILE, read_contour, read_signal_map

if TYPE_CHECKING:
    from lvgen.sensitivity.contour import ContourRow
    from lvgen.sensitivity.map import SignalMap

SUBMISSION_FILE = "submission.yaml"
_FIGURE, _THUMBNAIL = "sensitivity.png", "thumb_sensitivity.png"
_THUMBNAIL_SIZE = (240, 179)


def export_hepdata(directory: Path, output: Path, *, overwrite: bool = False) -> list[str]:
    """Write the submission of a result and have HEPData's validator check it.

    directory : of a result with a signal map; output : folder that is made, whole or not at all
    overwrite : replace an earlier submission there
    returns the names of the files
    raises MissingExtraError without hepdata-lib and hepdata-validator, and UserError for a folder that is no such
    result, an output that exists, or a submission that the validator refuses
    """
    library, validator = _packages()
    signal, contour, info = read_signal_map(directory), read_contour(directory), read_json(directory / RUN_FILE)
    _refuse_existing(output, overwrite)
    with os_errors_named(output), tempfile.TemporaryDirectory(dir=output.absolute().parent) as kept:
        made = Path(kept).absolute() / "submission"
        made.mkdir()
        _write(library, made, directory, signal, contour, info)
        _validate(validator, made)
        if output.exists():
            shutil.rmtree(output)
        made.rename(output)
    return sorted(path.name for path in output.iterdir())


def _packages() -> tuple[Any, Any]:
    try:
        import hepdata_lib
        import hepdata_validator.full_submission_validator as validator
    except ImportError as error:
        raise MissingExtraError(error.name or "hepdata-lib", "hepdata", "a submission to HEPData") from None
    return hepdata_lib, validator


def _refuse_existing(output: Path, overwrite: bool) -> None:
    if not output.absolute().parent.is_dir():
        raise UserError("there is no such folder to write it in", file=str(output.parent), key="-o")
    if output.is_dir() and (not any(output.iterdir()) or (overwrite and (output / SUBMISSION_FILE).is_file())):
        return
    if output.exists():
        is_one = output.is_dir() and (output / SUBMISSION_FILE).is_file()
        hint = "--overwrite replaces it" if is_one else "it holds no submission, so --overwrite does not replace it"
        raise UserError(f"exists already; {hint}", file=str(output), key="-o")


def _write(
    library: Any, made: Path, directory: Path, signal: SignalMap, contour: Sequence[ContourRow], info: dict[str, Any]
) -> None:
    submission = library.Submission()
    submission.comment = _abstract(signal, info)
    tables = [table for table in (_contour_table(library, signal, contour), _map_table(library, signal)) if table]
    if (figure := directory / _FIGURE).is_file():
        tables[0].additional_resources += _pictures(figure, made)
    for table in tables:
        submission.add_table(table)
    record = "Record of the run: card, seed, versions, what is left out"
    submission.add_additional_resource(record, str((directory / RUN_FILE).absolute()), copy_file=True, file_type="json")
    # the library leaves an archive of the files in the current folder
    with _silently(), contextlib.chdir(made.parent):
        submission.create_files(str(made), validate=False)


def _abstract(signal: SignalMap, info: dict[str, Any]) -> str:
    title = info.get("title") or f"{signal.model} at {signal.detector}"
    return (
        f"{title}. Expected signal of {signal.model} over mass and {signal.coupling_name} in {signal.detector} "
        f"({signal.exposure_text}), and the couplings that it excludes; computed with lvgen {info.get('version', '')}, "
        f"seed {info.get('seed', '')}, production by {', '.join(signal.processes)}."
    )


def _contour_table(library: Any, signal: SignalMap, contour: Sequence[ContourRow]) -> Any:
    rows = [row for row in contour if row.excludes]
    if not rows:
        return None
    table = library.Table("Excluded couplings")
    first = rows[0]
    table.description = (
        f"Smallest and largest excluded {signal.coupling_name} at each mass, where the expected signal reaches "
        f"N = {first.n_required:.4g} events ({100 * first.confidence:g}% CL); the uncertainties are those of the Monte "
        "Carlo integration. An edge may be the end of the scanned couplings. Masses without a row exclude nothing."
    )
    table.location = "Contour of the run"
    table.add_variable(_variable(library, "Mass", [row.mass for row in rows], "GeV", independent=True))
    for side in ("lower", "upper"):
        values = [getattr(row, f"coupling_{side}") for row in rows]
        errors = [getattr(row, f"coupling_{side}_error") for row in rows]
        variable = _variable(library, f"{side.capitalize()} {signal.coupling_name}", values)
        _qualify(variable, signal)
        _add_error(library, variable, "Monte Carlo", errors)
        table.add_variable(variable)
    table.keywords["observables"] = ["COUPLING"]
    return table


def _map_table(library: Any, signal: SignalMap) -> Any:
    table = library.Table("Expected signal")
    table.description = "Expected signal events over mass and coupling, and the proper decay length of the boson."
    table.location = "Signal map of the run"
    mass, coupling = np.meshgrid(signal.mass, signal.coupling, indexing="ij")
    table.add_variable(_variable(library, "Mass", mass.ravel(), "GeV", independent=True))
    table.add_variable(_variable(library, signal.coupling_name, coupling.ravel(), independent=True))
    events = _variable(library, "Expected events", signal.total.ravel())
    _qualify(events, signal)
    _add_error(library, events, "Monte Carlo", signal.error["total"].ravel())
    if np.isfinite(signal.error_spectrum["total"]).all():
        _add_error(library, events, "Statistics of the hadron table", signal.error_spectrum["total"].ravel())
    table.add_variable(events)
    table.add_variable(_variable(library, "Proper decay length", signal.ctau.ravel(), "m"))
    table.keywords["observables"] = ["N"]
    return table


def _variable(library: Any, name: str, values: Any, units: str = "", *, independent: bool = False) -> Any:
    variable = library.Variable(name, is_independent=independent, is_binned=False, units=units)
    variable.digits = 6
    variable.values = [float(value) for value in values]
    return variable


def _qualify(variable: Any, signal: SignalMap) -> None:
    for name, value in (("MODEL", signal.model), ("DETECTOR", signal.detector), ("EXPOSURE", signal.exposure_text)):
        variable.add_qualifier(name, value)


def _add_error(library: Any, variable: Any, label: str, errors: Any) -> None:
    uncertainty = library.Uncertainty(label, is_symmetric=True)
    uncertainty.values = [float(error) if np.isfinite(error) else 0.0 for error in errors]
    variable.add_uncertainty(uncertainty)


def _pictures(figure: Path, made: Path) -> list[dict[str, str]]:
    """The figure and its small copy: hepdata-lib would call another program for them."""
    from PIL import Image

    shutil.copyfile(figure, made / _FIGURE)
    with Image.open(figure) as image:
        small = image.convert("RGB")
        small.thumbnail(_THUMBNAIL_SIZE)
        small.save(made / _THUMBNAIL)
    return [
        {"description": "Image file", "location": _FIGURE},
        {"description": "Thumbnail image file", "location": _THUMBNAIL},
    ]


def _validate(validator: Any, made: Path) -> None:
    checker = validator.FullSubmissionValidator()
    with _silently():
        valid = checker.validate(directory=str(made))
    if not valid:
        messages = [str(error.message) for errors in checker.get_messages().values() for error in errors]
        raise UserError(f"HEPData's validator refuses the submission: {'; '.join(messages)}")


@contextlib.contextmanager
def _silently() -> Iterator[None]:
    """Without what the libraries print."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield
