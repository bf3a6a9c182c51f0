"""OpenTelemetry spans of livekit-agents in, the lines of the calls' turn logs out.

Both ways to export them are read: OTLP JSON (`resourceSpans`, one batch a line) and the console
exporter's JSON, on one line or pretty-printed, also among other output, which is passed on.
A span comes out after its children and a call's spans are spread over the file, so that those
that matter are held until the end, or until their session is over when there are too many.

Spans are found, and calls put together, by whoever `many` has for it; what lies between, the spans
of a call from all parts of the file, is packed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from tuner.call_records.detection import Many
from tuner.call_records.documents import pieces
from tuner.call_records.faults import Faults
from tuner.call_records.span_parts import Packed, found, written
from tuner.errors import InputError

MOST = 1_000_000
"""Spans that are held: some 200 MB, 20,000 calls of a few minutes."""
_SPANS = 1 << 11
"""Spans of calls that are put together at a time."""
Calls = dict[str, list[Packed]]
"""The spans of each call so far, by trace."""


def translate(stream: BinaryIO, many: Many = map) -> Iterator[tuple[int, bytes]]:
    """Lines that are no spans as they come; those of the calls when their spans are complete.

    Raises InputError at the end if some calls could not be read, or batches are cut off.
    """
    calls: Calls = {}
    faults, held, cut = Faults("calls"), 0, 0
    for others, packed, cut_here in many(found, pieces(stream)):
        yield from others
        cut += cut_here
        for trace, spans in packed.items():
            calls.setdefault(trace, []).append(spans)
            held += spans.number
        if held > MOST:
            over = [trace for trace, parts in calls.items() if any(p.is_over for p in parts)]
            yield from _lines({trace: calls.pop(trace) for trace in over}, many, faults)
            held = sum(map(_number, calls.values()))
    yield from _lines(calls, many, faults)
    faults.named()
    if cut:
        which = "a batch of spans is" if cut == 1 else f"{cut} batches of spans are"
        raise InputError(f"{which} cut off: the last spans are missing", "copy the whole file")


def _lines(
    calls: Mapping[str, list[Packed]], many: Many, faults: Faults
) -> Iterator[tuple[int, bytes]]:
    for lines, bad in many(written, _batches(calls.values())):
        yield from lines
        faults.add(bad)


def _batches(calls: Iterable[list[Packed]]) -> Iterator[list[list[Packed]]]:
    """The same calls, as many at a time as have `_SPANS`."""
    batch: list[list[Packed]] = []
    size = 0
    for call in calls:
        batch.append(call)
        size += _number(call)
        if size >= _SPANS:
            yield batch
            batch, size = [], 0
    yield batch


def _number(call: list[Packed]) -> int:
    return sum(part.number for part in call)
