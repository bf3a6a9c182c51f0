"""What the compiled scan counted in a chunk of LiveKit's JSON or dev text, added to a summary.

What is added equals what `reader` adds line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import compress
from typing import Any, NamedTuple

import msgspec

from tuner import scan
from tuner.lines import events, json_lines, text_lines
from tuner.model import Record
from tuner.scan import Calls, Entry, Scanner
from tuner.summary.call_counts import Call
from tuner.summary.openai_responses import Answer, Responses, answer
from tuner.summary.summary import Summary

_PREFIXES = ("", "job:", "room:", "pid:")
_SYNC, _RESPONSE = scan.KINDS.index("sync_warning"), scan.KINDS.index("openai_response")


class Layout(NamedTuple):
    """Of a layout its name, its clock, and how to read the texts that the scan found in it."""

    shape: str
    clock: str
    source: Callable[[Entry], tuple[str, str]]
    """Logger and level."""
    message: Callable[[str], tuple[str, str]]
    """Logger and message."""


def _json_source(source: Entry) -> tuple[str, str]:
    level, _, logger = source.text.partition('", "name": "')
    return logger, level


def _json_message(text: str) -> tuple[str, str]:
    told = msgspec.json.decode('{"message": "' + text + '"}')
    return told["name"], told["message"]


def _dev_source(source: Entry) -> tuple[str, str]:
    return source.text, scan.LEVELS[source.key]


def _dev_message(text: str) -> tuple[str, str]:
    logger, _, message = text.partition(" - ")
    return logger.rstrip(), message


JSON = Layout(json_lines.LIVEKIT, "utc", _json_source, _json_message)
DEV = Layout(text_lines.DEV, "naive", _dev_source, _dev_message)


def add(summary: Summary, found: Scanner, layout: Layout) -> None:
    """Add all that was counted to an empty summary; what Python has to read is left."""
    calls, messages = found.calls(), found.entries("messages")
    _sources(summary, found, layout)
    _calls(summary, calls)
    _figures(summary, found)
    summary.counts.update(found.counts())
    said = [_said(message.text, layout) for message in messages]
    _messages(summary, messages, said)
    jobs = [text or layout.shape for text in calls.texts]
    _pairs(summary.responses, found, calls, jobs, said)


def _sources(summary: Summary, found: Scanner, layout: Layout) -> None:
    for source in found.entries("sources"):
        if source.n:
            summary.take(layout.shape, source.n, source.n)
            summary.levels[layout.source(source)] += source.n
    summary.understand(found.passed)
    if found.told:
        summary.clocks[layout.clock] += found.told


def _calls(summary: Summary, calls: Calls) -> None:
    names = [_PREFIXES[key] + text for key, text in zip(calls.keys, calls.texts, strict=True)]
    table = Call.table(
        first=calls.first,
        last=calls.last,
        eous=calls.turns,
        vad_slow=calls.vad_slow,
        sync=calls.syncs,
        timed=calls.timed,
        slow=calls.slow,
    )
    summary.calls = dict(compress(zip(names, table, strict=True), calls.n))
    if summary.calls:
        summary.reach(min(compress(calls.first, calls.n)))
        summary.reach(max(compress(calls.last, calls.n)))


def _figures(summary: Summary, found: Scanner) -> None:
    for name, bins, censored in found.latencies():
        if bins:
            counts = summary.histogram(name).counts
            for ms, n in bins:
                counts[ms] += n
        if censored:
            summary.counts["censored:" + name] += censored
    for name, n in found.tokens().items():
        if n:
            summary.counts["tokens:" + name] += n
    for model in found.entries("models"):
        if model.n:
            summary.counts["model:" + (model.text if model.key else "unknown")] += model.n


def _messages(summary: Summary, messages: list[Entry], all_said: list[_Said]) -> None:
    """Sync warnings; what the SDK says of responses; requests that complete no headers."""
    for message, said in zip(messages, all_said, strict=True):
        if not message.n:
            continue
        if message.key == _SYNC:
            summary.counts["sync:" + str(said.fields["method"])] += message.n
        elif message.key == _RESPONSE:
            summary.responses.said("new", said.answer, message.n)
        else:
            summary.responses.count(said.generation, said.answer, message.n)


def _pairs(
    responses: Responses, found: Scanner, calls: Calls, jobs: list[str], said: list[_Said]
) -> None:
    """Lines of HTTP by call: the first and the last may pair up with lines of other chunks."""
    leads = found.leads()
    for index, generation in enumerate(scan.GENERATIONS):
        first = {jobs[call]: said[text].answer for call, text, of in leads if of == index}
        touched = set(compress(jobs, calls.touched[index]))
        if touched:
            responses.begin(generation, first, touched)
    waiting = set().union(*calls.open)
    for place, one in enumerate(found.answers(), 1):
        generation = scan.GENERATIONS[one.generation]
        if place in waiting:
            responses.headers(generation, jobs[one.call], _headers(one))
        else:
            responses.count(generation, _told(one, said), 1)


def _headers(answer: scan.Answer) -> Answer:
    return Answer(answer.status, answer.ms if answer.ms >= 0 else None)


def _told(answer: scan.Answer, said: list[_Said]) -> Answer:
    told = _headers(answer)
    if answer.message < 0:
        return told
    request = said[answer.message].answer
    return told._replace(endpoint=request.endpoint, method=request.method)


class _Said(NamedTuple):
    fields: Mapping[str, Any]
    generation: str
    answer: Answer


@lru_cache(maxsize=4096)  # an agent asks for the same few URLs again and again
def _said(text: str, layout: Layout) -> _Said:
    logger, message = layout.message(text)
    event = events.read(Record(message, logger=logger))
    fields = {} if event is None else event.fields
    generation = "new" if logger.startswith("httpx2") else "old"
    return _Said(fields, generation, answer(fields))
