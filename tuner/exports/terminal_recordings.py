"""A recording of a terminal (asciinema, versions 2 and 3) in, what was printed there out.

A header stands on the first line, and below it an event a line: `[seconds, "o", text]`. A text is
what the terminal got at once: a part of a line, or many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tuner.exports.plain_lines import split
from tuner.exports.typed_records import decoded

_OUTPUT = "o"


def is_recording(head: bytes) -> bool:
    """Whether the first line is the header of a recording."""
    if not head.startswith(b'{"version"'):
        return False
    header = decoded(head.partition(b"\n")[0])
    if header is None:
        return False
    return header["version"] in (2, 3) and ("width" in header or "term" in header)


def played(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """What the events of a recording print; the header and what is no event print nothing."""
    for line in split(blocks):
        text = _text(line)
        if text:
            yield text.replace("\r\n", "\n").encode(errors="replace")


def _text(line: bytes) -> str:
    event = decoded(line)
    is_output = isinstance(event, list) and len(event) > 2 and event[1] == _OUTPUT
    return event[2] if is_output and isinstance(event[2], str) else ""
