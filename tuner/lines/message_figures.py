"""Figures that stand in the text of a message, not in a field behind it.

Each function gets the message and the fields behind it, and returns the figures that it adds, or
None when the message only begins like its line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import spoken_words, texts_of_values
from tuner.lines.undecodable import UNDECODABLE

Fields = dict[str, Any]

_MS = r"['\"]openai-processing-ms['\"]\s*[:,]\s*b?['\"](\d+(?:\.\d+)?)"
_HEADER_MS = lazy_pattern(_MS)
_HEADER_ID = lazy_pattern(r"['\"]x-request-id['\"]\s*[:,]\s*b?['\"]([\w.\-]+)")
_SYNC_METHODS = frozenset(
    {"push_audio", "end_audio_input", "push_text", "end_text_input", "pause", "resume", "flush"}
    | {"playback_finished", "mark_playback_done", "rotate_segment", "on_playback_started"}
    | {"mark_playback_finished"}
    | {"on_playback_finished", "playback_started", "barrier", "aclose", "close"}
)
_HEADERS = lazy_pattern(
    r"receive_response_headers\.complete return_value=\((?:b'HTTP/[\d.]+', )?(\d{3}), "
)
_REQUEST = lazy_pattern(r'HTTP Request: (\w+) (\S+) "HTTP/[\d.]+ (\d{3})')
_RESPONSE = lazy_pattern(r'HTTP (?:Response|Request): (\w+) (?:(\S+) "(\d{3})|(\d{3}))')
_SYNC = lazy_pattern(r"_?SegmentSynchronizerImpl(?:[. ](\w+)|\.?…)")
_CAPITAL = lazy_pattern(r"[A-Z]")
_FLOAT = r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)"
_DELAY = "ttft|ttfb|end_of_utterance_delay|transcription_delay"
_NUMBER = lazy_pattern(
    rf"({_DELAY}|audio_duration|input_tokens|cached_input_tokens|output_tokens)={_FLOAT}"
)
_BLOCKED = lazy_pattern(r"event loop blocked for (\d{1,12})ms")
_RECONNECT = lazy_pattern(r"(?:resuming|restarting) connection\.\.\. attempt: 0")
_VALUE = rf"\\?['\"]?\s*[=:]\s*(?:{_FLOAT}|\\?\"([^\"\\]{{0,40}})\\?\")"
_OF_OBJECT = lazy_pattern(rf"(?<![\w.])({_DELAY}){_VALUE}")
_OF_NODE = lazy_pattern(r"(?<![\w.])(ttft|ttfb|endOfUtteranceDelay|transcriptionDelay)Ms" + _VALUE)
_AS_TEXT = lazy_pattern(
    r"Pipeline [LTSE][A-Z]{2} metrics:"
    r"|(?:Pipeline )?[LTSE][A-Z]{2} metrics: (?:\w{1,30}=(?:[\w.+\-]{1,40}|\{\}),? {0,2}){1,6}"
)
_HEADING = lazy_pattern(r"[LTSE][A-Z]{2} metrics:")
_BEFORE = {"cached_input_tokens": " "}
"""LiveKit has two blanks there."""
_IDS = ("pid", "job_id", "room", "room_id")
_WRITTEN = lazy_pattern(r"=(?:[\w.+\-]+|\{\})")
_SECONDS = lazy_pattern(rf" {_FLOAT}s?$")
_TOKENS = {
    "input_tokens": "prompt_tokens",
    "cached_input_tokens": "prompt_cached_tokens",
    "output_tokens": "completion_tokens",
}
_LOGFMT = lazy_pattern(r"(path|processing_ms|response_code)=([^\s'\"]+)")
TRANSCRIPT = ("lk.pii.user_transcript", "user_transcript", "lk_pii_user_transcript")
"""Where the caller's words stand: from 1.6.11 on (agents-js 1.7), before, and in BigQuery, where no
name has a point."""
_INTERRUPTED = lazy_pattern(r'"interrupted": (true|false)')
_DELAYS = lazy_pattern(rf"updated: {_FLOAT} -> {_FLOAT}")
VERSION = lazy_pattern(
    r"\d{1,3}(?:\.\d{1,4}){1,3}(?:[-.+]?(?:a|b|rc|dev|post|alpha|beta|next|local)\.?\d{0,4}){0,3}"
)
_SHORT, _LONG = 64, 1_000
_LONGEST_OWN_S = 60.0
"""Nobody waits longer for a reply, but for one that failed."""
_ENDPOINTS = (
    ("/chat/completions", "chat"),
    ("/responses", "chat"),
    ("/completions", "chat"),
    ("/audio/transcriptions", "transcription"),
    ("/audio/translations", "transcription"),
    ("/audio/speech", "speech"),
    ("/embeddings", "embeddings"),
    ("/models", "models"),
)


ENDPOINT_NAMES = frozenset(name for _, name in _ENDPOINTS) | {"other", "realtime"}
METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"})


def endpoint_name(text: str) -> str:
    """The name of an endpoint that is given by name or by URL; "" stays ""."""
    return text if not text or text in ENDPOINT_NAMES else endpoint(text)


def endpoint(url: str) -> str:
    """Sort an OpenAI URL: chat, transcription, speech, embeddings, models (pre-warm) or other."""
    path = url.partition("?")[0].rstrip("/")
    return next((name for suffix, name in _ENDPOINTS if path.endswith(suffix)), "other")


def metrics_template(message: str, body: bytes = b"") -> str | None:
    """A line of metrics as text, with `{}` for each value; None for metrics that livekit-agents
    writes otherwise. Where key=value was taken for fields, they are in the record's body."""
    if _HEADING.fullmatch(message):
        message = f"{message} {_as_written(body)}"
    return _WRITTEN.sub("={}", message) if _AS_TEXT.fullmatch(message) else None


