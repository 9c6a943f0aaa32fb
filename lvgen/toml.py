"""TOML in and out: files with messages that name the line, dotted ``key=value`` settings, a small writer."""

from __future__ import annotations

import json
import math
import numbers
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lvgen.errors import UserError

_MAX_BYTES = 1_000_000
_LINE = 110
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def read(path: Path, label: str | None = None) -> dict[str, Any]:
    """The table in a TOML file.

    label : the file's name in messages, its path if left out
    raises UserError for a missing, unreadable, empty, binary or malformed file
    """
    name = label or str(path)
    try:
        raw = _read_bytes(path)
    except FileNotFoundError:
        raise UserError("no such file", file=name) from None
    except IsADirectoryError:
        raise UserError("is a folder, a TOML file is due", file=name) from None
    except OSError as error:
        raise UserError(f"cannot be read: {(error.strerror or 'input error').lower()}", file=name) from None
    except ValueError:  # a null byte in the path
        raise UserError("is not a file name", file=name) from None
    return parse(raw, name)


def _read_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise IsADirectoryError
    with path.open("rb") as file:
        return file.read(_MAX_BYTES + 1)


def parse(raw: bytes, name: str) -> dict[str, Any]:
    """The table in TOML bytes; ``name`` is what messages call the file."""
    if len(raw) > _MAX_BYTES:
        raise UserError("larger than 1 MB: not a card or detector file", file=name)
    if not raw.strip():
        raise UserError("the file is empty", file=name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"not a text file in UTF-8 (byte {error.start})", file=name) from None
    if "\x00" in text:
        raise UserError("a binary file, a TOML file is due", file=name)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"not valid TOML: {_one_line(error)}", file=name) from None
    except RecursionError:
        raise UserError("not valid TOML: nested too deeply", file=name) from None
    except ValueError as error:  # an integer with thousands of digits, a date that does not exist
        raise UserError(f"not valid TOML: {_one_line(error)}", file=name) from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def apply_settings(
    table: Mapping[str, Any],
    settings: Iterable[str],
    option: str = "--set",
    example: str = "model.mass.points=10",
) -> dict[str, Any]:
    """A copy of ``table`` with every ``dotted.key=value`` set; the last one wins.

    The value is read as TOML; a bare word or quantity, which is not TOML, is taken as text.
    option, example : for messages

    >>> apply_settings({"model": {"mass": "1 GeV"}}, ["model.mass=50 MeV", "run.seed=3"])
    {'model': {'mass': '50 MeV'}, 'run': {'seed': 3}}
    """
    result: dict[str, Any] = _copied(table)
    for setting in settings:
        path, value = _setting(setting, option, example)
        inner = result
        for depth, name in enumerate(path[:-1]):
            following = inner.setdefault(name, {})
            if not isinstance(following, dict):
                outer = ".".join(path[: depth + 1])
                raise UserError(f"{outer} is no table that could hold {path[depth + 1]!r}", key=f"{option} {setting}")
            inner = following
        inner[path[-1]] = value
    return result


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copied(item) for item in value]
    return value


def _setting(setting: str, option: str, example: str) -> tuple[list[str], Any]:
    key, equals, text = setting.partition("=")
    if not equals or not key.strip():
        raise UserError(f"{setting!r} is not KEY=VALUE, such as {example}", key=option)
    path = _dotted(key.strip())
    if path is None:
        raise UserError(f"{key.strip()!r} is not a key; write for example {example}", key=option)
    return path, _value(text.strip(), f"{option} {key.strip()}")


def _dotted(key: str) -> list[str] | None:
    """The parts of a dotted key, by TOML's own rules for quotes."""
    if any(character in key for character in "\n\r#[]{}"):
        return None
    try:
        table = tomllib.loads(f"{key} = 0")
    except ValueError:
        return None
    path = []
    inner: Any = table
    while isinstance(inner, dict):
        (name, inner) = next(iter(inner.items()))
        path.append(name)
    return path


def _value(text: str, key: str) -> Any:
    try:
        if "\n" not in text and "\r" not in text:
            return tomllib.loads(f"value = {text}")["value"]
    except RecursionError:
        raise UserError("the value is nested too deeply", key=key) from None
    except ValueError:
        pass
    if text and text.isprintable() and text[0] not in "[{\"'":
        return text  # a word, path or quantity without quotes
    raise UserError(f"{text!r} is neither TOML nor a plain word or quantity", key=key)


def write(table: Mapping[str, Any]) -> str:
    """Deterministic TOML text of nested tables: keys in their own order, values before tables.

    Values are text, bool, int, float, lists of those and of tables; small tables within a table are written inline.

    >>> print(write({"run": {"seed": 1, "precision": 0.02}, "title": "a card"}), end="")
    title = "a card"
    <BLANKLINE>
    [run]
    seed = 1
    precision = 0.02
    """
    lines: list[str] = []
    _write_table(table, (), lines)
    return "\n".join(lines).lstrip("\n") + "\n"


def _write_table(table: Mapping[str, Any], path: tuple[str, ...], lines: list[str], brackets: str = "[{}]") -> None:
    inner = {k: v for k, v in table.items() if _is_table_list(v) or (_is_table(v) and not _fits_inline(k, v, path))}
    plain = {k: v for k, v in table.items() if k not in inner}
    if path and (plain or not table or brackets != "[{}]"):
        lines += ["", brackets.format(".".join(_key(p) for p in path))]
    lines += [f"{_key(k)} = {_literal(v)}" for k, v in plain.items()]
    for key, value in inner.items():
        if _is_table(value):
            _write_table(value, (*path, key), lines)
        else:
            for item in value:
                _write_table(item, (*path, key), lines, "[[{}]]")


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_table_list(value: object) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > 0 and all(_is_table(item) for item in value)


def _fits_inline(key: str, value: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    flat = not any(_is_table(item) or _is_table_list(item) for item in value.values())
    return bool(path) and flat and len(key) + len(_literal(value)) < _LINE


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    # JSON's escapes are TOML's, except that TOML also wants DEL escaped
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        return _float(float(value))
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_literal(v)}" for k, v in value.items()) + " }" if value else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_literal(v) for v in value) + "]"
    raise TypeError(f"no TOML for {type(value).__name__}")


def _float(value: float) -> str:
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    text = repr(value)
    return text if any(c in text for c in ".e") else f"{text}.0"
