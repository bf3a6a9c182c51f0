"""One line of a Pipecat log in, what happened at that moment out.

Read in pipecat-ai 1.14: `SpeakingObserver` and `ServiceMetricsObserver`, whose events an app logs
as JSON, and the DEBUG lines of the aggregator, the transport and the metrics observer (0.0.x
writes the last without brackets).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from tuner.call_records.numbers import LATEST_S, plain
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import records, timestamps, wrappers
from tuner.lines.undecodable import UNDECODABLE
from tuner.model import Record
from tuner.scan.pipecat_lines import PipecatLine

SPEECH = frozenset(
    (
        *("user_speech_started", "user_speech_stopped", "user_turn_started", "user_turn_stopped"),
        *("bot_speech_started", "bot_speech_stopped", "interruption"),
    )
)
_WANTED = lazy_pattern(
    rb'kind\\*"|speaking|TTFB|TOKEN USAGE|broadcasting interruption'
    rb"|Waiting for StartFrame#|has finished|Pipecat \d"
)
MARKS = (
    *(b'kind"', b"kind\\", b"speaking", b"TTFB", b"TOKEN USAGE", b"broadcasting interruption"),
    *(b"Waiting for StartFrame#", b"has finished", b"Pipecat "),
)
"""One of them stands in every line that is wanted: to look for each is many times sooner."""
_FIGURES = 1 << MARKS.index(b"TTFB") | 1 << MARKS.index(b"TOKEN USAGE")
_OWN = (
    rb"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \| "
    rb"(?:TRACE|DEBUG|INFO|SUCCESS|WARNING|ERROR|CRITICAL)"
    rb" *\| [A-Za-z_][\w.]*(?::[\w<>.]+)* - "
)
_FIRST = rb"(?:[!-~\xf0]|\xe1[^\x9a\r\n\x1b])"
_LOGURU = lazy_pattern(
    _OWN + rb"(" + _FIRST + rb"[^\r\n\x1b]*(?:[!-~]|\xe1[\x80-\x99\x9b-\xbf][\x80-\xbf]))\r?\n?$"
)
"""Pipecat's own layout: `records.parse` makes the same of it, later."""
_PLAIN = lazy_pattern(_OWN + rb" *" + _FIRST + rb"[^\r\n\x1b]*\r?\n?$")
_COLOUR = lazy_pattern(rb"\x1b\[[\d;]*m")
_DEBUG = (
    (lazy_pattern(r"(?:\S+: )?User started speaking(?: \(|$)"), "user_turn_started"),
    (lazy_pattern(r"(?:\S+: )?User stopped speaking(?: \(|$)"), "user_turn_stopped"),
    (lazy_pattern(r"Bot(?: \[.*?\])? started speaking$"), "bot_speech_started"),
    (lazy_pattern(r"Bot(?: \[.*?\])? stopped speaking$"), "bot_speech_stopped"),
    (lazy_pattern(r"(?:\S+: )?broadcasting interruption$"), "interruption"),
    (lazy_pattern(r"\S+: Starting\. Waiting for StartFrame#"), "call_started"),
    (lazy_pattern(r"Pipeline \w+ \S+ has finished$"), "call_ended"),
    (lazy_pattern(r"\S+ Pipecat \d"), "process_started"),
)
_TTFB = lazy_pattern(r"\W*(\w+)#\d+\]? TTFB(?: \(.*?\))?: (\d+(?:\.\d+)?)")
_TOKENS = lazy_pattern(r"LLM TOKEN USAGE.*?: prompt: (\d+), completion: (\d+)")


class PipecatMoment(NamedTuple):
    """What happened, when (seconds; `zoned`: of the epoch, else of a clock without a zone), and as
    whom: `observed` by an observer or by a DEBUG line. `stage` is the model ("llm", "tts"). A
    `bare` event stands alone on its line, which then is no record of a log.
    """

    kind: str
    at: float
    observed: bool
    zoned: bool
    process: str
    stage: str = ""
    seconds: float = 0.0
    tokens: tuple[int, int | None, int] = (0, None, 0)
    bare: bool = False


def is_plain(line: bytes) -> bool:
    """Whether a line is in Pipecat's own layout and reports nothing of a turn: half of them are."""
    return _PLAIN.match(line) is not None and not any(map(line.__contains__, MARKS))


def of_row(row: PipecatLine) -> PipecatMoment:
    """What a line reports that the compiled scan has read."""
    observed, stage = bool(row.observed), ""
    if row.name == "ttfb":
        stage = "tts" if row.voice else "llm"
    tokens = (row.prompt, None if row.cached < 0 else row.cached, row.completion)
    return PipecatMoment(row.name, row.time, observed, observed, "", stage, row.seconds, tokens)


