"""The page of log lines: what the catalogue counts, and what each line means."""

from __future__ import annotations

from collections.abc import Iterator

from tools.reference.markdown import heading, row, table
from tuner.lines.catalogue.row import Field, LogLine, Spelling
from tuner.lines.catalogue.table import LINES

_ABOUT = (
    "A line counts when its message begins so (`=`: is exactly that) and its logger fits; a "
    "layout without loggers fits all. The level is the one that the library writes it at: a log "
    "at a higher level cannot show the line. Fields are those that are read."
)


def log_lines() -> str:
    """Every line of the catalogue with each of its spellings."""
    columns = ("message", "logger, level", "fields", "what it means")
    rows = [text for line in LINES for text in _rows(line)]
    return heading("Log lines", _ABOUT) + table(columns, rows)


def _rows(line: LogLine) -> Iterator[str]:
    for spelling in line.spellings:
        fields = ", ".join(_field(field, spelling) for field in line.fields)
        where = f"{' '.join(filter(None, spelling.loggers)) or 'any'}, {spelling.level}"
        yield row(_message(spelling), where, fields, line.meaning)


def _message(spelling: Spelling) -> str:
    notes = [*([spelling.versions] if spelling.versions else ())]
    notes += [spelling.language] if spelling.language != "Python" else []
    notes += ["anywhere in message or fields"] if spelling.within else []
    text = f"`{'= ' if spelling.exact else ''}{spelling.starts}`"
    return f"{text} ({', '.join(notes)})" if notes else text


def _field(field: Field, spelling: Spelling) -> str:
    """The field as this spelling writes it, and in which unit."""
    name, unit = field.name, str(field.unit)
    for renamed in spelling.renamed:
        if renamed.name == field.name:
            name, unit = renamed.written, "ms" if renamed.factor != 1 else unit
    return f"`{name}` ({unit})" if unit else f"`{name}`"
