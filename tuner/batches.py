"""Many lines at once: counted by kind, without a record for each.

Only for kinds whose order does not matter. What is added equals what `summary` gets one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import compress, islice
from operator import attrgetter
from typing import Any

import numpy as np

from tuner import events, times
from tuner.counting import NOTED_S, UNMEASURED_S
from tuner.http_calls import Answer, answer
from tuner.lines import Index, Lines, Words, u64
from tuner.model import Record, call_key
from tuner.rows import Row, read_rows
from tuner.summary import KEPT_EVIDENCE, Summary

SHAPE = "LiveKit JSON"
REQUEST = "http_request"
"""httpx's line: it pairs with the headers before it; taken here only where none are logged."""
HTTP_REQUEST = u64(b"HTTP Request: ")
KINDS: Mapping[int, str] = {
    int(u64(message)): kind
    for message, kind in (
        (b"LLM metrics", "llm_metrics"),
        (b"TTS metrics", "tts_metrics"),
        (b"STT metrics", "stt_metrics"),
        (b"EOU metrics", "eou_metrics"),
    )
}
"""Whole messages that are read in batches, by their first bytes, and what they tell of."""

_WHEN, _SOURCE = attrgetter("timestamp"), attrgetter("name", "level")


def add(summary: Summary, lines: Lines, which: Index, keys: Words) -> Index:
    """Count framed lines whose messages begin with these keys; return those that are odd.

    Messages that no table has are noise at DEBUG; above, they stretch their calls.
    """
    read: Sequence[Any] = read_rows(lines, which)
    good = np.fromiter((row is not None for row in read), np.bool_, len(read))
    asked = np.flatnonzero(keys == HTTP_REQUEST)
    if not all(good[i] and read[i].name.startswith("httpx") for i in asked.tolist()):
        good[asked] = False  # they count in their order: all here, or none
    batch, left = _Batch(summary, lines), good.copy()
    for key, kind in (*KINDS.items(), (int(HTTP_REQUEST), REQUEST)):
        mine = np.flatnonzero(good & (keys == np.uint64(key)))
        left[mine] = False
        batch.kind(kind, [read[i] for i in mine.tolist()], which[mine])
    batch.plain([read[i] for i in np.flatnonzero(left).tolist()])
    batch.stretch([row for row in compress(read, good.tolist()) if row.level != "DEBUG"])
    return which[~good]


class _Batch:
    """Counts the rows of one chunk, kind by kind; what they share is worked out in `stretch`."""

    def __init__(self, summary: Summary, lines: Lines) -> None:
        self.summary, self.lines = summary, lines

    def kind(self, kind: str, rows: list[Row], which: Index) -> None:
        """Count rows of one kind; `which` are their lines."""
        if not rows:
            return
        self._count(rows)
        self.summary.counts[kind] += len(rows)
        if kind in _FIGURES:
            _FIGURES[kind](self.summary, rows)
        if kind in _NOTED:
            self._note(*_NOTED[kind], rows, which)

    def plain(self, rows: list[Row]) -> None:
        """Count rows that tell of no event; at DEBUG they stretch no call."""
        loud = [row for row in rows if row.level != "DEBUG"]
        for logger, n in Counter(row.name for row in rows if row.level == "DEBUG").items():
            self.summary.murmur(SHAPE, n, logger)
        self._count(loud)

    def _count(self, rows: list[Row]) -> None:
        if not rows:
            return
        self.summary.take(SHAPE, len(rows), len(rows))
        self.summary.clocks["utc"] += len(rows)
        sources = {row.name for row in rows}, {row.level for row in rows}
        if len(sources[0]) == len(sources[1]) == 1:
            self.summary.levels[sources[0].pop(), sources[1].pop()] += len(rows)
        else:
            self.summary.levels.update(Counter(map(_SOURCE, rows)))

    def _note(self, name: str, field: str, rows: list[Row], which: Index) -> None:
        limit = NOTED_S[name]
        high = (i for i, row in enumerate(rows) if (getattr(row, field) or 0.0) > limit)
        for index in islice(high, KEPT_EVIDENCE - len(self.summary.evidence.get(name, ()))):
            line = int(which[index])
            self.summary.note(name, line + 1, self.lines.line(line))

    def stretch(self, rows: list[Row]) -> None:
        """Stretch the calls to the first and last of their lines."""
        # Equal layouts, all in UTC: the texts of the times are in the order of the times.
        texts = [row.timestamp for row in rows]
        if texts != sorted(texts):
            rows = sorted(rows, key=_WHEN)
            texts = [row.timestamp for row in rows]
        jobs = [row.job_id or "" for row in rows]
        self._reach("job:", jobs, texts)
        strays = [row for row in rows if not row.job_id] if "" in jobs else []
        self._reach("", list(map(_call, strays)), [row.timestamp for row in strays])

    def _reach(self, prefix: str, keys: Sequence[str], texts: Sequence[str]) -> None:
        """Stretch each call to the first and the last of its times, which come in their order."""
        last = dict(zip(keys, texts, strict=True))  # of equal keys a dict keeps the last one
        first = dict(zip(reversed(keys), reversed(texts), strict=True))
        for key, text in first.items():
            if prefix and not key:  # a line of no job: it stretches its room or process
                continue
            call = self.summary.call(prefix + key)
            for time, _ in (times.parse(text), times.parse(last[key])):
                if time is not None:
                    call.seen(time)
                    self.summary.reach(time)


