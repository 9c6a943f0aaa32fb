"""What ``lvgen show`` prints about each kind of thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lvgen import units
from lvgen.cli.text import columns
from lvgen.particles import LLP_PDG
from lvgen.units import E_CHARGE

if TYPE_CHECKING:
    from lvgen.spectra.source import Source


def model(name: str) -> list[str]:
    """Lines about a model, with its charges for the parameters' defaults."""
    from lvgen.models.registry import model_class

    cls = model_class(name)
    made = cls()
    rows = [
        ("boson", cls.boson),
        ("coupling", cls.coupling_name),
        *_charges(made),
        *_parameters(cls),
        *(("caution", caution) for caution in made.cautions()),
        ("mass", f"up to {units.pretty(made.mass_max, 'energy')}, where {made.mass_max_reason}"),
    ]
    return [f"{name}: {cls.title}", *columns(rows + _references(cls.references), indent="  ")]


_FAMILIES = (
    ("leptons", ("e", "mu", "tau")),
    ("neutrinos", ("nu_e", "nu_mu", "nu_tau")),
    ("up quarks", ("u", "c", "t")),
    ("down quarks", ("d", "s", "b")),
)


def _charges(made: Any) -> list[tuple[str, str]]:
    """Charges at coupling 1, kinetic mixing apart where there is any."""
    tree = made.tree_couplings() if hasattr(made, "tree_couplings") else made.couplings()
    full = made.couplings()
    if made.spin == 0 and full.scalar:
        return [("couplings", ", ".join(f"gS of {f} {g:.4g}" for f, g in full.scalar.items()) + " (scalar)")]
    if not any(full.gv(f) or full.ga(f) for _, family in _FAMILIES for f in family):
        return [("charges", "none but those that are given")]
    rows = [
        (family if i else f"charges of {family}", ", ".join(f"{f} {_charge(tree.gv(f))}" for f in fermions))
        for i, (family, fermions) in enumerate(_FAMILIES)
    ]
    mixed = full.gv("e") - tree.gv("e")
    if mixed:
        runs = ", larger towards the leptons' thresholds" if made.mixing_runs else ""
        rows.append(("kinetic mixing", f"electric charges times e epsilon, epsilon = {-mixed / E_CHARGE:.4g}{runs}"))
    return rows


def _charge(value: float) -> str:
    """A charge as people write it.

    >>> _charge(1 / 3), _charge(-3.0), _charge(-2 / 3 * E_CHARGE), _charge(-E_CHARGE), _charge(0.25)
    ('1/3', '-3', '-2/3 e', '-e', '0.25')
    """
    for unit, name in ((1.0, ""), (E_CHARGE, " e")):
        ratio = Fraction(value / unit).limit_denominator(3)
        if abs(float(ratio) - value / unit) < 1e-12:
            return f"{ratio}{name}" if abs(ratio) != 1 or not name else str(ratio).replace("1", "e")
    return f"{value:.6g}"


_KINDS = {
    "direct": 'a number or "cancel"',
    "mixing": '"loop", 0 or epsilon at coupling 1',
    "charges": "table of numbers",
}


def _parameters(cls: Any) -> list[tuple[str, str]]:
    """Rows of parameters; long runs of couplings of one kind stand on one row."""
    rows = []
    for name, kind in cls.parameter_kinds.items():
        if not name.startswith(("gV_", "gA_")):
            default = cls.defaults.get(name, "")
            text = f"{default:.4g}" if isinstance(default, float) else str(default)
            text += " GeV" * (kind == "energy" and bool(text))
            rows.append(f"{name} ({_KINDS.get(kind, kind)}{text and ', default '}{text})")
    runs = ([name for name in cls.parameter_kinds if name.startswith(vector)] for vector in ("gV_", "gA_"))
    rows += [f"{names[0]} ... {names[-1]} (number, default 0)" for names in runs if names]
    return [("parameters" if i == 0 else "", row) for i, row in enumerate(rows)] or [
        ("parameters", "none beside mass and coupling")
    ]


def _references(references: tuple[str, ...]) -> list[tuple[str, str]]:
    return [("references" if i == 0 else "", text) for i, text in enumerate(references)]


def process(name: str) -> list[str]:
    """Lines about a production process."""
    from lvgen.production import SOURCE_WORDS, get_process

    made = get_process(name)
    rows = [("reactions" if i == 0 else "", reaction) for i, reaction in enumerate(made.reactions())]
    rows += [("sources", " or ".join(SOURCE_WORDS.get(kind, kind) for kind in made.source_kinds))]
    rows += _references(made.references)
    lines = [f"{name}: {made.title}", *columns(rows, indent="  ")]
    options = made.Options.model_fields
    if options:
        lines.append(f"  options in [production.{name}]:")
        lines += columns([(key, _option(field)) for key, field in options.items()], indent="    ")
    return lines


def _option(field: Any) -> str:
    if not field.description:
        return f"default {_default(field)}"
    value = field.get_default(call_default_factory=True)
    return field.description if value in (None, "", ()) else f"{field.description} (default {_default(field)})"


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None:
        return field.description or "all that apply"
    return repr(value).replace("'", '"')


def detector(name: str) -> list[str]:
    """Lines about a detector, with a sketch."""
    from lvgen.cli.detector_text import rows
    from lvgen.cli.sketch import side_view
    from lvgen.detection.registry import load_detector

    found = load_detector(name)
    table = [*rows(found), *_references(found.references)]
    lines = [f"{found.name}: {found.title}", *columns(table, indent="  "), ""]
    lines += [f"  {line}".rstrip() for line in side_view(found)]
    if found.sources:
        lines += ["", "  where the numbers are from:", *columns(found.sources.items(), indent="    ")]
    return lines


