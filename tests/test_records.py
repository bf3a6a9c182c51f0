from __future__ import annotations

import json
from typing import Any

import pytest

from tuner.lines import events, look, records, timestamps
from tuner.lines.layouts import NONE
from tuner.model import Record

AT = 1795167366.123  # 2026-11-20T09:36:06.123Z
MESSAGE = "resumed false interrupted speech"


def record(line: str | bytes) -> Record:
    found = records.parse(line.encode() if isinstance(line, str) else line)
    assert isinstance(found, Record), found
    return found


def text(value: Any) -> str:
    return json.dumps(value)


LIVEKIT = text(
    {
        "message": MESSAGE, "level": "DEBUG", "name": "livekit.agents", "timeout": 2.0,
        "job_id": "AJ_1", "room": "r", "pid": 7, "timestamp": "2026-11-20T09:36:06.123000+00:00",
    }
)  # fmt: skip
STRUCTLOG = text(
    {"event": MESSAGE, "level": "debug", "logger": "livekit.agents", "timeout": 2.0,
     "job_id": "AJ_1", "timestamp": "2026-11-20T09:36:06.123Z"}
)  # fmt: skip
LOGURU = text(
    {"text": f"2026 | DEBUG | {MESSAGE}\n", "record": {
        "message": MESSAGE, "level": {"name": "DEBUG", "no": 10}, "name": "livekit.agents",
        "time": {"repr": "x", "timestamp": AT}, "process": {"id": 7, "name": "MainProcess"},
        "extra": {"timeout": 2.0, "job_id": "AJ_1"}}}
)  # fmt: skip
JSON_LOGGER = text(
    {"asctime": "2026-11-20 09:36:06,123", "levelname": "DEBUG", "name": "livekit.agents",
     "message": MESSAGE, "timeout": 2.0, "job_id": "AJ_1"}
)  # fmt: skip
PINO = text(
    {"level": 20, "time": 1795167366123, "pid": 7, "hostname": "h", "name": "livekit.agents",
     "msg": MESSAGE, "timeout": 2.0, "job_id": "AJ_1"}
)  # fmt: skip
NESTED_EXTRA = text(
    {"ts": AT, "severity": "DEBUG", "logger": "livekit.agents", "msg": MESSAGE,
     "extra": {"timeout": 2.0, "job_id": "AJ_1"}}
)  # fmt: skip
STACKDRIVER = text(
    {"timestamp": "2026-11-20T09:36:06.123Z", "severity": "DEBUG", "jsonPayload": {
        "message": MESSAGE, "name": "livekit.agents", "timeout": 2.0, "job_id": "AJ_1"}}
)  # fmt: skip
EXTRAS = '{"timeout": 2.0, "job_id": "AJ_1"}'
DEV = (
    "2026-11-20 09:36:06,123 - \x1b[36mDEBUG\x1b[0m livekit.agents - "
    f"{MESSAGE} \x1b[90m{EXTRAS}\x1b[0m"
)
DEV_PLAIN = f"2026-11-20 09:36:06,123 - DEBUG livekit.agents - {MESSAGE} {EXTRAS}"
SHAPES = {
    "livekit": LIVEKIT, "structlog": STRUCTLOG, "loguru": LOGURU, "json logger": JSON_LOGGER,
    "pino": PINO, "nested extra": NESTED_EXTRA, "stackdriver": STACKDRIVER, "dev": DEV,
    "dev without colour": DEV_PLAIN,
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_record_and_event(shape: str) -> None:
    found = record(SHAPES[shape])
    assert (found.message, found.level, found.logger) == (MESSAGE, "DEBUG", "livekit.agents")
    assert found.job == "AJ_1"
    assert found.time == pytest.approx(AT)
    event = events.read(found)
    assert event is not None
    assert (event.kind, dict(event.fields)) == ("false_interruption", {"timeout": 2.0})


COMPACT = f"09:36:06 \x1b[36mDEBUG\x1b[0m livekit.agents {MESSAGE} \x1b[90m{EXTRAS}\x1b[0m"


@pytest.mark.parametrize("line", [COMPACT, "\r" + COMPACT])
def test_compact_and_console_text_have_no_date(line: str) -> None:
    found = record(line)
    assert (found.message, found.logger, found.job) == (MESSAGE, "livekit.agents", "AJ_1")
    assert (found.time, found.clock) == (9 * 3600 + 36 * 60 + 6, "day")


@pytest.mark.parametrize(
    ("line", "level", "logger", "message"),
    [
        ("DEBUG:livekit.agents:hello: you", "DEBUG", "livekit.agents", "hello: you"),
        ("2026-11-20 09:36:06,123 INFO httpx: HTTP Request", "INFO", "httpx", "HTTP Request"),
        ("2026-11-20 09:36:06 - livekit.agents - WARN - hm", "WARNING", "livekit.agents", "hm"),
        ("[2026-11-20 09:36:06 - openai._base_client:1234 - DEBUG] request_id: r", "DEBUG",
         "openai._base_client", "request_id: r"),
        ("2026-11-20 09:36:06.123 | INFO     | livekit.agents:emit:55 - hi", "INFO",
         "livekit.agents", "hi"),
        ("2026-11-20T09:36:06Z [INFO] livekit.agents: hi", "INFO", "livekit.agents", "hi"),
        ("2026-11-20 09:36:06,123 1234 ERROR livekit.agents - hi", "ERROR", "livekit.agents", "hi"),
        ("INFO: started", "INFO", "", "started"),
    ],
)  # fmt: skip
def test_python_logging_layouts(line: str, level: str, logger: str, message: str) -> None:
    found = record(line)
    assert (found.level, found.logger, found.message) == (level, logger, message)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"message": "resumed false interrupted spe', "half a JSON line"),
        ('{"message": "x", "level": "INFO"}}', "JSON that does not parse"),
        ('{"a": 1}', "JSON without a message"),
        ("lorem ipsum dolor", "no known shape"),
        ("\x1b[31mlorem\x1b[0m", "no known shape"),
    ],
)
def test_what_is_no_record_says_why(line: str, reason: str) -> None:
    assert records.parse(line.encode()) == reason


