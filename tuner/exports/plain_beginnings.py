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
    if not newline and head.count(b"\r") > 1:
        return False  # all lines are in this one
    return first.startswith(_DOCKER) or (first.startswith(b'{"message"') and _is_record(first))


def _is_record(line: bytes) -> bool:
    """Whether the line is one record of LiveKit's, not several one behind another."""
    if own_time(line) is None or b'}{"' not in line:
        return own_time(line) is not None
    from tuner.exports import finding

    return finding.is_record(line)
