"""A JSON object in, a record out. LiveKit's own layout is tried first, then everyone else's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import levels, text_lines, timestamps
from tuner.lines.undecodable import UNDECODABLE
from tuner.model import Record

HALF, BROKEN = "half a JSON line", "JSON that does not parse"
LIVEKIT, OTHER, TURNS, PINO = "LiveKit JSON", "other JSON", "turn log", "pino JSON"
GO = "JSON of a program in Go"


class LiveKitLine(msgspec.Struct, gc=False):
    """What every line of LiveKit's JSON has, and the ids that most have."""

    message: str
    level: str
    name: str
    timestamp: str
    job_id: str | None = None
    room: str | None = None
    pid: int | str | None = None


_DECODER = msgspec.json.Decoder(LiveKitLine)
MESSAGE_KEYS = ("message", "msg", "event", "text", "log", "@message", "textPayload", "MESSAGE")
_TIME_KEYS = ("timestamp", "time", "ts", "@timestamp", "asctime", "date", "datetime", "created")
_OTHER_TIME_KEYS = (
    *("_time", "_timestamp", "dt", "when", "@t", "date_time", "event_time", "eventTime"),
    *("log_time", "logged_at", "created_at", "Timestamp", "TimeStamp", "time_stamp"),
    *("TimeGenerated", "localtime", "t"),
)
"""Those of stores, and what apps rename theirs to: believed only where none of ours is there."""
_EARLIEST_S = 1.4e9
"""2014: a smaller number under such a key is a duration, or a count."""
_LEVEL_KEYS = ("level", "levelname", "severity", "log.level", "lvl", "level_name", "loglevel", "@l")
_GELF = "short_message"
"""Graylog's format: own fields begin with "_", and levels are syslog's numbers."""
_ALL_MESSAGE_KEYS = (*MESSAGE_KEYS, "@m", "@mt", _GELF)
_SYSLOG = dict(enumerate((*["CRITICAL"] * 3, "ERROR", "WARNING", "INFO", "INFO", "DEBUG")))
_LOGGER_KEYS = (
    *("name", "logger", "logger_name", "loggerName", "log.logger"),
    *("channel", "SourceContext"),
)
_NESTED = (
    *("record", "jsonPayload", "extra", "fields", "context", "data", "log", "attributes"),
    *("custom", "ctx", "extras", "extra_fields", "meta", "metadata", "params", "kwargs"),
    *("props", "payload"),
)
_FLATTENED = tuple(f"{key}." for key in (*_NESTED, "labels"))
"""How names of fields begin where a store wrote their path: "labels.ttft" (Elastic)."""
_OF_METRICS = frozenset(
    (
        *("timestamp", "ttft", "ttfb", "end_of_utterance_delay"),
        *("ttftMs", "ttfbMs", "endOfUtteranceDelayMs"),
    )
)
_GO_CALLER = lazy_pattern(r"[^\s:]{1,200}\.go:\d{1,9}")
_DEEPEST = 8
_UNESCAPED = lazy_pattern(
    rb'\{"message": "(?P<message>.*?)"(?P<rest>, "level": "[A-Z]+", "name": "[^"]*".*\}\s*)$', re.S
)
_RECORD_START = lazy_pattern(rb'(?<!\\)\{\s{0,31}"(?:message|level)": "')
_LONE_QUOTE = lazy_pattern(r'(?<!\\)(?:\\\\)*"')
# pino and bunyan write levels as numbers; Python's own numbers stand under "levelno".
_PINO = {10: "TRACE", 20: "DEBUG", 30: "INFO", 40: "WARNING", 50: "ERROR", 60: "CRITICAL"}
_PYTHON = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}


_LIFTED = (
    *(f'"{key}":'.encode() for key in _NESTED),
    *(f'"{begin}'.encode() for begin in _FLATTENED),
)


def parse(line: bytes) -> Record | str:
    """Return the record, or why the object is none."""
    try:
        found = _DECODER.decode(line)
    except UNDECODABLE:
        return _parse_other(line)
    return record(found, line)


