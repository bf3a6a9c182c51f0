"""The beginning of an input in, what something put behind each of its lines out."""

from __future__ import annotations

import re
from collections import Counter

from tuner.exports.rewritten_lines import Rewriting
from tuner.lazy_patterns import lazy_pattern

_LINE_END = lazy_pattern(rb"(?:[^\w\s=:\x1b]|</\w{1,40}>|\s){1,40}")
_LOOKED_AT, _FEWEST, _SURE = 200, 3, 0.9


def ended(head: bytes) -> Rewriting | None:
    """The change that something stands behind the fields of every line: the end of a statement, of
    a text, or a tag."""
    lines = [line.rstrip() for line in head.split(b"\n")[:_LOOKED_AT] if b' {"' in line]
    if head[:1] in (b"{", b"[", b'"') or len(lines) < _FEWEST:
        return None
    (end, n), *_ = Counter(line[line.rfind(b"}") + 1 :] for line in lines).most_common(1)
    if n < _SURE * len(lines) or not _LINE_END.fullmatch(end):
        return None

    def undo(line: bytes) -> bytes:
        bare = line.rstrip().removesuffix(end)
        return bare.replace(b"''", b"'") if end[:1] == b"'" else bare

    return Rewriting("ends of lines", re.compile(b""), undo)
