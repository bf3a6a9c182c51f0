"""The beginning of an input in, whether it surely is a log that is read as it is.

Most inputs are, and what recognises exports takes longer to load than many a log to read.
"""

from __future__ import annotations

from itertools import islice

from tuner.exports.entries import own_time
from tuner.lazy_patterns import lazy_pattern

BOM = b"\xef\xbb\xbf"
_SPREAD = lazy_pattern(rb"\n(\{\r?\n(?:[ \t][^\n]*+\n)++\})\r?\n")
"""An object on several lines behind another line."""
_OPENED = b'"{\\n"'
"""The first line of such an object in Docker's."""
_BEGINS = b'{"message"'
_QUOTED = rb': "\"'
"""A value that begins with a quote, perhaps because it was made JSON by itself."""
_SAMPLE = 20
_DOCKER = (b'{"log":"', b'{"log": "')


def is_plain(head: bytes) -> bool:
    """Whether the first line is Docker's, or a record of LiveKit's JSON."""
    head = head.removeprefix(BOM).lstrip()
    first, newline, _ = head.partition(b"\n")
    if b"\0" in head or (not newline and head.count(b"\r") > 1):
        return False  # lines that end in another sign
    if has_spread_records(head):
        return False
    if first.startswith(_DOCKER) and b'"time"' in first:
        return _OPENED not in head
    return first.startswith(b'{"message"') and _is_record(first)


def has_spread_records(head: bytes) -> bool:
    """Whether records on several lines stand among others: an object that an app prints is none."""
    if b"\n{" not in head or b"\n}" not in head:
        return False  # as of most logs
    from tuner.exports import finding

    return any(finding.is_record(found[1]) for found in islice(_SPREAD.finditer(head), _SAMPLE))


def _is_record(line: bytes) -> bool:
    """Whether it is one record of LiveKit's: not several one behind another, nor with the blanks
    of a page."""
    if own_time(line) is None or b'"name"' not in line or _QUOTED in line:
        return False
    if line.count(_BEGINS) == 1 and b'}{"' not in line and b"\xc2\xa0" not in line:
        return True
    from tuner.exports import finding

    return finding.is_record(line)
