"""One chunk in, the same summary out as `reader` gives, many times sooner.

Two layouts fill large logs: LiveKit's JSON and its dev text. A compiled scan (`scan.c`) counts
what of them tells nothing, and of JSON the commonest lines whose order does not matter; events and
whatever does not look exactly like its layout go to `reader`, line by line.

The price, paid only in large logs (`units.FAST_BYTES`): of a DEBUG line that tells nothing only
the beginning and the end are looked at, so that damage in its middle is not noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from tuner import batches, counting, events, reader, records, scan
from tuner.chunks import MAX_LINE, Chunk, Data
from tuner.model import Record
from tuner.reader import Filter, Found
from tuner.scan import Place, Scanner
from tuner.summary import KEPT_EVIDENCE, Summary

_HEAD = 64
_DEV = "LiveKit dev text"
_NEVER_S = float("inf")
_HTTP = {"http_request", "http_headers"}


def summarize(chunk: Chunk, only: Filter, slow_ms: float) -> Summary:
    """Return the summary of one chunk of whole lines."""
    if only == reader.EVERYTHING and not chunk.dropped and scan.ready():
        read, summary = _reader(bytes(chunk.data[:_HEAD])), Summary(slow_ms)
        if read is not None and read(chunk.data, summary):
            summary.bytes = len(chunk.data)
            return summary
    return reader.summarize(chunk, only, slow_ms)


def _reader(head: bytes) -> Callable[[Data, Summary], bool] | None:
    if head.startswith(b'{"message": "'):
        return _json
    return _dev if head[4:5] == b"-" and head[23:26] == b" - " else None


@cache
def _json_scanner() -> Scanner:
    """One for the process: it holds megabytes, and the chunk before tells what to expect."""
    literals = [(line.kind, (line.starts + '"' * line.exact).encode()) for line in events.LINES]
    scanner = Scanner(literals, MAX_LINE)
    low_s = [counting.LOW_S.get(name, 0.0) for name in scan.LATENCIES]
    scanner.limits(low_s, [counting.NOTED_S.get(name, _NEVER_S) for name in scan.LATENCIES])
    return scanner


def _json(data: Data, summary: Summary) -> bool:
    """Count a chunk of JSON; False if it has too many lines to be LiveKit's."""
    found = _json_scanner()
    # Two lines that speak of one response pair up by their order, here or in Python.
    in_order = found.ordered
    if not found.json(data, summary.slow_ms, in_order):
        return False
    if found.ordered and not in_order and _HTTP & found.counts().keys():
        found.json(data, summary.slow_ms, in_order=True)
    batches.add(summary, found)
    _alone(summary, found)
    _note(summary, found.notes(), data)
    return True


@cache
def _dev_scanner() -> Scanner:
    """Where a message begins is not known there: any of these behind a dash may be one."""
    starts = [line.starts.encode() for line in events.LINES if line.loggers is not events.TURNS]
    return Scanner([("", start) for start in starts], MAX_LINE)


def _dev(data: Data, summary: Summary) -> bool:
    """Count a chunk of dev text; False if it has too many lines to be LiveKit's."""
    found = _dev_scanner()
    if not found.dev(data):
        return False
    for source in found.entries("sources"):
        if source.n:
            summary.murmur(_DEV, source.n, source.text)
    _alone(summary, found)
    return True


def _note(summary: Summary, notes: Mapping[str, Sequence[Place]], data: Data) -> None:
    """Add the places of evidence; of all, the first few are kept."""
    for name, places in notes.items():
        mine = [(place.line + 1, bytes(data[place.start : place.end])) for place in places]
        both = sorted([*mine, *summary.evidence.pop(name, ())])
        for line, raw in both[:KEPT_EVIDENCE]:
            summary.note(name, line, raw)


# --- what Python reads -------------------------------------------------------------------------


def _alone(summary: Summary, found: Scanner) -> None:
    """Read lines one by one, in their order; what is not framed goes to `reader` as it stands."""
    data, counted = found.data, summary.lines
    for first, last in _runs(found.places()):
        raw = bytes(data[first.start : last.end])
        summary.lines = first.line
        record = reader.damage(raw) or records.parse(raw) if first.framed else ""
        if isinstance(record, Record):
            reader.count(summary, Found(record, events.read(record), first.line + 1, raw, 1))
        else:
            for other in reader.read(raw + bytes(data[last.end : last.end + 1]), summary):
                reader.count(summary, other)
        counted += last.line - first.line + 1
    summary.lines = counted


def _runs(places: Sequence[Place]) -> Iterator[tuple[Place, Place]]:
    """(first, last) of neighbouring lines; framed ones stand alone.

    A record that a container runtime split stands on neighbouring lines: it stays whole.
    """
    first = before = None
    for place in places:
        if first is None or before is None:
            first = place
        elif first.framed or place.framed or place.line != before.line + 1:
            yield first, before
            first = place
        before = place
    if first is not None and before is not None:
        yield first, before