def spectrum(name: str) -> list[str]:
    """Lines about a hadron spectrum: every table of that name, or one file."""
    from lvgen.cli.spectrum import load_tables, table_lines

    return [line for table in load_tables(name, None) for line in table_lines(table)]


def source(name: str) -> list[str]:
    """Lines about a source of hadrons, or an e+ e- collider."""
    from lvgen.spectra.registry import load_source, spectra_for

    found = load_source(name)
    what = "protons of" if found.kind == "target" else "sqrt(s)"
    spectra = (f"{table} ({made_for})" for table, made_for in spectra_for(found).items())
    rows = [
        ("beam", f"{what} {units.pretty(found.energy, 'energy')}"),
        ("exposure", f"in {found.exposure_unit}"),
        *_stopping(found),
        ("spectra", (", ".join(spectra) or "none ship") if found.has_hadrons else "no hadrons"),
        *_references(found.references),
    ]
    lines = [f"{found.name}: {found.title}", *columns(rows, indent="  ")]
    if found.sources:
        lines += ["", "  where the numbers are from:", *columns(found.sources.items(), indent="    ")]
    return lines


def _stopping(found: Source) -> list[tuple[str, str]]:
    """What stops hadrons, and what a nucleus changes."""
    if found.beams is not None:
        energies = (units.pretty(energy, "energy") for energy in (found.beams.electron, found.beams.positron))
        return [("beams", "electrons of {} along +z, positrons of {} along -z".format(*energies))]
    if found.flight is not None:
        free = f"charged {_length(found.flight.charged)}, neutral {_length(found.flight.neutral)}"
        return [("free flight", f"{free} for hadrons that live long")]
    target = found.target
    if target is None:
        return []
    per_mb = 1.0 / units.MB_TO_PB
    rows = [
        ("target", f"{target.material}, A = {target.A:g}, Z = {target.Z}"),
        (
            "sigma_inel",
            f"{target.sigma_nucleus * per_mb:.4g} mb, {target.sigma_inel_nucleon * per_mb:.4g} mb a nucleon",
        ),
        ("interact", f"{target.interact:g} of the protons"),
        ("hard collisions", f"{target.hard_factor:.3g} times those on a nucleon for each interaction"),
    ]
    if lengths := target.interaction_length:
        rows.append(("absorption", f"pions after {_length(lengths.pion)}, kaons after {_length(lengths.kaon)}"))
    if found.cascade is not None:
        cascade = found.cascade
        again = f"hadrons above {units.pretty(cascade.threshold, 'energy')} interact again"
        heavy = f"charm times {cascade.charm:g}, beauty times {cascade.beauty:g}"
        rows.append(("cascades", f"left out; with production.cascades = true {again}, {heavy}"))
    return rows


def constraint(name: str) -> list[str]:
    """Lines about a constraint."""
    from lvgen.constraints.registry import get_constraint

    found = get_constraint(name)
    read = "" if found.reread else " (number from memory, not read at the source)"
    rows = [
        ("measurement", found.measurement + read),
        ("confidence", f"{100 * found.confidence:g} %"),
        ("validity", found.validity),
        *([("used", "only where it is named")] if found.optional else []),
        *([] if found.verdicts else [("verdict", "none")]),
        *([("favoured", f"{found.favoured[0]:.3g} to {found.favoured[1]:.3g} {found.unit}")] if found.favoured else []),
        *_references(found.references),
    ]
    return [f"{name}: {found.title}", *columns(rows, indent="  ")]


def card(name: str) -> list[str]:
    """The text of a built-in card."""
    from importlib import resources

    from lvgen.runcard import PACKAGE

    text = resources.files(PACKAGE).joinpath(f"{name}.toml").read_text("utf-8")
    return [f"card {name}; a run of it: lvgen run {name}", "", *text.rstrip().splitlines()]


def draw_detector(name: str, output: Path) -> None:
    """Draw a detector into a file, whole or not at all."""
    from lvgen.cli.values import FIGURES, output_file
    from lvgen.detection.registry import load_detector
    from lvgen.io.detector_drawing import detector_figure

    detector_figure(load_detector(name), output_file(output, FIGURES, "-o"))


def event_format(name: str) -> list[str]:
    """Lines about an event format."""
    from lvgen.io.formats import format_named

    found = format_named(name)
    rows = [("endings", ", ".join(found.suffixes))]
    rows += [("read back", "yes" if found.read is not None else f"no: {found.lost} are lost")]
    rows += [("metadata", "in FILE.json beside the file" if found.sidecar else "in the file")]
    return [f"{name}: {found.description}", *columns(rows, indent="  ")]


def target(name: str) -> list[str]:
    """Lines about a program that reads our events."""
    from lvgen.io.particle_lines import PROGRAMS
    from lvgen.io.targets import load_target

    found = load_target(name)
    rows = [("formats", ", ".join(found.formats)), ("units", found.units)]
    rows += [("PDG id", str(found.pdg_id or LLP_PDG)), ("first event", str(found.first_event))]
    rows += [("FILE.json", "beside the file")] * found.sidecar
    rows += [("new particle", f"lvgen particle-table RUN --for {name}")] * (name in PROGRAMS)
    rows += [("note", note) for note in found.notes]
    return [f"{name}: {found.title}", *columns(rows, indent="  "), f'  in a card: events.target = "{name}"']


DESCRIPTIONS: Mapping[str, Callable[[str], list[str]]] = {
    "models": model,
    "processes": process,
    "detectors": detector,
    "sources": source,
    "spectra": spectrum,
    "constraints": constraint,
    "cards": card,
    "formats": event_format,
    "targets": target,
}


def _length(value: float) -> str:
    return units.pretty(value, "length")
