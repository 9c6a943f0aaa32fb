"""Which hadron spectra there are, and how a card names one."""

from __future__ import annotations

import functools
import os
from importlib import resources
from pathlib import Path

from lvgen.errors import UserError, unknown
from lvgen.spectra.build import BEAMS, Beam
from lvgen.spectra.foresee import PLACEHOLDER, read_foresee
from lvgen.spectra.table import SpectrumTable

SUFFIX = ".parquet"


def _folder() -> resources.abc.Traversable:
    return resources.files("lvgen.data") / "spectra"


@functools.cache
def spectrum_names() -> list[tuple[str, str]]:
    """(name, source) of every table that ships."""
    found = []
    for source in sorted(_folder().iterdir(), key=lambda item: item.name):
        if source.is_dir():
            files = sorted(item.name for item in source.iterdir() if item.name.endswith(SUFFIX))
            found += [(name.removesuffix(SUFFIX), source.name) for name in files]
    return found


def beam(source: str) -> Beam:
    """The beam behind a source name; UserError if unknown."""
    if source not in BEAMS:
        raise unknown("source", source, BEAMS)
    return BEAMS[source]


def load_spectrum(name: str, source: str) -> SpectrumTable:
    """A shipped table by name, a Parquet table by path, or FORESEE's text layout by a path with ``{pdg}``.

    raises UserError for an unknown name (nearest ones suggested), a missing file or an unreadable one
    """
    made = beam(source)
    if PLACEHOLDER in name:
        return read_foresee(name, source, made.momentum)
    if name.endswith(SUFFIX) or os.sep in name:
        table = SpectrumTable.read(Path(name))
        if table.source != source:
            raise UserError(f"was made for {table.source}, the detector looks at {source}", file=name)
        return table
    known = [n for n, s in spectrum_names() if s == source]
    if name not in known:
        raise unknown(f"spectrum for {source}", name, known)
    return _shipped(name, source)


@functools.lru_cache(maxsize=8)
def _shipped(name: str, source: str) -> SpectrumTable:
    with resources.as_file(_folder() / source / f"{name}{SUFFIX}") as path:
        return SpectrumTable.read(path)
