"""Lines of a file in, their layouts out; a layout and a line in, a record out.

A layout is found by looking: where a known message stands on a line, what stands before it is the
layout's prefix. Lines whose message nobody knows are then read by the same prefix. Layouts are
small values, so that they are found once for a file and handed to all who read parts of it.
"""

from __future__ import annotations

from typing import NamedTuple

from tuner.lines import levels, prefixes, rest_of_line, text_lines, timestamps, tracebacks
from tuner.lines.message_starts import find_message
from tuner.model import Record

FOUND = "layout found in the log"
_QUOTES = "\"'`"
_MOST_QUOTES = 16
"""What closes a message is looked for among so many."""


class Layout(NamedTuple):
    """A prefix and the places of its pieces that mean something (-1: it has none).

    `program` are the places of what names the program in a wrapper.
    A `weak` one has neither time nor level: only known messages are read behind it. Dates like
    05/12/2026 are read with the `day_first`; `open_dates`: nothing told whether that is right.
    """

    shape: tuple[str, ...]
    time: int = -1
    level: int = -1
    logger: int = -1
    pid: int = -1
    job: int = -1
    program: tuple[int, ...] = ()
    day_first: bool = False
    open_dates: bool = False

    @property
    def weak(self) -> bool:
        """Whether nothing but a known message can tell that a line is written in it."""
        return self.time < 0 and self.level < 0

    @property
    def quote(self) -> str:
        """The quote that the message stands in, "" if in none."""
        last = self.shape[-1] if self.shape else ""
        return last[1] if last[:1] == "P" and last[1] in _QUOTES else ""


class Prefix(NamedTuple):
    """What a layout reads from the beginning of a line; the message begins at `end`."""

    end: int
    time: float | None
    clock: str
    level: str
    logger: str
    pid: str
    job: str
    program: str


class Clocks(NamedTuple):
    """What a file's clocks need: seconds to add to times without a date or a zone, and the first
    date (epoch seconds) where undated lines stand beside dated ones. `new_year`: its times without
    a year pass New Year."""

    day_shift_s: float = 0.0
    naive_shift_s: float = 0.0
    date: float | None = None
    new_year: bool = False


class Layouts(NamedTuple):
    """The layouts of a file: `wrappers` stand before whole records, `texts` before messages. `ids`
    are the names of the fields behind messages that name the call (`ids_behind`). Of a `coloured`
    file whoever reads much takes the colours off first (`colours`). In an `unnamed` one a module,
    a function or a thread stands where the logger would (`unnamed`)."""

    wrappers: tuple[Layout, ...] = ()
    texts: tuple[Layout, ...] = ()
    clocks: Clocks = Clocks()
    ids: tuple[str, ...] = ()
    coloured: bool = False
    unnamed: bool = False

    @property
    def found(self) -> bool:
        """Whether there is anything that those who know our lists only could not read."""
        return self != NONE

    @property
    def open_dates(self) -> bool:
        """Whether dates may be read in two ways, and nothing tells which is right."""
        return any(layout.open_dates for layout in (*self.wrappers, *self.texts))


NONE = Layouts()


def both(first: Layouts, later: Layouts) -> Layouts:
    """The layouts of the beginning of a file and those found later in it."""
    outer = tuple(dict.fromkeys((*first.wrappers, *later.wrappers)))
    return first._replace(wrappers=outer, texts=tuple(dict.fromkeys((*first.texts, *later.texts))))


def read_prefix(layout: Layout, text: str) -> Prefix | None:
    """Read a line's prefix in this layout; None if the line is not written in it."""
    match = prefixes.pattern(layout.shape).match(text)
    if match is None:
        return None
    groups = match.groups()

    def piece(place: int) -> str:
        return groups[place] if place >= 0 else ""

    time: tuple[float | None, str] = None, ""
    if layout.time >= 0:
        time = timestamps.parse(piece(layout.time), layout.day_first)
    level = levels.level_name(piece(layout.level))
    ids = (piece(layout.pid), piece(layout.job))
    program = " ".join(map(piece, layout.program))
    return Prefix(match.end(), *time, level, piece(layout.logger), *ids, program)


def parse(text: str, texts: tuple[Layout, ...]) -> Record | None:
    """Return the record on a line in one of these layouts, None if it is in none of them.

    A layout that ends where a known message begins is better than any other; none ends where an
    exception says one.
    """
    known = find_message(text)
    start = known[0] if known else -1
    is_said = start > 0 and tracebacks.is_said(text[:start])
    first: tuple[Layout, Prefix] | None = None
    for layout in texts:
        prefix = read_prefix(layout, text)
        if prefix is None:
            continue
        if _ends_at(text, prefix.end, start):
            if is_said:
                continue
            return _record(layout, prefix, text)
        if first is None and not layout.weak:
            first = layout, prefix
    return _record(*first, text) if first else None


def _ends_at(text: str, end: int, start: int) -> bool:
    return end == start or (end < start and text[end:start].isspace())


def _record(layout: Layout, prefix: Prefix, text: str) -> Record:
    message, tail = text[prefix.end :].lstrip(" \t"), ""
    if layout.shape[:1] == ('P"',) and not layout.quote:
        message = message.rstrip().removesuffix('"')
    if layout.quote:
        message, tail = _unquoted(message, layout.quote)
    rest = rest_of_line.split(message + tail)
    ids = text_lines.context(rest.body) or text_lines.Context()
    return Record(
        rest.message,
        prefix.level,
        prefix.logger or rest.logger,
        prefix.time,
        prefix.clock,
        prefix.job or ids.job_id or "",
        ids.room or "",
        prefix.pid or ("" if ids.pid is None else str(ids.pid)),
        rest.body,
        FOUND,
    )


def _unquoted(text: str, quote: str) -> tuple[str, str]:
    """The message before the closing quote, and what stands behind it: nothing or fields. Others in
    it may not be marked; where none is followed so, the first closes it. If all are pairs, the one
    that closes it was taken off with what stood behind it."""
    places = [n for n, sign in enumerate(text) if sign == quote and text[n - 1 : n] != "\\"]
    if not places:
        return text, ""
    closing = (n for n in places[:_MOST_QUOTES] if _are_fields(text[n + 1 :]))
    others = len(text) if len(places) % 2 == 0 else places[0]
    end = next(closing, len(text) - 1 if text.endswith(quote) else others)
    return text[:end].replace("\\" + quote, quote), text[end + 1 :]


def _are_fields(text: str) -> bool:
    return not text.strip() or rest_of_line.split("x" + text).message == "x"
