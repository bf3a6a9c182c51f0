"""The beginning of a file in, its layouts and clocks out: what every reader of a part must know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import (
    clocks,
    colours,
    compact,
    find_layouts,
    ids_behind,
    new_year,
    text_lines,
    unnamed,
    wrappers,
)
from tuner.lines.assemble import assemble
from tuner.lines.find_layouts import MOST_LINES, plain_text
from tuner.lines.layouts import Layouts
from tuner.lines.parsed import Parsed
from tuner.lines.unwrap import unwrap

HEAD_BYTES = 1 << 16
"""So much of a file is looked at; layouts that come later are found where they stand."""
_MOST_SAMPLED = 200
_UNDATED = lazy_pattern(
    rb"(?:\x1b\[[\d;?]*[A-Za-z]|[^\w\n])*(?:\d\d:\d\d:\d\d[., ]|[A-Z][a-z]{2} [ \d]\d \d\d:)"
)
_JSON = b'{"message"'
_TEXT_AND_JSON = lazy_pattern(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - ")


def look(head: bytes, end: Callable[[], bytes] = bytes) -> Layouts:
    """Return what the beginning of a file tells of its layouts and clocks. Where it does not say in
    which order dates are written, the `end` of the file may."""
    lines = head[:HEAD_BYTES].split(b"\n")[:MOST_LINES]
    layouts = _found(lines)
    if layouts.open_dates:
        last = end()[-HEAD_BYTES:].split(b"\n")[1:]
        layouts = _found([*lines[: MOST_LINES // 2], *last[-MOST_LINES // 2 :]])
    layouts = layouts._replace(
        ids=ids_behind.find(plain(list(filter(ids_behind.MAYBE.search, lines)))),
        coloured=len(head) >= HEAD_BYTES and colours.may_go(lines),
    )
    layouts = layouts._replace(unnamed=unnamed.is_unnamed(lines, layouts))
    if layouts.texts or _has_two_clocks(head):
        layouts = layouts._replace(clocks=clocks.find(_parsed(lines, layouts)))
    return layouts if layouts.clocks.date is not None else _over_new_year(layouts, lines, end)


def _parsed(lines: Sequence[bytes], layouts: Layouts) -> Iterator[Parsed]:
    return assemble(unwrap(lines, layouts.wrappers), layouts, lambda _: "", True)


def _over_new_year(layouts: Layouts, lines: Sequence[bytes], end: Callable[[], bytes]) -> Layouts:
    """The same, where times have no year and the log passes New Year."""
    unsure = [line for line in lines if not line.startswith(_JSON)]  # whose times have a year
    first = new_year.sample(unsure, _MOST_SAMPLED)
    if not any(map(new_year.MAYBE.search, first)):
        return layouts
    seen = set(lines)  # of a short log the end is in the beginning
    last = [line for line in end()[-HEAD_BYTES:].split(b"\n")[1:] if line not in seen]
    looked_at = [*first, *new_year.sample(last, _MOST_SAMPLED)]
    if not new_year.passes(_parsed(looked_at, layouts)):
        return layouts
    return layouts._replace(clocks=layouts.clocks._replace(new_year=True))


def _found(lines: Sequence[bytes]) -> Layouts:
    return find_layouts.find(plain([line for line in lines if not _is_own(line)]))


def _is_own(line: bytes) -> bool:
    """Whether the line is in a layout of LiveKit's, in no wrapper: nothing is to be found there."""
    if line.startswith(_JSON):
        return True
    record = text_lines.parse_own(line)
    return record is not None and not compact.is_misread(record)


def plain(lines: Sequence[bytes]) -> list[str]:
    """The lines without the wrappers of our list, and without colours."""
    return [plain_text(wrappers.peel(line).text) for line in lines]


def _has_two_clocks(head: bytes) -> bool:
    """Whether times without a date, or without a zone, may stand beside others."""
    lines = head.split(b"\n")
    if any(map(_UNDATED.match, lines)):
        return b"20" in head
    is_both = b'{"' in head and b'"timestamp"' in head
    return is_both and any(map(_TEXT_AND_JSON.match, lines))
