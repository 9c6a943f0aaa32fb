"""``[production]``: how the bosons are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from lvgen.errors import UserError
from lvgen.validation import Table, as_choice, as_texts, checked_keys, flag, shown, validated

DEFAULT_SPECTRUM = "SIBYLL-2.3d"


def _spectrum(value: object) -> str | tuple[str, ...]:
    names = as_texts(value)
    return names[0] if len(names) == 1 else names


class ProductionSection(Table):
    """How the bosons are made.

    processes : None for every one that applies; spectrum : name or path, or several of them: the first is the central
    one, all together a band; cascades : whether hadrons of secondary interactions in a thick target count
    options : process -> its table, as written
    """

    processes: Annotated[tuple[str, ...], BeforeValidator(as_texts)] | None = None
    spectrum: Annotated[str | tuple[str, ...], BeforeValidator(_spectrum)] = DEFAULT_SPECTRUM
    cascades: Annotated[bool, flag()] = False
    options: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        """Tables that bear a process's name become ``options``."""
        if isinstance(data, BaseModel):
            return data
        own = ("processes", "spectrum", "cascades")
        if not isinstance(data, Mapping):
            return checked_keys(cls, data)
        chosen, known = _processes(data.get("processes"))
        fields = checked_keys(cls, {k: v for k, v in data.items() if k in own or k not in known}, further=known)
        tables = {k: v for k, v in data.items() if k in known and k not in own}
        options = {name: _options(name, table, chosen, known[name]) for name, table in tables.items()}
        return fields | {"options": options}

    @property
    def spectra(self) -> tuple[str, ...]:
        """Every spectrum, the central one first."""
        return (self.spectrum,) if isinstance(self.spectrum, str) else self.spectrum

    def options_of(self, process: str) -> dict[str, Any]:
        """The option table of one process as written; empty where there is none."""
        return dict(self.options.get(process, {}))


def _processes(given: object) -> tuple[list[str] | None, dict[str, str]]:
    """Names of the chosen processes (None: not said), and name -> what ``get_process`` calls it for all known ones."""
    from lvgen.production import get_process, process_names

    known = {name: name for name in process_names()}
    if given is None:
        return None, known
    chosen = []
    try:
        for name in as_texts(given):
            own_file = name.endswith(".py")
            chosen.append(get_process(name).name if own_file else as_choice(name, "process", list(known)))
            if chosen[-1] in chosen[:-1]:
                raise UserError(f"two processes are called {chosen[-1]!r}")
            known |= {chosen[-1]: name}
    except UserError as error:
        raise UserError(f"{error.file}: {error.what}" if error.file else error.what, key="processes") from None
    return chosen, known


def _options(name: str, table: object, chosen: list[str] | None, process: str) -> dict[str, Any]:
    """The options of a process as written, once the process has found them in order."""
    from lvgen.production import get_process

    if not isinstance(table, Mapping):
        raise UserError(f"{shown(table)} where a table of options is due", key=name)
    if chosen is not None and name not in chosen:
        raise UserError("options of a process that is not among production.processes", key=name)
    validated(get_process(process).Options, dict(table), key=name)
    return {key: value for key, value in table.items() if value is not None}
