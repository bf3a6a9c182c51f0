"""What an event adds to a summary: what its row in the catalogue says.

Only what needs more than one line has code here: turns and their boundaries, interruptions, and
the lines that report the same HTTP response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from tuner.lines.catalogue.livekit import COMMIT_DELAY
from tuner.lines.catalogue.row import CallFigure, CountName
from tuner.lines.catalogue.table import BY_KIND, LINES, LogLine
from tuner.lines.message_figures import metrics_template
from tuner.model import Event, EvidenceName, Kind, Record
from tuner.names import COUNTED_BY_CALL
from tuner.summary.call_counts import CallTotals
from tuner.summary.running_agents import session_started, worker_started
from tuner.summary.summary import SPELLED, TEXT, Summary, call_key

Fields = Mapping[str, Any]
Generation = Literal["old", "new"]
Handler = Callable[[Summary, Fields, Record, CallTotals], EvidenceName | None]

ZONE_GRAIN_S = 900.0
_NO_DELAY_S, _FARTHEST_ZONE_S = ZONE_GRAIN_S * 2 / 3, ZONE_GRAIN_S * 60
"""What is further from the last word is no delay: the store's time is in some zone, and had none.
"""
_POOL_WAIT_MS = 100.0


def add(
    summary: Summary, event: Event, record: Record, call: CallTotals, line: int, raw: bytes
) -> None:
    """Count an event of `call` that stands on `line`."""
    row, fields = BY_KIND[event.kind], event.fields
    summary.counts[event.kind] += 1
    if row.figure is not None:
        _count(call, row.figure)
    if row.signal in COUNTED_BY_CALL:
        summary.other_lines.fail(event.kind, call_key(record))
    evidence = _cases(summary, row, fields, call) or row.evidence
    if (handler := _HANDLERS.get(event.kind)) is not None:
        evidence = handler(summary, fields, record, call) or evidence
    if evidence is not None:
        summary.note(evidence, line, raw)
    for name in _COUNTED[event.kind]:
        if isinstance(fields.get(name), str):
            summary.counts[f"{TEXT}{event.kind}.{name}"] += 1
    for name in row.sums:
        if (amount := _number(fields, name)) is not None:
            summary.counts["tokens:" + name] += int(amount)
    for prefix, field, default in row.tallies:
        summary.tally(prefix, fields.get(field, default))
    for name in _measures(summary, row, fields, call):
        summary.note(name, line, raw)


def _count(call: CallTotals, figure: CallFigure) -> None:
    setattr(call, figure, getattr(call, figure) + 1)


def _add(summary: Summary, name: CountName, n: int = 1) -> None:
    if n:
        summary.counts[name] += n


def _cases(summary: Summary, row: LogLine, fields: Fields, call: CallTotals) -> EvidenceName | None:
    """Count what a field's value adds; the evidence that the line then is."""
    evidence: EvidenceName | None = None
    for case in row.cases:
        value = fields.get(case.field)
        if value != case.value or isinstance(value, bool) is not isinstance(case.value, bool):
            continue
        if case.counter is not None:
            _add(summary, case.counter)
        if case.figure is not None:
            _count(call, case.figure)
        evidence = case.evidence or evidence
    return evidence


def _measures(summary: Summary, row: LogLine, fields: Fields, call: CallTotals) -> Iterator[str]:
    """Add the latencies; the names of those that are evidence because they are long."""
    for measure in row.measures:
        value = summary.measure(measure.name, fields.get(measure.field), measure.low_s)
        if value is None:
            continue
        if measure.figure is not None:
            _count(call, measure.figure)
        if value > measure.long_s:
            yield measure.name


def _number(fields: Fields, key: str) -> float | None:
    value = fields.get(key)
    return float(value) if isinstance(value, int | float) and value else None


# --- turns and interruptions ---------------------------------------------------------------------


def _false_interruption(_s: Summary, _f: Fields, _r: Record, call: CallTotals) -> None:
    call.pause()


