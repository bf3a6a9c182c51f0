"""Many lines of one kind at once: decoded in one call, counted without a record for each.

Only for kinds whose order does not matter. What is added equals what `summary` gets one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any

import msgspec

from tuner import events, reader, times
from tuner.counting import NOTED_S, UNMEASURED_S
from tuner.http_calls import Answer, answer
from tuner.model import Record, call_key
from tuner.summary import KEPT_EVIDENCE, Summary

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


class Batches:
    """The batches of one chunk: what they have in common is worked out once, in `close`."""

    def __init__(self, summary: Summary) -> None:
        self.summary = summary
        self._rows: list[_Row] = []

    def add(self, kind: str, raws: Sequence[bytes], numbers: Sequence[int]) -> bool:
        """Add framed lines of one kind, with their numbers; False, and nothing, if one is odd."""
        try:
            lines = b"\n".join(raws)
            rows = _DECODERS[kind].decode_lines(lines) if reader.is_clean(lines) else []
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False
        sources = set(map(_SOURCE, rows))
        if len(rows) != len(raws) or not all(_written_by(kind, name) for name, _ in sources):
            return False
        self._count(rows, sources)
        if kind:
            self.summary.counts[kind] += len(rows)
        if kind in _FIGURES:
            _FIGURES[kind](self.summary, rows, _noting(self.summary, raws, numbers))
        return True

    def _count(self, rows: list[Any], sources: set[tuple[str, str]]) -> None:
        n, summary = len(rows), self.summary
        summary.take(SHAPE, n, n)
        summary.clocks["utc"] += n
        if len(sources) == 1:
            summary.levels[sources.pop()] += n
        else:
            summary.levels.update(Counter(map(_SOURCE, rows)))
        self._rows += rows

    def close(self) -> None:
        """Stretch the calls to the first and last of their lines."""
        # Equal layouts, all in UTC: the texts of the times are in the order of the times. Rows are
        # nearly sorted already, and of equal keys a dict keeps the last. All of it runs in C.
        rows = sorted(self._rows, key=_WHEN)
        last: dict[str, str] = dict(map(_SPAN, rows))
        first: dict[str, str] = dict(map(_SPAN, reversed(rows)))
        self._stretch("job:", first, last)
        strays = [row for row in rows if not row.job_id] if None in first or "" in first else []
        self._stretch(
            "",
            {_call(row): row.timestamp for row in reversed(strays)},
            {_call(row): row.timestamp for row in strays},
        )

    def _stretch(self, prefix: str, first: dict[str, str], last: dict[str, str]) -> None:
        for key, text in first.items():
            if prefix and not key:  # a line of no job: not under this prefix
                continue
            call = self.summary.call(prefix + key)
            for time, _ in (times.parse(text), times.parse(last[key])):
                if time is not None:
                    call.seen(time)
                    self.summary.reach(time)


_WHEN = attrgetter("timestamp")
_SPAN = attrgetter("job_id", "timestamp")
_SOURCE = attrgetter("name", "level")


def _written_by(kind: str, logger: str) -> bool:
    """Whether the line is what its beginning promises; another logger's may be anything."""
    return logger.startswith("httpx") if kind == REQUEST else logger != "tuner.turns"


def _call(row: _Row) -> str:
    return call_key(row.job_id or "", row.room or "", "" if row.pid is None else str(row.pid))


Noting = Callable[[str, Iterable[float | None]], None]
Figures = Callable[[Summary, Sequence[Any], Noting], None]


def _noting(summary: Summary, raws: Sequence[bytes], numbers: Sequence[int]) -> Noting:
    def note(name: str, values: Iterable[float | None]) -> None:
        limit = NOTED_S[name]
        if len(summary.evidence.get(name, ())) >= KEPT_EVIDENCE:
            return
        high = (i for i, value in enumerate(values) if value is not None and value > limit)
        for index in islice(high, KEPT_EVIDENCE):
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


def _llm(summary: Summary, rows: Sequence[_Llm], note: Noting) -> None:
    ttft = [row.ttft for row in rows]
    _measure(summary, "llm_ttft@metrics", ttft)
    note("llm_ttft@metrics", ttft)
    for name in ("prompt_tokens", "prompt_cached_tokens", "completion_tokens"):
        if total := sum(int(getattr(row, name) or 0) for row in rows):
            summary.counts["tokens:" + name] += total
    models = Counter(row.model_name or "unknown" for row in rows)
    summary.counts.update({f"model:{name}": n for name, n in models.items()})


def _tts(summary: Summary, rows: Sequence[_Tts], note: Noting) -> None:
    ttfb = [row.ttfb for row in rows]
    _measure(summary, "tts_ttfb@metrics", ttfb)
    note("tts_ttfb@metrics", ttfb)


def _eou(summary: Summary, rows: Sequence[_Eou], note: Noting) -> None:
    for key, count in Counter(map(_call, rows)).items():
        summary.call(key).eous += count
    delays = [row.end_of_utterance_delay for row in rows]
    transcripts = [row.transcription_delay for row in rows]
    _measure(summary, "transcription_delay@metrics", transcripts, UNMEASURED_S)
    _measure(summary, "end_of_turn_delay@metrics", delays, UNMEASURED_S)
    note("end_of_turn_delay@metrics", delays)


def _requests(summary: Summary, rows: Sequence[_Request], _: Noting) -> None:
    """The first line of a job may complete headers before this chunk; the rest stand alone."""
    known: set[str] = set()
    rest: Counter[tuple[str, str]] = Counter()
    for row in rows:
        job = row.job_id or row.room or (SHAPE if row.pid is None else str(row.pid))
        if job in known:
            rest[row.name, row.message] += 1
        else:
            known.add(job)
            _add_request(summary, row.name, row.message, job, 1)
    for (name, message), n in rest.items():
        _add_request(summary, name, message, "", n)


def _add_request(summary: Summary, logger: str, message: str, job: str, n: int) -> None:
    told = _request(message)
    generation = "new" if logger.startswith("httpx2") else "old"
    if told is None:
        summary.counts[REQUEST] -= n
    elif job:
        summary.responses.request(generation, job, told)
    else:
        summary.responses.requests(generation, told, n)


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
