"""What the compiled scan counted in a chunk of LiveKit's JSON, added to a summary.

What is added equals what `reader` adds line by line.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from tuner import events, scan
from tuner.http_calls import Answer, answer
from tuner.model import Record
from tuner.scan import Entry, Scanner
from tuner.summary import Summary

SHAPE = "LiveKit JSON"
_PREFIXES = ("", "job:", "room:", "pid:")
_SYNC, _RESPONSE = scan.KINDS.index("sync_warning"), scan.KINDS.index("openai_response")


def add(summary: Summary, found: Scanner) -> None:
    """Add all that was counted; evidence and the lines that Python reads are left."""
    calls, messages = found.entries("calls"), found.entries("messages")
    _sources(summary, found)
    _calls(summary, calls)
    _figures(summary, found)
    summary.counts.update(found.counts())
    _messages(summary, messages)
    _pairs(summary, found, calls, messages)


def _sources(summary: Summary, found: Scanner) -> None:
    for source in found.entries("sources"):
        if source.n:
            level, _, logger = source.text.decode().partition('", "name": "')
            summary.take(SHAPE, source.n, source.n)
            summary.levels[logger, level] += source.n
    if found.told:
        summary.clocks["utc"] += found.told


def _calls(summary: Summary, calls: list[Entry]) -> None:
    told = [entry for entry in calls if entry.n]
    for entry in told:
        call = summary.call(_key(entry))
        call.eous += entry.turns
        call.vad_slow += entry.vad_slow
        call.sync += entry.syncs
        call.timed += entry.timed
        call.slow += entry.slow
        call.seen(entry.first)
        call.seen(entry.last)
    if told:
        summary.reach(min(entry.first for entry in told))
        summary.reach(max(entry.last for entry in told))


def _key(call: Entry) -> str:
    """As `model.call_key` makes it."""
    return _PREFIXES[call.key] + call.text.decode()


def _figures(summary: Summary, found: Scanner) -> None:
    for name, values, censored in found.latencies():
        if values:
            summary.histogram(name).counts.update(values)
        if censored:
            summary.counts["censored:" + name] += censored
    for name, n in found.tokens().items():
        if n:
            summary.counts["tokens:" + name] += n
    for model in found.entries("models"):
        if model.n:
            summary.counts["model:" + (model.text.decode() if model.key else "unknown")] += model.n


def _messages(summary: Summary, messages: list[Entry]) -> None:
    """Sync warnings; what the SDK says of responses; requests that complete no headers."""
    for message in messages:
        if not message.n:
            continue
        said = _said(message.text)
        if message.key == _SYNC:
            summary.counts["sync:" + str(said.fields["method"])] += message.n
        elif message.key == _RESPONSE:
            summary.responses.said("new", said.answer, message.n)
        else:
            summary.responses.count(said.generation, said.answer, message.n)


def _pairs(summary: Summary, found: Scanner, calls: list[Entry], messages: list[Entry]) -> None:
    """Lines of HTTP by call: the first and the last may pair up with lines of other chunks."""
    jobs, responses = [call.text.decode() or SHAPE for call in calls], summary.responses
    for lead in found.leads():
        said = _said(messages[lead.message].text)
        responses.request(said.generation, jobs[lead.call], said.answer)
    for call, job in zip(calls, jobs, strict=True):
        if call.touched_old:
            responses.touch("old", job)
        if call.touched_new:
            responses.touch("new", job)
    waiting = {place for call in calls for place in (call.open_old, call.open_new)}
    for place, one in enumerate(found.answers(), 1):
        generation = scan.GENERATIONS[one.generation]
        if place in waiting:
            responses.headers(generation, jobs[one.call], _headers(one))
        else:
            responses.count(generation, _told(one, messages), 1)


def _headers(answer: scan.Answer) -> Answer:
    return Answer(answer.status, answer.ms if answer.ms >= 0 else None)


def _told(answer: scan.Answer, messages: list[Entry]) -> Answer:
    told = _headers(answer)
    if answer.message < 0:
        return told
    said = _said(messages[answer.message].text).answer
    return told._replace(endpoint=said.endpoint, method=said.method)


class _Said(NamedTuple):
    fields: Mapping[str, Any]
    generation: str
    answer: Answer


@lru_cache(maxsize=4096)  # an agent asks for the same few URLs again and again
def _said(text: bytes) -> _Said:
    told = msgspec.json.decode(b'{"message": "' + text + b'"}')
    event = events.read(Record(told["message"], logger=told["name"]))
    fields = {} if event is None else event.fields
    generation = "new" if told["name"].startswith("httpx2") else "old"
    return _Said(fields, generation, answer(fields))
