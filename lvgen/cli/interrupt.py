"""Ctrl-C and SIGTERM: the first one ends a command tidily, a second one or too long a tidying ends it at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

#: exit code of an interrupted command
INTERRUPTED = 130
#: s that tidying may take; tasks under way are waited for, and what is kept so far is safe whenever the process ends
GRACE_SECONDS = 10.0
#: s until an interruption that came amid an import is tried again
_LATER_SECONDS = 0.05
_IMPORT_SYSTEM = "<frozen importlib._bootstrap>"


def say_interrupted() -> int:
    """Tell that the command was interrupted; returns the exit code."""
    sys.stderr.write("lvgen: interrupted; the same command resumes\n")
    return INTERRUPTED


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt at the first SIGINT or SIGTERM, with which batch systems end jobs; see ``_Interruption``.

    An ignored SIGINT, of a job in the background, stays ignored.  Without effect outside the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = _Interruption()
    handlers = {signal.SIGALRM: asked.look_again, signal.SIGINT: asked.begin, signal.SIGTERM: asked.begin}
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        del handlers[signal.SIGINT]
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    except Exception:  # of whatever kind: the interruption was swallowed on its way, and this is what came of it
        if asked.raised:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


class _Interruption:
    """What follows a first signal: KeyboardInterrupt, and the end of the process where that does not end it in time.

    Amid an import it is put off: a compiled module would end with another error, or leave itself half made for whoever
    imports it next.
    """

    def __init__(self) -> None:
        self.raised = False
        self._until: float | None = None

    def begin(self, _: int, frame: FrameType | None) -> None:
        """The handler of the signals; the second one ends the process."""
        if self._until is not None:
            _end_at_once()
        self._until = time.monotonic() + GRACE_SECONDS
        self._attempt(frame)

    def look_again(self, _: int, frame: FrameType | None) -> None:
        """The handler of the alarm that the first signal sets."""
        if self._until is None or time.monotonic() >= self._until:
            _end_at_once()
        self._attempt(frame)

    def _attempt(self, frame: FrameType | None) -> None:
        assert self._until is not None  # noqa: S101 - set by the signal
        if self.raised or not _imports(frame):
            signal.setitimer(signal.ITIMER_REAL, max(_LATER_SECONDS, self._until - time.monotonic()))
            if not self.raised:
                self.raised = True
                raise KeyboardInterrupt
        else:
            signal.setitimer(signal.ITIMER_REAL, _LATER_SECONDS)


def _imports(frame: FrameType | None) -> bool:
    """Whether an import is under way in these frames."""
    while frame is not None:
        if frame.f_code.co_filename == _IMPORT_SYSTEM:
            return True
        frame = frame.f_back
    return False


def _end_at_once() -> NoReturn:
    with contextlib.suppress(Exception):  # a buffer in use, which is no reason to stay
        say_interrupted()
        sys.stderr.flush()
    os._exit(INTERRUPTED)
