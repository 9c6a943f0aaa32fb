"""The entry point of the command ``lvgen``: commands, exit codes, and what is said when something goes wrong.

0 success, 2 a user's mistake (one line on standard error), 130 interrupted, 1 anything else.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from lvgen.cli import (
    catalogue,
    comparing,
    constraining,
    exporting,
    fitting,
    physics,
    recasting,
    results,
    running,
    spectrum,
    status,
)
from lvgen.cli.interrupt import INTERRUPTED, interruptible, say_interrupted
from lvgen.cli.text import complain, say
from lvgen.errors import UserError, nearest

_EPILOG = (
    "Errors end with one line on standard error. --traceback (anywhere on the line) or LVGEN_DEBUG=1 in the "
    "environment shows the Python traceback of an internal error."
)

app = typer.Typer(
    name="lvgen",
    help="Monte Carlo event generator and sensitivity estimator for light, weakly coupled bosons.",
    epilog=_EPILOG,
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
running.register(app)
status.register(app)
catalogue.register(app)
physics.register(app)
constraining.register(app)
results.register(app)
comparing.register(app)
exporting.register(app)
fitting.register(app)
recasting.register(app)
spectrum.register(app)


@app.callback()
def _lvgen(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
    show_traceback: Annotated[
        bool, typer.Option("--traceback", help="Show the Python traceback of an internal error.")
    ] = False,
) -> None:
    """Options that come before the command; ``main`` takes them out itself."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (``sys.argv`` if left out) and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = os.environ.get("LVGEN_DEBUG", "") not in ("", "0")
    if "--traceback" in arguments:
        debug = True
        arguments = [argument for argument in arguments if argument != "--traceback"]
    _make_streams_forgiving()
    try:
        with interruptible(), _plain_warnings():
            code = _dispatch(arguments)
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        _silence_stdout()
        return 1
    except KeyboardInterrupt:
        return say_interrupted()
    except UserError as error:
        complain("error", str(error))
        _show_traceback(debug)
        return 2
    except MemoryError:
        complain("error", "out of memory; a smaller grid, fewer events or fewer workers may fit")
        _show_traceback(debug)
        return 1
    except Exception as error:
        return _failed(error, debug)


def _dispatch(arguments: list[str]) -> int:
    if "--version" in arguments[:1]:
        say(f"lvgen {_version()}")
        return 0
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name="lvgen", standalone_mode=False)
    except SystemExit as stopped:  # the command-line library's own way of ending
        if _is_broken_pipe(stopped.__context__):
            raise BrokenPipeError from None
        code = stopped.code
    if code == INTERRUPTED:  # how the library hands on Ctrl-C
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0


def _is_broken_pipe(error: BaseException | None) -> bool:
    return isinstance(error, BrokenPipeError)


def _version() -> str:
    from importlib.metadata import version

    return version("lvgen")


def _failed(error: Exception, debug: bool) -> int:
    """What is neither a user's mistake nor an interruption; the library's usage errors are told by their methods."""
    if isinstance(error, typer.Abort):
        if not isinstance(error.__cause__, EOFError):
            return say_interrupted()
        error = error.__cause__  # the library takes any end of file for Ctrl-D
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        return _usage_error(error)
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        complain("error", f"{error.filename}: {error.strerror.lower()}")
    else:
        complain("error", f"internal error, {type(error).__name__}: {error}")
        if not debug:
            sys.stderr.write("lvgen: the same command with --traceback shows where; please report it\n")
    _show_traceback(debug)
    return 1


def _usage_error(error: Any) -> int:
    """One line for a wrong command line; the help text where nothing at all was asked for."""
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{error.format_message()}\n")
        return 2
    context = getattr(error, "ctx", None)
    message = str(error.format_message()).rstrip(".")
    path = context.command_path if context is not None else "lvgen"
    complain("error", f"{message}{_suggestion(message, context)} (see {path} --help)")
    return 2


def _suggestion(message: str, context: Any) -> str:
    """Nearest commands for an unknown one, where the library does not suggest them itself."""
    match = re.fullmatch(r"No such command '(.*)'", message)
    if match is None or context is None:
        return ""
    known = context.command.list_commands(context)
    near = nearest(match[1], known)
    return f"; did you mean {' or '.join(near)}?" if near else f"; known: {', '.join(known)}"


def _show_traceback(debug: bool) -> None:
    if debug:
        traceback.print_exc()


def _make_streams_forgiving() -> None:
    """Letters that the terminal's encoding lacks are escaped, not an error."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _silence_stdout() -> None:
    """The reader of a pipe is gone: nothing more is written, also not when the interpreter ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]


@contextlib.contextmanager
def _plain_warnings() -> Iterator[None]:
    """Warnings of lvgen as one line each, those of other packages not at all."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        complain("warning", str(message))

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells at length where it keeps its fonts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("once", module=r"lvgen(\.|$)")
        warnings.showwarning = show
        yield


if __name__ == "__main__":
    sys.exit(main())
