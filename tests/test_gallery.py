"""The gallery in small statistics: pages, figures and the list of everything."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from gallery.base import merit, worst  # noqa: E402 - tools are no package
from gallery.texts import TEXTS  # noqa: E402
from make_gallery import build, index  # noqa: E402

#: quick ones of every text; making the gallery draws all
ITEMS = (
    "widths/figure-1", "widths/figure-5", "widths/figure-17", "widths/table-1", "muonic/figure-1", "muonic/table-i",
    "dark-z/figure-3", "dark-z/table-1", "anomaly-safe/figure-3", "talk/equation-7",
)  # fmt: skip


@pytest.mark.parametrize("item", ITEMS)
def test_pages(item: str, tmp_path: Path) -> None:
    """A page has its verdict, its reason and its figures."""
    (name,) = build(tmp_path, tmp_path / "runs", item, quick=True)
    text = (tmp_path / f"{name}.md").read_text("utf-8")
    assert re.search(r"\*\*(Reproduced|In part|Refuted|Not drawn)\.\*\* \S", text)
    for figure in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text):
        assert (tmp_path / figure).stat().st_size > 10_000


def test_everything_is_listed() -> None:
    """All five texts, every name once, and a reason for each."""
    text = index({})
    assert len(TEXTS) == 5
    for known in TEXTS:
        assert len({item.slug for item in known.items}) == len(known.items)
        for item in known.items:
            assert f"{known.slug}-{item.slug}.md" in text
            assert len(item.reason) > 15
    assert sum(len(known.items) for known in TEXTS) > 55


def test_merit() -> None:
    found = merit("x", [1.0, 2.0, 10.0], [1.0, 1.0, 1.0])
    assert (found.median, found.largest, found.points) == pytest.approx((0.30103, 1.0, 3))
    assert worst([found]) == "factor 2 median, factor 10 at most (3 points)"
