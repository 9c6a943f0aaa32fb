"""One unit system inside (GeV, metres, natural units); text with units is parsed here and nowhere else."""

from __future__ import annotations

import functools
import math
import re
from typing import Any

from lvgen.errors import UserError

#: hbar c in GeV m (CODATA 2018, exact)
HBARC = 1.973269804593025e-16
#: speed of light in m/s (exact)
C_LIGHT = 299792458.0
#: 1 mb in pb
MB_TO_PB = 1e9
#: 1/GeV^2 in pb
GEV2_TO_PB = 3.893793721718594e8
#: fine-structure constant at q^2 = 0 (CODATA 2018)
ALPHA = 1 / 137.035999084
#: positron charge in natural units, sqrt(4 pi alpha)
E_CHARGE = math.sqrt(4 * math.pi * ALPHA)

#: kind of quantity -> (unit inside, example for messages)
KINDS: dict[str, tuple[str, str]] = {
    "energy": ("GeV", "50 MeV"),
    "length": ("m", "480 m"),
    "luminosity": ("1/pb", "3 ab^-1"),
    "cross_section": ("pb", "80 mb"),
    "time": ("s", "26 ns"),
    "magnetic_length": ("T*m", "0.65 T m"),
    "angle": ("rad", "17 deg"),
}

_MAX_LENGTH = 64
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_QUANTITY = re.compile(rf"\s*({_NUMBER})\s*(.*?)\s*", re.ASCII)
_NO_NUMBER = re.compile(r"\s*[+-]?(?:nan|inf|infinity)\b.*", re.ASCII | re.IGNORECASE)
_NO_POWER = re.compile(r"[0-9eE+.-]*[0-9](?:\*\*|\^).*", re.ASCII)
_FACTOR = re.compile(r"([A-Za-z]+)(?:(?:\^|\*\*)(-?[0-9]))?", re.ASCII)
_SEPARATOR = re.compile(r"\s*\*\s*|\s*/\s*|\s+", re.ASCII)
_NATURAL = re.compile(r"([kMGT]?eV)/c(?:(?:\^|\*\*)2)?", re.ASCII)
_ANGLES = frozenset({"rad", "mrad", "urad", "deg", "degree", "degrees", "radian", "radians"})


@functools.cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


def parse(text: object, kind: str) -> float:
    """Text with a unit to a float in lvgen's units.

    text : for example "50 MeV"; kind : a key of ``KINDS``
    returns float, finite, in the unit of ``KINDS[kind]``
    raises UserError where the unit is missing or of another kind, or the number is not finite

    Only the unit's name ever reaches the units library, and only after a strict grammar has let it through:
    names with single-digit powers, joined by a space, "*" or "/".

    >>> parse("50 MeV", "energy")
    0.05
    >>> parse("3 ab^-1", "luminosity"), parse("3 1/ab", "luminosity"), parse("3 /ab", "luminosity")
    (3000000.0, 3000000.0, 3000000.0)
    """
    unit, example = KINDS[kind]
    fits = f'{_article(kind)} with its unit is due, such as "{example}"'
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        raise UserError(f"{_shown(text)} is not a quantity; {fits}")
    if not isinstance(text, str):
        raise UserError(f"{_shown(text)} has no unit; {fits}")
    number, expression = _split(text, fits)
    factor = _factor(expression, unit)
    if factor is None:
        raise UserError(f"{text!r} has the wrong unit, or one that is not known; {fits}")
    # an exact decimal such as 0.05 should not come out as 0.05000000000000001
    value = float(f"{number * factor:.15g}")
    if not math.isfinite(value) or (value == 0) != (number == 0):
        raise UserError(f"{text!r} is not a finite number; {fits}")
    return value


