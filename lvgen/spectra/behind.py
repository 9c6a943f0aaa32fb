"""Which tables the hadrons of a run are from, and how each was made and normalised."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from lvgen.spectra.table import SpectrumTable
from lvgen.units import MB_TO_PB

_ACCOUNT = ("generator_reports", "chromo", "seed", "n_collisions", "layout", "pattern", "class")


def tables_behind(spectra: Sequence[SpectrumTable], hadrons: Collection[int]) -> list[SpectrumTable]:
    """The tables, as they were made, from which some species (PDG ids) of the spectra come; each once."""
    found: dict[tuple[str, str], SpectrumTable] = {}
    for spectrum in spectra:
        for pdg in spectrum.content:
            if pdg in hadrons:
                table = spectrum.joined_from.get(pdg, spectrum)
                found.setdefault((table.name, table.source), table)
    return list(found.values())


def are_alike(spectra: Sequence[SpectrumTable], hadrons: Collection[int]) -> bool:
    """Whether all spectra take these species from the same tables, as they do charm and beauty, or hold none."""
    behind = [{(t.name, t.source) for t in tables_behind([spectrum], hadrons)} for spectrum in spectra]
    return all(names == behind[0] for names in behind)


def table_account(table: SpectrumTable) -> dict[str, Any]:
    """How a table was made, for ``run.json``; the cross-section (pb) is that of its own class of collisions."""
    account = {key: table.metadata[key] for key in _ACCOUNT if key in table.metadata}
    told = {"name": table.name, "made_at": table.source} | account
    return told | {"sigma_pb": own_sigma_pb(table), "normalised_to": normalisation(table)}


def own_sigma_pb(table: SpectrumTable) -> float:
    """Cross-section to which one collision of a table corresponds, on what it was made for, pb."""
    sigma_mb = table.metadata.get("sigma_inel_mb")
    return table.sigma_inel_pb if sigma_mb is None else float(sigma_mb) * MB_TO_PB


def normalisation(table: SpectrumTable) -> str:
    """What the cross-section of a table is, and how well known where that is stated."""
    if "n_collisions" not in table.metadata:
        return "its own cross-sections"
    if table.minimum_bias:
        return "inelastic collisions of the generator"
    return str(table.metadata.get("calibration", "the generator's own cross-section, which is good to factors"))


def table_line(table: SpectrumTable) -> str:
    """A table in one line."""
    account = table.metadata
    made = [str(account[key]) for key in ("generator_reports",) if key in account]
    made += [f"{account['n_collisions']} collisions"] if "n_collisions" in account else []
    made += [f"seed {account['seed']}"] if "seed" in account else []
    made.append(f"{own_sigma_pb(table) / MB_TO_PB:.4g} mb")
    return f"{table.name} of {table.source}: {', '.join(made)}; {normalisation(table)}"


def normalisations(tables: Sequence[SpectrumTable]) -> list[str]:
    """What hadrons of tables of one class of collisions rest on, in sentences."""
    return [
        f"{table.metadata['class']} hadrons are those of {table.name} of {table.source}, normalised to "
        f"{normalisation(table)}"
        for table in tables
        if "class" in table.metadata
    ]
