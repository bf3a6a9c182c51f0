"""A summary in, whether something cut its lines at one column, or shortened its messages, out.

Screens, tables, `cut` and some log drivers end every line at one column: the rest is lost. Others
put … where a message goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tuner.summary.summary import HALVES, Summary

_FEWEST, _SHARE = 3, 0.9
"""So many half lines, and this share of them, have to end at one column."""
_MANY = 0.01
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

    def may_hold(self, what: str = "it") -> str:
        """Why a signal, or more of it, may be in the log and is not visible."""
        return f"{self} may hold {what}"


def cut_lines(summary: Summary) -> CutLines | None:
    """The lines that were cut; None if half lines are too few, or end here and there."""
    lengths = summary.histograms.get(HALVES)
    if lengths is None:
        return None
    column, n = max(lengths.counts.items(), key=lambda item: (item[1], item[0]))
    is_cut = n >= _FEWEST and n >= _SHARE * lengths.n and column >= _NARROWEST
    return CutLines(n, column) if is_cut else None


def many_cut_lines(summary: Summary) -> CutLines | None:
    """The same where they are so many of all lines that a zero may be due to them."""
    found = cut_lines(summary)
    return found if found and found.lines >= _MANY * summary.lines else None


SHORTENED = "its messages are shortened (they end in …)"
_ENDS = ("…", "...")


def are_shortened(summary: Summary) -> bool:
    """Whether messages that nobody knows were shortened, to one length or to lines of one length:
    known ones may be among them. Others end in dots by themselves."""
    listed = [summary, *([summary.echo] if summary.echo else [])]
    lines = [item for each in listed for item in each.other_lines.items() if item[1].text]
    # the first word of a message may have been taken for a logger: a blank stands behind it
    found = [(len(key[0]) + bool(key[0]), len(key[1]), line.text.rstrip()) for key, line in lines]
    return any(
        _end_at_one_length([(text, logger * before + level * word + len(text))
                            for before, word, text in found])
        for logger, level in ((0, 0), (1, 0), (1, 1))
    )  # fmt: skip


def _end_at_one_length(texts: Sequence[tuple[str, int]]) -> bool:
    """Whether texts with these lengths are mostly shortened, and none is longer."""
    short = [n for text, n in texts if text.endswith(_ENDS)]
    is_usual = len(short) > 1 and len(short) * 2 > len(texts)
    return is_usual and len(set(short)) == 1 and max(n for _, n in texts) == short[0]