def _as_written(body: bytes) -> str:
    """Fields as LiveKit has them in the text, without the ids that follow."""
    try:
        fields = msgspec.json.decode(body or b"{}", type=Fields)
    except UNDECODABLE:
        return ""
    return ", ".join(f"{_BEFORE.get(key, '')}{key}={{}}" for key in fields if key not in _IDS)


def synchroniser_method(message: str, _: Fields) -> Fields | None:
    """`method`: which method was called after close; a narrow screen cuts it ("…")."""
    method = _SYNC.match(message)
    if method is None:
        return None
    name = _CAPITAL.sub(r"_\g<0>", method[1] or "").lower()  # agents-js: pushAudio
    return {"method": name if name in _SYNC_METHODS else "other"}


def blocked_seconds(message: str, _: Fields) -> Fields | None:
    """`blocked_s`: how long the event loop stood still; nothing where the line has no figure."""
    blocked = _BLOCKED.match(message)
    return {"blocked_s": int(blocked[1]) / 1000} if blocked else {}


def room_reconnect(message: str, _: Fields) -> Fields | None:
    """The first attempt of the room's connection to come back; None for any other line."""
    return {} if _RECONNECT.search(message) else None


def worker_failure(message: str, _: Fields) -> Fields | None:
    """Nothing; None where more than a traceback stands behind the words."""
    return {} if message.partition("\n")[0].rstrip() == "worker failed" else None


def word_count(_: str, fields: Fields) -> Fields | None:
    """`words`: how many the caller spoke, if shown; the words themselves go no further."""
    texts = [words for key in TRANSCRIPT if isinstance(words := fields.pop(key, None), str)]
    known = (words for text in texts if (words := spoken_words.count(text)) is not None)
    return {"words": words} if (words := next(known, None)) is not None else {}


def response_headers(message: str, _: Fields) -> Fields | None:
    """`status`, `processing_ms` and `request_id` of httpcore's line with headers."""
    headers = _HEADERS.match(message)
    return None if headers is None else {"status": int(headers[1]), **_timing(message)}


def _timing(message: str) -> Fields:
    ms = _header(_HEADER_MS, "openai-processing-ms", message)
    request = _header(_HEADER_ID, "x-request-id", message)
    timing: Fields = {"processing_ms": float(ms[1])} if ms else {}
    return {**timing, "request_id": request[1]} if request else timing


def _header(pattern: re.Pattern[str], name: str, message: str) -> re.Match[str] | None:
    """The match of a pattern that begins with a quote and this name. Headers are long: to look for
    the name first takes a fifth of the pattern's time."""
    at = message.find(name)
    return pattern.search(message, max(at - 1, 0)) if at >= 0 else None


def request_line(message: str, _: Fields) -> Fields | None:
    """`method`, `endpoint` and `status` of httpx's line."""
    return _request_line(message) if len(message) < _LONG else _request(message)


@lru_cache(maxsize=4096)  # an agent asks for the same few URLs again and again
def _request_line(message: str) -> Fields | None:
    return _request(message)


def _request(message: str) -> Fields | None:
    request = _REQUEST.match(message)
    if request is None:
        return None
    return {"method": request[1], "endpoint": endpoint(request[2]), "status": int(request[3])}


