"""What stands between the records of a stream of JSON, from the end of one list to the beginning of
the next, as where CloudWatch sends a few events in each document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuner.lazy_patterns import lazy_pattern

if TYPE_CHECKING:
    from tuner.scan.export_lines import Gap

MOST, LONGEST = 8, 1 << 10
"""So many are known, of so many bytes: the scan has room for these."""
_SEPARATORS = b" ,\t\r\n"
_TOKENS = lazy_pattern(rb'"(?:[^"\\]|\\.)*+"|[][{}]')
Opened = Sequence[Sequence[int]]
"""The containers that are open; the first number of each is its first byte."""


class Gaps:
    """Learns them from where records end and begin, if the same is open behind one as before."""

    def __init__(self) -> None:
        self.known: tuple[Gap, ...] = ()
        """The last ones that were found, without the blanks and commas around them."""
        self._end: int | None = None
        self._open: list[int] = []

    def end(self, at: int, opened: Opened) -> None:
        """A record ends at this place, inside of what is open."""
        self._end, self._open = at, [first for first, *_ in opened]

    def begin(self, data: bytes, at: int, opened: Opened) -> None:
        """The next record begins at this place."""
        if self._end is None or not 0 < at - self._end <= LONGEST:
            return
        text = data[self._end : at].strip(_SEPARATORS)
        if text and self._open == [first for first, *_ in opened]:
            self._learn(text)

    def _learn(self, text: bytes) -> None:
        opens = _opens(text)
        if opens is None or any(known.text == text for known in self.known):
            return
        from tuner.scan.export_lines import Gap  # what small exports do not need

        self.known = (*self.known, Gap(text, opens))[-MOST:]

    def drop(self, size: int) -> None:
        """The data begin so many bytes later."""
        self._end = None if self._end is None or self._end < size else self._end - size


def _opens(text: bytes) -> int | None:
    """Where the first value begins that does not end in the text; None if there is none."""
    places: list[int] = []
    for token in _TOKENS.finditer(text):
        if token[0] in b"{[":
            places.append(token.start())
        elif token[0] in b"]}" and places:
            places.pop()
    return places[0] if places else None
