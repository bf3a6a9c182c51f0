"""Many lines of one kind at once: decoded in one call, counted without a record for each.

Only for kinds whose order does not matter. What is added equals what `summary` gets one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from tuner import events, times
from tuner.http_calls import Answer, answer
from tuner.model import Record
from tuner.summary import KEPT_EVIDENCE, NOTED_S, UNMEASURED_S, Summary

SHAPE = "LiveKit JSON"
PLAIN = ""
"""The kind of a record above DEBUG that tells of no event."""
REQUEST = "http_request"
"""Pairs with the headers before it; where no headers are logged, only its own order matters."""


class _Row(msgspec.Struct, gc=False, kw_only=True):
    level: str
    name: str
    timestamp: str
    job_id: str | None = None
    room: str | None = None
    pid: int | None = None


class _Llm(_Row, gc=False):
    ttft: float | None = None
    prompt_tokens: float | None = None
    prompt_cached_tokens: float | None = None
    completion_tokens: float | None = None
    model_name: str | None = None


class _Tts(_Row, gc=False):
    ttfb: float | None = None


class _Request(_Row, gc=False):
    message: str


class _Eou(_Row, gc=False):
    end_of_utterance_delay: float | None = None
    transcription_delay: float | None = None


_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    PLAIN: msgspec.json.Decoder(_Row),
    "llm_metrics": msgspec.json.Decoder(_Llm),
    "tts_metrics": msgspec.json.Decoder(_Tts),
    "stt_metrics": msgspec.json.Decoder(_Row),
    "eou_metrics": msgspec.json.Decoder(_Eou),
    REQUEST: msgspec.json.Decoder(_Request),
}
KINDS = {
    "LLM metrics": "llm_metrics",
    "TTS metrics": "tts_metrics",
    "STT metrics": "stt_metrics",
    "EOU metrics": "eou_metrics",
}
"""Whole messages that are read in batches, and the kind of event that they tell of."""


def add(summary: Summary, kind: str, raws: Sequence[bytes], numbers: Sequence[int]) -> bool:
    """Add framed lines of one kind, with their line numbers; False, and nothing, if one is odd."""
    try:
        rows = _DECODERS[kind].decode_lines(b"\n".join(raws))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    if len(rows) != len(raws) or not all(_written_by(kind, row.name) for row in rows):
        return False
    calls = _see(summary, rows)
    if kind:
        summary.counts[kind] += len(rows)
    if kind in _FIGURES:
        _FIGURES[kind](summary, rows, calls, _noting(summary, raws, numbers))
    return True


def _written_by(kind: str, logger: str) -> bool:
    """Whether the line is what its beginning promises; another logger's may be anything."""
    return logger.startswith("httpx") if kind == REQUEST else logger != "tuner.turns"


def _see(summary: Summary, rows: Sequence[_Row]) -> dict[str, int]:
    """`Summary.see` for many: count them, stretch their calls; how many rows each call has."""
    n = len(rows)
    summary.lines += n
    summary.understood += n
    summary.records += n
    summary.shapes[SHAPE] += n
    summary.clocks["utc"] += n
    summary.levels.update(Counter((row.name, row.level) for row in rows))
    spans: dict[tuple[str | None, str | None, int | None], list[str]] = {}
    counts: Counter[tuple[str | None, str | None, int | None]] = Counter()
    for row in rows:
        # Equal layouts in UTC: the texts of the times are in the order of the times.
        who, when = (row.job_id, row.room, row.pid), row.timestamp
        counts[who] += 1
        span = spans.get(who)
        if span is None:
            spans[who] = [when, when]
        elif when > span[1]:
            span[1] = when
        elif when < span[0]:
            span[0] = when
    return _stretch(summary, spans, counts)


def _stretch(summary: Summary, spans: dict[Any, list[str]], counts: Counter[Any]) -> dict[str, int]:
    calls: Counter[str] = Counter()
    for who, span in spans.items():
        key = _key(*who)
        calls[key] += counts[who]
        call = summary.call(key)
        for text in span:
            time, _ = times.parse(text)
            if time is not None:
                call.seen(time)
                summary.reach(time)
    return calls


def _key(job: str | None, room: str | None, pid: int | None) -> str:
    """As `Record.call`."""
    if job:
        return "job:" + job
    if room:
        return "room:" + room
    return "" if pid is None else f"pid:{pid}"


Noting = Callable[[str, Iterable[float | None]], None]
Figures = Callable[[Summary, Sequence[Any], dict[str, int], Noting], None]


def _noting(summary: Summary, raws: Sequence[bytes], numbers: Sequence[int]) -> Noting:
    def note(name: str, values: Iterable[float | None]) -> None:
        limit = NOTED_S[name]
        if len(summary.evidence.get(name, ())) >= KEPT_EVIDENCE:
            return
        for index, value in enumerate(values):
            if value is not None and value > limit:
                summary.note(name, numbers[index], raws[index])

    return note


def _measure(summary: Summary, name: str, values: Sequence[float | None], low: float = 0.0) -> None:
    """`Summary.measure` for many."""
    told = [value for value in values if value is not None]
    good = [round(value * 1000) for value in told if value >= low]
    if len(good) < len(told):
        summary.counts["censored:" + name] += len(told) - len(good)
    if good:
        summary.histogram(name).counts.update(good)


def _llm(summary: Summary, rows: Sequence[_Llm], _: dict[str, int], note: Noting) -> None:
    ttft = [row.ttft for row in rows]
    _measure(summary, "llm_ttft@metrics", ttft)
    note("llm_ttft@metrics", ttft)
    for name in ("prompt_tokens", "prompt_cached_tokens", "completion_tokens"):
        if total := sum(int(getattr(row, name) or 0) for row in rows):
            summary.counts["tokens:" + name] += total
    models = Counter(row.model_name or "unknown" for row in rows)
    summary.counts.update({f"model:{name}": n for name, n in models.items()})


def _tts(summary: Summary, rows: Sequence[_Tts], _: dict[str, int], note: Noting) -> None:
    ttfb = [row.ttfb for row in rows]
    _measure(summary, "tts_ttfb@metrics", ttfb)
    note("tts_ttfb@metrics", ttfb)


def _eou(summary: Summary, rows: Sequence[_Eou], calls: dict[str, int], note: Noting) -> None:
    for key, count in calls.items():
        summary.calls[key].eous += count
    delays = [row.end_of_utterance_delay for row in rows]
    transcripts = [row.transcription_delay for row in rows]
    _measure(summary, "transcription_delay@metrics", transcripts, UNMEASURED_S)
    _measure(summary, "end_of_turn_delay@metrics", delays, UNMEASURED_S)
    note("end_of_turn_delay@metrics", delays)


def _requests(summary: Summary, rows: Sequence[_Request], _: dict[str, int], __: Noting) -> None:
    for row in rows:
        told = _request(row.message)
        if told is None:
            summary.counts[REQUEST] -= 1
            continue
        job = row.job_id or row.room or (str(row.pid) if row.pid is not None else SHAPE)
        generation = "new" if row.name.startswith("httpx2") else "old"
        summary.responses.request(generation, job, told)


@lru_cache(maxsize=4096)  # an agent asks for the same few URLs again and again
def _request(message: str) -> Answer | None:
    event = events.read(Record(message, logger="httpx"))
    return None if event is None else answer(event.fields)


_FIGURES: dict[str, Figures] = {
    "llm_metrics": _llm,
    "tts_metrics": _tts,
    "eou_metrics": _eou,
    REQUEST: _requests,
}
