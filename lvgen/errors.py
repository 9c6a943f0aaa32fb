"""What goes wrong through the user's hand, and the one way in which it is said."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LvgenError(Exception):
    """Root of all exceptions that lvgen raises on purpose."""


class UserError(LvgenError, ValueError):
    """A mistake that the user can mend: the command line prints the message alone and exits with 2.

    The message says where (file, dotted key), what is wrong and what would be right, on one line.
    """

    def __init__(self, what: str, *, file: str | None = None, key: str | None = None) -> None:
        self.what = what
        self.file = file
        self.key = key
        super().__init__(": ".join(part for part in (file, key, what) if part))

    def at(self, *, file: str | None = None, key: str | None = None) -> UserError:
        """The same error with the place filled in where it was not known yet."""
        placed = type(self).__new__(type(self))
        UserError.__init__(placed, self.what, file=self.file or file, key=self.key or key)
        return placed


class MissingExtraError(UserError):
    """An optional package is needed and not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f'{purpose} needs the optional package {package}: pip install "lvgen[{extra}]"')


class UnknownNameError(UserError, KeyError):
    """A name that is not registered; the message carries the nearest known ones."""

    def __init__(self, what: str, *, file: str | None = None, key: str | None = None) -> None:
        UserError.__init__(self, what, file=file, key=key)

    __str__ = Exception.__str__


def unknown(
    kind: str, name: str, known: Iterable[str], *, file: str | None = None, key: str | None = None
) -> UnknownNameError:
    """The error for an unknown ``name``, with the nearest known names, or all of them where none is near.

    >>> print(unknown("model", "dark_foton", ["dark_photon", "B-L"]))
    unknown model 'dark_foton'; did you mean 'dark_photon'?
    >>> print(unknown("model", "xyz", ["dark_photon", "B-L"]))
    unknown model 'xyz'; known: B-L, dark_photon
    """
    names = sorted(set(known))
    near = nearest(name, names)
    hint = f"did you mean {' or '.join(repr(n) for n in near)}?" if near else f"known: {', '.join(names) or 'none'}"
    return UnknownNameError(f"unknown {kind} {name!r}; {hint}", file=file, key=key)


def nearest(name: str, known: Iterable[str], n: int = 3) -> list[str]:
    """Up to ``n`` of the known names that look like ``name``, case ignored, nearest first."""
    by_lower = {k.lower(): k for k in known}
    return [by_lower[m] for m in difflib.get_close_matches(name.lower(), list(by_lower), n=n, cutoff=0.5)]
