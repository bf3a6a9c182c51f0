"""Lines that `sort | uniq -c` counted in, each as often as it was there out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from tuner.exports import finding
from tuner.exports.plain_lines import split
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.message_starts import find_message

_COUNTED = lazy_pattern(rb"(?= {0,6}\d)(?:[ \d]{7}|[ \d]{4}) (?=[^ \d])|(\d{8,}) (?=[^ \d])")
"""GNU's right-aligned numbers are seven wide, those of BSD four."""
_TIME = lazy_pattern(rb"\d:\d\d:\d\d")
"""Of lines with times none is there twice: what stands before them is a process or a number."""
_FEWEST, _LOOKED_AT = 3, 400
_MOST = 1_000_000
"""A line that is said to have been there more often stays as it is: nothing counts it."""


def are_counted(head: bytes) -> bool:
    """Whether each line has a count before it, and these are no numbers of lines."""
    lines = head.split(b"\n")[:-1][:_LOOKED_AT]
    if len(lines) < _FEWEST or not all(map(_COUNTED.match, lines)):
        return False
    counts, texts = zip(*map(_parts, lines), strict=True)
    steps = {later - first for first, later in pairwise(counts)}
    if steps == {1} or 1 not in counts:
        return False
    if any(first == later for first, later in pairwise(texts)) or any(map(_TIME.search, texts)):
        return False
    return any(map(_is_of_a_log, texts))


def _is_of_a_log(text: bytes) -> bool:
    line = text.decode(errors="replace")
    return find_message(line) is not None or finding.line_strength(line) > 0


def _parts(line: bytes) -> tuple[int, bytes]:
    count, _, text = line.lstrip().partition(b" ")
    return int(count), text


def repeated(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream without their counts, each so many times."""
    for line in split(blocks):
        count, text = _parts(line) if _COUNTED.match(line) else (1, line)
        if count > _MOST:
            yield line + b"\n"
            continue
        for _ in range(count):
            yield text + b"\n"
