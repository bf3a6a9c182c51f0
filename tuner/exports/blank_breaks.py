"""Lines that a mail, an editor or `fold -s` broke at blanks in, the entries of whole records out.

A program that breaks at blanks puts as many words on a line as the width takes: what stands below a
line belongs to it if its first word would not have fit. Any other line below is one of its own.
"""

from __future__ import annotations

import quopri
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from tuner.exports.text_frames import BrokenLines, length
from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import events, records, tracebacks
from tuner.model import Record

_NARROWEST, _WIDEST = 40, 400
_LOOKED_AT, _FEWEST = 1_000, 2
_MOST, _HALF, _HARD, _SOFT = 0.7, 0.5, 0.8, 0.2
_PRINTABLE = lazy_pattern(rb"(?:[^=]|=[0-9A-F]{2}){0,76}+=?")
"""No line of quoted-printable is longer (RFC 2045, 6.7)."""
_SHIPPER = rb"(?:[\w./-]{1,60}+[ ]{0,20}+\| {1,2})?"
_TIMES = (
    lazy_pattern(
        _SHIPPER + rb"[\[(<]?(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d[-/.]\d\d[-/.]\d{2,4}"
        rb"|[A-Z][a-z]{2} [ \d]?\d),?[T_ ]\d\d:\d\d:\d\d"
    ),
    lazy_pattern(_SHIPPER + rb"[\[(<]?\d\d:\d\d:\d\d[.,]\d{3}\b"),
    lazy_pattern(_SHIPPER + rb"(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL)[: |]"),
)
"""How records begin: with a date and time, a time, or a level. All of a log begin the same way."""
_KEY = lazy_pattern(_SHIPPER + rb'(\{"[^"\n]{1,60}":)')
_QUOTED = lazy_pattern(rb"(?:> ?)*+")
_TAG = rb"</?(?:a|b|body|br|code|div|font|html|i|li|o:p|p|pre|span|td|tr|tt)(?: [^<>\n]{0,400})?/?>"
_OPENED, _CLOSED = lazy_pattern(rb"(?:" + _TAG + rb")*+"), lazy_pattern(_TAG)
_PAIRS = (b"()", b"[]", b"{}")


class Form(NamedTuple):
    """How records begin, the width of the lines, and whether the blanks at their ends were kept."""

    begins: re.Pattern[bytes]
    width: int
    keeps: bool = False

    def joins(self, line: bytes, after: bytes, /) -> bool:
        """Whether what stands below a line was broken off it: its first word did not fit."""
        if not after.strip() or not line.strip() or self.begins.match(after):
            return False
        word = after.split(maxsplit=1)[0]
        is_full = length(line.rstrip()) + 1 + length(word) >= self.width
        return is_full and not after.startswith(tracebacks.BEGINS)

    def joined(self, pieces: Sequence[bytes]) -> bytes:
        """The line that was broken into these."""
        if not self.keeps:
            return b" ".join([pieces[0].rstrip(), *(piece.strip() for piece in pieces[1:])])
        return b"".join(
            [*(one + self._between(one, other) for one, other in pairwise(pieces)), pieces[-1]]
        )

    def _between(self, one: bytes, other: bytes) -> bytes:
        """What was lost between two pieces; nothing within a word that is longer than a line."""
        has_blank = one[-1:].isspace() or other[:1].isspace()
        return b"" if has_blank or length(one) >= self.width else b" "


class SoftBreaks(Form):
    """Lines of a mail in quoted-printable: those that go on below say so."""

    def joins(self, line: bytes, _after: bytes, /) -> bool:
        """Whether a line goes on below."""
        return line.endswith(b"=")

    def joined(self, pieces: Sequence[bytes]) -> bytes:
        """The line that these are, as it was before it was sent."""
        return quopri.decodestring(b"\n".join(pieces))


class BrokenAtBlanks(BrokenLines):
    """The entries of text that was broken at blanks: each record on one line again."""

    name = "lines broken at blanks"

    def __init__(self, blocks: Iterable[bytes], form: Form) -> None:
        super().__init__(blocks)
        self._form = form

    def _bare(self, line: bytes) -> bytes:
        return _bare(line)

    def _goes_on(self, pieces: Sequence[bytes], line: bytes) -> bool:
        """Nobody would take a line of too many pieces."""
        return len(pieces) * self._form.width < MAX_LINE and self._form.joins(pieces[-1], line)

    def _joined(self, pieces: Sequence[bytes]) -> bytes:
        return self._form.joined(pieces)


