"""A text line in, a record out: LiveKit's dev and compact text, and Python logging's layouts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import rest_of_line, timestamps
from tuner.lines.cut_fields import whole_fields
from tuner.lines.levels import LEVELS, level_name
from tuner.lines.undecodable import UNDECODABLE
from tuner.model import Record

if TYPE_CHECKING:
    import regex

DEV, COMPACT, PYTHON = "LiveKit dev text", "LiveKit compact text", "Python logging text"
_MATCH_TIMEOUT_S, _QUICK = 1.0, 4096
"""Only longer lines have a limit."""
_GREY, _RESET = b" \x1b[90m", b"\x1b[0m"
_COLOUR = lazy_pattern(rb"\x1b\[[^m\x1b]*m")
_COLUMN = b"}  "
"""How fields end in a table, which has other columns behind the one of the lines."""
_HANDLERS = (":emit:", ":callHandlers:", ":handle:")
"""Functions that hand records of `logging` to loguru: the module before them wrote none of them."""
LIBRARIES = ("livekit", "openai", "httpx", "httpcore")
_BEFORE_MESSAGES = (b"- ", b"| ", b": ", b"> ")
"""What an app's own layout puts before its messages, and LiveKit's compact text does not."""
_PADDED = 9
_SHORT = 200
"""Longer texts are not remembered: they may be as long as a line, and many."""

_TIME = (
    r"(?P<time>(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9}+)?+(?:Z| ?[+-]\d\d:?\d\d)?+)"
    r"(?!\w)"
)
_LEVEL = (
    r"(?P<level>(?i:TRACE|DEBUG|DEV|INFO|SUCCESS|NOTICE|WARN(?:ING)?|ERR(?:OR)?|CRITICAL|FATAL"
    r"|EXCEPTION))(?!\w)"
)
_NAME = r"(?P<name>[A-Za-z_][\w.\-]*)"
_PID = r"(?:\[?(?P<pid>\d{2,7})\]?\s++)?"
_GAP = r"(?:\s*+[-|:])?\s*+"
"""What may stand between two parts. No part gives blanks back: a line of blanks costs no more."""
_CLOSED = r"(?:\s*+\])?"
_WITH_TIME = (
    # TIME LEVEL name: message | TIME | LEVEL | name:function:line - message (loguru)
    rf"\[?{_TIME}\]?{_GAP}{_PID}\[?{_LEVEL}{_CLOSED}{_GAP}\[?{_NAME}\]?"
    rf"(?P<place>(?::[\w<>.]+)*)\s*+(?:-|:|\|)\s(?P<message>.*)$",
    # TIME name LEVEL message | [TIME - name:line - LEVEL] message (OPENAI_LOG)
    rf"\[?{_TIME}\]?{_GAP}{_PID}\[?{_NAME}\]?(?::\d+)?{_GAP}\[?{_LEVEL}\]?{_GAP}(?P<message>.*)$",
    # TIME LEVEL message
    rf"\[?{_TIME}\]?{_GAP}\[?{_LEVEL}{_CLOSED}(?:\s*+[-|:])?\s++(?P<message>.*)$",
)
_WITH_LEVEL = (
    # basicConfig: LEVEL:name:message
    rf"{_LEVEL}:{_NAME}:(?P<message>.*)$",
    # LEVEL name: message | LEVEL: message
    rf"\[?{_LEVEL}\]?\s++{_NAME}:\s(?P<message>.*)$",
    rf"\[?{_LEVEL}\]?:?\s++(?:\[{_NAME}\]\s)?(?P<message>.*)$",
)


class _Forms(NamedTuple):
    with_time: tuple[regex.Pattern[str], ...]
    with_level: tuple[regex.Pattern[str], ...]


@cache
def _forms() -> _Forms:
    """The forms, compiled when first needed: that takes longer than to read a small log."""
    import regex

    with_time, with_level = (
        tuple(regex.compile(form, regex.DOTALL) for form in forms)
        for forms in (_WITH_TIME, _WITH_LEVEL)
    )
    return _Forms(with_time, with_level)


def _forms_of(text: str) -> Sequence[regex.Pattern[str]]:
    """The forms that a text may have, by what it begins with: a time or a level, in brackets or
    not. To ask one takes 3 us also where its first letter is not the text's."""
    first = text[1:2] if text.startswith("[") else text[:1]
    if first.isdecimal():
        return _forms().with_time
    return _forms().with_level if first.isalpha() else ()


