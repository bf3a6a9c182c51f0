"""One line of a Rich screen in, its columns out: the tables that livekit-agents 1.3.1 to 1.5.17
prints in `dev` and `console` mode.

A record is a row of a table: time (blank where it is the same as in the row above), level,
logger, message, and in 1.3.1 to 1.3.5 the fields in a column of their own; later versions print
fields that do not fit below the row. Levels and loggers that are too long are cut ("WARNI…").
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tuner.lazy_patterns import lazy_pattern

ANSI = lazy_pattern(r"(?:\x1b|\^\[|#033|\\033|\\x1b|\\u001b)\[[0-9;?]*[A-Za-z]")
_ROW = lazy_pattern(
    r"(?P<time>\d\d?:\d\d:\d\d(?:\.\d{3})?(?: [AP]M)?| {8}| {11}| {12}) "
    r"(?=(?:TRACE|DEV|DEBUG|INFO|WARN|ERROR|CRITI))"
    r"(?P<level>[A-Z]{3,8}(?: *…)? *) (?P<logger>[\w.…\-]++ *) (?=\S)"
)
_LEVEL = lazy_pattern(r" (?:TRACE|DEV|DEBUG|INFO|WARN|ERROR|CRITI)")
_LEVEL_ENDS = len("        12:00:00.000 AM CRITI")
"""Behind the widest margin and time."""
_LEVELS = ("TRACE", "DEV", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_LEVEL_WIDTHS, _LOGGER_WIDTHS = (6, 8), (16, 18)
_FIELDS = lazy_pattern(r'(?<= )\{"')


class ScreenRow(NamedTuple):
    """The columns of a row's first line. `time` is "" where it is blank; `column` is where the
    message begins, `fields` where the column of fields does (0: there is none). `folds`: words that
    are longer than the column go on in the next line (1.3.1 to 1.3.5), else they are cut."""

    time: str
    level: str
    logger: str
    column: int
    fields: int
    folds: bool


def row(text: str) -> ScreenRow | None:
    """Return the columns if a record begins on this line, None if not. `text` has no colours."""
    if _LEVEL.search(text, 0, _LEVEL_ENDS) is None:
        return None
    margins = (0, 4, 2, 1, 3, 5, 6, 7, 8) if text[:1] == " " else (0,)
    for margin in margins:
        if text[:margin].isspace() or not margin:
            match = _ROW.match(text, margin)
            if match is not None and _fits(match):
                return _columns(text, match)
    return None


def find_row(text: str) -> int:
    """Where a row begins behind something else on the line, -1 if none does."""
    for match in _ROW.finditer(text, 1):
        if match["time"].strip() and _fits(match):
            start = match.start()
            return start - 4 if text[max(start - 4, 0) : start] == " " * 4 else start
    return -1


def _fits(match: re.Match[str]) -> bool:
    """Whether the columns are as wide as one of the versions makes them."""
    return len(match["level"]) in _LEVEL_WIDTHS and len(match["logger"]) in _LOGGER_WIDTHS


def _columns(text: str, match: re.Match[str]) -> ScreenRow:
    column = match.end()
    fields = _FIELDS.search(text, column)
    return ScreenRow(
        match["time"].strip(),
        _level(match["level"]),
        match["logger"].strip(),
        column,
        fields.start() if fields else 0,
        len(match["logger"]) == _LOGGER_WIDTHS[0],
    )


def _level(text: str) -> str:
    """The level of which the column has room for the beginning ("WARNI…", "INFO …")."""
    begins = text.strip(" …")
    return next((level for level in _LEVELS if level.startswith(begins)), begins)
