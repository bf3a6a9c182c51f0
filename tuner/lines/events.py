"""A record in, an event out: one table of the log lines that mean something to a voice agent.

Each row names the line's beginning, the loggers and the level that write it, and what it means.
Checked against livekit-agents 1.8.9 and openai 2.54 / 3.51 unless the row says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypedDict

import msgspec

from tuner.model import Event, Record

Fields = dict[str, Any]
Finder = Callable[[str, Fields], Fields | None]


class Line(NamedTuple):
    """A line that we understand. `starts` is how its message begins (a whole message: `exact`)."""

    kind: str
    starts: str
    loggers: tuple[str, ...]
    level: str
    fields: tuple[str, ...] = ()
    find: Finder | None = None
    exact: bool = False
    meaning: str = ""


LIVEKIT = ("livekit",)
OPENAI = ("openai",)
HTTPX = ("httpx",)
HTTPCORE = ("httpcore",)
TURNS = ("tuner.turns",)
ANY = ("",)
"""`log_metrics(metrics, logger=…)` writes to whatever logger the app names."""

_MS = r"['\"]openai-processing-ms['\"]\s*[:,]\s*b?['\"](\d+(?:\.\d+)?)"
_HEADER_MS = re.compile(_MS)
_HEADER_ID = re.compile(r"['\"]x-request-id['\"]\s*[:,]\s*b?['\"]([\w.\-]+)")
_HEADERS = re.compile(
    r"receive_response_headers\.complete return_value=\((?:b'HTTP/[\d.]+', )?(\d{3}), "
)
_REQUEST = re.compile(r'HTTP Request: (\w+) (\S+) "HTTP/[\d.]+ (\d{3})')
_RESPONSE = re.compile(r'HTTP Response: (\w+) (?:(\S+) "(\d{3})|(\d{3}))')
_SYNC = re.compile(r"_SegmentSynchronizerImpl[. ](\w+)")
_NUMBER = re.compile(
    r"(ttft|ttfb|end_of_utterance_delay|transcription_delay|audio_duration)=([\d.]+)"
)
_INTERRUPTED = re.compile(r'"interrupted": (true|false)')
_DELAYS = re.compile(r"updated: ([\d.]+) -> ([\d.]+)")

_SHORT = 64
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


def endpoint(url: str) -> str:
    """Sort an OpenAI URL: chat, transcription, speech, embeddings, models (pre-warm) or other."""
    path = url.partition("?")[0].rstrip("/")
    return next((name for suffix, name in _ENDPOINTS if path.endswith(suffix)), "other")


def _sync(message: str, _: Fields) -> Fields | None:
    found = _SYNC.match(message)
    return {"method": found[1]} if found else None


def _words(_: str, fields: Fields) -> Fields | None:
    """How many words were heard; the words themselves go no further."""
    text = fields.pop("lk.pii.user_transcript", None)
    return {"words": len(text.split())} if isinstance(text, str) else {}


def _headers(message: str, _: Fields) -> Fields | None:
    found = _HEADERS.match(message)
    if found is None:
        return None
    return {"status": int(found[1]), **_timing(message)}


def _timing(message: str) -> Fields:
    ms = _named(_HEADER_MS, "openai-processing-ms", message)
    request = _named(_HEADER_ID, "x-request-id", message)
    out: Fields = {"processing_ms": float(ms[1])} if ms else {}
    return {**out, "request_id": request[1]} if request else out


def _named(pattern: re.Pattern[str], name: str, message: str) -> re.Match[str] | None:
    """What a pattern that begins with a quote and this name finds. Headers are long: to look for
    the name first takes a fifth of the pattern's time."""
    at = message.find(name)
    return pattern.search(message, max(at - 1, 0)) if at >= 0 else None


def _request(message: str, _: Fields) -> Fields | None:
    return _requested(message)


@lru_cache(maxsize=4096)  # an agent asks for the same few URLs again and again
def _requested(message: str) -> Fields | None:
    found = _REQUEST.match(message)
    if found is None:
        return None
    return {"method": found[1], "endpoint": endpoint(found[2]), "status": int(found[3])}


def _response(message: str, _: Fields) -> Fields | None:
    return _short_response(message) if len(message) < _SHORT else _responded(message)


@lru_cache(maxsize=256)
def _short_response(message: str) -> Fields | None:
    """The same of openai >= 3.6, which says method and status only."""
    return _responded(message)


def _responded(message: str) -> Fields | None:
    found = _RESPONSE.match(message)
    if found is None:
        return None
    where = {"endpoint": endpoint(found[2])} if found[2] else {}
    return {"method": found[1], "status": int(found[3] or found[4]), **where, **_timing(message)}


def _pipeline(message: str, _: Fields) -> Fields | None:
    return {key: float(value) for key, value in _NUMBER.findall(message)} or None


def _playout(message: str, fields: Fields) -> Fields | None:
    found = _INTERRUPTED.search(message)
    told = fields.get("interrupted", found and found[1] == "true")
    return None if told is None else {"interrupted": bool(told)}


