"""One JSON document of an exporter in, its spans out: only those that matter, and of them only
the attributes in use. No transcript but the words of a user's turn is decoded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tuner.call_records.numbers import LATEST_S, plain
from tuner.lazy_patterns import lazy_pattern
from tuner.lines import timestamps

NAMES = frozenset(
    (
        *("agent_session", "session_close", "user_turn", "user_speaking", "eou_wait"),
        *("agent_turn", "agent_speaking", "llm_node", "tts_node", "llm_request"),
    )
)
WORDS, INPUT = "lk.pii.user_transcript", "gen_ai.usage.input_tokens"
OUTPUT, CACHED = "gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens"
ATTRIBUTES = frozenset(
    (
        *("job_id", "lk.job_id", "lk.close_reason", "lk.interrupted", "lk.e2e_latency"),
        *("lk.eou.outcome", "lk.end_of_turn_delay", "lk.transcription_delay"),
        *("lk.response.ttft", "lk.response.ttfb", "lk.stt.events"),
        *(WORDS, INPUT, OUTPUT, CACHED),
    )
)


class Span(msgspec.Struct, array_like=True, gc=False):
    """One span: ids, name, times in epoch seconds, and the line that its document begins on."""

    trace: str
    id: str
    parent: str
    name: str
    start: float
    end: float
    attributes: Mapping[str, Any]
    line: int

    def number(self, name: str) -> float | None:
        """An attribute as a number; None if it is none."""
        return plain(self.attributes.get(name))


class _Attribute(msgspec.Struct, gc=False):
    key: str
    value: msgspec.Raw = msgspec.Raw(b"{}")


class _OtlpSpan(msgspec.Struct, rename="camel", gc=False):
    trace_id: str
    span_id: str
    name: str
    start_time_unix_nano: int | str
    end_time_unix_nano: int | str
    parent_span_id: str = ""
    attributes: list[_Attribute] = []


class _Scope(msgspec.Struct, gc=False):
    spans: list[_OtlpSpan] = []


class _Resource(msgspec.Struct, gc=False):
    attributes: list[_Attribute] = []


class _ResourceSpans(msgspec.Struct, rename="camel", gc=False):
    scope_spans: list[_Scope] = []
    resource: _Resource = msgspec.field(default_factory=_Resource)


class _Batch(msgspec.Struct, rename="camel", gc=False):
    resource_spans: list[_ResourceSpans]


class _Context(msgspec.Struct, gc=False):
    trace_id: str
    span_id: str


class _ConsoleResource(msgspec.Struct, gc=False):
    attributes: dict[str, msgspec.Raw] = {}


class _ConsoleSpan(msgspec.Struct, gc=False):
    name: str
    context: _Context
    start_time: str
    end_time: str
    parent_id: str | None = None
    attributes: dict[str, msgspec.Raw] = {}
    resource: _ConsoleResource = msgspec.field(default_factory=_ConsoleResource)


_BATCH = msgspec.json.Decoder(_Batch)
_CONSOLE = msgspec.json.Decoder(_ConsoleSpan)


_OTLP_BEGINS = lazy_pattern(rb'\{\s*"(resourceSpans|resource_spans)"')
_BEFORE = 200
"""A program may write its time, and more, before the JSON: so many bytes."""
_SNAKE = lazy_pattern(
    rb'"(?:resource_spans|scope_spans|(?:parent_)?span_id|trace_id|(?:start|end)_time_unix_nano'
    rb'|(?:string|int|double|bool|array)_value)"(?=\s*:)'
)
"""The names as protobuf has them, which some exporters keep."""


def _camel(name: re.Match[bytes]) -> bytes:
    first, *others = name[0].split(b"_")
    return first + b"".join(map(bytes.capitalize, others))


def parse(document: bytes, line: int) -> list[Span] | None:
    """The spans of a document that matter here; None if it holds no spans at all."""
    text = document.strip(b"\r\n\t ,[]")
    if b'"resource' in text[:_BEFORE] and (begin := _OTLP_BEGINS.search(text, 0, _BEFORE)):
        text = text[begin.start() :]
        named = text if begin[1] == b"resourceSpans" else _SNAKE.sub(_camel, text)
        return _decoded(_otlp, named, line)
    return _decoded(_console, text, line) if b'"span_id"' in text else None


def _decoded(read: Any, text: bytes, line: int) -> list[Span] | None:
    try:
        return list(read(text, line))
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError):
        return None


def _otlp(text: bytes, line: int) -> Iterator[Span]:
    for resource in _BATCH.decode(text).resource_spans:
        shared = _otlp_attributes(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                if span.name in NAMES:
                    yield _from_otlp(span, shared, line)


def _from_otlp(span: _OtlpSpan, shared: Mapping[str, Any], line: int) -> Span:
    start, end = int(span.start_time_unix_nano) / 1e9, int(span.end_time_unix_nano) / 1e9
    if not 0 < start <= end < LATEST_S:
        raise ValueError("a span without times")
    attributes = {**shared, **_otlp_attributes(span.attributes)}
    ids = (span.trace_id, span.span_id, span.parent_span_id)
    return Span(*ids, span.name, start, end, attributes, line)


def _otlp_attributes(given: list[_Attribute]) -> dict[str, Any]:
    found = {}
    for attribute in given:
        if attribute.key in ATTRIBUTES:
            typed = msgspec.json.decode(attribute.value)
            for kind, value in typed.items() if isinstance(typed, dict) else ():
                whole = kind == "intValue" and isinstance(value, str | int | float)
                found[attribute.key] = int(value) if whole else value
    return found


def _console(text: bytes, line: int) -> Iterator[Span]:
    span = _CONSOLE.decode(text)
    start, end = timestamps.parse(span.start_time)[0], timestamps.parse(span.end_time)[0]
    if start is None or end is None or not 0 < start <= end < LATEST_S:
        raise ValueError("a span without times")
    if span.name not in NAMES and text.isascii():  # else values may be no text
        return
    given = {**span.resource.attributes, **span.attributes}
    found = {key: msgspec.json.decode(given[key]) for key in given.keys() & ATTRIBUTES}
    ids = (_plain(span.context.trace_id), _plain(span.context.span_id), _plain(span.parent_id))
    if span.name in NAMES:
        yield Span(*ids, span.name, start, end, found, line)


def _plain(id_: str | None) -> str:
    return (id_ or "").removeprefix("0x")
