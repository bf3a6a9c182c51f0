"""Records whose fields stand apart in, what the compiled scan needs to put lines together of more like
them out.

Nothing is known here of how a store takes a record apart: it is tried out. A record with marks for
its values shows where each of them goes in the line; if records with other values become the lines
that they should, the scan does what Python does with all records that are written alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tuner.exports import names, times
from tuner.exports.entries import ExportEntry, iso
from tuner.inputs.chunks import MAX_LINE
from tuner.scan.export_lines import LineTaker
from tuner.scan.known_records import KnownRecords, Piece, Put, RecordKind
from tuner.scan.layout import MOST_VALUES, NOTHING, THE_TIME

_TOKEN = re.compile(
    rb'"((?:[^"\\]|\\.)*+)"(\s*+:)?|(-?\d[\d.eE+\-]*+)|(?<![\w"])(?:true|false|null)(?![\w"])'
)
_QUOTED = re.compile(r'"([^"\\]*)"')
_DATE = re.compile(rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:)\d\d(.*)", re.S)
_EPOCH = re.compile(rb"(1\d{7})\d\d(\d{3}|\d{6}|\d{9})")
_WORD = re.compile(rb"[^\d+\-.eE \t]")
_ZONE = b'+00:00"}'
_SAME = (b"true", b"false", b"null", b'""')
"""Values that only others like them may stand for."""
_NAMING = ("key", "field")
"""Under these keys stand the names of values."""
_WHOLE, _DECIMAL = re.compile(rb"0|-?[1-9]\d{0,18}"), re.compile(rb"-?(?:0|[1-9]\d*)\.\d+")
_TEXTS = {
    "WHOLE_TEXT": _WHOLE,
    "DECIMAL_TEXT": _DECIMAL,
    "QUOTED_TEXT": re.compile(rb'\\"[^\\"]*\\"'),
}
_NUMBERS = {"A_WHOLE": _WHOLE, "A_DECIMAL": _DECIMAL}
_MARKS = {
    "PLAIN_TEXT": b"mark%dx",
    "WHOLE_TEXT": b"7%d7",
    "DECIMAL_TEXT": b"7%d7.5",
    "QUOTED_TEXT": b'\\"mark%dx\\"',
    "A_WHOLE": b"7%d7",
    "A_DECIMAL": b"7%d7.5",
}
_OTHERS: dict[str, Sequence[bytes]] = {
    "PLAIN_TEXT": (b"INFO", b"a \\\"b\\\" \\\\ \xc3\xa9\\n", b"12:30 x", b"AJ_x [y] {z}", b"error"),
    "WHOLE_TEXT": (b"0", b"-5", b"12345678901", b"3", b"20"),
    "DECIMAL_TEXT": (b"0.5", b"-12.25", b"1795167698.299471", b"1.0", b"0.001"),
    "QUOTED_TEXT": (b'\\"INFO\\"', b'\\"a b \xc3\xa9\\"', b'\\"12\\"', b'\\"[x]\\"', b'\\"\\"'),
    "A_WHOLE": (b"0", b"-5", b"12345678901", b"3", b"20"),
    "A_DECIMAL": (b"0.5", b"-12.25", b"1795167698.299471", b"1.0", b"0.001"),
}
"""Values of each form, as they are written."""
_MOST_TRIED = 1_000
Take = Callable[[bytes, int, int], ExportEntry | None]


class _Value(NamedTuple):
    """A value of a record: from where to where it is written, without the quotes of a text; its form
    (`layout.FORMS`); and whether it may be the time."""

    start: int
    end: int
    form: str
    is_time: bool


class RecordKinds:
    """What was learnt of the records of an export, which `take` makes entries of."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._tried: set[bytes] = set()
        self.known = KnownRecords()

    def learn(self, raw: bytes, within: tuple[int, int] | None = None) -> bool:
        """Learn how a record is written; whether anything new came of it.

        Nothing is learnt before the scan was asked, or of a record like one that was tried. What
        stands not `within` these places is always the same.
        """
        if not self.known.is_asked or len(self._tried) >= _MOST_TRIED or raw[:1] != b"{":
            return False
        values = _values(raw, *(within or (0, len(raw))))
        key = _with(raw, values, [each.form.encode() for each in values])
        if key in self._tried or not 0 < len(values) < MOST_VALUES:
            return False
        self._tried.add(key)
        kind = self._kind(raw, values)
        return kind is not None and self._holds(kind, raw, values) and self.known.add(kind)

    def _kind(self, raw: bytes, values: Sequence[_Value]) -> RecordKind | None:
        """What becomes of a record; None if that cannot be told."""
        marks = [_mark(n, raw[each.start : each.end], each) for n, each in enumerate(values)]
        entry = self._take(_with(raw, values, marks), 1, 1)
        if entry is None or entry.time is None or entry.reason or entry.stamped:
            return None
        at = [n for n, v in enumerate(values) if v.is_time and _time(marks[n]) == entry.time]
        line = _line(entry.text, entry.time, [mark.strip(b'\\"') for mark in marks])
        if len(at) != 1 or line is None or len({*marks}) < len(marks):
            return None
        return RecordKind(list(_pieces(raw, values)), line, at[0])

    def _holds(self, kind: RecordKind, raw: bytes, values: Sequence[_Value]) -> bool:
        """Whether records with other values become the lines that Python makes of them."""
        known = KnownRecords()
        taker = LineTaker(known, MAX_LINE) if known.add(kind) else None
        for turn in range(len(_OTHERS["A_WHOLE"])):
            other = _with(raw, values, [_other(raw, v, n + turn) for n, v in enumerate(values)])
            entry = self._take(other, 1, 1)
            found = taker.take(other, 0, 1, 0) if taker is not None else None
            if entry is None or found is None or entry.stamped or entry.reason:
                return False
            if (entry.text, entry.time) != (found.text, found.time[0]):
                return False
        return True


