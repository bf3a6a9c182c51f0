"""A line of a log in, the record on it as a handler printed it out; and twins of such records.

Two prints of one record agree in the message, and in the time but for its zone and its fractions.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tuner.call_records.doubled_lines import bare_line
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import records, rich_rows, timestamps
from tuner.lines.find_layouts import plain_text
from tuner.lines.layouts import Layouts
from tuner.model import Record

_ZONES = 900
"""Times in different zones differ by a multiple of so many seconds."""
_LONGEST, _COMPARED = 200, 60
_SECOND, MILLISECOND = 1.001, 0.0011
"""By how much prints of one record may differ in seconds."""
_MOST_WORDS_BEHIND = 12
_WORDS = lazy_pattern(r"[\w.\-]*\w")
_KEY = lazy_pattern(rb'\{\s*("[^"]*")')
_FIELDS = lazy_pattern(r"\n| \w+=| \{")
"""From here on one layout may take fields out of a message, and another not."""
_NO_TIME = -1


class Print(NamedTuple):
    """A record as one handler printed it: in which way, what, when, of which call, process and
    logger.

    `worth`: how much it tells beside its message.
    """

    kind: str
    message: str
    time: float | None
    job: str
    pid: str
    worth: int
    logger: str = ""


def read(text: bytes, layouts: Layouts) -> Print | str:
    """The record on a line without wrappers; else why there is none."""
    record = records.parse(text, layouts)
    if not isinstance(record, Record):
        return record
    message = _FIELDS.split(record.message, maxsplit=1)[0].strip()[:_LONGEST]
    worth = 2 * bool(record.job or record.room) + bool(record.body) + (record.clock == "utc")
    kind = _kind(text, message, record.shape)
    return Print(kind, message, record.time, record.job, record.pid, worth, record.logger)


def read_row(line: bytes, layouts: Layouts) -> Print | str:
    """The same of a line as it stands in a log, where it may be the first row of a screen's record:
    its message and its fields may go on below."""
    text = bare_line(line, layouts.wrappers)
    found = read(text, layouts)
    if isinstance(found, Print) or (row := rich_rows.row(plain_text(line.rstrip()))) is None:
        return found
    message = _FIELDS.split(plain_text(line)[row.column :], maxsplit=1)[0].strip()[:_LONGEST]
    time = timestamps.parse(row.time)[0] if row.time else None
    return Print("row", message, time, "", "", 0, row.logger)


def _kind(text: bytes, message: str, shape: str) -> str:
    """How a record is printed: what stands before its message, whatever words those are."""
    if (key := _KEY.match(text)) is not None:
        return f"{shape} {key[1].decode(errors='replace')}"
    before = plain_text(text[: 2 * _LONGEST]).partition(message[:40])[0] if message else ""
    return f"{shape} {' '.join(_WORDS.sub('x', before).split())}"


class Kept:
    """A print that is kept: one twin of it is left out."""

    __slots__ = ("print", "used")

    def __init__(self, found: Print) -> None:
        self.print, self.used = found, False

    def is_twin(self, other: Print) -> bool:
        """Whether they may be of one record: no id says otherwise."""
        mine = self.print
        has_other_id = (mine.job and other.job and mine.job != other.job) or (
            mine.pid and other.pid and mine.pid != other.pid
        )
        return not (self.used or has_other_id)


class Twins:
    """Prints that are kept, to find the twins of others among."""

    def __init__(self, entries: Iterable[Kept]) -> None:
        self._timed: dict[tuple[str, int], list[Kept]] = defaultdict(list)
        self._all: dict[str, deque[Kept]] = defaultdict(deque)
        for entry in entries:
            message, time = entry.print.message, entry.print.time
            self._all[message].append(entry)
            self._timed[message, _NO_TIME if time is None else _second(time)].append(entry)

    def take(self, other: Print) -> bool:
        """Whether one of them is of the same record; it has its twin then."""
        message = other.message
        for _ in range(_MOST_WORDS_BEHIND):
            if message in self._all:
                return self._take(message, other)
            message = message.rpartition(" ")[0].rstrip()  # ids may stand behind it
        return False

    def _take(self, message: str, other: Print) -> bool:
        entry = next(
            (each for each in self._near(message, other.time) if each.is_twin(other)), None
        )
        if entry is None:
            return False
        entry.used = True
        return True

    def _near(self, message: str, time: float | None) -> Sequence[Kept] | deque[Kept]:
        """Those of the same message and time; without a time all in their order."""
        if time is None:
            waiting = self._all[message]
            while waiting and waiting[0].used:
                waiting.popleft()
            return waiting
        at = _second(time)
        places = (at, (at - 1) % _ZONES, (at + 1) % _ZONES, _NO_TIME)
        return [each for place in places for each in self._timed.get((message, place), ())]


def _second(time: float) -> int:
    return int(time % _ZONES)


def is_same(one: Record | Print, other: Record | Print, slack: float = MILLISECOND) -> bool:
    """Whether they may be of one record: the message, the call and the time agree, but for the
    zone and so many seconds."""
    mine, others = one.message[:_COMPARED], other.message[:_COMPARED]
    if not (mine.startswith(others) or others.startswith(mine)):
        return False
    has_other_id = (one.job and other.job and one.job != other.job) or (
        one.pid and other.pid and one.pid != other.pid
    )
    return not has_other_id and is_zoned(one.time, other.time, slack)


def is_same_of_two(one: Record | Print, other: Record | Print) -> bool:
    """The same of two layouts, of which one may cut times to whole seconds. Of one layout that is
    not enough: two agents that were started together would be the same."""
    is_cut = float(one.time or 0).is_integer() or float(other.time or 0).is_integer()
    return is_same(one, other, _SECOND if is_cut else MILLISECOND)


def is_zoned(one: float | None, other: float | None, slack: float = _SECOND) -> bool:
    """Whether two times may be of one moment: they differ by a zone, or one has no date."""
    if one is None or other is None:
        return False
    return (one - other + slack) % _ZONES <= 2 * slack
