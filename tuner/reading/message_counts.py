"""Messages that the compiled scan found, and the HTTP responses that they report, in a summary."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import lru_cache
from itertools import compress
from typing import Any, NamedTuple

from tuner import scan
from tuner.lines import events
from tuner.model import Record
from tuner.reading.scan_layouts import ScanLayout
from tuner.scan import AnswerRow, Calls, Entry, Scanner
from tuner.summary.event_counting import generation_of
from tuner.summary.openai_responses import Response, Responses, answer
from tuner.summary.summary import Summary

_LONG = 1_000
"""Longer messages are not remembered."""


class Message(NamedTuple):
    """A distinct message, as Python reads it."""

    fields: Mapping[str, Any]
    generation: str
    answer: Response


def add_messages(
    summary: Summary, scanner: Scanner, entries: list[Entry], messages: list[Message]
) -> None:
    """Tallies by message; responses by the SDK's lines; requests that complete no headers."""
    for entry, message in zip(entries, messages, strict=True):
        if not entry.n:
            continue
        row = scanner.plan.rows[entry.key % scan.MOST_ROWS]
        for prefix, field, default in row.line.tallies:
            summary.tally(prefix, message.fields.get(field, default), entry.n)
        if row.way == "RESPONSE":
            summary.responses.add_sdk(message.generation, message.answer, entry.n)
        elif row.way == "REQUEST":
            summary.responses.count(message.generation, message.answer, entry.n)


def add_pairs(
    responses: Responses,
    scanner: Scanner,
    calls: Calls,
    jobs: list[str],
    messages: list[Message],
) -> None:
    """Lines of HTTP by call: the first and the last may pair up with lines of other chunks."""
    leads, found = scanner.leads(), [message.answer for message in messages]
    for index, generation in enumerate(scan.GENERATIONS):
        of = list(map(index.__eq__, leads.generations))
        began = map(jobs.__getitem__, compress(leads.calls, of))
        first = zip(began, map(found.__getitem__, compress(leads.messages, of)), strict=True)
        if any(calls.touched[index]):
            responses.begin(generation, first, compress(jobs, calls.touched[index]))
    answers, waiting = scanner.answers(), set().union(*calls.open) - {0}
    for call, _, place, status, ms in (answers[waits - 1] for waits in waiting):
        headers = Response(status, ms if ms >= 0 else None)
        responses.headers(scan.GENERATIONS[place], jobs[call], headers)
    _add_complete(responses, answers, waiting, messages)


def _add_complete(
    responses: Responses, answers: list[AnswerRow], waiting: set[int], messages: list[Message]
) -> None:
    """Count the responses that wait for nothing, those together that are equal but for times."""
    groups: defaultdict[tuple[int, int, int, bool], Counter[float]] = defaultdict(Counter)
    for place, (_, message, generation, status, ms) in enumerate(answers, 1):
        if place not in waiting:
            groups[message, generation, status, ms >= 0][ms] += 1
    for (message, generation, status, is_timed), times in groups.items():
        response = _complete(Response(status, 0.0 if is_timed else None), messages, message)
        responses.count_timed(scan.GENERATIONS[generation], response, times)


def _complete(headers: Response, messages: list[Message], message: int) -> Response:
    if message < 0:
        return headers
    request = messages[message].answer
    return headers._replace(endpoint=request.endpoint, method=request.method)


def read(text: str, layout: ScanLayout) -> Message:
    """The message that the scan found, with its logger, in this layout."""
    return _read(text, layout) if len(text) < _LONG else _read.__wrapped__(text, layout)


@lru_cache(maxsize=4096)  # an agent asks for the same few URLs again and again
def _read(text: str, layout: ScanLayout) -> Message:
    logger, message = layout.message(text)
    event = events.read(Record(message, logger=logger))
    fields = {} if event is None else event.fields
    kind = "http_request" if event is None else event.kind
    return Message(fields, generation_of(kind, logger, fields), answer(fields))
