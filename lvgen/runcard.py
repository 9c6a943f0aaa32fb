"""Run cards: read, changed by ``key=value`` settings, checked, and written back in one canonical form."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import BaseModel, Field, PrivateAttr, model_validator

from lvgen import toml, units
from lvgen.detection.registry import as_table, looks_like_path
from lvgen.errors import UserError, unknown
from lvgen.sections.decay import DecaySection
from lvgen.sections.detector import DetectorSection
from lvgen.sections.events import EventsSection
from lvgen.sections.model import ModelSection
from lvgen.sections.production import ProductionSection
from lvgen.sections.results import ConstraintsSection, RunSection, SensitivitySection
from lvgen.validation import Table, checked_keys, shown, text, validated

PACKAGE = "lvgen.cards"
#: what stands for the hadron in the path of a spectrum of several files
PLACEHOLDER = "{pdg}"


class RunCard(Table):
    """A checked run card; it does not change once it stands.

    Masses and energies are in GeV, lengths in m.  ``events``, ``sensitivity`` and ``constraints`` are None where the
    card lacks them.  A card with [constraints] alone may lack a detector: its ``detector`` is None, and nothing that
    deals with detectors ever sees the card.
    """

    title: Annotated[str, text()] | None = None
    model: ModelSection
    production: ProductionSection = Field(default_factory=lambda: ProductionSection())
    decay: DecaySection = Field(default_factory=lambda: DecaySection())
    detector: DetectorSection = Field(default=cast(DetectorSection, None), examples=['{ name = "FASER2" }'])
    events: EventsSection | None = None
    sensitivity: SensitivitySection | None = None
    constraints: ConstraintsSection | None = None
    run: RunSection = Field(default_factory=lambda: RunSection())
    _name: str = PrivateAttr("card")
    _file: str = PrivateAttr("card")

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        if isinstance(data, BaseModel):
            return data
        table = checked_keys(cls, data)
        if "events" not in table and "sensitivity" not in table:
            if "constraints" not in table:
                raise UserError(
                    "neither [events] nor [sensitivity] is there, nor [constraints]; at least one of these is due"
                )
            for stage in ("production", "decay", "detector"):
                if stage in table:
                    raise UserError("has no use beside [constraints] alone; add [events] or [sensitivity]", key=stage)
        elif "detector" not in table:
            raise UserError("missing", key="detector")
        return table | _filled_events(table)

    @model_validator(mode="after")
    def _spectrum_exists(self) -> RunCard:
        from lvgen.spectra.registry import load_source, spectra_for

        if self.only_constraints:
            return self
        try:
            source = load_source(self.detector.description.source)
        except UserError as error:
            raise UserError(str(error) if error.file else error.what, key="detector.source") from None
        if self.production.cascades:
            source.check_cascades()
        if not source.has_hadrons:
            if "spectrum" in self.production.model_fields_set:
                raise UserError(f"{source.name} has no hadrons; leave it out", key="production.spectrum")
            return self
        known = spectra_for(source)
        for spectrum in self.production.spectra:
            if _is_spectrum_path(spectrum):
                if not _found(Path(spectrum)):
                    raise UserError(f"{spectrum}: there is no such spectrum file", key="production.spectrum")
            elif spectrum not in known:
                raise unknown(f"spectrum for {source.name}", spectrum, known, key="production.spectrum")
        return self

    @property
    def only_constraints(self) -> bool:
        """Whether the card asks for constraints alone, which need neither production nor a detector."""
        return self.events is None and self.sensitivity is None

    @property
    def name(self) -> str:
        """What the card is called: its file's name without the suffix; the folder of its results by default."""
        return self._name

    @property
    def file(self) -> str:
        """What messages call the card's file."""
        return self._file

    def error(self, what: str, key: str | None = None) -> UserError:
        """A refusal that names this card's file, and the dotted key at fault."""
        return UserError(what, file=self._file, key=key)

    def with_seed(self, seed: int | None) -> RunCard:
        """The same card with another seed, or with none."""
        entries = self.run.model_dump(exclude={"seed"}) | ({} if seed is None else {"seed": seed})
        return self.model_copy(update={"run": validated(RunSection, entries, file=self.file, key="run")})

    def as_table(self) -> dict[str, Any]:
        """The card with all defaults and the whole detector, as the entries of a card that reads back the same."""
        return _card_table(self)

    def canonical_toml(self) -> str:
        """``as_table`` as text; equal cards give equal text, whatever they were written like."""
        return toml.write(self.as_table())

    def sha256(self) -> str:
        """SHA-256 of ``canonical_toml`` in UTF-8, hexadecimal."""
        return hashlib.sha256(self.canonical_toml().encode()).hexdigest()


