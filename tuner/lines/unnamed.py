"""The beginning of a log of text in, whether something else stands where a logger would out.

A formatter may show the module, the file, the function, the process or the thread instead of the
logger. That no logger is among them is seen where messages that only LiveKit and its libraries
write stand behind other words.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from tuner.lines import records, text_lines, wrappers
from tuner.lines.catalogue.row import ANY
from tuner.lines.layouts import FOUND, Layouts
from tuner.lines.message_starts import find_message, message_starts
from tuner.lines.prefix_samples import NO_LOGGER
from tuner.model import Record

_SHAPES = (text_lines.COMPACT, text_lines.PYTHON, FOUND)
_FEWEST = 2
_LOOKED_AT = 400


@cache
def _of_libraries() -> frozenset[str]:
    """The messages that a library in Python writes under its own logger."""
    return frozenset(each.starts for each in message_starts() if each.loggers != ANY)


def is_unnamed(lines: Sequence[bytes], layouts: Layouts) -> bool:
    """Whether no text names its logger although a word stands in its place."""
    messages, words = set(), set()
    for line in lines[:_LOOKED_AT]:
        text = wrappers.peel(line).text
        known = find_message(text.decode(errors="replace")) if text[:1] != b"{" else None
        record = records.parse(text, layouts) if known else ""
        if known is None or not isinstance(record, Record) or record.shape not in _SHAPES:
            continue
        if record.logger.startswith(text_lines.LIBRARIES):
            return False
        starts, logger = known[1].starts, record.logger
        if logger and starts in _of_libraries() and record.message.startswith(starts):
            messages.add(starts)
            words.add(logger)
    if len(messages) < _FEWEST:
        return False
    return len(words) >= _FEWEST or all(map(NO_LOGGER.fullmatch, words))
