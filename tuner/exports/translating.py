"""Entries in, chunks of the lines in them out, each with the map to the lines of the input."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeAlias

from tuner.exports.blocks import Blocks
from tuner.exports.entries import ExportEntry
from tuner.exports.ordering import SORTED, Order
from tuner.exports.sorting import by_time
from tuner.inputs.chunks import CHUNK, MAX_LINE, TOO_LONG, Chunk, ChunkOrigin

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines

    Entries: TypeAlias = Iterator[ExportEntry | TakenLines]

_MOST_TAKEN = 64 << 20
_KEPT = 10
_ENTRY_BYTES = 200


class Translator(Protocol):
    """Gives the entries of an input, or where it can many records at once; `lines` is how many
    lines it has passed."""

    name: str

    @property
    def lines(self) -> int:
        """How many lines have been passed."""

    def entries(self) -> Iterator[ExportEntry | TakenLines]:
        """Every record of the input."""


def chunks(
    translator: Translator,
    blocks: Blocks,
    total: Callable[[], int],
    sort: bool = False,
    size: int = CHUNK,
) -> Iterator[Chunk]:
    """The lines of an input in chunks; with `sort` in order of time.

    None of the chunks is finished: a later run has to read the input again.
    """
    entries, sort = _begun(translator.entries(), sort, size)
    building = _Building((translator.name, SORTED * sort))
    for entry in by_time(entries) if sort else entries:
        building.add(entry) if isinstance(entry, ExportEntry) else building.add_many(entry)
        if building.size >= size or blocks.size - building.taken_bytes >= _MOST_TAKEN:
            yield building.chunk(blocks.size, total(), ordered=sort)
    building.lines += max(translator.lines - building.before - building.lines, 0)
    yield building.chunk(blocks.size, total(), blocks.problem, ordered=sort)


def from_end(translator: Translator, blocks: Blocks, total: Callable[[], int]) -> Iterator[Chunk]:
    """The lines of a range of an input with the newest records first, in order of time.

    Their places are counted from the end of the range, so that they rise with time, too. What
    belongs to a record before the range cannot be put behind that.
    """
    entries = translator.entries()
    first = next(entries, None)
    is_below = isinstance(first, ExportEntry) and first.time is None
    every = entries if first is None else chain([first], entries)
    for chunk in chunks(_Begun(translator, every), blocks, total, sort=True):
        assert chunk.origin is not None
        turned = _turned(chunk.origin, translator.lines)
        yield chunk._replace(origin=turned._replace(unordered=is_below))


class _Begun:
    """A translator of which some entries were taken; these come again."""

    def __init__(self, translator: Translator, entries: Entries) -> None:
        self._translator, self._entries = translator, entries
        self.name = translator.name

    @property
    def lines(self) -> int:
        return self._translator.lines

    def entries(self) -> Entries:
        return self._entries


def _turned(origin: ChunkOrigin, lines: int) -> ChunkOrigin:
    """The same with places that are counted from the end of so many lines."""
    line = array("q", (lines + 1 - at for at in origin.line))
    places = tuple((lines + 1 - at, text) for at, text in origin.places)
    return origin._replace(line=line, places=places)


def _begun(entries: Entries, sort: bool, size: int) -> tuple[Entries, bool]:
    """The entries, and whether they have to be sorted, as the first of them show."""
    if sort:
        return entries, True
    start: list[ExportEntry | TakenLines] = []
    order, held = Order(), 0
    for entry in entries:
        start.append(entry)
        held += len(entry.text) + _ENTRY_BYTES
        if not isinstance(entry, ExportEntry):
            order.add_many(entry)
        elif entry.time is not None:
            order.add(entry.time)
        if held >= size:
            break
    return chain(start, entries), order.broken


def _is_too_long(text: bytes) -> bool:
    """Whether any of its lines is longer than a reader takes."""
    return len(text) > MAX_LINE and any(len(line) > MAX_LINE for line in text.split(b"\n"))


class _Building:
    """A chunk in the making."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = tuple(filter(None, names))
        self.before = self.at = self.taken_bytes = 0
        self._order = Order()
        self._begin()

    def _begin(self) -> None:
        self._texts: list[bytes] = []
        self._line, self._taken = array("q"), array("q")
        self._unread: Counter[str] = Counter()
        self._places: list[tuple[int, bytes]] = []
        self.size = self.lines = self.stamped = 0

    def add(self, entry: ExportEntry) -> None:
        """Add the lines of one entry."""
        if entry.reason or _is_too_long(entry.text):
            self._leave(entry)
            return
        if entry.time is not None:
            self._order.add(entry.time)
        self._texts.append(entry.text)
        self.size += len(entry.text) + 1
        pieces = entry.text.count(b"\n") + 1
        if pieces == 1:
            self._line.append(entry.line)
            self._taken.append(max(entry.lines, 1))
        else:
            last = entry.line + max(entry.lines - 1, 0)
            self._line.extend(min(entry.line + at, last) for at in range(pieces))
            self._taken.extend([max(entry.lines - pieces + 1, 1), *[1] * (pieces - 1)])
        self.lines += max(entry.lines, pieces)
        self.stamped += pieces * entry.stamped

    def add_many(self, found: TakenLines) -> None:
        """Add lines that were taken at once."""
        self._order.add_many(found)
        self._texts.append(found.text)
        self._line.extend(found.of_line)
        self._taken.extend(found.lines_of)
        self.size += len(found.text) + 1
        self.lines += found.lines
        self.stamped += found.stamped

    def _leave(self, entry: ExportEntry) -> None:
        """Count an entry that nobody can read."""
        lines = max(entry.lines, 1)
        self._unread[entry.reason or TOO_LONG] += lines
        if len(self._places) < _KEPT:
            self._places.append((entry.line, entry.text))
        self.lines += lines

    def chunk(self, taken: int, raw: int, problem: str = "", ordered: bool = False) -> Chunk:
        """The chunk of all that was added since the last."""
        self._texts.append(b"")
        data = b"\n".join(self._texts)
        self.at += len(data)
        origin = ChunkOrigin(
            self.names,
            self._line,
            self._taken,
            self.lines,
            taken - self.taken_bytes,
            self.before,
            self._unread,
            tuple(self._places),
            self.stamped,
            self._order.broken and not ordered,
        )
        self.before += self.lines
        self.taken_bytes = taken
        self._begin()
        return Chunk(data, 0, raw, problem, at=self.at, waiting=True, origin=origin)
