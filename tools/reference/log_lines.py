"""The page of log lines: what the catalogue counts, and what each line means."""

from __future__ import annotations

from tools.reference.markdown import heading, row, table
from tuner.lines.catalogue.row import Field
from tuner.lines.catalogue.table import LINES


def log_lines() -> str:
    """Every line of the catalogue."""
    about = (
        "A line counts when its message begins so (`=`: is exactly that), and when the logger "
        "and the level fit. Fields are those that are read, with their units."
    )
    rows = [
        row(
            f"`{'= ' if spelling.exact else ''}{spelling.starts}`",
            ", ".join(filter(None, spelling.loggers)) or "any",
            spelling.level,
            spelling.versions,
            ", ".join(map(_field, line.fields)),
            line.meaning,
        )
        for line in LINES
        for spelling in line.spellings
    ]
    columns = ("message", "logger", "level", "versions", "fields", "what it means")
    return heading("Log lines", about) + table(columns, rows)


def _field(field: Field) -> str:
    return f"`{field.name}` ({field.unit})" if field.unit else f"`{field.name}`"
