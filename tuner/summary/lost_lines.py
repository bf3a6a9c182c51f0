"""A summary in, the lines that may hold what it does not count out: cut off, or not understood."""

from __future__ import annotations

from typing import NamedTuple

from tuner.lines.records import UNKNOWN
from tuner.summary.cut_lines import CutLines, many_cut_lines
from tuner.summary.summary import UNREAD_BYTES, Summary

_FEWEST, _MANY = 3, 0.1
"""So many lines, and this share of them: an app's own objects are seldom so many."""
_MUCH = 0.3
"""Or this share of the bytes, as an export on one line has."""


class UnreadLines(NamedTuple):
    """How many of so many lines were not understood although they are no plain text."""

    lines: int
    of: int

    def __str__(self) -> str:
        return f"{self.lines:,} of {self.of:,} lines could not be read"

    def may_hold(self, what: str = "it") -> str:
        """Why a signal, or more of it, may be in the log and is not visible."""
        return f"{self}, and may hold {what}"


FILES_OF_THEIR_OWN = "give exports that were joined to one file as files of their own"
LostLines = CutLines | UnreadLines


def lost_lines(summary: Summary) -> LostLines | None:
    """The lines where they are so many that a zero may be due to them.

    Plain text without a time and a level does not count: apps print that between their records.
    """
    return many_cut_lines(summary) or _unread_lines(summary)


def _unread_lines(summary: Summary) -> UnreadLines | None:
    lines = summary.unread.total() - summary.unread[UNKNOWN]
    size = summary.counts[UNREAD_BYTES]
    is_many = lines >= _FEWEST and lines > _MANY * summary.lines
    is_much = size > _MUCH * summary.bytes
    return UnreadLines(lines, summary.lines) if is_many or is_much else None
