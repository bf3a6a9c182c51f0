"""OpenTelemetry spans of livekit-agents in, the lines of the calls' turn logs out.

Both ways to export them are read: OTLP JSON (`resourceSpans`, one batch a line) and the console
exporter's JSON, on one line or pretty-printed, also among other output, which is passed on.
A span comes out after its children and a call's spans are spread over the file, so that those
that matter are held until the end, or until their session is over when there are too many.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from tuner.call_records.documents import documents
from tuner.call_records.faults import Faults
from tuner.call_records.span_call import lines
from tuner.call_records.span_formats import Span, parse

_BRACKETS = (b"[", b"]")
MOST = 1_000_000
"""Spans that are held: some 400 MB, 20,000 calls of a few minutes."""


def translate(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines that are no spans as they come; those of the calls when their spans are complete.

    Raises InputError at the end if some calls could not be read.
    """
    traces: dict[str, list[Span]] = {}
    faults, held = Faults("calls"), 0
    for number, document in documents(stream):
        spans = parse(document, number)
        if spans is None and document.strip() in _BRACKETS:
            continue
        if spans is None:
            yield number, document.rstrip(b"\r\n")
            continue
        for span in spans:
            traces.setdefault(span.trace, []).append(span)
            held += 1
        if held > MOST:
            for trace in [name for name, found in traces.items() if _is_over(found)]:
                with faults.held():
                    yield from lines(traces.pop(trace))
            held = sum(map(len, traces.values()))
    for found in traces.values():
        with faults.held():
            yield from lines(found)
    faults.named()


def _is_over(spans: list[Span]) -> bool:
    return any(span.name == "agent_session" for span in spans)