def _transcript(_s: Summary, fields: Fields, _r: Record, call: CallTotals) -> None:
    if isinstance(words := fields.get("words"), int):
        call.add_words(words)
    else:
        call.hide_words()


UNDATED = ("day", "placed")
"""Clocks of times of day: too coarse to measure a delay with."""


def is_coarse(time: float | None, clock: str) -> bool:
    """Whether a line's time is too coarse to measure a delay with: a time of day, or of whole
    seconds (of the times in milliseconds one in 1,000 is such, too, and goes unmeasured)."""
    return clock in UNDATED or (time is not None and time.is_integer())


class CommitTimes(NamedTuple):
    """When the caller began to speak, last spoke, and the last transcript came, in epoch seconds;
    None where the line of the commit does not say."""

    start: float | None
    spoken: float | None
    transcript: float | None


_COMMIT_TIMES = ("speech_start_time", "last_speaking_time", "last_final_transcript_time")
"""The fields that these stand in."""


def _commit(s: Summary, fields: Fields, record: Record, call: CallTotals) -> EvidenceName | None:
    times = CommitTimes(*(_number(fields, name) for name in _COMMIT_TIMES))
    return commit(s, call, times, record.time, record.clock)


def commit(
    summary: Summary, call: CallTotals, times: CommitTimes, time: float | None, clock: str
) -> EvidenceName | None:
    """Add the end of a turn, whose line has this time (epoch seconds) on this clock; the evidence
    that its line is."""
    before = call.cutoffs
    committed = committed_at(times.spoken, times.transcript, time, clock)
    call.commit(times.start, committed)
    if times.spoken is not None and committed is not None and not is_coarse(time, clock):
        summary.measure(COMMIT_DELAY.name, committed - times.spoken, COMMIT_DELAY.low_s)
    return "false_cutoffs" if call.cutoffs > before else None


def committed_at(
    spoken: float | None, transcript: float | None, time: float | None, clock: str
) -> float | None:
    """The commit in epoch seconds, on the clock of the line's own epoch fields.

    `spoken` is when the caller last spoke, `transcript` when the last transcript came, `time` and
    `clock` are the line's. A local time without a zone is off by the zone, a whole number of
    quarter hours, and so may that be which a store exported. A commit is never before what it
    waited for, although its line may say so, in whole seconds; for a time of day, which is too
    coarse, the last of that stands in.
    """
    written = _written_at(spoken, time, clock)
    if spoken is None:
        return written
    return max(each for each in (spoken, transcript, written) if each is not None)


def _written_at(spoken: float | None, time: float | None, clock: str) -> float | None:
    """A line's time in epoch seconds as far as it is one, or can be made one."""
    if clock in UNDATED or spoken is None or time is None:
        return time if clock == "utc" else None
    is_off = _NO_DELAY_S < abs(time - spoken) < _FARTHEST_ZONE_S
    if clock == "utc" and not is_off:
        return time
    delay = (time - spoken) % ZONE_GRAIN_S
    return spoken + (delay - ZONE_GRAIN_S if delay > ZONE_GRAIN_S * 2 / 3 else delay)


def _interruption(s: Summary, fields: Fields, _r: Record, _c: CallTotals) -> None:
    if fields.get("outcome") == "false" and fields.get("agent_audible") is False:
        _add(s, "phantom_turn_log")


def _metrics(s: Summary, _f: Fields, record: Record, _c: CallTotals) -> None:
    known = ":" in record.message
    template = metrics_template(record.message, record.body) if known else None
    if template is not None:
        s.tally(SPELLED, template)


# --- lines of HTTP -------------------------------------------------------------------------------


def _http(kind: Kind) -> Handler:
    def handle(s: Summary, fields: Fields, record: Record, call: CallTotals) -> EvidenceName | None:
        generation = generation_of(kind, record.logger, fields)
        job = record.job or record.room or record.pid or record.shape
        s.responses.add(kind, generation, job, fields)
        return _slow(s, fields, call)

    return handle