def _delays(message: str, _: Fields) -> Fields | None:
    found = _DELAYS.search(message)
    return {"from_s": float(found[1]), "to_s": float(found[2])} if found else {}


_COMMIT = (
    *("last_speaking_time", "speech_start_time", "last_final_transcript_time", "source"),
    *("end_of_turn_probability", "delay_completed"),
)
_LLM = ("ttft", "prompt_tokens", "prompt_cached_tokens", "completion_tokens", "model_name")
_TURN = (
    *("user_started", "user_stopped", "committed", "first_audio", "pauses", "interrupted"),
    *("resumed_after_commit", "transcription_delay", "end_of_turn_delay", "llm_ttft"),
    *("tts_ttfb", "e2e_latency"),
)
_BARGE = ("started", "user_speech", "agent_audible", "outcome", "dead_air", "words")
_CALL = (
    *("endpoint", "model", "status", "processing_ms", "elapsed_ms", "first_byte_ms", "attempt"),
    *("connection_reused", "pool_wait_ms", "request_id", "error"),
)

LINES: tuple[Line, ...] = (
    Line("false_interruption", "resumed false interrupted speech", LIVEKIT, "DEBUG", ("timeout",),
         meaning="paused speech was resumed; timeout 0: it was held before anyone heard it"),
    Line("sync_warning", "_SegmentSynchronizerImpl", LIVEKIT, "WARNING", ("impl_id",), _sync,
         meaning="transcript synchroniser used after its segment ended; not the VAD"),
    Line("vad_slow", "inference is slower than realtime", LIVEKIT, "WARNING", ("delay",),
         meaning="the VAD is starved of CPU (silero plugin)"),
    Line("vad_slow", "VAD inference is slower than realtime", LIVEKIT, "WARNING", ("delay",),
         meaning="the VAD is starved of CPU (livekit-agents 1.8)"),
    Line("commit", "user turn committed", LIVEKIT, "DEBUG", _COMMIT,
         meaning="the user's turn was closed at this line's time"),
    Line("eot_prediction", "eot prediction", LIVEKIT, "DEBUG",
         ("probability", "unlikely_threshold", "endpointing_delay"), exact=True,
         meaning="the turn detector's view and the delay then in force"),
    Line("eot_timeout", "eot prediction timed out", LIVEKIT, "WARNING", ("timeout",),
         meaning="turn detector too slow; committed without it"),
    Line("transcript", "received user transcript", LIVEKIT, "DEBUG",
         ("transcript_delay", "lk.pii.user_transcript"), _words,
         meaning="speech end to final transcript"),
    Line("late_transcript", "transcript arrives after turn has been committed", LIVEKIT, "WARNING",
         meaning="speech-to-text slower than endpointing; once a session, then DEBUG"),
    Line("preemptive", "using preemptive generation", LIVEKIT, "DEBUG", ("preemptive_lead_time",),
         meaning="part of the LLM time was hidden behind the wait"),
    Line("endpointing_update", "min endpointing delay updated", LIVEKIT, "DEBUG",
         ("pause", "reason"), _delays, meaning="dynamic endpointing learnt a real pause"),
    Line("llm_metrics", "LLM metrics", ANY, "INFO", _LLM, exact=True,
         meaning="one finished LLM request; ttft -1: no token came"),
    Line("tts_metrics", "TTS metrics", ANY, "INFO", ("ttfb", "audio_duration", "model_name"),
         exact=True, meaning="one synthesis"),
    Line("stt_metrics", "STT metrics", ANY, "INFO", ("audio_duration", "model_name"),
         exact=True, meaning="one transcription; no latency in it"),
    Line("eou_metrics", "EOU metrics", ANY, "INFO",
         ("end_of_utterance_delay", "transcription_delay"), exact=True, meaning="one turn end"),
    Line("realtime_metrics", "RealtimeModel metrics", ANY, "INFO", ("ttft", "model_name"),
         exact=True, meaning="one Realtime response; ttft from its creation; -1 unknown"),
    Line("interruption_metrics", "Interruption metrics", ANY, "INFO",
         ("num_interruptions", "num_backchannels", "detection_delay"), exact=True,
         meaning="adaptive interruption only"),
    Line("item_added", "conversation_item_added", LIVEKIT, "DEBUG", ("role",), exact=True,
         meaning="a message entered the history"),
    Line("llm_failed", "failed to generate LLM completion", LIVEKIT, "WARNING", ("attempt",),
         meaning="a failed attempt; its time is censored"),
    Line("tts_failed", "failed to synthesize speech", LIVEKIT, "WARNING", ("attempt",),
         meaning="a failed attempt"),
    Line("stt_failed", "failed to recognize speech", LIVEKIT, "WARNING", ("attempt",),
         meaning="a failed attempt"),
    Line("slow_flush", "flush audio emitter due to slow audio generation", LIVEKIT, "DEBUG",
         meaning="TTS slower than playback"),
    Line("no_pause", "resume_false_interruption is enabled", LIVEKIT, "WARNING",
         meaning="the audio output cannot pause: false interruptions leave no line"),
    Line("session_closed", "session closed", LIVEKIT, "DEBUG", ("reason",), exact=True,
         meaning="end of a call"),
    Line("old_metrics", "Pipeline LLM metrics", LIVEKIT, "DEBUG", (), _pipeline,
         meaning="LLM latency of livekit-agents 0.x"),
    Line("old_metrics", "Pipeline TTS metrics", LIVEKIT, "DEBUG", (), _pipeline,
         meaning="TTS latency of livekit-agents 0.x"),
    Line("old_metrics", "Pipeline EOU metrics", LIVEKIT, "DEBUG", (), _pipeline,
         meaning="turn end of livekit-agents 0.x"),
    Line("old_playout", "speech playout finished", LIVEKIT, "DEBUG", ("interrupted",), _playout,
         meaning="livekit-agents 0.x: a reply was played, or interrupted"),
    Line("http_headers", "receive_response_headers.complete", HTTPCORE, "DEBUG", (), _headers,
         meaning="one HTTP response with its headers; openai-processing-ms where OpenAI answered"),
    Line("http_request", "HTTP Request: ", HTTPX, "INFO", (), _request,
         meaning="which endpoint answered, and how; no time"),
    Line("openai_response", "HTTP Response: ", OPENAI, "DEBUG", (), _response,
         meaning="openai <= 3.3: with URL and headers; >= 3.6: method and status only"),
    Line("openai_retry", "Retrying request", OPENAI, "INFO", meaning="the SDK tries again"),
    Line("connect", "connect_tcp.complete", HTTPCORE, "DEBUG", meaning="a new connection"),
    Line("http_started", "send_request_headers.started", HTTPCORE, "DEBUG",
         meaning="an HTTP request went out on a connection"),
    Line("http_timeout", "Encountered a timeout exception: ", OPENAI, "DEBUG", (),
         lambda message, _: {"error": message.rpartition(" ")[2][:40]},
         meaning="openai >= 3.6: which time-out; PoolTimeout: no free connection"),
    Line("session_started", "session started", TURNS, "INFO", ("profile", "settings", "mode"),
         exact=True, meaning="turn log: the profile and every setting of the session"),
    Line("turn", "turn", TURNS, "INFO", _TURN, exact=True, meaning="turn log: one user turn"),
    Line("interruption", "interruption", TURNS, "INFO", _BARGE, exact=True,
         meaning="turn log: the agent's speech was interrupted"),
    Line("openai_call", "openai call", TURNS, "INFO", _CALL, exact=True,
         meaning="turn log: one HTTP attempt against OpenAI"),
    Line("session_ended", "session ended", TURNS, "INFO", ("reason", "duration"), exact=True,
         meaning="turn log: end of a call"),
)  # fmt: skip

