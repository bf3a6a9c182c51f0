"""What each kind of event adds to a summary: one function a kind, and the table of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tuner.model import Event, Record
from tuner.summary.call_counts import Call
from tuner.summary.summary import Summary

_ZONE_GRAIN_S = 900.0
UNMEASURED_S = 0.001
"""Below this livekit-agents had nothing to measure from and wrote 0."""
LOW_S = dict.fromkeys(("transcription_delay@metrics", "end_of_turn_delay@metrics"), UNMEASURED_S)
"""Below this a latency is censored; 0 where nothing is said."""


def add(summary: Summary, event: Event, record: Record, call: Call, line: int, raw: bytes) -> None:
    """Count an event of `call` that stands on `line`."""
    summary.counts[event.kind] += 1
    handler = _HANDLERS.get(event.kind)
    if handler is None:
        summary.note(event.kind, line, raw)
    elif (noted := handler(summary, event.fields, record, call)) is not None:
        summary.note(noted, line, raw)


Handler = Callable[[Summary, Mapping[str, Any], Record, Call], str | None]


def _false_interruption(s: Summary, fields: Mapping[str, Any], _r: Record, call: Call) -> str:
    call.resumed()
    if fields.get("timeout") == 0:
        call.phantom += 1
        s.counts["phantom"] += 1
    return "false_interruptions"


def _sync(s: Summary, fields: Mapping[str, Any], _r: Record, call: Call) -> str:
    call.sync += 1
    s.counts["sync:" + str(fields.get("method"))] += 1
    return "sync_warnings"


def _vad_slow(s: Summary, fields: Mapping[str, Any], _r: Record, call: Call) -> str:
    call.vad_slow += 1
    s.measure("vad_slow", fields.get("delay"))
    return "vad_slow"


def _commit(s: Summary, fields: Mapping[str, Any], record: Record, call: Call) -> str | None:
    start, spoken = _number(fields, "speech_start_time"), _number(fields, "last_speaking_time")
    committed = _committed(fields, record)
    before = call.cutoffs
    call.commit(start, committed)
    if spoken is not None and committed is not None and record.clock != "day":
        s.measure("end_of_turn_delay@commit", committed - spoken, low=-0.05)
    return "false_cutoffs" if call.cutoffs > before else None


def _committed(fields: Mapping[str, Any], record: Record) -> float | None:
    """The commit in epoch seconds, on the clock of the line's own epoch fields.

    A local time without a zone is off by the zone, a whole number of quarter hours; a time of day
    is too coarse, so the last thing that the commit waited for stands in.
    """
    spoken = _number(fields, "last_speaking_time")
    if record.clock == "utc" or spoken is None:
        return record.time if record.clock == "utc" else None
    if record.clock == "day" or record.time is None:
        transcript = _number(fields, "last_final_transcript_time")
        return max(spoken, transcript) if transcript is not None else spoken
    delay = (record.time - spoken) % _ZONE_GRAIN_S
    return spoken + (delay - _ZONE_GRAIN_S if delay > _ZONE_GRAIN_S * 2 / 3 else delay)


def _number(fields: Mapping[str, Any], key: str) -> float | None:
    value = fields.get(key)
    return float(value) if isinstance(value, int | float) and value else None


def _latency(name: str, key: str) -> Handler:
    low, noted = LOW_S.get(name, 0.0), NOTED_S.get(name, float("inf"))

    def handle(s: Summary, fields: Mapping[str, Any], _r: Record, _c: Call) -> str | None:
        value = s.measure(name, fields.get(key), low)
        return name if value is not None and value > noted else None

    return handle


NOTED_S = {
    "llm_ttft@metrics": 0.5,
    "tts_ttfb@metrics": 0.3,
    "transcription_delay@transcript": 0.5,
    "end_of_turn_delay@metrics": 1.0,
}
"""Above this a latency is worth a place in the evidence: the guides' alert levels, in seconds."""


def _transcript(s: Summary, fields: Mapping[str, Any], record: Record, call: Call) -> str | None:
    if isinstance(words := fields.get("words"), int):
        call.heard(words)
    return _TRANSCRIPT_DELAY(s, fields, record, call)


_TRANSCRIPT_DELAY = _latency("transcription_delay@transcript", "transcript_delay")


def _llm(s: Summary, fields: Mapping[str, Any], record: Record, call: Call) -> str | None:
    for key in ("prompt_tokens", "prompt_cached_tokens", "completion_tokens"):
        if (tokens := _number(fields, key)) is not None:
            s.counts["tokens:" + key] += int(tokens)
    s.counts["model:" + str(fields.get("model_name", "unknown"))] += 1
    return _LLM_TTFT(s, fields, record, call)


_LLM_TTFT = _latency("llm_ttft@metrics", "ttft")


def _eou(s: Summary, fields: Mapping[str, Any], record: Record, call: Call) -> str | None:
    call.eous += 1
    # livekit-agents writes 0 where a turn had no final transcript or no speech end to measure from.
    _TRANSCRIPTION(s, fields, record, call)
    return _END_OF_TURN(s, fields, record, call)


_TRANSCRIPTION = _latency("transcription_delay@metrics", "transcription_delay")
_END_OF_TURN = _latency("end_of_turn_delay@metrics", "end_of_utterance_delay")


def _realtime(s: Summary, fields: Mapping[str, Any], _r: Record, call: Call) -> str | None:
    value = s.measure("realtime_ttft@metrics", fields.get("ttft"))
    call.responses += value is not None
    return "realtime_ttft@metrics" if value is not None and value > 1.0 else None


