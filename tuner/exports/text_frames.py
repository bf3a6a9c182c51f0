"""Text in frames that are no lines of a log by themselves in, its entries out.

Lines that a console broke at its width, syslog with the length before each message (RFC 6587), and
the labels that logcli puts before each line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

from tuner.exports import rendering, times
from tuner.exports.entries import ExportEntry, own_time
from tuner.exports.plain_lines import split, time_of
from tuner.inputs.chunks import MAX_LINE
from tuner.lines import wrappers

_COUNT = re.compile(rb"(\d{1,7}) (?=<\d{1,3}>)")
_LABELS = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) "
    rb'\{(?:[A-Za-z_]\w*="(?:[^"\\]|\\.)*"(?:, )?)*\}([ \t]+)'
)
_ENDS = re.compile(rb"[\r\n]*")
_NARROWEST = 40
_WRAPPED_SHARE = 0.2
_FEWEST = 3
_SAMPLE = 200


class LabelledLines:
    """The entries of what logcli printed: `TIME {label="value"} line`."""

    name = "logcli"

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self.lines = 0

    def entries(self) -> Iterator[ExportEntry]:
        """One entry a line."""
        first = next(self._blocks, b"")
        gap, column = _label_gap(first)
        for line in split(chain([first], self._blocks)):
            self.lines += 1
            match = _LABELS.match(line)
            if match is None:
                yield ExportEntry(line, time_of(line), self.lines)
                continue
            start = min(max(column, match.start(2) + gap), match.end())
            found = rendering.line(line[start:], times.parse(match[1].decode()))
            yield ExportEntry(found[0], found[1], self.lines, 1, found[2])


def _label_gap(head: bytes) -> tuple[int, int]:
    """How many blanks stand behind the labels, and the column at which texts begin where labels
    are filled up to the longest (0 if they are not). More blanks belong to the text."""
    found = [match for line in head.split(b"\n")[:_SAMPLE] if (match := _LABELS.match(line))]
    if not found:
        return 1, 0
    column = min(match.end() for match in found)
    is_filled = column > max(match.start(2) for match in found)
    ends = {match.start(2) for match in found}
    return min(len(match[2]) for match in found), column if is_filled and len(ends) > 1 else 0


class CountedMessages:
    """The entries of octet-counted syslog: `LENGTH <PRIORITY>… message`, with or without newlines.

    A count that does not fit is passed over, and its message read up to the end of its line.
    """

    name = "octet-counted syslog"

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._data, self._at = b"", 0
        self.lines = 0

    def entries(self) -> Iterator[ExportEntry]:
        """One entry a message."""
        while self._at < len(self._data) or self._more():
            match = _COUNT.match(self._data, self._at)
            start = match.end() - self._at if match else 0
            size = int(match[1]) + start if match else 0
            while 0 < size <= MAX_LINE and self._held() < size + 8 and self._more():
                pass
            end = size if match and self._fits(size) else self._line_end()
            text = self._data[self._at + start : self._at + end]
            yield self._entry(text)
            self._pass(end, b"\n" in text)

    def _entry(self, text: bytes) -> ExportEntry:
        line = self.lines + 1
        self.lines += text.count(b"\n")
        text = text.strip(b"\r\n").replace(b"\n", b" ")
        return ExportEntry(text, time_of(text), line, self.lines - line + 1)

    def _pass(self, size: int, is_counted: bool) -> None:
        """Go behind a message, and the newlines after it."""
        self._at += size
        if not is_counted:
            self.lines += self._data.startswith((b"\n", b"\r\n"), self._at)
        ends = _ENDS.match(self._data, self._at)
        self._at = ends.end() if ends else self._at

    def _held(self) -> int:
        return len(self._data) - self._at

    def _fits(self, size: int) -> bool:
        if size > self._held():
            return False
        end = self._at + size
        rest = self._data[end : end + 16].lstrip(b"\r\n")
        return not rest or rest[:1].isdigit()

    def _line_end(self) -> int:
        while (end := self._data.find(b"\n", self._at)) < 0 and self._held() < MAX_LINE:
            if not self._more():
                break
        return self._held() if end < 0 else end - self._at

    def _more(self) -> bool:
        piece = next(self._blocks, b"")
        self._data, self._at = self._data[self._at :] + piece, 0
        return bool(piece)


class WrappedLines:
    """The entries of text that a console broke at its width, wherever that was in a line."""

    name = "lines broken at the console's width"

    def __init__(self, blocks: Iterable[bytes], width: int) -> None:
        self._blocks, self._width = blocks, width
        self.lines = 0

    def entries(self) -> Iterator[ExportEntry]:
        """One entry a line as it was before it was broken."""
        pieces: list[bytes] = []
        for line in (line.rstrip(b"\r") for line in split(self._blocks)):
            if pieces and (self._is_whole(pieces) or _begins(line, pieces[-1])):
                yield self._entry(pieces)
                pieces = []
            pieces.append(line)
            self.lines += 1
        if pieces:
            yield self._entry(pieces)

    def _is_whole(self, pieces: Sequence[bytes]) -> bool:
        """Whether the last piece ends before the width, or nobody would take a longer line."""
        return (
            self._width - self._length(pieces[-1]) not in (0, 1)
            or len(pieces) * self._width > MAX_LINE
        )

    @staticmethod
    def _length(line: bytes) -> int:
        return len(line.decode(errors="replace"))

    def _entry(self, pieces: list[bytes]) -> ExportEntry:
        # A blank at the end of a broken line is lost where the text was copied from a screen.
        padded = [p + b" " * (self._width - self._length(p)) for p in pieces[:-1]]
        text = b"".join([*padded, pieces[-1]])
        return ExportEntry(text, time_of(text), self.lines - len(pieces) + 1, len(pieces))


def is_labelled(head: bytes) -> bool:
    """Whether text begins as logcli prints it."""
    return _LABELS.match(head) is not None


def is_counted(head: bytes) -> bool:
    """Whether text begins as octet-counted syslog does."""
    return _COUNT.match(head) is not None


def width(head: bytes) -> int:
    """The width at which the lines of a text were broken; 0 if they were not.

    The longest lines are many and equally long, and what stands below them is no line by itself.
    """
    lines = [line.rstrip("\r") for line in head.decode(errors="replace").split("\n")[:-1]]
    counts = Counter(map(len, lines))
    longest = max(counts, default=0)
    if longest < _NARROWEST or counts[longest] < max(_FEWEST, _WRAPPED_SHARE * len(lines)):
        return 0
    full = [(line, after) for line, after in pairwise(lines) if len(line) == longest]
    loose = [
        after
        for line, after in full
        if not after[:2].isspace() and not _begins(after.encode(), line.encode())
    ]
    whole = any(_begins(line.encode()) for line, _ in full)
    return longest if whole and len(loose) * 2 > len(full) else 0


def _begins(line: bytes, before: bytes = b"}") -> bool:
    """Whether a line is one by itself: of a record, or of what a shipper wrapped. JSON begins
    behind JSON, and not inside a text whose fields a console moved to the next line."""
    if line[:2] == b'{"':
        return before[-1:] == b"}"
    return bool(wrappers.peel(line).names) or (own_time(line) is None and time_of(line) is not None)
