"""The beginning of an input in, whether it surely is a log that is read as it is.

Most inputs are, and what recognises exports takes longer to load than many a log to read.
"""

from __future__ import annotations

from tuner.exports.entries import own_time

BOM = b"\xef\xbb\xbf"
_DOCKER = (b'{"log":"', b'{"log": "')


def is_plain(head: bytes) -> bool:
    """Whether the first line is Docker's, or a record of LiveKit's JSON."""
    head = head.removeprefix(BOM).lstrip()
    first, newline, _ = head.partition(b"\n")
    if b"\0" in head or (not newline and head.count(b"\r") > 1):
        return False  # lines that end in another sign
    if first.startswith(_DOCKER) and b'"time"' in first:
        return True
    return first.startswith(b'{"message"') and _is_record(first)


def _is_record(line: bytes) -> bool:
    """Whether it is one record of LiveKit's: not several one behind another, nor with the blanks
    of a page."""
    if own_time(line) is None or b'"name"' not in line:
        return False
    if b'}{"' not in line and b"\xc2\xa0" not in line:
        return True
    from tuner.exports import finding

    return finding.is_record(line)
