"""Which sources and hadron spectra there are, and how a card or a detector file names one."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from lvgen import toml
from lvgen.errors import UserError, unknown
from lvgen.spectra.beams import BEAMS, Beam
from lvgen.spectra.foresee import PLACEHOLDER, read_foresee
from lvgen.spectra.source import Source
from lvgen.spectra.table import SpectrumTable, no_hadrons
from lvgen.validation import shown, validated

SUFFIX = ".parquet"
SCHEMA = 1
#: tables of one class of collisions, whose species take the place of those of minimum-bias tables
HEAVY = ("PYTHIA-8-charm", "PYTHIA-8-beauty")


def _folder() -> resources.abc.Traversable:
    return resources.files("lvgen.data") / "spectra"


def _sources() -> resources.abc.Traversable:
    return resources.files("lvgen.data") / "sources"


@functools.cache
def spectrum_names() -> list[tuple[str, str]]:
    """(name, source) of every table that ships."""
    found = []
    for source in sorted(_folder().iterdir(), key=lambda item: item.name):
        if source.is_dir():
            files = sorted(item.name for item in source.iterdir() if item.name.endswith(SUFFIX))
            found += [(name.removesuffix(SUFFIX), source.name) for name in files]
    return found


@functools.cache
def source_names() -> list[str]:
    """Names of the sources that ship, sorted."""
    return sorted(item.name.removesuffix(".toml") for item in _sources().iterdir() if item.name.endswith(".toml"))


def load_source(name_or_path: str) -> Source:
    """A shipped source, or one from a TOML file of the user's (recognised by ".toml" or a path separator).

    raises UserError for an unknown name, a missing or malformed file, an entry that is unknown or out of range
    """
    if name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path:
        return _source(toml.read(Path(name_or_path)), name_or_path)
    if name_or_path not in source_names():
        raise unknown("source", name_or_path, source_names())
    return _shipped_source(name_or_path)


@functools.cache
def _shipped_source(name: str) -> Source:
    file = f"{name}.toml"
    return _source(toml.parse(_sources().joinpath(file).read_bytes(), file), file)


def _source(table: dict[str, object], file: str) -> Source:
    version = table.pop("schema", None)
    if version != SCHEMA or isinstance(version, bool):
        what = "missing" if version is None else f"{shown(version)} is not known here"
        raise UserError(f"{what}; schema = {SCHEMA} is due", file=file, key="schema")
    return validated(Source, table, file=file)


def is_shipped(source: Source) -> bool:
    """Whether it is one of the sources that ship, not a user's own of the same name."""
    return source.name in source_names() and _shipped_source(source.name) is source


def beam(source: str) -> Beam:
    """The collisions of which tables named for a source are built; UserError if unknown."""
    if source not in BEAMS:
        raise unknown("source", source, BEAMS)
    return BEAMS[source]


def spectra_for(source: Source) -> dict[str, str]:
    """Name -> folder of the shipped tables that hold for a source; its own before those it borrows."""
    found: dict[str, str] = {}
    for folder in source.tables:
        for name, made_for in spectrum_names():
            if made_for == folder:
                found.setdefault(name, folder)
    return found


def load_spectrum(name: str, source: str | Source) -> SpectrumTable:
    """A shipped table by name, a Parquet table by path, or FORESEE's text layout by a path with ``{pdg}``.

    The table is as it was made: ``Source.adapted`` makes it one for each interaction on the source.
    raises UserError for an unknown name (nearest ones suggested), a missing file or an unreadable one
    """
    at = load_source(source) if isinstance(source, str) else source
    if PLACEHOLDER in name:
        return read_foresee(name, at.name, at.beam_momentum)
    if name.endswith(SUFFIX) or os.sep in name:
        table = SpectrumTable.read(Path(name))
        if table.source not in at.tables:
            raise UserError(f"was made for {table.source}, the detector looks at {at.name}", file=name)
        return table
    known = spectra_for(at)
    if name not in known:
        raise unknown(f"spectrum for {at.name}", name, known)
    return _shipped(name, known[name])


def run_hadrons(names: Sequence[str], source: Source, cascades: bool = False) -> list[SpectrumTable]:
    """The hadrons of a run in each of several spectra; a single empty table where the source has none.

    raises UserError as ``source_hadrons``
    """
    if not source.has_hadrons:
        return [no_hadrons(source.name, source.beam_momentum)]
    return [source_hadrons(name, source, cascades) for name in names]


def source_hadrons(name: str, source: Source, cascades: bool = False) -> SpectrumTable:
    """The hadrons of a run for each interaction on a source, charm and beauty of their own tables put in.

    A shipped minimum-bias table gets charm and beauty of the ``HEAVY`` tables in place of its own; a user's own table
    keeps what it has, and gets what it lacks where the grids are the same.
    raises UserError as ``load_spectrum`` and ``Source.adapted``
    """
    if is_shipped(source) and name in spectra_for(source):
        return _shipped_hadrons(name, source.name, cascades)
    return _hadrons(load_spectrum(name, source), source, cascades, missing_only=True)


@functools.lru_cache(maxsize=16)
def _shipped_hadrons(name: str, source: str, cascades: bool) -> SpectrumTable:
    at = load_source(source)
    return _hadrons(load_spectrum(name, at), at, cascades, missing_only=False)


def _hadrons(raw: SpectrumTable, source: Source, cascades: bool, *, missing_only: bool) -> SpectrumTable:
    table = source.adapted(raw, cascades)
    known = spectra_for(source)
    for name in HEAVY if raw.minimum_bias else ():
        if name in known:
            heavy = _shipped(name, known[name])
            scale = heavy.sigma_inel_pb / raw.sigma_inel_pb if source.kind == "collider" else 1.0
            table = table.joined(source.adapted(heavy, cascades), scale, missing_only=missing_only)
    return table


@functools.lru_cache(maxsize=16)
def _shipped(name: str, folder: str) -> SpectrumTable:
    with resources.as_file(_folder() / folder / f"{name}{SUFFIX}") as path:
        return SpectrumTable.read(path)
