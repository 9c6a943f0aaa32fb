"""Hadron spectra in the text layout of FORESEE: one file per species, rows of log10(theta), log10(p/GeV), pb per bin.

A card names them by a path with ``{pdg}`` in it.  The rows are centres of a regular grid and hold the cross-section for
hadrons into one hemisphere; they carry no counts, so no statistical error of the table can be given.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lvgen.errors import UserError
from lvgen.spectra.pythia8_run import BEAUTY, CHARM
from lvgen.spectra.table import SpectrumTable
from lvgen.spectra.tally import SPECIES

PLACEHOLDER = "{pdg}"
#: pb; more in one bin is no cross-section
_LARGEST = 1e25


def read_foresee(pattern: str, source: str, beam_momentum: float) -> SpectrumTable:
    """Read every species for which the pattern's file exists.

    pattern : path with ``{pdg}``; source : name of the beam; beam_momentum : GeV
    returns table with sigma_inel_pb = 1, so that ``content`` is in pb
    raises UserError if no file matches or one cannot be read
    """
    content: dict[int, NDArray[np.float64]] = {}
    grids: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for pdg in dict.fromkeys((*SPECIES, *CHARM, *BEAUTY)):
        path = Path(pattern.replace(PLACEHOLDER, str(pdg)))
        if path.is_file():
            p_edges, t_edges, content[pdg] = _read_one(path)
            _refuse_impossible(content[pdg], p_edges, t_edges, beam_momentum, path)
            grids.append((p_edges, t_edges))
            if not all(_same(a, b) for a, b in zip(grids[0], (p_edges, t_edges), strict=True)):
                raise UserError("has another grid than the files of the other hadrons", file=str(path))
    if not content:
        raise UserError(f"no file of this pattern exists ({PLACEHOLDER} stands for 111, 221, ...)", file=pattern)
    return SpectrumTable(
        name=Path(pattern).name,
        source=source,
        p_edges=grids[0][0],
        theta_edges=grids[0][1],
        content=content,
        counts={},
        sigma_inel_pb=1.0,
        beam_momentum=beam_momentum,
        metadata={"layout": "FORESEE text (log10 theta, log10 p, pb per bin)", "pattern": pattern},
    )


def _read_one(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    rows = _numbers(path)
    theta, i_theta = np.unique(np.round(rows[:, 0], 6), return_inverse=True)
    momentum, i_p = np.unique(np.round(rows[:, 1], 6), return_inverse=True)
    if len(theta) < 2 or len(momentum) < 2:
        raise UserError("needs at least two angles and two momenta", file=str(path))
    if len(np.unique(i_p * len(theta) + i_theta)) != len(rows):
        raise UserError("names a bin twice", file=str(path))
    dense = np.zeros((len(momentum), len(theta)))
    dense[i_p, i_theta] = rows[:, 2]
    return _edges(momentum, path), _edges(theta, path), dense


def _numbers(path: Path) -> NDArray[np.float64]:
    values: list[list[float]] = []
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                text = line.split("#", 1)[0].strip()
                if not text:
                    continue
                fields = re.split(r"[\s,]+", text)
                if len(fields) != 3:
                    raise UserError(f"line {number}: three numbers are due: log10(theta) log10(p) pb", file=str(path))
                values.append([float(f) for f in fields])
    except (UnicodeDecodeError, OSError):
        raise UserError("cannot be read as text", file=str(path)) from None
    except ValueError as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"line {number}: not a number in {text[:60]!r}", file=str(path)) from None
    rows = np.array(values).reshape(-1, 3)
    if len(rows) == 0:
        raise UserError("holds no numbers", file=str(path))
    if not np.isfinite(rows).all() or (rows[:, 2] < 0).any():
        raise UserError("holds a negative or non-finite number", file=str(path))
    if rows[:, 2].max() > _LARGEST:
        raise UserError(f"holds {rows[:, 2].max():g} pb in a bin, which is absurd", file=str(path))
    return rows


def _refuse_impossible(
    content: NDArray[np.float64], p_edges: NDArray[np.float64], t_edges: NDArray[np.float64], beam: float, path: Path
) -> None:
    """Hadrons at angles beyond pi or faster than the beam mean other columns or units."""
    if content[:, t_edges[:-1] > np.log10(np.pi)].any():
        raise UserError(
            "holds hadrons at angles beyond pi; the columns are log10(theta/rad) log10(p/GeV) pb", file=str(path)
        )
    if content[p_edges[:-1] > np.log10(beam)].any():
        raise UserError(
            f"holds hadrons above the beam's {beam:g} GeV; the second column is log10(p/GeV)", file=str(path)
        )


def _same(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    return len(a) == len(b) and bool(np.allclose(a, b))


def _edges(centres: NDArray[np.float64], path: Path) -> NDArray[np.float64]:
    step = np.diff(centres)
    width = float(np.median(step))
    if not np.allclose(step, width, atol=0.05 * width):
        raise UserError("the bins are not evenly spaced in log10", file=str(path))
    return np.append(centres - 0.5 * width, centres[-1] + 0.5 * width)
