"""A batch of OTLP spans that is cut off in, the spans that are whole in it out."""

from __future__ import annotations

from itertools import islice

from tuner.call_records.span_formats import Span, parse
from tuner.lazy_patterns import lazy_pattern

_BATCH = lazy_pattern(rb'[^\n]{0,200}?\{\s*"(?:resourceSpans|resource_spans)"\s*:\s*\[')
_SPAN = lazy_pattern(rb',?\s*\{\s*"(?:traceId|trace_id|spanId|span_id)"\s*:')
_REST = b"]}]}]}"
"""What closes the spans, their scope and their resource."""
_MOST_TRIED = 8
"""The links of a span begin as spans do."""


def whole_spans(document: bytes, line: int) -> list[Span] | None:
    """Those that matter of the spans before the cut; None if it is no such batch."""
    if _BATCH.match(document) is None:
        return None
    begins = [found.start() for found in _SPAN.finditer(document)]
    for begin in islice(reversed(begins), _MOST_TRIED):
        if (spans := parse(document[:begin] + _REST, line)) is not None:
            return spans
    return None