def response_line(message: str, _: Fields) -> Fields | None:
    """`method` and `status` of the SDK's line, and what an old one adds: endpoint, time, id."""
    return _short_response(message) if len(message) < _SHORT else _response(message)


@lru_cache(maxsize=256)
def _short_response(message: str) -> Fields | None:
    """The same of openai >= 3.6, which writes method and status only."""
    return _response(message)


def _response(message: str) -> Fields | None:
    response = _RESPONSE.match(message)
    if response is None:
        return None
    method, url, status, status_alone = response.groups()
    where = {"endpoint": endpoint(url)} if url else {}
    return {"method": method, "status": int(status or status_alone), **where, **_timing(message)}


def text_metrics(message: str, fields: Fields) -> Fields | None:
    """The figures of `LLM metrics: ttft=0.41, ...` (seconds, tokens); None if it has none. Some
    layouts take them for fields behind the message."""
    text = message + "".join(f" {key}={value}" for key, value in fields.items())
    return {_TOKENS.get(key, key): float(value) for key, value in _NUMBER.findall(text)} or None


def object_figures(text: str, _: Fields) -> Fields | None:
    """The delays (s) of a metrics object in a text, as Python prints it or as JSON; None if it
    has none."""
    figures: Fields = {}
    for key, number, quoted in _OF_OBJECT.findall(text):
        figures.setdefault(key, _delay(number, quoted))
    for key, number, quoted in _OF_NODE.findall(text):
        value = _delay(number, quoted)
        value = value / 1000 if isinstance(value, int | float) else value
        figures.setdefault(_CAPITAL.sub(r"_\g<0>", key).lower(), value)
    return figures or None


def _delay(number: str, quoted: str) -> Any:
    """The value of a figure of an object; what stands in quotes may be none."""
    return float(number) if number else texts_of_values.value_of(quoted, "s")


def realtime_object_figures(text: str, _: Fields) -> Fields | None:
    """`realtime_ttft` (s) of a Realtime model's metrics object."""
    figures = object_figures(text, {})
    return {"realtime_ttft": figures["ttft"]} if figures and "ttft" in figures else None


def own_figures(text: str, _: Fields) -> Fields | None:
    """The delays (s) that an app writes under LiveKit's names; None if it has none, or if one is
    so long that they must be in milliseconds."""
    figures = object_figures(text, {}) or {}
    delays = [value for value in figures.values() if isinstance(value, int | float)]
    return figures if delays and max(delays) <= _LONGEST_OWN_S else None


def seconds_behind(message: str, _: Fields) -> Fields | None:
    """`ttfb` (s): the number at the message's end."""
    seconds = _SECONDS.search(message)
    return {"ttfb": float(seconds[1])} if seconds else None


def logfmt_response(message: str, fields: Fields) -> Fields | None:
    """`endpoint`, `status` and `processing_ms` of openai 0.x, from the message or behind it."""
    found = {**fields, **dict(_LOGFMT.findall(message))}
    status, ms = str(found.get("response_code", "")), str(found.get("processing_ms", ""))
    if not status.isdecimal():
        return None
    timing = {"processing_ms": float(ms)} if ms.isdecimal() else {"processing_ms": None}
    where = endpoint(str(found.get("path", "")))
    return {"method": "POST", "status": int(status), "endpoint": where, **timing}


def playout(message: str, fields: Fields) -> Fields | None:
    """`interrupted`: whether the reply was cut off."""
    written = _INTERRUPTED.search(message)
    interrupted = fields.get("interrupted", written and written[1] == "true")
    if interrupted is None:
        return None
    return {"interrupted": interrupted} if isinstance(interrupted, bool) else {}


def endpointing_delays(message: str, _: Fields) -> Fields | None:
    """`from_s` and `to_s` of dynamic endpointing."""
    delays = _DELAYS.search(message)
    return {"from_s": float(delays[1]), "to_s": float(delays[2])} if delays else {}


def exception_name(message: str, _: Fields) -> Fields | None:
    """`error`: the class of the time-out, which is the message's last word."""
    return {"error": message.rpartition(" ")[2][:40]}


def worker_version(_: str, fields: Fields) -> Fields | None:
    """`package` and `version` of what started; only Python names the version of `rtc`, too."""
    version = fields.get("version")
    if not isinstance(version, str) or not VERSION.fullmatch(version):
        return {}
    package = "livekit-agents" if "rtc-version" in fields else "@livekit/agents"
    return {"package": package, "version": version}