def _old_metrics(s: Summary, fields: Mapping[str, Any], _r: Record, call: Call) -> None:
    s.measure("llm_ttft@old", fields.get("ttft"))
    s.measure("tts_ttfb@old", fields.get("ttfb"))
    if s.measure("end_of_turn_delay@old", fields.get("end_of_utterance_delay")) is not None:
        call.eous += 1
    s.measure("transcription_delay@old", fields.get("transcription_delay"))


def _http(kind: str) -> Handler:
    def handle(s: Summary, fields: Mapping[str, Any], record: Record, call: Call) -> str | None:
        generation = "new" if _is_new(kind, record, fields) else "old"
        job = record.job or record.room or record.pid or record.shape
        s.responses.add(kind, generation, job, fields)
        return _slow(s, fields, call)

    return handle


def _is_new(kind: str, record: Record, fields: Mapping[str, Any]) -> bool:
    """openai >= 3.6 logs over httpx2 and httpcore2, without URL or headers of its own."""
    if kind == "openai_response":
        return "endpoint" not in fields
    return record.logger.startswith(("httpx2", "httpcore2"))


def _slow(s: Summary, fields: Mapping[str, Any], call: Call) -> str | None:
    ms = fields.get("processing_ms")
    if not isinstance(ms, int | float):
        return None
    call.timed += 1
    call.slow += ms > s.slow_ms
    return "openai_calls" if ms > s.slow_ms else None


def _openai_call(s: Summary, fields: Mapping[str, Any], record: Record, call: Call) -> str | None:
    s.counts["connection_new"] += fields.get("connection_reused") is False
    s.counts["pool_waits"] += (_number(fields, "pool_wait_ms") or 0.0) > 100.0
    s.counts["attempt_again"] += (_number(fields, "attempt") or 1) > 1
    noted = _OPENAI_CALL(s, fields, record, call)
    if not _failed(fields):
        return noted
    s.counts["unanswered"] += fields.get("status") is None
    return "openai_retries"


def _failed(fields: Mapping[str, Any]) -> bool:
    """Whether the attempt failed: an error status, or no answer although nobody gave it up."""
    status = fields.get("status")
    if isinstance(status, int):
        return status >= 400
    return fields.get("error") not in (None, "cancelled")


_OPENAI_CALL = _http("openai_call")


def _http_timeout(s: Summary, fields: Mapping[str, Any], _r: Record, _c: Call) -> str:
    pool = fields.get("error") == "PoolTimeout"
    s.counts["pool_timeout"] += pool
    return "pool_timeouts" if pool else "http_timeouts"


def _session_started(s: Summary, fields: Mapping[str, Any], _r: Record, _c: Call) -> None:
    s.profiles[str(fields.get("profile", "unknown"))] += 1
    settings = fields.get("settings")
    if not s.settings and isinstance(settings, Mapping):
        s.settings = dict(settings)


def _turn(s: Summary, fields: Mapping[str, Any], _r: Record, call: Call) -> str | None:
    call.turns += 1
    call.cutoffs_turn_log += fields.get("resumed_after_commit") is True
    for name, key in _TURN_LATENCIES:
        s.measure(name + "@turn", fields.get(key))
    return "false_cutoffs" if fields.get("resumed_after_commit") is True else None


_TURN_LATENCIES = (
    ("llm_ttft", "llm_ttft"),
    ("tts_ttfb", "tts_ttfb"),
    ("end_of_turn_delay", "end_of_turn_delay"),
    ("transcription_delay", "transcription_delay"),
    ("e2e", "e2e_latency"),
)


def _interruption(s: Summary, fields: Mapping[str, Any], _r: Record, call: Call) -> str | None:
    outcome = str(fields.get("outcome"))
    s.counts["interruption:" + outcome] += 1
    s.measure("dead_air", fields.get("dead_air"))
    if outcome == "lost":
        call.lost += 1
        return "lost_replies@turn"
    if outcome != "false":
        return None
    call.false_turn_log += 1
    if fields.get("agent_audible") is False:
        s.counts["phantom_turn_log"] += 1
    return "false_interruptions@turn"


def _closed(s: Summary, fields: Mapping[str, Any], _r: Record, call: Call) -> None:
    call.closed += 1
    s.counts["closed:" + str(fields.get("reason"))] += 1


def _ended(s: Summary, fields: Mapping[str, Any], _r: Record, _c: Call) -> None:
    """The turn log's own line: livekit-agents may tell of the same end at DEBUG."""
    s.counts["ended:" + str(fields.get("reason"))] += 1


def _silent(_s: Summary, _f: Mapping[str, Any], _r: Record, _c: Call) -> None:
    """Counted, but no place worth keeping."""


_HANDLERS: dict[str, Handler] = {
    "false_interruption": _false_interruption,
    "sync_warning": _sync,
    "vad_slow": _vad_slow,
    "commit": _commit,
    "transcript": _transcript,
    "llm_metrics": _llm,
    "tts_metrics": _latency("tts_ttfb@metrics", "ttfb"),
    "eou_metrics": _eou,
    "realtime_metrics": _realtime,
    "old_metrics": _old_metrics,
    "http_headers": _http("http_headers"),
    "http_request": _http("http_request"),
    "openai_response": _http("openai_response"),
    "openai_call": _openai_call,
    "http_timeout": _http_timeout,
    "session_started": _session_started,
    "turn": _turn,
    "interruption": _interruption,
    "session_closed": _closed,
    "session_ended": _ended,
    **dict.fromkeys(
        ("http_started", "connect", "item_added", "stt_metrics", "preemptive", "eot_prediction"),
        _silent,
    ),
}