def record(found: LiveKitLine, line: bytes) -> Record:
    """The record of a line of LiveKit's."""
    time, clock = timestamps.parse(found.timestamp)
    return Record(
        found.message,
        found.level,
        found.name,
        time,
        clock,
        found.job_id or "",
        found.room or "",
        "" if found.pid is None else str(found.pid),
        line,
        TURNS if found.name == "tuner.turns" else LIVEKIT,
    )


def _parse_other(line: bytes) -> Record | str:
    try:
        found = msgspec.json.decode(line)
    except UNDECODABLE:
        if (mended := _repaired(line)) != line:
            return parse(mended)
        whole = line.rstrip().endswith(b"}")
        return BROKEN if whole else HALF
    return _record(_flat(found), line)


def several(line: bytes) -> list[bytes]:
    """The records of LiveKit's that stand on one line, whatever stands between them; none if that
    is one record, or no whole one. A console's table may show the same record twice."""
    starts = [found.start() for found in _RECORD_START.finditer(line)]
    if len(starts) < 2:
        return []
    pieces: dict[Any, bytes] = {}
    for piece in _whole_ones(line, starts):
        record = parse(piece)
        if isinstance(record, Record):
            pieces.setdefault((len(pieces),) if record.time is None else _shown(piece), piece)
    return list(pieces.values())


def _whole_ones(line: bytes, starts: Sequence[int]) -> Iterator[bytes]:
    """The objects that begin at these places, but for those inside of others."""
    text, end = line.decode("latin-1"), 0  # a letter a byte: places are the same
    for start, following in zip(starts, [*starts[1:], len(line)], strict=True):
        if start < end:
            continue
        try:
            _, end = json.JSONDecoder(strict=False).raw_decode(text, start)
        except (ValueError, RecursionError):
            end = line.rfind(b"}", start, following) + 1
        if end > start:
            yield line[start:end]


def _shown(piece: bytes) -> str:
    """An object however it was written."""
    try:
        return repr(msgspec.json.decode(piece))
    except UNDECODABLE:
        return repr(piece)


def _repaired(line: bytes) -> bytes:
    """The line as it was before a page or a chat changed it: blanks that do not break, and quotes
    inside LiveKit's message that lost their backslash. The same if it is neither."""
    line = line.replace(b"\xc2\xa0", b" ")
    # without the brace every place that the message may end at would be tried up to the line's end
    found = _UNESCAPED.match(line) if line.rstrip().endswith(b"}") else None
    if found is None:
        return line
    text = found["message"].decode(errors="replace")
    text = _LONE_QUOTE.sub(r"\\\g<0>", text)
    return b'{"message": "' + text.encode() + b'"' + found["rest"]


