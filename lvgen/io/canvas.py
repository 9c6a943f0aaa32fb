"""Figures in one style: a page to draw on, and files without times in them."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import math
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lvgen.errors import UserError
from lvgen.io.atomic import atomic_path
from lvgen.io.line_breaks import break_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.text import Text

#: colours that remain distinct for colour-blind readers (Petroff, arXiv:2107.02270), in drawing order
COLOURS = ("#3f90da", "#bd1f01", "#ffa90e", "#832db6", "#94a4a2", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
LINES = ("-", "--", "-.", (0, (5, 1, 1, 1, 1, 1)))
_SIZE = (6.4, 5.0)
#: pixels between a title and the edge of the page
_MARGIN = 8.0
#: plain numbers stand on log axes that span less than this factor and lie in this range
_FEW, _PLAIN = 500.0, (1e-3, 1e4)
#: span of a log axis that has room for more of them
_WITHIN_A_DECADE = 9.0
_STYLE = {
    "font.size": 12,
    # the second has the letters that the first lacks
    "font.family": ["TeX Gyre Heros", "DejaVu Sans"],
    "mathtext.default": "it",
    "axes.labelsize": 15,
    "axes.titlesize": 12,
    "axes.linewidth": 1.0,
    "legend.fontsize": 10.5,
    "legend.title_fontsize": 11,
    "legend.frameon": True,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.handlelength": 1.9,
    "lines.linewidth": 1.6,
    "xtick.labelsize": 12.5,
    "ytick.labelsize": 12.5,
    "xtick.major.size": 7,
    "ytick.major.size": 7,
    "xtick.minor.size": 3.5,
    "ytick.minor.size": 3.5,
    "xtick.major.width": 0.9,
    "ytick.major.width": 0.9,
    "xtick.minor.width": 0.7,
    "ytick.minor.width": 0.7,
    "xtick.major.pad": 6,
    "xtick.minor.pad": 6,
    "savefig.dpi": 200,
    "savefig.bbox": "standard",
    # letters as letters, so that journals can edit and search them
    "pdf.fonttype": 42,
    "svg.hashsalt": "lvgen",
}


@contextlib.contextmanager
def paper_style() -> Iterator[None]:
    """The style of all figures; the caller's settings come back at the end."""
    import matplotlib.style
    import mplhep

    with matplotlib.style.context([mplhep.style.ROOT, _STYLE]):
        yield


def page(size: tuple[float, float] = _SIZE, **grid: Any) -> tuple[Figure, Any]:
    """A figure of ``size`` inches that no window system knows, with its axes; ``grid`` goes to ``subplots``."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(**grid)


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure in the format of the name's ending, whole or not at all and without times in it.

    raises UserError for an ending that is no figure format, and where the file cannot be written
    """
    kind = Path(path).suffix.lower().lstrip(".")
    known = figure.canvas.get_supported_filetypes()
    if kind not in known:
        raise UserError(f"no figure format goes by that ending; known: {', '.join(sorted(known))}", file=str(path))
    nothing: dict[str, dict[str, Any]] = {
        "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
        "svg": {"Date": None, "Creator": None},
        "png": {"Software": None},
    }
    # through memory, since the PDF writer turns a full disk into an error of another kind
    drawn = io.BytesIO()
    with quiet_fonts():
        fit_titles(figure)
        figure.savefig(drawn, format=kind, metadata=nothing.get(kind))
    with atomic_path(path) as temporary:
        temporary.write_bytes(drawn.getvalue())


def fit_titles(figure: Figure) -> None:
    """Titles that would run over an edge of the page are broken into lines, for which the page grows."""
    titles = {title: title.get_text() for title in _titles(figure)}
    for title in titles:
        title.set_text("A")  # a long one would push the axes off the page
    figure.draw_without_rendering()
    grown = max([0.0, *(_break_title(title, text, figure) for title, text in titles.items())])
    if grown > 0.0:
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, height + grown / figure.dpi)


def _titles(figure: Figure) -> list[Text]:
    # the library gives the text of a title at the left, and of one above all axes, but not what draws it
    titles = [axes.title if axes.get_title() else axes._left_title for axes in figure.axes]  # type: ignore[attr-defined]
    titles += [figure._suptitle] if figure._suptitle is not None else []  # type: ignore[attr-defined]
    return [title for title in titles if title.get_text()]


def _break_title(title: Text, text: str, figure: Figure) -> float:
    """Give a title of one letter its text, in lines that fit; returns by how much it gets higher, pixels."""
    letter = title.get_window_extent()
    if title.get_horizontalalignment() == "center":
        middle = 0.5 * (letter.x0 + letter.x1)
        room = 2.0 * (min(middle, figure.bbox.x1 - middle) - _MARGIN)
    else:
        room = figure.bbox.x1 - letter.x0 - _MARGIN
    lines = break_lines(text, room, width_of(figure, title.get_fontproperties()))
    title.set_text(lines)
    missing = lines.count("\n") - text.count("\n")
    return float(missing * title.get_window_extent().height / (1 + lines.count("\n")))


def width_of(figure: Figure, letters: FontProperties) -> Callable[[str], float]:
    """How wide a text is on the page, in pixels."""
    from matplotlib.text import Text

    drawn = Text(fontproperties=letters)
    drawn.set_figure(figure)

    def width(text: str) -> float:
        drawn.set_text(text)
        return float(drawn.get_window_extent().width)

    return width


@contextlib.contextmanager
def quiet_fonts() -> Iterator[None]:
    """No remarks on fonts: of old dates inside their files, or of letters that none has, which are drawn as boxes."""
    logger = logging.getLogger("fontTools")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            yield
    finally:
        logger.setLevel(level)


def readable(text: str) -> str:
    """Text that can be drawn: dollar signs stand for themselves where what is between them is no formula."""
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(text)
    except ValueError:
        return text.replace("$", r"\$")
    return text


def log_axis(axes: Axes, which: str, low: float, high: float) -> None:
    """Make an axis logarithmic from ``low`` to ``high`` with a minor tick at each whole multiple of a power of ten.

    Horizontal axes of few decades have plain numbers, also at 2 and 5 times the powers of ten; below one decade at 3
    and 7 times too.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    (axes.set_xlim if which == "x" else axes.set_ylim)(low, high)
    axis.set_major_locator(LogLocator(10, numticks=15))
    axis.set_minor_locator(LogLocator(10, subs=range(2, 10), numticks=200))
    axis.set_minor_formatter(NullFormatter())
    if high / low < _FEW and low >= _PLAIN[0] and high <= _PLAIN[1] and (which == "x" or high / low < 10):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        told = (2, 5) if high / low > _WITHIN_A_DECADE else (2, 3, 5, 7)
        axis.set_minor_formatter(FuncFormatter(functools.partial(_plain_minor, told)))


def _plain_minor(told: Sequence[int], value: float, _: object = None) -> str:
    leading = round(value / 10.0 ** math.floor(math.log10(value) + 1e-9))
    return f"{value:g}" if leading in told else ""
