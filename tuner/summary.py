"""Events in, one mergeable summary out: counts, exposure, histograms, and where to look.

A log may be cut between any two records: the summaries of the pieces, merged in order, equal the
summary of the whole. Memory grows with the number of calls and of distinct values, not of lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from tuner.calls import Call
from tuner.histogram import Histogram
from tuner.http_calls import Responses
from tuner.model import Event, Record
from tuner.times import DAY_S

KEPT_EVIDENCE = 10
_EVIDENCE_BYTES = 2_000
_HALF_DAY_S = DAY_S / 2
_ZONE_GRAIN_S = 900.0
UNMEASURED_S = 0.001


WIRE_KINDS = frozenset(("http_started", "connect"))
"""Events that only count: one for every HTTP request, whichever call made it."""
_NOBODY = Call()
"""Stands for the call of a line that stretches none; the wire's events leave it untouched."""


class Summary:
    """What was found in one input, or in one stretch of it."""

    def __init__(self, slow_ms: float = 1000.0) -> None:
        self.slow_ms = slow_ms
        self.bytes = self.lines = self.understood = self.records = 0
        self.unread: Counter[str] = Counter()
        self.shapes: Counter[str] = Counter()
        self.wrappers: Counter[str] = Counter()
        self.clocks: Counter[str] = Counter()
        self.levels: Counter[tuple[str, str]] = Counter()
        self.counts: Counter[str] = Counter()
        self.histograms: dict[str, Histogram] = {}
        self.responses = Responses()
        self.calls: dict[str, Call] = {}
        self.evidence: dict[str, list[tuple[int, bytes]]] = {}
        self.profiles: Counter[str] = Counter()
        self.settings: dict[str, Any] = {}
        self.first: float | None = None
        self.last: float | None = None
        self.first_of_day: float | None = None
        self.last_of_day: float | None = None
        self.days = 0

    def skip(self, reason: str, lines: int = 1, line: int = 0, raw: bytes = b"") -> None:
        """Count lines that were not understood, with the reason; remember the first few."""
        self.lines += lines
        self.unread[reason] += lines
        if line:
            self.note("unread", line, raw)

    def note(self, kind: str, line: int, raw: bytes) -> None:
        """Remember where an event stands (the first few of each kind)."""
        kept = self.evidence.setdefault(kind, [])
        if len(kept) < KEPT_EVIDENCE:
            kept.append((line, bytes(raw[:_EVIDENCE_BYTES])))

    def see(self, record: Record, kind: str = "", lines: int = 1) -> Call:
        """Count a record, whatever it says, and return its call.

        A call reaches from its first to its last telling line: any above DEBUG, and the events
        but for the wire's. The rest, nine lines in ten of a debug log, need not even be decoded.
        """
        self.lines += lines
        self.understood += lines
        self.records += 1
        self.shapes[record.shape] += 1
        self.levels[record.logger, record.level] += 1
        if record.level == "DEBUG" and (not kind or kind in WIRE_KINDS):
            return _NOBODY
        time = self._clock(record)
        call = self.call(record.call)
        if time is not None:
            call.seen(time)
            self.reach(time)
        return call

    def call(self, key: str) -> Call:
        """The call of this key, new if it was not seen before."""
        call = self.calls.get(key)
        if call is None:
            call = self.calls[key] = Call()
        return call

    def reach(self, time: float) -> None:
        """Stretch the log's own span."""
        self.first = time if self.first is None else min(self.first, time)
        self.last = time if self.last is None else max(self.last, time)

    def _clock(self, record: Record) -> float | None:
        """The record's time; one without a date is put on the right day after midnight."""
        self.clocks[record.clock] += 1
        if record.clock != "day" or record.time is None:
            return record.time
        if self.last_of_day is not None and record.time < self.last_of_day - _HALF_DAY_S:
            self.days += 1
        if self.first_of_day is None:
            self.first_of_day = record.time
        self.last_of_day = record.time
        return record.time + self.days * DAY_S

    def add(self, event: Event, record: Record, call: Call, line: int, raw: bytes) -> None:
        """Count an event of `call` that stands on `line`."""
        self.counts[event.kind] += 1
        handler = _HANDLERS.get(event.kind)
        if handler is None:
            self.note(event.kind, line, raw)
        elif (noted := handler(self, event.fields, record, call)) is not None:
            self.note(noted, line, raw)

    def measure(self, name: str, seconds: Any, low: float = 0.0) -> float | None:
        """Add a latency to its histogram; below `low` it is censored. Returns it if it counts."""
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            return None
        if seconds < low:
            self.counts["censored:" + name] += 1
            return None
        self.histogram(name).add(seconds * 1000)
        return float(seconds)

    def histogram(self, name: str) -> Histogram:
        """The histogram of this name, empty if it is new."""
        if name not in self.histograms:
            self.histograms[name] = Histogram()
        return self.histograms[name]

    def merge(self, later: Summary) -> None:
        """Add the summary of the stretch that follows in the same input."""
        later.shift(self._days_until(later))
        for name, places in later.evidence.items():
            for line, raw in places:
                self.note(name, line + self.lines, raw)
        self._merge_clock(later)
        self.absorb(later)
        self.responses.merge(later.responses)

    def absorb(self, other: Summary) -> None:
        """Add what does not depend on the place in a file: also another file's summary."""
        for name in ("bytes", "lines", "understood", "records"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("unread", "shapes", "wrappers", "clocks", "levels", "counts", "profiles"):
            getattr(self, name).update(getattr(other, name))
        for name, histogram in other.histograms.items():
            self.histograms.setdefault(name, Histogram()).merge(histogram)
        for key, call in other.calls.items():
            if key in self.calls:
                self.calls[key].merge(call)
            else:
                self.calls[key] = copy(call)
        self.settings = self.settings or other.settings
        if other.first is not None and other.last is not None:
            self.first = other.first if self.first is None else min(self.first, other.first)
            self.last = other.last if self.last is None else max(self.last, other.last)

    def _days_until(self, later: Summary) -> int:
        if self.last_of_day is None or later.first_of_day is None:
            return self.days
        return self.days + (later.first_of_day < self.last_of_day - _HALF_DAY_S)

    def _merge_clock(self, later: Summary) -> None:
        if later.first_of_day is None:
            return
        if self.first_of_day is None:
            self.first_of_day = later.first_of_day
        self.last_of_day, self.days = later.last_of_day, later.days

    def shift(self, days: int) -> None:
        """Move a log without dates by whole days; one with dates is left alone."""
        if self.first_of_day is None or not days:
            return
        self.days += days
        for call in self.calls.values():
            call.shift(days * DAY_S)
        self.first = None if self.first is None else self.first + days * DAY_S
        self.last = None if self.last is None else self.last + days * DAY_S


Handler = Callable[[Summary, Mapping[str, Any], Record, Call], str | None]


def _false_interruption(s: Summary, fields: Mapping[str, Any], _r: Record, call: Call) -> str:
    call.false_lines += 1
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


def _latency(name: str, key: str, low: float = 0.0) -> Handler:
    def handle(s: Summary, fields: Mapping[str, Any], _r: Record, _c: Call) -> str | None:
        value = s.measure(name, fields.get(key), low)
        return name if value is not None and value > NOTED_S[name] else None

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
    s.measure("transcription_delay@metrics", fields.get("transcription_delay"), UNMEASURED_S)
    return _END_OF_TURN(s, fields, record, call)


_END_OF_TURN = _latency("end_of_turn_delay@metrics", "end_of_utterance_delay", UNMEASURED_S)


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
    return _OPENAI_CALL(s, fields, record, call)


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
    if outcome != "false":
        return None
    call.false_turn_log += 1
    if fields.get("agent_audible") is False:
        s.counts["phantom_turn_log"] += 1
    return "false_interruptions@turn"


def _closed(s: Summary, fields: Mapping[str, Any], _r: Record, call: Call) -> None:
    call.closed += 1
    s.counts["closed:" + str(fields.get("reason"))] += 1


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
    "session_ended": _closed,
    **dict.fromkeys(
        ("http_started", "connect", "item_added", "stt_metrics", "preemptive", "eot_prediction"),
        _silent,
    ),
}
