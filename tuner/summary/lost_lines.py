"""A summary in, the lines that may hold what it does not count out: cut off, or not understood."""

from __future__ import annotations

from typing import NamedTuple

from tuner.lazy_patterns import lazy_pattern
from tuner.lines.assemble import UNPLACED
from tuner.lines.json_lines import BROKEN, HALF
from tuner.lines.records import UNKNOWN
from tuner.summary.cut_lines import WHOLE_LINES, CutLines, many_cut_lines
from tuner.summary.summary import UNREAD_BYTES, Summary

_FEWEST, _MANY = 3, 0.1
"""So many lines, and this share of them: an app's own objects are seldom so many."""
_OF_HALVES = (UNPLACED, HALF, BROKEN)
_OF_OBJECT = lazy_pattern(rb'[ \t]{0,80}(?:"[^"\n]{1,80}" ?:|[\[\]}],?\s*$|\{)')
"""A line that begins as JSON does, whole or printed on several."""
_MUCH = 0.3
"""Or this share of the bytes, as an export on one line has."""


WITHOUT_WRAPPING = (
    "give the file itself, or copy it again without wrapping: lines were broken on their way"
)
FILES_OF_THEIR_OWN = (
    "give each record on one line, and exports that were joined as files of their own"
)


class UnreadLines(NamedTuple):
    """How many of so many lines were not understood although they are no plain text."""

    lines: int
    of: int
    step: str = FILES_OF_THEIR_OWN
    """What makes them readable."""

    def __str__(self) -> str:
        return f"{self.lines:,} of {self.of:,} lines could not be read"

    def may_hold(self, what: str = "it") -> str:
        """Why a signal, or more of it, may be in the log and is not visible."""
        return f"{self}, and may hold {what}"


LostLines = CutLines | UnreadLines


def lost_lines(summary: Summary) -> LostLines | None:
    """The lines where they are so many that a zero may be due to them.

    Plain text without a time and a level does not count: apps print that between their records.
    """
    return many_cut_lines(summary) or _unread_lines(summary)


def next_step(lost: LostLines) -> str:
    """What makes the lines readable."""
    return WHOLE_LINES if isinstance(lost, CutLines) else lost.step


def unread_records(summary: Summary) -> int:
    """How many lines were not understood although they are no plain text."""
    return summary.unread.total() - summary.unread[UNKNOWN]


def _unread_lines(summary: Summary) -> UnreadLines | None:
    lines = unread_records(summary)
    size = summary.counts[UNREAD_BYTES]
    is_many = lines >= _FEWEST and lines > _MANY * summary.lines
    is_much = size > _MUCH * summary.bytes
    if not is_many and not is_much:
        return None
    step = WITHOUT_WRAPPING if _are_broken(summary, lines) else FILES_OF_THEIR_OWN
    return UnreadLines(lines, summary.lines, step)


def _are_broken(summary: Summary, lines: int) -> bool:
    """Whether they are mostly halves of lines that something broke, and not of objects that an
    export has on several lines."""
    kept = [raw for _, raw in summary.evidence.get("unread", ())]
    ends = sum(not _OF_OBJECT.match(raw) for raw in kept)
    halves = sum(summary.unread[reason] for reason in _OF_HALVES)
    return 2 * halves > lines and 3 * ends >= len(kept)
