"""What the compiled scan counted in a chunk of LiveKit's JSON or dev text, added to a summary.

What is added equals what `careful` adds line by line.
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
from tuner.summary.other_lines import LOUD
from tuner.summary.summary import Summary

_LONG = 1_000
"""Longer messages are not remembered."""
_PREFIXES = ("", "job:", "room:", "pid:")


class Layout(NamedTuple):
    """Of a layout its name, its clock, and how to read the texts that the scan found in it."""

    shape: str
    clock: str
    source: Callable[[Entry], tuple[str, str]]
    """Logger and level."""
    message: Callable[[str], tuple[str, str]]
    """Logger and message."""
    text: Callable[[bytes], str]
    """A message alone."""


def _json_source(source: Entry) -> tuple[str, str]:
    level, _, logger = source.text.partition('", "name": "')
    return logger, level


def _json_message(text: str) -> tuple[str, str]:
    record = msgspec.json.decode('{"message": "' + text + '"}')
    return record["name"], record["message"]


def _json_text(written: bytes) -> str:
    text: str = msgspec.json.decode(b'"' + written + b'"')
    return text


def _dev_source(source: Entry) -> tuple[str, str]:
    return source.text, scan.LEVELS[source.key]


def _dev_message(text: str) -> tuple[str, str]:
    logger, _, message = text.partition(" - ")
    return logger.rstrip(), message


JSON = Layout(json_lines.LIVEKIT, "utc", _json_source, _json_message, _json_text)
DEV = Layout(text_lines.DEV, "naive", _dev_source, _dev_message, bytes.decode)


def add(summary: Summary, scanner: Scanner, layout: Layout) -> None:
    """Add all that was counted to an empty summary; what Python has to read is left."""
    calls, entries = scanner.calls(), scanner.entries("messages")
    _sources(summary, scanner, layout)
    _calls(summary, calls)
    _other_lines(summary, scanner, layout, calls)
    _figures(summary, scanner)
    summary.counts.update(scanner.counts())
    messages = [_of(entry.text, layout) for entry in entries]
    _messages(summary, scanner, entries, messages)
    jobs = [text or layout.shape for text in calls.texts]
    _pairs(summary.responses, scanner, calls, jobs, messages)


def _sources(summary: Summary, scanner: Scanner, layout: Layout) -> None:
    for source in scanner.entries("sources"):
        if source.n:
            summary.take(layout.shape, source.n, source.n)
            summary.count_source(*layout.source(source), source.n)
    summary.understand(scanner.passed)
    if scanner.clocked:
        summary.clocks[layout.clock] += scanner.clocked


def _calls(summary: Summary, calls: Calls) -> None:
    names = [_PREFIXES[key] + text for key, text in zip(calls.keys, calls.texts, strict=True)]
    times = {"first": calls.first, "last": calls.last}
    table = Call.table(**times, timed=calls.timed, slow=calls.slow, **calls.figures)
    summary.calls = dict(compress(zip(names, table, strict=True), calls.n))
    if summary.calls:
        summary.reach(min(compress(calls.first, calls.n)))
        summary.reach(max(compress(calls.last, calls.n)))


def _other_lines(summary: Summary, scanner: Scanner, layout: Layout, calls: Calls) -> None:
    """Messages that are of no row; `calls` of those below WARNING are not counted."""
    sources = scanner.entries("sources")
    for text, n, source, places in scanner.others():
        logger, level = layout.source(sources[source])
        names = {_PREFIXES[calls.keys[i]] + calls.texts[i] for i in places if calls.keys[i]}
        listed = names if level in LOUD else set()
        summary.other_lines.count(logger, level, layout.text(text), n, listed)


def _figures(summary: Summary, scanner: Scanner) -> None:
    for name, bins, censored in scanner.latencies():
        if bins:
            counts = summary.histogram(name).counts
            for ms, n in bins:
                counts[ms] += n
        if censored:
            summary.counts["censored:" + name] += censored
    for name, n in scanner.sums().items():
        if n:
            summary.counts["tokens:" + name] += n
    for model in scanner.entries("models"):
        if model.n:
            summary.tally("model", model.text if model.key else "unknown", model.n)


class _Message(NamedTuple):
    """A distinct message, as Python reads it."""

    fields: Mapping[str, Any]
    generation: str
    answer: Answer


def _messages(
    summary: Summary, scanner: Scanner, entries: list[Entry], messages: list[_Message]
) -> None:
    """Tallies by message; responses by the SDK's lines; requests that complete no headers."""
    for entry, message in zip(entries, messages, strict=True):
        if not entry.n:
            continue
        row = scanner.plan.rows[entry.key]
        for prefix, field, default in row.line.tallies:
            summary.tally(prefix, message.fields.get(field, default), entry.n)
        if row.way == "RESPONSE":
            summary.responses.add_sdk("new", message.answer, entry.n)
        elif row.way == "REQUEST":
            summary.responses.count(message.generation, message.answer, entry.n)


def _pairs(
    responses: Responses,
    scanner: Scanner,
    calls: Calls,
    jobs: list[str],
    messages: list[_Message],
) -> None:
    """Lines of HTTP by call: the first and the last may pair up with lines of other chunks."""
    leads = scanner.leads()
    for index, generation in enumerate(scan.GENERATIONS):
        first = {jobs[call]: messages[text].answer for call, text, of in leads if of == index}
        touched = set(compress(jobs, calls.touched[index]))
        if touched:
            responses.begin(generation, first, touched)
    waiting = set().union(*calls.open)
    for place, response in enumerate(scanner.answers(), 1):
        generation = scan.GENERATIONS[response.generation]
        if place in waiting:
            responses.headers(generation, jobs[response.call], _headers(response))
        else:
            responses.count(generation, _complete(response, messages), 1)


def _headers(response: scan.Answer) -> Answer:
    return Answer(response.status, response.ms if response.ms >= 0 else None)


def _complete(response: scan.Answer, messages: list[_Message]) -> Answer:
    headers = _headers(response)
    if response.message < 0:
        return headers
    request = messages[response.message].answer
    return headers._replace(endpoint=request.endpoint, method=request.method)


def _of(text: str, layout: Layout) -> _Message:
    return _message(text, layout) if len(text) < _LONG else _message.__wrapped__(text, layout)


@lru_cache(maxsize=4096)  # an agent asks for the same few URLs again and again
def _message(text: str, layout: Layout) -> _Message:
    logger, message = layout.message(text)
    event = events.read(Record(message, logger=logger))
    fields = {} if event is None else event.fields
    generation = "new" if logger.startswith("httpx2") else "old"
    return _Message(fields, generation, answer(fields))