class Context(msgspec.Struct, gc=False):
    """The ids of a call among a record's fields."""

    job_id: str | None = None
    room: str | None = None
    pid: int | None = None


_CONTEXT = msgspec.json.Decoder(Context, strict=False)


def parse(line: bytes) -> Record | None:
    """Return the record on a text line, None if it has none of the known layouts."""
    if (record := parse_own(line)) is not None:
        return record
    line = line.lstrip(b"\r")
    return _python(line) if line[:1] not in (b" ", b"\t", b"") else None


def parse_own(line: bytes) -> Record | None:
    """Return the record on a line of LiveKit's own text, dev or compact; None if it is none."""
    line = line.lstrip(b"\r")
    if line[4:5] == b"-" and line[23:26] == b" - ":
        return _dev(line)
    return _compact(line) if line[2:3] == b":" and line[8:9] == b" " else None


def _dev(line: bytes) -> Record | None:
    """`2026-11-20 08:46:01,270 - LEVEL livekit.agents - message {extras}`, coloured or not."""
    head, dash, rest = line[26:].partition(b" - ")
    level, logger = _level_and_logger(head)
    return _text_record(line[:23], level, logger, rest, DEV) if dash and logger else None


def _compact(line: bytes) -> Record | None:
    """`HH:MM:SS LEVEL name message {extras}`: what compact and console modes print."""
    level, _, rest = line[9:].lstrip().partition(b" ")
    logger, _, rest = rest.lstrip().partition(b" ")
    level_text, logger_text = _level_and_logger(level + b" " + logger)
    if not logger_text or ":" in logger_text or not logger_text[:1].isalpha():
        return None
    rest = rest.lstrip()
    if rest[:2] in _BEFORE_MESSAGES:
        return None
    return _text_record(line[:8], level_text, logger_text, rest, COMPACT)


def _level_and_logger(head: bytes) -> tuple[str, str]:
    """Split "LEVEL name"; ("", "") unless the level is one that we know."""
    return _short_head(head) if len(head) < _SHORT else _head(head)


@lru_cache(maxsize=1024)  # a log has few loggers
def _short_head(head: bytes) -> tuple[str, str]:
    return _head(head)


def _head(head: bytes) -> tuple[str, str]:
    level, _, logger = _COLOUR.sub(b"", head).decode(errors="replace").strip().partition(" ")
    name = level_name(level)
    logger = logger.strip()
    return (name, logger) if name in LEVELS and logger and " " not in logger else ("", "")


def _text_record(time: bytes, level: str, logger: str, rest: bytes, shape: str) -> Record:
    message, body, found = split_extras(rest)
    if not body and (b"=" in rest or rest.endswith(b"}")):
        message, body, found = _pairs_behind(message)
    seconds, clock = timestamps.parse(time.decode(errors="replace"))
    pid = "" if found.pid is None else str(found.pid)
    ids = (found.job_id or "", found.room or "", pid)
    return Record(message, level, logger, seconds, clock, *ids, body, shape)


