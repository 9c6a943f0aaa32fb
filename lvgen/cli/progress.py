"""Progress for people: a bar with the time left on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any, TextIO

from lvgen.cli.text import one_line
from lvgen.progress import NoProgress, Progress

_SECONDS_BETWEEN_LINES = 10.0


@contextlib.contextmanager
def progress_for(*, quiet: bool, stream: TextIO | None = None) -> Iterator[Progress]:
    """What fits the stream (standard error if left out); a bar never outlives the block."""
    stream = stream or sys.stderr
    if quiet:
        yield NoProgress()
    elif not stream.isatty():
        yield LineProgress(stream)
    else:
        bar = BarProgress(stream)
        try:
            yield bar
        finally:
            bar.close()


class LineProgress:
    """A plain line at the start, at each tenth or after ten seconds, and at the end of a stage."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._label, self._total, self._done = "", 0, 0
        self._began = self._said = 0.0
        self._tenth = 0

    def start(self, label: str, total: int) -> None:
        """See ``Progress``."""
        self._label, self._total, self._done, self._tenth = label, total, 0, 0
        self._began = self._said = time.monotonic()
        self.message(f"{label}: 0 of {total}" if total > 0 else label)

    def advance(self, n: int = 1) -> None:
        """See ``Progress``."""
        self._done += n
        if self._total <= 0 or self._done >= self._total:
            return
        now = time.monotonic()
        tenth = 10 * self._done // self._total
        if tenth > self._tenth or now - self._said >= _SECONDS_BETWEEN_LINES:
            self._tenth, self._said = tenth, now
            left = (now - self._began) * (self._total - self._done) / self._done if self._done > 0 else 0.0
            self.message(f"{self._label}: {self._done} of {self._total}, {duration(left)} left")

    def finish(self) -> None:
        """See ``Progress``."""
        done = f"{min(self._done, self._total)} of {self._total}" if self._total > 0 else "done"
        self.message(f"{self._label}: {done} in {duration(time.monotonic() - self._began)}")

    def message(self, text: str) -> None:
        """See ``Progress``."""
        self._stream.write(f"{one_line(text)}\n")
        self._stream.flush()


class BarProgress:
    """A bar with the time left, gone when its stage is over; one plain line stays."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._bar: Any = None
        self._task: Any = None
        self._label, self._began = "", 0.0

    def start(self, label: str, total: int) -> None:
        """See ``Progress``."""
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self.close()
        self._label, self._began = label, time.monotonic()
        self._bar = Bar(
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("left"), TimeRemainingColumn(), console=self._console, transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task(label, total=total or None)
        self._bar.start()

    def advance(self, n: int = 1) -> None:
        """See ``Progress``."""
        if self._bar is not None:
            self._bar.advance(self._task, n)

    def finish(self) -> None:
        """See ``Progress``."""
        if self._bar is not None:
            self.close()
            self.message(f"{self._label}: {duration(time.monotonic() - self._began)}")

    def message(self, text: str) -> None:
        """See ``Progress``."""
        self._console.print(one_line(text), soft_wrap=True)

    def close(self) -> None:
        """Take the bar away, also in the midst of a stage."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def duration(seconds: float) -> str:
    """Seconds for people.

    >>> duration(3.2), duration(75), duration(7300)
    ('3.2 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
