"""What the documents show is run: Python, commands and cards, in their order, and their output is compared.

- ``python`` blocks of a document share one namespace; a ``text`` block after one is its output.
- ``console`` blocks hold ``$ lvgen ...`` lines, each followed by its output; lines without output are fine, and "..."
  stands for any lines.  Numbers in outputs may differ by a few per cent.
- Blocks that begin with ``# name.toml`` or ``# name.py`` are files.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer.main

import lvgen.io.event_formats
import lvgen.io.formats
import lvgen.models.registry
from lvgen.cli.main import app, main
from lvgen.detection import schema
from lvgen.io.record import EVENT_COLUMNS, PARTICLE_COLUMNS
from lvgen.io.results import CONTOUR_COLUMNS
from lvgen.production import get_process, process_names
from lvgen.runcard import RunCard, card_names, load_card, read_card_table
from lvgen.sections.decay import DecaySection
from lvgen.sections.detector import DetectorSection
from lvgen.sections.events import EventsSection
from lvgen.sections.model import ModelSection
from lvgen.sections.production import ProductionSection
from lvgen.sections.results import ConstraintsSection, RunSection, SensitivitySection

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    "docs/tutorial.md",
    "docs/formats.md",
    "docs/detectors.md",
    "docs/extending.md",
    "docs/statistics.md",
    "docs/constraints.md",
    "docs/clusters.md",
    "lvgen/data/spectra/README.md",
    *(f"docs/targets/{path.name}" for path in sorted((ROOT / "docs/targets").glob("*.md"))),
)
KINDS = {"python", "console", "toml", "text", "sh"}
TOLERANCE = 0.2
_NUMBER = re.compile(r"(?<![A-Za-z_])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: kind, text, and the line of the document on which the text begins."""

    kind: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """Name of the file that it is, from a first line ``# name.toml`` or ``# name.py``."""
        match = re.match(r"# (\S+\.(?:toml|py))\n", self.text)
        return match[1] if match else None


def blocks(document: str) -> list[Block]:
    """Fenced blocks of a document."""
    text = (ROOT / document).read_text("utf-8")
    return [Block(m[1], m[2], text.count("\n", 0, m.start(2)) + 1) for m in _FENCE.finditer(text)]


def compare(shown: str, got: str, where: str) -> None:
    """Every shown line stands in the output, in this order; numbers nearly, the rest exactly but for spaces."""
    lines = iter(got.splitlines())
    for line in shown.splitlines():
        if line.strip() in ("", "..."):
            continue
        assert any(alike(line, other) for other in lines), f"{where}: {line!r} is not in the output:\n{got}"


def alike(shown: str, got: str) -> bool:
    """Whether two lines agree."""
    numbers = [[float(n) for n in _NUMBER.findall(text)] for text in (shown, got)]
    words = [" ".join(_NUMBER.sub("#", text).split()) for text in (shown, got)]
    return words[0] == words[1] and numbers[0] == pytest.approx(numbers[1], rel=TOLERANCE)


def run_console(block: Block, where: str) -> None:
    """Run the commands of a ``console`` block."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        words = shlex.split(command)
        assert words[0] == "lvgen", f"{where}: {command}"
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = main(words[1:])
        assert code == 0, f"{where}: {command}:\n{output.getvalue()}"
        compare(shown, output.getvalue(), where)


def run_python(block: Block, namespace: dict[str, Any], where: str) -> str:
    """Run a ``python`` block and return what it prints; line numbers of errors are those of the document."""
    output = io.StringIO()
    code = compile("\n" * (block.line - 1) + block.text, where, "exec")
    with contextlib.redirect_stdout(output):
        exec(code, namespace)  # noqa: S102 - our own documents
    return output.getvalue()


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small result directory of the quick card with every kind of file."""
    folder = tmp_path_factory.mktemp("documents") / "faser2_dark_photon"
    settings = ["events.number=50", "events.formats=['root', 'parquet', 'hepmc3']", "model.mass.points=5"]
    lvgen.run(load_card("faser2_dark_photon_quick", settings), directory=folder)
    return folder


