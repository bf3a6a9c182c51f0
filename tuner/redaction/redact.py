"""A log line in, evidence that is safe to show out: only what is known to be harmless passes.

An allow-list and not a hunt for secrets, so that quoting, nesting, wrapping and truncation cannot
help one to slip through. The line is parsed as it is for counting, and its record put together
again from its time, its level, a known logger, the words of its message up to the first that no
library logs by itself, and the figures and identifiers under known names. Everything else is left
out; HIDDEN marks the cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from tuner.lazy_patterns import lazy_pattern
from tuner.lines import json_lines, records, rest_of_line, wrappers
from tuner.lines.catalogue.table import LINES
from tuner.lines.levels import level_name
from tuner.lines.message_starts import find_message
from tuner.lines.text_lines import PYTHON
from tuner.lines.undecodable import UNDECODABLE
from tuner.model import Record
from tuner.redaction.shown import has_phone, room, shown
from tuner.redaction.terminal import ANSI, cut, printable

HIDDEN = "[...]"

_LONGEST = 20_000  # characters looked at: a line of many MB must not cost seconds
_STRAY_COLOUR = lazy_pattern(r"\[(?:\d{1,3}(?:;\d{1,3})*)?m")
_QUOTE = lazy_pattern(r"(?<!\\)\\++([\"'])")
_BREAK = lazy_pattern(r"(?<!\\)\\++(?:[nrt](?![A-Za-z])|u00[01][0-9a-f])|[\x00-\x1f\x7f-\x9f]")

_TIME = lazy_pattern(
    r"(?<!\d)\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?(?!\d)"
    r"|^\s*\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?!\d)"
)
_LEVELS = "TRACE|DEBUG|INFO|NOTICE|DEV|WARNING|WARN|ERROR|CRITICAL|FATAL"
_LOGGER = lazy_pattern(
    r"(?:livekit|openai|httpx2?|httpcore2?|asyncio|aiohttp|tuner|root|__main__)"
    r"(?:\.[a-z_]{1,20}\d{0,2}){0,3}"
)
# What follows the beginnings of the catalogue's messages, and other lines of the same libraries.
# A message is shown up to the first word that is not in here.
_MESSAGES = """
resumed false interrupted speech / user turn committed / eot prediction timed out, committing
without a prediction / received user transcript / using preemptive generation
conversation_item_added / transcript arrives after turn has been committed. consider raising
min_endpointing_delay max_endpointing_delay min_delay max_delay to avoid / min max endpointing
delay updated
_SegmentSynchronizerImpl called after close start_fut is set not on_playback_started
on_playback_finished push_audio end_audio_input push_text end_text_input pause resume
playback_finished mark_playback_done rotate_segment flush pushAudio pushText endAudioInput
endTextInput onPlaybackStarted markPlaybackFinished / inference is slower than realtime
LLM TTS STT EOU VAD Realtime RealtimeModel Interruption metrics / Pipeline agent pipeline
failed to generate LLM completion, retrying in / failed to synthesize recognize speech
flush audio emitter due to slow audio generation / session closed started ended / turn interruption
openai call / speech playout finished / metrics_collected is deprecated Use
HTTP Request Response Sending Building method Encountered Exception Retrying request to in seconds
as it is taking too long / GET POST PUT DELETE HEAD / request_id None / Request options / OK Created
Accepted No Content Bad Request Unauthorized Forbidden Not Found Conflict Too Many Requests Internal
Server Error Service Unavailable Gateway Timeout / send_request_headers send_request_body
receive_response_headers receive_response_body response_closed connect_tcp start_tls close complete
failed return_value b / Connection error timed out timeout PoolTimeout ReadTimeout ConnectTimeout
APITimeoutError APIConnectionError APIStatusError RateLimitError CancelledError Exception Error
process worker job room audio transcription model llm tts stt vad tokens delay true false null
Using selector EpollSelector Traceback most recent call last
"""
_STARTS = " ".join(spelling.starts for line in LINES for spelling in line.spellings)
_VOCABULARY = frozenset(re.findall(r"[A-Za-z_]+", _MESSAGES + _STARTS))

_ENDPOINT = lazy_pattern(
    r"/(?:chat/completions|completions|responses|embeddings|models|realtime"
    r"|audio/(?:speech|transcriptions|translations))(?=$|[?#])"
)
_TOKEN = lazy_pattern(
    r"(?P<url>https?://[^\s\"'<>)\\]+)"
    r"|(?P<status>(?:(?<=GET )|(?<=POST )|(?<=/1\.[01] )|(?<=/1\.[01]', )|(?<=[ (]\"))"
    r"[1-5]\d\d(?=[\s\",]|$))"
    r"|(?P<id>req_[0-9A-Za-z]{1,32}(?![\w.-]))"
    r"|(?P<version>HTTP/\d(?:\.\d)?)"
    r"|(?P<figure>[A-Za-z_]+=-?\d{1,4}(?:\.\d{1,9})?(?:ms|s)?(?![\w.+-]))"
    r"|(?P<seconds>(?<![\w.+-])\d{1,4}\.\d{1,9}(?:ms|s)?(?![\w.+-]*\d))"
    r"|(?P<word>[A-Za-z_]+)"
    r"|(?P<other>[\s:;,.`<>()\[\]/\"'=-])"
)
_FIELDS = frozenset(
    {"role", "source", "outcome", "delay_completed", "interrupted"}
    | {"participant", "problem", "quality"}
    | {"job_id", "impl_id", "request_id", "x-request-id"}
)
"""Fields of words and identifiers that evidence shows."""
_FIGURE = lazy_pattern(r"-?\d{1,7}(?:\.\d+)?")
_FIGURE_KEY = lazy_pattern(
    r"(?:[a-z]+_)*(?:timeout|delay|ttft|ttfb|attempt|attempts|tokens|duration|probability"
    r"|threshold|ms|latency|per_second|retries_taken|status|lead_time|interruptions"
    r"|rtt|jitter|loss|packets|lost"
    r"|backchannels|count)|openai-processing-ms"
)
_WRITTEN = frozenset(
    renamed.written for line in LINES for each in line.spellings for renamed in each.renamed
)
"""Other spellings of figures that the catalogue reads."""
_FIELD = lazy_pattern(
    r"(?<![\w.-])b?[\"']?(?P<key>[A-Za-z][\w.-]{1,40})[\"']?\s*"
    r"(?:[:=]|(?<=openai-processing-ms[\"']),|(?<=x-request-id[\"']),)\s*b?(?P<quote>[\"'])?"
    r"(?P<value>-?[\w.+-]{1,80})(?(quote)(?P=quote)|(?![\w.+@-])(?! ?\d))"
)
_WORD = lazy_pattern(r"-?[\w.+-]{1,80}", re.ASCII)


def redact(text: str, limit: int = 200) -> str:
    """Return what of a log line may be shown to anyone, in at most `limit` columns."""
    text = text[:_LONGEST]
    record = _record(text)
    message = _flatten(record.message)
    head = _head(message)
    fields = dict.fromkeys([*_fields_of_message(message), *_fields_of_body(record.body)])
    shown = head.replace(": ", "=")  # a message may have named the field itself
    parts = [_time(_flatten(text)), record.level, record.logger, head]
    parts += [field for field in fields if field not in shown]
    return cut(" ".join(part for part in parts if part) or HIDDEN, limit)


def _record(text: str) -> Record:
    """The line's record, with a level and a logger only if they are known ones; of a line that
    has no known layout all is message."""
    line = text.strip("\r\n\ufeff").encode(errors="replace")
    record = records.parse(wrappers.peel(line).text)
    if not isinstance(record, Record):
        record = _behind_prefix(_flatten(text))
    if record.shape == PYTHON and (known := find_message(record.message)) is not None:
        record.message = record.message[known[0] :]
    level = shown("level", record.level)
    logger = record.logger if _LOGGER.fullmatch(record.logger) else ""
    return Record(record.message, level, logger, body=record.body)


def _behind_prefix(line: str) -> Record:
    """The record behind a prefix that no list has; else all of the line as a message."""
    start = line.find('{"')
    inner = json_lines.parse(line[start:].rstrip().encode()) if start >= 0 else ""
    if isinstance(inner, Record):
        return inner
    found = find_message(line)
    if found is None:
        return Record(_TIME.sub("", line, count=1))
    level = re.search(rf"(?<!\w)(?:{_LEVELS})(?!\w)", line[: found[0]])
    rest = rest_of_line.split(line[found[0] :])
    return Record(rest.message, level_name(level[0]) if level else "", body=rest.body)


def outline(text: str, limit: int = 200) -> str:
    """Return the shape of a line that nobody understood: letters as x, digits as 0."""
    line = _flatten(text[: 4 * limit])
    shape = re.sub(r"[^\W\d_]|[^\x00-\x7f]", "x", re.sub(r"\d", "0", line))
    for found in re.finditer(rf"(?<!\w)(?:{_LEVELS}|message|level|time|timestamp)(?!\w)", line):
        shape = shape[: found.start()] + found.group() + shape[found.end() :]
    return cut(printable(shape), limit)


def _flatten(text: str) -> str:
    """One line without colours, control characters and the quoting of any wrapper."""
    text = _STRAY_COLOUR.sub("", ANSI.sub("", text))
    return _BREAK.sub(" ", _QUOTE.sub(r"\1", text))


def _time(line: str) -> str:
    """The first time in a line, to the millisecond."""
    found = _TIME.search(line)
    return re.sub(r"([.,]\d{3})\d+", r"\1", found.group().strip()) if found else ""


def _head(message: str) -> str:
    """The message up to its first unknown word; HIDDEN when something of it was left out."""
    shown, position = "", 0
    while position < len(message):
        token = _TOKEN.match(message, position)
        safe = _safe_token(token) if token else ""
        if not token or not safe:
            return f"{_LOOSE_END.sub('', shown).strip()} {HIDDEN}".strip()
        shown, position = shown + safe, token.end()
    return shown.strip()


_LOOSE_END = lazy_pattern(r"[\s,;=(\[{<]*(?:b?['\"]\w*-?)?$")


def _safe_token(token: re.Match[str]) -> str:
    """What may be shown of one token of a message; "" ends the message."""
    text = token.group()
    if token["url"]:
        endpoint = _ENDPOINT.search(text)
        return "..." + endpoint.group() if endpoint else ""
    if token["word"]:
        return text if text in _VOCABULARY else ""
    if token["figure"]:
        return text if _FIGURE_KEY.fullmatch(text.split("=")[0]) else ""
    return text


def _fields_of_message(message: str) -> Iterator[str]:
    """Figures, identifiers and fixed words that stand under a known name, in their order."""
    for match in _FIELD.finditer(message):
        if value := _safe_value(match["key"], match["value"]):
            yield f"{match['key']}={value}"


def _fields_of_body(body: bytes) -> Iterator[str]:
    """The same of the fields behind the message."""
    try:
        fields: dict[str, Any] = msgspec.json.decode(body or b"{}")
    except UNDECODABLE:
        return
    for key, value in fields.items():
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        if not isinstance(value, dict | list) and (safe := _safe_value(key, text)):
            yield f"{key}={safe}"


def _safe_value(key: str, value: str) -> str:
    """The value if this key may show it, else ""."""
    if not _WORD.fullmatch(value):
        return ""
    if key == "room":
        return HIDDEN if has_phone(value) else room(value, lambda *_: HIDDEN)
    if key in _FIELDS:
        return shown(key, value)
    if (_FIGURE_KEY.fullmatch(key) or key in _WRITTEN) and _FIGURE.fullmatch(value):
        return value if len(value) <= 8 else f"{float(value):.4g}"
    return ""