def _filled_events(table: Mapping[str, Any]) -> dict[str, Any]:
    """The events section with the model's mass and coupling where it has none and those are single values."""
    events, model = table.get("events"), table.get("model")
    if not isinstance(events, Mapping) or not isinstance(model, Mapping):
        return {}
    single = {k: model[k] for k in ("mass", "coupling") if k in model and not isinstance(model[k], Mapping)}
    return {"events": single | dict(events)}


def _card_table(card: RunCard) -> dict[str, Any]:
    from lvgen.models.registry import parameter_kinds

    model = card.model
    kinds = parameter_kinds(model.name)
    parameters = {
        key: units.write(value, "energy") if kinds.get(key) == "energy" else value
        for key, value in sorted(model.parameters.items())
    }
    scan = {"scan": model.scan} if model.scan else {}
    mass = _axis(model.mass, "energy")
    table: dict[str, Any] = {"title": card.title} if card.title else {}
    table["model"] = {"name": model.name, "mass": mass, "coupling": _axis(model.coupling)} | scan | parameters
    if not card.only_constraints:
        table |= _stages(card)
    if card.events:
        events = card.events
        table["events"] = {
            "number": events.number,
            "mass": units.write(events.mass, "energy"),
            "coupling": events.coupling,
            "formats": list(events.formats),
        } | events.written()
    if card.sensitivity:
        table["sensitivity"] = card.sensitivity.model_dump(exclude_none=True)
    if card.constraints:
        constraints = card.constraints.model_dump(exclude_none=True)
        table["constraints"] = {k: list(v) if isinstance(v, tuple) else v for k, v in constraints.items()}
    table["run"] = card.run.model_dump(exclude_none=True)
    return table


def _stages(card: RunCard) -> dict[str, Any]:
    """Production, decay and detector of a card that has them."""
    description = card.detector.description
    processes = card.production.processes
    table: dict[str, Any] = {"production": {"processes": list(processes)} if processes else {}}
    spectra = card.production.spectra
    if "spectrum" in card.production.model_fields_set or _has_hadrons(description.source):
        table["production"] |= {"spectrum": list(spectra) if len(spectra) > 1 else spectra[0]}
    table["production"] |= {"cascades": True} if card.production.cascades else {}
    table["production"] |= dict(sorted(card.production.options.items()))
    table["decay"] = {"hadronisation": card.decay.hadronisation, "stable": list(card.decay.stable)}
    table["detector"] = {"name": description.name} | as_table(description)
    return table


def _has_hadrons(source: str) -> bool:
    from lvgen.spectra.registry import load_source

    return load_source(source).has_hadrons


def _axis(axis: Any, kind: str | None = None) -> Any:
    """A value or grid as a card writes it."""

    def written(value: float) -> Any:
        return units.write(value, kind) if kind else value

    if isinstance(axis, float):
        return written(axis)
    return {"min": written(axis.min), "max": written(axis.max), "points": axis.points, "scale": axis.scale}


def card_names() -> list[str]:
    """Names of the built-in cards, sorted."""
    entries = (entry.name for entry in resources.files(PACKAGE).iterdir())
    return sorted(name.removesuffix(".toml") for name in entries if name.endswith(".toml"))