def _split(text: str, fits: str) -> tuple[float, str]:
    """The number and the unit text of a quantity."""
    if len(text) > _MAX_LENGTH:
        raise UserError(f"a text of {len(text)} characters is not a quantity; {fits}")
    match = _QUANTITY.fullmatch(text)
    if _NO_NUMBER.fullmatch(text):
        raise UserError(f"{text!r} is not a finite number; {fits}")
    if match is None or _NO_POWER.fullmatch(text):
        raise UserError(f"{text!r} cannot be read; {fits}")
    if not match[2]:
        raise UserError(f"{text!r} has no unit; {fits}")
    number = float(match[1])
    if not math.isfinite(number):
        raise UserError(f"{text!r} is not a finite number; {fits}")
    return number, match[2]


@functools.lru_cache(maxsize=256)
def _factor(expression: str, unit: str) -> float | None:
    """What one of the unit text is in ``unit``; None where it is not such a unit."""
    if unit == "rad" and expression not in _ANGLES:
        return None
    if unit == "GeV":  # masses and momenta in the laboratory's habit
        expression = _NATURAL.sub(r"\1", expression) if _NATURAL.fullmatch(expression) else expression
    powers = _powers(expression)
    if powers is None:
        return None
    safe = " * ".join(f"{name}**{power}" for name, power in powers)
    try:
        return float(_registry().Quantity(1.0, _registry().parse_units(safe)).to(unit).magnitude)
    except Exception:  # the library raises many types for a name that it does not know or a dimension that does not fit
        return None


def _powers(expression: str) -> list[tuple[str, int]] | None:
    """[(name, power)] of a unit text such as "ab^-1", "1/fb", "/fb" or "T m"; None where it is none."""
    text = expression.strip()
    sign = 1
    if match := re.match(r"1?\s*/\s*", text):
        text, sign = text[match.end() :], -1
    powers = []
    position = 0
    while match := _FACTOR.match(text, position):
        powers.append((match[1], sign * int(match[2] or 1)))
        position = match.end()
        if position == len(text):
            return powers
        separator = _SEPARATOR.match(text, position)
        if separator is None:
            return None
        sign = -1 if separator[0].strip() == "/" else 1
        position = separator.end()
    return None


def write(value: float, kind: str) -> str:
    """The quantity as text that ``parse`` reads back exactly.

    >>> write(0.05, "energy"), write(3e6, "luminosity")
    ('0.05 GeV', '3000000.0 pb^-1')
    """
    unit = KINDS[kind][0]
    return f"{value!r} {'pb^-1' if unit == '1/pb' else unit.replace('*', ' ')}"


#: kind -> units for people, from large to small, as (size in the unit inside, name)
_PREFIXES: dict[str, tuple[tuple[float, str], ...]] = {
    "energy": ((1e3, "TeV"), (1.0, "GeV"), (1e-3, "MeV"), (1e-6, "keV"), (1e-9, "eV")),
    "length": ((1e3, "km"), (1.0, "m"), (1e-2, "cm"), (1e-3, "mm"), (1e-6, "um")),
    "luminosity": ((1e6, "ab^-1"), (1e3, "fb^-1"), (1.0, "pb^-1")),
    "angle": ((math.pi / 180.0, "deg"),),
}


def pretty(value: float, kind: str, digits: int = 6) -> str:
    """The quantity for people, in the unit that gives a number near one.

    >>> pretty(0.05, "energy"), pretty(3e6, "luminosity"), pretty(480.0, "length")
    ('50 MeV', '3 ab^-1', '480 m')
    """
    units = _PREFIXES[kind]
    fitting = [u for u in units if abs(value) >= u[0] * (1 - 1e-12)]
    size, name = fitting[0] if fitting else next((u for u in units if u[0] == 1.0), units[-1])
    return f"{value / size:.{digits}g} {name}"


def ctau(width: float) -> float:
    """Proper decay length hbar c / width in metres; ``width`` in GeV, infinite for 0."""
    return HBARC / width if width > 0 else math.inf


def _article(kind: str) -> str:
    words = kind.replace("_", " ")
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def _shown(value: object, limit: int = 60) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer beyond the interpreter's limit of digits
        return "a number with thousands of digits"
    return text if len(text) <= limit else f"{text[:limit]}..."