def split_extras(rest: bytes) -> tuple[str, bytes, Context]:
    """Split `message {json extras}` at the colour code before the extras, else at a brace."""
    rest = rest.rstrip()
    message, grey, tail = rest.rpartition(_GREY)
    if grey:
        body = tail.removesuffix(_RESET).rstrip()
        if (ids := context(body)) is None:  # a pager or grep may have marked words in it
            body = _COLOUR.sub(b"", body)
            ids = context(body)
        if ids is not None:
            return message.decode(errors="replace"), body, ids
        return message.decode(errors="replace"), b"", Context()
    if b"\x1b" in rest and b'{"' in rest:
        rest = _COLOUR.sub(b"", rest).rstrip()
    end = len(rest) if rest.endswith(b"}") else rest.rfind(_COLUMN) + 1
    start = rest.find(b' {"', 0, end)
    while start >= 0:
        if (ids := context(rest[start + 1 : end])) is not None:
            return rest[:start].decode(errors="replace"), rest[start + 1 : end], ids
        start = rest.find(b' {"', start + 1, end)
    return _cut_extras(rest) or (rest.decode(errors="replace"), b"", Context())


def _cut_extras(rest: bytes) -> tuple[str, bytes, Context] | None:
    """The same where the line was cut within its fields, with those before that; None if it was
    not."""
    start = rest.find(b' {"')
    if start < 0 or rest.endswith(b"}"):
        return None
    fields = whole_fields(rest[start + 1 :].decode(errors="replace"))
    if not fields:
        return None
    return rest[:start].decode(errors="replace"), fields, context(fields) or Context()


def _pairs_behind(message: str) -> tuple[str, bytes, Context]:
    """Split key=value off a message, as a formatter of an app's own writes the fields of a record;
    figures that stand behind a colon are part of the message."""
    rest = rest_of_line.split(message)
    if not rest.body or rest.message.endswith(":"):
        return message, b"", Context()
    return rest.message, rest.body, context(rest.body) or Context()


def context(body: bytes) -> Context | None:
    """The ids among the fields of a JSON object; None if it is none."""
    try:
        return _CONTEXT.decode(body)
    except UNDECODABLE:
        return None


def _logger(name: str, place: str) -> str:
    return "" if place.startswith(_HANDLERS) and not name.startswith(LIBRARIES) else name


class _Tail(NamedTuple):
    """What stands behind the head of a line: the message, its fields as JSON with the ids among
    them, and a logger that is named between both."""

    message: str
    body: bytes
    ids: Context
    logger: str = ""


def _split_fields(text: str) -> _Tail:
    """As `split_extras`; fields may stand there as key=value or as Python's dictionary, too."""
    message, body, ids = split_extras(text.encode())
    if body:
        return _Tail(rest_of_line.without_separator(message.rstrip()), body, ids)
    if not ("=" in text or text.rstrip().endswith("}")):
        return _Tail(message, body, ids)
    rest = rest_of_line.split(text)
    if not rest.body:
        return _Tail(message, body, ids)
    return _Tail(rest.message, rest.body, context(rest.body) or Context(), rest.logger)


def _python(line: bytes) -> Record | None:
    text = line.decode(errors="replace")
    timeout = _MATCH_TIMEOUT_S if len(text) > _QUICK else None  # to keep one takes 1 us
    for form in _forms_of(text):
        try:
            match = form.match(text, timeout=timeout)
        except TimeoutError:
            return None
        if match is not None:
            return _python_record(match.groupdict(), _is_of_structlog(text, match.start("level")))
    return None


def _is_of_structlog(text: str, level: int) -> bool:
    """Whether the level stands here as structlog's console pads it: `[info     ]`."""
    return text[level - 1 : level] == "[" and text[level + _PADDED :][:1] == "]"


def _python_record(found: dict[str, str | None], of_structlog: bool) -> Record:
    message, body, ids, logger = _split_fields(found["message"] or "")
    if of_structlog and not (body or found.get("name")):
        message, logger = rest_of_line.split_logger(message)
    seconds, clock = timestamps.parse(found.get("time"))
    pid = found.get("pid") or ("" if ids.pid is None else str(ids.pid))
    return Record(
        message.strip(),
        level_name(found["level"] or ""),
        _logger(found.get("name") or logger, found.get("place") or ""),
        seconds,
        clock,
        ids.job_id or "",
        ids.room or "",
        pid,
        body,
        PYTHON,
    )
