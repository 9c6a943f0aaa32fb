"""What makes two runs the same run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from lvgen.plan import Plan
from lvgen.runcard import RunCard
from lvgen.spectra.registry import is_shipped, spectrum_names

#: to be raised where the same card and seed give other pieces than before
_DRAWS = 3


def own_constraints(card: RunCard) -> list[Path]:
    """Files of constraints of the user's that a card names."""
    names = card.constraints.names if card.constraints is not None else None
    return [Path(name) for name in names or () if name.endswith(".py")]


def fingerprint_of_constraints(card: RunCard) -> str:
    """The same for a card of constraints alone."""
    own = own_constraints(card)
    named = hashlib.sha256(b"".join(path.read_bytes() for path in own))
    alone = card.with_seed(None).sha256()
    return f"{alone}-{named.hexdigest()}" if own else alone


def fingerprint(plan: Plan) -> str:
    """Of the card without its seed, and of the user's files that it names: with other content it is another run."""
    production = plan.card.production
    card = plan.card.with_seed(None).sha256()
    named = hashlib.sha256()
    own = [Path(name) for name in production.processes or () if name.endswith(".py")]
    own += own_constraints(plan.card)
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
    return f"{card}-{named.hexdigest()}-{_DRAWS}" if own or own_tables or own_source else f"{card}-{_DRAWS}"
