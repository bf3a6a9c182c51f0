"""Rows in order of time in, each line of response headers before the request's that it belongs to.

One breath of the HTTP client writes both, and a shuffled export keeps no order within a time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, takewhile
from operator import itemgetter
from typing import Final, TypeAlias

from tuner.exports.entries import ExportEntry
from tuner.lazy_patterns import lazy_pattern

Row: TypeAlias = tuple[float, bytes, int, int, bool, list[ExportEntry]]
"""The time of an entry that is one line, its text, line and lines, and whether it is stamped. Of
any other also the entry, and those that follow it and have no time."""
TIME: Final = 0
TEXT: Final = 1
_HEADERS = b"receive_response_headers.complete"
_REQUEST, _BEFORE = b"HTTP Request: ", b"Sending "
"""What a request stands behind, unless that is behind this."""
_CALLS = {
    b"AJ_": lazy_pattern(rb"\bAJ_\w+"),
    b"job": lazy_pattern(rb"\bjob(?:_?[iI][dD])?\b\W{1,6}[\w.\-]+"),
    b"room": lazy_pattern(rb"\broom\b\W{1,6}[\w.\-]+"),
    b"pid": lazy_pattern(rb"\bpid\b\W{1,6}\d+"),
}
"""What names the call of a line in whatever layout, the surest first, by how it begins: most lines
have no other, and to look for a few bytes takes a tenth of the time."""
_MOST_HELD = 1 << 16
"""More rows of one time are not put in order among each other."""
_text = itemgetter(TEXT)


class ResponsePairs:
    """Puts in order what was written at one time."""

    def __init__(self) -> None:
        self._open: set[bytes] = set()
        """The calls with headers whose request has not come yet."""

    def paired(self, batches: Iterable[Sequence[Row]]) -> Iterator[Sequence[Row]]:
        """The rows of all batches, but for those of one time in the same order."""
        held: Sequence[Row] = ()
        for batch in batches:
            rows = [*held, *batch]
            of_pairs = _of_pairs(rows)
            held = _last_time(rows) if of_pairs else ()
            yield self._ordered(rows[: len(rows) - len(held)], of_pairs)
        yield self._ordered(held, _of_pairs(held))

    def _ordered(self, rows: Sequence[Row], of_pairs: Sequence[int]) -> Sequence[Row]:
        places: dict[tuple[float, bytes], list[int]] = {}
        for place in takewhile(lambda place: place < len(rows), of_pairs):
            row = rows[place]
            places.setdefault((row[TIME], _call(row)), []).append(place)
        out = list(rows)
        for (_, call), at in places.items():
            for place, row in zip(at, self._in_turn(call, [rows[n] for n in at]), strict=True):
                out[place] = row
        return out

    def _in_turn(self, call: bytes, rows: Sequence[Row]) -> list[Row]:
        """Headers and requests of one call and time by turns, first what is missing from before."""
        headers = deque(row for row in rows if _HEADERS in row[TEXT])
        requests = deque(row for row in rows if _HEADERS not in row[TEXT])
        out: list[Row] = []
        while headers or requests:
            wanted, other = (requests, headers) if call in self._open else (headers, requests)
            source = wanted or other
            out.append(source.popleft())
            (self._open.add if source is headers else self._open.discard)(call)
        return out


def _of_pairs(rows: Sequence[Row]) -> Sequence[int]:
    """The places of the rows with response headers or requests: they are looked for in all at once,
    which takes a fraction of the time."""
    ends = list(accumulate(len(row[TEXT]) + 1 for row in rows))
    texts = b"\n".join(map(_text, rows))
    found = {bisect_right(ends, at) for at in chain(_all(_HEADERS, texts), _requests(texts))}
    return sorted(found)


def _requests(texts: bytes) -> Iterator[int]:
    start = len(_BEFORE)
    return (at for at in _all(_REQUEST, texts) if texts[max(at - start, 0) : at] != _BEFORE)


def _all(wanted: bytes, texts: bytes) -> Iterator[int]:
    """Where it stands."""
    at = texts.find(wanted)
    while at >= 0:
        yield at
        at = texts.find(wanted, at + 1)


def _call(row: Row) -> bytes:
    text = row[TEXT]
    for start, name in _CALLS.items():
        at = text.find(start)
        if at >= 0 and (found := name.search(text, at)) is not None:
            return found[0]
    return b""


def _last_time(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows at the end that have one time: more of it may follow."""
    alike = sum(1 for _ in takewhile(lambda row: row[TIME] == rows[-1][TIME], reversed(rows)))
    return rows[len(rows) - alike :] if alike <= _MOST_HELD else ()
