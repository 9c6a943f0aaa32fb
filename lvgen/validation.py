"""Fields and tables of cards and detector files: pydantic models whose refusals are plain sentences.

Every table derives from ``Table``; its fields use the validators here (``quantity``, ``number``, ...), which say
what is wrong and what would be right.  ``validated`` turns a refusal into a ``UserError`` with file and dotted key.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from lvgen import units
from lvgen.errors import UserError, unknown

MAX_TEXT = 500


class Table(BaseModel):
    """A table whose keys are all known, and which does not change once it stands."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        return data if isinstance(data, BaseModel) else checked_keys(cls, data)


def checked_keys(model: type[BaseModel], data: object, further: Iterable[str] = ()) -> dict[str, Any]:
    """``data`` as a dict of which all keys are fields of ``model`` and no required one is missing.

    further : keys that are known beside the fields, for the suggestions; fields with ``repr=False`` are no keys
    raises UserError that names the key; a field's ``examples`` and ``description`` go into its message
    """
    fields = [name for name, field in model.model_fields.items() if field.repr]
    if not isinstance(data, Mapping):
        raise UserError(f"{shown(data)} where a table is due (with {', '.join(fields)})")
    for key in data:
        if key not in fields:
            raise unknown("key", str(key), [*fields, *further], key=str(key))
    for key in fields:
        field = model.model_fields[key]
        if field.is_required() and key not in data:
            reason = f"; {field.description}" if field.description else ""
            example = f"; write for example {key} = {field.examples[0]}" if field.examples else ""
            raise UserError(f"missing{reason}{example}", key=key)
    return dict(data)


TableT = TypeVar("TableT", bound=BaseModel)


def validated(model: type[TableT], data: object, *, file: str | None = None, key: str | None = None) -> TableT:
    """``data`` as a ``model``.

    key : dotted key of the table itself, put before the key at fault
    raises UserError on the first refusal
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _refusal(error, model, data, file, key) from None


def _refusal(
    error: ValidationError, model: type[BaseModel], data: object, file: str | None, key: str | None
) -> UserError:
    first = error.errors()[0]
    context = first.get("ctx", {})
    cause = context.get("error")
    place = _place(first["loc"], data, missing=first["type"] == "missing")
    parts = [part for part in (key, place) if part]
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        parts.append(context["discriminator"].strip("'"))
    if isinstance(cause, UserError):
        parts += [cause.key] if cause.key and not cause.file else []
        what = str(cause) if cause.file else cause.what
    elif first["type"] == "extra_forbidden":
        what = unknown("key", str(first["loc"][-1]), model.model_fields).what
    else:
        what = _plain(cast(dict[str, Any], first))
    return UserError(what, file=file, key=".".join(parts) or None)


def _place(loc: tuple[int | str, ...], data: object, *, missing: bool) -> str:
    """Dotted key of a place; list items by their name where they have one, tags of unions left out."""
    parts: list[str] = []
    for depth, step in enumerate(loc):
        if isinstance(step, int) and isinstance(data, (list, tuple)):
            data = data[step] if step < len(data) else None
            name = data.get("name") if isinstance(data, Mapping) else None
            parts.append(name if isinstance(name, str) and name else str(step))
            continue
        known = isinstance(data, Mapping) and step in data
        if known or (missing and depth == len(loc) - 1):
            parts.append(str(step))
            data = cast(Mapping[Any, Any], data)[step] if known else None
    return ".".join(parts)


def _plain(error: dict[str, Any]) -> str:
    context = error.get("ctx", {})
    if error["type"] == "union_tag_invalid":
        return str(unknown("shape", str(context["tag"]), _tags(context["expected_tags"])))
    if error["type"] == "literal_error":
        return unknown("value", str(error["input"]), re.findall(r"'([^']*)'", context["expected"])).what
    if error["type"] in ("missing", "union_tag_not_found"):
        return "missing"
    if error["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return f"{shown(error['input'])} where a table is due"
    return f"{shown(error['input'])} does not fit here: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _tags(expected: str) -> list[str]:
    return [tag.strip(" '") for tag in expected.split(",")]


def shown(value: object, limit: int = 60) -> str:
    """``value`` for a message, cut where it is long."""
    try:
        text = repr(value)
    except ValueError:  # an integer beyond the interpreter's limit of digits
        return "a number with thousands of digits"
    return text if len(text) <= limit else f"{text[:limit]}..."


def _limits(
    value: float, given: object, write: Callable[[float], str], above: float | None, least: float | None, most: float
) -> float:
    if above is not None and not value > above:
        raise UserError(f"{shown(given)} must be {'positive' if above == 0 else f'above {write(above)}'}")
    if least is not None and not value >= least:
        raise UserError(f"{shown(given)} must not be {'negative' if least == 0 else f'below {write(least)}'}")
    if value > most:
        raise UserError(f"{shown(given)} is beyond the largest value taken here, {write(most)}")
    return value


def as_quantity(
    value: object, kind: str, *, above: float | None = None, least: float | None = None, most: float = math.inf
) -> float:
    """Text with a unit of ``kind`` as a float between bounds; these are in the unit of ``lvgen.units.KINDS``."""
    return _limits(units.parse(value, kind), value, lambda bound: units.pretty(bound, kind), above, least, most)


def quantity(
    kind: str, *, above: float | None = None, least: float | None = None, most: float = math.inf
) -> BeforeValidator:
    """Field for ``as_quantity``."""
    return BeforeValidator(lambda value: as_quantity(value, kind, above=above, least=least, most=most))


def as_number(
    value: object,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float = math.inf,
    below: float | None = None,
) -> float:
    """``value`` as a finite float between bounds; text, even "1e-3", is refused, as TOML has numbers of its own."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise UserError(f"{shown(value)} where a number without unit is due, such as 1e-3")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise UserError(f"{shown(value)} where a finite number is due")
    if below is not None and not result < below:
        raise UserError(f"{shown(value)} must be below {below:g}")
    return _limits(result, value, lambda bound: f"{bound:g}", above, least, most)


