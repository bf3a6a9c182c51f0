"""Text in colours in, the same without them out, where nobody needs them to read it.

Apps print their own layouts in colours (structlog, loguru, colorlog). LiveKit's dev text and its
Rich screens show by their colours where fields begin, so that theirs stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import records, rich_rows, text_lines
from tuner.lines.unwrap import without_wrappers

_CODE = lazy_pattern(rb"\x1b\[[0-9;]*[A-Za-z]")
_LOOKED_AT = 200
_FEWEST = 10


def may_go(lines: Sequence[bytes]) -> bool:
    """Whether lines of the beginning of a file have colours, and all are read alike without."""
    coloured = list(islice((line for line in lines if b"\x1b[" in line), _LOOKED_AT))
    return len(coloured) >= _FEWEST and all(map(_reads_alike, coloured))


def _reads_alike(line: bytes) -> bool:
    plain = without(line)
    first, second = without_wrappers(line, ()), without_wrappers(plain, ())
    if text_lines.parse_own(second.text) is not None:
        return False
    if rich_rows.row(second.text.decode(errors="replace")) is not None:
        return False
    read = records.parse(first.text), records.parse(second.text)
    return first.names == second.names and read[0] == read[1]


def without(data: bytes) -> bytes:
    """Lines without their colours."""
    return _CODE.sub(b"", data)
