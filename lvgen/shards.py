"""A run in blocks that are jobs of their own, and the run that is put together from them."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lvgen import toml
from lvgen.account import block_info
from lvgen.conductor import RunResult
from lvgen.conductor import run as run_card
from lvgen.errors import UserError
from lvgen.io.jsontext import read_json
from lvgen.io.pieces import Bundle, write_bundle
from lvgen.io.rundir import BLOCK_MARK, RUN_FILE, STATE, RunDirectory, open_directory
from lvgen.plan import Plan
from lvgen.progress import NoProgress, Progress
from lvgen.runcard import RunCard, card_from_table
from lvgen.work.identity import fingerprint
from lvgen.work.tasks import EVENTS, MASS, Tasks, task_name
from lvgen.work.workshop import Hands

BUNDLE = "pieces.zip"
#: blocks of events that are made beyond the expected number, since fluctuations may ask for them; a merge makes what is
#: lacking all the same
_SPARE = 0.02
_MOST = 1_000_000


@dataclass(frozen=True)
class Block:
    """The part ``number`` of ``of`` of a run, counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def share(self, n: int) -> range:
        """Its tasks out of n; neighbours go to different blocks, which evens out what they cost.

        >>> list(Block(2, 3).share(8))
        [1, 4, 7]
        """
        return range(self.number - 1, n, self.of)


def parse_block(text: str) -> Block:
    """The block that ``i/N`` names; i counts from 1, and 0 stands for N, since job numbers may begin there.

    >>> parse_block("3/8"), parse_block("0/8")
    (Block(number=3, of=8), Block(number=8, of=8))

    raises UserError for any other text
    """
    match = re.fullmatch(r"(\d{1,7})/(\d{1,7})", text, re.ASCII)
    number, of = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= of <= _MOST or number > of:
        raise UserError(f"{text!r} is no block of a run; i/N is due, such as 3/8 for the third of eight", key="--block")
    return Block(number or of, of)


def run_block(
    card: RunCard,
    block: Block,
    directory: Path,
    seed: int | None = None,
    workers: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    scheduler: str | None = None,
) -> dict[str, Any]:
    """Do one block of a run; returns the content of its ``run.json``.

    The directory gets that and ``pieces.zip``, for ``merge``.  One that holds the same block is resumed.  The other
    arguments are those of ``lvgen.conductor.run``.
    raises UserError, also where neither card nor ``seed`` gives a seed, which all blocks must share
    """
    wanted = card.run.seed if seed is None else card.with_seed(seed).run.seed
    if wanted is None:
        raise UserError("a run in blocks needs a seed that all of them share: run.seed or --seed", key="--block")
    told = progress or NoProgress()
    plan = Plan(card)
    own = f"{fingerprint(plan)}{BLOCK_MARK}{block}"
    with open_directory(directory, own, wanted, lambda: wanted, [BUNDLE], overwrite=overwrite) as place:
        if place.complete:
            told.message(f"{place.path}: complete already, block {block} of this card and seed")
        else:
            _work(Tasks(plan, wanted), block, Hands(workers, scheduler), told, place)
        found = read_json(place.path / RUN_FILE)
    return dict(found)


def _work(tasks: Tasks, block: Block, hands: Hands, told: Progress, place: RunDirectory) -> None:
    shares = _shares(tasks, block)
    names = [task_name(kind, index) for kind, indices in shares.items() for index in indices]
    with hands.workshop(tasks, place) as workshop:
        work = {kind: len(indices) for kind, indices in shares.items()}
        place.tell({"workers": workshop.pool.workers, "block": str(block)} | work)
        for kind, indices in shares.items():
            told.start(f"block {block}, {_SAID[kind]}", len(indices))
            for _ in workshop.done(kind, indices, ("seconds",)):
                told.advance(1)
            told.finish()
    write_bundle(place.path / BUNDLE, place.pieces, names)
    place.complete_with(block_info(tasks.plan, tasks.seed, fingerprint(tasks.plan), (block.number, block.of), [BUNDLE]))


_SAID = {MASS: "masses", EVENTS: "blocks of events"}


