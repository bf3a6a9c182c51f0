"""A record that was read as LiveKit's compact text (`HH:MM:SS LEVEL name message`) in, whether an
app's own layout begins alike: one without a logger, or with more words before the message."""

from __future__ import annotations

from tuner.lines import text_lines
from tuner.lines.message_starts import find_message
from tuner.model import Record


def may_be_misread(record: Record) -> bool:
    """Whether a layout of the file may read it better."""
    if record.shape != text_lines.COMPACT:
        return False
    return not record.logger.startswith(text_lines.LIBRARIES) or is_misread(record)


def is_misread(record: Record) -> bool:
    """Whether a known message begins before or behind the place where compact text has it."""
    if record.shape != text_lines.COMPACT:
        return False
    known = find_message(f"{record.logger} {record.message}")
    return known is not None and known[0] != len(record.logger) + 1