def form_of(head: bytes) -> Form | None:
    """How the lines of an input were broken at blanks; None if they were not.

    No line of a record is longer than the widest of them, nearly all that stand below belong to the
    one above, and most records have their brackets closed only once they are joined, or mean
    something only then.
    """
    lines = [_bare(line) for line in head.split(b"\n")[:_LOOKED_AT][:-1]]
    if (begins := _beginning(lines)) is None:
        return None
    if _are_soft(lines):
        return SoftBreaks(begins, _NARROWEST)
    found = [some for some in _records(lines, begins) if len(some) > 1]
    below = [pair for some in found for pair in pairwise(some)]
    if len(below) < _FEWEST:
        return None
    width = max((length(line) for some in _records(lines, begins) for line in some
                 if len(line.split(maxsplit=1)) > 1), default=0)  # fmt: skip
    form = Form(begins, width)
    broken = [line for line, after in below if form.joins(line, after)]
    if not _NARROWEST <= width <= _WIDEST or len(broken) < max(_FEWEST, _MOST * len(below)):
        return None
    if sum(length(line) >= width - 1 for line in broken) > _HARD * len(broken):
        return None  # a console broke them at its width, words or not
    form = form._replace(keeps=sum(line[-1:] == b" " for line in broken) > _HALF * len(broken))
    mended = sum(_is_mended(some, form) for some in found)
    return form if mended >= max(_FEWEST, _HALF * len(found)) else None


def _are_soft(lines: Sequence[bytes]) -> bool:
    """Whether many lines end in the sign of quoted-printable, and it stands for nothing else."""
    ends = sum(line.endswith(b"=") for line in lines)
    is_some = ends >= max(_FEWEST, _SOFT * len(lines))
    return is_some and all(map(_PRINTABLE.fullmatch, lines))


def _bare(line: bytes) -> bytes:
    """A line without the signs of a quoted mail, and the tags of one that is a page."""
    line = line.rstrip(b"\r")
    if line[:1] == b">":
        line = _QUOTED.sub(b"", line, count=1)
    return _untagged(line) if b"<" in line and b">" in line else line


def _untagged(line: bytes) -> bytes:
    opened, end = _OPENED.match(line), len(line)
    begin = opened.end() if opened else 0
    while line[end - 1 : end] == b">" and _CLOSED.fullmatch(
        line, at := max(line.rfind(b"<", 0, end), 0), end
    ):
        end = at
    return line[begin : max(begin, end)]


def _beginning(lines: Sequence[bytes]) -> re.Pattern[bytes] | None:
    """How the records of a log begin: in one of our ways, or as objects with the same first key."""
    keys = Counter(found[1] for line in lines if (found := _KEY.match(line)))
    is_json = bool(lines) and next(filter(None, lines), b"")[:2] == b'{"'
    for begins in () if is_json else _TIMES:
        if sum(begins.match(line) is not None for line in lines) >= _FEWEST:
            return begins
    key, n = keys.most_common(1)[0] if keys else (b"", 0)
    return re.compile(_SHIPPER + re.escape(key)) if n >= _FEWEST else None


def _records(lines: Sequence[bytes], begins: re.Pattern[bytes]) -> list[list[bytes]]:
    """The lines from each beginning of a record to the next one, an empty line or a traceback."""
    found: list[list[bytes]] = []
    is_open = False
    for line in lines:
        if begins.match(line):
            found.append([])
            is_open = True
        is_open = is_open and bool(line.strip()) and not line.startswith(tracebacks.BEGINS)
        if is_open:
            found[-1].append(line)
    return found


def _is_mended(lines: Sequence[bytes], form: Form) -> bool:
    """Whether the lines below a record are needed: for its fields, its brackets, its meaning."""
    if any(line.lstrip()[:2] == b'{"' for line in lines[1:]):
        return True
    text = form.joined(lines)
    if _is_closed(text) and not all(map(_is_closed, lines)):
        return True
    return _is_known(text) and not _is_known(lines[0])


def _is_closed(text: bytes) -> bool:
    """Whether each bracket is closed."""
    return all(text.count(pair[:1]) == text.count(pair[1:]) for pair in _PAIRS)


def _is_known(text: bytes) -> bool:
    record = records.parse(text)
    return isinstance(record, Record) and events.read(record) is not None