def _values(raw: bytes, at: int, stop: int) -> list[_Value]:
    """The values of a record that is written in JSON; none if one of them has no form."""
    found: list[_Value] = []
    for token in _TOKEN.finditer(raw, at, stop):
        if token[2] is not None:
            continue
        keys = _QUOTED.findall(raw[at : token.start()].decode(errors="replace"))
        if not keys or keys[-1] not in _NAMING:
            at = token.end()
        start, end = token.span(1 if token[1] is not None else 0)
        form = _form(raw[start:end], token[1] is not None)
        is_fixed = not keys or keys[-1] in _NAMING or any(map(names.is_level, keys))
        if not form and not is_fixed and token[0] not in _SAME:
            return []
        if form and not is_fixed:
            found.append(_Value(start, end, form, _at_second(0, raw[start:end]) != b""))
    return found


def _form(text: bytes, is_text: bool) -> str:
    """The form of a value, "" if it has none of those that the scan knows."""
    forms = _TEXTS if is_text else _NUMBERS
    found = next((form for form, pattern in forms.items() if pattern.fullmatch(text)), "")
    return found or ("PLAIN_TEXT" if is_text and _stays_text(text) else "")


def _stays_text(text: bytes) -> bool:
    """Whether a store's reader takes it for nothing but a text."""
    if text in (b"", b"true", b"false", b"null") or text[:1] in b'"\\{[':
        return False
    return text[:1] not in b"-0123456789" or (b"\\" not in text and _WORD.search(text) is not None)


def _at_second(second: int, text: bytes) -> bytes:
    """The same time at another second, b"" if the text is no time."""
    for pattern in (_DATE, _EPOCH):
        if (found := pattern.fullmatch(text)) is not None:
            return b"%b%02d%b" % (found[1], second % 60, found[2])
    return b""


def _time(text: bytes) -> float | None:
    return times.parse(text.decode(errors="replace"))


def _mark(number: int, text: bytes, value: _Value) -> bytes:
    """What stands for a value, like that of no other."""
    mark = _at_second(number, text) if value.is_time else b""
    return mark or _MARKS[value.form] % (100 + number)


def _other(raw: bytes, value: _Value, turn: int) -> bytes:
    """Another value of its form."""
    text = raw[value.start : value.end]
    if value.is_time:
        return _at_second(turn * 7, text)
    return _OTHERS[value.form][turn % len(_OTHERS[value.form])]


def _with(raw: bytes, values: Sequence[_Value], texts: Sequence[bytes]) -> bytes:
    """The record with other values."""
    out, at = [], 0
    for value, text in zip(values, texts, strict=True):
        out += [raw[at : value.start], text or raw[value.start : value.end]]
        at = value.end
    return b"".join((*out, raw[at:]))


def _pieces(raw: bytes, values: Sequence[_Value]) -> Iterator[Piece]:
    """What stands between the values, without the quotes around texts."""
    at = 0
    for value in values:
        is_text = not value.form.startswith("A_")
        yield Piece(raw[at : value.start - is_text], value.form)
        at = value.end + is_text
    yield Piece(raw[at:], "NO_VALUE")


def _line(text: bytes, time: float, marks: Sequence[bytes]) -> list[Put] | None:
    """What a line consists of; None if a mark is the name of a field."""
    stamp = iso(time).encode()
    if not text.endswith(stamp + _ZONE):
        return None
    body, places = text[: -len(stamp + _ZONE)], {mark: n for n, mark in enumerate(marks)}
    puts, at = [], 0
    for mark in re.finditer(b"|".join(map(re.escape, marks)), body):
        if body[mark.end() : mark.end() + 2] == b'":':
            return None
        puts.append(Put(body[at : mark.start()], places[mark[0]]))
        at = mark.end()
    return [*puts, Put(body[at:], THE_TIME), Put(_ZONE, NOTHING)]
