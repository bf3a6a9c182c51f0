"""The lengths of half JSON lines in, the column at which something cut them all out.

Screens, tables, `cut` and some log drivers end every line at one column: the rest is lost.
"""

from __future__ import annotations

from typing import NamedTuple

from tuner.summary.summary import HALVES, Summary

_FEWEST, _SHARE = 3, 0.9
"""So many half lines, and this share of them, have to end at one column."""
_NARROWEST = 40
"""Shorter ones may be the first lines of printed objects."""
WHOLE_LINES = (
    "give the log with whole lines: a screen, a table, `cut` or a log driver cut them; "
    "the file itself, `docker logs` and `kubectl logs` have all of them"
)


class CutLines(NamedTuple):
    """How many JSON lines end at this column, within a record."""

    lines: int
    column: int

    def __str__(self) -> str:
        one = self.lines == 1
        return f"{self.lines:,} JSON line{'' if one else 's'} cut at column {self.column:,}"


def cut_lines(summary: Summary) -> CutLines | None:
    """The lines that were cut; None if half lines are too few, or end here and there."""
    lengths = summary.histograms.get(HALVES)
    if lengths is None:
        return None
    column, n = max(lengths.counts.items(), key=lambda item: (item[1], item[0]))
    is_cut = n >= _FEWEST and n >= _SHARE * lengths.n and column >= _NARROWEST
    return CutLines(n, column) if is_cut else None
