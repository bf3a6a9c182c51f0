"""Lines of which each stands in the same wrapper in, the same lines without it out.

Only records that have a time with a zone, or stand in a wrapper without one, need nothing of it;
those whose time has no zone only that it is UTC, which it is where the wrapper's, of the same
minute, is. What stands before them is learnt from lines that were unwrapped one by one: it is alike
but for its numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import records, timestamps
from tuner.lines.layouts import Layouts
from tuner.lines.unwrap import without_wrappers
from tuner.lines.wrappers import Peeled
from tuner.model import Record

LOOKED_AT = 40
"""So many lines show how those of a chunk are written."""
_MOST = 32
"""So many beginnings: names of containers differ, where those of many stand in one log."""
_NUMBER = lazy_pattern(rb"\d+")
_MINUTE = rb"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)"
_IN_UTC = lazy_pattern(_MINUTE + rb":\d\d(?:[.,]\d+)?(?:Z|\+00:00)")
_OWN_TIME = lazy_pattern(rb'"[\w@.]{1,40}": ?"(?=' + _MINUTE + rb':\d\d(?:[.,]\d+)?")')


class ShippedLines:
    """What was learnt of lines in wrappers of these `names`; `nested`: in more than one each."""

    def __init__(self, layouts: Layouts, names: tuple[str, ...]) -> None:
        self.names = names
        self._layouts, self._beginnings = layouts, dict[bytes, None]()
        self._timed = self.nested = False
        self._pattern = re.compile(rb"(?!)")

    def learn(self, lines: Iterable[bytes]) -> bool:
        """Learn what stands before the records of lines; whether anything new came of it."""
        before = len(self._beginnings)
        for line in lines:
            peeled = _peeled(self._layouts, line)
            if peeled is not None and peeled.names == self.names:
                self._add(line[: len(line) - len(peeled.text)])
                self._timed = self._timed or peeled.time is not None
                self.nested = self.nested or len(peeled.names) > 1
        if len(self._beginnings) == before:
            return False
        longest_first = sorted(self._beginnings, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(longest_first))
        return True

    def _add(self, beginning: bytes) -> None:
        is_sure = not beginning[-1:].isdigit()  # else nobody knows where the number ends
        if is_sure and len(self._beginnings) < _MOST:
            self._beginnings[rb"\d+".join(map(re.escape, _NUMBER.split(beginning)))] = None

    def may_go(self, clock: str) -> bool:
        """Whether records on this clock are the same without their wrapper."""
        return clock == "utc" or not self._timed

    def bare(self, line: bytes) -> bytes:
        """A line without its wrapper."""
        return without_wrappers(line, self._layouts.wrappers).text

    def without(self, data: bytes, time_key: bytes = b"") -> bytes:
        """The lines without what stands before their records; empty those that begin otherwise, and
        those whose time behind the key, if there is one, is not of the wrapper's minute."""
        match, lines = self._pattern.match, data.split(b"\n")
        bare = [line[found.end() :] if (found := match(line)) else b"" for line in lines]
        if time_key:
            pairs = zip(lines, bare, strict=True)
            bare = [text if _is_of_minute(line, text, time_key) else b"" for line, text in pairs]
        return b"\n".join(bare)


def _is_of_minute(line: bytes, text: bytes, time_key: bytes) -> bool:
    """Whether the time of a record is of the minute of its wrapper's, which is in UTC."""
    at = text.find(time_key) + len(time_key)
    shipped = _IN_UTC.match(line) if at >= len(time_key) else None
    return (
        shipped is not None
        and text[at : at + 10] == shipped[1]
        and text[at + 11 : at + 16] == shipped[2]
    )


def time_key(lines: Sequence[bytes]) -> bytes:
    """What stands before the times of most of these records of JSON, which have no zone; b"" if
    that is in doubt."""
    keys = Counter(found[0] for line in lines for found in _OWN_TIME.finditer(line))
    common = [key for key, n in keys.items() if 2 * n > len(lines)]
    sure = [key for key in common if all(_is_time(key, one) for one in lines if key in one)]
    return sure[0] if len(sure) == 1 else b""


def _is_time(key: bytes, line: bytes) -> bool:
    """Whether the text behind a key is the time of a record."""
    record, text = records.parse(line), line[line.find(key) + len(key) :].partition(b'"')[0]
    return isinstance(record, Record) and record.time == timestamps.parse(text.decode())[0]


def of(layouts: Layouts, lines: Sequence[bytes]) -> ShippedLines | None:
    """What this process has learnt of lines like these; None if most stand in no wrapper, or in one
    that names a process, which a record without one has from it."""
    found = Counter(each.names for line in lines if (each := _peeled(layouts, line)))
    names, n = next(iter(found.most_common(1)), ((), 0))
    return _known(layouts, names) if 2 * n > len(lines) else None


@lru_cache(maxsize=32)
def _known(layouts: Layouts, names: tuple[str, ...]) -> ShippedLines:
    return ShippedLines(layouts, names)


def _peeled(layouts: Layouts, line: bytes) -> Peeled | None:
    """A line taken out of its wrappers; None if more is done with it than that."""
    peeled = without_wrappers(line, layouts.wrappers)
    is_plain = peeled.names and not (peeled.pid or peeled.partial)
    return peeled if is_plain and line.endswith(peeled.text) else None
