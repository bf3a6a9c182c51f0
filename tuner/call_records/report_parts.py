"""The text of session reports in, of each report its header and its events out.

A report that is whole is cut by msgspec, which steps over all that is not used; what it does not
take, or what may stand otherwise there, is read by `json`, object for object, as far as it goes.
Both give the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from tuner.call_records import event_shapes
from tuner.call_records.event_shapes import REFUSED
from tuner.call_records.session_events import HANDLED, snake
from tuner.lazy_patterns import lazy_pattern

_EVENTS = lazy_pattern(r'"events"\s*:\s*\[')
_BETWEEN = lazy_pattern(r"[\s,]*")
_BETWEEN_REPORTS = lazy_pattern(r"[\s,\[\]]*")
_NEXT = "\n{"
"""No line inside a report that is printed for people begins so, and no text holds a newline."""
_DECODER = json.JSONDecoder()


Reported = tuple[object, object, Any, int]
"""An event: its type and its time as they stand there; its fields, by name in snake case or as
attributes, None if nobody handles it; and how many newlines stand between the event above and its
end. A plain tuple, since a report has many."""


class ReportParts(NamedTuple):
    """One report: what stands beside its events (None: it is cut off), where the first of these
    stands, and where the report ends. `events` gives them in their order."""

    header: Mapping[str, Any] | None
    first: int
    end: int
    events: Callable[[], Iterator[Reported]]


class _Beside(msgspec.Struct):
    """All of a report that is read; what dates itself is an item and no header."""

    events: msgspec.Raw
    job_id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    jobId: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    room: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    usage: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    options: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    sdk_version: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    sdkVersion: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    created_at: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    createdAt: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_BESIDE = msgspec.json.Decoder(_Beside)
_EACH = msgspec.json.Decoder(list[msgspec.Raw])


def skip(text: str, at: int) -> int:
    """The next place that is neither a blank nor a comma."""
    between = _BETWEEN.match(text, at)
    return between.end() if between else at


def next_report(text: str, at: int) -> int:
    """Where the next report begins; several may stand in a list."""
    between = _BETWEEN_REPORTS.match(text, at)
    return between.end() if between else at


def whole(text: str, begin: int) -> ReportParts | None:
    """The report that begins here, up to the next or to the end; None if that is not certain.

    Of events that nobody handles only type and time are given.
    """
    following = text.find(_NEXT, begin + 1)
    end = len(text) if following < 0 else following + 1
    try:
        beside = _BESIDE.decode(text[begin:end])
        header = _header_of(beside)
        listed = bytes(beside.events)
        events = list(map(bytes, _EACH.decode(listed)))
    except REFUSED:
        return None
    found = _EVENTS.search(text, begin, end)
    if header is None or found is None or not text.startswith(listed.decode(), found.end() - 1):
        return None
    return ReportParts(header, found.end(), end, lambda: _given(listed, events))


def _header_of(beside: _Beside) -> dict[str, Any] | None:
    """The fields of the header that are there; None if the report itself looks like an item."""
    fields = msgspec.structs.asdict(beside)
    if isinstance(beside.created_at, msgspec.Raw) or isinstance(beside.createdAt, msgspec.Raw):
        return None
    return {
        name: _WITHOUT_ITEMS.decode(str(raw, "utf-8"))
        for name, raw in fields.items()
        if name != "events" and isinstance(raw, msgspec.Raw)
    }


def _given(listed: bytes, events: list[bytes]) -> Iterator[Reported]:
    heads, newlines = _heads(listed, events), _lines(listed, events)
    for raw, head, lines in zip(events, heads, newlines, strict=True):
        if head is not None:
            event = event_shapes.event(head.type, raw)
            if event is not None or head.type not in HANDLED:
                yield head.type, head.created_at, event, lines
                continue
        if not raw.startswith(b"{"):
            return
        try:
            names = snake(_DECODER.decode(raw.decode()))
        except (ValueError, RecursionError):
            return
        yield names.get("type"), names.get("created_at"), names, lines


def _heads(listed: bytes, events: list[bytes]) -> list[Any]:
    """Type and time of each event; None of one that has none, or has them in another way."""
    try:
        return event_shapes.HEADS.decode(listed)
    except REFUSED:
        return [event_shapes.head(raw) for raw in events]


def _lines(listed: bytes, events: list[bytes]) -> list[int]:
    """How many newlines stand before the end of each event, behind the one above."""
    if b"\n" not in listed:
        return [0] * len(events)
    counts, at = [], 1
    for raw in events:  # between two of them stand a comma and blanks
        stop = listed.index(raw[:1], at) + len(raw)
        counts.append(listed.count(b"\n", at, stop))
        at = stop
    return counts


def careful(text: str, begin: int) -> ReportParts:
    """The report that begins here, read as far as it goes."""
    header, end = _header(text, begin)
    found = _EVENTS.search(text, begin, end)
    first = found.end() if found else end
    return ReportParts(header, first, end, lambda: _objects(text, first, end))


def _header(text: str, at: int) -> tuple[dict[str, Any] | None, int]:
    """What stands beside the events and the history, and where the report ends; None: cut off."""
    try:
        header, end = _WITHOUT_ITEMS.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, len(text)
    return (header if isinstance(header, dict) else {}), end


def _without_items(value: dict[str, Any]) -> dict[str, Any] | None:
    """Drop events and messages as soon as they are parsed: they are most of a report."""
    return None if "created_at" in value or "createdAt" in value else value


_WITHOUT_ITEMS = json.JSONDecoder(object_hook=_without_items)


def _objects(text: str, at: int, end: int) -> Iterator[Reported]:
    while (start := skip(text, at)) < end and text[start] == "{":
        try:
            event, stop = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            return
        names, lines = snake(event), text.count("\n", at, stop)
        yield names.get("type"), names.get("created_at"), names, lines
        at = stop
