"""The beginning of an input in, how much of it is words before an export out.

Who shows an export writes a greeting, or the command that made it, above it. Blanks take the place
of the words, so that each line keeps its number.
"""

from __future__ import annotations

from collections.abc import Callable

from tuner.exports.finding import line_strength
from tuner.lazy_patterns import lazy_pattern

_RECORD = lazy_pattern(rb"\d:\d\d:\d\d|^[>\s]*[{\[\"]|\d{9}|[{}]\s*$|^[A-Z]+:[\w.]+:")
"""No line of words may look like this: it would be one of the log."""
_TIME = lazy_pattern(
    rb"\W{0,8}\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\s*$"
)
"""A time that stands alone: a console writes it above an event that it prints over many lines."""
_DATED = lazy_pattern(
    rb"[A-Za-z-]+: (?:[A-Z][a-z]{2}, )?\d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\s*$"
    rb"|[A-Z][a-z]+ (?:[A-Za-z]+ ){1,6}\(?\d{4}-\d\d-\d\d[^\n{\[|=]*$"
)
"""A header of HTTP with a date, or a sentence with one."""
_PROSE = lazy_pattern(
    rb"(?:[$%#>]|PS [^\n>]{0,200}>|[\w.\-]{1,40}@[^\n$#%]{1,200}[$#%]) ?\w"
    rb"|[^\n,;|\t]{1,200} [^\n,;|\t]{1,200}:\s*$|\s*$"
)
"""A line that surely belongs to no export: behind a prompt, or before a colon, or empty."""
_SIGN = lazy_pattern(rb"[^\r\n]")
_MOST = 8
_LONGEST = 2_000


def size(head: bytes, is_export: Callable[[bytes], bool]) -> int:
    """How many bytes of words stand before what is an export; 0 if there are none, or none is."""
    first = head[: head.find(b"\n") + 1]
    if not first or _is_of_a_log(first):
        return 0
    needs_prose = is_export(head)  # its first line may be a header
    at = words = found = 0
    while words < _MOST:
        end = head.find(b"\n", at, at + _LONGEST) + 1
        line = head[at:end]
        if not end or end == len(head) or _is_of_a_log(line):
            break
        words += bool(line.strip())
        at = end
        is_next = words and head[at : at + 1] not in (b"\n", b"\r")
        if is_next and (not needs_prose or _PROSE.match(line)) and is_export(head[at:]):
            found, needs_prose = at, True
    return found


def _is_of_a_log(line: bytes) -> bool:
    if _RECORD.search(line) is None or _TIME.match(line) is not None:
        return False
    return _DATED.match(line) is None or line_strength(line.decode(errors="replace")) > 0


def blanked(head: bytes, size: int) -> bytes:
    """The beginning of an input with blanks for the words."""
    return _SIGN.sub(b" ", head[:size]) + head[size:]
