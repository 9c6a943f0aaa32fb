"""Rebuild the table of width errors that ships: how each channel's form moves with the parameters of its fit.

    python tools/build_width_errors.py [-o FILE]

Every fit's parameters (``lvgen.decays.hadronic._fit_errors``) are drawn in seeded replicas; for each channel the shifts
(A' - A)_ab / sqrt(A_aa A_bb) are tabulated on as few masses as linear interpolation needs. The same code gives the same
bytes on one machine type and one set of library versions. Takes about two minutes.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import lvgen
from lvgen.decays.coefficients import COLUMNS, MASS_MAX, Floats, packed, shipped_table
from lvgen.decays.hadronic._fit_errors import VARIATIONS
from lvgen.decays.hadronic._variation import Form, Variation, draws, normalised
from lvgen.decays.uncertainty import ERROR_FORMAT_VERSION, ERROR_KEY, QUARK_NUISANCES

TARGET = Path(__file__).resolve().parents[1] / "lvgen" / "data" / "widths" / "hadronic_errors.parquet"
SEED = 20220112
REPLICAS = 24
#: largest deviation of the interpolation, absolute and relative to the spread over the replicas
TOLERANCE, RELATIVE_TOLERANCE = 1e-3, 0.03
#: bits of the mantissa that are kept
BITS = 10
#: mass and width of the narrow resonances, GeV
NARROW = ((0.7826, 0.0086), (1.0195, 0.0042))
#: fits whose integrals take half a second for each mass have a coarser grid to choose from
COARSE = {"4pi"}


def candidates(opening: float, coarse: bool) -> Floats:
    """Masses (GeV) from which the table's are chosen."""
    start = opening * (1.0 + 1e-4)
    nodes = [start + (MASS_MAX - start) * np.linspace(0.0, 1.0, 60 if coarse else 400) ** 1.5]
    if not coarse:
        nodes += [mass + width * np.sinh(np.linspace(-5.0, 5.0, 121)) / 6.0 for mass, width in NARROW]
    grid = np.unique(np.concatenate(nodes))
    return grid[(grid >= start) & (grid <= MASS_MAX)]


def chosen(mass: Floats, values: Floats) -> list[int]:
    """Fewest masses, by bisection at the worst one, that leave linear interpolation of values (n, m) in tolerance."""
    spread = np.sqrt((values**2).mean(axis=1))
    allowed = np.maximum(TOLERANCE, RELATIVE_TOLERANCE * spread)
    keep, todo = {0, len(mass) - 1}, [(0, len(mass) - 1)]
    while todo:
        a, b = todo.pop()
        if b - a < 2:
            continue
        inner = slice(a + 1, b)
        share = ((mass[inner] - mass[a]) / (mass[b] - mass[a]))[:, None]
        off = np.abs(values[inner] - (1.0 - share) * values[a] - share * values[b]).max(axis=1) / allowed[inner]
        worst = int(np.argmax(off))
        if off[worst] > 1.0:
            middle = a + 1 + worst
            keep.add(middle)
            todo += [(a, middle), (middle, b)]
    return sorted(keep)


def rounded(values: Floats) -> Any:
    """float32 with few bits, which compress well."""
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.round(np.ldexp(mantissa, BITS)), exponent - BITS).astype(np.float32)


def shifts(mass: Floats, central: Form, varied: list[Form]) -> Floats:
    """(n, entries, replicas) of the entries that the channel has."""
    middle = central(mass)
    return np.stack([packed(normalised(form(mass), middle)) for form in varied], axis=2)


def tabulate(variation: Variation) -> list[dict[str, Any]]:
    """The channels of one fit."""
    z = draws(variation.fit, len(variation.parameters), REPLICAS, SEED)
    central = variation.forms(np.zeros(len(variation.parameters)))
    replicas = [variation.forms(x) for x in z * variation.sigmas]
    parts = []
    for name in central:
        began = time.perf_counter()
        mass = candidates(shipped_table().curves[name].opening, variation.fit in COARSE)
        values = shifts(mass, central[name], [forms[name] for forms in replicas])
        entries = np.flatnonzero(np.abs(values).max(axis=(0, 2)) > 0.0)
        values = values[:, entries]
        rows = chosen(mass, values.reshape(len(mass), -1))
        parts.append({"name": name, "mass": mass[rows], "entries": entries, "values": rounded(values[rows])})
        seconds = time.perf_counter() - began
        print(f"{name:26s} {len(rows):4d} masses, {len(entries)} entries, {seconds:.1f} s", flush=True)
    return parts


def account(variation: Variation) -> dict[str, Any]:
    """What the table says of a fit."""
    listed = [
        {"name": p.name, "sigma": p.sigma, "relative": p.relative, "basis": p.basis} for p in variation.parameters
    ]
    return {"fit": variation.fit, "parameters": listed}


def write(parts: list[dict[str, Any]], path: Path) -> None:
    """One row for each channel, mass and entry of the form."""
    quarks = draws("quarks", len(QUARK_NUISANCES), REPLICAS, SEED)
    metadata = {
        "format_version": ERROR_FORMAT_VERSION,
        "generator": "tools/build_width_errors.py",
        "lvgen_version": lvgen.__version__,
        "seed": SEED,
        "replicas": REPLICAS,
        "unit": "(A' - A)_ab / sqrt(A_aa A_bb), a b = rho, omega, phi",
        "entries": list(COLUMNS),
        "channels": [part["name"] for part in parts],
        "fits": [account(variation) for variation in VARIATIONS],
        "quark_draws": [[float(f"{x:.12g}") for x in row] for row in quarks],
    }
    numbers = np.repeat(np.arange(len(parts), dtype=np.int16), [len(p["mass"]) * len(p["entries"]) for p in parts])
    columns: dict[str, Any] = {
        "channel": numbers,
        "entry": np.concatenate([np.repeat(p["entries"].astype(np.int8), len(p["mass"])) for p in parts]),
        "mass_gev": np.concatenate([np.tile(p["mass"], len(p["entries"])) for p in parts]),
    }
    values = np.concatenate([np.swapaxes(p["values"], 0, 1).reshape(-1, REPLICAS) for p in parts])
    columns |= {f"replica_{k:02d}": np.ascontiguousarray(values[:, k]) for k in range(REPLICAS)}
    table = pa.table(columns).replace_schema_metadata({ERROR_KEY: json.dumps(metadata, sort_keys=True).encode()})
    partial = path.with_suffix(".partial")
    pq.write_table(table, partial, compression="zstd", compression_level=19)
    partial.replace(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    given = parser.parse_args()
    write([part for variation in VARIATIONS for part in tabulate(variation)], given.output)