def number(
    *, above: float | None = None, least: float | None = None, most: float = math.inf, below: float | None = None
) -> BeforeValidator:
    """Field for ``as_number``."""
    return BeforeValidator(lambda value: as_number(value, above=above, least=least, most=most, below=below))


def integer(*, least: int, most: int) -> BeforeValidator:
    """A whole number between bounds, both included."""

    def check(value: object) -> int:
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
        if isinstance(value, bool) or not (isinstance(value, numbers.Integral) or whole):
            raise UserError(f"{shown(value)} where a whole number is due")
        result = int(cast(int, value))
        if not least <= result <= most:
            raise UserError(f"{shown(value)} is not between {least} and {most}")
        return result

    return BeforeValidator(check)


def text(*, most: int = MAX_TEXT) -> BeforeValidator:
    """Printable text that is not empty."""

    return BeforeValidator(lambda value: as_text(value, most))


def as_text(value: object, most: int = MAX_TEXT) -> str:
    """``value`` as printable text of at most ``most`` characters."""
    if not isinstance(value, str):
        raise UserError(f"{shown(value)} where text is due")
    if not value.strip():
        raise UserError("the text is empty")
    if len(value) > most:
        raise UserError(f"a text of {len(value)} characters; at most {most} fit here")
    if not value.isprintable():
        raise UserError(f"{shown(value)} has characters that cannot be printed")
    return value


def as_texts(value: object, most: int = 1000) -> tuple[str, ...]:
    """A list of different texts, as a tuple; one text alone stands for a list of one."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise UserError(f"{shown(value)} where a list of texts is due")
    if not value:
        raise UserError("the list is empty")
    if len(value) > most:
        raise UserError(f"a list of {len(value)} entries; at most {most} fit here")
    items = tuple(as_text(item) for item in value)
    for item in items:
        if items.count(item) > 1:
            raise UserError(f"{item!r} stands there twice")
    return items


def texts() -> BeforeValidator:
    """Field for ``as_texts``."""
    return BeforeValidator(as_texts)


def as_choice(value: object, kind: str, known: Collection[str]) -> str:
    """One of the known names."""
    name = as_text(value)
    if name not in known:
        raise unknown(kind, name, known)
    return name


def choice(kind: str, known: Collection[str]) -> BeforeValidator:
    """Field for ``as_choice``."""
    return BeforeValidator(lambda value: as_choice(value, kind, known))


def flag() -> BeforeValidator:
    """A value that must be true or false; 0, 1 and texts are refused."""

    def checked(value: object) -> bool:
        if not isinstance(value, bool):
            raise UserError(f"{shown(value)} where true or false is due")
        return value

    return BeforeValidator(checked)
