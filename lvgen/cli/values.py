"""Values on the command line: quantities, model parameters, output files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lvgen.errors import UserError, unknown


def energies(texts: Iterable[str] | None, option: str) -> list[float]:
    """Positive energies in GeV from texts with units."""
    from lvgen.sections.grids import MAX_MASS
    from lvgen.validation import as_quantity

    try:
        return [as_quantity(text, "energy", above=0.0, most=MAX_MASS) for text in texts or ()]
    except UserError as error:
        raise error.at(key=option) from None


def parameters(model: str, settings: Iterable[str] | None) -> dict[str, Any]:
    """{name: value} of ``NAME=VALUE`` settings by the kinds that the model declares; energies in GeV."""
    from lvgen import toml
    from lvgen.models.registry import model_names, parameter_kinds
    from lvgen.sections.model import parameter_value

    if model not in model_names():
        raise unknown("model", model, model_names())
    kinds = parameter_kinds(model)
    given = toml.apply_settings({}, settings or (), option="--param", example="epsilon_Z=1e-4")
    for name, value in given.items():
        if name not in kinds:
            raise unknown(f"parameter of {model}", name, kinds, key="--param")
        try:
            given[name] = parameter_value(value, kinds[name])
        except UserError as error:
            raise error.at(key=f"--param {name}") from None
    return given


def output_file(path: Path, suffixes: tuple[str, ...], option: str) -> Path:
    """The path of a file to write, refused where its ending is none of ``suffixes`` or its folder is missing."""
    if path.suffix.lower() not in suffixes:
        raise UserError(f"the name must end in {' or '.join(suffixes)}", file=str(path), key=option)
    if not path.absolute().parent.is_dir():
        raise UserError("there is no such folder to write it in", file=str(path), key=option)
    return path


FIGURES = (".png", ".pdf", ".svg")
