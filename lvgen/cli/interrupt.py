"""Ctrl-C and SIGTERM: the first one ends a command tidily, a second one or too long a tidying ends it at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

#: exit code of an interrupted command
INTERRUPTED = 130
#: s that tidying may take; tasks under way are waited for, and what is kept so far is safe whenever the process ends
GRACE_SECONDS = 10.0


def say_interrupted() -> int:
    """Tell that the command was interrupted; returns the exit code."""
    sys.stderr.write("lvgen: interrupted; the same command resumes\n")
    return INTERRUPTED


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt at the first SIGINT or SIGTERM, with which batch systems end jobs.

    At the second one, and ``GRACE_SECONDS`` after the first, the process ends with ``INTERRUPTED``.  An ignored SIGINT,
    of a job in the background, stays ignored.  Without effect outside the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def interrupt(*_: Any) -> None:
        nonlocal asked
        if asked:
            _end_at_once()
        asked = True
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)
        raise KeyboardInterrupt

    before = {signal.SIGALRM: signal.signal(signal.SIGALRM, _end_at_once)}
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_at_once(*_: Any) -> NoReturn:
    with contextlib.suppress(Exception):  # a buffer in use, which is no reason to stay
        say_interrupted()
        sys.stderr.flush()
    os._exit(INTERRUPTED)
