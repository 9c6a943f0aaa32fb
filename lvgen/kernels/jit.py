"""One decorator for every compiled kernel: cached where a cache can be kept, working where it cannot.

Kernels are plain functions over plain arrays, compiled by numba without the GIL, so that threads run them side by side.
They declare their signature, so that a wrong type is an error instead of a silent second compilation, and
``compile_all`` can build every one.  A run compiles what it uses, each kernel once, whichever thread comes first.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import pkgutil
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}
_KERNELS: list[LazyKernel] = []
_cache_refused = False
_lock = threading.RLock()
_spent = 0.0


def seconds_spent() -> float:
    """Time that this process has spent on compiling kernels or loading compiled ones, s."""
    return _spent


class LazyKernel:
    """A kernel that compiles at its first call or in ``compile_all``, whichever comes first."""

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        self.function = function
        self.signature = signature
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self._compiled: Callable[..., Any] | None = None

    def compile(self) -> None:
        """Compile or load from the cache; without a cache where none can be kept."""
        global _spent
        with _lock:
            if self._compiled is None:
                start = time.perf_counter()
                self._compiled = _compile(self.function, self.signature)
                _spent += time.perf_counter() - start

    def __call__(self, *args: Any) -> Any:
        if self._compiled is None:
            self.compile()
        return self._compiled(*args)


def _compile(function: Callable[..., Any], signature: str) -> Callable[..., Any]:
    if not _cache_refused:
        try:
            made = numba.njit(cache=True, **_OPTIONS)(function)
            if not numba.config.DISABLE_JIT:
                _stamp(made, function)
                made.compile(signature)
                made.disable_compile()
            return made
        except numba.core.errors.NumbaError:
            raise
        except (RuntimeError, OSError) as error:  # no place for a cache, or that place is full or read-only
            _refuse_cache(
                f"compiled kernels cannot be kept ({_first_line(error)})", "Set NUMBA_CACHE_DIR to a writable"
            )
        except Exception as error:  # unpickling a damaged file raises any type
            _refuse_cache(
                f"the kept compiled kernels are damaged ({_first_line(error)})", "Set NUMBA_CACHE_DIR to another"
            )
    return numba.njit(signature, cache=False, **_OPTIONS)(function)


def _stamp(made: Any, function: Callable[..., Any]) -> None:
    """Let what is kept be of use only as long as no file of the kernels changes.

    numba looks at the kernel's own file alone, and would go on using a kernel whose helpers elsewhere have changed.
    """
    made._cache._cache_file._source_stamp = _sources(Path(function.__code__.co_filename).parent)


@functools.cache
def _sources(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _refuse_cache(what: str, remedy: str) -> None:
    global _cache_refused
    _cache_refused = True
    text = f"{what}; each start compiles them anew. {remedy} folder to avoid that."
    warnings.warn(text, RuntimeWarning, stacklevel=2)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def kernel(signature: str, *, ahead: bool = True) -> Callable[[Callable[..., Any]], LazyKernel]:
    """Declare a compiled kernel with its numba signature, for example ``"float64(float64[::1])"``.

    ahead : whether ``compile_all`` builds it; False for what no run calls, tables made beforehand and tests
    """

    def wrap(function: Callable[..., Any]) -> LazyKernel:
        made = LazyKernel(function, signature)
        if ahead:
            _KERNELS.append(made)
        return made

    return wrap


#: for helpers that are only called from kernels: inlined by the compiler, part of the caller's cache entry. They count
#: no references to the arrays handed to them, which the caller holds, and so can neither make nor return an array;
#: counting cost more than the arithmetic of small helpers
helper = numba.njit(nogil=True, error_model="numpy", fastmath=False, _nrt=False)


def compile_all(progress: Callable[[str], None] | None = None) -> int:
    """Compile every kernel of ``lvgen.kernels`` that a run may call; returns how many there are."""
    import lvgen.kernels

    for info in pkgutil.iter_modules(lvgen.kernels.__path__):
        importlib.import_module(f"lvgen.kernels.{info.name}")
    for item in _KERNELS:
        if progress is not None:
            progress(item.__name__)
        item.compile()
    return len(_KERNELS)
