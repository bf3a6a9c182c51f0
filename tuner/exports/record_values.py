"""A record as it is written in, its values out; and other values of the same forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tuner.exports import names
from tuner.lazy_patterns import lazy_pattern

_TOKEN = lazy_pattern(
    rb'"((?:[^"\\]|\\.)*+)"(\s*+:)?|-?\d[\d.eE+\-]*+|(?<![\w"])(?:true|false|null)(?![\w"])'
)
_QUOTED = lazy_pattern(r'"([^"\\]*)"')
_PAIR = lazy_pattern(
    rb"(?:^|(?<=\s))([A-Za-z_][\w.\-]*)="
    rb"(?:\"((?:[^\"\\]|\\.)*+)\"|'([^'\\]*+)'|([^\s\"'=]++))(?=\s|$)"
)
_DATE = lazy_pattern(rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:)\d\d(.*)", re.S)
_EPOCH = lazy_pattern(rb"(1\d{7})\d\d(\d{3}|\d{6}|\d{9}|\.\d{1,6})")
_NO_NUMBER = lazy_pattern(rb"[^\d+\-.eE \t]")
_BARE_WORD = lazy_pattern(rb"[!-~]*[!-+\--:<-~]")
_CONSOLE = lazy_pattern(
    rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)?) +\[[A-Za-z]+ *\] +"
    rb"(\w[^=\[\]{}\\]*?) +\[[A-Za-z_][\w.\-]*\](?: (?=[A-Za-z_])|$)"
)
"""structlog's console: the time, the level, the message and its logger; fields may follow."""
_VERSION = lazy_pattern(rb"\d{1,5}(?:\.\d{1,5}){2,4}")
"""Neither a number nor safely a text; few others come in its place (`ecs.version`)."""
_SAME = (b"true", b"false", b"null", b"", b"True", b"False", b"None")
"""Values that only others like them may stand for, also as texts."""
_NAMING = ("key", "field")
"""Under these keys stand the names of values."""
_WHOLE, _DECIMAL = lazy_pattern(rb"0|-?[1-9]\d{0,18}"), lazy_pattern(rb"-?(?:0|[1-9]\d*)\.\d+")
_TEXTS = {
    "WHOLE_TEXT": _WHOLE,
    "DECIMAL_TEXT": _DECIMAL,
    "QUOTED_TEXT": lazy_pattern(rb'\\"[!#-\[\]-~]+\\"'),
    "NESTED_TEXT": lazy_pattern(rb'\\"(?:[^\\"]|\\\\(?:\\\\|\\"|[bfnrtu]))*+\\"'),
}
_NUMBERS = {"A_WHOLE": _WHOLE, "A_DECIMAL": _DECIMAL}
_WHOLE_MARK, _DECIMAL_MARK, _TEXT_MARK = b"7%d7", b"7%d7.5", b"mark%dx"
_MARKS = {
    "WHOLE_TEXT": _WHOLE_MARK,
    "DECIMAL_TEXT": _DECIMAL_MARK,
    "QUOTED_TEXT": b'\\"mark%dx\\"',
    "NESTED_TEXT": b'\\"mark%dx\\"',
    "A_WHOLE": _WHOLE_MARK,
    "A_DECIMAL": _DECIMAL_MARK,
}
_OTHER_WHOLE = (b"0", b"-5", b"12345678901", b"3", b"20", b"1795167698299")
_OTHER_DECIMALS = (b"0.5", b"-12.25", b"1795167698.299471", b"1.0", b"0.001", b"9.5")
_A_TIME = b"2026-11-20T09:36:05Z"
_OTHERS: dict[str, Sequence[bytes]] = {
    "PLAIN_TEXT": (
        b"INFO",
        b'a \\"b\\" \\\\ \xc3\xa9\\n',
        b"12:30 x",
        b"AJ_x [y] {z}",
        b"error",
        _A_TIME,
    ),
    "WHOLE_TEXT": _OTHER_WHOLE,
    "DECIMAL_TEXT": _OTHER_DECIMALS,
    "QUOTED_TEXT": (
        b'\\"INFO\\"',
        b'\\"a.b-c\\"',
        b'\\"12\\"',
        b'\\"[x]\\"',
        b'\\"{y\\"',
        b'\\"x\\"',
    ),
    "NESTED_TEXT": (
        b'\\"INFO\\"',
        b'\\"a \\\\\\"b\\\\\\" \\\\\\\\ \xc3\xa9\\"',
        b'\\"12\\\\n[x]\\"',
        b'\\"\\\\n\\"',
        b'\\"\\"',
        b'\\"x\\\\u00e9\\"',
    ),
    "A_WHOLE": _OTHER_WHOLE,
    "A_DECIMAL": _OTHER_DECIMALS,
    "A_WORD": (b"INFO", b"a.b/c-d", b"12:30", b"AJ_x[y]{z}", b"error", _A_TIME),
    "IN_APOSTROPHES": (b"INFO", b"a b \xc3\xa9", b"12", b"[x]", b"a=b c", _A_TIME),
    "A_MESSAGE": (b"INFO x", b"a b", b'12 "x" y', b"word text: (x)", b"error x: a - b", b"a time"),
}
"""Values of each form, as they are written; a time is no other value, wherever it stands."""
MANY = len(_OTHER_WHOLE)
"""So many other values there are of each form."""


