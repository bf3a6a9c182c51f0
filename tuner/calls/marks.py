"""Lines of one call in, what else happened in it out: requests to OpenAI, warnings and errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tuner import atlas
from tuner.calls.clock import CallClock
from tuner.calls.model import RequestMark, SpokenMark, WarningMark
from tuner.calls.notes import number
from tuner.execution.call_lines import CallLine
from tuner.lines.catalogue.table import BY_KIND
from tuner.lines.message_figures import TRANSCRIPT
from tuner.lines.undecodable import UNDECODABLE
from tuner.model import Record
from tuner.names import Kind
from tuner.redaction.shown import shown
from tuner.summary.openai_responses import NOT_CALLS, Response, answer
from tuner.summary.other_lines import LOUD

_HTTP: frozenset[Kind] = frozenset(("http_headers", "http_request", "openai_response"))
_OWN_PLACE: frozenset[Kind] = frozenset(("turn", "interruption", "openai_call", "commit"))
"""Kinds that a timeline shows elsewhere."""
Text = Callable[[str, str], str]
"""A message and its logger in, the message as its source has it out, "" if it is not known."""


def requests(
    lines: Sequence[CallLine], clock: CallClock, slow_ms: float
) -> tuple[RequestMark, ...]:
    """Each attempt once: from the turn log, else from the lines of the HTTP client or the SDK."""
    own = [line for line in lines if _kind(line) == "openai_call"]
    if own:
        return tuple(_of_turn_log(line, clock, slow_ms) for line in own)
    return tuple(_of_http(lines, clock, slow_ms))


def _kind(line: CallLine) -> Kind | None:
    return line.parsed.event.kind if line.parsed.event is not None else None


def _fields(line: CallLine) -> Mapping[str, Any]:
    return line.parsed.event.fields if line.parsed.event is not None else {}


def _of_turn_log(line: CallLine, clock: CallClock, slow_ms: float) -> RequestMark:
    fields = _fields(line)
    response = answer(fields)
    failed = response.status >= 400 or fields.get("error") not in (None, "cancelled")
    attempt = fields.get("attempt")
    return RequestMark(
        at=clock.of_line(line.parsed.record.time),
        endpoint=response.endpoint or "unknown",
        status=response.status or None,
        elapsed_ms=number(fields, "elapsed_ms"),
        processing_ms=response.ms,
        attempt=attempt if isinstance(attempt, int) else None,
        slow=response.ms is not None and response.ms > slow_ms,
        failed=failed,
    )


def _of_http(lines: Iterable[CallLine], clock: CallClock, slow_ms: float) -> Iterator[RequestMark]:
    """Headers and the request line just behind them are one response; the SDK's own line counts
    only in a log that has none of these."""
    http = [line for line in lines if _kind(line) in _HTTP]
    if any(_kind(line) != "openai_response" for line in http):
        http = [line for line in http if _kind(line) != "openai_response"]
    waiting: tuple[CallLine, Response] | None = None
    for line in http:
        response = answer(_fields(line))
        if _kind(line) == "http_request" and waiting is not None:
            first, headers = waiting
            joined = headers._replace(endpoint=response.endpoint, method=response.method)
            yield from _mark(first, joined, clock, slow_ms)
            waiting = None
            continue
        if waiting is not None:
            yield from _mark(*waiting, clock, slow_ms)
        waiting = (line, response) if _kind(line) == "http_headers" else None
        if waiting is None:
            yield from _mark(line, response, clock, slow_ms)
    if waiting is not None:
        yield from _mark(*waiting, clock, slow_ms)


def _mark(
    line: CallLine, response: Response, clock: CallClock, slow_ms: float
) -> Iterator[RequestMark]:
    of_sdk = _kind(line) == "openai_response"
    is_call = response.method != "GET" and response.endpoint not in NOT_CALLS
    if not (is_call if of_sdk else response.is_call):
        return
    yield RequestMark(
        clock.of_line(line.parsed.record.time),
        response.endpoint or "unknown",
        response.status or None,
        None,
        response.ms,
        None,
        response.ms is not None and response.ms > slow_ms,
        response.status >= 400,
    )


def speech(lines: Iterable[CallLine], clock: CallClock) -> tuple[SpokenMark, ...]:
    """What the caller said, for whoever asked for text."""
    found = [line.parsed.record for line in lines if _kind(line) == "transcript"]
    marks = (SpokenMark(clock.of_line(record.time), _words(record)) for record in found)
    return tuple(mark for mark in marks if mark.text)


def _words(record: Record) -> str:
    """The caller's words: no event holds them."""
    try:
        fields: dict[str, Any] = msgspec.json.decode(record.body) if record.body else {}
    except UNDECODABLE:
        return ""
    return next((text for name in TRANSCRIPT if isinstance(text := fields.get(name), str)), "")


def warnings(
    lines: Iterable[CallLine], clock: CallClock, show_text: bool = False
) -> tuple[WarningMark, ...]:
    """Lines above INFO, and those below that report a failure; with `show_text` their messages as
    they stand."""
    return tuple(
        WarningMark(
            clock.of_line(line.parsed.record.time),
            line.parsed.record.level if line.parsed.record.level in LOUD else "INFO",
            (show_text and line.parsed.record.message) or _text(line),
            line.path,
            line.line,
        )
        for line in lines
        if line.parsed.record.level in LOUD or _is_trouble(_kind(line))
    )


def _is_trouble(kind: Kind | None) -> bool:
    """Whether a line below WARNING is of a kind that others write as a warning."""
    if kind is None or kind in _OWN_PLACE:
        return False
    return any(spelling.level in LOUD for spelling in BY_KIND[kind].spellings)


def _text(line: CallLine) -> str:
    kind = _kind(line)
    return BY_KIND[kind].meaning if kind is not None else _of_atlas(line.parsed.record)


def _of_atlas(record: Record) -> str:
    """The message as its source has it, with … for what the program fills in; else its logger."""
    row = atlas.load().match(record.message, record.logger) if record.message else None
    if row is not None:
        return row.template.replace(atlas.HOLE, "…").strip()
    logger = shown("logger", record.logger)
    return f"a line of {logger}" if logger else "a line that is not known"