@pytest.mark.parametrize(
    "line",
    ["Traceback (most recent call last):", '  File "a.py", line 3, in f', "", "    ^^^^",
     "ConnectionResetError: Connection lost", "openai.APITimeoutError: Request timed out.",
     "asyncio.exceptions.CancelledError"],
)  # fmt: skip
def test_tracebacks_belong_to_the_record_above(line: str) -> None:
    assert records.parse(line.encode()) == records.CONTINUATION


@pytest.mark.parametrize(
    ("value", "seconds", "clock"),
    [
        ("2026-11-20T09:36:06.123000+00:00", AT, "utc"),
        ("2026-11-20T09:36:06.123Z", AT, "utc"),
        ("2026-11-20T11:36:06.123+02:00", AT, "utc"),
        ("2026-11-20T04:06:06.123-0530", AT, "utc"),
        ("2026-11-20T09:36:06.123456789Z", AT + 0.000456789, "utc"),
        ("2026-11-20T09:36:06Z", AT - 0.123, "utc"),
        ("2026-11-20 09:36:06,123", AT, "naive"),
        (AT, AT, "utc"),
        (int(AT * 1e3), AT, "utc"),
        (int(AT * 1e9), AT, "utc"),
        (str(AT), AT, "utc"),
        ("23:59:59", 86399, "day"),
        ("2026-13-40T00:00:00Z", None, ""),
        ("yesterday", None, ""),
        (True, None, ""),
        (None, None, ""),
    ],
)
def test_times(value: Any, seconds: float | None, clock: str) -> None:
    found, told = timestamps.parse(value)
    assert found == (None if seconds is None else pytest.approx(seconds, abs=2e-3))
    assert told == clock


def test_the_times_of_spans_are_read_as_those_with_more_digits() -> None:
    """Times of six digits and a Z are read at once, all others piece by piece."""
    for number in range(0, 1_000_000, 997):
        text = f"2026-11-25T22:29:{number % 60:02d}.{number:06d}Z"
        assert timestamps.parse(text) == timestamps.parse(text.replace("Z", "0Z"))
    for odd in ("2026-11-25T22:29:28.57906\u0665Z", "2026-11-25T22:29:28.57 065Z"):
        assert timestamps.parse(odd) == timestamps.parse(odd.replace("Z", "z"))


def test_a_line_that_is_read_again_gives_a_record_of_its_own() -> None:
    line = b"2026-11-20 09:36:05,904 INFO livekit.agents: session closed"
    for _ in range(3):
        found = record(line)
        assert (found.message, found.clock) == ("session closed", "naive")
        found.message, found.clock = "changed", ""


def test_a_line_that_is_read_again_is_read_in_the_layouts_that_are_given() -> None:
    texts = [f"07:00:0{n} > voice > INFO > LLM metrics" for n in range(8)]
    found, line = look.look("\n".join(texts).encode()), texts[3].encode()
    before, inside, behind = (records.parse(line, where) for where in (NONE, found, NONE))
    assert isinstance(inside, Record) and inside.message == "LLM metrics"
    assert before == behind != inside
