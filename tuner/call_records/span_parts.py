"""Parts of a file of spans in, what each holds of every call out; and calls put together of that.

Each is one function of one value, which another process can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from tuner.call_records.cut_batches import whole_spans
from tuner.call_records.documents import Numbered, WholeLines, documents
from tuner.call_records.faults import Faults
from tuner.call_records.span_call import lines
from tuner.call_records.span_formats import Span, parse

_BRACKETS = (b"[", b"]")


_PACK = msgspec.msgpack.Encoder().encode
_UNPACK = msgspec.msgpack.Decoder(list[Span]).decode


class Packed(NamedTuple):
    """So many spans of a call, packed: a fifth of what they take else. `is_over`: its session's
    is among them. Those that hold what cannot be packed are left as they are."""

    number: int
    is_over: bool
    data: bytes | list[Span]

    def spans(self) -> list[Span]:
        """The spans as they were."""
        return _UNPACK(self.data) if isinstance(self.data, bytes) else self.data


class Found(NamedTuple):
    """The lines of a piece that are no spans, the spans of each trace, and how many batches are
    cut off."""

    others: Numbered
    traces: Mapping[str, Packed]
    cut: int


def found(piece: WholeLines) -> Found:
    """What stands in a piece of a file."""
    others: Numbered = []
    traces: dict[str, list[Span]] = {}
    cut = 0
    for number, document in documents(piece):
        spans = parse(document, number)
        if spans is None and (spans := whole_spans(document, number)) is not None:
            cut += 1
        if spans is None and document.strip() not in _BRACKETS:
            others.append((number, document.rstrip(b"\r\n")))
        for span in spans or ():
            traces.setdefault(span.trace, []).append(span)
    return Found(others, {trace: _packed(spans) for trace, spans in traces.items()}, cut)


def _packed(spans: list[Span]) -> Packed:
    is_over = any(span.name == "agent_session" for span in spans)
    try:
        return Packed(len(spans), is_over, _PACK(spans))
    except (OverflowError, RecursionError):  # a whole number of more than 64 bits, or too deep
        return Packed(len(spans), is_over, spans)


def written(calls: Iterable[Iterable[Packed]]) -> tuple[Numbered, Faults]:
    """The lines of calls, and those of the calls that brought out a fault."""
    made: Numbered = []
    faults = Faults("calls")
    for call in calls:
        with faults.held():
            made += lines([span for part in call for span in part.spans()])
    return made, faults
