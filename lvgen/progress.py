"""How a long job tells how far it is; what is done with that is the caller's business."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """One stage after the other: ``start``, any number of ``advance``, ``finish``; messages at any time."""

    def start(self, label: str, total: int) -> None:
        """A stage begins that has ``total`` steps."""

    def advance(self, n: int = 1) -> None:
        """``n`` more steps of the stage are done."""

    def finish(self) -> None:
        """The stage is over."""

    def message(self, text: str) -> None:
        """One line for the user."""


class NoProgress:
    """Says nothing.

    >>> NoProgress().message("never seen")
    """

    def start(self, label: str, total: int) -> None:
        """Nothing."""

    def advance(self, n: int = 1) -> None:
        """Nothing."""

    def finish(self) -> None:
        """Nothing."""

    def message(self, text: str) -> None:
        """Nothing."""