def own_message(line: bytes) -> tuple[int, float]:
    """Where the message begins in a line in Pipecat's own layout, and its time; else 0."""
    own = _LOGURU.match(line)
    time = timestamps.parse(own[1].decode())[0] if own and b' {"' not in own[2] else None
    return (0, 0.0) if own is None or time is None else (own.start(2), time)


def moment(line: bytes) -> PipecatMoment | None:
    """What a line reports; None if it reports nothing of a turn."""
    if not (any(map(line.__contains__, MARKS)) and _WANTED.search(line)):
        return None
    if (own := _LOGURU.match(line)) is not None and b' {"' not in own[2]:
        return _of_loguru(own)
    text = _COLOUR.sub(b"", wrappers.peel(line).text)
    if text.startswith(b'{"kind"'):
        event = _observed(text, "")
        return event and event._replace(bare=True)
    record = records.parse(text)
    if not isinstance(record, Record):
        return None
    if record.message.startswith("{"):
        return _observed(record.message.encode(errors="replace"), record.pid)
    return _debug(record)


def _of_loguru(found: re.Match[bytes]) -> PipecatMoment | None:
    time, clock = timestamps.parse(found[1].decode())
    if found[2].startswith(b"{"):
        return _observed(found[2], "")
    return _debug(Record(found[2].decode(errors="replace"), time=time, clock=clock))


def of_own_line(text: bytes, marks: int, time: float) -> PipecatMoment | None:
    """What a message in Pipecat's own layout reports, in which these of the MARKS stand."""
    if text.startswith(b"{"):
        return _observed(text, "")
    if marks & _FIGURES:
        return _debug(Record(text.decode(errors="replace"), time=time, clock="naive"))
    kind = _kind(text)
    return PipecatMoment(kind, time, False, False, "") if kind else None


@lru_cache(4096)
def _kind(text: bytes) -> str:
    """What a message without figures reports, "" for nothing: the same few come in every turn."""
    message = text.decode(errors="replace")
    return next((name for pattern, name in _DEBUG if pattern.match(message)), "")


class _Event(msgspec.Struct, gc=False):
    """An observer's event, as far as it is read: decoded once, whatever else stands in it."""

    kind: str
    timestamp: float
    processor: Any = None
    seconds: Any = None
    prompt_tokens: Any = None
    completion_tokens: Any = None
    cache_read_input_tokens: Any = None


_EVENT = msgspec.json.Decoder(_Event)


def _observed(text: bytes, process: str) -> PipecatMoment | None:
    """What an observer's event reports."""
    try:
        event = _EVENT.decode(text)
    except UNDECODABLE:
        return None
    kind, at = event.kind, event.timestamp
    if not 0 < at < LATEST_S:
        return None
    of = PipecatMoment(kind, at, True, True, process)
    if kind in SPEECH:
        return of
    return _answered(of, event) if kind == "ttfb" else _used(of, event) if kind == "llm" else None


def _answered(of: PipecatMoment, event: _Event) -> PipecatMoment | None:
    """How long a model took."""
    seconds, stage = plain(event.seconds), _stage(str(event.processor))
    return of._replace(stage=stage, seconds=seconds) if seconds and stage else None


def _used(of: PipecatMoment, event: _Event) -> PipecatMoment:
    """The tokens of a request."""
    cached = plain(event.cache_read_input_tokens)
    prompt, completion = (
        int(plain(n) or 0) for n in (event.prompt_tokens, event.completion_tokens)
    )
    tokens = (prompt, None if cached is None else int(cached), completion)
    return of._replace(kind="tokens", tokens=tokens)


def _debug(record: Record) -> PipecatMoment | None:
    if record.time is None:
        return None
    of = (record.time, False, record.clock == "utc", record.pid)
    message = record.message
    if found := _TTFB.match(message):
        stage = _stage(found[1])
        return PipecatMoment("ttfb", *of, stage, float(found[2])) if stage else None
    if used := _TOKENS.search(message):
        return PipecatMoment("tokens", *of, "", 0.0, (int(used[1]), None, int(used[2])))
    kind = _kind(message.encode(errors="replace"))
    return PipecatMoment(kind, *of) if kind else None


def _stage(processor: str) -> str:
    """Which model a service is, by the name that Pipecat gives to all of its kind."""
    return "llm" if "LLM" in processor else "tts" if "TTS" in processor else ""