@pytest.fixture
def workplace(tmp_path: Path, results: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which a document's blocks run; modules under its ``lvgen`` count as lvgen's until the end."""
    shutil.copytree(results, tmp_path / results.name)
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    with monkeypatch.context() as patch:
        for package in (lvgen.models, lvgen.io.event_formats):
            inner = tmp_path.joinpath(*package.__name__.split("."))
            patch.setattr(package, "__path__", [*package.__path__, str(inner)])
        yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
    look_again()


def look_again() -> None:
    """Forget which models and formats there are."""
    importlib.invalidate_caches()
    lvgen.models.registry._models.cache_clear()
    lvgen.io.formats.known_formats.cache_clear()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_shows_runs(document: str, workplace: Path) -> None:
    namespace: dict[str, Any] = {"__name__": "document"}
    printed = ""
    for block in blocks(document):
        where = f"{document}:{block.line}"
        assert block.kind in KINDS, f"{where}: a block of kind {block.kind!r}"
        if block.file:
            (workplace / block.file).parent.mkdir(parents=True, exist_ok=True)
            (workplace / block.file).write_text(block.text, "utf-8")
            look_again()
        elif block.kind == "python":
            printed = run_python(block, namespace, where)
        elif block.kind == "text":
            compare(block.text, printed, where)
        elif block.kind == "console":
            run_console(block, where)
        elif block.kind == "toml":
            tomllib.loads(block.text)


def test_documents_show_something() -> None:
    """A mistake in the pattern that finds blocks must not pass for success."""
    for document in DOCUMENTS:
        text = (ROOT / document).read_text("utf-8")
        assert 2 * len(blocks(document)) == len(re.findall(r"^```", text, re.MULTILINE)) > 0


@pytest.mark.parametrize(
    ("shown", "got", "same"),
    [
        ("a 1.00 b", "a  1.05 b", True),
        ("a 1.00 b", "a 1.5 b", False),
        ("a 1.00 b", "a 1.0 c", False),
        ("1 2", "1", False),
        ("pi0 e+ e- 3e-05", "pi0 e+ e- 3.1e-05", True),
    ],
)
def test_outputs_are_compared(shown: str, got: str, same: bool) -> None:
    assert alike(shown, got) is same


def cards_of(document: str) -> list[str]:
    """TOML blocks of a document that are no files."""
    return [block.text for block in blocks(document) if block.kind == "toml" and not block.file]


def test_the_card_in_the_readme_is_the_built_in_one() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    (named,) = re.findall(r"<!-- card: (\w+) -->\n```toml\n(.*?)```", text, re.DOTALL)
    assert tomllib.loads(named[1]) == read_card_table(named[0])[0]


@pytest.mark.parametrize("document", ["README.md", "docs/detectors.md"])
def test_pieces_of_cards_are_accepted(document: str, workplace: Path) -> None:
    """Sections that a document shows, put in place of those of a built-in card."""
    rows = "-4.0 3.0 1e6\n-4.0 3.1 1e6\n-3.9 3.0 1e6\n-3.9 3.1 1e6\n"
    (workplace / "hadrons").mkdir()
    for pdg in (111, 221, 331):
        (workplace / "hadrons" / f"EPOSLHC_13.6TeV_{pdg}.txt").write_text(rows)
    pieces = [tomllib.loads(text) for text in cards_of(document)]
    for piece in pieces:
        assert load_card(read_card_table("faser2_dark_photon")[0] | piece)
    assert pieces


def commands(group: Any, prefix: str = "lvgen") -> Iterator[tuple[str, Any]]:
    """(command line, command) of every command below a group."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    found = list(commands(typer.main.get_command(app)))
    assert len(found) > 10
    for line, command in found:
        assert f"`{line}" in text, line
        assert command.help, line


def section_keys(model: Any, prefix: str = "") -> Iterator[str]:
    """Dotted keys of the run card's sections."""
    for name, field in model.model_fields.items():
        if field.repr:
            yield f"{prefix}{name}"


def test_the_readme_names_every_key_of_a_card() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    parts = {
        "model": ModelSection,
        "production": ProductionSection,
        "decay": DecaySection,
        "detector": DetectorSection,
        "events": EventsSection,
        "sensitivity": SensitivitySection,
        "constraints": ConstraintsSection,
        "run": RunSection,
    }
    assert set(parts) | {"title"} == set(section_keys(RunCard))
    for section, model in parts.items():
        for key in section_keys(model, f"{section}."):
            assert f"`{key}`" in text, key
    for name in process_names():
        for option in get_process(name).Options.model_fields:
            assert f"`production.{name}.{option}`" in text, option


def test_the_readme_names_the_cards_and_public_functions() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for name in [*card_names(), *(f"lvgen.{function}" for function in lvgen.__all__)]:
        assert name in text, name


def test_every_entry_of_a_detector_is_explained() -> None:
    text = (ROOT / "docs" / "detectors.md").read_text("utf-8")
    tables = [found for name in schema.__all__ if isinstance(found := getattr(schema, name), type)]
    assert len(tables) > 15
    names = {name for table in tables if table is not schema.Exposure for name in table.model_fields}
    for name in sorted(names | {"schema", "behind"}):
        assert f"`{name}`" in text or f"`cuts.{name}`" in text or f"`volume.{name}`" in text, name


def test_every_column_is_explained(results: Path) -> None:
    text = (ROOT / "docs" / "formats.md").read_text("utf-8")
    run = json.loads((results / "run.json").read_text("utf-8"))
    particle = [f"particle_{name}" for name in PARTICLE_COLUMNS]
    columns = [*EVENT_COLUMNS, *particle, *CONTOUR_COLUMNS, *pq.read_schema(results / "signal_map.parquet").names]
    metadata = json.loads(pq.read_schema(results / "events.parquet").metadata[b"metadata"])
    for name in [*columns, *run, *metadata]:
        assert f"`{name}`" in text, name


def test_links_between_documents_lead_somewhere() -> None:
    for document in [*DOCUMENTS, "docs/physics.md", "CONTRIBUTING.md", "CHANGELOG.md"]:
        path = ROOT / document
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{document}: {target}"


def test_the_figure_is_small() -> None:
    assert 10_000 < (ROOT / "docs" / "figures" / "faser2_dark_photon.png").stat().st_size < 300_000
