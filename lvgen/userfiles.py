"""Python files of the user's, loaded as modules of a private name."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from lvgen.errors import UserError


def load_module(path: Path, content: bytes, kind: str, key: str) -> ModuleType:
    """The module of a file, executed.

    content : of the file, part of the private name, so that another content is another module; kind : what it holds
    raises UserError with ``key`` where there is no such file or it fails
    """
    where = {"file": str(path), "key": key}
    if not path.is_file():
        raise UserError(f"no such {kind} file", **where)
    private = f"_lvgen_{kind}_{hashlib.sha256(str(path).encode() + content).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(private, path)
    if spec is None or spec.loader is None:
        raise UserError("cannot be loaded as a Python module", **where)
    module = importlib.util.module_from_spec(spec)
    sys.modules[private] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[private]
        raise UserError(f"failed while being loaded: {type(error).__name__}: {error}", **where) from error
    return module
