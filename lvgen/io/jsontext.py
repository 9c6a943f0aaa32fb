"""JSON that any program can read: numpy values become plain ones, numbers that JSON does not know become null."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from lvgen.errors import UserError
from lvgen.io.atomic import write_text


def jsonable(value: Any) -> Any:
    """``value`` as dicts, lists, text, numbers, booleans and None; nan and infinities become None.

    raises TypeError for a value that has no JSON form

    >>> jsonable({"a": np.float64("nan"), "b": (np.int32(1), Path("x"))})
    {'a': None, 'b': [1, 'x']}
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float, np.generic)):
        return _number(value)
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _number(value: int | float | np.generic) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, float):
        return plain if math.isfinite(plain) else None
    return plain


def dumps(value: Any, *, indent: int | None = None) -> str:
    """JSON text with sorted keys, so that equal values give equal text."""
    return json.dumps(jsonable(value), indent=indent, sort_keys=True, ensure_ascii=False, allow_nan=False)


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write ``value`` as indented JSON with sorted keys, atomically; raises UserError where that is impossible."""
    write_text(path, dumps(value, indent=2) + "\n")


def read_json(path: str | os.PathLike[str]) -> Any:
    """Read a JSON file; raises UserError naming the file where it is missing or is not JSON."""
    try:
        return json.loads(Path(path).read_bytes())
    except OSError as error:
        cause = os.strerror(error.errno) if error.errno else str(error)
        raise UserError(f"cannot be read: {cause}", file=str(path)) from error
    except ValueError as error:
        raise UserError(f"is not a JSON file ({error})", file=str(path)) from error
