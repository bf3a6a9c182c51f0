"""The page of log lines: what the catalogue counts, and what each line means."""

from __future__ import annotations

from tools.reference.markdown import heading, row, table
from tuner.lines.events import LINES


def log_lines() -> str:
    """Every line of the catalogue."""
    about = (
        "A line counts when its message begins so (`=`: is exactly that), and when the logger "
        "and the level fit. Fields are those that are read; their units are in the meaning."
    )
    rows = [
        row(
            f"`{'= ' if line.exact else ''}{line.starts}`",
            ", ".join(filter(None, line.loggers)) or "any",
            line.level,
            ", ".join(f"`{name}`" for name in line.fields),
            line.meaning,
        )
        for line in LINES
    ]
    columns = ("message", "logger", "level", "fields", "what it means")
    return heading("Log lines", about) + table(columns, rows)
