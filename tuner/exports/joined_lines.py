"""A text log whose newlines a chat, a page or a cell of a table took away in, its lines out.

Many records stand on one line then, behind each other or with some sign between them. JSON is
taken apart where it is read (`lines.json_lines`); here are records that begin with time and level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern

_HEAD = lazy_pattern(
    rb"(?:(?<![\w.:-])|(?<=\\n))"
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?+(?:Z|[+-]\d\d:?\d\d)?+"
    rb"\s?(?:[-|] ?)?(?:[A-Za-z_][\w.]{0,60} - )?(?:\x1b\[[\d;]*m){0,2}\[?"
    rb"(?:TRACE|DEBUG|DEV|INFO|WARN(?:ING)?|ERROR|CRITICAL)\b"
)
_BETWEEN = lazy_pattern(
    rb"(?:[\0-\x1a\x1c-\x20|,;]|\xc2[\x85\xa0]|\xe2\x80[\xa8\xa9]|\\[rn]|</?[a-z]{1,4} ?/?>"
    rb"|&#1[03];|&lt;br ?/?&gt;)+$"
)
"""What may stand between two records where a newline did."""
_SHORTEST = 25
"""So many bytes a record has behind its level: a time so soon behind another is the record's own,
behind that of a wrapper."""


def are_joined(head: bytes) -> bool:
    """Whether most records that an input begins with stand behind another one on their line."""
    if b"\0" in head or (b"\n" not in head and head.count(b"\r") > 1):
        return False  # another sign ends the lines
    begins = behind = 0
    for line in head.split(b"\n"):
        starts = [] if line.lstrip()[:1] in (b"{", b"[", b'"') else list(_starts(line))
        begins += bool(starts)
        behind += len(starts[1:])
    return behind > begins


def _starts(line: bytes) -> Iterator[int]:
    """Where the records of a line begin."""
    end = -_SHORTEST
    for head in _HEAD.finditer(line):
        if head.start() - end >= _SHORTEST:
            yield head.start()
        end = head.end()


def taken_apart(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream, one a record."""
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield _apart(line) + b"\n"
        if len(rest) > MAX_LINE:
            done = max(_starts(rest), default=0) or len(rest)
            yield _apart(rest[:done]) + b"\n"
            rest = rest[done:]
    if rest:
        yield _apart(rest)


def _apart(line: bytes) -> bytes:
    starts = list(_starts(line))[1:]
    pieces = [line[a:b] for a, b in zip([0, *starts], [*starts, len(line)], strict=True)]
    return b"\n".join([*(_BETWEEN.sub(b"", piece) for piece in pieces[:-1]), pieces[-1]])