def read_card_table(name_or_path: str | Path) -> tuple[dict[str, Any], str, str]:
    """(raw table, file in messages, name) of a built-in card or of a file."""
    given = str(name_or_path)
    if given in card_names():
        raw = resources.files(PACKAGE).joinpath(f"{given}.toml").read_bytes()
        return toml.parse(raw, f"{given}.toml"), f"{given}.toml", given
    if isinstance(name_or_path, Path) or looks_like_path(given) or _exists(given):
        path = Path(given)
        return toml.read(path, given), given, path.stem
    raise unknown("card", given, card_names())


def _exists(given: str) -> bool:
    try:
        return bool(given.strip()) and Path(given).exists()
    except (OSError, ValueError):
        return False


def load_card(card: str | Path | Mapping[str, Any] | RunCard, overrides: Sequence[str] = ()) -> RunCard:
    """A checked card.

    card : name of a built-in card, path of a file, or dict of the same keys
    overrides : "dotted.key=value" settings, values read as TOML
    raises UserError that names file and key
    """
    if isinstance(card, RunCard):
        if not overrides:
            return card
        table, file, name = card.as_table(), card.file, card.name
    elif isinstance(card, Mapping):
        table, file, name = dict(card), "card", "card"
    elif isinstance(card, (str, Path)):
        table, file, name = read_card_table(card)
    else:
        raise UserError(f"{shown(card)} is no card: a name, a path or a dict is due")
    return card_from_table(table, name, file, overrides)


def card_from_table(table: Mapping[str, Any], name: str, file: str, overrides: Sequence[str] = ()) -> RunCard:
    """A checked card from its raw table; ``name`` and ``file`` are what it and its file are called."""
    try:
        table = toml.apply_settings(table, overrides)
    except UserError as error:
        raise error.at(file=file) from None
    card = validated(RunCard, _with_located_files(table, Path(file).parent), file=file)
    card._name, card._file = name, file
    return card


def _with_located_files(table: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The table with the files that it names as absolute paths, found from the card's folder or the current one."""
    detector, production = table.get("detector"), table.get("production")
    if isinstance(detector, dict) and "schema" not in detector:
        found = _located(detector, "name", looks_like_path, folder)
        table = table | {"detector": detector | found | _located(detector, "source", looks_like_path, folder)}
    if isinstance(production, dict):
        found = _located(production, "spectrum", _is_spectrum_path, folder)
        found |= _located(production, "processes", lambda name: name.endswith(".py"), folder)
        table = table | {"production": production | found}
    constraints = table.get("constraints")
    if isinstance(constraints, dict):
        found = _located(constraints, "names", lambda name: name.endswith(".py"), folder)
        table = table | {"constraints": constraints | found}
    return table


def _located(table: dict[str, Any], key: str, is_path: Callable[[str], bool], folder: Path) -> dict[str, Any]:
    """{key: value} with the paths in the value, a text or a list, made absolute; empty where it is none of both."""

    def located(name: Any) -> Any:
        if not isinstance(name, str) or not is_path(name):
            return name
        candidates = (folder / name, Path(name))
        return next((str(path.absolute()) for path in candidates if _found(path)), name)

    value = table.get(key)
    if isinstance(value, list):
        return {key: [located(item) for item in value]}
    return {key: located(value)} if isinstance(value, str) else {}


def _is_spectrum_path(name: str) -> bool:
    return PLACEHOLDER in name or name.endswith(".parquet") or "/" in name or "\\" in name


def _found(candidate: Path) -> bool:
    try:
        if PLACEHOLDER in candidate.name:
            before, _, after = candidate.name.partition(PLACEHOLDER)
            return any(p.name.startswith(before) and p.name.endswith(after) for p in candidate.parent.iterdir())
        return PLACEHOLDER in str(candidate) or candidate.exists()
    except (OSError, ValueError):
        return False
