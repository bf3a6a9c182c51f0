"""Rows of CSV whose header says nothing, or that have none, in; names for their columns out.

A formatter of an app's own writes no header, and a spreadsheet may translate one: what stands in a
column says what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tuner.exports import finding, names, times

_SURE = 0.9
_FEWEST = 3
_LOGGERS = ("livekit", "httpx", "httpcore", "openai")
_TIME, _LEVEL, _NAME, _MESSAGE = "timestamp", "level", "name", "message"


def guessed(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names of the columns of records with a time, a level and a message that is known; none if
    these are not such rows."""
    body = [row for row in rows[1:] if len(row) == len(rows[0])]
    if len(rows[0]) < _FEWEST or len(body) < max(_FEWEST, _SURE * (len(rows) - 1)):
        return []
    columns = list(zip(*body, strict=True))
    kinds = [_kind(column) for column in columns]
    if any(kinds.count(kind) != 1 for kind in (_TIME, _LEVEL, _MESSAGE)):
        return []
    return [kind or f"column {at}" for at, kind in enumerate(kinds, 1)]


def _kind(column: Sequence[str]) -> str:
    """What stands in a column; "" if that is nothing of a record."""
    if _all(column, lambda cell: times.parse(cell) is not None):
        return _TIME
    if _all(column, lambda cell: bool(names.level(cell))):
        return _LEVEL
    if sum(map(finding.is_known, column)) >= _FEWEST:
        return _MESSAGE
    return _NAME if sum(cell.startswith(_LOGGERS) for cell in column) * 2 > len(column) else ""


def _all(column: Sequence[str], test: Callable[[str], bool]) -> bool:
    return sum(map(test, column)) >= _SURE * len(column)