def _flat(found: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """Lift the keys that shippers and loggers nest (loguru, stackdriver, ECS), outer ones first."""
    flat: dict[str, Any] = {}
    if depth == _DEEPEST:
        return flat
    for key in _NESTED:
        inner = found.get(key)
        if isinstance(inner, dict):
            flat.update(_flat(inner, depth + 1))
    flat.update({k: v for k, v in found.items() if not isinstance(v, dict) or k not in _NESTED})
    for key in [key for key in flat if key.startswith(_FLATTENED)]:
        flat.setdefault(key.partition(".")[2], flat[key])
    if isinstance(found.get(_GELF), str) and "message" not in found:
        flat = _of_gelf(flat)
    if isinstance(record := found.get("record"), dict) and isinstance(record.get("message"), str):
        flat["message"] = record["message"]  # loguru: "text" is the formatted line, not the message
    return flat


def _of_gelf(found: dict[str, Any]) -> dict[str, Any]:
    """The fields of a record of Graylog's under their own names."""
    level = found.get("level")
    named = {"level": _SYSLOG.get(level, level)} if isinstance(level, int) else {}
    own = {key[1:]: value for key, value in found.items() if key[:1] == "_"}
    return {**found, **own, **named}


def _record(found: dict[str, Any], line: bytes) -> Record | str:
    message = next((found[k] for k in _ALL_MESSAGE_KEYS if isinstance(found.get(k), str)), None)
    if message is None and is_metrics(found):
        message = line.decode(errors="replace")
        return Record(message, "INFO", "", *_time(found), body=line, shape=OTHER)
    if message is None:
        return "JSON without a message"
    logger = next((found[k] for k in _LOGGER_KEYS if isinstance(found.get(k), str)), "")
    level = _level(found, _PYTHON if _has_python_levels(found, logger) else _PINO)
    if (inner := _inner(message, bool(level))) is not None:
        return inner
    time, clock = _time(found)
    is_plain = "extra" not in found and _GELF not in found and _plain(line)
    body = line if is_plain else msgspec.json.encode(found)
    ids = (_text(found, "job_id", "jobId", "jobID"), _text(found, "room", "room_name"))
    pid = _text(found, "pid", "process", "_PID")
    shape = TURNS if logger == "tuner.turns" else _shape(found, logger)
    return Record(message, level, logger, time, clock, *ids, pid, body, shape)


def is_metrics(found: dict[str, Any]) -> bool:
    """Whether an app wrote one of LiveKit's metrics objects as a line, without any message."""
    kind = found.get("type")
    return isinstance(kind, str) and kind.endswith("_metrics") and not _OF_METRICS.isdisjoint(found)


def _shape(found: dict[str, Any], logger: str) -> str:
    """pino, in which agents-js writes, names host and process on every line, and no logger.

    zap names the file that called it: livekit-server has a logger `livekit.agents`, too.
    """
    if isinstance(caller := found.get("caller"), str) and _GO_CALLER.fullmatch(caller):
        return GO
    return PINO if not logger and _names_host(found) else OTHER


def _plain(line: bytes) -> bool:
    """Whether nothing was lifted, so that the line itself can serve as the record's body."""
    return not any(mark in line for mark in _LIFTED)


def _inner(message: str, has_level: bool) -> Record | None:
    """A whole record inside the message: what an envelope without a level of its own carries."""
    text = message.strip("\r\n")
    if text[:1] == "{" and text[-1:] == "}":
        inner = parse(text.encode())
        return inner if isinstance(inner, Record) else None
    return None if has_level else text_lines.parse(text.encode())


def _time(found: dict[str, Any]) -> tuple[float | None, str]:
    for key in _TIME_KEYS:
        value = found.get(key)
        if isinstance(value, dict):  # loguru: {"repr": …, "timestamp": …}
            value = value.get("timestamp")
        time, clock = timestamps.parse(value)
        if time is not None:
            return time, clock
    others = (timestamps.parse(found.get(key)) for key in _OTHER_TIME_KEYS)
    return next((at for at in others if (at[0] or 0) > _EARLIEST_S), (None, ""))


def _has_python_levels(found: dict[str, Any], logger: str) -> bool:
    """Whether a number for a level is one of Python's: pino names a logger only where an app gave
    it a name, and host and process with it."""
    return logger != "" and not _names_host(found)


def _names_host(found: dict[str, Any]) -> bool:
    return "hostname" in found and "pid" in found


def _level(found: dict[str, Any], numbers: Mapping[int, str]) -> str:
    for key in _LEVEL_KEYS:
        value = found.get(key)
        if isinstance(value, dict):  # loguru: {"name": "DEBUG", "no": 10}
            value = value.get("name")
        if isinstance(value, str):
            return levels.level_name(value)
        if isinstance(value, int):
            return numbers.get(value, "")
    return ""


def _text(found: dict[str, Any], *keys: str) -> str:
    for key in keys:
        value = found.get(key)
        if isinstance(value, dict):  # loguru: {"id": 1, "name": "MainProcess"}
            value = value.get("id")
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)
    return ""