def generation_of(kind: Kind, logger: str, fields: Fields) -> Generation:
    """The generation of the SDK whose line it is: openai >= 3.6 logs over httpx2 and httpcore2,
    without URL or headers of its own.

    Where no loggers are printed nothing tells httpx2 from httpx: then all lines are of one
    generation, or each response of a new SDK would count twice.
    """
    if not logger:
        return "old"
    if kind == "openai_response":
        return "old" if "endpoint" in fields else "new"
    return "new" if logger.startswith(("httpx2", "httpcore2")) else "old"


def _slow(s: Summary, fields: Fields, call: CallTotals) -> EvidenceName | None:
    ms = fields.get("processing_ms")
    if not isinstance(ms, int | float):
        return None
    call.timed += 1
    call.slow += ms > s.slow_ms
    return "openai_calls" if ms > s.slow_ms else None


def _openai_call(
    s: Summary, fields: Fields, record: Record, call: CallTotals
) -> EvidenceName | None:
    _add(s, "pool_waits", (_number(fields, "pool_wait_ms") or 0.0) > _POOL_WAIT_MS)
    _add(s, "attempt_again", (_number(fields, "attempt") or 1) > 1)
    slow = _OPENAI_CALL(s, fields, record, call)
    if not _is_failed(fields):
        return slow
    _add(s, "unanswered", fields.get("status") is None)
    return "openai_retries"


def _is_failed(fields: Fields) -> bool:
    """Whether the attempt failed: an error status, or no answer although nobody gave it up."""
    status = fields.get("status")
    if isinstance(status, int):
        return status >= 400
    return fields.get("error") not in (None, "cancelled")


def is_noted_call(reused: float, ms: float, attempt: float, wait_ms: float, slow_ms: float) -> bool:
    """Whether an answered OpenAI call of the turn log adds more than `add_usual_call` does. NAN
    stands for a field that is absent."""
    return reused == 0 or attempt > 1 or wait_ms > _POOL_WAIT_MS or ms > slow_ms


def add_usual_call(
    summary: Summary, call: CallTotals, endpoint: str, status: int, ms: float
) -> None:
    """The same as `add` for an OpenAI call of the turn log that was answered and not noted."""
    summary.counts["openai_call"] += 1
    is_timed = ms == ms  # else NAN
    call.timed += is_timed
    summary.responses.turn_log.count(endpoint, status, ms if is_timed and ms >= 0 else None)


_OWN_FIGURES: dict[Kind, tuple[str, ...]] = {
    "commit": _COMMIT_TIMES,
    "interruption": ("agent_audible",),
    "session_started": ("settings", "versions"),
    "openai_call": ("status", "processing_ms", "attempt", "pool_wait_ms"),
}


def _counted(row: LogLine) -> tuple[str, ...]:
    """The fields of a row that are counted with, and are lost if they are texts."""
    cases = (case.field for case in row.cases if not isinstance(case.value, str))
    lengths = (measure.field for measure in row.measures)
    return tuple(dict.fromkeys((*lengths, *row.sums, *cases, *_OWN_FIGURES.get(row.kind, ()))))


_COUNTED = {row.kind: _counted(row) for row in LINES}
_OPENAI_CALL = _http("openai_call")
_METRICS: tuple[Kind, ...] = ("llm_metrics", "tts_metrics", "stt_metrics", "eou_metrics")
_HANDLERS: dict[Kind, Handler] = {
    **dict.fromkeys(_METRICS, _metrics),
    "false_interruption": _false_interruption,
    "commit": _commit,
    "transcript": _transcript,
    "interruption": _interruption,
    "session_started": session_started,
    "worker_started": worker_started,
    "http_headers": _http("http_headers"),
    "http_request": _http("http_request"),
    "openai_response": _http("openai_response"),
    "openai_call": _openai_call,
}
"""The kinds with code of their own; everything else of a kind stands in its row."""