class Value(NamedTuple):
    """A value of a record: from where to where it is written, without the quotes of a text; its
    form (`layout.FORMS`); whether it may be the time, and whether quotes stand around it."""

    start: int
    end: int
    form: str
    is_time: bool
    in_quotes: bool


def in_json(raw: bytes, at: int, stop: int) -> list[Value]:
    """The values of JSON between two places; none if one of them has no form."""
    found: list[Value] = []
    for token in _TOKEN.finditer(raw, at, stop):
        if token[2] is not None:
            continue
        keys = _QUOTED.findall(raw[at : token.start()].decode(errors="replace"))
        if not keys or keys[-1] not in _NAMING:
            at = token.end()
        if not keys or keys[-1] in _NAMING or any(map(_is_level, keys)):
            continue
        is_text = token[1] is not None
        if is_text and names.level(token[1].decode(errors="replace")):
            continue  # wherever it stands: loguru has its level beside a picture of it
        if (value := _value(raw, token.span(1 if is_text else 0), is_text)) is not None:
            found.append(value)
        elif token[0].strip(b'"') not in _SAME and not (is_text and _VERSION.fullmatch(token[1])):
            return []
    return found


def _is_level(key: str) -> bool:
    return names.is_level(key) or names.is_severity(key)


def in_pairs(raw: bytes, at: int, stop: int) -> list[Value]:
    """The same of key=value."""
    found: list[Value] = []
    for pair in _PAIR.finditer(raw, at, stop):
        if names.is_level(pair[1].decode()):
            continue
        group = pair.lastindex or 0
        start, end = pair.span(group)
        value = _value(raw, (start, end), group == 2) if group != 3 else None
        if group == 3:
            value = Value(start, end, "IN_APOSTROPHES", _is_time(pair[3]), True)
        elif value is None and group == 4 and _is_word(pair[4]):
            value = Value(start, end, "A_WORD", _is_time(pair[4]), False)
        if value is not None:
            found.append(value)
        elif raw[start:end] not in _SAME and start < end:
            return []
    return found


def in_console(raw: bytes, at: int, stop: int) -> list[Value]:
    """The same of a line of structlog's console."""
    start = _CONSOLE.match(raw, at, stop)
    if start is None:
        return []
    fields = in_pairs(raw, start.end(), stop)
    if start.end() < stop and not fields:
        return []
    time = Value(*start.span(1), "A_TIME", _is_time(start[1]), False)
    return [time, Value(*start.span(2), "A_MESSAGE", False, False), *fields]


def _value(raw: bytes, span: tuple[int, int], is_text: bool) -> Value | None:
    text = raw[span[0] : span[1]]
    forms = _TEXTS if is_text else _NUMBERS
    form = next((form for form, pattern in forms.items() if pattern.fullmatch(text)), "")
    form = form or ("PLAIN_TEXT" if is_text and _stays_text(text) else "")
    return Value(*span, form, _is_time(text), is_text) if form else None


def _stays_text(text: bytes) -> bool:
    """Whether a store's reader takes it for nothing but a text."""
    if text in _SAME or text[:1] in b'"\\{[':
        return False
    is_number = text[:1] in b"-0123456789"
    return not is_number or _NO_NUMBER.search(text.partition(b"\\")[0]) is not None


def _is_word(text: bytes) -> bool:
    return _BARE_WORD.fullmatch(text) is not None and b"\\" not in text and _stays_text(text)


def _is_time(text: bytes) -> bool:
    return at_second(0, text) != b""


def at_second(second: int, text: bytes) -> bytes:
    """The same time at another second, b"" if the text is no time."""
    for pattern in (_DATE, _EPOCH):
        if (found := pattern.fullmatch(text)) is not None:
            return b"%b%02d%b" % (found[1], second % 60, found[2])
    return b""


def mark(number: int, raw: bytes, value: Value) -> bytes:
    """What stands for a value, like that of no other number."""
    if value.is_time:
        return at_second(number, raw[value.start : value.end])
    return _MARKS.get(value.form, _TEXT_MARK) % (100 + number)


def other(turn: int, raw: bytes, value: Value) -> bytes:
    """Another value of its form."""
    if value.is_time:
        return at_second(turn * 7, raw[value.start : value.end])
    return _OTHERS[value.form][turn % MANY]


def with_values(raw: bytes, values: Sequence[Value], texts: Sequence[bytes]) -> bytes:
    """The record with other values."""
    out, at = [], 0
    for value, text in zip(values, texts, strict=True):
        out += [raw[at : value.start], text]
        at = value.end
    return b"".join((*out, raw[at:]))
