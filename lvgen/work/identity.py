"""What makes two runs the same run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from lvgen.plan import Plan
from lvgen.spectra.registry import is_shipped, spectrum_names


def fingerprint(plan: Plan) -> str:
    """Of the card without its seed, and of the user's files that it names: with other content it is another run."""
    production = plan.card.production
    card = plan.card.with_seed(None).sha256()
    named = hashlib.sha256()
    own = [Path(name) for name in production.processes or () if name.endswith(".py")]
    own += [path for chosen in plan.processes for path in chosen.process.own_files(chosen.options)]
    for path in own:
        named.update(path.read_bytes())
    shipped = {name for name, _ in spectrum_names()}
    named_tables = zip(plan.spectra, production.spectra, strict=True) if plan.source.has_hadrons else ()
    own_tables = [t for t, name in named_tables if name not in shipped]
    for table in own_tables:
        for values in (table.p_edges, table.theta_edges, *table.content.values(), table.sigma_inel_pb):
            named.update(np.asarray(values, dtype=float).tobytes())
    if own_source := not is_shipped(plan.source):
        named.update(plan.source.model_dump_json().encode())
    return f"{card}-{named.hexdigest()}" if own or own_tables or own_source else card
