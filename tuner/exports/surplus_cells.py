"""A row that nobody quoted and that has too many cells in, the row as it was meant out.

Of a record only its message and the object of its fields may hold the sign between columns. What
stands before the message, and behind it up to the fields, is of a known number of cells: the rest
is the message.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuner.exports import names, times
from tuner.exports.value_length import value_length


def joined(row: list[str], header: Sequence[str], delimiter: str, raw: str = "") -> list[str]:
    """The row with as many cells as there are columns; the same where that is in doubt. How it is
    written (`raw`) shows whether anything is quoted, if that is known."""
    over, at = len(row) - len(header), _message(header)
    if over <= 0 or at is None or (raw and delimiter.join(row) != raw.rstrip("\r\n")):
        return row
    inside = 0 if at == len(header) - 1 else _of_fields(row, over, delimiter)
    last, end = len(row) - 1 - inside, at + 1 + over - inside
    message, fields = delimiter.join(row[at:end]), delimiter.join(row[last:])
    found = [*row[:at], message, *([] if end > last else [*row[end:last], fields])]
    return found if _has_its_times(found, header) else row


def _message(header: Sequence[str]) -> int | None:
    """The column of the message."""
    ranks = [names.message_rank(name) for name in header]
    return ranks.index(max(ranks)) if any(ranks) else None


def _of_fields(row: Sequence[str], over: int, delimiter: str) -> int:
    """How many of the cells that are too many belong to the object of fields at the end."""
    texts = (delimiter.join(row[len(row) - 1 - inside :]) for inside in range(over + 1))
    return next((n for n, text in enumerate(texts) if _is_object(text.strip())), 0)


def _is_object(text: str) -> bool:
    if text[:1] != "{" or text[-1:] != "}":
        return False
    raw = text.encode(errors="replace")
    return value_length(memoryview(raw)) == len(raw)


def _has_its_times(row: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a time stands in each column of times, and there is one."""
    cells = [cell for cell, name in zip(row, header, strict=True) if names.time_rank(name) > 1]
    return bool(cells) and all(times.parse(cell) is not None for cell in cells)