KINDS = tuple(dict.fromkeys(line.kind for line in LINES))
_KEY = 4
_LARGEST = 1e15
"""No figure of a log is larger: epoch seconds have ten digits, milliseconds thirteen."""
_BY_KEY: dict[str, list[Line]] = {}
for _line in LINES:
    _BY_KEY.setdefault(_line.starts[:_KEY], []).append(_line)


def read(record: Record) -> Event | None:
    """Return the event that the record tells of, None when it tells of none that matters here."""
    message = record.message
    for line in _BY_KEY.get(message[:_KEY], ()):
        if not (message == line.starts if line.exact else message.startswith(line.starts)):
            continue
        if not _written_by(record.logger, line.loggers):
            continue
        fields = _fields(record, line)
        if fields is not None:
            return Event(line.kind, fields)
    return None


def _written_by(logger: str, loggers: tuple[str, ...]) -> bool:
    """Whether the logger fits; layouts without a logger fit all but the turn log's short words."""
    return logger.startswith(loggers) if logger else loggers is not TURNS


def _fields(record: Record, line: Line) -> Fields | None:
    found = _extras(record.body, line.fields) if line.fields and record.body else {}
    if line.find is not None:
        read = line.find(record.message, found)
        if read is None:
            return None
        found = {**found, **read}
    if all(map(_is_sane, found.values())):
        return found
    return {key: value for key, value in found.items() if _is_sane(value)}


def _is_sane(value: Any) -> bool:
    """Whether it tells anything: null is as good as absent, and so is a number beyond all measure,
    which could neither be added up nor be stored."""
    if isinstance(value, (int, float)):
        return -_LARGEST <= value <= _LARGEST
    return value is not None


def _extras(body: bytes, wanted: tuple[str, ...]) -> Fields:
    """Decode the wanted keys of the record's JSON body, but for numbers that no float can hold."""
    try:
        found: Fields = _decoder(wanted).decode(body)
    except msgspec.DecodeError:
        apart = (_extras(body, (key,)) for key in wanted if len(wanted) > 1)
        return {key: value for extras in apart for key, value in extras.items()}
    return found


@cache
def _decoder(wanted: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """Decodes these keys and skips the others: half the time of decoding them all."""
    keys: Any = dict.fromkeys(wanted, Any)
    return msgspec.json.Decoder(TypedDict("Wanted", keys, total=False))  # type: ignore[operator]
