"""Make the gallery: every figure and table of the five texts, drawn anew or with the reason why not.

    python tools/make_gallery.py [-o docs/gallery] [--work FOLDER] [--only TEXT[/ITEM]] [--quick]

Runs of cards are kept in the working folder, so that a second call only draws.  --quick takes small statistics, as the
tests do.  The pages are written by this command alone; edit tools/gallery instead.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from gallery.base import ROOT, Build, Item, Merit, Text, worst
from gallery.texts import TEXTS

_MADE = "<!-- made by tools/make_gallery.py -->\n"


def page(text: Text, item: Item, figures: list[str], merits: list[Merit]) -> str:
    """One page of the gallery."""
    lines = [f"{_MADE}# {text.title}: {item.name}\n", f"{item.title}. From {text.reference}.\n"]
    lines += [f"**{item.verdict.capitalize()}.** {item.reason}\n"]
    lines += [f"![{item.name}]({name})\n" for name in figures]
    if merits:
        lines += ["| compared with | median \\|log₁₀ ratio\\| | largest | points |", "|---|---|---|---|"]
        lines += [f"| {m.what} | {m.median:.2g} | {m.largest:.2g} | {m.points} |" for m in merits]
        lines += [""]
    lines += [f"`python tools/make_gallery.py --only {text.slug}/{item.slug}` · [all of them](index.md)\n"]
    return "\n".join(lines)


def index(made: dict[tuple[str, str], str]) -> str:
    """The list of everything."""
    lines = [f"{_MADE}# Gallery\n", "Every figure and table of five texts, and what became of it here. Made with"]
    lines += ["`python tools/make_gallery.py`; figures of merit are distances to published or independent points.\n"]
    for text in TEXTS:
        lines += [
            f"## {text.title}\n",
            f"{text.reference}.\n",
            "| item | shows | result | how close |",
            "|---|---|---|---|",
        ]
        for item in text.items:
            close = made.get((text.slug, item.slug), "")
            name = f"[{item.name}]({text.slug}-{item.slug}.md)"
            lines.append(f"| {name} | {item.title} | {item.verdict} | {close or '-'} |")
        lines.append("")
    return "\n".join(lines)


def build(output: Path, work: Path, only: str = "", *, quick: bool = False) -> list[str]:
    """Make the pages, and the index where all are made; returns the names of the pages."""
    output.mkdir(parents=True, exist_ok=True)
    close: dict[tuple[str, str], str] = {}
    written = []
    for text in TEXTS:
        for item in text.items:
            if only and only not in (text.slug, f"{text.slug}/{item.slug}"):
                continue
            name = f"{text.slug}-{item.slug}"
            place = Build(output, work, quick, name)
            merits = item.draw(place) if item.draw else []
            (output / f"{name}.md").write_text(page(text, item, place.figures, merits), encoding="utf-8")
            close[text.slug, item.slug] = worst(merits)
            written.append(name)
            print(f"{name}: {item.verdict} {close[text.slug, item.slug]}", flush=True)
    if not only:
        (output / "index.md").write_text(index(close), encoding="utf-8")
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "gallery")
    parser.add_argument("--work", type=Path, default=Path("gallery_runs"))
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if not build(given.output, given.work, given.only, quick=given.quick):
        parser.error(f"no text or item {given.only!r}")


if __name__ == "__main__":
    main()