def _shares(tasks: Tasks, block: Block) -> dict[str, range]:
    """The tasks of a block by kind."""
    card, shares = tasks.plan.card, {}
    if card.events is not None:  # first, since it refuses what has no signal
        needed = tasks.source[0].blocks_for(card.events.number)
        shares[EVENTS] = block.share(needed + round(_SPARE * needed))
    if card.sensitivity is not None:
        if card.sensitivity.is_adaptive:
            raise UserError(
                "the masses of an adaptive scan follow from results; run it in one piece, or with "
                'sensitivity.scan = "fixed"',
                key="--block",
            )
        shares[MASS] = block.share(len(card.model.masses))
    return shares


def merge(
    directories: Sequence[Path],
    output: Path,
    workers: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> RunResult:
    """Put the results of all blocks of a run together: the same as of a run in one piece.

    directories : of the blocks, in any order; output : of the result, resumed where it is unfinished
    raises UserError where a directory holds no finished block, where blocks differ in card, seed or version, and where
    one is missing or there twice
    """
    found = [_Found(path, _read(path)) for path in directories]
    _check(found)
    card = card_from_table(toml.parse(found[0].run["card"].encode(), str(found[0].path)), "merged", str(found[0].path))
    with contextlib.ExitStack() as open_files:
        bundles = [open_files.enter_context(contextlib.closing(Bundle(one.path / BUNDLE))) for one in found]
        return run_card(
            card, seed=found[0].run["seed"], directory=output, workers=workers, overwrite=overwrite,
            progress=progress, beside=bundles,
        )  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """A directory of a finished block, and its ``run.json``."""

    path: Path
    run: dict[str, Any]

    @property
    def block(self) -> Block:
        """Which block of a run it is."""
        return Block(*self.run["block"])


def _read(path: Path) -> dict[str, Any]:
    """``run.json`` of a finished block."""
    if not path.is_dir():
        raise UserError("there is no such folder", file=str(path))
    if not (path / RUN_FILE).is_file():
        unfinished = (path / STATE).is_dir()
        what = "its block is not finished; the command that began it goes on" if unfinished else "holds no block"
        raise UserError(f"{what} (lvgen run CARD --block i/N -o DIR)", file=str(path))
    run = read_json(path / RUN_FILE)
    block = run.get("block") if isinstance(run, dict) else None
    numbers = isinstance(block, list) and len(block) == 2 and all(type(n) is int for n in block)
    texts = isinstance(run, dict) and all(isinstance(run.get(key), str) for key in ("card", "version", "of_run"))
    if not numbers or not texts or type(run.get("seed")) is not int:
        raise UserError("holds no block of a run (lvgen run CARD --block i/N -o DIR)", file=str(path))
    return dict(run)


def _check(found: Sequence[_Found]) -> None:
    """All blocks of one run, each once."""
    first = found[0]
    for one in found[1:]:
        _check_same(one, first)
    seen: dict[int, Path] = {}
    for one in found:
        if one.block.number in seen:
            raise UserError(f"block {one.block} is there twice, also in {seen[one.block.number]}", file=str(one.path))
        seen[one.block.number] = one.path
    missing = [number for number in range(1, first.block.of + 1) if number not in seen]
    if missing:
        listed = ", ".join(map(str, missing[:10])) + (", ..." if len(missing) > 10 else "")
        raise UserError(f"of the {first.block.of} blocks of this run {len(missing)} are missing: {listed}")


def _check_same(one: _Found, first: _Found) -> None:
    """Raises UserError where two blocks belong to different runs."""
    for key, what in (("of_run", "card"), ("seed", "seed"), ("version", "version of lvgen")):
        if one.run[key] != first.run[key]:
            raise UserError(f"belongs to another run than {first.path}: its {what} differs", file=str(one.path))
    if one.block.of != first.block.of:
        raise UserError(
            f"is block {one.block}, of another number of blocks than {first.path} ({first.block})", file=str(one.path)
        )
    mine, other = one.run.get("versions"), first.run.get("versions")
    if mine != other or one.run.get("machine") != first.run.get("machine"):
        warnings.warn(
            f"{one.path} was made with other libraries or on another type of machine than {first.path}; numbers may "
            "differ in their last digits from those of a run in one piece", stacklevel=2,
        )  # fmt: skip
