"""The text of session reports in, of each report its header and its events out.

A report that is whole is cut by msgspec, which steps over all that is not used; what it does not
take, or what may stand otherwise there, is read by `json`, object for object, as far as it goes.
Both give the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from tuner.call_records.session_events import HANDLED, snake

Event = tuple[dict[str, Any], int]
"""An event with its names in snake case, and the place behind it in the text."""
_EVENTS = re.compile(r'"events"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_BETWEEN_REPORTS = re.compile(r"[\s,\[\]]*")
_NEXT = "\n{"
"""No line inside a report that is printed for people begins so, and no text holds a newline."""
_DECODER = json.JSONDecoder()


class ReportParts(NamedTuple):
    """One report: what stands beside its events (None: it is cut off), where the first of these
    stands, and where the report ends. `events` gives them in their order."""

    header: Mapping[str, Any] | None
    first: int
    end: int
    events: Callable[[], Iterator[Event]]


class _Beside(msgspec.Struct):
    """All of a report that is read; what dates itself is an item and no header."""

    events: list[msgspec.Raw]
    job_id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    jobId: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    room: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    usage: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    options: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    sdk_version: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    sdkVersion: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    created_at: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    createdAt: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Head(msgspec.Struct):
    """What counts of an event that nobody handles."""

    type: str
    created_at: int | float
    createdAt: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_BESIDE = msgspec.json.Decoder(_Beside)
_HEAD = msgspec.json.Decoder(_Head)
_REFUSED = (msgspec.DecodeError, ValueError, RecursionError)


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
    except _REFUSED:
        return None
    found = _EVENTS.search(text, begin, end)
    places = _places(text, found.end(), beside.events) if found else None
    if header is None or found is None or places is None:
        return None
    return ReportParts(header, found.end(), end, lambda: _given(text, places))


def _header_of(beside: _Beside) -> dict[str, Any] | None:
    """The fields of the header that are there; None if the report itself looks like an item."""
    fields = msgspec.structs.asdict(beside)
    if isinstance(beside.created_at, msgspec.Raw) or isinstance(beside.createdAt, msgspec.Raw):
        return None
    return {
        name: json.loads(bytes(raw), object_hook=_without_items)
        for name, raw in fields.items()
        if isinstance(raw, msgspec.Raw)
    }


def _places(text: str, at: int, events: list[msgspec.Raw]) -> list[tuple[int, int]] | None:
    """Where each event stands in the list that begins at `at`; None if those are others."""
    places = []
    for raw in events:
        event = str(raw, "utf-8")
        start = skip(text, at)
        if not text.startswith(event, start):
            return None
        at = start + len(event)
        places.append((start, at))
    return places if text.startswith("]", skip(text, at)) else None


def _given(text: str, places: list[tuple[int, int]]) -> Iterator[Event]:
    for start, stop in places:
        event = text[start:stop]
        if not event.startswith("{"):
            return
        try:
            yield _head(event) or snake(_DECODER.decode(event)), stop
        except (ValueError, RecursionError):
            return


def _head(event: str) -> dict[str, Any] | None:
    """Type and time of an event that nobody handles; None for all others."""
    try:
        head = _HEAD.decode(event)
    except _REFUSED:
        return None
    if head.type in HANDLED or head.createdAt is not msgspec.UNSET:
        return None
    return {"type": head.type, "created_at": head.created_at}


def careful(text: str, begin: int) -> ReportParts:
    """The report that begins here, read as far as it goes."""
    header, end = _header(text, begin)
    found = _EVENTS.search(text, begin, end)
    first = found.end() if found else end
    return ReportParts(header, first, end, lambda: _objects(text, first, end))


def _header(text: str, at: int) -> tuple[dict[str, Any] | None, int]:
    """What stands beside the events and the history, and where the report ends; None: cut off."""
    try:
        header, end = json.JSONDecoder(object_hook=_without_items).raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, len(text)
    return (header if isinstance(header, dict) else {}), end


def _without_items(value: dict[str, Any]) -> dict[str, Any] | None:
    """Drop events and messages as soon as they are parsed: they are most of a report."""
    return None if "created_at" in value or "createdAt" in value else value


def _objects(text: str, at: int, end: int) -> Iterator[Event]:
    while (start := skip(text, at)) < end and text[start] == "{":
        try:
            event, at = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            return
        yield snake(event), at