def _call(row: Row) -> str:
    return call_key(row.job_id or "", row.room or "", "" if row.pid is None else str(row.pid))


def _measure(summary: Summary, name: str, values: Sequence[float | None], low: float = 0.0) -> None:
    """`Summary.measure` for many."""
    told = [value for value in values if value is not None]
    good = [round(value * 1000) for value in told if value >= low]
    if len(good) < len(told):
        summary.counts["censored:" + name] += len(told) - len(good)
    if good:
        summary.histogram(name).counts.update(good)


def _llm(summary: Summary, rows: Sequence[Row]) -> None:
    _measure(summary, "llm_ttft@metrics", [row.ttft for row in rows])
    for name in ("prompt_tokens", "prompt_cached_tokens", "completion_tokens"):
        if total := sum(int(getattr(row, name) or 0) for row in rows):
            summary.counts["tokens:" + name] += total
    models = Counter(row.model_name or "unknown" for row in rows)
    summary.counts.update({f"model:{name}": n for name, n in models.items()})


def _tts(summary: Summary, rows: Sequence[Row]) -> None:
    _measure(summary, "tts_ttfb@metrics", [row.ttfb for row in rows])


def _eou(summary: Summary, rows: Sequence[Row]) -> None:
    for key, count in Counter(map(_call, rows)).items():
        summary.call(key).eous += count
    transcripts = [row.transcription_delay for row in rows]
    _measure(summary, "transcription_delay@metrics", transcripts, UNMEASURED_S)
    delays = [row.end_of_utterance_delay for row in rows]
    _measure(summary, "end_of_turn_delay@metrics", delays, UNMEASURED_S)


def _requests(summary: Summary, rows: Sequence[Row]) -> None:
    """The first line of a job may complete headers before this chunk; the rest stand alone."""
    jobs = [row.job_id or row.room or (SHAPE if row.pid is None else str(row.pid)) for row in rows]
    said = [(row.name, row.message) for row in rows]
    rest = Counter(said)
    firsts = dict(zip(reversed(jobs), reversed(range(len(rows))), strict=True))
    for job, index in sorted(firsts.items(), key=lambda item: item[1]):
        rest[said[index]] -= 1
        _request(summary, *said[index], job, 1)
    for (name, message), n in (+rest).items():
        _request(summary, name, message, "", n)


def _request(summary: Summary, logger: str, message: str, job: str, n: int) -> None:
    told = _answer(message)
    generation = "new" if logger.startswith("httpx2") else "old"
    if told is None:
        summary.counts[REQUEST] -= n
    elif job:
        summary.responses.request(generation, job, told)
    else:
        summary.responses.requests(generation, told, n)


@lru_cache(maxsize=4096)  # an agent asks for the same few URLs again and again
def _answer(message: str) -> Answer | None:
    event = events.read(Record(message, logger="httpx"))
    return None if event is None else answer(event.fields)


_FIGURES: Mapping[str, Callable[[Summary, Sequence[Row]], None]] = {
    "llm_metrics": _llm,
    "tts_metrics": _tts,
    "eou_metrics": _eou,
    REQUEST: _requests,
}
_NOTED = {
    "llm_metrics": ("llm_ttft@metrics", "ttft"),
    "tts_metrics": ("tts_ttfb@metrics", "ttfb"),
    "eou_metrics": ("end_of_turn_delay@metrics", "end_of_utterance_delay"),
}
"""Which latency is worth a place in the evidence when it is long, and its field."""
