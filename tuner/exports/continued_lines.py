"""A job's log of GitLab CI in, its lines whole out.

With the runner's timestamps each line begins `TIME 01O `; one that goes on where the one above
ended, for GitLab sends what is there after some time, begins `TIME 01O+`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tuner.exports.plain_lines import whole_lines
from tuner.lazy_patterns import lazy_pattern

_START = lazy_pattern(
    rb"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z (?P<source>[0-9a-f]{2}[OE])(?P<goes_on>[+ ])", re.M
)


def are_continued(head: bytes) -> bool:
    """Whether lines go on in an input that begins like this, as GitLab marks them."""
    return any(line["goes_on"] == b"+" for line in _START.finditer(head))


def joined(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines as they were written. Below one that went on stand empty ones in place of the rest,
    so that all are numbered as in the file."""
    held, source, more = b"", b"", 0
    for data in whole_lines(blocks):
        for line in data.removesuffix(b"\n").split(b"\n"):
            found = _START.match(line)
            if found and found["goes_on"] == b"+" and found["source"] == source != b"":
                held, more = held + line[found.end() :], more + 1
                continue
            yield _whole(held, more) if source else b""
            held, source, more = line, found["source"] if found else b"", 0
            if not source:
                yield _whole(line, 0)
    yield _whole(held, more) if source else b""


def _whole(line: bytes, more: int) -> bytes:
    return line + b"\n" * (more + 1)
